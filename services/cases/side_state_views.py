"""Read model of what lies over the stage of a case: it stands still, is disputed, waits for a correction."""

from typing import Any

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.deadlines.v1 import events_pb2 as clocks

from services.cases.deadlines import CORRECTION
from services.cases.views import case_file
from services.kernel.facts import Fact
from services.kernel.projection import Row

SUSPENDED, DISPUTED, TO_POLICE, AMENDED, UNCORRECTED = "中止", "管辖争议", "移送公安机关", "已变更", "逾期未改正"
"""Side states; those of remedies are the terms of their kinds."""


def overlay(row: Row, state: str, *, present: bool) -> None:
    """A side state is there, or no longer."""
    others = [one for one in row.get("side_states") or () if one != state]
    row["side_states"] = [*others, state] if present else others


@case_file.on(side.CaseSuspended, side.CaseResumed)
def standing(row: Row, event: Any, fact: Fact) -> None:
    overlay(row, SUSPENDED, present=isinstance(event, side.CaseSuspended))


@case_file.on(side.JurisdictionDisputed, side.JurisdictionSettled)
def dispute_moved(row: Row, event: Any, fact: Fact) -> None:
    overlay(row, DISPUTED, present=isinstance(event, side.JurisdictionDisputed))


def _late_correction(event: clocks.DeadlineMissed, fact: Fact) -> str | None:
    return event.subject_id if event.rule_id == CORRECTION.rule_id else None


@case_file.on(clocks.DeadlineMissed, key=_late_correction)
def not_corrected(row: Row, event: clocks.DeadlineMissed, fact: Fact) -> None:
    overlay(row, UNCORRECTED, present=True)


@case_file.on(pb.CorrectionOrdered, pb.CorrectionChecked, pb.CaseClosed)
def correction_moved(row: Row, event: Any, fact: Fact) -> None:
    if not isinstance(event, pb.CorrectionChecked) or event.corrected:
        overlay(row, UNCORRECTED, present=False)
