"""Numbers and their events, from a log that was filled in any order: always those of a fold from scratch."""

import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from enforcement.deadlines.v1 import events_pb2 as deadlines
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.platform.v1 import service_pb2 as pb
from enforcement.transfer.v1 import opinion_pb2 as opinions
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kernel.ledger import Ledger
from services.kernel.messages import to_timestamp
from services.platform import definitions as kou_jing
from services.platform import linkage_definitions as linkage
from services.platform.figures import Figures, Page
from services.platform.intake import Intake
from services.platform.judge import Arrival, Judge
from services.platform.settings import PlatformSettings
from services.platform.statistics import Definition, fold
from services.platform.store import Store
from tests.support.kafka import fresh_id
from tests.support.members import CATALOGUE, Party, registry
from tests.unit.platform.feeds import Tale, log, name, publish

CLASSES = [joint.INSPECTION_CLASS_PASSENGER, joint.INSPECTION_CLASS_RIDE_HAILING, joint.INSPECTION_CLASS_OTHER]
INSPECTED = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(CLASSES)), min_size=1, max_size=20)
"""Inspections by their number; the same number again is the same inspection, told anew."""


@pytest.fixture
async def store(ledger: Ledger) -> Store:
    return Store(ledger, quarantine_bytes_max=1 << 20)


async def brought(store: Store, party: Party, wires: list[bytes], *, batch: int, dice: random.Random) -> None:
    """Brings a feed in disorder, every third envelope twice, in batches."""
    arriving = [*wires, *wires[::3]]
    dice.shuffle(arriving)
    known = registry(party)
    intake = Intake(
        store,
        Judge(CATALOGUE),
        PlatformSettings(batch_max=batch),
        registry=lambda: known,
        wall=lambda: datetime.now(UTC),
    )
    running = asyncio.create_task(intake.run())
    try:
        for wire in arriving:
            number = await intake.take(Arrival(wire, party.id, "kafka"))
        await asyncio.wait_for(intake.done(number), 20)
    finally:
        running.cancel()


async def pages(figures: Figures, query: pb.StatisticQuery, size: int) -> list[Page]:
    found = [await figures.opened(query, 0, size)]
    while (after := found[-1].after) is not None:
        found.append(await figures.opened(query, after, size))
    return found


def question(definition: Definition, party: Party, **query: Any) -> pb.StatisticQuery:
    return pb.StatisticQuery(
        definition_id=definition.id, definition_version=definition.version, authority_id=party.id, **query
    )


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(inspected=INSPECTED, seed=st.integers(0, 2**16), batch=st.integers(1, 7), size=st.integers(1, 6))
async def test_numbers_and_pages_are_those_of_a_fold_from_scratch(
    store: Store, inspected: list[tuple[int, int]], seed: int, batch: int, size: int
) -> None:
    party = Party.new(fresh_id("jt"))
    events = [
        joint.InspectionRecorded(inspection_id=name(party.id, number), inspection_class=kind)  # type: ignore[arg-type]
        for number, kind in inspected
    ]
    await brought(store, party, [publish(party, each) for each in events], batch=batch, dice=random.Random(seed))
    scratch = fold(kou_jing.INSPECTIONS, log([Tale(party.id, each) for each in events]))
    for part in ("", *kou_jing.INSPECTIONS.part_names):
        query = question(kou_jing.INSPECTIONS, party, part=part)
        expected = pb.Statistic()
        number = await Figures(store).figure(query)
        whole = scratch.result(expected.query)
        assert number.value == (whole.value if not part else _of(whole, part))
        opened = [each for page in await pages(Figures(store), query, size) for each in page.events]
        assert sum(each.counted for each in opened) == number.value
        assert len(opened) == number.events
        assert len({each.change.told.event_id for each in opened}) == len(opened)


def _of(whole: pb.Statistic, part: str) -> int:
    return next((each.value for each in whole.parts if each.part == part), 0)


async def test_a_page_reads_only_what_the_one_before_it_did_not(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    party, count, size = Party.new(fresh_id("jt")), 60, 5
    wires = [publish(party, joint.EducationRecorded(head_count=1)) for _ in range(count)]
    await brought(store, party, wires, batch=20, dice=random.Random(1))
    folded = 0
    counting = kou_jing.EDUCATION.count

    def count_one(definition: Definition, told: object) -> object:
        nonlocal folded
        folded += 1
        return counting(told)  # type: ignore[arg-type]

    monkeypatch.setattr(Definition, "count", count_one)
    figures, query = Figures(store), question(kou_jing.EDUCATION, party)
    found = await pages(figures, query, size)
    assert [len(page.events) for page in found] == [size] * (count // size)
    assert folded <= 3 * count, "a fold from the beginning for each page would be 390"
    folded = 0
    again = await figures.opened(query, found[1].after or 0, size)
    assert again.events == found[2].events
    assert folded > 2 * size, "another one's page, or the same again, folds from the beginning"


async def test_what_a_period_received_counts_as_answered_whenever_it_was(store: Store) -> None:
    """Received in March, answered in May; the other one was received in May."""
    party = Party.new(fresh_id("jt"))
    march, may = datetime(2025, 3, 10, 2, tzinfo=UTC), datetime(2025, 5, 9, 2, tzinfo=UTC)
    told = [
        (opinions.OpinionReceived(opinion_case_id=name(party.id, n), opinion_id=name(n)), at)
        for n, at in ((1, march), (2, may))
    ]
    wires = [publish(party, event, at) for event, at in told]
    for n in (1, 2):
        met = deadlines.DeadlineMet(
            deadline_id=name("clock", n), subject_id=name(n), rule_id="opinion.reply", in_time=True
        )
        wires.append(publish(party, met, may))
    await brought(store, party, wires, batch=2, dice=random.Random(1))
    for begins, ends, expected in ((3, 4, (1, 1)), (4, 5, (0, 0)), (5, 6, (1, 1)), (3, 6, (2, 2))):
        query = question(
            linkage.ON_TIME,
            party,
            begins_at=to_timestamp(datetime(2025, begins, 1, tzinfo=UTC)),
            ends_at=to_timestamp(datetime(2025, ends, 1, tzinfo=UTC)),
        )
        figure = await Figures(store).figure(query)
        assert (figure.numerator, figure.denominator) == expected
        opened = [each for page in await pages(Figures(store), query, 1) for each in page.events]
        assert (sum(one.counted for one in opened), sum(one.counted_out_of for one in opened)) == expected
