"""Who is told what of an operation: platforms get ids, classes and counts, an owner the finding that it must handle."""

import pytest
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.json_format import MessageToJson

from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.messages import encode, type_name
from tests.support.decider import LUXIAN, YONGCHUAN
from tests.unit.joint_operations import acts
from tests.unit.joint_operations.test_check_in import checked_in
from tests.unit.joint_operations.test_finding import handled
from tests.unit.joint_operations.test_jurisdiction import handed_off

CATALOGUE = Catalogue.load()
FED = [
    acts.PLANNED,
    acts.invited(YONGCHUAN),
    acts.ACCEPTED,
    acts.ROSTER,
    checked_in(),
    acts.inspected(),
    acts.found(),
    handled(),
    acts.assigned(),
    handed_off(),
    acts.CLOSED_EVENT,
    acts.proposed(),
]
CONTENT = ("A0001", "0001警", "某甲", "未取得", "泸永桥", "51-泸1", acts.LU[0].officer_id)
"""Plates, party, facts, place, officers."""


def view(event, level):
    name = type_name(event)
    return type(event).FromString(CATALOGUE.view(name, encode(event), level))


@pytest.mark.parametrize("event", FED, ids=lambda event: event.DESCRIPTOR.name)
def test_no_plate_party_or_officer_is_in_the_feed(event):
    told = MessageToJson(view(event, options.VISIBILITY_FEED), ensure_ascii=False)
    assert [secret for secret in CONTENT if secret in told] == []


def test_the_platform_counts_inspections_by_class_and_object_number():
    told = view(acts.inspected(), options.VISIBILITY_FEED)
    assert (told.inspection_class, told.result, told.object_no) == (
        acts.inspected().inspection_class,
        acts.inspected().result,
        1,
    )


def test_the_owner_of_a_finding_gets_plate_facts_and_party():
    event = handed_off(owner_id=YONGCHUAN.id)
    assert YONGCHUAN.id in CATALOGUE.shared[type_name(event)].targets(event, LUXIAN.id)
    told = view(event, options.VISIBILITY_ADDRESSEE)
    assert (told.object, told.facts, told.party_name) == (event.object, event.facts, event.party_name)


def test_a_finding_that_stays_here_is_addressed_to_nobody():
    event = handed_off()
    assert [one for one in CATALOGUE.shared[type_name(event)].targets(event, LUXIAN.id) if one != "feed"] == []
