"""How an opinion (检察意见) reaches the bureau: signed by a node, on paper, and once more by the other way.

Number and procuratorate say that two copies are the same: whatever else they say, both stay, and what differs is
shown. The copy that arrived first is handled; its period goes on. A node may issue two opinions under one number by
mistake, so among electronic ones only the same opinion id is the same opinion.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from enforcement.transfer.v1 import opinion_pb2 as pb

from services.kernel.decider import Context, Events
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.messages import to_timestamp
from services.kernel.values import day
from services.transfer.model.opinion_case import CPL_177, GUIDE_20, OpinionCase, Stage, opinion_case
from services.transfer.model.reply_period import nominal_day
from services.transfer.model.shared import Refusal

FACTS_MAX: Final = 4000
"""Characters of the facts of a clue, as an opinion of a node has them at most, too."""
COMPARED: Final = ("decision_number", "decided_on", "persons", "act_code", "act_on", "reply_period", "transfer_id")
"""Fields in which two copies must agree; words, places and scans are never typed twice the same."""
_ACT_CODE: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,40}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


_OPENING, _CLOSING = "〔[(【「〈《{", "〕])】」〉》}"
_BRACKETS: Final = str.maketrans(_OPENING + _CLOSING, "〔" * len(_OPENING) + "〕" * len(_CLOSING))


def number_key(number: str) -> str:
    """A document's number as it is compared: spaces, widths and kinds of brackets are typed as people like."""
    return "".join(unicodedata.normalize("NFKC", number).split()).translate(_BRACKETS)


@dataclass(frozen=True, slots=True)
class First:
    """What a look-up finds: the copy that arrived first."""

    opinion_case_id: str
    reply_nominal_on: str
    fallback: bool
    received_on: str = ""


@opinion_case.decide(pb.ReceiveOpinionRequest, basis=CPL_177)
def receive(state: OpinionCase, command: pb.ReceiveOpinionRequest, context: Context) -> Events:
    """An opinion that arrives is received: the period for the reply counts from then.

    When it had arrived on paper, that one's period goes on. The same once more changes nothing, and shows.
    """
    if state.received.opinion_case_id:
        yield from _copy(state.received, command)
        return
    first: First | None = context.found
    nominal, fallback = nominal_day(command.content.reply_period, context.today, context.rules)
    yield pb.OpinionReceived(
        opinion_case_id=command.opinion_case_id,
        opinion_id=command.opinion_id,
        procuratorate_id=command.procuratorate_id,
        reply_nominal_on=first.reply_nominal_on if first else nominal.isoformat(),
        fallback=first.fallback if first else fallback,
        content=command.content,
        case_id=command.case_id,
        asks_transfer=command.asks_transfer,
        same_as_id=first.opinion_case_id if first else "",
        first_received_on=first.received_on if first else context.today.isoformat(),
    )


@opinion_case.decide(pb.EnterOpinionRequest, basis=CPL_177)
def enter(state: OpinionCase, command: pb.EnterOpinionRequest, context: Context) -> Events:
    """An opinion of a procuratorate without a node is entered from paper, with its scan; the act is the receipt.

    The paper of one that is here already is kept beside it.
    """
    first: First | None = context.found
    content = command.content
    if not content.document.sha256:
        raise Refused(KernelRefusal.INVALID_REQUEST, detail="content.document: required")
    if not content.persons and not command.asks_transfer:
        raise Refused(Refusal.NO_PERSON)
    if not command.asks_transfer:
        _require_case_possible(content)
    for text in filter(None, (content.decided_on, content.act_on)):
        if day(text) > context.today:
            raise Refused(Refusal.ACT_BEFORE_ITS_CAUSE, occurred_at=context.today, cause_at=text)
    if content.reply_period.until_on:
        day(content.reply_period.until_on)
    opinion_case_id = command.opinion_case_id or str(context.new_id(opinion_case.name))
    nominal, fallback = nominal_day(content.reply_period, context.today, context.rules)
    yield pb.OpinionReceived(
        opinion_case_id=opinion_case_id,
        opinion_id=opinion_case_id,
        reply_nominal_on=first.reply_nominal_on if first else nominal.isoformat(),
        fallback=first.fallback if first else fallback,
        on_paper=True,
        content=content,
        case_id=str(context.new_id("case")),
        procuratorate_name=command.procuratorate_name,
        asks_transfer=command.asks_transfer,
        same_as_id=first.opinion_case_id if first else "",
        first_received_on=first.received_on if first else context.today.isoformat(),
    )


def _require_case_possible(content: pb.OpinionContent) -> None:
    """The clue that an opinion becomes cannot be registered without these, and what was entered is not changed."""
    has = {
        "act_code": bool(_ACT_CODE.fullmatch(content.act_code)),
        "act_on": bool(_DAY.fullmatch(content.act_on)),
        "place": content.HasField("place"),
        "facts": bool(content.facts.strip()) and len(content.facts) <= FACTS_MAX,
    }
    if missing := [f"content.{name}" for name, good in has.items() if not good]:
        raise Refused(KernelRefusal.INVALID_REQUEST, detail=f"{', '.join(missing)}: required")


@opinion_case.evolve(pb.OpinionReceived)
def received(state: OpinionCase, event: pb.OpinionReceived, act: Act) -> OpinionCase:
    return replace(
        state,
        stage=Stage.COPY if event.same_as_id else Stage.RECEIVED,
        received=event,
        opinion_id=event.opinion_id,
        procuratorate_id=event.procuratorate_id,
        last_act_at=act.occurred_at,
    )


@opinion_case.decide(pb.NoteOpinionCopyRequest, basis="design")
def note_copy(state: OpinionCase, command: pb.NoteOpinionCopyRequest, context: Context) -> Events:
    """Another copy arrived; it is kept, and what both say differently is shown.

    Whoever signed it was told nothing until now: that it was replied to on paper before is still to be told.
    """
    [noted] = _copy(state.received, command, command.copy_id)
    if state.replied_at is not None and command.procuratorate_id and not state.procuratorate_id:
        noted.replied_at.CopyFrom(to_timestamp(state.replied_at))
    yield noted


@opinion_case.evolve(pb.OpinionCopyNoted)
def copy_noted(state: OpinionCase, event: pb.OpinionCopyNoted) -> OpinionCase:
    """The node that signed a copy of what was known on paper only is told from now on."""
    if state.procuratorate_id or not event.procuratorate_id:
        return state
    return replace(state, opinion_id=event.opinion_id, procuratorate_id=event.procuratorate_id)


@opinion_case.decide(pb.TellOpinionReplyRequest, basis=GUIDE_20)
def tell_reply(state: OpinionCase, command: pb.TellOpinionReplyRequest, context: Context) -> Events:
    """The reply that went on paper is told to the node, of when it was given; nothing of an opinion that is over."""
    if state.stage in (Stage.WITHDRAWN, Stage.RETURNED) or state.replied_at is None:
        return
    told = pb.OpinionReplied()
    told.CopyFrom(state.reply)
    told.MergeFrom(pb.OpinionReplied(**state.told))
    yield told


def _copy(
    first: pb.OpinionReceived, copy: pb.ReceiveOpinionRequest | pb.NoteOpinionCopyRequest, copy_id: str = ""
) -> Iterator[pb.OpinionCopyNoted]:
    """What a copy says differently is named; its content is kept where no stream of its own has it."""
    differs = [name for name in COMPARED if _compared(first.content, name) != _compared(copy.content, name)]
    yield pb.OpinionCopyNoted(
        opinion_case_id=first.opinion_case_id,
        copy_id=copy_id,
        opinion_id=copy.opinion_id,
        procuratorate_id=copy.procuratorate_id,
        differs=differs,
        content=copy.content if differs and not copy_id else None,
    )


def _compared(content: pb.OpinionContent, name: str) -> Any:
    """A field as it is compared: of persons the names."""
    return sorted(person.name for person in content.persons) if name == "persons" else getattr(content, name)
