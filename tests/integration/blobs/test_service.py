"""BlobsService over real gRPC, by officers with tokens: chunks up and down, a cut line, and what is refused."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from enforcement.blobs.v1 import service_pb2 as pb
from enforcement.blobs.v1 import service_pb2_grpc as pb_grpc
from enforcement.officers.v1 import events_pb2 as officers
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services.cli import uploads
from services.kernel.blobs import BLOB_BYTES_MAX, CHUNK_BYTES, DiskBlobs
from services.kernel.blobs.api import DESCRIPTOR, BlobsApi
from services.kernel.identity import OfficerRegister, Tokens, issue_token
from services.kernel.rpc import Call, Methods, TokenIdentifier, server
from tests.support.blobs import content, digest
from tests.support.eventually import eventually
from tests.support.kernel import LUXIAN, NOON, open_bus

SECONDS = 20.0
OFFICER = "019a0000-0000-7000-8000-0000000000f1"


@dataclass(slots=True)
class Client:
    """An officer's app."""

    channel: grpc.aio.Channel
    token: str

    @property
    def stub(self) -> Any:
        return pb_grpc.BlobsServiceStub(self.channel)

    @property
    def by_officer(self) -> dict[str, Any]:
        return {"timeout": SECONDS, "metadata": (("authorization", f"Bearer {self.token}"),)}

    async def upload(self, data: bytes, upload_id: UUID, *, offset: int = 0, **header: Any) -> pb.UploadResponse:
        """Sends a file from an offset on, in chunks."""

        async def parts() -> AsyncIterator[pb.UploadRequest]:
            announced = {"sha256": digest(data), "size": len(data), **header}
            yield pb.UploadRequest(header=pb.UploadHeader(upload_id=str(upload_id), offset=offset, **announced))
            for start in range(offset, len(data), CHUNK_BYTES):
                yield pb.UploadRequest(data=data[start : start + CHUNK_BYTES])

        answer: pb.UploadResponse = await self.stub.Upload(parts(), **self.by_officer)
        return answer

    async def download(self, sha256: bytes, offset: int = 0, length: int = 0) -> bytes:
        """A file, or a part of it."""
        request = pb.DownloadRequest(sha256=sha256, offset=offset, length=length)
        return b"".join([answer.data async for answer in self.stub.Download(request, **self.by_officer)])


async def anybody(request: pb.DownloadRequest, call: Call) -> None:
    """Everybody is given every file: who is, tests/integration/kernel/test_file_access.py asks."""


async def reason(running: Any) -> tuple[str, str]:
    """Domain and reason of the refusal that a call gets."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await running
    status = rpc_status.from_call(caught.value)
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    return info.domain, info.reason


@pytest.fixture
def store(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path)


@pytest.fixture
async def client(store: DiskBlobs, database: str) -> AsyncIterator[Client]:
    """A client of a real server on this store, with an officer's token."""
    key = Ed25519PrivateKey.generate()
    jwk = jwt.PyJWK.from_json(jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key()), "EdDSA")
    register = OfficerRegister(LUXIAN.id)
    register.apply(officers.OfficerRegistered(officer_id=OFFICER), NOON - timedelta(days=100))
    async with open_bus(database) as bus:
        up_to_date = bus.commands.officers_caught_up
        identifier = TokenIdentifier(Tokens(LUXIAN.id, {"k": jwk}), register, up_to_date, up_to_date)
        methods = Methods(authority=LUXIAN, clock=bus.clock, commands=bus.commands, identifier=identifier)
        running = server(methods.handler(DESCRIPTOR, {}, BlobsApi(store, anybody)))
        port = running.add_insecure_port("127.0.0.1:0")
        await running.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            token = issue_token(key, "k", subject=OFFICER, authority_id=LUXIAN.id)
            yield Client(channel, token)
        await running.stop(None)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 5 * CHUNK_BYTES + 17])
async def test_a_file_goes_up_and_comes_down_the_same(client: Client, size: int) -> None:
    data = content(size)

    assert await client.upload(data, uuid4()) == pb.UploadResponse(sha256=digest(data), size=size)
    assert (await client.stub.Stat(pb.StatRequest(sha256=digest(data)), **client.by_officer)).size == size
    assert await client.download(digest(data)) == data


async def test_a_part_of_a_file_is_those_bytes(client: Client) -> None:
    data = content(3 * CHUNK_BYTES)
    await client.upload(data, uuid4())

    assert await client.download(digest(data), CHUNK_BYTES - 5, 10) == data[CHUNK_BYTES - 5 : CHUNK_BYTES + 5]
    assert await client.download(digest(data), 2 * CHUNK_BYTES) == data[2 * CHUNK_BYTES :]


async def test_an_upload_whose_line_was_cut_goes_on_from_where_it_stands(client: Client, store: DiskBlobs) -> None:
    data, upload_id = content(4 * CHUNK_BYTES), uuid4()
    sent = asyncio.Event()

    async def half() -> AsyncIterator[pb.UploadRequest]:
        header = pb.UploadHeader(upload_id=str(upload_id), sha256=digest(data), size=len(data))
        yield pb.UploadRequest(header=header)
        yield pb.UploadRequest(data=data[:CHUNK_BYTES])
        yield pb.UploadRequest(data=data[CHUNK_BYTES : 2 * CHUNK_BYTES])
        await sent.wait()

    async def both_arrived() -> bool:
        return await store.received(upload_id) == 2 * CHUNK_BYTES

    cut = client.stub.Upload(half(), **client.by_officer)
    await eventually(both_arrived)
    cut.cancel()

    async def free() -> bool:  # the server notices the cut and lets go of the upload
        try:
            await (await store.upload(upload_id, digest(data), len(data))).aclose()
        except Exception:
            return False
        return True

    await eventually(free)
    there = await client.stub.GetUpload(pb.GetUploadRequest(upload_id=str(upload_id)), **client.by_officer)
    assert there.offset == 2 * CHUNK_BYTES
    assert await reason(client.upload(data, upload_id, offset=0)) == ("blobs", "WRONG_OFFSET")
    await client.upload(data, upload_id, offset=there.offset)
    assert await client.download(digest(data)) == data


async def test_a_file_that_is_there_is_answered_without_sending_it(client: Client) -> None:
    data = content(100)
    await client.upload(data, uuid4())

    async def header_only() -> AsyncIterator[pb.UploadRequest]:
        header = pb.UploadHeader(upload_id=str(uuid4()), sha256=digest(data), size=100)
        yield pb.UploadRequest(header=header)

    assert (await client.stub.Upload(header_only(), **client.by_officer)).size == 100


@pytest.mark.parametrize(
    ("header", "refused"),
    [
        ({"sha256": digest(b"other")}, ("blobs", "DIGEST_MISMATCH")),
        ({"size": 3}, ("blobs", "BAD_UPLOAD")),
        ({"size": 5}, ("blobs", "BAD_UPLOAD")),
        ({"size": BLOB_BYTES_MAX + 1}, ("blobs", "BLOB_TOO_LARGE")),
        ({"sha256": b"short"}, ("kernel", "INVALID_REQUEST")),
        ({"size": -1}, ("kernel", "INVALID_REQUEST")),
    ],
)
async def test_an_upload_that_is_not_what_it_says_is_refused_and_never_visible(
    client: Client, header: dict[str, Any], refused: tuple[str, str]
) -> None:
    assert await reason(client.upload(b"abcd", uuid4(), **header)) == refused
    stat = client.stub.Stat(pb.StatRequest(sha256=digest(b"abcd")), **client.by_officer)
    assert await reason(stat) == ("kernel", "NOT_FOUND")


@pytest.mark.parametrize(
    ("messages", "refused"),
    [
        ([], ("blobs", "BAD_UPLOAD")),
        ([pb.UploadRequest(data=b"x")], ("blobs", "BAD_UPLOAD")),
        ([pb.UploadRequest()], ("kernel", "INVALID_REQUEST")),
        ([pb.UploadRequest(data=b"x" * (CHUNK_BYTES + 1))], ("kernel", "INVALID_REQUEST")),
    ],
)
async def test_a_stream_out_of_order_is_refused(
    client: Client, messages: list[pb.UploadRequest], refused: tuple[str, str]
) -> None:
    async def stream() -> AsyncIterator[pb.UploadRequest]:
        for message in messages:
            yield message

    assert await reason(client.stub.Upload(stream(), **client.by_officer)) == refused


async def test_what_is_not_there_is_not_found(client: Client) -> None:
    nowhere = client.stub.GetUpload(pb.GetUploadRequest(upload_id=str(uuid4())), **client.by_officer)
    assert await reason(nowhere) == ("kernel", "NOT_FOUND")
    assert await reason(client.download(digest(b"never"))) == ("kernel", "NOT_FOUND")


async def test_nobody_gets_a_file_without_a_token(client: Client) -> None:
    await client.upload(b"abcd", uuid4())
    anonymous = client.stub.Stat(pb.StatRequest(sha256=digest(b"abcd")), timeout=SECONDS)
    assert await reason(anonymous) == ("kernel", "NOT_IDENTIFIED")


async def test_the_command_line_goes_on_where_an_upload_was_cut(client, store, tmp_path):
    data, upload_id, file = content(2 * CHUNK_BYTES + 5), uuid4(), tmp_path / "film.mp4"
    file.write_bytes(data)
    async with await store.upload(upload_id, digest(data), len(data)) as cut:
        await cut.write(data[:CHUNK_BYTES])  # an offset of 0 would now be refused
    metadata = client.by_officer["metadata"]
    sent = await uploads.upload(client.channel, metadata, file, upload_id, SECONDS)
    assert sent == (digest(data), len(data))
    assert await store.stat(digest(data)) == len(data)
    assert await uploads.upload(client.channel, metadata, file, upload_id, SECONDS) == sent
