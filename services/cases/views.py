"""Read models of cases: the file, its evidence, its measures."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from enforcement.cases.v1 import act_inquiry_pb2 as inquiries
from enforcement.cases.v1 import criminal_sanctions_pb2 as sanctions
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import evidence_pb2 as samples
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import opinion_pb2 as opinion
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import recusal_pb2 as recusals
from enforcement.cases.v1 import review_pb2 as review
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import service_pb2 as rpc
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.non_site.v1 import capture_pb2 as captures

from services.cases.deadlines import CORRECTION
from services.cases.file_views import keep_files
from services.cases.model import MeasureState, Stage, case
from services.cases.model import act_inquiry as inquiry_model
from services.cases.model import on_spot as on_spot_model
from services.cases.model.act_inquiry import Subjects
from services.cases.model.importing import clue_of, outcome_of, paid_in_full
from services.cases.model.on_spot import OnSpotStage, fine_of, stage_after
from services.cases.model.procedure import HearingState
from services.cases.publication_views import keep_publications
from services.cases.sanctions_views import keep_sanctions
from services.cases.search_views import keep_search
from services.kernel.deadlines.units import start_of
from services.kernel.facts import Fact
from services.kernel.messages import as_dict, to_datetime, to_timestamp
from services.kernel.projection import DELETE, Row, Views
from services.kernel.timeline import keep_timeline
from services.kernel.values import day_of, term

views = Views("cases", version=16, sql=Path(__file__).with_name("views.sql"))

case_file = views.table("case_file", key="case_id")
evidence = views.table("evidence", key=("case_id", "evidence_id"))
measure = views.table("measure", key=("case_id", "measure_id"))
act_record = views.table("act_record", key="matter_id")
device_record = views.table("device_record", key="capture_id")
act_answer = views.table("act_answer", key=("matter_id", "responder_id"))
on_spot_file = views.table("on_spot_file", key="on_spot_id")
rule_set = views.table("rule_set", key="rule_set_id")
evaluation = views.table("evaluation", key="case_id")


def _case(event: Any, fact: Fact) -> str:
    return str(event.case_id)


def _on_spot(event: Any, fact: Fact) -> str:
    return str(event.on_spot_id)


def _identifiers(party: pb.Party, vehicle: pb.Vehicle) -> dict[str, str | int | None]:
    """By what others recognise a party or a vehicle."""
    known = Subjects.of(party, vehicle)
    buckets = known.buckets
    return {
        "party_number": known.party_number,
        "plate": known.plate,
        "plate_colour": known.plate_colour,
        "party_bucket": buckets.get(inquiries.ACT_SUBJECT_KIND_PARTY),
        "plate_bucket": buckets.get(inquiries.ACT_SUBJECT_KIND_VEHICLE),
    }


_NEXT: Final = {
    pb.CaseNotFiled: Stage.NOT_FILED,
    pb.InvestigationClosed: Stage.INVESTIGATION_CLOSED,
    hearing.HearingRequested: Stage.HEARING,
    hearing.HearingRequestWithdrawn: Stage.NOTICE_SERVED,
    pb.CaseClosed: Stage.CLOSED,
    side.CaseArchived: Stage.ARCHIVED,
}
_ANEW: Final = dict.fromkeys(("hearing_state", "hearing_at", "review_state", "review_mandatory", "discussion"))
"""Columns of the steps that begin anew with a new notice."""
SUSPENDED, DISPUTED, TO_POLICE, AMENDED, UNCORRECTED = "中止", "管辖争议", "移送公安机关", "已变更", "逾期未改正"
"""Side states; those of remedies are the terms of their kinds."""
PUBLISHED = "已公开"


@case_file.on(pb.ClueRegistered)
def registered(row: Row, event: pb.ClueRegistered, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        stage=Stage.CLUE,
        act_code=event.act_code,
        source=event.source,
        handed_off_by=event.handed_off_by,
        finding_id=event.finding_id,
        act_on=event.act_on,
        act_ended_on=event.act_ended_on or None,
        incident_id=event.incident_id,
        incident_role=event.incident_role,
        capture_id=event.capture_id,
        recused_ids=[],
        place=as_dict(event.place),
        facts=event.facts,
        party=as_dict(event.party),
        vehicle=as_dict(event.vehicle),
        vessel=as_dict(event.vessel) if event.HasField("vessel") else None,
        officer_ids=[],
        transferred=False,
        registered_at=fact.occurred_at,
    )


@case_file.on(imports.CaseImported)
def imported(row: Row, event: imports.CaseImported, fact: Fact) -> None:
    registered(row, clue_of(event), fact)
    known = event.imported
    row.update(
        stage=known.stage,
        case_number=known.case_number or None,
        officer_ids=list(known.officer_ids),
        registered_at=_begins(event.registered_on),
        filed_at=_begins(event.filed_on),
        proposed=[as_dict(penalty) for penalty in known.proposed],
        penalties=[as_dict(penalty) for penalty in known.penalties] or None,
        told_on=known.told_on or None,
        hearing_right=known.hearing_right,
        defence=known.defence or None,
        review_state="已通过" if known.reviewed_on else None,
        discussion=term(review.DiscussionConclusion, review.DISCUSSION_CONCLUSION_PENALTY)
        if known.discussed_on
        else None,
        outcome=outcome_of(known) or None,
        decided_at=_begins(event.decided_on),
        served_on=known.served_on or None,
        performance=side.PERFORMANCE_PHASE_PERFORMED if paid_in_full(known) else None,
    )


def _begins(on: str) -> datetime | None:
    """A day of an older system as an instant: its beginning."""
    return start_of(date.fromisoformat(on)) if on else None


@case_file.on(pb.CaseFiled)
def filed(row: Row, event: pb.CaseFiled, fact: Fact) -> None:
    row.update(
        stage=Stage.FILED,
        case_number=event.case_number,
        party=as_dict(event.party),
        facts=event.facts,
        filed_at=fact.occurred_at,
    )


@case_file.on(pb.OfficersAssigned)
def assigned(row: Row, event: pb.OfficersAssigned, fact: Fact) -> None:
    row.update(stage=Stage.INVESTIGATING, officer_ids=[officer.officer_id for officer in event.officers])


@case_file.on(*_NEXT)
def moved(row: Row, event: Any, fact: Fact) -> None:
    row["stage"] = _NEXT[type(event)]


@case_file.on(pb.NoticeServed)
def noticed(row: Row, event: pb.NoticeServed, fact: Fact) -> None:
    first = row.get("told_on") is None
    kept = {name: row.get(name) for name in ("review_state", "review_mandatory")} if first else {}
    row.update(
        **{**_ANEW, **kept},
        stage=Stage.NOTICE_SERVED,
        proposed=[as_dict(penalty) for penalty in event.proposed],
        told_on=event.effective_on or day_of(fact.occurred_at),
        hearing_right=event.hearing_right,
        defence=None,
    )


@case_file.on(pb.DefenceRecorded)
def defended(row: Row, event: pb.DefenceRecorded, fact: Fact) -> None:
    row["defence"] = pb.DEFENCE_KIND_STATED if row.get("defence") == pb.DEFENCE_KIND_STATED else event.kind


@case_file.on(notices.InvestigationReopened)
def reopened(row: Row, event: notices.InvestigationReopened, fact: Fact) -> None:
    row.update(**_ANEW, stage=Stage.INVESTIGATING, told_on=None, proposed=None, defence=None, outcome=None)


_HEARING: Final = {
    hearing.HearingRequested: HearingState.REQUESTED,
    hearing.HearingNotified: HearingState.NOTIFIED,
    hearing.HearingReported: HearingState.FINISHED,
}


@case_file.on(*_HEARING)
def hearing_moved(row: Row, event: Any, fact: Fact) -> None:
    row["hearing_state"] = _HEARING[type(event)]
    if isinstance(event, hearing.HearingRequested):
        row.update(review_state=None, discussion=None)
    if isinstance(event, hearing.HearingNotified):
        row["hearing_at"] = to_datetime(event.held_at)


@case_file.on(hearing.HearingHeld)
def hearing_held(row: Row, event: hearing.HearingHeld, fact: Fact) -> None:
    ended = event.attendance in (hearing.ATTENDANCE_ABSENT, hearing.ATTENDANCE_LEFT)
    row["hearing_state"] = HearingState.FINISHED if ended else HearingState.HELD


@case_file.on(hearing.ChairChallengeDecided)
def chair_challenge_decided(row: Row, event: hearing.ChairChallengeDecided, fact: Fact) -> None:
    if event.granted:
        recused = [*row["recused_ids"], *([event.chair_id] if event.chair_id else [])]
        row.update(hearing_state=HearingState.REQUESTED, hearing_at=None, recused_ids=recused)


@case_file.on(hearing.HearingRequestWithdrawn)
def hearing_withdrawn(row: Row, event: hearing.HearingRequestWithdrawn, fact: Fact) -> None:
    row.update(hearing_state=None, hearing_at=None)


@case_file.on(review.LegalReviewRequested)
def review_requested(row: Row, event: review.LegalReviewRequested, fact: Fact) -> None:
    row.update(review_state="已送审", review_mandatory=event.mandatory)


@case_file.on(review.LegalReviewCompleted)
def reviewed(row: Row, event: review.LegalReviewCompleted, fact: Fact) -> None:
    row.update(review_state="已通过" if event.passed else "已退回", review_mandatory=event.major)
    if event.passed and row["stage"] != Stage.INVESTIGATION_CLOSED:
        row["stage"] = Stage.LEGAL_REVIEWED


@case_file.on(review.CollectiveDiscussionRecorded)
def discussed(row: Row, event: review.CollectiveDiscussionRecorded, fact: Fact) -> None:
    row["discussion"] = term(review.DiscussionConclusion, event.conclusion)
    if row["stage"] != Stage.INVESTIGATION_CLOSED:
        row["stage"] = Stage.DISCUSSED


_OUTCOMES: Final = {
    pb.PenaltyDecided: commands.OUTCOME_PENALTY,
    pb.NoPenaltyDecided: commands.OUTCOME_NO_PENALTY,
    pb.ViolationNotEstablished: commands.OUTCOME_NOT_ESTABLISHED,
}


@case_file.on(*_OUTCOMES)
def decided(row: Row, event: Any, fact: Fact) -> None:
    row.update(stage=Stage.DECIDED, outcome=_OUTCOMES[type(event)], decided_at=fact.occurred_at, publication_state=None)
    if isinstance(event, pb.PenaltyDecided):
        row["penalties"] = [as_dict(penalty) for penalty in event.penalties]


@case_file.on(decisions.CrimeTransferDecided)
def crime_transfer_decided(row: Row, event: decisions.CrimeTransferDecided, fact: Fact) -> None:
    row.update(back_to=row["stage"], stage=Stage.TRANSFERRED_CRIMINAL, outcome=commands.OUTCOME_CRIME_TRANSFER)


@case_file.on(pb.CriminalTransferNoted)
def transfer_noted(row: Row, event: pb.CriminalTransferNoted, fact: Fact) -> None:
    row.update(transfer_id=event.transfer_id, transfer_phase=event.phase, transferred=event.open)
    _overlay(row, TO_POLICE, present=event.open)
    if not event.open and row["stage"] == Stage.TRANSFERRED_CRIMINAL:
        row.update(stage=row["back_to"], back_to=None, outcome=None)


@case_file.on(pb.DecisionServed)
def served(row: Row, event: pb.DecisionServed, fact: Fact) -> None:
    row["served_on"] = event.effective_on or day_of(fact.occurred_at)
    if row["stage"] == Stage.DECIDED:
        row["stage"] = Stage.SERVED


@case_file.on(decisions.DecisionAmended)
def amended(row: Row, event: decisions.DecisionAmended, fact: Fact) -> None:
    row["penalties"] = [as_dict(penalty) for penalty in event.penalties]
    if row.get("publication_state") != PUBLISHED:
        row["publication_state"] = None
    _overlay(row, AMENDED, present=True)


@case_file.on(decisions.DecisionRevoked)
def revoked(row: Row, event: decisions.DecisionRevoked, fact: Fact) -> None:
    row.update(stage=Stage.INVESTIGATION_CLOSED if event.anew else Stage.REVOKED, penalties=None, outcome=None)
    row.update(served_on=None, decided_at=None, performance=None)
    if event.anew:
        row.update(**_ANEW, told_on=None, proposed=None, defence=None)


@case_file.on(decisions.RemedyStarted)
def remedy_started(row: Row, event: decisions.RemedyStarted, fact: Fact) -> None:
    row["remedies"] = {**(row.get("remedies") or {}), event.remedy_id: event.kind}
    _overlay(row, term(decisions.RemedyKind, event.kind), present=True)


@case_file.on(decisions.RemedyEnded)
def remedy_ended(row: Row, event: decisions.RemedyEnded, fact: Fact) -> None:
    left = {known: kind for known, kind in (row.get("remedies") or {}).items() if known != event.remedy_id}
    row["remedies"] = left
    _overlay(row, term(decisions.RemedyKind, event.kind), present=event.kind in left.values())


_PUBLICATION: Final = {
    publication.PublicationProposed: "待核对",
    publication.DecisionPublished: PUBLISHED,
    publication.PublicationWithdrawn: "已撤回",
    publication.PublicationEnded: "公示期满",
}


@case_file.on(*_PUBLICATION)
def publication_moved(row: Row, event: Any, fact: Fact) -> None:
    row["publication_state"] = _PUBLICATION[type(event)]


@case_file.on(publication.PublicationChecked)
def publication_checked(row: Row, event: publication.PublicationChecked, fact: Fact) -> None:
    row["publication_state"] = "已核对" if event.passed else "已退回"


@case_file.on(side.CaseSuspended, side.CaseResumed)
def standing(row: Row, event: Any, fact: Fact) -> None:
    _overlay(row, SUSPENDED, present=isinstance(event, side.CaseSuspended))


@case_file.on(side.JurisdictionDisputed, side.JurisdictionSettled)
def dispute_moved(row: Row, event: Any, fact: Fact) -> None:
    _overlay(row, DISPUTED, present=isinstance(event, side.JurisdictionDisputed))


@case_file.on(side.CaseTransferredToAuthority)
def sent_to_authority(row: Row, event: side.CaseTransferredToAuthority, fact: Fact) -> None:
    receiver = event.receiver_id or event.receiver_name
    row.update(back_to=row["stage"], stage=Stage.TRANSFERRED_ADMIN, receiver_id=receiver)


@case_file.on(side.AdministrativeTransferNoted)
def receiver_answered(row: Row, event: side.AdministrativeTransferNoted, fact: Fact) -> None:
    if not event.accepted:
        row.update(stage=row["back_to"], back_to=None, receiver_id=None)


@case_file.on(side.PerformanceNoted)
def performance_noted(row: Row, event: side.PerformanceNoted, fact: Fact) -> None:
    row["performance"] = event.phase


def _late_correction(event: clocks.DeadlineMissed, fact: Fact) -> str | None:
    return event.subject_id if event.rule_id == CORRECTION.rule_id else None


@case_file.on(clocks.DeadlineMissed, key=_late_correction)
def not_corrected(row: Row, event: clocks.DeadlineMissed, fact: Fact) -> None:
    _overlay(row, UNCORRECTED, present=True)


@case_file.on(pb.CorrectionOrdered, pb.CorrectionChecked, pb.CaseClosed)
def correction_moved(row: Row, event: Any, fact: Fact) -> None:
    if not isinstance(event, pb.CorrectionChecked) or event.corrected:
        _overlay(row, UNCORRECTED, present=False)


def _overlay(row: Row, state: str, *, present: bool) -> None:
    others = [one for one in row.get("side_states") or () if one != state]
    row["side_states"] = [*others, state] if present else others


@evidence.on(pb.EvidenceAdded)
def evidence_added(row: Row, event: pb.EvidenceAdded, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        kind=event.kind,
        description=event.description,
        file=as_dict(event.file) if event.HasField("file") else None,
        gathered_by=event.gathered_by,
        gathered_at=fact.occurred_at,
        holder=event.holder or event.gathered_by or (event.collectors[0].officer_id if event.collectors else ""),
        excluded=False,
        unconfirmed=event.reconfirm_required,
    )


@evidence.on(opinion.EvidenceReconfirmed)
def evidence_reconfirmed(row: Row, event: opinion.EvidenceReconfirmed, fact: Fact) -> None:
    row["unconfirmed"] = False


@measure.on(pb.MeasureApproved)
def approved(row: Row, event: pb.MeasureApproved, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        kind=event.kind,
        law_basis=event.law_basis,
        state=MeasureState.APPROVED,
        approved=True,
    )


@measure.on(pb.EvidencePreserved, pb.ItemsSeized)
def taken(row: Row, event: pb.EvidencePreserved | pb.ItemsSeized, fact: Fact) -> None:
    row.update(state=MeasureState.IN_FORCE, taken_at=fact.occurred_at, item_count=event.item_count)


@measure.on(pb.ItemsSeized)
def urgent(row: Row, event: pb.ItemsSeized, fact: Fact) -> None:
    if event.emergency:
        row.update(
            began_position=fact.position,
            kind=pb.MEASURE_KIND_SEIZURE,
            law_basis=event.law_basis,
            emergency=True,
            approved=False,
        )


@measure.on(pb.EmergencySeizureDecided)
def approved_afterwards(row: Row, event: pb.EmergencySeizureDecided, fact: Fact) -> None:
    row["approved"] = event.approved


@measure.on(pb.SeizureExtended)
def extended(row: Row, event: pb.SeizureExtended, fact: Fact) -> None:
    row["extended"] = True


@measure.on(pb.PreservationDecided, pb.SeizureReleased, pb.SeizureHandedOver)
def ended(row: Row, event: Any, fact: Fact) -> None:
    row["state"] = MeasureState.ENDED


@case_file.on(pb.CaseNumbered)
def numbered(row: Row, event: pb.CaseNumbered, fact: Fact) -> None:
    row["case_number"] = event.case_number


@case_file.on(recusals.RecusalDecided)
def recused(row: Row, event: recusals.RecusalDecided, fact: Fact) -> None:
    if event.recused:
        row.update(
            recused_ids=[*row["recused_ids"], event.officer_id],
            officer_ids=[officer_id for officer_id in row["officer_ids"] if officer_id != event.officer_id],
        )


def _pieces(event: imports.CaseImported, fact: Fact) -> list[tuple[str, str]]:
    return [(event.case_id, one.evidence_id) for one in event.imported.evidence]


@evidence.on(imports.CaseImported, key=_pieces)
def evidence_imported(row: Row, event: imports.CaseImported, fact: Fact) -> None:
    piece = next(one for one in event.imported.evidence if one.evidence_id == str(row["evidence_id"]))
    row.update(
        began_position=fact.position,
        kind=piece.kind,
        description=piece.description,
        gathered_by="",
        gathered_at=fact.occurred_at,
        holder="",
        excluded=False,
    )


@evidence.on(samples.SampleTaken)
def sample_taken(row: Row, event: samples.SampleTaken, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        kind=pb.EVIDENCE_KIND_PHYSICAL,
        description=event.description,
        file=as_dict(event.receipt) if event.HasField("receipt") else None,
        gathered_by="",
        gathered_at=fact.occurred_at,
        holder=event.officers[0].officer_id,
        excluded=False,
    )


@evidence.on(samples.TestResultRecorded)
def opinion_given(row: Row, event: samples.TestResultRecorded, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        kind=pb.EVIDENCE_KIND_EXPERT_OPINION,
        description=event.opinion,
        file=as_dict(event.file),
        gathered_by="",
        gathered_at=fact.occurred_at,
        holder=fact.actor,
        excluded=False,
    )


@evidence.on(samples.CustodyTransferred)
def in_other_hands(row: Row, event: samples.CustodyTransferred, fact: Fact) -> None:
    row["holder"] = event.to_holder
    step = rpc.CustodyStep(
        from_holder=event.from_holder,
        to_holder=event.to_holder,
        place=event.place,
        seal=event.seal,
        seal_intact=event.seal_intact,
        remark=event.remark,
        at=to_timestamp(fact.occurred_at),
    )
    row["custody"] = [*(row.get("custody") or []), as_dict(step)]


@evidence.on(samples.EvidenceExcluded)
def excluded(row: Row, event: samples.EvidenceExcluded, fact: Fact) -> None:
    row["excluded"] = True


@act_record.on(pb.ClueRegistered, key=_case)
def act_known(row: Row, event: pb.ClueRegistered, fact: Fact) -> None:
    ended = day_of(fact.occurred_at).isoformat() if event.act_continues else event.act_ended_on or event.act_on
    row.update(
        began_position=fact.position,
        act_code=event.act_code,
        from_on=event.act_on,
        to_on=ended,
        **_identifiers(event.party, event.vehicle),
        number="",
        fined=False,
        closed=False,
        turned_down=False,
        incident_id=event.incident_id,
        incident_role=event.incident_role,
    )


@act_record.on(imports.CaseImported, key=_case)
def act_imported(row: Row, event: imports.CaseImported, fact: Fact) -> None:
    act_known(row, clue_of(event), fact)
    row.update(
        number=event.imported.case_number,
        filed_at=_begins(event.filed_on),
        fined=fine_of(event.imported.penalties) > 0,
        closed=bool(event.closed_on),
        turned_down=event.imported.stage == Stage.NOT_FILED,
    )


@act_record.on(pb.CaseFiled, key=_case)
def act_filed(row: Row, event: pb.CaseFiled, fact: Fact) -> None:
    row.update(number=event.case_number, filed_at=fact.occurred_at)
    filed_against = _identifiers(event.party, event.vehicle)
    if filed_against["party_number"]:
        row.update({column: filed_against[column] for column in ("party_number", "party_bucket")})


@act_record.on(pb.CaseNotFiled, key=_case)
def act_turned_down(row: Row, event: pb.CaseNotFiled, fact: Fact) -> None:
    row["turned_down"] = True


@act_record.on(pb.CaseNumbered, key=_case)
def act_numbered(row: Row, event: pb.CaseNumbered, fact: Fact) -> None:
    row["number"] = event.case_number


@act_record.on(pb.PenaltyDecided, decisions.DecisionAmended, key=_case)
def act_penalised(row: Row, event: pb.PenaltyDecided | decisions.DecisionAmended, fact: Fact) -> None:
    row["fined"] = fine_of(event.penalties) > 0


@act_record.on(decisions.DecisionRevoked, key=_case)
@act_record.on(on_spot.OnSpotRevoked, key=_on_spot)
def act_unpunished(row: Row, event: Any, fact: Fact) -> None:
    row["fined"] = False


@act_record.on(side.AdministrativeTransferNoted, key=_case)
def act_handed_on(row: Row, event: side.AdministrativeTransferNoted, fact: Fact) -> None:
    row["closed"] = event.accepted


@act_record.on(pb.CaseClosed, key=_case)
def act_closed(row: Row, event: pb.CaseClosed, fact: Fact) -> None:
    row["closed"] = True


@act_record.on(on_spot.OnSpotObserved, key=_on_spot)
def act_seen(row: Row, event: on_spot.OnSpotObserved, fact: Fact) -> None:
    day = day_of(fact.occurred_at).isoformat()
    row.update(
        began_position=fact.position,
        act_code=event.act_code,
        from_on=day,
        to_on=day,
        **_identifiers(event.party, event.vehicle),
        number="",
        fined=False,
        closed=False,
        turned_down=False,
        incident_id=event.incident_id,
        incident_role=0,
    )


@act_record.on(on_spot.OnSpotPenaltyDecided, key=_on_spot)
def act_decided_on_spot(row: Row, event: on_spot.OnSpotPenaltyDecided, fact: Fact) -> None:
    row.update(number=event.form_number, filed_at=fact.occurred_at, fined=fine_of(event.penalties) > 0)


@act_record.on(on_spot.OnSpotReferred, key=_on_spot)
def act_referred(row: Row, event: on_spot.OnSpotReferred, fact: Fact) -> None:
    row["turned_down"] = True


@act_record.on(on_spot.OnSpotClosed, key=_on_spot)
def act_closed_on_spot(row: Row, event: on_spot.OnSpotClosed, fact: Fact) -> None:
    row["closed"] = True


@device_record.on(captures.CaptureRecorded)
def captured(row: Row, event: captures.CaptureRecorded, fact: Fact) -> None:
    row.update(files=[picture.file.sha256.hex() for picture in event.pictures], adopted=False)


@device_record.on(captures.CaptureChecked)
def violates(row: Row, event: captures.CaptureChecked, fact: Fact) -> Any:
    return None if event.assessment.violation else DELETE


@device_record.on(captures.CaptureAdopted)
def adopted(row: Row, event: captures.CaptureAdopted, fact: Fact) -> None:
    row["adopted"] = True


@act_answer.on(
    inquiries.ActInquirySent, key=lambda event, fact: [(event.matter_id, one) for one in event.recipient_ids]
)
def asked(row: Row, event: inquiries.ActInquirySent, fact: Fact) -> None:
    row.update(inquiry_id=event.inquiry_id, act_codes=list(event.act_codes), answered=False)


@act_answer.on(inquiries.ActAnswerRecorded)
def answer_recorded(row: Row, event: inquiries.ActAnswerRecorded, fact: Fact) -> None:
    if row.get("inquiry_id") == event.inquiry_id:
        row["answered"] = True
    row.update(
        matches=[as_dict(match) for match in event.matches],
        complete=event.complete,
        offences=[as_dict(offence) for offence in event.offences],
        offences_known=event.offences_known,
    )


@on_spot_file.on(on_spot.OnSpotObserved)
def observed(row: Row, event: on_spot.OnSpotObserved, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        stage=OnSpotStage.OBSERVED,
        act_code=event.act_code,
        place=as_dict(event.place),
        facts=event.facts,
        party=as_dict(event.party),
        vehicle=as_dict(event.vehicle),
        vessel=as_dict(event.vessel) if event.HasField("vessel") else None,
        officer_ids=[officer.officer_id for officer in event.officers],
        fine_fen=0,
        collected_fen=0,
        observed_at=fact.occurred_at,
    )


@on_spot_file.on(on_spot.OnSpotPenaltyDecided)
def decided_on_spot(row: Row, event: on_spot.OnSpotPenaltyDecided, fact: Fact) -> None:
    row.update(
        stage=stage_after(event),
        form_number=event.form_number,
        penalties=[as_dict(penalty) for penalty in event.penalties],
        remedies=event.remedies,
        fine_fen=fine_of(event.penalties),
        collected_fen=event.collected_on_spot_fen,
        decided_at=fact.occurred_at,
    )


@on_spot_file.on(on_spot.OnSpotReferred)
def referred(row: Row, event: on_spot.OnSpotReferred, fact: Fact) -> None:
    row["stage"] = OnSpotStage.REFERRED


@on_spot_file.on(on_spot.OnSpotFineHandedIn)
def handed_in(row: Row, event: on_spot.OnSpotFineHandedIn, fact: Fact) -> None:
    row["handed_in_at"] = fact.occurred_at


@on_spot_file.on(on_spot.OnSpotFineBanked)
def banked(row: Row, event: on_spot.OnSpotFineBanked, fact: Fact) -> None:
    row["banked_at"] = fact.occurred_at


@on_spot_file.on(on_spot.OnSpotCopyFiled)
def copy_filed(row: Row, event: on_spot.OnSpotCopyFiled, fact: Fact) -> None:
    row.update(stage=OnSpotStage.COPY_FILED, copy_filed_at=fact.occurred_at)


@on_spot_file.on(on_spot.OnSpotRevoked)
def on_spot_revoked(row: Row, event: on_spot.OnSpotRevoked, fact: Fact) -> None:
    row["stage"] = OnSpotStage.REVOKED


@on_spot_file.on(on_spot.OnSpotClosed)
def on_spot_closed(row: Row, event: on_spot.OnSpotClosed, fact: Fact) -> None:
    row["stage"] = OnSpotStage.CLOSED


@act_record.on(pb.PenaltyDecided, key=_case)
def offence_established(row: Row, event: pb.PenaltyDecided, fact: Fact) -> None:
    row["established_on"] = day_of(fact.occurred_at).isoformat()


@act_record.on(pb.NoPenaltyDecided, key=_case)
def offence_unpunished(row: Row, event: pb.NoPenaltyDecided, fact: Fact) -> None:
    if event.ground in (pb.NO_PENALTY_GROUND_MINOR, pb.NO_PENALTY_GROUND_FIRST):
        row["established_on"] = day_of(fact.occurred_at).isoformat()


@act_record.on(decisions.DecisionRevoked, key=_case)
@act_record.on(on_spot.OnSpotRevoked, key=_on_spot)
def offence_struck(row: Row, event: Any, fact: Fact) -> None:
    row["established_on"] = None


@act_record.on(on_spot.OnSpotPenaltyDecided, key=_on_spot)
def offence_on_spot(row: Row, event: on_spot.OnSpotPenaltyDecided, fact: Fact) -> None:
    row["established_on"] = day_of(fact.occurred_at).isoformat()


@rule_set.on(discretion.RuleSetAdopted)
def rule_set_adopted(row: Row, event: discretion.RuleSetAdopted, fact: Fact) -> None:
    row.update(
        rule_set_code=event.rule_set_code,
        version=event.version,
        content=event.content,
        adopted_at=fact.occurred_at,
    )


@evaluation.on(discretion.DiscretionEvaluated)
def evaluated(row: Row, event: discretion.DiscretionEvaluated, fact: Fact) -> None:
    row.update(evaluated=as_dict(event), departed=None, reduction_approved=False)


@evaluation.on(discretion.ReductionApproved)
def reduction_approved(row: Row, event: discretion.ReductionApproved, fact: Fact) -> None:
    row["reduction_approved"] = True


@evaluation.on(discretion.DiscretionDeparted)
def departed(row: Row, event: discretion.DiscretionDeparted, fact: Fact) -> None:
    row["departed"] = as_dict(event)


keep_search(views)
keep_sanctions(views)
keep_files(views)
keep_publications(views)
keep_timeline(
    views,
    {
        pb.ClueRegistered: "登记线索",
        pb.CaseNotFiled: "决定不予立案",
        imports.CaseImported: "导入案件",
        pb.CaseFiled: "立案",
        pb.CaseNumbered: "编定案号",
        recusals.RecusalRequested: "提出回避",
        recusals.RecusalDecided: "作出回避决定",
        pb.OfficersAssigned: "指派办案人员",
        pb.EvidenceAdded: "收集证据",
        samples.SampleTaken: "抽样取证",
        samples.CustodyTransferred: "移交证据",
        samples.EvidenceExcluded: "排除证据",
        opinion.EvidenceReconfirmed: "重新核实言词证据",
        opinion.OpinionNoted: "办理检察意见",
        opinion.OpinionProgressed: "反馈检察意见办理进展",
        opinion.OpinionWithdrawalNoted: "检察意见撤回，不再关联",
        samples.TestCommissioned: "委托检测、鉴定",
        samples.TestProlonged: "延长检测、鉴定期间",
        samples.TestingTimeEnded: "检测、鉴定期间届满",
        samples.TestResultRecorded: "收到检测、鉴定结果",
        pb.MeasureApproved: "批准采取措施",
        pb.EvidencePreserved: "先行登记保存证据",
        pb.PreservationDecided: "作出登记保存处理决定",
        pb.ItemsSeized: "扣押",
        pb.EmergencySeizureReported: "报告紧急扣押",
        pb.EmergencySeizureDecided: "紧急扣押补办批准",
        pb.SeizureExtended: "延长扣押期限",
        pb.SeizureReleased: "解除扣押",
        pb.SeizureHandedOver: "扣押财物随案移送",
        pb.CorrectionOrdered: "责令改正违法行为",
        pb.CorrectionChecked: "复查改正情况",
        pb.InvestigationClosed: "调查终结",
        pb.NoticeServed: "送达违法行为通知书",
        pb.DefenceRecorded: "记录陈述申辩",
        pb.CriminalTransferNoted: "涉嫌犯罪移送进展",
        sanctions.CriminalOutcomeNoted: "获知刑事处理结果",
        sanctions.FineSetOffComputed: "计算罚款折抵罚金",
        sanctions.FineSetOffDecided: "决定罚款折抵事项",
        sanctions.DetentionNoted: "记录行政拘留",
        sanctions.CustodySetOffComputed: "计算行政拘留折抵刑期",
        sanctions.SuspicionNoted: "应移未移提示",
        sanctions.FineUnderSuspicionNoted: "提示未答复即决定罚款",
        discretion.DiscretionEvaluated: "裁量评估",
        discretion.ReductionApproved: "批准减轻处罚",
        discretion.DiscretionDeparted: "偏离裁量意见",
        discretion.RuleSetAdopted: "启用裁量规则",
        pb.PenaltyDecided: "作出行政处罚决定",
        pb.NoPenaltyDecided: "作出不予行政处罚决定",
        pb.ViolationNotEstablished: "认定违法事实不能成立",
        pb.DecisionServed: "送达决定书",
        pb.CaseClosed: "结案",
        inquiries.ActInquirySent: "查询同一违法行为",
        inquiries.ActAnswerRecorded: "收到同一违法行为查询答复",
        inquiries.ActInquiryAnswered: "答复同一违法行为查询",
        on_spot.OnSpotObserved: "当场查获",
        on_spot.OnSpotPenaltyDecided: "当场作出处罚决定",
        on_spot.OnSpotReferred: "转为普通程序",
        on_spot.OnSpotLanded: "抵岸",
        on_spot.OnSpotFineHandedIn: "当场收缴的罚款交至机关",
        on_spot.OnSpotFineBanked: "当场收缴的罚款缴付银行",
        on_spot.OnSpotCopyFiled: "当场处罚决定备案",
        on_spot.OnSpotPerformanceNoted: "当场处罚履行情况",
        on_spot.OnSpotApplicationReceived: "收到对当场处罚的复议申请",
        on_spot.OnSpotApplicationForwarded: "转送复议申请",
        on_spot.OnSpotRemedyStarted: "当场处罚复议、诉讼受理",
        on_spot.OnSpotRemedyEnded: "当场处罚复议、诉讼终结",
        on_spot.OnSpotRevoked: "撤销当场处罚决定",
        on_spot.OnSpotClosed: "当场处罚结案",
        notices.ReportApproved: "批准案件调查报告",
        notices.InvestigationReopened: "补充调查",
        notices.CaseClassified: "确定审核、讨论要求",
        notices.DefenceReviewed: "复核陈述申辩",
        delivery.DeliveryAddressConfirmed: "确认送达地址",
        delivery.ServiceNoticePosted: "发布送达公告",
        hearing.HearingRequested: "当事人申请听证",
        hearing.HearingRequestWithdrawn: "当事人撤回听证申请",
        hearing.HearingNotified: "通知听证",
        hearing.ChairChallenged: "申请听证主持人回避",
        hearing.ChairChallengeDecided: "决定听证主持人是否回避",
        hearing.HearingHeld: "举行听证",
        hearing.HearingReported: "提交听证报告",
        review.LegalReviewRequested: "送法制审核",
        review.LegalReviewCompleted: "完成法制审核",
        review.CollectiveDiscussionRecorded: "集体讨论",
        decisions.CrimeTransferDecided: "决定移送司法机关",
        decisions.DecisionExtended: "延长办案期限",
        decisions.DecisionAmended: "变更处罚决定",
        decisions.DecisionRevoked: "撤销处罚决定",
        decisions.ApplicationReceived: "收到复议申请",
        decisions.ApplicationForwarded: "转送复议申请",
        decisions.ApplicationMet: "自行纠正，不再转送复议申请",
        decisions.RemedyStarted: "复议、诉讼受理",
        decisions.RemedyEnded: "复议、诉讼终结",
        publication.PublicationProposed: "拟定公开文本",
        publication.PublicationChecked: "核对公开文本",
        publication.DecisionPublished: "公开处罚决定",
        publication.PublicationWithdrawn: "撤回公开",
        publication.PublicationEnded: "公示期届满",
        side.CaseSuspended: "中止",
        side.CaseResumed: "恢复",
        side.JurisdictionDisputed: "管辖争议",
        disputes.DisputePositionStated: "管辖意见",
        disputes.DesignationEntered: "指定管辖（待对方确认）",
        side.DisputeEscalated: "报请指定管辖",
        side.JurisdictionSettled: "管辖争议解决",
        side.CaseTransferredToAuthority: "移送有管辖权的机关",
        side.HandOnHindered: "对方已受理，尚不能移送",
        side.AdministrativeTransferNoted: "移送案件的办理情况",
        side.PerformanceNoted: "履行情况",
        side.CaseArchived: "归档",
    },
    (case, on_spot_model.on_spot, inquiry_model.act_inquiry, inquiry_model.act_answer),
)
