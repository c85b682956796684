"""The forms that documents are issued on (文书式样), read from forms/forms.toml and transfer.toml and checked.

Promise   a form that is wrong stops the start: two forms with one series, a field nobody declared, a template that is
          missing. `template_version` changes whenever the form's fields, its template or the common style change.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from enforcement.options.v1 import options_pb2 as options

from services.documents.shared import CASE_SERIES, Refusal
from services.kernel.errors import Refused

__all__ = ["FORMS_DIR", "KINDS", "MATTERS", "Field", "Form", "form_of", "forms", "word_of"]

FORMS_DIR: Final = Path(__file__).with_name("forms")
STYLE: Final = "style.typ"
CASE_WORD: Final = "案"
CRIMINAL_STEP: Final = "涉嫌犯罪移送"
KINDS: Final = frozenset(
    (
        "text", "lines", "number", "flag", "choice", "money", "day", "instant",
        "party", "person", "people", "vehicle", "officers",
        "items", "evidence", "penalties", "dialogue", "deliveries", "instalments",
    )
)  # fmt: skip
"""Closed list of kinds of values; services.documents.snapshot checks each, services.documents.present writes it."""


MATTERS: Final[Mapping[str, options.AuthorityKind.ValueType]] = {
    "case": options.AUTHORITY_KIND_TRANSPORT,
    "on_spot": options.AUTHORITY_KIND_TRANSPORT,
    "referral": options.AUTHORITY_KIND_POLICE,
    "supervision": options.AUTHORITY_KIND_PROCURATORATE,
    "opinion": options.AUTHORITY_KIND_PROCURATORATE,
}
"""Kinds of matters, and of the authorities that have them."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a form says."""

    name: str
    label: str
    """As refusals and the command line name it."""
    kind: str
    required: bool
    fact: str
    """Where the ledger has it, as a path into the facts of the matter; empty when only an officer can say."""
    wording: bool
    """An officer may word it otherwise than the ledger has it."""
    only_one: bool
    """The ledger's value counts while only one could be meant; of several an officer says which."""
    ledger: bool
    """Only the ledger can say it: a decision is printed after it was made."""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """One form."""

    code: str
    title: str
    word: str
    """Word of its numbers: one series for each form."""
    step: str
    law: str
    matter: str
    """Kind of matter that it belongs to, of `MATTERS`; empty for cases and on-the-spot penalties alike."""
    fields: Mapping[str, Field]
    signers: Mapping[options.Role.ValueType, int]
    """Lines for officers: how many at least sign in a role."""
    signed_by: Mapping[options.Role.ValueType, str]
    """Where the ledger has who signs in a role, as a path into the facts: an officer, or several."""
    begins: str
    """What comes into the ledger only after this sheet, e.g. a seizure: inputs that fit none there are a new one."""
    once: bool
    """A matter has one of it; what it says wrongly is corrected under its number."""
    party_signs: bool
    seal: bool
    receipt: bool
    aliases: tuple[str, ...]
    """Other names that people know it by, e.g. those of older lists."""
    template_version: str
    """First 16 hexadecimal digits of the SHA-256 over declaration, template and style."""

    def belongs_to(self, kind: str) -> bool:
        """Whether a matter of that kind may have it."""
        return kind == self.matter if self.matter else kind in ("case", "on_spot")

    def is_of(self, kind: options.AuthorityKind.ValueType) -> bool:
        """Whether an authority of that kind issues it."""
        return MATTERS[self.matter or "case"] == kind

    @property
    def criminal(self) -> bool:
        """It is about a transfer as a suspected crime: for the team and the principal head alone (国务院令第310号)."""
        return self.step == CRIMINAL_STEP

    @property
    def template(self) -> str:
        """Name of the template's file."""
        return f"{self.code.lower()}.typ"


@cache
def forms() -> Mapping[str, Form]:
    """All forms by code, in the order of the file.

    Raises:
        ValueError: the declaration is wrong.
    """
    return read(FORMS_DIR)


def read(folder: Path) -> dict[str, Form]:
    """The forms of a folder.

    Raises:
        ValueError: the declaration is wrong.
    """
    declared = tomllib.loads((folder / "forms.toml").read_text(encoding="utf-8"))
    criminal = tomllib.loads((folder / "transfer.toml").read_text(encoding="utf-8"))
    style = (folder / STYLE).read_bytes()
    made = [_form(raw, declared["fields"], folder, style) for raw in (*declared["form"], *criminal["form"])]
    names = [name for form in made for name in (form.code, form.title, *form.aliases)]
    for what, values in (("name", names), ("word", [CASE_WORD, *(form.word for form in made)])):
        if twice := {value for value in values if values.count(value) > 1}:
            raise ValueError(f"two forms have one {what}: {', '.join(sorted(twice))}")
    return {form.code: form for form in made}


def form_of(name: str) -> Form:
    """A form by its code, its title or another name of it.

    Raises:
        Refused: UNKNOWN_FORM.
    """
    form = forms().get(name) or _by_name().get(name)
    if form is None:
        raise Refused(Refusal.UNKNOWN_FORM, form=name)
    return form


@cache
def _by_name() -> Mapping[str, Form]:
    return {name: form for form in forms().values() for name in (form.title, *form.aliases)}


def word_of(series: str) -> str:
    """Word of a series' numbers.

    Raises:
        Refused: UNKNOWN_FORM.
    """
    return CASE_WORD if series == CASE_SERIES else form_of(series).word


def _form(raw: Mapping[str, Any], common: Mapping[str, Any], folder: Path, style: bytes) -> Form:
    code = raw["code"]
    own = raw.get("fields", {})
    required, optional = raw["required"], raw.get("optional", [])
    signers, signed_by = raw.get("signers", {}), raw.get("signed_by", {})
    if unasked := set(signed_by) - set(signers):
        raise ValueError(f"{code}: {', '.join(unasked)} in signed_by sign nothing")
    fields = {}
    for name in (*required, *optional):
        found = own.get(name) or common.get(name)
        if found is None or name in fields:
            raise ValueError(f"{code}: field {name!r} is not declared, or named twice")
        fields[name] = _field(code, name, found, name in required)
    if unused := set(own) - set(fields):
        raise ValueError(f"{code}: fields {', '.join(sorted(unused))} are declared and never named")
    try:
        template = (folder / f"{code.lower()}.typ").read_bytes()
    except FileNotFoundError:
        raise ValueError(f"{code}: there is no template {code.lower()}.typ") from None
    parts = (repr(sorted(raw.items())).encode(), repr(sorted(common.items())).encode(), template, style)
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts))
    return Form(
        code=code,
        title=raw["title"],
        word=raw["word"],
        step=raw["step"],
        law=raw["law"],
        matter=_matter(code, raw.get("matter", "")),
        fields=fields,
        signers={options.Role.Value(f"ROLE_{role}"): least for role, least in signers.items()},
        signed_by={options.Role.Value(f"ROLE_{role}"): fact for role, fact in signed_by.items()},
        begins=raw.get("begins", ""),
        once=raw.get("once", False),
        party_signs=raw.get("party_signs", False),
        seal=raw.get("seal", False),
        receipt=raw.get("receipt", False),
        aliases=tuple(raw.get("aliases", ())),
        template_version=digest.hexdigest()[:16],
    )


def _matter(code: str, kind: str) -> str:
    if kind not in ("", *MATTERS):
        raise ValueError(f"{code}: {kind!r} is no kind of matter")
    return kind


def _field(code: str, name: str, raw: Mapping[str, Any], required: bool) -> Field:
    kind = raw.get("kind", "text")
    if kind not in KINDS or (kind == "choice") != bool(raw.get("choices")):
        raise ValueError(f"{code}: {name} has kind {kind!r}, or choices without being one")
    return Field(
        name=name,
        label=raw["label"],
        kind=kind,
        required=required,
        fact=raw.get("fact", ""),
        wording=raw.get("wording", False),
        only_one=raw.get("only_one", False),
        ledger=raw.get("ledger", False),
        choices=tuple(raw.get("choices", ())),
    )
