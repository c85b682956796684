"""Queries of cases."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.cases.v1 import criminal_sanctions_pb2 as sanctions
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import service_pb2 as pb
from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options

from services.cases.discretion_api import DiscretionApi
from services.cases.dispute_api import DisputeApi
from services.cases.finding_api import FindingApi
from services.cases.lookups import other_cases_of
from services.cases.publication_api import PublicationApi
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.privacy import Privacy
from services.kernel.queries import PageOf, instant, message_of, messages_of
from services.kernel.timeline import matter_timeline
from services.kernel.values import day_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_BY_ID = "SELECT * FROM case_file WHERE case_id = $1"
_BY_NUMBER = "SELECT * FROM case_file WHERE case_number = $1"
_CAPTURE = "SELECT capture_id FROM case_file WHERE case_id = $1"
"""The record of a device from which the case comes: its own course (行政处罚法 art. 41) began before the case."""
_EVIDENCE = "SELECT * FROM evidence WHERE case_id = $1 ORDER BY began_position"
_MEASURES = "SELECT * FROM measure WHERE case_id = $1 ORDER BY began_position"
_SANCTIONS = "SELECT sanctions FROM criminal_sanction WHERE case_id = $1"
_LIST = """
SELECT * FROM case_file WHERE began_position < $1 AND ($2 = '' OR stage = $2) ORDER BY began_position DESC LIMIT $3
"""
_MATTER = "SELECT * FROM act_record WHERE matter_id = $1"
_ON_SPOT = "SELECT * FROM on_spot_file WHERE on_spot_id = $1"
_ON_SPOT_LIST = """
SELECT * FROM on_spot_file WHERE began_position < $1 AND ($2 = '' OR stage = $2) ORDER BY began_position DESC LIMIT $3
"""

_DECIDERS = (options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD)


class CasesApi(DiscretionApi, DisputeApi, FindingApi, PublicationApi):
    """Answers of CasesService that are no commands."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def get_case(self, request: pb.GetCaseRequest, call: "Call") -> pb.GetCaseResponse:
        """One case by id or number."""
        async with self._node.views("cases").at(request.min_position) as connection:
            if request.case_id:
                row = await connection.fetchrow(_BY_ID, UUID(request.case_id))
            else:
                row = await connection.fetchrow(_BY_NUMBER, request.case_number)
            if row is None:
                raise Refused(KernelRefusal.NOT_FOUND, id=request.case_id or request.case_number)
            evidence = await connection.fetch(_EVIDENCE, row["case_id"])
            measures = await connection.fetch(_MEASURES, row["case_id"])
            criminal = await connection.fetchval(_SANCTIONS, row["case_id"])
        response = pb.GetCaseResponse(case=_case(row, evidence, measures))
        # What the police and the court did is for those who handle or decide the case.
        known = message_of(sanctions.CriminalSanctions, criminal)
        if known and (call.actor.id in (row["officer_ids"] or ()) or call.actor.holds(*_DECIDERS)):
            response.case.sanctions.CopyFrom(known)
        disclosure = Privacy(self._node.ledger).disclosure(call, request.purpose, "cases.GetCase")
        response.masked = disclosure.show(response, str(row["case_id"]), row["officer_ids"] or ())
        await disclosure.record()
        return response

    async def list_cases(self, request: pb.ListCasesRequest, call: "Call") -> pb.ListCasesResponse:
        """Cases, the newest clue first."""
        page = PageOf.asked(request.page)
        async with self._node.views("cases").at(request.min_position) as connection:
            rows = await connection.fetch(_LIST, page.before, request.stage, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListCasesResponse(cases=[_summary(row) for row in shown], next_token=next_token)

    async def get_case_timeline(self, request: pb.GetCaseTimelineRequest, call: "Call") -> pb.GetCaseTimelineResponse:
        """What happened in a case or an on-the-spot penalty, in every service of this authority, oldest first."""
        await self._node.all_views_reached(request.min_position)
        async with self._node.views("cases").at(request.min_position) as connection:
            record = await connection.fetchval(_CAPTURE, UUID(request.case_id))
            others = [record] if record else []
            entries, next_token = await matter_timeline(connection, request.case_id, others, request.page)
        return pb.GetCaseTimelineResponse(entries=entries, next_token=next_token)

    async def get_act_warnings(self, request: pb.GetActWarningsRequest, call: "Call") -> pb.GetActWarningsResponse:
        """What is known of other cases about the same act."""
        async with self._node.views("cases").at(request.min_position) as connection:
            row = await connection.fetchrow(_MATTER, UUID(request.matter_id))
            if row is None:
                raise Refused(KernelRefusal.NOT_FOUND, id=request.matter_id)
            around = timedelta(days=self._node.rules.number("act_inquiry_days", day_of(call.now)))
            known = await other_cases_of(connection, row, row["from_on"] - around, row["to_on"] + around)
        return pb.GetActWarningsResponse(matches=known.matches, unanswered_ids=known.unanswered)

    async def get_on_spot(self, request: pb.GetOnSpotRequest, call: "Call") -> pb.GetOnSpotResponse:
        """One on-the-spot penalty."""
        async with self._node.views("cases").at(request.min_position) as connection:
            row = await connection.fetchrow(_ON_SPOT, UUID(request.on_spot_id))
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.on_spot_id)
        response = pb.GetOnSpotResponse(on_spot=_on_spot(row))
        disclosure = Privacy(self._node.ledger).disclosure(call, request.purpose, "cases.GetOnSpot")
        response.masked = disclosure.show(response, request.on_spot_id, row["officer_ids"] or ())
        await disclosure.record()
        return response

    async def list_on_spot(self, request: pb.ListOnSpotRequest, call: "Call") -> pb.ListOnSpotResponse:
        """On-the-spot penalties, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("cases").at(request.min_position) as connection:
            rows = await connection.fetch(_ON_SPOT_LIST, page.before, request.stage, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListOnSpotResponse(on_spots=[_on_spot_summary(row) for row in shown], next_token=next_token)


def _on_spot_summary(row: Any) -> pb.OnSpotSummary:
    return pb.OnSpotSummary(
        on_spot_id=str(row["on_spot_id"]),
        form_number=row["form_number"],
        stage=row["stage"],
        act_code=row["act_code"],
        observed_at=instant(row["observed_at"]),
        decided_at=instant(row["decided_at"]),
        fine_fen=row["fine_fen"],
        collected_fen=row["collected_fen"],
    )


def _on_spot(row: Any) -> pb.OnSpot:
    return pb.OnSpot(
        summary=_on_spot_summary(row),
        place=message_of(common.Place, row["place"]),
        facts=row["facts"],
        party=message_of(events.Party, row["party"]),
        vehicle=message_of(events.Vehicle, row["vehicle"]),
        vessel=message_of(events.Vessel, row["vessel"]),
        officer_ids=row["officer_ids"],
        penalties=messages_of(events.Penalty, row["penalties"]),
        remedies=row["remedies"],
        handed_in_at=instant(row["handed_in_at"]),
        banked_at=instant(row["banked_at"]),
        copy_filed_at=instant(row["copy_filed_at"]),
    )


def _summary(row: Any) -> pb.CaseSummary:
    return pb.CaseSummary(
        case_id=str(row["case_id"]),
        case_number=row["case_number"],
        stage=row["stage"],
        act_code=row["act_code"],
        registered_at=instant(row["registered_at"]),
        filed_at=instant(row["filed_at"]),
        transferred=row["transferred"],
        side_states=row["side_states"] or (),
    )


def _case(row: Any, evidence: list[Any], measures: list[Any]) -> pb.Case:
    return pb.Case(
        summary=_summary(row),
        source=row["source"],
        handed_off_by=row["handed_off_by"],
        finding_id=row["finding_id"],
        act_on=row["act_on"].isoformat(),
        place=message_of(common.Place, row["place"]),
        facts=row["facts"],
        party=message_of(events.Party, row["party"]),
        vehicle=message_of(events.Vehicle, row["vehicle"]),
        vessel=message_of(events.Vessel, row["vessel"]),
        officer_ids=row["officer_ids"],
        evidence=[
            pb.Evidence(
                evidence_id=str(one["evidence_id"]),
                kind=one["kind"],
                description=one["description"],
                file=message_of(common.BlobRef, one["file"]),
                gathered_by=one["gathered_by"],
                gathered_at=instant(one["gathered_at"]),
                holder=one["holder"],
                excluded=one["excluded"],
                unconfirmed=one["unconfirmed"] or False,
                custody=messages_of(pb.CustodyStep, one["custody"]),
            )
            for one in evidence
        ],
        measures=[
            pb.Measure(
                measure_id=str(one["measure_id"]),
                kind=one["kind"],
                law_basis=one["law_basis"],
                state=one["state"],
                taken_at=instant(one["taken_at"]),
                item_count=one["item_count"],
                extended=one["extended"],
                emergency=one["emergency"],
                approved=one["approved"],
            )
            for one in measures
        ],
        proposed=messages_of(events.Penalty, row["proposed"]),
        penalties=messages_of(events.Penalty, row["penalties"]),
        transfer_id=row["transfer_id"],
        transfer_phase=row["transfer_phase"],
        act_ended_on=_iso(row["act_ended_on"]),
        incident_id=row["incident_id"],
        incident_role=row["incident_role"],
        capture_id=row["capture_id"],
        recused_ids=row["recused_ids"],
        procedure=pb.Procedure(
            told_on=_iso(row["told_on"]),
            hearing_right=row["hearing_right"],
            defence=row["defence"],
            hearing_state=row["hearing_state"],
            hearing_at=instant(row["hearing_at"]),
            review_state=row["review_state"],
            review_mandatory=row["review_mandatory"],
            discussion=row["discussion"],
            outcome=row["outcome"],
            decided_at=instant(row["decided_at"]),
            served_on=_iso(row["served_on"]),
            publication_state=row["publication_state"],
            performance=row["performance"],
            receiver_id=row["receiver_id"],
        ),
    )


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""
