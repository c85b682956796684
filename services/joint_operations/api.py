"""Queries of joint operations."""

import json
from typing import TYPE_CHECKING, Any

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as rpc

from services.joint_operations.numbers import VERSION, numbers, total
from services.joint_operations.views import tally_from_json
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_timestamp
from services.kernel.queries import PageOf, message_of
from services.kernel.timeline import timeline

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

SERVICE = "joint_operations"


class JointOperationsApi:
    """Answers of JointOperationsService that are no commands."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def get_operation(self, request: rpc.GetOperationRequest, call: "Call") -> rpc.GetOperationResponse:
        """One operation that this authority leads, with the sum of the reports that stand."""
        async with self._node.views(SERVICE).at(request.min_position) as connection:
            row = await connection.fetchrow(
                "SELECT o.*, (SELECT count(*) FROM participant p WHERE p.operation_id = o.operation_id) AS participants"
                " FROM operation o WHERE operation_id = $1::text::uuid",
                request.operation_id,
            )
            participants = await connection.fetch(
                "SELECT * FROM participant WHERE operation_id = $1::text::uuid ORDER BY invited_position",
                request.operation_id,
            )
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.operation_id)
        plan = message_of(pb.OperationPlanned, row["plan"]) or pb.OperationPlanned()
        roster = message_of(pb.RosterPublished, row["roster"]) or pb.RosterPublished()
        proposal = message_of(pb.SummaryProposed, row["proposal"]) or pb.SummaryProposed()
        reported = [message_of(pb.FieldNumbers, one["numbers"]) for one in participants]
        return rpc.GetOperationResponse(
            operation=_operation(row),
            purpose=plan.purpose,
            checkpoints=plan.checkpoints,
            participants=[_participant(one, proposal.proposal_id) for one in participants],
            roster=roster.entries,
            total=total(one for one in reported if one is not None and one.definition_version == VERSION),
            proposal_id=proposal.proposal_id,
            summary_text=proposal.text,
        )

    async def list_operations(self, request: rpc.ListOperationsRequest, call: "Call") -> rpc.ListOperationsResponse:
        """The operations that this authority leads, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views(SERVICE).at(request.min_position) as connection:
            rows = await connection.fetch(
                "SELECT o.*, (SELECT count(*) FROM participant p WHERE p.operation_id = o.operation_id) AS participants"
                " FROM operation o WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2",
                page.before,
                page.limit,
            )
        shown, next_token = page.cut(rows)
        return rpc.ListOperationsResponse(operations=[_operation(row) for row in shown], next_token=next_token)

    async def get_participation(
        self, request: rpc.GetParticipationRequest, call: "Call"
    ) -> rpc.GetParticipationResponse:
        """This authority's part in an operation, with its own findings."""
        async with self._node.views(SERVICE).at(request.min_position) as connection:
            row = await connection.fetchrow(
                "SELECT * FROM participation WHERE participation_id = nullif($1, '')::uuid"
                " OR ($1 = '' AND operation_id = nullif($2, '')::uuid) ORDER BY began_position LIMIT 1",
                request.participation_id,
                request.operation_id,
            )
            if row is None:
                raise Refused(KernelRefusal.NOT_FOUND, id=request.participation_id or request.operation_id)
            findings = await connection.fetch(
                "SELECT f.*, i.recorded -> 'object' AS object FROM finding f"
                " JOIN inspection i ON i.inspection_id = (f.recorded ->> 'inspectionId')::uuid"
                " WHERE f.participation_id = $1 ORDER BY f.began_position",
                row["participation_id"],
            )
        invitation = message_of(pb.InvitationReceived, row["invitation"]) or pb.InvitationReceived()
        acceptance = message_of(pb.InvitationAccepted, row["acceptance"]) or pb.InvitationAccepted()
        roster = message_of(pb.RosterReceived, row["roster"]) or pb.RosterReceived()
        summary = message_of(pb.SummaryReceived, row["summary"]) or pb.SummaryReceived()
        return rpc.GetParticipationResponse(
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
        self, request: rpc.ListParticipationsRequest, call: "Call"
    ) -> rpc.ListParticipationsResponse:
        """This authority's participations, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views(SERVICE).at(request.min_position) as connection:
            rows = await connection.fetch(
                "SELECT * FROM participation WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2",
                page.before,
                page.limit,
            )
        shown, next_token = page.cut(rows)
        return rpc.ListParticipationsResponse(
            participations=[_participation(row) for row in shown], next_token=next_token
        )

    async def list_inspections(self, request: rpc.ListInspectionsRequest, call: "Call") -> rpc.ListInspectionsResponse:
        """The inspections of a participation, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views(SERVICE).at(request.min_position) as connection:
            rows = await connection.fetch(
                "SELECT * FROM inspection WHERE participation_id = $1::text::uuid AND began_position < $2"
                " ORDER BY began_position DESC LIMIT $3",
                request.participation_id,
                page.before,
                page.limit,
            )
        shown, next_token = page.cut(rows)
        return rpc.ListInspectionsResponse(inspections=[_inspection(row) for row in shown], next_token=next_token)

    async def get_timeline(self, request: rpc.GetTimelineRequest, call: "Call") -> rpc.GetTimelineResponse:
        """What happened to an operation or participation, oldest first."""
        async with self._node.views(SERVICE).at(request.min_position) as connection:
            entries, next_token = await timeline(connection, request.id, request.page)
        return rpc.GetTimelineResponse(entries=entries, next_token=next_token)


def _operation(row: Any) -> rpc.OperationSummary:
    plan = message_of(pb.OperationPlanned, row["plan"]) or pb.OperationPlanned()
    return rpc.OperationSummary(
        operation_id=str(row["operation_id"]),
        name=plan.name,
        operation_type=plan.operation_type,
        stage=row["stage"],
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        participants=row["participants"],
    )


def _participant(row: Any, proposal_id: str) -> rpc.OperationParticipant:
    return rpc.OperationParticipant(
        participant_id=row["participant_id"],
        standing=row["standing"],
        officers=row["officers"],
        cars=row["cars"],
        numbers=message_of(pb.FieldNumbers, row["numbers"]),
        signed=bool(proposal_id) and row["signed"] == proposal_id,
    )


def _participation(row: Any) -> rpc.ParticipationSummary:
    invitation = message_of(pb.InvitationReceived, row["invitation"]) or pb.InvitationReceived()
    return rpc.ParticipationSummary(
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


def _inspection(row: Any) -> rpc.InspectionDetail:
    recorded = message_of(pb.InspectionRecorded, row["recorded"]) or pb.InspectionRecorded()
    return rpc.InspectionDetail(
        inspection_id=recorded.inspection_id,
        checkpoint_id=recorded.checkpoint_id,
        inspection_class=recorded.inspection_class,
        result=recorded.result,
        object_no=recorded.object_no,
        object=recorded.object,
        inspected_at=to_timestamp(row["inspected_at"]),
        officers=recorded.officers,
        assisting=recorded.assisting,
    )


def _finding(row: Any) -> rpc.FindingDetail:
    recorded = message_of(pb.FindingRecorded, row["recorded"]) or pb.FindingRecorded()
    return rpc.FindingDetail(
        finding_id=recorded.finding_id,
        inspection_id=recorded.inspection_id,
        checkpoint_id=recorded.checkpoint_id,
        act_code=recorded.act_code,
        facts=recorded.facts,
        object=message_of(pb.InspectedObject, row["object"]),
        found_at=to_timestamp(row["found_at"]),
        handlings=row["handlings"],
        owner_id=row["owner_id"] or "",
        handed_off=row["handed_off"],
        case_id=str(row["case_id"] or ""),
    )
