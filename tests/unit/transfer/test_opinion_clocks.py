"""The clocks of an opinion: which day the reply is due, who is responsible, what ends, pauses and cancels them."""

from datetime import date
from uuid import UUID

import pytest
from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.authority import Authority
from services.kernel.deadlines import Deadlines, published
from services.kernel.deadlines.book import Book, Keeper, impacts
from services.kernel.deadlines.clock import Clock
from services.kernel.facts import Fact
from services.kernel.ledger import uuid7
from services.kernel.messages import type_name
from services.kernel.rules import Rules
from services.transfer.opinion_deadlines import CLOCKS, REPLY_AWAITED
from tests.support.decider import LUXIAN, POLICE, PROCURATORATE, YONGCHUAN, instant
from tests.unit.transfer.opinion_acts import (
    ISSUED,
    LETTER,
    OF_IT,
    OPINION,
    RECEIVED,
    REVIEW_OPENED,
    TOLD,
    replied,
)

RESULT, INTERIM = pb.REPLY_KIND_RESULT, pb.REPLY_KIND_INTERIM
PAUSED = pb.OpinionReviewPaused(opinion_id=OPINION, ground=pb.REVIEW_PAUSE_GROUND_COMPLAINT)
RESUMED = pb.OpinionReviewResumed(opinion_id=OPINION)
EXTENDED = pb.OpinionReviewExtended(opinion_id=OPINION, working_days=5)
NOT_NEEDED = pb.OpinionNotNeeded(opinion_id=OPINION, reason="已过追责时效")
RETURNED = pb.OpinionReturned(**TOLD, reason="无管辖权", letter=LETTER)
WITHDRAWN_THERE = pb.OpinionWithdrawalRecorded(**OF_IT, reason="撤销不起诉决定")


class Ledger:
    """The clocks of one authority, as events are told to them in order."""

    def __init__(self, authority: Authority, rules: Rules | None = None) -> None:
        self._keeper = Keeper("transfer", Deadlines(*CLOCKS), authority, rules or Rules())
        self._book = Book(self._keeper, published())

    def tell(self, event, at: str, *, origin: Authority | None = None) -> "Ledger":
        about = Fact(
            uuid7(), instant(at), "test", origin=origin.id if origin else None, correlation_id=UUID(int=7 << 76)
        )
        self._book.take(event, about, impacts(self._keeper, event, about))
        return self

    def over(self, at: str) -> list[str]:
        """Rules of the clocks that are missed at an instant."""
        return [
            clock.rule_id for clock in list(self._book.touched.values()) if self._book.fire(clock, instant(at), None)
        ]

    def __getitem__(self, rule_id: str) -> Clock:
        (found,) = (clock for clock in self._book.touched.values() if clock.rule_id == rule_id)
        return found

    @property
    def rules(self) -> set[str]:
        return {clock.rule_id for clock in self._book.touched.values()}

    @property
    def types(self) -> list[str]:
        return [event.type for append in self._book.appends for event in append.events]


def received(nominal_on: str) -> pb.OpinionReceived:
    event = pb.OpinionReceived()
    event.CopyFrom(RECEIVED)
    event.reply_nominal_on = nominal_on
    return event


def days(clock: Clock) -> tuple[date, date]:
    return clock.due.nominal_on, clock.due.due_on


@pytest.mark.parametrize(
    ("nominal", "due"),
    [("2025-06-10", "2025-06-10"), ("2025-06-08", "2025-06-09"), ("2025-10-03", "2025-10-09")],
    ids=["a working day", "a Sunday", "National Day"],
)
def test_the_reply_is_due_on_the_printed_day_and_rolls(nominal, due):
    for clock in (
        Ledger(LUXIAN).tell(received(nominal), "2025-04-10 10:01")["opinion.reply"],
        Ledger(PROCURATORATE).tell(received(nominal), "2025-04-10 10:01", origin=LUXIAN)["opinion.reply_awaited"],
    ):
        assert days(clock) == (date.fromisoformat(nominal), date.fromisoformat(due))
        assert (clock.responsible_id, clock.subject_id) == (LUXIAN.id, OPINION)


def test_each_side_keeps_its_own_clock_of_the_reply():
    assert Ledger(LUXIAN).tell(RECEIVED, "2025-04-10 10:01").rules == {"opinion.reply"}
    there = Ledger(PROCURATORATE).tell(RECEIVED, "2025-04-10 10:01", origin=LUXIAN)
    assert there.rules == {"opinion.reply_awaited"}
    assert there["opinion.reply_awaited"].mirrors == "opinion.reply"


@pytest.mark.parametrize("kind", [RESULT, INTERIM], ids=["result", "interim"])
@pytest.mark.parametrize(
    ("at", "in_time"), [("2025-06-10 23:59:59", True), ("2025-06-11 00:00:00", False)], ids=["last second", "late"]
)
def test_either_reply_meets_the_clock_until_the_last_second(kind, at, in_time):
    own = Ledger(LUXIAN).tell(RECEIVED, "2025-04-10 10:01").tell(replied(kind), at)
    assert own["opinion.reply"].in_time is in_time
    there = Ledger(PROCURATORATE).tell(RECEIVED, "2025-04-10 10:01", origin=LUXIAN)
    assert there.tell(replied(kind), at, origin=LUXIAN)["opinion.reply_awaited"].in_time is in_time


@pytest.mark.parametrize("third", [YONGCHUAN, POLICE], ids=["another bureau", "the police"])
@pytest.mark.parametrize("event", [replied(RESULT), RETURNED], ids=["reply", "return"])
def test_a_third_authority_that_names_the_opinion_ends_no_clock(event, third):
    there = Ledger(PROCURATORATE).tell(RECEIVED, "2025-04-10 10:01", origin=LUXIAN)
    there.tell(event, "2025-04-20 10:00", origin=third)
    assert there.over("2025-07-01 00:00") == ["opinion.reply_awaited"]
    own = Ledger(LUXIAN).tell(RECEIVED, "2025-04-10 10:01").tell(event, "2025-04-20 10:00", origin=third)
    assert own.over("2025-07-01 00:00") == ["opinion.reply"]


def test_the_procuratorate_waits_for_the_bureau_to_which_it_issued_the_opinion():
    asked = REPLY_AWAITED.asked
    assert asked is not None
    assert asked.stream_of(RECEIVED) == OPINION
    assert asked.names(ISSUED, LUXIAN.id)
    assert not asked.names(ISSUED, YONGCHUAN.id)
    assert not asked.names(REVIEW_OPENED, LUXIAN.id)


def test_a_reply_that_is_missed_names_the_authority_and_no_content():
    own = Ledger(LUXIAN).tell(RECEIVED, "2025-04-10 10:01")
    assert own.over("2025-06-10 23:59") == []
    assert own.over("2025-06-11 00:00") == ["opinion.reply"]
    assert own.types[-1] == "enforcement.deadlines.v1.DeadlineMissed"


@pytest.mark.parametrize("event", [RETURNED, WITHDRAWN_THERE], ids=["returned", "withdrawn"])
def test_a_return_or_a_withdrawal_stops_the_clock(event):
    own = Ledger(LUXIAN).tell(RECEIVED, "2025-04-10 10:01").tell(event, "2025-04-20 10:00")
    assert own.over("2025-07-01 00:00") == []


def test_a_return_after_the_period_does_not_undo_the_miss():
    own = Ledger(LUXIAN).tell(RECEIVED, "2025-04-10 10:01").tell(RETURNED, "2025-06-12 10:00")
    assert own.over("2025-07-01 00:00") == ["opinion.reply"]


def test_the_review_takes_ten_working_days():
    review = Ledger(PROCURATORATE).tell(REVIEW_OPENED, "2025-04-25 09:00")
    assert review["opinion.review"].due.due_on == date(2025, 5, 13)  # 04-27 works; 05-01 to 05-05 do not
    assert review["opinion.review"].responsible_id == PROCURATORATE.id


def test_a_pause_of_the_review_does_not_count():
    review = Ledger(PROCURATORATE).tell(REVIEW_OPENED, "2025-04-08 09:00")
    review.tell(PAUSED, "2025-04-09 09:00").tell(RESUMED, "2025-04-11 09:00")
    assert review["opinion.review"].due.due_on == date(2025, 4, 25)


@pytest.mark.parametrize(
    "ground",
    [pb.REVIEW_PAUSE_GROUND_CONSULTATION, pb.REVIEW_PAUSE_GROUND_COMPLAINT],
    ids=["another place is consulted", "a complaint against the non-prosecution"],
)
def test_consultation_and_complaint_let_review_and_issue_stand_still(ground):
    """From the 9th to the 11th nothing counts: three days from the 7th end on Sunday the 13th, which rolls."""
    paused = pb.OpinionReviewPaused(opinion_id=OPINION, ground=ground)
    review = Ledger(PROCURATORATE).tell(REVIEW_OPENED, "2025-04-08 09:00")
    review.tell(paused, "2025-04-09 09:00")
    assert review.over("2025-07-01 00:00") == []
    review.tell(RESUMED, "2025-04-11 09:00")
    assert review["opinion.review"].due.due_on == date(2025, 4, 25)
    assert review["opinion.issue"].due.due_on == date(2025, 4, 14)


def test_a_complaint_after_the_period_excuses_nothing():
    review = Ledger(PROCURATORATE).tell(REVIEW_OPENED, "2025-04-08 09:00")
    review.tell(PAUSED, "2025-04-11 09:00")
    assert review.over("2025-07-01 00:00") == ["opinion.issue"]


def test_an_extension_is_of_the_review_alone():
    review = Ledger(PROCURATORATE).tell(REVIEW_OPENED, "2025-04-08 09:00").tell(EXTENDED, "2025-04-09 09:00")
    assert review["opinion.review"].due.due_on == date(2025, 4, 28)
    assert review["opinion.issue"].due.due_on == date(2025, 4, 10)


def test_an_extension_of_the_review_adds_working_days():
    review = Ledger(PROCURATORATE).tell(REVIEW_OPENED, "2025-04-08 09:00").tell(EXTENDED, "2025-04-20 09:00")
    assert review["opinion.review"].due.due_on == date(2025, 4, 28)


def test_the_opinion_follows_the_decision_by_the_configured_days():
    """Decided 2025-04-07; three days: Thursday 04-10; ten days by the switch: Thursday 04-17."""
    usual = Ledger(PROCURATORATE).tell(REVIEW_OPENED, "2025-04-08 09:00")
    assert usual["opinion.issue"].due.due_on == date(2025, 4, 10)
    ten = Rules({"opinion_issue_days": ((date(2025, 1, 1), "10"),)})
    assert Ledger(PROCURATORATE, ten).tell(REVIEW_OPENED, "2025-04-08 09:00")["opinion.issue"].due.due_on == date(
        2025, 4, 17
    )


@pytest.mark.parametrize("event", [ISSUED, NOT_NEEDED], ids=["issued", "not needed"])
def test_a_review_that_ended_in_time_misses_nothing(event):
    review = Ledger(PROCURATORATE).tell(REVIEW_OPENED, "2025-04-08 09:00").tell(event, "2025-04-10 10:00")
    assert review.over("2025-07-01 00:00") == []


def test_what_is_told_of_a_missed_clock_has_no_content():
    own = Ledger(LUXIAN).tell(RECEIVED, "2025-04-10 10:01")
    own.over("2025-06-11 00:00")
    (append,) = own._book.appends[-1:]
    assert append.events[0].type == type_name(clocks.DeadlineMissed)
    missed = clocks.DeadlineMissed.FromString(append.events[0].body)
    assert {field.name for field, _ in missed.ListFields()} == {
        "deadline_id",
        "effective_due_at",
        "rule_id",
        "subject_id",
        "responsible_id",
        "basis",
    }
