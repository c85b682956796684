"""What Kafka did not bring is fetched from its publisher, by gRPC with mutual TLS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.kernel.ledger import Ledger
from services.platform.intake import Intake
from services.platform.judge import Arrival, Judge
from services.platform.plan import Feed
from services.platform.repair import Repair, Unreachable
from services.platform.settings import PlatformSettings
from services.platform.store import Store
from tests.integration.platform.publisher import Publisher, certificates, platform_source, registry_of
from tests.support.eventually import eventually
from tests.support.members import CATALOGUE, Party, again
from tests.unit.platform.feeds import LUXIAN, PLATFORM, YONGCHUAN, count_up


class Running:
    """A platform's intake and repair, without Kafka."""

    def __init__(self, ledger: Ledger, *publishers: Publisher, folder: Path, **settings: float) -> None:
        self._publishers = publishers
        self._settings = PlatformSettings(**{"heads_seconds": 60.0, "retry_seconds_max": 0.2} | settings)  # type: ignore[arg-type]
        self._folder = folder
        self.store = Store(ledger, quarantine_bytes_max=1 << 20)
        self.intake = Intake(
            self.store,
            Judge(CATALOGUE),
            self._settings,
            registry=lambda: registry_of(*publishers),
            wall=lambda: datetime.now(UTC),
        )

    @asynccontextmanager
    async def started(self, *, away: tuple[Publisher, ...] = ()) -> AsyncIterator["Running"]:
        members = [each.party.id for each in self._publishers]
        async with AsyncExitStack() as stack:
            self.pki = stack.enter_context(certificates(self._folder, *members))
            for publisher in self._publishers:
                if publisher not in away:
                    await stack.enter_async_context(publisher.serving(self.pki))
            source = platform_source(self.pki, lambda: registry_of(*self._publishers))
            stack.push_async_callback(source.aclose)
            repair = Repair(source, self.store, self.intake, self._settings, lambda: members)
            tasks = [asyncio.create_task(self.intake.run()), asyncio.create_task(repair.run())]
            try:
                yield self
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def brought(self, publisher: Publisher, *wires: bytes) -> None:
        """Kafka brings these."""
        for wire in wires:
            await self.intake.take(Arrival(wire, publisher.party.id, "kafka"))

    async def whole(self, publisher: Publisher, seq: int) -> Feed:
        """The feed once it is whole up to a place."""

        async def reached() -> Feed | None:
            feed = await self.store.feed(publisher.party.id)
            return feed if feed.end.seq == seq and not feed.behind else None

        feed = await eventually(reached, within=15, what=f"feed of {publisher.party.id} up to {seq}")
        assert feed is not None
        return feed


@pytest.fixture
def bureau() -> Publisher:
    return Publisher(Party.new(LUXIAN))


def published(publisher: Publisher, count: int) -> list[bytes]:
    wires = count_up(publisher.party, count)
    publisher.wires += wires
    return wires


async def test_a_lost_message_is_seen_by_its_place_and_fetched(
    ledger: Ledger, bureau: Publisher, tmp_path: Path
) -> None:
    running = Running(ledger, bureau, folder=tmp_path)
    async with running.started():
        await eventually(lambda: bureau.callers)
        first, lost, third = published(bureau, 3)
        await running.brought(bureau, first, third)
        feed = await running.whole(bureau, 3)
    assert (feed.refetched, bureau.asked) == (1, [(2, 3)])
    assert bureau.callers == {f"xc:authority:{PLATFORM}"}
    assert lost in bureau.wires


async def test_a_lost_tail_is_noticed_when_nothing_more_is_published(
    ledger: Ledger, bureau: Publisher, tmp_path: Path
) -> None:
    running = Running(ledger, bureau, folder=tmp_path, heads_seconds=0.1)
    async with running.started():
        first, *_ = published(bureau, 5)
        await running.brought(bureau, first)
        assert (await running.whole(bureau, 5)).refetched >= 4


async def test_a_platform_that_begins_from_zero_fetches_the_whole_feed_by_pages(
    ledger: Ledger, bureau: Publisher, tmp_path: Path
) -> None:
    published(bureau, 10)
    running = Running(ledger, bureau, folder=tmp_path, resend_page=4)
    async with running.started():
        await running.whole(bureau, 10)
    assert bureau.asked == [(1, 4), (5, 8), (9, 10)]


async def test_a_publisher_that_is_away_is_asked_again_until_it_is_back(
    ledger: Ledger, bureau: Publisher, tmp_path: Path
) -> None:
    first, _, third = published(bureau, 3)
    running = Running(ledger, bureau, folder=tmp_path)
    async with running.started():
        await running.whole(bureau, 3)
        port = bureau.port
    async with running.started(away=(bureau,)):
        fourth, fifth = published(bureau, 2)
        await running.brought(bureau, fifth)
        await eventually(running.intake.behind(LUXIAN).is_set)
        assert (await running.store.feed(LUXIAN)).gap_since is not None
        async with bureau.serving(running.pki, port):
            feed = await running.whole(bureau, 5)
    assert feed.gap_since is None
    assert fourth in bureau.wires
    assert first != third


async def test_what_a_publisher_sends_again_is_judged_like_everything_else(
    ledger: Ledger, bureau: Publisher, tmp_path: Path
) -> None:
    published(bureau, 3)
    bureau.serve = lambda wire: again(wire, body=b"damaged")
    running = Running(ledger, bureau, folder=tmp_path)
    async with running.started():
        await eventually(lambda: running.intake.verdicts["BODY_DIGEST"] >= 3)
        assert (await running.store.feed(LUXIAN)).end.seq == 0
        bureau.serve = bytes
        await running.whole(bureau, 3)


async def test_a_publisher_carries_its_own_feed_only(ledger: Ledger, bureau: Publisher, tmp_path: Path) -> None:
    neighbour = Publisher(Party.new(YONGCHUAN))
    published(bureau, 1)
    theirs = published(neighbour, 1)[0]
    neighbour.states_head = False
    bureau.serve = lambda _: theirs
    running = Running(ledger, bureau, neighbour, folder=tmp_path)
    async with running.started():
        await eventually(lambda: running.intake.verdicts["CARRIER_NOT_ALLOWED"])
        assert (await running.store.feed(YONGCHUAN)).end.seq == 0


async def test_one_feed_that_waits_does_not_hold_up_another(ledger: Ledger, bureau: Publisher, tmp_path: Path) -> None:
    away = Publisher(Party.new(YONGCHUAN), address="localhost:1")
    published(bureau, 3)
    running = Running(ledger, bureau, away, folder=tmp_path)
    async with running.started(away=(away,)):
        await running.whole(bureau, 3)


async def test_who_is_not_in_the_registry_cannot_be_asked(tmp_path: Path, bureau: Publisher) -> None:
    with certificates(tmp_path) as pki:
        source = platform_source(pki, lambda: registry_of(bureau))
        with pytest.raises(Unreachable, match="no address"):
            await source.feed_head(LUXIAN)
        with pytest.raises(Unreachable, match="no address"):
            await source.feed_head("jt-999999")
