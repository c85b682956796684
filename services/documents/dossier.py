"""The file of a matter (案卷): what is in it, on which pages, and what it lacks. Pure but for the list it reads.

Documents come first, in the order of the procedure (forms.toml), then evidence in the order in which it was gathered.
A document counts when its newest version has its sheet; a file that another service's event carries (a notice, a
decision, a proof of service) counts for its form, too.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.documents.registry import forms

__all__ = ["PROCEDURES", "Entry", "Need", "catalogue", "lacking", "needs"]

_FILE: Final = Path(__file__).with_name("dossier.toml")
PROCEDURES: Final = {"case": "普通程序", "on_spot": "简易程序"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the catalogue."""

    title: str
    form: str = ""
    """Code of the form; empty for evidence."""
    number: str = ""
    made_on: str = ""
    """ISO date."""
    file: Mapping[str, Any] | None = None
    """enforcement.common.v1.BlobRef as JSON; None for physical evidence."""
    pages: int = 0
    remark: str = ""
    first_page: int = 0
    """0 when it has no pages."""

    @property
    def last_page(self) -> int:
        """0 when it has no pages."""
        return self.first_page + self.pages - 1 if self.first_page else 0


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a file must hold."""

    procedure: str
    any: tuple[str, ...]
    """One of these forms; empty when evidence is asked for."""
    evidence: int
    when: str
    """Fact that calls for it, or fact=value; empty: always."""

    @property
    def title(self) -> str:
        """In Chinese."""
        if self.evidence:
            return f"证据材料（至少{self.evidence}件）"
        return "或者".join(forms()[code].title for code in self.any)

    def called_for(self, facts: Mapping[str, Any]) -> bool:
        """Whether the matter needs it."""
        path, _, wanted = self.when.partition("=")
        if not path:
            return True
        found: Any = facts
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        if not wanted:
            return bool(found)
        return (str(found).lower() if isinstance(found, bool) else found) == wanted


@cache
def needs() -> tuple[Need, ...]:
    """The list of this release.

    Raises:
        ValueError: it names a form or a procedure that there is not.
    """
    made = []
    for raw in tomllib.loads(_FILE.read_text(encoding="utf-8"))["need"]:
        need = Need(
            raw["procedure"],
            tuple(raw.get("any", [raw["form"]] if "form" in raw else [])),
            raw.get("evidence", 0),
            raw.get("when", ""),
        )
        if need.procedure not in PROCEDURES or any(code not in forms() for code in need.any):
            raise ValueError(f"dossier.toml: {raw} names what there is not")
        made.append(need)
    return tuple(made)


def lacking(kind: str, facts: Mapping[str, Any], entries: Sequence[Entry]) -> list[str]:
    """What the file of a matter lacks, in Chinese, in the order of the list."""
    there = {entry.form for entry in entries if entry.form}
    evidence = sum(1 for entry in entries if not entry.form)
    missing = []
    for need in needs():
        if need.procedure != kind or not need.called_for(facts):
            continue
        if not (evidence >= need.evidence if need.evidence else there.intersection(need.any)):
            missing.append(need.title)
    return list(dict.fromkeys(missing))


def catalogue(entries: Iterable[Entry]) -> list[Entry]:
    """Entries in the order of the file, with page numbers: what has no pages gets none and takes none away."""
    order = {code: n for n, code in enumerate(forms())}
    sorted_entries = sorted(
        entries, key=lambda entry: (order.get(entry.form, len(order)), entry.made_on, entry.number, entry.title)
    )
    placed, page = [], 1
    for entry in sorted_entries:
        placed.append(replace(entry, first_page=page if entry.pages else 0))
        page += entry.pages
    return placed
