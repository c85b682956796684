"""What draws find before they are decided, over a real ledger."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from enforcement.joint_operations.v1 import draw_pb2 as draws

from services.joint_operations.model.draw import draw_witness_of
from services.joint_operations.model.draw.witness import Beside
from services.joint_operations.service import SERVICE
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import type_name
from tests.support.decider import LUXIAN, RONGCHANG, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, reading
from tests.unit.joint_operations.acts import OPERATION
from tests.unit.joint_operations.test_draw import ADMITTED, DRAW, PREPARED, SECOND, prepare, random_plan

COMMIT = draws.CommitDrawRequest(draw_id=DRAW)


@pytest.fixture
async def joint(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


async def found(joint: Reading, command: Any) -> Any:
    return await SERVICE.lookups.by_command[type_name(command)](joint, command, None)  # type: ignore[arg-type]


async def test_a_draw_finds_the_operation_that_it_is_for(joint):
    await joint.record("operation", random_plan(), ADMITTED)
    await joint.record("draw", PREPARED)
    for command in (prepare(), COMMIT):
        state = await found(joint, command)
        assert (state.draws, state.standing_draw) == (True, DRAW)


async def test_nothing_is_drawn_for_an_operation_that_is_not_led_here(joint):
    await joint.record("draw", PREPARED)
    for command in (prepare(), COMMIT, draws.CommitDrawRequest(draw_id=OPERATION)):
        with pytest.raises(Refused) as refused:
            await found(joint, command)
        assert refused.value.code is KernelRefusal.NOT_FOUND


def opened(draw_id: str, lead_id: str = RONGCHANG.id) -> draws.DrawWitnessOpened:
    side = draw_witness_of(draw_id, lead_id)
    return draws.DrawWitnessOpened(
        draw_witness_id=side, draw_id=draw_id, lead_id=lead_id, operation_id=OPERATION, sound=True
    )


async def test_a_witness_finds_another_draw_of_the_same_operation_and_lead(joint):
    first, second = opened(DRAW), opened(SECOND)
    committed = draws.WitnessCommitted(draw_witness_id=first.draw_witness_id, draw_id=DRAW, commitment=b"\x01" * 32)
    await joint.record("draw_witness", first)
    await joint.record("draw_witness", second)
    await joint.record("draw_witness", opened(uid("third"), LUXIAN.id))
    command = draws.CommitWitnessSeedRequest(draw_witness_id=second.draw_witness_id)
    assert await found(joint, command) is None
    await joint.record("draw_witness", committed)
    assert await found(joint, command) == Beside(DRAW, given_up=False)
    other_lead = draws.CommitWitnessSeedRequest(draw_witness_id=draw_witness_of(uid("third"), LUXIAN.id))
    assert await found(joint, other_lead) is None
    given_up = draws.DrawAbandonmentNoted(draw_witness_id=first.draw_witness_id, draw_id=DRAW, reason="名录有误")
    await joint.record("draw_witness", given_up)
    assert await found(joint, command) is None


async def test_a_witness_finds_a_draw_that_was_given_up_after_it_could_know_the_result(joint):
    first, second = opened(DRAW), opened(SECOND)
    side = {"draw_witness_id": first.draw_witness_id, "draw_id": DRAW}
    for event in (
        first,
        second,
        draws.WitnessCommitted(**side, commitment=b"\x01" * 32),
        draws.LeadSeedNoted(**side, seed=b"\x02" * 32, matches=True),
        draws.DrawAbandonmentNoted(**side, reason="见证单位未公开种子"),
    ):
        await joint.record("draw_witness", event)
    command = draws.CommitWitnessSeedRequest(draw_witness_id=second.draw_witness_id)
    assert await found(joint, command) == Beside(DRAW, given_up=True)
