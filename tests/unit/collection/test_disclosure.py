"""What platforms are told of money: ids, amounts, days and states; never a bank's number, a reason or a file."""

import pytest
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.json_format import MessageToJson

from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.messages import encode, message_class, type_name
from tests.unit.collection import acts, test_auction, test_cost, test_execution, test_on_site, test_reversal
from tests.unit.collection.acts import changed
from tests.unit.collection.test_ending import END_RECORDED

CATALOGUE = Catalogue.load()
SHARED = [
    changed(acts.OPENED, duty="停业整顿"),
    acts.paid(acts.FINE, "2024-11-20"),
    acts.OVERDUE,
    changed(acts.DEMANDED, duty="停业整顿"),
    changed(acts.APPLIED, duty="停业整顿"),
    acts.performed("2024-11-20"),
    pb.CollectionReopened(collection_id=acts.COLLECTION, case_id=acts.CASE, overdue=True),
    test_on_site.COLLECTED,
    END_RECORDED,
    test_execution.DEMANDED,
    test_execution.DECIDED,
    test_execution.CLEARED,
    test_execution.ENDED,
    test_reversal.REVERSED,
    changed(test_auction.DECIDED, document=acts.file("拍卖决定")),
    test_auction.SOLD,
    test_auction.RECEIVED,
    test_cost.CHARGED,
]
SECRET = (
    "川泸2024",
    "T1",
    acts.ORDER_ID,
    "sha256",
    "人民法院",
    "已注销",
    "砂石",
    "养护公司",
    "G246",
    "见证人",
    "停业",
    "V1",
    "A1",
    "退汇",
    "逾期不申请",
    test_on_site.ON_SITE,
    "川财票",
    "渡口",
    "51-李",
)


@pytest.mark.parametrize("event", SHARED, ids=lambda event: event.DESCRIPTOR.name)
def test_neither_transactions_nor_reasons_leave_the_authority(event):
    told = type(event).FromString(CATALOGUE.view(type_name(event), encode(event), options.VISIBILITY_FEED))
    shown = MessageToJson(told, ensure_ascii=False)
    assert [secret for secret in SECRET if secret in shown] == []


def test_exactly_these_are_shared():
    shared = {
        name
        for name in (message.full_name for message in pb.DESCRIPTOR.message_types_by_name.values())
        if (known := message_class(name)) and known.DESCRIPTOR.GetOptions().HasExtension(options.share)
    }
    assert shared == {type_name(event) for event in SHARED}
