"""Each kind of request carries what it needs, and is answered with what it asks for."""

from typing import Any

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import content_pb2 as content
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands

from services.cross_border.kinds import HAND_OVERS
from services.cross_border.model import Refusal, request, task
from services.kernel.values import term
from tests.support.decider import CHIEF, YONGCHUAN, given
from tests.unit.cross_border.acts import (
    CASE_PAPERS,
    KINDS,
    MATTER,
    RECEIPT,
    RESPONDERS,
    TASK,
    TO_REQUESTER,
    accepted,
    of_kind,
    papers,
    received,
    send,
    sent,
)
from tests.unit.cross_border.test_hand_over import drafted

CLUE, CASE = pb.REQUEST_TYPE_CLUE, pb.REQUEST_TYPE_CASE_TRANSFER
SERVICE, EXECUTION, CONSULT = pb.REQUEST_TYPE_SERVICE, pb.REQUEST_TYPE_EXECUTION_ASSIST, pb.REQUEST_TYPE_CONSULT
HERE: dict[str, Any] = {"actor": CHIEF, "authority": YONGCHUAN, "officers": RESPONDERS}


def asks(kind: pb.RequestType.ValueType, **changes: Any) -> Any:
    return given(request).when(send(**of_kind(kind, **changes)), actor=CHIEF)


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_of_any_kind_leaves_with_what_its_kind_needs(kind):
    begun = [drafted(kind)] if kind in HAND_OVERS else []
    asks(kind).then(*begun, sent(**of_kind(kind)))


@pytest.mark.parametrize("kind", HAND_OVERS)
def test_what_is_handed_over_is_registered_here_first(kind):
    asks(kind, case_id="").refused(Refusal.CASE_NEEDED)


@pytest.mark.parametrize("kind", HAND_OVERS)
def test_what_is_handed_over_says_what_happened_and_why_it_is_not_ours(kind):
    asks(kind, matter=None, contact=" ").refused(
        Refusal.CONTENT_MISSING,
        type=term(pb.RequestType, kind),
        missing="违法事实、无管辖权的理由、联系人",
    )
    asks(kind, matter=content.HandedMatter(facts=MATTER.facts)).refused(
        Refusal.CONTENT_MISSING, missing="无管辖权的理由"
    )


def test_a_case_comes_with_letter_file_and_both_lists():
    asks(CASE, materials=CASE_PAPERS[:1]).refused(
        Refusal.MATERIALS_MISSING, type="案件移送", materials="案卷材料、证据清单、涉案财物清单"
    )


def test_a_paper_has_its_file():
    nothing = content.Material(kind=content.MATERIAL_KIND_OTHER, title="照片", file=common.BlobRef(file_name="照片"))
    asks(CASE, materials=[*CASE_PAPERS, nothing]).refused(Refusal.MATERIALS_MISSING, materials="照片")


def test_a_document_is_delivered_to_somebody_somewhere():
    asks(SERVICE, service=content.ServiceOrder(recipient_name="某")).refused(
        Refusal.CONTENT_MISSING, type="文书代送达", missing="送达地点"
    )
    asks(SERVICE, materials=[]).refused(Refusal.MATERIALS_MISSING, materials="法律文书")


@pytest.mark.parametrize("kind", [EXECUTION, CONSULT])
def test_help_and_advice_are_asked_in_words(kind):
    asks(kind, questions=[]).refused(Refusal.CONTENT_MISSING, missing="请求事项")


def test_what_is_carried_out_is_a_document():
    asks(EXECUTION, materials=papers(content.MATERIAL_KIND_LETTER)).refused(
        Refusal.MATERIALS_MISSING, type="协助执行", materials="法律文书"
    )


def test_who_asks_for_data_says_whose():
    asks(pb.REQUEST_TYPE_ASSIST, subject=None).refused(Refusal.SUBJECT_MISSING)
    asks(pb.REQUEST_TYPE_ASSIST, subject=None, fields=[]).then(
        sent(**of_kind(pb.REQUEST_TYPE_ASSIST, subject=None, fields=[]))
    )


def answer(**changes: Any) -> commands.AnswerTaskRequest:
    fields: dict[str, Any] = {"task_id": TASK, "completeness": pb.COMPLETENESS_FULL, "text": "已送达"}
    return commands.AnswerTaskRequest(**(fields | changes))


def delivering(command: commands.AnswerTaskRequest, kind: pb.RequestType.ValueType = SERVICE) -> Any:
    history = [received(**of_kind(kind)), accepted(request_type=kind)]
    return given(task, *history).when(command, **HERE)


def test_a_document_was_delivered_when_its_receipt_says_so():
    delivering(answer()).refused(Refusal.PROOF_MISSING)
    unproved = content.ServiceReceipt(
        served_on="2024-12-20", way=content.SERVICE_WAY_DIRECT, file=common.BlobRef(file_name="回证.pdf")
    )
    delivering(answer(receipt=unproved)).refused(Refusal.PROOF_MISSING)
    delivering(answer(receipt=RECEIPT)).then(
        pb.TaskAnswered(**TO_REQUESTER, completeness=pb.COMPLETENESS_FULL, text="已送达", receipt=RECEIPT)
    )


def test_what_could_not_be_delivered_needs_no_receipt():
    unable = answer(completeness=pb.COMPLETENESS_UNABLE, text="查无此人")
    delivering(unable).then(pb.TaskAnswered(**TO_REQUESTER, completeness=pb.COMPLETENESS_UNABLE, text="查无此人"))
    unable.receipt.CopyFrom(RECEIPT)
    delivering(unable).refused(Refusal.UNABLE_WITH_CONTENT)


def test_a_receipt_answers_nothing_else():
    delivering(answer(receipt=RECEIPT), pb.REQUEST_TYPE_CONSULT).refused(Refusal.RECEIPT_WITHOUT_SERVICE)
