"""What the cases service does about a criminal transfer, its outcome, and suspicions of a crime.

a step of this authority's own criminal transfer  ──▶ NoteCriminalTransfer; so does the notice to the police to file
its outcome                                       ──▶ NoteCriminalOutcome
a fine paid, moved or paid back, or changed       ──▶ ReviewSetOff
a suspicion of a crime, and its answer            ──▶ NoteSuspicion
"""

from typing import Any, Final

from enforcement.cases.v1 import criminal_sanctions_pb2 as sanctions
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.transfer.v1 import events_pb2 as transfer
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import supervision_pb2 as supervision
from enforcement.transfer.v1 import suspicion_pb2 as suspicions

from services.cases.policies import policy
from services.kernel.policy import PolicyContext


@policy.on(
    transfer.TransferApproved,
    transfer.TransferRejected,
    transfer.CaseTransferred,
    transfer.PoliceReceiptRecorded,
    transfer.PoliceFilingRecorded,
    transfer.PoliceRefusalRecorded,
    transfer.PropertyHandedOver,
    transfer.CaseReturned,
    outcomes.TransferClosed,
    received=False,
)
def note_criminal_transfer(event: Any, context: PolicyContext) -> commands.NoteCriminalTransferRequest | None:
    """The case keeps how far its transfer has come, from approval to return.

    A filing notice that comes after the end of the criminal case takes no case back to the police, and materials that
    go to them without property end no seizure.
    """
    if isinstance(event, transfer.PoliceFilingRecorded) and event.moves_nothing:
        return None
    if isinstance(event, transfer.PropertyHandedOver) and not event.item_count:
        return None
    return commands.NoteCriminalTransferRequest(
        case_id=event.case_id, transfer_id=event.transfer_id, phase=_PHASES[type(event)]
    )


@policy.on(supervision.SupervisionStepRecorded, received=False)
def note_filing_order(
    event: supervision.SupervisionStepRecorded, context: PolicyContext
) -> commands.NoteCriminalTransferRequest | None:
    """Police that are told to open a criminal case have the case, also when it had come back.

    A step about police that passed it on names no case.
    """
    if event.step != supervision.SUPERVISION_STEP_ORDERED or not event.case_id:
        return None
    return commands.NoteCriminalTransferRequest(
        case_id=event.case_id, transfer_id=event.transfer_id, phase=pb.TRANSFER_PHASE_RECEIVED
    )


@policy.on(outcomes.OutcomeRecorded, received=False)
def note_criminal_outcome(
    event: outcomes.OutcomeRecorded, context: PolicyContext
) -> sanctions.NoteCriminalOutcomeRequest:
    """What became of the criminal case decides what may still be imposed, and what is deducted (折抵)."""
    return sanctions.NoteCriminalOutcomeRequest(
        case_id=event.case_id,
        transfer_id=event.transfer_id,
        outcome=_OUTCOMES[event.outcome],
        criminal_fine_fen=event.criminal_fine_fen,
        custody_days=event.custody_days,
    )


@policy.on(
    collection.PaymentRecorded,
    collection.FineCollectedOnSite,
    collection.DifferenceResolved,
    collection.RefundExecuted,
    collection.PaymentReversed,
    collection.AuctionProceedsReceived,
    decisions.DecisionAmended,
    decisions.DecisionRevoked,
    received=False,
)
def review_set_off(event: Any, context: PolicyContext) -> sanctions.ReviewSetOffRequest | None:
    """What is paid or owed of the fine changed: what a criminal fine is reduced by may have changed with it."""
    if not event.case_id or not _moves_the_fine(event):
        return None
    return sanctions.ReviewSetOffRequest(case_id=event.case_id)


@policy.on(suspicions.SuspicionRaised, suspicions.SuspicionAnswered, received=False)
def note_suspicion(
    event: suspicions.SuspicionRaised | suspicions.SuspicionAnswered, context: PolicyContext
) -> sanctions.NoteSuspicionRequest:
    """Whoever decides a fine is warned while nobody answered why the case does not go to the police (以罚代刑)."""
    return sanctions.NoteSuspicionRequest(
        case_id=event.case_id,
        suspicion_id=event.suspicion_id,
        open=isinstance(event, suspicions.SuspicionRaised),
    )


def _moves_the_fine(event: Any) -> bool:
    match event:
        case collection.PaymentRecorded():
            return bool(event.account == collection.ACCOUNT_FINE)
        case collection.RefundExecuted():
            return bool(event.account == collection.ACCOUNT_FINE and event.amount_fen > event.uncovered_fen)
        case collection.PaymentReversed() | collection.AuctionProceedsReceived():
            return event.fine_fen > 0
        case collection.DifferenceResolved():
            return collection.ACCOUNT_FINE in (event.from_account, event.to_account) and event.moved_fen > 0
        case _:
            return True


_PHASES: Final = {
    transfer.TransferApproved: pb.TRANSFER_PHASE_APPROVED,
    transfer.TransferRejected: pb.TRANSFER_PHASE_REJECTED,
    transfer.CaseTransferred: pb.TRANSFER_PHASE_SENT,
    transfer.PoliceReceiptRecorded: pb.TRANSFER_PHASE_RECEIVED,
    transfer.PoliceFilingRecorded: pb.TRANSFER_PHASE_FILED,
    transfer.PoliceRefusalRecorded: pb.TRANSFER_PHASE_REFUSED,
    transfer.PropertyHandedOver: pb.TRANSFER_PHASE_HANDED_OVER,
    transfer.CaseReturned: pb.TRANSFER_PHASE_RETURNED,
    outcomes.TransferClosed: pb.TRANSFER_PHASE_CONCLUDED,
}

_OUTCOMES: Final = {
    outcomes.TRANSFER_OUTCOME_WITHDRAWN: sanctions.CRIMINAL_OUTCOME_WITHDRAWN,
    outcomes.TRANSFER_OUTCOME_NON_PROSECUTION: sanctions.CRIMINAL_OUTCOME_NON_PROSECUTION,
    outcomes.TRANSFER_OUTCOME_CONVICTED: sanctions.CRIMINAL_OUTCOME_CONVICTED,
    outcomes.TRANSFER_OUTCOME_EXEMPTED: sanctions.CRIMINAL_OUTCOME_EXEMPTED,
    outcomes.TRANSFER_OUTCOME_ACQUITTED: sanctions.CRIMINAL_OUTCOME_ACQUITTED,
}
