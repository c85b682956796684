"""What both sides of a draw do when the other one has spoken (双随机)."""

from enforcement.joint_operations.v1 import draw_pb2 as pb

from services.joint_operations.model.draw import draw_witness_of
from services.kernel.policy import Policy, PolicyContext


def follow_draws(policy: Policy) -> None:
    """Adds the reactions of lead and witness."""
    policy.on(pb.DrawCommitted, addressed="witness_id")(open_draw_witness)
    policy.on(pb.WitnessCommitted, addressed="lead_id")(note_witness_committed)
    policy.on(pb.SeedRevealed, addressed="witness_id")(note_lead_revealed)
    policy.on(pb.WitnessSeedRevealed, addressed="lead_id")(note_witness_revealed)
    policy.on(pb.DrawPerformed, addressed="witness_id")(verify_draw)
    policy.on(pb.DrawPerformed, received=False)(note_draw)
    policy.on(pb.DrawPrepared, pb.DrawCommitted, received=False)(admit_draw)
    policy.on(pb.DrawAbandoned, received=False)(dismiss_draw)
    policy.on(pb.DrawAbandoned, addressed="witness_id")(note_abandoned)


def open_draw_witness(event: pb.DrawCommitted, context: PolicyContext) -> pb.OpenDrawWitnessRequest:
    """The witness takes the lists that the lead committed to."""
    return pb.OpenDrawWitnessRequest(
        draw_witness_id=draw_witness_of(event.draw_id, context.teller),
        draw_id=event.draw_id,
        lead_id=event.lead_id,
        pool=event.pool,
        pool_digest=event.pool_digest,
        commitment=event.commitment,
        operation_id=event.operation_id,
    )


def note_witness_committed(event: pb.WitnessCommitted, context: PolicyContext) -> pb.NoteWitnessCommittedRequest:
    """The lead takes the witness's commitment."""
    return pb.NoteWitnessCommittedRequest(draw_id=event.draw_id, witness_id=context.teller, commitment=event.commitment)


def note_lead_revealed(event: pb.SeedRevealed, context: PolicyContext) -> pb.NoteLeadRevealedRequest:
    """The witness takes the lead's seed, and may reveal its own."""
    return pb.NoteLeadRevealedRequest(draw_witness_id=draw_witness_of(event.draw_id, context.teller), seed=event.seed)


def note_witness_revealed(event: pb.WitnessSeedRevealed, context: PolicyContext) -> pb.NoteWitnessRevealedRequest:
    """The lead takes the witness's seed."""
    return pb.NoteWitnessRevealedRequest(draw_id=event.draw_id, witness_id=context.teller, seed=event.seed)


def verify_draw(event: pb.DrawPerformed, context: PolicyContext) -> pb.VerifyDrawRequest:
    """The witness repeats the draw."""
    return pb.VerifyDrawRequest(
        draw_witness_id=draw_witness_of(event.draw_id, context.teller),
        lead_seed=event.lead_seed,
        witness_seed=event.witness_seed,
        drawn=event.drawn,
        result_digest=event.result_digest,
    )


def note_draw(event: pb.DrawPerformed, context: PolicyContext) -> pb.NoteDrawRequest:
    """The operation learns what was drawn for it."""
    return pb.NoteDrawRequest(operation_id=event.operation_id, draw_id=event.draw_id, drawn=event.drawn)


def admit_draw(event: pb.DrawPrepared | pb.DrawCommitted, context: PolicyContext) -> pb.AdmitDrawRequest:
    """The operation takes the draw that was prepared first; one that waited behind it, when its lead commits."""
    return pb.AdmitDrawRequest(operation_id=event.operation_id, draw_id=event.draw_id)


def dismiss_draw(event: pb.DrawAbandoned, context: PolicyContext) -> pb.DismissDrawRequest | None:
    """The operation has no draw any more; who could know its result, and the lists, matter for the next one."""
    if not event.operation_id:
        return None
    command = pb.DismissDrawRequest(operation_id=event.operation_id, draw_id=event.draw_id)
    if event.lead_revealed:
        command.witness_id, command.pool_digest = event.witness_id, event.pool_digest
    return command


def note_abandoned(event: pb.DrawAbandoned, context: PolicyContext) -> pb.NoteDrawAbandonedRequest:
    """The witness learns that nobody waits for it any more."""
    return pb.NoteDrawAbandonedRequest(
        draw_witness_id=draw_witness_of(event.draw_id, context.teller), reason=event.reason
    )
