"""The files of the story: real documents made on the spot, the same bytes on every run.

A PDF names the Adobe-GB1 font instead of carrying one (ISO 32000-1 §9.7.5.2), so two kilobytes show Chinese text.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from enforcement.common.v1 import common_pb2 as common

_A4: Final = (595, 842)
_LINE: Final = 24


@dataclass(frozen=True, slots=True)
class Document:
    """A file with its name and media type."""

    file_name: str
    media_type: str
    content: bytes

    @property
    def ref(self) -> common.BlobRef:
        """What events say of it."""
        return common.BlobRef(
            sha256=hashlib.sha256(self.content).digest(),
            size=len(self.content),
            media_type=self.media_type,
            file_name=self.file_name,
        )


def pdf(title: str, *lines: str) -> Document:
    """One page A4 with a heading and lines."""
    top = _A4[1] - 72
    shown = [f"BT /F1 18 Tf 72 {top} Td <{_utf16(title)}> Tj ET"]
    shown += [
        f"BT /F1 12 Tf 72 {top - _LINE * number} Td <{_utf16(line)}> Tj ET" for number, line in enumerate(lines, 2)
    ]
    stream = "\n".join(shown)
    return Document(
        f"{title}.pdf",
        "application/pdf",
        _pdf_file(
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_A4[0]} {_A4[1]}] /Contents 4 0 R"
            " /Resources << /Font << /F1 5 0 R >> >> >>",
            f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
            "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H"
            " /DescendantFonts [6 0 R] >>",
            "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R"
            " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>",
            "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
            " /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
        ),
    )


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Document:
    """A table as CSV in UTF-8 with a byte order mark, as spreadsheets open it."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([head, *rows])
    return Document(f"{title}.csv", "text/csv", written.getvalue().encode("utf-8-sig"))


def _utf16(text: str) -> str:
    return text.encode("utf-16-be").hex()


def _pdf_file(*objects: str) -> bytes:
    written = b"%PDF-1.5\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(written))
        written += f"{number} 0 obj\n{content}\nendobj\n".encode("ascii")
    start = len(written)
    entries = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    written += f"xref\n0 {size}\n0000000000 65535 f \n{entries}".encode("ascii")
    return written + f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode("ascii")
