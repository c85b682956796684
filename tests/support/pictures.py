"""Pictures of sheets as grey values: read from PNG, looked at, kept as small ones. Nothing but the standard library.

A PNG here is one that Typst writes: eight bits, four channels, not interlaced (W3C PNG, §§ 9, 11.2).
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Self

WHITE: Final = 255
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {0: 1, 6: 4}
_SUB, _UP, _AVERAGE, _PAETH = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Picture:
    """Rows of pixels, each the brightness from 0 to 255, and whether it is red."""

    grey: tuple[bytes, ...]
    red: tuple[bytes, ...] = ()

    @property
    def width(self) -> int:
        """In pixels."""
        return len(self.grey[0])

    @property
    def height(self) -> int:
        """In pixels."""
        return len(self.grey)

    @classmethod
    def read(cls, png: bytes) -> Self:
        """The picture that a PNG holds."""
        width, height, channels, lines = _lines(png)
        if channels == 1:
            return cls(tuple(lines))
        grey, red = [], []
        for line in lines:
            r, g, b = line[0::4], line[1::4], line[2::4]
            grey.append(bytes(map(min, r, g, b)))
            red.append(bytes(one > 150 > other for one, other in zip(r, g, strict=True)))
        assert (width, height) == (len(grey[0]), len(grey))
        return cls(tuple(grey), tuple(red))

    def png(self) -> bytes:
        """As a small grey PNG."""
        raw = b"".join(b"\0" + line for line in self.grey)
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 0, 0, 0, 0)
        chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
        return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)

    def smaller(self, by: int) -> "Picture":
        """Each square of pixels as one of their mean brightness."""
        rows = []
        for top in range(0, self.height - by + 1, by):
            columns = [sum(column) for column in zip(*self.grey[top : top + by], strict=True)]
            rows.append(bytes(sum(columns[x : x + by]) // by**2 for x in range(0, self.width - by + 1, by)))
        return Picture(tuple(rows))

    def ink(self, *, left: int = 0, top: int = 0, right: int | None = None, bottom: int | None = None) -> int:
        """Pixels of a rectangle that are not white."""
        return sum(len(row[left:right]) - row[left:right].count(WHITE) for row in self.grey[top:bottom])

    def longest_lines(self, *, darker_than: int) -> tuple[int, int]:
        """The longest unbroken horizontal and vertical line of pixels that are darker."""
        across = max(_run(row, darker_than) for row in self.grey)
        return across, max(_run(column, darker_than) for column in zip(*self.grey, strict=True))

    def red_box(self) -> tuple[int, int, int, int] | None:
        """Left, top, right and bottom of what is red; None where nothing is."""
        rows = [y for y, row in enumerate(self.red) if any(row)]
        columns = [x for x, column in enumerate(zip(*self.red, strict=True)) if any(column)]
        return (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1) if rows else None


def difference(one: Picture, other: Picture) -> tuple[float, int]:
    """Mean and greatest difference in brightness of two pictures of one size."""
    assert (one.width, one.height) == (other.width, other.height)
    found = [abs(a - b) for row, same in zip(one.grey, other.grey, strict=True) for a, b in zip(row, same, strict=True)]
    return sum(found) / len(found), max(found)


def _run(line: Iterable[int], darker_than: int) -> int:
    return max(
        (sum(1 for _ in run) for dark, run in groupby(line, lambda value: value < darker_than) if dark), default=0
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert png.startswith(_SIGNATURE)
    at = len(_SIGNATURE)
    while at < len(png):
        [length] = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _lines(png: bytes) -> tuple[int, int, int, Sequence[bytes]]:
    """Width, height, channels and the lines of a PNG without their filters (W3C PNG, § 9)."""
    data = b""
    for kind, content in _chunks(png):
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", content)
            assert (depth, interlaced) == (8, 0)
        elif kind == b"IDAT":
            data += content
    channels = _CHANNELS[colour]
    raw, size = zlib.decompress(data), width * channels
    lines, before = [], bytearray(size)
    for start in range(0, len(raw), size + 1):
        line = bytearray(raw[start + 1 : start + 1 + size])
        _unfilter(raw[start], line, before, channels)
        lines.append(bytes(line))
        before = line
    return width, height, channels, lines


def _unfilter(kind: int, line: bytearray, above: bytearray, channels: int) -> None:
    """Undoes the filter of a line in place."""
    if kind == _UP:
        line[:] = bytes((a + b) & 255 for a, b in zip(line, above, strict=True))
    elif kind in (_SUB, _AVERAGE, _PAETH):
        for n, value in enumerate(line):
            left = line[n - channels] if n >= channels else 0
            corner = above[n - channels] if n >= channels else 0
            line[n] = (value + _predicted(kind, left, above[n], corner)) & 255


def _predicted(kind: int, left: int, above: int, corner: int) -> int:
    if kind == _SUB:
        return left
    if kind == _AVERAGE:
        return (left + above) // 2
    estimate = left + above - corner
    return min((left, above, corner), key=lambda one: abs(estimate - one))
