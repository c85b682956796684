"""Collection of money and execution (罚款收缴与执行): 行政处罚法 arts. 66-74, 行政强制法 arts. 34-59.

    collection      OPENED ──served──▶ DUE ──day passed──▶ OVERDUE ──demand──▶ DEMANDED ──apply──▶ COURT_APPLIED
                                        ▲                      │                  ▲ │ not accepted      │
                                        └──instalments approved┘                  └─┼── refused ◀─ COURT_ACCEPTED
                                                                                    │                   ▼
                    PERFORMED ◀── everything paid, in any stage ────────────────────┴───────────── COURT_GRANTED
                    PERFORMED ── more is owed after all ──▶ DUE, OVERDUE         what the court refused ──▶ COURT_REVIEW
                    ENDED     ◀── decision revoked, or execution terminated

    execution       own execution of a duty to act, where a law gives the power: see `execution`; what a substitute
                    performance cost is a collection of its own: `cost`
    reconciliation  the bank's file of a day against the ledger: see `reconciliation`

Beside the stages of a collection: orders, payments, differences and refunds; remedies, which pause the surcharge;
suspension and an execution agreement, which hold execution off; auctions of seized property.

Read in this order, which is the law's: `collection` state and stages · `opening` · `payment`, `difference`, `receipt`
and `reversal` · `on_site` · `refunds` · `obligation` · `performance` · `instalments` · `demand` · `window`, `court` ·
`auction` · `ending` · `execution`, `performing`, `halting` · `cost` and `cost_remedy` · `reconciliation`.

Article by article, with the function, clocks and refusals of each: docs/reference/articles.md.
"""

from services.collection.model import (
    auction,
    cost,
    cost_remedy,
    court,
    demand,
    difference,
    ending,
    halting,
    instalments,
    obligation,
    on_site,
    opening,
    payment,
    performance,
    performing,
    receipt,
    refunds,
    reversal,
    window,
)
from services.collection.model.collection import (
    AuctionState,
    Collection,
    OrderState,
    Refusal,
    Stage,
    collection,
    collection_of,
)
from services.collection.model.execution import Execution, ExecutionStage, execution
from services.collection.model.reconciliation import Reconciliation, reconciliation

__all__ = [
    "AuctionState",
    "Collection",
    "Execution",
    "ExecutionStage",
    "OrderState",
    "Reconciliation",
    "Refusal",
    "Stage",
    "auction",
    "collection",
    "collection_of",
    "cost",
    "cost_remedy",
    "court",
    "demand",
    "difference",
    "ending",
    "execution",
    "halting",
    "instalments",
    "obligation",
    "on_site",
    "opening",
    "payment",
    "performance",
    "performing",
    "receipt",
    "reconciliation",
    "refunds",
    "reversal",
    "window",
]
