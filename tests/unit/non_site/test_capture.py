"""Records of devices (行政处罚法 art. 41): recorded once, checked, reviewed, told, heard, and only then evidence."""

from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.non_site.v1 import capture_pb2 as pb
from enforcement.non_site.v1 import device_pb2 as devices
from enforcement.non_site.v1 import service_pb2 as commands
from google.protobuf.message import Message
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.kernel.errors import KernelRefusal
from services.kernel.identity import Actor
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from services.non_site.model import Refusal, capture
from services.non_site.model.capture import Stage
from services.non_site.model.check import check
from tests.support.decider import LI, NOON, SUSPENDED, given, instant, on, uid
from tests.unit.non_site.acts import (
    ADDRESSES,
    CAPTURE,
    CAPTURED,
    CONCEDED,
    CONTESTED,
    DEVICE,
    DRIVER,
    NOTIFIED,
    PICTURES,
    RECORD,
    REGISTERED,
    REVIEWED,
    TOLD,
    TRUCK,
    WORKING,
    checked,
    found,
    measured,
    record,
    recorded,
)

SCALE = Actor(DEVICE, "device")
PORTAL = Actor("portal", "portal")


def review(**changes: Any) -> commands.ReviewCaptureRequest:
    fields: dict[str, Any] = {
        "capture_id": CAPTURE,
        "accepted": True,
        "is_true": True,
        "clear": True,
        "complete": True,
        "accurate": True,
    }
    return commands.ReviewCaptureRequest(**(fields | changes))


def notify(**changes: Any) -> commands.NotifyPartyRequest:
    fields: dict[str, Any] = {"capture_id": CAPTURE, "party": DRIVER, "ways": [pb.CONTACT_WAY_MESSAGE]} | ADDRESSES
    return commands.NotifyPartyRequest(**(fields | changes))


def contest(**changes: Any) -> commands.ContestCaptureRequest:
    fields: dict[str, Any] = {
        "capture_id": CAPTURE,
        "notice_code": NOTIFIED.notice_code,
        "statement": CONTESTED.statement,
        "way": CONTESTED.way,
    }
    return commands.ContestCaptureRequest(**(fields | changes))


ADOPT = commands.AdoptCaptureRequest(
    capture_id=CAPTURE, act_code="HPR-64", party_role=cases.INCIDENT_ROLE_DRIVER, home_division_code="500118"
)
ANSWER = commands.AnswerContestRequest(capture_id=CAPTURE, reason="过磅单非同一趟次")
ANSWERED = pb.ContestAnswered(capture_id=CAPTURE, reason="过磅单非同一趟次", reviewer=LI)
CONCEDE = commands.ConcedeCaptureRequest(
    capture_id=CAPTURE, notice_code=NOTIFIED.notice_code, way=pb.CONTACT_WAY_PLATFORM
)


def test_a_record_is_kept_with_its_check():
    given(capture).when(record(), actor=SCALE, found=found()).then(*CAPTURED)
    assert CAPTURED[1].passed
    assert CAPTURED[1].assessment.overload_fen == 300_000


def test_the_same_record_again_changes_nothing():
    given(capture, *CAPTURED).when(record(), actor=SCALE, found=found()).then()


def test_a_device_speaks_for_itself_and_for_no_other():
    other = Actor(uid("another device"), "device")
    given(capture).when(record(), actor=other, found=found()).refused(
        Refusal.NOT_THIS_DEVICE, token=other.id, device=DEVICE
    )
    given(capture, *CAPTURED).when(record(), actor=other, found=found()).refused(Refusal.NOT_THIS_DEVICE)


def test_an_officer_hands_in_what_a_device_kept():
    given(capture).when(record(), found=found()).then(*CAPTURED)


def test_another_content_under_a_record_s_number_is_refused():
    heavier = record(measured=measured(56_000))
    given(capture, *CAPTURED).when(heavier, actor=SCALE, found=found()).refused(Refusal.RECORD_DIFFERS, record=RECORD)
    later = given(capture, *CAPTURED).when(record(), actor=SCALE, at="2024-12-18 12:01", found=found())
    later.refused(Refusal.RECORD_DIFFERS)


def test_the_id_of_a_record_follows_from_device_and_record():
    wrong = record(capture_id=uid("other"))
    given(capture).when(wrong, actor=SCALE, found=found()).refused(Refusal.CAPTURE_ID, expected=CAPTURE)


def test_a_record_of_the_day_after_the_certificate_is_never_used():
    at = "2025-01-10 12:00"
    outcome = given(capture).when(record(), at=at, actor=SCALE, found=found())
    state = outcome.then(recorded(at), checked(at))
    assert state.stage is Stage.UNFIT
    assert list(state.checked.failures) == [pb.CHECK_FAILURE_DEVICE]


def test_a_record_before_the_location_was_public_is_never_used():
    at = "2024-01-29 12:00"
    state = given(capture).when(record(), at=at, actor=SCALE, found=found()).state
    assert state.stage is Stage.UNFIT
    assert [gate.gate for gate in state.checked.gates if not gate.holds] == [devices.GATE_LOCATION]


def test_the_device_is_judged_at_the_instant_of_the_capture_whatever_became_of_it():
    retired = on("2024-12-20 12:00", devices.DeviceRetired(device_id=DEVICE, reason="拆除"))
    state = given(capture).when(record(), actor=SCALE, found=found(*WORKING, retired)).state
    assert state.stage is Stage.PENDING_REVIEW
    assert state.checked.device_version == 7


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"plate": ""}, pb.CHECK_FAILURE_PLATE),
        ({"plate_colour": " "}, pb.CHECK_FAILURE_PLATE),
        ({"plate": "无牌"}, pb.CHECK_FAILURE_PLATE),
        ({"plate": "00000000"}, pb.CHECK_FAILURE_PLATE),
        ({"measured": measured(axles=1)}, pb.CHECK_FAILURE_AXLES),
        ({"measured": measured(0)}, pb.CHECK_FAILURE_WEIGHT),
        ({"measured": measured(600_000)}, pb.CHECK_FAILURE_WEIGHT),
        ({"pictures": PICTURES[:3]}, pb.CHECK_FAILURE_PICTURES),
        ({"pictures": [*PICTURES[:3], PICTURES[0]]}, pb.CHECK_FAILURE_PICTURES),
    ],
)
def test_what_is_not_complete_does_not_pass(changes: dict[str, Any], failure: pb.CheckFailure.ValueType):
    state = given(capture).when(record(**changes), actor=SCALE, found=found()).state
    assert (state.stage, list(state.checked.failures)) == (Stage.UNFIT, [failure])


def test_a_video_is_needed_where_the_switch_says_so():
    required = Rules({"capture_video": ((NOON.date(), "required"),)})
    state = given(capture).when(record(), actor=SCALE, found=found(), rules=required).state
    assert list(state.checked.failures) == [pb.CHECK_FAILURE_VIDEO]
    video = pb.Picture(kind=pb.PICTURE_KIND_VIDEO, file=common.BlobRef(sha256=bytes(32), size=9))
    filmed = record(pictures=[*PICTURES, video])
    assert given(capture).when(filmed, actor=SCALE, found=found(), rules=required).state.checked.passed


def test_a_camera_cannot_tell_a_mass():
    camera = devices.DeviceRegistered()
    camera.CopyFrom(REGISTERED)
    camera.kind = devices.DEVICE_KIND_CAMERA
    seen = found(on("2024-01-10 09:00", camera), *WORKING[2:])
    state = given(capture).when(record(), actor=SCALE, found=seen).state
    assert list(state.checked.failures) == [pb.CHECK_FAILURE_DEVICE_KIND]


def test_a_vehicle_within_its_limit_needs_no_review():
    within = record(measured=measured(49_000))
    state = given(capture).when(within, actor=SCALE, found=found()).state
    assert state.stage is Stage.NO_VIOLATION
    history = (recorded(measured=measured(49_000)), checked(measured=measured(49_000)))
    given(capture, *history).when(review()).refused(KernelRefusal.WRONG_STAGE)
    given(capture, *history).when(ADOPT).refused(Refusal.NO_VIOLATION)


def test_an_officer_accepts_what_is_true_clear_complete_and_accurate():
    assert given(capture, *CAPTURED).when(review()).then(REVIEWED).stage is Stage.ACCEPTED


@pytest.mark.parametrize(
    ("lacking", "name"), [("is_true", "真实"), ("clear", "清晰"), ("complete", "完整"), ("accurate", "准确")]
)
def test_none_of_the_four_may_be_missing(lacking: str, name: str):
    given(capture, *CAPTURED).when(review(**{lacking: False})).refused(Refusal.REVIEW_NOT_FULL, missing=name)


def test_a_rejection_has_a_reason():
    rejected = review(accepted=False)
    given(capture, *CAPTURED).when(rejected).refused(Refusal.REASON_NEEDED)
    reasoned = review(accepted=False, reason="持有超限运输车辆通行证")
    assert given(capture, *CAPTURED).when(reasoned).state.stage is Stage.REJECTED


def test_a_suspended_officer_does_not_review():
    given(capture, *CAPTURED).when(review(), actor=SUSPENDED).refused(KernelRefusal.OFFICER_NOT_ACTIVE)


def test_disagreeing_dimensions_are_said():
    given(capture, *CAPTURED).when(review(dimensions_disagree=True)).refused(Refusal.DIMENSIONS_NOTE)


def test_the_party_is_told_by_when_it_may_state():
    outcome = given(capture, *CAPTURED, REVIEWED).when(notify(), at="2024-12-27 10:00")
    [event] = outcome.events
    assert isinstance(event, pb.PartyNotified)
    assert event.statement_due_on == "2025-01-06"
    assert len(event.notice_code) == 16
    assert outcome.state.stage is Stage.NOTIFIED


@pytest.mark.parametrize(("lacking", "name"), [("query_address", "查询地址"), ("statement_address", "陈述申辩地址")])
def test_the_party_gets_electronic_means_to_query_state_and_defend(lacking: str, name: str):
    without = notify(**{lacking: " "})
    given(capture, *CAPTURED, REVIEWED).when(without).refused(Refusal.MEANS_MISSING, missing=name)


def test_nobody_is_told_without_a_name():
    nameless = notify(party=cases.Party(phone="13800001234"))
    given(capture, *CAPTURED, REVIEWED).when(nameless).refused(KernelRefusal.INVALID_REQUEST)


def test_the_party_contests_by_its_code():
    assert given(capture, *TOLD).when(contest(), actor=PORTAL).then(CONTESTED).stage is Stage.CONTESTED


def test_nobody_else_speaks_for_the_party():
    for code in ("", "AAAAAAAAAAAAAAAA"):
        given(capture, *TOLD).when(contest(notice_code=code), actor=PORTAL).refused(Refusal.NOT_THE_PARTY)
        concede = commands.ConcedeCaptureRequest(capture_id=CAPTURE, notice_code=code, way=pb.CONTACT_WAY_PLATFORM)
        given(capture, *TOLD).when(concede, actor=PORTAL).refused(Refusal.NOT_THE_PARTY)


SIGNED = common.BlobRef(sha256=bytes(32), size=7, file_name="无异议声明.pdf")


def test_an_officer_s_word_does_not_end_the_party_s_time():
    in_person = pb.CONTACT_WAY_IN_PERSON
    for code in ("", NOTIFIED.notice_code):
        said = commands.ConcedeCaptureRequest(capture_id=CAPTURE, notice_code=code, way=in_person)
        given(capture, *TOLD).when(said).refused(Refusal.CONCESSION_UNPROVEN)
    signed = commands.ConcedeCaptureRequest(capture_id=CAPTURE, way=in_person, document=SIGNED)
    given(capture, *TOLD).when(signed).then(pb.CaptureConceded(capture_id=CAPTURE, way=in_person, document=SIGNED))
    given(capture, *TOLD).when(CONCEDE, actor=PORTAL).then(CONCEDED)


@pytest.mark.parametrize(
    ("history", "command"),
    [
        (CAPTURED, review()),
        ((*CAPTURED, on("2024-12-19 10:00", REVIEWED)), notify()),
        ((*CAPTURED, REVIEWED, on("2024-12-19 10:00", NOTIFIED)), CONCEDE),
        ((*CAPTURED, REVIEWED, on("2024-12-19 10:00", NOTIFIED)), contest()),
        ((*TOLD, on("2024-12-19 10:00", CONTESTED)), ANSWER),
        ((*TOLD, on("2024-12-19 10:00", CONCEDED)), ADOPT),
    ],
    ids=["review", "notice", "concession", "statement", "answer", "adoption"],
)
def test_no_step_is_dated_before_the_one_that_it_follows(history: tuple[Any, ...], command: Message):
    actor = PORTAL if command is CONCEDE else LI
    early = given(capture, *history).when(command, at="2024-12-18 11:59", actor=actor, found=found())
    early.refused(Refusal.OUT_OF_ORDER, acted_at="2024-12-18 11:59")


def test_a_statement_that_is_written_down_late_counts_and_is_answered_after_everything_else():
    history = (*TOLD, on("2024-12-20 10:00", CONTESTED), on("2024-12-21 10:00", ANSWERED))
    late = given(capture, *history).when(contest(), at="2024-12-19 10:00", actor=PORTAL)
    assert late.state.stage is Stage.CONTESTED
    again = (*history, on("2024-12-19 10:00", late.events[0]))
    given(capture, *again).when(ANSWER, at="2024-12-21 09:59").refused(Refusal.OUT_OF_ORDER, since="2024-12-21 10:00")
    assert given(capture, *again).when(ANSWER, at="2024-12-21 10:00").state.stage is Stage.ANSWERED


def test_an_officer_takes_a_statement_down_without_the_code():
    spoken = contest(notice_code="", way=pb.CONTACT_WAY_IN_PERSON)
    assert given(capture, *TOLD).when(spoken).state.stage is Stage.CONTESTED
    wrong = contest(notice_code="AAAAAAAAAAAAAAAA")
    given(capture, *TOLD).when(wrong).refused(Refusal.NOT_THE_PARTY)


def test_a_party_that_was_right_ends_the_record():
    right = commands.AnswerContestRequest(capture_id=CAPTURE, accepted=True, reason="车型识别有误")
    state = given(capture, *TOLD, CONTESTED).when(right).state
    assert state.stage is Stage.REJECTED


def test_a_party_may_state_again_and_after_it_had_nothing_to_say():
    for history in ((*TOLD, CONTESTED, ANSWERED), (*TOLD, CONCEDED)):
        assert given(capture, *history).when(contest(), actor=PORTAL).state.stage is Stage.CONTESTED


def test_a_statement_is_answered_before_the_record_is_used():
    given(capture, *TOLD, CONTESTED).when(ADOPT).refused(Refusal.CONTEST_UNANSWERED)


def test_holidays_that_nobody_knows_yet_do_not_cut_the_party_s_time_short():
    """Notified on 30 December 2026; of 2027 no holidays are known. Monday to Friday the last day is 6 January."""
    told = on("2026-12-30 10:00", pb.PartyNotified(capture_id=CAPTURE, party=DRIVER, statement_due_on="2027-01-06"))
    before = (*CAPTURED, REVIEWED, told)
    given(capture, *before).when(ADOPT, at="2027-01-06 12:00", found=found()).refused(Refusal.STATEMENT_PERIOD_OPEN)
    given(capture, *before).when(ADOPT, at="2027-01-07 12:00", found=found()).refused(
        KernelRefusal.NO_CALENDAR, year="2027"
    )
    conceded = on("2026-12-31 10:00", CONCEDED)
    assert (
        given(capture, *before, conceded).when(ADOPT, at="2027-01-04 12:00", found=found()).state.stage is Stage.ADOPTED
    )


def test_what_the_party_was_told_holds_where_a_shorter_time_would_be_enough():
    told = on(NOON, pb.PartyNotified(capture_id=CAPTURE, party=DRIVER, statement_due_on="2024-12-30"))
    given(capture, *CAPTURED, REVIEWED, told).when(ADOPT, at="2024-12-30 12:00", found=found()).refused(
        Refusal.STATEMENT_PERIOD_OPEN, due="2024-12-30"
    )


def test_the_party_s_time_is_not_cut_short():
    last_day = given(capture, *TOLD).when(ADOPT, at="2024-12-25 23:59", found=found())
    last_day.refused(Refusal.STATEMENT_PERIOD_OPEN, due="2024-12-25")
    assert given(capture, *TOLD).when(ADOPT, at="2024-12-26 00:00", found=found()).state.stage is Stage.ADOPTED


@pytest.mark.parametrize("heard", [(CONCEDED,), (CONTESTED, ANSWERED)])
def test_a_party_that_was_heard_ends_the_wait(heard: tuple[Message, ...]):
    assert given(capture, *TOLD, *heard).when(ADOPT, found=found()).state.stage is Stage.ADOPTED


def test_an_adopted_record_tells_everything_that_a_case_needs():
    [event] = given(capture, *TOLD, CONCEDED).when(ADOPT, found=found()).events
    assert isinstance(event, pb.CaptureAdopted)
    assert event.place == common.Place(division_code="510521", description="S438 得胜段 K12+300 泸州方向")
    assert event.vehicle == cases.Vehicle(plate=TRUCK.plate, plate_colour="黄")
    assert [blob.sha256 for blob in event.evidence] == [picture.file.sha256 for picture in PICTURES]
    assert (event.party, event.home_division_code, event.assessment.over_kg) == (DRIVER, "500118", 6_300)
    assert event.captured_at == to_timestamp(NOON)


def test_a_certificate_that_turned_out_to_be_void_since_keeps_the_record_from_being_evidence():
    void = devices.CertificateInvalidated(device_id=DEVICE, number="川衡检2024-117", reason="检定结论被撤销")
    before = found(*WORKING, on("2024-12-10 10:00", void))
    given(capture, *TOLD, CONCEDED).when(ADOPT, found=before).refused(Refusal.DEVICE_UNFIT, gates="计量检定证书有效")
    after = found(*WORKING, on("2024-12-19 10:00", void))
    assert given(capture, *TOLD, CONCEDED).when(ADOPT, found=after).state.stage is Stage.ADOPTED


REJECTED = pb.CaptureReviewed(capture_id=CAPTURE, accepted=False, reason="图像模糊", reviewer=LI)
RIGHT = pb.ContestAnswered(capture_id=CAPTURE, accepted=True, reason="有误", reviewer=LI)
UNFIT = (recorded("2025-01-10 12:00"), checked("2025-01-10 12:00"))


@pytest.mark.parametrize(
    "history",
    [CAPTURED, (*CAPTURED, REVIEWED), (*CAPTURED, REJECTED), (*TOLD, CONTESTED, RIGHT), UNFIT],
    ids=["unreviewed", "party not told", "rejected", "party was right", "unfit"],
)
def test_no_other_record_becomes_evidence(history: tuple[Message, ...]):
    given(capture, *history).when(ADOPT, at="2026-01-10 12:00").refused(KernelRefusal.WRONG_STAGE)


STEPS: list[tuple[Message, Actor | None]] = [
    (review(), None),
    (review(accepted=False, reason="图像模糊"), None),
    (notify(), None),
    (contest(notice_code="", way=pb.CONTACT_WAY_IN_PERSON), None),
    (ANSWER, None),
    (commands.AnswerContestRequest(capture_id=CAPTURE, accepted=True, reason="有误"), None),
    (commands.ConcedeCaptureRequest(capture_id=CAPTURE, way=pb.CONTACT_WAY_IN_PERSON, document=SIGNED), None),
    (ADOPT, None),
]


@for_all(st.lists(st.sampled_from(range(len(STEPS))), max_size=12), st.booleans())
def test_whatever_officers_try_a_rejected_or_unfit_record_is_never_adopted(tried: list[int], fit: bool):
    history: list[Any] = list(CAPTURED if fit else UNFIT)
    rejected = not fit
    for n, step in enumerate(tried):
        command, _ = STEPS[step]
        at = instant("2026-03-02 10:00")
        outcome = given(capture, *history).when(command, at=at.replace(minute=n), found=found())
        if outcome.refusal is None:
            history += [on(at.replace(minute=n), event) for event in outcome.events]
        state = given(capture, *history).state
        if rejected:
            assert state.stage in (Stage.REJECTED, Stage.UNFIT)
        rejected = state.stage in (Stage.REJECTED, Stage.UNFIT)
        if state.stage is Stage.ADOPTED:
            names = [type(one.event if hasattr(one, "event") else one).__name__ for one in history]
            assert "CaptureReviewed" in names
            assert "PartyNotified" in names


def test_the_check_is_a_pure_function_of_record_device_and_switches():
    assert check(recorded(), found(), Rules()) == check(recorded(), found(), Rules())
