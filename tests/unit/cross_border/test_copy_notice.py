"""Notices that ask for no answer (抄告, 超限运输车辆行驶公路管理规定 art. 44), on both sides."""

from enforcement.cross_border.v1 import copy_notice_pb2 as pb
from enforcement.cross_border.v1 import events_pb2 as events
from enforcement.non_site.v1 import follow_up_pb2 as non_site

from services.cross_border.model import Refusal, copy_notice, received_notice, request
from services.cross_border.model.copy_notice import received_notice_of
from services.cross_border.policies import policy
from services.kernel.envelopes.disclosure import FEED_VIEW
from services.kernel.errors import KernelRefusal
from services.kernel.messages import type_name
from tests.support.decider import LUXIAN, POLICE, POLICY, RONGCHANG, YONGCHUAN, given, reactions, uid
from tests.unit.cross_border.acts import send
from tests.unit.cross_border.test_policies import shown

NOTICE = uid("notice")
FOLLOW_UP = uid("follow_up")
CONTENT = pb.CopyNotice(plate="渝C·A1234", plate_colour="黄", decision="罚款3000元", violation_id=uid("violation"))
SENT = pb.CopyNoticeSent(
    notice_id=NOTICE,
    sender_id=LUXIAN.id,
    recipient_id=YONGCHUAN.id,
    request_type=events.REQUEST_TYPE_COPY_NOTICE,
    follow_up_id=FOLLOW_UP,
    notice=CONTENT,
)
SEND = pb.SendCopyNoticeRequest(notice_id=NOTICE, recipient_id=YONGCHUAN.id, follow_up_id=FOLLOW_UP, notice=CONTENT)
HERE = received_notice_of(NOTICE, LUXIAN.id)
RECEIVED = pb.CopyNoticeReceived(received_id=HERE, notice_id=NOTICE, sender_id=LUXIAN.id, notice=CONTENT)
RECORD = pb.RecordCopyNoticeRequest(received_id=HERE, notice_id=NOTICE, sender_id=LUXIAN.id, notice=CONTENT)
ARRIVED = pb.NoteCopyNoticeDeliveredRequest(notice_id=NOTICE, recipient_id=YONGCHUAN.id)
DELIVERED = pb.CopyNoticeDelivered(notice_id=NOTICE, recipient_id=YONGCHUAN.id, follow_up_id=FOLLOW_UP)


WITHDRAWN = pb.CopyNoticeWithdrawn(notice_id=NOTICE, sender_id=LUXIAN.id, recipient_id=YONGCHUAN.id)
RETRACT = pb.RetractCopyNoticeRequest(received_id=HERE, sender_id=LUXIAN.id)
RETRACTED = pb.CopyNoticeRetracted(received_id=HERE, notice_id=NOTICE, sender_id=LUXIAN.id, notice=CONTENT)


def test_a_notice_goes_to_another_transport_authority():
    given(copy_notice).when(SEND, actor=POLICY).then(SENT)


def test_nobody_tells_itself():
    to_itself = pb.SendCopyNoticeRequest(
        notice_id=NOTICE, recipient_id=LUXIAN.id, follow_up_id=FOLLOW_UP, notice=CONTENT
    )
    given(copy_notice).when(to_itself, actor=POLICY).refused(Refusal.TO_ITSELF)


def test_the_police_are_told_in_other_ways():
    to_police = pb.SendCopyNoticeRequest(
        notice_id=NOTICE, recipient_id=POLICE.id, follow_up_id=FOLLOW_UP, notice=CONTENT
    )
    given(copy_notice).when(to_police, actor=POLICY).refused(Refusal.RESPONDER_OF_OTHER_KIND)


def test_an_authority_that_nobody_knows_cannot_be_told():
    unknown = pb.SendCopyNoticeRequest(
        notice_id=NOTICE, recipient_id="jt-530100", follow_up_id=FOLLOW_UP, notice=CONTENT
    )
    given(copy_notice).when(unknown, actor=POLICY).refused(KernelRefusal.UNKNOWN_AUTHORITY)


def test_a_notice_is_no_request():
    asked = send(request_type=events.REQUEST_TYPE_COPY_NOTICE)
    given(request).when(asked).refused(Refusal.NOTICE_HAS_NO_ANSWER)


def test_the_receipt_of_who_was_told_is_noted_once():
    given(copy_notice, SENT).when(ARRIVED, actor=POLICY, origin=YONGCHUAN.id).then(DELIVERED)
    given(copy_notice, SENT, DELIVERED).when(ARRIVED, actor=POLICY, origin=YONGCHUAN.id).then()


def test_nobody_else_says_that_it_arrived():
    given(copy_notice, SENT).when(ARRIVED, actor=POLICY, origin=RONGCHANG.id).refused(Refusal.NOT_THE_RESPONDER)


def test_what_was_told_is_recorded_under_the_name_of_who_signed_it():
    given(received_notice).when(RECORD, actor=POLICY, authority=YONGCHUAN, origin=LUXIAN.id).then(RECEIVED)
    forged = given(received_notice).when(RECORD, actor=POLICY, authority=YONGCHUAN, origin=RONGCHANG.id)
    forged.refused(Refusal.NOT_THE_REQUESTER)


def test_what_is_told_travels_to_the_addressee_and_its_receipt_back():
    arrived = shown(SENT)
    assert reactions(policy, arrived, authority=YONGCHUAN, origin=LUXIAN.id) == [RECORD]
    assert reactions(policy, arrived, authority=RONGCHANG, origin=LUXIAN.id) == []
    back = shown(RECEIVED)
    assert not back.HasField("notice")
    assert reactions(policy, back, origin=YONGCHUAN.id) == [ARRIVED]


def test_a_feed_shows_neither_plate_nor_decision():
    for event in (SENT, RECEIVED):
        left = shown(event, FEED_VIEW)
        assert type_name(left) == type_name(event)
        assert not left.HasField("notice")


def test_an_issued_notice_leaves_for_a_node_and_a_letter_does_not():
    issued = non_site.HomeNoticeIssued(
        follow_up_id=FOLLOW_UP,
        notice_id=NOTICE,
        way=non_site.NOTICE_WAY_NODE,
        home_authority_id=YONGCHUAN.id,
        notice=CONTENT,
    )
    assert reactions(policy, issued) == [SEND]
    issued.way = non_site.NOTICE_WAY_LETTER
    assert reactions(policy, issued) == []


def test_a_notice_is_taken_back_once_whether_it_arrived_or_not():
    take_back = pb.WithdrawCopyNoticeRequest(notice_id=NOTICE)
    for history in ((SENT,), (SENT, DELIVERED)):
        given(copy_notice, *history).when(take_back, actor=POLICY).then(WITHDRAWN)
        given(copy_notice, *history, WITHDRAWN).when(take_back, actor=POLICY).then()
    given(copy_notice, SENT, WITHDRAWN).when(ARRIVED, actor=POLICY, origin=YONGCHUAN.id).then()


def test_only_who_told_takes_it_back():
    given(received_notice, RECEIVED).when(RETRACT, actor=POLICY, authority=YONGCHUAN, origin=LUXIAN.id).then(RETRACTED)
    again = given(received_notice, RECEIVED, RETRACTED).when(
        RETRACT, actor=POLICY, authority=YONGCHUAN, origin=LUXIAN.id
    )
    again.then()
    forged = pb.RetractCopyNoticeRequest(received_id=HERE, sender_id=RONGCHANG.id)
    other = given(received_notice, RECEIVED).when(forged, actor=POLICY, authority=YONGCHUAN, origin=RONGCHANG.id)
    other.refused(Refusal.NOT_THE_REQUESTER)


def test_what_is_taken_back_travels_to_who_was_told():
    taken = non_site.HomeNoticeWithdrawn(follow_up_id=FOLLOW_UP, notice_id=NOTICE, way=non_site.NOTICE_WAY_NODE)
    assert reactions(policy, taken) == [pb.WithdrawCopyNoticeRequest(notice_id=NOTICE)]
    taken.way = non_site.NOTICE_WAY_LETTER
    assert reactions(policy, taken) == []
    arrived = shown(WITHDRAWN)
    assert reactions(policy, arrived, authority=YONGCHUAN, origin=LUXIAN.id) == [RETRACT]
    assert reactions(policy, arrived, authority=RONGCHANG, origin=LUXIAN.id) == []
