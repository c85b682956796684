"""Commands and events of non-site enforcement with lawful defaults: a scale on S438 and a truck of 55,300 kg."""

from typing import Any

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.non_site.v1 import capture_pb2 as captures
from enforcement.non_site.v1 import device_pb2 as devices
from enforcement.non_site.v1 import follow_up_pb2 as follow_ups
from enforcement.non_site.v1 import incident_pb2 as incidents
from enforcement.non_site.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.kernel.messages import to_timestamp
from services.non_site import subjects
from services.non_site.model import device
from services.non_site.model.check import FoundDevice, check
from services.non_site.model.device import Device
from services.non_site.model.shared import capture_of, follow_up_of
from tests.support.decider import LI, LOCAL_RULES, NOON, Given, On, instant, officer, on, uid

DEVICE = uid("device")
RECORD = "WIM-438-000042"
CAPTURE = capture_of(DEVICE, RECORD)
INCIDENT = uid("incident")
CASE = uid("case")
FOLLOW_UP = follow_up_of(CASE)
REVIEWER = officer("孙", options.ROLE_LEGAL_REVIEWER)
OFFICERS = (LI, REVIEWER)

SECTION = devices.RoadSection(division_code="510521", road="S438", section="得胜段 K12+300 泸州方向", lanes=[1, 2])
FILE = common.BlobRef(sha256=bytes(range(32)), size=4096, media_type="image/jpeg", file_name="图片.jpg")
REGISTERED = devices.DeviceRegistered(
    device_id=DEVICE,
    kind=devices.DEVICE_KIND_WEIGH_IN_MOTION,
    name="S438得胜段不停车检测系统",
    model="DWS-6",
    serial_number="20240117",
    place=SECTION,
    standards=["GB/T 21296"],
)
CERTIFICATE = devices.CertificateRecorded(
    device_id=DEVICE,
    number="川衡检2024-117",
    issuer="四川省计量测试研究院",
    valid_from_on="2024-01-10",
    valid_to_on="2025-01-09",
    file=FILE,
)
LEGAL = devices.DeviceReviewed(
    device_id=DEVICE,
    kind=devices.DEVICE_REVIEW_KIND_LEGAL,
    passed=True,
    opinion="设置依据充分",
    reviewer=REVIEWER,
)
TECHNICAL = devices.DeviceReviewed(
    device_id=DEVICE,
    kind=devices.DEVICE_REVIEW_KIND_TECHNICAL,
    passed=True,
    meets_standards=True,
    placed_reasonably=True,
    opinion="符合标准，设置合理",
    reviewer=LI,
)
SIGN = devices.SignRecorded(device_id=DEVICE, visible=True, distance_metres=1000)
LOCATION = devices.LocationPublished(
    device_id=DEVICE,
    notice_from_on="2024-01-15",
    notice_to_on="2024-01-29",
    starts_at=to_timestamp(instant("2024-01-30 00:00")),
    channel="泸县人民政府网",
)
WORKING: tuple[On, ...] = (
    on("2024-01-10 09:00", REGISTERED),
    on("2024-01-10 10:00", CERTIFICATE),
    on("2024-01-11 10:00", LEGAL),
    on("2024-01-11 11:00", TECHNICAL),
    on("2024-01-12 10:00", SIGN),
    on("2024-01-15 10:00", LOCATION),
)
"""All gates hold from 2024-01-30 on."""

TRUCK = cases.Vehicle(plate="渝C·A1234", plate_colour="黄", type="重型半挂牵引车", owner="永川运输有限公司")
DRIVER = cases.Party(
    kind=cases.PARTY_KIND_PERSON, name="游小满", id_number="500118199502300017", licence_number="500118199502300017"
)
COMPANY = cases.Party(kind=cases.PARTY_KIND_ORGANISATION, name="永川运输有限公司", id_number="91500118MA5YTEST01")


def known(ref: follow_ups.SubjectRef | None) -> follow_ups.SubjectRef:
    assert ref is not None
    return ref


VEHICLE_REF = known(subjects.vehicle(TRUCK.plate, TRUCK.plate_colour))
DRIVER_REF = known(subjects.driver(DRIVER.licence_number, DRIVER.name))
COMPANY_REF = known(subjects.company(COMPANY.id_number, COMPANY.name))

PICTURES = [
    captures.Picture(kind=kind, file=common.BlobRef(sha256=bytes([kind]) * 32, size=9, media_type="image/jpeg"))
    for kind in (
        captures.PICTURE_KIND_FRONT,
        captures.PICTURE_KIND_REAR,
        captures.PICTURE_KIND_SIDE,
        captures.PICTURE_KIND_PLATE,
    )
]


def device_of(*events: On) -> Device:
    """A device with a history."""
    state: Device = Given(device, *events).state
    return state


def found(*events: On) -> FoundDevice:
    """The same as a look-up gives it; WORKING by default."""
    history = events or WORKING
    return FoundDevice(device_of(*history), len(history))


def measured(gross_kg: int = 55_300, **changes: Any) -> captures.Measured:
    fields: dict[str, Any] = {"axles": 6, "vehicle_class": captures.VEHICLE_CLASS_TRAIN, "gross_kg": gross_kg}
    return captures.Measured(**(fields | changes))


def record(**changes: Any) -> commands.RecordCaptureRequest:
    fields: dict[str, Any] = {
        "capture_id": CAPTURE,
        "device_id": DEVICE,
        "record_id": RECORD,
        "plate": TRUCK.plate,
        "plate_colour": TRUCK.plate_colour,
        "measured": measured(),
        "pictures": PICTURES,
        "lane": 1,
    }
    return commands.RecordCaptureRequest(**(fields | changes))


def recorded(at: Any = NOON, **changes: Any) -> captures.CaptureRecorded:
    command = record(**changes)
    return captures.CaptureRecorded(
        capture_id=command.capture_id,
        device_id=command.device_id,
        record_id=command.record_id,
        captured_at=to_timestamp(instant(at)),
        plate=command.plate,
        plate_colour=command.plate_colour,
        measured=command.measured,
        pictures=command.pictures,
        lane=command.lane,
    )


def checked(at: Any = NOON, device_events: tuple[On, ...] = WORKING, **changes: Any) -> captures.CaptureChecked:
    return check(recorded(at, **changes), found(*device_events), LOCAL_RULES)


CAPTURED = (recorded(), checked())
REVIEWED = captures.CaptureReviewed(capture_id=CAPTURE, accepted=True, reviewer=LI)
ADDRESSES = {"query_address": "https://jt.example/query", "statement_address": "https://jt.example/state"}
NOTIFIED = captures.PartyNotified(
    capture_id=CAPTURE,
    party=DRIVER,
    ways=[captures.CONTACT_WAY_MESSAGE],
    notice_code="ABCDEFGH23456777",
    statement_due_on="2024-12-25",
    **ADDRESSES,
)
TOLD = (*CAPTURED, REVIEWED, NOTIFIED)
CONTESTED = captures.CaptureContested(
    capture_id=CAPTURE, number=1, statement="载重为48吨，有过磅单", way=captures.CONTACT_WAY_PLATFORM
)
CONCEDED = captures.CaptureConceded(capture_id=CAPTURE, way=captures.CONTACT_WAY_PLATFORM)


def opened(**changes: Any) -> incidents.IncidentOpened:
    fields: dict[str, Any] = {
        "incident_id": INCIDENT,
        "act_code": "HPR-64",
        "happened_at": to_timestamp(NOON),
        "place": common.Place(division_code="510521", description="S438 得胜段"),
        "vehicle": TRUCK,
        "home_division_code": "500118",
        "facts": "车货总质量55300千克",
    }
    return incidents.IncidentOpened(**(fields | changes))


def followed(**changes: Any) -> follow_ups.CaseFollowed:
    fields: dict[str, Any] = {
        "follow_up_id": FOLLOW_UP,
        "case_id": CASE,
        "case_number": "川泸交罚〔2024〕42号",
        "act_code": "HPR-64",
        "act_on": "2024-12-02",
        "incident_id": INCIDENT,
        "incident_role": cases.INCIDENT_ROLE_COMPANY,
        "party": COMPANY,
        "vehicle": TRUCK,
    }
    return follow_ups.CaseFollowed(**(fields | changes))


NOTICE = notices.CopyNotice(
    case_number="川泸交罚〔2024〕42号",
    violation_id=INCIDENT,
    act_code="HPR-64",
    committed_on="2024-12-02",
    plate=TRUCK.plate,
    plate_colour=TRUCK.plate_colour,
    vehicle_type=TRUCK.type,
    owner=TRUCK.owner,
    driver=DRIVER.name,
    driver_qualification=DRIVER.licence_number,
    employer=COMPANY.name,
    employer_number=COMPANY.id_number,
    decision="罚款3000元",
)
REST = notices.CopyNotice(transport_certificate_number="渝交运500118001", cargo_source="不详", loading_note="不详")
"""What an officer adds."""


def whole() -> notices.CopyNotice:
    """The notice with what an officer adds."""
    notice = notices.CopyNotice()
    notice.CopyFrom(NOTICE)
    notice.MergeFrom(REST)
    return notice


def decided(**changes: Any) -> follow_ups.FollowUpDecided:
    fields: dict[str, Any] = {
        "follow_up_id": FOLLOW_UP,
        "case_id": CASE,
        "case_number": "川泸交罚〔2024〕42号",
        "outcome": follow_ups.CASE_OUTCOME_PENALTY,
        "decision": "罚款3000元",
        "violation_id": INCIDENT,
        "committed_on": "2024-12-02",
        "subjects": [VEHICLE_REF, DRIVER_REF, COMPANY_REF],
        "vehicle_id": VEHICLE_REF.subject_id,
        "notice": NOTICE,
        "home_division_code": "500118",
    }
    return follow_ups.FollowUpDecided(**(fields | changes))


def handled(**changes: Any) -> follow_ups.CaseHandled:
    fields: dict[str, Any] = {
        "follow_up_id": FOLLOW_UP,
        "case_id": CASE,
        "notice_due": True,
        "home_division_code": "500118",
        "notice": NOTICE,
    }
    return follow_ups.CaseHandled(**(fields | changes))
