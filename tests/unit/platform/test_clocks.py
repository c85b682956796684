"""Statutory clocks as their authorities told them."""

from datetime import UTC, datetime, timedelta

import pytest
from enforcement.deadlines.v1 import events_pb2 as events
from enforcement.deadlines.v1 import service_pb2 as pb
from enforcement.options.v1 import options_pb2 as options
from enforcement.platform.v1 import service_pb2 as platform
from google.protobuf.message import Message

from services.kernel.messages import to_timestamp
from services.platform import clocks
from tests.unit.platform.feeds import LUXIAN, POLICE, YONGCHUAN, name

START = datetime(2025, 4, 30, 8, tzinfo=UTC)
HOLIDAY = datetime(2025, 5, 2, 16, tzinfo=UTC)
DUE = datetime(2025, 5, 6, 16, tzinfo=UTC)
"""24:00 of 6 May 2025 in Shanghai."""
CLOCK = name("clock")


def started(unit: events.Unit.ValueType = events.UNIT_CALENDAR_DAYS, due: datetime = DUE) -> events.DeadlineStarted:
    return events.DeadlineStarted(
        deadline_id=CLOCK,
        rule_id="transfer.decide",
        rule_version=1,
        basis="国务院令第310号 art. 5",
        subject_id=name("transfer"),
        responsible_id=POLICE,
        started_at=to_timestamp(START),
        length=3,
        unit=unit,
        nominal_due_at=to_timestamp(HOLIDAY),
        effective_due_at=to_timestamp(due),
        title="决定是否立案",
    )


def folded(*told: Message, publisher: str = POLICE) -> pb.ClockView:
    page = [clocks.Told(position, publisher, name("case"), event) for position, event in enumerate(told, 1)]
    (row,) = clocks.fold({}, page)
    return row.view


def seen(view: pb.ClockView, now: datetime) -> platform.SupervisedClock:
    row = clocks.ClockRow(POLICE, view, 1)
    return clocks.supervised({"view": row.columns[7], "publisher": POLICE, "position": 1}, now)


MET = events.DeadlineMet(deadline_id=CLOCK, met_at=to_timestamp(START), in_time=True, responsible_id=POLICE)
MISSED = events.DeadlineMissed(deadline_id=CLOCK, effective_due_at=to_timestamp(DUE), responsible_id=POLICE)


def test_a_started_clock_runs_and_names_who_must_act() -> None:
    clock = seen(folded(started()), START)
    assert clock.clock.status == pb.STATUS_RUNNING
    assert (clock.clock.responsible_id, clock.responsible_kind) == (POLICE, options.AUTHORITY_KIND_POLICE)
    assert (clock.clock.nominal_due_on, clock.clock.due_on) == ("2025-05-02", "2025-05-06")
    assert clock.clock.correlation_id == name("case")


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ([MET], pb.STATUS_MET),
        ([MISSED], pb.STATUS_MISSED),
        ([MISSED, MET], pb.STATUS_MET),
        ([events.DeadlineCancelled(deadline_id=CLOCK)], pb.STATUS_CANCELLED),
        ([events.DeadlinePaused(deadline_id=CLOCK)], pb.STATUS_PAUSED),
        ([events.DeadlinePaused(deadline_id=CLOCK), events.DeadlineResumed(deadline_id=CLOCK)], pb.STATUS_RUNNING),
        ([MISSED, events.DeadlineExtended(deadline_id=CLOCK, length=9)], pb.STATUS_RUNNING),
        ([events.DeadlineRecomputed(deadline_id=CLOCK)], pb.STATUS_RUNNING),
    ],
)
def test_a_clock_stands_where_its_last_event_put_it(told: list[Message], status: int) -> None:
    assert folded(started(), *told).status == status


@pytest.mark.parametrize("event", [events.DeadlineResumed, events.DeadlineExtended, events.DeadlineRecomputed])
def test_a_new_end_takes_the_place_of_the_old(event: type[Message]) -> None:
    later = to_timestamp(DUE + timedelta(days=3))
    told = event(deadline_id=CLOCK, nominal_due_at=later, effective_due_at=later)
    assert folded(started(), told).due_on == "2025-05-09"


@pytest.mark.parametrize(
    ("view", "now", "overdue"),
    [
        (folded(started()), DUE - timedelta(microseconds=1), False),
        (folded(started()), DUE, True),
        (folded(started(events.UNIT_HOURS)), DUE, False),
        (folded(started(events.UNIT_HOURS)), DUE + timedelta(microseconds=1), True),
        (folded(started(), MISSED), DUE, True),
        (folded(started(), MISSED, MET), DUE + timedelta(days=1), False),
        (folded(started(), events.DeadlinePaused(deadline_id=CLOCK)), DUE + timedelta(days=1), False),
    ],
)
def test_overdue_is_what_has_ended_without_the_act(view: pb.ClockView, now: datetime, overdue: bool) -> None:
    assert seen(view, now).overdue is overdue


def test_a_clock_that_was_missed_and_met_afterwards_keeps_both() -> None:
    view = folded(started(), MISSED, MET)
    assert view.HasField("missed_due_at")
    assert (view.met_at, view.in_time) == (to_timestamp(START), True)


def test_another_authority_cannot_touch_a_clock_by_naming_its_id() -> None:
    page = [clocks.Told(1, POLICE, "", started()), clocks.Told(2, YONGCHUAN, "", MISSED)]
    statuses = {row.publisher: row.view.status for row in clocks.fold({}, page)}
    assert statuses == {POLICE: pb.STATUS_RUNNING, YONGCHUAN: pb.STATUS_MISSED}


def test_folding_by_pages_is_folding_at_once() -> None:
    told = [clocks.Told(n, LUXIAN, "", event) for n, event in enumerate([started(), MISSED, MET], 1)]
    (first,) = clocks.fold({}, told[:2])
    (second,) = clocks.fold({(LUXIAN, CLOCK): first.columns[7]}, told[2:])
    (whole,) = clocks.fold({}, told)
    assert second == whole
