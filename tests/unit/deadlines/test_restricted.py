"""Clocks that nobody outside a list may learn of: told to no one, and kept as any other."""

from datetime import datetime
from uuid import UUID

from enforcement.deadlines.v1 import events_pb2 as pb

from services.kernel.authority import Authority
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import Deadline, Deadlines, published, working_days
from services.kernel.deadlines.book import CLOCK_EVENTS, Book, Keeper, impacts
from services.kernel.deadlines.clock import evolve
from services.kernel.deadlines.restricted import unwrapped
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.facts import Fact
from services.kernel.ledger import uuid7
from services.kernel.messages import message_class
from services.kernel.rules import Rules
from tests.support import acts

CORRELATION = UUID(int=7 << 76)


def deadline(rule_id: str) -> Deadline:
    return Deadline(
        rule_id,
        basis="design",
        title="测试",
        starts=acts.Filed,
        ends=acts.Decided,
        within=working_days(3),
        key="case_id",
    )


def fact(iso: str) -> Fact:
    occurred_at = datetime.fromisoformat(iso).replace(tzinfo=SHANGHAI)
    return Fact(uuid7(), occurred_at, "officer-1", correlation_id=CORRELATION)


def appended(rule_id: str) -> tuple[Book, list[str], list[bytes]]:
    """A clock that starts and is missed: what the ledger gets."""
    kept = Keeper("tests", Deadlines(deadline(rule_id)), Authority("jt-510521", "泸县交通运输局"), Rules())
    book = Book(kept, published())
    about = fact("2025-04-10T10:00")
    event = acts.Filed(case_id="c")
    book.take(event, about, impacts(kept, event, about))
    (clock,) = book.touched.values()
    assert book.fire(clock, datetime(2025, 4, 16, tzinfo=SHANGHAI), None)
    events = [event for append in book.appends for event in append.events]
    return book, [event.type for event in events], [event.body for event in events]


def test_its_events_have_a_type_of_their_own_that_is_told_to_no_one() -> None:
    _, types, _ = appended("restricted.tests")
    assert set(types) == {pb.RestrictedClock.DESCRIPTOR.full_name} <= CLOCK_EVENTS
    assert not set(types) & set(Catalogue.load().shared)


def test_any_other_clock_is_told_as_before() -> None:
    _, types, _ = appended("tests.open")
    assert [name.rpartition(".")[2] for name in types] == ["DeadlineStarted", "DeadlineMissed"]
    assert set(types) <= set(Catalogue.load().shared)


def test_its_rows_fold_from_the_ledger_as_any_others() -> None:
    book, types, bodies = appended("restricted.tests")
    clock = None
    for version, (name, body) in enumerate(zip(types, bodies, strict=True), 1):
        kind = message_class(name)
        assert kind is not None
        event = unwrapped(kind.FromString(body))
        clock = evolve(clock, event, service="tests", correlation_id=CORRELATION, version=version)
    assert clock == next(iter(book.touched.values()))
