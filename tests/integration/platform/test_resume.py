"""A stopped feed goes on by an operator's word, and the platform's own ledger says so."""

from datetime import UTC, datetime

import pytest
from enforcement.ledger.v1 import meta_pb2
from enforcement.platform.v1 import events_pb2 as events
from enforcement.platform.v1 import service_pb2 as pb

from services.kernel.envelopes.codec import Link
from services.kernel.envelopes.verdicts import Code
from services.kernel.ledger import Event, Ledger, Mismatch, Unavailable, uuid7
from services.platform.judge import Arrival, Judge
from services.platform.resume import resume
from services.platform.store import Store
from tests.support.members import CATALOGUE, Party, registry
from tests.unit.platform.feeds import LUXIAN, count_up

NOW = datetime(2026, 5, 6, 1, tzinfo=UTC)


class Stopped:
    """A feed of one place whose publisher then told another past."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.store = Store(ledger, quarantine_bytes_max=1 << 20)
        self.bureau = Party.new(LUXIAN)

    async def bring(self, *wires: bytes) -> None:
        judge, known = Judge(CATALOGUE), registry(self.bureau)
        await self.store.record(
            [judge.judge(Arrival(wire, LUXIAN, "kafka"), known, datetime.now(UTC)) for wire in wires]
        )

    async def recorded(self) -> list[Event]:
        return [each for each in (await self.ledger.read(0)).events if each.type.endswith("FeedResumed")]


@pytest.fixture
async def stopped(ledger: Ledger) -> Stopped:
    told = Stopped(ledger)
    first = count_up(told.bureau, 1)
    truth = told.bureau.link
    told.bureau.link = Link(1, 1, b"\x01" * 32)
    await told.bring(*first, *count_up(told.bureau, 1))
    told.bureau.link = truth
    return told


def request(**changes: str) -> pb.ResumeFeedRequest:
    values = {"command_id": str(uuid7()), "publisher_id": LUXIAN, "reason": "由该单位更正"}
    return pb.ResumeFeedRequest(**values | changes)


async def test_the_feed_goes_on_and_the_ledger_says_who_why_and_from_where(stopped: Stopped) -> None:
    answer = await resume(stopped.ledger, request(), "supervisor", NOW)
    (event,) = await stopped.recorded()
    said = events.FeedResumed.FromString(event.body)
    assert (said.publisher_id, said.code, said.seq, said.reason) == (LUXIAN, Code.CHAIN_BROKEN, 1, "由该单位更正")
    assert said.env_hash == (await stopped.store.feed(LUXIAN)).end.hash
    assert meta_pb2.Meta.FromString(event.meta).actor == "supervisor"
    assert answer is not None
    assert answer.position == event.position
    await stopped.bring(*count_up(stopped.bureau, 2))
    assert (await stopped.store.feed(LUXIAN)).end == stopped.bureau.link


async def test_a_repeat_gets_the_first_answer_and_changes_nothing(stopped: Stopped) -> None:
    asked = request()
    answer = await resume(stopped.ledger, asked, "supervisor", NOW)
    assert await resume(stopped.ledger, asked, "supervisor", NOW) == answer
    assert len(await stopped.recorded()) == 1


async def test_a_command_id_stands_for_one_request(stopped: Stopped) -> None:
    asked = request()
    await resume(stopped.ledger, asked, "supervisor", NOW)
    with pytest.raises(Mismatch):
        await resume(stopped.ledger, request(command_id=asked.command_id, reason="另一理由"), "supervisor", NOW)


async def test_a_feed_that_runs_is_left_alone(stopped: Stopped) -> None:
    await resume(stopped.ledger, request(), "supervisor", NOW)
    assert await resume(stopped.ledger, request(), "supervisor", NOW) is None
    assert len(await stopped.recorded()) == 1


async def test_what_the_ledger_does_not_take_leaves_the_feed_stopped(
    stopped: Stopped, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(Ledger, "append_in", cut)
    with pytest.raises(Unavailable):
        await resume(stopped.ledger, request(), "supervisor", NOW)
    assert (await stopped.store.feed(LUXIAN)).stopped_code == Code.CHAIN_BROKEN
