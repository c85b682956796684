"""Where a case stands that the police do not open, and how a criminal case ended: the same on every side.

Reconsideration goes between bureau and police, supervision comes from the procuratorate, and both may run at once.
Their messages cross, so each side keeps what it knows as facts, and how the case stands follows from the facts and not
from the order in which they came:

    ORDERED  over  RECONSIDERING  over  SUPERVISION (bureau)  over  UPHELD  over  REFUSED_FINAL  over  REFUSED
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from enforcement.transfer.v1 import outcome_pb2 as outcomes


class Standing(Enum):
    """How a case stands that the police do not open, or must."""

    REFUSED = auto()
    REFUSED_FINAL = auto()
    UPHELD = auto()
    SUPERVISION = auto()
    RECONSIDERING = auto()
    ORDERED = auto()


@dataclass(frozen=True, slots=True)
class NonFiling:
    """What is known of a case that the police do not open."""

    refused: bool = False
    reconsidering: bool = False
    maintained: bool = False
    """The police kept to their refusal."""
    supervised: bool = False
    """A supervision goes on; only the bureau asks."""
    upheld: bool = False
    """The procuratorate found the reasons of the refusal good."""
    ordered: bool = False
    """The procuratorate told the police to file."""

    @property
    def reconsidered(self) -> bool:
        """Whether reconsideration was asked for, which is possible once."""
        return self.reconsidering or self.maintained

    @property
    def with_the_procuratorate(self) -> bool:
        """Whether the next word is the procuratorate's, or was: the bureau waits."""
        return self.supervised or self.ordered

    @property
    def standing(self) -> Standing | None:
        """How the case stands; None while the police have not refused and nobody ordered them to file."""
        if self.ordered:
            return Standing.ORDERED
        if not self.refused:
            return None
        if self.reconsidering:
            return Standing.RECONSIDERING
        if self.supervised:
            return Standing.SUPERVISION
        if self.upheld:
            return Standing.UPHELD
        return Standing.REFUSED_FINAL if self.maintained else Standing.REFUSED


_BY_WEIGHT: Final = (
    outcomes.TRANSFER_OUTCOME_CONVICTED,
    outcomes.TRANSFER_OUTCOME_EXEMPTED,
    outcomes.TRANSFER_OUTCOME_ACQUITTED,
    outcomes.TRANSFER_OUTCOME_NON_PROSECUTION,
    outcomes.TRANSFER_OUTCOME_WITHDRAWN,
)


def outcome_of(told: Iterable[outcomes.TransferOutcome.ValueType]) -> outcomes.TransferOutcome.ValueType:
    """What counts of the outcomes that were told: a judgment before a non-prosecution before a withdrawal."""
    known = frozenset(told)
    return next((outcome for outcome in _BY_WEIGHT if outcome in known), outcomes.TRANSFER_OUTCOME_UNSPECIFIED)
