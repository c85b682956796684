"""An officer and the credential (执法证) without which nobody enforces (行政处罚法 art. 42).

    ACTIVE ◀──▶ SUSPENDED (暂扣)
      ▲             ▲
      └▶ RECALLED ◀─┘ (收回)           any ──▶ CANCELLED (注销), for good

Guards elsewhere ask for the status at the time of an act, so nothing is overwritten here: each change is an event that
takes effect when it occurred. Whether a credential had expired on a day is judged by whoever asks, from its validity.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from enforcement.officers.v1 import events_pb2 as pb
from enforcement.officers.v1 import service_pb2 as commands

from services.kernel import devices
from services.kernel.decider import Aggregate, Context, Events
from services.kernel.errors import Refused, refusals
from services.kernel.values import day, day_of

Refusal = refusals("enforcement.officers.v1")

APL_42: Final = "行政处罚法 art. 42"
APL_58: Final = "行政处罚法 art. 58"


class Status(StrEnum):
    """What became of the credential by decision; expiry comes by itself."""

    ACTIVE = "有效"
    SUSPENDED = "暂扣"
    RECALLED = "收回"
    CANCELLED = "注销"


@dataclass(frozen=True, slots=True)
class Officer:
    """What decisions about an officer read."""

    status: Status = Status.ACTIVE
    device_keys: Mapping[bytes, bool] = field(default_factory=dict)
    """Whether each key that was ever registered for a device still counts."""

    def require_change_to(self, status: Status) -> None:
        """Refuses a change that changes nothing, and any change of a cancelled credential."""
        if self.status is Status.CANCELLED:
            raise Refused(Refusal.CREDENTIAL_CANCELLED)
        if self.status is status:
            raise Refused(Refusal.CREDENTIAL_ALREADY, status=status)


officer = Aggregate("officer", Officer)


@officer.decide(commands.RegisterOfficerRequest, basis=APL_42)
def register(state: Officer, command: commands.RegisterOfficerRequest, context: Context) -> Events:
    """An officer enters the register with a credential that has a beginning and an end."""
    if day(command.valid_to_on) < day(command.valid_from_on):
        raise Refused(
            Refusal.VALIDITY_ENDS_BEFORE_IT_BEGINS, valid_from=command.valid_from_on, valid_to=command.valid_to_on
        )
    yield pb.OfficerRegistered(
        officer_id=command.officer_id or str(context.new_id(officer.name)),
        name=command.name,
        credential_number=command.credential_number,
        issuing_body=command.issuing_body,
        valid_from_on=command.valid_from_on,
        valid_to_on=command.valid_to_on,
        roles=command.roles,
        specialties=command.specialties,
    )


@officer.evolve(pb.OfficerRegistered)
def registered(state: Officer, event: pb.OfficerRegistered) -> Officer:
    return state


@officer.decide(commands.AssignRolesRequest, basis=APL_42)
def assign_roles(state: Officer, command: commands.AssignRolesRequest, context: Context) -> Events:
    """Roles replace each other from the act on; an officer whose credential is cancelled gets none."""
    if state.status is Status.CANCELLED:
        raise Refused(Refusal.CREDENTIAL_CANCELLED)
    yield pb.RolesAssigned(officer_id=command.officer_id, roles=command.roles)


@officer.evolve(pb.RolesAssigned)
def roles_assigned(state: Officer, event: pb.RolesAssigned) -> Officer:
    return state


@officer.decide(commands.SuspendCredentialRequest, basis=APL_42)
def suspend(state: Officer, command: commands.SuspendCredentialRequest, context: Context) -> Events:
    """The officer may not act until the credential is given back."""
    state.require_change_to(Status.SUSPENDED)
    yield pb.CredentialSuspended(officer_id=command.officer_id, reason=command.reason)


@officer.evolve(pb.CredentialSuspended)
def suspended(state: Officer, event: pb.CredentialSuspended) -> Officer:
    return replace(state, status=Status.SUSPENDED)


@officer.decide(commands.RestoreCredentialRequest, basis=APL_42)
def restore(state: Officer, command: commands.RestoreCredentialRequest, context: Context) -> Events:
    """A suspended or recalled credential is given back."""
    state.require_change_to(Status.ACTIVE)
    yield pb.CredentialRestored(officer_id=command.officer_id, reason=command.reason)


@officer.evolve(pb.CredentialRestored)
def restored(state: Officer, event: pb.CredentialRestored) -> Officer:
    return replace(state, status=Status.ACTIVE)


@officer.decide(commands.RecallCredentialRequest, basis=APL_42)
def recall(state: Officer, command: commands.RecallCredentialRequest, context: Context) -> Events:
    """The credential is taken in."""
    state.require_change_to(Status.RECALLED)
    yield pb.CredentialRecalled(officer_id=command.officer_id, reason=command.reason)


@officer.evolve(pb.CredentialRecalled)
def recalled(state: Officer, event: pb.CredentialRecalled) -> Officer:
    return replace(state, status=Status.RECALLED)


@officer.decide(commands.CancelCredentialRequest, basis=APL_42)
def cancel(state: Officer, command: commands.CancelCredentialRequest, context: Context) -> Events:
    """The credential is gone for good."""
    state.require_change_to(Status.CANCELLED)
    yield pb.CredentialCancelled(officer_id=command.officer_id, reason=command.reason)


@officer.evolve(pb.CredentialCancelled)
def cancelled(state: Officer, event: pb.CredentialCancelled) -> Officer:
    return replace(state, status=Status.CANCELLED)


@officer.decide(commands.RecordLegalQualificationRequest, basis=APL_58)
def record_legal_qualification(
    state: Officer, command: commands.RecordLegalQualificationRequest, context: Context
) -> Events:
    """Whoever newly reviews decisions on penalties has passed the national examination (法律职业资格)."""
    if not (command.obtained_on or command.reviewing_since_on):
        raise Refused(Refusal.NOTHING_TO_RECORD)
    for text in filter(None, (command.obtained_on, command.reviewing_since_on)):
        day(text)
    yield pb.LegalQualificationRecorded(
        officer_id=command.officer_id,
        certificate_number=command.certificate_number,
        obtained_on=command.obtained_on,
        reviewing_since_on=command.reviewing_since_on,
    )


@officer.evolve(pb.LegalQualificationRecorded)
def legal_qualification_recorded(state: Officer, event: pb.LegalQualificationRecorded) -> Officer:
    return state


@officer.decide(commands.RecordTrainingRequest, basis="design")
def record_training(state: Officer, command: commands.RecordTrainingRequest, context: Context) -> Events:
    """Hours count for the year in which the training ended."""
    yield pb.TrainingRecorded(officer_id=command.officer_id, hours=command.hours, subject=command.subject)


@officer.evolve(pb.TrainingRecorded)
def training_recorded(state: Officer, event: pb.TrainingRecorded) -> Officer:
    return state


@officer.decide(commands.RegisterDeviceKeyRequest, basis="design")
def register_device_key(state: Officer, command: commands.RegisterDeviceKeyRequest, context: Context) -> Events:
    """A device signs for one officer, who shows that it holds the key; a key that was revoked does not come back.

    It counts from the act, a few days before the registration at the earliest: so long a device may have been without a
    network since it made the key.
    """
    _require_own_device(command.officer_id, context)
    days = context.rules.number("device_key_backdating_days", day_of(context.now))
    if context.now - context.occurred_at > timedelta(days=days):
        raise Refused(Refusal.DEVICE_KEY_BACKDATED, days=days)
    if state.status is Status.CANCELLED:
        raise Refused(Refusal.CREDENTIAL_CANCELLED)
    if not devices.is_proven(context.authority.id, command.officer_id, command.public_key, command.proof):
        raise Refused(Refusal.DEVICE_KEY_NOT_PROVEN)
    key_id = devices.key_id(context.authority.id, command.officer_id, command.public_key)
    if key_id in state.device_keys:
        raise Refused(Refusal.DEVICE_KEY_ALREADY)
    yield pb.DeviceKeyRegistered(
        officer_id=command.officer_id, key_id=key_id, public_key=command.public_key, device=command.device
    )


@officer.evolve(pb.DeviceKeyRegistered)
def device_key_registered(state: Officer, event: pb.DeviceKeyRegistered) -> Officer:
    return replace(state, device_keys={**state.device_keys, event.key_id: True})


@officer.decide(commands.RevokeDeviceKeyRequest, basis="design")
def revoke_device_key(state: Officer, command: commands.RevokeDeviceKeyRequest, context: Context) -> Events:
    """What the device signs for acts from this instant on counts no more; what it signed for acts before, does."""
    _require_own_device(command.officer_id, context)
    if not state.device_keys.get(command.key_id):
        raise Refused(Refusal.DEVICE_KEY_NOT_REGISTERED, key=command.key_id.hex())
    yield pb.DeviceKeyRevoked(officer_id=command.officer_id, key_id=command.key_id, reason=command.reason)


@officer.evolve(pb.DeviceKeyRevoked)
def device_key_revoked(state: Officer, event: pb.DeviceKeyRevoked) -> Officer:
    return replace(state, device_keys={**state.device_keys, event.key_id: False})


def _require_own_device(officer_id: str, context: Context) -> None:
    """Nobody speaks through the device of a colleague."""
    if context.actor.kind == "officer" and context.actor.id != officer_id:
        raise Refused(Refusal.DEVICE_KEY_OF_ANOTHER)
