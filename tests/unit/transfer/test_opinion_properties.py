"""Whatever both sides of an opinion do, and however slow and crossed their messages are: they agree in the end.

The exchange delivers what one side says in order, and once; between the two directions there is no order.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from enforcement.cases.v1 import opinion_pb2 as of_case
from enforcement.transfer.v1 import opinion_pb2 as pb
from google.protobuf.message import Message
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.kernel.authority import Authority
from services.kernel.decider import Aggregate
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW, Catalogue
from services.kernel.facts import Act
from services.kernel.identity import Actor
from services.kernel.messages import encode, type_name
from services.transfer.model.opinion import Stage as Told
from services.transfer.model.opinion import opinion
from services.transfer.model.opinion_case import Stage, opinion_case
from services.transfer.service import SERVICE
from tests.support.decider import (
    CHIEF,
    LEADER,
    LI,
    LUXIAN,
    POLICY,
    PROCURATORATE,
    WANG,
    On,
    acting,
    given,
    instant,
    reactions,
)
from tests.unit.transfer.opinion_acts import (
    ISSUE,
    ISSUED_AT,
    LETTER,
    OPEN_REVIEW,
    OPINION,
    OPINION_CASE,
    PROSECUTOR,
    REGISTER,
    REVIEWED_AT,
    reply,
)

CATALOGUE: Final = Catalogue.load()
STEPS: Final = {
    pb.OpinionReceived: pb.OPINION_STEP_RECEIVED,
    pb.OpinionRegistered: pb.OPINION_STEP_REGISTERED,
    pb.OpinionReturned: pb.OPINION_STEP_RETURNED,
    pb.CaseFiledFromOpinion: pb.OPINION_STEP_CASE_FILED,
    pb.NotFiledFromOpinion: pb.OPINION_STEP_NOT_FILED,
    pb.OpinionDecided: pb.OPINION_STEP_DECIDED,
}


class Side:
    """One authority: the history of its aggregate, and what it told that has not arrived."""

    def __init__(self, aggregate: Aggregate[Any], authority: Authority, other: Authority) -> None:
        self.aggregate = aggregate
        self.authority = authority
        self.other = other
        self.history: list[On] = []
        self.told: deque[On] = deque()

    def act(self, command: Message, actor: Actor, at: datetime) -> bool:
        """Decides; whether it was accepted."""
        officers = (PROSECUTOR,) if self.authority is PROCURATORATE else (LI, WANG, CHIEF, LEADER)
        asked = given(self.aggregate, *self.history)
        outcome = asked.when(command, actor=actor, at=at, officers=officers, authority=self.authority)
        for event in outcome.events:
            self.history.append(On(at, event))
            shared = CATALOGUE.shared.get(type_name(event))
            if shared and self.other.id in shared.targets(event, self.authority.id):
                view = CATALOGUE.view(type_name(event), encode(event), ADDRESSEE_VIEW)
                self.told.append(On(at, type(event).FromString(view)))
        return outcome.refusal is None

    def hear(self, said: On, at: datetime) -> None:
        """A message of the other side arrives; nothing that it says is refused here."""
        found = reactions(SERVICE.policy, said.event, authority=self.authority, origin=self.other.id, at=said.at)
        for command in found:
            assert self.act(command, POLICY, at), f"parked: {type_name(command)}"

    def events(self, *kinds: type[Message]) -> list[Any]:
        """What happened here, of some kinds, in order."""
        return [entry.event for entry in self.history if isinstance(entry.event, kinds)]

    @property
    def state(self) -> Any:
        state = self.aggregate.initial
        for entry in self.history:
            state = self.aggregate.next(state, entry.event, Act(UUID(int=1), entry.at, LI.officer_id))
        return state


class Pair:
    """Both sides after the opinion was issued, and the case on it."""

    def __init__(self) -> None:
        self.now = instant(ISSUED_AT)
        self.procuratorate = Side(opinion, PROCURATORATE, LUXIAN)
        self.bureau = Side(opinion_case, LUXIAN, PROCURATORATE)
        assert self.procuratorate.act(OPEN_REVIEW, acting(PROSECUTOR), instant(REVIEWED_AT))
        assert self.procuratorate.act(ISSUE, acting(PROSECUTOR), self.now)

    def officer(self, command: Message) -> None:
        actor = CHIEF if isinstance(command, pb.RegisterOpinionRequest) else LEADER
        if self.bureau.history:  # before it arrived there is nothing to act on
            self.bureau.act(command, acting(actor), self.now)

    def prosecutor(self, command: Message) -> None:
        self.procuratorate.act(command, acting(PROSECUTOR), self.now)

    def case(self, progress: of_case.OpinionProgress.ValueType) -> None:
        """The case on the opinion goes on, when there is one and its own rules let it."""
        handed = self.bureau.events(pb.OpinionHandedToCases)
        stages = {
            of_case.OPINION_PROGRESS_FILED: (Stage.COMPETENT,),
            of_case.OPINION_PROGRESS_NOT_FILED: (Stage.COMPETENT,),
        }.get(progress, (Stage.CASE_FILED, Stage.DECIDED, Stage.REPLIED, Stage.ACKNOWLEDGED, Stage.WITHDRAWN))
        if not handed or self.bureau.state.stage not in stages:
            return
        told = of_case.OpinionProgressed(
            case_id=handed[0].case_id, opinion_case_id=OPINION_CASE, progress=progress, reasons="理由"
        )
        for command in reactions(SERVICE.policy, told, authority=LUXIAN):
            assert self.bureau.act(command, POLICY, self.now)

    def deliver(self, to: Side, of: Side) -> bool:
        if not of.told:
            return False
        to.hear(of.told.popleft(), self.now)
        return True

    def settle(self) -> None:
        while self.deliver(self.bureau, self.procuratorate) or self.deliver(self.procuratorate, self.bureau):
            pass


def _assess(competent: bool) -> pb.AssessCompetenceRequest:
    return pb.AssessCompetenceRequest(opinion_case_id=OPINION_CASE, competent=competent, reason="审查")


ACTIONS: Final[dict[str, Callable[[Pair], object]]] = {
    "to the bureau": lambda pair: pair.deliver(pair.bureau, pair.procuratorate),
    "to the procuratorate": lambda pair: pair.deliver(pair.procuratorate, pair.bureau),
    "all arrives": lambda pair: pair.settle(),
    "register": lambda pair: pair.officer(REGISTER),
    "competent": lambda pair: pair.officer(_assess(True)),
    "not competent": lambda pair: pair.officer(_assess(False)),
    "return": lambda pair: pair.officer(
        pb.ReturnOpinionRequest(opinion_case_id=OPINION_CASE, reason="无管辖权", letter=LETTER)
    ),
    "interim": lambda pair: pair.officer(reply(pb.REPLY_KIND_INTERIM)),
    "result": lambda pair: pair.officer(reply(pb.REPLY_KIND_RESULT, reason="理由")),
    "filed": lambda pair: pair.case(of_case.OPINION_PROGRESS_FILED),
    "not filed": lambda pair: pair.case(of_case.OPINION_PROGRESS_NOT_FILED),
    "penalty": lambda pair: pair.case(of_case.OPINION_PROGRESS_PENALTY),
    "no penalty": lambda pair: pair.case(of_case.OPINION_PROGRESS_NO_PENALTY),
    "acknowledge": lambda pair: pair.prosecutor(pb.AcknowledgeOpinionReplyRequest(opinion_id=OPINION)),
    "withdraw": lambda pair: pair.prosecutor(pb.WithdrawOpinionRequest(opinion_id=OPINION, reason="撤销")),
}
LIKELY: Final = ["register", "competent", "filed", "penalty", "result", "all arrives", "acknowledge"]


@for_all(st.lists(st.tuples(st.sampled_from([*ACTIONS, *LIKELY]), st.integers(0, 72)), max_size=40))
def test_both_sides_agree_about_every_fact_that_they_share(walk: list[tuple[str, int]]) -> None:
    pair = Pair()
    for action, hours in walk:
        pair.now += timedelta(hours=hours)
        ACTIONS[action](pair)
    pair.settle()
    bureau, procuratorate = pair.bureau, pair.procuratorate
    noted = procuratorate.events(pb.OpinionProgressNoted)
    assert [event.step for event in noted] == [_step(event) for event in bureau.events(*STEPS, pb.OpinionReplied)]
    assert [event.kind for event in procuratorate.events(pb.OpinionReplyAcknowledged)] == [
        event.kind for event in bureau.events(pb.OpinionAcknowledged)
    ]
    if noted:
        assert procuratorate.state.reply_nominal_on == bureau.state.received.reply_nominal_on
    ended = {Told.WITHDRAWN: (Stage.WITHDRAWN, Stage.RETURNED), Told.RETURNED: (Stage.RETURNED,)}
    if procuratorate.state.stage in ended:
        assert bureau.state.stage in ended[procuratorate.state.stage]


def _step(event: Message) -> int:
    if isinstance(event, pb.OpinionReplied):
        result = event.kind == pb.REPLY_KIND_RESULT
        return pb.OPINION_STEP_REPLIED if result else pb.OPINION_STEP_REPLIED_INTERIM
    return STEPS[type(event)]


def test_the_walk_can_go_all_the_way() -> None:
    pair = Pair()
    for action in ("all arrives", "register", "competent", "filed", "penalty", "result", "all arrives", "acknowledge"):
        ACTIONS[action](pair)
    pair.settle()
    assert (pair.bureau.state.stage, pair.procuratorate.state.stage) == (Stage.ACKNOWLEDGED, Told.ACKNOWLEDGED)
