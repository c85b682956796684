"""Authorities: what an id says about who they are, and the members a node knows.

An id is kind and division code (GB/T 2260): `jt-510521` is the transport bureau of 泸县, `ga-510521` its police.
Same-level partners and superiors follow from the id, because the law ties them to the level: a bureau transfers to
the police of the same level (国务院令第310号 art. 5).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enforcement.options.v1 import options_pb2 as options

_KINDS: Final = {
    "jt": options.AUTHORITY_KIND_TRANSPORT,
    "ga": options.AUTHORITY_KIND_POLICE,
    "jcy": options.AUTHORITY_KIND_PROCURATORATE,
    "pt": options.AUTHORITY_KIND_PLATFORM,
    "jw": options.AUTHORITY_KIND_SUPERVISION,
}
_MUNICIPALITIES: Final = frozenset({"11", "12", "31", "50"})
"""Beijing, Tianjin, Shanghai, Chongqing (直辖市)."""
_ID: Final = re.compile(r"(jt|ga|jcy|pt|jw)-(\d{6})")


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority."""

    id: str
    """Kind and division code."""
    name: str
    """Chinese name, as documents print it."""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"not an authority id: {self.id!r} (kind jt, ga, jcy, pt or jw, a hyphen, six digits)")

    @property
    def kind(self) -> options.AuthorityKind.ValueType:
        """Transport bureau, police, procuratorate, platform or supervisory body."""
        return _KINDS[self.id.partition("-")[0]]

    @property
    def division(self) -> str:
        """Division code, e.g. "510521"."""
        return self.id.partition("-")[2]

    @property
    def police_id(self) -> str:
        """The police of the same level."""
        return f"ga-{self.division}"

    @property
    def procuratorate_id(self) -> str:
        """The procuratorate of the same level."""
        return f"jcy-{self.division}"

    @property
    def platform_id(self) -> str:
        """The platform of the province."""
        return f"pt-{self.division[:2]}0000"

    @property
    def superior_id(self) -> str | None:
        """The authority of the same kind one level up: county, city, province; None above that.

        The codes 01 and 02 of a municipality and 90 of a province name no authority: its districts and counties are
        under it at once (GB/T 2260: 市辖区, 县, 省直辖县级行政区划).
        """
        kind, division = self.id.split("-")
        province, city, county = division[:2], division[2:4], division[4:]
        if county != "00" and province not in _MUNICIPALITIES and city != "90":
            return f"{kind}-{province}{city}00"
        return f"{kind}-{province}0000" if division[2:] != "0000" else None

    def competent_in(self, division: str) -> bool:
        """Whether the place with this division code lies in the authority's territory (行政处罚法 art. 22)."""
        own = self.division
        significant = 2 if own[2:] == "0000" else 4 if own[4:] == "00" else 6
        return division[:significant] == own[:significant]


def common_superior_id(one: Authority, other: Authority) -> str | None:
    """Id of the lowest authority of the same kind that is above both (共同的上一级行政机关, 行政处罚法 art. 25).

    None between two provinces: that is the ministry, which takes no part in the exchange.
    """
    above = _superiors(other)
    return next((superior for superior in _superiors(one) if superior in above), None)


def _superiors(authority: Authority) -> list[str]:
    found: list[str] = []
    while (superior := authority.superior_id) is not None:
        found.append(superior)
        authority = Authority(superior, "")
    return found


Members = Mapping[str, Authority]
"""The authorities that a node knows, by id: those of its member registry and itself."""
