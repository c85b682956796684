"""A draw as the lead keeps it (双随机抽取)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from enforcement.joint_operations.v1 import draw_pb2 as pb

from services.joint_operations.draw import EXCLUSIONS_MAX, OBJECTS_MAX, OFFICERS_MAX, Pool, result_digest, reveals
from services.joint_operations.draw import draw as drawn_from
from services.joint_operations.model.draw.lists import drawn_messages, pool_of, require_possible, require_tellable
from services.joint_operations.model.operation.operation import Operation
from services.joint_operations.model.operation.waiting import require_waited
from services.joint_operations.model.shared import Refusal, speaker
from services.kernel.deadlines import by_number, working_days
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.messages import to_datetime, to_timestamp

REVEALING: Final = by_number("request_ack_working_days", working_days)
"""From the lead's seed to the witness's."""


class Stage(StrEnum):
    """Where a draw stands at its lead."""

    PREPARED = "已准备"
    COMMITTED = "牵头已承诺"
    BOTH_COMMITTED = "双方已承诺"
    DRAWN = "已抽取"
    ABANDONED = "已放弃"


@dataclass(frozen=True, slots=True)
class Draw(Staged):
    """What decisions about a draw read."""

    stage: Stage = Stage.PREPARED
    prepared: pb.DrawPrepared = field(default_factory=pb.DrawPrepared)
    objects: Sequence[str] = ()
    officers: Sequence[str] = ()
    exclusions: Sequence[pb.DrawExclusion] = ()
    commitment: bytes = b""
    witness_commitment: bytes = b""
    seed: bytes = b""
    revealed_at: datetime | None = None
    """From when the witness is waited for."""
    witness_seed: bytes = b""

    @property
    def message(self) -> pb.DrawPool:
        """The lists as they stand."""
        return pb.DrawPool(
            object_ids=self.objects,
            officer_ids=self.officers,
            exclusions=self.exclusions,
            object_count=self.prepared.object_count,
            team_size=self.prepared.team_size,
        )

    @property
    def pool(self) -> Pool:
        """The same for the algorithm."""
        return pool_of(self.message)

    def require_open(self) -> None:
        """Lists and exclusions change before anybody has committed, and never after."""
        if self.stage is not Stage.PREPARED:
            raise Refused(Refusal.DRAW_FROZEN)

    def require_witness(self, witness_id: str, context: Context) -> None:
        """Nobody but the witness itself commits or reveals for it."""
        if not speaker(context) == witness_id == self.prepared.witness_id:
            raise Refused(Refusal.NOT_THE_WITNESS, authority=speaker(context))


draw = Aggregate("draw", Draw)


@draw.decide(pb.PrepareDrawRequest, basis="国办发〔2024〕54号")
def prepare(state: Draw, command: pb.PrepareDrawRequest, context: Context) -> Events:
    """The second seed is another authority's; an operation of 双随机 has one draw at a time, and one result."""
    _require_admissible(context.found, "", command.witness_id)
    if context.member(command.witness_id).id == context.authority.id:
        raise Refused(Refusal.NOT_THE_WITNESS, authority=context.authority.name)
    event = pb.DrawPrepared(
        draw_id=command.draw_id or str(context.new_id(draw.name)),
        operation_id=command.operation_id,
        lead_id=context.authority.id,
        witness_id=command.witness_id,
        object_ids=command.object_ids,
        officer_ids=command.officer_ids,
        object_count=command.object_count,
        team_size=command.team_size,
    )
    require_tellable(prepared(state, event).message)
    yield event


@draw.evolve(pb.DrawPrepared)
def prepared(state: Draw, event: pb.DrawPrepared) -> Draw:
    return replace(state, prepared=event, objects=tuple(event.object_ids), officers=tuple(event.officer_ids))


@draw.decide(pb.ExtendDrawRequest, basis="design")
def extend(state: Draw, command: pb.ExtendDrawRequest, context: Context) -> Events:
    """Who was forgotten is added before anybody has committed."""
    state.require_open()
    known = frozenset(state.objects), frozenset(state.officers)
    objects = [one for one in command.object_ids if one not in known[0]]
    officers = [one for one in command.officer_ids if one not in known[1]]
    _require_room("检查对象", len(state.objects) + len(objects), OBJECTS_MAX)
    _require_room("执法人员", len(state.officers) + len(officers), OFFICERS_MAX)
    if objects or officers:
        event = pb.DrawListExtended(
            draw_id=command.draw_id, object_ids=objects, officer_ids=officers, reason=command.reason
        )
        require_tellable(extended(state, event).message)
        yield event


@draw.evolve(pb.DrawListExtended)
def extended(state: Draw, event: pb.DrawListExtended) -> Draw:
    return replace(state, objects=(*state.objects, *event.object_ids), officers=(*state.officers, *event.officer_ids))


@draw.decide(pb.ExcludeFromDrawRequest, basis="行政处罚法 art. 43")
def exclude(state: Draw, command: pb.ExcludeFromDrawRequest, context: Context) -> Events:
    """An exclusion names what is on a list, and its reason, before anybody has committed."""
    state.require_open()
    for named, known in ((command.object_id, state.objects), (command.officer_id, state.officers)):
        if named and named not in known:
            raise Refused(Refusal.NOT_IN_DRAW, id=named)
    if not (command.object_id or command.officer_id):
        raise Refused(Refusal.NOT_IN_DRAW, id="—")
    if (command.object_id, command.officer_id) in {(one.object_id, one.officer_id) for one in state.exclusions}:
        return
    _require_room("排除和回避", len(state.exclusions) + 1, EXCLUSIONS_MAX)
    event = pb.DrawExclusionRecorded(
        draw_id=command.draw_id,
        exclusion=pb.DrawExclusion(
            object_id=command.object_id,
            officer_id=command.officer_id,
            ground=command.ground,
            reason=command.reason,
        ),
    )
    require_tellable(excluded(state, event).message)
    yield event


@draw.evolve(pb.DrawExclusionRecorded)
def excluded(state: Draw, event: pb.DrawExclusionRecorded) -> Draw:
    return replace(state, exclusions=(*state.exclusions, event.exclusion))


@draw.decide(pb.CommitDrawRequest, basis="design")
def commit(state: Draw, command: pb.CommitDrawRequest, context: Context) -> Events:
    """Whoever commits has seen these very lists; they suffice for every draw; from here on they stand."""
    _require_admissible(context.found, command.draw_id, state.prepared.witness_id)
    state.require_open()
    require_possible(state.pool)
    require_tellable(state.message)
    digest = state.pool.digest()
    if command.pool_digest != digest:
        raise Refused(Refusal.POOL_DIFFERS)
    if context.found.kept_pool not in (b"", digest):
        raise Refused(Refusal.SAME_LISTS)
    yield pb.DrawCommitted(
        draw_id=command.draw_id,
        operation_id=state.prepared.operation_id,
        lead_id=state.prepared.lead_id,
        witness_id=state.prepared.witness_id,
        pool=state.message,
        pool_digest=digest,
        commitment=command.commitment,
    )


@draw.evolve(pb.DrawCommitted)
def committed(state: Draw, event: pb.DrawCommitted) -> Draw:
    return replace(state, stage=Stage.COMMITTED, commitment=event.commitment)


@draw.decide(pb.NoteWitnessCommittedRequest, basis="design")
def note_witness_committed(state: Draw, command: pb.NoteWitnessCommittedRequest, context: Context) -> Events:
    """The witness commits once; what it says later is another draw's."""
    state.require_witness(command.witness_id, context)
    if state.stage is not Stage.COMMITTED:
        return
    yield pb.WitnessCommitmentNoted(draw_id=command.draw_id, commitment=command.commitment)


@draw.evolve(pb.WitnessCommitmentNoted)
def witness_commitment_noted(state: Draw, event: pb.WitnessCommitmentNoted) -> Draw:
    return replace(state, stage=Stage.BOTH_COMMITTED, witness_commitment=event.commitment)


@draw.decide(pb.RevealSeedRequest, basis="design")
def reveal(state: Draw, command: pb.RevealSeedRequest, context: Context) -> Events:
    """A seed is revealed after both have committed, and is the one that was committed."""
    if state.stage is not Stage.BOTH_COMMITTED:
        raise Refused(Refusal.NOT_COMMITTED)
    if not reveals(state.commitment, command.draw_id, state.prepared.lead_id, state.pool.digest(), command.seed):
        raise Refused(Refusal.REVEAL_MISMATCH)
    if state.seed:
        return
    yield pb.SeedRevealed(
        draw_id=command.draw_id,
        lead_id=state.prepared.lead_id,
        witness_id=state.prepared.witness_id,
        seed=command.seed,
        recorded_at=to_timestamp(context.now),
    )
    if state.witness_seed:
        yield _performed(state, command.draw_id, command.seed, state.witness_seed)


@draw.evolve(pb.SeedRevealed)
def seed_revealed(state: Draw, event: pb.SeedRevealed, act: Act) -> Draw:
    known = event.HasField("recorded_at")
    return replace(state, seed=event.seed, revealed_at=to_datetime(event.recorded_at) if known else act.occurred_at)


@draw.decide(pb.NoteWitnessRevealedRequest, basis="design")
def note_witness_revealed(state: Draw, command: pb.NoteWitnessRevealedRequest, context: Context) -> Events:
    """A seed that does not match its commitment ends the draw without a result; both stay on record, at both sides."""
    state.require_witness(command.witness_id, context)
    if state.stage is not Stage.BOTH_COMMITTED or state.witness_seed:
        return
    matches = reveals(state.witness_commitment, command.draw_id, command.witness_id, state.pool.digest(), command.seed)
    yield pb.WitnessSeedNoted(draw_id=command.draw_id, seed=command.seed, matches=matches)
    if matches and state.seed:
        yield _performed(state, command.draw_id, state.seed, command.seed)
    if not matches:
        yield _abandoned(state, command.draw_id, "见证单位公开的种子与其承诺不符")


@draw.evolve(pb.WitnessSeedNoted)
def witness_seed_noted(state: Draw, event: pb.WitnessSeedNoted) -> Draw:
    return replace(state, witness_seed=event.seed) if event.matches else replace(state, stage=Stage.ABANDONED)


@draw.evolve(pb.DrawPerformed)
def performed(state: Draw, event: pb.DrawPerformed) -> Draw:
    return replace(state, stage=Stage.DRAWN)


@draw.decide(pb.AbandonDrawRequest, basis="design")
def abandon(state: Draw, command: pb.AbandonDrawRequest, context: Context) -> Events:
    """Nobody gives up a draw whose result it may know: until the lead's seed is out, nobody; after it, the witness.

    Then the lead waits from when its seed was recorded, not from the instant that it states: that could lie back.
    """
    state.require(Stage.PREPARED, Stage.COMMITTED, Stage.BOTH_COMMITTED)
    if state.witness_seed:
        raise Refused(Refusal.RESULT_KNOWN)
    if state.revealed_at is not None:
        witness = context.member(state.prepared.witness_id).name
        require_waited(REVEALING, state.revealed_at, witness, Refusal.WITNESS_AWAITED, context)
    yield _abandoned(state, command.draw_id, command.reason)


@draw.evolve(pb.DrawAbandoned)
def abandoned(state: Draw, event: pb.DrawAbandoned) -> Draw:
    return replace(state, stage=Stage.ABANDONED)


def _require_admissible(found: Operation, draw_id: str, witness_id: str) -> None:
    """Nothing is drawn beside a draw that stands, after one with a result, or with a witness that let one fail."""
    if not found.draws:
        raise Refused(Refusal.DRAW_NOT_WANTED)
    standing = found.draw_id or found.standing_draw
    if standing not in ("", draw_id):
        raise Refused(Refusal.DRAW_STANDING, draw=standing)
    if witness_id in found.past_witnesses:
        raise Refused(Refusal.ANOTHER_WITNESS, authority=witness_id)


def _require_room(name: str, length: int, most: int) -> None:
    if length > most:
        raise Refused(Refusal.DRAW_TOO_LARGE, list=name, most=most)


def _abandoned(state: Draw, draw_id: str, reason: str) -> pb.DrawAbandoned:
    """Told to the witness if it knows of the draw."""
    return pb.DrawAbandoned(
        draw_id=draw_id,
        lead_id=state.prepared.lead_id,
        witness_id=state.prepared.witness_id if state.commitment else "",
        reason=reason,
        operation_id=state.prepared.operation_id,
        lead_revealed=bool(state.seed),
        witness_revealed=bool(state.witness_seed),
        pool_digest=state.pool.digest() if state.commitment else b"",
    )


def _performed(state: Draw, draw_id: str, lead_seed: bytes, witness_seed: bytes) -> pb.DrawPerformed:
    drawn = drawn_from(draw_id, state.pool, lead_seed, witness_seed)
    return pb.DrawPerformed(
        draw_id=draw_id,
        operation_id=state.prepared.operation_id,
        lead_id=state.prepared.lead_id,
        witness_id=state.prepared.witness_id,
        lead_seed=lead_seed,
        witness_seed=witness_seed,
        drawn=drawn_messages(drawn),
        result_digest=result_digest(draw_id, drawn),
    )
