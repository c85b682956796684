"""T6: the bureau asks the police to reconsider (国务院令第310号 art. 9; 公安机关办理刑事案件程序规定 art. 181)."""

from datetime import date
from typing import Any

import pytest
from enforcement.transfer.v1 import service_pb2 as commands
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.deadlines import NoCalendar
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from services.transfer.model import Refusal, referral, transfer
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.transfer import Stage
from tests.support.decider import LEADER, POLICY, YONGCHUAN, ZHAO, given, on
from tests.unit.transfer.acts import (
    ACCEPTED,
    AT_POLICE,
    CRIMINAL_CASE,
    FILED,
    FILING_RECORDED,
    FILING_REFUSED,
    RECEIVED,
    RECORD_FILING,
    REFERRAL,
    REFUSAL_RECORDED,
    RETURN,
    RETURNED,
    file,
)
from tests.unit.transfer.branches import (
    FILE_AFTER_ALL,
    MAINTAIN,
    MAINTAINED,
    MAINTAINED_RECORDED,
    ORDER_RECEIVED,
    RECEIVE_RECONSIDERATION,
    RECONSIDER,
    RECONSIDERATION_RECEIVED,
    RECONSIDERATION_REQUESTED,
    RECORD_MAINTAINED,
    SUGGESTED,
    UPHELD_RECEIVED,
    but,
    recorded,
)

FRIDAY = "2025-06-06 11:00"
"""The refusal arrives; three days end on Monday 9 June, working days on Wednesday 11 June."""
REFUSED = (*RECEIVED, on(FRIDAY, REFUSAL_RECORDED))
ASKED = (*REFUSED, on("2025-06-09 09:00", RECONSIDERATION_REQUESTED))
AT_THE_POLICE = (*ACCEPTED, on("2025-06-06 10:00", FILING_REFUSED))
RECONSIDERING = (*AT_THE_POLICE, on("2025-06-09 10:00", RECONSIDERATION_RECEIVED))
WORKING = Rules({"o310_days": ((date(2025, 1, 1), "working"),)})
LATER: dict[str, Any] = {**AT_POLICE, "at": "2025-06-10 09:00"}


def test_the_bureau_asks_until_the_last_second_of_the_third_day() -> None:
    history = given(transfer, *REFUSED)
    after = history.when(RECONSIDER, at="2025-06-09 23:59:59").then(RECONSIDERATION_REQUESTED)
    assert after.stage is Stage.RECONSIDERING
    history.when(RECONSIDER, at="2025-06-10 00:00").refused(Refusal.RECONSIDERATION_LATE, until="2025-06-10 00:00")


def test_with_working_days_the_weekend_does_not_count() -> None:
    history = given(transfer, *REFUSED)
    history.when(RECONSIDER, at="2025-06-11 23:59:59", rules=WORKING).then(RECONSIDERATION_REQUESTED)
    history.when(RECONSIDER, at="2025-06-12 00:00", rules=WORKING).refused(Refusal.RECONSIDERATION_LATE)


def test_a_year_without_a_notice_of_holidays_takes_no_right_away() -> None:
    unknown = (*RECEIVED, on("2034-12-30 11:00", REFUSAL_RECORDED))
    history = given(transfer, *unknown)
    history.when(RECONSIDER, at="2034-12-31 09:00").then(RECONSIDERATION_REQUESTED)
    with pytest.raises(NoCalendar, match="2035"):
        history.when(RECONSIDER, at="2035-01-05 09:00")


def test_the_team_asks_and_nobody_else() -> None:
    given(transfer, *REFUSED).when(RECONSIDER, at="2025-06-09 09:00", actor=ZHAO).refused(Refusal.NOT_IN_TEAM)


def test_nothing_is_reconsidered_that_was_not_refused() -> None:
    given(transfer, *RECEIVED).when(RECONSIDER, at="2025-06-09 09:00").refused(KernelRefusal.WRONG_STAGE)
    given(transfer, *FILED).when(RECONSIDER, at="2025-06-09 09:00").refused(KernelRefusal.WRONG_STAGE)
    given(transfer, *REFUSED).when(RECONSIDER, at="2025-06-06 10:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_a_refusal_is_reconsidered_once() -> None:
    given(transfer, *ASKED).when(RECONSIDER, at="2025-06-09 10:00").refused(Refusal.RECONSIDERED_ALREADY)
    kept = (*ASKED, on("2025-06-09 12:00", MAINTAINED_RECORDED))
    given(transfer, *kept).when(RECONSIDER, at="2025-06-09 13:00").refused(Refusal.RECONSIDERED_ALREADY)


def test_whoever_suggested_a_supervision_waits_for_it() -> None:
    suggested = (*REFUSED, on("2025-06-07 09:00", SUGGESTED))
    given(transfer, *suggested).when(RECONSIDER, at="2025-06-08 09:00").refused(
        KernelRefusal.WRONG_STAGE, stage="检察机关立案监督中"
    )


@pytest.mark.parametrize("step", [supervision.SUPERVISION_STEP_OPENED, supervision.SUPERVISION_STEP_UPHELD])
def test_what_the_procuratorate_does_of_itself_takes_no_right_away(step: supervision.SupervisionStep.ValueType) -> None:
    told = (*REFUSED, on("2025-06-07 09:00", recorded(step, supervision.NON_FILING_REFUSED)))
    given(transfer, *told).when(RECONSIDER, at="2025-06-08 09:00").then(RECONSIDERATION_REQUESTED)


def test_the_request_starts_the_polices_time_when_it_arrives() -> None:
    after = given(referral, *AT_THE_POLICE).when(RECEIVE_RECONSIDERATION, **LATER).then(RECONSIDERATION_RECEIVED)
    assert after.stage is PoliceStage.RECONSIDERING


def test_only_the_bureau_of_the_transfer_asks() -> None:
    stranger = but(RECEIVE_RECONSIDERATION, bureau_id=YONGCHUAN.id)
    given(referral, *AT_THE_POLICE).when(stranger, **LATER).refused(Refusal.NOT_ITS_TRANSFER)


def test_a_request_that_crosses_with_an_order_or_a_filing_starts_nothing() -> None:
    ordered = (*AT_THE_POLICE, on("2025-06-09 10:00", ORDER_RECEIVED))
    given(referral, *ordered).when(RECEIVE_RECONSIDERATION, **LATER).then()
    filed = (*ordered, on("2025-06-09 11:00", CRIMINAL_CASE))
    given(referral, *filed).when(RECEIVE_RECONSIDERATION, **LATER).then()


def test_reasons_that_the_procuratorate_found_good_are_reconsidered_all_the_same() -> None:
    upheld = (*AT_THE_POLICE, on("2025-06-09 10:00", UPHELD_RECEIVED))
    after = given(referral, *upheld).when(RECEIVE_RECONSIDERATION, **LATER).then(RECONSIDERATION_RECEIVED)
    assert after.stage is PoliceStage.RECONSIDERING


def test_an_undecided_referral_is_not_reconsidered() -> None:
    given(referral, *ACCEPTED).when(RECEIVE_RECONSIDERATION, **LATER).refused(KernelRefusal.WRONG_STAGE)


def test_the_police_file_after_all() -> None:
    after = given(referral, *RECONSIDERING).when(FILE_AFTER_ALL, **LATER).then(CRIMINAL_CASE)
    assert after.stage is PoliceStage.FILED


def test_the_police_keep_to_their_refusal_with_reasons() -> None:
    after = given(referral, *RECONSIDERING).when(MAINTAIN, **LATER).then(MAINTAINED)
    assert after.stage is PoliceStage.REFUSED_FINAL


@pytest.mark.parametrize("outcome", [commands.FILING_OUTCOME_FILED, commands.FILING_OUTCOME_REFUSED])
def test_the_decision_needs_a_number_or_reasons(outcome: commands.FilingOutcome.ValueType) -> None:
    bare = commands.DecideReconsiderationRequest(referral_id=REFERRAL, outcome=outcome, notice=file("决定书"))
    given(referral, *RECONSIDERING).when(bare, **LATER).refused(Refusal.FILING_INCOMPLETE)


def test_nothing_is_decided_that_nobody_asked_for_and_nothing_twice() -> None:
    given(referral, *AT_THE_POLICE).when(MAINTAIN, **LATER).refused(KernelRefusal.WRONG_STAGE)
    kept = (*RECONSIDERING, on("2025-06-09 12:00", MAINTAINED))
    given(referral, *kept).when(FILE_AFTER_ALL, **LATER).refused(KernelRefusal.WRONG_STAGE)
    early = {**LATER, "at": "2025-06-09 09:59"}
    given(referral, *RECONSIDERING).when(MAINTAIN, **early).refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_the_bureau_records_what_became_of_its_request() -> None:
    kept = (
        given(transfer, *ASKED).when(RECORD_MAINTAINED, actor=POLICY, at="2025-06-10 09:00").then(MAINTAINED_RECORDED)
    )
    assert kept.stage is Stage.REFUSED_FINAL
    filed = given(transfer, *ASKED).when(RECORD_FILING, actor=POLICY, at="2025-06-10 09:00").then(FILING_RECORDED)
    assert filed.stage is Stage.FILED


def test_a_decision_that_was_not_asked_for_is_refused() -> None:
    given(transfer, *REFUSED).when(RECORD_MAINTAINED, actor=POLICY, at="2025-06-10 09:00").refused(
        KernelRefusal.WRONG_STAGE, stage="公安机关不予立案"
    )


def test_a_refusal_that_was_kept_may_be_accepted() -> None:
    kept = (*ASKED, on("2025-06-10 09:00", MAINTAINED_RECORDED))
    after = given(transfer, *kept).when(RETURN, actor=LEADER, at="2025-06-11 09:00").then(RETURNED)
    assert after.stage is Stage.RETURNED
    given(transfer, *ASKED).when(RETURN, actor=LEADER, at="2025-06-09 10:00").refused(
        KernelRefusal.WRONG_STAGE, stage="公安机关复议中"
    )
