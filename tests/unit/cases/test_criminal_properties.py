"""Transfers, judgments, payments, decisions in any order: no fine beside a criminal one, no fen deducted twice."""

from dataclasses import dataclass, field
from typing import Any

from enforcement.cases.v1 import criminal_sanctions_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from hypothesis import given as sampled
from hypothesis import strategies as st

from services.cases.model import Case, case
from tests.support.decider import LEADER, POLICY, given, uid
from tests.unit.cases.acts import CASE, NOTIFIED, PENALISE, note_transfer

TRANSFERS = [uid(f"transfer {n}") for n in range(2)]
OPEN = [
    events.TRANSFER_PHASE_APPROVED,
    events.TRANSFER_PHASE_SENT,
    events.TRANSFER_PHASE_RECEIVED,
    events.TRANSFER_PHASE_FILED,
    events.TRANSFER_PHASE_REFUSED,
    events.TRANSFER_PHASE_HANDED_OVER,
]
ENDED = [events.TRANSFER_PHASE_RETURNED, events.TRANSFER_PHASE_CONCLUDED, events.TRANSFER_PHASE_REJECTED]


@dataclass(slots=True)
class Told:
    """What was told, as a second and simpler reading of the law keeps it."""

    open: set[str] = field(default_factory=set)
    fines: dict[str, int] = field(default_factory=dict)
    paid: int = 0
    fined: bool = False

    @property
    def criminal(self) -> int:
        return sum(self.fines.values())


STEP = st.one_of(
    st.tuples(st.just("phase"), st.sampled_from(TRANSFERS), st.sampled_from([*OPEN, *ENDED])),
    st.tuples(st.just("judged"), st.sampled_from(TRANSFERS), st.sampled_from([0, 400_000, 1_000_000, 2_500_000])),
    st.tuples(st.just("paid"), st.just(""), st.integers(0, 700_000)),
    st.tuples(st.just("fine"), st.just(""), st.just(0)),
)


def command_of(what: str, transfer_id: str, value: Any) -> Any:
    match what:
        case "phase":
            return note_transfer(value, transfer_id)
        case "judged":
            return pb.NoteCriminalOutcomeRequest(
                case_id=CASE,
                transfer_id=transfer_id,
                outcome=pb.CRIMINAL_OUTCOME_CONVICTED if value else pb.CRIMINAL_OUTCOME_ACQUITTED,
                criminal_fine_fen=value,
            )
        case "paid":
            return pb.ReviewSetOffRequest(case_id=CASE)
        case _:
            return PENALISE


@sampled(steps=st.lists(STEP, max_size=14))
def test_no_fine_is_decided_beside_an_open_transfer_or_a_criminal_fine_and_what_is_deducted_is_what_is_paid(steps):
    history: list[Any] = list(NOTIFIED)
    told = Told()
    for what, transfer_id, value in steps:
        if what == "paid":
            told.paid += value if told.fined else 0
        found = given(case, *history).when(
            command_of(what, transfer_id, value),
            actor=LEADER if what == "fine" else POLICY,
            found=None if what == "fine" else told.paid,
        )
        _compare(told, what, transfer_id, value, refused=found.refusal is not None)
        history += found.events
        _check(given(case, *history).state, told)


def _compare(told: Told, what: str, transfer_id: str, value: int, *, refused: bool) -> None:
    match what:
        case "phase" if value in OPEN:
            told.open.add(transfer_id)
        case "phase":
            told.open.discard(transfer_id)
        case "judged":
            told.fines[transfer_id] = value
        case "fine":
            assert refused == bool(told.open or told.criminal or told.fined)
            told.fined |= not refused


def _check(state: Case, told: Told) -> None:
    assert set(state.transfers) == told.open
    assert state.sanctions.criminal_fine_fen == told.criminal
    assert state.clock_stopped_by <= told.open
    computed = state.sanctions.set_off
    if told.fined and told.criminal:
        assert computed is not None
    if computed is None:
        return
    paid = min(computed.paid_fen, 1_000_000)
    assert computed.remaining_fen == max(0, computed.criminal_fine_fen - paid)
    assert computed.criminal_fine_fen == told.criminal
