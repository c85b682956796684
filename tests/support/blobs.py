"""What a store of evidence files is: one suite that every adapter runs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from random import Random
from uuid import UUID, uuid4

import pytest

from services.kernel.blobs import BLOB_BYTES_MAX, CHUNK_BYTES, BlobStore, Refusal
from services.kernel.errors import KernelRefusal, RefusalCode, Refused
from tests.support.eventually import eventually


def content(size: int, seed: int = 1) -> bytes:
    """Bytes that no compression or deduplication makes smaller; the same for the same seed."""
    return Random(seed).randbytes(size)


def digest(data: bytes) -> bytes:
    return sha256(data).digest()


async def collect(pieces: AsyncIterator[bytes]) -> bytes:
    """All pieces as one, each within its bound."""
    found = [piece async for piece in pieces]
    assert all(0 < len(piece) <= CHUNK_BYTES for piece in found)
    return b"".join(found)


async def put(store: BlobStore, data: bytes, *, upload_id: UUID | None = None) -> bytes:
    """Stores a file; answers its hash."""
    async with await store.upload(upload_id or uuid4(), digest(data), len(data)) as upload:
        for start in range(upload.offset, len(data), CHUNK_BYTES):
            await upload.write(data[start : start + CHUNK_BYTES])
        await upload.commit()
    return digest(data)


async def insist(store: BlobStore, data: bytes) -> None:
    """Stores a file as a client does: what is UNAVAILABLE is tried again under the same id."""
    upload_id = uuid4()

    async def stored() -> bool:
        try:
            await put(store, data, upload_id=upload_id)
        except Refused as refused:
            if refused.code != KernelRefusal.UNAVAILABLE:
                raise
            return False
        return True

    await eventually(stored)


def refused(error: pytest.ExceptionInfo[Refused]) -> RefusalCode:
    return error.value.code


class BlobStoreContract:
    """Run by inheriting, with a fixture `store`; PART_BYTES is what the adapter keeps of a cut upload at least."""

    PART_BYTES = 1

    @pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES - 1])
    async def test_a_stored_file_comes_back_byte_for_byte(self, store: BlobStore, size: int) -> None:
        data = content(size)
        address = await put(store, data)

        assert await store.stat(address) == size
        assert await collect(store.open(address)) == data

    @pytest.mark.parametrize(
        ("offset", "length"), [(0, 10), (5, None), (CHUNK_BYTES - 1, 2), (10, CHUNK_BYTES + 7), (2 * CHUNK_BYTES, 1)]
    )
    async def test_a_part_of_a_file_is_those_bytes(self, store: BlobStore, offset: int, length: int | None) -> None:
        data = content(2 * CHUNK_BYTES)
        address = await put(store, data)

        assert await collect(store.open(address, offset, length)) == data[offset:][:length]

    async def test_what_was_never_stored_is_not_found(self, store: BlobStore) -> None:
        assert await store.stat(digest(b"never")) is None
        with pytest.raises(Refused) as error:
            await collect(store.open(digest(b"never")))
        assert refused(error) == KernelRefusal.NOT_FOUND

    async def test_nothing_is_visible_before_the_commit(self, store: BlobStore) -> None:
        data = content(1000)
        async with await store.upload(uuid4(), digest(data), len(data)) as upload:
            await upload.write(data)

            assert await store.stat(digest(data)) is None

        assert await store.stat(digest(data)) is None

    async def test_a_cut_upload_goes_on_where_it_stands(self, store: BlobStore) -> None:
        data = content(2 * self.PART_BYTES + 3 * CHUNK_BYTES)
        upload_id = uuid4()
        sent = self.PART_BYTES + CHUNK_BYTES
        async with await store.upload(upload_id, digest(data), len(data)) as upload:
            for start in range(0, sent, CHUNK_BYTES):
                await upload.write(data[start : min(start + CHUNK_BYTES, sent)])

        there = await store.received(upload_id)
        assert there is not None
        assert self.PART_BYTES <= there <= sent
        async with await store.upload(upload_id, digest(data), len(data)) as upload:
            assert upload.offset == there
            for start in range(there, len(data), CHUNK_BYTES):
                await upload.write(data[start : start + CHUNK_BYTES])
            await upload.commit()
        assert await collect(store.open(digest(data))) == data
        assert await store.received(upload_id) is None

    @pytest.mark.parametrize("flipped", [0, 500, 999])
    async def test_content_with_another_hash_is_thrown_away(self, store: BlobStore, flipped: int) -> None:
        data = content(1000)
        altered = bytearray(data)
        altered[flipped] ^= 1
        upload_id = uuid4()
        upload = await store.upload(upload_id, digest(data), len(data))
        await upload.write(bytes(altered))

        with pytest.raises(Refused) as error:
            await upload.commit()
        assert refused(error) == Refusal.DIGEST_MISMATCH
        assert await store.stat(digest(data)) is None
        assert await store.stat(digest(bytes(altered))) is None
        assert await store.received(upload_id) is None

    async def test_an_upload_that_lacks_bytes_is_not_committed_and_can_go_on(self, store: BlobStore) -> None:
        data = content(1000)
        async with await store.upload(uuid4(), digest(data), len(data)) as upload:
            await upload.write(data[:400])
            with pytest.raises(Refused) as error:
                await upload.commit()
            assert refused(error) == Refusal.BAD_UPLOAD
            await upload.write(data[400:])
            await upload.commit()

        assert await collect(store.open(digest(data))) == data

    async def test_more_than_announced_is_refused(self, store: BlobStore) -> None:
        async with await store.upload(uuid4(), digest(b"abc"), 3) as upload:
            with pytest.raises(Refused) as error:
                await upload.write(b"abcd")
            assert refused(error) == Refusal.BAD_UPLOAD

    @pytest.mark.parametrize(
        ("address", "size", "code"),
        [
            (digest(b"x"), BLOB_BYTES_MAX + 1, Refusal.BLOB_TOO_LARGE),
            (digest(b"x"), -1, Refusal.BAD_UPLOAD),
            (digest(b"x")[:31], 1, Refusal.BAD_UPLOAD),
            (b"", 1, Refusal.BAD_UPLOAD),
        ],
    )
    async def test_an_impossible_announcement_is_refused(
        self, store: BlobStore, address: bytes, size: int, code: RefusalCode
    ) -> None:
        with pytest.raises(Refused) as error:
            await store.upload(uuid4(), address, size)
        assert refused(error) == code

    async def test_an_upload_id_belongs_to_one_file(self, store: BlobStore) -> None:
        upload_id, data = uuid4(), content(self.PART_BYTES + 10)
        async with await store.upload(upload_id, digest(data), len(data)) as upload:
            for start in range(0, len(data), CHUNK_BYTES):
                await upload.write(data[start : start + CHUNK_BYTES])

        with pytest.raises(Refused) as error:
            await store.upload(upload_id, digest(b"other"), 5)
        assert refused(error) == Refusal.UPLOAD_OF_OTHER_FILE

    async def test_two_writers_of_one_upload_do_not_mix(self, store: BlobStore) -> None:
        upload_id, data = uuid4(), content(1000)
        async with await store.upload(upload_id, digest(data), len(data)):
            with pytest.raises(Refused) as error:
                await store.upload(upload_id, digest(data), len(data))
        assert refused(error) == Refusal.UPLOAD_IN_PROGRESS

        assert await put(store, data, upload_id=upload_id) == digest(data)

    async def test_the_same_file_by_several_at_once_is_stored_once(self, store: BlobStore) -> None:
        data = content(2 * CHUNK_BYTES)
        await asyncio.gather(*(insist(store, data) for _ in range(4)))

        assert await collect(store.open(digest(data))) == data

    async def test_abandoned_uploads_are_swept_and_open_ones_are_not(self, store: BlobStore) -> None:
        data = content(self.PART_BYTES)
        left, held = uuid4(), uuid4()
        async with await store.upload(left, digest(data), len(data)) as upload:
            for start in range(0, len(data), CHUNK_BYTES):
                await upload.write(data[start : start + CHUNK_BYTES])
        other = content(self.PART_BYTES, seed=2)
        async with await store.upload(held, digest(other), len(other)) as upload:
            for start in range(0, len(other), CHUNK_BYTES):
                await upload.write(other[start : start + CHUNK_BYTES])

            assert await store.sweep(older_than=timedelta(days=1)) == 0
            assert await store.sweep(older_than=timedelta(seconds=-10)) == 1
            assert await store.received(left) is None
            assert await store.received(held) == len(other)
