"""What the law makes of a vehicle's mass and size (超限运输车辆行驶公路管理规定 art. 43, 公路安全保护条例 art. 64).

Pure arithmetic:

    mass   over the limit by at most 1,000 kg   a warning
           over by more                         500 yuan for each 1,000 kg
    size   first tier                           up to 200 yuan
           second tier                          200 to 1,000 yuan
           beyond                               1,000 to 3,000 yuan
    both   add up, and nothing exceeds 30,000 yuan

Masses in kg, sizes in mm, money in fen; integers throughout. Limits, tiers and the reading of a part of 1,000 kg are
dated switches: the law's text was read in part only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from enforcement.non_site.v1 import capture_pb2 as pb

from services.kernel.rules import Rules

WARNING_KG: Final = 1_000
"""Over by no more than this is a warning."""
STEP_KG: Final = 1_000
STEP_FEN: Final = 50_000
"""500 yuan for each step."""
CAP_FEN: Final = 3_000_000
"""30,000 yuan, for the sum of several violations, too."""

OVERSIZE_FEN: Final = {
    pb.OVERSIZE_TIER_UNSPECIFIED: (0, 0),
    pb.OVERSIZE_TIER_SLIGHT: (0, 20_000),
    pb.OVERSIZE_TIER_MIDDLE: (20_000, 100_000),
    pb.OVERSIZE_TIER_GROSS: (100_000, 300_000),
}
"""Lowest and highest fine of each tier."""
_TIERS: Final = (pb.OVERSIZE_TIER_SLIGHT, pb.OVERSIZE_TIER_MIDDLE, pb.OVERSIZE_TIER_GROSS)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits in force on a day."""

    axles: dict[str, int]
    """kg by axles: "6" one vehicle, "6+" a train, "6+1" a train whose tractor has one driven axle."""
    sizes: tuple[tuple[int, int, int], ...]
    """Height, width and length in mm from which each tier begins."""
    partial: str
    """`floor` or `ceil`: what a part of 1,000 kg counts."""

    @classmethod
    def of(cls, rules: Rules, on: date) -> "Limits":
        """Reads the switches of a day."""
        axles = dict(entry.split(":") for entry in rules.get("axle_limits_kg", on).split(","))
        sizes = [tier.split("x") for tier in rules.get("oversize_limits_mm", on).split(",")]
        return cls(
            {key: int(kg) for key, kg in axles.items()},
            tuple((int(height), int(width), int(length)) for height, width, length in sizes),
            rules.get("overload_partial", on),
        )

    def mass(self, measured: pb.Measured) -> int | None:
        """Limit of the mass in kg; None when no limit is known for so many axles.

        More axles than the table knows have the limit of the most. A single vehicle with as many axles as only trains
        have takes theirs.
        """
        axles = min(measured.axles, max(int(key.partition("+")[0]) for key in self.axles))
        train, rigid = f"{axles}+", f"{axles}"
        driven_once = f"{axles}+1"
        if measured.single_drive_axle and driven_once in self.axles:
            return self.axles[driven_once]
        asked = (rigid, train) if measured.vehicle_class == pb.VEHICLE_CLASS_RIGID else (train, rigid)
        return next((self.axles[key] for key in asked if key in self.axles), None)

    def tier(self, measured: pb.Measured) -> pb.OversizeTier.ValueType:
        """The highest tier that any of height, width and length reaches; what was not measured reaches none."""
        sizes = (measured.height_mm, measured.width_mm, measured.length_mm)
        reached = [
            tier
            for tier, bounds in zip(_TIERS, self.sizes, strict=True)
            if any(size > bound for size, bound in zip(sizes, bounds, strict=True))
        ]
        return reached[-1] if reached else pb.OVERSIZE_TIER_UNSPECIFIED


def assess(measured: pb.Measured, limits: Limits) -> pb.Assessment:
    """What the measures lead to."""
    limit = limits.mass(measured) if measured.gross_kg else None
    over = max(measured.gross_kg - limit, 0) if limit else 0
    overload = overload_fen(over, limits.partial)
    tier = limits.tier(measured)
    low, high = OVERSIZE_FEN[tier]
    return pb.Assessment(
        limit_kg=limit or 0,
        over_kg=over,
        warning=0 < over <= WARNING_KG,
        overload_fen=overload,
        oversize=tier,
        oversize_min_fen=low,
        oversize_max_fen=high,
        total_min_fen=total_fen(overload, low),
        total_max_fen=total_fen(overload, high),
        policy=f"overload_partial={limits.partial}",
        violation=over > 0 or tier != pb.OVERSIZE_TIER_UNSPECIFIED,
    )


def overload_fen(over_kg: int, partial: str) -> int:
    """Fine for the mass in fen; 0 where it is a warning, or nothing."""
    if over_kg <= WARNING_KG:
        return 0
    steps = over_kg // STEP_KG if partial == "floor" else -(-over_kg // STEP_KG)
    return min(steps * STEP_FEN, CAP_FEN)


def total_fen(*fines: int) -> int:
    """Several violations add up, to the cap."""
    return min(sum(fines), CAP_FEN)


def words(measured: pb.Measured, assessment: pb.Assessment) -> str:
    """The facts as a filing form has them."""
    parts: Sequence[str] = (
        f"经检测{measured.axles}轴车辆",
        f"车货总质量{measured.gross_kg}千克，限值{assessment.limit_kg}千克，超限{assessment.over_kg}千克"
        if assessment.over_kg
        else "",
        f"车货总高{measured.height_mm}毫米、总宽{measured.width_mm}毫米、总长{measured.length_mm}毫米，外廓尺寸超限"
        if assessment.oversize
        else "",
    )
    return "，".join(part for part in parts if part)
