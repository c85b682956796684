"""The state of the bureau's side of a transfer (国务院令第310号 arts. 3, 5-13): what its decisions read.

    DRAFT ──report──▶ PENDING_HEAD ──approve──▶ APPROVED ──send──▶ SENT ──police's receipt──▶ RECEIVED
                          └──reject──▶ REJECTED                      ▲                          │  ▲
              forwarded to other police, who get the package ────────┘◀─────────────────────────┤  │supplement
              police: no matter of theirs ──▶ NOT_ITS_MATTER ◀──────────────────────────────────┤  │
                                                                    SUPPLEMENTING ◀──police ask─┘──┘
    RECEIVED, SUPPLEMENTING ──police refuse──▶ REFUSED        ──police file──▶ FILED ──▶ HANDED_OVER ──▶ OUTCOME_PENDING
       REFUSED ──ask──▶ RECONSIDERING ──▶ FILED, or REFUSED_FINAL
       REFUSED, REFUSED_FINAL ──suggest──▶ SUPERVISION ──▶ UPHELD, or ORDERED_TO_FILE
       any before FILED ──the procuratorate orders──▶ ORDERED_TO_FILE ──police file──▶ FILED
    FILED, HANDED_OVER, OUTCOME_PENDING ──told──▶ WITHDRAWN, NON_PROSECUTION, CONVICTED, EXEMPTED, ACQUITTED
    REFUSED, REFUSED_FINAL, UPHELD, NOT_ITS_MATTER, any outcome ──return──▶ RETURNED
    CONVICTED, RETURNED ──close──▶ CLOSED

What police and procuratorate sign arrives in any order of the two: the state keeps facts, and the stage follows from
them. A case that came back is with the police again when they file after all.

Criminal content is for the team (专案组) and the principal head: only members of the team act, only the head approves.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration

from services.kernel.decider import Aggregate, Context, Staged
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.transfer.model.letters import Kind, Paper
from services.transfer.model.shared import Refusal, require_told_by
from services.transfer.model.standing import NonFiling, Standing, outcome_of


class Stage(StrEnum):
    """Where a transfer stands."""

    DRAFT = "核实中"
    PENDING_HEAD = "待正职负责人决定"
    REJECTED = "不予移送"
    APPROVED = "已批准移送"
    SENT = "已移送"
    RECEIVED = "公安机关已受理"
    SUPPLEMENTING = "补充材料中"
    NOT_ITS_MATTER = "非公安机关管辖"
    REFUSED = "公安机关不予立案"
    RECONSIDERING = "公安机关复议中"
    REFUSED_FINAL = "复议维持不予立案"
    SUPERVISION = "检察机关立案监督中"
    UPHELD = "不立案理由成立"
    ORDERED_TO_FILE = "通知公安机关立案"
    FILED = "公安机关已立案"
    HANDED_OVER = "已移交涉案财物"
    OUTCOME_PENDING = "等待处理结果"
    WITHDRAWN = "公安机关撤销案件"
    NON_PROSECUTION = "检察机关不起诉"
    CONVICTED = "法院判处刑罚"
    EXEMPTED = "法院免予刑事处罚"
    ACQUITTED = "法院宣告无罪"
    RETURNED = "已退回行政处理"
    CLOSED = "已办结"


ACCEPTED: Final = (Stage.RECEIVED, Stage.SUPPLEMENTING)
"""Ways in which the police have the case and signed for it."""

_DECISIONS: Final = (
    paper.PAPER_ANSWER_KIND_FILING,
    paper.PAPER_ANSWER_KIND_REFUSAL,
    paper.PAPER_ANSWER_KIND_DECLINE,
    paper.PAPER_ANSWER_KIND_FORWARDING,
)

ENDINGS: Final = {
    outcomes.TRANSFER_OUTCOME_WITHDRAWN: Stage.WITHDRAWN,
    outcomes.TRANSFER_OUTCOME_NON_PROSECUTION: Stage.NON_PROSECUTION,
    outcomes.TRANSFER_OUTCOME_CONVICTED: Stage.CONVICTED,
    outcomes.TRANSFER_OUTCOME_EXEMPTED: Stage.EXEMPTED,
    outcomes.TRANSFER_OUTCOME_ACQUITTED: Stage.ACQUITTED,
}

_STANDINGS: Final = {
    Standing.REFUSED: Stage.REFUSED,
    Standing.RECONSIDERING: Stage.RECONSIDERING,
    Standing.REFUSED_FINAL: Stage.REFUSED_FINAL,
    Standing.SUPERVISION: Stage.SUPERVISION,
    Standing.UPHELD: Stage.UPHELD,
    Standing.ORDERED: Stage.ORDERED_TO_FILE,
}


@dataclass(frozen=True, slots=True)
class Transfer(Staged):
    """What decisions about a transfer read."""

    way: Stage = Stage.DRAFT
    """How far it is on its way to a decision of the police."""
    opened: pb.TransferOpened = field(default_factory=pb.TransferOpened)
    """What the team was named for; the package repeats it."""
    team: tuple[common.OfficerSnapshot, ...] = ()
    """Who works on it now."""
    sent: pb.CaseTransferred = field(default_factory=pb.CaseTransferred)
    """The package, which police that get the case later receive, too."""
    supplements: tuple[pb.Material, ...] = ()
    last_act_at: datetime | None = None
    """When the step took place on which the next one rests."""
    police_id: str = ""
    """Police that have the case now."""
    referral_id: str = ""
    forwarder_ids: tuple[str, ...] = ()
    """Police that had it before and denied their jurisdiction."""
    waits_since: datetime | None = None
    """When the time began in which these police sign, and then that in which they decide."""
    extensions: tuple[tuple[reconsideration.ExtensionGround.ValueType, int], ...] = ()
    """Grounds on which they took longer for the decision, and the days that each added."""
    demands: int = 0
    """How often the police that have the case asked for materials."""
    demanded: tuple[pb.MaterialKind.ValueType, ...] = ()
    """What they asked for and have not been sent."""
    demanded_at: datetime | None = None
    """When they asked last."""
    supplemented_at: datetime | None = None
    declined: bool = False
    non_filing: NonFiling = field(default_factory=NonFiling)
    refused_at: datetime | None = None
    """When the latest refusal arrived, the maintained one included: the bureau's rights run from it."""
    suggested: bool = False
    supervised_at: datetime | None = None
    """When the procuratorate took the last step that is known."""
    upheld_at: datetime | None = None
    """When it was known that it found the police's reasons good: from then on it may ask again."""
    filed: bool = False
    handed_over: bool = False
    property_went: bool = False
    """Things were handed over, and not materials alone."""
    property_follows: bool = False
    """Not everything has gone."""
    handed_over_at: datetime | None = None
    taken_over: bool = False
    property_back: bool = False
    party_informed: bool = False
    told: tuple[outcomes.TransferOutcome.ValueType, ...] = ()
    returned: bool = False
    closed: bool = False
    paper: Paper = field(default_factory=Paper)
    """Letters and answers of authorities without a node."""

    @property
    def outcome(self) -> outcomes.TransferOutcome.ValueType:
        """What became of the criminal case; unspecified while open."""
        return outcome_of(self.told)

    @property
    def stage(self) -> Stage:
        """Where the transfer stands, by the facts."""
        if self.closed:
            return Stage.CLOSED
        if self.returned:
            return Stage.RETURNED
        if self.outcome:
            return ENDINGS[self.outcome]
        if self.filed:
            return Stage.OUTCOME_PENDING if self.taken_over else Stage.HANDED_OVER if self.handed_over else Stage.FILED
        if (standing := self.non_filing.standing) is not None:
            return _STANDINGS[standing]
        return Stage.NOT_ITS_MATTER if self.declined else self.way

    def latest(self, act: Act) -> datetime:
        """When the latest act took place, this one included: what came on paper may be said to have come earlier."""
        return max(act.occurred_at, self.last_act_at or act.occurred_at)

    def require_team(self, context: Context) -> None:
        """Only members of the team work on the transfer (art. 5)."""
        if context.actor.id not in {member.officer_id for member in self.team}:
            raise Refused(Refusal.NOT_IN_TEAM)

    def over_at(self, kind: Kind) -> datetime | None:
        """Since when the police or the procuratorate can do once more what a paper of this kind tells."""
        match kind:
            case paper.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND:
                return self.supplemented_at
            case paper.PAPER_ANSWER_KIND_HAND_OVER_CONFIRMATION:
                return self.handed_over_at
            case paper.PAPER_ANSWER_KIND_REASONS_ASKED | paper.PAPER_ANSWER_KIND_REASONS_STATED:
                return self.upheld_at
        return None

    def overtaken(self, police_id: str, told: Kind) -> bool:
        """Whether a paper told what these police decided, ahead of their node: what else they did before is over."""
        return any(self.paper.unmatched(kind, police_id) is not None for kind in _DECISIONS if kind != told)

    def require_told(self, police_id: str, *ways: Stage) -> None:
        """Only the police that have the case speak for it, and until they have decided. What others told is no matter.

        Raises:
            Refused: NOT_ITS_TRANSFER, WRONG_STAGE.
        """
        require_told_by(self.police_id, police_id)
        decided = self.filed or self.declined or self.non_filing.refused
        if decided or self.way not in (ways or ACCEPTED):
            raise Refused(KernelRefusal.WRONG_STAGE, stage=self.stage, allowed="、".join(ways or ACCEPTED))


transfer = Aggregate("transfer", Transfer)
