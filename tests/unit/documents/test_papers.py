"""Files that events carry: each is a paper of the file of its matter, or it is said why not."""

from typing import Any

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.common.v1 import common_pb2 as common
from enforcement.transfer.v1 import events_pb2 as transfer

from services.cases.service import SERVICE as CASES
from services.collection.service import SERVICE as COLLECTION
from services.documents.papers import APART, OF_MATTER, OF_PARTS, papers_of
from services.kernel.messages import message_class
from tests.unit.documents.samples import file

BLOB = common.BlobRef.DESCRIPTOR.full_name
OF_THE_BUREAU = [
    aggregate
    for service in (CASES, COLLECTION)
    for aggregate in service.aggregates
    if aggregate.name in ("case", "on_spot", "collection", "execution")
]
DAY = "2024-11-05"


def shows_a_file(descriptor: Any) -> bool:
    return any(
        each.message_type is not None and (each.message_type.full_name == BLOB or shows_a_file(each.message_type))
        for each in descriptor.fields
    )


EVENTS = [
    event
    for aggregate in OF_THE_BUREAU
    for event in map(message_class, sorted(aggregate.events))
    if event is not None and shows_a_file(event.DESCRIPTOR)
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.DESCRIPTOR.name)
def test_a_file_of_an_event_is_a_paper_or_it_is_said_why_not(event):
    assert sum(event in named for named in (OF_MATTER, OF_PARTS, APART)) == 1


@pytest.mark.parametrize("event", [*OF_MATTER, *OF_PARTS], ids=lambda event: event.DESCRIPTOR.name)
def test_an_event_without_its_file_carries_no_paper(event):
    assert list(papers_of(event(), DAY)) == []


def named(event):
    return [paper.get("form") or paper["title"] for paper in papers_of(event, DAY)]


def test_what_is_decided_of_a_measure_carries_its_sheet_and_the_proof_of_its_service():
    both: Any = {"document": file("决定书"), "proof": file("送达回证")}
    assert named(cases.SeizureReleased(**both)) == ["F10", "F23"]
    assert named(cases.PreservationDecided(**both)) == ["F7", "F23"]
    assert named(cases.SeizureExtended(notice=file("通知书"), proof=file("送达回证"))) == ["F9", "F23"]
    destroyed = cases.SeizureReleased(document=file("记录"), end=cases.SEIZURE_END_DESTROYED)
    assert named(destroyed) == ["没收、销毁财物处理记录"]


def test_so_does_what_the_authority_itself_changes_or_revokes():
    both: Any = {"document": file("决定书"), "proof": file("送达回证")}
    assert named(decisions.DecisionAmended(**both)) == ["变更行政处罚决定书", "F23"]
    assert named(decisions.DecisionRevoked(**both)) == ["撤销行政处罚决定书", "F23"]
    assert named(on_spot.OnSpotRevoked(**both)) == ["撤销当场行政处罚决定书", "F23"]


def test_so_does_every_reply_and_notice_of_collection_and_execution():
    both: Any = {"document": file("通知书"), "proof": file("送达回证")}
    for event, form in (
        (collection.InstalmentsApproved, "F17"),
        (collection.InstalmentsRefused, "F17"),
        (collection.AuctionDecided, "F20"),
        (collection.ExecutionSuspended, "F22"),
        (collection.ExecutionResumed, "F22"),
        (collection.ExecutionEnded, "F22"),
        (collection.OwnExecutionSuspended, "F22"),
        (collection.OwnExecutionResumed, "F22"),
        (collection.OwnExecutionEnded, "F22"),
    ):
        assert named(event(**both)) == [form, "F23"]
    by_court = collection.ExecutionEnded(document=file("裁定书"), ground=collection.END_GROUND_COURT_ENDED)
    assert named(by_court) == ["人民法院文书"]


def test_a_seizure_carries_decision_and_record_of_the_scene():
    seized = cases.ItemsSeized(record=file("决定书"), scene_record=file("现场笔录"))
    assert named(seized) == ["F8", "F4"]


@pytest.mark.parametrize(("kind", "form"), [(cases.DEFENCE_KIND_STATED, "X3"), (cases.DEFENCE_KIND_WAIVED, "X4")])
def test_a_right_that_was_given_up_is_no_statement(kind, form):
    assert named(cases.DefenceRecorded(kind=kind, document=file("笔录"))) == [form]


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        (collection.EXECUTION_KIND_OTHER, "F20"),
        (collection.EXECUTION_KIND_SUBSTITUTE, "F21"),
        (collection.EXECUTION_KIND_REMOVAL, "F20"),
    ],
)
def test_a_decision_on_execution_is_on_the_form_of_its_kind(kind, form):
    assert named(collection.ExecutionDecided(kind=kind, document=file("决定书"))) == [form]


def test_a_record_of_what_was_executed_is_no_notice_of_a_termination():
    assert named(collection.OwnExecutionEnded(ground=collection.END_GROUND_OTHER, document=file("通知书"))) == ["F22"]
    done = collection.OwnExecutionEnded(ground=collection.END_GROUND_COMPLETED, document=file("记录"))
    assert named(done) == ["执行情况记录"]


def test_the_materials_of_a_transfer_are_what_they_are():
    sent = transfer.CaseTransferred(
        materials=[
            transfer.Material(kind=transfer.MATERIAL_KIND_TRANSFER_LETTER, title="移送书", file=file("移送书")),
            transfer.Material(kind=transfer.MATERIAL_KIND_OTHER, title="讯问材料", file=file("材料")),
        ]
    )
    assert named(sent) == ["X11", "讯问材料"]


def test_pictures_of_leaving_a_document_are_papers_each():
    served = cases.DecisionServed(proof=file("回证"))
    served.delivery.recordings.extend([file("照片一"), file("照片二")])
    papers = list(papers_of(served, DAY))
    assert [paper.get("form") or paper["title"] for paper in papers] == ["F23", "送达过程影像", "送达过程影像"]
    assert {paper["on"] for paper in papers} == {DAY}
