"""Evidence files on a file system.

    <root>/objects/ab/cd/<sha256 in hex>           stored; 65,536 directories keep each small up to millions of files
    <root>/uploads/<upload id>-<sha256>-<size>     open or cut; what is announced stands in the name

Promise   the port's. Stable storage means: the file is flushed, renamed into place, and the directories of both names
          are flushed, in this order; a crash leaves either the upload or the file.
Not       shared disks of several machines, unless their file system has POSIX locks and rename: use `s3` there.
Bounds    the port's. One thread call per piece; no file is held in memory.
Failing   no space, quota or I/O error: UNAVAILABLE. After a power loss a cut upload may lack bytes it had: the commit
          sees it by the hash, throws it away, and it is sent again.
Owns      nothing between calls; each open upload one file descriptor with an exclusive lock, freed with the process.
Shown by tests/unit/blobs/test_contract.py, tests/integration/blobs/test_disk.py
"""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from hashlib import sha256 as new_sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, TypeVar
from uuid import UUID

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

T = TypeVar("T")
_READ_ONLY: Final = 0o440


class DiskBlobs:
    """The port on one directory; made if it does not exist."""

    def __init__(self, root: Path) -> None:
        self._objects = root / "objects"
        self._uploads = root / "uploads"
        self._objects.mkdir(parents=True, exist_ok=True)
        self._uploads.mkdir(exist_ok=True)

    async def stat(self, sha256: bytes) -> int | None:
        """As the port."""

        def size() -> int | None:
            try:
                return self._path(sha256).stat().st_size
            except FileNotFoundError:
                return None

        return await _in_thread(size)

    async def open(self, sha256: bytes, offset: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """As the port."""
        try:
            file = await _in_thread(lambda: self._path(sha256).open("rb", buffering=0))
        except FileNotFoundError:
            raise not_found(sha256) from None
        with file:
            size = os.fstat(file.fileno()).st_size
            whole = offset == 0 and (length is None or length >= size)
            pieces = _pieces(file, offset, size if length is None else length)
            async for piece in verified(sha256, size, pieces) if whole else pieces:
                yield piece

    async def upload(self, upload_id: UUID, sha256: bytes, size: int) -> "DiskUpload":
        """As the port."""
        check_announcement(sha256, size)
        part = self._uploads / f"{upload_id}-{sha256.hex()}-{size}"
        if await self._others(part) >= UPLOADS_MAX:
            await self.sweep()
            if await self._others(part) >= UPLOADS_MAX:
                raise busy()
        return await _in_thread(lambda: DiskUpload.take(part, self._path(sha256), upload_id, sha256, size))

    async def received(self, upload_id: UUID) -> int | None:
        """As the port."""

        def size() -> int | None:
            for part in self._uploads.glob(f"{upload_id}-*"):
                with contextlib.suppress(FileNotFoundError):
                    return part.stat().st_size
            return None

        return await _in_thread(size)

    async def sweep(self, older_than: timedelta = UPLOAD_KEPT) -> int:
        """As the port; an upload that somebody writes is never thrown away."""

        def remove() -> int:
            removed = 0
            for part in self._uploads.iterdir():
                with contextlib.suppress(FileNotFoundError, BlockingIOError), part.open("rb") as file:
                    if time.time() - os.fstat(file.fileno()).st_mtime >= older_than.total_seconds():
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        part.unlink()
                        removed += 1
            return removed

        return await _in_thread(remove)

    async def _others(self, part: Path) -> int:
        return await _in_thread(lambda: sum(1 for other in self._uploads.iterdir() if other != part))

    def _path(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self._objects / name[:2] / name[2:4] / name


class DiskUpload:
    """An open upload; holds the lock on its file."""

    def __init__(self, file: IO[bytes], part: Path, target: Path, sha256: bytes, size: int) -> None:
        self._file = file
        self._part = part
        self._target = target
        self._sha256 = sha256
        self._size = size
        self._digest = new_sha256()
        self._offset = 0

    @classmethod
    def take(cls, part: Path, target: Path, upload_id: UUID, sha256: bytes, size: int) -> Self:
        """Opens and locks the file, and hashes what is there. Blocks: run it in a thread."""
        if any(other != part for other in part.parent.glob(f"{upload_id}-*")):
            raise Refused(Refusal.UPLOAD_OF_OTHER_FILE)
        file: IO[bytes] = part.open("a+b", buffering=0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not part.exists() or not os.path.samestat(os.fstat(file.fileno()), part.stat()):
                raise BlockingIOError  # it was committed or swept between open and lock
            upload = cls(file, part, target, sha256, size)
            upload._catch_up()
        except BlockingIOError:
            file.close()
            raise Refused(Refusal.UPLOAD_IN_PROGRESS) from None
        except BaseException:
            file.close()
            raise
        return upload

    @property
    def offset(self) -> int:
        """As the port."""
        return self._offset

    async def write(self, data: bytes) -> None:
        """As the port."""
        check_piece(data, self._offset, self._size)
        await _in_thread(lambda: self._append(data))

    async def commit(self) -> None:
        """As the port."""
        check_complete(self._offset, self._size)
        if self._digest.digest() != self._sha256:
            await _in_thread(self._part.unlink)
            await self.aclose()
            raise Refused(Refusal.DIGEST_MISMATCH)
        await _in_thread(self._publish)
        await self.aclose()

    async def aclose(self) -> None:
        """As the port."""
        self._file.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _catch_up(self) -> None:
        self._file.seek(0)
        while data := self._file.read(CHUNK_BYTES):
            self._digest.update(data)
            self._offset += len(data)

    def _append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = self._file.write(view)
            self._digest.update(view[:written])
            self._offset += written
            view = view[written:]

    def _publish(self) -> None:
        os.fchmod(self._file.fileno(), _READ_ONLY)
        os.fsync(self._file.fileno())
        folder = self._target.parent
        folder.mkdir(parents=True, exist_ok=True)
        self._part.replace(self._target)
        # All of them every time: another commit may have made a folder and not flushed it yet.
        for directory in (folder, folder.parent, folder.parent.parent, self._part.parent):
            _flush(directory)


async def _pieces(file: IO[bytes], offset: int, length: int) -> AsyncIterator[bytes]:
    await _in_thread(lambda: file.seek(offset))
    while length > 0 and (piece := await _in_thread(partial(file.read, min(CHUNK_BYTES, length)))):
        length -= len(piece)
        yield piece


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _in_thread(work: Callable[[], T]) -> T:
    """Runs blocking work; a cancelled caller goes on when the work is done, so that no file is closed under it."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
    except (FileNotFoundError, BlockingIOError):
        raise
    except OSError as error:
        raise unavailable(error) from error
