"""What collections and own executions share: the grounds on which execution is over (行政强制法 arts. 39, 40), and how
the party is told of what becomes of it (form 22).
"""

from typing import Any, Final

from enforcement.cases.v1.delivery_pb2 import SERVED_DOCUMENT_EXECUTION_CHANGE
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection import periods
from services.collection.model.collection import Refusal, Suspension
from services.kernel.decider import Context
from services.kernel.delivery import require_document, served_with
from services.kernel.errors import Refused
from services.kernel.values import day_of, term

_BY_A_LEADER = (
    pb.END_GROUND_PERSON_DIED,
    pb.END_GROUND_ORGANISATION_ENDED,
    pb.END_GROUND_OBJECT_LOST,
    pb.END_GROUND_DECISION_REVOKED,
    pb.END_GROUND_SUSPENDED_THREE_YEARS,
    pb.END_GROUND_OTHER,
)
"""The others follow from what somebody did: the court, the performer, the party."""
_NOBODY_LEFT: Final = (pb.END_GROUND_PERSON_DIED, pb.END_GROUND_ORGANISATION_ENDED)
"""Nobody is there whom the notice could be served on."""


def change_told(
    command: commands.SuspendExecutionRequest
    | commands.ResumeExecutionRequest
    | commands.EndExecutionRequest
    | commands.SuspendOwnExecutionRequest
    | commands.ResumeOwnExecutionRequest
    | commands.EndOwnExecutionRequest,
    context: Context,
) -> dict[str, Any]:
    """What the event of a suspension, a resumption or an end keeps of its notice (form 22) and of the service of that.

    What the court ended it told the party itself.

    Raises:
        Refused: the sheet, the way, its proof or what the way needs is missing, or the sheet was not put up.
    """
    if isinstance(command, commands.EndExecutionRequest | commands.EndOwnExecutionRequest):
        if command.ground == pb.END_GROUND_COURT_ENDED:
            return {"document": command.document} if command.HasField("document") else {}
        if command.ground in _NOBODY_LEFT:
            require_document(command, SERVED_DOCUMENT_EXECUTION_CHANGE)
            return {"document": command.document}
    return served_with(command, SERVED_DOCUMENT_EXECUTION_CHANGE, context.found, context)


def require_sheet(
    command: commands.PostExecutionNoticeRequest
    | commands.ConcludeAgreementRequest
    | commands.AgreeOwnExecutionRequest,
    document: str,
) -> None:
    """What is announced, or signed by both sides, is a sheet; neither is served.

    Raises:
        Refused: SHEET_NEEDED.
    """
    if not command.HasField("document"):
        raise Refused(Refusal.SHEET_NEEDED, document=document)


def require_end_ground(ground: pb.EndGround.ValueType, suspension: Suspension | None, context: Context) -> None:
    """Refuses a ground that is no leader's to find, and the three years before they are over.

    Raises:
        Refused: END_GROUND_WRONG, NOT_SUSPENDED_LONG_ENOUGH.
    """
    if ground not in _BY_A_LEADER:
        raise Refused(Refusal.END_GROUND_WRONG, ground=term(pb.EndGround, ground))
    if ground != pb.END_GROUND_SUSPENDED_THREE_YEARS:
        return
    if suspension is None or suspension.ground != pb.SUSPENSION_GROUND_UNABLE:
        raise Refused(Refusal.END_GROUND_WRONG, ground=term(pb.EndGround, ground))
    until = periods.last_day(periods.SUSPENSION, day_of(suspension.since), context.today)
    if context.today <= until:
        raise Refused(Refusal.NOT_SUSPENDED_LONG_ENOUGH, until=until)
