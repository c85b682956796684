"""Bureaus that find the same act, with both services that have a word in whose it is: `cases` and `cross_border`.

    clue ─▶ inquiry ─▶ filing ─▶ … ─▶ decision          each bureau with its own cases, in its own order
      └─hand-over─▶ accepted ─▶ a clue there            dispute ─▶ yield │ superior ─▶ designation

What an officer does is what the law asks: who decides waits for the answers to what it asked, disputes a case that it
learns of (行政处罚法 arts. 25, 29), joins a clue to the case that it has, and hands what it lost to who is competent.
Where the two have a common superior it has a node and designates there; else the ministry's notice comes on paper.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, Final

from enforcement.cases.v1 import act_inquiry_pb2 as acts_pb
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import content_pb2 as content
from enforcement.cross_border.v1 import designation_pb2 as designations
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as border_pb
from enforcement.cross_border.v1 import service_pb2 as border
from enforcement.options.v1 import options_pb2 as options

from services.cases.model import Stage
from services.cases.model.case import UNDECIDED
from services.cases.service import SERVICE as CASES
from services.cross_border.model.designation import Stage as DesignationStage
from services.cross_border.model.request import AWAITING_ACCEPTANCE
from services.cross_border.model.request import Stage as RequestStage
from services.cross_border.model.task import Stage as TaskStage
from services.cross_border.service import SERVICE as CROSS_BORDER
from services.kernel.authority import Authority, common_superior_id
from tests.integration.cross_border.bureau_lookups import fined, found, known_to, named
from tests.support.decider import LOCAL_RULES, LUXIAN, REGISTER, RONGCHANG, YONGCHUAN, instant, officer, uid
from tests.support.sides import Side, World
from tests.unit.cases import acts
from tests.unit.cases.acts import changed, file
from tests.unit.cross_border.acts import CONTENT, KINDS

HEJIANG: Final = Authority("jt-510522", "合江县交通运输局")
NAXI: Final = Authority("jt-510503", "纳溪区交通运输局")
LUZHOU: Final = Authority("jt-510500", "泸州市交通运输局")
PROVINCES: Final = (LUXIAN, YONGCHUAN, RONGCHANG)
COUNTIES: Final = (LUXIAN, HEJIANG, NAXI)
"""The first two find the act; the third has only what is handed to it."""

BOSS: Final = officer("做主", options.ROLE_INVESTIGATOR, options.ROLE_UNIT_CHIEF, options.ROLE_LEADER)
KNOWINGLY: Final[dict[str, Any]] = {
    "duplicate_decision": acts_pb.DUPLICATE_DECISION_CONTINUE,
    "duplicate_reason": "管辖另行确定",
}
LIVE: Final = (Stage.CLUE, *UNDECIDED)
_NEXT: Final = {
    Stage.CLUE: changed(acts.FILE, **KNOWINGLY),
    Stage.FILED: acts.ASSIGN,
    Stage.INVESTIGATING: acts.CLOSE_INVESTIGATION,
    Stage.INVESTIGATION_CLOSED: acts.SERVE_NOTICE,
    Stage.NOTICE_SERVED: acts.WAIVE,
}
"""What a bureau does with its case, up to the decision."""
FINES: Final = changed(acts.PENALISE, **KNOWINGLY)
SPARES: Final = changed(acts.SPARE, **KNOWINGLY)


@dataclass(frozen=True, slots=True)
class Case:
    """A case of a bureau, and its state."""

    bureau: str
    case_id: str
    state: Any

    @property
    def free(self) -> bool:
        """Nothing hinders the bureau from going on with it."""
        return self.state.stage in LIVE and self.state.dispute is None and not self.state.lost_to


class Bureaus:
    """Three bureaus, where they have one their common superior, and what has been written on paper."""

    def __init__(self, bureaus: tuple[Authority, ...], chance: Random) -> None:
        above = [LUZHOU] if bureaus is COUNTIES else []
        members = {one.id: one for one in (*bureaus, *above)}
        sides = {
            one.id: Side(CASES, one, [*REGISTER, BOSS], members, LOCAL_RULES, found, named, [CROSS_BORDER])
            for one in members.values()
        }
        self.world = World(sides, instant("2024-09-07 09:00"), chance)
        self.chance = chance
        self.bureaus = [one.id for one in bureaus]
        self.disputed: defaultdict[str, set[str]] = defaultdict(set)
        """The other cases that each case was in dispute with: they are not disputed again."""
        self.notices: dict[frozenset[str], str] = {}
        """Whom the ministry designated of two cases."""
        self.ids = 0

    def new_id(self, what: str) -> str:
        self.ids += 1
        return uid(f"{what}/{self.ids}")

    def others(self, bureau: str) -> list[str]:
        return [one for one in self.bureaus if one != bureau]

    def place(self, bureau: str) -> common.Place:
        return changed(acts.PLACE, division_code=bureau.partition("-")[2])

    def cases(self) -> Iterator[Case]:
        for bureau in self.bureaus:
            there = self.world.sides[bureau]
            yield from (Case(bureau, case_id, there.state("case", case_id)) for case_id in there.ids("case"))

    def try_(self, bureau: str, command: Any) -> bool:
        """Whether the command was accepted."""
        self.world.now += timedelta(minutes=1)
        refused = self.world.act(bureau, command, BOSS)
        assert sum(len(fined(there)) for there in self.world.sides.values()) < 2, "fined twice"
        return refused is None

    # ---- one's own case ------------------------------------------------------------------------------------------

    def find(self, bureau: str) -> bool:
        """One of the two that see the act has it as a clue."""
        places = [self.place(one) for one in self.others(bureau)]
        clue = changed(acts.CLUE, case_id=self.new_id("clue"), place=self.place(bureau), other_places=places)
        return self.try_(bureau, clue)

    def go_on(self, one: Case, *, anyhow: bool = False) -> bool:
        """The next step of a case; the decision when nothing is open about another one. `anyhow`: though the officer
        could know that it is refused."""
        if not one.free and not (anyhow and one.state.stage in LIVE):
            return False
        state = one.state
        if state.stage is Stage.CLUE and (kept := self.kept(one)):
            return self.join(one, kept)
        step: Any = _NEXT.get(state.stage)
        if state.stage is Stage.INVESTIGATING and not state.evidence:
            step = acts.ADD_EVIDENCE
        elif state.stage is Stage.INVESTIGATION_CLOSED and not state.report_approved:
            step = acts.APPROVE
        elif state.stage is Stage.NOTICE_SERVED and state.notice.defence:
            return self.decide(one)
        return self.try_(one.bureau, changed(step, case_id=one.case_id))

    def kept(self, one: Case) -> str:
        """The case about the act that the bureau of a clue has already."""
        before = [each for each in self.cases() if each.bureau == one.bureau and each.case_id != one.case_id]
        fines = fined(self.world.sides[one.bureau])
        return next((each.case_id for each in before if each.state.period and (each.free or each.case_id in fines)), "")

    def join(self, one: Case, kept: str) -> bool:
        return self.try_(
            one.bureau, commands.NotFileCaseRequest(case_id=one.case_id, reason="本机关已立案", joined_case_id=kept)
        )

    def decide(self, one: Case) -> bool:
        known = known_to(self.world.sides[one.bureau], one.case_id)
        if known.unanswered:
            return False
        fines = changed(FINES, case_id=one.case_id)
        if any(match.state == acts_pb.ACT_MATCH_STATE_FINED for match in known.matches):
            assert not self.try_(one.bureau, fines), "a second fine"
        for match in known.matches:
            if match.authority_id:
                known_before = match.case_id in self.disputed[one.case_id]
                if match.state == acts_pb.ACT_MATCH_STATE_FINED or (
                    match.state != acts_pb.ACT_MATCH_STATE_CLOSED and not known_before
                ):
                    return self.dispute(one, match.authority_id, match.case_id)
            elif match.state == acts_pb.ACT_MATCH_STATE_FINED:
                return self.try_(one.bureau, changed(SPARES, case_id=one.case_id))
            elif match.case_id < one.case_id and self.case(one.bureau, match.case_id).state.stage in LIVE:
                return False
        return self.try_(one.bureau, fines)

    def case(self, bureau: str, case_id: str) -> Case:
        return Case(bureau, case_id, self.world.sides[bureau].state("case", case_id))

    # ---- dispute -------------------------------------------------------------------------------------------------

    def dispute(self, one: Case, other: str, other_case_id: str) -> bool:
        self.disputed[one.case_id].add(other_case_id)
        raised = side.RaiseJurisdictionDisputeRequest(
            case_id=one.case_id,
            dispute_id=self.new_id("dispute"),
            other_id=other,
            other_case_id=other_case_id,
            position="先立案",
        )
        return self.try_(one.bureau, raised)

    def claim(self, one: Case) -> bool:
        """A dispute with whoever is known to have a case, or with somebody of whom none is known."""
        theirs = [match for match in known_to(self.world.sides[one.bureau], one.case_id).matches if match.authority_id]
        if not theirs:
            return self.dispute(one, self.chance.choice(self.others(one.bureau)), "")
        other = self.chance.choice(theirs)
        return self.dispute(one, other.authority_id, other.case_id)

    def quarrel(self, one: Case) -> bool:
        """Something about an open dispute, lawful or not."""
        way = self.chance.choice([self.give_up, self.escalate, self.first_filed, self.position, self.on_paper])
        return way(one)

    def give_up(self, one: Case) -> bool:
        return self._settle(one, side.SETTLEMENT_WAY_AGREED)

    def first_filed(self, one: Case) -> bool:
        return self._settle(one, side.SETTLEMENT_WAY_FIRST_FILED)

    def _settle(self, one: Case, way: side.SettlementWay.ValueType) -> bool:
        owner = one.state.dispute.other_id
        return self.try_(one.bureau, side.SettleJurisdictionRequest(case_id=one.case_id, owner_id=owner, way=way))

    def position(self, one: Case) -> bool:
        return self.try_(one.bureau, disputes.StateDisputePositionRequest(case_id=one.case_id, position="发生地在此"))

    def escalate(self, one: Case) -> bool:
        members = self.world.sides[one.bureau].members
        superior = members.get(common_superior_id(members[one.bureau], members[one.state.dispute.other_id]) or "")
        name = superior.name if superior else "交通运输部"
        return self.try_(one.bureau, side.EscalateDisputeRequest(case_id=one.case_id, superior=name, reason="协商不成"))

    def on_paper(self, one: Case) -> bool:
        """The ministry's notice is entered, by each side as it was written."""
        dispute = one.state.dispute
        if LUZHOU.id in self.world.sides:
            return False
        both = frozenset((one.case_id, dispute.other_case_id))
        owner = self.notices.setdefault(both, self.chance.choice([one.bureau, dispute.other_id]))
        entered = side.SettleJurisdictionRequest(
            case_id=one.case_id,
            owner_id=owner,
            way=side.SETTLEMENT_WAY_DESIGNATED,
            document=file("指定管辖通知书"),
            number="交指〔2024〕1号",
        )
        return self.try_(one.bureau, entered)

    def designate(self) -> bool:
        """A leader of the superior designates one of the two that asked."""
        there = self.world.sides.get(LUZHOU.id)
        for one in there.ids("designation") if there else ():
            state = there.state("designation", one)  # type: ignore[union-attr]
            if state.stage is DesignationStage.ASKED:
                command = designations.DesignateJurisdictionRequest(
                    designation_id=one,
                    owner_id=self.chance.choice(state.side_ids),
                    number="泸市交指〔2024〕1号",
                    document=file("指定管辖通知书"),
                )
                return self.try_(LUZHOU.id, command)
        return False

    # ---- handing over --------------------------------------------------------------------------------------------

    def hand_over(self, one: Case) -> bool:
        """Another bureau is asked to take the clue or case."""
        kind = border_pb.REQUEST_TYPE_CLUE if one.state.stage is Stage.CLUE else border_pb.REQUEST_TYPE_CASE_TRANSFER
        other = self.chance.choice(self.others(one.bureau))
        matter = content.HandedMatter(
            act_code="RTR-63-2", place=self.place(other), facts="未取得许可从事客运", reason="发生地在对方辖区"
        )
        fields = (
            CONTENT | {"request_type": kind} | KINDS[kind] | {"matter": matter, "draft": self.chance.random() < 0.1}
        )
        return self.try_(
            one.bureau,
            border.SendRequestRequest(
                **fields, request_id=self.new_id("request"), responder_id=other, case_id=one.case_id
            ),
        )

    def transfer(self, one: Case) -> bool:
        """What another bureau was found competent for goes to it; and whatever else a leader thinks is another's."""
        receiver = one.state.lost_to or self.chance.choice(self.others(one.bureau))
        moved = side.TransferCaseToAuthorityRequest(
            case_id=one.case_id,
            receiver_id=receiver,
            place=self.place(receiver),
            facts="未取得许可从事客运",
            reason="对方有管辖权",
        )
        return self.try_(one.bureau, moved)

    def refuse(self, one: Case) -> bool:
        """A clue that came from another bureau goes back to it."""
        if not one.state.clue.event.sender_case_id:
            return False
        return self.try_(one.bureau, commands.NotFileCaseRequest(case_id=one.case_id, reason="不在本区"))

    def ask_further(self, bureau: str, request_id: str) -> bool:
        return self.try_(
            bureau,
            self.chance.choice(
                [
                    drafting.SendDraftRequest(request_id=request_id),
                    drafting.DiscardDraftRequest(request_id=request_id, reason="不需要"),
                    drafting.WithdrawRequestRequest(request_id=request_id, reason="不需要"),
                    border.ConfirmAnswerRequest(request_id=request_id),
                    border.ReopenRequestRequest(request_id=request_id, reason="缺"),
                    border.CloseRequestRequest(request_id=request_id),
                ]
            ),
        )

    def answer(self, bureau: str, task_id: str) -> bool:
        completeness = self.chance.choice([border_pb.COMPLETENESS_FULL, border_pb.COMPLETENESS_PARTIAL])
        reason = border_pb.REJECTION_REASON_NOT_COMPETENT
        return self.try_(
            bureau,
            self.chance.choice(
                [
                    *[border.AcceptTaskRequest(task_id=task_id, officer_ids=[BOSS.officer_id])] * 3,
                    border.RejectTaskRequest(task_id=task_id, reason=reason, explanation="不在本区"),
                    border.AnswerTaskRequest(task_id=task_id, completeness=completeness, text="已立案"),
                ]
            ),
        )

    def take(self, bureau: str, task_id: str) -> bool:
        """What is handed to a bureau it takes."""
        if self.world.sides[bureau].state("task", task_id).stage is not TaskStage.RECEIVED:
            return False
        return self.try_(bureau, border.AcceptTaskRequest(task_id=task_id, officer_ids=[BOSS.officer_id]))

    def end(self, bureau: str, request_id: str) -> bool:
        """A request whose clue or case went, or came back, is closed; a draft is thrown away."""
        stage = self.world.sides[bureau].state("request", request_id).stage
        if stage is RequestStage.DRAFT:
            return self.try_(bureau, drafting.DiscardDraftRequest(request_id=request_id, reason="不需要"))
        if stage in (RequestStage.DISCARDED, RequestStage.CLOSED, *AWAITING_ACCEPTANCE):
            return False
        return self.try_(bureau, border.CloseRequestRequest(request_id=request_id))
