"""Evidence files of others: fetched from the authority whose event shows them, verified, stored, audited."""

from __future__ import annotations

from typing import Any, Final

from enforcement.exchange.v1 import events_pb2
from enforcement.ledger.v1 import meta_pb2

from services.exchange.office import Office, stream_of
from services.exchange.peer import Peers
from services.kernel.blobs import BlobStore
from services.kernel.blobs import Refusal as BlobRefusal
from services.kernel.envelopes.disclosure import find_blob
from services.kernel.errors import KernelRefusal, Refused, Unavailable, refusals
from services.kernel.ledger import Event, uuid7
from services.kernel.telemetry import Metrics

__all__ = ["Files", "Pulled", "Refusal"]

Refusal: Final = refusals("enforcement.exchange.v1")
PIECE: Final = 256 << 10


class Pulled(tuple[int, str, bool, int]):
    """(size, sender, was here before, position of BlobFetched or 0)."""

    __slots__ = ()


class Files:
    """Fetches files that received events show."""

    def __init__(self, office: Office, peers: Peers, blobs: BlobStore) -> None:
        self._office = office
        self._peers = peers
        self._blobs = blobs

    async def pull(self, position: int, sha256: bytes, actor: str, actor_kind: Any) -> Pulled:
        """Fetches the file with this hash that the received event at `position` shows; goes on where a cut left off.

        Raises:
            Refused: BLOB_NOT_SHOWN, BLOB_NOT_GIVEN, BLOB_DAMAGED, or what the blob store refuses.
            Unavailable: the sender does not answer; ask again.
        """
        event, origin, size = await self._shown(position, sha256)
        sender = origin.authority
        if await self._blobs.stat(sha256) is not None:
            return Pulled((size, sender, True, 0))
        await self._fetch(event, origin, sha256, size)
        fetched = events_pb2.BlobFetched(
            blob_sha256=sha256.hex(),
            sender_id=sender,
            env_hash=origin.env_hash,
            event_id=str(event.event_id),
            size=size,
        )
        appended = await self._office.ledger.append(
            self._office.own_event(
                fetched,
                uuid7(),
                correlation_id=event.correlation_id,
                causation_id=event.event_id,
                actor=actor,
                actor_kind=actor_kind,
            )
        )
        return Pulled((size, sender, False, appended.position))

    async def _shown(self, position: int, sha256: bytes) -> tuple[Event, meta_pb2.Origin, int]:
        refused = Refused(Refusal.BLOB_NOT_SHOWN, position=position)
        page = await self._office.ledger.read(position - 1, 1)
        if not page.events:
            raise refused
        event = page.events[0]
        origin = meta_pb2.Meta.FromString(event.meta).origin
        kind = self._office.catalogue.message(event.type)
        if not origin.authority or origin.unread or kind is None:
            raise refused
        blob = find_blob(kind.FromString(event.body), sha256)
        if blob is None:
            raise refused
        return event, origin, blob.size

    async def _fetch(self, event: Event, origin: meta_pb2.Origin, sha256: bytes, size: int) -> None:
        sender = origin.authority
        # The same event and file give the same upload, so whoever asks again goes on where the last one was cut.
        async with await self._blobs.upload(stream_of("pull", event.event_id.bytes, sha256), sha256, size) as upload:
            try:
                async for data in self._peers.blob(sender, origin.env_hash, sha256, upload.offset):
                    if upload.offset + len(data) > size:
                        raise Refused(Refusal.BLOB_DAMAGED, sender=sender)
                    for start in range(0, len(data), PIECE):
                        await upload.write(data[start : start + PIECE])
                    Metrics.BLOB_BYTES.add(len(data), direction="fetched")
            except Refused as refused:
                if refused.code is KernelRefusal.NOT_FOUND:
                    raise Refused(Refusal.BLOB_NOT_GIVEN, sender=sender) from refused
                raise
            if upload.offset < size:
                raise Unavailable(f"{sender} gave {upload.offset} of {size} bytes")
            try:
                await upload.commit()
            except Refused as refused:
                if refused.code is BlobRefusal.DIGEST_MISMATCH:
                    raise Refused(Refusal.BLOB_DAMAGED, sender=sender) from refused
                raise
