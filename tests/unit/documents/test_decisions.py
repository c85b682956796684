"""Which decision a sheet means: that of the matter, and the one that is being executed."""

import pytest

from services.documents.decisions import with_decisions
from services.documents.registry import forms
from services.documents.snapshot import compose
from tests.unit.documents.samples import LETTERHEAD

F22 = forms()["F22"]
SHEET = {"number": "川泸交罚〔2024〕1号", "on": "2024-11-05"}
OF_CASE = {"decision": {"on": "2024-11-05"}, "documents": {"F15": SHEET}, "served": {"on": "2024-11-12"}}
ON_THE_SPOT = {
    "decision": {"on": "2024-12-18"},
    "on_spot": {"form_number": "川泸交当罚〔2024〕9号"},
    "served": {"on": "2024-12-18"},
}
COLLECTED = {"collection": {"due_on": "2024-11-27"}}


def written(form, facts, **inputs):
    return compose(forms()[form], with_decisions(facts), inputs, LETTERHEAD)


def told_of(facts, **inputs):
    """Title, number and day of the decision whose execution changes."""
    values = written("F22", facts, **inputs).values
    return tuple(values.get(name) for name in ("enforced", "enforced_number", "enforced_on"))


@pytest.mark.parametrize("form", ["F17", "F19", "X14"])
def test_a_sheet_names_the_decision_with_the_title_that_it_has(form):
    values = written(form, OF_CASE).values
    assert (values["decision_number"], values["decision_title"]) == ("川泸交罚〔2024〕1号", "行政处罚决定书")
    spot = written(form, ON_THE_SPOT).values
    assert (spot["decision_number"], spot["decision_title"]) == ("川泸交当罚〔2024〕9号", "当场行政处罚决定书")


@pytest.mark.parametrize("form", ["F17", "X14"])
def test_a_fine_on_the_spot_was_served_when_its_form_was_handed_over(form):
    assert written(form, ON_THE_SPOT).values["served_on"] == "2024-12-18"


def test_where_money_is_collected_the_decision_itself_is_executed():
    assert told_of(OF_CASE | COLLECTED) == ("行政处罚决定书", "川泸交罚〔2024〕1号", "2024-11-05")
    assert told_of(ON_THE_SPOT | COLLECTED) == ("当场行政处罚决定书", "川泸交当罚〔2024〕9号", "2024-12-18")


@pytest.mark.parametrize(("form", "title"), [("F20", "行政强制执行决定书"), ("F21", "代履行决定书")])
def test_an_own_execution_is_that_of_its_decision(form, title):
    made = {"number": "川泸交强〔2025〕1号", "on": "2025-03-11"}
    facts = {"execution": {"duty": "清除路障"}, "every": {f"documents.{form}": [made]}}
    assert told_of(facts) == (title, made["number"], made["on"])


def test_of_both_the_officer_says_which():
    made = {"number": "川泸交强〔2025〕1号", "on": "2025-03-11"}
    both = OF_CASE | COLLECTED | {"execution": {"duty": "清除路障"}, "every": {"documents.F20": [made]}}
    open_ = written("F22", both)
    assert set(open_.missing) >= {"被执行的决定", "被执行的决定文号", "被执行的决定日期"}
    assert told_of(both, enforced="行政处罚决定书")[1] == "川泸交罚〔2024〕1号"
    assert told_of(both, enforced="行政强制执行决定书")[1] == made["number"]


def test_a_number_that_the_ledger_lacks_is_for_the_officer_to_say():
    facts = {"decision": {"on": "2024-11-05"}, **COLLECTED}
    assert "被执行的决定文号" in written("F22", facts).missing
    assert told_of(facts, enforced_number="川泸交罚〔2020〕7号")[1] == "川泸交罚〔2020〕7号"
