"""A draw as its witness keeps it: commit, reveal, and repeat the lead's draw (见证)."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from enforcement.joint_operations.v1 import draw_pb2 as pb

from services.joint_operations.draw import DrawImpossible, draw, result_digest, reveals
from services.joint_operations.model.draw.lists import drawn_of, pool_of
from services.joint_operations.model.shared import Refusal, require_lead
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.ledger import ids


class Stage(StrEnum):
    """Where a draw stands at its witness."""

    OPENED = "待承诺"
    COMMITTED = "已承诺"
    REVEALED = "已公开"
    VERIFIED = "已复核"
    ABANDONED = "牵头单位已放弃"


@dataclass(frozen=True, slots=True)
class Beside:
    """Another draw of the same operation that this witness committed to."""

    draw_id: str
    given_up: bool
    """After the lead's seed was out: this witness could know its result."""


@dataclass(frozen=True, slots=True)
class DrawWitness(Staged):
    """What decisions of the witness read."""

    stage: Stage = Stage.OPENED
    opened: pb.DrawWitnessOpened = field(default_factory=pb.DrawWitnessOpened)
    commitment: bytes = b""
    lead_seed: bytes = b""
    """Seed of the lead, once one came that matches its commitment."""
    seed: bytes = b""


draw_witness = Aggregate("draw_witness", DrawWitness)


def draw_witness_of(draw_id: str, lead_id: str) -> str:
    """Id of the witness's side: it follows from the draw and from the lead whose signature brought it."""
    return str(ids.derive(UUID(draw_id), f"{lead_id}/witness"))


@draw_witness.decide(pb.OpenDrawWitnessRequest, basis="design")
def open_witness(state: DrawWitness, command: pb.OpenDrawWitnessRequest, context: Context) -> Events:
    """The lists come from the lead itself; whether they are those of its digest is judged here."""
    require_lead(command.lead_id, context)
    pool = pool_of(command.pool)
    try:
        pool.require_possible()
        possible = True
    except DrawImpossible:
        possible = False
    yield pb.DrawWitnessOpened(
        draw_witness_id=command.draw_witness_id,
        draw_id=command.draw_id,
        lead_id=command.lead_id,
        pool=command.pool,
        pool_digest=command.pool_digest,
        commitment=command.commitment,
        sound=possible and pool.digest() == command.pool_digest,
        operation_id=command.operation_id,
    )


@draw_witness.evolve(pb.DrawWitnessOpened)
def witness_opened(state: DrawWitness, event: pb.DrawWitnessOpened) -> DrawWitness:
    return replace(state, opened=event)


@draw_witness.decide(pb.CommitWitnessSeedRequest, basis="design")
def commit(state: DrawWitness, command: pb.CommitWitnessSeedRequest, context: Context) -> Events:
    """The witness commits to nothing but the lists that it has seen, once, and to one draw of an operation."""
    state.require(Stage.OPENED)
    beside: Beside | None = context.found
    if beside is not None and beside.given_up:
        raise Refused(Refusal.ANOTHER_WITNESS, authority=context.authority.id)
    if beside is not None:
        raise Refused(Refusal.DRAW_STANDING, draw=beside.draw_id)
    if not state.opened.sound:
        raise Refused(Refusal.POOL_DIFFERS)
    yield pb.WitnessCommitted(
        draw_witness_id=command.draw_witness_id,
        draw_id=state.opened.draw_id,
        lead_id=state.opened.lead_id,
        commitment=command.commitment,
    )


@draw_witness.evolve(pb.WitnessCommitted)
def witness_committed(state: DrawWitness, event: pb.WitnessCommitted) -> DrawWitness:
    return replace(state, stage=Stage.COMMITTED, commitment=event.commitment)


@draw_witness.decide(pb.NoteLeadRevealedRequest, basis="design")
def note_lead_revealed(state: DrawWitness, command: pb.NoteLeadRevealedRequest, context: Context) -> Events:
    """The lead reveals once this side has committed, and what it committed to."""
    require_lead(state.opened.lead_id, context)
    if state.stage is not Stage.COMMITTED or state.lead_seed:
        return
    opened = state.opened
    yield pb.LeadSeedNoted(
        draw_witness_id=command.draw_witness_id,
        draw_id=opened.draw_id,
        seed=command.seed,
        matches=reveals(opened.commitment, opened.draw_id, opened.lead_id, opened.pool_digest, command.seed),
    )


@draw_witness.evolve(pb.LeadSeedNoted)
def lead_seed_noted(state: DrawWitness, event: pb.LeadSeedNoted) -> DrawWitness:
    return replace(state, lead_seed=event.seed) if event.matches else state


@draw_witness.decide(pb.RevealWitnessSeedRequest, basis="design")
def reveal(state: DrawWitness, command: pb.RevealWitnessSeedRequest, context: Context) -> Events:
    """What is revealed is what was committed, after the lead: a lead that knew both seeds could drop the draw."""
    if state.stage is Stage.OPENED:
        raise Refused(Refusal.NOT_COMMITTED)
    state.require(Stage.COMMITTED)
    if not state.lead_seed:
        raise Refused(Refusal.LEAD_NOT_REVEALED)
    opened = state.opened
    if not reveals(state.commitment, opened.draw_id, context.authority.id, opened.pool_digest, command.seed):
        raise Refused(Refusal.REVEAL_MISMATCH)
    yield pb.WitnessSeedRevealed(
        draw_witness_id=command.draw_witness_id,
        draw_id=opened.draw_id,
        lead_id=opened.lead_id,
        seed=command.seed,
    )


@draw_witness.evolve(pb.WitnessSeedRevealed)
def witness_seed_revealed(state: DrawWitness, event: pb.WitnessSeedRevealed) -> DrawWitness:
    return replace(state, stage=Stage.REVEALED, seed=event.seed)


@draw_witness.decide(pb.VerifyDrawRequest, basis="design")
def verify(state: DrawWitness, command: pb.VerifyDrawRequest, context: Context) -> Events:
    """The witness draws again by itself, and says whether that gives what the lead says.

    It does not once the lead gave the draw up: a lead that publishes its result all the same has chosen between two.
    """
    require_lead(state.opened.lead_id, context)
    if state.stage is Stage.VERIFIED:
        return
    opened, digest, equal = state.opened, b"", False
    fair = command.witness_seed == state.seed and reveals(
        opened.commitment, opened.draw_id, opened.lead_id, opened.pool_digest, command.lead_seed
    )
    if opened.sound and fair and state.stage is Stage.REVEALED:
        own = draw(opened.draw_id, pool_of(opened.pool), command.lead_seed, state.seed)
        digest = result_digest(opened.draw_id, own)
        equal = own == drawn_of(command.drawn) and digest == command.result_digest
    yield pb.DrawVerified(
        draw_witness_id=command.draw_witness_id,
        draw_id=opened.draw_id,
        lead_id=opened.lead_id,
        equal=equal,
        lead_seed=command.lead_seed,
        witness_seed=command.witness_seed,
        drawn=command.drawn,
        result_digest=digest,
        operation_id=opened.operation_id,
    )


@draw_witness.evolve(pb.DrawVerified)
def verified(state: DrawWitness, event: pb.DrawVerified) -> DrawWitness:
    return state if state.stage is Stage.ABANDONED else replace(state, stage=Stage.VERIFIED)


@draw_witness.decide(pb.NoteDrawAbandonedRequest, basis="design")
def note_abandoned(state: DrawWitness, command: pb.NoteDrawAbandonedRequest, context: Context) -> Events:
    """The lead gave up: nobody waits for this side any more. A draw with a result is never given up."""
    require_lead(state.opened.lead_id, context)
    if state.stage in (Stage.VERIFIED, Stage.ABANDONED):
        return
    yield pb.DrawAbandonmentNoted(
        draw_witness_id=command.draw_witness_id, draw_id=state.opened.draw_id, reason=command.reason
    )


@draw_witness.evolve(pb.DrawAbandonmentNoted)
def abandonment_noted(state: DrawWitness, event: pb.DrawAbandonmentNoted) -> DrawWitness:
    return replace(state, stage=Stage.ABANDONED)
