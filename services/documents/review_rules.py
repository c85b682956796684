"""The items of a case-file review, read from the file that the settings name (review.toml) and checked."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from enforcement.documents.v1 import events_pb2 as pb

from services.documents.settings import settings


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """A named list of items with the bounds of the classes."""

    ruleset: str
    items: tuple[pb.ReviewItem, ...]
    bounds: tuple[int, int, int]
    """From how many points on, in tenths: excellent, good, passed."""

    @classmethod
    def read(cls, file: Path) -> "ReviewRules":
        """Reads a list.

        Raises:
            ValueError: two items with one code, or bounds that do not fall.
        """
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        items = tuple(
            pb.ReviewItem(
                code=item["code"],
                title=item["title"],
                points_tenths=round(item["points"] * 10),
                veto=item.get("veto", False),
            )
            for item in raw["item"]
        )
        if len({item.code for item in items}) != len(items):
            raise ValueError(f"{file}: two items have one code")
        excellent, good, passed = (round(raw["classes"][name] * 10) for name in ("excellent", "good", "passed"))
        if not sum(item.points_tenths for item in items) >= excellent > good > passed > 0:
            raise ValueError(f"{file}: the bounds of the classes must fall, within the points there are")
        return cls(raw["ruleset"], items, (excellent, good, passed))


@cache
def review_rules() -> ReviewRules:
    """The list of this process."""
    return ReviewRules.read(settings().review_file)
