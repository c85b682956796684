"""Facts of a case that forms print, from the clue to the investigation's report."""

from datetime import date
from typing import Any

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import recusal_pb2 as recusal
from enforcement.cases.v1 import side_states_pb2 as side_states

from services.documents.folding import (
    facts_of,
    fine_of,
    json_of,
    penalties_of,
    people_of,
    vessel_of,
)
from services.documents.views import CASE, NOT_ESTABLISHED, matter, of_case
from services.kernel.deadlines.units import start_of
from services.kernel.facts import Fact
from services.kernel.projection import Row
from services.kernel.values import day_of, term


@matter.on(cases.ClueRegistered, key=of_case)
def clue(row: Row, event: cases.ClueRegistered, fact: Fact) -> None:
    row.update(began_position=fact.position, kind=CASE, closed=False)
    facts_of(row).update(
        act_code=event.act_code,
        source=term(cases.ClueSource, event.source),
        received_at=fact.occurred_at.isoformat(),
        act_on=event.act_on,
        place=event.place.description,
        found=event.facts,
        reporter=event.reporter or event.handed_off_by,
        party=json_of(event.party),
        vehicle=json_of(event.vehicle),
        vessel=vessel_of(event.vessel),
        **({"capture": event.capture_id} if event.capture_id else {}),
    )


@matter.on(cases.CaseFiled, key=of_case)
def filed(row: Row, event: cases.CaseFiled, fact: Fact) -> None:
    row["number"] = event.case_number or None
    facts = facts_of(row)
    facts.update(
        filed_at=fact.occurred_at.isoformat(),
        filed_by=fact.actor,
        filing_basis=event.basis,
        case_number=event.case_number,
    )
    if event.HasField("party"):
        facts["party"] = json_of(event.party)
    if event.HasField("vehicle"):
        facts["vehicle"] = json_of(event.vehicle)
    if event.facts:
        facts["found"] = event.facts


@matter.on(cases.CaseNotFiled, key=of_case)
def not_filed(row: Row, event: cases.CaseNotFiled, fact: Fact) -> None:
    facts_of(row)["not_filed"] = {
        "reason": event.reason,
        "told": event.reporter_informed,
        "on": day_of(fact.occurred_at).isoformat(),
        "by": fact.actor,
    }


@matter.on(imports.CaseImported, key=of_case)
def imported(row: Row, event: imports.CaseImported, fact: Fact) -> None:
    known = event.imported
    row.update(began_position=fact.position, kind=CASE, closed=bool(event.closed_on), number=known.case_number or None)
    facts_of(row).update(
        act_code=known.act_code,
        source=term(cases.ClueSource, known.source),
        received_at=start_of(date.fromisoformat(known.registered_on)).isoformat(),
        act_on=known.act_on,
        place=known.place.description,
        found=known.facts,
        party=json_of(known.party),
        vehicle=json_of(known.vehicle),
        vessel=vessel_of(known.vessel),
        **({"filed_at": start_of(date.fromisoformat(known.filed_on)).isoformat()} if known.filed_on else {}),
        case_number=known.case_number,
        handlers=[{"officer_id": one, "credential_number": ""} for one in known.officer_ids],
        handled_by=sorted(known.officer_ids),
        evidence=[
            {
                "evidence_id": one.evidence_id,
                "kind": term(cases.EvidenceKind, one.kind),
                "description": one.description,
                "at": fact.occurred_at.isoformat(),
            }
            for one in known.evidence
        ],
        **_imported_outcome(known),
    )


def _imported_outcome(known: imports.ImportedCase) -> dict[str, Any]:
    """What the older system decided and how it ended, as far as it says so."""
    found: dict[str, Any] = {}
    if known.told_on:
        found["notice"] = {
            "proposed": penalties_of(known.proposed),
            "hearing": known.hearing_right,
            "on": known.told_on,
        }
    if known.decided_on and known.penalties:
        found["outcome"] = "penalty"
        found["decision"] = {
            "penalties": penalties_of(known.penalties),
            "fine_fen": fine_of(known.penalties),
            "on": known.decided_on,
        }
    elif known.decided_on and known.no_penalty_ground:
        ground = term(cases.NoPenaltyGround, known.no_penalty_ground)
        found |= {"outcome": "no_penalty", "no_penalty": {"ground": ground, "on": known.decided_on}}
    elif known.decided_on:
        found |= {"outcome": "not_established", "no_penalty": {"ground": NOT_ESTABLISHED, "on": known.decided_on}}
    if known.served_on:
        found["served"] = {"on": known.served_on}
    if known.closing_ground:
        found["closing"] = {"ground": term(cases.ClosingGround, known.closing_ground)}
    return found


@matter.on(cases.CaseNumbered, key=of_case)
def numbered(row: Row, event: cases.CaseNumbered, fact: Fact) -> None:
    row["number"] = event.case_number
    facts_of(row)["case_number"] = event.case_number


@matter.on(cases.OfficersAssigned, key=of_case)
def assigned(row: Row, event: cases.OfficersAssigned, fact: Fact) -> None:
    facts = facts_of(row)
    facts["handlers"] = people_of(event.officers)
    facts["handled_by"] = sorted({*facts.get("handled_by", []), *(one.officer_id for one in event.officers)})


@matter.on(recusal.RecusalDecided, key=of_case)
def recusal_decided(row: Row, event: recusal.RecusalDecided, fact: Fact) -> None:
    if event.recused:
        facts = facts_of(row)
        facts["recused"] = sorted({*facts.get("recused", []), event.officer_id})


@matter.on(cases.CorrectionOrdered, key=of_case)
def correction_ordered(row: Row, event: cases.CorrectionOrdered, fact: Fact) -> None:
    facts_of(row)["correction"] = {"content": event.content, "due_on": event.due_on}


@matter.on(cases.InvestigationClosed, key=of_case)
def investigated(row: Row, event: cases.InvestigationClosed, fact: Fact) -> None:
    facts_of(row)["investigation"] = {"facts": event.facts, "closed_on": day_of(fact.occurred_at).isoformat()}


@matter.on(side_states.CaseTransferredToAuthority, key=of_case)
def transferred_to_authority(row: Row, event: side_states.CaseTransferredToAuthority, fact: Fact) -> None:
    facts_of(row)["transferred"] = {
        "receiver": event.receiver_name,
        "receiver_id": event.receiver_id,
        "reason": event.reason,
    }
