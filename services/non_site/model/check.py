"""The technical check of a record (技术校验): pure functions of the record, the device and the day's switches."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from enforcement.non_site.v1 import capture_pb2 as pb

from services.kernel.messages import to_datetime
from services.kernel.rules import Rules
from services.kernel.values import day_of
from services.non_site import subjects
from services.non_site.model.device import WEIGHING, Device, closed, gates_at
from services.non_site.overload import Limits, assess

AXLES_MIN: Final = 2
GROSS_KG_MIN: Final = 500
GROSS_KG_MAX: Final = 500_000
"""No vehicle weighs less, or more, on a road: the scale failed."""


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """The device of a record as its ledger stream has it."""

    state: Device
    version: int


def check(recorded: pb.CaptureRecorded, found: FoundDevice, rules: Rules) -> pb.CaptureChecked:
    """Everything that keeps the record from being evidence, and what the law makes of what was measured.

    The device is judged as it was at the instant of the capture, whatever became of it since.
    """
    at = to_datetime(recorded.captured_at)
    gates = gates_at(found.state, at, rules)
    failures = list(_failures(recorded, found.state, at, rules))
    if closed(gates):
        failures.append(pb.CHECK_FAILURE_DEVICE)
    return pb.CaptureChecked(
        capture_id=recorded.capture_id,
        device_id=recorded.device_id,
        passed=not failures,
        failures=failures,
        gates=gates,
        device_version=found.version,
        place=found.state.registered.place,
        assessment=assess(recorded.measured, Limits.of(rules, day_of(at))),
    )


def _failures(
    recorded: pb.CaptureRecorded, device: Device, at: datetime, rules: Rules
) -> Iterator[pb.CheckFailure.ValueType]:
    measured = recorded.measured
    weighs = device.registered.kind in WEIGHING
    if subjects.vehicle(recorded.plate, recorded.plate_colour) is None:
        yield pb.CHECK_FAILURE_PLATE
    if measured.axles < AXLES_MIN:
        yield pb.CHECK_FAILURE_AXLES
    if weighs and not GROSS_KG_MIN <= measured.gross_kg <= GROSS_KG_MAX:
        yield pb.CHECK_FAILURE_WEIGHT
    if not weighs and measured.gross_kg:
        yield pb.CHECK_FAILURE_DEVICE_KIND
    kinds = {picture.kind for picture in recorded.pictures}
    on = day_of(at)
    if len(kinds - {pb.PICTURE_KIND_VIDEO}) < rules.number("capture_pictures_min", on):
        yield pb.CHECK_FAILURE_PICTURES
    if pb.PICTURE_KIND_VIDEO not in kinds and rules.get("capture_video", on) == "required":
        yield pb.CHECK_FAILURE_VIDEO
