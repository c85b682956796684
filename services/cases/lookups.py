"""What decisions of cases look up: other cases about the same act, cases of the same incident, used form numbers.

All of it is read from this authority's own views, as of everything recorded before the command.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg
from enforcement.cases.v1 import act_inquiry_pb2 as pb
from enforcement.cases.v1 import criminal_sanctions_pb2 as sanctions
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.common.v1 import common_pb2 as common

from services.cases.discretion.rule_sets import RuleSet
from services.cases.model.act_inquiry import AskedAct, FoundCases, Subjects, matched
from services.cases.model.case import Refusal
from services.cases.model.discretion import KnownAtDecision, KnownOfRules
from services.cases.model.duplicates import OtherCases
from services.cases.model.filing import IncidentCases
from services.cases.model.measures import CompulsionList
from services.cases.model.on_spot import KnownOnSpot
from services.cases.register import compulsion_list, known_of_rules, offences_of, rule_sets
from services.kernel.errors import Refused
from services.kernel.lookups import Lookups
from services.kernel.messages import to_timestamp
from services.kernel.queries import messages_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

CANDIDATES_MAX: Final = 200
"""Cases of an act, its days and its buckets that an answer compares, about 20 ms each. Beyond it the answer says so."""
MATCHES_MAX: Final = 100
"""Other cases of this authority that a decision is shown, those that were fined first: more say nothing more, and the
event that records them has a size."""

_DECIDING: Final = "deciding"
"""Of two decisions about one act the second sees the fine of the first, though each is of a case of its own."""
_MATTER: Final = "SELECT * FROM act_record WHERE matter_id = $1"
_INCIDENT: Final = "SELECT incident_role FROM act_record WHERE incident_id = $1 AND NOT turned_down"
_FORM: Final = "SELECT EXISTS (SELECT FROM on_spot_file WHERE form_number = $1 AND on_spot_id <> $2)"
_SAME_ACT: Final = """
SELECT *, EXISTS (SELECT FROM case_file WHERE case_id = matter_id) AS a_case,
       CASE WHEN party_number <> '' AND party_number = $5 THEN 1 ELSE 2 END AS matched_by
FROM act_record
WHERE matter_id <> $1 AND filed_at IS NOT NULL
  AND (
    (
      act_code = $2 AND from_on <= $4 AND to_on >= $3
      AND (
        (party_number <> '' AND party_number = $5)
        OR (
          plate <> '' AND plate = $6 AND plate_colour = $7 AND (party_number = '' OR $5 = '')
          AND (incident_id = '' OR incident_id <> $8)
        )
      )
    )
    OR (incident_id <> '' AND incident_id = $8 AND party_number <> '' AND party_number = $5)
  )
ORDER BY fined DESC, filed_at LIMIT $9
"""
_STAGE: Final = "SELECT stage FROM case_file WHERE case_id = $1"
_NUMBER: Final = "SELECT EXISTS (SELECT FROM case_file WHERE case_number = $1 AND case_id <> $2)"
_FINE_PAID: Final = "SELECT COALESCE(sum(paid_fen), 0) FROM fine_payment WHERE case_id = $1"
_ADOPTED: Final = "SELECT EXISTS (SELECT FROM device_record WHERE capture_id = $1 AND adopted)"
_NOT_ADOPTED: Final = """
SELECT min(capture_id::text) FROM unnest($1::text[]) AS file JOIN device_record ON files @> ARRAY[file]
GROUP BY file HAVING NOT bool_or(adopted) LIMIT 1
"""
_ANSWERS: Final = "SELECT * FROM act_answer WHERE matter_id = $1 ORDER BY responder_id"
_CANDIDATES: Final = """
SELECT *, EXISTS (SELECT FROM case_file WHERE case_id = matter_id) AS a_case FROM act_record
WHERE act_code = ANY($1) AND daterange(from_on, to_on, '[]') && daterange($2, $3, '[]') AND filed_at IS NOT NULL
  AND (party_bucket = $4 OR plate_bucket = $5)
ORDER BY filed_at DESC LIMIT $6
"""

lookups = Lookups()


@lookups.on(commands.RegisterClueRequest)
async def incident_cases(node: "Node", command: commands.RegisterClueRequest, context: "Context") -> IncidentCases:
    """The cases of the clue's incident that exist already. A device's record begins no case before it is adopted."""
    await _require_adopted(node, command.capture_id, command.attachments)
    return await _cases_of(node, command.incident_id)


@lookups.on(on_spot.ObserveOnSpotRequest)
async def record_on_the_spot(node: "Node", command: on_spot.ObserveOnSpotRequest, context: "Context") -> IncidentCases:
    """A device's record is used on the spot like anywhere: once it is adopted. And the cases of its incident."""
    await _require_adopted(node, command.capture_id, [piece.file for piece in command.evidence])
    return await _cases_of(node, command.incident_id)


async def _cases_of(node: "Node", incident_id: str) -> IncidentCases:
    if not incident_id:
        return IncidentCases()
    async with _now(node) as connection:
        rows = await connection.fetch(_INCIDENT, incident_id)
    return IncidentCases(tuple(row["incident_role"] for row in rows))


@lookups.on(commands.AddEvidenceRequest)
async def record_adopted(node: "Node", command: commands.AddEvidenceRequest, context: "Context") -> bool:
    """Whether the device's record that the evidence is was adopted. Its picture is no evidence by another name."""
    await _require_files_adopted(node, [command.file])
    return await _adopted(node, command.capture_id)


@lookups.on(commands.FileCaseRequest)
async def before_filing(node: "Node", command: commands.FileCaseRequest, context: "Context") -> OtherCases:
    """Other cases about the act of a clue and the party that is filed against. No other one has the number given."""
    async with _now(node) as connection:
        number = command.case_number
        if number and await connection.fetchval(_NUMBER, number, UUID(command.case_id)):
            raise Refused(Refusal.CASE_NUMBER_TAKEN, number=number)
        return await _other_cases(connection, command.case_id, context, command.party)


@lookups.on(commands.NotFileCaseRequest)
async def case_to_join(node: "Node", command: commands.NotFileCaseRequest, context: "Context") -> str:
    """The stage of the case in which the clue goes on; empty when there is none."""
    if not command.joined_case_id:
        return ""
    async with _now(node) as connection:
        return str(await connection.fetchval(_STAGE, UUID(command.joined_case_id)) or "")


@lookups.on(commands.DecideRequest, in_turn=_DECIDING)
async def before_decision(node: "Node", command: commands.DecideRequest, context: "Context") -> KnownAtDecision:
    """Other cases about the act that is decided on, and the rule sets of discretion."""
    async with _now(node) as connection:
        others = await _other_cases(connection, command.case_id, context)
        return KnownAtDecision(others.matches, others.unanswered, await rule_sets(connection))


@lookups.on(on_spot.DecideOnSpotRequest, in_turn=_DECIDING)
async def before_on_spot(node: "Node", command: on_spot.DecideOnSpotRequest, context: "Context") -> KnownOnSpot:
    """Other cases about the act, and whether the form's number was used."""
    async with _now(node) as connection:
        others = await _other_cases(connection, command.on_spot_id, context)
        used = await connection.fetchval(_FORM, command.form_number, UUID(command.on_spot_id))
    return KnownOnSpot(others, bool(used))


@lookups.on(pb.AskAboutActRequest)
async def asked_act(node: "Node", command: pb.AskAboutActRequest, context: "Context") -> AskedAct | None:
    """What an inquiry is about, its subjects as digests; None when the matter is not known."""
    async with _now(node) as connection:
        row = await connection.fetchrow(_MATTER, UUID(command.matter_id))
    if row is None:
        return None
    subjects = await asyncio.to_thread(_subjects(row).digests, command.inquiry_id)
    from_on, to_on = _days(row, context)
    return AskedAct(tuple(subjects), row["act_code"], from_on, to_on)


@lookups.on(pb.AnswerActInquiryRequest)
async def found_cases(node: "Node", command: pb.AnswerActInquiryRequest, context: "Context") -> FoundCases:
    """This authority's cases about the subjects that another one asks for."""
    buckets = {subject.kind: subject.bucket for subject in command.subjects}
    async with _now(node) as connection:
        rows = await connection.fetch(
            _CANDIDATES,
            list(command.act_codes),
            date.fromisoformat(command.from_on),
            date.fromisoformat(command.to_on),
            buckets.get(pb.ACT_SUBJECT_KIND_PARTY),
            buckets.get(pb.ACT_SUBJECT_KIND_VEHICLE),
            CANDIDATES_MAX + 1,
        )
    matches = await asyncio.to_thread(_matches, rows[:CANDIDATES_MAX], command)
    known = FoundCases(matches, complete=len(rows) <= CANDIDATES_MAX)
    if not command.first_violation:
        return known
    async with _now(node) as connection:
        offences, all_of_them = await offences_of(connection, command)
    return replace(known, offences=offences, offences_known=all_of_them)


@lookups.on(discretion.EvaluateDiscretionRequest)
async def before_evaluation(
    node: "Node", command: discretion.EvaluateDiscretionRequest, context: "Context"
) -> KnownOfRules:
    """Rule sets, earlier violations, and what kinds of evidence the case has."""
    async with _now(node) as connection:
        return await known_of_rules(connection, command.case_id, context.authority, context.members, command.act_code)


@lookups.on(commands.ApproveMeasureRequest)
async def before_approving_a_measure(
    node: "Node", command: commands.ApproveMeasureRequest, context: "Context"
) -> CompulsionList | None:
    """The list of matters without compulsion that a seizure must have been compared with."""
    return await _compulsion_list(node, command.case_id, context)


@lookups.on(commands.SeizeRequest)
async def before_seizing(node: "Node", command: commands.SeizeRequest, context: "Context") -> CompulsionList | None:
    """The same for what is seized in an emergency."""
    return await _compulsion_list(node, command.case_id, context) if command.emergency_reason else None


async def _compulsion_list(node: "Node", case_id: str, context: "Context") -> CompulsionList | None:
    async with _now(node) as connection:
        return await compulsion_list(connection, case_id, context.authority, context.today)


@lookups.on(sanctions.NoteCriminalOutcomeRequest)
async def paid_before_judgment(node: "Node", command: sanctions.NoteCriminalOutcomeRequest, context: "Context") -> int:
    """What is paid of the case's fine, in fen."""
    return await _fine_paid(node, command.case_id)


@lookups.on(sanctions.ReviewSetOffRequest)
async def paid_by_now(node: "Node", command: sanctions.ReviewSetOffRequest, context: "Context") -> int:
    """The same after a judgment."""
    return await _fine_paid(node, command.case_id)


async def _fine_paid(node: "Node", case_id: str) -> int:
    async with _now(node) as connection:
        return int(await connection.fetchval(_FINE_PAID, case_id))


@lookups.on(discretion.AdoptRuleSetRequest)
async def other_rule_sets(
    node: "Node", command: discretion.AdoptRuleSetRequest, context: "Context"
) -> tuple[RuleSet, ...]:
    """The sets that a new one must agree with."""
    async with _now(node) as connection:
        return await rule_sets(connection)


async def other_cases_of(connection: asyncpg.Connection, row: Any, from_on: date, to_on: date) -> OtherCases:
    """What is known of other cases about a matter's act: here, and at the authorities that were asked.

    The parties of one incident share its vehicle, so there a vehicle alone says nothing; the same party in it is the
    same act whatever norm each case is about: of several norms that one act breaks the highest fine applies (art. 29).
    """
    known = _subjects(row)
    own = await connection.fetch(
        _SAME_ACT,
        row["matter_id"],
        row["act_code"],
        from_on,
        to_on,
        known.party_number,
        known.plate,
        known.plate_colour,
        row["incident_id"],
        MATCHES_MAX,
    )
    answers = await connection.fetch(_ANSWERS, row["matter_id"])
    matches = [_match(one, one["matched_by"]) for one in own]
    for answer in answers:
        for match in messages_of(pb.ActMatch, answer["matches"]):
            match.authority_id = answer["responder_id"]
            matches.append(match)
    waiting = tuple(answer["responder_id"] for answer in answers if not answer["answered"])
    return OtherCases(tuple(matches), waiting)


async def _other_cases(
    connection: asyncpg.Connection, matter_id: str, context: "Context", party: events.Party | None = None
) -> OtherCases:
    row = await connection.fetchrow(_MATTER, UUID(matter_id))
    if row is None:
        return OtherCases()
    asked = dict(row)
    if party is not None and party.id_number:
        asked["party_number"] = Subjects.of(party, events.Vehicle()).party_number
    return await other_cases_of(connection, asked, *_days(row, context))


async def _adopted(node: "Node", capture_id: str) -> bool:
    if not capture_id:
        return False
    async with _now(node) as connection:
        return bool(await connection.fetchval(_ADOPTED, UUID(capture_id)))


async def _require_adopted(node: "Node", capture_id: str, files: Iterable[common.BlobRef]) -> None:
    if capture_id and not await _adopted(node, capture_id):
        raise Refused(Refusal.RECORD_NOT_ADOPTED, capture=capture_id)
    await _require_files_adopted(node, files)


async def _require_files_adopted(node: "Node", files: Iterable[common.BlobRef]) -> None:
    """No file is a picture of records none of which was adopted, whatever it is called (行政处罚法 art. 41).

    Raises:
        Refused: RECORD_NOT_ADOPTED.
    """
    digests = [file.sha256.hex() for file in files if file.sha256]
    if not digests:
        return
    async with _now(node) as connection:
        found = await connection.fetchval(_NOT_ADOPTED, digests)
    if found is not None:
        raise Refused(Refusal.RECORD_NOT_ADOPTED, capture=found)


@asynccontextmanager
async def _now(node: "Node") -> AsyncIterator[asyncpg.Connection]:
    """The views as of everything that is recorded."""
    async with node.views("cases").at(await node.ledger.head()) as connection:
        yield connection


def _subjects(row: Any) -> Subjects:
    return Subjects(row["party_number"], row["plate"], row["plate_colour"])


def _days(row: Any, context: "Context") -> tuple[date, date]:
    """The days on which another case's act may be the same one."""
    around = timedelta(days=context.rules.number("act_inquiry_days", context.today))
    return row["from_on"] - around, row["to_on"] + around


def _matches(rows: Sequence[Any], command: pb.AnswerActInquiryRequest) -> tuple[pb.ActMatch, ...]:
    found = ((row, matched(command.subjects, command.inquiry_id, _subjects(row))) for row in rows)
    return tuple(_match(row, kind) for row, kind in found if kind)


def _match(row: Any, matched_by: pb.ActSubjectKind.ValueType) -> pb.ActMatch:
    """Of a case its state, number, id, act and filing time, and nothing else."""
    ended = pb.ACT_MATCH_STATE_CLOSED if row["closed"] else pb.ACT_MATCH_STATE_FILED
    return pb.ActMatch(
        state=pb.ACT_MATCH_STATE_FINED if row["fined"] else ended,
        case_number=row["number"],
        act_code=row["act_code"],
        filed_at=to_timestamp(row["filed_at"]),
        matched_by=matched_by,
        case_id=str(row["matter_id"]) if row["a_case"] else "",
    )
