"""articles.md: the law article by article, and where the code has it. For whoever reads the law beside the model.

Made from what each decision, clock and refusal names as its basis; a basis that names no article is `design`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deploy.reference.markdown import code, page, table
from deploy.reference.source import files, instances
from services.kernel.deadlines import Deadlines
from services.kernel.decider import Aggregate
from services.kernel.errors import refusals

_CITED: Final = re.compile(r"(?P<law>[^;]*?)\s*\barts?\. (?P<articles>\d+(?:(?:, |-)\d+)*)")
_PATTERN: Final = re.compile(r"^design(?:: |, after )")
"""Before a law that does not bind here and was followed all the same."""


@dataclass(slots=True)
class Held:
    """What stands in the code for one article."""

    decisions: set[str] = field(default_factory=set)
    clocks: set[str] = field(default_factory=set)
    refusals: set[str] = field(default_factory=set)


Law = dict[int, Held]
"""By article."""


def make() -> str:
    """The page."""
    laws = by_article()
    blocks = []
    for law in sorted(laws, key=lambda name: (-len(laws[name]), name)):
        rows = [
            (f"art. {article}", _lines(held.decisions), _lines(held.clocks), _lines(held.refusals))
            for article, held in sorted(laws[law].items())
        ]
        blocks += [f"## {law}", table(("Article", "Decisions", "Clocks", "Refusals"), rows)]
    return page(
        "The law, article by article",
        "the basis of every decision, clock and refusal",
        "Where an article stands in the code: the function that decides by it, the clocks that run by it, the refusals "
        "that name it. What each of them does: [commands](commands.md), [clocks](deadlines.md), "
        "[refusals](refusals.md). An article that other bodies apply is not here, nor is what rests on a setting or on "
        "the design alone.",
        *blocks,
    )


def by_article() -> Mapping[str, Law]:
    """Every article that code names, by law."""
    laws: defaultdict[str, defaultdict[int, Held]] = defaultdict(lambda: defaultdict(Held))
    for aggregate in instances(Aggregate):
        for name, basis in aggregate.bases.items():
            for law, article in cited(basis):
                laws[law][article].decisions.add(_place(aggregate.decider(name)))
    for clock in (each for deadlines in instances(Deadlines) for each in deadlines):
        for law, article in cited(clock.basis):
            laws[law][article].clocks.add(f"[{clock.rule_id}](deadlines.md#{clock.rule_id.replace('.', '')})")
    for file in files():
        if "Refusal" in file.enum_types_by_name:
            for refusal in refusals(file.package):
                for law, article in cited(refusal.basis):
                    laws[law][article].refusals.add(code(refusal.name))
    return {law: dict(articles) for law, articles in laws.items()}


def cited(basis: str) -> Iterator[tuple[str, int]]:
    """Law and number of every article that a basis names: "行政处罚法 arts. 22, 25-27; design" names four."""
    for part in basis.split("; "):
        found = _CITED.match(part)
        if found is None:
            continue
        for span in found["articles"].split(", "):
            first, _, last = span.partition("-")
            for article in range(int(first), int(last or first) + 1):
                yield _PATTERN.sub("", found["law"]).strip(), article


def _place(decider: Any) -> str:
    """The function, with a link to its file."""
    name = decider.__module__.removeprefix("services.")
    module = Path(*decider.__module__.split(".")).with_suffix(".py")
    return f"[{name.replace('.model.', '.')}.{decider.__name__}](../../{module.as_posix()})"


def _lines(found: set[str]) -> str:
    return "<br>".join(sorted(found))
