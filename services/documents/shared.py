"""Rules that numbers, documents, files and reviews share."""

from datetime import datetime
from typing import Final
from uuid import UUID

from services.kernel.clock import SHANGHAI
from services.kernel.errors import refusals
from services.kernel.ledger import derive

Refusal = refusals("enforcement.documents.v1")

CASE_SERIES: Final = "case"
"""Series of case numbers (案号); every other series is the code of a form."""
_NUMBERINGS: Final = UUID("00000000-0000-8000-8000-000000000000")
_SHEETS: Final = UUID("00000000-0000-8000-8000-000000000001")


def numbering_id(authority_id: str, series: str, year: int) -> str:
    """Id of the numbering of an authority, series and year: whoever takes a number finds the same stream."""
    return str(derive(_NUMBERINGS, f"{authority_id}/{series}/{year}"))


def once_id(matter_id: str, form: str, before: str = "") -> str:
    """Id of the document that a matter has one of: whoever issues it begins the same stream.

    Args:
        before: the one whose place it takes, when what that said no longer holds.
    """
    return str(derive(_SHEETS, f"{matter_id}/{form}/{before}"))


def year_of(instant: datetime) -> int:
    """Year of an act in Shanghai."""
    return instant.astimezone(SHANGHAI).year
