"""Files of evidence on their way to the node: in pieces, and on from where an earlier call was cut.

Promise   a file is read piece by piece, so its size is no matter of memory; with the same id a later call sends only
          what has not arrived.
Not       that it is there: the node says so when its size and SHA-256 are as announced.
Bounds    PIECE_BYTES a message. A call takes as long as its bytes do at PACE_BYTES a second, at most FILE_SECONDS; a
          slower network is cut, and goes on with the next call.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import grpc
from enforcement.blobs.v1 import service_pb2 as blobs
from enforcement.blobs.v1.service_pb2_grpc import BlobsServiceStub

FILE_SECONDS: Final = 1800.0
"""For one call about a file of evidence: two hours of a body camera are 4 GB."""
PIECE_BYTES: Final = 256 << 10
"""Of a file in one message; the node takes no larger ones."""
PACE_BYTES: Final = 64 << 10
"""A second: what a telephone still does at the roadside."""


async def upload(
    channel: grpc.aio.Channel, metadata: Any, file: Path, upload_id: UUID, seconds: float
) -> tuple[bytes, int]:
    """Sends what has not arrived of a file; its SHA-256 and size.

    Args:
        upload_id: the same one goes on after a cut.
        seconds: time limit of a call that carries nothing.

    Raises:
        grpc.aio.AioRpcError: the node did not take it, or nobody knows.
        OSError: the file cannot be read.
    """
    digest, size = await asyncio.to_thread(_measured, file)
    stub: Any = BlobsServiceStub(channel)
    offset = await _arrived(stub, metadata, upload_id, seconds)
    header = blobs.UploadHeader(upload_id=str(upload_id), sha256=digest, size=size, offset=offset)
    limit = min(FILE_SECONDS, seconds + (size - offset) / PACE_BYTES)
    await stub.Upload(_pieces(file, header), timeout=limit, metadata=metadata)
    return digest, size


async def _arrived(stub: Any, metadata: Any, upload_id: UUID, seconds: float) -> int:
    """Bytes that are there of an earlier call with this id."""
    asked = blobs.GetUploadRequest(upload_id=str(upload_id))
    try:
        found: blobs.GetUploadResponse = await stub.GetUpload(asked, timeout=seconds, metadata=metadata)
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND:
            return 0
        raise
    return found.offset


async def _pieces(file: Path, header: blobs.UploadHeader) -> AsyncIterator[blobs.UploadRequest]:
    yield blobs.UploadRequest(header=header)
    with await asyncio.to_thread(file.open, "rb") as opened:
        opened.seek(header.offset)
        while piece := await asyncio.to_thread(opened.read, PIECE_BYTES):
            yield blobs.UploadRequest(data=piece)


def _measured(file: Path) -> tuple[bytes, int]:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest(), os.fstat(opened.fileno()).st_size
