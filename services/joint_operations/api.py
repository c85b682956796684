"""Queries of joint operations."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import draw_pb2 as draw_pb
from enforcement.joint_operations.v1 import events_pb2 as events
from enforcement.joint_operations.v1 import partners_pb2 as partners_pb
from enforcement.joint_operations.v1 import roster_pb2 as roster_pb
from enforcement.joint_operations.v1 import service_pb2 as pb
from enforcement.joint_operations.v1 import unsigned_pb2 as refusing_pb
from google.protobuf.json_format import ParseDict
from google.protobuf.timestamp_pb2 import Timestamp

from services.joint_operations.coverage import BEGIN, END
from services.joint_operations.draw_answer import draw_answer
from services.joint_operations.model.standing import Absences, absent_from, gaps_at
from services.joint_operations.numbers import VERSION, numbers, total
from services.joint_operations.views import spans_from_json, tally_from_json
from services.kernel.account import account
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import from_microseconds, microseconds, to_timestamp
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
_PARTNERS = "SELECT * FROM partner WHERE operation_id = $1 ORDER BY listed_position"
_ABSENCES = "SELECT * FROM absence WHERE operation_id = $1"
_DRAW = "SELECT *, NULL AS draw_witness_id FROM draw WHERE draw_id = $1"
_WITNESSED_DRAW = """
SELECT *, $2::text AS witness_id FROM witnessed_draw WHERE draw_witness_id = $1 OR draw_id = $1
ORDER BY draw_witness_id <> $1, began_position LIMIT 1
"""
_DRAWS = """
SELECT * FROM (
  SELECT draw_id, NULL::uuid AS draw_witness_id, operation_id, stage, lead_id, began_position FROM draw
  UNION ALL
  SELECT draw_id, draw_witness_id, operation_id, stage, lead_id, began_position FROM witnessed_draw
) known WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2
"""
_HOSTED = "SELECT * FROM hosted_partner WHERE participation_id = $1 ORDER BY listed_position"
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
            partners = await connection.fetch(_PARTNERS, UUID(request.operation_id))
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
            partners=[_partner(one, proposal.proposal_id) for one in partners],
            attributes=plan.attributes,
            figures=proposal.figures,
            digest=proposal.digest,
            unsigned=_unsigned(row),
            equipment=roster.equipment,
            unreported=[ParseDict(one, refusing_pb.Unreported()) for one in json.loads(row["unreported"] or "[]")],
        )

    async def get_coverage(self, request: roster_pb.GetCoverageRequest, call: "Call") -> roster_pb.GetCoverageResponse:
        """Where fewer than two stand: of a participation by the own register, of an operation as the others told."""
        async with self._node.views("joint_operations").at(request.min_position) as connection:
            if request.participation_id:
                row = await connection.fetchrow(_PARTICIPATION, UUID(request.participation_id))
            else:
                row = await connection.fetchrow(_OPERATION, UUID(request.operation_id or str(UUID(int=0))))
            if row is None:
                raise Refused(KernelRefusal.NOT_FOUND, id=request.participation_id or request.operation_id)
            absent = await connection.fetch(_ABSENCES, row["operation_id"])
        absences = {
            (one["participant_id"], one["officer_id"]): spans_from_json(json.loads(one["spans"])) for one in absent
        }
        if request.participation_id:
            roster = message_of(events.RosterReceived, row["roster"]) or events.RosterReceived()
            invitation = message_of(events.InvitationReceived, row["invitation"]) or events.InvitationReceived()
            acceptance = message_of(events.InvitationAccepted, row["acceptance"]) or events.InvitationAccepted()
            own = [one for one in invitation.checkpoints if one.competent_id == acceptance.participant_id]
            mine = [one for one in roster.entries if one.participant_id == acceptance.participant_id]
            return _coverage(own, mine, self._with_inactive(mine, absences))
        published = message_of(events.RosterPublished, row["roster"]) or events.RosterPublished()
        plan = message_of(events.OperationPlanned, row["plan"]) or events.OperationPlanned()
        return _coverage(plan.checkpoints, published.entries, absences)

    async def get_draw(self, request: draw_pb.GetDrawRequest, call: "Call") -> draw_pb.GetDrawResponse:
        """A draw, repeated for the answer."""
        async with self._node.views("joint_operations").at(request.min_position) as connection:
            asked = UUID(request.draw_id)
            row = await connection.fetchrow(_DRAW, asked)
            row = row or await connection.fetchrow(_WITNESSED_DRAW, asked, self._node.authority.id)
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.draw_id)
        return draw_answer(row)

    async def list_draws(self, request: draw_pb.ListDrawsRequest, call: "Call") -> draw_pb.ListDrawsResponse:
        """The draws that this authority leads or witnesses, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("joint_operations").at(request.min_position) as connection:
            rows = await connection.fetch(_DRAWS, page.before, page.limit)
        shown, next_token = page.cut(rows)
        draws = [
            draw_pb.DrawSummary(
                draw_id=str(row["draw_id"]),
                draw_witness_id=str(row["draw_witness_id"] or ""),
                stage=row["stage"],
                lead_id=row["lead_id"],
                operation_id=str(row["operation_id"] or ""),
            )
            for row in shown
        ]
        return draw_pb.ListDrawsResponse(draws=draws, next_token=next_token)

    def _with_inactive(self, entries: Iterable[events.RosterEntry], absences: Absences) -> Absences:
        """The absences with own officers whose credential is not active now: from now on they leave a gap."""
        now, found = self._node.clock.now(), dict(absences)
        for entry in entries:
            known = self._node.register.officers.at(entry.officer.officer_id, now)
            if known is None or known.status != common.CREDENTIAL_STATUS_ACTIVE:
                found = absent_from(found, (entry.participant_id, entry.officer.officer_id), microseconds(now))
        return found

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
            hosted = await connection.fetch(_HOSTED, row["participation_id"])
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
            signed=_stands(row["signed"], summary.proposal_id),
            partners=[_partner(one, summary.proposal_id) for one in hosted],
            refused=_stands(row["refused"], summary.proposal_id) and not _stands(row["signed"], summary.proposal_id),
            unsigned=_unsigned(row),
            equipment=roster.equipment,
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

    async def get_account(self, request: pb.GetAccountRequest, call: "Call") -> pb.GetAccountResponse:
        """What this authority did, told, was told and gave, oldest first."""
        async with self._node.views("joint_operations").at(request.min_position) as connection:
            entries, next_token = await account(connection, request.id, request.page, self._node.authority.id)
        return pb.GetAccountResponse(entries=entries, next_token=next_token)

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


def _stands(named: str | None, proposal_id: str) -> bool:
    """Whether a signature or a refusal is for the summary that stands."""
    return bool(proposal_id) and named == proposal_id


def _unsigned(row: Any) -> list[refusing_pb.Unsigned]:
    return [ParseDict(one, refusing_pb.Unsigned()) for one in json.loads(row["unsigned"] or "[]")]


def _participant(row: Any, proposal_id: str) -> pb.OperationParticipant:
    signed, refused = (_stands(row[name], proposal_id) for name in ("signed", "refused"))
    return pb.OperationParticipant(
        participant_id=row["participant_id"],
        standing=row["standing"],
        officers=row["officers"],
        cars=row["cars"],
        numbers=message_of(events.FieldNumbers, row["numbers"]),
        signed=signed,
        refusal_reason=row["refusal_reason"] if refused and not signed else "",
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


def _partner(row: Any, proposal_id: str) -> partners_pb.OperationPartner:
    return partners_pb.OperationPartner(
        partner_id=str(row["partner_id"]),
        kind=row["kind"],
        name=row["name"],
        host_id=row["host_id"] or "",
        head_count=row["heads"],
        signed=_stands(row["signed"], proposal_id),
    )


def _coverage(
    checkpoints: Iterable[events.Checkpoint], entries: Sequence[events.RosterEntry], absences: Absences
) -> roster_pb.GetCoverageResponse:
    """The gaps of a roster; without one nobody stands anywhere, and no gap is told."""
    found = [
        roster_pb.CoverageGap(
            checkpoint_id=checkpoint.checkpoint_id,
            starts_at=_bound(gap.span.starts),
            ends_at=_bound(gap.span.ends),
            found=gap.found,
        )
        for checkpoint in checkpoints
        for gap in gaps_at(checkpoint, entries, absences)
        if entries
    ]
    return roster_pb.GetCoverageResponse(gaps=found)


def _bound(instant_us: int) -> Timestamp | None:
    return to_timestamp(from_microseconds(instant_us)) if BEGIN < instant_us < END else None


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
