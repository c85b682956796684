"""What people read: times with their zone, limits as the law says them, and text that is no markup."""

import pytest
from enforcement.deadlines.v1 import events_pb2 as events
from enforcement.deadlines.v1 import service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.cli.output import due, show, table

MIDNIGHT = Timestamp(seconds=1_746_028_800)
"""24:00 of 30 April 2025 in Shanghai."""


@pytest.mark.parametrize("unit", [events.UNIT_WORKING_DAYS, events.UNIT_CALENDAR_DAYS, events.UNIT_MONTHS])
def test_a_limit_in_days_ends_on_its_last_day_at_24(unit: events.Unit.ValueType) -> None:
    clock = pb.ClockView(unit=unit, effective_due_at=MIDNIGHT, due_on="2025-04-30")
    assert due(clock) == "2025-04-30 24:00 +08:00"


def test_a_limit_in_hours_ends_at_its_instant() -> None:
    clock = pb.ClockView(unit=events.UNIT_HOURS, effective_due_at=MIDNIGHT, due_on="2025-04-30")
    assert due(clock) == "2025-05-01 00:00:00 +08:00"


def test_an_end_that_may_still_move_shows_it() -> None:
    assert due(pb.ClockView(unit=events.UNIT_MONTHS, due_on="2027-01-08", provisional=True)).endswith("?")


@pytest.mark.parametrize("people", ["[[member]]", table(["[bold]"], [["[red]川E12345[/]"]])])
def test_brackets_are_shown_as_they_are(people: object, capsys: pytest.CaptureFixture[str]) -> None:
    show({}, people, as_json=False)  # type: ignore[arg-type]
    shown = capsys.readouterr().out
    assert "[[member]]" in shown or "[red]川E12345[/]" in shown
