"""Queries of cooperation across borders."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as rpc

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_timestamp
from services.kernel.queries import PageOf, message_of
from services.kernel.timeline import timeline

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

SERVICE = "cross_border"


class CrossBorderApi:
    """Answers of CrossBorderService that are no commands."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def get_request(self, request: rpc.GetRequestRequest, call: "Call") -> rpc.GetRequestResponse:
        """One request with its answer and the verdicts on its evidence."""
        async with self._node.views(SERVICE).at(request.min_position) as connection:
            row = await connection.fetchrow(
                "SELECT * FROM request WHERE request_id = $1::text::uuid", request.request_id
            )
            items = await connection.fetch(
                "SELECT * FROM request_item WHERE request_id = $1::text::uuid ORDER BY answered_position, item_id",
                request.request_id,
            )
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.request_id)
        sent = message_of(pb.RequestSent, row["sent"]) or pb.RequestSent()
        rejection = message_of(pb.RequestRejected, row["rejection"]) or pb.RequestRejected()
        answer = message_of(pb.AnswerReceived, row["answer"]) or pb.AnswerReceived()
        return rpc.GetRequestResponse(
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
        )

    async def list_requests(self, request: rpc.ListRequestsRequest, call: "Call") -> rpc.ListRequestsResponse:
        """This authority's requests, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views(SERVICE).at(request.min_position) as connection:
            rows = await connection.fetch(
                "SELECT * FROM request WHERE began_position < $1 AND ($3 = '' OR case_id = nullif($3, '')::uuid)"
                " ORDER BY began_position DESC LIMIT $2",
                page.before,
                page.limit,
                request.case_id,
            )
        shown, next_token = page.cut(rows)
        return rpc.ListRequestsResponse(requests=[_request(row) for row in shown], next_token=next_token)

    async def get_task(self, request: rpc.GetTaskRequest, call: "Call") -> rpc.GetTaskResponse:
        """One task: what was asked and what was given."""
        async with self._node.views(SERVICE).at(request.min_position) as connection:
            row = await connection.fetchrow(
                "SELECT * FROM task WHERE task_id = nullif($1, '')::uuid"
                " OR ($1 = '' AND request_id = nullif($2, '')::uuid) ORDER BY began_position LIMIT 1",
                request.task_id,
                request.request_id,
            )
            if row is None:
                raise Refused(KernelRefusal.NOT_FOUND, id=request.task_id or request.request_id)
            items = await connection.fetch(
                "SELECT * FROM task_item WHERE task_id = $1 ORDER BY answered_position, item_id", row["task_id"]
            )
        received = message_of(pb.TaskReceived, row["received"]) or pb.TaskReceived()
        acceptance = message_of(pb.TaskAccepted, row["acceptance"]) or pb.TaskAccepted()
        rejection = message_of(pb.TaskRejected, row["rejection"]) or pb.TaskRejected()
        return rpc.GetTaskResponse(
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
        )

    async def list_tasks(self, request: rpc.ListTasksRequest, call: "Call") -> rpc.ListTasksResponse:
        """This authority's tasks, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views(SERVICE).at(request.min_position) as connection:
            rows = await connection.fetch(
                "SELECT * FROM task WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2",
                page.before,
                page.limit,
            )
        shown, next_token = page.cut(rows)
        return rpc.ListTasksResponse(tasks=[_task(row) for row in shown], next_token=next_token)

    async def get_timeline(self, request: rpc.GetTimelineRequest, call: "Call") -> rpc.GetTimelineResponse:
        """What happened to a request or task, oldest first."""
        async with self._node.views(SERVICE).at(request.min_position) as connection:
            entries, next_token = await timeline(connection, request.id, request.page)
        return rpc.GetTimelineResponse(entries=entries, next_token=next_token)


def _request(row: Any) -> rpc.RequestSummary:
    sent = message_of(pb.RequestSent, row["sent"]) or pb.RequestSent()
    return rpc.RequestSummary(
        request_id=sent.request_id,
        responder_id=sent.responder_id,
        request_type=sent.request_type,
        stage=row["stage"],
        case_id=sent.case_id,
        sent_at=to_timestamp(row["sent_at"]),
    )


def _task(row: Any) -> rpc.TaskSummary:
    received = message_of(pb.TaskReceived, row["received"]) or pb.TaskReceived()
    return rpc.TaskSummary(
        task_id=received.task_id,
        request_id=received.request_id,
        requester_id=received.requester_id,
        request_type=received.request_type,
        stage=row["stage"],
        received_at=to_timestamp(row["received_at"]),
    )


def _items(rows: Sequence[Any]) -> list[rpc.JudgedItem]:
    judged = ((row, message_of(pb.EvidenceRecognised, row["judged"]) or pb.EvidenceRecognised()) for row in rows)
    return [
        rpc.JudgedItem(
            item=message_of(pb.EvidenceItem, row["item"]),
            verdict=verdict.verdict,
            shortcomings=verdict.shortcomings,
        )
        for row, verdict in judged
    ]
