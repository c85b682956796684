"""Queries of cooperation across borders."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.cross_border.v1 import events_pb2 as events
from enforcement.cross_border.v1 import overdue_pb2 as overdue
from enforcement.cross_border.v1 import service_pb2 as pb

from services.cross_border.register_api import RegisterApi
from services.kernel.account import account
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.privacy import Privacy
from services.kernel.queries import PageOf, instant, message_of
from services.kernel.timeline import timeline

if TYPE_CHECKING:
    from services.kernel.rpc import Call

_REQUEST = "SELECT * FROM request LEFT JOIN case_team USING (case_id) WHERE request_id = $1"
_REQUESTS = """
SELECT * FROM request WHERE began_position < $1 AND ($2::uuid IS NULL OR case_id = $2)
ORDER BY began_position DESC LIMIT $3
"""
_REQUEST_ITEMS = "SELECT * FROM request_item WHERE request_id = $1 ORDER BY answered_position, item_id"
_TASK = "SELECT * FROM task WHERE task_id = $1"
_TASK_OF_REQUEST = "SELECT * FROM task WHERE request_id = $1 ORDER BY began_position LIMIT 1"
_TASKS = "SELECT * FROM task WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"
_TASK_ITEMS = "SELECT * FROM task_item WHERE task_id = $1 ORDER BY answered_position, item_id"

_ESCALATIONS = """
SELECT * FROM escalation
WHERE told -> 'superiorIds' ? $1 AND told_position < $2 ORDER BY told_position DESC LIMIT $3
"""
_NOTICES = """
SELECT * FROM copy_notice WHERE received = $1 AND began_position < $2 ORDER BY began_position DESC LIMIT $3
"""


class CrossBorderApi(RegisterApi):
    """Answers of CrossBorderService that are no commands."""

    async def get_request(self, request: pb.GetRequestRequest, call: "Call") -> pb.GetRequestResponse:
        """One request with its answer and the verdicts on its evidence; the officers of its case see all of it."""
        async with self._node.views("cross_border").at(request.min_position) as connection:
            row = await connection.fetchrow(_REQUEST, UUID(request.request_id))
            items = await connection.fetch(_REQUEST_ITEMS, UUID(request.request_id))
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.request_id)
        sent = message_of(events.RequestSent, row["sent"]) or events.RequestSent()
        rejection = message_of(events.RequestRejected, row["rejection"]) or events.RequestRejected()
        answer = message_of(events.AnswerReceived, row["answer"]) or events.AnswerReceived()
        disclosure = Privacy(self._node.ledger).disclosure(call, request.purpose, "cross_border.GetRequest")
        shown = pb.GetRequestResponse(
            request=_request(row),
            purpose=sent.purpose,
            legal_basis=sent.legal_basis,
            questions=sent.questions,
            fields=sent.fields,
            rejection_reason=rejection.reason,
            completeness=answer.completeness,
            answer_text=answer.text,
            answered=answer.fields,
            items=_items(items),
            materials=sent.materials,
            matter=sent.matter if sent.HasField("matter") else None,
            service=sent.service if sent.HasField("service") else None,
            receipt=answer.receipt if answer.HasField("receipt") else None,
            rejection_explanation=rejection.explanation,
        )
        shown.masked = disclosure.show(shown, request.request_id, row["officer_ids"] or ())
        await disclosure.record()
        return shown

    async def list_requests(self, request: pb.ListRequestsRequest, call: "Call") -> pb.ListRequestsResponse:
        """This authority's requests, latest first."""
        page = PageOf.asked(request.page)
        case_id = UUID(request.case_id) if request.case_id else None
        async with self._node.views("cross_border").at(request.min_position) as connection:
            rows = await connection.fetch(_REQUESTS, page.before, case_id, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListRequestsResponse(requests=[_request(row) for row in shown], next_token=next_token)

    async def get_task(self, request: pb.GetTaskRequest, call: "Call") -> pb.GetTaskResponse:
        """One task: what was asked and what was given; the officers who handle it see all of it."""
        async with self._node.views("cross_border").at(request.min_position) as connection:
            if request.task_id:
                row = await connection.fetchrow(_TASK, UUID(request.task_id))
            elif request.request_id:
                row = await connection.fetchrow(_TASK_OF_REQUEST, UUID(request.request_id))
            else:
                row = None
            if row is None:
                raise Refused(KernelRefusal.NOT_FOUND, id=request.task_id or request.request_id)
            items = await connection.fetch(_TASK_ITEMS, row["task_id"])
        received = message_of(events.TaskReceived, row["received"]) or events.TaskReceived()
        acceptance = message_of(events.TaskAccepted, row["acceptance"]) or events.TaskAccepted()
        rejection = message_of(events.TaskRejected, row["rejection"]) or events.TaskRejected()
        disclosure = Privacy(self._node.ledger).disclosure(call, request.purpose, "cross_border.GetTask")
        shown = pb.GetTaskResponse(
            task=_task(row),
            case_number=received.case_number,
            purpose=received.purpose,
            legal_basis=received.legal_basis,
            questions=received.questions,
            fields=received.fields,
            evidence_sha256=received.evidence_sha256,
            subject=received.subject,
            handlers=acceptance.handlers,
            items=_items(items),
            rejection_reason=rejection.reason,
            materials=received.materials,
            matter=received.matter if received.HasField("matter") else None,
            service=received.service if received.HasField("service") else None,
            wanted_on=received.wanted_on,
            urgent=received.urgent,
        )
        handlers = [one.officer_id for one in acceptance.handlers]
        shown.masked = disclosure.show(shown, shown.task.task_id, handlers)
        await disclosure.record()
        return shown

    async def list_tasks(self, request: pb.ListTasksRequest, call: "Call") -> pb.ListTasksResponse:
        """This authority's tasks, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("cross_border").at(request.min_position) as connection:
            rows = await connection.fetch(_TASKS, page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListTasksResponse(tasks=[_task(row) for row in shown], next_token=next_token)

    async def list_escalations(
        self, request: overdue.ListEscalationsRequest, call: "Call"
    ) -> overdue.ListEscalationsResponse:
        """What others told this authority as a superior, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("cross_border").at(request.min_position) as connection:
            rows = await connection.fetch(_ESCALATIONS, self._node.authority.id, page.before, page.limit)
        shown, next_token = page.cut(rows, "told_position")
        return overdue.ListEscalationsResponse(escalations=[_escalation(row) for row in shown], next_token=next_token)

    async def list_copy_notices(
        self, request: notices.ListCopyNoticesRequest, call: "Call"
    ) -> notices.ListCopyNoticesResponse:
        """Notices sent or received, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("cross_border").at(request.min_position) as connection:
            rows = await connection.fetch(_NOTICES, request.received, page.before, page.limit)
        rows, next_token = page.cut(rows)
        shown = [_notice(row) for row in rows]
        disclosure = Privacy(self._node.ledger).disclosure(call, request.purpose, "cross_border.ListCopyNotices")
        masked = [disclosure.show(one, one.notice_id, ()) for one in shown]
        await disclosure.record()
        return notices.ListCopyNoticesResponse(notices=shown, next_token=next_token, masked=any(masked))

    async def get_account(self, request: pb.GetAccountRequest, call: "Call") -> pb.GetAccountResponse:
        """What this authority did, told, was told and gave, oldest first."""
        async with self._node.views("cross_border").at(request.min_position) as connection:
            entries, next_token = await account(connection, request.id, request.page, self._node.authority.id)
        return pb.GetAccountResponse(entries=entries, next_token=next_token)

    async def get_timeline(self, request: pb.GetTimelineRequest, call: "Call") -> pb.GetTimelineResponse:
        """What happened to a request or task, oldest first."""
        async with self._node.views("cross_border").at(request.min_position) as connection:
            entries, next_token = await timeline(connection, request.id, request.page)
        return pb.GetTimelineResponse(entries=entries, next_token=next_token)


def _request(row: Any) -> pb.RequestSummary:
    sent = message_of(events.RequestSent, row["sent"]) or events.RequestSent()
    return pb.RequestSummary(
        request_id=sent.request_id,
        responder_id=sent.responder_id,
        request_type=sent.request_type,
        stage=row["stage"],
        case_id=sent.case_id,
        sent_at=instant(row["sent_at"]),
        overdue=row["overdue"] or overdue.OVERDUE_STEP_UNSPECIFIED,
    )


def _task(row: Any) -> pb.TaskSummary:
    received = message_of(events.TaskReceived, row["received"]) or events.TaskReceived()
    return pb.TaskSummary(
        task_id=received.task_id,
        request_id=received.request_id,
        requester_id=received.requester_id,
        request_type=received.request_type,
        stage=row["stage"],
        received_at=instant(row["received_at"]),
        overdue=row["overdue"] or overdue.OVERDUE_STEP_UNSPECIFIED,
    )


def _escalation(row: Any) -> overdue.Escalation:
    told = message_of(overdue.RequestEscalated, row["told"]) or overdue.RequestEscalated()
    return overdue.Escalation(
        request_id=told.request_id,
        requester_id=row["requester_id"],
        responder_id=told.responder_id,
        request_type=told.request_type,
        step=told.step,
        due_on=told.due_on,
        escalated_at=instant(row["escalated_at"]),
    )


def _notice(row: Any) -> notices.CopyNoticeSummary:
    return notices.CopyNoticeSummary(
        notice_id=str(row["notice_id"]),
        authority_id=row["authority_id"],
        notice=message_of(notices.CopyNotice, row["notice"]),
        recorded_at=instant(row["recorded_at"]),
        delivered=row["delivered"],
        withdrawn_at=instant(row["withdrawn_at"]),
    )


def _items(rows: Sequence[Any]) -> list[pb.JudgedItem]:
    judged = [message_of(events.EvidenceRecognised, row["judged"]) or events.EvidenceRecognised() for row in rows]
    return [
        pb.JudgedItem(
            item=message_of(events.EvidenceItem, row["item"]),
            verdict=verdict.verdict,
            shortcomings=verdict.shortcomings,
        )
        for row, verdict in zip(rows, judged, strict=True)
    ]
