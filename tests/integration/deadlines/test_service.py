"""DeadlinesService: lists, pages, one clock, and a notice loaded by an administrator's command."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import service_pb2 as pb
from google.protobuf.duration_pb2 import Duration

from services.kernel.command_specs import specs_of
from services.kernel.deadlines import Deadlines, NoCalendar, published
from services.kernel.deadlines.api import DESCRIPTOR, DeadlinesApi
from services.kernel.deadlines.calendar import released
from services.kernel.deadlines.model import calendar
from services.kernel.deadlines.rows import overdue
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.identity import Actor, OfficerRegister
from services.kernel.messages import to_timestamp
from services.kernel.register import RegisterReader
from services.kernel.rpc import Call
from tests.integration.deadlines.conftest import CASE, CLOSE, DECIDE, PUBLISH, World, at
from tests.integration.deadlines.test_runner import BEFORE_2025, OTHER, STORY, told
from tests.support import acts
from tests.support.kernel import Bus, open_bus

CALL = Call(Actor("officer-1", "officer"), datetime(2024, 12, 20, tzinfo=UTC), 5.0)


@pytest.fixture
def api(world: World) -> DeadlinesApi:
    return DeadlinesApi(world.ledger, [world.runner()])


async def listed(api: DeadlinesApi, **request: Any) -> list[tuple[str, str]]:
    answer = await api.list_deadlines(pb.ListDeadlinesRequest(**request), CALL)
    return [(clock.rule_id, clock.subject_id) for clock in answer.clocks]


async def test_clocks_are_listed_in_the_order_in_which_they_end(world: World, api: DeadlinesApi) -> None:
    await told(world)

    assert await listed(api) == sorted(STORY, key=lambda rule_and_key: STORY[rule_and_key][1])


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ({"statuses": [pb.STATUS_MISSED, pb.STATUS_PAUSED]}, [("tests.decide", "third"), ("tests.decide", "fourth")]),
        ({"due_before": to_timestamp(at("2024-12-20T00:00"))}, [("tests.decide", "third")]),
        ({"due_within": Duration(seconds=3600), "statuses": [pb.STATUS_MET]}, [("tests.decide", CASE)]),
        (
            {"due_within": Duration(seconds=86_400), "statuses": [pb.STATUS_MET]},
            [("tests.decide", CASE), ("tests.close", CASE)],
        ),
        (
            {"due_within": Duration(seconds=86_400), "due_before": to_timestamp(at("2024-12-20T00:00"))},
            [("tests.decide", "third")],
        ),
        ({"rule_id": "tests.publish"}, [("tests.publish", CASE)]),
        ({"subject_id": OTHER}, [("tests.decide", OTHER)]),
        ({"responsible_id": "ga-510521"}, [("tests.close", CASE)]),
        ({"correlation_id": str(uuid4())}, []),
        ({"rule_id": "tests.decide", "statuses": [pb.STATUS_MET]}, [("tests.decide", CASE)]),
    ],
)
async def test_filters_restrict_together(
    world: World, api: DeadlinesApi, request_: dict[str, Any], found: Sequence[tuple[str, str]]
) -> None:
    await told(world)

    assert await listed(api, **request_) == list(found)


async def test_pages_give_every_clock_once(world: World, api: DeadlinesApi) -> None:
    await told(world)
    seen: list[str] = []
    token = ""
    while True:
        answer = await api.list_deadlines(pb.ListDeadlinesRequest(page=common.PageRequest(size=2, token=token)), CALL)
        assert len(answer.clocks) <= 2
        seen += [clock.deadline_id for clock in answer.clocks]
        token = answer.next_token
        if not token:
            break

    assert len(seen) == len(set(seen)) == len(STORY)


@pytest.mark.parametrize("token", ["x", "!!!", "MTIz", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5Lng="])
async def test_a_token_of_somebody_else_is_refused(api: DeadlinesApi, token: str) -> None:
    with pytest.raises(Refused) as error:
        await listed(api, page=common.PageRequest(token=token))
    assert error.value.code == KernelRefusal.BAD_PAGE_TOKEN


async def test_a_clock_shows_what_people_ask_of_it(world: World, api: DeadlinesApi) -> None:
    world.deadlines = Deadlines(CLOSE)
    world.now("2025-05-02T00:00")
    await world.record(acts.Decided(case_id=CASE), "2025-04-30T16:00")
    async with world.running():
        await world.eventually_history("DeadlineStarted", "DeadlineMissed")
    row = await world.row()
    shown = (await api.get_deadline(pb.GetDeadlineRequest(deadline_id=str(row.deadline_id)), CALL)).clock

    end = to_timestamp(at("2025-05-01T16:00"))
    assert shown == pb.ClockView(
        deadline_id=str(row.deadline_id), rule_id="tests.close", rule_version=1, title="结案",
        basis="国务院令第310号 art. 5", subject_id=CASE, responsible_id="ga-510521", correlation_id=CASE,
        started_at=to_timestamp(at("2025-04-30T16:00")), nominal_due_at=end, effective_due_at=end,
        nominal_due_on="2025-05-01", due_on="2025-05-01", length=24, unit=row.limit.unit,
        status=pb.STATUS_MISSED, missed_due_at=end,
    )  # fmt: skip


async def test_an_unknown_clock_is_not_found(api: DeadlinesApi) -> None:
    with pytest.raises(Refused) as error:
        await api.get_deadline(pb.GetDeadlineRequest(deadline_id=str(uuid4())), CALL)
    assert error.value.code == KernelRefusal.NOT_FOUND


async def test_a_query_waits_for_its_position_and_says_when_it_is_not_reached(world: World, api: DeadlinesApi) -> None:
    world.deadlines = Deadlines(DECIDE)
    position = await world.record(acts.Filed(case_id=CASE), "2024-09-01T07:00")
    hurried = Call(CALL.actor, CALL.now, 0.1)
    with pytest.raises(Refused) as error:
        await api.list_deadlines(pb.ListDeadlinesRequest(min_position=position), hurried)
    assert error.value.code == KernelRefusal.VIEW_BEHIND

    async with world.running():
        assert await listed(api, min_position=position) == [("tests.decide", CASE)]


async def test_overdue_by_the_node_clock(world: World) -> None:
    world.deadlines, world.calendar = Deadlines(CLOSE, PUBLISH), BEFORE_2025
    world.now("2025-01-07T00:00")
    await world.record(acts.Decided(case_id=CASE), "2024-12-27T10:00")
    await world.record(acts.Decided(case_id=OTHER), "2025-01-06T12:00")
    async with world.running() as runner:
        await world.caught_up(runner)
        await world.eventually_history(*["DeadlineStarted"] * 4, "DeadlineMissed")
    async with world.ledger.connection() as connection:
        over = await overdue(connection, at("2025-01-08T00:00"))

    assert [(c.rule_id, c.key, c.due.provisional) for c in over] == [
        ("tests.close", CASE, False),
        ("tests.close", OTHER, False),
        ("tests.publish", CASE, True),  # shown, and not said to be missed: January's notice is not loaded
    ]


# ── LoadCalendar ─────────────────────────────────────────────────────────────────────────────────────────────────────

NOTICE_2025 = published().notices[2025]
LOAD = pb.LoadCalendarRequest(
    year=2025,
    notice="国办发明电〔2024〕12号",
    source=NOTICE_2025.source,
    days_off=[day.isoformat() for day in NOTICE_2025.off],
    workdays=[day.isoformat() for day in NOTICE_2025.workdays],
)


@pytest.fixture
async def bus(world: World) -> AsyncIterator[Bus]:
    async with open_bus(world.dsn) as opened:
        opened.commands.add(specs_of(DESCRIPTOR, [calendar]), opened.commands.officers_caught_up)
        yield opened


async def test_an_administrators_notice_reaches_the_clocks(world: World, bus: Bus) -> None:
    world.deadlines, world.calendar = Deadlines(PUBLISH), BEFORE_2025
    await world.record(acts.Decided(case_id=CASE), "2024-12-27T10:00")
    async with world.running() as runner:
        await world.caught_up(runner)
        loaded = await bus.run(LOAD)
        async with asyncio.timeout(10):
            await runner.reached(loaded.position)

    row = await world.row()
    assert (row.due.due_on.isoformat(), row.due.provisional) == ("2025-01-08", False)


async def test_decisions_know_a_loaded_notice_as_the_clocks_do(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """One notice was there when the process began, the other comes while it runs."""
    monkeypatch.setattr("services.kernel.deadlines.calendar._LOADED", {})
    new_year = date(2027, 1, 1)
    with pytest.raises(NoCalendar):
        published().is_workday(new_year)
    of_2027: dict[str, Any] = {"year": 2027, "notice": "〔2026〕1号", "source": "〔2026〕1号", "workdays": []}
    await bus.run(pb.LoadCalendarRequest(days_off=["2027-01-01"], **of_2027))
    register = RegisterReader(bus.ledger, OfficerRegister("jt-510521"))
    following = asyncio.create_task(register.run())
    try:
        async with asyncio.timeout(10):
            await register.reached(await bus.ledger.head())
            assert not published().is_workday(new_year)
            corrected = await bus.run(pb.LoadCalendarRequest(days_off=["2027-01-04"], **of_2027))
            await register.reached(corrected.position)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert (published().is_workday(new_year), published().is_workday(date(2027, 1, 4))) == (True, False)
    assert not released().covers(2027)


@pytest.mark.parametrize(
    "change",
    [
        {"days_off": ["2026-01-01"]},  # another year
        {"days_off": ["2025-01-04"]},  # a Saturday is off anyway
        {"workdays": ["2025-01-06"]},  # a Monday is a working day anyway
        {"days_off": ["first of May"]},
        {"year": 1999},
    ],
)
async def test_a_notice_that_cannot_be_true_is_refused(bus: Bus, change: dict[str, Any]) -> None:
    altered = pb.LoadCalendarRequest()
    altered.CopyFrom(LOAD)
    for name, value in change.items():
        altered.ClearField(name)  # type: ignore[arg-type]
        altered.MergeFrom(pb.LoadCalendarRequest(**{name: value}))
    with pytest.raises(Refused) as error:
        await bus.run(altered)
    assert error.value.code == KernelRefusal.INVALID_REQUEST
    assert await bus.ledger.head() == 0
