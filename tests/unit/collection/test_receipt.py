"""The number of a fiscal receipt that the collecting side did not name is entered once (行政处罚法 art. 70)."""

from typing import Any

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import Refusal, collection
from tests.support.decider import given, on
from tests.unit.collection import acts, test_reversal
from tests.unit.collection.acts import BY_BANK, COLLECTION, FINE, PAID_AT, changed

RECORD = commands.RecordFiscalReceiptRequest(
    collection_id=COLLECTION, transaction_id="T1", receipt_number=" 川财票0007 ", document=acts.file("财政票据")
)
RECORDED = pb.FiscalReceiptRecorded(
    collection_id=COLLECTION, transaction_id="T1", receipt_number="川财票0007", document=acts.file("财政票据")
)
PAID = (*acts.ONLY_FINE_SERVED, on(PAID_AT, acts.paid(FINE, "2024-11-20")))
TAKEN_BACK = on(test_reversal.REVERSED_AT, changed(test_reversal.REVERSED, order_id=""))
BY_FINANCE: dict[str, Any] = {**acts.BY_FINANCE, "at": "2024-11-25 10:00", "found": False}


def test_finance_enters_the_number_and_the_same_again_changes_nothing():
    state = given(collection, *PAID).when(RECORD, **BY_FINANCE).then(RECORDED)
    assert state.transactions["T1"].receipt_number == "川财票0007"
    given(collection, *PAID, RECORDED).when(RECORD, **BY_FINANCE).then()


@pytest.mark.parametrize(
    ("history", "changes", "found", "refusal"),
    [
        (acts.ONLY_FINE_SERVED, {}, False, Refusal.NO_SUCH_PAYMENT),
        ((*PAID, TAKEN_BACK), {}, False, Refusal.NO_SUCH_PAYMENT),
        (PAID, {"receipt_number": "  "}, False, Refusal.FISCAL_RECEIPT_NEEDED),
        ((*PAID, RECORDED), {"receipt_number": "川财票0008"}, False, Refusal.FISCAL_RECEIPT_OTHER),
        (
            (*acts.ONLY_FINE_SERVED, changed(acts.paid(FINE, "2024-11-20"), receipt_number="财票T1")),
            {},
            False,
            Refusal.FISCAL_RECEIPT_OTHER,
        ),
        (PAID, {}, True, Refusal.FISCAL_RECEIPT_USED),
    ],
    ids=["no payment", "taken back", "no number", "another number", "the bank named one", "of another payment"],
)
def test_one_payment_has_one_receipt_and_a_receipt_is_for_one_payment(history, changes, found, refusal):
    command = changed(RECORD, **changes)
    given(collection, *history).when(command, **{**BY_FINANCE, "found": found}).refused(refusal)


def test_a_callback_that_is_repeated_may_tell_the_missing_number_and_nothing_else():
    again = changed(acts.PAY, receipt_number="川财票0007")
    told = given(collection, *PAID).when(again, at=PAID_AT, now="2024-11-25 10:00", **BY_BANK)
    told.then(changed(RECORDED, document=None))
    known = (*PAID, RECORDED)
    given(collection, *known).when(again, at=PAID_AT, now="2024-11-25 10:00", **BY_BANK).then()
