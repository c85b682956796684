"""What a case of an older system still owes is collected here."""

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.policies import policy
from tests.support.decider import reactions
from tests.unit.collection.acts import CASE, COLLECTION, FINE

PENALTIES = [cases.Penalty(kind=cases.PENALTY_KIND_FINE, amount_fen=FINE)]
OPEN = commands.OpenCollectionRequest(
    collection_id=COLLECTION, case_id=CASE, case_number="旧〔2024〕1号", fine_fen=FINE
)
SERVED = commands.NoteDecisionServedRequest(collection_id=COLLECTION, effective_on="2024-11-12")


def imported(**fields: object) -> imports.CaseImported:
    performed = bool(fields.pop("performed", False))
    case = imports.ImportedCase(case_number="旧〔2024〕1号", penalties=PENALTIES, performed=performed)
    return imports.CaseImported(case_id=CASE, decided_on="2024-11-10", imported=case, **fields)  # type: ignore[arg-type]


def test_a_fine_that_was_served_is_due_from_that_day():
    assert reactions(policy, imported(served_on="2024-11-12")) == [OPEN, SERVED]


def test_a_fine_that_was_not_served_waits_for_its_service():
    assert reactions(policy, imported()) == [OPEN]


@pytest.mark.parametrize(
    "event",
    [
        imported(performed=True, served_on="2024-11-12"),
        imported(closed_on="2024-12-01"),
        imports.CaseImported(case_id=CASE, imported=imports.ImportedCase(proposed=PENALTIES)),
    ],
    ids=["paid", "closed", "only proposed"],
)
def test_what_is_not_owed_is_not_collected(event):
    assert reactions(policy, event) == []


def test_what_was_paid_before_is_not_collected_again():
    event = imported(served_on="2024-11-12")
    event.imported.paid_fine_fen = FINE - 100
    opened = commands.OpenCollectionRequest()
    opened.CopyFrom(OPEN)
    opened.fine_fen = 100
    assert reactions(policy, event) == [opened, SERVED]
    event.imported.paid_fine_fen = FINE
    assert reactions(policy, event) == []
