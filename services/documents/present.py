"""From a snapshot to what a template prints: money in capital numerals, days in Chinese, terms for numbers. Pure.

A template only lays out: every word that it prints from a value was written here, so two templates never write the same
amount differently.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from services.documents.registry import Form
from services.documents.values import PARTY, chinese_day, chinese_instant, digits, money, person_of
from services.kernel.values import term


def sheet(form: Form, snapshot: Mapping[str, Any], *, number: str, preview: bool = False) -> dict[str, Any]:
    """Everything that a template prints."""
    values, issued_on = snapshot["values"], date.fromisoformat(snapshot["issued_on"])
    return {
        "code": form.code,
        "title": form.title,
        "number": number,
        "case_number": values.get("case_number", ""),
        "authority": snapshot["authority"],
        "issued_on": day(snapshot["issued_on"]),
        "version": snapshot["version"],
        "correction": snapshot.get("correction", ""),
        "fields": {name: _present(form.fields[name].kind, value, issued_on) for name, value in values.items()},
        "signers": _signers(snapshot["signers"]),
        "party_signing": _party_signing(snapshot.get("party_signing")),
        "preview": preview,
        "digest": snapshot.get("digest", ""),
    }


def day(text: str) -> str:
    """An ISO date in Chinese."""
    return chinese_day(date.fromisoformat(text))


def instant(text: str) -> str:
    """An ISO instant in Chinese, in Shanghai."""
    return chinese_instant(datetime.fromisoformat(text))


def penalty(value: Mapping[str, Any]) -> str:
    """One penalty as a decision words it."""
    kind, extent = term(cases.PenaltyKind, value["kind"]), value.get("extent", "")
    if value.get("amount_fen"):
        return f"{kind}{money(value['amount_fen'])}" + (f"（{extent}）" if extent else "")
    return f"{kind}：{extent}" if extent else kind


def _signers(signers: list[Mapping[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """Signers by role; every role has a list, so that a template may ask for any."""
    made: dict[str, list[dict[str, str]]] = {
        name.removeprefix("ROLE_").lower(): []
        for name in options.Role.keys()  # noqa: SIM118  an enum wrapper, no dict
    }
    for signer in signers:
        role = options.Role.Name(signer["role"]).removeprefix("ROLE_").lower()
        made[role].append(
            {"name": signer["name"], "credential": signer["credential_number"], "on": day(signer["signed_on"])}
        )
    return made


def _party_signing(value: Mapping[str, Any] | None) -> dict[str, str]:
    if not value:
        return {"way": "", "on": "", "note": ""}
    way = value.get("way", 0)
    return {
        "way": term(pb.PartySignature, way) if way else "",
        "on": day(value["signed_on"]) if value.get("signed_on") else "",
        "note": value.get("note", ""),
    }


def _party(value: Mapping[str, Any], issued_on: date) -> dict[str, Any]:
    """A party; of a person sex and age on the day of issue, which the number of the identity card says."""
    organisation = value.get("kind") == cases.PARTY_KIND_ORGANISATION
    blank = dict.fromkeys(
        (*PARTY, "sex", "age"),
        "",
    )
    known = None if organisation else person_of(value.get("id_number", ""), issued_on)
    return {
        **blank,
        **(dict(zip(("sex", "age"), known, strict=True)) if known else {}),
        **value,
        "organisation": organisation,
    }


def _present(kind: str, value: Any, issued_on: date) -> Any:
    return _party(value, issued_on) if kind == "party" else _PRESENT[kind](value)


def _person(value: Mapping[str, Any]) -> dict[str, Any]:
    blank = dict.fromkeys(("name", "sex", "age", "id_number", "phone", "address", "employer", "post"), "")
    return {**blank, **value}


def _vehicle(value: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "plate_colour",
        "type",
        "transport_certificate_number",
        "owner",
        "axles",
        "rated_load",
        "vin",
        "registered_place",
    )
    return {**dict.fromkeys(names, ""), **value}


def _item(value: Mapping[str, Any]) -> dict[str, Any]:
    blank = dict.fromkeys(("spec", "unit", "place", "remark"), "")
    return {**blank, **value, "quantity": str(value["quantity"])}


def _evidence(value: Mapping[str, Any]) -> dict[str, Any]:
    return {**value, "at": instant(value["at"]) if value.get("at") else "", "sha256": value.get("sha256", "")}


def _delivery(value: Mapping[str, Any]) -> dict[str, Any]:
    blank = dict.fromkeys(("number", "receiver", "sender"), "")
    return {**blank, **value, "at": instant(value["at"]) if value.get("at") else ""}


def _instalment(value: Mapping[str, Any]) -> dict[str, str]:
    return {"due_on": day(value["due_on"]), "amount": money(value["amount_fen"])}


def _same(value: Any) -> Any:
    return value


def _money(value: int) -> dict[str, str]:
    return {"text": money(value), "digits": digits(value)}


_PRESENT: Final[Mapping[str, Callable[[Any], Any]]] = {
    "text": _same,
    "lines": _same,
    "number": str,
    "flag": _same,
    "choice": _same,
    "money": _money,
    "day": day,
    "instant": instant,
    "person": _person,
    "people": lambda value: [_person(one) for one in value],
    "vehicle": _vehicle,
    "officers": lambda value: [{"credential_number": "", **one} for one in value],
    "items": lambda value: [_item(one) for one in value],
    "evidence": lambda value: [_evidence(one) for one in value],
    "penalties": lambda value: [penalty(one) for one in value],
    "dialogue": _same,
    "deliveries": lambda value: [_delivery(one) for one in value],
    "instalments": lambda value: [_instalment(one) for one in value],
}
