"""Commands and events of a joint operation with lawful defaults: checkpoint A is 永川's, B and C are 泸县's."""

from collections.abc import Sequence
from typing import Any, TypeVar

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from services.joint_operations.model.participation import participation_of
from services.joint_operations.numbers import VERSION, figures
from services.joint_operations.summary import summary_digest, summary_text
from services.kernel.authority import Authority
from tests.support.decider import CHIEF, LEADER, LUXIAN, RONGCHANG, YONGCHUAN, officer, uid

Sealable = TypeVar("Sealable", pb.SummaryProposed, pb.SummaryReceived)

OPERATION = uid("operation")
PART = participation_of(OPERATION, LUXIAN.id, LUXIAN.id)
PROPOSAL = uid("proposal")
NAME = "打击非法营运联合执法行动"
DAY = "2024-12-18"

A = common.Place(division_code="500118", description="国道G246 吉安镇")
B = common.Place(division_code="510521", description="泸永桥交界处")
C = common.Place(division_code="510521", description="立石镇")
CHECKPOINTS = [
    pb.Checkpoint(checkpoint_id="A", place=A, competent_id=YONGCHUAN.id),
    pb.Checkpoint(checkpoint_id="B", place=B, competent_id=LUXIAN.id),
    pb.Checkpoint(checkpoint_id="C", place=C, competent_id=LUXIAN.id),
]

LU = [officer(f"泸{n}") for n in range(1, 6)]
YONG = [officer(f"永{n}", authority=YONGCHUAN) for n in range(1, 3)]
RONG = [officer(f"荣{n}", authority=RONGCHANG) for n in range(1, 3)]
OFFICERS = (*LU, CHIEF, LEADER)
ROSTERED = {"A": [*YONG, RONG[0], LU[3]], "B": LU[:2], "C": [LU[2], LU[4]]}
AUTHORITIES = {one.id: one for one in (LUXIAN, YONGCHUAN, RONGCHANG)}


def plan(**changes: Any) -> commands.PlanOperationRequest:
    """The written plan with its three checkpoints."""
    fields: dict[str, Any] = {
        "operation_id": OPERATION,
        "name": NAME,
        "operation_type": pb.OPERATION_TYPE_SICHUAN_CHONGQING,
        "purpose": "整治川渝交界非法营运",
        "themes": [pb.THEME_ILLEGAL_TRANSPORT],
        "starts_on": DAY,
        "ends_on": DAY,
        "checkpoints": [
            commands.CheckpointPlan(checkpoint_id=one.checkpoint_id, place=one.place, competent_id=one.competent_id)
            for one in CHECKPOINTS
        ],
    }
    return commands.PlanOperationRequest(**(fields | changes))


PLANNED = pb.OperationPlanned(
    operation_id=OPERATION,
    lead_id=LUXIAN.id,
    operation_type=pb.OPERATION_TYPE_SICHUAN_CHONGQING,
    themes=[pb.THEME_ILLEGAL_TRANSPORT],
    starts_on=DAY,
    ends_on=DAY,
    checkpoints=CHECKPOINTS,
    name=NAME,
    purpose="整治川渝交界非法营运",
    lead_name=LUXIAN.name,
)


def invited(authority: Authority) -> pb.ParticipantInvited:
    return pb.ParticipantInvited(
        operation_id=OPERATION,
        participant_id=authority.id,
        lead_id=LUXIAN.id,
        operation_type=pb.OPERATION_TYPE_SICHUAN_CHONGQING,
        themes=[pb.THEME_ILLEGAL_TRANSPORT],
        starts_on=DAY,
        ends_on=DAY,
        checkpoints=CHECKPOINTS,
        name=NAME,
        purpose="整治川渝交界非法营运",
        contact="泸县执法大队 0830",
    )


def joined(authority: Authority, officers: Sequence[common.OfficerSnapshot]) -> pb.ParticipantJoined:
    return pb.ParticipantJoined(
        operation_id=OPERATION,
        participant_id=authority.id,
        officers=officers,
        cars=[pb.PatrolCar(car_no=1, plate="川E·0001警")],
        participant_name=authority.name,
    )


INVITED = [PLANNED, *(invited(one) for one in AUTHORITIES.values())]
JOINED = [*INVITED, joined(LUXIAN, LU), joined(YONGCHUAN, YONG), joined(RONGCHANG, RONG)]


def assignment(one: common.OfficerSnapshot, checkpoint_id: str, **changes: Any) -> commands.RosterAssignment:
    fields: dict[str, Any] = {
        "participant_id": one.authority_id,
        "officer_id": one.officer_id,
        "checkpoint_id": checkpoint_id,
        "duty": pb.DUTY_INSPECT,
    }
    return commands.RosterAssignment(**(fields | changes))


def entry(one: common.OfficerSnapshot, checkpoint_id: str) -> pb.RosterEntry:
    numbered = {LUXIAN.id: LU, YONGCHUAN.id: YONG, RONGCHANG.id: RONG}[one.authority_id]
    return pb.RosterEntry(
        participant_id=one.authority_id,
        officer=one,
        officer_no=numbered.index(one) + 1,
        checkpoint_id=checkpoint_id,
        duty=pb.DUTY_INSPECT,
    )


ASSIGNMENTS = [assignment(one, at) for at, officers in ROSTERED.items() for one in officers]
ENTRIES = [entry(one, at) for at, officers in ROSTERED.items() for one in officers]
ROSTER = pb.RosterPublished(
    operation_id=OPERATION, participant_ids=list(AUTHORITIES), roster_version=1, entries=ENTRIES
)
READY = [*JOINED, ROSTER]


def numbers(**changes: Any) -> pb.FieldNumbers:
    return pb.FieldNumbers(**({"definition_version": VERSION} | changes))


NUMBERS = {
    LUXIAN.id: numbers(
        car_times=2,
        officer_times=4,
        inspections=3,
        inspections_by_class=[pb.ClassCount(inspection_class=pb.INSPECTION_CLASS_PASSENGER, inspections=3)],
        vehicles_with_findings=1,
        findings=1,
        vehicles_seized=1,
    ),
    YONGCHUAN.id: numbers(
        officer_times=2,
        inspections=1,
        inspections_by_class=[pb.ClassCount(inspection_class=pb.INSPECTION_CLASS_OTHER, inspections=1)],
    ),
    RONGCHANG.id: numbers(),
}
TOTAL = numbers(
    car_times=2,
    officer_times=6,
    inspections=4,
    inspections_by_class=[
        pb.ClassCount(inspection_class=pb.INSPECTION_CLASS_PASSENGER, inspections=3),
        pb.ClassCount(inspection_class=pb.INSPECTION_CLASS_OTHER, inspections=1),
    ],
    vehicles_with_findings=1,
    findings=1,
    vehicles_seized=1,
)
BY_PARTICIPANT = [pb.ParticipantNumbers(participant_id=one, numbers=counted) for one, counted in NUMBERS.items()]
TEXT = summary_text(
    name=NAME,
    starts_on=DAY,
    ends_on=DAY,
    lead_name=LUXIAN.name,
    partner_names=[YONGCHUAN.name, RONGCHANG.name],
    numbers=TOTAL,
)


def reported(authority: Authority, counted: pb.FieldNumbers | None = None) -> pb.ParticipantReported:
    counted = counted or NUMBERS[authority.id]
    return pb.ParticipantReported(
        operation_id=OPERATION,
        participant_id=authority.id,
        numbers=counted,
        findings_assigned=counted.findings,
    )


REPORTED = [*READY, *(reported(one) for one in AUTHORITIES.values())]
CLOSED_EVENT = pb.OperationClosed(
    operation_id=OPERATION,
    participant_ids=list(AUTHORITIES),
    present_ids=[LUXIAN.id, YONGCHUAN.id],
    operation_type=pb.OPERATION_TYPE_SICHUAN_CHONGQING,
)
CLOSED = [*REPORTED, CLOSED_EVENT]


def proposed(**changes: Any) -> pb.SummaryProposed:
    fields: dict[str, Any] = {
        "operation_id": OPERATION,
        "participant_ids": list(AUTHORITIES),
        "proposal_id": PROPOSAL,
        "by_participant": BY_PARTICIPANT,
        "total": TOTAL,
        "text": TEXT,
        "lead_name": LUXIAN.name,
        "partner_names": [YONGCHUAN.name, RONGCHANG.name],
    }
    return sealed(pb.SummaryProposed(**(fields | changes)))


def sealed(proposal: Sealable) -> Sealable:
    """A summary with the figures of its sum and the digest of what it says."""
    proposal.figures.extend(figures(proposal.total))
    proposal.digest = summary_digest(
        operation_id=proposal.operation_id,
        proposal_id=proposal.proposal_id,
        by_participant=proposal.by_participant,
        total=proposal.total,
        text=proposal.text,
    )
    return proposal


def signed(authority: Authority) -> pb.SummarySignatureRecorded:
    return pb.SummarySignatureRecorded(
        operation_id=OPERATION, participant_id=authority.id, proposal_id=PROPOSAL, digest=proposed().digest
    )


SIGNED = [*CLOSED, proposed(), *(signed(one) for one in AUTHORITIES.values())]

# ---- the participation of 泸县 ----

RECEIVED = pb.InvitationReceived(
    participation_id=PART,
    operation_id=OPERATION,
    lead_id=LUXIAN.id,
    operation_type=pb.OPERATION_TYPE_SICHUAN_CHONGQING,
    themes=[pb.THEME_ILLEGAL_TRANSPORT],
    starts_on=DAY,
    ends_on=DAY,
    checkpoints=CHECKPOINTS,
    name=NAME,
    purpose="整治川渝交界非法营运",
)
ACCEPTED = pb.InvitationAccepted(
    participation_id=PART,
    operation_id=OPERATION,
    lead_id=LUXIAN.id,
    participant_id=LUXIAN.id,
    officers=LU,
    cars=[pb.PatrolCar(car_no=1, plate="川E·0001警"), pb.PatrolCar(car_no=2, plate="川E·0002警")],
)
ROSTER_RECEIVED = pb.RosterReceived(participation_id=PART, operation_id=OPERATION, roster_version=1, entries=ENTRIES)
FIELD = [RECEIVED, ACCEPTED, ROSTER_RECEIVED]
"""泸县 in the field: invited, accepted, on the roster."""


def ids(*officers: common.OfficerSnapshot) -> list[str]:
    return [one.officer_id for one in officers]


def coach(plate: str = "川E·A0001", **changes: Any) -> pb.InspectedObject:
    fields: dict[str, Any] = {
        "kind": pb.OBJECT_KIND_VEHICLE,
        "plate": plate,
        "plate_colour": pb.PLATE_COLOUR_YELLOW,
    }
    return pb.InspectedObject(**(fields | changes))


def inspect(**changes: Any) -> commands.RecordInspectionRequest:
    fields: dict[str, Any] = {
        "participation_id": PART,
        "inspection_id": uid("inspection"),
        "checkpoint_id": "B",
        "inspection_class": pb.INSPECTION_CLASS_PASSENGER,
        "object": coach(),
        "result": pb.INSPECTION_RESULT_FINDING,
        "officer_ids": ids(*LU[:2]),
    }
    return commands.RecordInspectionRequest(**(fields | changes))


def inspected(**changes: Any) -> pb.InspectionRecorded:
    fields: dict[str, Any] = {
        "participation_id": PART,
        "operation_id": OPERATION,
        "checkpoint_id": "B",
        "inspection_id": uid("inspection"),
        "inspection_class": pb.INSPECTION_CLASS_PASSENGER,
        "result": pb.INSPECTION_RESULT_FINDING,
        "object_kind": pb.OBJECT_KIND_VEHICLE,
        "object_no": 1,
        "object": coach(),
        "officers": LU[:2],
    }
    return pb.InspectionRecorded(**(fields | changes))


def find(**changes: Any) -> commands.RecordFindingRequest:
    fields: dict[str, Any] = {
        "participation_id": PART,
        "finding_id": uid("finding"),
        "inspection_id": uid("inspection"),
        "act_code": "RTR-63-1",
        "facts": "未取得道路运输经营许可载客四人",
        "party_name": "某甲",
        "officer_ids": ids(*LU[:2]),
    }
    return commands.RecordFindingRequest(**(fields | changes))


def found(**changes: Any) -> pb.FindingRecorded:
    fields: dict[str, Any] = {
        "participation_id": PART,
        "operation_id": OPERATION,
        "checkpoint_id": "B",
        "finding_id": uid("finding"),
        "inspection_id": uid("inspection"),
        "act_code": "RTR-63-1",
        "object_kind": pb.OBJECT_KIND_VEHICLE,
        "object_no": 1,
        "facts": "未取得道路运输经营许可载客四人",
        "party_name": "某甲",
        "places": [B],
        "officers": LU[:2],
    }
    return pb.FindingRecorded(**(fields | changes))


FOUND = [*FIELD, inspected(), found()]


def assigned(owner: Authority = LUXIAN, **changes: Any) -> pb.JurisdictionAssigned:
    fields: dict[str, Any] = {
        "participation_id": PART,
        "operation_id": OPERATION,
        "finding_id": uid("finding"),
        "act_code": "RTR-63-1",
        "owner_id": owner.id,
        "ground": pb.JURISDICTION_GROUND_CHECKPOINT,
    }
    return pb.JurisdictionAssigned(**(fields | changes))
