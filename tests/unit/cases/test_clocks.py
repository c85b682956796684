"""AT-02: the clocks of a case across Mid-Autumn and National Day 2024 (中秋、国庆)."""

from datetime import date

from enforcement.cases.v1 import events_pb2 as pb

from services.cases import deadlines
from services.kernel.deadlines import Deadline, Due, Limit, published
from services.kernel.rules import Rules
from tests.support.decider import instant
from tests.unit.cases.acts import EXTENDED, transfer_noted

RUN_ON = Rules({"decision_clock_while_transferred": ((date(2024, 1, 1), "run"),)})


def due(deadline: Deadline, started_on: str, rules: Rules | None = None, longer_by: int = 0) -> Due:
    limit, _ = deadline.limit(rules or Rules(), date.fromisoformat(started_on))
    return Limit(limit.length + longer_by, limit.unit, limit.roll).due(instant(f"{started_on} 10:00"), published())


def test_the_decision_is_due_90_days_after_the_filing_rolled_over_the_weekend():
    found = due(deadlines.DECISION, "2024-09-09")
    assert (found.nominal_on, found.due_on) == (date(2024, 12, 8), date(2024, 12, 9))


def test_preserved_evidence_is_decided_on_within_seven_working_days():
    assert due(deadlines.PRESERVATION, "2024-09-12").due_on == date(2024, 9, 24)


def test_a_seizure_lasts_thirty_days_and_once_thirty_more():
    assert due(deadlines.SEIZURE, "2024-09-10").due_on == date(2024, 10, 10)
    extended = due(deadlines.SEIZURE, "2024-09-10", longer_by=deadlines.SEIZURE.longer_by(EXTENDED))
    assert (extended.nominal_on, extended.due_on) == (date(2024, 11, 9), date(2024, 11, 11))


def test_the_decision_is_served_within_seven_working_days():
    assert due(deadlines.SERVICE, "2024-11-05").due_on == date(2024, 11, 14)


def test_a_clue_waits_seven_working_days_or_as_many_as_the_authority_says():
    assert due(deadlines.FILING, "2024-09-06").due_on == date(2024, 9, 18)
    shorter = Rules({"clue_filing_working_days": ((date(2024, 1, 1), "3"),)})
    assert due(deadlines.FILING, "2024-09-06", shorter).due_on == date(2024, 9, 11)


def acting(event: pb.CriminalTransferNoted, rules: Rules) -> list[str]:
    """What an event does to the clock of the decision."""
    watches = deadlines.DEADLINES.watches(event.DESCRIPTOR.full_name)
    day = date(2025, 5, 1)
    return [str(w.role) for w in watches if w.trigger.fires(event, received=False, rules=rules, on=day)]


def test_the_90_days_stand_still_from_the_polices_receipt_to_the_return():
    assert acting(transfer_noted(pb.TRANSFER_PHASE_APPROVED), Rules()) == []
    assert acting(transfer_noted(pb.TRANSFER_PHASE_RECEIVED), Rules()) == ["pause"]
    assert acting(transfer_noted(pb.TRANSFER_PHASE_FILED), Rules()) == []
    assert acting(transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False), Rules()) == ["resume"]


def test_the_90_days_run_on_where_the_authority_reads_the_law_so():
    assert acting(transfer_noted(pb.TRANSFER_PHASE_RECEIVED), RUN_ON) == []


def test_every_clock_names_its_law_and_its_title():
    assert [deadline.rule_id for deadline in deadlines.DEADLINES if not (deadline.basis and deadline.title)] == []
