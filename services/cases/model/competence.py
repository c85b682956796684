"""Competence (管辖, 行政处罚法 arts. 17, 22-25): which acts an authority may punish, and in which places.

Both are configuration of the authority by date. Who files first, a dispute and a designation are `filing`, `dispute`.

territory    names
division     the authority's own division (行政区划), with all below it
510521       a division; 5105 a city, 51 a province
G93          a road, wherever; G93:5105 its part in a division
-G93         a road, or part of one, that another authority enforces on: in Sichuan the province does on all expressways
             (四川省交通运输综合行政执法条例 art. 5)
"""

from collections.abc import Sequence
from typing import Final

from enforcement.common.v1 import common_pb2 as common

from services.cases.model.case import Refusal
from services.kernel.decider import Context
from services.kernel.errors import Refused

OWN: Final = "division"
"""The authority's own division."""


def require_power(act_code: str, context: Context) -> None:
    """The authority may punish the act at all: its powers are configuration (arts. 17, 22-24)."""
    powers = context.rules.get("powers", context.today)
    if powers != "all" and not act_code.startswith(tuple(powers.split(","))):
        raise Refused(Refusal.NO_POWER, act=act_code)


def in_territory(place: common.Place, context: Context) -> bool:
    """Whether a place of an act lies where the authority enforces (art. 22)."""
    entries = context.rules.get("territory", context.today).split(",")
    left_out = [entry[1:] for entry in entries if entry.startswith("-")]
    named = [entry for entry in entries if not entry.startswith("-")]
    return any(_names(entry, place, context) for entry in named) and not any(
        _names(entry, place, context) for entry in left_out
    )


def place_in_territory(places: Sequence[common.Place], context: Context) -> common.Place:
    """Of several places of an act one in the own territory makes competent (art. 22).

    Raises:
        Refused: NOT_COMPETENT, where none lies there.
    """
    for place in places:
        if in_territory(place, context):
            return place
    raise Refused(Refusal.NOT_COMPETENT, place="、".join(dict.fromkeys(map(name_of, places))))


def name_of(place: common.Place) -> str:
    """A place as a refusal names it: its division, and the road if one is known."""
    return f"{place.division_code} {place.road}".strip()


def _names(entry: str, place: common.Place, context: Context) -> bool:
    if entry == OWN:
        return context.authority.competent_in(place.division_code)
    road, _, division = entry.rpartition(":")
    if division.isdigit():
        # 510500 is all of the city 5105, 510000 all of the province 51.
        lies_in = place.division_code.startswith(division.removesuffix("00").removesuffix("00"))
        return lies_in and road in ("", place.road)
    return place.road == entry
