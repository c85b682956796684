"""AT-01 泸县2024年联合执法数据由事件得出：159次、1908台次、266台次、2923人次；川渝8次、312台次、416人次。

一年的行动由真实的业务规则在三家单位逐一作出，签名信封经 Kafka 重复、乱序送达，平台据以得出报告中的数字；
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

from deploy.local.pki import Pki
from services.joint_operations.numbers import said
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_timestamp
from services.platform.streams import topic_of
from tests.integration.platform.publisher import Publisher
from tests.integration.platform.site import Site, Supervisor
from tests.scenarios import at_01
from tests.support.decider import LUXIAN, RONGCHANG, YONGCHUAN
from tests.support.eventually import eventually
from tests.support.kafka import own_broker
from tests.support.members import Party
from tests.support.postgres import Databases
from tests.unit.joint_operations.authorities import Authorities

YEAR = {
    "begins_at": to_timestamp(datetime(2024, 1, 1, tzinfo=SHANGHAI)),
    "ends_at": to_timestamp(datetime(2025, 1, 1, tzinfo=SHANGHAI)),
}
FIVE: dict[str, Any] = {"operation_type": pb.OPERATION_TYPE_FIVE_UNIFIED, "authority_id": LUXIAN.id}
CROSS: dict[str, Any] = {"operation_type": pb.OPERATION_TYPE_SICHUAN_CHONGQING}
COACHES = pb.InspectionClass.Name(pb.INSPECTION_CLASS_PASSENGER)
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
]
"""Definition, question, exact number, unit, what the text is rounded down to, and the text."""
FEED_SECONDS = 240.0
"""Bound on the time in which a platform takes the whole year."""


@dataclass(slots=True, repr=False)
class Year:
    """The feeds of the year as a bad carrier brings them, and a platform that has taken them."""

    site: Site
    databases: Databases
    arriving: list[tuple[Publisher, bytes]]
    supervisor: Supervisor

    async def send(self) -> None:
        """Everything once more, in the same disorder."""
        sent = [
            await self.site.producer.send(topic_of(one.party.id), wire, key=one.party.id.encode())
            for one, wire in self.arriving
        ]
        await asyncio.wait_for(asyncio.gather(*sent), FEED_SECONDS)

    async def taken(self, supervisor: Supervisor, duplicates: int = 0) -> None:
        """Waits until a platform has every feed up to its end, and has seen so many envelopes again."""
        ends = {one.party.id: one.party.link.seq for one in self.site.publishers}

        async def has_all() -> bool:
            feeds = await supervisor.feeds()
            again = sum(feed.duplicates for feed in feeds.values())
            return again >= duplicates and all(id_ in feeds and feeds[id_].seq >= end for id_, end in ends.items())

        await eventually(has_all, within=FEED_SECONDS, what="the whole year on the platform")


@pytest.fixture(scope="module")
def told() -> Authorities:
    return at_01.year()


@pytest.fixture
async def year(told: Authorities, databases: Databases, tmp_path: Path) -> AsyncIterator[Year]:
    """Three publishers of those ids on a broker of their own, and a platform that follows them from the first event."""
    publishers = [Publisher(Party.new(one.id)) for one in (LUXIAN, YONGCHUAN, RONGCHANG)]
    pki = Pki(tmp_path / "pki")
    pki.ensure([each.party.id for each in publishers])
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(own_broker())
        await broker.create_topics({topic_of(each.party.id): 1 for each in publishers})
        for publisher in publishers:
            await stack.enter_async_context(publisher.serving(pki))
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True, acks="all")
        await producer.start()
        stack.push_async_callback(producer.stop)
        site = Site(broker, tmp_path, publishers, pki, producer, list(publishers))
        tales = list(at_01.tales(told))
        arriving = at_01.as_a_bad_carrier_brings(site.publish(tales), [tale.occurred_at for tale in tales])
        supervisor = await stack.enter_async_context(site.platform(databases))
        started = Year(site, databases, arriving, supervisor)
        began = time.perf_counter()
        await started.send()
        await started.taken(supervisor)
        took = time.perf_counter() - began
        print(
            f"\n{len(tales)} events of the year, {len(arriving)} envelopes through Kafka to the platform: {took:.1f} s"
        )
        yield started


async def test_the_year_is_reproduced_and_each_number_opens_and_can_be_proved_again(year: Year) -> None:
    found = {text: await year.supervisor.number(id_, **YEAR, **query) for id_, query, _, _, _, text in TABLE}
    assert {text: number.value for text, number in found.items()} == {text: exact for _, _, exact, *_, text in TABLE}
    for _, _, exact, unit, to, text in TABLE:
        assert said(pb.Figure(unit=unit, value=found[text].value), to=to) == text
        assert await opened(year.supervisor, found[text]) == exact
    before = await answers(year.supervisor)
    await year.send()
    await year.taken(year.supervisor, duplicates=len(year.arriving))
    assert await answers(year.supervisor) == before
    async with year.site.platform(year.databases) as rebuilt:
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
