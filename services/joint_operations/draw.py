"""The random draw of objects and officers (双随机): a function of the frozen lists and two seeds.

    commit(lead) ▶ commit(witness) ▶ reveal(lead) ▶ reveal(witness) ▶ draw = f(lists, both seeds)     anybody repeats it

Neither side can steer the draw: each committed to its seed before it knew the other's, and both to the same lists.
The witness reveals last, knows the result first and may refuse to reveal; that leaves a draw without a result on record
and a missed clock, and the next draw has the same lists and another witness. All that follows is written so that
another program gives the same bytes.

pool digest    SHA-256 over lines (UTF-8, each ended by a line feed): DOMAIN.pool, "objects N", the object ids in order,
               "officers N", the officer ids in order, "exclusions N", each "object<TAB>officer" in order, "draw K M".
               Order is that of the bytes of UTF-8; ids are neither empty nor contain a tab or line feed.
commitment     SHA-256 over lines DOMAIN.commit, draw id, party id, pool digest in hex, seed (32 bytes) in hex.
key            SHA-256 over lines DOMAIN.draw, draw id, pool digest in hex, lead seed in hex, witness seed in hex.
numbers        of a label: blocks SHA-256(key ‖ label in UTF-8 ‖ counter from 0 as 8 bytes, big endian); each block's
               first 8 bytes, big endian, are a number; one that is ≥ the largest multiple of n below 2^64 is thrown
               away, so that the remainder modulo n is even.
sample         k of a list: for i = 0 … k-1 swap position i with i + number modulo (length - i); the first k, in order.
draw           objects = sample("objects", the objects that are not excluded, in order, K); for each drawn object
               officers = sample("officers " + object id, the officers excluded neither from all nor from it, M).
result digest  SHA-256 over lines DOMAIN.result, draw id, and for each drawn object "object<TAB>officer<TAB>officer…".

Bounds         OBJECTS_MAX, OFFICERS_MAX, EXCLUSIONS_MAX: the work grows with each list, not with their product;
               and bytes, so that the witness can be told lists and result (model/draw/lists.py).
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

DOMAIN: Final = "enforcement.joint_operations.draw.v1"
SEED_BYTES: Final = 32
TEAM_MIN: Final = 2
"""Officers for each object (行政处罚法 art. 42)."""
OBJECTS_MAX: Final = 10_000
"""A bureau's whole list (检查对象名录库); longer ones, and those of long ids, are drawn from in parts."""
OFFICERS_MAX: Final = 1_000
EXCLUSIONS_MAX: Final = 10_000
_RANGE: Final = 2**64

Drawn = tuple[tuple[str, tuple[str, ...]], ...]
"""Each drawn object with its officers, in the order of the draw."""


class DrawImpossible(ValueError):
    """The lists do not suffice, whatever is drawn."""


@dataclass(frozen=True, slots=True)
class Pool:
    """What is drawn from."""

    objects: frozenset[str]
    officers: frozenset[str]
    exclusions: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """Object and officer; an empty one means all: ("", officer) is an officer who does not enter."""
    object_count: int = 1
    team_size: int = TEAM_MIN

    def candidates(self) -> list[str]:
        """The objects that may be drawn, in order."""
        return _ordered(one for one in self.objects if (one, "") not in self.exclusions)

    def on_duty(self) -> list[str]:
        """The officers who enter at all, in order."""
        return _ordered(one for one in self.officers if ("", one) not in self.exclusions)

    def digest(self) -> bytes:
        """SHA-256 that both parties commit to."""
        lines = [f"{DOMAIN}.pool", f"objects {len(self.objects)}", *_ordered(self.objects)]
        lines += [f"officers {len(self.officers)}", *_ordered(self.officers)]
        lines += [f"exclusions {len(self.exclusions)}"]
        lines += _ordered(f"{object_id}\t{officer_id}" for object_id, officer_id in self.exclusions)
        return _sha256([*lines, f"draw {self.object_count} {self.team_size}"])

    def require_possible(self) -> None:
        """Whatever is drawn, there are enough objects, and enough officers for each: no draw fails after the seeds.

        Raises:
            DrawImpossible: says what is missing.
        """
        for name, found, most in self.sizes():
            if found > most:
                raise DrawImpossible(f"{name}{found}项，上限{most}项")
        candidates, on_duty = self.candidates(), frozenset(self.on_duty())
        if not 0 < self.object_count <= len(candidates):
            raise DrawImpossible(f"检查对象{len(candidates)}个，须抽{self.object_count}个")
        recused = Counter(object_id for object_id, officer_id in self.exclusions if officer_id in on_duty)
        for object_id in candidates:
            there = len(on_duty) - recused[object_id]
            if self.team_size < TEAM_MIN or there < self.team_size:
                raise DrawImpossible(f"对{object_id}可派{there}人，须抽{self.team_size}人且不少于{TEAM_MIN}人")

    def sizes(self) -> tuple[tuple[str, int, int], ...]:
        """Each list with its length and the most that it may have."""
        return (
            ("检查对象", len(self.objects), OBJECTS_MAX),
            ("执法人员", len(self.officers), OFFICERS_MAX),
            ("排除和回避", len(self.exclusions), EXCLUSIONS_MAX),
        )


def commitment(draw_id: str, party_id: str, pool_digest: bytes, seed: bytes) -> bytes:
    """What a party publishes before it reveals its seed."""
    return _sha256([f"{DOMAIN}.commit", draw_id, party_id, pool_digest.hex(), seed.hex()])


def reveals(committed: bytes, draw_id: str, party_id: str, pool_digest: bytes, seed: bytes) -> bool:
    """Whether a revealed seed is the one that a party committed to."""
    return len(seed) == SEED_BYTES and hmac.compare_digest(committed, commitment(draw_id, party_id, pool_digest, seed))


def draw(draw_id: str, pool: Pool, lead_seed: bytes, witness_seed: bytes) -> Drawn:
    """What is drawn.

    Raises:
        DrawImpossible: the lists do not suffice.
    """
    pool.require_possible()
    key = _sha256([f"{DOMAIN}.draw", draw_id, pool.digest().hex(), lead_seed.hex(), witness_seed.hex()])
    on_duty, recused = pool.on_duty(), {object_id for object_id, officer_id in pool.exclusions if officer_id}
    drawn = []
    for one in _sample(key, "objects", pool.candidates(), pool.object_count):
        team = [each for each in on_duty if (one, each) not in pool.exclusions] if one in recused else on_duty
        drawn.append((one, tuple(_sample(key, f"officers {one}", team, pool.team_size))))
    return tuple(drawn)


def result_digest(draw_id: str, drawn: Drawn) -> bytes:
    """SHA-256 of what was drawn."""
    return _sha256([f"{DOMAIN}.result", draw_id, *("\t".join([one, *team]) for one, team in drawn)])


def _sample(key: bytes, label: str, among: Sequence[str], count: int) -> list[str]:
    shuffled, numbers = list(among), _numbers(key, label)
    for position in range(count):
        other = position + _below(len(shuffled) - position, numbers)
        shuffled[position], shuffled[other] = shuffled[other], shuffled[position]
    return shuffled[:count]


def _numbers(key: bytes, label: str) -> Iterator[int]:
    counter = 0
    while True:
        block = hashlib.sha256(key + label.encode() + counter.to_bytes(8, "big")).digest()
        yield int.from_bytes(block[:8], "big")
        counter += 1


def _below(bound: int, numbers: Iterator[int]) -> int:
    limit = _RANGE - _RANGE % bound
    return next(number for number in numbers if number < limit) % bound


def _ordered(ids: Iterable[str]) -> list[str]:
    return sorted(ids, key=str.encode)


def _sha256(lines: Iterable[str]) -> bytes:
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).digest()
