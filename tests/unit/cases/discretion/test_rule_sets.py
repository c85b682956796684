"""Rule sets as files: what is wrong with one, or between several, is said with its place."""

import pytest

from services.cases.discretion.catalogue import ACTS_DIR
from services.cases.discretion.reading import Wrong
from services.cases.discretion.rule_set_file import BYTES_MAX, read_rule_set
from services.cases.discretion.rule_sets import check_together, stream_of
from tests.unit.cases.discretion.sets import BENCHMARK, LISTS, SETS, content, rule_set


def findings(body=LISTS, **head):
    with pytest.raises(Wrong) as wrong:
        read_rule_set(content(body, **head), "f.toml")
    return "\n".join(wrong.value.findings)


def tier(tier, when, fine="fine_fen = [1_000_000, 3_000_000]", bracket="base"):
    return f'\n[[tier]]\nact = "RTR-63-2"\nbracket = "{bracket}"\ntier = "{tier}"\nwhen = [{when}]\n{fine}\n'


SERIOUS, NOT_SERIOUS = '{ fact = "serious" }', '{ fact = "serious", op = "not" }'


def test_the_sets_that_come_with_the_release_are_heads_without_items():
    for path in (ACTS_DIR.parent / "rule_sets").glob("*.toml"):
        read = read_rule_set(path.read_bytes(), path.name)
        assert (read.entries, read.tiers, read.confirmed_by, read.id) == ((), (), "", path.stem)
        assert read.jurisdictions == ("500000", "510000")


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        (tier("一般", NOT_SERIOUS), "gap: nothing covers"),
        (tier("一般", "") + tier("严重", SERIOUS), "overlap: tier 一般 and tier 严重 both cover"),
        (tier("一般", "", "fine_fen = [3, 1]"), "the lowest 3 is above the highest 1"),
        (tier("一般", "", "fine_fen = [999_999, 2_000_000]"), "leaves the statute's [1000000, 10000000]"),
        (tier("一般", "", "fine_percent = [100, 500]", "gains"), "leaves the statute's [200, 1000]"),
        (tier("一般", "", "fine_percent = [200, 500]"), "fine_percent: the statute says None"),
        (tier("一般", "", bracket="grave"), "no version of the statute in that time has this bracket"),
        (tier("中等", ""), "'中等' is not a valid Tier"),
        (tier("一般", NOT_SERIOUS) + tier("一般", SERIOUS), "a tier stands twice"),
        (tier("一般", '{ fact = "first_violation" }'), "the register answers in lists"),
        (LISTS.replace('act = "RTR-64"', 'act = "RTR-99"'), "entry EXEMPT 1: act RTR-99 is not in the catalogue"),
        (LISTS.replace('"EXEMPT"', '"SPARE"'), "list is one of EXEMPT, NO_COMPULSION, REDUCE, LIGHTER, HEAVIER"),
        (LISTS.replace('fact = "obstructs"', 'fact = "obstructed"'), "condition 1: unknown fact 'obstructed'"),
        (LISTS.replace('["SCENE_RECORD"]', '["HEARSAY"]'), "there is no 'HEARSAY'"),
        (LISTS.replace("[20, 80]", "[20, 100]"), "to_percent belongs to REDUCE and lies between 1 and 99"),
        (LISTS.replace('[{ fact = "obstructs" }]', "[]"), "an item without conditions would hold for everybody"),
        (LISTS.replace('{ fact = "obstructs" }', '{ fact = "obstructs", op = "gt" }'), "op gt does not fit obstructs"),
        (LISTS.replace('{ fact = "obstructs" }', '{ fact = "obstructs", months = 3 }'), "unknown months"),
        (LISTS.replace('code = "obstructs"', 'code = "serious"'), "there is such a fact already"),
        (LISTS.replace('kind = "flag"', 'kind = "register"'), "a set declares flags, amounts, numbers, and choices"),
        (LISTS + LISTS[LISTS.index('[[entry]]\nlist = "HEAVIER"') :], "entry HEAVIER 1: stands twice for act RTR-63-2"),
        ("entry = 3", "a list or a table stands where another is expected"),
        ("[[", "not TOML"),
    ],
)
def test_a_wrong_set_is_refused_with_its_place(body, finding):
    assert finding in findings(body)


@pytest.mark.parametrize(
    ("head", "finding"),
    [
        ({"effective_from": '"2024-02-30"'}, "is not a day"),
        ({"more": 'effective_to = "2023-11-07"'}, "lies before effective_from"),
        ({"jurisdictions": '["51"]'}, "division codes of six digits"),
        ({"id": "Five Lists"}, "3 to 60 of a-z"),
        ({"version": 0}, "version = 0 is not a whole number from 1 on"),
        ({"more": 'supersedes = ["test-lists"]'}, "it supersedes itself"),
        ({"more": 'source_hash = "abc"'}, "no SHA-256"),
        ({"more": "publisher = 1"}, "unknown publisher"),
    ],
)
def test_a_wrong_head_is_refused(head, finding):
    assert finding in findings(**head)


def test_every_mistake_is_said_at_once():
    said = findings(LISTS.replace('"RTR-64"', '"RTR-99"').replace('"HEAVIER"', '"HARDER"'), version=0)
    assert all(part in said for part in ("RTR-99", "list is one of", "version = 0"))


def test_a_file_has_a_bound():
    with pytest.raises(Wrong, match="at most"):
        read_rule_set(b"#" * (BYTES_MAX + 1))


@pytest.mark.parametrize(
    ("head", "tie"),
    [
        ({}, True),
        ({"precedence": 99}, False),
        ({"jurisdictions": '["510521"]'}, True),
        ({"jurisdictions": '["440000"]'}, False),
        ({"effective_from": '"2022-01-01"', "more": 'effective_to = "2023-11-07"'}, False),
        ({"more": 'supersedes = ["test-lists"]'}, False),
    ],
)
def test_two_sets_that_speak_on_one_act_differ_in_precedence(head, tie):
    said = check_together((*SETS, rule_set(id="other-lists", **{"precedence": 100, **head})))
    assert bool(said) == tie
    if tie:
        assert "have precedence 100 both, and both speak on list EXEMPT, act RTR-64 and 4 more" in said[0]


def test_sets_of_equal_precedence_about_different_things_are_no_tie():
    assert not check_together((rule_set(), rule_set(BENCHMARK, id="test-benchmark", precedence=100)))


def test_one_id_stands_once():
    assert check_together((rule_set(), rule_set(version=2))) == ["test-lists stands twice, as versions 1 and 2"]


def test_a_set_has_the_same_stream_everywhere():
    assert str(stream_of("cy-five-lists")) == str(stream_of("cy-five-lists")) != str(stream_of("cy-five-list"))
