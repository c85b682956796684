"""What a decision must keep to once discretion was evaluated: the evaluation as the case keeps it, and penalties."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from enforcement.cases.v1 import discretion_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events

from services.kernel.errors import Refused, refusals
from services.kernel.values import term

Refusal = refusals("enforcement.cases.v1")

FORBIDDEN: Final = frozenset(
    (
        pb.DISCRETION_OUTCOME_NOT_AN_OFFENCE,
        pb.DISCRETION_OUTCOME_LIMITATION,
        pb.DISCRETION_OUTCOME_UNDER_AGE,
        pb.DISCRETION_OUTCOME_INCAPABLE,
        pb.DISCRETION_OUTCOME_CRIME,
        pb.DISCRETION_OUTCOME_NO_PENALTY,
    )
)
"""Outcomes with which the law forbids a penalty: nobody may approve one."""
PUNISHED: Final = frozenset(
    (
        pb.DISCRETION_OUTCOME_REDUCE,
        pb.DISCRETION_OUTCOME_LIGHTER,
        pb.DISCRETION_OUTCOME_ORDINARY,
        pb.DISCRETION_OUTCOME_HEAVIER,
    )
)
"""Outcomes with a penalty."""


_WITH_AMOUNT: Final = (events.PENALTY_KIND_FINE, events.PENALTY_KIND_CONFISCATE_INCOME)


@dataclass(frozen=True, slots=True)
class Departure:
    """A departure that was recorded, and approved where it had to be."""

    no_penalty: bool
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Discretion:
    """The last evaluation, as far as decisions read it."""

    evaluation_id: str
    act_code: str
    act_on: date | None
    decision_on: date | None
    """Day for which it was found what applies."""
    considered: frozenset[str]
    """Names of the rule sets that were looked at."""
    outcome: pb.DiscretionOutcome.ValueType
    span: tuple[int, int] | None
    """Fines that the rules allow; None without one."""
    statutory: tuple[int, int] | None
    """Fines that the statute allows; None when that was not found out."""
    proposed_fen: int = 0
    confiscate_fen: int = 0
    gains_fen: int = 0
    """Illegal income that was proven."""
    kinds: frozenset[events.PenaltyKind.ValueType] = frozenset()
    """Kinds of penalty that the statute has besides fine and confiscated income."""
    reducible: bool = False
    superiors: tuple[str, ...] = ()
    """Superiors whose rules the range rests on."""
    evidence_ids: frozenset[str] = frozenset()
    """Evidence that it rests on."""
    reduction_approved: bool = False
    departure: Departure | None = None

    @property
    def words(self) -> str:
        """The outcome as people read it."""
        return term(pb.DiscretionOutcome, self.outcome)


def require_within(discretion: Discretion | None, penalties: Iterable[events.Penalty], *, required: bool) -> None:
    """A penalty stays within what was evaluated, or within an approved departure from it (国办发〔2022〕27号); in the
    range another amount than the proposed one has its reason. Illegal income is confiscated as the statute says, and
    beyond it as far as it was proven (行政处罚法 art. 28): what is to be returned to others a person leaves out.

    Args:
        penalties: what is decided.
        required: the authority wants every penalty evaluated (switch `discretion_required`).

    Raises:
        Refused: EVALUATION_NEEDED, MUST_NOT_PUNISH, OUTSIDE_DISCRETION, REDUCTION_NOT_APPROVED, KIND_NOT_PROVIDED,
            CONFISCATION_DIFFERS, DEPARTURE_REASON_NEEDED.
    """
    if discretion is None:
        if required:
            raise Refused(Refusal.EVALUATION_NEEDED)
        return
    if discretion.outcome in FORBIDDEN:
        raise Refused(Refusal.MUST_NOT_PUNISH, outcome=discretion.words)
    decided = list(penalties)
    fine = total(decided, events.PENALTY_KIND_FINE)
    departure = discretion.departure
    departed = departure is not None and not departure.no_penalty and departure.amount_fen == fine
    if not within(discretion, fine) and not departed:
        raise Refused(Refusal.OUTSIDE_DISCRETION, amount_fen=fine, range=shown(discretion.span) or discretion.words)
    below = discretion.statutory is not None and fine < discretion.statutory[0]
    if discretion.outcome == pb.DISCRETION_OUTCOME_REDUCE and below and not discretion.reduction_approved:
        raise Refused(Refusal.REDUCTION_NOT_APPROVED)
    if discretion.outcome not in PUNISHED:
        return
    for penalty in decided:
        if penalty.kind not in (*_WITH_AMOUNT, *discretion.kinds):
            raise Refused(Refusal.KIND_NOT_PROVIDED, kind=term(events.PenaltyKind, penalty.kind))
    taken = total(decided, events.PENALTY_KIND_CONFISCATE_INCOME)
    if not discretion.confiscate_fen <= taken <= max(discretion.confiscate_fen, discretion.gains_fen):
        raise Refused(Refusal.CONFISCATION_DIFFERS, expected_fen=discretion.confiscate_fen, amount_fen=taken)
    if fine != discretion.proposed_fen and not departed:
        raise Refused(Refusal.DEPARTURE_REASON_NEEDED, amount_fen=fine, proposed_fen=discretion.proposed_fen)


def require_spared(discretion: Discretion | None) -> None:
    """Who is left unpunished although the rules propose a penalty is so by an approved departure. A suspected crime is
    transferred, and nobody spares it (行政处罚法 art. 27).

    Raises:
        Refused: MUST_BE_TRANSFERRED, OUTSIDE_DISCRETION.
    """
    if discretion is not None and discretion.outcome == pb.DISCRETION_OUTCOME_CRIME:
        raise Refused(Refusal.MUST_BE_TRANSFERRED)
    if discretion is None or discretion.outcome not in (*PUNISHED, pb.DISCRETION_OUTCOME_HUMAN):
        return
    if discretion.departure is None or not discretion.departure.no_penalty:
        raise Refused(Refusal.OUTSIDE_DISCRETION, amount_fen=0, range=shown(discretion.span) or discretion.words)


def within(discretion: Discretion, fine_fen: int) -> bool:
    """Whether a fine is what the rules propose; without a range it is one only where none is decided."""
    if discretion.outcome not in PUNISHED:
        return False
    if discretion.span is None:
        return fine_fen == 0
    return discretion.span[0] <= fine_fen <= discretion.span[1]


def total(penalties: Iterable[events.Penalty], kind: events.PenaltyKind.ValueType) -> int:
    """Sum of the amounts of one kind of penalty, in fen."""
    return sum(penalty.amount_fen for penalty in penalties if penalty.kind == kind)


def shown(span: tuple[int, int] | None) -> str:
    """A range in fen, as refusals write it; empty without one."""
    return f"[{span[0]}, {span[1]}]" if span is not None else ""
