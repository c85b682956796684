"""What officers of the three sides may try next, lawful or not, on what their own side knows."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from google.protobuf.message import Message

from services.kernel.letter_code import letter_code
from services.kernel.messages import to_timestamp
from services.kernel.rules import Rules
from services.transfer.model.letters import Paper
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
from tests.unit.transfer import acts, branches
from tests.unit.transfer.branches import CRIMINAL_CASE_NUMBER, OTHER_POLICE, OTHER_PROCURATORATE, but

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
    paper.EnterPaperAnswerRequest: 0.5,
    paper.DiscardPaperAnswerRequest: 0.2,
    paper.ConfirmPaperAnswerRequest: 3.0,
}
"""Weights of what ends a walk early, and of what the node would overtake; everything else weighs 1."""


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
    sides = {one.id: Side(SERVICE, one, CREWS[one.id], EVERYBODY, rules) for one in known}
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
            yield from _on_paper(there, side)
        case options.AUTHORITY_KIND_POLICE:
            for referral_id in side.ids("referral"):
                yield from (but(command, referral_id=referral_id) for command in _of_police(side))
        case options.AUTHORITY_KIND_PROCURATORATE:
            yield from _of_procuratorate(side)


def _of_bureau(side: Side) -> Iterator[Message]:
    if not side.ids("transfer"):
        yield acts.OPEN
        return
    yield from (acts.CHANGE_TEAM, but(acts.CHANGE_TEAM, team_ids=list(acts.OPEN.team_ids)))
    yield from (acts.SUBMIT, acts.APPROVE, acts.REJECT, acts.SEND, acts.SUPPLEMENT, acts.HAND_OVER, acts.INFORM)
    yield but(acts.SEND, materials=[acts.LETTER])
    yield from (branches.RECONSIDER, branches.SUGGEST, acts.RETURN, branches.RECORD_OUTCOME, branches.CLOSE)


LETTERS: Final = 2
"""More than one, so that an answer may name the wrong one; few, so that a walk has time for other things."""
PAPER_OF: Final = {
    pb.ReferralReceiptSigned: paper.PAPER_ANSWER_KIND_RECEIPT,
    pb.CriminalCaseFiled: paper.PAPER_ANSWER_KIND_FILING,
    pb.FilingRefused: paper.PAPER_ANSWER_KIND_REFUSAL,
}
"""What the police also hand out on paper, whatever becomes of the message of their node."""


def _on_paper(there: World, side: Side) -> Iterator[Message]:
    """Letters to the police that have the case, answers that these have signed, and what a second officer makes of an
    entry. Paper is carried by people: it comes before the message of the node, or after it.
    """
    transfer = side.state("transfer")
    if transfer is None or not transfer.police_id:
        return
    known: Paper = transfer.paper
    code = letter_code(acts.TRANSFER)
    if len(known.letters) < LETTERS:
        yield paper.SendPrintedLetterRequest(
            transfer_id=acts.TRANSFER, to_id=transfer.police_id, number=f"{len(known.letters) + 1}号", code=code,
            letter=acts.file("移送书"), way="直接送达", officer_ids=[LI.officer_id, ZHAO.officer_id],
        )  # fmt: skip
    for letter in known.letters:
        for entry in there.sides[letter.to_id].own(*PAPER_OF):
            kind = PAPER_OF[type(entry.event)]
            yield paper.EnterPaperAnswerRequest(
                transfer_id=acts.TRANSFER, kind=kind, letter_number=letter.number, code=code,
                signed_at=to_timestamp(entry.fact.occurred_at), signer="石坚", scan=acts.file("扫描件"),
                number=CRIMINAL_CASE_NUMBER if kind == paper.PAPER_ANSWER_KIND_FILING else "",
                text="情节显著轻微" if kind == paper.PAPER_ANSWER_KIND_REFUSAL else "",
            )  # fmt: skip
    for answer in known.waiting:
        yield paper.ConfirmPaperAnswerRequest(
            transfer_id=acts.TRANSFER, answer_id=answer.answer_id, kind=answer.kind, code=code,
            letter_number=answer.letter_number, signed_at=answer.signed_at, number=answer.number,
        )  # fmt: skip
        yield paper.DiscardPaperAnswerRequest(transfer_id=acts.TRANSFER, answer_id=answer.answer_id, reason="录入有误")


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
