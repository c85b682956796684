"""Queries of opinions (检察意见), on either side's node."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.file_access import Handled
from services.kernel.privacy import Privacy
from services.kernel.queries import PageOf, instant, message_of, messages_of
from services.kernel.values import day, day_of
from services.transfer.model.opinion import Stage as ProcuratorateStage
from services.transfer.model.opinion_case import Stage as BureauStage

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

DEFINITION: Final = "反向衔接按期回复率 v1：期间内收到的检察意见中按期回复（处理结果或者办理情况）的件数 ÷ 收到的件数"
"""Definition (口径) of the rate; opinions that were returned or withdrawn stay in the denominator and are shown; one
that asks for a transfer is no reverse linkage and is not counted, nor is another copy of one that is here."""

_ROWS: Final = """
SELECT o.*, c.ends_at, c.provisional, c.in_time, f.handler_ids AS first_handler_ids
  FROM opinion o LEFT JOIN opinion_clock c ON c.opinion_id = o.opinion_id LEFT JOIN opinion f ON f.id = o.same_as
"""
_READERS: Final = """
SELECT coalesce(f.handler_ids, o.handler_ids) FROM opinion o LEFT JOIN opinion f ON f.id = o.same_as WHERE o.id = $1
"""
_ONE: Final = _ROWS + " WHERE o.id = $1"
_LIST: Final = (
    _ROWS
    + """
 WHERE o.began_position < $1
   AND (NOT $3 OR (c.ends_at <= $4 AND NOT c.provisional AND o.replied_at IS NULL AND o.stage <> ALL ($5)))
 ORDER BY o.began_position DESC LIMIT $2"""
)
_RECEIVED: Final = """
SELECT o.stage, o.replied_at, o.reply_kind, o.fallback, o.outcome, c.ends_at, c.provisional, c.in_time
  FROM opinion o LEFT JOIN opinion_clock c ON c.opinion_id = o.opinion_id
 WHERE o.received_on BETWEEN $1 AND $2 AND NOT coalesce(o.asks_transfer, false) AND o.same_as IS NULL
"""
_POSITION: Final = "SELECT coalesce(max(began_position), 0) FROM opinion"

CONTENT_ROLES: Final = (options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD, options.ROLE_PROSECUTOR)
"""Who reads an opinion's content beside those who handle it."""
_WITHDRAWN: Final = frozenset({ProcuratorateStage.WITHDRAWN.value, BureauStage.WITHDRAWN.value})
_RETURNED: Final = frozenset({ProcuratorateStage.RETURNED.value, BureauStage.RETURNED.value})
_OVER: Final = _WITHDRAWN | _RETURNED
"""No reply is due any more."""


async def read_by(node: "Node", subject_id: str) -> Handled:
    """Who is given the files of an opinion: who reads its content, and nobody else; of a copy as of the first one."""
    async with node.views("transfer").at(await node.ledger.head()) as connection:
        row = await connection.fetchrow(_READERS, UUID(subject_id))
    return Handled() if row is None else Handled(row[0] or (), roles=CONTENT_ROLES)


class OpinionApi:
    """Answers of TransferService about opinions."""

    _node: "Node"

    async def get_opinion(self, request: pb.GetOpinionRequest, call: "Call") -> pb.GetOpinionResponse:
        """One opinion; its content only for who handles it, leaders, and prosecutors, masked without a purpose."""
        async with self._node.views("transfer").at(request.min_position) as connection:
            row = await connection.fetchrow(_ONE, UUID(request.id))
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.id)
        response = pb.GetOpinionResponse(opinion=_summary(row, call.now))
        handlers = set(row["first_handler_ids"] or row["handler_ids"] or ())
        if call.actor.id not in handlers and not call.actor.holds(*CONTENT_ROLES):
            return response
        response.content.CopyFrom(message_of(pb.OpinionContent, row["content"]) or pb.OpinionContent())
        response.reason = row["reason"] or ""
        response.differs.extend(row["differs"] or ())
        response.reply_documents.extend(messages_of(common.BlobRef, row["reply_documents"]))
        if call.actor.holds(options.ROLE_PROSECUTOR):
            handlers.add(call.actor.id)  # at the procuratorate an opinion is every prosecutor's matter
        disclosure = Privacy(self._node.ledger).disclosure(call, request.purpose, "transfer.GetOpinion")
        response.masked = disclosure.show(response, request.id, handlers)
        await disclosure.record()
        return response

    async def list_opinions(self, request: pb.ListOpinionsRequest, call: "Call") -> pb.ListOpinionsResponse:
        """Opinions, the newest first: states and dates."""
        page = PageOf.asked(request.page)
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_LIST, page.before, page.limit, request.overdue, call.now, list(_OVER))
        shown, next_token = page.cut(rows)
        return pb.ListOpinionsResponse(opinions=[_summary(row, call.now) for row in shown], next_token=next_token)

    async def get_opinion_rate(self, request: pb.GetOpinionRateRequest, call: "Call") -> pb.GetOpinionRateResponse:
        """How many opinions that were received in a period were answered in time."""
        first, last = day(request.from_on), day(request.to_on)
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_RECEIVED, first, last)
            position = await connection.fetchval(_POSITION)
        return rate(rows, call.now, max(position, request.min_position))


def rate(rows: Any, now: datetime, position: int) -> pb.GetOpinionRateResponse:
    """Counts opinions; each stands in exactly one of: in time, late, returned, withdrawn, overdue, pending."""
    counted = pb.GetOpinionRateResponse(definition=DEFINITION, received=len(rows), position=position)
    for row in rows:
        _count_reply(counted, row, now)
        counted.fallback += bool(row["fallback"])
        outcome = row["outcome"] or pb.OPINION_OUTCOME_UNSPECIFIED
        counted.punished += outcome == pb.OPINION_OUTCOME_PENALTY
        counted.not_punished += outcome == pb.OPINION_OUTCOME_NO_PENALTY
        counted.not_established += outcome == pb.OPINION_OUTCOME_NOT_ESTABLISHED
        counted.not_filed += outcome == pb.OPINION_OUTCOME_NOT_FILED
        counted.transferred += outcome == pb.OPINION_OUTCOME_TRANSFERRED
        counted.revoked += outcome == pb.OPINION_OUTCOME_REVOKED
    return counted


def _count_reply(counted: pb.GetOpinionRateResponse, row: Any, now: datetime) -> None:
    if row["replied_at"] is not None:
        if _replied_in_time(row):
            counted.replied_in_time += 1
            counted.interim_only += row["reply_kind"] == pb.REPLY_KIND_INTERIM
        else:
            counted.replied_late += 1
    elif row["stage"] in _RETURNED:
        counted.returned += 1
    elif row["stage"] in _WITHDRAWN:
        counted.withdrawn += 1
    elif _overdue(row, now):
        counted.overdue += 1
    else:
        counted.pending += 1


def _replied_in_time(row: Any) -> bool:
    """By the clock of the reply; one that the service has not settled yet is compared with its end."""
    if row["in_time"] is not None:
        return bool(row["in_time"])
    return row["ends_at"] is None or row["replied_at"] < row["ends_at"]


def _overdue(row: Any, now: datetime) -> bool:
    ends_at = row["ends_at"]
    waits = row["replied_at"] is None and row["stage"] not in _OVER
    return bool(waits and ends_at is not None and not row["provisional"] and ends_at <= now)


def _summary(row: Any, now: datetime) -> pb.OpinionSummary:
    return pb.OpinionSummary(
        id=str(row["id"]),
        opinion_id=str(row["opinion_id"]),
        counterpart=row["counterpart"],
        stage=row["stage"],
        issued_at=instant(row["issued_at"]),
        received_at=instant(row["received_at"]),
        reply_nominal_on=row["reply_nominal_on"] or "",
        reply_due_on=_last_day(row["ends_at"]),
        provisional=bool(row["provisional"]),
        fallback=bool(row["fallback"]),
        overdue=_overdue(row, now),
        replied_at=instant(row["replied_at"]),
        replied_in_time=row["replied_at"] is not None and _replied_in_time(row),
        reply_kind=row["reply_kind"] or pb.REPLY_KIND_UNSPECIFIED,
        outcome=row["outcome"] or pb.OPINION_OUTCOME_UNSPECIFIED,
        on_paper=bool(row["on_paper"]),
        asks_transfer=bool(row["asks_transfer"]),
        case_id=row["case_id"] or "",
        escalations=row["escalations"] or 0,
        same_as_id=str(row["same_as"] or ""),
        copies=row["copies"] or 0,
    )


def _last_day(ends_at: datetime | None) -> str:
    """The day that ends at an instant which is its midnight."""
    if ends_at is None:
        return ""
    last: date = day_of(ends_at - timedelta(microseconds=1))
    return last.isoformat()
