"""What an authority's id says: kind, level, partners of the same level, superior, territory."""

import pytest
from enforcement.options.v1 import options_pb2 as options

from services.kernel.authority import Authority, common_superior_id

LUXIAN = Authority("jt-510521", "泸县交通运输局")
LUZHOU = Authority("jt-510500", "泸州市交通运输局")
SICHUAN = Authority("jt-510000", "四川省交通运输厅")


def test_the_id_names_the_kind() -> None:
    assert LUXIAN.kind == options.AUTHORITY_KIND_TRANSPORT
    assert Authority("jcy-510521", "泸县人民检察院").kind == options.AUTHORITY_KIND_PROCURATORATE
    assert Authority("jw-510521", "泸县监察委员会").kind == options.AUTHORITY_KIND_SUPERVISION


def test_partners_are_of_the_same_level() -> None:
    assert (LUXIAN.police_id, LUXIAN.procuratorate_id, LUXIAN.platform_id) == ("ga-510521", "jcy-510521", "pt-510000")


def test_superiors_go_up_to_the_province() -> None:
    assert LUXIAN.superior_id == LUZHOU.id
    assert LUZHOU.superior_id == SICHUAN.id
    assert SICHUAN.superior_id is None


@pytest.mark.parametrize(
    ("county", "superior"),
    [
        ("jt-500118", "jt-500000"),  # 永川区, a district of Chongqing
        ("jt-500229", "jt-500000"),  # 城口县, a county of Chongqing
        ("jt-429004", "jt-420000"),  # 仙桃市, under the province at once
        ("jt-441900", "jt-440000"),  # 东莞市, a city without counties
    ],
)
def test_codes_that_name_no_authority_are_no_superiors(county: str, superior: str) -> None:
    assert Authority(county, "").superior_id == superior


@pytest.mark.parametrize(
    ("one", "other", "superior"),
    [
        ("jt-510521", "jt-510522", "jt-510500"),  # two counties of one city
        ("jt-510521", "jt-511028", "jt-510000"),  # counties of two cities
        ("jt-510500", "jt-511000", "jt-510000"),  # two cities
        ("jt-510521", "jt-511000", "jt-510000"),
        ("jt-510521", "jt-510500", "jt-510000"),  # a county and its own city: neither decides for itself
        ("jt-500118", "jt-500153", "jt-500000"),
        ("jt-500118", "jt-500229", "jt-500000"),
        ("jt-510521", "jt-500118", None),  # two provinces: the ministry
        ("jt-510000", "jt-500000", None),
        ("jt-510521", "ga-510521", None),
    ],
)
def test_the_common_superior_is_the_lowest_above_both(one: str, other: str, superior: str | None) -> None:
    assert common_superior_id(Authority(one, ""), Authority(other, "")) == superior
    assert common_superior_id(Authority(other, ""), Authority(one, "")) == superior


@pytest.mark.parametrize(
    ("authority", "division", "competent"),
    [
        (LUXIAN, "510521", True),
        (LUXIAN, "500118", False),
        (LUXIAN, "510522", False),
        (LUZHOU, "510521", True),
        (LUZHOU, "511000", False),
        (SICHUAN, "510521", True),
        (SICHUAN, "500118", False),
    ],
)
def test_territory_is_the_division_and_all_below_it(authority: Authority, division: str, competent: bool) -> None:
    assert authority.competent_in(division) is competent


@pytest.mark.parametrize("bad", ["", "jt-51052", "xx-510521", "jt510521", "jt-51052a", "JT-510521"])
def test_what_is_no_id_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not an authority id"):
        Authority(bad, "")
