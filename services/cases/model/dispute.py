"""Dispute over jurisdiction (管辖争议, 行政处罚法 art. 25): two authorities, two cases, one owner in the end.

    raise ──▶ DISPUTED on both sides ──the other is competent: sign it──▶ SETTLED here, and there when it is noted
                 │  ▲                ──designated: enter the notice────▶ frozen until the other signed that it noted it
                 │  └── both gave it up at once: the next round
                 └── the other had decided already, or had nothing left: it says so

Promise: nobody makes itself competent. A side owns the case when the other has signed, irrevocably for this round,
that it does not: so at no moment two sides may decide, whatever is delayed or doubled on the way.
Not: a third authority in the same dispute; it raises one of its own when this one is over.
Bounds: while the other side does not answer, both stay frozen; evidence and measures go on.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import side_states_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.cases.model.case import UNDECIDED, Case, Refusal, Stage, case
from services.cases.model.procedure import Dispute
from services.cases.model.side_states import require_undisputed, running, stopped
from services.kernel.authority import common_superior_id
from services.kernel.clock import SHANGHAI
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import to_datetime, to_timestamp

MINISTRY: Final = "交通运输部"
"""Above two provinces; no authority of the exchange: what it designates comes on paper."""
_APL_25: Final = "行政处罚法 art. 25"


def first_to_file(ours: datetime | None, theirs: datetime | None) -> bool | None:
    """Whether this side's case was filed first, by the second (行政处罚法 art. 25).

    None: in the same second, or neither is filed; then nobody is first and the two negotiate.
    """
    mine, other = (at.replace(microsecond=0) if at is not None else None for at in (ours, theirs))
    if mine == other:
        return None
    return mine is not None and (other is None or mine < other)


@case.decide(pb.RaiseJurisdictionDisputeRequest, basis=_APL_25)
def raise_dispute(state: Case, command: pb.RaiseJurisdictionDisputeRequest, context: Context) -> Events:
    """Two authorities claim a case, or neither does: they negotiate, and tell each other. Nobody decides meanwhile.

    So they do again when the one that was found competent does not take the case.
    """
    state.require(Stage.CLUE, *UNDECIDED)
    require_undisputed(state)
    context.member(command.other_id)
    if command.other_id == context.authority.id:
        raise Refused(Refusal.RECEIVER_NEEDED)
    yield pb.JurisdictionDisputed(
        case_id=command.case_id,
        dispute_id=command.dispute_id,
        other_id=command.other_id,
        other_case_id=command.other_case_id or state.dispute_cases.get(command.other_id, ""),
        position=command.position,
        filed_at=_filed_at(state),
        round=_rounds(state, command.other_id),
    )


@case.decide(disputes.StateDisputePositionRequest, basis=_APL_25)
def state_position(state: Case, command: disputes.StateDisputePositionRequest, context: Context) -> Events:
    """Each side says what it claims, as often as there is something new, and the other has it in its file."""
    dispute = _dispute(state)
    yield disputes.DisputePositionStated(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id,
        other_id=dispute.other_id,
        other_case_id=dispute.other_case_id,
        position=command.position,
        filed_at=_filed_at(state),
        round=dispute.round,
    )


@case.decide(pb.EscalateDisputeRequest, basis=_APL_25)
def escalate(state: Case, command: pb.EscalateDisputeRequest, context: Context) -> Events:
    """Who cannot agree asks the common superior: city, province, or between two provinces the ministry."""
    dispute = _dispute(state)
    superior_id = common_superior_id(context.authority, context.member(dispute.other_id))
    _require_superior(superior_id, command.superior, context)
    yield pb.DisputeEscalated(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id,
        superior=command.superior,
        reason=command.reason,
        other_id=dispute.other_id,
        other_case_id=dispute.other_case_id,
        superior_id=superior_id or "",
        asked_id=superior_id if superior_id and superior_id in context.members else "",
        round=dispute.round,
    )


@case.decide(disputes.NoteDisputeEscalationRequest, basis=_APL_25)
def note_escalation(state: Case, command: disputes.NoteDisputeEscalationRequest, context: Context) -> Events:
    """The other side asked for both: nothing is left to negotiate here either."""
    dispute = state.dispute
    if dispute is None or (dispute.other_id, dispute.round) != (command.told_by, command.round):
        return
    yield pb.DisputeEscalated(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id,
        superior=command.superior_id or MINISTRY,
        reason=command.reason,
        other_case_id=dispute.other_case_id,
        superior_id=command.superior_id,
        round=dispute.round,
        told_by=command.told_by,
    )


@case.evolve(pb.DisputeEscalated)
def escalated(state: Case, event: pb.DisputeEscalated) -> Case:
    if state.dispute is None or not event.asked_id:
        return state
    return replace(state, dispute=replace(state.dispute, asked_id=event.asked_id))


@case.decide(pb.SettleJurisdictionRequest, basis=_APL_25)
def settle(state: Case, command: pb.SettleJurisdictionRequest, context: Context) -> Events:
    """A side signs that the other is competent, by agreement or because it filed first; a designation has its document,
    and may name a third. A designation of this side waits until the other noted it."""
    dispute = _dispute(state)
    ours = command.owner_id == context.authority.id
    designated = command.way == pb.SETTLEMENT_WAY_DESIGNATED
    if not designated and not ours and command.owner_id != dispute.other_id:
        raise Refused(Refusal.OWNER_OUTSIDE_DISPUTE)
    if designated and not command.HasField("document"):
        raise Refused(Refusal.DESIGNATION_NEEDED)
    context.member(command.owner_id)
    if command.way == pb.SETTLEMENT_WAY_FIRST_FILED:
        _require_first_to_file(state, dispute, ours=ours)
    if ours and not designated:
        if dispute.other_case_id or dispute.heard:
            raise Refused(Refusal.SIGNED_BY_WHO_YIELDS, other=dispute.other_id)
        if not command.HasField("document"):
            raise Refused(Refusal.AGREEMENT_NEEDED)
    yield _signed(state, dispute, command, command.way, context)


def _signed(
    state: Case,
    dispute: Dispute,
    command: pb.SettleJurisdictionRequest | disputes.NoteSuperiorDesignationRequest,
    way: pb.SettlementWay.ValueType,
    context: Context,
) -> disputes.DesignationEntered | pb.JurisdictionSettled:
    """What this side signs: that it is not competent; or, where the other knows of the dispute, its own designation."""
    ours = command.owner_id == context.authority.id
    # The superior's own notice stands with the superior, who shows it to both.
    paper = command if isinstance(command, pb.SettleJurisdictionRequest) and command.HasField("document") else None
    document = paper.document if paper else None
    if ours and (dispute.other_case_id or dispute.heard):
        return disputes.DesignationEntered(
            case_id=command.case_id,
            dispute_id=dispute.dispute_id,
            other_id=dispute.other_id,
            other_case_id=dispute.other_case_id,
            number=command.number,
            document=document,
            round=dispute.round,
        )
    settlement = pb.JurisdictionSettled(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id,
        other_id=dispute.other_id,
        other_case_id=dispute.other_case_id,
        owner_id=command.owner_id,
        ours=ours,
        way=way,
        document=document,
        number=command.number,
        round=dispute.round,
        still_standing=state.stands_still(but="dispute"),
    )
    return _told_above(dispute, settlement)


def _told_above(dispute: Dispute | None, settlement: pb.JurisdictionSettled) -> pb.JurisdictionSettled:
    """Who brought the dispute before the superior tells it, too, that nothing is left to designate."""
    if dispute is not None and dispute.asked_id:
        settlement.asked_id, settlement.other_side_id = dispute.asked_id, dispute.other_id
    return settlement


@case.decide(disputes.NoteSuperiorDesignationRequest, basis=_APL_25)
def note_superior(state: Case, command: disputes.NoteSuperiorDesignationRequest, context: Context) -> Events:
    """The common superior's own word is as good as its notice on paper: who was not designated gives the case up, who
    was waits until the other noted it. Nobody else has a word in it."""
    dispute = state.dispute
    if dispute is None or (dispute.other_id, dispute.round) != (command.other_id, command.round):
        return
    superior_id = common_superior_id(context.authority, context.member(dispute.other_id))
    if context.origin != command.told_by or command.told_by != superior_id:
        raise Refused(Refusal.NOT_THE_COMMON_SUPERIOR, superior=superior_id or MINISTRY)
    if dispute.designated and command.owner_id == context.authority.id:
        return
    yield _signed(state, dispute, command, pb.SETTLEMENT_WAY_DESIGNATED, context)


@case.decide(pb.NoteJurisdictionDisputeRequest, basis=_APL_25)
def note_dispute(state: Case, command: pb.NoteJurisdictionDisputeRequest, context: Context) -> Events:
    """What the other side raised or settled holds here, too; what is known already is not noted again. Nobody but the
    other side ends a dispute: its id is no secret.
    """
    if command.way:
        yield from _note_settlement(state, command, context)
        return
    dispute = state.dispute
    if dispute is None:
        if command.round >= _rounds(state, command.told_by):  # else it crossed with the word that ended that round
            yield from _entered(state, command, context, command.round)
    elif (dispute.other_id, dispute.round) == (command.told_by, command.round) and not (
        dispute.heard and dispute.other_case_id
    ):
        yield _position_of(dispute, command, command.other_case_id)  # both raised it


@case.decide(disputes.NoteDisputePositionRequest, basis=_APL_25)
def note_position(state: Case, command: disputes.NoteDisputePositionRequest, context: Context) -> Events:
    """The other side's position stands in the file beside the own."""
    if state.dispute is not None and (state.dispute.other_id, state.dispute.round) == (command.told_by, command.round):
        yield _position_of(state.dispute, command)


@case.decide(disputes.NoteDesignationRequest, basis=_APL_25)
def note_designation(state: Case, command: disputes.NoteDesignationRequest, context: Context) -> Events:
    """The other side was designated: this one gives the case up and tells it so. Where a designation of this side was
    entered, too, one of the two papers is wrong: both stay frozen until somebody enters the right one."""
    dispute = state.dispute
    if dispute is None or (dispute.other_id, dispute.round) != (command.told_by, command.round) or dispute.designated:
        return
    settlement = pb.JurisdictionSettled(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id,
        other_id=dispute.other_id,
        other_case_id=dispute.other_case_id,
        owner_id=command.told_by,
        way=pb.SETTLEMENT_WAY_DESIGNATED,
        told_by=command.told_by,
        round=dispute.round,
        still_standing=state.stands_still(but="dispute"),
    )
    yield _told_above(dispute, settlement)


@case.evolve(pb.JurisdictionDisputed)
def disputed(state: Case, event: pb.JurisdictionDisputed, act: Act) -> Case:
    other = event.other_id or event.told_by
    dispute = Dispute(
        event.dispute_id,
        other,
        event.other_case_id,
        event.round,
        heard=bool(event.told_by),
        other_filed_at=to_datetime(event.other_filed_at) if event.HasField("other_filed_at") else None,
    )
    rounds = _with_round(state, other, event.round)
    cases = _with_case(state, other, event.other_case_id)
    return stopped(replace(state, dispute=dispute, dispute_rounds=rounds, dispute_cases=cases), act)


@case.evolve(disputes.DisputePositionStated)
def position_stated(state: Case, event: disputes.DisputePositionStated) -> Case:
    if not event.told_by or state.dispute is None:
        return state
    filed_at = to_datetime(event.filed_at) if event.HasField("filed_at") else None
    other = state.dispute.other_case_id or event.other_case_id
    known = replace(state.dispute, heard=True, other_filed_at=filed_at, other_case_id=other)
    return replace(state, dispute=known, dispute_cases=_with_case(state, event.told_by, other))


@case.evolve(disputes.DesignationEntered)
def designation_entered(state: Case, event: disputes.DesignationEntered) -> Case:
    assert state.dispute is not None
    return replace(state, dispute=replace(state.dispute, designated=True))


@case.evolve(pb.JurisdictionSettled)
def settled(state: Case, event: pb.JurisdictionSettled, act: Act) -> Case:
    rounds = _with_round(state, event.other_id or event.told_by, event.round)
    lost_to = "" if event.ours else event.owner_id
    return running(replace(state, dispute=None, dispute_rounds=rounds, lost_to=lost_to), event, act)


def _note_settlement(state: Case, command: pb.NoteJurisdictionDisputeRequest, context: Context) -> Events:
    """The teller gave the case up, or kept what it had decided."""
    teller, own, dispute = command.told_by, context.authority.id, state.dispute
    if command.owner_id == teller and command.way != pb.SETTLEMENT_WAY_DECIDED_ALREADY:
        return  # nobody makes itself competent
    third = command.owner_id not in (teller, own)
    if dispute is not None:
        if (dispute.other_id, dispute.round) != (teller, command.round) or (third and dispute.designated):
            return
    elif command.round != _rounds(state, teller) - 1 or state.lost_to != teller or command.owner_id == teller:
        return
    elif not third:  # each gave it up to the other
        yield from _entered(state, command, context, command.round + 1)
        return
    settlement = pb.JurisdictionSettled(
        case_id=command.case_id,
        dispute_id=command.dispute_id,
        other_case_id=command.other_case_id,
        owner_id=command.owner_id,
        ours=command.owner_id == own,
        way=command.way,
        told_by=teller,
        round=command.round,
        still_standing=state.stands_still(but="dispute"),
    )
    yield _told_above(dispute, settlement)


def _entered(state: Case, command: pb.NoteJurisdictionDisputeRequest, context: Context, round_: int) -> Events:
    """The dispute holds here; or there is nothing here to dispute about any more, and the other side learns it."""
    handed_on = state.handed_on.receiver_id if state.handed_on else ""
    elsewhere = state.stage is Stage.TRANSFERRED_ADMIN and handed_on != command.told_by
    if state.stage in (Stage.CLUE, *UNDECIDED, Stage.TRANSFERRED_CRIMINAL, Stage.TRANSFERRED_ADMIN) and not elsewhere:
        yield pb.JurisdictionDisputed(
            case_id=command.case_id,
            dispute_id=command.dispute_id,
            other_case_id=command.other_case_id,
            position=command.position,
            told_by=command.told_by,
            round=round_,
            other_filed_at=command.filed_at if command.HasField("filed_at") else None,
        )
        return
    if command.way == pb.SETTLEMENT_WAY_GIVEN_UP:
        return  # nothing is left there either: nobody owns what nobody pursues
    given_up = elsewhere or state.stage is Stage.NOT_FILED or state.handed_on is not None
    yield pb.JurisdictionSettled(
        case_id=command.case_id,
        dispute_id=command.dispute_id,
        other_id=command.told_by,
        other_case_id=command.other_case_id,
        owner_id=command.told_by if given_up else context.authority.id,
        ours=not given_up,
        way=pb.SETTLEMENT_WAY_GIVEN_UP if given_up else pb.SETTLEMENT_WAY_DECIDED_ALREADY,
        told_by=command.told_by,
        round=round_,
        still_standing=True,  # it did not stand still for this
    )


def _position_of(
    dispute: Dispute,
    told: pb.NoteJurisdictionDisputeRequest | disputes.NoteDisputePositionRequest,
    other_case_id: str = "",
) -> disputes.DisputePositionStated:
    return disputes.DisputePositionStated(
        case_id=told.case_id,
        dispute_id=dispute.dispute_id,
        other_case_id=dispute.other_case_id or other_case_id,
        position=told.position,
        filed_at=told.filed_at if told.HasField("filed_at") else None,
        round=dispute.round,
        told_by=told.told_by,
    )


def _require_superior(superior_id: str | None, named: str, context: Context) -> None:
    """Between two provinces the ministry is named; of a superior that takes part, its name or id."""
    if superior_id is None:
        if MINISTRY not in named:
            raise Refused(Refusal.NOT_THE_COMMON_SUPERIOR, superior=MINISTRY)
        return
    known = context.members.get(superior_id)
    if MINISTRY in named or (known is not None and named.strip() not in (known.id, known.name)):
        raise Refused(Refusal.NOT_THE_COMMON_SUPERIOR, superior=known.name if known else superior_id)


def _require_first_to_file(state: Case, dispute: Dispute, *, ours: bool) -> None:
    """Who gives way because the other filed first, is right by what both signed."""
    filed_at = state.period.began_at if state.period else None
    if not ours and first_to_file(filed_at, dispute.other_filed_at) is not False:
        raise Refused(Refusal.NOT_FIRST_TO_FILE, ours=_read(filed_at), theirs=_read(dispute.other_filed_at))


def _read(at: datetime | None) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if at else "未立案"


def _filed_at(state: Case) -> Timestamp | None:
    return to_timestamp(state.period.began_at) if state.period else None


def _rounds(state: Case, other_id: str) -> int:
    return state.dispute_rounds.get(other_id, 0)


def _with_round(state: Case, other_id: str, round_: int) -> Mapping[str, int]:
    return {**state.dispute_rounds, other_id: max(_rounds(state, other_id), round_ + 1)}


def _with_case(state: Case, other_id: str, case_id: str) -> Mapping[str, str]:
    return {**state.dispute_cases, other_id: case_id} if case_id else state.dispute_cases


def _dispute(state: Case) -> Dispute:
    if state.dispute is None:
        raise Refused(Refusal.NO_DISPUTE)
    return state.dispute
