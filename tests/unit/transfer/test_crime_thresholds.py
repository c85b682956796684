"""Criminal standards as dated data: what is bundled, what reaches them, and which files are refused (追诉标准)."""

from datetime import date

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.transfer.crime_thresholds import (
    BUNDLED,
    CaseKnown,
    WrongThresholds,
    findings_of,
    read_thresholds,
    thresholds,
)

STANDARDS = read_thresholds(BUNDLED.read_bytes())
PERSON, ORGANISATION = cases.PARTY_KIND_PERSON, cases.PARTY_KIND_ORGANISATION
ACT_ON = date(2024, 9, 6)
YUAN = 100


def found(act_code: str = "RTR-63-2", act_on: date = ACT_ON, **known: object) -> list[str]:
    """Ids of the standards that a case reaches."""
    case = CaseKnown(act_code, act_on, **known)  # type: ignore[arg-type]
    return [one.threshold_id for one in findings_of(case, STANDARDS)]


def test_every_crime_that_arises_in_transport_enforcement_has_a_standard():
    articles = {article for one in STANDARDS.entries for article in one.article.removeprefix("刑法 art").split()}
    assert articles >= {"125", "133之一", "134之一", "136", "225", "229", "277", "280"}
    assert {"117,", "119"} <= articles


def test_an_act_that_criminal_law_names_is_enough():
    assert found("CL-280") == ["cl-280-forged-documents"]
    assert found("HPR-65") == ["cl-280-forged-documents"]
    assert found("RTR-63-3") == ["cl-133-1-dangerous-goods"]
    assert found("HPR-64") == []


def test_a_code_is_compared_up_to_a_hyphen():
    assert found("CL-2801") == []
    assert found("CL-280-1") == ["cl-280-forged-documents"]


@pytest.mark.parametrize(
    ("kind", "income_fen", "reached"),
    [
        (PERSON, 10_000 * YUAN - 1, []),
        (PERSON, 10_000 * YUAN, ["cl-225-income-person"]),
        (ORGANISATION, 100_000 * YUAN - 1, []),
        (ORGANISATION, 100_000 * YUAN, ["cl-225-income-organisation"]),
        (cases.PARTY_KIND_UNSPECIFIED, 10_000 * YUAN, ["cl-225-income-person"]),
    ],
    ids=["person below", "person", "organisation below", "organisation", "unknown"],
)
def test_illegal_income_is_compared_to_the_fen_by_kind_of_party(kind, income_fen, reached):
    assert found(party_kind=kind, income_fen=income_fen) == reached


def test_a_standard_is_compared_as_it_stood_on_the_day_of_the_act():
    assert found("RTR-63-3", date(2015, 10, 31)) == []
    assert found("RTR-63-3", date(2015, 11, 1)) == ["cl-133-1-dangerous-goods"]


@pytest.mark.parametrize(
    ("earlier", "reached"),
    [
        ([("RTR-63-2", "2022-09-06"), ("RTR-63-1", "2024-09-06")], ["cl-225-repeated"]),
        ([("RTR-63-2", "2022-09-05"), ("RTR-63-1", "2024-01-01")], []),
        ([("RTR-63-2", "2024-09-07"), ("RTR-63-1", "2024-01-01")], []),
        ([("HPR-64", "2024-03-01"), ("RTR-63-1", "2024-01-01")], []),
        ([("RTR-63-1", "2024-01-01")], []),
    ],
    ids=["two within two years", "one a day too early", "one after the act", "one for something else", "one"],
)
def test_two_penalties_for_the_like_within_two_years_before_the_act_are_enough(earlier, reached):
    assert found(penalised_on=tuple((code, date.fromisoformat(on)) for code, on in earlier)) == reached


def test_a_suspicion_of_the_evaluation_and_a_decision_to_transfer_need_no_standard():
    case = CaseKnown("HPR-64", ACT_ON, crimes_found=("HPR-64",), transfer_decisions=1)
    grounds = [one.ground for one in findings_of(case, STANDARDS)]
    assert grounds == [pb.SUSPICION_GROUND_DECIDED, pb.SUSPICION_GROUND_EVALUATION]


def test_what_nobody_confirmed_says_so():
    (one,) = findings_of(CaseKnown("RTR-63-2", ACT_ON, income_fen=20_000 * YUAN), STANDARDS)
    assert (one.confirmed, one.found, one.standard) == (False, 20_000 * YUAN, 10_000 * YUAN)


def test_what_cannot_reach_a_standard_is_told_from_its_code_and_amount():
    assert STANDARDS.names_act("CL-277")
    assert STANDARDS.names_act("RTR-63-2")
    assert not STANDARDS.names_act("HPR-64")
    assert STANDARDS.least_income_fen() == 10_000 * YUAN
    assert thresholds().sha256 == STANDARDS.sha256


ENTRY = """
[[threshold]]
id = "one"
crime = "某罪"
article = "刑法 art. 1"
acts = ["X-1"]
basis = "某标准"
from = "2024-01-01"
"""


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        ('ground = "ACT"\nwhen = 1', "when is no part of an entry"),
        ('ground = "NONE"', "ground is one of"),
        ('ground = "ACT"\nparty = "dog"', "ground is one of"),
        ('ground = "AMOUNT"', "AMOUNT and REPEATED have a standard"),
        ('ground = "ACT"\nstandard = 3', "AMOUNT and REPEATED have a standard"),
        ('ground = "REPEATED"\nstandard = 2', "AMOUNT and REPEATED have a standard"),
        ('ground = "AMOUNT"\nstandard = -1', "standard is a whole number"),
        ('ground = "AMOUNT"\nstandard = true', "standard is a whole number"),
        ('ground = "ACT"\nto = "2024-02-30"', "is no day"),
        ("", "ground is missing"),
        ("ground = ", "crime thresholds:"),
    ],
)
def test_a_file_with_a_mistake_is_refused_and_the_entry_named(content, mistake):
    with pytest.raises(WrongThresholds, match=mistake):
        read_thresholds((ENTRY + content).encode())


def test_two_entries_do_not_share_an_id_and_nothing_else_stands_in_the_file():
    good = ENTRY + 'ground = "ACT"\n'
    assert read_thresholds(good.encode()).entries[0].acts == ("X-1",)
    for wrong in (good + good, "[other]\nx = 1", good.replace('acts = ["X-1"]', "acts = []")):
        with pytest.raises(WrongThresholds):
            read_thresholds(wrong.encode())
