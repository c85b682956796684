"""Read model of the register: one row an officer, with the history of status, roles and training in it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import events_pb2 as pb

from services.kernel.facts import Fact
from services.kernel.projection import Row, Views

views = Views("officers", version=3, sql=Path(__file__).with_name("views.sql"))

officer = views.table("officer", key="officer_id")

_STATUS: Final = {
    pb.CredentialSuspended: common.CREDENTIAL_STATUS_SUSPENDED,
    pb.CredentialRestored: common.CREDENTIAL_STATUS_ACTIVE,
    pb.CredentialRecalled: common.CREDENTIAL_STATUS_RECALLED,
    pb.CredentialCancelled: common.CREDENTIAL_STATUS_CANCELLED,
}


@officer.on(pb.OfficerRegistered)
def registered(row: Row, event: pb.OfficerRegistered, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        name=event.name,
        credential_number=event.credential_number,
        issuing_body=event.issuing_body,
        valid_from_on=event.valid_from_on,
        valid_to_on=event.valid_to_on,
        specialties=list(event.specialties),
        statuses=with_entry([], fact.occurred_at, common.CREDENTIAL_STATUS_ACTIVE),
        roles=with_entry([], fact.occurred_at, list(event.roles)),
        training=[],
        device_keys=[],
    )


@officer.on(pb.RolesAssigned)
def roles_assigned(row: Row, event: pb.RolesAssigned, fact: Fact) -> None:
    row["roles"] = with_entry(row["roles"], fact.occurred_at, list(event.roles))


@officer.on(*_STATUS)
def status_changed(row: Row, event: Any, fact: Fact) -> None:
    row["statuses"] = with_entry(row["statuses"], fact.occurred_at, _STATUS[type(event)])


@officer.on(pb.LegalQualificationRecorded)
def legal_qualification_recorded(row: Row, event: pb.LegalQualificationRecorded, fact: Fact) -> None:
    for column, on in (("legally_qualified_on", event.obtained_on), ("reviewing_since_on", event.reviewing_since_on)):
        if on:
            row[column] = on


@officer.on(pb.TrainingRecorded)
def training_recorded(row: Row, event: pb.TrainingRecorded, fact: Fact) -> None:
    row["training"] = with_entry(row["training"], fact.occurred_at, event.hours)


@officer.on(pb.DeviceKeyRegistered)
def device_key_registered(row: Row, event: pb.DeviceKeyRegistered, fact: Fact) -> None:
    row["device_keys"] = [*row["device_keys"], [event.key_id.hex(), event.device, fact.occurred_at.isoformat(), None]]


@officer.on(pb.DeviceKeyRevoked)
def device_key_revoked(row: Row, event: pb.DeviceKeyRevoked, fact: Fact) -> None:
    until = fact.occurred_at.isoformat()
    row["device_keys"] = [
        [key, device, since, until if key == event.key_id.hex() else ended]
        for key, device, since, ended in row["device_keys"]
    ]


def with_entry(history: Sequence[Any], at: datetime, value: Any) -> list[Any]:
    """A history with one more entry, by instant; of two at one instant the later recorded stands later."""
    return sorted([*history, [at.isoformat(), value]], key=lambda entry: datetime.fromisoformat(entry[0]))


def in_force(history: Sequence[Any], at: datetime) -> Any:
    """The value that held at an instant; None before the first entry."""
    held = [value for since, value in history if datetime.fromisoformat(since) <= at]
    return held[-1] if held else None
