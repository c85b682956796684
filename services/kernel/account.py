"""What an authority did, told, was told and gave in a matter, from its own ledger, with the receipts (往来台账).

    own event ───────────▶ a row: what, when, who        ReceiptRecorded, ShareFailed ─▶ whom it reached, and when
    received event ──────▶ a row: who told it            BlobServed, BlobFetched ──────▶ which of its files went over

A service names the fields by which its events say to which matter they belong, e.g. the operation or the request; what
does not say it belongs to the matter that its aggregate names elsewhere.

Promise   every event of the matter in this ledger is here, own or told by another, in the order of the ledger.
Not       content: that is asked for where it is masked by role and purpose.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import asyncpg
from enforcement.common.v1 import account_pb2 as pb
from enforcement.common.v1 import common_pb2 as common
from enforcement.exchange.v1 import events_pb2 as exchange
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Fact
from services.kernel.messages import aggregate_id, to_datetime, to_timestamp, type_name
from services.kernel.projection import DELETE, Row, Views
from services.kernel.queries import PageOf

TABLE: Final = "account"
_SQL: Final = """
CREATE TABLE account (
  event_id      uuid PRIMARY KEY,
  position      bigint,
  subject_id    uuid,                 -- the matter, as the event names it; NULL when it does not
  aggregate_id  uuid,
  type          text,
  title         text,
  occurred_at   timestamptz,
  recorded_at   timestamptz,
  actor         text,
  told_by       text,                 -- authority that told it; NULL for an own event
  published     boolean,
  told          jsonb,                -- {authority: {"received_at", "code"}}
  files         jsonb                 -- [{"sha256", "authority_id", "given", "moved_at"}]
);
CREATE INDEX account_of_matter ON account (subject_id, position);
CREATE INDEX account_of_aggregate ON account (aggregate_id, position);
"""
_OF: Final = """
WITH matter AS (
  SELECT $1::text::uuid AS id UNION SELECT subject_id FROM account WHERE aggregate_id = $1::text::uuid
), part AS (
  SELECT $1::text::uuid AS id UNION SELECT aggregate_id FROM account WHERE subject_id IN (SELECT id FROM matter)
)
SELECT * FROM account
 WHERE (subject_id IN (SELECT id FROM matter) OR aggregate_id IN (SELECT id FROM part)) AND position > $2
 ORDER BY position LIMIT $3
"""


def keep_account(views: Views, titles: Mapping[type[Message], str], *subjects: str) -> None:
    """Fills the table `account` of a service's views.

    Args:
        titles: the Chinese names of the service's events, own ones and those that others tell.
        subjects: fields by which events name their matter; of one with several, the first that is not empty.
    """
    views.with_sql(_SQL)
    table = views.table(TABLE, key="event_id")
    by_type = {type_name(event): title for event, title in titles.items()}

    @table.on(*titles, key=_itself, received=None)
    def happened(row: Row, event: Any, fact: Fact) -> None:
        name, share = type_name(event), event.DESCRIPTOR.GetOptions().Extensions[options.share]
        row.update(
            position=fact.position,
            subject_id=next((id_ for field in subjects if (id_ := getattr(event, field, ""))), None),
            aggregate_id=aggregate_id(event),
            type=name,
            title=by_type[name],
            occurred_at=fact.occurred_at,
            recorded_at=fact.recorded_at,
            actor=fact.actor,
            told_by=fact.origin,
            published=share.feed and not fact.received,
            told={} if fact.received else {one: {} for one in _addressees(event, share.addressees)},
            files=[],
        )

    @table.on(
        exchange.ReceiptRecorded, key=lambda event, fact: event.source_event_id if event.type in by_type else None
    )
    def receipted(row: Row, event: exchange.ReceiptRecorded, fact: Fact) -> Any:
        taken = {"received_at": to_datetime(event.received_at).isoformat()} if not event.code else {"code": event.code}
        return _told(row, event.recipient_id, taken)

    @table.on(exchange.ShareFailed, key=lambda event, fact: event.event_id if event.type in by_type else None)
    def failed(row: Row, event: exchange.ShareFailed, fact: Fact) -> Any:
        return _told(row, event.recipient_id, {"code": event.code})

    @table.on(exchange.BlobServed, key=lambda event, fact: event.source_event_id or None)
    def served(row: Row, event: exchange.BlobServed, fact: Fact) -> Any:
        return _moved(row, event.blob_sha256, event.recipient_id, fact, given=True)

    @table.on(exchange.BlobFetched, key=lambda event, fact: event.event_id or None)
    def fetched(row: Row, event: exchange.BlobFetched, fact: Fact) -> Any:
        return _moved(row, event.blob_sha256, event.sender_id, fact, given=False)


async def account(
    connection: asyncpg.Connection, id_: str, request: common.PageRequest, own_id: str
) -> tuple[list[pb.AccountEntry], str]:
    """A page of a matter's account, oldest first, and the token of the next one.

    Args:
        id_: of the matter or of an aggregate that belongs to it.
        own_id: this authority, which tells itself nothing.

    Raises:
        Refused: NOT_FOUND when this authority knows of no such matter; BAD_PAGE_TOKEN.
    """
    page = PageOf.asked(request)
    found = await connection.fetch(_OF, id_, int(request.token or 0), page.limit)
    if not found and not request.token:
        raise Refused(KernelRefusal.NOT_FOUND, id=id_)
    rows, token = page.cut(found, "position")
    return [_entry(row, own_id) for row in rows], token


def _itself(event: Any, fact: Fact) -> str:
    return str(fact.event_id)


def _addressees(event: Any, names: Iterable[str]) -> list[str]:
    told: set[str] = set()
    for name in names:
        value = getattr(event, name)
        told.update([value] if isinstance(value, str) else value)
    return sorted(told - {""})


def _told(row: Row, authority_id: str, answer: dict[str, str]) -> Any:
    if "position" not in row:
        return DELETE
    row["told"] = {**row["told"], authority_id: answer}
    return None


def _moved(row: Row, sha256: str, authority_id: str, fact: Fact, *, given: bool) -> Any:
    """A file is fetched in pieces: the first one counts. An event of another service is none of this one's."""
    if "position" not in row:
        return DELETE
    moved = {"sha256": sha256, "authority_id": authority_id, "given": given}
    if not any(moved.items() <= one.items() for one in row["files"]):
        row["files"] = [*row["files"], {**moved, "moved_at": fact.recorded_at.isoformat()}]
    return None


def _entry(row: asyncpg.Record, own_id: str) -> pb.AccountEntry:
    return pb.AccountEntry(
        position=row["position"],
        event_id=str(row["event_id"]),
        type=row["type"],
        title_zh=row["title"],
        occurred_at=to_timestamp(row["occurred_at"]),
        recorded_at=to_timestamp(row["recorded_at"]),
        actor=row["actor"],
        told_by=row["told_by"] or "",
        published=row["published"],
        told=[
            pb.ToldTo(authority_id=one, received_at=_moment(answer.get("received_at")), code=answer.get("code", ""))
            for one, answer in sorted(json.loads(row["told"]).items())
            if one != own_id
        ],
        files=[
            pb.FileMoved(
                sha256=one["sha256"],
                authority_id=one["authority_id"],
                given=one["given"],
                moved_at=_moment(one["moved_at"]),
            )
            for one in json.loads(row["files"])
        ],
    )


def _moment(stored: str | None) -> Timestamp | None:
    return to_timestamp(datetime.fromisoformat(stored)) if stored else None
