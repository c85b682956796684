"""Money and days in Chinese, against a reader that knows nothing of the writer."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies

from services.documents.values import capital, chinese_day, chinese_instant, digits, money, person_of

DIGITS = {c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
PLACES = {"拾": 10, "佰": 100, "仟": 1000}
GROUPS = {"万": 10**4, "亿": 10**8}


def fen_of(text: str) -> int:
    """Reads an amount in capital numerals, character by character, as a cashier does."""
    whole = group = digit = fen = 0
    for character in text.removesuffix("整"):
        if character in DIGITS:
            digit = DIGITS[character]
        elif character in PLACES:
            group, digit = group + digit * PLACES[character], 0
        elif character in GROUPS:
            whole, group, digit = whole + (group + digit) * GROUPS[character], 0, 0
        elif character == "元":
            fen, whole, group, digit = (whole + group + digit) * 100, 0, 0, 0
        else:
            fen, digit = fen + digit * {"角": 10, "分": 1}[character], 0
    return fen


@given(strategies.integers(0, 10**14 - 1))
def test_an_amount_is_read_as_it_was_meant(fen):
    assert fen_of(capital(fen)) == fen


@given(strategies.integers(0, 10**14 - 1))
def test_an_amount_never_has_two_zeros_side_by_side_nor_one_before_its_unit(fen):
    written = capital(fen)
    assert "零零" not in written
    assert all(f"零{unit}" not in written for unit in "万亿元角分") or written == "零元整"


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (0, "零元整"),
        (300_000, "叁仟元整"),
        (3_000_500, "叁万零伍元整"),
        (10_000_000, "壹拾万元整"),
        (100_000_05, "壹拾万元零伍分"),
        (1_234_567_89, "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"),
        (2_010, "贰拾元壹角整"),
        (5, "伍分"),
        (100_000_000_000, "壹拾亿元整"),
    ],
)
def test_amounts_are_written_as_a_decision_writes_them(fen, written):
    assert capital(fen) == written


@pytest.mark.parametrize("fen", [-1, 10**14])
def test_what_cannot_be_written_is_an_error(fen):
    with pytest.raises(ValueError, match="cannot be written"):
        capital(fen)


def test_digits_stand_beside_capital_numerals():
    assert digits(1_000_000) == "10,000.00"
    assert money(1_000_000) == "人民币壹万元整（¥10,000.00）"


def test_days_and_times_are_those_of_shanghai():
    assert chinese_day(date(2024, 11, 5)) == "2024年11月5日"
    assert chinese_instant(datetime(2024, 11, 4, 17, 5, tzinfo=UTC)) == "2024年11月5日1时05分"


@pytest.mark.parametrize(
    ("number", "on", "told"),
    [
        ("510521198803152718", date(2024, 3, 14), ("男", "35岁")),
        ("510521198803152718", date(2024, 3, 15), ("男", "36岁")),
        ("51052119880315272X", date(2024, 3, 15), ("女", "36岁")),
        ("510521200002291226", date(2025, 2, 28), ("女", "24岁")),
        ("510521198813152718", date(2024, 3, 15), None),
        ("91510521MA62ABCD3X", date(2024, 3, 15), None),
        ("510521880315271", date(2024, 3, 15), None),
        ("", date(2024, 3, 15), None),
    ],
)
def test_the_number_of_an_identity_card_tells_sex_and_age_on_a_day(number, on, told):
    assert person_of(number, on) == told
