"""Dispute over jurisdiction (管辖争议, 行政处罚法 art. 25): two authorities, two cases, one owner in the end.

    raise ──▶ DISPUTED on both sides ──the other is competent: sign it──▶ SETTLED here, and there when it is noted
                 │  ▲                ──designated: enter the notice────▶ frozen until the other signed that it noted it
                 │  └── both gave it up at once: the next round
                 └── the other had decided already, or had nothing left: it says so

Promise: nobody makes itself competent. A side owns the case when the other has signed, irrevocably for this round,
that it does not: so at no moment two sides may decide, whatever is delayed or doubled on the way.
A third authority that raises one of its own waits for its turn. What the other side tells stands in
told_dispute, what lies with the superior of both in superior.
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
from services.kernel.clock import SHANGHAI
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import to_datetime, to_timestamp

APL_25: Final = "行政处罚法 art. 25"


def first_to_file(ours: datetime | None, theirs: datetime | None) -> bool | None:
    """Whether this side's case was filed first, by the second (行政处罚法 art. 25).

    None: in the same second, or neither is filed; then nobody is first and the two negotiate.
    """
    mine, other = (at.replace(microsecond=0) if at is not None else None for at in (ours, theirs))
    if mine == other:
        return None
    return mine is not None and (other is None or mine < other)


@case.decide(pb.RaiseJurisdictionDisputeRequest, basis=APL_25)
def raise_dispute(state: Case, command: pb.RaiseJurisdictionDisputeRequest, context: Context) -> Events:
    """Two authorities claim a case, or neither does: they negotiate, and tell each other. Nobody decides meanwhile.

    So they do again when the one that was found competent does not take the case: with that one, because nobody else
    can give back what it lost.
    """
    state.require(Stage.CLUE, *UNDECIDED)
    require_undisputed(state)
    context.member(command.other_id)
    if command.other_id == context.authority.id:
        raise Refused(Refusal.RECEIVER_NEEDED)
    if state.lost_to not in ("", command.other_id):
        raise Refused(Refusal.OTHER_IS_COMPETENT, owner=state.lost_to)
    other_case_id = command.other_case_id or state.dispute_cases.get(command.other_id, "")
    yield pb.JurisdictionDisputed(
        case_id=command.case_id,
        dispute_id=command.dispute_id,
        other_id=command.other_id,
        other_case_id=other_case_id,
        position=command.position,
        filed_at=_filed_at(state),
        round=rounds_of(state, command.other_id, other_case_id),
    )


@case.decide(disputes.StateDisputePositionRequest, basis=APL_25)
def state_position(state: Case, command: disputes.StateDisputePositionRequest, context: Context) -> Events:
    """Each side says what it claims, as often as there is something new, and the other has it in its file."""
    dispute = open_dispute(state)
    yield disputes.DisputePositionStated(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id,
        other_id=dispute.other_id,
        other_case_id=dispute.other_case_id,
        position=command.position,
        filed_at=_filed_at(state),
        round=dispute.round,
    )


@case.decide(pb.SettleJurisdictionRequest, basis=APL_25)
def settle(state: Case, command: pb.SettleJurisdictionRequest, context: Context) -> Events:
    """A side signs that the other is competent, by agreement or because it filed first; a designation has its document,
    and may name a third. A designation of this side waits until the other noted it."""
    dispute = open_dispute(state)
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
    word = signed(state, dispute, command, command.way, context)
    yield word
    yield from whose_turn(state, word)


def signed(
    state: Case,
    dispute: Dispute,
    command: pb.SettleJurisdictionRequest | disputes.NoteSuperiorDesignationRequest,
    way: pb.SettlementWay.ValueType,
    context: Context,
) -> disputes.DesignationEntered | pb.JurisdictionSettled:
    """What this side signs: that it is not competent; or, where the other knows of the dispute, its own designation."""
    ours = command.owner_id == context.authority.id
    # The superior's word names the case of the other side, which this side may not have known.
    named = command.other_case_id if isinstance(command, disputes.NoteSuperiorDesignationRequest) else ""
    other_case_id = dispute.other_case_id or named
    # The superior's own notice stands with the superior, who shows it to both.
    paper = command if isinstance(command, pb.SettleJurisdictionRequest) and command.HasField("document") else None
    document = paper.document if paper else None
    # A dispute about the case that is named only now counts as the other side counts.
    known = other_case_id == dispute.other_case_id
    round_ = dispute.round if known else rounds_of(state, dispute.other_id, other_case_id)
    if ours and (other_case_id or dispute.heard):
        return disputes.DesignationEntered(
            case_id=command.case_id,
            dispute_id=dispute.dispute_id,
            other_id=dispute.other_id,
            other_case_id=other_case_id,
            number=command.number,
            document=document,
            round=round_,
        )
    settlement = pb.JurisdictionSettled(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id,
        other_id=dispute.other_id,
        other_case_id=other_case_id,
        owner_id=command.owner_id,
        ours=ours,
        way=way,
        document=document,
        number=command.number,
        round=round_,
        still_standing=state.stands_still(but="dispute"),
    )
    return told_above(dispute, settlement)


def told_above(dispute: Dispute | None, settlement: pb.JurisdictionSettled) -> pb.JurisdictionSettled:
    """Who brought the dispute before the superior tells it, too, that nothing is left to designate."""
    if dispute is not None and dispute.asked_id:
        settlement.asked_id, settlement.other_side_id = dispute.asked_id, dispute.other_id
    return settlement


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
    cases = _with_case(state, other, event.other_case_id)
    return stopped(replace(_with_round(state, other, event), dispute=dispute, dispute_cases=cases), act)


@case.evolve(disputes.DisputePositionStated)
def position_stated(state: Case, event: disputes.DisputePositionStated) -> Case:
    if not event.told_by or state.dispute is None:
        return state
    filed_at = to_datetime(event.filed_at) if event.HasField("filed_at") else None
    other = state.dispute.other_case_id or event.other_case_id
    # Of a dispute that named no case nobody heard: it is the one that the other side tells of.
    known = replace(state.dispute, heard=True, other_filed_at=filed_at, other_case_id=other, round=event.round)
    counted = _with_round(state, event.told_by, event)
    return replace(counted, dispute=known, dispute_cases=_with_case(state, event.told_by, other))


@case.evolve(disputes.DesignationEntered)
def designation_entered(state: Case, event: disputes.DesignationEntered) -> Case:
    assert state.dispute is not None
    named = replace(state.dispute, designated=True, other_case_id=event.other_case_id, round=event.round)
    return replace(_with_round(state, event.other_id, event), dispute=named)


@case.evolve(pb.JurisdictionSettled)
def settled(state: Case, event: pb.JurisdictionSettled, act: Act) -> Case:
    other = event.other_id or event.told_by
    # What is lost to a third is lost: whoever else asks for it is answered, and nothing changes here.
    lost_to = state.lost_to if state.lost_to not in ("", other) else "" if event.ours else event.owner_id
    left = state.nothing_left_for - {(other, event.other_case_id)}
    gives_up = event.way == pb.SETTLEMENT_WAY_GIVEN_UP or lost_to != event.other_id
    if gives_up and event.owner_id == event.other_id:
        left |= {(other, event.other_case_id)}
    after = replace(_with_round(state, other, event), dispute=None, lost_to=lost_to, nothing_left_for=left)
    if event.owner_id == event.other_id:
        pair = (event.other_id, event.other_case_id)
        after = replace(after, disputes_yielded={**state.disputes_yielded, pair: event.round})
    return running(after, event, act)


@case.evolve(disputes.DisputeWaits)
def waits(state: Case, event: disputes.DisputeWaits) -> Case:
    after = _with_round(state, event.told_by, event)
    return after if event.ended else replace(after, disputes_waiting=(*after.disputes_waiting, event))


def whose_turn(state: Case, word: pb.JurisdictionSettled | disputes.DesignationEntered) -> Events:
    """What waited while another dispute was open: the next one is disputed now, if the case is still here; who was
    designated meanwhile is competent, and who waits for a case that is lost learns it."""
    if isinstance(word, disputes.DesignationEntered):
        return  # the open one goes on
    ours = word.ours
    for waiting in state.disputes_waiting:
        if ours and not waiting.designated:
            yield disputed_with(waiting, waiting.round)
            return
        way = pb.SETTLEMENT_WAY_DESIGNATED if waiting.designated else pb.SETTLEMENT_WAY_GIVEN_UP
        yield answered(waiting, waiting.round, owner_id=waiting.told_by, ours=False, way=way)
        ours = False


def disputed_with(
    told: pb.NoteJurisdictionDisputeRequest | disputes.DisputeWaits, round_: int
) -> pb.JurisdictionDisputed:
    """What the other side raised holds here."""
    return pb.JurisdictionDisputed(
        case_id=told.case_id,
        dispute_id=told.dispute_id,
        other_case_id=told.other_case_id,
        position=told.position,
        told_by=told.told_by,
        round=round_,
        other_filed_at=told.filed_at if told.HasField("filed_at") else None,
    )


def answered(
    told: pb.NoteJurisdictionDisputeRequest | disputes.NoteDesignationRequest | disputes.DisputeWaits,
    round_: int,
    *,
    owner_id: str,
    ours: bool,
    way: pb.SettlementWay.ValueType,
) -> pb.JurisdictionSettled:
    """What ends at once what the other side told, and never held here."""
    return pb.JurisdictionSettled(
        case_id=told.case_id,
        dispute_id=told.dispute_id,
        other_id=told.told_by,
        other_case_id=told.other_case_id,
        owner_id=owner_id,
        ours=ours,
        way=way,
        told_by=told.told_by,
        round=round_,
        still_standing=True,  # it did not stand still for this
    )


def _require_first_to_file(state: Case, dispute: Dispute, *, ours: bool) -> None:
    """Who gives way because the other filed first, is right by what both signed."""
    filed_at = state.period.began_at if state.period else None
    if not ours and first_to_file(filed_at, dispute.other_filed_at) is not False:
        raise Refused(Refusal.NOT_FIRST_TO_FILE, ours=_read(filed_at), theirs=_read(dispute.other_filed_at))


def _read(at: datetime | None) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if at else "未立案"


def _filed_at(state: Case) -> Timestamp | None:
    return to_timestamp(state.period.began_at) if state.period else None


def rounds_of(state: Case, other_id: str, other_case_id: str) -> int:
    """How many disputes with a case of another authority there were, ended or open; both sides count alike."""
    return state.dispute_rounds.get((other_id, other_case_id), 0)


def _with_round(
    state: Case,
    other: str,
    event: pb.JurisdictionDisputed
    | pb.JurisdictionSettled
    | disputes.DisputePositionStated
    | disputes.DesignationEntered
    | disputes.DisputeWaits,
) -> Case:
    """The round of an event with the other side is counted, and no longer waits."""
    pair = (other, event.other_case_id)
    rounds = {**state.dispute_rounds, pair: max(rounds_of(state, *pair), event.round + 1)}
    waiting = tuple(one for one in state.disputes_waiting if (one.told_by, one.other_case_id) != pair)
    return replace(state, dispute_rounds=rounds, disputes_waiting=waiting)


def _with_case(state: Case, other_id: str, case_id: str) -> Mapping[str, str]:
    return {**state.dispute_cases, other_id: case_id} if case_id else state.dispute_cases


def open_dispute(state: Case) -> Dispute:
    """The dispute that is open about the case."""
    if state.dispute is None:
        raise Refused(Refusal.NO_DISPUTE)
    return state.dispute
