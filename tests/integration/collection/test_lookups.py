"""What decisions look up: whose transaction it is, and the bank's file beside the ledger."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.collection.v1 import events_pb2 as events
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.lookups import lookups
from services.collection.model import Refusal
from services.collection.model.performing import Orders
from services.collection.service import SERVICE
from services.collection.statement import PAYMENT, REVERSAL, Entry, write
from services.kernel.blobs import BlobStore, DiskBlobs
from services.kernel.delivery import Reach
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import type_name
from tests.support.decider import instant, on, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading
from tests.unit.collection import (
    acts,
    test_auction,
    test_cost,
    test_demand_and_court,
    test_ending,
    test_execution,
    test_on_site,
    test_reconciliation,
    test_removal,
    test_reversal,
)


@dataclass(frozen=True, slots=True)
class At:
    """The part of a context that these look-ups use."""

    today: Any

    @property
    def occurred_at(self) -> Any:
        return instant(f"{self.today} 12:00")


@dataclass(slots=True)
class Site:
    """What a look-up finds around it: views, ledger, files."""

    books: Reading
    blobs: BlobStore

    def views(self, service: str) -> Any:
        return self.books.views(service)

    @property
    def ledger(self) -> Any:
        return self.books.ledger

    async def ask(self, command: Any, today: str = "2024-11-21") -> Any:
        return await lookups.by_command[type_name(command)](self, command, At(acts.day(today)))  # type: ignore[arg-type]


RECONCILE = test_reconciliation.RECONCILE
REPEAT = test_reconciliation.REPEAT


@pytest.fixture
async def site(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ENFORCEMENT_COLLECTION_STATEMENTS_DIR", str(tmp_path))
    async with reading(databases, SERVICE) as books:
        await books.record("collection", *acts.SERVED, on(acts.PAID_AT, acts.paid(1_000_000, "2024-11-20")))
        yield Site(books, DiskBlobs(tmp_path / "blobs"))


def bank_says(folder: Path, *entries: Entry) -> bytes:
    content = "".join(write(entries, [instant(acts.PAID_AT)] * len(entries))).encode()
    (folder / "2024-11-20.csv").write_bytes(content)
    return content


async def test_a_transaction_belongs_to_one_collection(site: Site) -> None:
    known = await site.ask(commands.RecordPaymentRequest(collection_id=uid("other"), transaction_id="T1"))
    unknown = await site.ask(commands.RecordPaymentRequest(collection_id=uid("other"), transaction_id="T2"))
    assert (known.collection_id, unknown.collection_id) == (acts.COLLECTION, "")


async def test_a_fiscal_receipt_and_a_deposit_belong_to_one_collection(site: Site, tmp_path: Path) -> None:
    await site.books.record("collection", *test_on_site.AT_BANK[2:])
    used = commands.CollectOnSiteRequest(collection_id=uid("other"), receipt_number=" 川财票00421 ")
    assert await site.ask(used) is True
    assert await site.ask(commands.CollectOnSiteRequest(receipt_number="川财票00422")) is False
    number = commands.RecordFiscalReceiptRequest(transaction_id="T1", receipt_number="川财票00421")
    assert await site.ask(number) is True
    await site.books.record(
        "collection",
        events.FiscalReceiptRecorded(transaction_id="T1", receipt_number="川财票00422", collection_id=acts.COLLECTION),
    )
    other = acts.changed(number, receipt_number="川财票00422")
    assert await site.ask(other) is False
    assert await site.ask(acts.changed(other, transaction_id="T2")) is True
    on_the_spot = on_spot.OnSpotPenaltyDecided(
        on_spot_id=uid("spot"), collected_on_spot_fen=10_000, receipt_number=" 川财票00423"
    )
    await site.books.record("on_spot", on_the_spot)
    assert await site.ask(acts.changed(number, receipt_number="川财票00423")) is True
    first, second = (lookups.in_turn[type_name(one)] for one in (used, number))
    assert first == second, "two officers enter one number one after another"
    again = commands.BankOnSiteRequest(collection_id=uid("other"), transaction_id="D1")
    told = commands.RecordPaymentRequest(collection_id=uid("other"), transaction_id="D1")
    for command in (again, told):
        assert (await site.ask(command)).collection_id == acts.COLLECTION


async def test_the_banks_file_calls_a_deposit_a_payment(site: Site, tmp_path: Path) -> None:
    await site.books.record("collection", *test_on_site.AT_BANK[2:])
    at = instant("2024-11-26 10:00")
    line = Entry("D1", PAYMENT, acts.COLLECTION, 1_000_000)
    (tmp_path / "2024-11-26.csv").write_text("".join(write([line], [at])), encoding="utf-8")
    found = await site.ask(commands.ReconcileDayRequest(day_on="2024-11-26"), "2024-11-27")
    assert (found.bank, found.ledger) == ((line,), (line,))


async def test_a_deposit_of_what_was_collected_on_the_spot_is_in_the_day_under_its_penalty(
    site: Site, tmp_path: Path
) -> None:
    banked = on_spot.OnSpotFineBanked(on_spot_id=uid("spot"), amount_fen=10_000, bank_reference="D2")
    await site.books.record("on_spot", on("2024-11-26 10:00", banked))
    line = Entry("D2", PAYMENT, uid("spot"), 10_000)
    at = instant("2024-11-26 11:00")
    (tmp_path / "2024-11-26.csv").write_text("".join(write([line], [at])), encoding="utf-8")
    found = await site.ask(commands.ReconcileDayRequest(day_on="2024-11-26"), "2024-11-27")
    assert (found.bank, found.ledger) == ((line,), (line,))


async def test_the_file_is_kept_as_evidence_and_stands_beside_the_ledgers_day(site: Site, tmp_path: Path) -> None:
    line = Entry("T1", PAYMENT, acts.COLLECTION, 1_000_000)
    content = bank_says(tmp_path, line)
    found = await site.ask(RECONCILE)
    assert (found.bank, found.ledger, found.before) == ((line,), (line,), "")
    assert found.file.sha256 == sha256(content).digest()
    assert b"".join([piece async for piece in site.blobs.open(found.file.sha256)]) == content
    assert (await site.ask(RECONCILE)).file == found.file


async def test_a_day_is_compared_when_it_is_over_and_its_file_is_there_and_whole(site: Site, tmp_path: Path) -> None:
    for spoil, today, code in (
        (None, "2024-11-20", Refusal.DAY_NOT_OVER),
        (None, "2024-11-21", Refusal.STATEMENT_MISSING),
        (b"transaction_id,", "2024-11-21", Refusal.STATEMENT_BAD),
    ):
        if spoil is not None:
            (tmp_path / "2024-11-20.csv").write_bytes(spoil)
        with pytest.raises(Refused) as refused:
            await site.ask(RECONCILE, today)
        assert refused.value.code is code


async def test_without_a_folder_there_is_no_file(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENFORCEMENT_COLLECTION_STATEMENTS_DIR")
    with pytest.raises(Refused) as refused:
        await site.ask(RECONCILE)
    assert refused.value.code is Refusal.STATEMENT_MISSING


async def test_a_day_that_was_compared_is_known_and_compared_again_by_its_id(site: Site, tmp_path: Path) -> None:
    bank_says(tmp_path)
    with pytest.raises(Refused) as refused:
        await site.ask(REPEAT)
    assert refused.value.code is KernelRefusal.NOT_FOUND
    await site.books.record("reconciliation", test_reconciliation.reconciled([], []))
    assert (await site.ask(RECONCILE)).before == test_reconciliation.RECONCILIATION
    assert [entry.transaction_id for entry in (await site.ask(REPEAT)).ledger] == ["T1"]


async def test_the_price_of_an_auction_and_what_was_taken_back_are_in_the_day_as_the_bank_has_them(
    site: Site, tmp_path: Path
) -> None:
    await site.books.record("collection", *test_auction.AFTER_SALE[-3:], on("2024-11-25 10:00", DECIDED_AND_PAID))
    await site.books.record("collection", on(test_reversal.REVERSED_AT, test_reversal.REVERSED))
    lines = [Entry("A1", PAYMENT, acts.COLLECTION, 2_500_001), Entry("V1", REVERSAL, acts.COLLECTION, 1_000_000)]
    at = instant("2024-11-25 10:00")
    (tmp_path / "2024-11-25.csv").write_text("".join(write(lines, [at, at])), encoding="utf-8")
    found = await site.ask(commands.ReconcileDayRequest(day_on="2024-11-25"), "2024-11-26")
    assert found.bank == found.ledger == tuple(lines)
    elsewhere = commands.RecordAuctionProceedsRequest(collection_id=uid("other"), transaction_id="A1")
    assert (await site.ask(elsewhere)).collection_id == acts.COLLECTION


DECIDED_AND_PAID = acts.changed(test_auction.RECEIVED, received_on="2024-11-25")


async def test_what_is_seized_in_the_case_may_be_auctioned_until_it_is_released(site: Site) -> None:
    asked = commands.DecideAuctionRequest(collection_id=acts.COLLECTION, measure_id=test_auction.MEASURE)
    assert (await site.ask(asked)).measure_ids == frozenset()
    seized = cases.ItemsSeized(case_id=acts.CASE, measure_id=test_auction.MEASURE)
    await site.books.record("case", seized)
    assert await site.ask(asked) == test_auction.SEIZED
    released = cases.SeizureReleased(case_id=acts.CASE, measure_id=test_auction.MEASURE)
    await site.books.record("case", on("2024-11-21 10:00", released))
    assert (await site.ask(asked)).measure_ids == frozenset()
    assert await site.ask(asked, today="2024-11-20") == test_auction.SEIZED


async def test_a_remedy_in_the_case_stands_against_a_forced_removal(site: Site) -> None:
    await site.books.record("execution", test_execution.DEMANDED)
    assert not (await site.ask(test_execution.START)).any
    await site.books.record("case", decisions.RemedyStarted(case_id=acts.CASE, remedy_id=uid("remedy")))
    assert (await site.ask(test_execution.START)).any


async def test_the_cost_of_an_execution_is_shown_by_it(site: Site) -> None:
    await site.books.record("collection", test_cost.OPENED, on(test_cost.CHARGED_AT, test_cost.DUE))
    request = commands.GetCollectionRequest(
        execution_id=test_execution.EXECUTION, min_position=site.books.position, as_of_on="2025-03-21"
    )
    shown = (await site.books.api.get_collection(request, call())).collection
    assert (shown.summary.execution_id, shown.summary.case_id) == (test_execution.EXECUTION, "")
    assert [(one.account, one.open_fen) for one in shown.accounts if one.owed_fen] == [
        (events.ACCOUNT_SUBSTITUTE_COST, 280_000)
    ]


async def test_papers_of_an_execution_and_its_cost_reach_the_party_as_the_case_says(site: Site) -> None:
    confirmed = delivery.DeliveryAddressConfirmed(case_id=acts.CASE, electronic=True, system="渝快办")
    await site.books.record("case", confirmed)
    await site.books.record("execution", test_execution.DEMANDED)
    await site.books.record("collection", test_cost.OPENED)
    papers: list[tuple[Any, delivery.ServedDocument.ValueType]] = [
        (test_execution.DEMAND, delivery.SERVED_DOCUMENT_DEMAND),
        (test_execution.ONCE_MORE, delivery.SERVED_DOCUMENT_DEMAND),
        (test_execution.SERVE, delivery.SERVED_DOCUMENT_EXECUTION_DECISION),
        (test_cost.CHARGE, delivery.SERVED_DOCUMENT_COST),
        (acts.changed(acts.DEMAND, collection_id=test_cost.COST), delivery.SERVED_DOCUMENT_DEMAND),
    ]
    posted = {kind: f"2025-03-{10 + kind} 09:00" for _, kind in papers}
    for kind, at in posted.items():
        await site.books.record("case", on(at, delivery.ServiceNoticePosted(case_id=acts.CASE, document=kind)))
    for paper, kind in papers:
        used_on = acts.day("2025-03-03") if kind == delivery.SERVED_DOCUMENT_DEMAND else None
        assert await site.ask(paper) == Reach("渝快办", instant(posted[kind]), used_on)


async def test_what_took_effect_last_of_a_kind_in_a_case_had_its_notice(site: Site) -> None:
    async def used_on(paper: Any) -> Any:
        return (await site.ask(paper)).used_on

    await site.books.record("execution", test_execution.DEMANDED)
    await site.books.record("collection", acts.DEMANDED)
    for paper in (test_execution.DEMAND, test_execution.ONCE_MORE, acts.DEMAND):
        assert await used_on(paper) == acts.day("2025-06-03")
    assert await used_on(acts.changed(test_execution.DEMAND, case_id=uid("another case"))) is None
    await site.books.record("collection", test_cost.OPENED)
    of_cost = acts.changed(acts.DEMANDED, collection_id=test_cost.COST, case_id="", served_on="2025-07-01")
    await site.books.record("collection", of_cost)
    await site.books.record("execution", test_execution.DECISION_SERVED, test_cost.CHARGED)
    assert await used_on(test_execution.DEMAND) == acts.day("2025-07-01")
    assert await used_on(test_cost.CHARGE) == acts.day(test_cost.CHARGED.effective_on)
    assert await used_on(test_execution.SERVE) == acts.day(test_execution.DECISION_SERVED.served_on)


async def test_what_holds_at_once_is_put_up_anew_for_each_decision(site: Site) -> None:
    """A suspension and the resumption that follows within the thirty days have a notice each."""
    await site.books.record("collection", acts.OPENED)
    notice = delivery.ServiceNoticePosted(
        case_id=acts.CASE, document=delivery.SERVED_DOCUMENT_EXECUTION_CHANGE, matter_id=acts.COLLECTION
    )
    first, second = "2024-12-02 09:00", "2024-12-10 09:00"
    await site.books.record("case", on(first, notice))
    assert await site.ask(test_ending.RESUME) == Reach("", instant(first), None)
    await site.books.record("collection", on("2024-12-03 09:00", test_demand_and_court.SUSPENDED))
    await site.books.record("case", on(second, notice))
    assert await site.ask(test_ending.RESUME) == Reach("", instant(second), acts.day("2024-12-03"))
    assert (await site.ask(acts.DIVIDE)).posted_at is None
    decided = await site.ask(test_auction.DECIDE)
    assert decided.reach == Reach()


async def test_a_notice_that_names_what_it_is_of_serves_no_other_paper_of_its_kind(site: Site) -> None:
    """Of a collection and an execution of one case: neither its posting nor its use counts for the other."""
    await site.books.record("execution", test_execution.DEMANDED)
    await site.books.record("collection", acts.DEMANDED)
    notice = delivery.ServiceNoticePosted(
        case_id=acts.CASE, document=delivery.SERVED_DOCUMENT_DEMAND, matter_id=test_execution.EXECUTION
    )
    await site.books.record("case", on("2025-03-10 09:00", notice))
    assert await site.ask(test_execution.ONCE_MORE) == Reach("", instant("2025-03-10 09:00"), acts.day("2025-03-03"))
    assert (await site.ask(acts.DEMAND)).posted_at is None


async def test_the_party_of_a_penalty_on_the_spot_is_reached_as_that_says(site: Site) -> None:
    spot, posted_at = uid("fined on the spot"), "2025-03-10 09:00"
    await site.books.record("collection", acts.changed(acts.OPENED, case_id="", on_spot_id=spot))
    assert await site.ask(acts.DEMAND) == Reach()
    await site.books.record(
        "on_spot", on_spot.OnSpotAddressConfirmed(on_spot_id=spot, electronic=True, system="渝快办")
    )
    notice = on_spot.OnSpotNoticePosted(
        on_spot_id=spot, document=delivery.SERVED_DOCUMENT_DEMAND, matter_id=acts.COLLECTION
    )
    await site.books.record("on_spot", on(posted_at, notice))
    assert await site.ask(acts.DEMAND) == Reach("渝快办", instant(posted_at), None)
    assert await site.ask(test_ending.RESUME) == Reach("渝快办")
    await site.books.record("collection", acts.changed(acts.DEMANDED, case_id=""))
    assert (await site.ask(acts.DEMAND)).used_on == acts.day("2025-06-03")


async def test_what_is_charged_of_a_cost_is_shown_as_the_remedy_left_it(site: Site) -> None:
    async def charged_fen() -> int:
        request = commands.ListExecutionsRequest(case_id=acts.CASE, min_position=site.books.position)
        (shown,) = (await site.books.api.list_executions(request, call())).executions
        return int(shown.charged_fen)

    await site.books.record("execution", test_execution.DEMANDED, test_execution.ENDED, test_cost.CHARGED)
    await site.books.record("collection", test_cost.OPENED)
    assert await charged_fen() == 280_000
    less = events.DecisionChangeNoted(
        collection_id=test_cost.COST, execution_id=test_execution.EXECUTION, cost_fen=200_000
    )
    await site.books.record("collection", less)
    assert await charged_fen() == 200_000
    await site.books.record("execution", events.SubstituteCostRevoked(execution_id=test_execution.EXECUTION))
    assert await charged_fen() == 0


async def test_an_order_took_effect_when_the_case_says_so(site: Site) -> None:
    await site.books.record("execution", test_execution.DEMANDED)
    assert await site.ask(test_removal.POST) == Orders()
    ordered = cases.CorrectionOrdered(case_id=acts.CASE, effective_on="2025-02-20")
    first = cases.DecisionServed(case_id=acts.CASE, effective_on="2025-03-03")
    anew = cases.DecisionServed(case_id=acts.CASE, effective_on="2025-03-04", set_aside_reason="代收人不适格")
    await site.books.record("case", ordered, first, anew)
    assert await site.ask(test_removal.POST) == Orders(frozenset({acts.day("2025-02-20"), acts.day("2025-03-04")}))
    revoked = decisions.DecisionRevoked(case_id=acts.CASE)
    await site.books.record("case", revoked)
    assert await site.ask(test_removal.POST) == Orders(frozenset({acts.day("2025-02-20")}))
