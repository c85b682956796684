"""Bytes that are almost protobuf: valid messages, changed by somebody who knows the wire format.

A change is drawn from `CHANGES`: bits, lengths that lie, cuts, fields that are repeated, moved, lost or of another wire
type, long and huge varints, unknown fields, groups and messages nested deeper than any parser goes, pieces of others.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

BOUNDARIES: Final = (0, 1, 2, 127, 128, 255, 2**31 - 1, 2**31, 2**32, 2**62, 2**62 + 1, 2**63 - 1, 2**63, 2**64 - 1)
DEPTHS: Final = (3, 50, 99, 100, 101, 120, 1_000, 10_000)
LONGEST: Final = 40_000
"""Bytes of a mutated message; above it only the caps would be tried."""


def varint(value: int, padding: int = 0) -> bytes:
    """The varint of a value; `padding` makes it longer than it need be."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    if not padding:
        return bytes([*out, value])
    return bytes([*out, value | 0x80, *[0x80] * (padding - 1), 0])


@dataclass(frozen=True, slots=True)
class Piece:
    """One field as it stands in the bytes."""

    number: int
    wire_type: int
    content: bytes
    """Of a length-delimited field without its length."""

    def encode(self) -> bytes:
        tag = varint(self.number << 3 | self.wire_type)
        return tag + (varint(len(self.content)) + self.content if self.wire_type == 2 else self.content)


def pieces(raw: bytes) -> list[Piece]:
    """The fields of a valid message without groups."""
    found: list[Piece] = []
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        start = at
        match tag & 7:
            case 0:
                _, at = _varint(raw, at)
            case 1:
                at += 8
            case 2:
                size, start = _varint(raw, at)
                at = start + size
            case 5:
                at += 4
        found.append(Piece(tag >> 3, tag & 7, raw[start:at]))
    return found


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _joined(fields: Sequence[Piece]) -> bytes:
    return b"".join(field.encode() for field in fields)


Change = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def _bits(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    out = bytearray(raw or b"\0")
    for _ in range(dice.choice((1, 1, 1, 2, 8))):
        out[dice.randrange(len(out))] ^= 1 << dice.randrange(8)
    return bytes(out)


def _cut(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    at = dice.randrange(len(raw) + 1)
    return dice.choice((raw[:at], raw[at:]))


def _insert(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    at = dice.randrange(len(raw) + 1)
    return raw[:at] + dice.randbytes(dice.choice((1, 2, 9, 64))) + raw[at:]


def _splice(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    other = dice.choice(others)
    return raw[: dice.randrange(len(raw) + 1)] + other[dice.randrange(len(other) + 1) :]


def _length(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    fields = pieces(raw)
    texts = [n for n, field in enumerate(fields) if field.wire_type == 2]
    if not texts:
        return _bits(dice, raw, others)
    at = dice.choice(texts)
    field = fields[at]
    size = max(0, len(field.content) + dice.choice((-1, 1, -8, 8, 2**20, 2**31 - 1, 2**31, 2**63, 2**64 - 1)))
    lie = varint(field.number << 3 | 2) + varint(size, dice.choice((0, 0, 1, 12))) + field.content
    return _joined(fields[:at]) + lie + _joined(fields[at + 1 :])


def _arrange(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    fields = pieces(raw)
    if not fields:
        return _insert(dice, raw, others)
    at = dice.randrange(len(fields))
    match dice.randrange(5):
        case 0:
            fields.insert(dice.randrange(len(fields) + 1), fields[at])
        case 1:
            again = fields[at].encode()
            return _joined(fields) + again * min(dice.choice((8, 100, 2_000)), LONGEST // len(again))
        case 2:
            del fields[at]
        case 3:
            dice.shuffle(fields)
        case 4:
            other = pieces(dice.choice(others))
            fields.insert(at, dice.choice(other or fields))
    return _joined(fields)


def _retag(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    fields = pieces(raw)
    if not fields:
        return _insert(dice, raw, others)
    at = dice.randrange(len(fields))
    field = fields[at]
    number = dice.choice((field.number, 0, field.number + 1, dice.randrange(1, 40), 19_000, 2**29 - 1, 2**29, 2**61))
    tag = varint(number << 3 | dice.randrange(8), dice.choice((0, 0, 0, 1, 4, 9)))
    return _joined(fields[:at]) + tag + field.encode()[1:] + _joined(fields[at + 1 :])


def _number(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    fields = pieces(raw)
    numbers = [n for n, field in enumerate(fields) if field.wire_type == 0]
    if not numbers:
        return _arrange(dice, raw, others)
    at = dice.choice(numbers)
    value = varint(dice.choice((*BOUNDARIES, 2**70, 2**600)), dice.choice((0, 0, 0, 1, 9, 11)))
    fields[at] = Piece(fields[at].number, 0, value)
    return _joined(fields)


def _content(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    fields = pieces(raw)
    texts = [n for n, field in enumerate(fields) if field.wire_type == 2]
    if not texts:
        return _number(dice, raw, others)
    at = dice.choice(texts)
    strange = (
        b"",
        b"\xff",
        b"\xed\xa0\x80",
        b"\x00" * 33,
        "乌".encode() * 90,
        b"../../etc",
        b"a" * 300,
        dice.randbytes(32),
    )
    fields[at] = Piece(fields[at].number, 2, dice.choice((*strange, _bits(dice, fields[at].content, others))))
    return _joined(fields)


def _unknown(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    number = dice.choice((25, 31, 100, 2**29 - 1))
    field = Piece(number, *dice.choice(((0, b"\x01"), (1, bytes(8)), (2, dice.randbytes(20)), (5, bytes(4)))))
    return dice.choice((raw + field.encode(), field.encode() + raw))


def _nested(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    depth, number = dice.choice(DEPTHS), dice.randrange(1, 26)
    if dice.randrange(2):
        inner = varint(number << 3 | 3) * depth + varint(number << 3 | 4) * dice.choice((depth, depth - 1, 0))
    else:
        inner = _messages(depth, number)
    return dice.choice((raw + inner, inner))


@functools.cache
def _messages(depth: int, number: int) -> bytes:
    """Messages within messages."""
    inner = b""
    while depth and len(inner) < LONGEST:
        inner, depth = Piece(number, 2, inner).encode(), depth - 1
    return inner


def _inside(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    """A change within a sub-message, with lengths that are right."""
    fields = pieces(raw)
    inner = []
    for n, field in enumerate(fields):
        try:
            if field.wire_type == 2 and pieces(field.content):
                inner.append(n)
        except IndexError:
            continue
    if not inner:
        return _bits(dice, raw, others)
    at = dice.choice(inner)
    change = dice.choice((_bits, _cut, _length, _arrange, _retag, _number, _unknown, _nested))
    try:
        fields[at] = Piece(fields[at].number, 2, change(dice, fields[at].content, others))
    except IndexError:  # the content only looked like a message
        return _bits(dice, raw, others)
    return _joined(fields)


CHANGES: Final[Sequence[Change]] = (
    _bits,
    _cut,
    _insert,
    _splice,
    _length,
    _arrange,
    _retag,
    _number,
    _content,
    _unknown,
    _nested,
    _inside,
)


def mutate(dice: random.Random, raw: bytes, others: Sequence[bytes]) -> bytes:
    """A valid message with one to three changes; after the first it may be no message any more."""
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        try:
            raw = dice.choice(CHANGES)(dice, raw, others)
        except IndexError:  # no message any more: what knows its form has nothing to hold on to
            raw = dice.choice((_bits, _cut, _insert, _splice))(dice, raw, others)
        raw = raw[:LONGEST]
    return raw


def mutate_text(dice: random.Random, raw: bytes) -> bytes:
    """A text with changes that know no format."""
    for _ in range(dice.choice((1, 1, 2, 5))):
        raw = dice.choice((_bits, _cut, _insert, _splice))(dice, raw, [raw])
    return raw
