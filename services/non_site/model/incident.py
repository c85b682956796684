"""One incident, up to four cases (一超四罚; 公路安全保护条例 arts. 41, 64, 66, 68).

    OPEN ──a party of another role──▶ OPEN

Vehicle, driver, transport company and cargo source each answer for their own act, once. Every party that is added
becomes a clue of the cases service; whether it is fined is decided there (行政处罚法 art. 29). Where a clue is not
filed, since it was somebody else, the role is free again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.non_site.v1 import incident_pb2 as pb
from enforcement.non_site.v1 import service_pb2 as commands

from services.kernel.decider import Aggregate, Context, Events
from services.kernel.errors import Refused
from services.kernel.ledger import ids
from services.kernel.messages import to_datetime, to_timestamp
from services.kernel.values import day_of, local, term
from services.non_site.model.shared import Refusal


@dataclass(frozen=True, slots=True)
class Incident:
    """What decisions about an incident read."""

    opened: pb.IncidentOpened = field(default_factory=pb.IncidentOpened)
    parties: Mapping[cases.IncidentRole.ValueType, tuple[str, ...]] = field(default_factory=dict)
    """Cases of each role, one after the other: the last is about whoever has it."""


incident = Aggregate("incident", Incident)

PARTIES_MAX: Final = 3
"""Parties that one role is given to, one after the other: whoever is wrong more often is not sure of the incident."""


def case_of(incident_id: str, role: cases.IncidentRole.ValueType, nth: int = 0) -> str:
    """Id of the case about the party that a role was given to, the first time or again."""
    return str(ids.derive(UUID(incident_id), f"case/{role}/{nth}" if nth else f"case/{role}"))


def cases_of(incident_id: str) -> list[str]:
    """Ids of all cases that an incident may have."""
    roles = cases.IncidentRole.values()[1:]
    return [case_of(incident_id, role, nth) for role in roles for nth in range(PARTIES_MAX)]


@incident.decide(commands.OpenIncidentRequest, basis="公路安全保护条例 art. 64; 行政处罚法 art. 54")
def open_incident(state: Incident, command: commands.OpenIncidentRequest, context: Context) -> Events:
    """An adopted record opens an incident, or what officers found."""
    happened_at = to_datetime(command.happened_at) if command.HasField("happened_at") else context.occurred_at
    _require_happened(happened_at, context)
    yield pb.IncidentOpened(
        incident_id=command.incident_id,
        act_code=command.act_code,
        happened_at=to_timestamp(happened_at),
        place=command.place,
        vehicle=command.vehicle,
        home_division_code=command.home_division_code,
        facts=command.facts,
        capture_id=command.capture_id if context.actor.kind == "service" else "",
        evidence=command.evidence,
        over_kg=command.over_kg,
    )


@incident.evolve(pb.IncidentOpened)
def opened(state: Incident, event: pb.IncidentOpened) -> Incident:
    return replace(state, opened=event)


@incident.decide(commands.AddIncidentPartyRequest, basis="公路安全保护条例 arts. 64, 66, 68")
def add_party(state: Incident, command: commands.AddIncidentPartyRequest, context: Context) -> Events:
    """Each of the four roles has one case that stands."""
    before = state.parties.get(command.role, ())
    turned_down: frozenset[str] = context.found or frozenset()
    if len(before) == PARTIES_MAX or not turned_down.issuperset(before):
        raise Refused(Refusal.ROLE_TAKEN, role=term(cases.IncidentRole, command.role))
    of = state.opened
    _require_happened(to_datetime(of.happened_at), context)
    yield pb.IncidentPartyAdded(
        incident_id=command.incident_id,
        role=command.role,
        case_id=case_of(command.incident_id, command.role, len(before)),
        party=command.party if command.HasField("party") else None,
        vehicle=of.vehicle,
        act_code=command.act_code or of.act_code,
        act_on=day_of(to_datetime(of.happened_at)).isoformat(),
        place=of.place,
        facts=command.facts or of.facts,
        capture_id=of.capture_id,
        evidence=of.evidence,
    )


@incident.evolve(pb.IncidentPartyAdded)
def party_added(state: Incident, event: pb.IncidentPartyAdded) -> Incident:
    before = state.parties.get(event.role, ())
    return replace(state, parties={**state.parties, event.role: (*before, event.case_id)})


def _require_happened(happened_at: datetime, context: Context) -> None:
    """Nobody is proceeded against before it happened."""
    if context.occurred_at < happened_at:
        raise Refused(Refusal.OUT_OF_ORDER, acted_at=local(context.occurred_at), since=local(happened_at))
