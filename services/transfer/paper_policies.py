"""What follows from an answer on paper that two officers entered: the same as if the other side's node had told it.

    PaperAnswerConfirmed ─▶ NotePaperAct, at the instant of the signature: the other side's clock is judged by it
                         └▶ RecordPoliceReceipt, RecordPoliceFiling, …, as the answer says

A receipt counts from its signature, everything else from when the paper arrived: the bureau's times begin with that.
"""

from collections.abc import Iterator
from typing import Any, Final

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import paper_pb2 as pb
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.kernel.policy import PolicyContext
from services.transfer.policies import policy

_WHY: Final = "纸质回执，经两人录入"
"""Reason with which acts are recorded that took place when the paper was signed or arrived."""


@policy.on(pb.PaperAnswerConfirmed, received=False, kind=options.AUTHORITY_KIND_TRANSPORT)
def follow_paper(event: pb.PaperAnswerConfirmed, context: PolicyContext) -> Iterator[Message]:
    """The transfer goes on by the paper."""
    yield pb.NotePaperActRequest(
        transfer_id=event.transfer_id, answer_id=event.answer_id, occurred_at=event.signed_at, late_reason=_WHY
    )
    common: dict[str, Any] = {"transfer_id": event.transfer_id, "police_id": event.answered_by, "late_reason": _WHY}
    arrived = {**common, "occurred_at": event.arrived_at}
    match event.kind:
        case pb.PAPER_ANSWER_KIND_RECEIPT:
            yield commands.RecordPoliceReceiptRequest(**common, occurred_at=event.signed_at)
        case pb.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND:
            yield commands.RecordSupplementDemandRequest(**arrived, kinds=event.kinds, detail=event.text)
        case pb.PAPER_ANSWER_KIND_FILING:
            yield commands.RecordPoliceFilingRequest(**arrived, criminal_case_number=event.number, notice=event.scan)
        case pb.PAPER_ANSWER_KIND_REFUSAL:
            yield commands.RecordPoliceRefusalRequest(**arrived, reasons=event.text, notice=event.scan)
        case pb.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED:
            yield reconsideration.RecordRefusalMaintainedRequest(**arrived, reasons=event.text, notice=event.scan)
        case pb.PAPER_ANSWER_KIND_DECLINE:
            yield forwarding.RecordDeclineRequest(
                **arrived, reason=event.text, competent=event.competent, notice=event.scan
            )
        case pb.PAPER_ANSWER_KIND_HAND_OVER_CONFIRMATION:
            yield commands.RecordHandOverConfirmationRequest(**arrived)
