"""Declarations: what they refuse, and which events act on which clocks."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.kernel.authority import Authority
from services.kernel.deadlines import (
    Asked,
    Deadline,
    Deadlines,
    by_number,
    by_policy,
    calendar_days,
    hours,
    own,
    until,
    when,
    working_days,
)
from services.kernel.deadlines.rules import Role, StartContext
from services.kernel.rules import Rules
from tests.support import acts

DAY = date(2025, 4, 29)
LU = Authority("jt-510521", "泸县交通运输局")
ASKED = Asked("case_id", {acts.Decided: "case_id"})


def declare(**changes: Any) -> Deadline:
    given: dict[str, Any] = {
        "basis": "国务院令第310号 art. 5",
        "title": "作出决定",
        "starts": acts.Filed,
        "ends": acts.Decided,
        "within": hours(24),
        "key": "case_id",
    }
    return Deadline(**{"rule_id": "tests.decide", **given, **changes})


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"key": "transfer_id"}, "has no field transfer_id"),
        ({"paused_by": acts.Closed}, "able to resume"),
        ({"extended_by": acts.Prolonged}, "go together"),
        ({"extension": 30}, "go together"),
        ({"within": by_policy("o311_days", calendar=calendar_days(3))}, "no such switch: o311_days"),
        ({"ends": ()}, "one that ends it"),
        ({"counts_from": "served_on"}, "has no field served_on"),
        ({"within": until("due_on")}, "has no field due_on"),
    ],
)
def test_a_declaration_that_cannot_work_is_refused_at_import(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        declare(**changes)


def test_two_rules_may_not_share_an_id() -> None:
    with pytest.raises(ValueError, match="share a rule id"):
        Deadlines(declare(), declare())


def test_a_condition_on_an_unknown_switch_is_refused() -> None:
    with pytest.raises(ValueError, match="no such switch"):
        when(acts.Closed, switch="decision_clock_while_transferred=sometimes")


@pytest.mark.parametrize(
    ("since", "limit", "policy"),
    [
        (date(2025, 4, 30), calendar_days(3), "O310_DAYS=calendar"),  # the change came a day later
        (date(2025, 4, 29), working_days(3), "O310_DAYS=working"),
    ],
)
def test_the_switch_in_force_on_the_day_of_the_start_chooses_the_limit(since: date, limit: object, policy: str) -> None:
    deadline = declare(within=by_policy("o310_days", calendar=calendar_days(3), working=working_days(3)))

    assert deadline.limit(Rules({"o310_days": ((since, "working"),)}), DAY) == (limit, policy)


def test_a_numeric_switch_gives_the_length() -> None:
    deadline = declare(within=by_number("defence_working_days", working_days))

    assert deadline.limit(Rules(), DAY) == (working_days(5), "DEFENCE_WORKING_DAYS=5")


@pytest.mark.parametrize(
    ("starts", "asked", "own_event", "received_event"),
    [(acts.Filed, None, True, False), (when(acts.Filed, received=True), ASKED, False, True)],
)
def test_a_clock_is_started_by_own_events_unless_it_says_received(
    starts: Any, asked: Any, own_event: bool, received_event: bool
) -> None:
    (watch,) = Deadlines(declare(starts=starts, asked=asked)).watches(acts.Filed.DESCRIPTOR.full_name)
    event = acts.Filed(case_id="c")

    assert watch.trigger.fires(event, received=False, rules=Rules(), on=DAY) is own_event
    assert watch.trigger.fires(event, received=True, rules=Rules(), on=DAY) is received_event


def test_a_clock_that_anothers_event_starts_says_how_that_other_was_asked() -> None:
    with pytest.raises(ValueError, match="how that other was asked"):
        declare(starts=when(acts.Filed, received=True))
    with pytest.raises(ValueError, match="how that other was asked"):
        declare(asked=ASKED)


@pytest.mark.parametrize("received", [True, False])
def test_whoever_recorded_it_an_act_ends_the_clock(received: bool) -> None:
    (watch,) = Deadlines(declare()).watches(acts.Decided.DESCRIPTOR.full_name)

    assert watch.trigger.fires(acts.Decided(case_id="c"), received=received, rules=Rules(), on=DAY)


@pytest.mark.parametrize(
    ("is_open", "switch", "role"),
    [(True, "pause", Role.PAUSE), (False, "pause", Role.RESUME), (True, "run", None), (False, "run", Role.RESUME)],
)
def test_an_event_pauses_or_resumes_by_its_content_and_a_switch(is_open: bool, switch: str, role: Role | None) -> None:
    deadlines = Deadlines(
        declare(
            paused_by=when(acts.Transferred, lambda event: event.open, switch="decision_clock_while_transferred=pause"),
            resumed_by=when(acts.Transferred, lambda event: not event.open),
        )
    )
    event = acts.Transferred(case_id="c", open=is_open)
    rules = Rules({"decision_clock_while_transferred": ((DAY, switch),)})
    watches = deadlines.watches(acts.Transferred.DESCRIPTOR.full_name)

    assert [watch.role for watch in watches if watch.trigger.fires(event, received=False, rules=rules, on=DAY)] == (
        [role] if role else []
    )


def test_an_event_ends_what_runs_before_it_starts_anew() -> None:
    deadlines = Deadlines(declare(starts=acts.Filed, ends=acts.Decided, cancelled_by=acts.Filed))

    assert [watch.role for watch in deadlines.watches(acts.Filed.DESCRIPTOR.full_name)] == [Role.CANCEL, Role.START]


@pytest.mark.parametrize(
    ("key", "keys"),
    [
        ("case_id", ("c",)),
        (lambda event: event.reference, ("r",)),
        (lambda event: [event.reference, event.case_id, event.case_id, ""], ("r", "c")),
    ],
)
def test_a_key_is_a_field_or_a_function_that_may_find_several(key: str | Callable[[Any], Any], keys: object) -> None:
    assert declare(key=key).keys(acts.Filed(case_id="c", reference="r")) == keys


def test_the_responsible_authority_is_the_own_one_or_what_the_rule_finds() -> None:
    context = StartContext(LU, None)

    assert own(acts.Filed(), context) == "jt-510521"
    police = declare(responsible=lambda event, context: context.authority.police_id)
    assert police.responsible(acts.Filed(), context) == "ga-510521"
