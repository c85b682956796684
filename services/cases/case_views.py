"""Read model of a case's file: where it stands, and what was decided on the way."""

from typing import Any, Final

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import recusal_pb2 as recusals
from enforcement.cases.v1 import review_pb2 as review
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.model import Stage
from services.cases.model.importing import clue_of, outcome_of, paid_in_full
from services.cases.model.procedure import HearingState
from services.cases.side_state_views import AMENDED, TO_POLICE, overlay
from services.cases.views import begins, case_file
from services.kernel.facts import Fact
from services.kernel.messages import as_dict, to_datetime
from services.kernel.projection import Row
from services.kernel.values import day_of, term

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
        registered_at=begins(event.registered_on),
        filed_at=begins(event.filed_on),
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
        decided_at=begins(event.decided_on),
        served_on=known.served_on or None,
        performance=side.PERFORMANCE_PHASE_PERFORMED if paid_in_full(known) else None,
    )


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


@case_file.on(notices.NoticeServedAnew)
def noticed_anew(row: Row, event: notices.NoticeServedAnew, fact: Fact) -> None:
    row["told_on"] = event.effective_on


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
    overlay(row, TO_POLICE, present=event.open)
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
    overlay(row, AMENDED, present=True)


@case_file.on(decisions.DecisionRevoked)
def revoked(row: Row, event: decisions.DecisionRevoked, fact: Fact) -> None:
    row.update(stage=Stage.INVESTIGATION_CLOSED if event.anew else Stage.REVOKED, penalties=None, outcome=None)
    row.update(served_on=None, decided_at=None, performance=None)
    if event.anew:
        row.update(**_ANEW, told_on=None, proposed=None, defence=None)


@case_file.on(decisions.RemedyStarted)
def remedy_started(row: Row, event: decisions.RemedyStarted, fact: Fact) -> None:
    row["remedies"] = {**(row.get("remedies") or {}), event.remedy_id: event.kind}
    overlay(row, term(decisions.RemedyKind, event.kind), present=True)


@case_file.on(decisions.RemedyEnded)
def remedy_ended(row: Row, event: decisions.RemedyEnded, fact: Fact) -> None:
    left = {known: kind for known, kind in (row.get("remedies") or {}).items() if known != event.remedy_id}
    row["remedies"] = left
    overlay(row, term(decisions.RemedyKind, event.kind), present=event.kind in left.values())


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
    if not event.own_execution:
        row["performance"] = event.phase


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
    if event.hearing_anew:
        row.update(hearing_state=HearingState.REQUESTED, hearing_at=None)
