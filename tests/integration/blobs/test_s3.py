"""The S3 adapter keeps the contract, over HTTP against a server of that protocol.

ENFORCEMENT_TEST_S3 (host:port, keys test/test, plain HTTP on loopback) names a running server. Without it moto's is
started, which is a development dependency.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from minio import Minio
from minio.commonconfig import CopySource

from services.kernel.blobs import CHUNK_BYTES, BlobStore, Damaged, Refusal, Upload
from services.kernel.blobs.s3 import PART_BYTES, S3Blobs, S3Settings
from services.kernel.errors import KernelRefusal, Refused
from tests.support.blobs import BlobStoreContract, collect, content, digest, put, refused
from tests.support.eventually import eventually


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
async def endpoint() -> AsyncIterator[str]:
    """A server of the S3 protocol."""
    if given := os.environ.get("ENFORCEMENT_TEST_S3"):
        yield given
        return
    pytest.importorskip("moto.server")
    address = f"127.0.0.1:{_free_port()}"
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", address.rpartition(":")[2]),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: _answers(address), within=30)
        yield address
    finally:
        server.kill()
        await server.wait()


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture
async def store(endpoint: str) -> S3Blobs:
    """A store on an empty bucket."""
    settings = S3Settings(endpoint, bucket=f"evidence-{uuid4()}", access_key="test", secret_key="test", secure=False)
    admin = Minio(endpoint, access_key="test", secret_key="test", secure=False, region=settings.region)
    await asyncio.to_thread(admin.make_bucket, settings.bucket)
    return S3Blobs(settings)


class TestS3Blobs(BlobStoreContract):
    PART_BYTES = PART_BYTES

    @pytest.fixture
    def store(self, store: S3Blobs) -> BlobStore:
        return store


async def test_an_object_that_was_replaced_in_the_store_is_never_given_whole(store: S3Blobs) -> None:
    address = await put(store, content(1000))
    other = await put(store, content(1000, seed=2))
    await asyncio.to_thread(
        store.client.copy_object,
        store.bucket,
        f"objects/{address.hex()}",
        CopySource(store.bucket, f"objects/{other.hex()}"),
    )

    with pytest.raises(Damaged):
        await collect(store.open(address))


async def test_a_writer_in_another_process_may_disturb_an_upload_and_never_gets_into_the_file(store: S3Blobs) -> None:
    data, upload_id = content(2 * PART_BYTES), uuid4()
    elsewhere = S3Blobs(store.settings)
    async with await store.upload(upload_id, digest(data), len(data)) as upload:
        await send(upload, data[:PART_BYTES])
        async with await elsewhere.upload(upload_id, digest(data), len(data)) as other:
            await send(other, bytes(PART_BYTES))
            with pytest.raises(Refused) as mismatch:
                await other.commit()
        await send(upload, data[PART_BYTES:])
        with pytest.raises(Refused) as disturbed:
            await upload.commit()

    assert refused(mismatch) == Refusal.DIGEST_MISMATCH
    assert refused(disturbed) == KernelRefusal.UNAVAILABLE
    assert await store.stat(digest(data)) is None
    assert await put(store, data, upload_id=upload_id) == digest(data)
    assert await collect(store.open(digest(data))) == data


async def send(upload: Upload, data: bytes) -> None:
    for start in range(0, len(data), CHUNK_BYTES):
        await upload.write(data[start : start + CHUNK_BYTES])


async def test_a_store_that_is_away_is_unavailable() -> None:
    away = S3Blobs(S3Settings(f"127.0.0.1:{_free_port()}", "evidence", "test", "test", secure=False))

    with pytest.raises(Refused) as error:
        await away.stat(digest(b"x"))
    assert refused(error) == KernelRefusal.UNAVAILABLE


def test_evidence_is_not_sent_in_the_clear_over_a_network() -> None:
    with pytest.raises(ValueError, match="loopback"):
        S3Blobs(S3Settings("minio.internal:9000", "evidence", "test", "test", secure=False))


def test_the_secret_is_not_printed() -> None:
    assert "s3cret" not in repr(S3Settings("127.0.0.1:1", "evidence", "key", "s3cret"))
