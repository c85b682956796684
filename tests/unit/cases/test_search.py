"""How the words of a case are compared."""

import pytest
from enforcement.options.v1 import options_pb2 as options
from hypothesis import given
from hypothesis import strategies as st

from services.cases.duties import rules_of
from services.cases.search import content, normal, pairs, words
from services.kernel.errors import KernelRefusal, Refused


@pytest.mark.parametrize(
    ("text", "plain"), [("川Ｅ·12345", "川e12345"), ("  泸 永\n桥 ", "泸永桥"), ("（2024）42号", "202442号")]
)
def test_width_case_blanks_and_points_do_not_count(text, plain):
    assert normal(text) == plain


def test_a_text_is_indexed_by_its_pairs_and_none_reaches_over_two_parts():
    assert pairs(content("张三", "泸永桥")) == ["张三", "永桥", "泸永"]


def test_a_word_of_one_character_is_refused():
    with pytest.raises(Refused) as refused:
        words("泸永桥 张")
    assert refused.value.code is KernelRefusal.INVALID_REQUEST


@given(st.text(), st.text(), st.data())
def test_whatever_stands_in_a_part_is_found_by_its_pairs(one, other, data):
    text = content(one, other)
    plain = normal(one)
    start = data.draw(st.integers(0, len(plain)))
    word = plain[start : data.draw(st.integers(start, len(plain)))]
    assert set(pairs(word)) <= set(pairs(text))
    assert word in text


def test_a_role_has_the_rules_of_its_desk():
    assert rules_of(options.ROLE_LEGAL_REVIEWER) == ["cases.legal_review"]
    assert "collection.court_window" in rules_of(options.ROLE_PRINCIPAL_HEAD)
    assert rules_of(options.ROLE_DATA_AUDITOR) == []
