"""A suspected crime goes to the police (国务院令第310号): aggregates for each side, on that side's ledger.

    bureau   transfer      DRAFT ▶ PENDING_HEAD ▶ APPROVED ▶ SENT ▶ RECEIVED ▶ FILED ▶ HANDED_OVER ▶ outcome ▶ end
    police   referral      RECEIVED ▶ ACCEPTED ▶ FILED ▶ PROPERTY_SENT ▶ PROPERTY_TAKEN ▶ outcome
    jcy      oversight     hears from the bureau that it was sent, from the police how it went on
             supervision   asks police that open no criminal case, and may tell them to
             prosecution   a criminal case that is not prosecuted, or judged

No side writes in another's ledger: what one records about another is what that other signed.

Read in this order, which is the law's. Bureau: `transfer` state · `approval` T0-T2 (`team`) · `sending` T3, T4
(`materials`) · `filing` T5 · `objection` T6, T7 (`standing`) · `hand_over` T8, T9 · `ending` T10 · `paper` answers
without a node (`letters`, `paper_follows`). Police: `referral` state · `acceptance` T4 · `police_decision` T5, T6 ·
`reasons` T7 · `police_property` T8, T10. Procuratorate: `oversight` · `supervision` T7 · `prosecution` T10. Between
police and procuratorate on paper: `incoming`. The other direction (反向衔接) stands in `opinion` and `opinion_case`
(`opinion_arrival`, `opinion_ending`), clues to discipline in `discipline`.
"""

from services.transfer.model import (
    acceptance,
    approval,
    ending,
    filing,
    hand_over,
    objection,
    opinion_arrival,
    opinion_ending,
    paper,
    police_decision,
    police_property,
    reasons,
    sending,
    team,
)
from services.transfer.model.oversight import Oversight, oversight
from services.transfer.model.prosecution import Prosecution, prosecution
from services.transfer.model.referral import Referral, referral
from services.transfer.model.shared import Refusal
from services.transfer.model.supervision import Supervision, supervision
from services.transfer.model.transfer import Transfer, transfer

__all__ = [
    "Oversight",
    "Prosecution",
    "Referral",
    "Refusal",
    "Supervision",
    "Transfer",
    "acceptance",
    "approval",
    "ending",
    "filing",
    "hand_over",
    "objection",
    "opinion_arrival",
    "opinion_ending",
    "oversight",
    "paper",
    "police_decision",
    "police_property",
    "prosecution",
    "reasons",
    "referral",
    "sending",
    "supervision",
    "team",
    "transfer",
]
