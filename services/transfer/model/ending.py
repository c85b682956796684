"""T10, bureau: what became of the criminal case, the return of the case, and the end (国务院令第310号 arts. 10, 13)."""

from dataclasses import replace
from typing import Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day, term
from services.transfer.model.letters import or_matches
from services.transfer.model.shared import O310_10, Refusal, procuratorate_of, require_not_before, require_told_by
from services.transfer.model.transfer import ENDINGS, Stage, Transfer, transfer

RETURNABLE: Final = (
    Stage.REFUSED,
    Stage.REFUSED_FINAL,
    Stage.UPHELD,
    Stage.NOT_ITS_MATTER,
    *ENDINGS.values(),
)
"""A conviction, too: what a fine does not settle, such as a licence, may still have to be decided."""
_ON_PAPER: Final = {outcomes.TRANSFER_OUTCOME_WITHDRAWN: paper.PAPER_ANSWER_KIND_WITHDRAWAL}


@transfer.decide(outcomes.RecordToldOutcomeRequest, basis=O310_10)
@or_matches(lambda command: _ON_PAPER.get(command.outcome), teller="teller_id")
def record_told_outcome(state: Transfer, command: outcomes.RecordToldOutcomeRequest, context: Context) -> Events:
    """What police or procuratorate told is recorded, also when the filing notice is still on its way."""
    procuratorate_id = context.member(state.police_id).procuratorate_id if state.police_id else ""
    if command.teller_id != procuratorate_id:
        require_told_by(state.police_id, command.teller_id)
    if context.origin is None and command.outcome in state.told:
        return  # on paper what a node told
    yield outcomes.OutcomeRecorded(
        transfer_id=command.transfer_id,
        outcome=command.outcome,
        teller_id=command.teller_id,
        case_id=state.opened.case_id,
        criminal_fine_fen=command.criminal_fine_fen,
        custody_days=command.custody_days,
        penalty_needed=command.penalty_needed,
        effective_on=command.effective_on,
        document=command.document if command.HasField("document") else None,
        moves_nothing=state.returned or state.closed or state.outcome == outcomes.TRANSFER_OUTCOME_CONVICTED,
    )


@transfer.decide(outcomes.RecordOutcomeRequest, basis=O310_10)
def record_outcome(state: Transfer, command: outcomes.RecordOutcomeRequest, context: Context) -> Events:
    """A member of the team records from a document what no node told, while nobody told it."""
    if state.outcome:
        raise Refused(Refusal.OUTCOME_TOLD_ALREADY, outcome=term(outcomes.TransferOutcome, state.outcome))
    state.require(Stage.FILED, Stage.HANDED_OVER, Stage.OUTCOME_PENDING)
    state.require_team(context)
    require_not_before(state.last_act_at, context)
    require_fits(command.outcome, command.criminal_fine_fen, command.custody_days)
    if command.effective_on:
        day(command.effective_on)
    yield outcomes.OutcomeRecorded(
        transfer_id=command.transfer_id,
        outcome=command.outcome,
        case_id=state.opened.case_id,
        criminal_fine_fen=command.criminal_fine_fen,
        custody_days=command.custody_days,
        effective_on=command.effective_on,
        document=command.document,
    )


def require_fits(outcome: outcomes.TransferOutcome.ValueType, criminal_fine_fen: int, custody_days: int) -> None:
    """A criminal fine and custody go with a conviction only (刑法 arts. 34, 37)."""
    if outcome != outcomes.TRANSFER_OUTCOME_CONVICTED and (criminal_fine_fen or custody_days):
        raise Refused(Refusal.JUDGMENT_CONTRADICTS)


@transfer.evolve(outcomes.OutcomeRecorded)
def outcome_recorded(state: Transfer, event: outcomes.OutcomeRecorded, act: Act) -> Transfer:
    return replace(state, told=(*state.told, event.outcome), last_act_at=act.occurred_at)


@transfer.decide(commands.ReturnToAdministrativeRequest, basis="国务院令第310号 arts. 9, 10, 13")
def return_to_administrative(
    state: Transfer, command: commands.ReturnToAdministrativeRequest, context: Context
) -> Events:
    """A leader takes the case back: it goes on, and the penalty must follow if it is due."""
    state.require(*RETURNABLE)
    require_not_before(state.last_act_at, context)
    yield pb.CaseReturned(
        transfer_id=command.transfer_id,
        procuratorate_id=procuratorate_of(context, state.police_id),
        case_id=state.opened.case_id,
        reason=command.reason,
    )


@transfer.evolve(pb.CaseReturned)
def returned(state: Transfer, event: pb.CaseReturned, act: Act) -> Transfer:
    return replace(state, returned=True, last_act_at=act.occurred_at)


@transfer.decide(outcomes.CloseTransferRequest, basis=O310_10)
def close(state: Transfer, command: outcomes.CloseTransferRequest, context: Context) -> Events:
    """A transfer ends with a conviction, or after the return; whoever lost property was told by then."""
    state.require(Stage.CONVICTED, Stage.RETURNED)
    require_not_before(state.last_act_at, context)
    if state.property_went and not state.party_informed:
        raise Refused(Refusal.PARTY_NOT_INFORMED)
    yield outcomes.TransferClosed(transfer_id=command.transfer_id, outcome=state.outcome, case_id=state.opened.case_id)


@transfer.evolve(outcomes.TransferClosed)
def closed(state: Transfer, event: outcomes.TransferClosed) -> Transfer:
    return replace(state, closed=True)
