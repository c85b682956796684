"""Asking another authority, and noting what it signed."""

from typing import Any

import pytest
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands

from services.cross_border.model import Refusal, request
from services.cross_border.model.request import Stage
from services.kernel.errors import KernelRefusal
from tests.support.decider import CHIEF, LI, LUXIAN, POLICE, POLICY, RONGCHANG, YONGCHUAN, given
from tests.unit.cross_border.acts import (
    ACCEPTED,
    ANSWERED,
    CHEN,
    CONFIRMED,
    DELIVERED,
    FROM_RESPONDER,
    LIN,
    REQUEST,
    TASK,
    answer_received,
    item,
    send,
    sent,
)

PERSONAL = [pb.REQUESTED_FIELD_ID_NUMBER, pb.REQUESTED_FIELD_PHONE, pb.REQUESTED_FIELD_ADDRESS]
REJECTED = pb.RequestRejected(
    **FROM_RESPONDER,
    reason=pb.REJECTION_REASON_NOT_COMPETENT,
    explanation="车籍不在本区",
    request_type=pb.REQUEST_TYPE_ASSIST,
)
REOPENED = pb.RequestReopened(**FROM_RESPONDER, reason="缺年审记录", request_type=pb.REQUEST_TYPE_ASSIST)
CLOSED = pb.RequestClosed(**FROM_RESPONDER)
CONFIRM = commands.ConfirmAnswerRequest(request_id=REQUEST)
REOPEN = commands.ReopenRequestRequest(request_id=REQUEST, reason="缺年审记录")
CLOSE = commands.CloseRequestRequest(request_id=REQUEST)
NOTES: list[tuple[Any, list[Any], Any]] = [
    (commands.NoteDeliveryRequest(request_id=REQUEST, task_id=TASK), [sent()], DELIVERED),
    (commands.NoteAcceptanceRequest(request_id=REQUEST, handlers=[CHEN, LIN]), [sent(), DELIVERED], ACCEPTED),
    (
        commands.NoteRejectionRequest(
            request_id=REQUEST, reason=pb.REJECTION_REASON_NOT_COMPETENT, explanation="车籍不在本区"
        ),
        [sent(), DELIVERED],
        REJECTED,
    ),
    (
        commands.NoteExtensionRequest(request_id=REQUEST, working_days=5, reason="需调取纸质档案"),
        [sent(), DELIVERED, ACCEPTED],
        pb.RequestExtended(**FROM_RESPONDER, working_days=5, reason="需调取纸质档案"),
    ),
    (
        commands.NoteAnswerRequest(request_id=REQUEST, completeness=pb.COMPLETENESS_FULL, items=[item()]),
        [sent(), DELIVERED, ACCEPTED],
        answer_received(),
    ),
]


def test_a_request_says_what_it_asks_of_whom_and_what_for():
    given(request).when(send(), actor=CHIEF).then(sent())


def test_a_request_without_a_case_is_a_request():
    given(request).when(send(case_id=""), actor=CHIEF).then(sent(case_id=""))


@pytest.mark.parametrize("purpose", ["", "  "])
def test_personal_fields_without_a_purpose_are_refused_by_name(purpose):
    outcome = given(request).when(send(purpose=purpose, fields=PERSONAL), actor=CHIEF)
    outcome.refused(Refusal.PERSONAL_FIELDS_WITHOUT_PURPOSE, fields="身份证件号码、联系电话、住址")


def test_every_request_has_a_purpose():
    outcome = given(request).when(send(purpose="", fields=[pb.REQUESTED_FIELD_VEHICLE_RECORD]), actor=CHIEF)
    outcome.refused(Refusal.PURPOSE_MISSING)


def test_a_request_asks_for_something():
    given(request).when(send(questions=[], fields=[]), actor=CHIEF).refused(Refusal.NOTHING_ASKED)


def test_a_request_for_evidence_by_its_hash_asks_for_something():
    shared = {"request_type": pb.REQUEST_TYPE_EVIDENCE_SHARE, "evidence_sha256": [bytes(32)]}
    given(request).when(send(questions=[], fields=[], **shared), actor=CHIEF).then(
        sent(questions=[], fields=[], **shared)
    )


def test_nobody_asks_itself():
    given(request).when(send(responder_id=LUXIAN.id), actor=CHIEF).refused(Refusal.TO_ITSELF)


def test_the_police_are_asked_elsewhere():
    outcome = given(request).when(send(responder_id=POLICE.id), actor=CHIEF)
    outcome.refused(Refusal.RESPONDER_OF_OTHER_KIND, authority=POLICE.name)


def test_an_authority_that_nobody_knows_cannot_be_asked():
    given(request).when(send(responder_id="jt-999999"), actor=CHIEF).refused(KernelRefusal.UNKNOWN_AUTHORITY)


@pytest.mark.parametrize(("command", "history", "event"), NOTES)
def test_what_the_other_side_did_is_noted(command, history, event):
    given(request, *history).when(command, actor=POLICY, origin=YONGCHUAN.id).then(event)


@pytest.mark.parametrize("origin", [RONGCHANG.id, None])
@pytest.mark.parametrize(("command", "history", "event"), NOTES)
def test_nobody_else_speaks_for_the_other_side(command, history, event, origin):
    outcome = given(request, *history).when(command, actor=POLICY, origin=origin)
    outcome.refused(Refusal.NOT_THE_RESPONDER, authority=origin or LUXIAN.id)


@pytest.mark.parametrize(("command", "history", "event"), [one for one in NOTES if "Extended" not in str(type(one[2]))])
def test_what_is_noted_twice_is_noted_once(command, history, event):
    given(request, *history, event).when(command, actor=POLICY, origin=YONGCHUAN.id).then()


def test_an_acceptance_may_arrive_before_the_delivery():
    note, _, event = NOTES[1]
    state = given(request, sent()).when(note, actor=POLICY, origin=YONGCHUAN.id).then(event)
    assert state.stage is Stage.ACCEPTED
    late, _, _ = NOTES[0]
    given(request, sent(), ACCEPTED).when(late, actor=POLICY, origin=YONGCHUAN.id).then()


def test_an_answer_is_confirmed():
    given(request, *ANSWERED).when(CONFIRM, actor=LI).then(CONFIRMED)


def test_an_answer_that_does_not_suffice_goes_back_and_is_answered_again():
    state = given(request, *ANSWERED).when(REOPEN, actor=CHIEF).then(REOPENED)
    assert state.stage is Stage.REOPENED
    note, _, event = NOTES[-1]
    given(request, *ANSWERED, REOPENED).when(note, actor=POLICY, origin=YONGCHUAN.id).then(event)


@pytest.mark.parametrize("history", [[*ANSWERED, CONFIRMED], [sent(), DELIVERED, REJECTED]])
def test_a_request_ends_when_it_is_confirmed_or_came_back(history):
    state = given(request, *history).when(CLOSE, actor=CHIEF).then(CLOSED)
    assert state.stage is Stage.CLOSED


@pytest.mark.parametrize(
    ("history", "command"),
    [
        ([sent(), DELIVERED, ACCEPTED], CONFIRM),
        ([sent(), DELIVERED, ACCEPTED], REOPEN),
        ([*ANSWERED, CONFIRMED], REOPEN),
        ([*ANSWERED, CONFIRMED], CONFIRM),
        ([sent(), DELIVERED, ACCEPTED], CLOSE),
        (ANSWERED, CLOSE),
        ([*ANSWERED, CONFIRMED, CLOSED], CLOSE),
    ],
)
def test_a_request_moves_along_its_diagram_only(history, command):
    given(request, *history).when(command, actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)
