"""A suspected crime goes to the police (国务院令第310号): one aggregate for each side, on that side's ledger.

    bureau   transfer     DRAFT ▶ PENDING_HEAD ▶ APPROVED ▶ SENT ▶ RECEIVED ▶ FILED ▶ HANDED_OVER ▶ OUTCOME_PENDING
    police   referral     RECEIVED ▶ ACCEPTED ▶ FILED ▶ PROPERTY_SENT ▶ PROPERTY_TAKEN
    jcy      oversight    hears from the bureau that it was sent, from the police how it went on

No side writes in another's ledger: what one records about another is what that other signed.
"""

from services.transfer.model.oversight import Oversight, oversight
from services.transfer.model.referral import Referral, referral
from services.transfer.model.shared import Refusal
from services.transfer.model.transfer import Transfer, transfer

__all__ = ["Oversight", "Referral", "Refusal", "Transfer", "oversight", "referral", "transfer"]
