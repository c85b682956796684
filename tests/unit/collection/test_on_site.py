"""A fine that officers collect on site although it was decided before (行政处罚法 arts. 67, 69-71)."""

from typing import Any

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model import Refusal, Stage, collection
from services.collection.model.payment import Elsewhere
from services.kernel.errors import KernelRefusal
from tests.support.decider import CHIEF, LI, WANG, given, on, uid
from tests.unit.collection import acts
from tests.unit.collection.acts import BY_BANK, BY_FINANCE, CASE, COLLECTION, FINE, changed, file

COLLECT = commands.CollectOnSiteRequest(
    collection_id=COLLECTION,
    amount_fen=FINE,
    ground=pb.ON_SITE_GROUND_WATER,
    circumstances="渡口无银行网点，无移动信号",
    party_asks=True,
    receipt_number="川财票00421",
    officer_ids=[LI.officer_id, WANG.officer_id],
    document=file("当事人申请"),
)
ON_SITE = acts.made(COLLECT, "on_site")
COLLECTED_AT = "2024-11-22 15:00"
COLLECTED = pb.FineCollectedOnSite(
    collection_id=COLLECTION,
    case_id=CASE,
    on_site_id=ON_SITE,
    amount_fen=FINE,
    collected_on="2024-11-22",
    ground=pb.ON_SITE_GROUND_WATER,
    circumstances="渡口无银行网点，无移动信号",
    receipt_number="川财票00421",
    officers=[LI, WANG],
    document=file("当事人申请"),
)
LAND = commands.RecordOnSiteLandingRequest(collection_id=COLLECTION, on_site_id=ON_SITE)
LANDED = pb.OnSiteLanded(collection_id=COLLECTION, on_site_id=ON_SITE)
HAND_IN = commands.HandInOnSiteRequest(
    collection_id=COLLECTION, on_site_id=ON_SITE, amount_fen=FINE, receiver_id=CHIEF.officer_id
)
HANDED_IN = pb.OnSiteHandedIn(
    collection_id=COLLECTION, on_site_id=ON_SITE, amount_fen=FINE, receiver_id=CHIEF.officer_id
)
BANK = commands.BankOnSiteRequest(collection_id=COLLECTION, on_site_id=ON_SITE, amount_fen=FINE, transaction_id="D1")
BANKED = pb.OnSiteBanked(
    collection_id=COLLECTION, on_site_id=ON_SITE, amount_fen=FINE, transaction_id="D1", banked_on="2024-11-26"
)
HELD = (*acts.SERVED, on(COLLECTED_AT, COLLECTED))
ASHORE = (*HELD, on("2024-11-22 18:00", LANDED))
HANDED = (*ASHORE, on("2024-11-25 10:00", HANDED_IN))
AT_BANK = (*HANDED, on("2024-11-26 10:00", BANKED))
BANKING: dict[str, Any] = {"at": "2024-11-26 10:00", **BY_FINANCE}


def test_two_officers_take_the_fine_and_it_goes_ashore_to_the_authority_and_to_the_bank():
    state = given(collection, *acts.SERVED).when(COLLECT, at=COLLECTED_AT).then(COLLECTED)
    assert (state.stage, state.money.open(pb.ACCOUNT_FINE, acts.day("2024-11-22"))) == (Stage.DUE, 0)
    given(collection, *HELD).when(LAND).then(LANDED)
    given(collection, *ASHORE).when(HAND_IN).then(HANDED_IN)
    given(collection, *HANDED).when(BANK, **BANKING).then(BANKED)


def test_who_pays_everything_on_site_has_performed():
    done = acts.performed("2024-11-22", confiscation=0)
    given(collection, *acts.ONLY_FINE_SERVED).when(COLLECT, at=COLLECTED_AT).then(COLLECTED, done)
    history = (*acts.ONLY_FINE_SERVED, on(COLLECTED_AT, COLLECTED), on(COLLECTED_AT, done))
    given(collection, *history).when(LAND).then(LANDED)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"party_asks": False}, Refusal.ON_SITE_NOT_ALLOWED),
        ({"circumstances": " "}, Refusal.ON_SITE_NOT_ALLOWED),
        ({"receipt_number": ""}, Refusal.FISCAL_RECEIPT_NEEDED),
        ({"officer_ids": [LI.officer_id]}, KernelRefusal.TWO_OFFICERS_NEEDED),
        ({"amount_fen": FINE + 1}, Refusal.ORDER_EXCEEDS_OPEN),
    ],
    ids=["nobody asked", "no reason", "no receipt", "one officer", "more than is owed"],
)
def test_the_exception_holds_only_as_the_law_has_it(wrong, refusal):
    given(collection, *acts.SERVED).when(changed(COLLECT, **wrong), at=COLLECTED_AT).refused(refusal)


def test_a_receipt_is_for_one_payment():
    given(collection, *acts.SERVED).when(COLLECT, at=COLLECTED_AT, found=True).refused(
        Refusal.FISCAL_RECEIPT_USED, number="川财票00421"
    )


def test_nothing_is_collected_on_site_that_a_code_may_pay_or_the_court_has_or_nobody_owes():
    ordered = (*acts.SERVED, on(acts.ORDERED_AT, acts.ORDERED))
    given(collection, *ordered).when(COLLECT, at=COLLECTED_AT).refused(Refusal.ORDER_RUNNING)
    given(collection, *acts.AT_COURT).when(COLLECT, at="2025-06-23 10:00").refused(KernelRefusal.WRONG_STAGE)
    paid = (*acts.SERVED, on(acts.PAID_AT, acts.paid(FINE, "2024-11-20")))
    given(collection, *paid).when(COLLECT, at=COLLECTED_AT).refused(Refusal.NOTHING_OPEN, account="罚款")
    over = (*paid, acts.performed("2024-11-20"))
    given(collection, *over).when(COLLECT, at=COLLECTED_AT).refused(Refusal.EXECUTION_OVER)


@pytest.mark.parametrize(
    ("history", "command"),
    [
        (acts.SERVED, HAND_IN),
        (HELD, HAND_IN),
        (HANDED, HAND_IN),
        (ASHORE, BANK),
        (AT_BANK, BANK),
        (ASHORE, LAND),
    ],
    ids=["nothing collected", "not ashore", "handed in twice", "not handed in", "banked twice", "landed twice"],
)
def test_no_step_of_the_money_comes_before_its_own(history, command):
    given(collection, *history).when(command, **BANKING).refused(Refusal.ON_SITE_STEP)


@pytest.mark.parametrize(("history", "command"), [(ASHORE, HAND_IN), (HANDED, BANK)], ids=["to the authority", "bank"])
def test_all_of_it_goes_on(history, command):
    given(collection, *history).when(changed(command, amount_fen=FINE - 1), **BANKING).refused(
        Refusal.ON_SITE_AMOUNT, due_fen=FINE
    )


def test_that_the_bank_tells_of_the_deposit_too_changes_nothing():
    told = commands.RecordPaymentRequest(
        collection_id=COLLECTION, transaction_id="D1", account=pb.ACCOUNT_FINE, amount_fen=FINE
    )
    given(collection, *AT_BANK).when(told, at="2024-11-26 10:00", **BY_BANK).then()


def test_a_deposit_of_another_collection_is_refused():
    given(collection, *HANDED).when(BANK, at="2024-11-26 10:00", found=Elsewhere(uid("other"))).refused(
        Refusal.TRANSACTION_ELSEWHERE
    )
