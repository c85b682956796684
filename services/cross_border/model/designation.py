"""Designation by the common superior (指定管辖, 行政处罚法 art. 25), on the superior's ledger.

    a side escalates, perhaps both ──▶ ASKED ──a leader designates one────────▶ DESIGNATED, told to both
                                         ▲  └──who asked tells that it is settled──▶ LAPSED
                                         └── the other asks after who asked had claimed the case for itself

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
    LAPSED = "已自行解决"


@dataclass(frozen=True, slots=True)
class Designation(Staged):
    """What decisions about a designation read."""

    stage: Stage = Stage.ASKED
    side_ids: tuple[str, ...] = ()
    case_ids: tuple[str, ...] = ()
    round: int = 0
    asked_by: frozenset[str] = frozenset()
    told: pb.JurisdictionDesignated | None = None
    """What was told to both."""
    claimed_by: str = ""
    """A side that told that it is competent itself, and alone had asked."""


designation = Aggregate("designation", Designation)


def sides_of(asks: str, case_id: str, other_id: str, other_case_id: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Both sides, each with its case, in the order of their ids: the same whichever of them asks."""
    one, other = sorted(((asks, case_id), (other_id, other_case_id)))
    return one, other


def designation_of(command: pb.AskDesignationRequest | pb.EndDesignationRequest, superior_id: str) -> str:
    """Id of the designation that begins with this; where one of the dispute is there, it is that one.

    The id of who asks comes from its signature, so no third authority reaches it.
    """
    (one, other), (case_id, other_case_id) = command.side_ids, command.case_ids
    first = UUID(case_id or other_case_id)
    return str(ids.derive(first, f"designation/{superior_id}/{one}/{case_id}/{other}/{other_case_id}/{command.round}"))


def _require_superior(command: pb.AskDesignationRequest | pb.EndDesignationRequest, context: Context) -> str:
    """Who tells it is a side, and this authority the superior of both."""
    sides = [context.member(one) for one in command.side_ids]
    tells = context.origin or ""
    if tells not in command.side_ids or common_superior_id(*sides) != context.authority.id:
        raise Refused(Refusal.NOT_THE_SUPERIOR, authority=context.authority.name)
    return tells


@designation.decide(pb.AskDesignationRequest, basis=_APL_25)
def ask(state: Designation, command: pb.AskDesignationRequest, context: Context) -> Events:
    """A side brings a dispute before the superior of both. Each does once, and what is designated stays so: a side
    whose case was not known hears of it then. What the sides settled stays so, too, but for who did not sign it. Who
    waits reminds (催办): that is kept beside what it asked.
    """
    asks = _require_superior(command, context)
    known = state.case_ids or ("", "")
    case_ids = [case_id or before for case_id, before in zip(command.case_ids, known, strict=True)]
    reminds = command.reminds and bool(state.asked_by)
    if reminds and state.stage is not Stage.ASKED:
        return
    if asks in state.asked_by and case_ids == list(known) and not reminds:
        return
    if state.stage is Stage.LAPSED and state.claimed_by in ("", asks):
        return
    yield pb.DesignationAsked(
        designation_id=command.designation_id,
        side_ids=command.side_ids,
        case_ids=case_ids,
        round=command.round,
        asked_by=asks,
        reason=command.reason,
        also=bool(state.asked_by),
        reminds=reminds,
        act_code=command.act_code,
        act_on=command.act_on,
    )
    if state.told is not None and case_ids != list(known):
        again = pb.JurisdictionDesignated()
        again.CopyFrom(state.told)
        again.case_ids[:] = case_ids
        yield again


@designation.evolve(pb.DesignationAsked)
def asked(state: Designation, event: pb.DesignationAsked) -> Designation:
    return replace(
        state,
        side_ids=tuple(event.side_ids),
        case_ids=tuple(event.case_ids),
        round=event.round,
        asked_by=state.asked_by if event.reminds else state.asked_by | {event.asked_by},
        stage=Stage.ASKED if state.stage is Stage.LAPSED else state.stage,
    )


@designation.decide(pb.EndDesignationRequest, basis=_APL_25)
def end(state: Designation, command: pb.EndDesignationRequest, context: Context) -> Events:
    """The sides settled it, as one that asked tells. Where both asked, nobody ends it by claiming the case."""
    tells = _require_superior(command, context)
    if state.stage is not Stage.ASKED or (command.owner_id == tells and state.asked_by - {tells}):
        return
    known = state.case_ids or ("", "")
    yield pb.DesignationLapsed(
        designation_id=command.designation_id,
        side_ids=command.side_ids,
        case_ids=[case_id or before for case_id, before in zip(command.case_ids, known, strict=True)],
        round=command.round,
        told_by=tells,
        owner_id=command.owner_id,
    )


@designation.evolve(pb.DesignationLapsed)
def lapsed(state: Designation, event: pb.DesignationLapsed) -> Designation:
    return replace(
        state,
        stage=Stage.LAPSED,
        side_ids=tuple(event.side_ids),
        case_ids=tuple(event.case_ids),
        round=event.round,
        asked_by=frozenset(),
        claimed_by=event.owner_id if event.owner_id == event.told_by else "",
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
    return replace(state, stage=Stage.DESIGNATED, told=event)
