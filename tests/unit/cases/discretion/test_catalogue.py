"""The catalogue: what the statutes provide, row by row, and what its data may not be."""

from datetime import date

import pytest

from services.cases.discretion.catalogue import Catalogue, catalogue
from services.cases.discretion.evaluation import evaluate
from services.cases.discretion.proposal import Outcome, Range
from services.cases.discretion.reading import Wrong
from tests.unit.cases.discretion.sets import ACT_ON, DECISION_ON, LUXIAN, facts

WAN = 1_000_000
"""Ten thousand yuan in fen."""


def proposed(act_code, act_on=ACT_ON, **values):
    return evaluate(facts(**values), act_code, LUXIAN, act_on, DECISION_ON, ())


@pytest.mark.parametrize(
    ("act_code", "values", "low", "high"),
    [
        # 非法客运
        ("RTR-63-2", {"illegal_gains_fen": 2 * WAN}, 1 * WAN, 10 * WAN),
        ("RTR-63-2", {"illegal_gains_fen": 2 * WAN + 1}, 2 * (2 * WAN + 1), 10 * (2 * WAN + 1)),
        ("RTR-63-2", {"illegal_gains_fen": 0}, 1 * WAN, 10 * WAN),
        # 非法货运
        ("RTR-63-1", {"illegal_gains_fen": 1 * WAN}, 300_000, 1 * WAN),
        ("RTR-63-1", {"illegal_gains_fen": 1 * WAN, "serious": True}, 1 * WAN, 5 * WAN),
        ("RTR-63-1", {"illegal_gains_fen": 3 * WAN}, 3 * WAN, 15 * WAN),
        ("RTR-63-1", {"illegal_gains_fen": 3 * WAN, "serious": True}, 3 * WAN, 15 * WAN),
        # 非法危货
        ("RTR-63-3", {"illegal_gains_fen": 0}, 3 * WAN, 10 * WAN),
        ("RTR-63-3", {"illegal_gains_fen": 5 * WAN}, 10 * WAN, 50 * WAN),
        ("RTR-64", {}, 20_000, 200_000),
        ("RTR-66", {}, 200_000, 1 * WAN),
        ("RTR-68-1", {}, 100_000, 200_000),
        ("RTR-68-2", {}, 100_000, 300_000),
        ("RTR-69-1", {}, 100_000, 500_000),
        ("RTR-69-2", {}, 500_000, 2 * WAN),
        ("RTR-70-1", {}, 1 * WAN, 3 * WAN),
        ("RTR-70-2", {}, 300_000, 3 * WAN),
        ("HPR-64", {"tariff_fine_fen": 300_000}, 300_000, 300_000),
        ("HPR-64", {"tariff_fine_fen": 3_050_000}, 3 * WAN, 3 * WAN),
        ("HPR-64-SIZE", {"oversize": "SLIGHT"}, 0, 20_000),
        ("HPR-64-SIZE", {"oversize": "MIDDLE"}, 20_000, 100_000),
        ("HPR-64-SIZE", {"oversize": "GROSS"}, 100_000, 300_000),
        ("HPR-65", {"crime_suspected": False}, 0, 3 * WAN),
        ("HPR-67", {}, 0, 3 * WAN),
        ("HPR-68", {}, 0, 3 * WAN),
    ],
)
def test_an_act_has_the_range_of_its_statute(act_code, values, low, high):
    found = proposed(act_code, **values)
    assert (found.outcome, found.statutory) == (Outcome.ORDINARY, Range(low, high))


@pytest.mark.parametrize(("act_code", "from_fen"), [("RTR-63-1", WAN), ("RTR-63-2", 2 * WAN), ("RTR-63-3", 2 * WAN)])
def test_gains_are_confiscated_above_the_sum_that_the_statute_names(act_code, from_fen):
    assert proposed(act_code, illegal_gains_fen=from_fen).confiscate_fen == 0
    assert proposed(act_code, illegal_gains_fen=from_fen + 1).confiscate_fen == from_fen + 1


def test_lending_a_licence_costs_what_it_brought_too():
    assert proposed("RTR-66", illegal_gains_fen=70_000).confiscate_fen == 70_000


@pytest.mark.parametrize(
    ("act_code", "values", "outcome", "kinds"),
    [
        ("RTR-67", {}, Outcome.CORRECTION_ONLY, ()),
        ("RTR-67", {"refuses_correction": True}, Outcome.ORDINARY, ("REVOKE_LICENCE",)),
        ("RTR-68-1", {"serious": True}, Outcome.ORDINARY, ("REVOKE_LICENCE",)),
        ("RTR-68-2", {"serious": True}, Outcome.ORDINARY, ("REVOKE_LICENCE",)),
        ("HPR-64", {"tariff_fine_fen": 0}, Outcome.ORDINARY, ("WARNING",)),
    ],
)
def test_some_acts_have_no_fine(act_code, values, outcome, kinds):
    found = proposed(act_code, **values)
    assert (found.outcome, found.penalties, found.range) == (outcome, kinds, None)


def test_a_forged_permit_is_confiscated_and_looked_at_as_a_crime_first():
    assert proposed("HPR-65").open_questions == ("须先判断是否涉嫌犯罪（刑法第二百八十条）",)
    assert proposed("HPR-65", crime_suspected=True).outcome is Outcome.CRIME
    assert proposed("HPR-65", crime_suspected=False).penalties == ("CONFISCATE_GOODS",)


@pytest.mark.parametrize(
    ("act_code", "low", "high"),
    [("RTR-63-1", 3 * WAN, 10 * WAN), ("RTR-63-2", 3 * WAN, 10 * WAN), ("RTR-70-2", 1 * WAN, 3 * WAN)],
)
def test_before_july_2023_the_statute_was_another(act_code, low, high):
    early = date(2023, 7, 19)
    found = evaluate(facts(illegal_gains_fen=0), act_code, LUXIAN, early, early, ())
    assert found.statutory == Range(low, high)


def test_every_row_names_the_text_it_was_read_from():
    assert all(act.source and all(version.basis for version in act.versions) for act in catalogue().acts.values())


GOOD = """
[[act]]
code = "X-1"
title = "测试"
source = "made for tests"
[[act.version]]
from = "2020-01-01"
basis = "第一条"
[[act.version.bracket]]
code = "low"
when = [{ fact = "illegal_gains_fen", op = "le", value = 100 }]
fine_fen = [1, 2]
[[act.version.bracket]]
code = "high"
when = [{ fact = "illegal_gains_fen", op = "gt", value = 100 }]
fine_fen = [3, 4]
"""


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ("op = \"gt\", value = 100", "op = \"gt\", value = 101", "gap: nothing covers illegal_gains_fen = 101"),
        ("op = \"gt\", value = 100", "op = \"ge\", value = 100", "bracket low and bracket high both cover"),
        ("[3, 4]", "[4, 3]", "the lowest 4 is above the highest 3"),
        ("illegal_gains_fen\", op = \"le\"", "gains\", op = \"le\"", "unknown fact 'gains'"),
        ("code = \"low\"", "code = \"high\"", "two brackets have one code"),
        ("basis = \"第一条\"", "", "basis is missing"),
        ("from = \"2020-01-01\"", "from = \"2020-02-30\"", "is not a day"),
        ("fine_fen = [3, 4]", "fine_fen = [3, 4]\nfine = 3", "unknown fine"),
        ("fine_fen = [3, 4]", "fine_fen = [3, 4]\npenalties = [\"FLOGGING\"]", "there is no 'FLOGGING'"),
    ],
)  # fmt: skip
def test_wrong_data_is_named(old, new, finding):
    assert "X-1" in Catalogue.read({"good.toml": GOOD.encode()}).acts
    with pytest.raises(Wrong) as wrong:
        Catalogue.read({"bad.toml": GOOD.replace(old, new, 1).encode()})
    assert any(finding in one for one in wrong.value.findings), wrong.value.findings
