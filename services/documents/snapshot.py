"""What a document says: facts of the ledger and what the officer adds, checked against the form. Pure.

    facts (view) ─┐
    inputs ───────┼─▶ values by field ─▶ snapshot: canonical JSON, whose SHA-256 stands in the ledger
    letterhead ───┘        missing ─▶ refused, with the list in Chinese

An officer adds what the ledger lacks and may word what is prose; what the ledger knows as a fact (party, amounts, days)
is printed as the ledger has it. Amounts and last days that are given must fit each other (services.documents.checks).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from enforcement.cases.v1 import events_pb2 as cases

from services.documents.checks import wrong_in
from services.documents.registry import Field, Form
from services.documents.settings import Letterhead
from services.documents.shared import Refusal
from services.documents.values import PARTY, VEHICLE
from services.kernel.clock import SHANGHAI
from services.kernel.errors import Refused

TEXT_MAX: Final = 20_000
"""Characters of a text: about thirty pages of a record."""
ROWS_MAX: Final = 500
"""Rows of a list."""
Values = dict[str, Any]


class Invalid(Exception):
    """A value is not of its kind."""


@dataclass(frozen=True, slots=True)
class Composed:
    """Values of a form and what it lacks."""

    values: Values
    missing: tuple[str, ...]
    """Chinese labels of required fields without value."""


def compose(form: Form, facts: Mapping[str, Any], inputs: Mapping[str, Any], letterhead: Letterhead) -> Composed:
    """The values of a form's fields.

    Raises:
        Refused: UNKNOWN_FIELD, FIELD_IN_LEDGER, FIELD_NOT_YET_IN_LEDGER, FIELD_INVALID.
    """
    for name in inputs:
        if name not in form.fields:
            raise Refused(Refusal.UNKNOWN_FIELD, form=form.title, field=name)
    known = {**_meant(form, facts, inputs), "authority": {**asdict(letterhead), **facts.get("authority", {})}}
    values: Values = {}
    for field in form.fields.values():
        fact = at(known, field.fact) if field.fact else None
        given = inputs.get(field.name)
        if field.ledger and not _empty(given) and _empty(fact):
            raise Refused(Refusal.FIELD_NOT_YET_IN_LEDGER, field=field.label)
        if not _empty(given) and not _empty(fact) and not field.wording and _differ(field, given, fact):
            raise Refused(Refusal.FIELD_IN_LEDGER, field=field.label)
        value = fact if _empty(given) else given
        if not _empty(value):
            values[field.name] = _checked(field, value)
    for name, detail in wrong_in(form.code, values):
        raise Refused(Refusal.FIELD_INVALID, field=form.fields[name].label, detail=detail)
    missing = tuple(field.label for field in form.fields.values() if field.required and field.name not in values)
    return Composed(values, missing)


def require_complete(form: Form, composed: Composed) -> Values:
    """The values.

    Raises:
        Refused: FIELDS_MISSING with the list.
    """
    if composed.missing:
        raise Refused(Refusal.FIELDS_MISSING, form=form.title, missing="；".join(composed.missing))
    return composed.values


def canonical(content: Mapping[str, Any]) -> bytes:
    """Canonical JSON in UTF-8: keys sorted, no white space, text as it is."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def at(facts: Mapping[str, Any], path: str) -> Any:
    """What facts have at a path of names with dots; None where there is nothing."""
    found: Any = facts
    for part in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(part)
    return found


def _meant(form: Form, facts: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Facts in which, of what there are several of, the one stands that the inputs agree with, the newest first: a form
    that means the first of two seizures prints nothing of the second. When they agree with none, and the form is the
    one with which such a thing begins, it is a new one, of which the ledger knows nothing yet.
    """
    known = dict(facts)
    for what, found in facts.get("every", {}).items():
        fitting = [one for one in reversed(found) if not _contradicted(form, what, one, inputs)]
        if fitting:
            _put(known, what, None if _left_open(form, what, fitting, inputs) else fitting[0])
    if form.begins and _contradicted(form, form.begins, at(known, form.begins), inputs):
        _put(known, form.begins, None)
    return known


def _contradicted(form: Form, what: str, one: Any, inputs: Mapping[str, Any]) -> bool:
    return any(_contradicts(field, what, one, inputs) for field in form.fields.values())


def _contradicts(field: Field, what: str, one: Any, inputs: Mapping[str, Any]) -> bool:
    if field.wording or not field.fact.startswith(f"{what}."):
        return False
    given, fact = inputs.get(field.name), at(one, field.fact.removeprefix(f"{what}."))
    return not _empty(given) and not _empty(fact) and _differ(field, given, fact)


def _left_open(form: Form, what: str, fitting: Sequence[Any], inputs: Mapping[str, Any]) -> bool:
    """Which of several is meant is for the officer to say, and was not said."""
    return len(fitting) > 1 and any(
        field.only_one and field.fact.startswith(f"{what}.") and _empty(inputs.get(field.name))
        for field in form.fields.values()
    )


def _put(facts: dict[str, Any], path: str, value: Any) -> None:
    """Sets a fact without changing what others hold."""
    head, _, rest = path.partition(".")
    if rest:
        inner = dict(facts.get(head, {}))
        _put(inner, rest, value)
        facts[head] = inner
    else:
        facts[head] = value


def _differ(field: Field, given: Any, fact: Any) -> bool:
    return bool(_checked(field, given) != _checked(field, fact))


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _checked(field: Field, value: Any) -> Any:
    try:
        return field_value(field, value)
    except Invalid as invalid:
        raise Refused(Refusal.FIELD_INVALID, field=field.label, detail=invalid) from None


def field_value(field: Field, value: Any) -> Any:
    """A value as the snapshot keeps it.

    Raises:
        Invalid: it is not of the field's kind.
    """
    if field.kind == "choice":
        return _choice(value, field.choices)
    return _CHECKS[field.kind](value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Invalid("应为文字")
    if len(value) > TEXT_MAX:
        raise Invalid(f"超过{TEXT_MAX}字")
    return value.strip()


def _choice(value: Any, choices: Sequence[str]) -> str:
    if value not in choices:
        raise Invalid(f"应为：{'、'.join(choices)}")
    return str(value)


def _number(value: Any) -> int:
    if isinstance(value, str) and value.isdecimal() and len(value) <= 15:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < 0:
        raise Invalid("应为非负整数")
    return int(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid("应为true或者false")
    return value


def _day(value: Any) -> str:
    try:
        return date.fromisoformat(_text(value)).isoformat()
    except ValueError:
        raise Invalid("应为日期，如2024-11-05") from None


def _instant(value: Any) -> str:
    try:
        instant = datetime.fromisoformat(_text(value))
    except ValueError:
        raise Invalid("应为时间，如2024-11-05T10:30") from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)).astimezone(SHANGHAI).isoformat()


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise Invalid("应为列表")
    if len(value) > ROWS_MAX:
        raise Invalid(f"超过{ROWS_MAX}行")
    return value


def _record(
    needed: Mapping[str, Callable[[Any], Any]], also: Mapping[str, Callable[[Any], Any]]
) -> Callable[[Any], dict[str, Any]]:
    def check(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise Invalid("应为一组内容")
        if unknown := [name for name in value if name not in needed and name not in also]:
            raise Invalid(f"没有该项：{'、'.join(unknown)}")
        if lacking := [name for name in needed if _empty(value.get(name))]:
            raise Invalid(f"缺少：{'、'.join(lacking)}")
        return {name: (needed.get(name) or also[name])(one) for name, one in value.items() if not _empty(one)}

    return check


def _list_of(check: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    return lambda value: [check(one) for one in _rows(value)]


def _party_kind(value: Any) -> int:
    kind = _number(value)
    if kind not in (cases.PARTY_KIND_PERSON, cases.PARTY_KIND_ORGANISATION):
        raise Invalid("当事人应为个人或者单位")
    return kind


def _penalty_kind(value: Any) -> int:
    kind = _number(value)
    if kind not in cases.PenaltyKind.values() or not kind:
        raise Invalid("没有该处罚种类")
    return kind


def _texts(*names: str) -> dict[str, Callable[[Any], Any]]:
    return dict.fromkeys(names, _text)


_PERSON: Final = _texts("sex", "age", "id_number", "phone", "address", "employer", "post")

_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "text": _text,
    "lines": _list_of(_text),
    "number": _number,
    "money": _number,
    "flag": _flag,
    "day": _day,
    "instant": _instant,
    "party": _record(
        {"name": _text},
        {"kind": _party_kind, **_texts(*PARTY)},
    ),
    "person": _record({}, {"name": _text, **_PERSON}),
    "people": _list_of(_record({"name": _text}, _PERSON)),
    "vehicle": _record(
        {"plate": _text},
        _texts(*VEHICLE),
    ),
    "officers": _list_of(_record({"name": _text}, _texts("officer_id", "credential_number"))),
    "items": _list_of(_record({"description": _text, "quantity": _number}, _texts("spec", "unit", "place", "remark"))),
    "evidence": _list_of(
        _record({"kind": _text, "description": _text}, {**_texts("evidence_id", "sha256"), "at": _instant})
    ),
    "penalties": _list_of(
        _record({"kind": _penalty_kind}, {"amount_fen": _number, "extent": _text})
    ),
    "dialogue": _list_of(_record({"q": _text, "a": _text}, {})),
    "deliveries": _list_of(
        _record({"title": _text, "way": _text}, {**_texts("number", "receiver", "sender"), "at": _instant})
    ),
    "instalments": _list_of(_record({"due_on": _day, "amount_fen": _number}, {})),
}  # fmt: skip
