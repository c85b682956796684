"""BlobsService: evidence files up and down in chunks, for officers of this authority, its devices, and its platform
for parties. Who is given a file is asked before its first byte (services.kernel.file_access).

Other authorities never call it: they fetch by an envelope that grants the file, from the exchange.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final
from uuid import UUID

from enforcement.blobs.v1 import service_pb2 as pb

from services.kernel.blobs.port import BlobStore, Refusal, check_announcement, not_found
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.rpc import Call
from services.kernel.telemetry import Metrics

DESCRIPTOR: Final = pb.DESCRIPTOR.services_by_name["BlobsService"]


class BlobsApi:
    """The servicer.

    Args:
        require_access: returns when the caller of a download may have the file, and raises Refused otherwise.
    """

    def __init__(self, store: BlobStore, require_access: Callable[[pb.DownloadRequest, Call], Awaitable[None]]) -> None:
        self._store = store
        self._require_access = require_access

    async def upload(self, requests: AsyncIterator[pb.UploadRequest], call: Call) -> pb.UploadResponse:
        """Takes a file; what arrived before a cut stays."""
        header = await _header(requests)
        check_announcement(header.sha256, header.size)
        if (size := await self._store.stat(header.sha256)) is not None:
            return pb.UploadResponse(sha256=header.sha256, size=size)
        async with await self._store.upload(UUID(header.upload_id), header.sha256, header.size) as upload:
            if header.offset != upload.offset:
                raise Refused(Refusal.WRONG_OFFSET, offset=header.offset, expected=upload.offset)
            async for request in requests:
                if request.WhichOneof("part") != "data":
                    raise Refused(Refusal.BAD_UPLOAD, detail="only the first message is a header")
                await upload.write(request.data)
                Metrics.BLOB_BYTES.add(len(request.data), direction="up")
            await upload.commit()
        return pb.UploadResponse(sha256=header.sha256, size=header.size)

    async def get_upload(self, request: pb.GetUploadRequest, call: Call) -> pb.GetUploadResponse:
        """How far an upload has come."""
        offset = await self._store.received(UUID(request.upload_id))
        if offset is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.upload_id)
        return pb.GetUploadResponse(offset=offset)

    async def download(self, request: pb.DownloadRequest, call: Call) -> AsyncIterator[pb.DownloadResponse]:
        """Sends a file or a part of it."""
        await self._require_access(request, call)
        async for piece in self._store.open(request.sha256, request.offset, request.length or None):
            Metrics.BLOB_BYTES.add(len(piece), direction="down")
            yield pb.DownloadResponse(data=piece)

    async def stat(self, request: pb.StatRequest, call: Call) -> pb.StatResponse:
        """Size of a file."""
        size = await self._store.stat(request.sha256)
        if size is None:
            raise not_found(request.sha256)
        return pb.StatResponse(size=size)


async def _header(requests: AsyncIterator[pb.UploadRequest]) -> pb.UploadHeader:
    """The first message of an upload."""
    async for request in requests:
        if request.WhichOneof("part") == "header":
            return request.header
        break
    raise Refused(Refusal.BAD_UPLOAD, detail="the first message is a header")
