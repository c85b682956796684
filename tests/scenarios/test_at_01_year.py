"""AT-01 泸县2024年数据由事件得出：159次、1908台次、266台次、2923人次；川渝8次、312台次、416人次。

公示560件、重大法制审核3件、警告0件。一年的行动和案件由真实的业务规则在三家单位逐一作出，记入各自账本，
由各自的交换服务签名送出；信封经 Kafka 重复、乱序送达，平台据以得出报告中的数字；
每个数都能展开到所据事件，重放两遍、从零重建，数字不变。
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.platform.v1 import service_pb2 as platform

from deploy.local.kafka import Broker
from deploy.local.pki import Pki
from deploy.local.process import free_ports
from services.exchange.kafka import feed_topic
from services.joint_operations.numbers import said
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_timestamp
from services.platform.streams import topic_of
from tests.integration.platform.publisher import Publisher
from tests.integration.platform.site import Site as Platforms
from tests.integration.platform.site import Supervisor
from tests.scenarios import at_01
from tests.support.decider import LUXIAN
from tests.support.eventually import eventually
from tests.support.exchange_site import Member, Union
from tests.support.kafka import everything_in, fresh_id, make_topics, own_broker
from tests.support.members import Party, header_of
from tests.support.postgres import Databases
from tests.unit.joint_operations.authorities import Authorities

YEAR = {
    "begins_at": to_timestamp(datetime(2024, 1, 1, tzinfo=SHANGHAI)),
    "ends_at": to_timestamp(datetime(2025, 1, 1, tzinfo=SHANGHAI)),
}
FIVE: dict[str, Any] = {"operation_type": pb.OPERATION_TYPE_FIVE_UNIFIED, "authority_id": LUXIAN.id}
OWN: dict[str, Any] = {"authority_id": LUXIAN.id}
CROSS: dict[str, Any] = {"operation_type": pb.OPERATION_TYPE_SICHUAN_CHONGQING}
TABLE = [
    ("operations.closed", FIVE, 159, pb.FIGURE_UNIT_OCCASION, 1, "159次"),
    (
        "joint.inspections",
        FIVE | {"part": "INSPECTION_CLASS_PASSENGER"},
        1908,
        pb.FIGURE_UNIT_INSPECTION,
        1,
        "1908台次",
    ),
    ("joint.vehicles_with_findings", FIVE, 266, pb.FIGURE_UNIT_INSPECTION, 1, "266台次"),
    ("joint.education", FIVE, 2923, pb.FIGURE_UNIT_PERSON_TIME, 100, "2900余人次"),
    ("operations.sichuan_chongqing", {}, 8, pb.FIGURE_UNIT_OCCASION, 1, "8次"),
    ("joint.inspections", CROSS, 312, pb.FIGURE_UNIT_INSPECTION, 100, "300余台次"),
    ("joint.education", CROSS, 416, pb.FIGURE_UNIT_PERSON_TIME, 10, "410余人次"),
    ("operations.joint", {}, 167, pb.FIGURE_UNIT_OCCASION, 1, "167次"),
    ("cases.published", OWN, 560, pb.FIGURE_UNIT_CASE, 1, "560件"),
    ("cases.major_reviews", OWN, 3, pb.FIGURE_UNIT_CASE, 1, "3件"),
    ("cases.warnings", OWN, 0, pb.FIGURE_UNIT_CASE, 1, "0件"),
]
"""Definition, question, exact number, unit, what the text is rounded down to, and the text."""
FEED_SECONDS = 240.0
"""Bound on the time in which a platform takes the whole year."""


@dataclass(slots=True, repr=False)
class Year:
    """The feeds of the year as a bad carrier brings them, and a platform that has taken them."""

    site: Platforms
    databases: Databases
    arriving: list[tuple[str, bytes]]
    ends: dict[str, int]
    supervisor: Supervisor

    async def send(self) -> None:
        """Everything once more, in the same disorder."""
        sent = [
            await self.site.producer.send(topic_of(teller), wire, key=teller.encode()) for teller, wire in self.arriving
        ]
        await asyncio.wait_for(asyncio.gather(*sent), FEED_SECONDS)

    async def taken(self, supervisor: Supervisor, duplicates: int = 0) -> None:
        """Waits until a platform has every feed up to its end, and has seen so many envelopes again."""

        async def has_all() -> bool:
            feeds = await supervisor.feeds()
            again = sum(feed.duplicates for feed in feeds.values())
            return again >= duplicates and all(id_ in feeds and feeds[id_].seq >= end for id_, end in self.ends.items())

        await eventually(has_all, within=FEED_SECONDS, what="the whole year on the platform")


@pytest.fixture(scope="module")
def told() -> Authorities:
    return at_01.year()


@pytest.fixture
async def year(told: Authorities, databases: Databases, tmp_path: Path) -> AsyncIterator[Year]:
    """Three exchanges that tell what is in their ledgers, a carrier that spoils it, and a platform behind it."""
    async with AsyncExitStack() as stack:
        broker, spoilt = [await stack.enter_async_context(own_broker()) for _ in range(2)]
        union = await union_of(broker, databases, tmp_path, *told.nodes)
        began = time.perf_counter()
        sites = [await stack.enter_async_context(union.site(member)) for member in union.members[:-1]]
        for site in sites:
            site.told = await at_01.record(site.desk.office.ledger, told.nodes[site.id])
        for site in sites:
            await eventually(site.settled, within=FEED_SECONDS, what=f"everything of {site.id} told and receipted")
        wires = [(site.id, wire) for site in sites for wire in await everything_in(broker, feed_topic(site.id))]
        exchanged = time.perf_counter() - began
        ends = {id_: max(header_of(wire).seq for teller, wire in wires if teller == id_) for id_ in told.nodes}
        publishers = [Publisher(member.party, address=member.address) for member in union.members]
        await spoilt.create_topics({topic_of(id_): 1 for id_ in told.nodes})
        producer = AIOKafkaProducer(bootstrap_servers=spoilt.bootstrap, enable_idempotence=True, acks="all")
        await producer.start()
        stack.push_async_callback(producer.stop)
        platforms = Platforms(spoilt, tmp_path, publishers[:-1], union.pki, producer, publishers)
        supervisor = await stack.enter_async_context(platforms.platform(databases, platform_id=publishers[-1].party.id))
        arriving = at_01.as_a_bad_carrier_brings(wires)
        started = Year(platforms, databases, arriving, ends, supervisor)
        began = time.perf_counter()
        await started.send()
        await started.taken(supervisor)
        took = time.perf_counter() - began
        events = sum(len(node.ledger) for node in told.nodes.values())
        print(
            f"\n{events} events recorded and {len(wires)} told: {exchanged:.1f} s; {len(arriving)} taken: {took:.1f} s"
        )
        yield started


async def union_of(broker: Broker, databases: Databases, folder: Path, *authority_ids: str) -> Union:
    """The three authorities and a platform, who know each other."""
    union = Union(broker, databases, Pki(folder / "pki"))
    ids = [*authority_ids, fresh_id("pt")]
    for port, id_ in zip(free_ports(len(ids)), ids, strict=True):
        home = folder / id_
        home.mkdir()
        union.pki.certificate(home / "tls", f"xc:authority:{id_}")
        union.members.append(Member(Party.new(id_), f"localhost:{port}", home / "tls", home))
    await make_topics(broker, *ids)
    for member in union.members:
        union.write_registry(member)
    return union


async def test_the_year_is_reproduced_and_each_number_opens_and_can_be_proved_again(year: Year) -> None:
    found = {text: await year.supervisor.number(id_, **YEAR, **query) for id_, query, _, _, _, text in TABLE}
    assert {text: number.value for text, number in found.items()} == {text: exact for _, _, exact, *_, text in TABLE}
    for _, _, exact, unit, to, text in TABLE:
        assert said(pb.Figure(unit=unit, value=found[text].value), to=to) == text
        assert await opened(year.supervisor, found[text]) == exact
    assert found["3件"].events == 4, "one of the three was returned first"
    before = await answers(year.supervisor)
    await year.send()
    await year.taken(year.supervisor, duplicates=len(year.arriving))
    assert await answers(year.supervisor) == before
    async with year.site.platform(year.databases, platform_id=year.site.members[-1].party.id) as rebuilt:
        await year.taken(rebuilt)
        assert await answers(rebuilt) == before


async def answers(supervisor: Supervisor) -> list[int]:
    """Every number of the table."""
    return [(await supervisor.number(id_, **YEAR, **query)).value for id_, query, *_ in TABLE]


async def opened(supervisor: Supervisor, number: platform.Statistic) -> int:
    """What the events behind a number add up to."""
    request = platform.ListStatisticEventsRequest(query=number.query)
    summed: int = 0
    request.page.size = 500
    while True:
        answer = await supervisor.ask("ListStatisticEvents", request)
        summed += sum(event.counted for event in answer.events)
        if not answer.next_token:
            return summed
        request.page.token = answer.next_token
