"""A stopped feed goes on: an operator's act, and so an event of the platform's own ledger.

    ResumeFeed ─▶ answered before? the first answer ─▶ one transaction {the feed goes on, FeedResumed}

Promise   a feed goes on if and only if the ledger says who let it, why, and from which place.
Not       that the publisher's next envelope fits: one that contradicts the log again stops the feed again.
Shown by tests/integration/platform/test_resume.py
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.ledger.v1 import meta_pb2
from enforcement.platform.v1 import events_pb2 as events
from enforcement.platform.v1 import service_pb2 as pb

from services.kernel.ledger import Append, Ledger, Mismatch, NewEvent, derive
from services.kernel.messages import microseconds, type_name

CATEGORY: Final = "exchange"

# The head first, as every writer of the log does: the other order would be a deadlock.
MOVE: Final = "UPDATE platform.head SET version = version + 1"

# `c` is the row as it was: its code and its end are what the event says.
RESUME: Final = """
UPDATE platform.chain n SET stopped_code = ''
  FROM (SELECT * FROM platform.chain WHERE publisher = $1 AND stopped_code <> '' FOR UPDATE) c
 WHERE n.publisher = c.publisher RETURNING c.*
"""


async def resume(ledger: Ledger, request: pb.ResumeFeedRequest, by: str, now: datetime) -> common.Recorded | None:
    """Lets the feed go on and records it; None when it is not stopped. A repeat gets the first answer.

    Raises:
        Mismatch: the command id was used for another request.
        Unavailable: PostgreSQL was lost; ask again with the same command id.
    """
    command_id, digest = UUID(request.command_id), _digest(request)
    stream_id = derive(command_id, "feed resumed")
    known = await ledger.command(command_id)
    if known is not None:
        if known.digest != digest:
            raise Mismatch(f"command {command_id} was used before for another request")
        return common.Recorded(id=str(known.stream_id), version=known.version, position=known.position)
    async with ledger.transaction() as connection:
        await connection.execute(MOVE)
        row = await connection.fetchrow(RESUME, request.publisher_id)
        if row is None:
            return None
        event = _event(request, row, by, now)
        append = Append(command_id, digest, stream_id, CATEGORY, 0, (event,), stream_id, command_id)
        (outcome,) = await ledger.append_in(connection, [append])
        done = outcome.appended()
    return common.Recorded(id=str(stream_id), version=done.version, position=done.position)


def _event(request: pb.ResumeFeedRequest, stopped: Mapping[str, Any], by: str, now: datetime) -> NewEvent:
    resumed = events.FeedResumed(
        publisher_id=request.publisher_id,
        code=stopped["stopped_code"],
        epoch=stopped["epoch"],
        seq=stopped["seq"],
        env_hash=stopped["hash"],
        reason=request.reason,
    )
    meta = meta_pb2.Meta(
        actor=by, actor_kind=meta_pb2.ACTOR_KIND_ADMINISTRATOR, occurred_us=microseconds(now), skippable=True
    )
    return NewEvent(type_name(events.FeedResumed), resumed.SerializeToString(deterministic=True), _bytes(meta))


def _digest(request: pb.ResumeFeedRequest) -> bytes:
    return hashlib.sha256(type_name(pb.ResumeFeedRequest).encode() + b"\n" + _bytes(request)).digest()


def _bytes(message: pb.ResumeFeedRequest | meta_pb2.Meta) -> bytes:
    return message.SerializeToString(deterministic=True)
