"""Who is told of an event: the feed, and whom the event names; nobody of what was received.

    own event with a share option ─▶ one share per target     ShareRequested ─▶ one more for a target of that event

Promise   a target is one that the event's own options give: a request is no way around them.
Not       that the target can be told: unknown and suspended ones are the builder's, which records ShareFailed.
Shown by tests/integration/exchange/test_outbound.py
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final

from enforcement.exchange.v1 import events_pb2 as pb
from enforcement.ledger.v1 import meta_pb2
from google.protobuf.message import DecodeError

from services.exchange.office import Office
from services.kernel.envelopes.codec import NEW_EPOCH
from services.kernel.envelopes.disclosure import SharedType
from services.kernel.ledger import Event
from services.kernel.telemetry import Log

__all__ = ["Share", "shares_of"]

log = Log(__name__)

SHARE_REQUESTED: Final = pb.ShareRequested.DESCRIPTOR.full_name


@dataclass(frozen=True, slots=True)
class Share:
    """One event and one target: what an envelope is made of."""

    event: Event
    meta: meta_pb2.Meta
    shared: SharedType
    recipient: str
    said_as: bytes
    """Event whose envelope it is: the event itself, or the ShareRequested that asks for another one."""
    causes: tuple[bytes, ...] = ()


async def shares_of(office: Office, event: Event) -> AsyncIterator[Share]:
    """Yields a share per target of an event; nothing for what is not shared or was received.

    Raises:
        Unavailable: PostgreSQL is lost.
    """
    shared = office.catalogue.shared.get(event.type)
    if shared is None and event.type != SHARE_REQUESTED:
        return
    meta = meta_pb2.Meta.FromString(event.meta)
    if meta.HasField("origin"):
        return
    if event.type == SHARE_REQUESTED:
        async for share in _requested(office, event):
            yield share
    elif shared is not None:
        for share in _targets(office.me, event, meta, shared, event.event_id.bytes):
            yield share


async def _requested(office: Office, event: Event) -> AsyncIterator[Share]:
    request = pb.ShareRequested.FromString(event.body)
    page = await office.ledger.read(request.position - 1, 1)
    original = page.events[0] if page.events else None
    shared = office.catalogue.shared.get(original.type) if original else None
    if original is None or shared is None or str(original.event_id) != request.event_id:
        return
    meta = meta_pb2.Meta.FromString(original.meta)
    if meta.HasField("origin"):
        return
    causes = (request.refused_env_hash,) if request.refused_env_hash else ()
    for share in _targets(office.me, original, meta, shared, event.event_id.bytes, causes):
        # Only whom the event itself names: a request is no way around its options.
        if share.recipient == request.recipient_id:
            yield share


def _targets(
    me: str, event: Event, meta: meta_pb2.Meta, shared: SharedType, said_as: bytes, causes: tuple[bytes, ...] = ()
) -> Iterator[Share]:
    try:
        message = shared.message.FromString(event.body)
    except DecodeError:
        # The ledger holds what a decider encoded, so this is a bug, or a type whose shape was broken by a release.
        log.error("an own event does not decode", position=event.position, type=event.type)
        return
    recipients = [message.recipient_id] if event.type == NEW_EPOCH else shared.targets(message, me)
    for recipient in recipients:
        yield Share(event, meta, shared, recipient, said_as, causes)
