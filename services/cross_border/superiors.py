"""Who is told when something is overdue: the city authority and the platform of each side.

Where no city lies between (直辖市, 省直辖县级行政区划), that is the province or municipality itself.
"""

from collections.abc import Iterable

from services.kernel.authority import Authority, Members


def city_of(authority: Authority) -> str:
    """Id of the authority of the same kind that leads a county's or district's one; a city's is itself."""
    is_county = not authority.division.endswith("00")
    return (is_county and authority.superior_id) or authority.id


def told(ids: Iterable[str], sides: Iterable[Authority], members: Members) -> tuple[list[str], list[str]]:
    """Of some superiors, those that take part in the exchange, and those that do not; nobody is its own superior."""
    own = {side.id for side in sides}
    superiors = sorted(set(ids) - own)
    return [one for one in superiors if one in members], [one for one in superiors if one not in members]
