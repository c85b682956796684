"""A dispute that lies with the common superior of both sides (报请指定管辖, 行政处罚法 art. 25).

    escalate ──▶ asked: by its node, or on paper ──its word──▶ who is not designated gives the case up, see dispute
                  │  ▲
                  └──┴─ it is silent: remind, again and again; both sides keep the clock, and the platforms see it

Not: what the superior decides. It has its own aggregate (services/cross_border/model/designation.py), or writes.
"""

from dataclasses import replace
from typing import Final

from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import side_states_pb2 as pb

from services.cases.model.case import Case, Refusal, case
from services.cases.model.dispute import APL_25, open_dispute, signed, whose_turn
from services.cases.model.told_dispute import meant, same_case
from services.kernel.authority import common_superior_id
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused

MINISTRY: Final = "交通运输部"
"""Above two provinces; no authority of the exchange: what it designates comes on paper."""


@case.decide(pb.EscalateDisputeRequest, basis=APL_25)
def escalate(state: Case, command: pb.EscalateDisputeRequest, context: Context) -> Events:
    """Who cannot agree asks the common superior: city, province, or between two provinces the ministry."""
    dispute = open_dispute(state)
    superior_id = common_superior_id(context.authority, context.member(dispute.other_id))
    _require_superior(superior_id, command.superior, context)
    yield pb.DisputeEscalated(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id,
        superior=command.superior,
        reason=command.reason,
        other_id=dispute.other_id,
        other_case_id=dispute.other_case_id,
        superior_id=superior_id or "",
        asked_id=superior_id if superior_id and superior_id in context.members else "",
        round=dispute.round,
        again=dispute.escalated,
        act_code=state.clue.event.act_code if state.clue else "",
        act_on=state.clue.event.act_on if state.clue else "",
    )


@case.evolve(pb.DisputeEscalated)
def escalated(state: Case, event: pb.DisputeEscalated) -> Case:
    if state.dispute is None:
        return state
    asked_id = event.asked_id or state.dispute.asked_id
    return replace(state, dispute=replace(state.dispute, asked_id=asked_id, escalated=True))


@case.decide(disputes.NoteDisputeEscalationRequest, basis=APL_25)
def note_escalation(state: Case, command: disputes.NoteDisputeEscalationRequest, context: Context) -> Events:
    """The other side asked for both: nothing is left to negotiate here either."""
    dispute = state.dispute
    if dispute is None or not meant(dispute, command):
        return
    yield pb.DisputeEscalated(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id,
        superior=command.superior_id or MINISTRY,
        reason=command.reason,
        other_case_id=dispute.other_case_id,
        superior_id=command.superior_id,
        round=dispute.round,
        told_by=command.told_by,
        again=dispute.escalated,
    )


@case.decide(disputes.RemindSuperiorRequest, basis=APL_25)
def remind(state: Case, command: disputes.RemindSuperiorRequest, context: Context) -> Events:
    """Either side reminds a superior that is silent (催办), by itself when the time is over: the case stands still
    meanwhile. One with a node has it in its ledger; the other side is frozen, too, and keeps the same clock."""
    dispute = state.dispute
    if dispute is None or not dispute.escalated or dispute.designated:
        if context.actor.kind == "service":
            return  # it came when the clock ended
        raise Refused(Refusal.NOT_ESCALATED)
    superior_id = common_superior_id(context.authority, context.member(dispute.other_id))
    yield disputes.SuperiorReminded(
        case_id=command.case_id,
        dispute_id=dispute.dispute_id,
        superior_id=superior_id or "",
        asked_id=superior_id if superior_id and superior_id in context.members else "",
        other_side_id=dispute.other_id,
        other_case_id=dispute.other_case_id,
        round=dispute.round,
    )


@case.evolve(disputes.SuperiorReminded)
def reminded(state: Case, event: disputes.SuperiorReminded) -> Case:
    return state


@case.decide(disputes.NoteSuperiorDesignationRequest, basis=APL_25)
def note_superior(state: Case, command: disputes.NoteSuperiorDesignationRequest, context: Context) -> Events:
    """The common superior's own word is as good as its notice on paper: who was not designated gives the case up, who
    was waits until the other noted it. Nobody else has a word in it."""
    dispute = state.dispute
    if dispute is None or dispute.other_id != command.other_id:
        return
    if not same_case(dispute.other_case_id, command.other_case_id):
        return
    if dispute.other_case_id and dispute.round != command.round:
        return
    superior_id = common_superior_id(context.authority, context.member(dispute.other_id))
    if context.origin != command.told_by or command.told_by != superior_id:
        raise Refused(Refusal.NOT_THE_COMMON_SUPERIOR, superior=superior_id or MINISTRY)
    if dispute.designated and command.owner_id == context.authority.id:
        return
    word = signed(state, dispute, command, pb.SETTLEMENT_WAY_DESIGNATED, context)
    yield word
    yield from whose_turn(state, word)


def _require_superior(superior_id: str | None, named: str, context: Context) -> None:
    """Between two provinces the ministry is named; of a superior that takes part, its name or id."""
    if superior_id is None:
        if MINISTRY not in named:
            raise Refused(Refusal.NOT_THE_COMMON_SUPERIOR, superior=MINISTRY)
        return
    known = context.members.get(superior_id)
    if MINISTRY in named or (known is not None and named.strip() not in (known.id, known.name)):
        raise Refused(Refusal.NOT_THE_COMMON_SUPERIOR, superior=known.name if known else superior_id)
