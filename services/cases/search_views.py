"""Read models by which cases are found, and what was imported: folds beside those of `views`."""

from typing import Any

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import import_pb2 as imports

from services.cases.model.importing import clue_of
from services.cases.search import content, normal, pairs
from services.kernel.facts import Fact
from services.kernel.projection import Row, Views


def keep_search(views: Views) -> None:
    """Fills the tables `case_search` and `imported_case`."""
    found = views.table("case_search", key="case_id")
    imported_case = views.table("imported_case", key=("source_system", "external_id"))

    @found.on(pb.ClueRegistered)
    def registered(row: Row, event: pb.ClueRegistered, fact: Fact) -> None:
        row.update(facts=event.facts, case_number="", plate="", plate_colour="", vessel=_marks(event.vessel))
        _about(row, event.party, event.vehicle)

    @found.on(pb.CaseFiled)
    def filed(row: Row, event: pb.CaseFiled, fact: Fact) -> None:
        row.update(facts=event.facts, case_number=event.case_number)
        _about(row, event.party, event.vehicle)

    @found.on(pb.CaseNumbered)
    def numbered(row: Row, event: pb.CaseNumbered, fact: Fact) -> None:
        row["case_number"] = event.case_number
        _index(row)

    @found.on(pb.InvestigationClosed)
    def reported(row: Row, event: pb.InvestigationClosed, fact: Fact) -> None:
        row["found"] = event.facts
        _index(row)

    @found.on(imports.CaseImported)
    def imported(row: Row, event: imports.CaseImported, fact: Fact) -> None:
        row["case_number"] = event.imported.case_number
        row["facts"] = event.imported.facts
        clue = clue_of(event)
        row["vessel"] = _marks(clue.vessel)
        _about(row, clue.party, clue.vehicle)

    @imported_case.on(imports.CaseImported, key=lambda event, fact: (event.source_system, event.imported.external_id))
    def known(row: Row, event: imports.CaseImported, fact: Fact) -> None:
        row.update(case_id=event.case_id, row_sha256=event.imported.row_sha256.hex())


def _marks(vessel: pb.Vessel) -> list[str]:
    """By what a vessel is known: any of them finds it, in place of a plate."""
    return sorted({*map(normal, (vessel.name, vessel.identification_number, vessel.mmsi))} - {""})


def _about(row: Row, party: pb.Party, vehicle: pb.Vehicle) -> None:
    """Party and vehicle; what is not said of the vehicle stays as it was known."""
    row.update(party=party.name, party_name=normal(party.name), party_number=normal(party.id_number))
    if vehicle.plate:
        row.update(plate=normal(vehicle.plate), plate_colour=vehicle.plate_colour)
    _index(row)


def _index(row: Row) -> None:
    parts: list[Any] = [row.get(name) for name in ("case_number", "party", "facts", "found")]
    row["content"] = content(*(part or "" for part in parts))
    row["pairs"] = pairs(row["content"])
