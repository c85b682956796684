"""Read models: every event has a title, and the accounts shown are those that decisions rely on."""

import json
from uuid import UUID

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.collection.v1 import events_pb2 as pb

from services.collection.model import collection, execution, reconciliation
from services.collection.money import Money
from services.collection.service import SERVICE
from services.collection.views import collection as table
from services.kernel.facts import Fact
from services.kernel.timeline import TABLE
from tests.support.decider import On, given, on
from tests.unit.collection import acts, test_auction, test_cost, test_refunds, test_reversal
from tests.unit.collection.test_demand_and_court import BEGUN, ENDED
from tests.unit.collection.test_ending import REDUCED
from tests.unit.collection.test_opening import SERVED_ANEW

REOPENED = pb.CollectionReopened(collection_id=acts.COLLECTION, case_id=acts.CASE)
BROKEN = pb.AgreementBroken(collection_id=acts.COLLECTION, restored_fen=200_000)
HISTORIES = {
    "opened": (acts.OPENED,),
    "at court": acts.AT_COURT,
    "in parts": (*acts.IN_PARTS, on("2024-12-01 10:00", acts.paid(500_000, "2024-12-01", order=""))),
    "paused and reduced": (*acts.AFTER_DEMAND, BEGUN, ENDED, REDUCED),
    "agreement broken": (*acts.AFTER_DEMAND, REDUCED, BROKEN),
    "paid back": (*test_refunds.ASKED, test_refunds.APPROVED, test_refunds.EXECUTED),
    "paid back after it was taken back": (
        *acts.ONLY_FINE_SERVED,
        acts.paid(acts.FINE, "2024-11-20"),
        test_refunds.PROPOSED,
        acts.changed(test_reversal.REVERSED, order_id=""),
        test_refunds.EXECUTED,
    ),
    "taken back": (*test_reversal.SETTLED, on(test_reversal.REVERSED_AT, test_reversal.REVERSED), REOPENED),
    "taken back when a court had granted": (
        *acts.AT_COURT,
        pb.CourtGranted(collection_id=acts.COLLECTION, case_id=acts.CASE),
        acts.performed("2025-07-01"),
        REOPENED,
    ),
    "auctioned": (*test_auction.AFTER_SALE, on("2025-07-15 10:00", test_auction.RECEIVED)),
    "cost of a substitute performance": (test_cost.OPENED, on(test_cost.CHARGED_AT, test_cost.DUE)),
    "served anew": (*acts.AFTER_DEMAND, on("2025-06-10 15:00", SERVED_ANEW)),
    "amended": (
        *acts.SERVED,
        pb.DecisionChangeNoted(collection_id=acts.COLLECTION, fine_fen=600_000, confiscation_fen=0),
    ),
}


def test_every_event_has_a_title_in_its_history():
    titled = {
        name for name, handlers in SERVICE.views.handlers.items() if TABLE in {one.table.name for one in handlers}
    }
    assert titled == collection.events | execution.events | reconciliation.events


@pytest.mark.parametrize("name", HISTORIES)
def test_the_accounts_shown_are_those_that_decisions_rely_on(name):
    history = [entry if isinstance(entry, On) else on("2024-12-18 12:00", entry) for entry in HISTORIES[name]]
    pages = [(entry.event, Fact(UUID(int=n), entry.at, "test", position=n + 1)) for n, entry in enumerate(history)]
    rows = {one: dict.fromkeys(keys) for one, keys in SERVICE.views.touched(pages).items()}
    SERVICE.views.fold(pages, rows)
    (row,) = rows[table].values()
    assert row is not None
    state = given(collection, *history).state
    assert Money.of_row(json.loads(json.dumps(row["money"]))) == state.money
    assert row["stage"] == state.stage


def test_a_seizure_that_is_over_says_since_when_for_what_was_sold_before():
    released = cases.SeizureReleased(case_id=acts.CASE, measure_id="m")
    entries = [on("2025-06-01 10:00", cases.ItemsSeized(case_id=acts.CASE, measure_id="m"))]
    entries.append(on("2025-07-11 10:00", released))
    pages = [(entry.event, Fact(UUID(int=n), entry.at, "test", position=n + 1)) for n, entry in enumerate(entries)]
    rows = {one: dict.fromkeys(keys) for one, keys in SERVICE.views.touched(pages).items()}
    SERVICE.views.fold(pages, rows)
    (row,) = next(found for table_, found in rows.items() if table_.name == "seizure").values()
    assert row is not None
    assert (row["in_force"], row["over_at"]) == (False, entries[1].at)
