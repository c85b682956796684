"""What follows from an answer on paper that two officers entered: the same as if the other side's node had told it.

PaperAnswerConfirmed ─▶ NotePaperAct, at the instant of the signature: the other side's clock is judged by it
                     ├▶ RecordPoliceReceipt, RecordPoliceFiling, …, as the answer says (model/paper_follows.py)
                     └▶ at the procuratorate of those police: UpdateOversight, told by the bureau
"""

from collections.abc import Iterator

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import paper_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.kernel.policy import PolicyContext
from services.transfer.model.letters import LATE_REASON
from services.transfer.model.oversight import oversight_of
from services.transfer.model.paper import TOLD_ON
from services.transfer.model.paper_follows import follow_up
from services.transfer.policies import PROCURATORATE, policy

__all__ = ["policy"]


@policy.on(pb.PaperAnswerConfirmed, received=False, kind=options.AUTHORITY_KIND_TRANSPORT)
def follow_paper(event: pb.PaperAnswerConfirmed, context: PolicyContext) -> Iterator[Message]:
    """The transfer goes on by the paper."""
    yield pb.NotePaperActRequest(
        transfer_id=event.transfer_id,
        answer_id=event.answer_id,
        occurred_at=event.signed_at,
        late_reason=LATE_REASON,
    )
    if (command := follow_up(event, context.authority.id)) is not None:
        yield command


@policy.on(pb.PaperAnswerConfirmed, received=True, kind=PROCURATORATE)
def hear_of_paper(event: pb.PaperAnswerConfirmed, context: PolicyContext) -> commands.UpdateOversightRequest | None:
    """What police without a node answered, the bureau tells; it took place when the paper was signed."""
    if (step := TOLD_ON.get(event.kind)) is None:
        return None
    return commands.UpdateOversightRequest(
        oversight_id=oversight_of(event.transfer_id, context.teller),
        step=step,
        reported_by=context.teller,
        taken_at=event.signed_at,
        paper_id=event.answer_id,
        transfer_id=event.transfer_id,
        bureau_id=context.teller,
        police_id=event.answered_by,
    )
