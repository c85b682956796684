"""Who is told when something is overdue: the city authority and the platform of each side.

The district of a municipality (直辖市) has no city between it and the municipality: its codes 5001… and 5002… name
no authority (GB/T 2260).
"""

from collections.abc import Iterable
from typing import Final

from services.kernel.authority import Authority, Members

_MUNICIPALITIES: Final = frozenset({"11", "12", "31", "50"})
"""Beijing, Tianjin, Shanghai, Chongqing."""


def city_of(authority: Authority) -> str:
    """Id of the authority of the same kind that leads a county's or district's one."""
    kind, _, division = authority.id.partition("-")
    return f"{kind}-{division[:2]}0000" if division[:2] in _MUNICIPALITIES else f"{kind}-{division[:4]}00"


def told(ids: Iterable[str], sides: Iterable[Authority], members: Members) -> tuple[list[str], list[str]]:
    """Of some superiors, those that take part in the exchange, and those that do not; nobody is its own superior."""
    own = {side.id for side in sides}
    superiors = sorted(set(ids) - own)
    return [one for one in superiors if one in members], [one for one in superiors if one not in members]
