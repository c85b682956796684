"""Puts what was made into the store of files."""

from hashlib import sha256
from uuid import uuid4

from enforcement.common.v1 import common_pb2 as common

from services.kernel.blobs import CHUNK_BYTES, BlobStore


async def store(blobs: BlobStore, content: bytes, *, media_type: str, file_name: str) -> common.BlobRef:
    """Puts a file into the store of files, unless it is there.

    Raises:
        Refused: as the store; UNAVAILABLE is tried again by whoever asked.
    """
    address = sha256(content).digest()
    if await blobs.stat(address) is None:
        async with await blobs.upload(uuid4(), address, len(content)) as upload:
            for start in range(0, len(content), CHUNK_BYTES):
                await upload.write(content[start : start + CHUNK_BYTES])
            await upload.commit()
    return common.BlobRef(sha256=address, size=len(content), media_type=media_type, file_name=file_name)
