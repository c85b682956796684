"""What follows from an answer on paper at the bureau: the command that a node would have caused by saying the same."""

from typing import Any, Final

from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as pb
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as commands
from enforcement.transfer.v1 import supervision_pb2 as supervision
from google.protobuf.message import Message

from services.transfer.model.letters import LATE_REASON
from services.transfer.model.supervision import supervision_of

STEPS: Final = {
    pb.PAPER_ANSWER_KIND_SUPERVISION_UPHELD: supervision.SUPERVISION_STEP_UPHELD,
    pb.PAPER_ANSWER_KIND_SUPERVISION_ORDERED: supervision.SUPERVISION_STEP_ORDERED,
    pb.PAPER_ANSWER_KIND_REASONS_ASKED: supervision.SUPERVISION_STEP_REASONS_ASKED,
    pb.PAPER_ANSWER_KIND_REASONS_STATED: supervision.SUPERVISION_STEP_REASONS_STATED,
}
"""The step of a supervision that each kind of paper tells."""


def follow_up(answer: pb.PaperAnswerConfirmed, bureau_id: str) -> Message | None:
    """The command that the other side's node would have caused by saying the same; None where nothing follows.

    A receipt and an extension count from the signature: by it the police's clock is judged. Everything else counts from
    when the paper arrived: the bureau's times begin then.
    """
    told: dict[str, Any] = {"transfer_id": answer.transfer_id, "late_reason": LATE_REASON}
    signed = {**told, "police_id": answer.answered_by, "occurred_at": answer.signed_at}
    arrived = {**signed, "occurred_at": answer.arrived_at}
    match answer.kind:
        case pb.PAPER_ANSWER_KIND_RECEIPT:
            return commands.RecordPoliceReceiptRequest(**signed)
        case pb.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND:
            return commands.RecordSupplementDemandRequest(
                **arrived, kinds=answer.kinds, detail=answer.text, demanded_at=answer.signed_at
            )
        case pb.PAPER_ANSWER_KIND_EXTENSION:
            return reconsideration.RecordExtensionRequest(**signed, ground=answer.ground, days=answer.days)
        case pb.PAPER_ANSWER_KIND_FILING:
            return commands.RecordPoliceFilingRequest(**arrived, criminal_case_number=answer.number, notice=answer.scan)
        case pb.PAPER_ANSWER_KIND_REFUSAL:
            return commands.RecordPoliceRefusalRequest(**arrived, reasons=answer.text, notice=answer.scan)
        case pb.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED:
            return reconsideration.RecordRefusalMaintainedRequest(**arrived, reasons=answer.text, notice=answer.scan)
        case pb.PAPER_ANSWER_KIND_DECLINE:
            return forwarding.RecordDeclineRequest(
                **arrived, reason=answer.text, competent=answer.competent, notice=answer.scan
            )
        case pb.PAPER_ANSWER_KIND_HAND_OVER_CONFIRMATION:
            return commands.RecordHandOverConfirmationRequest(**arrived)
        case pb.PAPER_ANSWER_KIND_FORWARDING:
            return forwarding.RecordForwardingRequest(
                **arrived, to_police_id=answer.to_police_id, reason=answer.text, notice=answer.scan
            )
        case pb.PAPER_ANSWER_KIND_PROPERTY_RETURN:
            return outcomes.RecordPropertyReturnRequest(**arrived, items=answer.items, record=answer.scan)
        case pb.PAPER_ANSWER_KIND_WITHDRAWAL:
            return outcomes.RecordToldOutcomeRequest(
                **told,
                occurred_at=answer.arrived_at,
                teller_id=answer.answered_by,
                outcome=outcomes.TRANSFER_OUTCOME_WITHDRAWN,
                document=answer.scan,
            )
        case kind if kind in STEPS:
            return supervision.RecordSupervisionRequest(
                **told,
                occurred_at=answer.arrived_at,
                procuratorate_id=answer.answered_by,
                police_id=answer.police_id,
                supervision_id=supervision_of(answer.transfer_id, bureau_id),
                step=STEPS[kind],
                about=answer.about or supervision.NON_FILING_REFUSED,
                taken_at=answer.signed_at,
                paper_id=answer.answer_id,
            )
    return None
