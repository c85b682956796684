"""T5: the police decide whether to open a criminal case (国务院令第310号 art. 8)."""

import pytest
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.errors import KernelRefusal
from services.transfer.model import Refusal, referral, transfer
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.transfer import Stage
from tests.support.decider import LEADER, POLICY, given, on
from tests.unit.transfer.acts import (
    ACCEPTED,
    ARRIVED,
    AT_POLICE,
    CRIMINAL_CASE,
    DECIDE_FILING,
    DEMAND_RECORDED,
    DEMANDED,
    FILED,
    FILED_AT,
    FILING_RECORDED,
    FILING_REFUSED,
    RECEIVED,
    RECORD_FILING,
    RECORD_REFUSAL,
    REFERRAL,
    REFUSAL_RECORDED,
    REFUSE_FILING,
    RETURN,
    RETURNED,
    file,
)

REFUSED = (*RECEIVED, on(FILED_AT, REFUSAL_RECORDED))


def test_the_police_open_a_criminal_case():
    after = given(referral, *ACCEPTED).when(DECIDE_FILING, at=FILED_AT, **AT_POLICE).then(CRIMINAL_CASE)
    assert after.stage is PoliceStage.FILED


def test_the_police_refuse_with_reasons():
    after = given(referral, *ACCEPTED).when(REFUSE_FILING, at=FILED_AT, **AT_POLICE).then(FILING_REFUSED)
    assert after.stage is PoliceStage.REFUSED


def test_materials_that_are_still_missing_do_not_stop_the_decision():
    waiting = (*ACCEPTED, on("2025-05-01 12:00", DEMANDED))
    given(referral, *waiting).when(DECIDE_FILING, at=FILED_AT, **AT_POLICE).then(CRIMINAL_CASE)


def test_nothing_is_decided_before_the_receipt():
    given(referral, *ARRIVED).when(DECIDE_FILING, at=FILED_AT, **AT_POLICE).refused(KernelRefusal.WRONG_STAGE)


def test_nothing_is_decided_twice():
    decided = (*ACCEPTED, on(FILED_AT, CRIMINAL_CASE))
    given(referral, *decided).when(REFUSE_FILING, at=FILED_AT, **AT_POLICE).refused(
        KernelRefusal.WRONG_STAGE, stage="已立案"
    )


@pytest.mark.parametrize("outcome", [commands.FILING_OUTCOME_FILED, commands.FILING_OUTCOME_REFUSED])
def test_filing_needs_a_number_and_refusing_needs_reasons(outcome):
    bare = commands.DecideFilingRequest(referral_id=REFERRAL, outcome=outcome, notice=file("通知书"))
    given(referral, *ACCEPTED).when(bare, at=FILED_AT, **AT_POLICE).refused(Refusal.FILING_INCOMPLETE)


def test_the_bureau_records_the_filing_notice():
    after = given(transfer, *RECEIVED).when(RECORD_FILING, actor=POLICY, at=FILED_AT).then(FILING_RECORDED)
    assert after.stage is Stage.FILED


def test_a_filing_notice_comes_before_the_supplement_sometimes():
    asked = (*RECEIVED, on("2025-05-01 12:00", DEMAND_RECORDED))
    given(transfer, *asked).when(RECORD_FILING, actor=POLICY, at=FILED_AT).then(FILING_RECORDED)


def test_the_bureau_records_the_refusal_with_its_reasons():
    after = given(transfer, *RECEIVED).when(RECORD_REFUSAL, actor=POLICY, at=FILED_AT).then(REFUSAL_RECORDED)
    assert after.stage is Stage.REFUSED


def test_a_refused_case_returns_when_a_leader_accepts_it():
    after = given(transfer, *REFUSED).when(RETURN, actor=LEADER, at="2025-06-09 09:00").then(RETURNED)
    assert after.stage is Stage.RETURNED


def test_a_case_that_the_police_took_does_not_return_by_itself():
    given(transfer, *FILED).when(RETURN, actor=LEADER, at="2025-06-09 09:00").refused(
        KernelRefusal.WRONG_STAGE, stage="公安机关已立案"
    )


def test_the_decision_is_not_older_than_the_acceptance():
    given(referral, *ACCEPTED).when(DECIDE_FILING, at="2025-05-01 09:59", **AT_POLICE).refused(
        Refusal.ACT_BEFORE_ITS_CAUSE, cause_at="2025-05-01 10:00"
    )


def test_a_case_does_not_return_before_it_was_refused():
    given(transfer, *REFUSED).when(RETURN, actor=LEADER, at="2025-06-06 10:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)
