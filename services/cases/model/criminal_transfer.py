"""What a transfer to the police means for the case (涉嫌犯罪移送).

    APPROVED ▶ SENT ▶ RECEIVED ▶ … ▶ RETURNED    the case goes on, and the penalty must follow if it is due
                        │           └▶ CONCLUDED  it has its judgment; what else is due may follow, no second fine
                        └ the clock of the decision stands still, unless the switch lets it run

From the approval until one of these ends nothing is decided: the authority waits (中办发〔2011〕8号). What was decided
before goes on being executed, the fine apart, of which the court deducts (`criminal_sanctions`). A decision that is
revoked meanwhile, to be made anew, waits like a first one, and its ninety days stand still from their beginning.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases.model.case import Case, Refusal, Stage, case
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import term

_ENDED: Final = (pb.TRANSFER_PHASE_RETURNED, pb.TRANSFER_PHASE_REJECTED, pb.TRANSFER_PHASE_CONCLUDED)

_WITH_POLICE: Final = (pb.TRANSFER_PHASE_FILED, pb.TRANSFER_PHASE_HANDED_OVER)

LICENCE_PENALTIES: Final = frozenset(
    {pb.PENALTY_KIND_SUSPEND_LICENCE, pb.PENALTY_KIND_LOWER_QUALIFICATION, pb.PENALTY_KIND_REVOKE_LICENCE}
)
"""资格类处罚: those that 行政处罚法 art. 9 (3) names together."""


@case.decide(commands.NoteCriminalTransferRequest, basis="国务院令第310号 arts. 11, 12; 行政强制法 art. 21")
def note_criminal_transfer(state: Case, command: commands.NoteCriminalTransferRequest, context: Context) -> Events:
    """The case keeps how far its transfer has come; a seizure ends when the items go to the police with it.

    A case that came back is with the police again when they file after all, or are told to: from then on it waits.
    """
    if state.transfers.get(command.transfer_id) == command.phase:
        return
    unknown = command.transfer_id not in state.transfers
    if unknown and command.phase == pb.TRANSFER_PHASE_CONCLUDED:
        return
    if unknown and command.phase == pb.TRANSFER_PHASE_REJECTED and state.stage is not Stage.TRANSFERRED_CRIMINAL:
        return
    if command.phase == pb.TRANSFER_PHASE_RECEIVED and state.transfers.get(command.transfer_id) in _WITH_POLICE:
        return
    if unknown and command.phase == pb.TRANSFER_PHASE_FILED:
        yield _noted(state, command.case_id, command.transfer_id, pb.TRANSFER_PHASE_RECEIVED, context)
    yield _noted(state, command.case_id, command.transfer_id, command.phase, context)
    if command.phase != pb.TRANSFER_PHASE_HANDED_OVER:
        return
    for measure_id in state.in_force(pb.MEASURE_KIND_SEIZURE):
        yield pb.SeizureHandedOver(case_id=command.case_id, measure_id=measure_id, transfer_id=command.transfer_id)


def still_with_the_police(state: Case, case_id: str, context: Context) -> Iterator[pb.CriminalTransferNoted]:
    """The ninety days that begin again while the police have the case stand still at once: its phase is noted again."""
    for transfer_id in sorted(state.clock_stopped_by):
        for phase in dict.fromkeys((pb.TRANSFER_PHASE_RECEIVED, state.transfers[transfer_id])):
            yield _noted(state, case_id, transfer_id, phase, context)


def _noted(
    state: Case, case_id: str, transfer_id: str, phase: pb.TransferPhase.ValueType, context: Context
) -> pb.CriminalTransferNoted:
    ended = phase in _ENDED
    received = phase == pb.TRANSFER_PHASE_RECEIVED
    return pb.CriminalTransferNoted(
        case_id=case_id,
        transfer_id=transfer_id,
        phase=phase,
        open=not ended,
        still_standing=ended and state.stands_still(but=transfer_id),
        clock_runs=received and context.rules.get("decision_clock_while_transferred", context.today) == "run",
    )


@case.evolve(pb.CriminalTransferNoted)
def criminal_transfer_noted(state: Case, event: pb.CriminalTransferNoted, act: Act) -> Case:
    if event.open:
        noted = replace(state, transfers={**state.transfers, event.transfer_id: event.phase})
        if event.phase != pb.TRANSFER_PHASE_RECEIVED or event.clock_runs or noted.period is None:
            return noted
        stopped = noted.period.stopped(act.occurred_at)
        return replace(noted, period=stopped, clock_stopped_by=noted.clock_stopped_by | {event.transfer_id})
    others = {known: phase for known, phase in state.transfers.items() if known != event.transfer_id}
    ended = replace(state, transfers=others, clock_stopped_by=state.clock_stopped_by - {event.transfer_id})
    if ended.period is not None and not event.still_standing:
        ended = replace(ended, period=ended.period.resumed(act.occurred_at))
    if ended.before_transfer is None or ended.transfers:
        return ended
    return replace(ended, stage=ended.before_transfer, before_transfer=None)


def require_may_decide(
    state: Case, outcome: commands.Outcome.ValueType, penalties: Iterable[pb.Penalty], context: Context
) -> None:
    """While the police have the case no fine is decided, and the authority waits with any other decision, too.

    Where the switch `licence_penalty_during_transfer` allows it, a penalty on a licence does not wait once it passed
    legal review.
    """
    if not state.transfers and state.stage is not Stage.TRANSFERRED_CRIMINAL:
        return
    kinds = {penalty.kind for penalty in penalties}
    if pb.PENALTY_KIND_FINE in kinds:
        raise Refused(Refusal.FINE_WHILE_TRANSFERRED, phase=phases(state))
    allowed = context.rules.get("licence_penalty_during_transfer", context.today) == "allowed"
    if outcome != commands.OUTCOME_PENALTY or not allowed:
        raise Refused(Refusal.DECISION_WHILE_TRANSFERRED, phase=phases(state))
    if kinds - LICENCE_PENALTIES or state.review is None or not state.review.passed:
        raise Refused(Refusal.LICENCE_PENALTY_WHILE_TRANSFERRED, phase=phases(state))


def phases(state: Case) -> str:
    """How far the criminal transfers of a case have come, in words."""
    return "、".join(term(pb.TransferPhase, phase) for phase in state.transfers.values()) or Stage.TRANSFERRED_CRIMINAL
