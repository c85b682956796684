"""The administrative penalty case (行政处罚案件), normal procedure (普通程序, 行政处罚法 arts. 54-62).

    CLUE ──file──▶ FILED ──assign──▶ INVESTIGATING ──close──▶ INVESTIGATION_CLOSED ──notice──▶ NOTICE_SERVED
     │                                                                 │                          │      ▲ │
     └─▶ NOT_FILED                          no penalty, not established│                    decide│      └─┘ new facts
                                                                       ▼                          ▼
                                                        CLOSED ◀──close── SERVED ◀──serve── DECIDED

Beside the stages: evidence; measures (先行登记保存, 扣押), approved before they are taken; and the criminal transfer,
whose course the transfer service tells. While one is open no fine is decided (行政处罚法 arts. 35, 57; 国务院令
第310号 art. 11).

Not here yet: hearing, legal review and collective discussion between notice and decision; payment and execution.

Read in this order, which is the law's: `case` state and stages · `filing` · `investigation` · `measures` · `notice` ·
`decision` · `criminal_transfer`.
"""

from services.cases.model import criminal_transfer, decision, filing, investigation, measures, notice
from services.cases.model.case import Case, MeasureState, Refusal, Stage, case

__all__ = [
    "Case",
    "MeasureState",
    "Refusal",
    "Stage",
    "case",
    "criminal_transfer",
    "decision",
    "filing",
    "investigation",
    "measures",
    "notice",
]
