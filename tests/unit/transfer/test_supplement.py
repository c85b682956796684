"""T4a: missing materials are asked for within 24 hours and supplied (公安机关办理刑事案件程序规定 art. 180)."""

import pytest
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.errors import KernelRefusal
from services.transfer.model import Refusal, referral, transfer
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.transfer import Stage
from tests.support.decider import POLICE, POLICY, YONGCHUAN, ZHAO, given, on
from tests.unit.transfer.acts import (
    ACCEPTED,
    ARRIVED,
    AT_POLICE,
    CRIMINAL_CASE,
    DEMAND,
    DEMAND_RECORDED,
    DEMANDED,
    FILED_AT,
    LETTER,
    NOTE_SUPPLEMENT,
    OPINION,
    RECEIVED,
    REFERRAL,
    SUPPLEMENT,
    SUPPLEMENT_NOTED,
    SUPPLEMENTED,
    TRANSFER,
)

ASKED = (*RECEIVED, on("2025-05-01 12:00", DEMAND_RECORDED))
WAITING = (*ACCEPTED, on("2025-05-01 12:00", DEMANDED))


@pytest.mark.parametrize("at", ["2025-05-01 10:00", "2025-05-01 23:59", "2025-05-02 10:00"])
def test_materials_are_asked_for_until_24_hours_after_the_acceptance(at):
    after = given(referral, *ACCEPTED).when(DEMAND, at=at, **AT_POLICE).then(DEMANDED)
    assert after.stage is PoliceStage.SUPPLEMENT_DEMANDED


@pytest.mark.parametrize("at", ["2025-05-02 10:01", "2025-05-06 09:00"])
def test_later_they_are_not_asked_for_any_more(at):
    given(referral, *ACCEPTED).when(DEMAND, at=at, **AT_POLICE).refused(
        Refusal.SUPPLEMENT_DEMAND_LATE, until="2025-05-02 10:00"
    )


def test_nothing_is_asked_for_before_the_acceptance():
    given(referral, *ACCEPTED).when(DEMAND, at="2025-05-01 09:59", **AT_POLICE).refused(Refusal.ACT_BEFORE_ITS_CAUSE)
    given(referral, *ARRIVED).when(DEMAND, at="2025-05-01 10:00", **AT_POLICE).refused(KernelRefusal.WRONG_STAGE)


def test_the_team_supplies_what_is_missing():
    after = given(transfer, *ASKED).when(SUPPLEMENT, at="2025-05-01 13:00").then(SUPPLEMENTED)
    assert after.stage is Stage.RECEIVED


def test_a_supplement_has_every_kind_that_was_asked_for():
    other = commands.SendSupplementRequest(transfer_id=TRANSFER, materials=[LETTER])
    given(transfer, *ASKED).when(other, at="2025-05-01 13:00").refused(
        Refusal.SUPPLEMENT_INCOMPLETE, missing="有关检验报告或者鉴定结论"
    )


def test_nothing_is_supplied_that_nobody_asked_for():
    given(transfer, *RECEIVED).when(SUPPLEMENT).refused(KernelRefusal.WRONG_STAGE, allowed="补充材料中")


def test_nothing_is_supplied_before_it_was_asked_for():
    given(transfer, *ASKED).when(SUPPLEMENT, at="2025-05-01 11:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_only_the_team_supplies():
    given(transfer, *ASKED).when(SUPPLEMENT, actor=ZHAO).refused(Refusal.NOT_IN_TEAM)


def test_the_supplement_joins_the_referral():
    after = given(referral, *WAITING).when(NOTE_SUPPLEMENT, authority=POLICE, actor=POLICY).then(SUPPLEMENT_NOTED)
    assert after.stage is PoliceStage.ACCEPTED


def test_a_supplement_after_the_decision_joins_it_too():
    decided = (*WAITING, on(FILED_AT, CRIMINAL_CASE))
    after = given(referral, *decided).when(NOTE_SUPPLEMENT, authority=POLICE, actor=POLICY).then(SUPPLEMENT_NOTED)
    assert after.stage is PoliceStage.FILED


def test_no_other_bureau_supplies_a_referral():
    other = commands.NoteSupplementRequest(referral_id=REFERRAL, bureau_id=YONGCHUAN.id, materials=[OPINION])
    given(referral, *WAITING).when(other, authority=POLICE, actor=POLICY).refused(
        Refusal.NOT_ITS_TRANSFER, authority="jt-500118", expected="jt-510521"
    )


def test_a_supplement_is_files_not_titles():
    bare = pb.Material(kind=OPINION.kind, title="鉴定意见")
    titled = commands.SendSupplementRequest(transfer_id=TRANSFER, materials=[bare])
    given(transfer, *ASKED).when(titled, at="2025-05-01 13:00").refused(Refusal.MATERIAL_WITHOUT_FILE, title="鉴定意见")
