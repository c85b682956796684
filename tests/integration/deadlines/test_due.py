"""A limit ends: exactly one miss, none when the act was recorded in time (exchange test D2, both units)."""

import asyncio

import pytest
from enforcement.deadlines.v1 import events_pb2 as pb

from services.kernel.deadlines import Deadlines
from services.kernel.deadlines.clock import Status
from tests.integration.deadlines.conftest import CASE, CLOSE, DECIDE, PUBLISH, World, at
from tests.support import acts

HOURS = ("2025-04-30T16:00", "2025-05-01T15:59:59", "2025-05-01T16:00:00", "2025-05-01T16:00:01")
DAYS = ("2024-09-27T10:00", "2024-10-12T23:59:59", "2024-10-13T00:00:00", "2024-10-13T00:00:01")  # 7 working days


@pytest.fixture
def closing(world: World) -> World:
    world.deadlines = Deadlines(CLOSE)
    return world


@pytest.mark.parametrize("act", [HOURS[1], HOURS[2]])
async def test_an_act_recorded_before_the_end_or_at_it_leaves_no_miss(closing: World, act: str) -> None:
    closing.now(act)
    await closing.record(acts.Decided(case_id=CASE), HOURS[0])
    await closing.record(acts.Closed(case_id=CASE), act)
    async with closing.running() as runner:
        await closing.eventually_history("DeadlineStarted", "DeadlineMet")
        closing.now("2025-05-03T00:00")
        await closing.record(acts.Decided(case_id=CASE), "2025-05-02T23:00")  # another clock, to see the timer pass
        await closing.caught_up(runner)

    assert await closing.history() == ["DeadlineStarted", "DeadlineMet", "DeadlineStarted"]
    assert [clock.in_time for clock in await closing.rows()] == [True, None]


async def test_a_limit_in_hours_is_missed_after_its_last_instant_and_once(closing: World) -> None:
    closing.now(HOURS[2])
    async with closing.running() as runner:
        await closing.record(acts.Decided(case_id=CASE), HOURS[0])
        await closing.caught_up(runner)
        assert (await closing.row()).status is Status.RUNNING

        closing.now(HOURS[3])
        await closing.eventually_history("DeadlineStarted", "DeadlineMissed")
        closing.now("2025-05-09T00:00")
        await closing.record(acts.Closed(case_id=CASE), HOURS[3])
        await closing.eventually_history("DeadlineStarted", "DeadlineMissed", "DeadlineMet")

    row = await closing.row()
    assert (row.status, row.in_time, row.missed_due_at) == (Status.MET, False, at(HOURS[2]))
    assert row.responsible_id == "ga-510521"


@pytest.mark.parametrize(("act", "missed"), [(DAYS[1], False), (DAYS[2], True), (DAYS[3], True)])
async def test_a_limit_in_days_ends_at_midnight_in_beijing(world: World, act: str, missed: bool) -> None:
    world.deadlines = Deadlines(PUBLISH)
    world.now(act)
    await world.record(acts.Decided(case_id=CASE), DAYS[0])
    await world.record(acts.Withdrawn(case_id=CASE), act)
    async with world.running() as runner:
        await world.caught_up(runner)

    expected = ["DeadlineStarted", "DeadlineMissed", "DeadlineMet"] if missed else ["DeadlineStarted", "DeadlineMet"]
    assert await world.history() == expected


async def test_an_act_that_was_recorded_in_time_is_found_before_anything_is_said_to_be_missed(closing: World) -> None:
    """The runner was down when the limit ended; hundreds of events wait, the act is the last of them."""
    await closing.record(acts.Decided(case_id=CASE), HOURS[0])
    for _ in range(12):
        await asyncio.gather(*(closing.record(acts.Closed(case_id=f"{n}"), HOURS[0]) for n in range(100)))
    await closing.record(acts.Closed(case_id=CASE), HOURS[1])
    closing.now("2025-05-20T00:00")
    async with closing.running():
        await closing.eventually_history("DeadlineStarted", "DeadlineMet")

    assert (await closing.row()).in_time is True


async def test_two_living_runners_say_missed_once(closing: World) -> None:
    closing.now(HOURS[0])
    cases = [f"019a0000-0000-7000-8000-{number:012d}" for number in range(50)]
    async with closing.running() as first, closing.running():
        for case in cases:
            await closing.record(acts.Decided(case_id=case), HOURS[0])
        await closing.caught_up(first)
        closing.now(HOURS[3])
        await closing.eventually_history(*["DeadlineStarted"] * 50, *["DeadlineMissed"] * 50)

    missed = [message.subject_id for message in await closing.messages() if isinstance(message, pb.DeadlineMissed)]
    assert sorted(missed) == cases
    assert {clock.status for clock in await closing.rows()} == {Status.MISSED}


async def test_an_act_recorded_late_stands_beside_the_miss(closing: World) -> None:
    closing.now(HOURS[3])
    async with closing.running():
        await closing.record(acts.Decided(case_id=CASE), HOURS[0])
        await closing.eventually_history("DeadlineStarted", "DeadlineMissed")
        await closing.record(acts.Closed(case_id=CASE), HOURS[1])
        await closing.eventually_history("DeadlineStarted", "DeadlineMissed", "DeadlineMet")

    row = await closing.row()
    assert (row.status, row.in_time, row.missed_due_at) == (Status.MET, True, at(HOURS[2]))


async def test_a_runner_that_was_killed_goes_on_from_its_rows(world: World) -> None:
    world.deadlines = Deadlines(DECIDE)
    async with world.running() as runner:
        await world.record(acts.Filed(case_id=CASE), "2024-09-09T10:00")
        await world.caught_up(runner)

    world.now("2024-12-10T00:00:00")
    async with world.running():
        await world.eventually_history("DeadlineStarted", "DeadlineMissed")
    async with world.running() as runner:
        await world.record(acts.Decided(case_id=CASE), "2024-12-10T00:00")
        await world.caught_up(runner)

    assert await world.history() == ["DeadlineStarted", "DeadlineMissed", "DeadlineMet"]
