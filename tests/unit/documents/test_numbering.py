"""Numbers of a series follow each other without a gap, and nothing gets two."""

from typing import Any

import pytest
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands
from hypothesis import given as always
from hypothesis import strategies

from services.documents.model import CASE_SERIES, Refusal, numbering, numbering_id
from services.documents.settings import Letterhead
from tests.support.decider import LUXIAN, POLICY, YONGCHUAN, given, uid
from tests.unit.documents.samples import LETTERHEAD

SERIES = numbering_id(LUXIAN.id, "F15", 2024)


def take(for_id: str, **more: Any) -> commands.TakeNumberRequest:
    return commands.TakeNumberRequest(
        **{"numbering_id": SERIES, "series": "F15", "year": 2024, "for_id": uid(for_id), **more}
    )


def taken(number: int, for_id: str) -> pb.NumberTaken:
    text = f"川泸交罚〔2024〕{number}号"
    return pb.NumberTaken(numbering_id=SERIES, series="F15", year=2024, number=number, text=text, for_id=uid(for_id))


def test_the_first_number_of_a_series_is_one():
    given(numbering).when(take("a"), actor=POLICY, found=LETTERHEAD).then(taken(1, "a"))


def test_the_next_number_is_the_last_plus_one():
    given(numbering, taken(1, "a"), taken(2, "b")).when(take("c"), actor=POLICY, found=LETTERHEAD).then(taken(3, "c"))


def test_what_has_a_number_gets_no_second_one():
    given(numbering, taken(1, "a"), taken(2, "b")).when(take("a"), actor=POLICY, found=LETTERHEAD).then()


def test_a_case_number_has_the_word_of_cases():
    case = numbering_id(LUXIAN.id, CASE_SERIES, 2024)
    command = take("a", numbering_id=case, series=CASE_SERIES)
    outcome = given(numbering).when(command, actor=POLICY, found=LETTERHEAD)
    [event] = outcome.events
    assert isinstance(event, pb.NumberTaken)
    assert event.text == "川泸交案〔2024〕1号"


def test_an_authority_without_a_prefix_takes_no_number():
    given(numbering).when(take("a"), actor=POLICY, found=Letterhead()).refused(Refusal.PREFIX_NOT_SET)


@pytest.mark.parametrize(
    "wrong",
    [
        {"numbering_id": numbering_id(YONGCHUAN.id, "F15", 2024)},
        {"numbering_id": numbering_id(LUXIAN.id, "F14", 2024)},
        {"year": 2025},
    ],
)
def test_a_number_is_taken_from_the_authoritys_own_series_and_year_only(wrong):
    given(numbering).when(take("a", **wrong), actor=POLICY, found=LETTERHEAD).refused(Refusal.WRONG_NUMBERING)


@always(strategies.lists(strategies.integers(0, 20), max_size=60))
def test_whoever_asks_in_whatever_order_numbers_have_no_gap_and_no_double(asked):
    history: list[pb.NumberTaken] = []
    for who in asked:
        outcome = given(numbering, *history).when(take(f"for {who}"), actor=POLICY, found=LETTERHEAD)
        history += outcome.events  # type: ignore[arg-type]
    assert [event.number for event in history] == list(range(1, len(set(asked)) + 1))
    assert len({event.for_id for event in history}) == len(history) == len({event.text for event in history})


def test_a_format_that_could_give_two_documents_one_number_is_refused(tmp_path):
    file = tmp_path / "letterhead.toml"
    file.write_text('prefix = "川泸交"\nnumber_format = "{prefix}{series}{number}号"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="year"):
        Letterhead.read(file)


def test_a_letterhead_with_an_entry_nobody_prints_is_refused(tmp_path):
    file = tmp_path / "letterhead.toml"
    file.write_text('prefx = "川泸交"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="prefx"):
        Letterhead.read(file)


def test_a_credit_code_has_eighteen_characters_that_such_codes_have(tmp_path):
    file = tmp_path / "letterhead.toml"
    file.write_text('credit_code = "11510521008537210X"')
    assert Letterhead.read(file).credit_code == "11510521008537210X"
    for wrong in ("11510521", "11510521008537210I", "泸县交通运输局"):
        file.write_text(f'credit_code = "{wrong}"')
        with pytest.raises(ValueError, match="统一社会信用代码"):
            Letterhead.read(file)
