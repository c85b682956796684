"""What a store of evidence files promises; `disk` and `s3` keep it, one suite checks both.

    (nothing) ──upload()──▶ OPEN ──write()…──▶ OPEN ──commit()──▶ STORED, visible for ever
                             │ ▲                  └── other size or hash ──▶ thrown away, refused
                    aclose() ▼ │ upload() with the same id: goes on at `offset`
                           CUT ──not taken up for UPLOAD_KEPT──▶ thrown away

Promise   a file is visible only with the size and SHA-256 that were announced, whole, and on stable storage; storing it
          again changes nothing. A file read from its first to its last byte has that hash, or the read fails.
Not       encryption, versions, deletion or access control: the callers above grant, audit and encrypt. A part of a file
          is given as it is: only the whole can be checked against its hash.
Bounds    BLOB_BYTES_MAX a file, CHUNK_BYTES a piece, UPLOADS_MAX uploads open or cut; beyond it BUSY.
Failing   a full or broken store is UNAVAILABLE, logged with the reason; the upload goes on later from `received`.
Shown by tests/unit/blobs/test_contract.py (disk) and tests/integration/blobs/test_s3.py
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256 as new_sha256
from types import TracebackType
from typing import Final, Protocol, Self
from uuid import UUID

from services.kernel.errors import EnforcementError, KernelRefusal, Refused, refusals
from services.kernel.telemetry import Log

log = Log(__name__)

BLOB_BYTES_MAX: Final = 4 << 30
"""Largest file: about two hours of video of a body camera."""
CHUNK_BYTES: Final = 256 << 10
"""Largest piece in one call: far below gRPC's limit of a message, and large enough that its cost does not show."""
UPLOADS_MAX: Final = 256
"""Uploads open or cut at a time."""
UPLOAD_KEPT: Final = timedelta(days=3)
"""A cut upload is kept this long after its last byte: over a weekend without network."""
DIGEST_BYTES: Final = 32

Refusal: Final = refusals("enforcement.blobs.v1")


class Damaged(EnforcementError):
    """A stored file no longer has its hash: the storage lost or changed bytes. Restore it from the backup."""

    def __init__(self, sha256: bytes) -> None:
        super().__init__(f"the stored file {sha256.hex()} does not have its hash any more")


class Upload(Protocol):
    """One file on its way in. One writer at a time; `async with` leaves it cut unless it was committed."""

    @property
    def offset(self) -> int:
        """Bytes that are there."""
        ...

    async def write(self, data: bytes) -> None:
        """Adds bytes at `offset`.

        Raises:
            Refused: BAD_UPLOAD: more than CHUNK_BYTES at once, or more than the announced size. UNAVAILABLE.
        """
        ...

    async def commit(self) -> None:
        """Verifies size and hash, and makes the file visible and durable.

        Raises:
            Refused: BAD_UPLOAD: bytes are missing, the upload stays. DIGEST_MISMATCH: it was thrown away. UNAVAILABLE.
        """
        ...

    async def aclose(self) -> None:
        """Lets go. What was written stays for UPLOAD_KEPT. May be called twice."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class BlobStore(Protocol):
    """Keeps files by their SHA-256."""

    async def stat(self, sha256: bytes) -> int | None:
        """Size of a stored file; None when there is none."""
        ...

    def open(self, sha256: bytes, offset: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `offset`, at most `length` of them, in pieces of at most CHUNK_BYTES.

        Raises:
            Refused: NOT_FOUND. A part beyond the end is empty. UNAVAILABLE.
            Damaged: the whole was read and its hash is not its address.
        """
        ...

    async def upload(self, upload_id: UUID, sha256: bytes, size: int) -> Upload:
        """Begins an upload, or takes up a cut one.

        Raises:
            Refused: BLOB_TOO_LARGE; UPLOAD_OF_OTHER_FILE when the id was used with another hash or size;
                UPLOAD_IN_PROGRESS when somebody writes it now;
                BUSY when UPLOADS_MAX others are there; UNAVAILABLE.
        """
        ...

    async def received(self, upload_id: UUID) -> int | None:
        """Bytes that are there of an open or cut upload; None when nothing is."""
        ...

    async def sweep(self, older_than: timedelta = UPLOAD_KEPT) -> int:
        """Throws away uploads without a byte for that long; answers how many."""
        ...


def check_announcement(sha256: bytes, size: int) -> None:
    """Refuses an upload that cannot be taken, whatever its bytes."""
    if len(sha256) != DIGEST_BYTES:
        raise Refused(Refusal.BAD_UPLOAD, detail=f"a SHA-256 has {DIGEST_BYTES} bytes, not {len(sha256)}")
    if size < 0:
        raise Refused(Refusal.BAD_UPLOAD, detail="a size is not negative")
    if size > BLOB_BYTES_MAX:
        raise Refused(Refusal.BLOB_TOO_LARGE, size=size, limit=BLOB_BYTES_MAX)


def check_piece(data: bytes, offset: int, size: int) -> None:
    """Refuses a piece that is too large or goes beyond the announced size."""
    if len(data) > CHUNK_BYTES:
        raise Refused(Refusal.BAD_UPLOAD, detail=f"a piece has at most {CHUNK_BYTES} bytes, not {len(data)}")
    if offset + len(data) > size:
        raise Refused(Refusal.BAD_UPLOAD, detail=f"{offset + len(data)} bytes of an announced {size}")


def check_complete(offset: int, size: int) -> None:
    """Refuses to commit what is not whole."""
    if offset != size:
        raise Refused(Refusal.BAD_UPLOAD, detail=f"{offset} of {size} bytes arrived; go on from there")


def not_found(sha256: bytes) -> Refused:
    """There is no such file."""
    return Refused(KernelRefusal.NOT_FOUND, id=sha256.hex())


def busy() -> Refused:
    """Too many uploads."""
    return Refused(KernelRefusal.BUSY)


def unavailable(reason: object) -> Refused:
    """The store did not do it; the reason is for whoever operates the node."""
    log.warning("the blob store does not answer", reason=reason)
    return Refused(KernelRefusal.UNAVAILABLE)


async def verified(sha256: bytes, size: int, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Passes a whole file on and checks it.

    Raises:
        Damaged: after the last piece, when size or hash differ.
    """
    digest, count = new_sha256(), 0
    async for piece in pieces:
        digest.update(piece)
        count += len(piece)
        yield piece
    if count != size or digest.digest() != sha256:
        raise Damaged(sha256)
