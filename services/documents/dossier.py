"""The file of a matter (案卷): what is in it, on which pages, and what it lacks. Pure but for the list it reads.

Documents come first, in the order of the procedure (forms.toml), then other papers, then evidence in the order in which
it was gathered. A document counts when its newest version has its sheet; a file that another service's event carries (a
notice, a decision, a proof of service) counts for its form, too. What an event names and the store of files has not is
missed.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from services.documents.registry import forms
from services.documents.settings import settings
from services.documents.snapshot import at

__all__ = ["PROCEDURES", "Entry", "Need", "catalogue", "lacking", "needs"]

NOT_FILED: Final = "not_filed"
PROCEDURES: Final = {
    "case": "普通程序",
    NOT_FILED: "不予立案",
    "on_spot": "简易程序",
    "referral": "行政执法机关移送案件审查",
    "supervision": "立案监督",
    "opinion": "行刑反向衔接",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the catalogue."""

    title: str
    form: str = ""
    """Code of the form; empty for other papers and evidence."""
    evidence: bool = False
    """A piece of evidence."""
    number: str = ""
    made_on: str = ""
    """ISO date."""
    file: Mapping[str, Any] | None = None
    """enforcement.common.v1.BlobRef as JSON; None for physical evidence."""
    pages: int = 0
    remark: str = ""
    lost: bool = False
    """It has a file, which is not in this authority's store."""
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
    words: str = ""
    """What lacks whenever the fact is there; then no paper mends it, but the ledger does."""

    @property
    def title(self) -> str:
        """In Chinese."""
        if self.words:
            return self.words
        if self.evidence:
            return f"证据材料（至少{self.evidence}件）"
        return "或者".join(forms()[code].title for code in self.any)

    def called_for(self, facts: Mapping[str, Any]) -> bool:
        """Whether the matter needs it."""
        path, _, wanted = self.when.partition("=")
        if not path:
            return True
        what, _, rest = path.partition(".")
        several = facts.get("every", {}).get(what)
        if several and rest:  # of several seizures, any
            return any(_is(at(one, rest), wanted) for one in several)
        return _is(at(facts, path), wanted)


def _is(found: Any, wanted: str) -> bool:
    if not wanted:
        return bool(found)
    return (str(found).lower() if isinstance(found, bool) else found) == wanted


@cache
def needs() -> tuple[Need, ...]:
    """The list of this process.

    Raises:
        ValueError: it names a form or a procedure that there is not.
    """
    made, file = [], settings().dossier_file
    for raw in tomllib.loads(file.read_text(encoding="utf-8"))["need"]:
        need = Need(
            raw["procedure"],
            tuple(raw.get("any", [raw["form"]] if "form" in raw else [])),
            raw.get("evidence", 0),
            raw.get("when", ""),
            raw.get("words", ""),
        )
        if need.procedure not in PROCEDURES or any(code not in forms() for code in need.any):
            raise ValueError(f"{file}: {raw} names what there is not")
        made.append(need)
    return tuple(made)


def lacking(kind: str, facts: Mapping[str, Any], entries: Sequence[Entry]) -> list[str]:
    """What the file of a matter lacks, in Chinese, in the order of the list."""
    kind = NOT_FILED if NOT_FILED in facts else kind  # a clue that became no case
    there = {entry.form for entry in entries if entry.form}
    evidence = sum(1 for entry in entries if entry.evidence)
    missing = []
    for need in needs():
        if need.procedure != kind or not need.called_for(facts):
            continue
        if not (evidence >= need.evidence if need.evidence else there.intersection(need.any)):
            missing.append(need.title)
    missing += [f"目录第{n}项的文件" for n, entry in enumerate(entries, 1) if entry.lost]
    return list(dict.fromkeys(missing))


def catalogue(entries: Iterable[Entry]) -> list[Entry]:
    """Entries in the order of the file, with page numbers: what has no pages gets none and takes none away."""
    order = {code: n for n, code in enumerate(forms())}
    sorted_entries = sorted(
        entries,
        key=lambda one: (one.evidence, order.get(one.form, len(order)), one.made_on, one.number, one.title),
    )
    placed, page = [], 1
    for entry in sorted_entries:
        placed.append(replace(entry, first_page=page if entry.pages else 0))
        page += entry.pages
    return placed
