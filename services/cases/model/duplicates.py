"""One act, one fine (一事不再罚, 行政处罚法 art. 29): what other cases about the same act mean for a decision.

What is known of them, in this authority's ledger and from those that were asked, comes in as `context.found`:
a warning that a leader decides on with a reason, never a block. One thing is not a leader's to wave through: a fine
where another one stands for the same act.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from enforcement.cases.v1 import act_inquiry_pb2 as pb

from services.cases.model.case import Refusal
from services.kernel.decider import Context
from services.kernel.errors import Refused
from services.kernel.values import term


@dataclass(frozen=True, slots=True)
class OtherCases:
    """What is known of other cases about what may be the same act."""

    matches: tuple[pb.ActMatch, ...] = ()
    unanswered: tuple[str, ...] = ()
    """Authorities that were asked and have not answered; nothing waits for them."""


NOTHING_KNOWN: Final = OtherCases()


def other_cases(context: Context) -> OtherCases:
    """What the look-up of the command found."""
    return context.found if isinstance(context.found, OtherCases) else NOTHING_KNOWN


def review(
    known: OtherCases, decision: pb.DuplicateDecision.ValueType, reason: str, *, fines: bool
) -> pb.DuplicateReview | None:
    """What is recorded beside a decision; None when there is nothing to record.

    Args:
        fines: what is decided imposes a fine.

    Raises:
        Refused: DUPLICATE_UNDECIDED, SECOND_FINE.
    """
    fined = [match for match in known.matches if match.state == pb.ACT_MATCH_STATE_FINED]
    if fines and fined and (decision != pb.DUPLICATE_DECISION_ANOTHER_ACT or not reason.strip()):
        raise Refused(Refusal.SECOND_FINE, matches=_named(fined))
    if known.matches and not (decision and reason.strip()):
        raise Refused(Refusal.DUPLICATE_UNDECIDED, matches=_named(known.matches))
    if not known.matches and not known.unanswered:
        return None
    return pb.DuplicateReview(
        matches=known.matches, unanswered_ids=known.unanswered, decision=decision, reason=reason if decision else ""
    )


def _named(matches: Sequence[pb.ActMatch]) -> str:
    return "、".join(
        " ".join(
            filter(
                None,
                (match.authority_id, match.case_number or match.act_code, term(pb.ActMatchState, match.state)),
            )
        )
        for match in matches
    )
