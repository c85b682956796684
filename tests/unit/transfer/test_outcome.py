"""T10: what becomes of the criminal case, what comes back, and the end (国务院令第310号 arts. 10, 13)."""

from typing import Any, Final

import pytest
from enforcement.transfer.v1 import outcome_pb2 as pb

from services.kernel.errors import KernelRefusal
from services.transfer.model import Refusal, prosecution, referral, transfer
from services.transfer.model.prosecution import Stage as ProsecutionStage
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.transfer import ENDINGS, Stage
from tests.support.decider import LEADER, POLICE, POLICY, PROCURATORATE, YONGCHUAN, ZHAO, given, officer, on
from tests.unit.transfer.acts import (
    ACCEPTED,
    AT_POLICE,
    CHIEF_OF_POLICE,
    CONFIRM,
    CONFIRMATION_RECORDED,
    CONFIRMED,
    CRIMINAL_CASE,
    DELIVERED,
    FILED,
    FILED_AT,
    HAND_OVER,
    HAND_OVER_NOTED,
    INFORM,
    INFORMED,
    NOTE_HAND_OVER,
    OFFICER_OF_POLICE,
    RECEIVED,
    RECORD_CONFIRMATION,
    RECORD_FILING,
    REFERRAL,
    REFUSAL_RECORDED,
    RETURN,
    RETURNED,
    TRANSFER,
    VEHICLE,
    file,
)
from tests.unit.transfer.branches import (
    CLOSE,
    CLOSED,
    CONVICTED,
    NOT_PROSECUTE,
    NOT_PROSECUTED,
    NOTE_OUTCOME,
    OPEN_PROSECUTION,
    OTHER_PROCURATORATE,
    OUTCOME_NOTED,
    PROPERTY_BACK,
    PROSECUTION_OPENED,
    RECORD_OUTCOME,
    RETURN_OF_PROPERTY,
    RETURN_PROPERTY,
    TELL_CONVICTION,
    WITHDRAW,
    WITHDRAWN,
    but,
    outcome_recorded,
    told_outcome,
)

LATER: Final = "2025-12-10 09:00"
AT_JCY: Final[dict[str, Any]] = {
    "authority": PROCURATORATE,
    "officers": (officer("检", authority=PROCURATORATE),),
    "actor": officer("检", authority=PROCURATORATE),
    "at": LATER,
}
OPEN_CASE: Final = (*ACCEPTED, on(FILED_AT, CRIMINAL_CASE))
WITH_PROPERTY: Final = (*OPEN_CASE, on("2025-06-09 16:00", HAND_OVER_NOTED))
TAKEN: Final = (*WITH_PROPERTY, on("2025-06-09 17:00", CONFIRMED))
BOTH: Final = [OFFICER_OF_POLICE.officer_id, CHIEF_OF_POLICE.officer_id]
GIVEN_BACK: Final = pb.PropertyReturned(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id="jt-510521",
    item_count=1,
    items=[VEHICLE],
    record=file("退还笔录"),
    officers=[OFFICER_OF_POLICE, CHIEF_OF_POLICE],
)
TELLERS: Final = {
    pb.TRANSFER_OUTCOME_WITHDRAWN: POLICE,
    **dict.fromkeys(set(ENDINGS) - {pb.TRANSFER_OUTCOME_WITHDRAWN}, PROCURATORATE),
}


def told(outcome: pb.TransferOutcome.ValueType, at: str = "2025-12-02 09:00") -> Any:
    return on(at, outcome_recorded(outcome, TELLERS[outcome]))


# ---- the police --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("history", [OPEN_CASE, WITH_PROPERTY, TAKEN], ids=["filed", "property sent", "property taken"])
def test_the_police_withdraw_an_open_criminal_case(history: Any) -> None:
    after = given(referral, *history).when(WITHDRAW, **AT_POLICE, at=LATER).then(WITHDRAWN)
    assert after.stage is PoliceStage.WITHDRAWN
    ended = given(referral, *history, on(LATER, WITHDRAWN))
    ended.when(WITHDRAW, **AT_POLICE, at=LATER).refused(KernelRefusal.WRONG_STAGE)


def test_nothing_is_withdrawn_that_was_not_opened() -> None:
    given(referral, *ACCEPTED).when(WITHDRAW, **AT_POLICE, at=LATER).refused(KernelRefusal.WRONG_STAGE)
    given(referral, *OPEN_CASE).when(WITHDRAW, **AT_POLICE, at="2025-06-06 10:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_what_the_procuratorate_told_ends_the_case_for_the_police_too() -> None:
    after = given(referral, *TAKEN).when(NOTE_OUTCOME, **AT_POLICE, at=LATER).then(OUTCOME_NOTED)
    assert after.stage is PoliceStage.ENDED
    given(referral, *TAKEN, OUTCOME_NOTED).when(WITHDRAW, **AT_POLICE, at=LATER).refused(KernelRefusal.WRONG_STAGE)


def test_nobody_else_tells_it_and_not_of_a_case_that_was_not_opened() -> None:
    other = but(NOTE_OUTCOME, procuratorate_id=OTHER_PROCURATORATE.id)
    given(referral, *TAKEN).when(other, **AT_POLICE, at=LATER).refused(Refusal.NOT_ITS_TRANSFER)
    given(referral, *ACCEPTED).when(NOTE_OUTCOME, **AT_POLICE, at=LATER).refused(KernelRefusal.WRONG_STAGE)


def test_property_goes_back_by_two_officers_once_and_when_the_case_is_over() -> None:
    back = but(RETURN_PROPERTY, officer_ids=BOTH)
    over = (*TAKEN, on("2025-12-01 09:00", WITHDRAWN))
    given(referral, *over).when(back, **AT_POLICE, at=LATER).then(GIVEN_BACK)
    given(referral, *over, on(LATER, GIVEN_BACK)).when(back, **AT_POLICE, at=LATER).refused(Refusal.NO_PROPERTY_HELD)
    given(referral, *over).when(RETURN_PROPERTY, **AT_POLICE, at=LATER).refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    given(referral, *over).when(back, **AT_POLICE, at="2025-12-01 08:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)
    given(referral, *TAKEN).when(back, **AT_POLICE, at=LATER).refused(KernelRefusal.WRONG_STAGE)
    given(referral, *OPEN_CASE, WITHDRAWN).when(back, **AT_POLICE, at=LATER).refused(Refusal.NO_PROPERTY_HELD)


def test_a_list_that_crosses_with_the_withdrawal_is_noted_and_confirmed_all_the_same() -> None:
    over = (*OPEN_CASE, on("2025-06-09 15:00", WITHDRAWN))
    given(referral, *over).when(NOTE_HAND_OVER, **AT_POLICE, at=LATER).then(HAND_OVER_NOTED)
    given(referral, *over, HAND_OVER_NOTED).when(CONFIRM, **AT_POLICE, at=LATER).then(CONFIRMED)


# ---- the procuratorate -------------------------------------------------------------------------------------------


def test_a_criminal_case_may_come_to_the_procuratorate_because_the_police_filed() -> None:
    given(prosecution).when(OPEN_PROSECUTION, authority=PROCURATORATE, actor=POLICY).then(PROSECUTION_OPENED)


def test_the_procuratorate_does_not_prosecute_and_says_whether_a_penalty_is_needed() -> None:
    after = given(prosecution, PROSECUTION_OPENED).when(NOT_PROSECUTE, **AT_JCY).then(NOT_PROSECUTED)
    assert after.stage is ProsecutionStage.ENDED


def test_the_judgment_is_told_with_its_fine_and_custody() -> None:
    after = given(prosecution, PROSECUTION_OPENED).when(TELL_CONVICTION, **AT_JCY).then(CONVICTED)
    assert after.stage is ProsecutionStage.ENDED


def test_one_end_is_enough_but_conditions_may_fail() -> None:
    ended = given(prosecution, PROSECUTION_OPENED, NOT_PROSECUTED)
    ended.when(TELL_CONVICTION, **AT_JCY).refused(KernelRefusal.WRONG_STAGE)
    ended.when(NOT_PROSECUTE, **AT_JCY).refused(KernelRefusal.WRONG_STAGE)
    conditional = but(NOT_PROSECUTED, ground=pb.NON_PROSECUTION_GROUND_CONDITIONAL)
    given(prosecution, PROSECUTION_OPENED, conditional).when(TELL_CONVICTION, **AT_JCY).then(CONVICTED)


@pytest.mark.parametrize("outcome", [pb.TRANSFER_OUTCOME_EXEMPTED, pb.TRANSFER_OUTCOME_ACQUITTED])
def test_no_fine_and_no_custody_without_a_punishment(outcome: pb.TransferOutcome.ValueType) -> None:
    for change in ({"custody_days": 0}, {"criminal_fine_fen": 0}):
        given(prosecution, PROSECUTION_OPENED).when(but(TELL_CONVICTION, outcome=outcome, **change), **AT_JCY).refused(
            Refusal.JUDGMENT_CONTRADICTS
        )


def test_nothing_is_decided_before_the_police_filed() -> None:
    opened = given(prosecution, on(LATER, PROSECUTION_OPENED))
    for command in (NOT_PROSECUTE, TELL_CONVICTION):
        opened.when(command, **{**AT_JCY, "at": "2025-12-10 08:59"}).refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_a_judgment_is_in_force_from_a_day_that_exists() -> None:
    given(prosecution, PROSECUTION_OPENED).when(but(TELL_CONVICTION, effective_on="2025-02-30"), **AT_JCY).refused(
        KernelRefusal.INVALID_REQUEST
    )


# ---- the bureau --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", list(ENDINGS), ids=lambda outcome: ENDINGS[outcome].name.lower())
@pytest.mark.parametrize(
    "history", [FILED, DELIVERED, (*DELIVERED, CONFIRMATION_RECORDED)], ids=["filed", "sent", "taken"]
)
def test_what_was_told_is_recorded_wherever_the_property_is(
    history: Any, outcome: pb.TransferOutcome.ValueType
) -> None:
    command = told_outcome(outcome, TELLERS[outcome])
    after = given(transfer, *history).when(command, actor=POLICY, at=LATER).then(told(outcome).event)
    assert after.stage is ENDINGS[outcome]


def test_an_outcome_may_arrive_before_the_filing_notice() -> None:
    command = told_outcome(pb.TRANSFER_OUTCOME_ACQUITTED)
    after = given(transfer, *RECEIVED).when(command, actor=POLICY, at=LATER).state
    assert after.stage is Stage.ACQUITTED
    late = (*RECEIVED, told(pb.TRANSFER_OUTCOME_ACQUITTED))
    filed = given(transfer, *late).when(RECORD_FILING, actor=POLICY, at=LATER)
    assert filed.state.stage is Stage.ACQUITTED
    assert [event.moves_nothing for event in filed.events] == [True]  # type: ignore[attr-defined]


def test_a_judgment_outweighs_what_was_told_before_or_after() -> None:
    kinds = (pb.TRANSFER_OUTCOME_CONVICTED, pb.TRANSFER_OUTCOME_WITHDRAWN, pb.TRANSFER_OUTCOME_NON_PROSECUTION)
    for order in (kinds, kinds[::-1]):
        assert given(transfer, *FILED, *(told(kind) for kind in order)).state.stage is Stage.CONVICTED


def test_only_the_police_and_their_procuratorate_tell_an_outcome() -> None:
    for stranger in (YONGCHUAN, OTHER_PROCURATORATE):
        given(transfer, *FILED).when(told_outcome(pb.TRANSFER_OUTCOME_ACQUITTED, stranger), actor=POLICY).refused(
            Refusal.NOT_ITS_TRANSFER
        )


def test_the_team_records_from_a_document_what_no_node_told() -> None:
    recorded = pb.OutcomeRecorded(
        transfer_id=TRANSFER,
        outcome=pb.TRANSFER_OUTCOME_CONVICTED,
        case_id=outcome_recorded(pb.TRANSFER_OUTCOME_CONVICTED).case_id,
        criminal_fine_fen=500_000,
        custody_days=180,
        effective_on="2025-12-01",
        document=file("刑事判决书"),
    )
    given(transfer, *DELIVERED).when(RECORD_OUTCOME, at=LATER).then(recorded)
    given(transfer, *DELIVERED).when(RECORD_OUTCOME, at=LATER, actor=ZHAO).refused(Refusal.NOT_IN_TEAM)
    given(transfer, *RECEIVED).when(RECORD_OUTCOME, at=LATER).refused(KernelRefusal.WRONG_STAGE)
    given(transfer, *DELIVERED, told(pb.TRANSFER_OUTCOME_ACQUITTED)).when(RECORD_OUTCOME, at=LATER).refused(
        Refusal.OUTCOME_TOLD_ALREADY, outcome="法院宣告无罪"
    )
    given(transfer, *DELIVERED).when(but(RECORD_OUTCOME, outcome=pb.TRANSFER_OUTCOME_ACQUITTED), at=LATER).refused(
        Refusal.JUDGMENT_CONTRADICTS
    )
    given(transfer, *DELIVERED).when(but(RECORD_OUTCOME, effective_on="2025-02-30"), at=LATER).refused(
        KernelRefusal.INVALID_REQUEST
    )
    given(transfer, *DELIVERED).when(RECORD_OUTCOME, at="2025-06-09 14:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


@pytest.mark.parametrize("outcome", list(ENDINGS), ids=lambda outcome: ENDINGS[outcome].name.lower())
def test_the_case_comes_back_after_every_outcome(outcome: pb.TransferOutcome.ValueType) -> None:
    after = given(transfer, *FILED, told(outcome)).when(RETURN, actor=LEADER, at=LATER).then(RETURNED)
    assert after.stage is Stage.RETURNED


def test_a_case_does_not_come_back_before_its_end_was_known() -> None:
    ended = (*FILED, told(pb.TRANSFER_OUTCOME_ACQUITTED))
    given(transfer, *ended).when(RETURN, actor=LEADER, at="2025-12-02 08:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_a_case_that_came_back_after_its_end_stays_back_when_the_filing_notice_comes_late() -> None:
    back = (*RECEIVED, told(pb.TRANSFER_OUTCOME_WITHDRAWN), on("2025-12-03 09:00", RETURNED))
    assert given(transfer, *back).when(RECORD_FILING, actor=POLICY, at=LATER).state.stage is Stage.RETURNED


def test_property_that_comes_back_is_recorded_from_the_police_that_had_it() -> None:
    over = (*DELIVERED, told(pb.TRANSFER_OUTCOME_WITHDRAWN))
    given(transfer, *over).when(RETURN_OF_PROPERTY, actor=POLICY, at=LATER).then(PROPERTY_BACK)
    other = but(RETURN_OF_PROPERTY, police_id="ga-500118")
    given(transfer, *over).when(other, actor=POLICY, at=LATER).refused(Refusal.NOT_ITS_TRANSFER)
    given(transfer, *FILED).when(RETURN_OF_PROPERTY, actor=POLICY, at=LATER).refused(KernelRefusal.WRONG_STAGE)


def test_the_confirmation_and_the_letter_to_the_party_follow_the_hand_over_whatever_happened_since() -> None:
    over = (*DELIVERED, told(pb.TRANSFER_OUTCOME_WITHDRAWN))
    given(transfer, *over).when(RECORD_CONFIRMATION, actor=POLICY, at=LATER).then(CONFIRMATION_RECORDED)
    given(transfer, *over).when(INFORM, at=LATER).then(INFORMED)


def test_nothing_is_handed_over_once_the_criminal_case_has_ended() -> None:
    over = (*FILED, told(pb.TRANSFER_OUTCOME_WITHDRAWN))
    given(transfer, *over).when(HAND_OVER, at=LATER).refused(KernelRefusal.WRONG_STAGE, stage="公安机关撤销案件")


def test_a_conviction_or_a_return_closes_the_transfer_and_the_party_was_told_before() -> None:
    convicted = (*DELIVERED, told(pb.TRANSFER_OUTCOME_CONVICTED))
    given(transfer, *convicted).when(CLOSE, actor=LEADER, at=LATER).refused(Refusal.PARTY_NOT_INFORMED)
    after = given(transfer, *convicted, on("2025-12-03 09:00", INFORMED)).when(CLOSE, actor=LEADER, at=LATER)
    assert after.then(CLOSED).stage is Stage.CLOSED
    refused = (*RECEIVED, on("2025-06-06 11:00", REFUSAL_RECORDED), on("2025-06-07 09:00", RETURNED))
    given(transfer, *refused).when(CLOSE, actor=LEADER, at="2025-06-07 08:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)
    given(transfer, *refused).when(CLOSE, actor=LEADER, at=LATER).then(
        but(CLOSED, outcome=pb.TRANSFER_OUTCOME_UNSPECIFIED)
    )


@pytest.mark.parametrize(
    "history",
    [
        RECEIVED,
        FILED,
        (*FILED, told(pb.TRANSFER_OUTCOME_NON_PROSECUTION)),
        (*FILED, told(pb.TRANSFER_OUTCOME_WITHDRAWN)),
    ],
    ids=["received", "filed", "not prosecuted", "withdrawn"],
)
def test_nothing_closes_that_must_first_come_back_or_is_open(history: Any) -> None:
    given(transfer, *history).when(CLOSE, actor=LEADER, at=LATER).refused(KernelRefusal.WRONG_STAGE)
