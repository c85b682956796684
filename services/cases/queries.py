"""How cases are found and what is due in them: one statement each, whatever is asked for.

A parameter that is NULL restricts nothing. The statements are planned anew for their parameters (force_custom_plan), so
each uses the index of what was asked and none pays for what was not.
"""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import queries_pb2 as pb
from enforcement.common.v1 import common_pb2 as common

from services.cases.duties import DUTIES, rules_of
from services.cases.search import normal, pairs, words
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import rows
from services.kernel.deadlines.api import view
from services.kernel.deadlines.units import end_of, start_of
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import from_microseconds, microseconds
from services.kernel.privacy import NAME, NARRATIVE, PLATE, Disclosure
from services.kernel.queries import PAGE_DEFAULT, PAGE_MAX, PageOf, instant, message_of
from services.kernel.values import day, day_of

SEARCHED_BY: Final = {"party": (NAME,), "party_part": (NAME,), "plate": (PLATE,), "text": (NAME, NARRATIVE)}
"""Filters that find a person, and what somebody must see of every case to find among all of them by each. Whoever looks
by one says why, and it is on record, found or not: that a case is there says something, too."""
_PLANNED: Final = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true)"

_SEARCH: Final = """
SELECT f.case_id, f.began_position, f.case_number, f.stage, f.side_states, f.act_code, f.registered_at, f.filed_at,
       f.party, f.vehicle, f.officer_ids
  FROM case_file f JOIN case_search s USING (case_id)
 WHERE f.began_position < $1
   AND ($2::text IS NULL OR f.case_number = $2)
   AND ($3::text[] IS NULL OR f.stage = ANY ($3))
   AND ($4::text IS NULL OR f.side_states @> ARRAY[$4])
   AND ($5::text IS NULL OR f.officer_ids @> ARRAY[$5])
   AND ($6::text IS NULL OR f.act_code = $6)
   AND ($7::timestamptz IS NULL OR f.filed_at >= $7)
   AND ($8::timestamptz IS NULL OR f.filed_at < $8)
   AND ($9::text IS NULL OR s.party_name = $9 OR s.party_number = $9)
   AND ($10::text IS NULL OR strpos(s.party_name, $10) > 0)
   AND ($11::text IS NULL OR s.plate = $11 OR s.vessel @> ARRAY[$11])
   AND ($12::text IS NULL OR s.plate_colour = $12)
   AND ($13::text[] IS NULL OR s.pairs @> $13)
   AND ($14::text[] IS NULL OR NOT EXISTS (SELECT FROM unnest($14) word WHERE strpos(s.content, word) = 0))
   AND ($15::text IS NULL OR f.officer_ids @> ARRAY[$15])
   AND ($16::timestamptz IS NULL OR f.case_id IN (
     SELECT c.correlation_id FROM deadline.clock c
      WHERE c.status IN ('RUNNING', 'MISSED') AND c.responsible_id = $18
        AND c.effective_at > $16 AND c.effective_at <= $17))
 ORDER BY f.began_position DESC LIMIT $19
"""

_DUE: Final = """
SELECT c.deadline_id, c.effective_at, f.case_id, s.on_spot_id, coalesce(f.case_number, s.form_number) AS number,
       coalesce(f.stage, s.stage) AS stage, coalesce(f.officer_ids, s.officer_ids) AS officer_ids
  FROM deadline.clock c
  LEFT JOIN case_file f ON f.case_id = c.correlation_id
  LEFT JOIN on_spot_file s ON s.on_spot_id = c.correlation_id
 WHERE c.status IN ('RUNNING', 'MISSED') AND c.effective_at <= $1
   AND c.responsible_id = $2
   AND c.rule_id = ANY ($3)
   AND ($4::text IS NULL OR f.officer_ids @> ARRAY[$4] OR s.officer_ids @> ARRAY[$4])
   AND ($5::timestamptz IS NULL OR (c.effective_at, c.deadline_id) > ($5, $6::uuid))
 ORDER BY c.effective_at, c.deadline_id LIMIT $7
"""

_COUNTS: Final = """
SELECT count(*) FILTER (WHERE c.effective_at <= $1) AS overdue,
       count(*) FILTER (WHERE c.effective_at > $1 AND c.effective_at <= $2) AS today,
       count(*) FILTER (WHERE c.effective_at > $1 AND c.effective_at <= $3) AS week
  FROM deadline.clock c
  LEFT JOIN case_file f ON f.case_id = c.correlation_id
  LEFT JOIN on_spot_file s ON s.on_spot_id = c.correlation_id
 WHERE c.status IN ('RUNNING', 'MISSED') AND c.effective_at <= $3 AND c.responsible_id = $4
   AND c.rule_id = ANY ($5)
   AND ($6::text IS NULL OR f.officer_ids @> ARRAY[$6] OR s.officer_ids @> ARRAY[$6])
"""

_LATEST: Final = datetime(9999, 1, 1, tzinfo=SHANGHAI)
_EARLIEST: Final = datetime(1, 1, 2, tzinfo=SHANGHAI)


async def search(
    connection: asyncpg.Connection,
    request: pb.SearchCasesRequest,
    disclosure: Disclosure,
    *,
    me: str,
    authority_id: str,
) -> pb.SearchCasesResponse:
    """A page of the cases that fit, the newest clue first; personal fields as the caller may see them.

    Raises:
        Refused: PURPOSE_NEEDED, INVALID_REQUEST, BAD_PAGE_TOKEN.
    """
    page = PageOf.asked(request.page)
    asked = [name for name in SEARCHED_BY if getattr(request, name)]
    disclosure.searches(*asked)
    among_own = not all(disclosure.sees_all(kind) for name in asked for kind in SEARCHED_BY[name])
    typed = words(request.text)
    part = normal(request.party_part)
    wanted = sorted({pair for word in (*typed, part) for pair in pairs(word)})
    due_after, due_until = _start(request.due_from_on), _end(request.due_to_on)
    if due_after or due_until:
        due_after, due_until = due_after or _EARLIEST, due_until or _LATEST
    await connection.execute(_PLANNED)
    found = await connection.fetch(
        _SEARCH,
        page.before,
        request.case_number or None,
        list(request.stages) or None,
        request.side_state or None,
        request.officer_id or None,
        request.act_code or None,
        _start(request.filed_from_on),
        _end(request.filed_to_on),
        normal(request.party) or None,
        part or None,
        normal(request.plate) or None,
        request.plate_colour or None,
        wanted or None,
        typed or None,
        me if among_own else None,
        due_after,
        due_until,
        authority_id,
        page.limit,
    )
    shown, next_token = page.cut(found)
    return pb.SearchCasesResponse(cases=[_found(row, disclosure) for row in shown], next_token=next_token)


def _found(row: Any, disclosure: Disclosure) -> pb.FoundCase:
    party = message_of(events.Party, row["party"]) or events.Party()
    vehicle = message_of(events.Vehicle, row["vehicle"]) or events.Vehicle()
    found = pb.FoundCase(
        case_id=str(row["case_id"]),
        case_number=row["case_number"],
        stage=row["stage"],
        side_states=row["side_states"] or (),
        act_code=row["act_code"],
        registered_at=instant(row["registered_at"]),
        filed_at=instant(row["filed_at"]),
        party=events.Party(kind=party.kind, name=party.name),
        vehicle=events.Vehicle(plate=vehicle.plate, plate_colour=vehicle.plate_colour),
        officer_ids=row["officer_ids"] or (),
    )
    found.masked = disclosure.show(found, found.case_id, found.officer_ids)
    return found


async def due(
    connection: asyncpg.Connection, request: pb.ListDueRequest, authority_id: str, now: datetime
) -> pb.ListDueResponse:
    """What is overdue, and what is due until the end of today or of Sunday, what ends first on top.

    Raises:
        Refused: BAD_PAGE_TOKEN.
    """
    size = min(request.page.size or PAGE_DEFAULT, PAGE_MAX)
    today = day_of(now)
    ends_today, ends_week = end_of(today), end_of(today + timedelta(days=6 - today.weekday()))
    until = ends_today if request.horizon == pb.HORIZON_TODAY else ends_week
    rules = rules_of(request.role) if request.role else list(DUTIES)
    officer = request.officer_id or None
    after = _after(request.page)
    await connection.execute(_PLANNED)
    found = await connection.fetch(_DUE, until, authority_id, rules, officer, *(after or (None, None)), size + 1)
    counts = await connection.fetchrow(_COUNTS, now, ends_today, ends_week, authority_id, rules, officer)
    shown = found[:size]
    clocks = {clock.deadline_id: clock for clock in await rows.by_id(connection, [row["deadline_id"] for row in shown])}
    response = pb.ListDueResponse(overdue=counts["overdue"], today=counts["today"], week=counts["week"])
    for row in shown:
        clock = clocks[row["deadline_id"]]
        response.steps.add(
            clock=view(clock),
            case_id=str(row["case_id"] or ""),
            on_spot_id=str(row["on_spot_id"] or ""),
            case_number=row["number"] or "",
            stage=row["stage"] or "",
            roles=DUTIES[clock.rule_id],
            officer_ids=row["officer_ids"] or (),
            overdue=clock.due.effective_at <= now,
        )
    if len(found) > size:
        last = shown[-1]
        token = f"{microseconds(last['effective_at'])}.{last['deadline_id']}"
        response.next_token = base64.urlsafe_b64encode(token.encode()).decode()
    return response


def _start(on: str) -> datetime | None:
    return start_of(day(on)) if on else None


def _end(on: str) -> datetime | None:
    return end_of(day(on)) if on else None


def _after(page: common.PageRequest) -> tuple[datetime, UUID] | None:
    if not page.token:
        return None
    try:
        count, _, deadline_id = base64.urlsafe_b64decode(page.token.encode()).decode().partition(".")
        return from_microseconds(int(count)), UUID(deadline_id)
    except (ValueError, OverflowError, binascii.Error):
        raise Refused(KernelRefusal.BAD_PAGE_TOKEN) from None
