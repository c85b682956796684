"""What follows at police or procuratorate from a paper that two officers entered: the same as from a node's message.

PaperConfirmed ─▶ NotePaper, at the instant of the signature: the other side's clock is judged by it
               └▶ NoteReasonsAsked, RecordReasons, …, as the paper says (model/incoming.py, follow_up)
"""

from collections.abc import Iterator

from enforcement.transfer.v1 import incoming_pb2 as pb
from google.protobuf.message import Message

from services.kernel.policy import PolicyContext
from services.transfer.model.incoming import follow_up
from services.transfer.model.letters import LATE_REASON
from services.transfer.policies import policy

__all__ = ["policy"]


@policy.on(pb.PaperConfirmed, received=False)
def follow_paper(event: pb.PaperConfirmed, context: PolicyContext) -> Iterator[Message]:
    """The matter goes on by the paper."""
    yield pb.NotePaperRequest(paper_id=event.paper_id, occurred_at=event.paper.signed_at, late_reason=LATE_REASON)
    if (command := follow_up(event.paper)) is not None:
        yield command
