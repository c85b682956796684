"""Devices and their gates (行政处罚法 art. 41): one test for each guard, and for each gate that closes."""

from typing import Any

import pytest
from enforcement.non_site.v1 import device_pb2 as pb
from enforcement.non_site.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from services.non_site.model import Refusal, device
from services.non_site.model.device import closed, gates_at
from tests.support.decider import LI, LOCAL_RULES, SUSPENDED, given, instant, on
from tests.unit.non_site.acts import (
    CERTIFICATE,
    DEVICE,
    FILE,
    LEGAL,
    LOCATION,
    OFFICERS,
    REGISTERED,
    REVIEWER,
    SECTION,
    TECHNICAL,
    WORKING,
    device_of,
)

CERTIFY = commands.RecordCertificateRequest(
    device_id=DEVICE,
    number=CERTIFICATE.number,
    issuer=CERTIFICATE.issuer,
    valid_from_on=CERTIFICATE.valid_from_on,
    valid_to_on=CERTIFICATE.valid_to_on,
    file=FILE,
)


def publish(**changes: Any) -> commands.PublishLocationRequest:
    fields: dict[str, Any] = {
        "device_id": DEVICE,
        "notice_from_on": LOCATION.notice_from_on,
        "notice_to_on": LOCATION.notice_to_on,
        "starts_at": LOCATION.starts_at,
        "channel": LOCATION.channel,
    }
    return commands.PublishLocationRequest(**(fields | changes))


def review(**changes: Any) -> commands.ReviewDeviceRequest:
    fields: dict[str, Any] = {
        "device_id": DEVICE,
        "kind": pb.DEVICE_REVIEW_KIND_TECHNICAL,
        "passed": True,
        "meets_standards": True,
        "placed_reasonably": True,
        "opinion": TECHNICAL.opinion,
    }
    return commands.ReviewDeviceRequest(**(fields | changes))


def shut(at: str, *events: Any, rules: Rules = LOCAL_RULES) -> list[pb.Gate.ValueType]:
    """The gates that are closed at an instant."""
    return [gate.gate for gate in closed(gates_at(device_of(*events), instant(at), rules))]


def test_a_device_is_registered_with_its_road_section_and_lanes():
    command = commands.RegisterDeviceRequest(
        device_id=DEVICE,
        kind=pb.DEVICE_KIND_WEIGH_IN_MOTION,
        name=REGISTERED.name,
        model=REGISTERED.model,
        serial_number=REGISTERED.serial_number,
        place=SECTION,
        standards=["GB/T 21296"],
    )
    given(device).when(command).then(REGISTERED)


def test_a_certificate_has_a_first_and_a_last_day():
    given(device, REGISTERED).when(CERTIFY).then(CERTIFICATE)


def test_a_certificate_does_not_end_before_it_begins():
    wrong = commands.RecordCertificateRequest()
    wrong.CopyFrom(CERTIFY)
    wrong.valid_to_on = "2024-01-09"
    given(device, REGISTERED).when(wrong).refused(Refusal.CERTIFICATE_DAYS, to="2024-01-09")


def test_a_certificate_is_recorded_once():
    given(device, REGISTERED, CERTIFICATE).when(CERTIFY).refused(Refusal.CERTIFICATE_TWICE)


def of_2023(**changes: Any) -> pb.CertificateRecorded:
    fields = {"number": "川衡检2023-117", "valid_from_on": "2023-01-10", "valid_to_on": "2024-01-09"}
    event = pb.CertificateRecorded()
    event.CopyFrom(CERTIFICATE)
    for name, value in (fields | changes).items():
        setattr(event, name, value)
    return event


def test_the_renewal_is_due_when_the_certificate_that_is_valid_longest_ends():
    older = commands.RecordCertificateRequest()
    older.CopyFrom(CERTIFY)
    older.number, older.valid_from_on, older.valid_to_on = "川衡检2023-117", "2023-01-10", "2024-01-09"
    given(device, REGISTERED, CERTIFICATE).when(older).then(of_2023(superseded=True))
    given(device, REGISTERED, of_2023()).when(CERTIFY).then(CERTIFICATE)
    both = (REGISTERED, of_2023(), CERTIFICATE)
    for number, superseded in (("川衡检2023-117", True), (CERTIFICATE.number, False)):
        taken = commands.InvalidateCertificateRequest(device_id=DEVICE, number=number, reason="检定不合格")
        given(device, *both).when(taken).then(
            pb.CertificateInvalidated(device_id=DEVICE, number=number, reason="检定不合格", superseded=superseded)
        )


def test_a_certificate_that_nobody_recorded_cannot_be_taken_back():
    taken = commands.InvalidateCertificateRequest(device_id=DEVICE, number="无", reason="检定不合格")
    given(device, REGISTERED, CERTIFICATE).when(taken).refused(Refusal.CERTIFICATE_UNKNOWN)


def test_the_legal_review_is_a_legal_reviewers():
    legal = commands.ReviewDeviceRequest(
        device_id=DEVICE, kind=pb.DEVICE_REVIEW_KIND_LEGAL, passed=True, opinion=LEGAL.opinion
    )
    given(device, REGISTERED).when(legal, officers=OFFICERS).refused(Refusal.NEEDS_LEGAL_REVIEWER)
    given(device, REGISTERED).when(legal, actor=REVIEWER, officers=OFFICERS).then(LEGAL)


def test_a_technical_review_answers_for_standards_and_place():
    given(device, REGISTERED).when(review()).then(TECHNICAL)
    for lacking in ("meets_standards", "placed_reasonably"):
        given(device, REGISTERED).when(review(**{lacking: False})).refused(Refusal.REVIEW_INCOMPLETE)


def test_a_suspended_officer_reviews_nothing():
    given(device, REGISTERED).when(review(), actor=SUSPENDED).refused(KernelRefusal.OFFICER_NOT_ACTIVE)


def test_the_location_is_public_before_the_device_starts():
    given(device, REGISTERED).when(publish(), at="2024-01-15 10:00").then(LOCATION)


def test_a_public_notice_does_not_end_before_it_begins():
    wrong = publish(notice_from_on="2024-01-29", notice_to_on="2024-01-15")
    given(device, REGISTERED).when(wrong).refused(Refusal.NOTICE_DAYS)


def test_fourteen_days_of_public_notice_are_too_few():
    short = publish(notice_to_on="2024-01-28")
    given(device, REGISTERED).when(short).refused(Refusal.NOTICE_TOO_SHORT, days=14, needed=15)


def test_the_device_does_not_start_on_the_last_day_of_the_notice():
    early = publish(starts_at=to_timestamp(instant("2024-01-29 23:59")))
    given(device, REGISTERED).when(early).refused(Refusal.STARTS_BEFORE_NOTICE_ENDS, to="2024-01-29")


def test_a_publication_is_recorded_when_it_was_made():
    future = given(device, REGISTERED).when(publish(), at="2024-01-14 10:00")
    future.refused(KernelRefusal.INVALID_REQUEST)


def test_only_a_published_location_is_withdrawn():
    withdraw = commands.WithdrawLocationRequest(device_id=DEVICE, reason="公示网址失效")
    given(device, REGISTERED).when(withdraw).refused(Refusal.LOCATION_NOT_PUBLISHED)
    withdrawn = pb.LocationWithdrawn(device_id=DEVICE, reason="公示网址失效")
    given(device, *WORKING).when(withdraw).then(withdrawn)


@pytest.mark.parametrize(
    "command",
    [
        CERTIFY,
        review(),
        publish(),
        commands.RecordSignRequest(device_id=DEVICE, visible=True, distance_metres=1000),
        commands.SuspendDeviceRequest(device_id=DEVICE, reason="故障"),
        commands.ResumeDeviceRequest(device_id=DEVICE, reason="修复"),
        commands.RetireDeviceRequest(device_id=DEVICE, reason="拆除"),
    ],
)
def test_nothing_is_done_to_a_retired_device(command: Message):
    retired = pb.DeviceRetired(device_id=DEVICE, reason="拆除")
    given(device, REGISTERED, retired).when(command).refused(KernelRefusal.WRONG_STAGE)


def test_all_gates_hold_from_the_start_on():
    assert shut("2024-01-30 00:00", *WORKING) == []
    assert shut("2024-01-29 23:59", *WORKING) == [pb.GATE_LOCATION]


def test_a_new_device_counts_for_nothing():
    every = [gate for gate in pb.Gate.values() if gate not in (pb.GATE_UNSPECIFIED, pb.GATE_IN_SERVICE)]
    assert shut("2024-06-01 12:00", on("2024-01-10 09:00", REGISTERED)) == every


def test_the_last_day_of_a_certificate_belongs_to_it_and_the_next_does_not():
    assert shut("2025-01-09 23:59", *WORKING) == []
    assert shut("2025-01-10 00:00", *WORKING) == [pb.GATE_CERTIFICATE]
    assert shut("2024-01-09 23:59", *WORKING)[:1] == [pb.GATE_IN_SERVICE]


def test_a_renewal_counts_from_its_own_first_day():
    renewed = pb.CertificateRecorded(
        device_id=DEVICE, number="川衡检2025-009", valid_from_on="2025-01-15", valid_to_on="2026-01-14"
    )
    history = (*WORKING, on("2025-01-14 10:00", renewed))
    assert shut("2025-01-12 12:00", *history) == [pb.GATE_CERTIFICATE]
    assert shut("2025-01-15 00:00", *history) == []


def test_a_certificate_that_was_taken_back_holds_until_then():
    taken = pb.CertificateInvalidated(device_id=DEVICE, number=CERTIFICATE.number, reason="检定不合格")
    history = (*WORKING, on("2024-06-01 12:00", taken))
    assert shut("2024-06-01 11:59", *history) == []
    assert shut("2024-06-01 12:00", *history) == [pb.GATE_CERTIFICATE]


def test_a_camera_needs_no_metrology_certificate():
    camera = pb.DeviceRegistered()
    camera.CopyFrom(REGISTERED)
    camera.kind = pb.DEVICE_KIND_CAMERA
    history = (on("2024-01-10 09:00", camera), *WORKING[2:])
    assert shut("2024-06-01 12:00", *history) == []


def test_a_review_that_failed_closes_its_gates():
    failed = pb.DeviceReviewed(device_id=DEVICE, kind=pb.DEVICE_REVIEW_KIND_TECHNICAL, opinion="误差超标")
    history = (*WORKING, on("2024-06-01 12:00", failed))
    assert shut("2024-06-01 11:00", *history) == []
    assert shut("2024-06-01 12:00", *history) == [pb.GATE_TECHNICAL_REVIEW, pb.GATE_STANDARDS, pb.GATE_PLACEMENT]


@pytest.mark.parametrize(("visible", "metres"), [(False, 1000), (True, 999)])
def test_a_sign_that_is_gone_or_too_near_closes_the_gate(visible: bool, metres: int):
    sign = pb.SignRecorded(device_id=DEVICE, visible=visible, distance_metres=metres)
    assert shut("2024-06-02 12:00", *WORKING, on("2024-06-01 12:00", sign)) == [pb.GATE_SIGN]


def test_how_far_the_sign_stands_is_a_switch():
    nearer = Rules({"sign_metres_min": ((instant("2024-07-01 00:00").date(), "500"),)})
    sign = pb.SignRecorded(device_id=DEVICE, visible=True, distance_metres=500)
    history = (*WORKING, on("2024-06-01 12:00", sign))
    assert shut("2024-06-30 12:00", *history, rules=nearer) == [pb.GATE_SIGN]
    assert shut("2024-07-01 12:00", *history, rules=nearer) == []


def test_a_location_that_is_public_no_longer_closes_the_gate():
    withdrawn = pb.LocationWithdrawn(device_id=DEVICE, reason="改线")
    history = (*WORKING, on("2024-06-01 12:00", withdrawn))
    assert shut("2024-06-01 11:59", *history) == []
    assert shut("2024-06-01 12:00", *history) == [pb.GATE_LOCATION]


def test_what_a_device_captured_while_suspended_never_counts():
    suspended = pb.DeviceSuspended(device_id=DEVICE, reason="传感器故障")
    resumed = pb.DeviceResumed(device_id=DEVICE, reason="更换")
    history = (*WORKING, on("2024-06-01 12:00", suspended), on("2024-06-03 12:00", resumed))
    assert shut("2024-06-02 12:00", *history) == [pb.GATE_IN_SERVICE]
    assert shut("2024-06-03 12:00", *history) == []


def test_what_is_recorded_late_holds_from_when_it_took_place():
    late = pb.SignRecorded(device_id=DEVICE, visible=False)
    seen = pb.SignRecorded(device_id=DEVICE, visible=True, distance_metres=1200)
    history = (*WORKING, on("2024-08-01 12:00", seen), on("2024-06-01 12:00", late))
    assert shut("2024-07-01 12:00", *history) == [pb.GATE_SIGN]
    assert shut("2024-08-02 12:00", *history) == []


def test_a_certificate_that_was_taken_back_is_named_as_that():
    taken = pb.CertificateInvalidated(device_id=DEVICE, number=CERTIFICATE.number, reason="检定不合格")
    state = device_of(*WORKING, on("2024-06-01 12:00", taken))
    for at, detail in (
        ("2024-06-01 11:59", "川衡检2024-117，有效期至2025-01-09"),
        ("2024-06-01 12:00", "川衡检2024-117已失效"),
    ):
        gates = {gate.gate: gate.detail for gate in gates_at(state, instant(at), LOCAL_RULES)}
        assert gates[pb.GATE_CERTIFICATE] == detail


def test_each_gate_says_by_what_it_holds_or_why_not():
    gates = {gate.gate: gate.detail for gate in gates_at(device_of(*WORKING), instant("2025-02-01 12:00"), LOCAL_RULES)}
    assert gates[pb.GATE_CERTIFICATE] == "采集时无有效证书，最近有效期至2025-01-09"
    assert gates[pb.GATE_SIGN] == "前方1000米，要求1000米"
    assert LI.officer_id not in "".join(gates.values())
