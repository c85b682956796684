"""Builds the archive package of a matter from ledger, views and files."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from services.documents import dossier, matter, package
from services.documents.contents import content_of, contents
from services.documents.dossier import Entry
from services.documents.matter import Matter
from services.documents.model.archive import Built
from services.documents.present import day
from services.documents.storing import store
from services.documents.typesetter import typesetter
from services.kernel.ledger import Event
from services.kernel.values import day_of

if TYPE_CHECKING:
    from services.kernel.app import Node

PACKAGE_BYTES_MAX: Final = 256 << 20
"""Documents beyond it are named by their digests, like evidence: a package is put together in memory."""
ZIP: Final = "application/zip"


async def archive(node: "Node", matter_id: str, *, whatever_lacks: bool) -> Built:
    """Builds the package, unless the matter is open, or something lacks and nobody said why.

    Raises:
        Refused: UNKNOWN_MATTER, VIEW_BEHIND, UNAVAILABLE.
    """
    head = await node.ledger.head()
    async with node.views("documents").at(head) as connection:
        found, _ = await matter.read(connection, matter_id)
        entries = dossier.catalogue(await contents(connection, node.blobs, found))
    lacking = dossier.lacking(found.kind, found.facts, entries)
    if not found.closed or (lacking and not whatever_lacks):
        return Built(found.closed, tuple(lacking))
    events = await _events(node, found, head)
    sheet = await typesetter().pdf("catalogue.typ", _cover(node, found, entries))
    made = await asyncio.to_thread(
        package.build,
        authority={"id": node.authority.id, "name": node.authority.name},
        matter={"id": matter_id, "kind": found.kind, "number": found.number},
        entries=entries,
        files=await _files(node, entries),
        catalogue=sheet.pdf,
        events=events,
        up_to_position=head,
        lacking=lacking,
    )
    file = await store(node.blobs, made.content, media_type=ZIP, file_name=f"{found.number or matter_id} 归档包.zip")
    documents = [entry for entry in entries if not entry.evidence]
    return Built(
        closed=True,
        lacking=tuple(lacking),
        package=file,
        index_sha256=made.index_sha256,
        documents=len(documents),
        evidence=sum(1 for entry in entries if entry.evidence),
        events=len(events),
        up_to_position=head,
        pages=sum(entry.pages for entry in entries),
    )


async def _events(node: "Node", found: Matter, head: int) -> list[Event]:
    """Every event of the streams that belong to the matter, up to the position of which the package speaks."""
    events: list[Event] = []
    for stream_id in found.streams:
        events += (await node.ledger.read_stream(UUID(stream_id))).events
    return [event for event in events if event.position <= head]


async def _files(node: "Node", entries: Sequence[Entry]) -> dict[str, bytes]:
    """The documents' bytes by the digest that the catalogue names, as far as they fit."""
    files: dict[str, bytes] = {}
    room = PACKAGE_BYTES_MAX
    for entry in entries:
        if not entry.evidence and entry.file is not None and int(entry.file["size"]) <= room:
            content = await content_of(node.blobs, entry.file)
            if content is not None:
                files[entry.file["sha256"]] = content
                room -= len(content)
    return files


def _pages(entry: Entry) -> str:
    if not entry.first_page:
        return ""
    first, last = entry.first_page, entry.last_page
    return str(first) if first == last else f"{first}—{last}"


def _cover(node: "Node", found: Matter, entries: Sequence[Entry]) -> Mapping[str, Any]:
    """What cover and catalogue print."""
    facts = found.facts
    return {
        "title": f"{found.number} 案卷",
        "authority": node.authority.name,
        "number": found.number,
        "cause": facts.get("cause") or facts.get("act_code", ""),
        "party": facts.get("party", {}).get("name", ""),
        "handlers": "、".join(one["name"] for one in facts.get("handlers", [])),
        "procedure": dossier.PROCEDURES[found.kind],
        "filed_on": day(day_of(datetime.fromisoformat(facts["filed_at"])).isoformat()) if facts.get("filed_at") else "",
        "closed_on": day(found.closed_on) if found.closed_on else "",
        "result": facts.get("result") or facts.get("closing", {}).get("ground", ""),
        "pages": sum(entry.pages for entry in entries),
        "remark": "",
        "entries": [
            {
                "order": n,
                "title": entry.title,
                "number": entry.number,
                "made_on": entry.made_on,
                "pages": _pages(entry),
                "remark": entry.remark,
            }
            for n, entry in enumerate(entries, 1)
        ],
    }
