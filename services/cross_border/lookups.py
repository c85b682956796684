"""What is looked up before a decision: whether a clue or case is already on its way to somebody, of which month the
latest bulletin told, and which designation is the one of a dispute. And what the decision to send leaves when it is
refused: who asked for personal data without a purpose.
"""

import hashlib
from typing import TYPE_CHECKING, Final
from uuid import UUID

from enforcement.cross_border.v1 import circular_pb2 as circulars
from enforcement.cross_border.v1 import designation_pb2 as designations
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands
from enforcement.ledger.v1 import meta_pb2 as meta

from services.cross_border.kinds import HAND_OVERS
from services.cross_border.model.designation import designation_of
from services.cross_border.model.request import AWAITING_ACCEPTANCE, IN_PROGRESS, Stage, request
from services.cross_border.personal import personal
from services.kernel.errors import Conflict
from services.kernel.ledger import Append, NewEvent, ids
from services.kernel.lookups import Lookups
from services.kernel.messages import encode, microseconds, type_name
from services.kernel.queries import message_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.decider import Context

lookups = Lookups()

_ON_ITS_WAY: Final = """
SELECT request_id FROM request
WHERE case_id = $1 AND handed_over AND stage = ANY($2) AND request_id IS DISTINCT FROM $3 LIMIT 1
"""
_DRAFT: Final = "SELECT case_id, handed_over, stage, sent FROM request WHERE request_id = $1"
_LATEST_MONTH: Final = "SELECT max(content->>'month') FROM circular WHERE NOT received AND kind = $1"
_DESIGNATION: Final = """
SELECT designation_id FROM designation
WHERE side_ids = $1
    AND (case_ids[1] IN ($3, '') OR $3 = '') AND (case_ids[2] IN ($4, '') OR $4 = '')
    AND (
        (case_ids[1] = $3 AND $3 <> '' OR case_ids[2] = $4 AND $4 <> '')
            AND (round = $2 OR '' IN (case_ids[1], case_ids[2], $3, $4) AND owner_id IS NULL AND lapsed_at IS NULL)
        OR act_code = $5 AND $5 <> '' AND act_on = $6 AND owner_id IS NULL AND lapsed_at IS NULL
            AND '' IN (case_ids[1], $3) AND '' IN (case_ids[2], $4)
    )
ORDER BY began_position LIMIT 1
"""
"""The one in which a case is the same; where each side knows its own only, the open one about the same act of that day:
what was designated may have been about another vehicle. Who does not know the other's case may count other rounds."""
_DESIGNATING: Final = "designating"
"""What the two sides ask at once is one."""
_SENDING: Final = "sending"
"""A clue or case that leaves is seen by whoever sends it next."""
_OPEN: Final = [*AWAITING_ACCEPTANCE, *IN_PROGRESS]


@lookups.on(commands.SendRequestRequest, in_turn=_SENDING)
async def on_its_way(node: "Node", command: commands.SendRequestRequest, context: "Context") -> str:
    """The open request that hands the same clue or case over; empty when there is none.

    What is refused because it asks for personal data without a purpose is recorded for the auditors: a refusal leaves
    no event, and this one must be seen (个人信息保护法 arts. 51, 54).
    """
    if _aimless(command) and not command.draft:
        await _keep_refusal(node, command, context)
    if command.draft or command.request_type not in HAND_OVERS or not command.case_id:
        return ""
    async with node.views("cross_border").at(await node.ledger.head()) as connection:
        return str(await connection.fetchval(_ON_ITS_WAY, UUID(command.case_id), _OPEN, None) or "")


@lookups.on(circulars.ShareCircularRequest)
async def latest_month(node: "Node", command: circulars.ShareCircularRequest, context: "Context") -> str:
    """The latest month that a bulletin of this authority told of; empty before the first one."""
    if command.kind != circulars.CIRCULAR_KIND_BULLETIN:
        return ""
    async with node.views("cross_border").at(await node.ledger.head()) as connection:
        return str(await connection.fetchval(_LATEST_MONTH, int(circulars.CIRCULAR_KIND_BULLETIN)) or "")


@lookups.names(designations.AskDesignationRequest)
@lookups.names(designations.EndDesignationRequest)
async def designation_of_dispute(
    node: "Node", command: designations.AskDesignationRequest | designations.EndDesignationRequest
) -> str:
    """Both sides mean the same, though a side may not know the other's case."""
    return await _known(node, command) or designation_of(command, node.authority.id)


@lookups.on(designations.AskDesignationRequest, in_turn=_DESIGNATING)
@lookups.on(designations.EndDesignationRequest, in_turn=_DESIGNATING)
async def still_one(
    node: "Node",
    command: designations.AskDesignationRequest | designations.EndDesignationRequest,
    context: "Context",
) -> None:
    """Where the other side's word came between, this one is taken again.

    Raises:
        Conflict: another stream is the one of the dispute by now.
    """
    known = await _known(node, command)
    if known not in ("", command.designation_id):
        raise Conflict(f"designation {known} is of the same dispute")


async def _known(node: "Node", command: designations.AskDesignationRequest | designations.EndDesignationRequest) -> str:
    (one, other), (case_id, other_case_id) = command.side_ids, command.case_ids
    async with node.views("cross_border").at(await node.ledger.head()) as connection:
        act = (
            (command.act_code, command.act_on) if isinstance(command, designations.AskDesignationRequest) else ("", "")
        )
        found = await connection.fetchval(_DESIGNATION, [one, other], command.round, case_id, other_case_id, *act)
    return str(found or "")


async def _keep_refusal(node: "Node", asked: commands.SendRequestRequest | pb.RequestSent, context: "Context") -> None:
    """Once for each command, however often it comes."""
    command_id = ids.derive(context.command_id, "refusal")
    request_id = ids.derive(context.command_id, "refused request")
    refused = drafting.PersonalRequestRefused(
        request_id=str(request_id),
        responder_id=asked.responder_id,
        fields=personal(asked.fields),
        legal_basis=asked.legal_basis,
    )
    officer = context.actor.officer
    noted = meta.Meta(
        actor=context.actor.id,
        actor_kind=meta.ActorKind.Value(f"ACTOR_KIND_{context.actor.kind.upper()}"),
        occurred_us=microseconds(context.now),
        officers=[officer] if officer else [],
    )
    body = encode(refused)
    await node.ledger.append(
        Append(
            command_id=command_id,
            digest=hashlib.sha256(body).digest(),
            stream_id=request_id,
            category=request.name,
            expected_version=0,
            events=(NewEvent(type_name(refused), body, encode(noted)),),
            correlation_id=request_id,
            causation_id=context.command_id,
        )
    )


@lookups.on(drafting.SendDraftRequest, in_turn=_SENDING)
async def draft_on_its_way(node: "Node", command: drafting.SendDraftRequest, context: "Context") -> str:
    """The same for a draft, by what it asks."""
    request_id = UUID(command.request_id)
    async with node.views("cross_border").at(await node.ledger.head()) as connection:
        row = await connection.fetchrow(_DRAFT, request_id)
        case_id = row["case_id"] if row and row["handed_over"] else None
        found = await connection.fetchval(_ON_ITS_WAY, case_id, _OPEN, request_id) if case_id else None
    asked = message_of(pb.RequestSent, row["sent"]) if row and row["stage"] == Stage.DRAFT else None
    if asked is not None and _aimless(asked):
        await _keep_refusal(node, asked, context)
    return str(found or "")


def _aimless(asked: commands.SendRequestRequest | pb.RequestSent) -> bool:
    """It asks for personal data and does not say what for."""
    return bool(personal(asked.fields)) and not asked.purpose.strip()
