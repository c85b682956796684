"""What requests and tasks look like to those who ask, over real PostgreSQL."""

from collections.abc import AsyncIterator

import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as rpc

from services.cross_border.service import SERVICE
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_timestamp, type_name
from tests.support.decider import CHIEF, LI, LUXIAN, NOON, WANG, YONGCHUAN, uid
from tests.support.postgres import Databases
from tests.support.reading import Reading, call, reading, titles
from tests.unit.cross_border.acts import (
    ANSWERED,
    CASE,
    CHEN,
    CONTENT,
    FROM_RESPONDER,
    ITEM,
    LAPSED,
    LIN,
    REQUEST,
    TASK,
    item,
    received,
    sent,
)
from tests.unit.cross_border.test_request import REJECTED
from tests.unit.cross_border.test_views import GIVEN, HELPED

SHORTCOMING = pb.Shortcoming(test=pb.RECOGNITION_TEST_FORM, remediable=True, detail="在场人员")
JUDGED = pb.EvidenceRecognised(
    **FROM_RESPONDER, item_id=ITEM, verdict=pb.VERDICT_NEEDS_REMEDY, shortcomings=[SHORTCOMING]
)


@pytest.fixture
async def asking(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE) as opened:
        yield opened


@pytest.fixture
async def helping(databases: Databases) -> AsyncIterator[Reading]:
    async with reading(databases, SERVICE, YONGCHUAN) as opened:
        yield opened


HANDLING = audit.PURPOSE_CASE_HANDLING


async def the_request(
    asking: Reading, actor: common.OfficerSnapshot = CHIEF, purpose: audit.Purpose.ValueType = HANDLING
) -> rpc.GetRequestResponse:
    request = rpc.GetRequestRequest(request_id=REQUEST, min_position=asking.position, purpose=purpose)
    return await asking.api.get_request(request, call(actor))  # type: ignore[no-any-return]


async def accesses(there: Reading) -> list[audit.PersonalDataAccessed]:
    """Who was shown personal data, as the ledger has it."""
    page = await there.ledger.read(0)
    found = [one for one in page.events if one.type == type_name(audit.PersonalDataAccessed)]
    return [audit.PersonalDataAccessed.FromString(one.body) for one in found]


async def test_a_request_shows_what_was_asked_and_what_came_back(asking):
    await asking.record("request", *ANSWERED, JUDGED)
    shown = await the_request(asking)
    assert shown.request == rpc.RequestSummary(
        request_id=REQUEST,
        responder_id=YONGCHUAN.id,
        request_type=pb.REQUEST_TYPE_ASSIST,
        stage="已答复",
        case_id=CASE,
        sent_at=to_timestamp(NOON),
    )
    assert (list(shown.fields), shown.completeness) == (CONTENT["fields"], pb.COMPLETENESS_FULL)
    [judged] = shown.items
    assert (judged.item, judged.verdict, list(judged.shortcomings)) == (item(), JUDGED.verdict, [SHORTCOMING])


PHONE = pb.AnsweredField(field=pb.REQUESTED_FIELD_PHONE, value="13912345678")
"""A datum that an answer gives."""


async def test_an_answer_is_masked_for_whoever_names_no_purpose_and_nothing_is_audited(asking):
    await asking.record("request", *ANSWERED[:3], gives_phone())
    shown = await the_request(asking, purpose=audit.PURPOSE_UNSPECIFIED)
    assert ([one.value for one in shown.answered], shown.answer_text) == (["*******5678"], "电话*******5678")
    assert list(shown.items[0].item.persons) == ["档****"]
    assert shown.masked
    assert await accesses(asking) == []


async def test_who_names_a_purpose_is_shown_what_the_role_sees_and_audited(asking):
    await asking.record("request", *ANSWERED[:3], gives_phone())
    shown = await the_request(asking)
    assert ([one.value for one in shown.answered], shown.masked) == ([PHONE.value], False)
    [seen] = await accesses(asking)
    assert (seen.officer_id, seen.method, list(seen.subject_ids)) == (
        CHIEF.officer_id,
        "cross_border.GetRequest",
        [REQUEST],
    )
    assert "answered.value" in seen.fields


async def test_the_officers_of_the_case_see_the_answer_and_other_investigators_do_not(asking):
    await asking.record("request", *ANSWERED[:3], gives_phone())
    await asking.record("case", cases.OfficersAssigned(case_id=CASE, officers=[LI]))
    assert not (await the_request(asking, LI)).masked
    assert (await the_request(asking, WANG)).masked


def gives_phone() -> pb.AnswerReceived:
    return pb.AnswerReceived(**FROM_RESPONDER, text="电话13912345678", fields=[PHONE], items=[item()])


async def test_a_request_that_came_back_says_why(asking):
    await asking.record("request", sent(), REJECTED)
    shown = await the_request(asking)
    assert (shown.request.stage, shown.rejection_reason) == ("已退回", pb.REJECTION_REASON_NOT_COMPETENT)
    assert (shown.completeness, list(shown.items)) == (pb.COMPLETENESS_UNSPECIFIED, [])


async def test_requests_are_listed_by_case_and_page_the_latest_first(asking):
    for n in range(4):
        await asking.record("request", sent(request_id=uid(f"request {n}"), case_id=CASE if n % 2 else ""))
    request = rpc.ListRequestsRequest(min_position=asking.position, case_id=CASE)
    found = await asking.api.list_requests(request, call())
    assert [one.request_id for one in found.requests] == [uid("request 3"), uid("request 1")]
    first = await asking.api.list_requests(rpc.ListRequestsRequest(page=common.PageRequest(size=3)), call())
    rest = await asking.api.list_requests(
        rpc.ListRequestsRequest(page=common.PageRequest(size=3, token=first.next_token)), call()
    )
    assert [len(first.requests), [one.request_id for one in rest.requests]] == [3, [uid("request 0")]]
    assert rest.next_token == ""


@pytest.mark.parametrize("by", [{"task_id": TASK}, {"request_id": REQUEST}])
async def test_a_task_shows_what_was_asked_and_given_and_how_it_was_judged(helping, by):
    await helping.record("task", *HELPED)
    await helping.record("received", JUDGED, origin=LUXIAN.id)
    request = rpc.GetTaskRequest(min_position=helping.position, **by)
    assert (await helping.api.get_task(request, call(CHEN))).subject.plate == "渝C******"
    request.purpose = HANDLING
    assert (await helping.api.get_task(request, call(LAPSED))).masked, "no handler of the task"
    shown = await helping.api.get_task(request, call(CHEN))
    assert (shown.task.stage, shown.task.requester_id, list(shown.handlers)) == ("已答复", LUXIAN.id, [CHEN, LIN])
    assert (shown.subject, shown.purpose) == (CONTENT["subject"], CONTENT["purpose"])
    assert [(one.item, one.verdict) for one in shown.items] == [(GIVEN.items[0], pb.VERDICT_NEEDS_REMEDY)]


async def test_tasks_are_listed(helping):
    await helping.record("task", received())
    found = await helping.api.list_tasks(rpc.ListTasksRequest(min_position=helping.position), call())
    assert [(one.task_id, one.stage) for one in found.tasks] == [(TASK, "已收到")]


async def test_what_nobody_asked_is_not_found(asking):
    with pytest.raises(Refused) as refused:
        await the_request(asking)
    assert refused.value.code is KernelRefusal.NOT_FOUND
    with pytest.raises(Refused):
        await asking.api.get_task(rpc.GetTaskRequest(request_id=REQUEST), call())


async def test_the_history_of_a_request_reads_in_order(asking):
    await asking.record("request", *ANSWERED)
    request = rpc.GetTimelineRequest(id=REQUEST, min_position=asking.position)
    answer = await asking.api.get_timeline(request, call())
    assert titles(answer.entries) == ["发出协作请求", "协作请求已送达", "对方受理", "收到答复"]


async def test_what_never_began_has_no_history(asking):
    with pytest.raises(Refused) as refused:
        await asking.api.get_timeline(rpc.GetTimelineRequest(id=REQUEST), call())
    assert refused.value.code is KernelRefusal.NOT_FOUND
