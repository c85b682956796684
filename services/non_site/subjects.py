"""Who is counted (公路安全保护条例 art. 66): a vehicle, a driver, a company, each under an id that its identity gives.

The same identity gives the same id on every node and in every year, so that notices of several authorities meet in one
counter, and other events can name a subject without its plate, name or number. The id is no secret: plates are few, and
whoever tries them all finds it. It is kept private all the same.
"""

import re
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.non_site.v1 import follow_up_pb2 as pb

from services.kernel.ledger import ids
from services.kernel.values import identifier, plate_colour

_BEGAN_MS: Final = int(datetime(2011, 7, 1, tzinfo=UTC).timestamp() * 1000)
"""公路安全保护条例 came into force: subjects share these time bits, as ids must have some."""
_ROOT: Final = UUID(int=_BEGAN_MS << 80 | 0x7 << 76 | 0b10 << 62)
PLATE_CHARACTERS_MIN: Final = 5
"""Letters and digits: "川EA1234" has six, those of police and embassies not fewer than five."""
_KINDS: Final = {
    pb.SUBJECT_KIND_VEHICLE: "vehicle",
    pb.SUBJECT_KIND_DRIVER: "driver",
    pb.SUBJECT_KIND_COMPANY: "company",
}


def vehicle(plate: str, colour: str) -> pb.SubjectRef | None:
    """A vehicle by plate and colour, which both belong to it; None when one is missing, or no plate ("无牌")."""
    if not (is_plate(plate) and plate_colour(colour)):
        return None
    return _ref(pb.SUBJECT_KIND_VEHICLE, f"{identifier(plate)}/{plate_colour(colour)}", f"{plate}（{colour}）")


def is_plate(text: str) -> bool:
    """Whether a text is a plate, and no word for one that is missing or was not read: a plate has letters and digits
    that are not all the same."""
    found = re.findall(r"[0-9A-Z]", identifier(text))
    return len(found) >= PLATE_CHARACTERS_MIN and len(set(found)) > 1


def driver(number: str, name: str) -> pb.SubjectRef | None:
    """A driver by the number of the qualification or of the identity card; a name alone counts for nobody."""
    return _ref(pb.SUBJECT_KIND_DRIVER, identifier(number), name or number) if _is_number(number) else None


def company(number: str, name: str) -> pb.SubjectRef | None:
    """A company by its credit code; a name alone counts for nobody."""
    return _ref(pb.SUBJECT_KIND_COMPANY, identifier(number), name or number) if _is_number(number) else None


def subject_of(kind: pb.SubjectKind.ValueType, identity: str) -> str:
    """Id of the subject with a normalised identity."""
    return str(ids.derive(_ROOT, f"{_KINDS[kind]}/{identity}"))


def of_case(
    role: cases.IncidentRole.ValueType, party: cases.Party, owner: cases.Vehicle
) -> dict[pb.SubjectKind.ValueType, pb.SubjectRef | None]:
    """The subjects that one party of an incident and its vehicle name; None for one whose number is missing."""
    found: dict[pb.SubjectKind.ValueType, pb.SubjectRef | None] = {}
    if owner.plate:
        found[pb.SUBJECT_KIND_VEHICLE] = vehicle(owner.plate, owner.plate_colour)
    if role == cases.INCIDENT_ROLE_DRIVER:
        found[pb.SUBJECT_KIND_DRIVER] = driver(party.licence_number or party.id_number, party.name)
    operates = role in (cases.INCIDENT_ROLE_VEHICLE, cases.INCIDENT_ROLE_UNSPECIFIED)
    organised = party.kind == cases.PARTY_KIND_ORGANISATION
    if role == cases.INCIDENT_ROLE_COMPANY or (operates and organised):
        found[pb.SUBJECT_KIND_COMPANY] = company(party.id_number, party.name)
    return found


def of_notice(notice: notices.CopyNotice) -> list[pb.SubjectRef]:
    """The subjects that a notice of another authority names with their numbers."""
    named = (
        vehicle(notice.plate, notice.plate_colour),
        driver(notice.driver_qualification, notice.driver),
        company(notice.employer_number, notice.employer),
    )
    return [one for one in named if one is not None]


def _is_number(text: str) -> bool:
    """Numbers have letters and digits; "不详" has none, and is nobody."""
    return re.fullmatch(r"[0-9A-Z]{6,}", identifier(text)) is not None


def _ref(kind: pb.SubjectKind.ValueType, identity: str, label: str) -> pb.SubjectRef:
    return pb.SubjectRef(subject_id=subject_of(kind, identity), kind=kind, label=label)
