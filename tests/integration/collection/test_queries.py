"""What collections, executions and reconciliations look like to people, over real PostgreSQL."""

from typing import Any
from uuid import UUID

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as rpc
from enforcement.common.v1 import common_pb2 as common

from services.collection.model import collection_of
from services.collection.service import SERVICE
from services.kernel.errors import KernelRefusal, Refused
from tests.support.decider import On, on, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading, titles
from tests.unit.collection import (
    acts,
    test_execution,
    test_obligation,
    test_on_site,
    test_reconciliation,
    test_refunds,
)


async def record(collections: Reading, *history: Any, category: str = "collection") -> None:
    """A history, each event at its act."""
    await collections.record(category, *history)


async def shown(collections: Reading, as_of: str = "") -> rpc.Collection:
    request = rpc.GetCollectionRequest(collection_id=acts.COLLECTION, as_of_on=as_of, min_position=collections.position)
    answer: rpc.GetCollectionResponse = await collections.api.get_collection(request, call())
    return answer.collection


def of(number: int, history: tuple[Any, ...]) -> list[On]:
    """The same history of another case."""
    found = []
    for entry in history:
        act = entry if isinstance(entry, On) else on("2024-11-05 10:00", entry)
        changed = acts.changed(act.event, collection_id=collection_of(uid(f"case {number}")))
        if "case_id" in act.event.DESCRIPTOR.fields_by_name:
            changed = acts.changed(changed, case_id=uid(f"case {number}"))
        found.append(on(act.at, changed))
    return found


async def test_amounts_are_those_of_the_day_that_is_asked(databases: Databases) -> None:
    async with reading(databases, SERVICE) as collections:
        await record(collections, *acts.SERVED, on("2024-12-02 10:00", acts.paid(400_000, "2024-12-02", order="")))
        before, at_due, later = [await shown(collections, day) for day in ("2024-11-20", "2024-12-01", "2025-06-01")]
    assert [(one.owed_fen, one.paid_fen, one.open_fen) for one in before.accounts] == [
        (1_000_000, 0, 1_000_000),
        (50_000, 0, 50_000),
        (0, 0, 0),
    ]
    assert [(one.owed_fen, one.open_fen) for one in at_due.accounts][2] == (120_000, 120_000)
    assert [(one.paid_fen, one.open_fen) for one in later.accounts] == [(400_000, 600_000), (0, 50_000), (0, 1_000_000)]
    assert (before.summary.overdue, at_due.summary.overdue, at_due.summary.due_on) == (False, True, "2024-11-27")
    assert later.as_of_on == "2025-06-01"


async def test_without_a_day_the_amounts_are_those_of_today(databases: Databases) -> None:
    async with reading(databases, SERVICE) as collections:
        await record(collections, *acts.SERVED)
        today = await shown(collections)
    assert (today.as_of_on, today.accounts[2].owed_fen) == ("2024-12-18", 21 * 30_000)


async def test_a_divided_fine_shows_its_dues(databases: Databases) -> None:
    async with reading(databases, SERVICE) as collections:
        await record(collections, *acts.IN_PARTS, on("2024-12-10 10:00", acts.paid(500_000, "2024-12-10", order="")))
        divided = await shown(collections)
    assert [(one.number, one.due_on, one.open_fen) for one in divided.dues] == [
        (1, "2024-12-20", 0),
        (2, "2025-01-20", 500_000),
    ]


async def test_orders_payments_differences_and_refunds_stand_beside_the_amounts(databases: Databases) -> None:
    async with reading(databases, SERVICE) as collections:
        await record(
            collections,
            *acts.SERVED,
            on(acts.ORDERED_AT, acts.ORDERED),
            on(acts.PAID_AT, acts.paid(1_020_000, "2024-11-20")),
            on("2024-12-02 10:00", test_refunds.PROPOSED),
            on("2024-12-03 10:00", test_refunds.APPROVED),
        )
        found = await shown(collections)
        refunds = await collections.api.list_refunds(rpc.ListRefundsRequest(state=pb.REFUND_STATE_APPROVED), call())
        none = await collections.api.list_refunds(rpc.ListRefundsRequest(state=pb.REFUND_STATE_EXECUTED), call())
    assert [(one.state, one.amount_fen) for one in found.orders] == [("已缴纳", 1_000_000)]
    assert [(one.transaction_id, one.paid_on) for one in found.payments] == [("T1", "2024-11-20")]
    assert [(one.state, one.amount_fen) for one in refunds.refunds] == [(pb.REFUND_STATE_APPROVED, 20_000)]
    assert list(none.refunds) == []
    assert found.accounts[0].surplus_fen == 20_000


async def test_what_is_to_be_done_shows_until_it_is_done(databases: Databases) -> None:
    async with reading(databases, SERVICE) as collections:
        await record(collections, *test_obligation.SERVED_ALONE)
        asked = rpc.ListCollectionsRequest(overdue=True, as_of_on="2024-11-28", min_position=collections.position)
        (late,) = (await collections.api.list_collections(asked, call())).collections
        before = await shown(collections)
        await record(collections, test_obligation.PERFORMED)
        after = await shown(collections)
        asked.min_position = collections.position
        none = (await collections.api.list_collections(asked, call())).collections
    assert (late.overdue, late.due_on, before.duty) == (True, "2024-11-27", test_obligation.DUTY)
    assert (after.duty, after.summary.due_on, list(none)) == ("", "", [])


async def test_what_was_collected_on_site_shows_how_far_it_came(databases: Databases) -> None:
    async with reading(databases, SERVICE) as collections:
        await record(collections, *test_on_site.AT_BANK)
        found = await shown(collections)
    assert list(found.on_site) == [
        rpc.CollectedOnSite(
            on_site_id=test_on_site.ON_SITE,
            amount_fen=1_000_000,
            collected_on="2024-11-22",
            ground=pb.ON_SITE_GROUND_WATER,
            receipt_number="川财票00421",
            landed=True,
            handed_in=True,
            transaction_id="D1",
        )
    ]
    assert (found.accounts[0].paid_fen, list(found.payments)) == (1_000_000, [])


async def test_a_collection_is_found_by_its_case_and_not_by_nothing(databases: Databases) -> None:
    async with reading(databases, SERVICE) as collections:
        await record(collections, *acts.SERVED)
        request = rpc.GetCollectionRequest(case_id=acts.CASE, min_position=collections.position)
        found = await collections.api.get_collection(request, call())
        assert found.collection.summary.collection_id == acts.COLLECTION
        for unknown, code in (
            (rpc.GetCollectionRequest(), KernelRefusal.INVALID_REQUEST),
            (rpc.GetCollectionRequest(collection_id="x"), KernelRefusal.INVALID_REQUEST),
            (rpc.GetCollectionRequest(case_id=uid("nobody's")), KernelRefusal.NOT_FOUND),
            (rpc.GetCollectionRequest(case_id=acts.CASE, as_of_on="2025-02-30"), KernelRefusal.INVALID_REQUEST),
        ):
            with pytest.raises(Refused) as refused:
                await collections.api.get_collection(unknown, call())
            assert refused.value.code is code


async def test_lists_go_by_stage_and_by_what_is_overdue_and_by_pages(databases: Databases) -> None:
    async with reading(databases, SERVICE) as collections:
        for number in range(3):
            await record(collections, *of(number, acts.LATE))
        await record(collections, *of(3, acts.SERVED))
        await record(collections, *of(4, (*acts.LATE, acts.performed("2024-12-01"))))
        at = collections.position

        async def listed(**asked: Any) -> list[str]:
            request = rpc.ListCollectionsRequest(min_position=at, **asked)
            return [one.case_id for one in (await collections.api.list_collections(request, call())).collections]

        ids = [uid(f"case {number}") for number in range(5)]
        assert await listed() == ids[::-1]
        assert await listed(stage="逾期未缴") == ids[2::-1]
        assert await listed(overdue=True, as_of_on="2024-11-27") == []
        assert set(ids[:4]) <= set(await listed(overdue=True, as_of_on="2024-11-28"))
        first = await collections.api.list_collections(
            rpc.ListCollectionsRequest(min_position=at, page=common.PageRequest(size=3)), call()
        )
        second = await collections.api.list_collections(
            rpc.ListCollectionsRequest(page=common.PageRequest(size=3, token=first.next_token)), call()
        )
    assert [one.case_id for one in (*first.collections, *second.collections)] == ids[::-1]
    assert second.next_token == ""


async def test_surcharge_that_is_left_open_is_overdue_too(databases: Databases) -> None:
    history = (*acts.ONLY_FINE_SERVED, on("2024-12-02 10:00", acts.paid(1_000_000, "2024-12-02", order="")))
    async with reading(databases, SERVICE) as collections:
        await record(collections, *history)
        request = rpc.ListCollectionsRequest(overdue=True, min_position=collections.position)
        (found,) = (await collections.api.list_collections(request, call())).collections
    assert (found.overdue, found.open_fen, found.due_on) == (True, 0, "")


async def test_open_differences_are_those_that_nobody_has_decided(databases: Databases) -> None:
    def found(number: int) -> pb.PaymentDifferenceFound:
        difference = pb.Difference(difference_id=uid(f"d{number}"), kind=pb.DIFFERENCE_KIND_OVERPAID, amount_fen=1)
        return pb.PaymentDifferenceFound(collection_id=acts.COLLECTION, difference=difference)

    resolved = pb.DifferenceResolved(
        collection_id=acts.COLLECTION,
        difference_id=uid("d0"),
        resolution=pb.DIFFERENCE_RESOLUTION_ACCEPTED,
        note="核实",
    )
    async with reading(databases, SERVICE) as collections:
        await record(collections, *acts.SERVED, found(0), found(1), resolved)
        request = rpc.ListDifferencesRequest(open=True, min_position=collections.position)
        waiting = await collections.api.list_differences(request, call())
        every = await collections.api.list_differences(rpc.ListDifferencesRequest(), call())
    assert [one.difference.difference_id for one in waiting.differences] == [uid("d1")]
    assert [(one.resolution, one.note) for one in every.differences] == [(0, ""), (1, "核实")]


async def test_executions_are_listed_by_case(databases: Databases) -> None:
    async with reading(databases, SERVICE) as executions:
        await record(executions, *test_execution.UNDER_WAY, test_execution.ENDED, category="execution")
        at = executions.position
        answer = await executions.api.list_executions(
            rpc.ListExecutionsRequest(case_id=acts.CASE, min_position=at), call()
        )
        others = await executions.api.list_executions(rpc.ListExecutionsRequest(case_id=uid("other")), call())
    assert list(answer.executions) == [
        rpc.Execution(
            execution_id=test_execution.EXECUTION,
            case_id=acts.CASE,
            kind=pb.EXECUTION_KIND_SUBSTITUTE,
            stage="已结束",
            ground=pb.END_GROUND_COMPLETED,
            cost_fen=280_000,
        )
    ]
    assert list(others.executions) == []


async def test_a_reconciliation_is_open_until_its_differences_are_resolved(databases: Databases) -> None:
    before = test_reconciliation.reconciled([test_reconciliation.ONE], [])
    gone = pb.MismatchResolved(
        reconciliation_id=test_reconciliation.RECONCILIATION,
        mismatch_id=before.mismatches[0].mismatch_id,
        by_comparison=True,
    )
    async with reading(databases, SERVICE) as books:

        async def listed(*, open_only: bool) -> list[rpc.Reconciliation]:
            request = rpc.ListReconciliationsRequest(open=open_only, min_position=books.position)
            return list((await books.api.list_reconciliations(request, call())).reconciliations)

        await record(books, before, category="reconciliation")
        (waiting,) = await listed(open_only=True)
        assert [(one.mismatch.transaction_id, one.resolved) for one in waiting.mismatches] == [("T1", False)]
        await record(
            books,
            test_reconciliation.reconciled([test_reconciliation.ONE], [test_reconciliation.ONE]),
            gone,
            category="reconciliation",
        )
        assert await listed(open_only=True) == []
        (settled,) = await listed(open_only=False)
        await record(books, before, category="reconciliation")
        (again,) = await listed(open_only=True)
    assert (settled.ledger_fen, [one.resolved for one in settled.mismatches]) == (1_000_000, [True])
    assert [one.resolved for one in again.mismatches] == [False]


async def test_the_history_is_told_in_order(databases: Databases) -> None:
    async with reading(databases, SERVICE) as collections:
        await record(collections, *acts.AFTER_DEMAND)
        request = rpc.GetCollectionTimelineRequest(id=acts.COLLECTION, min_position=collections.position)
        told = await collections.api.get_collection_timeline(request, call())
        with pytest.raises(Refused):
            await collections.api.get_collection_timeline(rpc.GetCollectionTimelineRequest(id=uid("x")), call())
    assert titles(told.entries) == [
        "罚没收缴立账",
        "决定书送达生效，确定缴纳期限",
        "逾期未缴纳",
        "确定申请法院强制执行的期限",
        "送达催告书",
    ]


def test_the_id_of_a_collection_follows_from_any_id_of_a_case() -> None:
    version_4 = "6f1c0f5e-5a3e-4e0b-9a53-0d7f6c1a2b3c"
    assert UUID(collection_of(version_4)) != UUID(version_4)
    assert collection_of(version_4) == collection_of(version_4)
