"""Whom the events of a case name besides the party."""

import pytest
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.common.v1 import common_pb2 as common
from google.protobuf.descriptor import FieldDescriptor

from services.cases.model import case
from services.cases.model.known_persons import WHERE, known_persons
from services.kernel.messages import message_class
from tests.unit.cases.acts import CLUE_REGISTERED, FILED, NOTICE_SERVED, RELEASED, SEIZED, SERVED, SPARED, changed
from tests.unit.cases.procedure import ADDRESS, HELD

OWNER = pb.Vehicle(plate="川E12345", owner="赵六")
SHIP = pb.Vessel(name="川泸货1288", owner="钱一", operator="泸州某航运公司")
COMPANY = pb.Party(kind=pb.PARTY_KIND_ORGANISATION, name="泸县某运输公司", representative="孙七")


@pytest.mark.parametrize(
    ("event", "names"),
    [
        (changed(CLUE_REGISTERED, reporter="王五"), ("王五",)),
        (changed(CLUE_REGISTERED, vehicle=OWNER), ("赵六",)),
        (changed(CLUE_REGISTERED, vessel=SHIP), ("钱一", "泸州某航运公司")),
        (changed(FILED, party=COMPANY, vehicle=OWNER), ("泸县某运输公司", "孙七", "赵六")),
        (changed(SEIZED, present="见证人：周八（村委会主任）"), ("周八", "村委会主任")),
        (changed(SEIZED, present="当事人张三"), ("张三",)),
        (changed(NOTICE_SERVED, delivery=delivery.Delivery(recipient_name="吴九")), ("吴九",)),
        (changed(SERVED, delivery=delivery.Delivery(witness="郑十")), ("郑十",)),
        (changed(RELEASED, delivery=delivery.Delivery(recipient_name="吴九")), ("吴九",)),
        (changed(SPARED, guardian="张大"), ("张大",)),
        (changed(ADDRESS, receiver="王五 13900000000"), ("王五",)),
        (changed(HELD, representatives=["委托代理人冯一", "陈二"]), ("冯一", "陈二")),
        (imports.CaseImported(imported=imports.ImportedCase(vehicle=OWNER)), ("赵六",)),
        (changed(ADDRESS, receiver="本人"), ()),
        (changed(SEIZED, present="甲"), ()),
        (CLUE_REGISTERED, ()),
    ],
)
def test_each_event_names_whom_it_is_about(event, names):
    assert known_persons([event]) == names


def test_whoever_takes_a_document_of_the_case_is_named_by_its_event():
    served = [
        event
        for event in map(message_class, sorted(case.events))
        if event is not None and "delivery" in event.DESCRIPTOR.fields_by_name
    ]
    assert len(served) > 8
    assert [event for event in served if "delivery.recipient_name" not in WHERE.get(event, ())] == []


def test_a_name_that_several_events_have_counts_once():
    assert known_persons([changed(ADDRESS, receiver="王五"), changed(CLUE_REGISTERED, reporter="王五")]) == ("王五",)


@pytest.mark.parametrize(("event", "path"), [(event, path) for event in WHERE for path in WHERE[event]])
def test_every_place_is_a_text_of_its_event(event, path):
    *outer, last = path.split(".")
    descriptor = event.DESCRIPTOR
    for name in outer:
        descriptor = descriptor.fields_by_name[name].message_type
    assert descriptor.fields_by_name[last].type == FieldDescriptor.TYPE_STRING
    assert descriptor is not common.BlobRef.DESCRIPTOR
