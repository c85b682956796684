"""What discretion reads from this authority's views: rule sets, the offence register, kinds of evidence.

The register is the authority's own record of acts, and what others answered to the inquiry about this one. An authority
that could know something and has not answered leaves a first violation open.
"""

import asyncio
import json
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg
from enforcement.cases.v1 import act_inquiry_pb2 as inquiries
from enforcement.cases.v1 import events_pb2 as events
from enforcement.options.v1 import options_pb2 as options

from services.cases.discretion.reading import Wrong
from services.cases.discretion.register import PriorOffence, Register
from services.cases.discretion.rule_set_file import read_rule_set
from services.cases.discretion.rule_sets import ListKind, RuleSet, in_force, listed
from services.cases.model.act_inquiry import names
from services.cases.model.case import Refusal
from services.cases.model.discretion import KnownOfRules
from services.cases.model.measures import CompulsionList
from services.kernel.errors import Refused
from services.kernel.values import day

if TYPE_CHECKING:
    from services.kernel.authority import Authority, Members

OFFENCES_MAX: Final = 200
"""Earlier violations of one party that are read, the newest first: more say nothing more about the first one."""

OFFENDERS_MAX: Final = 200
"""Parties of a bucket that an answer to another authority compares, those decided on last first; each costs a digest,
about 20 ms. Beyond it the answer says that it does not know all."""

_RULE_SETS: Final = "SELECT content FROM rule_set ORDER BY rule_set_code"
_KINDS: Final = """
SELECT evidence_id::text, kind FROM evidence
 WHERE case_id = $1 AND NOT (coalesce(excluded, false) OR coalesce(unconfirmed, false))
"""
_SUBJECT: Final = "SELECT act_code, party_number, plate, plate_colour FROM act_record WHERE matter_id = $1"
_OFFENCES: Final = """
SELECT act_code, from_on, established_on, number FROM act_record
WHERE matter_id <> $1 AND established_on IS NOT NULL
  AND (
    (party_number <> '' AND party_number = $2)
    OR (plate <> '' AND plate = $3 AND plate_colour = $4 AND (party_number = '' OR $2 = ''))
  )
ORDER BY established_on DESC LIMIT $5
"""
_OFFENDERS: Final = """
SELECT party_number, json_agg(json_build_array(act_code, from_on, established_on) ORDER BY from_on) AS offences
FROM act_record
WHERE act_code = ANY($1) AND established_on IS NOT NULL AND party_bucket = $2
GROUP BY party_number ORDER BY max(established_on) DESC LIMIT $3
"""
_ANSWERS: Final = """
SELECT responder_id, offences, offences_known AND $2 = ANY(act_codes) AS known FROM act_answer
WHERE matter_id = $1 AND answered
"""


async def known_of_rules(
    connection: asyncpg.Connection, case_id: str, own: "Authority", members: "Members", act_code: str = ""
) -> KnownOfRules:
    """Everything that an evaluation of a case looks up.

    Args:
        act_code: of the act that is evaluated; empty is the case's.
    """
    rows = await connection.fetch(_KINDS, UUID(case_id))
    kinds = {row["evidence_id"]: _kind(row["kind"]) for row in rows}
    return KnownOfRules(
        rule_sets=await rule_sets(connection),
        register=await register(connection, case_id, own, members.values(), act_code),
        kinds=kinds,
    )


async def rule_sets(connection: asyncpg.Connection) -> tuple[RuleSet, ...]:
    """The rule sets that were put in force, whatever their days.

    Raises:
        Refused: RULE_SET_WRONG; this release's catalogue lacks an act that a set speaks on.
    """
    try:
        return tuple(_read(row["content"]) for row in await connection.fetch(_RULE_SETS))
    except Wrong as wrong:
        raise Refused(Refusal.RULE_SET_WRONG, detail=wrong) from None


async def compulsion_list(
    connection: asyncpg.Connection, case_id: str, own: "Authority", on: date
) -> CompulsionList | None:
    """The list of matters without compulsion to ask for a case; None when none speaks on its act."""
    subject = await connection.fetchrow(_SUBJECT, UUID(case_id))
    if subject is None:
        return None
    held = in_force(await rule_sets(connection), own.division, on)
    found = listed(held, ListKind.NO_COMPULSION, subject["act_code"])
    return CompulsionList(found[0].name) if found is not None else None


async def register(
    connection: asyncpg.Connection, case_id: str, own: "Authority", members: "Iterable[Authority]", act_code: str
) -> Register | None:
    """What is known of earlier violations of a case's party; None for a case that is not known. Who was not asked about
    the act that is evaluated has not answered.
    """
    subject = await connection.fetchrow(_SUBJECT, UUID(case_id))
    if subject is None:
        return None
    identifiers = (subject["party_number"], subject["plate"], subject["plate_colour"])
    rows = await connection.fetch(_OFFENCES, UUID(case_id), *identifiers, OFFENCES_MAX)
    found = [
        PriorOffence(row["act_code"], row["from_on"], row["established_on"], own.division, row["number"] or "")
        for row in rows
    ]
    waiting = {one.id for one in members if one.kind == options.AUTHORITY_KIND_TRANSPORT and one.id != own.id}
    for answer in await connection.fetch(_ANSWERS, UUID(case_id), act_code or subject["act_code"]):
        found += _offences(answer)
        if answer["known"]:
            waiting.discard(answer["responder_id"])
    return Register(
        tuple(found),
        unanswered=tuple(sorted(one.partition("-")[2] for one in waiting)),
        party_known=bool(subject["party_number"] or subject["plate"]),
    )


async def offences_of(
    connection: asyncpg.Connection, asked: inquiries.AnswerActInquiryRequest
) -> tuple[tuple[inquiries.ActOffence, ...], bool]:
    """Earlier violations of the party that another authority asks about, and whether these are all."""
    party = next((one for one in asked.subjects if one.kind == inquiries.ACT_SUBJECT_KIND_PARTY), None)
    if party is None:
        return (), False
    rows = await connection.fetch(_OFFENDERS, list(asked.act_codes), party.bucket, OFFENDERS_MAX + 1)
    found = await asyncio.to_thread(_same_party, rows[:OFFENDERS_MAX], asked.inquiry_id, party)
    if found is not None:
        return tuple(
            inquiries.ActOffence(act_code=code, act_on=act_on, decided_on=decided_on)
            for code, act_on, decided_on in json.loads(found["offences"])[-OFFENCES_MAX:]
        ), True
    return (), len(rows) <= OFFENDERS_MAX


def _same_party(rows: Iterable[Any], inquiry_id: str, party: inquiries.ActSubject) -> Any:
    return next((row for row in rows if names(party, inquiry_id, row["party_number"])), None)


def _offences(answer: Any) -> Iterable[PriorOffence]:
    division = answer["responder_id"].partition("-")[2]
    for one in json.loads(answer["offences"] or "[]"):
        yield PriorOffence(
            one["actCode"], day(one["actOn"]), day(one["decidedOn"]), division, one.get("caseNumber", "")
        )


def _kind(number: Any) -> str:
    return events.EvidenceKind.Name(number).removeprefix("EVIDENCE_KIND_")


@lru_cache(maxsize=64)
def _read(content: str) -> RuleSet:
    return read_rule_set(content.encode())
