"""What the bureau reads of its transfers: folds of the table `transfer`."""

from typing import Any, Final

from enforcement.documents.v1 import events_pb2 as documents
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as answers
from enforcement.transfer.v1 import supervision_pb2 as supervision
from enforcement.transfer.v1 import team_pb2 as team

from services.kernel.facts import Fact
from services.kernel.messages import as_dict, message_class
from services.kernel.projection import Row, Views
from services.kernel.queries import message_of
from services.transfer.model import transfer as aggregate
from services.transfer.stages import move

_COLUMNS: Final = {
    pb.TransferOpened: "opened_at",
    pb.ReportSubmitted: "reported_at",
    pb.TransferApproved: "decided_at",
    pb.TransferRejected: "decided_at",
    pb.CaseTransferred: "sent_at",
    pb.PoliceReceiptRecorded: "received_at",
    pb.PoliceFilingRecorded: "filing_decided_at",
    pb.PoliceRefusalRecorded: "filing_decided_at",
    reconsideration.ReconsiderationRequested: "reconsideration_requested_at",
    supervision.SupervisionSuggested: "supervision_suggested_at",
    pb.PropertyHandedOver: "handed_over_at",
    pb.PartyInformed: "party_informed_at",
    outcomes.OutcomeRecorded: "outcome_at",
    outcomes.PropertyReturnRecorded: "property_returned_at",
    pb.CaseReturned: "returned_at",
    outcomes.TransferClosed: "closed_at",
}
"""When each step was taken."""

_CONTENT: Final = (
    pb.CaseTransferred,
    pb.SupplementSent,
    pb.PropertyHandedOver,
    pb.TransferRejected,
    pb.PoliceFilingRecorded,
    pb.PoliceRefusalRecorded,
    reconsideration.PoliceRefusalMaintained,
    forwarding.PoliceDeclined,
    outcomes.OutcomeRecorded,
    team.TeamChanged,
)


def keep_transfers(views: Views) -> None:
    """Fills the table `transfer`."""
    table = views.table("transfer", key="transfer_id")
    events = [cls for name in sorted(aggregate.events) if (cls := message_class(name)) is not None]

    @table.on(pb.TransferOpened)
    def opened(row: Row, event: pb.TransferOpened, fact: Fact) -> None:
        team_ids = [member.officer_id for member in event.team]
        content = answers.TransferContent(
            case_number=event.case_number,
            suspected_crime=event.suspected_crime,
            facts=event.facts,
            suspects=event.suspects,
            team_ids=team_ids,
        )
        row.update(began_position=fact.position, case_id=event.case_id, team_ids=team_ids, content=as_dict(content))

    @table.on(*events)
    def moved(row: Row, event: Any, fact: Fact) -> None:
        state = move(aggregate, row, event, fact)
        row.update(police_id=state.police_id, referral_id=state.referral_id, outcome=state.outcome)
        if (column := _COLUMNS.get(type(event))) is not None:
            row[column] = fact.occurred_at

    @table.on(supervision.SupervisionStepRecorded)
    def supervised(row: Row, event: supervision.SupervisionStepRecorded, fact: Fact) -> None:
        if not event.moves_nothing:
            row.update(supervision_step=event.step, supervision_id=event.supervision_id)

    @table.on(*_CONTENT)
    def content_grew(row: Row, event: Any, fact: Fact) -> None:
        content = message_of(answers.TransferContent, row["content"]) or answers.TransferContent()
        match event:
            case pb.CaseTransferred():
                content.materials.extend(event.materials)
                content.goods.extend(event.goods)
                content.evidence.extend(event.evidence)
                content.prior_decision_number = event.prior_decision_number
            case pb.SupplementSent() | pb.PropertyHandedOver():
                content.materials.extend(event.materials)
            case pb.TransferRejected():
                content.reasons = event.reason
            case pb.PoliceFilingRecorded():
                content.criminal_case_number = event.criminal_case_number
            case pb.PoliceRefusalRecorded() | reconsideration.PoliceRefusalMaintained():
                content.reasons = event.reasons
            case forwarding.PoliceDeclined():
                content.reasons, content.competent = event.reason, event.competent
            case outcomes.OutcomeRecorded():
                content.criminal_fine_fen = event.criminal_fine_fen
                content.custody_days = event.custody_days
                content.penalty_needed = content.penalty_needed or event.penalty_needed
            case team.TeamChanged():
                content.team_ids[:] = row["team_ids"] = [member.officer_id for member in event.team]
        row["content"] = as_dict(content)


def keep_sheets(views: Views) -> None:
    """Fills the table `sheet`."""
    table = views.table("sheet", key="sha256")

    @table.on(documents.DocumentRendered, key=lambda event, fact: None if fact.received else event.file.sha256.hex())
    def made(row: Row, event: documents.DocumentRendered, fact: Fact) -> None:
        row.update(form=event.form, matter_id=event.matter_id, number=event.number)
