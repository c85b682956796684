"""Two bureaus that find the same act: clue, filing, inquiries, disputes and decisions in any order, over a network that
delays, doubles, reorders and loses.

Who decides waits for the answers to what it asked, and disputes a case that it learns of (行政处罚法 arts. 25, 29). One
of the two owns the act in the end, and it alone fines: the second to file asks after the first has filed, so one of
them always learns of the other in time.
"""

from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from enforcement.cases.v1 import act_inquiry_pb2 as acts_pb
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.options.v1 import options_pb2 as options
from hypothesis import given as draw
from hypothesis import settings
from hypothesis import strategies as st

from services.cases.model import Stage
from services.cases.model.act_inquiry import AskedAct, FoundCases
from services.cases.model.discretion import KnownAtDecision
from services.cases.service import SERVICE
from tests.support.decider import LOCAL_RULES, LUXIAN, REGISTER, YONGCHUAN, instant, officer, uid
from tests.support.sides import Side, World
from tests.unit.cases import acts
from tests.unit.cases.acts import CASE, changed
from tests.unit.cases.test_side_states import THEIRS

CASES: Final = {LUXIAN.id: CASE, YONGCHUAN.id: THEIRS}
OTHER: Final = {LUXIAN.id: YONGCHUAN.id, YONGCHUAN.id: LUXIAN.id}
PLACES: Final = {LUXIAN.id: "510521", YONGCHUAN.id: "500118"}
BOSS: Final = officer("做主", options.ROLE_INVESTIGATOR, options.ROLE_UNIT_CHIEF, options.ROLE_LEADER)
KNOWINGLY: Final[dict[str, Any]] = {
    "duplicate_decision": acts_pb.DUPLICATE_DECISION_CONTINUE,
    "duplicate_reason": "管辖另行确定",
}
WALK: Final = (
    acts.CLUE,
    changed(acts.FILE, **KNOWINGLY),
    acts.ASSIGN,
    acts.ADD_EVIDENCE,
    acts.CLOSE_INVESTIGATION,
    acts.APPROVE,
    acts.SERVE_NOTICE,
    acts.WAIVE,
)
"""What a bureau does with its case before it decides."""
FINES: Final = changed(acts.PENALISE, **KNOWINGLY)
STEPS: Final = 120


def known_to(there: Side) -> KnownAtDecision:
    """What a bureau knows of the other's case by its latest inquiry."""
    asked: list[Any] = [one.event for one in there.own(acts_pb.ActInquirySent)]
    heard: list[Any] = [one.event for one in there.own(acts_pb.ActAnswerRecorded)]
    matches = [match for answer in heard for match in answer.matches]
    waits = bool(asked) and asked[-1].inquiry_id not in [answer.inquiry_id for answer in heard]
    return KnownAtDecision(tuple(matches[-1:]), (OTHER[there.authority.id],) if waits else ())


def found(there: Side, request: Any) -> Any:
    """The look-ups of the commands, from this side's streams."""
    match request:
        case acts_pb.AskAboutActRequest():
            subject = acts_pb.ActSubject(kind=acts_pb.ACT_SUBJECT_KIND_PARTY, digest=bytes(32), bucket=1)
            return AskedAct((subject,), "RTR-63-2", date(2024, 9, 5), date(2024, 9, 7))
        case acts_pb.AnswerActInquiryRequest():
            filed = there.own(pb.CaseFiled)
            state = acts_pb.ACT_MATCH_STATE_FINED if fined(there) else acts_pb.ACT_MATCH_STATE_FILED
            one = acts_pb.ActMatch(state=state, case_id=CASES[there.authority.id])
            return FoundCases((one,) if filed else ())
        case commands.FileCaseRequest() | commands.DecideRequest():
            return known_to(there)
    return None


def fined(there: Side) -> bool:
    return bool(there.own(pb.PenaltyDecided))


class Bureaus:
    """The two, and how far each is with its case."""

    def __init__(self, chance: Random) -> None:
        members = {one.id: one for one in (LUXIAN, YONGCHUAN)}
        sides = {
            one.id: Side(SERVICE, one, [*REGISTER, BOSS], members, LOCAL_RULES, found) for one in (LUXIAN, YONGCHUAN)
        }
        self.world = World(sides, instant("2024-09-07 09:00"), chance)
        self.chance = chance
        self.done: Counter[str] = Counter()
        self.disputes: Counter[str] = Counter()

    def state(self, own: str) -> Any:
        return self.world.sides[own].state("case", CASES[own])

    def try_(self, own: str, command: Any) -> bool:
        self.world.now += timedelta(minutes=1)
        refused = self.world.act(own, changed(command, case_id=CASES[own]), BOSS)
        assert sum(map(fined, self.world.sides.values())) < 2
        return refused is None

    def go_on(self, own: str) -> None:
        """The next step of the case; the last one when nothing is open about the other's."""
        place = self.done[own]
        if place < len(WALK):
            step = WALK[place]
            if isinstance(step, commands.RegisterClueRequest):
                step = changed(step, place=changed(acts.PLACE, division_code=PLACES[own]))
            self.done[own] += self.try_(own, step)
            return
        known, state = known_to(self.world.sides[own]), self.state(own)
        if known.unanswered or state.dispute is not None or state.lost_to or fined(self.world.sides[own]):
            return
        if known.matches and not state.dispute_rounds:
            self.dispute(own, known.matches[0].case_id)
        else:
            self.try_(own, FINES)

    def dispute(self, own: str, other_case_id: str) -> None:
        self.disputes[own] += 1
        raised = side.RaiseJurisdictionDisputeRequest(
            case_id=CASES[own],
            dispute_id=uid(f"dispute/{own}/{self.disputes[own]}"),
            other_id=OTHER[own],
            other_case_id=other_case_id,
            position="先立案",
        )
        self.try_(own, raised)

    def give_up(self, own: str) -> None:
        self.try_(
            own,
            side.SettleJurisdictionRequest(case_id=CASES[own], owner_id=OTHER[own], way=side.SETTLEMENT_WAY_AGREED),
        )

    def quarrel(self, own: str) -> None:
        """Something about an open dispute."""
        way = self.chance.choice([self.give_up, self.escalate, self.first_filed])
        way(own)

    def escalate(self, own: str) -> None:
        self.try_(own, side.EscalateDisputeRequest(case_id=CASES[own], superior="交通运输部", reason="协商不成"))

    def first_filed(self, own: str) -> None:
        way = side.SETTLEMENT_WAY_FIRST_FILED
        self.try_(own, side.SettleJurisdictionRequest(case_id=CASES[own], owner_id=OTHER[own], way=way))


@settings(max_examples=150, deadline=None)
@draw(seed=st.integers(0, 2**32))
def test_whoever_files_asks_and_disputes_when_one_owns_the_act_in_the_end_and_fines_once(seed: int) -> None:
    chance = Random(seed)
    two = Bureaus(chance)
    for _ in range(STEPS):
        own = chance.choice(list(CASES))
        luck = chance.random()
        if luck < 0.45:
            two.go_on(own)
        elif luck < 0.5 and two.state(own) is not None and two.state(own).dispute is not None:
            two.quarrel(own)
        else:
            two.world.disturb()
    for _ in range(2 * len(WALK)):
        two.world.settle()
        for own in CASES:
            two.go_on(own)
        two.world.settle()
        if all(two.state(one).dispute is not None for one in CASES if two.state(one) is not None):
            two.give_up(YONGCHUAN.id)
    two.world.settle()
    assert [one.parked for one in two.world.sides.values()] == [[], []]
    owners = [own for own in CASES if not two.state(own).lost_to and two.state(own).dispute is None]
    assert [own for own, there in two.world.sides.items() if fined(there)] == owners
    assert len(owners) == 1
    assert two.state(owners[0]).stage is Stage.DECIDED
