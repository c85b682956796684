"""Ids of imported cases: they follow from the older system and its own id, so that a repeat is recognised.

case      derive(epoch, system, external id)            one case for ever, however often it is imported
command   derive(first of this month, the same)         the ledger remembers commands for whole months; a repeat
                                                        in a later one finds the case and is told so
"""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from services.kernel.ledger import derive

_EPOCH: Final = UUID(int=0x7 << 76 | 0b10 << 62)


def case_id_of(source_system: str, external_id: str) -> UUID:
    """The id of the case."""
    return derive(_EPOCH, f"import/{source_system}/{external_id}")


def command_id_of(source_system: str, external_id: str, now: datetime) -> UUID:
    """The id of the command that imports it, as of the wall clock, which is that of the ledger's memory."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    month = UUID(int=int(first.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62)
    return derive(month, f"import/{source_system}/{external_id}")


def evidence_id_of(case_id: UUID, number: int) -> UUID:
    """The id of a piece of evidence, by its place in the row from 1."""
    return derive(case_id, f"evidence/{number}")
