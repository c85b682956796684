"""T7: the procuratorate supervises police that open no criminal case (国务院令第310号 art. 9)."""

from datetime import timedelta
from typing import Any, Final

import pytest
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as pb

from services.kernel.errors import KernelRefusal
from services.transfer.model import Refusal, referral, supervision, transfer
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.supervision import Stage as SupervisionStage
from services.transfer.model.transfer import Stage
from tests.support.decider import POLICE, POLICY, PROCURATORATE, ZHAO, given, instant, officer, on, uid
from tests.unit.transfer.acts import (
    ACCEPTED,
    ARRIVED,
    AT_POLICE,
    CRIMINAL_CASE,
    DECIDE_FILING,
    FILED,
    FILING_RECORDED,
    FILING_REFUSED,
    OFFICER_OF_POLICE,
    ON_ITS_WAY,
    RECEIVED,
    RECORD_FILING,
    RECORD_REFUSAL,
    REFUSAL_RECORDED,
    REFUSE_FILING,
    RETURNED,
    SIGN,
    SIGNED,
    TRANSFER,
)
from tests.unit.transfer.branches import (
    ASK,
    ASKED,
    ASKED_RECEIVED,
    ASKED_RECEIVED_RECORDED,
    DECLINED,
    END,
    ENDED,
    FORWARDED,
    MAINTAINED_RECORDED,
    NOTE_ASKED,
    NOTE_ORDER,
    NOTE_UPHELD,
    OPEN_SUPERVISION,
    ORDER,
    ORDER_RECEIVED,
    ORDERED,
    OTHER_POLICE,
    OWN_SUPERVISION,
    POLICE_FORWARDED,
    REASONS_RECORDED,
    RECEIVE_SUGGESTION,
    RECONSIDER,
    RECONSIDERATION_REQUESTED,
    RECORD_ASKED_RECEIVED,
    RECORD_REASONS,
    STATE,
    SUGGEST,
    SUGGESTED,
    SUGGESTED_SUPERVISION,
    SUGGESTION_RECEIVED,
    UPHELD,
    UPHELD_RECEIVED,
    UPHOLD,
    but,
    moot,
    recorded,
    stated,
    told,
)
from tests.unit.transfer.test_forwarding import REDIRECTED
from tests.unit.transfer.walks import EVERYBODY

PROSECUTOR: Final = officer("检", authority=PROCURATORATE)
AT_JCY: Final[dict[str, Any]] = {"authority": PROCURATORATE, "officers": (PROSECUTOR,), "actor": PROSECUTOR}
REFUSED: Final = (*RECEIVED, on("2025-06-06 11:00", REFUSAL_RECORDED))
KEPT: Final = (
    *REFUSED,
    on("2025-06-09 09:00", RECONSIDERATION_REQUESTED),
    on("2025-06-12 09:00", MAINTAINED_RECORDED),
)
LONGER: Final = reconsideration.PoliceExtensionRecorded(
    transfer_id=TRANSFER, police_id=POLICE.id, ground=reconsideration.EXTENSION_GROUND_COMPLICATED, days=7
)
SUPERVISED: Final = (*REFUSED, on("2025-06-09 09:00", SUGGESTED))
AT_THE_POLICE: Final = (*ACCEPTED, on("2025-06-06 10:00", FILING_REFUSED))
QUESTIONED: Final = (*AT_THE_POLICE, on("2025-06-10 10:00", ASKED_RECEIVED))
LATER: Final[dict[str, Any]] = {**AT_POLICE, "at": "2025-06-11 09:00"}
OPENED: Final = (on("2025-06-09 10:00", SUGGESTION_RECEIVED), on("2025-06-09 10:00", SUGGESTED_SUPERVISION))
ASKING: Final = (*OPENED, on("2025-06-10 09:00", ASKED), on("2025-06-10 10:00", ASKED_RECEIVED_RECORDED))
ANSWERED: Final = (*ASKING, on("2025-06-12 09:00", REASONS_RECORDED))


# ---- the bureau suggests -----------------------------------------------------------------------------------------


def test_the_bureau_suggests_within_three_days_of_the_refusal() -> None:
    after = given(transfer, *REFUSED).when(SUGGEST, at="2025-06-09 23:59:59").then(SUGGESTED)
    assert after.stage is Stage.SUPERVISION
    given(transfer, *REFUSED).when(SUGGEST, at="2025-06-10 00:00").refused(
        Refusal.SUPERVISION_SUGGESTION_LATE, until="2025-06-10 00:00"
    )


def test_or_within_three_days_of_the_decision_on_reconsideration() -> None:
    given(transfer, *KEPT).when(SUGGEST, at="2025-06-16 23:59:59").then(SUGGESTED)  # 15 June is a Sunday
    given(transfer, *KEPT).when(SUGGEST, at="2025-06-17 00:00").refused(Refusal.SUPERVISION_SUGGESTION_LATE)


def test_a_refusal_that_was_upheld_of_the_procuratorates_own_motion_takes_the_right_away_no_more() -> None:
    step = recorded(pb.SUPERVISION_STEP_UPHELD, pb.NON_FILING_REFUSED)
    given(transfer, *REFUSED, step).when(SUGGEST, at="2025-06-09 09:00").then(SUGGESTED)
    given(transfer, *SUPERVISED, step).when(SUGGEST, at="2025-06-09 09:00").refused(KernelRefusal.WRONG_STAGE)


def test_what_is_told_of_police_that_had_the_case_before_is_not_told_of_the_case() -> None:
    forwarded = (*RECEIVED, POLICE_FORWARDED, REDIRECTED)
    step = told(pb.SUPERVISION_STEP_ORDERED)
    kept = but(recorded(pb.SUPERVISION_STEP_ORDERED), case_id="")
    after = given(transfer, *forwarded).when(step, actor=POLICY, members=EVERYBODY).then(kept)
    assert after.stage is Stage.SENT


def test_the_team_suggests_and_not_while_the_police_reconsider() -> None:
    given(transfer, *REFUSED).when(SUGGEST, at="2025-06-09 09:00", actor=ZHAO).refused(Refusal.NOT_IN_TEAM)
    given(transfer, *KEPT[:-1]).when(SUGGEST, at="2025-06-09 10:00").refused(KernelRefusal.WRONG_STAGE)
    given(transfer, *FILED).when(SUGGEST, at="2025-06-09 10:00").refused(KernelRefusal.WRONG_STAGE)
    given(transfer, *REFUSED).when(SUGGEST, at="2025-06-06 10:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


@pytest.mark.parametrize(
    ("history", "until"),
    [
        (ON_ITS_WAY, "2025-05-07 00:00"),  # a working day: 1 to 5 May are days off
        (RECEIVED, "2025-05-07 00:00"),
        ((*RECEIVED, on("2025-05-03 09:00", LONGER)), "2025-05-13 00:00"),
    ],
    ids=["no receipt", "no decision", "no decision though they took longer"],
)
def test_police_that_are_silent_are_brought_to_supervision_once_their_time_is_over(history: Any, until: str) -> None:
    given(transfer, *history).when(SUGGEST, at=instant(until) - timedelta(seconds=1)).refused(
        Refusal.POLICE_TIME_NOT_OVER, until=until
    )
    [suggested] = given(transfer, *history).when(SUGGEST, at=until).events
    before = given(transfer, *history).state
    assert suggested == but(SUGGESTED, referral_id=before.referral_id)
    after = given(transfer, *history, on(until, suggested)).state
    assert after.stage is before.stage  # the police may still sign, and decide
    given(transfer, *history, on(until, suggested)).when(SUGGEST, at="2025-06-09 09:00").refused(
        KernelRefusal.WRONG_STAGE
    )


def test_what_was_suggested_for_their_silence_takes_no_right_of_a_refusal_away() -> None:
    silent = (*RECEIVED, on("2025-05-09 09:00", SUGGESTED), on("2025-06-06 11:00", REFUSAL_RECORDED))
    assert given(transfer, *silent).state.stage is Stage.SUPERVISION
    assert given(transfer, *silent).when(RECONSIDER, at="2025-06-09 09:00").then(RECONSIDERATION_REQUESTED)
    step = recorded(pb.SUPERVISION_STEP_UPHELD, pb.NON_FILING_UNDECIDED)
    given(transfer, *silent, step).when(SUGGEST, at="2025-06-09 09:00").then(SUGGESTED)


def test_police_that_have_not_signed_state_why() -> None:
    asked = (*ARRIVED, on("2025-05-09 09:00", ASKED_RECEIVED))
    [reasons] = given(referral, *asked).when(STATE, **LATER).events
    assert reasons.about == pb.NON_FILING_UNDECIDED  # type: ignore[attr-defined]


def test_it_suggests_once_and_beside_what_the_procuratorate_began_of_itself() -> None:
    given(transfer, *SUPERVISED).when(SUGGEST, at="2025-06-09 10:00").refused(KernelRefusal.WRONG_STAGE)
    begun = (*REFUSED, on("2025-06-07 09:00", recorded(pb.SUPERVISION_STEP_OPENED)))
    given(transfer, *begun).when(SUGGEST, at="2025-06-09 10:00").then(SUGGESTED)


def test_nothing_is_suggested_to_a_procuratorate_that_would_never_get_it() -> None:
    """Nobody could end a supervision that nobody has; one without a node is a member, without keys."""
    members = {key: one for key, one in EVERYBODY.items() if key != PROCURATORATE.id}
    given(transfer, *REFUSED).when(SUGGEST, at="2025-06-09 09:00", members=members).refused(
        Refusal.SUPERVISOR_NOT_A_MEMBER, procuratorate=PROCURATORATE.id
    )


@pytest.mark.parametrize(
    ("step", "stage"),
    [
        (pb.SUPERVISION_STEP_OPENED, Stage.SUPERVISION),
        (pb.SUPERVISION_STEP_REASONS_ASKED, Stage.SUPERVISION),
        (pb.SUPERVISION_STEP_REASONS_STATED, Stage.SUPERVISION),
        (pb.SUPERVISION_STEP_UPHELD, Stage.UPHELD),
        (pb.SUPERVISION_STEP_ORDERED, Stage.ORDERED_TO_FILE),
        (pb.SUPERVISION_STEP_ENDED, Stage.REFUSED),
    ],
)
def test_the_bureau_is_told_each_step(step: pb.SupervisionStep.ValueType, stage: Stage) -> None:
    about = pb.NON_FILING_REFUSED
    noted = but(recorded(step, about), leaves_to_bureau=step == pb.SUPERVISION_STEP_UPHELD)
    after = given(transfer, *SUPERVISED).when(told(step, about), actor=POLICY).then(noted)
    assert after.stage is stage


def test_only_the_procuratorate_of_the_polices_level_tells_it_and_only_of_these_police() -> None:
    step = told(pb.SUPERVISION_STEP_ORDERED)
    given(transfer, *SUPERVISED).when(but(step, procuratorate_id="jcy-500118"), actor=POLICY).refused(
        Refusal.NOT_ITS_TRANSFER, expected=PROCURATORATE.id
    )
    given(transfer, *SUPERVISED).when(but(step, police_id=OTHER_POLICE.id), actor=POLICY, members=EVERYBODY).refused(
        Refusal.NOT_ITS_TRANSFER, expected=POLICE.id
    )


def test_reasons_for_not_having_decided_do_not_uphold_a_refusal() -> None:
    step = told(pb.SUPERVISION_STEP_UPHELD, pb.NON_FILING_UNDECIDED)
    noted = recorded(pb.SUPERVISION_STEP_UPHELD, pb.NON_FILING_UNDECIDED)
    assert given(transfer, *RECEIVED).when(step, actor=POLICY).then(noted).stage is Stage.RECEIVED
    after = given(transfer, *SUPERVISED).when(step, actor=POLICY).then(but(noted, leaves_to_bureau=True))
    assert after.stage is Stage.REFUSED


def test_reasons_that_hold_leave_a_case_that_the_police_reconsider_with_them() -> None:
    step = told(pb.SUPERVISION_STEP_UPHELD, pb.NON_FILING_UNDECIDED)
    asked = (*REFUSED, recorded(pb.SUPERVISION_STEP_OPENED), on("2025-06-09 09:00", RECONSIDERATION_REQUESTED))
    noted = recorded(pb.SUPERVISION_STEP_UPHELD, pb.NON_FILING_UNDECIDED)
    assert given(transfer, *asked).when(step, actor=POLICY).then(noted).stage is Stage.RECONSIDERING


def test_an_order_that_arrives_before_the_refusal_outweighs_it() -> None:
    ordered = (*RECEIVED, recorded(pb.SUPERVISION_STEP_ORDERED))
    assert given(transfer, *ordered).state.stage is Stage.ORDERED_TO_FILE
    after = given(transfer, *ordered).when(RECORD_REFUSAL, actor=POLICY).then(but(REFUSAL_RECORDED, moves_nothing=True))
    assert after.stage is Stage.ORDERED_TO_FILE


def test_an_order_wakes_a_case_that_came_back_and_the_filing_follows() -> None:
    back = (*REFUSED, on("2025-06-07 09:00", RETURNED), recorded(pb.SUPERVISION_STEP_ORDERED))
    assert given(transfer, *back).state.stage is Stage.ORDERED_TO_FILE
    after = given(transfer, *back).when(RECORD_FILING, actor=POLICY, at="2025-06-20 09:00").then(FILING_RECORDED)
    assert after.stage is Stage.FILED


def test_an_order_that_arrives_after_the_filing_changes_nothing() -> None:
    step = told(pb.SUPERVISION_STEP_ORDERED)
    assert given(transfer, *FILED).when(step, actor=POLICY).state.stage is Stage.FILED


# ---- the procuratorate -------------------------------------------------------------------------------------------


def test_a_suggestion_opens_a_supervision() -> None:
    after = given(supervision).when(RECEIVE_SUGGESTION, authority=PROCURATORATE, actor=POLICY)
    assert after.then(SUGGESTION_RECEIVED, SUGGESTED_SUPERVISION).stage is SupervisionStage.OPEN


def test_a_suggestion_joins_what_is_open_and_opens_again_what_was_upheld() -> None:
    here: dict[str, Any] = {"authority": PROCURATORATE, "actor": POLICY}
    given(supervision, OWN_SUPERVISION).when(RECEIVE_SUGGESTION, **here).then(SUGGESTION_RECEIVED)
    given(supervision, *ANSWERED, ORDERED).when(RECEIVE_SUGGESTION, **here).then(SUGGESTION_RECEIVED)
    again = given(supervision, *ANSWERED, UPHELD).when(RECEIVE_SUGGESTION, **here)
    assert again.then(SUGGESTION_RECEIVED, SUGGESTED_SUPERVISION).stage is SupervisionStage.OPEN


def test_a_prosecutor_opens_one_without_a_suggestion_over_the_police_of_the_same_level() -> None:
    after = given(supervision).when(OPEN_SUPERVISION, **AT_JCY).then(OWN_SUPERVISION)
    assert after.stage is SupervisionStage.OPEN
    given(supervision).when(but(OPEN_SUPERVISION, police_id=OTHER_POLICE.id), **AT_JCY).refused(
        Refusal.NOT_ITS_TRANSFER, expected=POLICE.id
    )
    given(supervision).when(but(OPEN_SUPERVISION, supervision_id=uid("other")), **AT_JCY).refused(
        KernelRefusal.NOT_FOUND
    )
    given(supervision, OWN_SUPERVISION).when(OPEN_SUPERVISION, **AT_JCY).refused(KernelRefusal.WRONG_STAGE)
    again = given(supervision, *ANSWERED, on("2025-06-13 09:00", UPHELD))
    again.when(OPEN_SUPERVISION, **AT_JCY, at="2025-06-14 09:00").then(OWN_SUPERVISION)
    again.when(OPEN_SUPERVISION, **AT_JCY, at="2025-06-13 08:59").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_the_police_are_asked_once() -> None:
    assert given(supervision, *OPENED).when(ASK, **AT_JCY, at="2025-06-10 09:00").then(ASKED).stage == "已要求说明理由"
    given(supervision, *ASKING).when(ASK, **AT_JCY, at="2025-06-10 12:00").refused(KernelRefusal.WRONG_STAGE)
    given(supervision, *OPENED).when(ASK, **AT_JCY, at="2025-06-09 09:00").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_it_is_kept_when_the_question_reached_them_and_what_they_answered() -> None:
    here: dict[str, Any] = {"authority": PROCURATORATE, "actor": POLICY}
    given(supervision, *ASKING[:3]).when(RECORD_ASKED_RECEIVED, **here).then(ASKED_RECEIVED_RECORDED)
    after = given(supervision, *ASKING).when(RECORD_REASONS, **here).then(REASONS_RECORDED)
    assert after.stage is SupervisionStage.REASONS_STATED
    for command in (RECORD_ASKED_RECEIVED, RECORD_REASONS):
        given(supervision, *ASKING).when(but(command, police_id=OTHER_POLICE.id), **here).refused(
            Refusal.NOT_ITS_TRANSFER, expected=POLICE.id
        )


def test_the_reasons_hold_or_the_police_are_told_to_file() -> None:
    at = "2025-06-13 09:00"
    upheld = given(supervision, *ANSWERED).when(UPHOLD, **AT_JCY, at=at).then(UPHELD)
    ordered = given(supervision, *ANSWERED).when(ORDER, **AT_JCY, at=at).then(ORDERED)
    assert (upheld.stage, ordered.stage) == (SupervisionStage.UPHELD, SupervisionStage.ORDERED)
    early = {**AT_JCY, "at": "2025-06-12 08:59"}
    given(supervision, *ANSWERED).when(ORDER, **early).refused(Refusal.ACT_BEFORE_ITS_CAUSE)
    given(supervision, *ANSWERED, on(at, UPHELD)).when(ORDER, **AT_JCY, at="2025-06-14 09:00").refused(
        KernelRefusal.WRONG_STAGE
    )


def test_without_a_statement_nothing_is_upheld_and_nothing_ordered_before_the_seven_days_are_over() -> None:
    history = given(supervision, *ASKING)
    history.when(UPHOLD, **AT_JCY, at="2025-06-18 09:00").refused(Refusal.REASONS_NOT_STATED)
    history.when(ORDER, **AT_JCY, at="2025-06-17 23:59:59").refused(Refusal.REASONS_STILL_DUE, until="2025-06-18 00:00")
    history.when(ORDER, **AT_JCY, at="2025-06-18 00:00").then(ORDERED)


def test_a_question_that_did_not_arrive_runs_out_for_nobody() -> None:
    given(supervision, *ASKING[:3]).when(ORDER, **AT_JCY, at="2025-07-30 09:00").refused(Refusal.REASONS_NOT_STATED)


@pytest.mark.parametrize(
    "history", [OPENED, ASKING, ANSWERED, (*ANSWERED, ORDERED)], ids=["open", "asked", "stated", "ordered"]
)
def test_a_filing_ends_whatever_is_open(history: Any) -> None:
    after = (
        given(supervision, *history).when(END, authority=PROCURATORATE, actor=POLICY, at="2025-06-20 09:00").then(ENDED)
    )
    assert after.stage is SupervisionStage.ENDED


def test_nothing_ends_that_is_not_open_or_about_other_police() -> None:
    here: dict[str, Any] = {"authority": PROCURATORATE, "actor": POLICY}
    given(supervision).when(END, **here).then()
    given(supervision, *ANSWERED, UPHELD).when(END, **here).then()
    given(supervision, *OPENED, ENDED).when(END, **here).then()
    given(supervision, *OPENED).when(but(END, police_id=OTHER_POLICE.id), **here).then()


# ---- the police --------------------------------------------------------------------------------------------------


def test_the_question_starts_the_polices_seven_days_and_the_statement_answers_it() -> None:
    given(referral, *AT_THE_POLICE).when(NOTE_ASKED, **LATER).then(ASKED_RECEIVED)
    given(referral, *QUESTIONED).when(STATE, **LATER).then(stated(pb.NON_FILING_REFUSED))
    answered = (*QUESTIONED, on("2025-06-10 12:00", stated(pb.NON_FILING_REFUSED)))
    given(referral, *answered).when(STATE, **LATER).refused(Refusal.REASONS_NOT_ASKED)
    given(referral, *AT_THE_POLICE).when(STATE, **LATER).refused(Refusal.REASONS_NOT_ASKED)
    early = {**LATER, "at": "2025-06-10 09:59"}
    given(referral, *QUESTIONED).when(STATE, **early).refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_police_that_have_not_decided_say_so() -> None:
    asked = (*ACCEPTED, on("2025-06-10 10:00", ASKED_RECEIVED))
    given(referral, *asked).when(STATE, **LATER).then(stated(pb.NON_FILING_UNDECIDED))


def test_who_said_that_nothing_was_decided_had_decided_nothing_before() -> None:
    answered = (
        *ACCEPTED,
        on("2025-06-10 10:00", ASKED_RECEIVED),
        on("2025-06-10 12:00", stated(pb.NON_FILING_UNDECIDED)),
    )
    given(referral, *answered).when(DECIDE_FILING, **{**LATER, "at": "2025-06-10 11:00"}).refused(
        Refusal.ACT_BEFORE_ITS_CAUSE, cause_at="2025-06-10 12:00"
    )


@pytest.mark.parametrize("command", [NOTE_ASKED, NOTE_ORDER, NOTE_UPHELD], ids=["asked", "order", "upheld"])
def test_only_the_procuratorate_of_their_level_supervises_them(command: Any) -> None:
    given(referral, *AT_THE_POLICE).when(but(command, procuratorate_id="jcy-500118"), **LATER).refused(
        Refusal.NOT_ITS_TRANSFER, expected=PROCURATORATE.id
    )


@pytest.mark.parametrize("command", [NOTE_ASKED, NOTE_ORDER], ids=["asked", "order"])
def test_police_that_filed_or_passed_the_case_on_say_that_it_is_needless(command: Any) -> None:
    filed = (*ACCEPTED, on("2025-06-10 10:00", CRIMINAL_CASE))
    given(referral, *filed).when(command, **LATER).then(moot(filed=True))
    passed = (*ACCEPTED, on("2025-06-10 10:00", FORWARDED))
    given(referral, *passed).when(command, **LATER).then(moot(filed=False))


@pytest.mark.parametrize(
    "history",
    [ACCEPTED, AT_THE_POLICE, QUESTIONED, (*ACCEPTED, on("2025-06-10 10:00", DECLINED))],
    ids=["undecided", "refused", "asked", "declined"],
)
def test_police_that_are_told_to_file_must_file(history: Any) -> None:
    after = given(referral, *history).when(NOTE_ORDER, **LATER).then(ORDER_RECEIVED)
    assert (after.stage, after.asked_by) == (PoliceStage.ORDERED_TO_FILE, "")
    ordered = (*history, on("2025-06-11 09:00", ORDER_RECEIVED))
    then = {**LATER, "at": "2025-06-12 09:00"}
    given(referral, *ordered).when(REFUSE_FILING, **then).refused(Refusal.FILING_ORDERED)
    assert given(referral, *ordered).when(DECIDE_FILING, **then).then(CRIMINAL_CASE).stage is PoliceStage.FILED


def test_reasons_that_hold_are_noted_and_leave_an_undecided_case_undecided() -> None:
    assert given(referral, *QUESTIONED).when(NOTE_UPHELD, **LATER).then(UPHELD_RECEIVED).stage is PoliceStage.UPHELD
    undecided = but(NOTE_UPHELD, about=pb.NON_FILING_UNDECIDED)
    assert given(referral, *ACCEPTED).when(undecided, **LATER).state.stage is PoliceStage.ACCEPTED


def test_an_order_that_arrives_before_the_receipt_was_signed_is_obeyed_after_it() -> None:
    """The bureau knows of no filing by police that never signed for the case."""
    ordered = given(referral, *ARRIVED).when(NOTE_ORDER, **LATER).then(ORDER_RECEIVED)
    assert ordered.stage is PoliceStage.RECEIVED
    history = (*ARRIVED, on("2025-06-11 09:00", ORDER_RECEIVED))
    then = {**LATER, "at": "2025-06-12 09:00"}
    given(referral, *history).when(DECIDE_FILING, **then).refused(KernelRefusal.WRONG_STAGE, stage="待签收")
    signed = given(referral, *history).when(SIGN, **{**then, "actor": OFFICER_OF_POLICE})
    assert signed.then(SIGNED).stage is PoliceStage.ORDERED_TO_FILE
    history += (on("2025-06-12 09:00", SIGNED),)
    given(referral, *history).when(REFUSE_FILING, **then).refused(Refusal.FILING_ORDERED)
    assert given(referral, *history).when(DECIDE_FILING, **then).then(CRIMINAL_CASE).stage is PoliceStage.FILED
