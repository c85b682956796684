"""Designation by the common superior (指定管辖, 行政处罚法 art. 25), on the superior's ledger.

    a side escalates, perhaps both ──▶ ASKED ──a leader designates one──▶ DESIGNATED, told to both

The superior decides who is competent and nothing in the case. What each side makes of it stands with the side
(services/cases/model/dispute.py): who is not designated signs that it gives the case up.
Not: a designation that nobody asked for, or of a third authority; that comes on paper.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from enforcement.cross_border.v1 import designation_pb2 as pb

from services.cross_border.model.shared import Refusal
from services.kernel.authority import common_superior_id
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import Refused
from services.kernel.ledger import ids

_APL_25 = "行政处罚法 art. 25"


class Stage(StrEnum):
    """Where it stands."""

    ASKED = "待指定"
    DESIGNATED = "已指定"


@dataclass(frozen=True, slots=True)
class Designation(Staged):
    """What decisions about a designation read."""

    stage: Stage = Stage.ASKED
    side_ids: tuple[str, ...] = ()
    case_ids: tuple[str, ...] = ()
    round: int = 0
    asked_by: frozenset[str] = frozenset()


designation = Aggregate("designation", Designation)


def sides_of(asks: str, case_id: str, other_id: str, other_case_id: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Both sides, each with its case, in the order of their ids: the same whichever of them asks."""
    one, other = sorted(((asks, case_id), (other_id, other_case_id)))
    return one, other


def designation_of(sides: tuple[tuple[str, str], tuple[str, str]], round_: int, superior_id: str) -> str:
    """Id of a designation. The id of who asks comes from its signature, so no third authority reaches it."""
    (one, case_id), (other, other_case_id) = sides
    first = UUID(case_id or other_case_id)
    return str(ids.derive(first, f"designation/{superior_id}/{one}/{case_id}/{other}/{other_case_id}/{round_}"))


@designation.decide(pb.AskDesignationRequest, basis=_APL_25)
def ask(state: Designation, command: pb.AskDesignationRequest, context: Context) -> Events:
    """A side brings a dispute before the superior of both. Each does once, and what is designated stays so."""
    asks = context.origin or ""
    sides = [context.member(one) for one in command.side_ids]
    if asks not in command.side_ids or common_superior_id(*sides) != context.authority.id:
        raise Refused(Refusal.NOT_THE_SUPERIOR, authority=context.authority.name)
    if asks in state.asked_by:
        return
    yield pb.DesignationAsked(
        designation_id=command.designation_id,
        side_ids=command.side_ids,
        case_ids=command.case_ids,
        round=command.round,
        asked_by=asks,
        reason=command.reason,
        also=bool(state.asked_by),
    )


@designation.evolve(pb.DesignationAsked)
def asked(state: Designation, event: pb.DesignationAsked) -> Designation:
    return replace(
        state,
        side_ids=tuple(event.side_ids),
        case_ids=tuple(event.case_ids),
        round=event.round,
        asked_by=state.asked_by | {event.asked_by},
    )


@designation.decide(pb.DesignateJurisdictionRequest, basis=_APL_25)
def designate(state: Designation, command: pb.DesignateJurisdictionRequest, context: Context) -> Events:
    """A leader of the superior designates one of the two, once, by a notice that both have."""
    state.require(Stage.ASKED)
    if command.owner_id not in state.side_ids:
        raise Refused(Refusal.DESIGNATED_OUTSIDE, sides="、".join(context.member(one).name for one in state.side_ids))
    yield pb.JurisdictionDesignated(
        designation_id=command.designation_id,
        side_ids=state.side_ids,
        case_ids=state.case_ids,
        owner_id=command.owner_id,
        round=state.round,
        number=command.number,
        document=command.document,
    )


@designation.evolve(pb.JurisdictionDesignated)
def designated(state: Designation, event: pb.JurisdictionDesignated) -> Designation:
    return replace(state, stage=Stage.DESIGNATED)
