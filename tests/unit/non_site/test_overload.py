"""超限金额规则 (超限运输车辆行驶公路管理规定 art. 43): the table of amounts, and the same sums done plainly."""

from datetime import date

import pytest
from enforcement.non_site.v1 import capture_pb2 as pb
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.kernel.rules import Rules
from services.non_site.overload import Limits, assess, overload_fen, words
from tests.support.decider import NOON
from tests.unit.non_site.acts import measured

TODAY = NOON.date()
FLOOR = Limits.of(Rules(), TODAY)
CEIL = Limits.of(Rules({"overload_partial": ((date(2024, 1, 1), "ceil"),)}), TODAY)


@pytest.mark.parametrize(
    ("gross_kg", "warning", "yuan"),
    [
        (49_000, False, 0),
        (49_001, True, 0),
        (50_000, True, 0),
        (50_001, False, 500),
        (51_000, False, 1_000),
        (55_300, False, 3_000),
        (85_000, False, 18_000),
        (109_000, False, 30_000),
        (110_000, False, 30_000),
    ],
)
def test_six_axles_and_the_law_s_amounts(gross_kg: int, warning: bool, yuan: int):
    found = assess(measured(gross_kg), FLOOR)
    assert (found.limit_kg, found.warning, found.overload_fen) == (49_000, warning, yuan * 100)
    assert found.violation == (gross_kg > 49_000)
    assert (found.total_min_fen, found.total_max_fen) == (yuan * 100, yuan * 100)


@pytest.mark.parametrize(
    ("gross_kg", "warning", "yuan"), [(50_000, True, 0), (50_001, False, 1_000), (55_300, False, 3_500)]
)
def test_a_part_of_a_tonne_counts_whole_where_the_switch_says_so(gross_kg: int, warning: bool, yuan: int):
    found = assess(measured(gross_kg), CEIL)
    assert (found.warning, found.overload_fen, found.policy) == (warning, yuan * 100, "overload_partial=ceil")


@pytest.mark.parametrize(
    ("axles", "vehicle_class", "driven_once", "limit_kg"),
    [
        (2, pb.VEHICLE_CLASS_RIGID, False, 18_000),
        (3, pb.VEHICLE_CLASS_RIGID, False, 25_000),
        (3, pb.VEHICLE_CLASS_TRAIN, False, 27_000),
        (4, pb.VEHICLE_CLASS_RIGID, False, 31_000),
        (4, pb.VEHICLE_CLASS_TRAIN, False, 36_000),
        (4, pb.VEHICLE_CLASS_UNSPECIFIED, False, 36_000),
        (5, pb.VEHICLE_CLASS_RIGID, False, 43_000),
        (6, pb.VEHICLE_CLASS_TRAIN, False, 49_000),
        (6, pb.VEHICLE_CLASS_TRAIN, True, 46_000),
        (9, pb.VEHICLE_CLASS_TRAIN, False, 49_000),
    ],
)
def test_the_limit_follows_axles_and_build(
    axles: int, vehicle_class: pb.VehicleClass.ValueType, driven_once: bool, limit_kg: int
):
    vehicle = measured(axles=axles, vehicle_class=vehicle_class, single_drive_axle=driven_once)
    assert FLOOR.mass(vehicle) == limit_kg


def test_a_limit_changes_from_a_day_on():
    changed = Rules({"axle_limits_kg": ((date(2025, 1, 1), "6+:46000"),)})
    assert Limits.of(changed, date(2024, 12, 31)).mass(measured()) == 49_000
    assert Limits.of(changed, date(2025, 1, 1)).mass(measured()) == 46_000


def test_no_limit_is_known_for_one_axle():
    assert FLOOR.mass(measured(axles=1)) is None
    assert not assess(measured(axles=1), FLOOR).violation


@pytest.mark.parametrize(
    ("height", "width", "length", "tier", "low", "high"),
    [
        (4_000, 2_550, 18_100, pb.OVERSIZE_TIER_UNSPECIFIED, 0, 0),
        (4_001, 2_550, 18_100, pb.OVERSIZE_TIER_SLIGHT, 0, 200),
        (4_200, 3_000, 20_000, pb.OVERSIZE_TIER_SLIGHT, 0, 200),
        (4_000, 3_001, 18_000, pb.OVERSIZE_TIER_MIDDLE, 200, 1_000),
        (4_500, 3_750, 28_000, pb.OVERSIZE_TIER_MIDDLE, 200, 1_000),
        (3_900, 2_500, 28_001, pb.OVERSIZE_TIER_GROSS, 1_000, 3_000),
        (0, 0, 0, pb.OVERSIZE_TIER_UNSPECIFIED, 0, 0),
    ],
)
def test_the_largest_of_height_width_and_length_decides_the_tier(
    height: int, width: int, length: int, tier: pb.OversizeTier.ValueType, low: int, high: int
):
    found = assess(measured(40_000, height_mm=height, width_mm=width, length_mm=length), FLOOR)
    assert (found.oversize, found.oversize_min_fen, found.oversize_max_fen) == (tier, low * 100, high * 100)
    assert found.violation == (tier != pb.OVERSIZE_TIER_UNSPECIFIED)


def test_mass_and_size_add_up_to_the_cap():
    found = assess(measured(55_300, length_mm=28_001), FLOOR)
    assert (found.total_min_fen, found.total_max_fen) == (400_000, 600_000)
    found = assess(measured(107_000, length_mm=28_001), FLOOR)
    assert (found.total_min_fen, found.total_max_fen) == (3_000_000, 3_000_000)


def test_a_vehicle_that_was_not_weighed_is_judged_by_its_size_alone():
    found = assess(measured(0, width_mm=2_600), FLOOR)
    assert (found.limit_kg, found.over_kg, found.oversize) == (0, 0, pb.OVERSIZE_TIER_SLIGHT)


def test_the_facts_are_in_words():
    assert words(measured(), assess(measured(), FLOOR)) == (
        "经检测6轴车辆，车货总质量55300千克，限值49000千克，超限6300千克"
    )


def plainly(over_kg: int, partial: str) -> int:
    """The same by counting: one step after another, as a person would with the law beside."""
    if over_kg <= 1_000:
        return 0
    yuan, counted = 0, 0
    while counted + 1_000 <= over_kg:
        counted += 1_000
        yuan += 500
    if partial == "ceil" and counted < over_kg:
        yuan += 500
    return min(yuan, 30_000) * 100


@for_all(st.integers(min_value=-5_000, max_value=200_000), st.sampled_from(["floor", "ceil"]))
def test_every_mass_costs_what_plain_counting_says(over_kg: int, partial: str):
    assert overload_fen(over_kg, partial) == plainly(over_kg, partial)


@for_all(
    st.integers(min_value=2, max_value=10),
    st.integers(min_value=500, max_value=300_000),
    st.tuples(*(st.integers(min_value=0, max_value=40_000) for _ in range(3))),
    st.sampled_from([FLOOR, CEIL]),
)
def test_no_sum_exceeds_the_cap_and_more_mass_never_costs_less(
    axles: int, gross_kg: int, sizes: tuple[int, int, int], limits: Limits
):
    height, width, length = sizes
    vehicle = measured(gross_kg, axles=axles, height_mm=height, width_mm=width, length_mm=length)
    found = assess(vehicle, limits)
    assert 0 <= found.total_min_fen <= found.total_max_fen <= 3_000_000
    vehicle.gross_kg += 1
    assert assess(vehicle, limits).total_min_fen >= found.total_min_fen
    assert found.warning == (0 < found.over_kg <= 1_000)
