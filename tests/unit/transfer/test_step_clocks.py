"""Nothing rests unseen: report, receipt, supervision and the end of a transfer have clocks by a switch."""

from datetime import date, timedelta
from random import Random
from typing import Any, Final

import pytest
from enforcement.transfer.v1 import outcome_pb2 as outcomes

from services.kernel.deadlines import published
from services.kernel.deadlines.clock import Clock, Status
from services.kernel.rules import Rules
from services.transfer.step_deadlines import REPORT
from tests.support.decider import HEAD, LEADER, LI, LUXIAN, POLICE, PROCURATORATE, instant
from tests.support.sides import World
from tests.unit.transfer import acts, branches
from tests.unit.transfer.branches import OTHER_POLICE
from tests.unit.transfer.walks import CREWS, world


@pytest.fixture
def there() -> World:
    """The morning of Monday 28 April 2025; Labour Day is from 1 to 5 May."""
    return world(Random(1), Rules())


def bureau(there: World, *commands: Any, at: str, who: Any = LI) -> None:
    there.now = instant(at)
    for command in commands:
        assert there.act(LUXIAN.id, command, who) is None
    there.settle()


def police(there: World, command: Any, at: str) -> None:
    there.now = instant(at)
    (referral_id,) = there.sides[POLICE.id].ids("referral")
    investigator, chief, _ = CREWS[POLICE.id]
    who = chief if there.sides[POLICE.id].may(command, chief) else investigator
    assert there.act(POLICE.id, branches.but(command, referral_id=referral_id), who) is None
    there.settle()


def judged(there: World, outcome: outcomes.TransferOutcome.ValueType, at: str) -> None:
    there.now = instant(at)
    (prosecution_id,) = there.sides[PROCURATORATE.id].ids("prosecution")
    fine, custody = (500_000, 180) if outcome == outcomes.TRANSFER_OUTCOME_CONVICTED else (0, 0)
    told = branches.but(
        branches.TELL_CONVICTION,
        prosecution_id=prosecution_id,
        outcome=outcome,
        criminal_fine_fen=fine,
        custody_days=custody,
    )
    assert there.act(PROCURATORATE.id, told, CREWS[PROCURATORATE.id][2]) is None
    there.settle()


def filed(there: World) -> None:
    bureau(there, acts.OPEN, acts.SUBMIT, at="2025-04-28 09:00")
    bureau(there, acts.APPROVE, at="2025-04-28 10:00", who=HEAD)
    bureau(there, acts.SEND, at="2025-04-28 11:00")
    police(there, acts.SIGN, "2025-04-28 12:00")
    police(there, acts.DECIDE_FILING, "2025-04-29 09:00")


def clocks(there: World, rule_id: str) -> list[Clock]:
    return [one for one in there.sides[LUXIAN.id].book.touched.values() if one.rule_id == rule_id]


def test_a_team_that_does_not_report_is_the_bureaus_miss(there: World) -> None:
    bureau(there, acts.OPEN, at="2025-04-28 09:00")
    (clock,) = clocks(there, "transfer.report")
    assert (clock.due.due_on, clock.responsible_id) == (date(2025, 5, 6), LUXIAN.id)
    there.now = instant("2025-05-07 00:00")
    there.fire()
    assert [one.status for one in clocks(there, "transfer.report")] == [Status.MISSED]


def test_a_report_in_time_meets_it_whoever_is_in_the_team_by_then(there: World) -> None:
    bureau(there, acts.OPEN, at="2025-04-28 09:00")
    bureau(there, acts.CHANGE_TEAM, at="2025-04-29 09:00", who=LEADER)
    bureau(there, acts.SUBMIT, at="2025-05-06 23:59")
    assert [(one.status, one.in_time) for one in clocks(there, "transfer.report")] == [(Status.MET, True)]


def test_the_authority_may_say_otherwise() -> None:
    shorter, policy = REPORT.limit(
        Rules({"transfer_report_working_days": ((date(2025, 1, 1), "1"),)}), date(2025, 4, 28)
    )
    assert policy == "TRANSFER_REPORT_WORKING_DAYS=1"
    assert shorter.due(instant("2025-04-28 09:00"), published()).due_on == date(2025, 4, 29)


def test_police_that_do_not_sign_are_late_though_no_clock_of_theirs_has_begun(there: World) -> None:
    bureau(there, acts.OPEN, acts.SUBMIT, at="2025-04-28 09:00")
    bureau(there, acts.APPROVE, at="2025-04-28 10:00", who=HEAD)
    bureau(there, acts.SEND, at="2025-04-28 11:00")
    (clock,) = clocks(there, "transfer.receipt")
    assert (clock.due.due_on, clock.responsible_id, clock.mirrors) == (date(2025, 4, 29), POLICE.id, "")
    there.now = instant("2025-04-30 00:00")
    there.fire()
    assert [one.status for one in clocks(there, "transfer.receipt")] == [Status.MISSED]
    assert not there.sides[POLICE.id].book.touched


def test_the_receipt_counts_from_its_signature_and_others_sign_anew(there: World) -> None:
    bureau(there, acts.OPEN, acts.SUBMIT, at="2025-04-28 09:00")
    bureau(there, acts.APPROVE, at="2025-04-28 10:00", who=HEAD)
    bureau(there, acts.SEND, at="2025-04-28 11:00")
    police(there, acts.SIGN, "2025-04-29 23:59")
    police(there, branches.FORWARD, "2025-04-30 09:00")
    assert [(one.status, one.responsible_id, one.due.due_on) for one in clocks(there, "transfer.receipt")] == [
        (Status.MET, POLICE.id, date(2025, 4, 29)),
        (Status.RUNNING, OTHER_POLICE.id, date(2025, 5, 6)),
    ]


def supervised(there: World, *steps: tuple[Any, str]) -> list[tuple[str, Status]]:
    """What a procuratorate's clocks say after these steps of its supervision of police that have not decided."""
    bureau(there, acts.OPEN, acts.SUBMIT, at="2025-04-28 09:00")
    bureau(there, acts.APPROVE, at="2025-04-28 10:00", who=HEAD)
    bureau(there, acts.SEND, at="2025-04-28 11:00")
    police(there, acts.SIGN, "2025-04-28 12:00")
    (referral_id,) = there.sides[POLICE.id].ids("referral")
    for command, at in steps:
        there.now = instant(at)
        of_it = {"referral_id": referral_id} if command is branches.OPEN_SUPERVISION else {}
        assert there.act(PROCURATORATE.id, branches.but(command, **of_it), CREWS[PROCURATORATE.id][2]) is None
        there.settle()
    there.now += timedelta(days=60)
    there.fire()
    found = there.sides[PROCURATORATE.id].book.touched.values()
    return [(one.rule_id, one.status) for one in found if one.rule_id in ("supervision.ask", "supervision.conclude")]


OPENED: Final = (branches.OPEN_SUPERVISION, "2025-05-08 09:00")
ASKED: Final = (branches.ASK, "2025-05-08 10:00")


def test_a_supervision_that_rests_is_the_procuratorates_miss(there: World) -> None:
    assert supervised(there, OPENED) == [("supervision.ask", Status.MISSED)]


def test_so_is_a_question_on_which_nobody_decides_though_the_police_state_nothing(there: World) -> None:
    assert supervised(there, OPENED, ASKED) == [
        ("supervision.ask", Status.MET),
        ("supervision.conclude", Status.MISSED),
    ]


def test_an_order_ends_it(there: World) -> None:
    assert supervised(there, OPENED, ASKED, (branches.ORDER, "2025-05-19 09:00")) == [
        ("supervision.ask", Status.MET),
        ("supervision.conclude", Status.MET),
    ]


def test_after_a_conviction_the_transfer_is_closed_or_the_case_comes_back_and_then_it_is(there: World) -> None:
    filed(there)
    judged(there, outcomes.TRANSFER_OUTCOME_CONVICTED, "2025-06-09 09:00")
    (clock,) = clocks(there, "transfer.close")
    assert (clock.status, clock.due.due_on) == (Status.RUNNING, date(2025, 6, 16))
    bureau(there, acts.RETURN, at="2025-06-10 09:00", who=LEADER)
    assert [(one.status, one.due.due_on) for one in clocks(there, "transfer.close")] == [
        (Status.CANCELLED, date(2025, 6, 16)),
        (Status.RUNNING, date(2025, 6, 17)),
    ]
    bureau(there, branches.CLOSE, at="2025-06-11 09:00", who=LEADER)
    assert [one.status for one in clocks(there, "transfer.close")] == [Status.CANCELLED, Status.MET]


@pytest.mark.parametrize("outcome", [outcomes.TRANSFER_OUTCOME_ACQUITTED, outcomes.TRANSFER_OUTCOME_EXEMPTED])
def test_any_other_end_asks_for_the_return_and_the_return_for_the_closing(
    there: World, outcome: outcomes.TransferOutcome.ValueType
) -> None:
    filed(there)
    judged(there, outcome, "2025-06-09 09:00")
    assert not clocks(there, "transfer.close")
    bureau(there, acts.RETURN, at="2025-06-10 09:00", who=LEADER)
    there.now = instant("2025-06-18 00:00")
    there.fire()
    assert [one.status for one in clocks(there, "transfer.close")] == [Status.MISSED]


def test_a_case_that_is_with_the_police_again_is_not_closed(there: World) -> None:
    bureau(there, acts.OPEN, acts.SUBMIT, at="2025-04-28 09:00")
    bureau(there, acts.APPROVE, at="2025-04-28 10:00", who=HEAD)
    bureau(there, acts.SEND, at="2025-04-28 11:00")
    police(there, acts.SIGN, "2025-04-28 12:00")
    police(there, acts.REFUSE_FILING, "2025-04-29 09:00")
    bureau(there, acts.RETURN, at="2025-04-29 10:00", who=LEADER)
    (referral_id,) = there.sides[POLICE.id].ids("referral")
    prosecutor = CREWS[PROCURATORATE.id][2]
    for command, at in (
        (branches.but(branches.OPEN_SUPERVISION, referral_id=referral_id), "2025-04-29 11:00"),
        (branches.ASK, "2025-04-29 12:00"),
    ):
        there.now = instant(at)
        assert there.act(PROCURATORATE.id, command, prosecutor) is None
        there.settle()
    police(there, branches.STATE, "2025-04-29 15:00")
    there.now = instant("2025-04-30 09:00")
    assert there.act(PROCURATORATE.id, branches.ORDER, prosecutor) is None
    there.settle()
    assert [one.status for one in clocks(there, "transfer.close")] == [Status.CANCELLED]
