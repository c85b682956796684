"""What officers of the three sides may try next, lawful or not, on what their own side knows."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from google.protobuf.message import Message

from services.kernel.rules import Rules
from services.transfer.service import SERVICE
from tests.support.decider import (
    HEAD,
    LEADER,
    LI,
    LUXIAN,
    MEMBERS,
    POLICE,
    PROCURATORATE,
    REGISTER,
    WANG,
    ZHAO,
    instant,
    officer,
)
from tests.support.sides import Side, World
from tests.unit.transfer import acts, branches, papers
from tests.unit.transfer.branches import OTHER_POLICE, OTHER_PROCURATORATE, but

EVERYBODY: Final = {**MEMBERS, OTHER_POLICE.id: OTHER_POLICE, OTHER_PROCURATORATE.id: OTHER_PROCURATORATE}
PAUSES: Final = [timedelta(hours=1), timedelta(hours=12), timedelta(days=1), timedelta(days=3), timedelta(days=8)]
WEIGHTS: Final = {
    type(acts.REJECT): 0.05,
    type(acts.CHANGE_TEAM): 0.1,
    type(branches.DECLINE): 0.2,
    type(branches.FORWARD): 0.3,
    type(branches.DENY): 0.3,
    type(acts.RETURN): 0.3,
    type(branches.CLOSE): 0.5,
    type(branches.RECORD_OUTCOME): 0.1,
    type(branches.WITHDRAW): 0.3,
    type(branches.NOT_PROSECUTE): 0.2,
    type(branches.TELL_CONVICTION): 0.2,
    type(acts.HAND_OVER): 4.0,
    type(acts.CONFIRM): 4.0,
    type(branches.RECONSIDER): 4.0,
    type(branches.MAINTAIN): 2.0,
    paper.EnterPaperAnswerRequest: 0.3,
    paper.DiscardPaperAnswerRequest: 0.2,
    paper.ConfirmPaperAnswerRequest: 3.0,
    incoming.EnterPaperRequest: 0.2,
    incoming.DiscardPaperRequest: 0.2,
    incoming.ConfirmPaperRequest: 3.0,
}
"""Weights of what ends a walk early, of what the node would overtake, and of the long way; everything else weighs 1."""


def crew(authority: Any) -> tuple[common.OfficerSnapshot, ...]:
    """An investigator, a leader and a prosecutor of an authority."""
    return (
        officer("办", options.ROLE_INVESTIGATOR, authority=authority),
        officer("长", options.ROLE_LEADER, authority=authority),
        officer("检", options.ROLE_PROSECUTOR, authority=authority),
    )


CREWS: Final = {
    LUXIAN.id: REGISTER,
    **{one.id: crew(one) for one in (POLICE, OTHER_POLICE, PROCURATORATE, OTHER_PROCURATORATE)},
}


def world(chance: Random, rules: Rules) -> World:
    """The bureau, two police and their procuratorates, on the morning after the suspicion."""
    known = (LUXIAN, POLICE, PROCURATORATE, OTHER_POLICE, OTHER_PROCURATORATE)
    sides = {
        one.id: Side(SERVICE, one, CREWS[one.id], EVERYBODY, rules, papers.matter_of, papers.referral_meant)
        for one in known
    }
    return World(sides, instant("2025-04-28 09:00"), chance)


def walk(there: World, steps: int) -> None:
    """Random acts on all sides, the time between them, and what happens on the way."""
    for _ in range(steps):
        draw = there.chance.random()
        if draw < 0.45:
            _somebody_acts(there)
        elif draw < 0.93:
            there.disturb()
        else:
            there.now += there.chance.choice(PAUSES)
        there.now += timedelta(minutes=1)


def _somebody_acts(there: World) -> None:
    """Mostly something that goes through, sometimes anything: then it is refused, or goes through by chance."""
    side = there.sides[there.chance.choice(list(there.sides))]
    tries = [(command, who) for command in _tries(there, side) for who in _callers(side) if side.may(command, who)]
    if there.chance.random() < 0.8:
        tries = [(command, who) for command, who in tries if side.would(command, who, there.now)]
    if tries:
        weights = [WEIGHTS.get(type(command), 1.0) for command, _ in tries]
        command, who = there.chance.choices(tries, weights)[0]
        there.act(side.authority.id, command, who)


def _callers(side: Side) -> tuple[common.OfficerSnapshot, ...]:
    return (LI, WANG, ZHAO, LEADER, HEAD) if side.authority == LUXIAN else CREWS[side.authority.id]


def _tries(there: World, side: Side) -> Iterator[Message]:
    match side.authority.kind:
        case options.AUTHORITY_KIND_TRANSPORT:
            yield from _of_bureau(side)
            yield from papers.to_bureau(there, side)
        case options.AUTHORITY_KIND_POLICE:
            for referral_id in side.ids("referral"):
                yield from (but(command, referral_id=referral_id) for command in _of_police(side))
                yield from papers.to_others(there, side, referral_id, side.authority.procuratorate_id)
        case options.AUTHORITY_KIND_PROCURATORATE:
            yield from _of_procuratorate(side)
            for supervision_id in side.ids("supervision"):
                yield from papers.to_others(there, side, supervision_id, side.authority.police_id)


def _of_bureau(side: Side) -> Iterator[Message]:
    if not side.ids("transfer"):
        yield acts.OPEN
        return
    yield from (acts.CHANGE_TEAM, but(acts.CHANGE_TEAM, team_ids=list(acts.OPEN.team_ids)))
    yield from (acts.SUBMIT, acts.APPROVE, acts.REJECT, acts.SEND, acts.SUPPLEMENT, acts.HAND_OVER, acts.INFORM)
    yield but(acts.SEND, materials=[acts.LETTER])
    yield from (branches.RECONSIDER, branches.SUGGEST, acts.RETURN, branches.RECORD_OUTCOME, branches.CLOSE)


def _of_police(side: Side) -> Iterator[Message]:
    yield from (acts.SIGN, acts.DEMAND, acts.DECIDE_FILING, acts.REFUSE_FILING, acts.CONFIRM)
    yield from (branches.DENY, branches.DECLINE, branches.FILE_AFTER_ALL, branches.MAINTAIN, branches.STATE)
    yield from (branches.extend(ground) for ground in list(reconsideration.ExtensionGround.values())[1:])
    yield from (but(branches.FORWARD, to_police_id=to) for to in (POLICE.id, OTHER_POLICE.id, LUXIAN.id))
    yield branches.WITHDRAW
    yield but(branches.RETURN_PROPERTY, officer_ids=[one.officer_id for one in CREWS[side.authority.id][:2]])


def _of_procuratorate(side: Side) -> Iterator[Message]:
    receipts = [e.event for e in side.own(pb.OversightOpened) if e.event.referral_id]  # type: ignore[attr-defined]
    for told in receipts:
        yield but(
            branches.OPEN_SUPERVISION,
            oversight_id=told.oversight_id,  # type: ignore[attr-defined]
            police_id=told.police_id,  # type: ignore[attr-defined]
            referral_id=told.referral_id,  # type: ignore[attr-defined]
        )
    if side.ids("supervision"):
        yield from (branches.ASK, branches.UPHOLD, branches.ORDER)
    for prosecution_id in side.ids("prosecution"):
        yield but(branches.NOT_PROSECUTE, prosecution_id=prosecution_id)
        yield but(
            branches.NOT_PROSECUTE,
            prosecution_id=prosecution_id,
            ground=outcomes.NON_PROSECUTION_GROUND_CONDITIONAL,
            penalty_needed=False,
        )
        yield but(branches.TELL_CONVICTION, prosecution_id=prosecution_id)
        for spared in (outcomes.TRANSFER_OUTCOME_ACQUITTED, outcomes.TRANSFER_OUTCOME_EXEMPTED):
            yield but(
                branches.TELL_CONVICTION,
                prosecution_id=prosecution_id,
                outcome=spared,
                criminal_fine_fen=0,
                custody_days=0,
            )
