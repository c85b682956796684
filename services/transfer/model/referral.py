"""The state of the police's side of a transfer: what its decisions read.

    RECEIVED ──receipt──▶ ACCEPTED ──decide──▶ FILED ──bureau hands over──▶ PROPERTY_SENT ──confirm──▶ PROPERTY_TAKEN
                          │    ▲   └──decide──▶ REFUSED                 any of these three ──withdraw──▶ WITHDRAWN
                       ask▼    │supplement                                                 ──told──────▶ ENDED
                   SUPPLEMENT_DEMANDED ──decide──▶ FILED, REFUSED
    ACCEPTED, SUPPLEMENT_DEMANDED ──deny──▶ NOT_COMPETENT ──▶ FORWARDED to other police, or DECLINED
    REFUSED ──bureau asks──▶ RECONSIDERING ──decide──▶ FILED, or REFUSED_FINAL
    REFUSED, REFUSED_FINAL ──procuratorate──▶ UPHELD
    any before FILED but RECEIVED, FORWARDED ──procuratorate──▶ ORDERED_TO_FILE ──decide──▶ FILED

The receipt is signed whatever is missing: incomplete materials are no reason to refuse it, they are asked for
(国务院令第310号 arts. 7-10, 12; 公安机关办理刑事案件程序规定 arts. 175-182). It comes first: a notice to file that
arrives before it has its clock, and the referral is ORDERED_TO_FILE once the receipt is signed.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration

from services.kernel.decider import Aggregate, Staged
from services.kernel.ledger import ids
from services.transfer.model.letters import Kind, OnPaper
from services.transfer.model.standing import NonFiling, Standing, outcome_of


class Stage(StrEnum):
    """Where a referral stands."""

    RECEIVED = "待签收"
    ACCEPTED = "已受理"
    SUPPLEMENT_DEMANDED = "待补充材料"
    NOT_COMPETENT = "无管辖权"
    FORWARDED = "已转送有管辖权的公安机关"
    DECLINED = "不属于公安机关管辖"
    REFUSED = "不予立案"
    RECONSIDERING = "复议中"
    REFUSED_FINAL = "复议维持不予立案"
    UPHELD = "不立案理由成立"
    ORDERED_TO_FILE = "检察机关通知立案"
    FILED = "已立案"
    PROPERTY_SENT = "待接收涉案财物"
    PROPERTY_TAKEN = "已接收涉案财物"
    WITHDRAWN = "已撤销案件"
    ENDED = "刑事程序已终结"


_STANDINGS: Final = {
    Standing.REFUSED: Stage.REFUSED,
    Standing.RECONSIDERING: Stage.RECONSIDERING,
    Standing.REFUSED_FINAL: Stage.REFUSED_FINAL,
    Standing.UPHELD: Stage.UPHELD,
    Standing.ORDERED: Stage.ORDERED_TO_FILE,
}


@dataclass(frozen=True, slots=True)
class Referral(Staged):
    """What decisions about a referral read."""

    way: Stage = Stage.RECEIVED
    """How far it is on its way to a decision."""
    transfer_id: str = ""
    bureau_id: str = ""
    case_number: str = ""
    suspected_crime: str = ""
    forwarder_ids: tuple[str, ...] = ()
    accepted_at: datetime | None = None
    last_act_at: datetime | None = None
    """When the step took place on which the next one rests."""
    demands: int = 0
    """How often materials were asked for."""
    extensions: tuple[tuple[reconsideration.ExtensionGround.ValueType, int], ...] = ()
    """Grounds used, and the days that each added."""
    non_filing: NonFiling = field(default_factory=NonFiling)
    asked_by: str = ""
    """Supervision that waits for reasons."""
    asked_at: datetime | None = None
    """When the procuratorate asked last."""
    upheld_at: datetime | None = None
    """When it was known that it found the reasons good: from then on it may ask again."""
    filed: bool = False
    property_sent: bool = False
    handed_over_at: datetime | None = None
    property_taken: bool = False
    property_returned: bool = False
    told: tuple[outcomes.TransferOutcome.ValueType, ...] = ()
    on_paper: tuple[OnPaper, ...] = ()
    """What the procuratorate told on paper, and its node has not."""

    @property
    def outcome(self) -> outcomes.TransferOutcome.ValueType:
        """What became of the criminal case; unspecified while open."""
        return outcome_of(self.told)

    def over_at(self, kind: Kind) -> datetime | None:
        """Since when the procuratorate can do once more what a paper of this kind tells."""
        return self.upheld_at if kind == paper.PAPER_ANSWER_KIND_REASONS_ASKED else None

    @property
    def stage(self) -> Stage:
        """Where the referral stands, by the facts."""
        if self.told:
            return Stage.WITHDRAWN if self.outcome == outcomes.TRANSFER_OUTCOME_WITHDRAWN else Stage.ENDED
        if self.filed:
            taken = Stage.PROPERTY_TAKEN if self.property_taken else Stage.PROPERTY_SENT
            return taken if self.property_sent else Stage.FILED
        if self.way is not Stage.RECEIVED and (standing := self.non_filing.standing) is not None:
            return _STANDINGS[standing]
        return self.way


referral = Aggregate("referral", Referral)


def referral_of(transfer_id: str, bureau_id: str, police_id: str) -> str:
    """Id of the stream of one bureau's transfer at these police.

    It follows from what every side knows: who writes to police whose node has said nothing yet means it, too.
    """
    return str(ids.derive(UUID(transfer_id), f"{referral.name}/{bureau_id}/{police_id}"))
