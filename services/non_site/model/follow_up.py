"""What follows a case of overload: whose violation counts, and the notice to the vehicle's home place (抄告).

    FILED ──decided──▶ DECIDED ──closed──┬─▶ HANDLED   a notice is due: 7 working days (art. 44)
      ▲                   │              └─▶ NOT_DUE   no violation, no vehicle, or one of this place
      └────revoked────────┘                  HANDLED ──send──▶ ISSUED ──receipt──▶ DELIVERED
                                             HANDLED ──waive─▶ WAIVED

A case that is not about overload is not followed: what is noted about it changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.non_site.v1 import follow_up_pb2 as pb
from enforcement.non_site.v1 import incident_pb2 as incidents
from enforcement.non_site.v1 import service_pb2 as commands

from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.non_site import subjects
from services.non_site.model.shared import HPR_66, OVER_44, Refusal


class Stage(StrEnum):
    """Where the follow-up of a case stands."""

    FILED = "已立案"
    DECIDED = "已处理"
    HANDLED = "待抄告"
    NOT_DUE = "无须抄告"
    ISSUED = "已抄告"
    DELIVERED = "抄告已送达"
    WAIVED = "不予抄告"


_CLOSED: Final = (Stage.HANDLED, Stage.NOT_DUE, Stage.ISSUED, Stage.DELIVERED, Stage.WAIVED)


@dataclass(frozen=True, slots=True)
class FoundIncident:
    """The incident of a case, with the parties that are known by now."""

    opened: incidents.IncidentOpened
    parties: tuple[incidents.IncidentPartyAdded, ...]


@dataclass(frozen=True, slots=True)
class FollowUp(Staged):
    """What decisions about a follow-up read."""

    stage: Stage = Stage.FILED
    followed: pb.CaseFollowed | None = None
    decided: pb.FollowUpDecided | None = None
    """The decision in force; None before, and when it is gone."""
    handled: pb.CaseHandled = field(default_factory=pb.CaseHandled)


follow_up = Aggregate("follow_up", FollowUp)


@follow_up.decide(commands.NoteCaseFiledRequest, basis=HPR_66)
def note_filed(state: FollowUp, command: commands.NoteCaseFiledRequest, context: Context) -> Events:
    """A case of overload is followed from its filing."""
    if state.followed is not None:
        return
    yield pb.CaseFollowed(
        follow_up_id=command.follow_up_id,
        case_id=command.case_id,
        case_number=command.case_number,
        act_code=command.act_code,
        act_on=command.act_on or context.today.isoformat(),
        incident_id=command.incident_id,
        incident_role=command.incident_role,
        party=command.party if command.HasField("party") else None,
        vehicle=command.vehicle if command.HasField("vehicle") else None,
    )


@follow_up.evolve(pb.CaseFollowed)
def followed(state: FollowUp, event: pb.CaseFollowed) -> FollowUp:
    return replace(state, stage=Stage.FILED, followed=event)


@follow_up.decide(commands.NoteCaseDecidedRequest, basis=HPR_66)
def note_decided(state: FollowUp, command: commands.NoteCaseDecidedRequest, context: Context) -> Events:
    """A decision says whose violation it is; when it is gone, the violation counts no longer."""
    case = state.followed
    if case is None:
        return
    found: FoundIncident | None = context.found
    decided = _decided(case, command, found, context)
    before = state.decided
    if before is not None and before.subjects and decided.subjects != before.subjects:
        yield pb.FollowUpUndone(
            follow_up_id=command.follow_up_id,
            case_id=case.case_id,
            violation_id=before.violation_id,
            subjects=before.subjects,
        )
    if before != decided:
        yield decided


@follow_up.evolve(pb.FollowUpUndone)
def undone(state: FollowUp, event: pb.FollowUpUndone) -> FollowUp:
    return replace(state, decided=None)


@follow_up.evolve(pb.FollowUpDecided)
def decided(state: FollowUp, event: pb.FollowUpDecided) -> FollowUp:
    gone = event.outcome == pb.CASE_OUTCOME_UNSPECIFIED
    stage = state.stage if state.stage in _CLOSED else Stage.FILED if gone else Stage.DECIDED
    return replace(state, stage=stage, decided=event)


@follow_up.decide(commands.NoteCaseClosedRequest, basis=OVER_44)
def note_closed(state: FollowUp, command: commands.NoteCaseClosedRequest, context: Context) -> Events:
    """A handled violation of a vehicle from elsewhere is told to its home place within the limit."""
    if state.followed is None or state.stage in _CLOSED:
        return
    decided = state.decided or pb.FollowUpDecided()
    established = decided.outcome in (pb.CASE_OUTCOME_PENALTY, pb.CASE_OUTCOME_NO_PENALTY)
    home = decided.home_division_code
    due = established and bool(decided.notice.plate) and home != context.authority.division
    yield pb.CaseHandled(
        follow_up_id=command.follow_up_id,
        case_id=state.followed.case_id,
        notice_due=due,
        home_division_code=home,
        notice=decided.notice,
    )
    automatic = context.rules.get("home_notice", context.today) == "automatic"
    if due and automatic and _node_of(home, context) and not missing(decided.notice):
        yield _issued(state, command.follow_up_id, home, decided.notice, context)


@follow_up.evolve(pb.CaseHandled)
def handled(state: FollowUp, event: pb.CaseHandled) -> FollowUp:
    return replace(state, stage=Stage.HANDLED if event.notice_due else Stage.NOT_DUE, handled=event)


@follow_up.decide(commands.SendHomeNoticeRequest, basis=OVER_44)
def send(state: FollowUp, command: commands.SendHomeNoticeRequest, context: Context) -> Events:
    """The home place is told what art. 44 names; an authority without a node gets a letter."""
    _require_due(state)
    home = command.home_division_code or state.handled.home_division_code
    if not home:
        raise Refused(Refusal.HOME_PLACE_UNKNOWN)
    if home == context.authority.division:
        raise Refused(Refusal.HOME_PLACE_IS_HERE)
    notice = _completed(state.handled.notice, command.notice)
    if lacking := missing(notice):
        raise Refused(Refusal.NOTICE_INCOMPLETE, missing="、".join(lacking))
    by_letter = bool(command.letter_number.strip() and command.letter_to.strip())
    node = _node_of(home, context)
    if node and (command.letter_number or command.letter_to):
        raise Refused(Refusal.NODE_PREFERRED, authority=node)
    if not node and not by_letter:
        raise Refused(Refusal.LETTER_NEEDED, home=home)
    issued = _issued(state, command.follow_up_id, home, notice, context)
    if not node:
        issued.letter_number, issued.letter_to = command.letter_number, command.letter_to
    yield issued


@follow_up.evolve(pb.HomeNoticeIssued)
def issued(state: FollowUp, event: pb.HomeNoticeIssued) -> FollowUp:
    return replace(state, stage=Stage.ISSUED)


@follow_up.decide(commands.WaiveHomeNoticeRequest, basis=OVER_44)
def waive(state: FollowUp, command: commands.WaiveHomeNoticeRequest, context: Context) -> Events:
    """A vehicle that turned out to be of this place, or registered nowhere, has no home place to tell."""
    _require_due(state)
    yield pb.HomeNoticeWaived(follow_up_id=command.follow_up_id, case_id=state.handled.case_id, reason=command.reason)


@follow_up.evolve(pb.HomeNoticeWaived)
def waived(state: FollowUp, event: pb.HomeNoticeWaived) -> FollowUp:
    return replace(state, stage=Stage.WAIVED)


@follow_up.decide(commands.NoteHomeNoticeDeliveredRequest, basis="design")
def note_delivered(state: FollowUp, command: commands.NoteHomeNoticeDeliveredRequest, context: Context) -> Events:
    """The other authority's receipt arrived."""
    if state.stage is not Stage.ISSUED:
        return
    yield pb.HomeNoticeDelivered(follow_up_id=command.follow_up_id, notice_id=command.notice_id)


@follow_up.evolve(pb.HomeNoticeDelivered)
def delivered(state: FollowUp, event: pb.HomeNoticeDelivered) -> FollowUp:
    return replace(state, stage=Stage.DELIVERED)


_NAMED: Final[Mapping[str, str]] = {
    "plate": "车牌号码",
    "plate_colour": "号牌颜色",
    "vehicle_type": "车型",
    "owner": "车辆所属企业",
    "transport_certificate_number": "道路运输证号",
    "driver": "驾驶人姓名",
    "driver_qualification": "驾驶人从业资格证号",
    "employer": "驾驶人所在企业",
    "cargo_source": "货运源头单位",
    "loading_note": "货物装载单",
    "decision": "行政处罚决定",
}
"""What art. 44 names. What is not known is said to be so ("不详"), by a person: silence would read as an oversight."""


def missing(notice: notices.CopyNotice) -> list[str]:
    """What of art. 44 a notice does not say."""
    return [name for field_, name in _NAMED.items() if not getattr(notice, field_).strip()]


def _require_due(state: FollowUp) -> None:
    if state.stage in (Stage.FILED, Stage.DECIDED):
        raise Refused(Refusal.NOT_HANDLED)
    if state.stage in (Stage.NOT_DUE, Stage.WAIVED):
        raise Refused(Refusal.NO_NOTICE_DUE)
    if state.stage is not Stage.HANDLED:
        raise Refused(Refusal.NOTICE_SENT)


def _node_of(division: str, context: Context) -> str:
    """The road-transport authority of a division, when it has a node."""
    member = context.members.get(f"jt-{division}") if division else None
    return member.id if member is not None else ""


def _issued(
    state: FollowUp, follow_up_id: str, home: str, notice: notices.CopyNotice, context: Context
) -> pb.HomeNoticeIssued:
    assert state.followed is not None
    node = _node_of(home, context)
    return pb.HomeNoticeIssued(
        follow_up_id=follow_up_id,
        case_id=state.followed.case_id,
        notice_id=str(context.new_id("home_notice")),
        way=pb.NOTICE_WAY_NODE if node else pb.NOTICE_WAY_LETTER,
        home_authority_id=node,
        home_division_code=home,
        notice=notice,
    )


def _completed(known: notices.CopyNotice, given: notices.CopyNotice) -> notices.CopyNotice:
    """What is known, with what the officer adds or corrects; violation, act and day stay as they were established."""
    notice = notices.CopyNotice()
    notice.CopyFrom(known)
    for field_ in (*_NAMED, "employer_number", "remark"):
        if added := getattr(given, field_).strip():
            setattr(notice, field_, added)
    return notice


def _decided(
    case: pb.CaseFollowed,
    command: commands.NoteCaseDecidedRequest,
    found: FoundIncident | None,
    context: Context,
) -> pb.FollowUpDecided:
    refs = _subjects(case, found)
    counts = _counts(case, command.outcome, context)
    named = [ref for ref in refs.values() if ref is not None] if counts else []
    vehicle = refs.get(pb.SUBJECT_KIND_VEHICLE)
    violation_id = case.incident_id or case.case_id
    number = command.case_number or case.case_number
    return pb.FollowUpDecided(
        follow_up_id=command.follow_up_id,
        case_id=case.case_id,
        case_number=number,
        outcome=command.outcome,
        decision=command.decision,
        violation_id=violation_id,
        committed_on=case.act_on,
        subjects=named,
        vehicle_id=vehicle.subject_id if vehicle is not None and named else "",
        uncounted=[kind for kind, ref in refs.items() if ref is None] if counts else [],
        notice=_notice(case, command.decision, number, violation_id, found),
        home_division_code=found.opened.home_division_code if found else "",
    )


def _counts(case: pb.CaseFollowed, outcome: pb.CaseOutcome.ValueType, context: Context) -> bool:
    """Whether art. 66 counts it: illegal overload, and punished unless a switch says that established is enough."""
    if case.act_code not in context.rules.get("overload_acts", context.today).split(","):
        return False
    unpunished = context.rules.get("follow_up_unpunished", context.today) == "yes"
    return outcome == pb.CASE_OUTCOME_PENALTY or (unpunished and outcome == pb.CASE_OUTCOME_NO_PENALTY)


def _subjects(
    case: pb.CaseFollowed, found: FoundIncident | None
) -> dict[pb.SubjectKind.ValueType, pb.SubjectRef | None]:
    """Vehicle, driver and company of a case, and of the incident it belongs to: who drove has violated, whoever of the
    four is punished."""
    named = dict(subjects.of_case(case.incident_role, case.party, case.vehicle))
    for party in found.parties if found else ():
        for kind, ref in subjects.of_case(party.role, party.party, party.vehicle).items():
            if named.get(kind) is None:
                named[kind] = ref
    return dict(sorted(named.items()))


def _notice(
    case: pb.CaseFollowed, decision: str, number: str, violation_id: str, found: FoundIncident | None
) -> notices.CopyNotice:
    parties = {party.role: party.party for party in found.parties} if found else {}
    parties.setdefault(case.incident_role, case.party)
    driver = parties.get(cases.INCIDENT_ROLE_DRIVER, cases.Party())
    company = parties.get(cases.INCIDENT_ROLE_COMPANY, cases.Party())
    return notices.CopyNotice(
        case_number=number,
        violation_id=violation_id,
        act_code=case.act_code,
        committed_on=case.act_on,
        plate=case.vehicle.plate,
        plate_colour=case.vehicle.plate_colour,
        vehicle_type=case.vehicle.type,
        owner=case.vehicle.owner,
        transport_certificate_number=case.vehicle.transport_certificate_number,
        driver=driver.name,
        driver_qualification=driver.licence_number,
        employer=company.name,
        employer_number=company.id_number,
        cargo_source=parties.get(cases.INCIDENT_ROLE_CARGO_SOURCE, cases.Party()).name,
        decision=decision,
    )
