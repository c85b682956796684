"""What each side of a clue on an official (纪检监察线索) does with the other's letters."""

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import discipline_pb2 as pb

from services.kernel.policy import PolicyContext
from services.transfer.model.discipline import RECEIVERS
from services.transfer.policies import policy

Reaction = pb.TakeClueRequest | pb.RecordClueAnswerRequest | None


@policy.on(pb.RestrictedLetter, received=True, addressed="addressee_id")
def read_letter(event: pb.RestrictedLetter, context: PolicyContext) -> Reaction:
    """A clue is taken where clues go to; receipt and outcome are recorded with the clue that they answer."""
    match event.WhichOneof("content"):
        case "clue" if context.authority.kind in RECEIVERS:
            return pb.TakeClueRequest(reference_id=event.clue_id, sender_id=context.teller, content=event.clue)
        case "receipt" | "outcome" if context.authority.kind != options.AUTHORITY_KIND_SUPERVISION:
            return pb.RecordClueAnswerRequest(
                clue_id=event.reference_id,
                receiver_id=context.teller,
                reference_id=event.clue_id,
                register_number=event.receipt.register_number,
                outcome=event.outcome,
            )
    return None
