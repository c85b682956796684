"""The draw as a function: the same from the same seeds, another from others, and never what was excluded."""

import hashlib
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import assume
from hypothesis import given as samples
from hypothesis import strategies as st

from services.joint_operations.draw import (
    OBJECTS_MAX,
    OFFICERS_MAX,
    DrawImpossible,
    Pool,
    commitment,
    draw,
    result_digest,
    reveals,
)

DRAW = "0193d7ec-2e00-8e1b-9ef3-abca4e1bb025"
ONE, OTHER = b"\x01" * 32, b"\x02" * 32
SMALL = Pool(objects=frozenset("甲乙丙丁戊"), officers=frozenset("一二三四"), object_count=2)

SEEDS = st.binary(min_size=32, max_size=32)
IDS = st.text("甲乙丙丁戊己庚辛abc019", min_size=1, max_size=3)


@st.composite
def pools(compose: st.DrawFn) -> Pool:
    """Lists from which every draw succeeds."""
    objects = compose(st.frozensets(IDS, min_size=1, max_size=8))
    officers = compose(st.frozensets(IDS, min_size=2, max_size=8))
    pairs = st.tuples(st.sampled_from([*sorted(objects), ""]), st.sampled_from([*sorted(officers), ""]))
    exclusions = compose(st.frozensets(pairs.filter(lambda pair: pair != ("", "")), max_size=6))
    pool = Pool(objects, officers, exclusions, compose(st.integers(1, len(objects))), compose(st.integers(2, 3)))
    try:
        pool.require_possible()
    except DrawImpossible:
        assume(False)
    return pool


@samples(pools(), SEEDS, SEEDS)
def test_the_same_lists_and_seeds_give_the_same_draw(pool, lead, witness):
    rebuilt = Pool(frozenset(sorted(pool.objects, reverse=True)), frozenset(pool.officers), frozenset(pool.exclusions))
    again = replace(rebuilt, object_count=pool.object_count, team_size=pool.team_size)
    assert draw(DRAW, again, lead, witness) == draw(DRAW, pool, lead, witness)


@samples(pools(), SEEDS, SEEDS)
def test_what_is_drawn_is_on_the_lists_once_and_never_excluded(pool, lead, witness):
    drawn = draw(DRAW, pool, lead, witness)
    objects = [one for one, _ in drawn]
    assert len(objects) == len(set(objects)) == pool.object_count
    for one, team in drawn:
        assert one in pool.objects
        assert (one, "") not in pool.exclusions
        assert len(team) == len(set(team)) == pool.team_size >= 2
        for officer in team:
            assert officer in pool.officers
            assert not {("", officer), (one, officer)} & pool.exclusions


@samples(SEEDS, SEEDS, SEEDS)
def test_either_seed_alone_changes_the_draw(lead, witness, other):
    many = Pool(
        frozenset(f"企业{n:04}" for n in range(200)), frozenset(f"人员{n:03}" for n in range(50)), object_count=10
    )
    assume(other not in (lead, witness))
    drawn = draw(DRAW, many, lead, witness)
    assert draw(DRAW, many, other, witness) != drawn
    assert draw(DRAW, many, lead, other) != drawn
    assert draw("another", many, lead, witness) != drawn


@samples(pools(), SEEDS, st.binary(min_size=32, max_size=32))
def test_a_commitment_binds_its_party_to_seed_and_lists(pool, seed, other):
    assume(seed != other)
    committed = commitment(DRAW, "jt-510521", pool.digest(), seed)
    assert reveals(committed, DRAW, "jt-510521", pool.digest(), seed)
    assert not reveals(committed, DRAW, "jt-510521", pool.digest(), other)
    assert not reveals(committed, DRAW, "jt-500118", pool.digest(), seed)
    larger = replace(pool, objects=pool.objects | {"新增企业"})
    assert not reveals(committed, DRAW, "jt-510521", larger.digest(), seed)


@samples(pools(), pools())
def test_other_lists_have_another_digest(one, other):
    assert (one.digest() == other.digest()) == (one == other)


def test_every_object_and_officer_comes_up_about_as_often():
    rounds, objects, officers = 4000, Counter[str](), Counter[str]()
    for n in range(rounds):
        for one, team in draw(DRAW, SMALL, n.to_bytes(32, "big"), OTHER):
            objects[one] += 1
            officers.update(team)
    for counted, each in ((objects, rounds * 2 / 5), (officers, rounds * 2 * 2 / 4)):
        assert sum((seen - each) ** 2 / each for seen in counted.values()) < 20, counted


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"object_count": 6}, "检查对象5个，须抽6个"),
        ({"object_count": 0}, "检查对象5个，须抽0个"),
        ({"team_size": 5}, "可派4人"),
        ({"team_size": 1}, "不少于2人"),
        ({"exclusions": frozenset(("甲", one) for one in "一二三")}, "对甲可派1人"),
        ({"exclusions": frozenset(("", one) for one in "一二三")}, "可派1人"),
        ({"objects": frozenset(str(n) for n in range(OBJECTS_MAX + 1))}, "检查对象10001项"),
        ({"officers": frozenset(str(n) for n in range(OFFICERS_MAX + 1))}, "执法人员1001项"),
    ],
)
def test_lists_that_do_not_suffice_are_known_before_any_seed(changes, missing):
    with pytest.raises(DrawImpossible, match=missing):
        replace(SMALL, **changes).require_possible()


def test_another_program_written_from_the_description_gives_the_same():
    """Written from the docstring alone, with nothing of the module."""

    def sha(lines: list[str]) -> bytes:
        return hashlib.sha256("".join(line + "\n" for line in lines).encode()).digest()

    domain = "enforcement.joint_operations.draw.v1"
    objects, officers = sorted("甲乙丙丁戊", key=str.encode), sorted("一二三四", key=str.encode)
    pool = sha([f"{domain}.pool", "objects 5", *objects, "officers 4", *officers, "exclusions 1", "甲\t一", "draw 2 2"])
    key = sha([f"{domain}.draw", DRAW, pool.hex(), ONE.hex(), OTHER.hex()])

    def sample(label: str, among: list[str], count: int) -> list[str]:
        counter = 0
        for i in range(count):
            while True:
                number = int.from_bytes(
                    hashlib.sha256(key + label.encode() + counter.to_bytes(8, "big")).digest()[:8], "big"
                )
                counter += 1
                left = len(among) - i
                if number < 2**64 // left * left:
                    break
            j = i + number % left
            among[i], among[j] = among[j], among[i]
        return among[:count]

    expected = tuple(
        (one, tuple(sample(f"officers {one}", [o for o in officers if (one, o) != ("甲", "一")], 2)))
        for one in sample("objects", list(objects), 2)
    )
    lists = replace(SMALL, exclusions=frozenset({("甲", "一")}))
    assert lists.digest() == pool
    assert draw(DRAW, lists, ONE, OTHER) == expected
    lines = [f"{domain}.result", DRAW, *("\t".join([one, *team]) for one, team in expected)]
    assert result_digest(DRAW, expected) == sha(lines)
