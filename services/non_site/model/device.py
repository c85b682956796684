"""Devices that record violations (电子技术监控设备, 行政处罚法 art. 41).

    IN_SERVICE ⇄ SUSPENDED        either ──retire──▶ RETIRED

A device's record counts only while all gates hold: what became of the device is kept with the instant from which it
holds, so that `gates_at` can say how it stood at any earlier instant.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from enforcement.non_site.v1 import device_pb2 as pb
from enforcement.non_site.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.messages import to_datetime
from services.kernel.rules import Rules
from services.kernel.values import day, day_of, local
from services.non_site.model.shared import APL_41, Refusal

_T = TypeVar("_T")


class Stage(StrEnum):
    """Where a device stands."""

    IN_SERVICE = "在用"
    SUSPENDED = "停用"
    RETIRED = "已报废"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A metrology certificate, and when it was taken back."""

    recorded: pb.CertificateRecorded
    invalid_from: datetime | None = None

    def covers(self, instant: datetime) -> bool:
        """Whether it is valid at an instant: both days of its validity belong to it."""
        on = day_of(instant).isoformat()
        return self.recorded.valid_from_on <= on <= self.recorded.valid_to_on and not self.invalid_by(instant)

    def invalid_by(self, instant: datetime) -> bool:
        """Whether it was taken back by an instant."""
        return self.invalid_from is not None and self.invalid_from <= instant


@dataclass(frozen=True, slots=True)
class Device(Staged):
    """What is known of a device, each fact with the instant from which it holds, in the order of those instants."""

    registered: pb.DeviceRegistered = field(default_factory=pb.DeviceRegistered)
    stages: tuple[tuple[datetime, Stage], ...] = ()
    certificates: tuple[Certificate, ...] = ()
    reviews: tuple[tuple[datetime, pb.DeviceReviewed], ...] = ()
    signs: tuple[tuple[datetime, pb.SignRecorded], ...] = ()
    locations: tuple[tuple[datetime, pb.LocationPublished | None], ...] = ()
    """Publications; None from when one was withdrawn."""

    @property
    def stage(self) -> Stage:
        """The latest stage."""
        return self.stages[-1][1] if self.stages else Stage.IN_SERVICE

    def stage_at(self, instant: datetime) -> Stage | None:
        """The stage at an instant; None before the device was registered."""
        return _held(self.stages, instant)

    def review_at(self, kind: pb.DeviceReviewKind.ValueType, instant: datetime) -> pb.DeviceReviewed | None:
        """The latest review of a kind by an instant."""
        return _held([entry for entry in self.reviews if entry[1].kind == kind], instant)

    def location_at(self, instant: datetime) -> pb.LocationPublished | None:
        """The publication in force at an instant."""
        return _held(self.locations, instant)


device = Aggregate("device", Device)

WEIGHING: Final = (pb.DEVICE_KIND_WEIGH_IN_MOTION, pb.DEVICE_KIND_FIXED_SCALE)
"""These weigh, and need a metrology certificate."""


def gates_at(state: Device, instant: datetime, rules: Rules) -> list[pb.GateState]:
    """Every gate of art. 41 as it was at an instant. Pure; the switches are those of the instant's day."""
    stage = state.stage_at(instant)
    legal = state.review_at(pb.DEVICE_REVIEW_KIND_LEGAL, instant)
    technical = state.review_at(pb.DEVICE_REVIEW_KIND_TECHNICAL, instant)
    passed = technical is not None and technical.passed
    return [
        _gate(pb.GATE_IN_SERVICE, stage is Stage.IN_SERVICE, stage or "尚未登记"),
        _certificate_gate(state, instant),
        _gate(pb.GATE_LEGAL_REVIEW, legal is not None and legal.passed, _verdict(legal)),
        _gate(pb.GATE_TECHNICAL_REVIEW, passed, _verdict(technical)),
        _gate(pb.GATE_STANDARDS, passed and technical is not None and technical.meets_standards, _verdict(technical)),
        _gate(pb.GATE_PLACEMENT, passed and technical is not None and technical.placed_reasonably, _verdict(technical)),
        _sign_gate(_held(state.signs, instant), rules.number("sign_metres_min", day_of(instant))),
        _location_gate(state.location_at(instant), instant),
    ]


def closed(gates: Iterable[pb.GateState]) -> list[pb.GateState]:
    """The gates that do not hold."""
    return [gate for gate in gates if not gate.holds]


@device.decide(commands.RegisterDeviceRequest, basis=APL_41)
def register(state: Device, command: commands.RegisterDeviceRequest, context: Context) -> Events:
    """A device is known by what it is and where it stands; none of its records counts yet."""
    yield pb.DeviceRegistered(
        device_id=command.device_id,
        kind=command.kind,
        name=command.name,
        model=command.model,
        serial_number=command.serial_number,
        place=command.place,
        standards=command.standards,
    )


@device.evolve(pb.DeviceRegistered)
def registered(state: Device, event: pb.DeviceRegistered, act: Act) -> Device:
    return replace(state, registered=event, stages=((act.occurred_at, Stage.IN_SERVICE),))


@device.decide(commands.RecordCertificateRequest, basis=APL_41)
def record_certificate(state: Device, command: commands.RecordCertificateRequest, context: Context) -> Events:
    """A certificate has a first and a last day; a renewal is another certificate."""
    _require_not_retired(state)
    if day(command.valid_to_on) < day(command.valid_from_on):
        raise Refused(Refusal.CERTIFICATE_DAYS, **{"from": command.valid_from_on, "to": command.valid_to_on})
    if any(one.recorded.number == command.number for one in state.certificates):
        raise Refused(Refusal.CERTIFICATE_TWICE, number=command.number)
    yield pb.CertificateRecorded(
        device_id=command.device_id,
        number=command.number,
        issuer=command.issuer,
        valid_from_on=command.valid_from_on,
        valid_to_on=command.valid_to_on,
        file=command.file,
        superseded=_outlasted(command.valid_to_on, state.certificates),
    )


@device.evolve(pb.CertificateRecorded)
def certificate_recorded(state: Device, event: pb.CertificateRecorded) -> Device:
    return replace(state, certificates=(*state.certificates, Certificate(event)))


@device.decide(commands.InvalidateCertificateRequest, basis=APL_41)
def invalidate_certificate(state: Device, command: commands.InvalidateCertificateRequest, context: Context) -> Events:
    """A certificate that was taken back holds no longer, from then on."""
    held = next((one for one in state.certificates if one.recorded.number == command.number), None)
    if held is None or held.invalid_from is not None:
        raise Refused(Refusal.CERTIFICATE_UNKNOWN, number=command.number)
    others = [one for one in state.certificates if one is not held]
    yield pb.CertificateInvalidated(
        device_id=command.device_id,
        number=command.number,
        reason=command.reason,
        superseded=_outlasted(held.recorded.valid_to_on, others),
    )


@device.evolve(pb.CertificateInvalidated)
def certificate_invalidated(state: Device, event: pb.CertificateInvalidated, act: Act) -> Device:
    ended = tuple(
        replace(one, invalid_from=act.occurred_at) if one.recorded.number == event.number else one
        for one in state.certificates
    )
    return replace(state, certificates=ended)


@device.decide(commands.ReviewDeviceRequest, basis=APL_41)
def review(state: Device, command: commands.ReviewDeviceRequest, context: Context) -> Events:
    """A legal reviewer and technical staff review the device; the technical one answers for standards and place."""
    _require_not_retired(state)
    legal = command.kind == pb.DEVICE_REVIEW_KIND_LEGAL
    if legal and not context.actor.holds(options.ROLE_LEGAL_REVIEWER):
        raise Refused(Refusal.NEEDS_LEGAL_REVIEWER)
    if not legal and command.passed and not (command.meets_standards and command.placed_reasonably):
        raise Refused(Refusal.REVIEW_INCOMPLETE)
    yield pb.DeviceReviewed(
        device_id=command.device_id,
        kind=command.kind,
        passed=command.passed,
        meets_standards=command.meets_standards,
        placed_reasonably=command.placed_reasonably,
        opinion=command.opinion,
        reviewer=context.active_officer(context.actor.id),
        document=command.document if command.HasField("document") else None,
    )


@device.evolve(pb.DeviceReviewed)
def reviewed(state: Device, event: pb.DeviceReviewed, act: Act) -> Device:
    return replace(state, reviews=_with(state.reviews, act.occurred_at, event))


@device.decide(commands.RecordSignRequest, basis=APL_41)
def record_sign(state: Device, command: commands.RecordSignRequest, context: Context) -> Events:
    """The sign is recorded as it was found, also when it is gone: from then on the gate is closed."""
    _require_not_retired(state)
    yield pb.SignRecorded(
        device_id=command.device_id,
        visible=command.visible,
        distance_metres=command.distance_metres,
        pictures=command.pictures,
    )


@device.evolve(pb.SignRecorded)
def sign_recorded(state: Device, event: pb.SignRecorded, act: Act) -> Device:
    return replace(state, signs=_with(state.signs, act.occurred_at, event))


@device.decide(commands.PublishLocationRequest, basis=APL_41)
def publish(state: Device, command: commands.PublishLocationRequest, context: Context) -> Events:
    """The location is public for its notice period before the device starts."""
    _require_not_retired(state)
    first, last = day(command.notice_from_on), day(command.notice_to_on)
    if last < first:
        raise Refused(Refusal.NOTICE_DAYS, **{"from": first, "to": last})
    needed = context.rules.number("device_notice_days", context.today)
    if (days := (last - first).days + 1) < needed:
        raise Refused(Refusal.NOTICE_TOO_SHORT, days=days, needed=needed)
    starts_at = to_datetime(command.starts_at)
    if day_of(starts_at) <= last:
        raise Refused(Refusal.STARTS_BEFORE_NOTICE_ENDS, starts_at=local(starts_at), to=last)
    if first > context.today:
        detail = f"notice_from_on: {first} has not come; the publication is recorded when it was made"
        raise Refused(KernelRefusal.INVALID_REQUEST, detail=detail)
    yield pb.LocationPublished(
        device_id=command.device_id,
        notice_from_on=command.notice_from_on,
        notice_to_on=command.notice_to_on,
        starts_at=command.starts_at,
        channel=command.channel,
        url=command.url,
    )


@device.evolve(pb.LocationPublished)
def published(state: Device, event: pb.LocationPublished, act: Act) -> Device:
    return replace(state, locations=_with(state.locations, act.occurred_at, event))


@device.decide(commands.WithdrawLocationRequest, basis=APL_41)
def withdraw(state: Device, command: commands.WithdrawLocationRequest, context: Context) -> Events:
    """A location that is public no longer closes the gate, from then on."""
    if state.location_at(context.occurred_at) is None:
        raise Refused(Refusal.LOCATION_NOT_PUBLISHED)
    yield pb.LocationWithdrawn(device_id=command.device_id, reason=command.reason)


@device.evolve(pb.LocationWithdrawn)
def withdrawn(state: Device, event: pb.LocationWithdrawn, act: Act) -> Device:
    return replace(state, locations=_with(state.locations, act.occurred_at, None))


@device.decide(commands.SuspendDeviceRequest, basis="design")
def suspend(state: Device, command: commands.SuspendDeviceRequest, context: Context) -> Events:
    """A device that is out of order records nothing that counts."""
    state.require(Stage.IN_SERVICE)
    yield pb.DeviceSuspended(device_id=command.device_id, reason=command.reason)


@device.evolve(pb.DeviceSuspended)
def suspended(state: Device, event: pb.DeviceSuspended, act: Act) -> Device:
    return replace(state, stages=_with(state.stages, act.occurred_at, Stage.SUSPENDED))


@device.decide(commands.ResumeDeviceRequest, basis="design")
def resume(state: Device, command: commands.ResumeDeviceRequest, context: Context) -> Events:
    """What was wrong is put right."""
    state.require(Stage.SUSPENDED)
    yield pb.DeviceResumed(device_id=command.device_id, reason=command.reason)


@device.evolve(pb.DeviceResumed)
def resumed(state: Device, event: pb.DeviceResumed, act: Act) -> Device:
    return replace(state, stages=_with(state.stages, act.occurred_at, Stage.IN_SERVICE))


@device.decide(commands.RetireDeviceRequest, basis="design")
def retire(state: Device, command: commands.RetireDeviceRequest, context: Context) -> Events:
    """A device that is moved or scrapped ends here."""
    _require_not_retired(state)
    yield pb.DeviceRetired(device_id=command.device_id, reason=command.reason)


@device.evolve(pb.DeviceRetired)
def retired(state: Device, event: pb.DeviceRetired, act: Act) -> Device:
    return replace(state, stages=_with(state.stages, act.occurred_at, Stage.RETIRED))


def _outlasted(valid_to_on: str, others: Iterable[Certificate]) -> bool:
    """Whether another certificate is valid longer."""
    return any(one.invalid_from is None and one.recorded.valid_to_on > valid_to_on for one in others)


def _require_not_retired(state: Device) -> None:
    state.require(Stage.IN_SERVICE, Stage.SUSPENDED)


def _with(entries: tuple[tuple[datetime, _T], ...], at: datetime, entry: _T) -> tuple[tuple[datetime, _T], ...]:
    """One more, in the order of instants; of two at one instant the later recorded one holds."""
    return tuple(sorted((*entries, (at, entry)), key=lambda one: one[0]))


def _held(entries: Iterable[tuple[datetime, _T]], instant: datetime) -> _T | None:
    found: _T | None = None
    for at, entry in entries:
        if at <= instant:
            found = entry
    return found


def _gate(gate: pb.Gate.ValueType, holds: bool, detail: str) -> pb.GateState:
    return pb.GateState(gate=gate, holds=holds, detail=detail)


def _verdict(found: pb.DeviceReviewed | None) -> str:
    if found is None:
        return "未审核"
    return "审核通过" if found.passed else "审核未通过"


def _certificate_gate(state: Device, instant: datetime) -> pb.GateState:
    if state.registered.kind not in WEIGHING:
        return _gate(pb.GATE_CERTIFICATE, True, "非计量设备")
    held = next((one.recorded for one in reversed(state.certificates) if one.covers(instant)), None)
    if held is not None:
        return _gate(pb.GATE_CERTIFICATE, True, f"{held.number}，有效期至{held.valid_to_on}")
    taken_back = next((one.recorded.number for one in reversed(state.certificates) if one.invalid_by(instant)), "")
    last = max((one.recorded.valid_to_on for one in state.certificates if not one.invalid_by(instant)), default="")
    why = f"采集时无有效证书，最近有效期至{last}" if last else f"{taken_back}已失效" if taken_back else "无检定证书"
    return _gate(pb.GATE_CERTIFICATE, False, why)


def _sign_gate(sign: pb.SignRecorded | None, needed: int) -> pb.GateState:
    if sign is None:
        return _gate(pb.GATE_SIGN, False, "未登记标志")
    if not sign.visible:
        return _gate(pb.GATE_SIGN, False, "标志缺失或者不可见")
    return _gate(pb.GATE_SIGN, sign.distance_metres >= needed, f"前方{sign.distance_metres}米，要求{needed}米")


def _location_gate(location: pb.LocationPublished | None, instant: datetime) -> pb.GateState:
    if location is None:
        return _gate(pb.GATE_LOCATION, False, "采集时设置地点未公布")
    starts_at = to_datetime(location.starts_at)
    return _gate(pb.GATE_LOCATION, instant >= starts_at, f"{local(starts_at)}启用，{location.channel}")
