"""The age of responsibility (责任年龄, 行政处罚法 art. 30): no child is punished, the young lighter."""

from datetime import date

import pytest
from enforcement.cases.v1 import discretion_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from hypothesis import given as draw
from hypothesis import strategies as st

from services.cases.model import Refusal, case
from services.cases.model.age import age_on
from services.cases.model.on_spot import on_spot
from tests.support.decider import LEADER, given, on, uid
from tests.unit.cases.acts import (
    CASE,
    CLUE_AT,
    CLUE_REGISTERED,
    FILED,
    FILED_AT,
    NOTIFIED,
    PARTY,
    PENALISE,
    SPARE,
    WAIVED,
    changed,
)
from tests.unit.cases.test_on_spot import DECIDE, OBSERVED

COMPANY = events.Party(kind=events.PARTY_KIND_ORGANISATION, name="泸县某运输公司", id_number="510521201101021234")
AT = "2024-11-05 10:00"
WARNING = events.Penalty(kind=events.PENALTY_KIND_WARNING)


def born(day):
    return changed(PARTY, id_number=f"510521{day}123X")


def history(party, clue=CLUE_REGISTERED):
    """Told and defended: the party is another one, and perhaps the act."""
    filed = on(FILED_AT, changed(FILED, party=party))
    other = {0: on(CLUE_AT, clue), NOTIFIED.index(on(FILED_AT, FILED)): filed}
    return (*(other.get(number, one) for number, one in enumerate(NOTIFIED)), on("2024-09-28 10:00", WAIVED))


def evaluated(outcome):
    return pb.DiscretionEvaluated(
        case_id=CASE, evaluation_id=uid("evaluation"), outcome=outcome, proposed_fen=1_000_000
    )


def deciding(*events_, party, command=PENALISE, clue=CLUE_REGISTERED):
    return given(case, *history(party, clue), *events_).when(command, actor=LEADER, at=AT)


@draw(st.dates(date(1950, 1, 1), date(2024, 1, 1)), st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_full_years_are_the_birthdays_that_have_been(birth, day):
    birthdays = 0
    for year in range(birth.year + 1, day.year + 1):
        # Who was born on 29 February has a birthday that is over on 1 March of a common year.
        birthdays += (birth.month, birth.day) <= (day.month, day.day) if year == day.year else 1
    assert age_on(born(f"{birth:%Y%m%d}"), day) == birthdays


@pytest.mark.parametrize(
    ("birthday", "day", "age"),
    [
        ("20070102", date(2025, 1, 1), 17),
        ("20070101", date(2025, 1, 1), 18),
        ("20080229", date(2026, 2, 28), 17),
        ("20080229", date(2026, 3, 1), 18),
        ("20100906", date(2024, 9, 5), 13),
        ("20100906", date(2024, 9, 6), 14),
    ],
)
def test_the_years_are_full_on_the_birthday(birthday, day, age):
    assert age_on(born(birthday), day) == age


@pytest.mark.parametrize("number", ["", "E12345678", "5105212007010212"])
def test_another_number_does_not_tell_a_day_of_birth(number):
    assert age_on(changed(PARTY, id_number=number), date(2025, 1, 1)) is None


def test_only_a_person_with_a_resident_card_has_an_age():
    assert age_on(COMPANY, date(2025, 1, 1)) is None
    assert age_on(None, date(2025, 1, 1)) is None
    assert age_on(PARTY, None) is None
    child = born("20150101")
    assert age_on(changed(child, id_type="居民身份证"), date(2025, 1, 1)) == 10
    assert age_on(changed(child, id_type="护照"), date(2025, 1, 1)) is None


def test_a_child_is_not_punished():
    # The act is of 2024-09-06.
    deciding(party=born("20100907")).refused(Refusal.UNDER_FOURTEEN, age=13, act_on="2024-09-06")
    deciding(party=born("20100907"), command=changed(PENALISE, penalties=[WARNING])).refused(Refusal.UNDER_FOURTEEN)
    assert deciding(party=born("20100907"), command=SPARE).refusal is None


def test_the_age_is_that_of_the_last_day_of_the_act():
    went_on = changed(CLUE_REGISTERED, act_on="2024-06-01", act_ended_on="2024-09-06")
    deciding(party=born("20100907"), clue=went_on).refused(Refusal.UNDER_FOURTEEN)
    deciding(party=born("20100906"), clue=went_on).refused(Refusal.NOT_LIGHTER_FOR_THE_YOUNG, age=14)
    goes_on = changed(CLUE_REGISTERED, act_on="2024-06-01", act_continues=True)
    # Of an act that goes on it is that of the day on which it was found, whenever it is decided.
    deciding(party=born("20101005"), clue=goes_on).refused(Refusal.UNDER_FOURTEEN, age=13, act_on="2024-09-06")


def test_the_young_are_punished_lighter_as_an_evaluation_says():
    young = born("20061001")
    deciding(party=young).refused(Refusal.NOT_LIGHTER_FOR_THE_YOUNG, age=17, act_on="2024-09-06")
    for outcome in (pb.DISCRETION_OUTCOME_ORDINARY, pb.DISCRETION_OUTCOME_HEAVIER):
        deciding(evaluated(outcome), party=young).refused(Refusal.NOT_LIGHTER_FOR_THE_YOUNG)
    lighter = changed(
        evaluated(pb.DISCRETION_OUTCOME_LIGHTER), fined=True, min_fen=1_000_000, max_fen=2_000_000, statutory=False
    )
    assert deciding(lighter, party=young).refusal is None
    assert deciding(party=young, command=changed(PENALISE, penalties=[WARNING])).refusal is None
    assert deciding(party=born("20060906")).refusal is None


def test_a_child_is_not_punished_on_the_spot_either():
    child = changed(OBSERVED, party=born("20100928"))
    given(on_spot, on("2024-09-27 10:00", child)).when(DECIDE, at="2024-09-27 10:10").refused(
        Refusal.UNDER_FOURTEEN, age=13, act_on="2024-09-27"
    )
    fourteen = changed(OBSERVED, party=born("20100927"))
    assert given(on_spot, on("2024-09-27 10:00", fourteen)).when(DECIDE, at="2024-09-27 10:10").refusal is None
