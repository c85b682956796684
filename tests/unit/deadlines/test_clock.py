"""One clock through its life: each row of the table in services.kernel.deadlines.rules, and what is recorded late."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import pytest
from enforcement.deadlines.v1 import events_pb2 as pb
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.authority import Authority
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import (
    Deadline,
    Limit,
    Notice,
    WorkingCalendar,
    calendar_days,
    hours,
    published,
    working_days,
)
from services.kernel.deadlines.clock import Clock, Status, evolve, fire, react, recompute, start
from services.kernel.deadlines.rules import RIGHT, Role, StartContext
from services.kernel.facts import Act
from services.kernel.messages import to_datetime
from services.kernel.rules import Rules
from tests.support import acts

CASE = "019a0000-0000-7000-8000-000000000001"
CORRELATION = UUID("019a0000-0000-7000-8000-0000000000c0")
AUTHORITY = Authority("jt-510521", "泸县交通运输局")


def at(iso: str) -> datetime:
    return datetime.fromisoformat(iso).replace(tzinfo=SHANGHAI)


def rule(within: Limit) -> Deadline:
    return Deadline(
        "tests.decide",
        basis="行政处罚法 art. 60",
        title="作出决定",
        starts=acts.Filed,
        ends=acts.Decided,
        within=within,
        key="case_id",
        cancelled_by=acts.Withdrawn,
        paused_by=acts.Closed,
        resumed_by=acts.Transferred,
        extended_by=acts.Prolonged,
        extension=30,
    )


class Life:
    """A clock whose events are folded as they come, as the runner does."""

    def __init__(self, within: Limit, started: str, calendar: WorkingCalendar | None = None) -> None:
        self.calendar = calendar or published()
        self.events: list[Message] = []
        self.clock: Clock | None = None
        started_event = start(
            rule(within),
            acts.Filed(case_id=CASE),
            CASE,
            Act(UUID(CASE), at(started), "officer-1"),
            deadline_id=UUID(CASE),
            context=StartContext(AUTHORITY, None),
            rules=Rules(),
            calendar=self.calendar,
        )
        self.take([started_event])

    @property
    def now(self) -> Clock:
        assert self.clock is not None
        return self.clock

    def take(self, events: Iterable[Message]) -> list[str]:
        """Folds events; answers their names."""
        taken = list(events)
        for event in taken:
            version = self.clock.version + 1 if self.clock else 1
            self.clock = evolve(self.clock, event, service="tests", correlation_id=CORRELATION, version=version)
            self.events.append(event)
        return [event.DESCRIPTOR.name for event in taken]

    def act(self, role: Role, iso: str, longer_by: int = 30) -> list[str]:
        """An act is recorded."""
        event_id = uuid5(UUID(CASE), f"{role}{iso}{len(self.events)}")
        return self.take(react(self.now, role, Act(event_id, at(iso), "officer-1"), self.calendar, longer_by=longer_by))

    def timer(self, iso: str) -> list[str]:
        """The timer looks at the clock."""
        return self.take(fire(self.now, at(iso)))

    def load(self, notice: Notice) -> list[str]:
        """A year's notice is loaded."""
        self.calendar = self.calendar.knowing(notice)
        return self.take(recompute(self.now, self.calendar, notice.source))


def transfer() -> Life:
    """Approved on 30 April 2025 at 16:00: to be sent within 24 hours."""
    return Life(hours(24), "2025-04-30T16:00")


@pytest.mark.parametrize("act", ["2025-05-01T15:59:59", "2025-05-01T16:00:00"])
def test_an_act_recorded_in_time_meets_the_clock_and_the_timer_stays_silent(act: str) -> None:
    life = transfer()

    assert life.act(Role.END, act) == ["DeadlineMet"]
    assert life.timer("2025-05-02T00:00") == []
    assert (life.now.status, life.now.in_time, life.now.met_at) == (Status.MET, True, at(act))


def test_the_timer_says_missed_once_and_not_before_the_end() -> None:
    life = transfer()

    assert life.timer("2025-05-01T16:00:00") == []
    assert life.timer("2025-05-01T16:00:01") == ["DeadlineMissed"]
    assert life.timer("2025-05-01T16:00:02") == []
    assert life.now.missed_due_at == at("2025-05-01T16:00")


def test_a_limit_in_days_is_missed_at_midnight() -> None:
    life = Life(working_days(5), "2024-09-27T10:00")

    assert life.timer("2024-10-10T23:59:59") == []
    assert life.timer("2024-10-11T00:00:00") == ["DeadlineMissed"]


def test_a_partys_window_closes_and_nobody_missed_it() -> None:
    life = Life(working_days(5), "2024-09-27T10:00")
    life.clock = replace(life.now, mirrors=RIGHT)
    assert life.timer("2024-10-10T23:59") == []
    assert life.timer("2024-10-11T00:00") == ["DeadlineCancelled"]
    assert life.now.status is Status.CANCELLED


def test_whoever_comes_after_a_partys_window_missed_no_duty() -> None:
    life = Life(working_days(5), "2024-09-27T10:00")
    life.clock = replace(life.now, mirrors=RIGHT)
    assert life.act(Role.END, "2024-10-11T09:00") == ["DeadlineMet"]
    assert life.now.in_time is False


def test_an_act_within_the_limit_that_is_recorded_late_stands_beside_the_miss() -> None:
    life = transfer()
    life.timer("2025-05-01T17:00")

    assert life.act(Role.END, "2025-05-01T15:00") == ["DeadlineMet"]
    assert (life.now.status, life.now.in_time) == (Status.MET, True)
    assert life.now.missed_due_at == at("2025-05-01T16:00")


def test_an_act_after_the_limit_is_missed_and_met_late_even_before_the_timer_looked() -> None:
    life = transfer()

    assert life.act(Role.END, "2025-05-01T16:00:01") == ["DeadlineMissed", "DeadlineMet"]
    assert life.timer("2025-05-02T00:00") == []
    assert (life.now.status, life.now.in_time) == (Status.MET, False)


def test_a_late_outcome_turns_when_an_act_in_time_is_recorded_afterwards_and_never_back() -> None:
    life = transfer()
    life.act(Role.END, "2025-05-01T17:00")

    assert life.act(Role.END, "2025-05-01T18:00") == []
    assert life.act(Role.END, "2025-05-01T15:00") == ["DeadlineMet"]
    assert life.act(Role.END, "2025-05-01T19:00") == []
    assert life.now.in_time is True


@pytest.mark.parametrize("role", [Role.END, Role.CANCEL, Role.PAUSE, Role.EXTEND])
def test_an_act_from_before_the_start_belongs_to_an_earlier_clock(role: Role) -> None:
    assert transfer().act(role, "2025-04-30T15:59:59") == []


def test_a_clock_that_no_longer_applies_is_cancelled_and_never_missed() -> None:
    life = transfer()

    assert life.act(Role.CANCEL, "2025-05-01T10:00") == ["DeadlineCancelled"]
    assert life.timer("2025-05-02T00:00") == []
    assert life.act(Role.END, "2025-05-01T11:00") == []


@pytest.mark.parametrize("role", [Role.CANCEL, Role.PAUSE, Role.EXTEND])
def test_what_comes_after_the_end_does_not_undo_it(role: Role) -> None:
    life = transfer()

    assert life.act(role, "2025-05-01T16:00:01") == []
    assert life.timer("2025-05-01T16:00:02") == ["DeadlineMissed"]
    assert life.act(role, "2025-05-01T17:00:00") == []


def test_a_paused_clock_is_not_missed_and_runs_on_with_its_new_end() -> None:
    life = transfer()
    life.act(Role.PAUSE, "2025-05-01T10:00")

    assert life.timer("2025-05-03T00:00") == []
    assert life.act(Role.RESUME, "2025-05-02T10:00") == ["DeadlineResumed"]
    assert life.now.due.effective_at == at("2025-05-02T16:00")
    assert life.timer("2025-05-02T16:00:01") == ["DeadlineMissed"]


def test_a_pause_recorded_late_takes_back_a_miss_that_stays_visible() -> None:
    life = transfer()
    life.timer("2025-05-01T17:00")

    assert life.act(Role.PAUSE, "2025-05-01T10:00") == ["DeadlinePaused"]
    assert (life.now.status, life.now.missed_due_at) == (Status.PAUSED, at("2025-05-01T16:00"))


def test_a_second_pause_of_a_paused_clock_and_a_resumption_of_a_running_one_do_nothing() -> None:
    life = transfer()

    assert life.act(Role.RESUME, "2025-05-01T09:00") == []
    life.act(Role.PAUSE, "2025-05-01T10:00")
    assert life.act(Role.PAUSE, "2025-05-01T11:00") == []


def test_an_act_during_a_pause_is_in_time() -> None:
    life = transfer()
    life.act(Role.PAUSE, "2025-05-01T10:00")

    assert life.act(Role.END, "2025-05-09T10:00") == ["DeadlineMet"]
    assert life.now.in_time is True


def test_an_extension_counts_from_the_start() -> None:
    life = Life(calendar_days(30), "2024-09-10T10:00")

    assert life.now.due.due_on.isoformat() == "2024-10-10"
    assert life.act(Role.EXTEND, "2024-10-09T10:00") == ["DeadlineExtended"]
    assert (life.now.due.nominal_on.isoformat(), life.now.due.due_on.isoformat()) == ("2024-11-09", "2024-11-11")


def test_an_extension_in_time_but_recorded_late_makes_a_missed_clock_run_again() -> None:
    life = Life(calendar_days(30), "2024-09-10T10:00")
    life.timer("2024-10-11T00:00")

    assert life.act(Role.EXTEND, "2024-10-09T10:00") == ["DeadlineExtended"]
    assert life.now.status is Status.RUNNING
    assert life.timer("2024-11-12T00:00") == ["DeadlineMissed"]


# ── Years whose notice is not out ────────────────────────────────────────────────────────────────────────────────────

NOTICE_2027 = Notice.of(2027, "notice of a test", ["2027-01-01", "2027-01-04"], ["2027-01-09"])
BEFORE_NOTICE = replace(published(), notices={y: n for y, n in published().notices.items() if y < 2027})


def over_new_year() -> Life:
    """Seven working days from Monday 28 December 2026: 29, 30, 31, then January 2027."""
    return Life(working_days(7), "2026-12-28T10:00", BEFORE_NOTICE)


def test_a_provisional_clock_is_never_said_to_be_missed_and_settles_with_the_notice() -> None:
    life = over_new_year()

    assert (life.now.due.provisional, life.now.due.due_on.isoformat()) == (True, "2027-01-06")
    assert life.timer("2027-01-08T00:00") == []
    assert life.load(NOTICE_2027) == ["DeadlineRecomputed"]
    assert (life.now.due.provisional, life.now.due.due_on.isoformat()) == (False, "2027-01-08")  # 5, 6, 7, 8
    assert life.timer("2027-01-09T00:00") == ["DeadlineMissed"]


@pytest.mark.parametrize(
    ("act", "before", "after", "events"),
    [
        ("2027-01-06T10:00", True, True, ["DeadlineRecomputed"]),
        ("2027-01-08T10:00", False, True, ["DeadlineRecomputed", "DeadlineMet"]),
        ("2027-01-09T10:00", False, False, ["DeadlineRecomputed", "DeadlineMissed", "DeadlineMet"]),
    ],
)
def test_the_verdict_on_an_act_is_given_again_when_the_notice_changes_it(
    act: str, before: bool, after: bool, events: Sequence[str]
) -> None:
    life = over_new_year()

    assert life.act(Role.END, act) == ["DeadlineMet"]
    assert life.now.in_time is before
    assert life.load(NOTICE_2027) == events
    assert (life.now.status, life.now.in_time) == (Status.MET, after)


def test_a_notice_that_moves_nothing_is_not_recorded() -> None:
    life = Life(working_days(7), "2024-09-12T10:00")

    assert life.load(NOTICE_2027) == []


# ── In any order ─────────────────────────────────────────────────────────────────────────────────────────────────────

minutes_after_start = st.integers(0, 60 * 30)


@given(st.lists(st.tuples(st.sampled_from(["act", "timer"]), minutes_after_start), max_size=8))
def test_the_outcome_depends_on_when_acts_took_place_not_on_when_they_were_recorded(
    steps: Sequence[tuple[str, int]],
) -> None:
    life = transfer()
    began = at("2025-04-30T16:00")
    for what, minute in steps:
        iso = (began + timedelta(minutes=minute)).replace(tzinfo=None).isoformat()
        life.act(Role.END, iso) if what == "act" else life.timer(iso)
    performed = [minute for what, minute in steps if what == "act"]

    assert life.now.in_time is (any(minute <= 24 * 60 for minute in performed) if performed else None)
    assert sum(isinstance(event, pb.DeadlineMissed) for event in life.events) <= 1
    met = [to_datetime(event.met_at) for event in life.events if isinstance(event, pb.DeadlineMet)]
    assert len(met) <= 2  # late, then in time


@given(
    st.lists(
        st.tuples(st.sampled_from([Role.END, Role.CANCEL, Role.PAUSE, Role.RESUME, Role.EXTEND]), minutes_after_start),
        max_size=10,
    )
)
def test_folding_the_recorded_events_again_gives_the_same_clock(steps: Sequence[tuple[Role, int]]) -> None:
    life = transfer()
    for role, minute in steps:
        life.act(role, (at("2025-04-30T16:00") + timedelta(minutes=minute)).replace(tzinfo=None).isoformat())

    again: Clock | None = None
    for version, event in enumerate(life.events, start=1):
        stored = type(event).FromString(event.SerializeToString())
        again = evolve(again, stored, service="tests", correlation_id=CORRELATION, version=version)
    assert again == life.now
