"""What each side of a cooperation can show afterwards, from its own ledger, over real PostgreSQL (往来台账)."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import circular_pb2 as circulars
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as rpc
from enforcement.exchange.v1 import events_pb2 as exchange
from google.protobuf.message import Message

from services.cross_border.model.task import task_of
from services.cross_border.service import SERVICE
from services.joint_operations.service import SERVICE as JOINT
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.ledger import uuid7
from services.kernel.messages import to_datetime, to_timestamp, type_name
from tests.support.decider import LUXIAN, YONGCHUAN, instant, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading, titles

REQUEST, OTHER = uid("request"), uid("other request")
TASK = task_of(REQUEST, LUXIAN.id, YONGCHUAN.id)
ASKED = pb.RequestSent(request_id=REQUEST, requester_id=LUXIAN.id, responder_id=YONGCHUAN.id)
TAKEN = pb.TaskAccepted(task_id=TASK, request_id=REQUEST, requester_id=LUXIAN.id)
GIVEN = pb.TaskAnswered(task_id=TASK, request_id=REQUEST, requester_id=LUXIAN.id, item_count=1)
NOTED = pb.AnswerReceived(request_id=REQUEST, responder_id=YONGCHUAN.id)
TAKEN_AT = instant("2024-12-18 12:00:03")
FILE = "ab" * 32


@pytest.fixture
async def asking(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


async def said(side: Reading, stream_id: str) -> UUID:
    """Id of the last event of a stream."""
    return (await side.ledger.read_stream(UUID(stream_id))).events[-1].event_id


async def answered(side: Reading, event: Message, event_id: UUID, **fields: object) -> None:
    """The receipt of the addressee, as the exchange records it."""
    receipt = exchange.ReceiptRecorded(
        recipient_id=YONGCHUAN.id,
        type=type_name(event),
        source_event_id=str(event_id),
        received_at=to_timestamp(TAKEN_AT),
        **fields,  # type: ignore[arg-type]
    )
    await side.record("exchange", receipt, stream_id=uuid7())


async def shown(side: Reading, id_: str = REQUEST, **page: object) -> rpc.GetAccountResponse:
    request = rpc.GetAccountRequest(id=id_, min_position=side.position, page=common.PageRequest(**page))  # type: ignore[arg-type]
    return await side.api.get_account(request, call())  # type: ignore[no-any-return]


async def the_whole_story(side: Reading) -> None:
    """Asked, taken, answered with a file, the file fetched; and another request beside it."""
    await side.record("request", ASKED)
    asked = await said(side, REQUEST)
    await side.record("request", pb.RequestSent(request_id=OTHER, responder_id=YONGCHUAN.id))
    await answered(side, ASKED, asked)
    stream = uuid7()
    await side.record("received", TAKEN, origin=YONGCHUAN.id, stream_id=stream)
    await side.record("received", GIVEN, origin=YONGCHUAN.id, stream_id=stream)
    told = (await side.ledger.read_stream(stream)).events[-1].event_id
    await side.record("request", NOTED)
    fetched = exchange.BlobFetched(blob_sha256=FILE, sender_id=YONGCHUAN.id, event_id=str(told))
    await side.record("exchange", fetched, stream_id=uuid7())


async def test_who_asked_shows_what_it_asked_whom_it_reached_what_it_was_told_and_what_it_got(asking):
    await the_whole_story(asking)
    entries = (await shown(asking)).entries
    assert titles(entries) == ["发出协作请求", "受理", "答复", "收到答复"]
    assert [one.told_by for one in entries] == ["", YONGCHUAN.id, YONGCHUAN.id, ""]
    [told] = entries[0].told
    assert (told.authority_id, to_datetime(told.received_at), told.code) == (YONGCHUAN.id, TAKEN_AT, "")
    [got] = entries[2].files
    assert (got.sha256, got.authority_id, got.given) == (FILE, YONGCHUAN.id, False)
    assert sorted(one.position for one in entries) == [one.position for one in entries]


async def test_the_other_side_finds_it_by_the_request_or_by_its_own_task(databases: Databases):
    async with reading(databases, SERVICE, YONGCHUAN) as helping:
        await helping.record("received", ASKED, origin=LUXIAN.id, stream_id=uuid7())
        received = pb.TaskReceived(task_id=TASK, request_id=REQUEST, requester_id=LUXIAN.id)
        await helping.record("task", received, TAKEN, GIVEN)
        given = await said(helping, TASK)
        served = exchange.BlobServed(blob_sha256=FILE, recipient_id=LUXIAN.id, source_event_id=str(given))
        for offset in (0, 1000):
            served.offset = offset
            await helping.record("exchange", served, stream_id=uuid7())
        by_request, by_task = await shown(helping), await shown(helping, TASK)
    assert by_request == by_task
    assert titles(by_task.entries) == ["发出协作请求", "收到协作请求", "受理", "答复"]
    assert by_task.entries[0].told_by == LUXIAN.id
    [file] = by_task.entries[3].files
    assert (file.authority_id, file.given) == (LUXIAN.id, True)


async def test_what_has_no_receipt_and_what_was_refused_shows_so(asking):
    await asking.record("request", ASKED)
    [waiting] = (await shown(asking)).entries[0].told
    assert (waiting.authority_id, waiting.HasField("received_at"), waiting.code) == (YONGCHUAN.id, False, "")
    await answered(asking, ASKED, await said(asking, REQUEST), code="NOT_GRANTED")
    [refused] = (await shown(asking)).entries[0].told
    assert (refused.HasField("received_at"), refused.code) == (False, "NOT_GRANTED")


async def test_it_reads_page_by_page_and_nothing_is_no_account(asking):
    await the_whole_story(asking)
    seen, token = [], ""
    for _ in range(2):
        page = await shown(asking, size=3, token=token)
        seen += titles(page.entries)
        token = page.next_token
    assert (len(seen), token) == (4, "")
    with pytest.raises(Refused) as refused:
        await shown(asking, uid("nothing"))
    assert refused.value.code is KernelRefusal.NOT_FOUND


async def test_receipts_of_other_services_and_their_files_leave_it_alone(asking):
    await asking.record("request", ASKED)
    await answered(asking, exchange.BlobFetched(), uuid7())
    served = exchange.BlobServed(blob_sha256=FILE, recipient_id=YONGCHUAN.id, source_event_id=str(uuid7()))
    await asking.record("exchange", served, stream_id=uuid7())
    assert len((await shown(asking)).entries) == 1


def test_operations_are_accounted_for_too():
    assert "account" in {table.name for table in JOINT.views.tables}


# ── circulars and copy notices: received under an id of the receiver's own ────────────────────────────────────────────

CIRCULAR, NOTICE = uid("circular"), uid("notice")


async def test_who_told_a_circular_shows_who_took_note_of_it(asking):
    taken = circulars.CircularAcknowledged(received_id=uid("theirs"), circular_id=CIRCULAR, sender_id=LUXIAN.id)
    await asking.record("circular", circulars.CircularShared(circular_id=CIRCULAR, sender_id=LUXIAN.id))
    await asking.record("received", taken, origin=YONGCHUAN.id, stream_id=uuid7())
    entries = (await shown(asking, CIRCULAR)).entries
    assert [(one.title_zh, one.told_by) for one in entries] == [("发出通报", ""), ("签收通报", YONGCHUAN.id)]


async def test_who_was_told_a_circular_shows_what_it_was_told_by_either_id(asking):
    told = circulars.CircularShared(circular_id=CIRCULAR, sender_id=YONGCHUAN.id)
    kept = circulars.CircularReceived(received_id=uid("ours"), circular_id=CIRCULAR, sender_id=YONGCHUAN.id)
    await asking.record("received", told, origin=YONGCHUAN.id, stream_id=uuid7())
    await asking.record("received_circular", kept)
    for id_ in (CIRCULAR, kept.received_id):
        assert titles((await shown(asking, id_)).entries) == ["发出通报", "收到通报"]


async def test_who_was_told_a_copy_notice_shows_what_it_was_told_by_either_id(asking):
    told = notices.CopyNoticeSent(notice_id=NOTICE, sender_id=YONGCHUAN.id)
    kept = notices.CopyNoticeReceived(received_id=uid("ours"), notice_id=NOTICE, sender_id=YONGCHUAN.id)
    await asking.record("received", told, origin=YONGCHUAN.id, stream_id=uuid7())
    await asking.record("received_notice", kept)
    for id_ in (NOTICE, kept.received_id):
        assert titles((await shown(asking, id_)).entries) == ["发出抄告", "收到抄告"]
