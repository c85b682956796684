"""What the file of a matter holds: its rendered documents, files that events of its case carry, its evidence."""

import json
import re
from collections.abc import Mapping
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
_PAGE: Final = re.compile(rb"/Type\s*/Page\b")
_DOCUMENTS = "SELECT * FROM document WHERE matter_id = $1 AND state = '已生成' ORDER BY began_position"


async def contents(connection: asyncpg.Connection, blobs: BlobStore, matter: Matter) -> list[Entry]:
    """Everything that the file of a matter holds, in no order yet."""
    entries = [_document(row) for row in await connection.fetch(_DOCUMENTS, matter.matter_id)]
    there = {entry.file["sha256"] for entry in entries if entry.file}
    for form, files in matter.facts.get("attached", {}).items():
        for attached in files:
            if attached["file"]["sha256"] not in there:
                there.add(attached["file"]["sha256"])
                pages, _ = await _pages(blobs, attached["file"])
                entries.append(
                    Entry(forms()[form].title, form=form, made_on=attached["on"], file=attached["file"], pages=pages)
                )
    for piece in matter.facts.get("pieces", []):
        entries.append(await _evidence(blobs, piece))
    return entries


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


async def _evidence(blobs: BlobStore, piece: Mapping[str, Any]) -> Entry:
    file = piece.get("file")
    pages, remark = await _pages(blobs, file) if file else (0, "实物")
    title = f"{piece['kind']}：{piece['description']}"
    return Entry(title, made_on=_day(piece["at"]), file=file, pages=pages, remark=remark)


def _day(instant: str) -> str:
    """The day in Shanghai."""
    return day_of(datetime.fromisoformat(instant)).isoformat()


async def content_of(blobs: BlobStore, file: Mapping[str, Any]) -> bytes | None:
    """The bytes of a file; None when it is not in this authority's store."""
    known = message_of(common.BlobRef, dict(file))
    assert known is not None
    try:
        return b"".join([piece async for piece in blobs.open(known.sha256)])
    except Refused as refused:
        if refused.code is KernelRefusal.NOT_FOUND:
            return None
        raise


async def _pages(blobs: BlobStore, file: Mapping[str, Any]) -> tuple[int, str]:
    """Pages of a file, and what the catalogue says of it: pictures are a page, recordings have none."""
    known = message_of(common.BlobRef, dict(file))
    assert known is not None
    if known.media_type.startswith("image/"):
        return 1, ""
    if known.media_type != "application/pdf":
        return 0, "电子数据，随卷保存"
    if known.size > COUNTED_BYTES_MAX:
        return 1, ""
    content = await content_of(blobs, file)
    if content is None:
        return 0, "文件不在本单位存储中"
    return max(1, len(_PAGE.findall(content))), ""
