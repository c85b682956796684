"""T4b: police that are not competent pass the case on (国务院令第310号 art. 7)."""

from typing import Any

import pytest
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from google.protobuf.message import Message

from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from services.transfer.model import Refusal, referral, transfer
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.transfer import Stage
from tests.support.decider import LEADER, LUXIAN, MEMBERS, POLICE, POLICY, given, instant, on
from tests.unit.transfer.acts import (
    ACCEPTED,
    ARRIVED,
    AT_POLICE,
    COPIED,
    CRIMINAL_CASE,
    DECIDE_FILING,
    DEMAND_RECORDED,
    DEMANDED,
    FILED,
    ON_ITS_WAY,
    OPINION,
    RECEIPT,
    RECEIVED,
    RECORD_RECEIPT,
    REFERRAL,
    REFERRAL_RECEIVED,
    RETURN,
    SENT,
    SIGNED_AT,
    SUPPLEMENTED,
    TRANSFER,
)
from tests.unit.transfer.branches import (
    DECLINE,
    DECLINED,
    DENY,
    FORWARD,
    FORWARDED,
    OTHER_POLICE,
    OTHER_PROCURATORATE,
    POLICE_DECLINED,
    POLICE_FORWARDED,
    RECORD_DECLINE,
    RECORD_FORWARDING,
    but,
)
from tests.unit.transfer.walks import EVERYBODY

PASSED_ON_AT = "2025-05-01 20:00"
DENIED = forwarding.JurisdictionDenied(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    accepted_at=to_timestamp(instant(SIGNED_AT)),
    reason="犯罪地在永川",
)
HERE: dict[str, Any] = {**AT_POLICE, "members": EVERYBODY, "at": PASSED_ON_AT}
REDIRECTED = forwarding.TransferRedirected(
    transfer_id=TRANSFER,
    police_id=OTHER_POLICE.id,
    forwarder_ids=[POLICE.id],
    material_count=3,
    case_id=SENT.case_id,
    case_number=SENT.case_number,
    act_code=SENT.act_code,
    suspected_crime=SENT.suspected_crime,
    facts=SENT.facts,
    suspects=SENT.suspects,
    materials=SENT.materials,
    team=SENT.team,
)


def copy_for(procuratorate_id: str) -> Message:
    return but(COPIED, police_id=OTHER_POLICE.id, procuratorate_id=procuratorate_id)


def test_the_case_goes_to_the_competent_police_and_the_finding_is_counted_from_the_acceptance() -> None:
    after = given(referral, *ACCEPTED).when(FORWARD, **HERE).then(DENIED, FORWARDED)
    assert after.stage is PoliceStage.FORWARDED


def test_a_finding_made_before_is_not_made_twice() -> None:
    found = (*ACCEPTED, on("2025-05-01 12:00", DENIED))
    assert given(referral, *found).state.stage is PoliceStage.NOT_COMPETENT
    given(referral, *found).when(FORWARD, **HERE).then(FORWARDED)
    given(referral, *found).when(DENY, **HERE).refused(Refusal.JURISDICTION_DENIED_ALREADY)


def test_a_case_is_not_passed_on_before_it_was_found_to_be_of_others() -> None:
    found = (*ACCEPTED, on("2025-05-01 12:00", DENIED))
    given(referral, *found).when(FORWARD, **{**HERE, "at": "2025-05-01 11:59"}).refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_jurisdiction_is_denied_first_when_the_competent_police_are_not_known_yet() -> None:
    after = given(referral, *ACCEPTED).when(DENY, **HERE).then(DENIED)
    assert after.stage is PoliceStage.NOT_COMPETENT


def test_police_that_are_not_competent_decide_nothing() -> None:
    found = (*ACCEPTED, on("2025-05-01 12:00", DENIED))
    given(referral, *found).when(DECIDE_FILING, **HERE).refused(KernelRefusal.WRONG_STAGE, stage="无管辖权")


def test_a_case_is_passed_on_while_materials_are_awaited() -> None:
    waiting = (*ACCEPTED, on("2025-05-01 12:00", DEMANDED))
    given(referral, *waiting).when(FORWARD, **HERE).then(DENIED, FORWARDED)


def test_a_late_forwarding_is_still_a_duty() -> None:
    given(referral, *ACCEPTED).when(FORWARD, **{**HERE, "at": "2025-05-20 09:00"}).then(DENIED, FORWARDED)


@pytest.mark.parametrize("command", [DENY, FORWARD, DECLINE], ids=["deny", "forward", "decline"])
def test_nothing_is_passed_on_before_the_receipt_or_after_the_decision(command: Message) -> None:
    given(referral, *ARRIVED).when(command, **HERE).refused(KernelRefusal.WRONG_STAGE, stage="待签收")
    decided = (*ACCEPTED, on("2025-05-01 12:00", CRIMINAL_CASE))
    given(referral, *decided).when(command, **HERE).refused(KernelRefusal.WRONG_STAGE, stage="已立案")


@pytest.mark.parametrize("command", [DENY, FORWARD, DECLINE], ids=["deny", "forward", "decline"])
def test_nothing_is_passed_on_before_it_was_accepted(command: Message) -> None:
    given(referral, *ACCEPTED).when(command, **{**HERE, "at": "2025-05-01 09:59"}).refused(
        Refusal.ACT_BEFORE_ITS_CAUSE, cause_at="2025-05-01 10:00"
    )


def test_police_do_not_forward_to_themselves_to_a_bureau_or_to_nobody() -> None:
    history = given(referral, *ACCEPTED)
    history.when(but(FORWARD, to_police_id=POLICE.id), **HERE).refused(Refusal.FORWARD_TO_SELF)
    history.when(but(FORWARD, to_police_id=LUXIAN.id), **HERE).refused(Refusal.NOT_POLICE, authority=LUXIAN.id)
    history.when(FORWARD, **{**HERE, "members": MEMBERS}).refused(KernelRefusal.UNKNOWN_AUTHORITY)


def test_a_case_does_not_go_back_to_police_that_denied_it() -> None:
    received = but(REFERRAL_RECEIVED, forwarder_ids=[OTHER_POLICE.id])
    history = given(referral, on("2025-04-30 18:00", received), *ACCEPTED[1:])
    history.when(FORWARD, **HERE).refused(Refusal.FORWARD_BACK, police=OTHER_POLICE.id)


def test_what_is_no_matter_of_the_police_goes_back_with_where_it_belongs() -> None:
    after = given(referral, *ACCEPTED).when(DECLINE, **HERE).then(but(DENIED, reason="系职务犯罪线索"), DECLINED)
    assert after.stage is PoliceStage.DECLINED


def test_the_bureau_gives_the_new_police_its_package_and_their_procuratorate_a_copy() -> None:
    after = (
        given(transfer, *RECEIVED)
        .when(RECORD_FORWARDING, actor=POLICY, members=EVERYBODY)
        .then(POLICE_FORWARDED, REDIRECTED, copy_for(OTHER_PROCURATORATE.id))
    )
    assert (after.stage, after.police_id, after.forwarder_ids) == (Stage.SENT, OTHER_POLICE.id, (POLICE.id,))


def test_supplements_that_were_sent_are_in_the_package_and_open_demands_are_not_asked_again() -> None:
    history = (*RECEIVED, DEMAND_RECORDED, SUPPLEMENTED, DEMAND_RECORDED)
    whole = but(REDIRECTED, material_count=4, materials=[*SENT.materials, OPINION])
    after = (
        given(transfer, *history)
        .when(RECORD_FORWARDING, actor=POLICY, members=EVERYBODY)
        .then(POLICE_FORWARDED, whole, but(copy_for(OTHER_PROCURATORATE.id), material_kinds=[1, 2, 3, 4]))
    )
    assert (after.stage, after.demanded, after.demands) == (Stage.SENT, (), 0)


def test_a_procuratorate_without_a_node_gets_no_copy() -> None:
    members = {key: one for key, one in EVERYBODY.items() if key != OTHER_PROCURATORATE.id}
    given(transfer, *RECEIVED).when(RECORD_FORWARDING, actor=POLICY, members=members).then(POLICE_FORWARDED, REDIRECTED)


@pytest.mark.parametrize("to", [LUXIAN.id, "pt-510000"], ids=["bureau", "platform"])
def test_no_police_can_make_the_bureau_give_its_package_to_anybody_but_police(to: str) -> None:
    given(transfer, *RECEIVED).when(but(RECORD_FORWARDING, to_police_id=to), actor=POLICY, members=EVERYBODY).refused(
        Refusal.NOT_POLICE, authority=to
    )


def test_the_bureau_gives_it_no_police_twice() -> None:
    history = (*RECEIVED, POLICE_FORWARDED, REDIRECTED, but(RECEIPT, police_id=OTHER_POLICE.id))
    back = but(RECORD_FORWARDING, police_id=OTHER_POLICE.id, to_police_id=POLICE.id)
    given(transfer, *history).when(back, actor=POLICY, members=EVERYBODY).refused(Refusal.FORWARD_BACK)
    itself = but(RECORD_FORWARDING, police_id=OTHER_POLICE.id)
    given(transfer, *history).when(itself, actor=POLICY, members=EVERYBODY).refused(Refusal.FORWARD_TO_SELF)


def test_the_new_police_sign_for_themselves_and_the_old_ones_speak_no_more() -> None:
    history = (*RECEIVED, on(PASSED_ON_AT, POLICE_FORWARDED), on(PASSED_ON_AT, REDIRECTED))
    signed = pb.PoliceReceiptRecorded(
        transfer_id=TRANSFER, police_id=OTHER_POLICE.id, referral_id=REFERRAL, case_id=SENT.case_id
    )
    given(transfer, *history).when(but(RECORD_RECEIPT, police_id=OTHER_POLICE.id), actor=POLICY).then(signed)
    given(transfer, *history).when(RECORD_RECEIPT, actor=POLICY).refused(
        Refusal.NOT_ITS_TRANSFER, authority=POLICE.id, expected=OTHER_POLICE.id
    )


def test_the_bureau_hears_that_it_is_no_matter_of_the_police_and_takes_the_case_back() -> None:
    after = given(transfer, *RECEIVED).when(RECORD_DECLINE, actor=POLICY, at=PASSED_ON_AT).then(POLICE_DECLINED)
    assert after.stage is Stage.NOT_ITS_MATTER
    back = (*RECEIVED, on(PASSED_ON_AT, POLICE_DECLINED))
    after = given(transfer, *back).when(RETURN, actor=LEADER, at="2025-05-02 09:00").state
    assert after.stage is Stage.RETURNED
    given(transfer, *back).when(RETURN, actor=LEADER, at="2025-05-01 19:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


@pytest.mark.parametrize("command", [RECORD_FORWARDING, RECORD_DECLINE], ids=["forwarding", "decline"])
@pytest.mark.parametrize(
    ("history", "stage"), [(ON_ITS_WAY, "已移送"), (FILED, "公安机关已立案")], ids=["unsigned", "filed"]
)
def test_police_pass_on_what_they_signed_for_and_have_not_decided(history: Any, stage: str, command: Message) -> None:
    given(transfer, *history).when(command, actor=POLICY, members=EVERYBODY).refused(
        KernelRefusal.WRONG_STAGE, stage=stage
    )
