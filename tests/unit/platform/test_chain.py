"""Where an envelope belongs in its feed."""

from dataclasses import dataclass
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.envelopes.codec import Link
from services.platform.chain import BEGINNING, Place, walk


@dataclass(frozen=True)
class Letter:
    link: Link
    prev: bytes


def letter(seq: int, *, epoch: int = 1, prev: bytes | None = None, text: str = "") -> Letter:
    """Place `seq` of an undisturbed feed, unless said otherwise."""
    before = BEGINNING.hash if seq == 1 and epoch == 1 else hash_at(seq - 1)
    return Letter(Link(epoch, seq, hash_at(seq, epoch, text)), before if prev is None else prev)


def hash_at(seq: int, epoch: int = 1, text: str = "") -> bytes:
    return sha256(f"{epoch} {seq} {text}".encode()).digest()


END = letter(3).link
STORED = {(1, seq): hash_at(seq) for seq in (1, 2, 3)}


@pytest.mark.parametrize(
    ("arrival", "place"),
    [
        (letter(4), Place.NEXT),
        (letter(3), Place.REPEAT),
        (letter(5), Place.EARLY),
        (letter(4, prev=hash_at(2)), Place.BROKEN),
        (letter(2, text="another"), Place.FORKED),
        (letter(1, epoch=2, prev=END.hash), Place.NEXT),
        (letter(1, epoch=2, prev=hash_at(2)), Place.EARLY),
        (letter(1, epoch=3, prev=END.hash), Place.EARLY),
        (letter(2, epoch=2), Place.EARLY),
    ],
)
def test_an_arrival_has_one_place(arrival: Letter, place: Place) -> None:
    assert [step.place for _, step in walk(END, [arrival], STORED)] == [place]


def test_a_place_before_the_end_that_was_never_stored_is_stale() -> None:
    new_epoch = Link(2, 1, hash_at(1, 2))
    assert [step.place for _, step in walk(new_epoch, [letter(9)], STORED)] == [Place.STALE]


def test_a_feed_that_contradicts_itself_takes_nothing_more() -> None:
    arrivals = [letter(4, prev=hash_at(2)), letter(5)]
    assert [(each.link.seq, step.place) for each, step in walk(END, arrivals, STORED)] == [(4, Place.BROKEN)]


@given(st.permutations(range(1, 8)), st.lists(st.integers(1, 7), max_size=5))
def test_any_order_of_a_whole_stretch_is_stored_once_and_in_order(order: list[int], repeats: list[int]) -> None:
    steps = list(walk(BEGINNING, [letter(seq) for seq in order + repeats], {}))
    assert [each.link.seq for each, step in steps if step.place is Place.NEXT] == list(range(1, 8))
    assert sum(step.place is Place.REPEAT for _, step in steps) == len(repeats)


@given(st.sets(st.integers(1, 9)))
def test_what_is_stored_is_a_prefix_whatever_is_missing(arrived: set[int]) -> None:
    steps = list(walk(BEGINNING, [letter(seq) for seq in arrived], {}))
    whole = next(seq for seq in range(1, 11) if seq not in arrived) - 1
    assert [each.link.seq for each, step in steps if step.place is Place.NEXT] == list(range(1, whole + 1))
    assert all(step.place is Place.EARLY for each, step in steps if each.link.seq > whole)
