"""What non-site enforcement does when something is in the ledger.

CaptureAdopted                                   ──▶ OpenIncident, AddIncidentParty
CaseFiled, OnSpotObserved about overload         ──▶ NoteCaseFiled
CaseNotFiled                                     ──▶ NoteCaseNotFiled
CaseImported about overload, filed elsewhere     ──▶ NoteCaseFiled, NoteCaseDecided if it was decided there
a decision, its change, its end                  ──▶ NoteCaseDecided
CaseClosed, OnSpotClosed                         ──▶ NoteCaseClosed
FollowUpDecided                                  ──▶ CountViolation of each subject
FollowUpUndone                                   ──▶ UncountViolation of each subject
FollowUpDecided, no violation or none any more, PartyTurnedDown
                                                 ──▶ NoteIncidentChanged of the incident's other cases
CopyNoticeReceived, another authority's case     ──▶ CountViolation of each subject it names
CopyNoticeRetracted                              ──▶ UncountViolation of each
CopyNoticeDelivered                              ──▶ NoteHomeNoticeDelivered
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final
from uuid import UUID

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.non_site.v1 import capture_pb2 as capture
from enforcement.non_site.v1 import follow_up_pb2 as pb
from enforcement.non_site.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.kernel.policy import Policy, PolicyContext
from services.kernel.values import day_of, term
from services.non_site import subjects
from services.non_site.model.incident import cases_of
from services.non_site.model.shared import follow_up_of

policy = Policy("non_site")


@policy.on(capture.CaptureAdopted, received=False)
def open_incident(event: capture.CaptureAdopted, context: PolicyContext) -> Iterator[Message]:
    """A record that is evidence opens an incident, and the incident its first case."""
    yield commands.OpenIncidentRequest(
        incident_id=event.incident_id,
        act_code=event.act_code,
        happened_at=event.captured_at,
        place=event.place,
        vehicle=event.vehicle,
        home_division_code=event.home_division_code,
        facts=event.facts,
        capture_id=event.capture_id,
        evidence=event.evidence,
        over_kg=event.assessment.over_kg,
    )
    yield commands.AddIncidentPartyRequest(
        incident_id=event.incident_id,
        role=event.party_role,
        party=event.party if event.HasField("party") else None,
    )


@policy.on(cases.CaseFiled, received=False)
def note_filed(event: cases.CaseFiled, context: PolicyContext) -> commands.NoteCaseFiledRequest | None:
    """A case about overload, or of an incident, is followed."""
    if not (event.incident_id or _overload(event.act_code, context)):
        return None
    return commands.NoteCaseFiledRequest(
        follow_up_id=follow_up_of(event.case_id),
        case_id=event.case_id,
        case_number=event.case_number,
        act_code=event.act_code,
        act_on=event.act_on,
        incident_id=event.incident_id,
        incident_role=event.incident_role,
        party=event.party if event.HasField("party") else None,
        vehicle=event.vehicle if event.HasField("vehicle") else None,
    )


@policy.on(on_spot.OnSpotObserved, received=False)
def note_observed(event: on_spot.OnSpotObserved, context: PolicyContext) -> commands.NoteCaseFiledRequest | None:
    """Overload that is handled on the spot is followed, too."""
    if not (event.incident_id or _overload(event.act_code, context)):
        return None
    return commands.NoteCaseFiledRequest(
        follow_up_id=follow_up_of(event.on_spot_id),
        case_id=event.on_spot_id,
        act_code=event.act_code,
        act_on=day_of(context.occurred_at).isoformat(),
        incident_id=event.incident_id,
        party=event.party if event.HasField("party") else None,
        vehicle=event.vehicle if event.HasField("vehicle") else None,
    )


@policy.on(imports.CaseImported, received=False)
def note_imported(event: imports.CaseImported, context: PolicyContext) -> Iterator[Message]:
    """A case of overload that an older system filed goes on here; what was decided there counts. What was closed there
    was told there."""
    case = event.imported
    if not event.filed_on or not _overload(event.act_code, context):
        return
    follow_up_id = follow_up_of(event.case_id)
    yield commands.NoteCaseFiledRequest(
        follow_up_id=follow_up_id,
        case_id=event.case_id,
        case_number=case.case_number,
        act_code=event.act_code,
        act_on=case.act_on,
        party=case.party if case.HasField("party") else None,
        vehicle=case.vehicle if case.HasField("vehicle") else None,
    )
    if event.decided_on and (outcome := _imported(case)):
        yield _decided(follow_up_id, outcome, case.penalties, case.case_number)


@policy.on(
    cases.PenaltyDecided,
    cases.NoPenaltyDecided,
    cases.ViolationNotEstablished,
    decisions.DecisionAmended,
    received=False,
)
def note_decided(event: Any, context: PolicyContext) -> commands.NoteCaseDecidedRequest:
    """What a case came to, by its latest decision."""
    outcome = _OUTCOMES[type(event)]
    penalties = event.penalties if outcome == pb.CASE_OUTCOME_PENALTY else ()
    return _decided(follow_up_of(event.case_id), outcome, penalties, event.case_number)


@policy.on(on_spot.OnSpotPenaltyDecided, received=False)
def note_decided_on_spot(
    event: on_spot.OnSpotPenaltyDecided, context: PolicyContext
) -> commands.NoteCaseDecidedRequest:
    """What was decided on the spot."""
    return _decided(follow_up_of(event.on_spot_id), pb.CASE_OUTCOME_PENALTY, event.penalties, event.form_number)


@policy.on(decisions.DecisionRevoked, received=False)
def note_revoked(event: decisions.DecisionRevoked, context: PolicyContext) -> commands.NoteCaseDecidedRequest:
    """A decision that is gone counts no longer."""
    return commands.NoteCaseDecidedRequest(follow_up_id=follow_up_of(event.case_id), case_number=event.case_number)


@policy.on(on_spot.OnSpotRevoked, received=False)
def note_revoked_on_spot(event: on_spot.OnSpotRevoked, context: PolicyContext) -> commands.NoteCaseDecidedRequest:
    """The same for what was decided on the spot."""
    return commands.NoteCaseDecidedRequest(follow_up_id=follow_up_of(event.on_spot_id))


@policy.on(cases.CaseClosed, received=False)
def note_closed(event: cases.CaseClosed, context: PolicyContext) -> commands.NoteCaseClosedRequest:
    """The case was handled: the home place is to be told."""
    return commands.NoteCaseClosedRequest(follow_up_id=follow_up_of(event.case_id))


@policy.on(on_spot.OnSpotClosed, received=False)
def note_closed_on_spot(event: on_spot.OnSpotClosed, context: PolicyContext) -> commands.NoteCaseClosedRequest:
    """The same for what was handled on the spot."""
    return commands.NoteCaseClosedRequest(follow_up_id=follow_up_of(event.on_spot_id))


@policy.on(pb.FollowUpDecided, received=False)
def count_own(event: pb.FollowUpDecided, context: PolicyContext) -> list[commands.CountViolationRequest]:
    """A violation of this authority's case counts for everybody whose it is."""
    return _counted(
        event.subjects,
        violation_id=event.violation_id,
        committed_on=event.committed_on,
        source=pb.VIOLATION_SOURCE_OWN,
        authority_id=context.authority.id,
        vehicle_id=event.vehicle_id,
        ground_id=event.case_id,
    )


@policy.on(pb.FollowUpDecided, received=False)
def recount_others(event: pb.FollowUpDecided, context: PolicyContext) -> list[commands.NoteIncidentChangedRequest]:
    """What one case of an incident says of its party, the others' counts follow."""
    alone = event.violation_id == event.case_id
    if alone or event.outcome not in (pb.CASE_OUTCOME_NOT_ESTABLISHED, pb.CASE_OUTCOME_UNSPECIFIED):
        return []
    return _others(event.violation_id, event.case_id)


@policy.on(pb.PartyTurnedDown, received=False)
def recount_without(event: pb.PartyTurnedDown, context: PolicyContext) -> list[commands.NoteIncidentChangedRequest]:
    """The same where it was somebody else from the beginning."""
    return _others(event.incident_id, event.case_id)


@policy.on(cases.CaseNotFiled, received=False)
def note_not_filed(event: cases.CaseNotFiled, context: PolicyContext) -> commands.NoteCaseNotFiledRequest:
    """A clue that is not filed may be about a party of an incident."""
    return commands.NoteCaseNotFiledRequest(follow_up_id=follow_up_of(event.case_id), case_id=event.case_id)


@policy.on(pb.FollowUpUndone, received=False)
def uncount(event: pb.FollowUpUndone, context: PolicyContext) -> list[commands.UncountViolationRequest]:
    """It counts no longer."""
    return [
        commands.UncountViolationRequest(
            subject_id=ref.subject_id, violation_id=event.violation_id, ground_id=event.case_id
        )
        for ref in event.subjects
    ]


@policy.on(notices.CopyNoticeReceived, received=False)
def count_copied(event: notices.CopyNoticeReceived, context: PolicyContext) -> list[commands.CountViolationRequest]:
    """A violation that another authority told of counts, too, when it says which and when."""
    notice = event.notice
    overload = _overload(notice.act_code, context)
    if not (overload and _is_uuid(notice.violation_id) and _is_day(notice.committed_on)):
        return []
    vehicle = subjects.vehicle(notice.plate, notice.plate_colour)
    return _counted(
        subjects.of_notice(notice),
        violation_id=notice.violation_id,
        committed_on=notice.committed_on,
        source=pb.VIOLATION_SOURCE_COPIED,
        authority_id=event.sender_id,
        vehicle_id=vehicle.subject_id if vehicle is not None else "",
        ground_id=event.received_id,
    )


@policy.on(notices.CopyNoticeRetracted, received=False)
def uncount_copied(
    event: notices.CopyNoticeRetracted, context: PolicyContext
) -> list[commands.UncountViolationRequest]:
    """What another authority took back counts no longer; what was never counted stays so."""
    if not _is_uuid(event.notice.violation_id):
        return []
    return [
        commands.UncountViolationRequest(
            subject_id=ref.subject_id, violation_id=event.notice.violation_id, ground_id=event.received_id
        )
        for ref in subjects.of_notice(event.notice)
    ]


@policy.on(notices.CopyNoticeDelivered, received=False)
def note_delivered(
    event: notices.CopyNoticeDelivered, context: PolicyContext
) -> commands.NoteHomeNoticeDeliveredRequest:
    """The home place has the notice."""
    return commands.NoteHomeNoticeDeliveredRequest(follow_up_id=event.follow_up_id, notice_id=event.notice_id)


_OUTCOMES: Final = {
    cases.PenaltyDecided: pb.CASE_OUTCOME_PENALTY,
    decisions.DecisionAmended: pb.CASE_OUTCOME_PENALTY,
    cases.NoPenaltyDecided: pb.CASE_OUTCOME_NO_PENALTY,
    cases.ViolationNotEstablished: pb.CASE_OUTCOME_NOT_ESTABLISHED,
}


def in_words(penalties: Iterable[cases.Penalty]) -> str:
    """Penalties as a notice names them, e.g. "罚款3000元、警告"."""
    return "、".join(f"{term(cases.PenaltyKind, one.kind)}{_yuan(one.amount_fen)}{one.extent}" for one in penalties)


def _yuan(fen: int) -> str:
    if not fen:
        return ""
    yuan, rest = divmod(fen, 100)
    return f"{yuan}.{rest:02}元" if rest else f"{yuan}元"


def _others(incident_id: str, case_id: str) -> list[commands.NoteIncidentChangedRequest]:
    return [
        commands.NoteIncidentChangedRequest(follow_up_id=follow_up_of(other))
        for other in cases_of(incident_id)
        if other != case_id
    ]


def _imported(case: imports.ImportedCase) -> pb.CaseOutcome.ValueType:
    """What an older system says that a case came to; not set when its row does not say it."""
    if case.penalties:
        return pb.CASE_OUTCOME_PENALTY
    if case.no_penalty_ground:
        return pb.CASE_OUTCOME_NO_PENALTY
    return pb.CASE_OUTCOME_NOT_ESTABLISHED if case.not_established else pb.CASE_OUTCOME_UNSPECIFIED


def _decided(
    follow_up_id: str, outcome: pb.CaseOutcome.ValueType, penalties: Iterable[cases.Penalty], number: str
) -> commands.NoteCaseDecidedRequest:
    return commands.NoteCaseDecidedRequest(
        follow_up_id=follow_up_id,
        outcome=outcome,
        decision=in_words(penalties) or term(pb.CaseOutcome, outcome),
        case_number=number,
    )


def _overload(act_code: str, context: PolicyContext) -> bool:
    return act_code in context.rules.get("overload_acts", day_of(context.occurred_at)).split(",")


def _counted(refs: Iterable[pb.SubjectRef], **violation: Any) -> list[commands.CountViolationRequest]:
    return [
        commands.CountViolationRequest(subject_id=ref.subject_id, kind=ref.kind, label=ref.label, **violation)
        for ref in refs
    ]


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
