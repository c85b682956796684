"""What a bureau knows of letters and answers on paper (纸质往来): the part of a transfer's state that it is kept in."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Final, TypeAlias

from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as pb
from enforcement.transfer.v1 import supervision_pb2 as supervision
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.decider import Context
from services.kernel.facts import Act
from services.kernel.messages import to_datetime, to_timestamp

LATE_REASON: Final = "纸质回执，经两人录入"
"""Reason with which acts are recorded that took place when the paper was signed or arrived."""
Kind: TypeAlias = pb.PaperAnswerKind.ValueType
SAME_INSTANT: Final = timedelta(minutes=1)
"""Paper tells the minute: an instant of the other side's node within it is the same."""
_JUDGED: Final = (
    outcomes.TRANSFER_OUTCOME_CONVICTED,
    outcomes.TRANSFER_OUTCOME_EXEMPTED,
    outcomes.TRANSFER_OUTCOME_ACQUITTED,
)


@dataclass(frozen=True, slots=True)
class Paper:
    """Letters that were sent, and answers that were entered."""

    letters: tuple[pb.PrintedLetterSent, ...] = ()
    waiting: tuple[pb.PaperAnswerEntered, ...] = ()
    """Entered by one officer; nothing follows from them."""
    confirmed: tuple[pb.PaperAnswerConfirmed, ...] = ()
    matched: tuple[str, ...] = ()
    """Ids of confirmed answers about which the other side's node has spoken."""

    def letter(self, number: str) -> pb.PrintedLetterSent | None:
        """The letter of that number."""
        return next((letter for letter in self.letters if letter.number == number), None)

    def entry(self, answer_id: str) -> pb.PaperAnswerEntered | None:
        """The entry that waits for confirmation."""
        return next((entry for entry in self.waiting if entry.answer_id == answer_id), None)

    def answer(self, answer_id: str) -> pb.PaperAnswerConfirmed | None:
        """The confirmed answer."""
        return next((answer for answer in self.confirmed if answer.answer_id == answer_id), None)

    def unmatched(
        self, kind: Kind, authority_id: str, told_at: datetime | None = None, over_at: datetime | None = None
    ) -> pb.PaperAnswerConfirmed | None:
        """The confirmed answer of that kind that no node has spoken about yet, and that can tell an act of then.

        Args:
            told_at: when a node did what it tells now.
            over_at: since when the same can be done once more.
        """
        return next(
            (
                answer
                for answer in self.confirmed
                if (answer.kind, answer.answered_by) == (kind, authority_id)
                and answer.answer_id not in self.matched
                and _can_tell(to_datetime(answer.arrived_at), told_at, over_at)
            ),
            None,
        )

    def without(self, answer_id: str) -> "Paper":
        """The same without an entry that waits."""
        return replace(self, waiting=tuple(entry for entry in self.waiting if entry.answer_id != answer_id))


@dataclass(frozen=True, slots=True)
class OnPaper:
    """What a paper told police or procuratorate, and no node yet (来文)."""

    kind: Kind
    paper_id: str
    at: datetime
    """When it counts from: the signature of a receipt, the arrival of everything else."""
    outcome: outcomes.TransferOutcome.ValueType = outcomes.TRANSFER_OUTCOME_UNSPECIFIED
    about: int = 0
    """Whether the police had refused, or not decided (NonFiling), where the paper says it."""

    def tells(self, said: Kind, command: Any, told_at: datetime | None, over_at: datetime | None) -> bool:
        """Whether the paper can be about what a node tells. A judgment follows a decision not to prosecute on
        conditions, and says nothing about that.
        """
        if self.kind != said or not _can_tell(self.at, told_at, over_at):
            return False
        return not (self.outcome == outcomes.TRANSFER_OUTCOME_NON_PROSECUTION and command.outcome in _JUDGED)


def with_paper(papers: tuple[OnPaper, ...], event: Any, kind: Kind, act: Act) -> tuple[OnPaper, ...]:
    """The papers that no node has confirmed, with the one that the event names, if it came on paper."""
    if not event.paper_id:
        return papers
    outcome: Any = getattr(event, "outcome", 0)
    about = getattr(event, "about", 0)
    return (*papers, OnPaper(kind, event.paper_id, act.occurred_at, outcome, about))


def is_known(known_at: datetime | None, done_at: Timestamp) -> bool:
    """Whether what was done then is known already, or something that came after it; paper tells the minute."""
    return known_at is not None and to_datetime(done_at) <= known_at + SAME_INSTANT


def without(papers: tuple[OnPaper, ...], paper_id: str) -> tuple[OnPaper, ...]:
    """The same without a paper that was matched."""
    return tuple(one for one in papers if one.paper_id != paper_id)


Decision = Callable[[Any, Any, Context], Iterable[Message]]


def or_matches(
    kind: Kind | Callable[[Any], Kind | None],
    teller: str = "police_id",
) -> Callable[[Decision], Decision]:
    """Of a decision that records what the other side told: when its paper said it before, its node only confirms that.

    The transfer went on by the paper; what the node says stands beside it, and whether both say the same.

    Args:
        kind: what the command says; a function where that depends on the command.
        teller: field of the command with the authority that said it.
    """

    def decorate(decide: Decision) -> Decision:
        def decided(state: Any, command: Any, context: Context) -> Iterator[Message]:
            said = kind(command) if callable(kind) else kind
            if context.origin is not None and said is not None:
                told_by, over_at = getattr(command, teller), state.over_at(said)
                if answer := state.paper.unmatched(said, told_by, context.told_at, over_at):
                    yield _match(answer, command, context)
                    return
            yield from decide(state, command, context)

        return wraps(decide)(decided)

    return decorate


def or_matches_incoming(
    kind: Kind | Callable[[Any], Kind], matched: Callable[[Any, Any, OnPaper, bool], Message]
) -> Callable[[Decision], Decision]:
    """The same at the police and at the procuratorate, whose state names the papers that no node has confirmed.

    Another outcome than the paper's is recorded, too: what counts of the two is known by their weight.

    Args:
        matched: makes the event from state, command, paper, and whether both say the same.
    """

    def decorate(decide: Decision) -> Decision:
        def decided(state: Any, command: Any, context: Context) -> Iterator[Message]:
            said = kind(command) if callable(kind) else kind
            over_at = state.over_at(said)
            papers = [one for one in state.on_paper if one.tells(said, command, context.told_at, over_at)]
            before = min(papers, key=lambda one: not _same(one, command, context), default=None)
            if before is None or command.paper_id:
                yield from decide(state, command, context)
                return
            agrees = _same(before, command, context)
            yield matched(state, command, before, agrees)
            if said == pb.PAPER_ANSWER_KIND_OUTCOME and not agrees:
                yield from decide(state, command, context)

        return wraps(decide)(decided)

    return decorate


def _can_tell(arrived_at: datetime, told_at: datetime | None, over_at: datetime | None) -> bool:
    """Whether a paper can tell an act of that instant. One that took place after the paper arrived, and after the same
    could be done once more, is another one; without that a node only says late what went on paper.
    """
    again = over_at is not None and arrived_at < over_at
    return not again or told_at is None or told_at <= arrived_at + SAME_INSTANT


def _same(before: OnPaper, command: Any, context: Context) -> bool:
    """Receipts are compared by the instant of the signature, outcomes by what they are, reasons and what is found of
    them by whether the police had refused."""
    if before.kind == pb.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT:
        return abs(before.at - context.occurred_at) <= SAME_INSTANT
    return (before.outcome, before.about) == (getattr(command, "outcome", 0), getattr(command, "about", 0))


def _agrees(answer: pb.PaperAnswerConfirmed, command: Any, told_at: datetime) -> bool:
    """Receipts are compared by the instant of the signature, filings by the number of the criminal case, a forwarding
    by the police that it names, an extension by its ground and days, a demand by the kinds of material, property by how
    much it is, and a supervision by whether the police had refused. Words are never typed twice the same."""
    match answer.kind:
        case pb.PAPER_ANSWER_KIND_RECEIPT:
            return abs(to_datetime(answer.signed_at) - told_at) <= SAME_INSTANT
        case pb.PAPER_ANSWER_KIND_FORWARDING:
            return bool(command.to_police_id == answer.to_police_id)
        case pb.PAPER_ANSWER_KIND_EXTENSION:
            return bool((command.ground, command.days) == (answer.ground, answer.days))
        case pb.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND:
            return set(command.kinds) == set(answer.kinds)
        case pb.PAPER_ANSWER_KIND_PROPERTY_RETURN:
            return _quantities(command.items) == _quantities(answer.items)
        case pb.PAPER_ANSWER_KIND_SUPERVISION_UPHELD | pb.PAPER_ANSWER_KIND_REASONS_STATED:
            return bool(command.about == (answer.about or supervision.NON_FILING_REFUSED))
    return getattr(command, "criminal_case_number", "") in ("", answer.number)


def _quantities(items: Iterable[events.Property]) -> list[int]:
    return sorted(one.quantity for one in items)


def _match(answer: pb.PaperAnswerConfirmed, command: Any, context: Context) -> pb.PaperAnswerMatched:
    told_at = context.occurred_at
    return pb.PaperAnswerMatched(
        transfer_id=answer.transfer_id,
        answer_id=answer.answer_id,
        kind=answer.kind,
        agrees=_agrees(answer, command, told_at),
        told_at=to_timestamp(told_at),
        referral_id=getattr(command, "referral_id", ""),
        answered_by=answer.answered_by,
    )


ENTERED: Final = "录入待复核"
WEAK: Final = "证据较弱：纸质"
AGREED: Final = "已与节点回执核对一致"
DISAGREED: Final = "与节点回执不一致"
DISCARDED: Final = "已作废"
"""Where an answer stands as evidence, in the words that people read."""
