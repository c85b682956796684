"""Facts of a row: the first one may come when the row was stored without any."""

import pytest

from services.documents.folding import facts_of, of_kind


@pytest.mark.parametrize("row", [{}, {"facts": None}, {"facts": {}}], ids=["new", "stored without", "empty"])
def test_a_row_without_facts_gets_its_first_one(row):
    of_kind(row, "collection")["due_on"] = "2024-11-27"
    assert row == {"kind": "collection", "facts": {"due_on": "2024-11-27"}}


def test_facts_that_there_are_stay():
    row = {"facts": {"due_on": "2024-11-27"}}
    facts_of(row)["paid"] = True
    assert row["facts"] == {"due_on": "2024-11-27", "paid": True}
