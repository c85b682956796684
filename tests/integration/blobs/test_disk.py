"""What only a store on disk can get wrong: damage, locks, a full disk, a process that dies."""

import asyncio
import errno
import os
import resource
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from services.kernel.blobs import CHUNK_BYTES, Damaged, DiskBlobs, Refusal
from services.kernel.blobs.port import UPLOADS_MAX
from services.kernel.errors import KernelRefusal, Refused
from tests.support.blobs import collect, content, digest, put, refused


@pytest.fixture
def store(tmp_path: Path) -> DiskBlobs:
    return DiskBlobs(tmp_path)


def stored(root: Path, address: bytes) -> Path:
    name = address.hex()
    return root / "objects" / name[:2] / name[2:4] / name


@pytest.mark.parametrize("damage", ["flipped", "shortened"])
async def test_a_damaged_file_is_never_given_whole(store: DiskBlobs, tmp_path: Path, damage: str) -> None:
    data = content(CHUNK_BYTES + 100)
    address = await put(store, data)
    path = stored(tmp_path, address)
    path.chmod(0o640)
    path.write_bytes(data[:-1] if damage == "shortened" else b"\x00" + data[1:])

    with pytest.raises(Damaged):
        await collect(store.open(address))


async def test_a_stored_file_is_read_only_and_no_upload_is_left(store: DiskBlobs, tmp_path: Path) -> None:
    address = await put(store, content(10))

    assert stored(tmp_path, address).stat().st_mode & 0o222 == 0
    assert list((tmp_path / "uploads").iterdir()) == []


async def test_every_commit_flushes_the_file_before_its_name_and_the_name_before_the_answer(
    store: DiskBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = content(10)
    seen: list[tuple[str, bool]] = []
    real = os.fsync

    def flush(descriptor: int) -> None:
        name = os.readlink(f"/proc/self/fd/{descriptor}")
        seen.append((name, stored(tmp_path, digest(data)).exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", flush)
    await put(store, data)

    folder = stored(tmp_path, digest(data)).parent
    assert seen[0][0].startswith(str(tmp_path / "uploads"))
    assert seen[0][1] is False
    assert [name for name, visible in seen[1:] if visible] == [
        str(folder), str(folder.parent), str(folder.parent.parent), str(tmp_path / "uploads")
    ]  # fmt: skip


async def test_a_write_that_the_system_refuses_is_unavailable_and_goes_on_from_what_it_took(store: DiskBlobs) -> None:
    data, upload_id = content(3 * CHUNK_BYTES), uuid4()
    room = CHUNK_BYTES + 1000
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))  # EFBIG behaves like a full disk: it takes what fits
    try:
        with pytest.raises(Refused) as error:
            await put(store, data, upload_id=upload_id)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert refused(error) == KernelRefusal.UNAVAILABLE
    assert await store.received(upload_id) == room
    assert await put(store, data, upload_id=upload_id) == digest(data)
    assert await collect(store.open(digest(data))) == data


async def test_a_full_disk_is_unavailable_and_the_upload_goes_on_afterwards(
    store: DiskBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, upload_id = content(3 * CHUNK_BYTES), uuid4()
    full = True
    real = os.fsync

    def flush(descriptor: int) -> None:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", flush)
    with pytest.raises(Refused) as error:
        await put(store, data, upload_id=upload_id)
    assert refused(error) == KernelRefusal.UNAVAILABLE
    assert await store.stat(digest(data)) is None

    full = False
    assert await put(store, data, upload_id=upload_id) == digest(data)


async def test_a_writer_in_another_process_holds_the_upload_until_it_dies(store: DiskBlobs, tmp_path: Path) -> None:
    data, upload_id = content(1000), uuid4()
    program = (
        "import asyncio, sys, uuid; from pathlib import Path; from services.kernel.blobs import DiskBlobs\n"
        "async def main():\n"
        "    store = DiskBlobs(Path(sys.argv[1]))\n"
        "    upload = await store.upload(uuid.UUID(sys.argv[2]), bytes.fromhex(sys.argv[3]), 1000)\n"
        "    await upload.write(bytes.fromhex(sys.argv[4]))\n"
        "    print('holding', flush=True); sys.stdin.read()\n"
        "asyncio.run(main())"
    )
    arguments = [str(tmp_path), str(upload_id), digest(data).hex(), data[:400].hex()]
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert await asyncio.wait_for(holder.stdout.readline(), 20) == b"holding\n"

    with pytest.raises(Refused) as error:
        await store.upload(upload_id, digest(data), 1000)
    assert refused(error) == Refusal.UPLOAD_IN_PROGRESS

    holder.kill()
    await holder.wait()
    async with await store.upload(upload_id, digest(data), 1000) as upload:
        assert upload.offset == 400
        await upload.write(data[400:])
        await upload.commit()
    assert await collect(store.open(digest(data))) == data


async def test_beyond_the_number_of_uploads_the_store_is_busy_and_those_there_can_go_on(store: DiskBlobs) -> None:
    ids = [uuid4() for _ in range(UPLOADS_MAX)]
    for upload_id in ids:
        await (await store.upload(upload_id, digest(b"ab"), 2)).aclose()

    with pytest.raises(Refused) as error:
        await store.upload(uuid4(), digest(b"ab"), 2)
    assert refused(error) == KernelRefusal.BUSY
    assert await put(store, b"ab", upload_id=ids[0]) == digest(b"ab")
