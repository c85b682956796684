"""Queries of joint operations."""

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.joint_operations.v1 import events_pb2 as events
from enforcement.joint_operations.v1 import service_pb2 as pb

from services.joint_operations.numbers import VERSION, numbers, total
from services.joint_operations.views import tally_from_json
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.queries import PageOf, instant, message_of
from services.kernel.timeline import timeline

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_OPERATION = """
SELECT o.*, (SELECT count(*) FROM participant p WHERE p.operation_id = o.operation_id) AS participants
FROM operation o WHERE operation_id = $1
"""
_OPERATIONS = """
SELECT o.*, (SELECT count(*) FROM participant p WHERE p.operation_id = o.operation_id) AS participants
FROM operation o WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2
"""
_PARTICIPANTS = "SELECT * FROM participant WHERE operation_id = $1 ORDER BY invited_position"
_PARTICIPATION = "SELECT * FROM participation WHERE participation_id = $1"
_PARTICIPATION_IN = "SELECT * FROM participation WHERE operation_id = $1 ORDER BY began_position LIMIT 1"
_PARTICIPATIONS = "SELECT * FROM participation WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"
_FINDINGS = """
SELECT f.*, i.recorded -> 'object' AS object
FROM finding f JOIN inspection i ON i.inspection_id = (f.recorded ->> 'inspectionId')::uuid
WHERE f.participation_id = $1 ORDER BY f.began_position
"""
_INSPECTIONS = """
SELECT * FROM inspection WHERE participation_id = $1 AND began_position < $2 ORDER BY began_position DESC LIMIT $3
"""


class JointOperationsApi:
    """Answers of JointOperationsService that are no commands."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def get_operation(self, request: pb.GetOperationRequest, call: "Call") -> pb.GetOperationResponse:
        """One operation that this authority leads, with the sum of the reports that stand."""
        async with self._node.views("joint_operations").at(request.min_position) as connection:
            row = await connection.fetchrow(_OPERATION, UUID(request.operation_id))
            participants = await connection.fetch(_PARTICIPANTS, UUID(request.operation_id))
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.operation_id)
        plan = message_of(events.OperationPlanned, row["plan"]) or events.OperationPlanned()
        roster = message_of(events.RosterPublished, row["roster"]) or events.RosterPublished()
        proposal = message_of(events.SummaryProposed, row["proposal"]) or events.SummaryProposed()
        reported = [message_of(events.FieldNumbers, one["numbers"]) for one in participants]
        return pb.GetOperationResponse(
            operation=_operation(row),
            purpose=plan.purpose,
            checkpoints=plan.checkpoints,
            participants=[_participant(one, proposal.proposal_id) for one in participants],
            roster=roster.entries,
            total=total(one for one in reported if one is not None and one.definition_version == VERSION),
            proposal_id=proposal.proposal_id,
            summary_text=proposal.text,
        )

    async def list_operations(self, request: pb.ListOperationsRequest, call: "Call") -> pb.ListOperationsResponse:
        """The operations that this authority leads, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("joint_operations").at(request.min_position) as connection:
            rows = await connection.fetch(_OPERATIONS, page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListOperationsResponse(operations=[_operation(row) for row in shown], next_token=next_token)

    async def get_participation(self, request: pb.GetParticipationRequest, call: "Call") -> pb.GetParticipationResponse:
        """This authority's part in an operation, with its own findings."""
        async with self._node.views("joint_operations").at(request.min_position) as connection:
            if request.participation_id:
                row = await connection.fetchrow(_PARTICIPATION, UUID(request.participation_id))
            elif request.operation_id:
                row = await connection.fetchrow(_PARTICIPATION_IN, UUID(request.operation_id))
            else:
                row = None
            if row is None:
                raise Refused(KernelRefusal.NOT_FOUND, id=request.participation_id or request.operation_id)
            findings = await connection.fetch(_FINDINGS, row["participation_id"])
        invitation = message_of(events.InvitationReceived, row["invitation"]) or events.InvitationReceived()
        acceptance = message_of(events.InvitationAccepted, row["acceptance"]) or events.InvitationAccepted()
        roster = message_of(events.RosterReceived, row["roster"]) or events.RosterReceived()
        summary = message_of(events.SummaryReceived, row["summary"]) or events.SummaryReceived()
        return pb.GetParticipationResponse(
            participation=_participation(row),
            checkpoints=invitation.checkpoints,
            roster=roster.entries,
            cars=acceptance.cars,
            findings=[_finding(one) for one in findings],
            proposal_id=summary.proposal_id,
            summary_text=summary.text,
            signed=bool(summary.proposal_id) and row["signed"] == summary.proposal_id,
        )

    async def list_participations(
        self, request: pb.ListParticipationsRequest, call: "Call"
    ) -> pb.ListParticipationsResponse:
        """This authority's participations, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("joint_operations").at(request.min_position) as connection:
            rows = await connection.fetch(_PARTICIPATIONS, page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListParticipationsResponse(
            participations=[_participation(row) for row in shown], next_token=next_token
        )

    async def list_inspections(self, request: pb.ListInspectionsRequest, call: "Call") -> pb.ListInspectionsResponse:
        """The inspections of a participation, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("joint_operations").at(request.min_position) as connection:
            rows = await connection.fetch(_INSPECTIONS, UUID(request.participation_id), page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListInspectionsResponse(inspections=[_inspection(row) for row in shown], next_token=next_token)

    async def get_timeline(self, request: pb.GetTimelineRequest, call: "Call") -> pb.GetTimelineResponse:
        """What happened to an operation or participation, oldest first."""
        async with self._node.views("joint_operations").at(request.min_position) as connection:
            entries, next_token = await timeline(connection, request.id, request.page)
        return pb.GetTimelineResponse(entries=entries, next_token=next_token)


def _operation(row: Any) -> pb.OperationSummary:
    plan = message_of(events.OperationPlanned, row["plan"]) or events.OperationPlanned()
    return pb.OperationSummary(
        operation_id=str(row["operation_id"]),
        name=plan.name,
        operation_type=plan.operation_type,
        stage=row["stage"],
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        participants=row["participants"],
    )


def _participant(row: Any, proposal_id: str) -> pb.OperationParticipant:
    return pb.OperationParticipant(
        participant_id=row["participant_id"],
        standing=row["standing"],
        officers=row["officers"],
        cars=row["cars"],
        numbers=message_of(events.FieldNumbers, row["numbers"]),
        signed=bool(proposal_id) and row["signed"] == proposal_id,
    )


def _participation(row: Any) -> pb.ParticipationSummary:
    invitation = message_of(events.InvitationReceived, row["invitation"]) or events.InvitationReceived()
    return pb.ParticipationSummary(
        participation_id=str(row["participation_id"]),
        operation_id=str(row["operation_id"]),
        lead_id=invitation.lead_id,
        name=invitation.name,
        operation_type=invitation.operation_type,
        stage=row["stage"],
        starts_on=invitation.starts_on,
        ends_on=invitation.ends_on,
        numbers=numbers(tally_from_json(json.loads(row["tally"]))),
    )


def _inspection(row: Any) -> pb.InspectionDetail:
    recorded = message_of(events.InspectionRecorded, row["recorded"]) or events.InspectionRecorded()
    return pb.InspectionDetail(
        inspection_id=recorded.inspection_id,
        checkpoint_id=recorded.checkpoint_id,
        inspection_class=recorded.inspection_class,
        result=recorded.result,
        object_no=recorded.object_no,
        object=recorded.object,
        inspected_at=instant(row["inspected_at"]),
        officers=recorded.officers,
        assisting=recorded.assisting,
    )


def _finding(row: Any) -> pb.FindingDetail:
    recorded = message_of(events.FindingRecorded, row["recorded"]) or events.FindingRecorded()
    return pb.FindingDetail(
        finding_id=recorded.finding_id,
        inspection_id=recorded.inspection_id,
        checkpoint_id=recorded.checkpoint_id,
        act_code=recorded.act_code,
        facts=recorded.facts,
        object=message_of(events.InspectedObject, row["object"]),
        found_at=instant(row["found_at"]),
        handlings=row["handlings"],
        owner_id=row["owner_id"] or "",
        handed_off=row["handed_off"],
        case_id=str(row["case_id"] or ""),
    )
