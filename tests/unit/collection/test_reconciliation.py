"""The bank's file against the ledger: read whole or not at all, and everything that differs is named."""

from datetime import date, datetime, timedelta

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands
from enforcement.common.v1 import common_pb2 as common
from hypothesis import given as draw
from hypothesis import strategies as st

from services.collection.model import Refusal, reconciliation
from services.collection.model.reconciliation import Compared
from services.collection.statement import (
    MISMATCHES_MAX,
    PAYMENT,
    REFUND,
    REVERSAL,
    BadStatement,
    Entry,
    compare,
    parse,
    write,
)
from services.kernel.clock import SHANGHAI
from tests.support.decider import given, uid
from tests.unit.collection.acts import BY_FINANCE, COLLECTION

DAY = date(2024, 11, 20)
AT = datetime(2024, 11, 20, 10, 15, tzinfo=SHANGHAI)
RECONCILIATION = uid("reconciliation")
ONE = Entry("T1", PAYMENT, COLLECTION, 1_000_000)
TWO = Entry("T2", PAYMENT, COLLECTION, 50_000)
BACK = Entry("R1", REFUND, COLLECTION, 20_000)
TAKEN_BACK = Entry("V1", REVERSAL, COLLECTION, 50_000)
FILE = common.BlobRef(sha256=b"1" * 32, size=10, media_type="text/csv", file_name="2024-11-20.csv")
RECONCILE = commands.ReconcileDayRequest(reconciliation_id=RECONCILIATION, day_on="2024-11-20")
REPEAT = commands.RepeatReconciliationRequest(reconciliation_id=RECONCILIATION)


def text(*entries: Entry) -> str:
    return "".join(write(entries, [AT] * len(entries)))


def found(bank: list[Entry], ledger: list[Entry], before: str = "") -> Compared:
    return Compared(FILE, tuple(bank), tuple(ledger), before)


def reconciled(bank: list[Entry], ledger: list[Entry]) -> pb.DayReconciled:
    return pb.DayReconciled(
        reconciliation_id=RECONCILIATION,
        day_on="2024-11-20",
        file=FILE,
        line_count=len(bank),
        bank_fen=sum(entry.signed_fen for entry in bank),
        ledger_fen=sum(entry.signed_fen for entry in ledger),
        mismatches=compare(DAY, bank, ledger),
    )


entries = st.builds(
    Entry,
    st.text("ABC0123456789", min_size=1, max_size=12),
    st.sampled_from([PAYMENT, REFUND]),
    st.just(COLLECTION),
    st.integers(1, 10**12),
)


def test_a_file_of_somebody_else_is_refused_and_not_listed_line_by_line():
    lines = [Entry(f"T{n}", PAYMENT, COLLECTION, 1) for n in range(MISMATCHES_MAX + 1)]
    given(reconciliation).when(RECONCILE, found=found(lines, []), **BY_FINANCE).refused(
        Refusal.TOO_MANY_MISMATCHES, count=MISMATCHES_MAX + 1
    )
    assert given(reconciliation).when(RECONCILE, found=found(lines[1:], []), **BY_FINANCE).events


@draw(st.lists(entries, max_size=30))
def test_what_is_written_is_read_again(lines):
    assert parse(text(*lines).encode(), DAY) == lines


@draw(st.lists(entries, min_size=1, max_size=10), st.data())
def test_a_file_that_is_cut_anywhere_is_refused(lines, data):
    whole = text(*lines).encode()
    cut = whole[: data.draw(st.integers(0, len(whole) - 2))]
    with pytest.raises(BadStatement):
        parse(cut, DAY)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", 1),
        ("transaction,kind\n#END,0,0\n", 1),
        (text(ONE).replace("PAYMENT", "GIFT"), 2),
        (text(ONE).replace("1000000", "10000.00"), 2),
        (text(ONE).replace("1000000", "-5"), 2),
        (text(ONE).replace("1000000", "１２"), 2),
        (text(ONE, TWO).replace("2024-11-20T10:15", "2024-11-21T10:15", 1), 2),
        (text(ONE).replace("+08:00", ""), 2),
        (text(ONE).replace(f",{COLLECTION}", ""), 2),
        (text(ONE, TWO).replace("#END,2", "#END,3"), 4),
        (text(ONE, TWO).replace("#END,2,1050000", "#END,2,1050001"), 4),
        (text(ONE, TWO).partition("#END")[0], 3),
    ],
    ids=[
        "empty",
        "header",
        "kind",
        "yuan",
        "negative",
        "wide-digits",
        "other-day",
        "no-zone",
        "fields",
        "count",
        "sum",
        "end",
    ],
)
def test_a_file_with_one_wrong_line_is_refused_and_the_line_named(content, line):
    with pytest.raises(BadStatement) as bad:
        parse(content.encode(), DAY)
    assert bad.value.line == line


def test_bytes_that_are_no_text_are_refused_and_a_byte_order_mark_is_not():
    with pytest.raises(BadStatement):
        parse("交易".encode("gb18030"), DAY)
    assert parse(text(ONE).encode("utf-8-sig"), DAY) == [ONE]


@pytest.mark.parametrize(
    ("bank", "ledger", "kinds"),
    [
        ([ONE, TWO, BACK], [BACK, TWO, ONE], []),
        ([ONE, TWO], [ONE], [pb.MISMATCH_KIND_MISSING_IN_LEDGER]),
        ([ONE], [ONE, BACK], [pb.MISMATCH_KIND_MISSING_AT_BANK]),
        ([ONE], [Entry("T1", PAYMENT, COLLECTION, 999_999)], [pb.MISMATCH_KIND_AMOUNT]),
        ([ONE], [Entry("T1", PAYMENT, uid("other"), 1_000_000)], [pb.MISMATCH_KIND_MATTER]),
        ([ONE], [Entry("T1", REFUND, COLLECTION, 1_000_000)], [pb.MISMATCH_KIND_MATTER]),
        ([ONE, ONE], [ONE], [pb.MISMATCH_KIND_REPEATED_LINE]),
    ],
    ids=["equal", "lost callback", "unknown to the bank", "amount", "matter", "kind", "twice"],
)
def test_everything_that_differs_is_named(bank, ledger, kinds):
    assert [one.kind for one in compare(DAY, bank, ledger)] == kinds


@draw(
    st.lists(entries, unique_by=lambda one: one.transaction_id),
    st.lists(entries, unique_by=lambda one: one.transaction_id),
)
def test_nothing_differs_exactly_when_both_sides_say_the_same(bank, ledger):
    assert (compare(DAY, bank, ledger) == []) == (set(bank) == set(ledger))


def test_a_day_is_compared_and_its_differences_listed():
    event = reconciled([ONE, TWO], [ONE])
    state = given(reconciliation).when(RECONCILE, found=found([ONE, TWO], [ONE]), **BY_FINANCE).then(event)
    assert [one.transaction_id for one in state.open.values()] == ["T2"]


def test_a_day_has_one_reconciliation():
    given(reconciliation).when(RECONCILE, found=found([], [], uid("first")), **BY_FINANCE).refused(
        Refusal.DAY_RECONCILED_BEFORE, reconciliation_id=uid("first")
    )


def test_what_a_later_comparison_no_longer_shows_is_resolved_by_it():
    before, after = reconciled([ONE, TWO], [ONE]), reconciled([ONE, TWO], [ONE, TWO])
    gone = pb.MismatchResolved(
        reconciliation_id=RECONCILIATION, mismatch_id=before.mismatches[0].mismatch_id, by_comparison=True
    )
    state = (
        given(reconciliation, before).when(REPEAT, found=found([ONE, TWO], [ONE, TWO]), **BY_FINANCE).then(after, gone)
    )
    assert state.open == {}
    back = given(reconciliation, before, after, gone).when(REPEAT, found=found([ONE, TWO], [ONE]), **BY_FINANCE)
    assert list(back.state.open) == [gone.mismatch_id]


def test_a_person_resolves_a_difference_with_a_note_and_it_stays_resolved():
    before = reconciled([ONE], [ONE, TWO])
    mismatch_id = before.mismatches[0].mismatch_id
    command = commands.ResolveMismatchRequest(
        reconciliation_id=RECONCILIATION, mismatch_id=mismatch_id, note="银行次日补记"
    )
    resolved = pb.MismatchResolved(reconciliation_id=RECONCILIATION, mismatch_id=mismatch_id, note="银行次日补记")
    given(reconciliation, before).when(command, **BY_FINANCE).then(resolved)
    given(reconciliation, before, resolved).when(command, **BY_FINANCE).refused(Refusal.MISMATCH_NOT_OPEN)
    again = given(reconciliation, before, resolved).when(REPEAT, found=found([ONE], [ONE, TWO]), **BY_FINANCE)
    assert again.state.open == {}


def test_a_comparison_has_the_same_ids_every_time():
    assert compare(DAY, [ONE], []) == compare(DAY, [ONE], [])
    assert compare(DAY, [ONE], [])[0].mismatch_id != compare(DAY + timedelta(1), [ONE], [])[0].mismatch_id


def test_what_the_bank_took_back_lowers_the_sum_and_is_missed_where_the_ledger_lacks_it():
    content = text(TWO, TAKEN_BACK).encode()
    assert content.decode().splitlines()[-1] == "#END,2,0"
    assert parse(content, DAY) == [TWO, TAKEN_BACK]
    (missing,) = compare(DAY, [TWO, TAKEN_BACK], [TWO])
    assert (missing.kind, missing.transaction_id) == (pb.MISMATCH_KIND_MISSING_IN_LEDGER, "V1")
    assert compare(DAY, [TWO, TAKEN_BACK], [TWO, TAKEN_BACK]) == []
