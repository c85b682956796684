"""What each side does with the end of a criminal case (国务院令第310号 arts. 10, 13; 刑事诉讼法 art. 177)."""

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes

from services.kernel.policy import PolicyContext
from services.transfer.model.prosecution import prosecution_of
from services.transfer.policies import BUREAU, POLICE, PROCURATORATE, of_referral, policy

# ---- bureau ------------------------------------------------------------------------------------------------------


@policy.on(outcomes.CriminalCaseWithdrawn, received=True, kind=BUREAU)
def record_withdrawal(
    event: outcomes.CriminalCaseWithdrawn, context: PolicyContext
) -> outcomes.RecordToldOutcomeRequest:
    """The police withdrew the criminal case."""
    return outcomes.RecordToldOutcomeRequest(
        transfer_id=event.transfer_id,
        teller_id=context.teller,
        outcome=outcomes.TRANSFER_OUTCOME_WITHDRAWN,
        document=event.notice if event.HasField("notice") else None,
    )


@policy.on(outcomes.NonProsecutionDecided, received=True, kind=BUREAU)
def record_non_prosecution(
    event: outcomes.NonProsecutionDecided, context: PolicyContext
) -> outcomes.RecordToldOutcomeRequest:
    """The procuratorate did not prosecute, and says whether a penalty is needed."""
    return outcomes.RecordToldOutcomeRequest(
        transfer_id=event.transfer_id,
        teller_id=context.teller,
        outcome=outcomes.TRANSFER_OUTCOME_NON_PROSECUTION,
        penalty_needed=event.penalty_needed,
        document=event.decision if event.HasField("decision") else None,
    )


@policy.on(outcomes.JudgmentTold, received=True, kind=BUREAU)
def record_judgment(event: outcomes.JudgmentTold, context: PolicyContext) -> outcomes.RecordToldOutcomeRequest:
    """The judgment decides what the bureau may still impose."""
    return outcomes.RecordToldOutcomeRequest(
        transfer_id=event.transfer_id,
        teller_id=context.teller,
        outcome=event.outcome,
        criminal_fine_fen=event.criminal_fine_fen,
        custody_days=event.custody_days,
        effective_on=event.effective_on,
        document=event.judgment if event.HasField("judgment") else None,
    )


# ---- police ------------------------------------------------------------------------------------------------------


@policy.on(outcomes.NonProsecutionDecided, received=True, kind=POLICE)
@of_referral
def note_non_prosecution(event: outcomes.NonProsecutionDecided, context: PolicyContext) -> outcomes.NoteOutcomeRequest:
    """The criminal case ended without a charge."""
    return outcomes.NoteOutcomeRequest(
        referral_id=event.referral_id,
        procuratorate_id=context.teller,
        outcome=outcomes.TRANSFER_OUTCOME_NON_PROSECUTION,
    )


@policy.on(outcomes.JudgmentTold, received=True, kind=POLICE)
@of_referral
def note_judgment(event: outcomes.JudgmentTold, context: PolicyContext) -> outcomes.NoteOutcomeRequest:
    """The criminal case ended in court."""
    return outcomes.NoteOutcomeRequest(
        referral_id=event.referral_id, procuratorate_id=context.teller, outcome=event.outcome
    )


# ---- procuratorate -----------------------------------------------------------------------------------------------


@policy.on(pb.CriminalCaseFiled, received=True, kind=PROCURATORATE)
def expect_prosecution(event: pb.CriminalCaseFiled, context: PolicyContext) -> outcomes.OpenProsecutionRequest:
    """A criminal case may come to the procuratorate."""
    return outcomes.OpenProsecutionRequest(
        prosecution_id=prosecution_of(event.transfer_id, context.teller),
        transfer_id=event.transfer_id,
        bureau_id=event.bureau_id,
        police_id=context.teller,
        referral_id=event.referral_id,
        criminal_case_number=event.criminal_case_number,
    )
