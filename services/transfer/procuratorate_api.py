"""Queries on the procuratorate's node."""

from typing import TYPE_CHECKING, Any, Final

from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import service_pb2 as pb

from services.kernel.queries import PageOf, instant

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_OVERSIGHTS = "SELECT * FROM oversight WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"
_SUPERVISIONS = "SELECT * FROM supervision WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"
_PROSECUTIONS = "SELECT * FROM prosecution WHERE began_position < $1 ORDER BY began_position DESC LIMIT $2"

_TOLD: Final = {
    "returned_at": (events.TRANSFER_STEP_RETURNED, False),
    "withdrawn_at": (events.TRANSFER_STEP_WITHDRAWN, True),
    "handed_over_at": (events.TRANSFER_STEP_HANDED_OVER, True),
    "filed_at": (events.TRANSFER_STEP_FILED, True),
    "refusal_maintained_at": (events.TRANSFER_STEP_REFUSAL_MAINTAINED, True),
    "reconsideration_received_at": (events.TRANSFER_STEP_RECONSIDERATION_RECEIVED, True),
    "refused_at": (events.TRANSFER_STEP_REFUSED, True),
    "forwarded_at": (events.TRANSFER_STEP_FORWARDED, True),
    "declined_at": (events.TRANSFER_STEP_DECLINED, True),
    "extended_at": (events.TRANSFER_STEP_DECISION_EXTENDED, True),
    "received_at": (events.TRANSFER_STEP_RECEIPT_SIGNED, True),
    "sent_at": (events.TRANSFER_STEP_SENT, False),
}
"""The steps, the latest first, and whether the police tell them."""


class ProcuratorateApi:
    """Answers about what the procuratorate was told, supervises and prosecutes."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def list_oversights(self, request: pb.ListOversightsRequest, call: "Call") -> pb.ListOversightsResponse:
        """What the procuratorate knows of transfers, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_OVERSIGHTS, page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListOversightsResponse(oversights=[_oversight(row) for row in shown], next_token=next_token)

    async def list_supervisions(self, request: pb.ListSupervisionsRequest, call: "Call") -> pb.ListSupervisionsResponse:
        """Supervisions, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_SUPERVISIONS, page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListSupervisionsResponse(supervisions=[_supervision(row) for row in shown], next_token=next_token)

    async def list_prosecutions(self, request: pb.ListProsecutionsRequest, call: "Call") -> pb.ListProsecutionsResponse:
        """Criminal cases from transfers, the newest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("transfer").at(request.min_position) as connection:
            rows = await connection.fetch(_PROSECUTIONS, page.before, page.limit)
        shown, next_token = page.cut(rows)
        return pb.ListProsecutionsResponse(prosecutions=[_prosecution(row) for row in shown], next_token=next_token)


def _oversight(row: Any) -> pb.Oversight:
    """The two tellers put together; what another police told than the one the bureau names is left out."""
    believed = row["told_by"] is None or row["police_id"] in (None, row["told_by"])
    at = {column: row[column] if believed or not by_police else None for column, (_, by_police) in _TOLD.items()}
    latest = [(step, at[column]) for column, (step, _) in _TOLD.items() if at[column] is not None]
    return pb.Oversight(
        transfer_id=str(row["transfer_id"]),
        bureau_id=row["bureau_id"],
        police_id=row["police_id"] or row["told_by"],
        case_number=row["case_number"],
        act_code=row["act_code"],
        suspected_crime=row["suspected_crime"],
        suspect_names=row["suspect_names"],
        step=latest[0][0] if latest else events.TRANSFER_STEP_UNSPECIFIED,
        sent_at=instant(at["sent_at"]),
        received_at=instant(at["received_at"]),
        passed_on_at=instant(at["forwarded_at"] or at["declined_at"]),
        filing_decided_at=instant(at["filed_at"] or at["refused_at"]),
        reconsideration_received_at=instant(at["reconsideration_received_at"]),
        refusal_maintained_at=instant(at["refusal_maintained_at"]),
        handed_over_at=instant(at["handed_over_at"]),
        withdrawn_at=instant(at["withdrawn_at"]),
        returned_at=instant(at["returned_at"]),
        referral_id=row["referral_id"] if believed else "",
        oversight_id=row["oversight_id"] if believed else "",
        supervision_id=row["supervision_id"],
    )


def _supervision(row: Any) -> pb.Supervision:
    return pb.Supervision(
        supervision_id=str(row["supervision_id"]),
        transfer_id=row["transfer_id"],
        bureau_id=row["bureau_id"],
        police_id=row["police_id"],
        referral_id=row["referral_id"],
        stage=row["stage"],
        suggested=row["suggested"],
        opened_at=instant(row["opened_at"]),
        reasons_asked_at=instant(row["reasons_asked_at"]),
        asked_received_at=instant(row["asked_received_at"]),
        reasons_recorded_at=instant(row["reasons_recorded_at"]),
        about=row["about"],
        concluded_at=instant(row["concluded_at"]),
        grounds=row["grounds"],
        reasons=row["reasons"],
    )


def _prosecution(row: Any) -> pb.Prosecution:
    return pb.Prosecution(
        prosecution_id=str(row["prosecution_id"]),
        transfer_id=row["transfer_id"],
        bureau_id=row["bureau_id"],
        police_id=row["police_id"],
        referral_id=row["referral_id"],
        criminal_case_number=row["criminal_case_number"],
        outcome=row["outcome"],
        decided_at=instant(row["decided_at"]),
        penalty_needed=row["penalty_needed"],
    )
