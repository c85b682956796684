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


def numbering_id(authority_id: str, series: str, year: int) -> str:
    """Id of the numbering of an authority, series and year: whoever takes a number finds the same stream."""
    return str(derive(_NUMBERINGS, f"{authority_id}/{series}/{year}"))


def year_of(instant: datetime) -> int:
    """Year of an act in Shanghai."""
    return instant.astimezone(SHANGHAI).year
