"""What one transaction does to clocks: which appends, under which ids, and nothing of an event whose rule fails."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from enforcement.deadlines.v1 import events_pb2 as pb
from enforcement.ledger.v1 import meta_pb2 as meta
from google.protobuf.message import Message

from services.kernel.authority import Authority
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import Deadline, Deadlines, calendar_days, hours, published, until, when
from services.kernel.deadlines.book import Book, Keeper, impacts
from services.kernel.facts import Fact
from services.kernel.ledger import Append, derive, uuid7, uuid7_time
from services.kernel.messages import message_class
from services.kernel.rules import Rules
from tests.support import acts

KEEPER_PARTS = {"service": "tests", "authority": Authority("jt-510521", "泸县交通运输局"), "rules": Rules()}
DECIDE = Deadline(
    "tests.decide",
    basis="行政处罚法 art. 60",
    title="作出决定",
    starts=acts.Filed,
    ends=acts.Decided,
    within=calendar_days(90),
    key="case_id",
    cancelled_by=acts.Filed,
)


def keeper(*deadlines: Deadline) -> Keeper:
    return Keeper(deadlines=Deadlines(*deadlines), **KEEPER_PARTS)  # type: ignore[arg-type]


def fact(iso: str, event_id: UUID | None = None, origin: str | None = None) -> Fact:
    """An event about one case, an own one without an origin."""
    occurred_at = datetime.fromisoformat(iso).replace(tzinfo=SHANGHAI)
    return Fact(
        event_id or uuid7(), occurred_at, "officer-1", origin, correlation_id=UUID(int=7 << 76), traceparent="00-trace"
    )


def tell(book: Book, kept: Keeper, event: Message, about: Fact) -> None:
    book.take(event, about, impacts(kept, event, about))


def names(append: Append) -> list[str]:
    return [event.type.rpartition(".")[2] for event in append.events]


def test_an_event_gives_one_append_per_clock_that_it_acts_on_in_the_order_of_the_law() -> None:
    kept = keeper(DECIDE)
    book = Book(kept, published())
    first, again, decided = fact("2024-09-09T10:00"), fact("2024-10-09T10:00"), fact("2024-10-10T10:00")
    tell(book, kept, acts.Filed(case_id="c"), first)
    tell(book, kept, acts.Filed(case_id="c"), again)  # filed again: the old clock no longer applies
    tell(book, kept, acts.Decided(case_id="c"), decided)

    old, new = derive(first.event_id, "tests.decide"), derive(again.event_id, "tests.decide")
    assert [(append.stream_id, append.expected_version, names(append)) for append in book.appends] == [
        (old, 0, ["DeadlineStarted"]),
        (old, 1, ["DeadlineCancelled"]),
        (new, 0, ["DeadlineStarted"]),
        (new, 1, ["DeadlineMet"]),
    ]
    assert {append.correlation_id for append in book.appends} == {first.correlation_id}
    assert book.appends[-1].causation_id == decided.event_id
    assert book.appends[-1].traceparent == "00-trace"


def test_a_repeat_of_an_event_gives_the_same_ids_and_a_known_clock_is_not_started_again() -> None:
    kept, event, about = keeper(DECIDE), acts.Filed(case_id="c"), fact("2024-09-09T10:00")
    books = [Book(kept, published()) for _ in range(2)]
    for book in books:
        tell(book, kept, event, about)
    assert books[0].appends == books[1].appends

    known = Book(kept, published(), books[0].touched.values())
    (starting,) = [i for i in impacts(kept, event, about) if i.starts is not None]
    known.take(event, about, [starting])
    assert known.appends == []


POLICE, THIRD = "ga-510521", "ga-500118"
DUTY = Deadline(
    "tests.duty",
    basis="国务院令第310号 art. 8",
    title="公安机关决定是否立案",
    starts=acts.Filed,
    ends=acts.Decided,
    within=calendar_days(3),
    key="case_id",
    responsible=lambda event, context: POLICE,
    cancelled_by=acts.Withdrawn,
    extended_by=acts.Prolonged,
    extension=lambda event: int(event.days),
    paused_by=when(acts.Transferred, lambda event: event.open),
    resumed_by=when(acts.Transferred, lambda event: not event.open),
)


@pytest.mark.parametrize(
    "event",
    [
        acts.Decided(case_id="c"),
        acts.Withdrawn(case_id="c"),
        acts.Prolonged(case_id="c", days=30),
        acts.Transferred(case_id="c", open=True),
    ],
    ids=["ends", "cancels", "extends", "pauses"],
)
@pytest.mark.parametrize(
    ("teller", "acts_on_it"), [(POLICE, True), (THIRD, False), (None, True)], ids=["whose duty it is", "third", "own"]
)
def test_of_others_only_whose_duty_it_is_acts_on_a_clock(event: Message, teller: str | None, acts_on_it: bool) -> None:
    kept = keeper(DUTY)
    book = Book(kept, published())
    tell(book, kept, acts.Filed(case_id="c"), fact("2024-09-09T10:00"))
    tell(book, kept, event, fact("2024-09-10T10:00", origin=teller))

    assert (len(book.appends) == 2) is acts_on_it


def test_nobody_elses_event_acts_on_a_clock_of_the_own_duty() -> None:
    kept = keeper(DECIDE)
    book = Book(kept, published())
    tell(book, kept, acts.Filed(case_id="c"), fact("2024-09-09T10:00"))
    tell(book, kept, acts.Decided(case_id="c"), fact("2024-09-10T10:00", origin=POLICE))

    assert [names(append) for append in book.appends] == [["DeadlineStarted"]]


def test_one_event_starts_a_clock_per_key() -> None:
    kept = keeper(
        Deadline(
            "tests.each",
            basis="design",
            title="测试",
            starts=acts.Filed,
            ends=acts.Decided,
            within=hours(24),
            key=lambda event: [event.case_id, getattr(event, "reference", "")],
        )
    )
    book = Book(kept, published())
    about = fact("2024-09-09T10:00")
    tell(book, kept, acts.Filed(case_id="one", reference="two"), about)

    assert {clock.key: clock.deadline_id for clock in book.touched.values()} == {
        "one": derive(about.event_id, "tests.each"),
        "two": derive(about.event_id, "tests.each/two"),
    }


def test_nothing_stays_of_an_event_whose_rule_fails_half_way() -> None:
    def responsible(event: Any, context: Any) -> str:
        raise LookupError

    broken = Deadline(
        "tests.broken",
        basis="design",
        title="测试",
        starts=acts.Decided,
        ends=acts.Closed,
        within=hours(24),
        key="case_id",
        responsible=responsible,
    )
    kept = keeper(DECIDE, broken)
    book = Book(kept, published())
    tell(book, kept, acts.Filed(case_id="c"), fact("2024-09-09T10:00"))
    (running,) = book.touched.values()

    with pytest.raises(LookupError):
        tell(book, kept, acts.Decided(case_id="c"), fact("2024-09-10T10:00"))
    assert [names(append) for append in book.appends] == [["DeadlineStarted"]]
    assert list(book.touched.values()) == [running]

    tell(book, kept, acts.Withdrawn(case_id="c"), fact("2024-09-11T10:00"))  # what follows goes on
    assert len(book.appends) == 1


@pytest.mark.parametrize(("days_ago", "derived"), [(3, True), (700, False)])
def test_a_miss_has_the_time_bits_of_its_end_where_that_month_is_remembered(days_ago: int, derived: bool) -> None:
    short = Deadline(
        "tests.short",
        basis="design",
        title="测试",
        starts=acts.Filed,
        ends=acts.Decided,
        within=hours(1),
        key="case_id",
    )
    kept = keeper(short)
    started_at = datetime.now(UTC) - timedelta(days=days_ago)
    book = Book(kept, published())
    tell(book, kept, acts.Filed(case_id="c"), fact(started_at.astimezone(SHANGHAI).replace(tzinfo=None).isoformat()))
    (clock,) = book.touched.values()
    later = Book(kept, published())

    assert later.fire(clock, datetime.now(UTC), None) is True
    (append,) = later.appends
    assert names(append) == ["DeadlineMissed"]
    behind = abs(uuid7_time(append.command_id) - clock.due.effective_at)
    assert (behind < timedelta(seconds=1)) is derived
    assert derived or abs(uuid7_time(append.command_id) - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_miss_is_dated_by_the_end_of_the_limit() -> None:
    kept = keeper(DECIDE)
    book = Book(kept, published())
    tell(book, kept, acts.Filed(case_id="c"), fact("2024-09-09T10:00"))
    tell(book, kept, acts.Decided(case_id="c"), fact("2024-12-20T10:00"))
    missed, met = (message_class(event.type).FromString(event.body) for event in book.appends[-1].events)  # type: ignore[union-attr]

    assert isinstance(missed, pb.DeadlineMissed)
    assert isinstance(met, pb.DeadlineMet)
    times = [meta.Meta.FromString(event.meta).occurred_us for event in book.appends[-1].events]
    assert times == [
        missed.effective_due_at.ToMicroseconds(),
        met.met_at.ToMicroseconds(),
    ]


NAMED = acts.Filed(case_id="c", reference="2024-11-12")


def test_a_limit_may_count_from_a_day_that_the_event_names_and_who_acts_before_it_has_acted() -> None:
    pay = Deadline(
        "tests.pay",
        basis="行政处罚法 art. 67",
        title="缴纳罚款",
        starts=acts.Filed,
        ends=acts.Decided,
        within=calendar_days(15),
        key="case_id",
        counts_from="reference",
    )
    kept = keeper(pay)
    book = Book(kept, published())
    tell(book, kept, NAMED, fact("2024-10-12T10:00"))
    (clock,) = book.touched.values()
    assert (clock.due.due_on.isoformat(), clock.started_at.astimezone(SHANGHAI).isoformat()) == (
        "2024-11-27",
        "2024-11-12T00:00:00+08:00",
    )
    tell(book, kept, acts.Decided(case_id="c"), fact("2024-10-20T10:00"))
    assert [names(append) for append in book.appends] == [["DeadlineStarted"], ["DeadlineMet"]]


@pytest.mark.parametrize(
    ("started", "days"),
    [("2024-10-12T10:00", 31), ("2024-11-12T10:00", 1), ("2024-11-15T10:00", 1)],
    ids=["later", "the same day", "a day that is over"],
)
def test_a_limit_may_run_to_a_day_that_the_event_names_and_does_not_roll(started: str, days: int) -> None:
    pay = Deadline(
        "tests.instalment",
        basis="行政处罚法 art. 66",
        title="缴纳分期罚款",
        starts=acts.Filed,
        ends=acts.Decided,
        within=until("reference"),
        key="case_id",
    )
    kept = keeper(pay)
    book = Book(kept, published())
    tell(book, kept, NAMED, fact(started))
    (clock,) = book.touched.values()
    assert (clock.limit.length, clock.limit.roll) == (days, False)
    assert clock.due.due_on.isoformat() == "2024-11-12"
