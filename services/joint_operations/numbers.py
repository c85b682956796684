"""The numbers of joint operations as functions of events (口径), versioned.

number                    unit   what is counted
car_times                 辆次    different (patrol car, day) of OfficerCheckedIn with a car
officer_times             人次    different (officer, day) of OfficerCheckedIn
inspections, by class     台次    InspectionRecorded; the same vehicle inspected twice counts twice
vehicles_with_findings    台      different vehicles (object_no) of FindingRecorded
findings                  项      FindingRecorded; from version 2 on less FindingWithdrawn, vehicles likewise
education_heads           人次    sum of EducationRecorded.head_count (警示教育, never the penalty 警告)
vehicles_seized           台      different vehicles (object_no) of HandlingRecorded with SEIZED

A day is a day in Asia/Shanghai. Every number is that of one participation; an operation's is their sum, so that a
vehicle stopped by two authorities counts for each: no plate leaves an authority, not even as a hash. Only fields of
the feed are read, so whoever has the feeds computes the same. Persons of partners without a node are no officers and
count in none of these; attributes of an operation decide none of them.

A released version never changes: `DEFINITIONS` keeps each, a summary names those it was made by, and a rule that
counts differently is a new version beside them. Figures of different units, or of different definitions, are not added.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from enforcement.joint_operations.v1 import corrections_pb2 as corrections
from enforcement.joint_operations.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.kernel.values import day_of, term

VERSION: Final = 2
"""Version of the definitions that new reports are made by."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One number of one version: what it is called, in what it is counted, where it stands in FieldNumbers."""

    id: str
    version: int
    unit: pb.FigureUnit.ValueType
    zh: str
    field: str


DEFINITIONS: Final = {
    (one.id, one.version): one
    for version in range(1, VERSION + 1)
    for one in (
        Definition("joint.cars", version, pb.FIGURE_UNIT_CAR_TIME, "出动执法车辆", "car_times"),
        Definition("joint.officers", version, pb.FIGURE_UNIT_PERSON_TIME, "出动执法人员", "officer_times"),
        Definition("joint.inspections", version, pb.FIGURE_UNIT_INSPECTION, "检查", "inspections"),
        Definition(
            "joint.vehicles_with_findings",
            version,
            pb.FIGURE_UNIT_VEHICLE,
            "发现涉嫌违法车辆",
            "vehicles_with_findings",
        ),
        Definition("joint.findings", version, pb.FIGURE_UNIT_ITEM, "发现事项", "findings"),
        Definition("joint.education", version, pb.FIGURE_UNIT_PERSON_TIME, "警示教育", "education_heads"),
        Definition("joint.vehicles_seized", version, pb.FIGURE_UNIT_VEHICLE, "扣押车辆", "vehicles_seized"),
    )
}
"""Every definition ever released, by id and version."""


def figures(counted: pb.FieldNumbers) -> list[pb.Figure]:
    """Numbers as figures, each with the definition and the unit that it was made by.

    Raises:
        ValueError: no definition of that version is known here.
    """
    known = [one for one in DEFINITIONS.values() if one.version == counted.definition_version]
    if not known:
        raise ValueError(f"numbers of definition {counted.definition_version} are not known here")
    return [
        pb.Figure(
            definition_id=one.id, definition_version=one.version, unit=one.unit, value=getattr(counted, one.field)
        )
        for one in known
    ]


def said(figure: pb.Figure, *, to: int = 1) -> str:
    """A figure as a report says it: exact, or rounded down to a multiple of `to` with 余 (and some more).

    2923人次 to 100 is 2900余人次; 1908台次 stays as it is. Only the text is rounded, never what is stored.
    """
    down = figure.value // to * to
    return f"{down}{'余' if down < figure.value else ''}{term(pb.FigureUnit, figure.unit)}"


@dataclass(frozen=True, slots=True)
class Tally:
    """What the events of one participation give so far."""

    cars: frozenset[tuple[int, date]] = frozenset()
    officers: frozenset[tuple[int, date]] = frozenset()
    inspections: tuple[tuple[pb.InspectionClass.ValueType, int], ...] = ()
    vehicles_with_findings: frozenset[int] = frozenset()
    findings: int = 0
    education_heads: int = 0
    vehicles_seized: frozenset[int] = frozenset()


def count(tally: Tally, event: Message, occurred_at: datetime) -> Tally:
    """The tally after one more event; events that no number counts leave it as it is."""
    match event:
        case pb.OfficerCheckedIn():
            day = day_of(occurred_at)
            cars = tally.cars | {(event.car_no, day)} if event.car_no else tally.cars
            return replace(tally, cars=cars, officers=tally.officers | {(event.officer_no, day)})
        case pb.InspectionRecorded():
            counts = dict(tally.inspections)
            counts[event.inspection_class] = counts.get(event.inspection_class, 0) + 1
            return replace(tally, inspections=tuple(sorted(counts.items())))
        case pb.FindingRecorded():
            vehicles = tally.vehicles_with_findings | _vehicle(event)
            return replace(tally, vehicles_with_findings=vehicles, findings=tally.findings + 1)
        case corrections.FindingWithdrawn():
            gone = frozenset() if event.findings_left else _vehicle(event)
            vehicles = tally.vehicles_with_findings - gone
            return replace(tally, vehicles_with_findings=vehicles, findings=tally.findings - 1)
        case pb.EducationRecorded():
            return replace(tally, education_heads=tally.education_heads + event.head_count)
        case pb.HandlingRecorded(handling=pb.HANDLING_SEIZED):
            return replace(tally, vehicles_seized=tally.vehicles_seized | _vehicle(event))
        case _:
            return tally


def numbers(tally: Tally) -> pb.FieldNumbers:
    """The numbers that a tally gives."""
    return pb.FieldNumbers(
        definition_version=VERSION,
        car_times=len(tally.cars),
        officer_times=len(tally.officers),
        inspections=sum(inspections for _, inspections in tally.inspections),
        inspections_by_class=[
            pb.ClassCount(inspection_class=kind, inspections=inspections) for kind, inspections in tally.inspections
        ],
        vehicles_with_findings=len(tally.vehicles_with_findings),
        findings=tally.findings,
        education_heads=tally.education_heads,
        vehicles_seized=len(tally.vehicles_seized),
    )


def numbers_of(events: Iterable[tuple[Message, datetime]]) -> pb.FieldNumbers:
    """The numbers of one participation from its events, each with the time of its act."""
    tally = Tally()
    for event, occurred_at in events:
        tally = count(tally, event, occurred_at)
    return numbers(tally)


def total(several: Iterable[pb.FieldNumbers]) -> pb.FieldNumbers:
    """The numbers of an operation: the sum of its participations'.

    Raises:
        ValueError: a part was computed by another version of the definition, so the sum would mean nothing.
    """
    summed = pb.FieldNumbers(definition_version=VERSION)
    by_class: dict[pb.InspectionClass.ValueType, int] = {}
    for part in several:
        if part.definition_version != VERSION:
            raise ValueError(f"numbers of definition {part.definition_version} do not add to those of {VERSION}")
        summed.car_times += part.car_times
        summed.officer_times += part.officer_times
        summed.inspections += part.inspections
        summed.vehicles_with_findings += part.vehicles_with_findings
        summed.findings += part.findings
        summed.education_heads += part.education_heads
        summed.vehicles_seized += part.vehicles_seized
        for counted in part.inspections_by_class:
            by_class[counted.inspection_class] = by_class.get(counted.inspection_class, 0) + counted.inspections
    for kind, inspections in sorted(by_class.items()):
        summed.inspections_by_class.add(inspection_class=kind, inspections=inspections)
    return summed


def _vehicle(event: pb.FindingRecorded | corrections.FindingWithdrawn | pb.HandlingRecorded) -> frozenset[int]:
    return frozenset({event.object_no} if event.object_kind == pb.OBJECT_KIND_VEHICLE else ())
