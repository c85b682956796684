"""What follows a case of overload: whose violation counts, and the notice to the vehicle's home place (抄告).

    FILED ──decided──▶ DECIDED ──closed──┬─▶ HANDLED   a notice is due: 7 working days (art. 44)
      ▲                                  └─▶ NOT_DUE   no violation, no vehicle, or one of this place
      │                                      HANDLED ──send──▶ ISSUED ──receipt──▶ DELIVERED
      │                                         ▲ └────waive─▶ WAIVED  │              │
      │                                         └────amended───────────┴──────────────┘
      └────revoked──── any of them; a notice that was issued is taken back

A case that is not about overload is not followed: what is noted about it changes nothing.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from enforcement.non_site.v1 import follow_up_pb2 as pb
from enforcement.non_site.v1 import incident_pb2 as incidents
from enforcement.non_site.v1 import service_pb2 as commands

from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.non_site import subjects
from services.non_site.model.home_notice import completed, issue, missing, node_of, notice_of
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
    """The incident of a case."""

    opened: incidents.IncidentOpened
    parties: tuple[incidents.IncidentPartyAdded, ...]
    """Those known by now, without whom it was not: turned down, or no violation established in the own case."""


@dataclass(frozen=True, slots=True)
class FollowUp(Staged):
    """What decisions about a follow-up read."""

    stage: Stage = Stage.FILED
    followed: pb.CaseFollowed | None = None
    decided: pb.FollowUpDecided | None = None
    """What the case came to, the latest."""
    told: tuple[pb.HomeNoticeIssued, ...] = ()
    """Notices that were issued and not taken back."""


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


@follow_up.decide(commands.NoteCaseNotFiledRequest, basis="行政处罚法 art. 54")
def note_not_filed(state: FollowUp, command: commands.NoteCaseNotFiledRequest, context: Context) -> Events:
    """A clue that is not filed leaves the incident without that party; of others there is nothing to note."""
    if context.found:
        yield pb.PartyTurnedDown(follow_up_id=command.follow_up_id, case_id=command.case_id, incident_id=context.found)


@follow_up.evolve(pb.PartyTurnedDown)
def turned_down(state: FollowUp, event: pb.PartyTurnedDown) -> FollowUp:
    return state


@follow_up.decide(commands.NoteCaseDecidedRequest, basis=HPR_66)
def note_decided(state: FollowUp, command: commands.NoteCaseDecidedRequest, context: Context) -> Events:
    """A decision says whose violation it is.

    When it is gone the violation counts no longer, and a notice that told of it is taken back. When it says something
    else the home place is to be told anew, and when it is another's violation, that the first notice was wrong.
    """
    case = state.followed
    if case is None:
        return
    decided = _decided(case, command, context)
    before = state.decided
    if before == decided:
        return
    others = before is not None and decided.subjects != before.subjects
    if before is not None and before.subjects and others:
        yield pb.FollowUpUndone(
            follow_up_id=command.follow_up_id,
            case_id=case.case_id,
            violation_id=before.violation_id,
            subjects=before.subjects,
        )
    yield decided
    if gone(decided) or others:
        yield from _withdrawn(state)
    if state.told and not gone(decided) and before is not None and (others or before.decision != decided.decision):
        yield _handled(decided, context)


@follow_up.decide(commands.NoteIncidentChangedRequest, basis=HPR_66)
def note_incident_changed(state: FollowUp, command: commands.NoteIncidentChangedRequest, context: Context) -> Events:
    """Who drove has violated, whoever of the four is punished, but not whose own case says that it was not so."""
    before = state.decided
    if before is None or gone(before):
        return
    again = commands.NoteCaseDecidedRequest(
        follow_up_id=command.follow_up_id,
        outcome=before.outcome,
        decision=before.decision,
        case_number=before.case_number,
    )
    yield from note_decided(state, again, context)


@follow_up.evolve(pb.FollowUpUndone)
def undone(state: FollowUp, event: pb.FollowUpUndone) -> FollowUp:
    return state


@follow_up.evolve(pb.FollowUpDecided)
def decided(state: FollowUp, event: pb.FollowUpDecided) -> FollowUp:
    return replace(state, stage=stage_after(state.stage, event), decided=event)


def gone(decided: pb.FollowUpDecided) -> bool:
    """No decision is left."""
    return decided.outcome == pb.CASE_OUTCOME_UNSPECIFIED


def stage_after(stage: Stage, decided: pb.FollowUpDecided) -> Stage:
    """A revoked decision leaves everything to begin anew; another one changes nothing of a case that was closed."""
    if gone(decided):
        return Stage.FILED
    return stage if stage in _CLOSED else Stage.DECIDED


@follow_up.evolve(pb.HomeNoticeWithdrawn)
def withdrawn(state: FollowUp, event: pb.HomeNoticeWithdrawn) -> FollowUp:
    return replace(state, told=tuple(one for one in state.told if one.notice_id != event.notice_id))


@follow_up.decide(commands.NoteCaseClosedRequest, basis=OVER_44)
def note_closed(state: FollowUp, command: commands.NoteCaseClosedRequest, context: Context) -> Events:
    """A handled violation of a vehicle from elsewhere is told to its home place within the limit."""
    case = state.followed
    if case is None or state.stage in _CLOSED:
        return
    nothing = pb.FollowUpDecided(follow_up_id=command.follow_up_id, case_id=case.case_id)
    decided = state.decided or nothing
    handled = _handled(decided, context)
    yield handled
    automatic = context.rules.get("home_notice", context.today) == "automatic"
    home = decided.home_division_code
    if handled.notice_due and automatic and node_of(home, context) and not missing(decided.notice):
        yield issue(decided, home, decided.notice, context)


@follow_up.evolve(pb.CaseHandled)
def handled(state: FollowUp, event: pb.CaseHandled) -> FollowUp:
    return replace(state, stage=Stage.HANDLED if event.notice_due else Stage.NOT_DUE)


@follow_up.decide(commands.SendHomeNoticeRequest, basis=OVER_44)
def send(state: FollowUp, command: commands.SendHomeNoticeRequest, context: Context) -> Events:
    """The home place is told what art. 44 names; an authority without a node gets a letter."""
    decided = _to_tell(state)
    home = command.home_division_code or decided.home_division_code
    if not home:
        raise Refused(Refusal.HOME_PLACE_UNKNOWN)
    if home == context.authority.division:
        raise Refused(Refusal.HOME_PLACE_IS_HERE)
    notice = completed(decided.notice, command.notice)
    if lacking := missing(notice):
        raise Refused(Refusal.NOTICE_INCOMPLETE, missing="、".join(lacking))
    by_letter = bool(command.letter_number.strip() and command.letter_to.strip())
    node = node_of(home, context)
    if node and (command.letter_number or command.letter_to):
        raise Refused(Refusal.NODE_PREFERRED, authority=node)
    if not node and not by_letter:
        raise Refused(Refusal.LETTER_NEEDED, home=home)
    issued = issue(decided, home, notice, context)
    if not node:
        issued.letter_number, issued.letter_to = command.letter_number, command.letter_to
    yield issued


@follow_up.evolve(pb.HomeNoticeIssued)
def issued(state: FollowUp, event: pb.HomeNoticeIssued) -> FollowUp:
    return replace(state, stage=Stage.ISSUED, told=(*state.told, event))


@follow_up.decide(commands.WaiveHomeNoticeRequest, basis=OVER_44)
def waive(state: FollowUp, command: commands.WaiveHomeNoticeRequest, context: Context) -> Events:
    """A vehicle that turned out to be of this place, or registered nowhere, has no home place to tell."""
    decided = _to_tell(state)
    yield pb.HomeNoticeWaived(follow_up_id=command.follow_up_id, case_id=decided.case_id, reason=command.reason)


@follow_up.evolve(pb.HomeNoticeWaived)
def waived(state: FollowUp, event: pb.HomeNoticeWaived) -> FollowUp:
    return replace(state, stage=Stage.WAIVED)


@follow_up.decide(commands.NoteHomeNoticeDeliveredRequest, basis="design")
def note_delivered(state: FollowUp, command: commands.NoteHomeNoticeDeliveredRequest, context: Context) -> Events:
    """The receipt for the latest notice arrived."""
    if state.stage is not Stage.ISSUED or state.told[-1].notice_id != command.notice_id:
        return
    yield pb.HomeNoticeDelivered(follow_up_id=command.follow_up_id, notice_id=command.notice_id)


@follow_up.evolve(pb.HomeNoticeDelivered)
def delivered(state: FollowUp, event: pb.HomeNoticeDelivered) -> FollowUp:
    return replace(state, stage=Stage.DELIVERED)


def _to_tell(state: FollowUp) -> pb.FollowUpDecided:
    """The decision of which the home place is to be told."""
    if state.stage in (Stage.FILED, Stage.DECIDED):
        raise Refused(Refusal.NOT_HANDLED)
    if state.stage in (Stage.NOT_DUE, Stage.WAIVED):
        raise Refused(Refusal.NO_NOTICE_DUE)
    if state.stage is not Stage.HANDLED:
        raise Refused(Refusal.NOTICE_SENT)
    assert state.decided is not None
    return state.decided


def _handled(decided: pb.FollowUpDecided, context: Context) -> pb.CaseHandled:
    """A violation of a vehicle that is not known to be of this place is to be told."""
    established = decided.outcome in (pb.CASE_OUTCOME_PENALTY, pb.CASE_OUTCOME_NO_PENALTY)
    home = decided.home_division_code
    return pb.CaseHandled(
        follow_up_id=decided.follow_up_id,
        case_id=decided.case_id,
        notice_due=established and bool(decided.notice.plate) and home != context.authority.division,
        home_division_code=home,
        notice=decided.notice,
    )


def _withdrawn(state: FollowUp) -> Events:
    for notice in state.told:
        yield pb.HomeNoticeWithdrawn(
            follow_up_id=notice.follow_up_id,
            case_id=notice.case_id,
            notice_id=notice.notice_id,
            way=notice.way,
            home_authority_id=notice.home_authority_id,
            letter_to=notice.letter_to,
        )


def _decided(case: pb.CaseFollowed, command: commands.NoteCaseDecidedRequest, context: Context) -> pb.FollowUpDecided:
    found: FoundIncident | None = context.found
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
        notice=notice_of(case, command.decision, number, violation_id, found.parties if found else ()),
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
