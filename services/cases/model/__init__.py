"""The administrative penalty case (行政处罚案件), normal procedure (普通程序, 行政处罚法 arts. 54-64).

    CLUE ──file──▶ FILED ──assign──▶ INVESTIGATING ──close──▶ INVESTIGATION_CLOSED ──approve, notice──▶ NOTICE_SERVED
     └▶ NOT_FILED                      ▲                        │  (no penalty, not established)           │ ▲ new facts
                                       └── reopen ── from there │ up to DISCUSSED                          │ └─ from any
                                                                │                                          │    of these
       HEARING ──finished──▶ LEGAL_REVIEWED ──▶ DISCUSSED ──────┴──▶ DECIDED ◀── each may be the last ─────┤
          ▲                                                             │                                  │
          └──── the party asks ─────────────────────────────────────────┼──────────────────────────────────┘
                                                                        ▼ serve
                            ARCHIVED ◀──archive── CLOSED ◀──close── SERVED ──revoke──▶ REVOKED ──close──▶ CLOSED
                                                                        └──revoke, anew──▶ INVESTIGATION_CLOSED (also
                                                                             when a court orders it after a revocation)
    before DECIDED:  suspected crime ──▶ TRANSFERRED_CRIMINAL ──returned──▶ where it was, or ──close──▶ CLOSED
                     not competent   ──▶ TRANSFERRED_ADMIN    ──refused───▶ where it was, or ──close──▶ CLOSED

No step of the authority is dated on a day before the case came to where it stands: the order of the law is one of days,
not of entries. What the party did may be recorded later than what followed.

Hearing, legal review and discussion take place where the law asks for them. Legal review may come before the notice,
too; then the stage stays where it is.

Over the stages lie: SUSPENDED and JURISDICTION_DISPUTE, in which nothing moves the case; reconsideration and suit,
which stop no execution, and AMENDED, which leaves the stage as it is; the criminal transfer, whose course the transfer
service tells. While one is open no fine is decided (行政处罚法 arts. 35, 57; 国务院令第310号 art. 11). Beside the
stages: evidence; measures (先行登记保存, 扣押), approved before they are taken; publication. Payment and execution are
the collection service's: the case notes how far they have come.

Read in this order, which is the law's: `case` state and stages, `procedure` its parts after the investigation ·
`filing` (`duplicates`, `act_inquiry`) · `recusal` · `investigation` · `evidence` · `measures` · `delivery` (送达) ·
`notice` · `hearing` · `review` · `discussion` · `age` · `discretion` ·
`decision` · `publication` (`redaction`) · `remedies` (`applications`) · `side_states` · `dispute` (管辖争议) ·
`opinion` (反向衔接) · `criminal_transfer` · `criminal_sanctions` (折抵) · `closing` · `importing`. The simplified
procedure (简易程序) stands in `on_spot`, `on_spot_delivery`, `on_spot_money`, `on_spot_remedies`.

Article by article, with the function, clocks and refusals of each: docs/reference/articles.md.
"""

from services.cases.model import (
    applications,
    closing,
    criminal_sanctions,
    criminal_transfer,
    decision,
    delivery,
    discretion,
    discussion,
    dispute,
    evidence,
    filing,
    hearing,
    importing,
    investigation,
    measures,
    notice,
    on_spot_delivery,
    on_spot_money,
    on_spot_remedies,
    opinion,
    publication,
    recusal,
    remedies,
    review,
    side_states,
    superior,
    told_dispute,
)
from services.cases.model.case import Case, MeasureState, Refusal, Stage, case

__all__ = [
    "Case",
    "MeasureState",
    "Refusal",
    "Stage",
    "applications",
    "case",
    "closing",
    "criminal_sanctions",
    "criminal_transfer",
    "decision",
    "delivery",
    "discretion",
    "discussion",
    "dispute",
    "evidence",
    "filing",
    "hearing",
    "importing",
    "investigation",
    "measures",
    "notice",
    "on_spot_delivery",
    "on_spot_money",
    "on_spot_remedies",
    "opinion",
    "publication",
    "recusal",
    "remedies",
    "review",
    "side_states",
    "superior",
    "told_dispute",
]
