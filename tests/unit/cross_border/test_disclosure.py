"""Who is told what of a request: the other side what it needs to answer, platforms that and when, nobody the case."""

import pytest
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.json_format import MessageToJson

from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.messages import encode, type_name
from tests.support.decider import LUXIAN, YONGCHUAN
from tests.unit.cross_border import acts

CATALOGUE = Catalogue.load()
ANSWERED = pb.TaskAnswered(
    **acts.TO_REQUESTER, completeness=pb.COMPLETENESS_FULL, text="已核实", items=[acts.item()], item_count=1
)
RECOGNISED = pb.EvidenceRecognised(
    **acts.FROM_RESPONDER, case_id=acts.CASE, item_id=acts.ITEM, verdict=pb.VERDICT_RECOGNISED, item=acts.item()
)
SHARED = [acts.sent(), acts.received(), acts.accepted(), ANSWERED, RECOGNISED]
CONTENT = ("渝C·12345", "川泸交执", "查明", "该车", "已核实", acts.item().title, acts.CHEN.officer_id, acts.CASE)


def view(event, level):
    name = type_name(event)
    return type(event).FromString(CATALOGUE.view(name, encode(event), level))


@pytest.mark.parametrize("event", SHARED, ids=lambda event: event.DESCRIPTOR.name)
def test_neither_question_nor_answer_is_in_the_feed(event):
    told = MessageToJson(view(event, options.VISIBILITY_FEED), ensure_ascii=False)
    assert [secret for secret in CONTENT if secret in told] == []


def test_who_is_asked_gets_the_question_and_not_the_id_of_the_case():
    event = acts.sent()
    told = view(event, options.VISIBILITY_ADDRESSEE)
    assert (list(told.questions), told.purpose, told.subject) == (list(event.questions), event.purpose, event.subject)
    assert told.case_id == ""


def test_who_asked_gets_the_evidence_with_its_file():
    [told] = view(ANSWERED, options.VISIBILITY_ADDRESSEE).items
    assert told == acts.item()


def test_a_request_is_addressed_to_who_is_asked_and_its_answer_to_who_asked():
    shared = CATALOGUE.shared
    assert YONGCHUAN.id in shared[type_name(acts.sent())].targets(acts.sent(), LUXIAN.id)
    assert LUXIAN.id in shared[type_name(ANSWERED)].targets(ANSWERED, YONGCHUAN.id)
