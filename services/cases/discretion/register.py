"""The offence register (违法行为登记): what answers whether a violation is the first one (初次违法).

Of whom it tells is decided before: it holds what was found about one party. An authority that was asked and has not
answered leaves the question open, because a first violation is a claim about all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.kernel.deadlines.units import add_months


class Registers(StrEnum):
    """Whose registers answer."""

    OWN = "own"
    """The authority's own."""
    PROVINCE = "province"
    """Those of the own province."""
    BOTH = "both"
    """Those of every province for which the rule set is in force."""


@dataclass(frozen=True, slots=True)
class PriorOffence:
    """An established violation of the same party."""

    act_code: str
    act_on: date
    decided_on: date
    division: str
    """Division code of the authority that decided it."""
    reference: str = ""
    """Number or id of the case, for reasons."""


@dataclass(frozen=True, slots=True)
class Register:
    """What the registers say about one party."""

    offences: tuple[PriorOffence, ...] = ()
    unanswered: tuple[str, ...] = ()
    """Division codes of authorities that were to be asked and have not answered, or not in full."""
    party_known: bool = True
    """The party has an identifier by which registers know it."""

    def before(
        self, act_code: str, on: date, *, provinces: Iterable[str], own: str, scope: Registers, within_months: int = 0
    ) -> tuple[PriorOffence, ...]:
        """Violations by the same act, up to a day, that the registers in question know.

        Args:
            provinces: first two digits of the provinces that BOTH means.
            own: division code of the authority that asks.
            within_months: how far back they count; 0 counts all.
        """
        return tuple(
            offence
            for offence in self.offences
            if offence.act_code == act_code
            and offence.act_on <= on
            and _in_scope(offence.division, provinces, own, scope)
            and (not within_months or add_months(offence.act_on, within_months) >= on)
        )

    def open_in(self, *, provinces: Iterable[str], own: str, scope: Registers) -> tuple[str, ...]:
        """Authorities in question that have not answered."""
        return tuple(one for one in self.unanswered if _in_scope(one, provinces, own, scope))


def _in_scope(division: str, provinces: Iterable[str], own: str, scope: Registers) -> bool:
    match scope:
        case Registers.OWN:
            return division == own
        case Registers.PROVINCE:
            return division[:2] == own[:2]
        case _:
            return division[:2] in {own[:2], *provinces}
