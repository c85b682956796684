"""Answers in parts, extensions and reopening, on both sides: the rest stays due until it is given or waived."""

from typing import Any

import pytest
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands

from services.cross_border.model import Refusal, request, task
from services.cross_border.model.request import Stage
from services.cross_border.model.task import Stage as TaskStage
from services.kernel.errors import KernelRefusal
from tests.support.decider import CHIEF, LUXIAN, POLICY, RONGCHANG, YONGCHUAN, given
from tests.unit.cross_border.acts import (
    ACCEPTED,
    DELIVERED,
    FROM_RESPONDER,
    ITEM,
    REQUEST,
    RESPONDERS,
    SHA,
    TASK,
    TO_REQUESTER,
    accepted,
    item,
    of_kind,
    offered,
    received,
    sent,
)

HERE: dict[str, Any] = {"actor": CHIEF, "authority": YONGCHUAN, "officers": RESPONDERS}
THERE: dict[str, Any] = {"actor": POLICY, "authority": YONGCHUAN, "origin": LUXIAN.id}
NOTED: dict[str, Any] = {"actor": POLICY, "origin": YONGCHUAN.id}
PART = pb.AnswerReceived(**FROM_RESPONDER, completeness=pb.COMPLETENESS_PARTIAL, text="先行提供档案", items=[item()])
WHOLE = pb.AnswerReceived(**FROM_RESPONDER, completeness=pb.COMPLETENESS_FULL, text="其余部分")
LONGER = pb.RequestExtended(**FROM_RESPONDER, working_days=5, reason="需调取纸质档案")
ASKED = [sent(), DELIVERED, ACCEPTED]
CONFIRM = commands.ConfirmAnswerRequest(request_id=REQUEST)
REOPEN = commands.ReopenRequestRequest(request_id=REQUEST, reason="缺年审记录")
CONFIRMED = pb.AnswerConfirmed(**FROM_RESPONDER)

PART_GIVEN = pb.TaskAnswered(**TO_REQUESTER, completeness=pb.COMPLETENESS_PARTIAL, text="先行提供档案")
WHOLE_GIVEN = pb.TaskAnswered(**TO_REQUESTER, completeness=pb.COMPLETENESS_FULL, text="其余部分")
EXTENDED = pb.TaskExtended(**TO_REQUESTER, working_days=5, reason="需调取纸质档案")
TASK_CONFIRMED = pb.TaskConfirmed(task_id=TASK, request_id=REQUEST)
WORKING = [received(), accepted()]


def noted(answer: pb.AnswerReceived) -> commands.NoteAnswerRequest:
    return commands.NoteAnswerRequest(
        request_id=REQUEST, completeness=answer.completeness, text=answer.text, items=answer.items
    )


def gives(**changes: Any) -> commands.AnswerTaskRequest:
    return commands.AnswerTaskRequest(**({"task_id": TASK, "text": "其余部分"} | changes))


# ---- who asked -----------------------------------------------------------------------------------------------------


def test_after_a_part_the_rest_is_still_awaited():
    state = given(request, *ASKED).when(noted(PART), **NOTED).then(PART)
    assert (state.stage, state.partial) == (Stage.PARTLY, True)
    state = given(request, *ASKED, PART).when(noted(WHOLE), **NOTED).then(WHOLE)
    assert (state.stage, state.partial, set(state.items)) == (Stage.ANSWERED, False, {ITEM})


def test_evidence_of_a_part_is_judged_at_once():
    command = commands.RecogniseEvidenceRequest(request_id=REQUEST, item_id=ITEM, held_sha256=SHA)
    state = given(request, *ASKED, PART).when(command, actor=CHIEF).state
    assert state.recognised == {ITEM}


def test_a_part_may_be_enough():
    state = given(request, *ASKED, PART).when(CONFIRM, actor=CHIEF).then(CONFIRMED)
    assert state.stage is Stage.CONFIRMED
    given(request, *ASKED, PART, LONGER).when(CONFIRM, actor=CHIEF).then(CONFIRMED)
    given(request, *ASKED, LONGER).when(CONFIRM, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE, stage="延期办理")


def test_the_rest_that_crosses_with_the_confirmation_is_kept():
    state = given(request, *ASKED, PART, CONFIRMED).when(noted(WHOLE), **NOTED).then(WHOLE)
    assert state.stage is Stage.CONFIRMED


def test_an_extension_that_crosses_with_the_confirmation_is_kept():
    note = commands.NoteExtensionRequest(request_id=REQUEST, working_days=5, reason="需调取纸质档案")
    assert given(request, *ASKED, PART, CONFIRMED).when(note, **NOTED).then(LONGER).stage is Stage.CONFIRMED


def test_what_is_due_anyway_is_not_reopened():
    given(request, *ASKED, PART).when(REOPEN, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE, stage="部分答复")


def test_an_extension_is_seen_by_who_waits():
    note = commands.NoteExtensionRequest(request_id=REQUEST, working_days=5, reason="需调取纸质档案")
    assert given(request, *ASKED).when(note, **NOTED).then(LONGER).stage is Stage.EXTENDED
    given(request, *ASKED, WHOLE).when(note, **NOTED).then()


def test_data_that_nobody_asked_for_are_not_kept_and_that_is():
    asked = pb.AnsweredField(field=pb.REQUESTED_FIELD_PHONE, value="138…")
    beyond = pb.AnsweredField(field=pb.REQUESTED_FIELD_BANK_ACCOUNT, value="6222…")
    command = commands.NoteAnswerRequest(request_id=REQUEST, completeness=pb.COMPLETENESS_FULL, fields=[asked, beyond])
    given(request, *ASKED).when(command, **NOTED).then(
        drafting.UnaskedFieldsDropped(**FROM_RESPONDER, fields=[pb.REQUESTED_FIELD_BANK_ACCOUNT]),
        pb.AnswerReceived(**FROM_RESPONDER, completeness=pb.COMPLETENESS_FULL, fields=[asked]),
    )


# ---- who is asked --------------------------------------------------------------------------------------------------


def test_after_a_part_the_rest_is_still_due():
    state = (
        given(task, *WORKING)
        .when(gives(completeness=pb.COMPLETENESS_PARTIAL, text="先行提供档案"), **HERE)
        .then(PART_GIVEN)
    )
    assert state.stage is TaskStage.PARTLY
    state = given(task, *WORKING, PART_GIVEN).when(gives(completeness=pb.COMPLETENESS_FULL), **HERE).then(WHOLE_GIVEN)
    assert state.stage is TaskStage.ANSWERED
    given(task, *WORKING, WHOLE_GIVEN).when(gives(completeness=pb.COMPLETENESS_FULL), **HERE).refused(
        KernelRefusal.WRONG_STAGE
    )


def test_the_rest_may_need_longer():
    extend = commands.ExtendTaskRequest(task_id=TASK, working_days=5, reason="需调取纸质档案")
    assert given(task, *WORKING, PART_GIVEN).when(extend, **HERE).then(EXTENDED).stage is TaskStage.EXTENDED


@pytest.mark.parametrize(
    "kind", [pb.REQUEST_TYPE_CLUE, pb.REQUEST_TYPE_CASE_TRANSFER, pb.REQUEST_TYPE_CONSULT], ids=str
)
def test_what_has_no_limit_is_not_extended(kind):
    extend = commands.ExtendTaskRequest(task_id=TASK, working_days=5, reason="需调取纸质档案")
    history = [received(**of_kind(kind)), accepted(request_type=kind)]
    given(task, *history).when(extend, **HERE).refused(Refusal.NO_LIMIT_TO_EXTEND)


def test_the_requester_confirms_the_whole_or_a_part_and_nothing_is_due():
    command = drafting.ConfirmTaskRequest(task_id=TASK)
    for answered in (PART_GIVEN, WHOLE_GIVEN):
        state = given(task, *WORKING, answered).when(command, **THERE).then(TASK_CONFIRMED)
        assert state.stage is TaskStage.CONFIRMED
    given(task, *WORKING, WHOLE_GIVEN, TASK_CONFIRMED).when(command, **THERE).then()
    given(task, *WORKING, WHOLE_GIVEN).when(command, **(THERE | {"origin": RONGCHANG.id})).refused(
        Refusal.NOT_THE_REQUESTER, authority=RONGCHANG.id
    )


def test_nothing_is_answered_that_was_confirmed():
    given(task, *WORKING, PART_GIVEN, TASK_CONFIRMED).when(gives(completeness=pb.COMPLETENESS_FULL), **HERE).refused(
        KernelRefusal.WRONG_STAGE, stage="已确认"
    )


def test_an_item_says_how_it_was_collected():
    answer = gives(completeness=pb.COMPLETENESS_FULL, items=[offered(method="调取档案")])
    [event] = given(task, *WORKING).when(answer, **HERE).events
    assert event.items[0].method == "调取档案"  # type: ignore[attr-defined]
