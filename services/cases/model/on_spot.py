"""Simplified procedure (简易程序, 行政处罚法 arts. 51-53, 68-71): a penalty decided on the spot.

    OBSERVED ──decide──▶ DECIDED (warning) | PAID_ON_SPOT | PAYMENT_DUE ──copy──▶ COPY_FILED ──close──▶ CLOSED
        └──▶ REFERRED to the normal procedure              any of these after the decision ──▶ REVOKED ──close──▶ CLOSED

Beside the stages runs the money that was collected on the spot: landed (when it was on water), handed in, banked. Money
that was not is the collection's; what came of it is noted here. Over the stages lie reconsideration and suit, in this
order since 2024 (复议前置): they stop no execution.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import on_spot_pb2 as pb

from services.cases.model.age import require_responsible
from services.cases.model.case import Refusal
from services.cases.model.competence import in_territory, name_of, require_power
from services.cases.model.duplicates import NOTHING_KNOWN, OtherCases, review
from services.cases.model.filing import require_room
from services.cases.model.notice import aggravation, require_amounts
from services.cases.model.procedure import Remedy
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day_of, term

LIMITS_FEN: Final = {events.PARTY_KIND_PERSON: 20_000, events.PARTY_KIND_ORGANISATION: 300_000}
"""Highest fine on the spot: 200 yuan for a person, 3,000 for an organisation (行政处罚法 art. 51)."""
COLLECTED_SMALL_FEN: Final = 10_000
"""Highest fine that is collected on the spot without a further reason: 100 yuan (行政处罚法 art. 68 no. 1)."""
RECONSIDERATION_FIRST_FROM: Final = date(2024, 1, 1)
"""From this day on a suit against an on-the-spot penalty needs reconsideration first (行政复议法 arts. 23, 90)."""
KINDS: Final = (events.PENALTY_KIND_WARNING, events.PENALTY_KIND_FINE)
"""What may be decided on the spot (行政处罚法 art. 51)."""


class OnSpotStage(StrEnum):
    """Where an on-the-spot penalty stands."""

    OBSERVED = "已查获"
    REFERRED = "已转普通程序"
    DECIDED = "已当场处罚"
    PAID_ON_SPOT = "已当场收缴"
    PAYMENT_DUE = "待缴款"
    COPY_FILED = "已备案"
    REVOKED = "已撤销"
    CLOSED = "已结案"


AFTER_DECISION: Final = (OnSpotStage.DECIDED, OnSpotStage.PAID_ON_SPOT, OnSpotStage.PAYMENT_DUE)
DECIDED: Final = (*AFTER_DECISION, OnSpotStage.COPY_FILED, OnSpotStage.CLOSED)
"""The penalty is decided. A closed one may have been revoked before."""


@dataclass(frozen=True, slots=True)
class KnownOnSpot:
    """What the decision looks up."""

    others: OtherCases = NOTHING_KNOWN
    form_number_used: bool = False


@dataclass(frozen=True, slots=True)
class Money:
    """The fine and what became of it."""

    fine_fen: int
    collected_fen: int
    on_water: bool
    collected_on: str = ""
    """Day of the collecting on the spot, ISO date."""
    landed: bool = False
    handed_in: bool = False
    banked: bool = False
    performed: bool | None = None
    """What the collection says: paid, or its execution ended; None while it says nothing."""

    @property
    def paid(self) -> bool:
        """Nothing is left to pay: there was no fine, it is at the bank, or the collection has it."""
        return self.fine_fen == 0 or self.banked or bool(self.performed)


@dataclass(frozen=True, slots=True)
class Remedies:
    """What the party did against the penalty."""

    reconsideration_first: bool
    applications: frozenset[str] = frozenset()
    """Applications handed to this authority that it has neither forwarded nor answered by revoking."""
    open: Mapping[str, Remedy] = field(default_factory=dict)
    heard: frozenset[str] = frozenset()
    """What another body took up, open or ended: its decision is its own to serve."""
    reconsidered: bool = False
    """A reconsideration has ended, so that a suit may follow."""


@dataclass(frozen=True, slots=True)
class OnSpot(Staged):
    """What decisions about an on-the-spot penalty read."""

    stage: OnSpotStage = OnSpotStage.OBSERVED
    observed: pb.OnSpotObserved | None = None
    observed_on: date | None = None
    """Day of the act: it was seen while it happened."""
    money: Money | None = None
    remedies: Remedies | None = None
    revoked: bool = False
    system: str = ""
    """For electronic service, as the party consented to it; empty without consent."""
    posted: Mapping[tuple[int, str], datetime] = field(default_factory=dict)
    """When which document of which collection was put up in public."""


on_spot = Aggregate("on_spot", OnSpot)


@on_spot.decide(pb.ObserveOnSpotRequest, basis="行政处罚法 arts. 17, 22-24, 42, 51, 52, 55")
def observe(state: OnSpot, command: pb.ObserveOnSpotRequest, context: Context) -> Events:
    """Two officers show their credentials, make sure who the party is, and take the evidence that is needed, where the
    authority is competent.
    """
    officers = context.two_active_officers(command.officer_ids)
    require_power(command.act_code, context)
    if not in_territory(command.place, context):
        raise Refused(Refusal.NOT_COMPETENT, place=name_of(command.place))
    _require_steps({"出示执法证件": command.credentials_shown, "核实当事人身份": command.identity_verified})
    if command.party.kind not in LIMITS_FEN:
        raise Refused(Refusal.PARTY_KIND_NEEDED)
    if command.incident_id:
        require_room(events.INCIDENT_ROLE_UNSPECIFIED, context.found)
    if not command.evidence:
        raise Refused(Refusal.NO_EVIDENCE)
    yield pb.OnSpotObserved(
        on_spot_id=command.on_spot_id or str(context.new_id(on_spot.name)),
        act_code=command.act_code,
        place=command.place,
        facts=command.facts,
        party=command.party,
        vehicle=command.vehicle if command.HasField("vehicle") else None,
        vessel=command.vessel if command.HasField("vessel") else None,
        evidence=command.evidence,
        officers=officers,
        incident_id=command.incident_id,
        capture_id=command.capture_id,
    )


@on_spot.evolve(pb.OnSpotObserved)
def observed(state: OnSpot, event: pb.OnSpotObserved, act: Act) -> OnSpot:
    return replace(state, stage=OnSpotStage.OBSERVED, observed=event, observed_on=day_of(act.occurred_at))


@on_spot.decide(pb.DecideOnSpotRequest, basis="行政处罚法 arts. 28-30, 42, 44, 45, 51, 52, 68-70")
def decide_on_spot(state: OnSpot, command: pb.DecideOnSpotRequest, context: Context) -> Events:
    """Two officers decide a warning or a small fine after they told the party and heard it, on a numbered form that
    they hand over. The fine is collected on the spot only where the law lets them.
    """
    state.require(OnSpotStage.OBSERVED)
    assert state.observed is not None
    assert state.observed_on is not None
    if context.today < state.observed_on:
        raise Refused(Refusal.STEP_OUT_OF_ORDER, day=context.today, stage=state.stage, last=state.observed_on)
    found = state.observed
    require_responsible(found.party, state.observed_on)
    officers = context.two_active_officers(command.officer_ids)
    known = context.found if isinstance(context.found, KnownOnSpot) else KnownOnSpot()
    fine_fen = _require_within_limits(command, found.party)
    _require_steps(_steps_of_decision(command))
    _require_not_aggravated(command)
    if not command.correction.strip():
        raise Refused(Refusal.CORRECTION_NOT_ORDERED)
    if not command.form_number.strip():
        raise Refused(Refusal.FORM_NUMBER_NEEDED)
    if known.form_number_used:
        raise Refused(Refusal.FORM_NUMBER_USED, number=command.form_number)
    if command.collected_fen or command.collection_ground:
        _require_may_be_collected(command, fine_fen)
    duplicates = review(known.others, command.duplicate_decision, command.duplicate_reason, fines=fine_fen > 0)
    first = context.today >= RECONSIDERATION_FIRST_FROM
    yield pb.OnSpotPenaltyDecided(
        on_spot_id=command.on_spot_id,
        act_code=found.act_code,
        penalties=command.penalties,
        form_number=command.form_number,
        party=found.party,
        facts=command.reasons,
        basis=command.basis,
        defence=command.defence,
        defence_content=command.defence_content,
        defence_review=command.defence_review,
        correction=command.correction,
        signature=command.signature,
        signature_note=command.signature_note,
        collected_on_spot_fen=command.collected_fen,
        collection_ground=command.collection_ground,
        collection_reason=command.collection_reason,
        receipt_number=command.receipt_number,
        on_water=command.on_water,
        reconsideration_first=first,
        remedies=remedies(first),
        officers=officers,
        document=command.document if command.HasField("document") else None,
        duplicates=duplicates,
        incident_id=found.incident_id,
        served_on=context.today.isoformat(),
    )


@on_spot.evolve(pb.OnSpotPenaltyDecided)
def decided(state: OnSpot, event: pb.OnSpotPenaltyDecided, act: Act) -> OnSpot:
    on = event.served_on or day_of(act.occurred_at).isoformat()
    money = Money(fine_of(event.penalties), event.collected_on_spot_fen, event.on_water, on)
    return replace(state, stage=stage_after(event), money=money, remedies=Remedies(event.reconsideration_first))


def stage_after(event: pb.OnSpotPenaltyDecided) -> OnSpotStage:
    """A warning leaves nothing to pay; a fine is paid on the spot or falls due."""
    if not fine_of(event.penalties):
        return OnSpotStage.DECIDED
    return OnSpotStage.PAID_ON_SPOT if event.collected_on_spot_fen else OnSpotStage.PAYMENT_DUE


@on_spot.decide(pb.ReferOnSpotRequest, basis="行政处罚法 arts. 51, 54")
def refer(state: OnSpot, command: pb.ReferOnSpotRequest, context: Context) -> Events:
    """What does not fit on the spot, because facts are in doubt or the fine would be higher, becomes a clue."""
    state.require(OnSpotStage.OBSERVED)
    assert state.observed is not None
    assert state.observed_on is not None
    found = state.observed
    yield pb.OnSpotReferred(
        on_spot_id=command.on_spot_id,
        reason=command.reason,
        act_code=found.act_code,
        act_on=state.observed_on.isoformat(),
        place=found.place,
        facts=found.facts,
        party=found.party,
        vehicle=found.vehicle if found.HasField("vehicle") else None,
        vessel=found.vessel if found.HasField("vessel") else None,
        attachments=[piece.file for piece in found.evidence if piece.HasField("file")],
        incident_id=found.incident_id,
        capture_id=found.capture_id,
    )


@on_spot.evolve(pb.OnSpotReferred)
def referred(state: OnSpot, event: pb.OnSpotReferred) -> OnSpot:
    return replace(state, stage=OnSpotStage.REFERRED)


@on_spot.decide(pb.FileOnSpotCopyRequest, basis="行政处罚法 art. 52")
def file_copy(state: OnSpot, command: pb.FileOnSpotCopyRequest, context: Context) -> Events:
    """A copy of the form is filed with the department."""
    state.require(*AFTER_DECISION)
    context.officer(command.receiver_id)
    yield pb.OnSpotCopyFiled(
        on_spot_id=command.on_spot_id,
        receiver_id=command.receiver_id,
        copy=command.copy if command.HasField("copy") else None,
    )


@on_spot.evolve(pb.OnSpotCopyFiled)
def copy_filed(state: OnSpot, event: pb.OnSpotCopyFiled) -> OnSpot:
    return replace(state, stage=OnSpotStage.COPY_FILED)


@on_spot.decide(pb.CloseOnSpotRequest, basis="行政处罚法 arts. 47, 52, 71")
def close_on_spot(state: OnSpot, command: pb.CloseOnSpotRequest, context: Context) -> Events:
    """It is closed when the copy is filed and the fine is paid and at the bank, or its execution has ended; or when it
    was revoked.
    """
    if state.stage in AFTER_DECISION:
        raise Refused(Refusal.COPY_NOT_FILED)
    state.require(OnSpotStage.COPY_FILED, OnSpotStage.REVOKED)
    assert state.money is not None
    ended = state.money.performed is False
    if state.stage is OnSpotStage.REVOKED:
        due = pb.ON_SPOT_CLOSING_REVOKED
    elif state.money.paid or ended:
        due = pb.ON_SPOT_CLOSING_EXECUTION_ENDED if ended else pb.ON_SPOT_CLOSING_PERFORMED
    else:
        raise Refused(Refusal.FINE_NOT_PERFORMED)
    if command.ground != due:
        raise Refused(Refusal.CLOSING_GROUND_WRONG)
    yield pb.OnSpotClosed(on_spot_id=command.on_spot_id, ground=command.ground, remark=command.remark)


@on_spot.evolve(pb.OnSpotClosed)
def on_spot_closed(state: OnSpot, event: pb.OnSpotClosed) -> OnSpot:
    return replace(state, stage=OnSpotStage.CLOSED)


def fine_of(penalties: Iterable[events.Penalty]) -> int:
    """The fine in fen; 0 when there is none."""
    return sum(penalty.amount_fen for penalty in penalties if penalty.kind == events.PENALTY_KIND_FINE)


def remedies(reconsideration_first: bool) -> str:
    """What the form says on remedies. Since 2024 a suit needs reconsideration first (复议前置, 行政复议法 art. 23)."""
    if reconsideration_first:
        return (
            "当事人不服本处罚决定的，应当自收到本决定书之日起六十日内先向本级人民政府申请行政复议；"
            "对行政复议决定不服的，可以再依法向人民法院提起行政诉讼。"
        )
    return (
        "当事人不服本处罚决定的，可以自收到本决定书之日起六十日内申请行政复议，"
        "或者在六个月内直接向人民法院提起行政诉讼。"
    )


def _require_steps(steps: dict[str, bool]) -> None:
    if missing := [step for step, done in steps.items() if not done]:
        raise Refused(Refusal.ON_SPOT_STEPS, missing="、".join(missing))


def _steps_of_decision(command: pb.DecideOnSpotRequest) -> dict[str, bool]:
    """What must have happened before the party stands there with the form in hand (arts. 44, 45, 52)."""
    stated = command.defence == events.DEFENCE_KIND_STATED
    refused = command.signature == pb.SIGNATURE_KIND_REFUSED
    return {
        "告知违法事实、处罚理由和依据": command.facts_told,
        "告知拟作出的处罚内容": bool(command.told_penalties),
        "告知陈述、申辩权利": command.rights_told,
        "听取陈述、申辩": bool(command.defence),
        "复核陈述、申辩": not stated or bool(command.defence_review.strip()),
        "当场交付决定书": command.handed_over,
        "当事人签名或者拒签": bool(command.signature),
        "注明拒签情况": not refused or bool(command.signature_note.strip()),
    }


def _require_within_limits(command: pb.DecideOnSpotRequest, party: events.Party) -> int:
    """Warnings and fines only, and the fine within the limit for this kind of party; the fine in fen."""
    if not command.penalties or (others := [one for one in command.penalties if one.kind not in KINDS]):
        kinds = "、".join(term(events.PenaltyKind, one.kind) for one in (others if command.penalties else ()))
        raise Refused(Refusal.ON_SPOT_KIND, kinds=kinds or "—")
    require_amounts(command.penalties)
    fine_fen, limit_fen = fine_of(command.penalties), LIMITS_FEN[party.kind]
    if fine_fen > limit_fen:
        raise Refused(
            Refusal.ON_SPOT_LIMIT,
            party=term(events.PartyKind, party.kind),
            limit_fen=limit_fen,
            amount_fen=fine_fen,
        )
    return fine_fen


def _require_not_aggravated(command: pb.DecideOnSpotRequest) -> None:
    """Nothing beyond what was told (art. 44), and nothing raised because the party defended itself (art. 45)."""
    if beyond := aggravation(command.told_penalties, command.penalties):
        defended = command.defence == events.DEFENCE_KIND_STATED
        raise Refused(Refusal.AGGRAVATED_AFTER_DEFENCE if defended else Refusal.BEYOND_NOTICE, detail=beyond)


def _require_may_be_collected(command: pb.DecideOnSpotRequest, fine_fen: int) -> None:
    """On the spot the whole fine is collected or none of it, on one of three grounds, against a fiscal receipt."""
    require_amount(command.collected_fen, fine_fen)
    reason = command.collection_reason.strip()
    match command.collection_ground:
        case pb.COLLECTION_GROUND_SMALL:
            why = "罚款超过一百元" if fine_fen > COLLECTED_SMALL_FEN else ""
        case pb.COLLECTION_GROUND_HARD_TO_EXECUTE:
            why = "" if reason else "未写明事后难以执行的理由"
        case pb.COLLECTION_GROUND_REMOTE:
            why = "" if reason and command.party_asks else "须写明边远、水上、交通不便的情况，并由当事人提出"
        case _:
            why = "未写明当场收缴的理由"
    if why:
        raise Refused(Refusal.COLLECTION_NOT_ALLOWED, why=why)
    if not command.receipt_number.strip():
        raise Refused(Refusal.RECEIPT_NEEDED)


def require_amount(amount_fen: int, due_fen: int) -> None:
    """All of it, and something.

    Raises:
        Refused: COLLECTED_AMOUNT.
    """
    if amount_fen != due_fen or not due_fen:
        raise Refused(Refusal.COLLECTED_AMOUNT, amount_fen=amount_fen, due_fen=due_fen)
