"""What an authority's id says: kind, level, partners of the same level, superior, territory."""

import pytest
from enforcement.options.v1 import options_pb2 as options

from services.kernel.authority import Authority

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
