"""Evidence files in an S3-compatible object store, by its public API only.

    objects/<sha256 in hex>                                     stored
    uploads/<upload id>/<sha256>-<size>/<offset>-<nonce>        parts of an upload, PART_BYTES each but the last

Promise   the port's. A part's key has a nonce of its writer, so no part ever changes, whoever else writes: what a
          commit composes on the server into the object's key is what was hashed here. Stable storage is what the store
          says when it answers a write.
Not       resuming inside a part: bytes that do not fill one when an upload is cut are sent again.
Bounds    the port's. PART_BYTES of memory per open upload; CALL_SECONDS a call, CALLS_MAX connections.
Failing   a store that cannot be reached, refuses or has no room: UNAVAILABLE.
Owns      one connection pool; blocking calls run in threads. Shown by tests/integration/blobs/test_s3.py
"""

import asyncio
import io
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256 as new_sha256
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from uuid import UUID

import urllib3
from minio import Minio
from minio.commonconfig import ComposeSource
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error

from services.kernel.blobs.port import (
    CHUNK_BYTES,
    UPLOAD_KEPT,
    UPLOADS_MAX,
    Refusal,
    busy,
    check_announcement,
    check_complete,
    check_piece,
    not_found,
    unavailable,
    verified,
)
from services.kernel.errors import Refused

PART_BYTES: Final = 8 << 20
"""Size of a part. S3 composes parts of 5 MiB and more; the largest file has 512 of the 10,000 it allows."""
CALL_SECONDS: Final = 30.0
"""For one request to the store, connecting included."""
CALLS_MAX: Final = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class S3Settings:
    """Where the store is. The bucket exists, is private, and nobody but this authority's node may write to it."""

    endpoint: str
    """Host and port, e.g. "minio.internal:9000"."""
    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    secure: bool = True
    """TLS; False only on loopback."""
    region: str = "us-east-1"


class S3Blobs:
    """The port on one bucket."""

    def __init__(self, settings: S3Settings) -> None:
        if not settings.secure and not settings.endpoint.startswith(("127.", "localhost", "[::1]")):
            raise ValueError("secure=false sends evidence in the clear: the endpoint must be loopback")
        self.settings = settings
        self.bucket = settings.bucket
        self.client = Minio(
            settings.endpoint,
            access_key=settings.access_key,
            secret_key=settings.secret_key,
            secure=settings.secure,
            region=settings.region,
            http_client=urllib3.PoolManager(
                timeout=CALL_SECONDS, maxsize=CALLS_MAX, retries=urllib3.Retry(total=2, backoff_factor=0.2)
            ),
        )
        self.writing: set[UUID] = set()

    async def stat(self, sha256: bytes) -> int | None:
        """As the port."""

        def size() -> int | None:
            try:
                return self.client.stat_object(self.bucket, _object(sha256)).size
            except S3Error as error:
                if error.code in ("NoSuchKey", "NoSuchObject"):
                    return None
                raise

        return await in_thread(size)

    async def open(self, sha256: bytes, offset: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """As the port."""
        size = await self.stat(sha256)
        if size is None:
            raise not_found(sha256)
        wanted = max(0, min(size - offset, size if length is None else length))
        pieces = self.pieces(_object(sha256), offset, wanted)
        async for piece in verified(sha256, size, pieces) if wanted == size else pieces:
            yield piece

    async def upload(self, upload_id: UUID, sha256: bytes, size: int) -> "S3Upload":
        """As the port. A writer in another process is not seen: it may make this one send again, and no more."""
        check_announcement(sha256, size)
        if upload_id in self.writing:
            raise Refused(Refusal.UPLOAD_IN_PROGRESS)
        uploads = await self._uploads()
        if upload_id not in uploads and len(uploads) >= UPLOADS_MAX:
            await self.sweep()
            if len(await self._uploads()) >= UPLOADS_MAX:
                raise busy()
        upload = S3Upload(self, upload_id, sha256, size)
        self.writing.add(upload_id)
        try:
            await upload.catch_up()
        except BaseException:
            await upload.aclose()
            raise
        return upload

    async def received(self, upload_id: UUID) -> int | None:
        """As the port, in whole parts."""
        parts = _chain(await self.parts(upload_id))
        return sum(part.size for part in parts) if parts else None

    async def sweep(self, older_than: timedelta = UPLOAD_KEPT) -> int:
        """As the port, but an upload that another process writes slowly may be thrown away."""
        limit = datetime.now(UTC) - older_than
        swept = [
            upload_id
            for upload_id, newest in (await self._uploads()).items()
            if newest <= limit and upload_id not in self.writing
        ]
        for upload_id in swept:
            await self.remove([part.object_name for part in await self.parts(upload_id)])
        return len(swept)

    async def parts(self, upload_id: UUID) -> list[Any]:
        """All parts of an upload, by offset."""
        return await in_thread(
            lambda: list(self.client.list_objects(self.bucket, prefix=f"uploads/{upload_id}/", recursive=True))
        )

    async def remove(self, keys: list[str]) -> None:
        """Removes parts."""

        def work() -> None:
            for error in self.client.remove_objects(self.bucket, [DeleteObject(key) for key in keys]):
                raise unavailable(error)

        await in_thread(work)

    async def _uploads(self) -> dict[UUID, datetime]:
        """Uploads with the time of their newest part."""

        def newest() -> dict[UUID, datetime]:
            found: dict[UUID, datetime] = {}
            for part in self.client.list_objects(self.bucket, prefix="uploads/", recursive=True):
                upload_id = UUID(part.object_name.split("/")[1])
                found[upload_id] = max(found.get(upload_id, part.last_modified), part.last_modified)
            return found

        return await in_thread(newest)

    async def pieces(self, key: str, offset: int, length: int) -> AsyncIterator[bytes]:
        if not length:
            return
        response = await in_thread(lambda: self.client.get_object(self.bucket, key, offset=offset, length=length))
        try:
            while piece := await in_thread(lambda: response.read(CHUNK_BYTES)):
                yield piece
        finally:
            response.close()
            response.release_conn()


class S3Upload:
    """An open upload; collects bytes until they fill a part."""

    def __init__(self, store: S3Blobs, upload_id: UUID, sha256: bytes, size: int) -> None:
        self._store = store
        self._id = upload_id
        self._sha256 = sha256
        self._size = size
        self._prefix = f"uploads/{upload_id}/{sha256.hex()}-{size}/"
        self._nonce = secrets.token_hex(8)
        self._digest = new_sha256()
        self._keys: list[str] = []
        self._stored = 0
        self._waiting = bytearray()

    @property
    def offset(self) -> int:
        """As the port."""
        return self._stored + len(self._waiting)

    async def catch_up(self) -> None:
        """Takes up the parts that are there, hashing them again."""
        parts = await self._store.parts(self._id)
        if any(not part.object_name.startswith(self._prefix) for part in parts):
            raise Refused(Refusal.UPLOAD_OF_OTHER_FILE)
        for part in _chain(parts):
            async for piece in self._store.pieces(part.object_name, 0, part.size):
                self._digest.update(piece)
            self._keys.append(part.object_name)
            self._stored += part.size

    async def write(self, data: bytes) -> None:
        """As the port."""
        check_piece(data, self.offset, self._size)
        self._digest.update(data)
        self._waiting += data
        if len(self._waiting) >= PART_BYTES:
            await self._store_part()

    async def commit(self) -> None:
        """As the port."""
        check_complete(self.offset, self._size)
        if self._digest.digest() != self._sha256:
            await self._store.remove(self._keys)
            await self.aclose()
            raise Refused(Refusal.DIGEST_MISMATCH)
        target = _object(self._sha256)
        client, bucket = self._store.client, self._store.bucket
        if not self._keys:
            data = bytes(self._waiting)
            await in_thread(lambda: client.put_object(bucket, target, io.BytesIO(data), len(data)))
        else:
            if self._waiting:
                await self._store_part()
            sources = [ComposeSource(bucket, key) for key in self._keys]
            await in_thread(lambda: client.compose_object(bucket, target, sources))
        await self._store.remove([part.object_name for part in await self._store.parts(self._id)])
        await self.aclose()

    async def aclose(self) -> None:
        """As the port."""
        self._store.writing.discard(self._id)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _store_part(self) -> None:
        key, data = f"{self._prefix}{self._stored:020}-{self._nonce}", bytes(self._waiting)
        client, bucket = self._store.client, self._store.bucket
        await in_thread(lambda: client.put_object(bucket, key, io.BytesIO(data), len(data)))
        self._keys.append(key)
        self._stored += len(data)
        self._waiting.clear()


def _chain(parts: list[Any]) -> list[Any]:
    """The parts that follow on each other from the first byte; others are of writers who were cut, or went beside."""
    chain: list[Any] = []
    end = 0
    for part in parts:
        if int(part.object_name.rsplit("/", 1)[1].partition("-")[0]) == end:
            chain.append(part)
            end += part.size
    return chain


async def in_thread(work: Callable[[], T]) -> T:
    """Runs a blocking call; one that was cancelled ends by itself within CALL_SECONDS."""
    try:
        return await asyncio.to_thread(work)
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise unavailable(error) from error


def _object(sha256: bytes) -> str:
    return f"objects/{sha256.hex()}"
