"""The cases of 泸县 in 2024 as AT-01 gives them, each decided act by act by the real model.

560 decisions of the year are public at its end; beside them what no number may count: a decision of December that was
published in January, one that was published and then revoked and withdrawn, and one of no penalty, never published.
Three of the 560 went through the legal review that the law asks for, one of them was returned first.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.common.v1 import common_pb2 as common
from google.protobuf.message import Message

from services.cases.model import case
from services.kernel.decider import Context
from services.kernel.facts import Act
from services.kernel.ledger import derive
from services.kernel.messages import to_timestamp
from tests.support.decider import CHIEF, LEADER, LI, LOCAL_RULES, LUXIAN, MEMBERS, WANG, Register, acting, instant, uid
from tests.unit.cases import acts, procedure
from tests.unit.cases.acts import changed

PUBLISHED: Final = 560
FIRST: Final = instant("2024-01-02 09:00")
APART: Final = timedelta(days=345) / PUBLISHED
"""Between two clues: the last of the 560 is public before Christmas."""
MAJOR: Final = (0, 200, 400)
"""Which of them need legal review; it is returned to the first of them once."""
_REGISTER: Final = Register(procedure.PEOPLE)


@dataclass(slots=True)
class Case:
    """One case while it is told."""

    id: str
    clock: datetime
    state: Any = case.initial
    told: list[tuple[Message, datetime]] = field(default_factory=list)

    def act(self, actor: common.OfficerSnapshot, command: Message, found: Any = None) -> None:
        """A command about the case, half an hour after the one before."""
        self.clock += timedelta(minutes=30)
        request: Any = changed(command, case_id=self.id, occurred_at=to_timestamp(self.clock))
        request.command_id = uid(f"{self.id} {len(self.told)}")
        context = Context(
            authority=LUXIAN,
            actor=acting(actor),
            occurred_at=self.clock,
            now=self.clock,
            command_id=UUID(request.command_id),
            rules=LOCAL_RULES,
            officers=_REGISTER,
            members=MEMBERS,
            found=found,
        )
        for n, event in enumerate(case.events_of(self.state, request, context)):
            act = Act(derive(context.command_id, f"event/{n}"), self.clock, actor.officer_id)
            self.state = case.next(self.state, event, act)
            self.told.append((event, self.clock))

    def investigate(self) -> None:
        """From the clue to the report."""
        day = self.clock.date().isoformat()
        self.act(LI, changed(acts.CLUE, act_on=day))
        self.act(LEADER, changed(acts.FILE, case_number=f"泸县交罚〔2024〕{self.id[:8]}号"))
        self.act(CHIEF, acts.ASSIGN)
        self.act(LI, acts.ADD_EVIDENCE)
        self.act(LI, acts.CLOSE_INVESTIGATION)

    def have_reviewed(self, *, returned: bool) -> None:
        """Legal review, because the case concerns the public interest."""
        self.act(CHIEF, procedure.CLASSIFY)
        if returned:
            self.act(LI, procedure.SUBMIT)
            self.act(procedure.REVIEWER, changed(procedure.REVIEW, passed=False, opinion="证据不足，退回补充"))
        self.act(LI, procedure.SUBMIT)
        self.act(procedure.REVIEWER, procedure.REVIEW)

    def tell_the_party(self) -> None:
        """Approval, notice, and the party has nothing to say."""
        self.act(LEADER, acts.APPROVE)
        self.act(LI, acts.SERVE_NOTICE)
        self.act(LI, acts.WAIVE)

    def serve(self) -> None:
        """Into the party's hands."""
        self.act(LI, acts.SERVE)

    def publish(self) -> None:
        """Proposed, checked by a second person, public."""
        copy = uid(f"{self.id} copy")
        self.act(LI, changed(procedure.PROPOSE, publication_id=copy), procedure.ON_FILE)
        self.act(WANG, changed(procedure.CHECK, publication_id=copy))
        self.act(CHIEF, changed(procedure.PUBLISH, publication_id=copy), procedure.ON_FILE)

    def be_penalised(self) -> None:
        """From the clue to the service of a fine."""
        self.investigate()
        self.tell_the_party()
        self.act(LEADER, acts.PENALISE)
        self.serve()


def year() -> list[tuple[Message, datetime]]:
    """What 泸县 recorded about its cases, in the order of the acts."""
    told = [published(number) for number in range(PUBLISHED)] + list(decoys())
    return sorted((each for one in told for each in one.told), key=lambda entry: entry[1])


def published(number: int) -> Case:
    """One of the 560."""
    one = Case(uid(f"AT-01 case {number}"), FIRST + number * APART)
    one.investigate()
    if number in MAJOR:
        one.have_reviewed(returned=number == MAJOR[0])
    one.tell_the_party()
    one.act(LEADER, acts.PENALISE)
    one.serve()
    one.clock += timedelta(days=5)
    one.publish()
    return one


def decoys() -> tuple[Case, Case, Case]:
    """Cases that the 560 leave out."""
    late = Case(uid("AT-01 published in January"), instant("2024-12-30 09:00"))
    late.be_penalised()
    late.clock = instant("2025-01-08 09:00")
    late.publish()
    revoked = Case(uid("AT-01 withdrawn"), instant("2024-05-06 09:00"))
    revoked.be_penalised()
    revoked.clock = instant("2024-05-10 09:00")
    revoked.publish()
    revoked.clock = instant("2024-08-01 09:00")
    revoked.act(LEADER, decisions.RevokeDecisionRequest(reason="认定事实错误", **acts.CHANGE_TOLD))
    revoked.act(CHIEF, procedure.RETRACT)
    spared = Case(uid("AT-01 spared"), instant("2024-06-03 09:00"))
    spared.investigate()
    spared.tell_the_party()
    spared.act(LEADER, acts.SPARE)
    spared.serve()
    return late, revoked, spared
