"""Being asked: accept or send back, extend once, answer what was asked for and no more."""

from typing import Any

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.cross_border.model import Refusal, task
from services.cross_border.model.task import Stage
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from tests.support.decider import CHIEF, LUXIAN, POLICY, RONGCHANG, YONGCHUAN, On, given, instant, on, uid
from tests.unit.cross_border.acts import (
    CHEN,
    ITEM,
    LAPSED,
    LIN,
    REQUEST,
    RESPONDERS,
    TASK,
    TO_REQUESTER,
    accepted,
    item,
    offered,
    open_task,
    received,
)

HERE: dict[str, Any] = {"actor": CHIEF, "authority": YONGCHUAN, "officers": RESPONDERS}
THERE: dict[str, Any] = {"actor": POLICY, "authority": YONGCHUAN, "origin": LUXIAN.id}
IN_PROGRESS: list[Message | On] = [received(), on("2024-12-19 10:00", accepted())]
SHARE = pb.REQUEST_TYPE_EVIDENCE_SHARE
SHARING: list[Message | On] = [received(request_type=SHARE), on("2024-12-19 10:00", accepted(request_type=SHARE))]
CLOSED = pb.TaskClosed(task_id=TASK, request_id=REQUEST)
EXTENDED = pb.TaskExtended(**TO_REQUESTER, working_days=5, reason="需调取纸质档案")
ANSWERED = pb.TaskAnswered(**TO_REQUESTER, completeness=pb.COMPLETENESS_FULL, text="见附件")
REOPENED = pb.TaskReopened(task_id=TASK, request_id=REQUEST, request_type=pb.REQUEST_TYPE_ASSIST, reason="缺年审记录")

ACCEPT = commands.AcceptTaskRequest(task_id=TASK, officer_ids=[CHEN.officer_id, LIN.officer_id])
REJECT = commands.RejectTaskRequest(task_id=TASK, reason=pb.REJECTION_REASON_NOT_COMPETENT, explanation="车籍不在本区")
EXTEND = commands.ExtendTaskRequest(task_id=TASK, working_days=5, reason="需调取纸质档案")
REOPEN = commands.ReopenTaskRequest(task_id=TASK, reason="缺年审记录")
CLOSE = commands.CloseTaskRequest(task_id=TASK)


def answer(**changes: Any) -> commands.AnswerTaskRequest:
    fields: dict[str, Any] = {"task_id": TASK, "completeness": pb.COMPLETENESS_FULL, "text": "见附件"}
    return commands.AnswerTaskRequest(**(fields | changes))


def answered(*items: pb.EvidenceItem, **changes: Any) -> pb.TaskAnswered:
    fields: dict[str, Any] = {"completeness": pb.COMPLETENESS_FULL, "text": "见附件", "items": items}
    return pb.TaskAnswered(**(TO_REQUESTER | fields | {"item_count": len(items)} | changes))


def phone(value: str = "138…") -> pb.AnsweredField:
    return pb.AnsweredField(field=pb.REQUESTED_FIELD_PHONE, value=value)


def test_a_request_that_arrives_is_recorded():
    given(task).when(open_task(), **THERE).then(received())


def test_nobody_opens_a_task_in_anothers_name():
    outcome = given(task).when(open_task(), **(THERE | {"origin": RONGCHANG.id}))
    outcome.refused(Refusal.NOT_THE_REQUESTER, authority=RONGCHANG.id)


def test_personal_fields_without_a_purpose_are_refused_and_the_refusal_is_kept():
    asked = [pb.REQUESTED_FIELD_TRANSPORT_LICENCE, pb.REQUESTED_FIELD_BANK_ACCOUNT]
    state = (
        given(task)
        .when(open_task(purpose=" ", fields=asked), **THERE)
        .then(
            received(purpose=" ", fields=asked),
            pb.PersonalFieldsRefused(**TO_REQUESTER, fields=[pb.REQUESTED_FIELD_BANK_ACCOUNT]),
            pb.TaskRejected(
                **TO_REQUESTER,
                reason=pb.REJECTION_REASON_UNLAWFUL,
                explanation="未说明目的，不得请求个人信息：银行账户",
            ),
        )
    )
    assert state.stage is Stage.REJECTED


def test_help_is_given_by_officers_with_active_credentials():
    given(task, received()).when(ACCEPT, **HERE).then(accepted())
    lapsed = commands.AcceptTaskRequest(task_id=TASK, officer_ids=[LAPSED.officer_id])
    given(task, received()).when(lapsed, **HERE).refused(KernelRefusal.OFFICER_NOT_ACTIVE)


def test_a_request_goes_back_with_its_reason():
    given(task, received()).when(REJECT, **HERE).then(
        pb.TaskRejected(**TO_REQUESTER, reason=pb.REJECTION_REASON_NOT_COMPETENT, explanation="车籍不在本区")
    )


@pytest.mark.parametrize("command", [ACCEPT, REJECT])
def test_a_request_is_accepted_or_sent_back_once(command):
    given(task, *IN_PROGRESS).when(command, **HERE).refused(KernelRefusal.WRONG_STAGE, stage="办理中")


@pytest.mark.parametrize("command", [EXTEND, answer()])
def test_nothing_is_extended_or_answered_that_was_not_accepted(command):
    given(task, received()).when(command, **HERE).refused(KernelRefusal.WRONG_STAGE, stage="已收到")


def test_fifteen_working_days_from_acceptance_are_extended_until_they_end():
    # 19 December 2024 excluded; New Year's day is off: the fifteenth working day is 10 January 2025.
    given(task, *IN_PROGRESS).when(EXTEND, **HERE, at="2025-01-10 23:59").then(EXTENDED)
    given(task, *IN_PROGRESS).when(EXTEND, **HERE, at="2025-01-11 00:00").refused(
        Refusal.EXTENSION_TOO_LATE, due="2025-01-10"
    )


def test_shared_evidence_is_due_within_five_working_days():
    given(task, *SHARING).when(EXTEND, **HERE, at="2024-12-27 00:00").refused(
        Refusal.EXTENSION_TOO_LATE, due="2024-12-26"
    )


def test_an_authority_may_set_another_limit_from_a_day_on():
    from datetime import date

    rules = Rules({"assist_answer_working_days": ((date(2024, 12, 1), "1"),)})
    outcome = given(task, *IN_PROGRESS).when(EXTEND, **HERE, at="2024-12-23 00:00", rules=rules)
    outcome.refused(Refusal.EXTENSION_TOO_LATE, due="2024-12-20")


def test_a_limit_is_extended_once():
    given(task, *IN_PROGRESS, EXTENDED).when(EXTEND, **HERE, at="2024-12-20 10:00").refused(Refusal.EXTENDED_ALREADY)


def test_a_reopened_task_has_a_new_limit():
    history: list[Message | On] = [*IN_PROGRESS, EXTENDED, ANSWERED, on("2025-01-13 10:00", REOPENED)]
    given(task, *history).when(EXTEND, **HERE, at="2025-01-14 10:00").then(EXTENDED)


def test_an_answer_shows_each_item_with_who_collected_it_then():
    given(task, *IN_PROGRESS).when(answer(items=[offered()]), **HERE).then(answered(item()))


def test_a_collector_is_shown_as_the_register_had_the_officer_when_it_was_collected():
    command = answer(items=[offered(collector_ids=[CHEN.officer_id, LAPSED.officer_id])])
    given(task, *IN_PROGRESS).when(command, **HERE).then(answered(item(collectors=[CHEN, LAPSED])))


def test_a_collector_whom_nobody_knows_collected_nothing():
    command = answer(items=[offered(collector_ids=[uid("nobody")])])
    given(task, *IN_PROGRESS).when(command, **HERE).refused(KernelRefusal.OFFICER_UNKNOWN)


def test_an_answer_gives_the_fields_that_were_asked_for():
    given(task, *IN_PROGRESS).when(answer(fields=[phone()]), **HERE).then(answered(fields=[phone()]))


def test_an_answer_gives_no_other_field():
    beyond = pb.AnsweredField(field=pb.REQUESTED_FIELD_ID_NUMBER, value="5105…")
    outcome = given(task, *IN_PROGRESS).when(answer(fields=[phone(), beyond]), **HERE)
    outcome.refused(Refusal.FIELD_NOT_ASKED, fields="身份证件号码")


def test_an_answer_that_gives_nothing_says_why():
    unable = answer(completeness=pb.COMPLETENESS_UNABLE, text="查无此车")
    given(task, *IN_PROGRESS).when(unable, **HERE).then(answered(completeness=pb.COMPLETENESS_UNABLE, text="查无此车"))
    given(task, *IN_PROGRESS).when(answer(text=" "), **HERE).refused(Refusal.ANSWER_EMPTY)


def test_who_says_unable_gives_nothing():
    outcome = given(task, *IN_PROGRESS).when(answer(completeness=pb.COMPLETENESS_UNABLE, items=[offered()]), **HERE)
    outcome.refused(Refusal.UNABLE_WITH_CONTENT)


def test_an_item_has_its_file():
    nothing = common.BlobRef(file_name="档案.pdf")
    outcome = given(task, *IN_PROGRESS).when(answer(items=[offered(blob=nothing)]), **HERE)
    outcome.refused(Refusal.ITEM_WITHOUT_FILE, item=ITEM)


def test_an_item_stands_once_in_an_answer():
    outcome = given(task, *IN_PROGRESS).when(answer(items=[offered(), offered()]), **HERE)
    outcome.refused(Refusal.ITEM_TWICE, item=ITEM)


def test_only_what_was_collected_after_acceptance_was_collected_on_request():
    before = offered(collected_on_request=True, collected_at=to_timestamp(instant("2024-12-19 09:59")))
    outcome = given(task, *IN_PROGRESS).when(answer(items=[before]), **HERE)
    outcome.refused(Refusal.COLLECTED_BEFORE_ACCEPTANCE, item=ITEM)


def test_the_requester_reopens_an_answered_task():
    given(task, *IN_PROGRESS, ANSWERED).when(REOPEN, **THERE).then(REOPENED)
    given(task, *IN_PROGRESS).when(REOPEN, **THERE).then()


def test_the_requester_closes_the_task_once():
    given(task, *IN_PROGRESS, ANSWERED).when(CLOSE, **THERE).then(CLOSED)
    given(task, *IN_PROGRESS, ANSWERED, CLOSED).when(CLOSE, **THERE).then()
    back: dict[str, Any] = {"task_id": TASK, "withdrawn": True, "reason": "已决定不予立案"}
    told = pb.TaskClosed(request_id=REQUEST, **back)
    given(task, *IN_PROGRESS).when(commands.CloseTaskRequest(**back), **THERE).then(told)


@pytest.mark.parametrize("command", [REOPEN, CLOSE])
def test_nobody_else_reopens_or_closes_it(command):
    outcome = given(task, *IN_PROGRESS, ANSWERED).when(command, **(THERE | {"origin": RONGCHANG.id}))
    outcome.refused(Refusal.NOT_THE_REQUESTER, authority=RONGCHANG.id)
