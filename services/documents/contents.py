"""What the file of a matter holds: its rendered documents, papers that events of the matter carry, its evidence."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import asyncpg
from enforcement.common.v1 import common_pb2 as common

from services.documents.dossier import Entry
from services.documents.matter import Matter
from services.documents.registry import forms
from services.kernel.blobs import BlobStore
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.queries import message_of
from services.kernel.values import day_of

COUNTED_BYTES_MAX: Final = 32 << 20
"""A larger PDF counts as one page: nobody waits for a catalogue while a film is read."""
COUNTS_MAX: Final = 10_000
"""Files whose pages are remembered: a file never changes, and every look at a catalogue would read all again."""
LOOKS_AT_ONCE: Final = 16
"""Questions to the store at a time: each is a call over the network where the store is one of objects."""
LOST: Final = "文件不在本单位存储中"
_PAGE: Final = re.compile(rb"/Type\s*/Page\b")
_DOCUMENTS = "SELECT * FROM document WHERE matter_id = $1 AND state = '已生成' ORDER BY began_position"
_counted: dict[bytes, int] = {}


async def contents(connection: asyncpg.Connection, blobs: BlobStore, matter: Matter) -> list[Entry]:
    """Everything that the file of a matter holds, in no order yet."""
    entries = [_document(row) for row in await connection.fetch(_DOCUMENTS, matter.matter_id)]
    there = {entry.file["sha256"] for entry in entries if entry.file}
    for paper in matter.facts.get("papers", []):
        if paper["file"]["sha256"] not in there:
            there.add(paper["file"]["sha256"])
            entries.append(_paper(paper))
    entries += [_evidence(piece) for piece in matter.facts.get("pieces", [])]
    at_once = asyncio.Semaphore(LOOKS_AT_ONCE)

    async def look(entry: Entry) -> Entry:
        async with at_once:
            return await _looked_at(blobs, entry)

    return list(await asyncio.gather(*(look(entry) for entry in entries)))


def _document(row: Mapping[str, Any]) -> Entry:
    newest = json.loads(row["versions"])[-1]
    correction = f"更正：{newest['correction']}（第{newest['version']}版）" if newest["correction"] else ""
    return Entry(
        forms()[row["form"]].title,
        form=row["form"],
        number=row["number"],
        made_on=_day(newest["issuedAt"]),
        file=newest["file"],
        pages=newest["pages"],
        remark=correction,
    )


def _paper(paper: Mapping[str, Any]) -> Entry:
    form = paper.get("form", "")
    title = forms()[form].title if form else paper["title"]
    return Entry(title, form=form, made_on=paper["on"], file=paper["file"])


def _evidence(piece: Mapping[str, Any]) -> Entry:
    file = piece.get("file")
    title = f"{piece['kind']}：{piece['description']}"
    return Entry(title, evidence=True, made_on=_day(piece["at"]), file=file, remark="" if file else "实物")


def _day(instant: str) -> str:
    """The day in Shanghai."""
    return day_of(datetime.fromisoformat(instant)).isoformat()


async def content_of(blobs: BlobStore, file: Mapping[str, Any]) -> bytes | None:
    """The bytes of a file; None when it is not in this authority's store."""
    try:
        return b"".join([piece async for piece in blobs.open(_known(file).sha256)])
    except Refused as refused:
        if refused.code is KernelRefusal.NOT_FOUND:
            return None
        raise


async def _looked_at(blobs: BlobStore, entry: Entry) -> Entry:
    """An entry with its pages and what the catalogue says of its file: pictures are a page, recordings have none."""
    if entry.file is None:
        return entry
    if await blobs.stat(_known(entry.file).sha256) is None:
        return replace(entry, pages=0, remark=LOST, lost=True)
    if entry.pages:
        return entry
    pages, remark = await _pages(blobs, entry.file)
    return replace(entry, pages=pages, remark=remark)


async def _pages(blobs: BlobStore, file: Mapping[str, Any]) -> tuple[int, str]:
    known = _known(file)
    if known.media_type.startswith("image/"):
        return 1, ""
    if known.media_type != "application/pdf":
        return 0, "电子数据，随卷保存"
    if known.size > COUNTED_BYTES_MAX:
        return 1, "页数未计"
    if known.sha256 not in _counted:
        if len(_counted) >= COUNTS_MAX:
            _counted.clear()
        _counted[known.sha256] = len(_PAGE.findall(await content_of(blobs, file) or b""))
    # Pages that stand in compressed parts of a PDF are not counted: then it is one, and says so.
    return (_counted[known.sha256], "") if _counted[known.sha256] else (1, "页数未计")


def _known(file: Mapping[str, Any]) -> common.BlobRef:
    known = message_of(common.BlobRef, dict(file))
    assert known is not None
    return known
