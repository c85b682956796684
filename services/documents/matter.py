"""What is known of a matter: the folded facts, with names for officers and last days for measures."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg

from services.documents.model.document import Known
from services.documents.present import penalty
from services.documents.settings import letterhead
from services.documents.shared import Refusal
from services.documents.typesetter import typesetter
from services.kernel.deadlines import calendar_days, published, working_days
from services.kernel.errors import Refused
from services.kernel.values import day_of

if TYPE_CHECKING:
    from services.kernel.app import Node

PRESERVATION = working_days(7)
"""行政处罚法 arts. 56, 85."""
SEIZURE = calendar_days(30)
SEIZURE_EXTENDED = calendar_days(60)
"""行政强制法 art. 25: thirty days, and once thirty more. Testing time does not count: the officer adds it."""

_LAST_DAYS: Final = {
    "preservation": {"due_on": PRESERVATION},
    "seizure": {"due_on": SEIZURE, "extended_until": SEIZURE_EXTENDED},
}
_ISSUED: Final = "documents."

_MATTER = "SELECT * FROM matter WHERE matter_id = $1"
_OFFICERS = "SELECT officer_id::text, name FROM officer WHERE officer_id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter as the view has it."""

    matter_id: str
    kind: str
    number: str
    closed: bool
    closed_on: str
    """ISO date; empty while it is open."""
    facts: Mapping[str, Any]


async def require_known(node: "Node", matter_id: str, officer_ids: Iterable[str] = ()) -> Known:
    """What is known of a matter, everything recorded before this call included.

    Raises:
        Refused: UNKNOWN_MATTER, VIEW_BEHIND.
    """
    async with node.views("documents").at(await node.ledger.head()) as connection:
        found, names = await read(connection, matter_id, officer_ids)
    days = node.rules.number("defence_working_days", day_of(node.clock.now()))
    facts = {**found.facts, "rules": {"defence_days": days}}
    return Known(facts, names, letterhead(), found.kind, typesetter().lacking)


async def read(
    connection: asyncpg.Connection, matter_id: str, officer_ids: Iterable[str] = ()
) -> tuple[Matter, dict[str, str]]:
    """A matter, and the names of its officers and of others asked for.

    Raises:
        Refused: UNKNOWN_MATTER.
    """
    row = await connection.fetchrow(_MATTER, UUID(matter_id))
    if row is None or row["kind"] is None:
        raise Refused(Refusal.UNKNOWN_MATTER, matter=matter_id)
    facts = json.loads(row["facts"])
    wanted = {*officer_ids, *_officer_ids(facts)}
    names = {one["officer_id"]: one["name"] for one in await connection.fetch(_OFFICERS, sorted(wanted))}
    known = with_result(with_names(with_last_days(facts), names))
    closed_on = day_of(row["closed_at"]).isoformat() if row["closed_at"] else ""
    return Matter(matter_id, row["kind"], row["number"] or "", bool(row["closed"]), closed_on, known), names


def with_names(facts: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Facts with the names of officers beside their ids. Pure."""
    named = dict(facts)
    if "handlers" in named:
        named["handlers"] = [
            {**one, "name": names.get(one["officer_id"], one["officer_id"])} for one in named["handlers"]
        ]
    if "hearing" in named:
        held = named["hearing"]
        named["hearing"] = {
            **held,
            "chair": names.get(held.get("chair_id", ""), ""),
            "recorder": names.get(held.get("recorder_id", ""), ""),
        }
    if "discussion" in named:
        held = named["discussion"]
        named["discussion"] = {
            **held,
            "attendees": "、".join(names.get(one, one) for one in held.get("attendee_ids", [])),
            "record": "\n".join(f"{names.get(who, who)}：{said}" for who, said in held.get("opinions", [])),
        }
    if "evidence" in named:
        named["pieces"] = named["evidence"]
        named["evidence"] = [_printed(one) for one in named["evidence"] if not one.get("excluded")]
    return named


def with_result(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with the result in words (处理结果). Pure."""
    match facts.get("outcome"):
        case "penalty":
            decided = "；".join(penalty(one) for one in facts.get("decision", {}).get("penalties", []))
            return {**facts, "result": f"作出行政处罚决定：{decided}"}
        case "no_penalty" | "not_established":
            return {**facts, "result": f"不予行政处罚：{facts['no_penalty']['ground']}"}
        case "revoked":
            return {**facts, "result": f"撤销行政处罚决定：{facts['revocation']['reason']}"}
        case _:
            return dict(facts)


def with_last_days(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with the days on which measures end, by the calendar that this release carries, and the newest of what
    there may be several of where forms look for it. Pure."""
    every = {what: [_dated(what, one) for one in found] for what, found in facts.get("every", {}).items()}
    newest = {what: found[-1] for what, found in every.items()}
    documents = {what.removeprefix(_ISSUED): one for what, one in newest.items() if what.startswith(_ISSUED)}
    measures = {what: one for what, one in newest.items() if not what.startswith(_ISSUED)}
    return {**facts, **measures, "documents": documents, "every": every}


def _dated(what: str, one: Mapping[str, Any]) -> dict[str, Any]:
    if "at" not in one or what not in _LAST_DAYS:
        return dict(one)
    return {**one, **{name: _last_day(limit, one["at"]) for name, limit in _LAST_DAYS[what].items()}}


def _last_day(limit: Any, at: str) -> str:
    last: str = limit.provisional(datetime.fromisoformat(at), published()).due_on.isoformat()
    return last


def _printed(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """A piece of evidence as a form lists it: its file by digest only."""
    return {name: value for name, value in evidence.items() if name not in ("file", "excluded")}


def _officer_ids(facts: Mapping[str, Any]) -> Iterable[str]:
    yield from (one["officer_id"] for one in facts.get("handlers", []))
    yield from facts.get("discussion", {}).get("attendee_ids", [])
    yield from (who for who, _ in facts.get("discussion", {}).get("opinions", []))
    held = facts.get("hearing", {})
    yield from filter(None, (held.get("chair_id"), held.get("recorder_id")))
