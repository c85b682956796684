"""What a bureau knows of letters and answers on paper (纸质往来): the part of a transfer's state that it is kept in."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import wraps
from typing import Any, Final

from enforcement.transfer.v1 import paper_pb2 as pb
from google.protobuf.message import Message

from services.kernel.decider import Context
from services.kernel.messages import to_datetime, to_timestamp

SAME_INSTANT: Final = timedelta(minutes=1)
"""Paper tells the minute: an instant of the other side's node within it is the same."""


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

    def unmatched(self, kind: pb.PaperAnswerKind.ValueType, authority_id: str) -> pb.PaperAnswerConfirmed | None:
        """The confirmed answer of that kind that no node has spoken about yet."""
        return next(
            (
                answer
                for answer in self.confirmed
                if answer.kind == kind and answer.answered_by == authority_id and answer.answer_id not in self.matched
            ),
            None,
        )

    def without(self, answer_id: str) -> "Paper":
        """The same without an entry that waits."""
        return replace(self, waiting=tuple(entry for entry in self.waiting if entry.answer_id != answer_id))


Decision = Callable[[Any, Any, Context], Iterable[Message]]


def or_matches(kind: pb.PaperAnswerKind.ValueType) -> Callable[[Decision], Decision]:
    """Of a decision that records what the other side told: when its paper said it before, its node only confirms that.

    The transfer went on by the paper; what the node says stands beside it, and whether both say the same.
    """

    def decorate(decide: Decision) -> Decision:
        def decided(state: Any, command: Any, context: Context) -> Iterator[Message]:
            if context.origin is not None and (answer := state.paper.unmatched(kind, command.police_id)):
                yield _match(answer, command, context)
            else:
                yield from decide(state, command, context)

        return wraps(decide)(decided)

    return decorate


def _match(answer: pb.PaperAnswerConfirmed, command: Any, context: Context) -> pb.PaperAnswerMatched:
    """Receipts are compared by the instant of the signature, filings by the number of the criminal case."""
    told_at = context.occurred_at
    same_instant = abs(to_datetime(answer.signed_at) - told_at) <= SAME_INSTANT
    number = getattr(command, "criminal_case_number", "")
    return pb.PaperAnswerMatched(
        transfer_id=answer.transfer_id,
        answer_id=answer.answer_id,
        kind=answer.kind,
        agrees=same_instant if answer.kind == pb.PAPER_ANSWER_KIND_RECEIPT else number in ("", answer.number),
        told_at=to_timestamp(told_at),
        referral_id=getattr(command, "referral_id", ""),
    )


ENTERED: Final = "录入待复核"
WEAK: Final = "证据较弱：纸质"
AGREED: Final = "已与节点回执核对一致"
DISAGREED: Final = "与节点回执不一致"
DISCARDED: Final = "已作废"
"""Where an answer stands as evidence, in the words that people read."""
