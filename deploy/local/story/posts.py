"""The operation of 18 December 2024: checkpoints, who stands there, what is inspected.

The published report counts 6 cars 辆次, 18 officers 人次, 60 inspections 台次 = 5 coaches + 10 ride-hailing + 45
others, 2 vehicles suspected and seized. A lies in 永川's territory, B and C in 泸县's, D in 荣昌's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb

from deploy.local.story import cast
from deploy.local.story.cast import LUXIAN, RONGCHANG, YONGCHUAN, Officer
from services.kernel.clock import SHANGHAI

DAY: Final = "2024-12-18"
CLASSES: Final = (
    pb.INSPECTION_CLASS_PASSENGER,
    pb.INSPECTION_CLASS_RIDE_HAILING,
    pb.INSPECTION_CLASS_OTHER,
)


@dataclass(frozen=True, slots=True, eq=False)
class Post:
    """A checkpoint; there is one of each."""

    checkpoint_id: str
    competent_id: str
    place: common.Place
    team: tuple[Officer, ...]
    cars: tuple[int, ...]
    """Number of the car in which each officer of the team comes."""
    counts: tuple[int, ...]
    """Inspections of each of `CLASSES`."""


def _post(letter: str, competent_id: str, where: str, team: tuple[Officer, ...], cars: str, *counts: int) -> Post:
    place = common.Place(division_code=competent_id.partition("-")[2], description=where)
    return Post(letter, competent_id, place, team, tuple(map(int, cars)), counts)


A: Final = _post("A", YONGCHUAN, "国道G246 吉安镇", cast.AT_A, "111222", 2, 4, 12)
B: Final = _post("B", LUXIAN, "泸永桥交界处", cast.AT_B, "1122", 2, 4, 14)
C: Final = _post("C", LUXIAN, "立石镇", cast.AT_C, "3333", 1, 1, 11)
D: Final = _post("D", RONGCHANG, "清江镇川渝交界处", cast.AT_D, "111", 0, 1, 8)
POSTS: Final = (A, B, C, D)

LEADERS: Final = {LUXIAN: cast.LUXIAN_CHIEF, YONGCHUAN: cast.YONGCHUAN_CHIEF, RONGCHANG: cast.RONGCHANG_CHIEF}
TEAMS: Final = {LUXIAN: cast.LUXIAN_TEAM, YONGCHUAN: cast.YONGCHUAN_TEAM, RONGCHANG: cast.RONGCHANG_TEAM}
CARS: Final = {
    LUXIAN: ("川E·执101", "川E·执102", "川E·执103"),
    YONGCHUAN: ("渝C·执201", "渝C·执202"),
    RONGCHANG: ("渝C·执301",),
}
SUSPECTS: Final = {A: "渝C·0H917", B: "川E·0Q618"}
"""Plates of the two vehicles with findings."""
EDUCATED: Final = {A: 14, B: 16, C: 11, D: 9}
"""Heads reached by education at each checkpoint."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """One inspection of the day."""

    at: datetime
    post: Post
    number: int
    """At its checkpoint, from 1."""
    kind: pb.InspectionClass.ValueType
    plate: str
    suspect: bool

    @property
    def name(self) -> str:
        """Its name in the story."""
        return f"inspection/{self.post.checkpoint_id}/{self.number}"


def inspections() -> Iterator[Inspection]:
    """Every inspection of the day in order; each checkpoint makes one every four minutes from nine o'clock."""
    planned = []
    for place, post in enumerate(POSTS):
        start = datetime.fromisoformat(f"{DAY} 09:00").replace(tzinfo=SHANGHAI) + timedelta(seconds=13 * place)
        kinds = [kind for kind, count in zip(CLASSES, post.counts, strict=True) for _ in range(count)]
        for number, kind in enumerate(reversed(kinds), 1):
            suspect = number == 1 and post in SUSPECTS
            letters = "川E" if post.competent_id == LUXIAN else "渝C"
            plate = SUSPECTS[post] if suspect else f"{letters}·{post.checkpoint_id}{number:03}0"
            planned.append(Inspection(start + timedelta(minutes=4 * number), post, number, kind, plate, suspect))
    yield from sorted(planned, key=lambda one: one.at)
