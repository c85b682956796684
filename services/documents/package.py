"""The archive package (归档包): a ZIP that anybody can check with tools that every system has.

    index.json        what is in the package, and of which matter; its SHA-256 stands in the ledger
    SHA256SUMS        `sha256sum --check SHA256SUMS` in the unpacked folder
    EVIDENCE.SHA256   the same for evidence, which stays in the authority's store of files
    目录.pdf          cover and catalogue with page numbers
    文书/…            the documents and other papers
    events.jsonl      every event of the matter and of the streams that belong to it: its collection, executions,
                      transfer, requests, documents, reviews; readable, with the bytes whose hash stands in the ledger

Promise   the same content gives the same bytes: names in order, one fixed time, nothing compressed, whose result would
          depend on the library. `problems` finds every file that is not what the index says, every event whose bytes
          do not have their hash, and every document that is not what its event says.
Not       a proof that nothing was left out: for that the ledger is asked (`enforcement ledger verify`). Not the bytes
          of evidence (docs/adr/0016): `enforcement case archive --evidence` lays them beside the package, checked.
"""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.ledger.v1 import meta_pb2 as meta
from google.protobuf.message import DecodeError

from services.documents.dossier import Entry
from services.kernel.ledger import Event
from services.kernel.ledger.events import event_hash
from services.kernel.messages import as_dict, from_microseconds, message_class, type_name

FORMAT: Final = "enforcement-archive/1"
INDEX: Final = "index.json"
SUMS: Final = "SHA256SUMS"
EVIDENCE_SUMS: Final = "EVIDENCE.SHA256"
EVENTS: Final = "events.jsonl"
CATALOGUE: Final = "目录.pdf"
DOCUMENTS: Final = "文书"
SUFFIX_MAX: Final = 6
_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_FORBIDDEN: Final = str.maketrans('/\\:*?"<>|\n\r', "___________")


@dataclass(frozen=True, slots=True)
class Package:
    """A package and the digest of its index."""

    content: bytes
    index_sha256: bytes


def build(
    *,
    authority: Mapping[str, str],
    matter: Mapping[str, Any],
    entries: Sequence[Entry],
    files: Mapping[str, bytes],
    catalogue: bytes,
    events: Sequence[Event],
    up_to_position: int,
    lacking: Sequence[str],
) -> Package:
    """Puts a package together.

    Args:
        entries: the catalogue in its order.
        files: documents by the base64 of their SHA-256, as `Entry.file` names them; what is missing here is named by
            its digest only, like evidence.
        catalogue: cover and catalogue as a PDF.
    """
    contents: dict[str, bytes] = {CATALOGUE: catalogue}
    listed = []
    evidence = []
    for n, entry in enumerate(entries, 1):
        digest = _hex(entry)
        inside = entry.file is not None and not entry.evidence and entry.file["sha256"] in files
        path = f"{DOCUMENTS}/{n:03}-{_name(entry)}" if inside else ""
        if inside:
            assert entry.file is not None
            contents[path] = files[entry.file["sha256"]]
        elif digest:
            assert entry.file is not None
            evidence.append((digest, f"证据/{n:03}-{_plain(entry.file.get('fileName') or entry.title)}"))
        listed.append(_listed(n, entry, digest, path))
    contents[EVENTS] = b"".join(_line(event) for event in sorted(events, key=lambda event: event.position))
    contents[EVIDENCE_SUMS] = _sums(evidence)
    index = {
        "format": FORMAT,
        "authority": dict(authority),
        "matter": dict(matter),
        "upToPosition": up_to_position,
        "entries": listed,
        "lacking": list(lacking),
        "files": {path: hashlib.sha256(content).hexdigest() for path, content in sorted(contents.items())},
    }
    contents[INDEX] = json.dumps(index, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"
    contents[SUMS] = _sums((hashlib.sha256(content).hexdigest(), path) for path, content in contents.items())
    return Package(_zip(contents), hashlib.sha256(contents[INDEX]).digest())


def problems(content: bytes, *, index_sha256: bytes | None = None) -> Iterator[str]:
    """What is wrong with a package, in Chinese; nothing when it is sound.

    Args:
        index_sha256: what the ledger says of the index; None when nobody asked a ledger.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            there = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, RuntimeError, OSError) as error:
        yield f"不是完整的ZIP文件：{error}"
        return
    if INDEX not in there or SUMS not in there or EVENTS not in there:
        yield f"缺少{INDEX}、{SUMS}或者{EVENTS}"
        return
    if index_sha256 is not None and hashlib.sha256(there[INDEX]).digest() != index_sha256:
        yield f"{INDEX}与账本记录的摘要不符"
    try:
        index = json.loads(there[INDEX])
        named: dict[str, str] = index["files"]
        entries: list[dict[str, Any]] = index["entries"]
    except (ValueError, KeyError, TypeError):
        yield f"{INDEX}无法读取"
        return
    yield from _wrong_files(there, named)
    yield from _wrong_sums(there)
    events, wrong = _events(there[EVENTS])
    yield from wrong
    yield from _wrong_documents(entries, events)


def _wrong_files(there: Mapping[str, bytes], named: Mapping[str, str]) -> Iterator[str]:
    for path, digest in named.items():
        if path not in there:
            yield f"缺少文件{path}"
        elif hashlib.sha256(there[path]).hexdigest() != digest:
            yield f"文件{path}已被改动"
    for path in there:
        if path not in named and path not in (INDEX, SUMS):
            yield f"文件{path}不在{INDEX}中"


def _wrong_sums(there: Mapping[str, bytes]) -> Iterator[str]:
    wanted = _sums((hashlib.sha256(data).hexdigest(), path) for path, data in there.items() if path != SUMS)
    if there[SUMS] != wanted:
        yield f"{SUMS}与文件不符"


def _events(lines: bytes) -> tuple[list[tuple[str, bytes]], list[str]]:
    """Type and body of every event, and what is wrong with any."""
    events, wrong = [], []
    for n, line in enumerate(lines.splitlines(), 1):
        try:
            one = json.loads(line)
            body, metadata = base64.b64decode(one["body"]), base64.b64decode(one["meta"])
            found = event_hash(
                stream_id=UUID(one["streamId"]).bytes,
                version=one["version"],
                event_id=UUID(one["eventId"]).bytes,
                event_type=one["type"],
                schema_version=one["schemaVersion"],
                correlation_id=UUID(one["correlationId"]).bytes,
                causation_id=UUID(one["causationId"]).bytes,
                meta=metadata,
                body=body,
            )
            readable = _readable(one["type"], body)
        except (ValueError, KeyError, TypeError, DecodeError):
            wrong.append(f"{EVENTS}第{n}行无法读取")
            continue
        if found.hex() != one["hash"]:
            wrong.append(f"{EVENTS}第{n}行的内容与其哈希不符（位置{one['position']}）")
        if readable is not None and readable != one["content"]:
            wrong.append(f"{EVENTS}第{n}行的可读内容与原始字节不符（位置{one['position']}）")
        events.append((one["type"], body))
    return events, wrong


def _wrong_documents(entries: Iterable[Mapping[str, Any]], events: Iterable[tuple[str, bytes]]) -> Iterator[str]:
    """Documents and evidence whose digests no event of the matter names."""
    told = set()
    for kind, body in events:
        told |= _digests(kind, body)
        if kind == type_name(pb.DocumentIssued):
            issued = pb.DocumentIssued.FromString(body)
            if hashlib.sha256(issued.snapshot).digest() != issued.snapshot_sha256:
                yield f"文书{issued.document_id}第{issued.version}版的内容与其摘要不符"
    for entry in entries:
        if entry["sha256"] and entry["sha256"] not in told:
            yield f"目录第{entry['order']}项《{entry['title']}》没有对应的案件记录"


def _digests(kind: str, body: bytes) -> set[str]:
    """Digests of the files that an event carries."""
    known = message_class(kind)
    if known is None:
        return set()
    return set(_in(known.FromString(body)))


def _in(message: Any) -> Iterator[str]:
    """Digests of the files that a message names at any depth."""
    if isinstance(message, common.BlobRef):
        yield message.sha256.hex()
        return
    for field, value in message.ListFields():
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for one in value if field.is_repeated else (value,):
                yield from _in(one)


def _listed(n: int, entry: Entry, digest: str, path: str) -> dict[str, Any]:
    return {
        "order": n,
        "title": entry.title,
        "form": entry.form,
        "number": entry.number,
        "madeOn": entry.made_on,
        "firstPage": entry.first_page,
        "lastPage": entry.last_page,
        "sha256": digest,
        "path": path,
        "remark": entry.remark,
    }


def _line(event: Event) -> bytes:
    """One event: readable, and with the bytes that its hash covers."""
    metadata = meta.Meta.FromString(event.meta)
    line = {
        "position": event.position,
        "type": event.type,
        "streamId": str(event.stream_id),
        "version": event.version,
        "eventId": str(event.event_id),
        "schemaVersion": event.schema_version,
        "correlationId": str(event.correlation_id),
        "causationId": str(event.causation_id),
        "recordedAt": event.recorded_at.isoformat(),
        "occurredAt": from_microseconds(metadata.occurred_us).isoformat(),
        "actor": metadata.actor,
        "content": _readable(event.type, event.body),
        "meta": base64.b64encode(event.meta).decode(),
        "body": base64.b64encode(event.body).decode(),
        "hash": event.hash.hex(),
    }
    return json.dumps(line, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _readable(kind: str, body: bytes) -> dict[str, Any] | None:
    known = message_class(kind)
    return as_dict(known.FromString(body)) if known is not None else None


def _hex(entry: Entry) -> str:
    return base64.b64decode(entry.file["sha256"]).hex() if entry.file else ""


def _name(entry: Entry) -> str:
    number = f"-{entry.number}" if entry.number else ""
    suffix = PurePosixPath(entry.file.get("fileName", "") if entry.file else "").suffix
    return f"{_plain(entry.title)}{_plain(number)}{_plain(suffix) if 1 < len(suffix) <= SUFFIX_MAX else '.pdf'}"


def _plain(text: str) -> str:
    """A name that every file system takes."""
    return text.translate(_FORBIDDEN)[:80]


def _sums(rows: Iterable[tuple[str, str]]) -> bytes:
    """Lines that `sha256sum --check` reads."""
    return "".join(f"{digest}  {path}\n" for digest, path in sorted(rows, key=lambda row: row[1])).encode()


def _zip(contents: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(path, _ZIP_EPOCH)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
