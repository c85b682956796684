"""What is known of a matter: the folded facts, with names of officers, last days of measures, and results in words."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg
from enforcement.options.v1 import options_pb2 as options

from services.documents.criminal_views import OPINION
from services.documents.decisions import with_decisions
from services.documents.model.document import Known
from services.documents.periods import PRESERVATION, SEIZURE, SEIZURE_EXTENDED, last_day, pause
from services.documents.present import day, penalty
from services.documents.registry import form_of
from services.documents.settings import letterhead
from services.documents.shared import Refusal
from services.documents.typesetter import typesetter
from services.documents.values import money
from services.kernel.authority import Members
from services.kernel.errors import Refused
from services.kernel.file_access import Handled
from services.kernel.values import day_of

if TYPE_CHECKING:
    from services.kernel.app import Node

_ISSUED: Final = "documents."
_CLERKS: Final = ("proposed_by", "checked_by")
"""Who made the public copy, and who compared it."""
TRANSFER: Final = "transfer"
OPINION_ROLES: Final = (options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD, options.ROLE_PROSECUTOR)
"""Who reads an opinion beside those who handle it; as TransferService.GetOpinion has it."""

_MATTER = "SELECT * FROM matter WHERE matter_id = $1"
_PARTS = "SELECT stream_id::text, kind, facts FROM part WHERE matter_id = $1 ORDER BY began_position"
_OFFICERS = "SELECT officer_id::text, name FROM officer WHERE officer_id = ANY($1::uuid[])"
_HANDLED_BY = "SELECT facts -> 'handled_by' FROM matter WHERE matter_id = $1"
_GIVEN_TO = """
SELECT matter.kind AS matter_kind, matter.facts -> 'handled_by' AS handled_by, own.kind, document.form,
  (SELECT facts -> 'team' FROM part WHERE matter_id = matter.matter_id AND kind = 'transfer'
   ORDER BY began_position DESC LIMIT 1) AS team
FROM matter LEFT JOIN part AS own ON own.stream_id = $1 LEFT JOIN document ON document.document_id = $1
WHERE matter.matter_id = coalesce(own.matter_id, $1)
"""


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
    streams: tuple[str, ...]
    """Ids of the streams that belong to it, its own first."""


async def require_known(node: "Node", matter_id: str, officer_ids: Iterable[str] = ()) -> Known:
    """What is known of a matter, everything recorded before this call included.

    Raises:
        Refused: UNKNOWN_MATTER, VIEW_BEHIND.
    """
    async with node.views("documents").at(await node.ledger.head()) as connection:
        found, names = await read(connection, matter_id, officer_ids)
    days = node.rules.number("defence_working_days", day_of(node.clock.now()))
    police = node.members.get(node.authority.police_id)
    procuratorate = node.members.get(node.authority.procuratorate_id)
    facts = {
        **with_authorities(found.facts, node.members),
        "rules": {"defence_days": days},
        "authority": {
            **({"police": police.name} if police else {}),
            **({"procuratorate": procuratorate.name} if procuratorate else {}),
        },
    }
    return Known(facts, names, letterhead(), found.kind, typesetter().lacking)


async def handled_by(node: "Node", matter_id: str) -> Collection[str]:
    """Officers who handle a matter; nobody when it is none."""
    async with node.views("documents").at(0) as connection:
        found = await connection.fetchval(_HANDLED_BY, UUID(matter_id))
    return json.loads(found) if found else ()


async def given_to(node: "Node", subject_id: str) -> Handled:
    """Who is given files of a matter, of a document or of another stream that belongs to it: its officers; what is
    about its transfer as a suspected crime, only the team (专案组); what is about an opinion (检察意见), at the
    procuratorate that makes it, only who reads its content there."""
    async with node.views("documents").at(0) as connection:
        row = await connection.fetchrow(_GIVEN_TO, UUID(subject_id))
    if row is None:
        return Handled()
    if row["matter_kind"] == OPINION:
        return Handled(roles=OPINION_ROLES)
    criminal = row["kind"] == TRANSFER or (row["form"] is not None and form_of(row["form"]).criminal)
    if criminal and row["team"]:
        return Handled(json.loads(row["team"]), closed=True)
    return Handled(json.loads(row["handled_by"] or "[]"))


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
    parts = await connection.fetch(_PARTS, UUID(matter_id))
    facts = with_parts(json.loads(row["facts"]), [(one["kind"], json.loads(one["facts"] or "{}")) for one in parts])
    wanted = {*officer_ids, *_officer_ids(facts)}
    names = {one["officer_id"]: one["name"] for one in await connection.fetch(_OFFICERS, sorted(wanted))}
    known = with_words(with_names(with_decisions(with_last_days(facts)), names))
    closed_on = day_of(row["closed_at"]).isoformat() if row["closed_at"] else ""
    streams = tuple(one["stream_id"] for one in parts)
    found = Matter(matter_id, row["kind"], row["number"] or "", bool(row["closed"]), closed_on, known, streams)
    return found, names


def with_parts(facts: Mapping[str, Any], parts: Sequence[tuple[str | None, Mapping[str, Any]]]) -> dict[str, Any]:
    """Facts of a matter with those of the streams that belong to it, the newest of a kind under its name, and the
    papers of all. Pure."""
    papers = [*facts.get("papers", []), *(paper for _, own in parts for paper in own.get("papers", []))]
    named = {kind: {name: value for name, value in own.items() if name != "papers"} for kind, own in parts if kind}
    return {**facts, **named, "papers": papers}


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
    if "published" in named:
        shown = named["published"]
        named["published"] = {**shown, **{by: names.get(shown[by], shown[by]) for by in _CLERKS if by in shown}}
    if "evidence" in named:
        named["pieces"] = named["evidence"]
        named["evidence"] = [_printed(one) for one in named["evidence"] if not one.get("excluded")]
    return named


def with_authorities(facts: Mapping[str, Any], members: Members) -> dict[str, Any]:
    """Facts in which authorities stand by their names: who handed the clue over, who gets the case, and the authorities
    of criminal justice beside their ids. Pure."""
    named = dict(facts)
    if (handed_over := members.get(facts.get("reporter", ""))) is not None:
        named["reporter"] = handed_over.name
    if moved := facts.get("transferred"):
        known = members.get(moved.get("receiver_id", ""))
        named["transferred"] = {**moved, "receiver": known.name if known else moved["receiver"]}
    for what in ("referral", "supervision", "opinion"):
        if what in named:
            ids = {name.removesuffix("_id"): value for name, value in named[what].items() if name.endswith("_id")}
            names = {name: members[id_].name if id_ in members else id_ for name, id_ in ids.items()}
            named[what] = {**named[what], **names}
    return named


def with_words(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with evidence, result (处理结果) and execution (执行情况) in words. Pure."""
    said = dict(facts)
    if evidence := facts.get("evidence"):
        said["evidence_list"] = "；".join(
            f"{n}．{one['kind']}：{one['description']}" for n, one in enumerate(evidence, 1)
        )
    if remedies := facts.get("remedies"):
        said["remedies"] = {**remedies, "words": _remedies(remedies["sought"].values())}
    if result := _result(facts):
        said["result"] = result
    if execution := _execution(facts.get("collection", {})):
        said["execution_result"] = execution
    return said


def _remedies(sought: Iterable[Mapping[str, str]]) -> str:
    """How the party sought remedy against the decision, and what became of it."""
    words = []
    for one in sought:
        began = f"被申请人于{day(one['on'])}申请{one['kind']}" if one.get("on") else f"被申请人申请{one['kind']}"
        ended = f"，{day(one['ended_on'])}结果为{one['outcome']}" if one.get("outcome") else "，尚未办结"
        words.append(began.replace("申请行政诉讼", "提起行政诉讼") + ended)
    return "；".join(words)


def _result(facts: Mapping[str, Any]) -> str:
    match facts.get("outcome"):
        case "penalty":
            return "作出行政处罚决定：" + "；".join(penalty(one) for one in facts["decision"].get("penalties", []))
        case "no_penalty" | "not_established":
            return f"不予行政处罚：{facts['no_penalty']['ground']}"
        case "crime_transfer":
            return "涉嫌犯罪，决定移送公安机关"
        case "revoked":
            return f"撤销行政处罚决定：{facts['revocation']['reason']}"
        case None if "transferred" in facts:
            return f"移送有管辖权的机关处理：{facts['transferred']['reason']}"
        case _:
            return ""


def _execution(collection: Mapping[str, Any]) -> str:
    """How a decision with money was performed; empty while it is not."""
    if performed := collection.get("performed"):
        words = {"fine_fen": "罚款", "confiscation_fen": "没收违法所得", "surcharge_fen": "加处罚款"}
        paid = "、".join(f"{word}{money(performed[name])}" for name, word in words.items() if performed.get(name))
        return f"{paid}已于{day(performed['on'])}全部缴清" if paid else ""
    if ended := collection.get("ended"):
        return f"终结执行：{ended['ground']}"
    return ""


def with_last_days(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with the days on which measures end, by the calendar that this release carries, and the newest of what
    there may be several of where forms look for it. Pure."""
    every = {what: [_dated(what, one) for one in found] for what, found in facts.get("every", {}).items()}
    newest = {what: found[-1] for what, found in every.items()}
    documents = {what.removeprefix(_ISSUED): one for what, one in newest.items() if what.startswith(_ISSUED)}
    measures = {what: one for what, one in newest.items() if not what.startswith(_ISSUED)}
    return {**facts, **measures, "documents": documents, "every": every}


def _dated(what: str, one: Mapping[str, Any]) -> dict[str, Any]:
    if "on" not in one:
        return dict(one)
    began_on = date.fromisoformat(one["on"])
    match what:
        case "preservation":
            return {**one, **_days(due_on=last_day(PRESERVATION, began_on))}
        case "seizure":
            pauses = [pause(test) for test in one.get("tests", {}).values()]
            due, extended = (last_day(limit, began_on, pauses) for limit in (SEIZURE, SEIZURE_EXTENDED))
            next_day = due + timedelta(days=1) if due else None
            return {**one, **_days(due_on=due, extended_from=next_day, extended_until=extended)}
        case _:
            return dict(one)


def _days(**found: date | None) -> dict[str, str]:
    """The days that are known."""
    return {name: day.isoformat() for name, day in found.items() if day is not None}


def _printed(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """A piece of evidence as a form lists it: its file by digest only."""
    return {name: value for name, value in evidence.items() if name not in ("file", "excluded")}


def _officer_ids(facts: Mapping[str, Any]) -> Iterable[str]:
    yield from (one["officer_id"] for one in facts.get("handlers", []))
    yield from facts.get("discussion", {}).get("attendee_ids", [])
    yield from (who for who, _ in facts.get("discussion", {}).get("opinions", []))
    held = facts.get("hearing", {})
    yield from filter(None, (held.get("chair_id"), held.get("recorder_id")))
    yield from (one for by in _CLERKS if (one := facts.get("published", {}).get(by)))
