"""What another authority may ask over mutual TLS, and that everything else looks like nothing."""

import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import events_pb2 as cross_border
from enforcement.exchange.v1 import events_pb2 as pb
from enforcement.exchange.v1 import service_pb2 as api_pb
from enforcement.exchange.v1 import service_pb2_grpc as stubs

from services.exchange.files import Refusal
from services.exchange.peer import TlsFiles
from services.kernel.errors import Refused, Unavailable
from tests.support.eventually import eventually
from tests.support.exchange_site import OFFICER, Site, Union
from tests.support.members import hash_of, roster


@pytest.fixture
async def three(kafka, databases, tmp_path) -> AsyncIterator[list[Site]]:
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga", "jcy")
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(union.site(member)) for member in union.members]


@contextlib.asynccontextmanager
async def calling(caller: Site, callee: Site, tls: TlsFiles | None = None) -> AsyncIterator[Any]:
    async with grpc.aio.secure_channel(callee.member.address, (tls or caller.tls).channel()) as channel:
        yield stubs.ExchangeServiceStub(channel)


async def code_of(call: Any) -> Any:
    with contextlib.suppress(grpc.aio.AioRpcError):
        await (call.read() if hasattr(call, "read") else call)
    return await call.code()


async def exchanged(a: Site, b: Site, count: int = 3) -> list[bytes]:
    for version in range(count):
        await a.tell(roster(b.id, version=version))
    await eventually(a.settled)
    rows = await a.desk.rows("SELECT wire FROM exchange.sent WHERE recipient = $1 ORDER BY seq", b.id)
    return [row["wire"] for row in rows]


async def test_a_chain_is_sent_again_to_its_addressee_only(three):
    """F2: M asks for what A said to B, and hears what it would hear if there were nothing."""
    a, b, c = three
    wires = await exchanged(a, b)
    request = api_pb.ResendRequest(recipient=b.id, epoch=1, from_seq=2)
    async with calling(b, a) as stub:
        again = [answer.envelope.SerializeToString() async for answer in stub.Resend(request, timeout=5)]
    assert again == wires[1:]
    async with calling(c, a) as stub:
        assert await code_of(stub.Resend(request, timeout=5)) is grpc.StatusCode.NOT_FOUND


async def test_a_receipt_is_given_to_whom_it_was_given_first(three):
    a, b, c = three
    wires = await exchanged(a, b, 1)
    request = api_pb.GetReceiptRequest(env_hash=hash_of(wires[0]))
    stored = await a.desk.value("SELECT receipt FROM exchange.sent WHERE recipient = $1", b.id)
    async with calling(a, b) as stub:
        assert (await stub.GetReceipt(request, timeout=5)).receipt.SerializeToString() == stored
        unknown = api_pb.GetReceiptRequest(env_hash=bytes(32))
        assert await code_of(stub.GetReceipt(unknown, timeout=5)) is grpc.StatusCode.NOT_FOUND
    async with calling(c, b) as stub:
        assert await code_of(stub.GetReceipt(request, timeout=5)) is grpc.StatusCode.NOT_FOUND


async def test_heads_say_where_both_chains_end(three):
    a, b, _ = three
    wires = await exchanged(a, b, 2)
    ends = await b.exchange._peers.ends(a.id)
    assert ends.sent is not None
    assert (ends.sent.seq, ends.sent.hash) == (2, hash_of(wires[1]))
    assert ends.received is not None
    assert ends.received.seq == 0
    assert ends.feed is not None
    assert ends.feed.seq == 2


async def test_who_is_no_member_or_suspended_hears_nothing(three, tmp_path):
    """A2: unknown and forbidden look alike; a certificate of another authority for certificates is no handshake."""
    from deploy.local.pki import Pki

    a, b, _ = three
    await exchanged(a, b, 1)
    stranger = tmp_path / "stranger"
    Pki(tmp_path / "pki").certificate(stranger, "xc:authority:jt-000001")
    known_ca = TlsFiles(a.tls.ca, stranger.with_suffix(".pem"), stranger.with_suffix(".key"))
    async with calling(b, a, known_ca) as stub:
        assert await code_of(stub.Heads(api_pb.HeadsRequest(), timeout=5)) is grpc.StatusCode.NOT_FOUND
    other = tmp_path / "other"
    Pki(tmp_path / "other-pki").certificate(other, f"xc:authority:{b.id}")
    foreign = TlsFiles(a.tls.ca, other.with_suffix(".pem"), other.with_suffix(".key"))
    async with calling(b, a, foreign) as stub:
        assert await code_of(stub.Heads(api_pb.HeadsRequest(), timeout=5)) is grpc.StatusCode.UNAVAILABLE


async def test_a_call_without_a_deadline_or_beyond_the_cap_is_refused(three):
    """P3: refused at the cap, before anything is allocated."""
    a, b, _ = three
    async with calling(b, a) as stub:
        assert await code_of(stub.Heads(api_pb.HeadsRequest())) is grpc.StatusCode.INVALID_ARGUMENT
        huge = api_pb.GetReceiptRequest(env_hash=bytes(5 << 20))
        bomb = stub.GetReceipt(huge, timeout=5, compression=grpc.Compression.Gzip)
        for call in (stub.GetReceipt(huge, timeout=5), bomb):
            assert await code_of(call) is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_a_caller_that_asks_too_often_is_told_to_wait(three):
    a, b, _ = three
    async with calling(b, a) as stub:
        codes = set()
        for _ in range(400):
            try:
                await stub.Heads(api_pb.HeadsRequest(), timeout=5)
            except grpc.aio.AioRpcError as error:
                codes.add(error.code())
                break
    assert codes == {grpc.StatusCode.RESOURCE_EXHAUSTED}


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────

CONTENT = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(CONTENT).digest()


async def store(site: Site, content: bytes = CONTENT) -> bytes:
    digest = hashlib.sha256(content).digest()
    async with await site.blobs.upload(uuid4(), digest, len(content)) as upload:
        for start in range(0, len(content), 256 << 10):
            await upload.write(content[start : start + (256 << 10)])
        await upload.commit()
    return digest


def answer_with_file(requester: Site, sha256: bytes = SHA256, size: int = len(CONTENT)) -> cross_border.TaskAnswered:
    """An answer that shows a file to whoever asked."""
    blob = common.BlobRef(sha256=sha256, size=size, media_type="video/mp4", file_name="检查.mp4")
    event = cross_border.TaskAnswered(task_id=str(uuid4()), requester_id=requester.id)
    event.items.add(item_id=str(uuid4())).blob.CopyFrom(blob)
    return event


async def shown(a: Site, b: Site, event) -> int:
    """Position in B's ledger of an event that A tells it."""
    await a.tell(event, category="task")
    [received] = await eventually(b.desk.recorded, what="recorded at B")
    return received.position


async def test_a_file_that_an_event_shows_is_fetched_verified_and_audited_on_both_sides(three):
    a, b, _ = three
    await store(a)
    position = await shown(a, b, answer_with_file(b))
    request = api_pb.PullBlobRequest(position=position, sha256=SHA256)
    answer = await b.api.pull_blob(request, b.call(OFFICER))
    assert (answer.size, answer.sender_id, answer.present) == (len(CONTENT), a.id, False)
    assert b"".join([piece async for piece in b.blobs.open(SHA256)]) == CONTENT
    [served] = [pb.BlobServed.FromString(e.body) for e in await a.desk.events(pb.BlobServed)]
    [fetched] = [pb.BlobFetched.FromString(e.body) for e in await b.desk.events(pb.BlobFetched)]
    assert (served.recipient_id, served.blob_sha256) == (b.id, SHA256.hex())
    assert (fetched.sender_id, fetched.blob_sha256) == (a.id, SHA256.hex())
    again = await b.api.pull_blob(request, b.call(OFFICER))
    assert again.present
    assert len(await a.desk.events(pb.BlobServed)) == 1


async def test_a_cut_transfer_goes_on_where_it_was_cut(three):
    from services.exchange.office import stream_of

    a, b, _ = three
    await store(a)
    position = await shown(a, b, answer_with_file(b))
    [event] = await b.desk.recorded()
    upload_id = stream_of("pull", event.event_id.bytes, SHA256)
    async with await b.blobs.upload(upload_id, SHA256, len(CONTENT)) as upload:
        await upload.write(CONTENT[:100_000])
    await b.api.pull_blob(api_pb.PullBlobRequest(position=position, sha256=SHA256), b.call(OFFICER))
    [served] = [pb.BlobServed.FromString(e.body) for e in await a.desk.events(pb.BlobServed)]
    assert served.offset == 100_000


async def test_a_file_is_given_only_by_the_envelope_that_shows_it(three):
    """Another member with the same hash, another file with the same envelope, an envelope to somebody else."""
    a, b, c = three
    await store(a)
    secret = await store(a, b"not shown to anybody")
    position = await shown(a, b, answer_with_file(b))
    [row] = await a.desk.rows("SELECT env_hash FROM exchange.sent WHERE recipient = $1", b.id)
    for caller, request in (
        (c, api_pb.FetchBlobRequest(env_hash=row["env_hash"], sha256=SHA256)),
        (b, api_pb.FetchBlobRequest(env_hash=row["env_hash"], sha256=secret)),
        (b, api_pb.FetchBlobRequest(env_hash=bytes(32), sha256=SHA256)),
    ):
        async with calling(caller, a) as stub:
            assert await code_of(stub.FetchBlob(request, timeout=5)) is grpc.StatusCode.NOT_FOUND
    assert await a.desk.events(pb.BlobServed) == []
    with pytest.raises(Refused) as caught:
        await b.api.pull_blob(api_pb.PullBlobRequest(position=position, sha256=secret), b.call(OFFICER))
    assert caught.value.code is Refusal.BLOB_NOT_SHOWN


async def test_a_file_that_only_a_private_field_names_is_not_given(three):
    """The event is disclosed again: what the addressee's view does not show is not given, though the event has it."""
    a, b, _ = three
    await store(a)
    event = cross_border.EvidenceRecognised(request_id=str(uuid4()), responder_id=b.id)
    event.blob.sha256, event.blob.size = SHA256, len(CONTENT)
    await a.tell(event, category="request")
    await eventually(b.desk.recorded)
    [row] = await a.desk.rows("SELECT env_hash FROM exchange.sent WHERE recipient = $1", b.id)
    request = api_pb.FetchBlobRequest(env_hash=row["env_hash"], sha256=SHA256)
    async with calling(b, a) as stub:
        assert await code_of(stub.FetchBlob(request, timeout=5)) is grpc.StatusCode.NOT_FOUND


async def test_a_file_is_given_until_its_matter_is_over(three):
    """Another event of the task changes nothing; its end does, and then nobody is told that there ever was a file."""
    a, b, _ = three
    await store(a)
    told = await a.tell(answer_with_file(b), category="task")
    [received] = await eventually(b.desk.recorded, what="recorded at B")
    [row] = await a.desk.rows("SELECT env_hash FROM exchange.sent WHERE recipient = $1", b.id)
    request = api_pb.FetchBlobRequest(env_hash=row["env_hash"], sha256=SHA256)
    confirmed = await a.tell(cross_border.TaskConfirmed(), category="task", after=told)
    async with calling(b, a) as stub:
        pieces = [piece.data async for piece in stub.FetchBlob(request, timeout=5)]
        assert b"".join(pieces) == CONTENT
        await a.tell(cross_border.TaskClosed(), category="task", after=confirmed)
        assert await code_of(stub.FetchBlob(request, timeout=5)) is grpc.StatusCode.NOT_FOUND
    assert len(await a.desk.events(pb.BlobServed)) == 1
    with pytest.raises(Refused) as caught:
        await b.api.pull_blob(api_pb.PullBlobRequest(position=received.position, sha256=SHA256), b.call(OFFICER))
    assert caught.value.code is Refusal.BLOB_NOT_GIVEN


async def test_a_file_whose_bytes_changed_is_thrown_away(three):
    a, b, _ = three
    await store(a)
    position = await shown(a, b, answer_with_file(b))
    [path] = [p for p in (a.member.folder / "blobs" / "objects").rglob("*") if p.is_file()]
    path.chmod(0o600)
    path.write_bytes(CONTENT[:-1] + b"\x00")
    with pytest.raises((Refused, Unavailable)) as caught:
        await b.api.pull_blob(api_pb.PullBlobRequest(position=position, sha256=SHA256), b.call(OFFICER))
    assert await b.blobs.stat(SHA256) is None
    assert await b.desk.events(pb.BlobFetched) == []
    assert not isinstance(caught.value, Refused) or caught.value.code in (Refusal.BLOB_DAMAGED,)


# ── operators ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_operator_tells_an_event_again(three):
    a, b, c = three
    told = await a.tell(roster(b.id))
    await eventually(a.settled)
    from services.kernel.ledger import uuid7

    command = str(uuid7())
    request = api_pb.RequestShareRequest(command_id=command, position=told.position, recipient_id=b.id, reason="复核")
    first = await a.api.request_share(request, a.call())
    assert await a.api.request_share(request, a.call()) == first
    await eventually(lambda: _received(b, a, 2))
    request.recipient_id = c.id
    with pytest.raises(Refused) as caught:
        await a.api.request_share(request, a.call())
    assert caught.value.code is Refusal.NOT_AN_ADDRESSEE


async def _received(site: Site, sender: Site, count: int) -> bool:
    return len(await site.received(sender)) == count


async def test_what_has_no_receipt_is_published_again_on_demand(kafka, databases, tmp_path):
    from tests.support.exchange_site import QUICK
    from tests.support.kafka import everything_in

    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    never = QUICK.model_copy(update={"resend_after_seconds": (3600.0,)})
    async with union.site(one, settings=never) as a:
        await a.tell(roster(other.id))
        await eventually(lambda: _published(a))
        answer = await a.api.resend_envelopes(api_pb.ResendEnvelopesRequest(recipient_id=other.id), a.call())
        assert answer.envelopes == 1

        async def twice() -> bool:
            return len(await everything_in(kafka, f"mailbox.{other.id}")) == 2

        await eventually(twice)
        values = await everything_in(kafka, f"mailbox.{other.id}")
        assert values[0] == values[1]
        with pytest.raises(Refused):
            await a.api.resend_envelopes(api_pb.ResendEnvelopesRequest(recipient_id="jt-000009"), a.call())


async def _published(site: Site) -> bool:
    return bool(
        await site.desk.value("SELECT bool_or(published_seq > 0) FROM exchange.chain WHERE recipient <> 'feed'")
    )


def test_ids_of_operators_commands_are_their_own():
    from services.exchange.office import stream_of

    one, other = UUID(int=1), UUID(int=2)
    assert stream_of("operator", one.bytes) != stream_of("operator", other.bytes)
