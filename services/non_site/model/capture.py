"""Records of devices, from the roadside to the evidence of a case (非现场执法记录, 行政处罚法 art. 41).

    recorded ──check──┬─▶ UNFIT                                             a check failed: never used
                      ├─▶ NO_VIOLATION                                      nothing to do
                      └─▶ PENDING_REVIEW ──review──┬─▶ REJECTED             never used
                                                   └─▶ ACCEPTED ──notify──▶ NOTIFIED ──concede──▶ CONCEDED ─┐
                          CONTESTED ◀──contest── NOTIFIED, CONCEDED, ANSWERED                               │
                              └──answer──┬─▶ REJECTED   the party is right: never used                      │
                                         └─▶ ANSWERED ──────────────────────────────────────────────────────┤
                          NOTIFIED, when the party's time is over ──────────────────────────────────────────┤
                                                                                          ADOPTED ◀──adopt──┘

No way leads from UNFIT or REJECTED to ADOPTED: a record that is not reviewed, or was captured while a gate of art. 41
was closed, is no evidence.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import capture_pb2 as pb
from enforcement.non_site.v1 import device_pb2 as devices
from enforcement.non_site.v1 import service_pb2 as commands

from services.kernel.deadlines import Due, published, working_days
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.ledger import ids
from services.kernel.messages import to_datetime, to_timestamp
from services.kernel.values import day_of, local, term
from services.non_site.model.check import FoundDevice, check
from services.non_site.model.device import closed, gates_at
from services.non_site.model.shared import APL_41, Refusal, capture_of
from services.non_site.overload import words


class Stage(StrEnum):
    """Where a record stands."""

    UNFIT = "技术校验未通过"
    NO_VIOLATION = "未超限"
    PENDING_REVIEW = "待审核"
    REJECTED = "审核不予采用"
    ACCEPTED = "待告知"
    NOTIFIED = "已告知"
    CONTESTED = "陈述申辩待复核"
    ANSWERED = "陈述申辩已答复"
    CONCEDED = "当事人无异议"
    ADOPTED = "已作为证据"


class Mismatch(StrEnum):
    """Whether the review found dimensions that disagree, and whether the traffic police know."""

    NONE = "无"
    FOUND = "待抄告"
    COPIED = "已抄告"


@dataclass(frozen=True, slots=True)
class Capture(Staged):
    """What decisions about a record read."""

    stage: Stage = Stage.PENDING_REVIEW
    recorded: pb.CaptureRecorded | None = None
    checked: pb.CaptureChecked = field(default_factory=pb.CaptureChecked)
    notified: pb.PartyNotified = field(default_factory=pb.PartyNotified)
    notified_at: datetime | None = None
    since: datetime | None = None
    """When the latest act so far took place: the next step comes after it."""
    statements: int = 0
    mismatch: Mismatch = Mismatch.NONE


capture = Aggregate("capture", Capture)

CODE_BYTES: Final = 10
"""78 random bits of the code that a party is told: nobody finds it by trying."""


@capture.decide(commands.RecordCaptureRequest, basis="行政处罚法 arts. 40, 41")
def record(state: Capture, command: commands.RecordCaptureRequest, context: Context) -> Events:
    """What a device captured is recorded once, and checked against the device as it was at that instant.

    A device speaks for itself and for no other. The same record again changes nothing; another content under its
    number is refused.
    """
    if context.actor.kind == "device" and context.actor.id.lower() != command.device_id:
        raise Refused(Refusal.NOT_THIS_DEVICE, token=context.actor.id, device=command.device_id)
    if command.capture_id != (expected := capture_of(command.device_id, command.record_id)):
        raise Refused(Refusal.CAPTURE_ID, expected=expected)
    recorded = pb.CaptureRecorded(
        capture_id=command.capture_id,
        device_id=command.device_id,
        record_id=command.record_id,
        captured_at=to_timestamp(context.occurred_at),
        plate=command.plate,
        plate_colour=command.plate_colour,
        measured=command.measured,
        pictures=command.pictures,
        lane=command.lane,
    )
    if state.recorded == recorded:
        return
    if state.recorded is not None:
        raise Refused(Refusal.RECORD_DIFFERS, record=command.record_id)
    found: FoundDevice = context.found
    yield recorded
    yield check(recorded, found, context.rules)


@capture.evolve(pb.CaptureRecorded)
def recorded(state: Capture, event: pb.CaptureRecorded, act: Act) -> Capture:
    return replace(state, recorded=event, since=act.occurred_at)


@capture.evolve(pb.CaptureChecked)
def checked(state: Capture, event: pb.CaptureChecked) -> Capture:
    fit = Stage.PENDING_REVIEW if event.assessment.violation else Stage.NO_VIOLATION
    return replace(state, stage=fit if event.passed else Stage.UNFIT, checked=event)


@capture.decide(commands.ReviewCaptureRequest, basis=APL_41)
def review(state: Capture, command: commands.ReviewCaptureRequest, context: Context) -> Events:
    """An officer reviews before anything is done: the record is true, clear, complete and accurate, or is rejected."""
    state.require(Stage.PENDING_REVIEW)
    require_in_order(state, context)
    reviewer = context.active_officer(context.actor.id)
    if not command.accepted and not command.reason.strip():
        raise Refused(Refusal.REASON_NEEDED)
    if command.accepted and (missing := _missing(command)):
        raise Refused(Refusal.REVIEW_NOT_FULL, missing="、".join(missing))
    if command.dimensions_disagree and not command.dimensions_note.strip():
        raise Refused(Refusal.DIMENSIONS_NOTE)
    yield pb.CaptureReviewed(
        capture_id=command.capture_id,
        accepted=command.accepted,
        reason=command.reason,
        reviewer=reviewer,
        dimensions_disagree=command.dimensions_disagree,
        dimensions_note=command.dimensions_note,
    )


@capture.evolve(pb.CaptureReviewed)
def reviewed(state: Capture, event: pb.CaptureReviewed, act: Act) -> Capture:
    return replace(
        state,
        stage=Stage.ACCEPTED if event.accepted else Stage.REJECTED,
        since=act.occurred_at,
        mismatch=Mismatch.FOUND if event.dimensions_disagree else Mismatch.NONE,
    )


@capture.decide(commands.NotifyPartyRequest, basis=APL_41)
def notify(state: Capture, command: commands.NotifyPartyRequest, context: Context) -> Events:
    """The party is told, and given electronic means to query, to state and to defend."""
    state.require(Stage.ACCEPTED)
    require_in_order(state, context)
    context.active_officer(context.actor.id)
    means = (("查询地址", command.query_address), ("陈述申辩地址", command.statement_address))
    if not command.party.name.strip():
        raise Refused(KernelRefusal.INVALID_REQUEST, detail="party.name: nobody can be told without knowing whom")
    if missing := [name for name, address in means if not address.strip()]:
        raise Refused(Refusal.MEANS_MISSING, missing="、".join(missing))
    yield pb.PartyNotified(
        capture_id=command.capture_id,
        party=command.party,
        ways=command.ways,
        notice_code=_code(context),
        query_address=command.query_address,
        statement_address=command.statement_address,
        statement_due_on=_statement_due(context.occurred_at, context).due_on.isoformat(),
    )


@capture.evolve(pb.PartyNotified)
def notified(state: Capture, event: pb.PartyNotified, act: Act) -> Capture:
    told_at = act.occurred_at
    return replace(state, stage=Stage.NOTIFIED, notified=event, notified_at=told_at, since=told_at)


@capture.decide(commands.ContestCaptureRequest, basis=APL_41)
def contest(state: Capture, command: commands.ContestCaptureRequest, context: Context) -> Events:
    """The party states and defends, as long as the record is not evidence; nothing limits it in disguise."""
    state.require(Stage.NOTIFIED, Stage.CONCEDED, Stage.CONTESTED, Stage.ANSWERED)
    _require_party(state, command.notice_code, context)
    _require_after(state.notified_at, context)
    yield pb.CaptureContested(
        capture_id=command.capture_id,
        number=state.statements + 1,
        statement=command.statement,
        way=command.way,
        files=command.files,
    )


@capture.evolve(pb.CaptureContested)
def contested(state: Capture, event: pb.CaptureContested, act: Act) -> Capture:
    since = max(filter(None, (state.since, act.occurred_at)))
    return replace(state, stage=Stage.CONTESTED, statements=event.number, since=since)


@capture.decide(commands.AnswerContestRequest, basis="行政处罚法 arts. 41, 45")
def answer(state: Capture, command: commands.AnswerContestRequest, context: Context) -> Events:
    """What the party stated is reviewed; where it is right, the record is never used."""
    state.require(Stage.CONTESTED)
    require_in_order(state, context)
    yield pb.ContestAnswered(
        capture_id=command.capture_id,
        accepted=command.accepted,
        reason=command.reason,
        reviewer=context.active_officer(context.actor.id),
    )


@capture.evolve(pb.ContestAnswered)
def answered(state: Capture, event: pb.ContestAnswered, act: Act) -> Capture:
    return replace(state, stage=Stage.REJECTED if event.accepted else Stage.ANSWERED, since=act.occurred_at)


@capture.decide(commands.ConcedeCaptureRequest, basis=APL_41)
def concede(state: Capture, command: commands.ConcedeCaptureRequest, context: Context) -> Events:
    """A party that has nothing to say against the record need not wait. Its own code says so, or its signature: an
    officer's word does not end the party's time."""
    state.require(Stage.NOTIFIED, Stage.ANSWERED)
    _require_party(state, command.notice_code, context)
    require_in_order(state, context)
    if context.actor.officer is not None and not command.HasField("document"):
        raise Refused(Refusal.CONCESSION_UNPROVEN)
    yield pb.CaptureConceded(
        capture_id=command.capture_id,
        way=command.way,
        document=command.document if command.HasField("document") else None,
    )


@capture.evolve(pb.CaptureConceded)
def conceded(state: Capture, event: pb.CaptureConceded, act: Act) -> Capture:
    return replace(state, stage=Stage.CONCEDED, since=act.occurred_at)


@capture.decide(commands.AdoptCaptureRequest, basis="行政处罚法 arts. 40, 41, 46")
def adopt(state: Capture, command: commands.AdoptCaptureRequest, context: Context) -> Events:
    """A record becomes evidence: reviewed, told, the party heard or its time over, and the device fit by all that is
    known now of that instant."""
    if state.stage is Stage.NO_VIOLATION:
        raise Refused(Refusal.NO_VIOLATION)
    if state.stage is Stage.CONTESTED:
        raise Refused(Refusal.CONTEST_UNANSWERED)
    state.require(Stage.NOTIFIED, Stage.ANSWERED, Stage.CONCEDED)
    assert state.recorded is not None
    require_in_order(state, context)
    if state.stage is Stage.NOTIFIED:
        _require_statement_period_over(state, context)
    _require_fit(state.recorded, context)
    yield pb.CaptureAdopted(
        capture_id=command.capture_id,
        incident_id=str(context.new_id("incident")),
        device_id=state.recorded.device_id,
        act_code=command.act_code,
        captured_at=state.recorded.captured_at,
        place=_place(state.checked),
        party_role=command.party_role,
        party=command.party if command.HasField("party") else state.notified.party,
        vehicle=cases.Vehicle(
            plate=state.recorded.plate,
            plate_colour=state.recorded.plate_colour,
            type=command.vehicle_type,
            owner=command.owner,
            transport_certificate_number=command.transport_certificate_number,
        ),
        home_division_code=command.home_division_code,
        measured=state.recorded.measured,
        assessment=state.checked.assessment,
        evidence=[picture.file for picture in state.recorded.pictures],
        facts=words(state.recorded.measured, state.checked.assessment),
        officer=context.active_officer(context.actor.id),
    )


@capture.evolve(pb.CaptureAdopted)
def adopted(state: Capture, event: pb.CaptureAdopted) -> Capture:
    return replace(state, stage=Stage.ADOPTED)


def require_in_order(state: Capture, context: Context) -> None:
    """Recorded late, a step still comes after all that it follows: no period begins before its notice.

    A statement alone may be recorded after a later step: the party's word counts whenever it is written down.
    """
    _require_after(state.since, context)


def _require_after(earlier: datetime | None, context: Context) -> None:
    if earlier is not None and context.occurred_at < earlier:
        raise Refused(Refusal.OUT_OF_ORDER, acted_at=local(context.occurred_at), since=local(earlier))


def _require_statement_period_over(state: Capture, context: Context) -> None:
    """Whoever was told has until the day that it was told, or until a later one where holidays that were not known then
    lie between. Where they are not known yet, the period is not known to be over.
    """
    assert state.notified_at is not None
    due = _statement_due(state.notified_at, context)
    last = max(due.due_on, date.fromisoformat(state.notified.statement_due_on))
    if context.today <= last:
        raise Refused(Refusal.STATEMENT_PERIOD_OPEN, due=last)
    if due.provisional:
        raise Refused(KernelRefusal.NO_CALENDAR, year=due.due_on.year)


def _require_fit(recorded: pb.CaptureRecorded, context: Context) -> None:
    """The device is judged again at the instant of the capture: a certificate may have turned out to be void since."""
    found: FoundDevice = context.found
    gates = closed(gates_at(found.state, to_datetime(recorded.captured_at), context.rules))
    if gates:
        raise Refused(Refusal.DEVICE_UNFIT, gates="、".join(term(devices.Gate, gate.gate) for gate in gates))


def _missing(command: commands.ReviewCaptureRequest) -> Sequence[str]:
    judged = (
        ("真实", command.is_true),
        ("清晰", command.clear),
        ("完整", command.complete),
        ("准确", command.accurate),
    )
    return [name for name, holds in judged if not holds]


def _code(context: Context) -> str:
    digest = ids.derive(context.command_id, "notice_code").bytes[-CODE_BYTES:]
    return base64.b32encode(digest).decode()


def _statement_due(notified_at: datetime, context: Context) -> Due:
    limit = working_days(context.rules.number("capture_statement_working_days", day_of(notified_at)))
    return limit.provisional(notified_at, published())


def _require_party(state: Capture, notice_code: str, context: Context) -> None:
    """By electronic means the code shows who speaks; an officer who takes a statement down knows the party."""
    if context.actor.officer is None and notice_code != state.notified.notice_code:
        raise Refused(Refusal.NOT_THE_PARTY)
    if notice_code and notice_code != state.notified.notice_code:
        raise Refused(Refusal.NOT_THE_PARTY)


def _place(found: pb.CaptureChecked) -> common.Place:
    place = found.place
    return common.Place(division_code=place.division_code, description=f"{place.road} {place.section}")
