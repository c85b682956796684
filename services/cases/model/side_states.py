"""States that lie over the stages: standing still, disputed, handed on (中止, 管辖争议, 管辖移送).

    SUSPENDED (中止)               nothing moves the case, and its clocks pause
    JURISDICTION_DISPUTE (管辖争议) the same on both sides; what preserves evidence or averts danger goes on
    TRANSFERRED_ADMIN (管辖移送)    the receiver has it; refused, it is here again: no clue is lost on the way

How a dispute begins and ends stands in `dispute`.
"""

from dataclasses import replace
from typing import Final

from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import side_states_pb2 as pb
from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options

from services.cases.model.case import UNDECIDED, Case, Clue, Refusal, Stage, case
from services.cases.model.criminal_transfer import phases
from services.cases.model.procedure import HandedOn
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day_of

_WHY_DROPPED: Final = {Stage.NOT_FILED: "已决定不予立案", Stage.TRANSFERRED_ADMIN: "已移送其他机关"}
"""What a receiver learns; of any other stage, a criminal one among them, no more than that it is not left."""


@case.decide(pb.SuspendCaseRequest, basis="交通运输行政执法程序规定 (中止); design")
def suspend(state: Case, command: pb.SuspendCaseRequest, context: Context) -> Events:
    """A leader lets a case stand still that cannot go on for now. The clock of the decision pauses."""
    state.require(*UNDECIDED)
    state.require_free()
    if state.transfers:
        raise Refused(Refusal.TRANSFER_OPEN, phase=phases(state))
    yield pb.CaseSuspended(case_id=command.case_id, ground=command.ground, reason=command.reason)


@case.evolve(pb.CaseSuspended)
def suspended(state: Case, event: pb.CaseSuspended, act: Act) -> Case:
    return stopped(replace(state, suspended=True), act)


@case.decide(pb.ResumeCaseRequest, basis="交通运输行政执法程序规定 (恢复); design")
def resume(state: Case, command: pb.ResumeCaseRequest, context: Context) -> Events:
    """The reason is gone, and the case goes on."""
    if not state.suspended:
        raise Refused(Refusal.CASE_NOT_SUSPENDED)
    stopped_at = state.period.stopped_at if state.period else None
    if stopped_at is not None and context.occurred_at < stopped_at:
        raise Refused(Refusal.STEP_OUT_OF_ORDER, day=context.today, stage="中止", last=day_of(stopped_at))
    yield pb.CaseResumed(
        case_id=command.case_id, reason=command.reason, still_standing=state.stands_still(but="suspension")
    )


@case.evolve(pb.CaseResumed)
def resumed(state: Case, event: pb.CaseResumed, act: Act) -> Case:
    return running(replace(state, suspended=False), event, act)


@case.decide(pb.TransferCaseToAuthorityRequest, basis="行政处罚法 arts. 22, 25; 交通运输行政执法程序规定 art. 9")
def transfer(state: Case, command: pb.TransferCaseToAuthorityRequest, context: Context) -> Events:
    """An authority that is not competent hands the case to the one that is, with what it found; nothing is held back
    under a measure. Who was found competent in a dispute is the receiver."""
    state.require(Stage.CLUE, *UNDECIDED)
    require_undisputed(state)
    state.require_in_order(context)
    if state.transfers:
        raise Refused(Refusal.TRANSFER_OPEN, phase=phases(state))
    if held := state.in_force():
        raise Refused(Refusal.MEASURE_IN_FORCE, measures="、".join(held))
    receiver_id = command.receiver_id
    if receiver_id == context.authority.id or not (receiver_id or command.receiver_name.strip()):
        raise Refused(Refusal.RECEIVER_NEEDED)
    if state.lost_to and receiver_id != state.lost_to:
        raise Refused(Refusal.OTHER_IS_COMPETENT, owner=state.lost_to)
    if receiver_id and context.member(receiver_id).kind != options.AUTHORITY_KIND_TRANSPORT:
        raise Refused(Refusal.RECEIVER_NEEDED)
    assert state.clue is not None
    clue = state.clue.event
    yield pb.CaseTransferredToAuthority(
        case_id=command.case_id,
        receiver_id=receiver_id,
        act_code=clue.act_code,
        act_on=clue.act_on,
        act_ended_on=clue.act_ended_on,
        act_continues=clue.act_continues,
        place=command.place,
        other_places=_other_places(state.clue, command.place),
        facts=command.facts,
        party=command.party if command.HasField("party") else None,
        vehicle=command.vehicle if command.HasField("vehicle") else None,
        vessel=command.vessel if command.HasField("vessel") else None,
        files=command.files,
        reason=command.reason,
        receiver_name=command.receiver_name,
    )
    yield from _taken(state, command.case_id)


@case.decide(pb.HandOnCaseRequest, basis="行政处罚法 arts. 22, 25; 交通运输行政执法程序规定 art. 9")
def hand_on(state: Case, command: pb.HandOnCaseRequest, context: Context) -> Events:
    """What another authority accepted goes to it, with what was done here. A clue or case that went elsewhere, or was
    decided, stays where it is: it has one owner, and who accepted is told. What hinders it is kept, and a leader hands
    it over afterwards."""
    if state.stage not in (Stage.CLUE, *UNDECIDED):
        if state.handed_on is None or state.handed_on.receiver_id != command.receiver_id:
            yield pb.HandOnDropped(
                case_id=command.case_id,
                receiver_id=command.receiver_id,
                request_id=command.request_id,
                reason=_WHY_DROPPED.get(state.stage, "已由本机关处理"),
            )
        return
    if obstacles := _obstacles(state, command.receiver_id):
        yield pb.HandOnHindered(
            case_id=command.case_id,
            receiver_id=command.receiver_id,
            request_id=command.request_id,
            obstacles=obstacles,
        )
        return
    assert state.clue is not None
    clue = state.clue.event
    place = command.place if command.HasField("place") else clue.place
    yield pb.CaseTransferredToAuthority(
        case_id=command.case_id,
        receiver_id=command.receiver_id,
        act_code=clue.act_code,
        act_on=clue.act_on,
        act_ended_on=clue.act_ended_on,
        act_continues=clue.act_continues,
        place=place,
        other_places=_other_places(state.clue, place),
        facts=command.facts or clue.facts,
        party=command.party if command.HasField("party") else None,
        vehicle=command.vehicle if command.HasField("vehicle") else None,
        vessel=_handed_on_vessel(clue),
        files=command.files,
        reason=command.reason,
        history=_history(state),
        request_id=command.request_id,
    )
    yield from _taken(state, command.case_id)


def _taken(state: Case, case_id: str) -> Events:
    """Who handed a clue over and learned nothing since, learns that it was taken: what goes on is not here any more."""
    clue = state.clue
    if state.stage is Stage.CLUE and clue is not None and clue.event.sender_case_id:
        yield pb.TransferTaken(
            case_id=case_id, handed_off_by=clue.event.handed_off_by, sender_case_id=clue.event.sender_case_id
        )


@case.evolve(pb.TransferTaken)
def taken(state: Case, event: pb.TransferTaken) -> Case:
    return state


def _other_places(clue: Clue, place: common.Place) -> list[common.Place]:
    """The places of the act but the one that comes first; one that the clue does not know puts its first one right."""
    if place not in clue.places:
        return list(clue.event.other_places)
    return [one for one in clue.places if one != place]


def _handed_on_vessel(clue: events.ClueRegistered) -> pb.TransferredVessel | None:
    """The vessel of a clue that its receiver took over."""
    if not clue.HasField("vessel"):
        return None
    vessel = clue.vessel
    return pb.TransferredVessel(
        name=vessel.name,
        identification_number=vessel.identification_number,
        operating_certificate_number=vessel.operating_certificate_number,
    )


@case.evolve(pb.HandOnDropped)
def hand_on_dropped(state: Case, event: pb.HandOnDropped) -> Case:
    return state


@case.evolve(pb.HandOnHindered)
def hand_on_hindered(state: Case, event: pb.HandOnHindered) -> Case:
    return state


@case.evolve(pb.CaseTransferredToAuthority)
def transferred(state: Case, event: pb.CaseTransferredToAuthority) -> Case:
    # A receiver outside the exchange cannot say that it took the case: its signed letter is with the officers.
    handed_on = HandedOn(event.receiver_id, state.stage, accepted=not event.receiver_id)
    return replace(state, stage=Stage.TRANSFERRED_ADMIN, handed_on=handed_on)


@case.decide(pb.NoteAdministrativeTransferRequest, basis="行政处罚法 art. 22; design")
def note_transfer(state: Case, command: pb.NoteAdministrativeTransferRequest, context: Context) -> Events:
    """The receiver took the case, or refused it: then it is here again."""
    handed_on = state.handed_on
    if handed_on is None or handed_on.receiver_id != command.receiver_id or state.stage is not Stage.TRANSFERRED_ADMIN:
        return
    if command.accepted and handed_on.accepted:
        return
    yield pb.AdministrativeTransferNoted(
        case_id=command.case_id, receiver_id=command.receiver_id, accepted=command.accepted, reason=command.reason
    )


@case.evolve(pb.AdministrativeTransferNoted)
def transfer_noted(state: Case, event: pb.AdministrativeTransferNoted) -> Case:
    assert state.handed_on is not None
    if event.accepted:
        return replace(state, handed_on=replace(state.handed_on, accepted=True))
    return replace(state, stage=Stage(state.handed_on.back_to), handed_on=None)


def require_undisputed(state: Case) -> None:
    """It neither stands still nor is disputed already; whose it is may have been settled against this authority."""
    if state.suspended:
        raise Refused(Refusal.CASE_SUSPENDED)
    if state.dispute is not None:
        raise Refused(Refusal.JURISDICTION_DISPUTED)


def _obstacles(state: Case, receiver_id: str) -> list[str]:
    """What keeps a case here that somebody else accepted."""
    found = {
        "案件中止": state.suspended,
        "管辖争议": state.dispute is not None,
        "移送公安机关未了": bool(state.transfers),
        "强制措施未解除": bool(state.in_force()),
        "另有确定的管辖机关": bool(state.lost_to) and receiver_id != state.lost_to,
    }
    return [name for name, holds in found.items() if holds]


def _history(state: Case) -> list[pb.HandedStep]:
    """What was done here, for whoever goes on."""
    assert state.clue is not None
    steps = [pb.HandedStep(title="登记线索", done_on=state.clue.discovered_on.isoformat())]
    if state.period is not None:
        filed_on = day_of(state.period.began_at).isoformat()
        steps.append(pb.HandedStep(title="立案", done_on=filed_on, case_number=state.case_number))
    if state.stage not in (Stage.CLUE, Stage.FILED) and state.moved_at is not None:
        steps.append(pb.HandedStep(title=state.stage, done_on=day_of(state.moved_at).isoformat()))
    return steps


def stopped(state: Case, act: Act) -> Case:
    """The case with the clock of its decision standing still."""
    return replace(state, period=state.period.stopped(act.occurred_at)) if state.period else state


def running(state: Case, event: pb.CaseResumed | pb.JurisdictionSettled, act: Act) -> Case:
    """The case with the clock of its decision going on, unless something else stops it."""
    if state.period is None or event.still_standing:
        return state
    return replace(state, period=state.period.resumed(act.occurred_at))
