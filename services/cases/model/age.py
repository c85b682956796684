"""How old a party was on a day (责任年龄, 行政处罚法 art. 30), as far as the number of its identity card tells.

under 14      no penalty: a guardian is ordered to discipline and educate         refused, here and on the spot
14 to 17      lighter, or less than the minimum                                   refused where nothing says that it is
18            an adult (民法典 art. 17), whose name a public copy may show

The years are full on the birthday itself. Only a resident identity card tells a day of birth (GB 11643); an
organisation has no age, and of whoever has another document officers prove it in the evaluation (`discretion`).
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import events_pb2 as pb

from services.cases.discretion.guards import ADULT, RESPONSIBLE
from services.cases.model.case import Case, Refusal
from services.kernel.decider import Context
from services.kernel.errors import Refused

_ID_NUMBER: Final = re.compile(r"\d{6}(\d{4})(\d{2})(\d{2})\d{3}[\dXx]")
"""GB 11643: division, day of birth, sequence, check."""
_RESIDENT: Final = ("", "居民身份证")
_LIGHTER: Final = (discretion.DISCRETION_OUTCOME_LIGHTER, discretion.DISCRETION_OUTCOME_REDUCE)


def age_on(party: pb.Party | None, day: date | None) -> int | None:
    """Full years of the party on a day; None where nothing tells them."""
    if party is None or party.kind == pb.PARTY_KIND_ORGANISATION or party.id_type not in _RESIDENT or day is None:
        return None
    number = _ID_NUMBER.fullmatch(party.id_number)
    if number is None:
        return None
    year, *birthday = map(int, number.groups())
    return max(day.year - year - ((day.month, day.day) < tuple(birthday)), 0)


def require_responsible(party: pb.Party | None, act_on: date) -> None:
    """Whoever was not fourteen when the act ended is not punished (art. 30).

    Raises:
        Refused: UNDER_FOURTEEN.
    """
    age = age_on(party, act_on)
    if age is not None and age < RESPONSIBLE:
        raise Refused(Refusal.UNDER_FOURTEEN, age=age, act_on=act_on)


def require_lighter_for_the_young(state: Case, penalties: Iterable[pb.Penalty], context: Context) -> None:
    """Who was not eighteen is punished lighter, or less than the minimum (art. 30): the evaluation says so, or a
    departure from it with its reason. A mere warning is the lightest penalty that there is.

    Raises:
        Refused: UNDER_FOURTEEN, NOT_LIGHTER_FOR_THE_YOUNG.
    """
    assert state.clue is not None
    act_on = state.clue.punished_on
    require_responsible(state.party, act_on)
    age = age_on(state.party, act_on)
    if age is None or age >= ADULT or all(penalty.kind == pb.PENALTY_KIND_WARNING for penalty in penalties):
        return
    found = state.discretion
    if found is None or (found.outcome not in _LIGHTER and found.departure is None):
        raise Refused(Refusal.NOT_LIGHTER_FOR_THE_YOUNG, age=age, act_on=act_on)
