"""T4: the police receive the referral and sign its receipt; the bureau records it (国务院令第310号 art. 7)."""

import pytest

from services.kernel.errors import KernelRefusal
from services.transfer.model import Refusal, referral, transfer
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.transfer import Stage
from tests.support.decider import POLICE, POLICY, YONGCHUAN, given
from tests.unit.transfer.acts import (
    ACCEPTED,
    ARRIVED,
    AT_POLICE,
    DEMAND_RECORDED,
    FILED,
    ON_ITS_WAY,
    OPEN_REFERRAL,
    READY,
    RECEIPT,
    RECEIVED,
    RECORD_CONFIRMATION,
    RECORD_DEMAND,
    RECORD_FILING,
    RECORD_RECEIPT,
    RECORD_REFUSAL,
    REFERRAL_RECEIVED,
    SENT_AT,
    SIGN,
    SIGNED,
    SIGNED_AT,
)
from tests.unit.transfer.branches import RECORD_DECLINE, RECORD_EXTENSION, RECORD_FORWARDING, RECORD_MAINTAINED


def test_what_a_bureau_sends_is_received_whole():
    given(referral).when(OPEN_REFERRAL, authority=POLICE, actor=POLICY, at=SENT_AT).then(REFERRAL_RECEIVED)


def test_an_officer_of_the_police_signs_the_receipt():
    after = given(referral, *ARRIVED).when(SIGN, at=SIGNED_AT, **AT_POLICE).then(SIGNED)
    assert after.stage is PoliceStage.ACCEPTED


def test_a_receipt_is_signed_once():
    given(referral, *ACCEPTED).when(SIGN, at=SIGNED_AT, **AT_POLICE).refused(
        KernelRefusal.WRONG_STAGE, stage="已受理", allowed="待签收"
    )


def test_the_bureau_records_the_receipt():
    after = given(transfer, *ON_ITS_WAY).when(RECORD_RECEIPT, actor=POLICY, at=SIGNED_AT).then(RECEIPT)
    assert after.stage is Stage.RECEIVED


def test_a_receipt_before_sending_is_refused():
    given(transfer, *READY).when(RECORD_RECEIPT, actor=POLICY, at=SIGNED_AT).refused(Refusal.NOT_ITS_TRANSFER)


@pytest.mark.parametrize(
    ("history", "command"),
    [
        (ON_ITS_WAY, RECORD_RECEIPT),
        (RECEIVED, RECORD_DEMAND),
        (RECEIVED, RECORD_FILING),
        (RECEIVED, RECORD_REFUSAL),
        (RECEIVED, RECORD_CONFIRMATION),
        (RECEIVED, RECORD_FORWARDING),
        (RECEIVED, RECORD_DECLINE),
        (RECEIVED, RECORD_EXTENSION),
        (RECEIVED, RECORD_MAINTAINED),
    ],
    ids=[
        "receipt",
        "demand",
        "filing",
        "refusal",
        "confirmation",
        "forwarding",
        "decline",
        "extension",
        "maintained",
    ],
)
def test_nobody_but_the_police_it_was_sent_to_speaks_for_a_transfer(history, command):
    other = type(command)()
    other.CopyFrom(command)
    other.police_id = YONGCHUAN.id
    given(transfer, *history).when(other, actor=POLICY).refused(
        Refusal.NOT_ITS_TRANSFER, authority="jt-500118", expected="ga-510521"
    )


def test_a_demand_after_the_receipt_opens_the_supplement():
    after = given(transfer, *RECEIVED).when(RECORD_DEMAND, actor=POLICY).then(DEMAND_RECORDED)
    assert after.stage is Stage.SUPPLEMENTING


@pytest.mark.parametrize(
    ("history", "command", "stage"),
    [
        (RECEIVED, RECORD_RECEIPT, "公安机关已受理"),
        (ON_ITS_WAY, RECORD_DEMAND, "已移送"),
        (ON_ITS_WAY, RECORD_FILING, "已移送"),
        (ON_ITS_WAY, RECORD_REFUSAL, "已移送"),
        (FILED, RECORD_DEMAND, "公安机关已立案"),
        (FILED, RECORD_REFUSAL, "公安机关已立案"),
        (FILED, RECORD_CONFIRMATION, "公安机关已立案"),
    ],
)
def test_what_the_police_sign_is_recorded_in_its_turn(history, command, stage):
    given(transfer, *history).when(command, actor=POLICY).refused(KernelRefusal.WRONG_STAGE, stage=stage)
