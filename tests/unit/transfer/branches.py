"""The acts of the transfer's branches, with lawful contents: each test shows only what it changes."""

from typing import Any, Final, TypeVar

from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import service_pb2 as commands
from enforcement.transfer.v1 import supervision_pb2 as supervision
from google.protobuf.message import Message

from services.kernel.authority import Authority
from services.transfer.model.oversight import oversight_of
from services.transfer.model.prosecution import prosecution_of
from services.transfer.model.supervision import supervision_of
from tests.support.decider import LUXIAN, POLICE, PROCURATORATE
from tests.unit.transfer.acts import CASE, OFFICER_OF_POLICE, REFERRAL, TRANSFER, VEHICLE, file

M = TypeVar("M", bound=Message)


def but(message: M, **changes: Any) -> M:
    """The message with other values."""
    copy = type(message)()
    copy.CopyFrom(message)
    for name, value in changes.items():
        if isinstance(value, list):
            copy.ClearField(name)
            getattr(copy, name).extend(value)
        elif isinstance(value, Message):
            getattr(copy, name).CopyFrom(value)
        else:
            setattr(copy, name, value)
    return copy


OTHER_POLICE: Final = Authority("ga-500118", "永川区公安局")
OTHER_PROCURATORATE: Final = Authority("jcy-500118", "永川区人民检察院")
CRIMINAL_CASE_NUMBER: Final = "泸公(刑)立字〔2025〕88号"

DENY: Final = forwarding.DenyJurisdictionRequest(referral_id=REFERRAL, reason="犯罪地在永川")
FORWARD: Final = forwarding.ForwardReferralRequest(
    referral_id=REFERRAL, to_police_id=OTHER_POLICE.id, reason="犯罪地在永川", notice=file("转送通知")
)
DECLINE: Final = forwarding.DeclineReferralRequest(
    referral_id=REFERRAL, reason="系职务犯罪线索", competent="监察机关", notice=file("告知书")
)
FORWARDED: Final = forwarding.ReferralForwarded(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    to_police_id=OTHER_POLICE.id,
    procuratorate_id=PROCURATORATE.id,
    case_number="川泸2025-0042",
    suspected_crime="刑法 art. 280",
    reason="犯罪地在永川",
    notice=file("转送通知"),
)
DECLINED: Final = forwarding.ReferralDeclined(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    procuratorate_id=PROCURATORATE.id,
    reason="系职务犯罪线索",
    competent="监察机关",
    notice=file("告知书"),
)

RECORD_FORWARDING: Final = forwarding.RecordForwardingRequest(
    transfer_id=TRANSFER,
    police_id=POLICE.id,
    to_police_id=OTHER_POLICE.id,
    reason="犯罪地在永川",
    notice=file("转送通知"),
)
POLICE_FORWARDED: Final = forwarding.PoliceForwarded(
    transfer_id=TRANSFER,
    police_id=POLICE.id,
    to_police_id=OTHER_POLICE.id,
    case_id=CASE,
    reason="犯罪地在永川",
    notice=file("转送通知"),
)
RECORD_DECLINE: Final = forwarding.RecordDeclineRequest(
    transfer_id=TRANSFER, police_id=POLICE.id, reason="系职务犯罪线索", competent="监察机关", notice=file("告知书")
)
POLICE_DECLINED: Final = forwarding.PoliceDeclined(
    transfer_id=TRANSFER,
    police_id=POLICE.id,
    case_id=CASE,
    reason="系职务犯罪线索",
    competent="监察机关",
    notice=file("告知书"),
)


def extend(ground: reconsideration.ExtensionGround.ValueType) -> reconsideration.ExtendDecisionRequest:
    return reconsideration.ExtendDecisionRequest(referral_id=REFERRAL, ground=ground, document=file("延长审批表"))


def extended(
    days: int, ground: reconsideration.ExtensionGround.ValueType = reconsideration.EXTENSION_GROUND_COMPLICATED
) -> reconsideration.FilingDecisionExtended:
    return reconsideration.FilingDecisionExtended(
        referral_id=REFERRAL,
        transfer_id=TRANSFER,
        bureau_id=LUXIAN.id,
        procuratorate_id=PROCURATORATE.id,
        ground=ground,
        days=days,
        document=file("延长审批表"),
    )


RECORD_EXTENSION: Final = reconsideration.RecordExtensionRequest(
    transfer_id=TRANSFER, police_id=POLICE.id, ground=reconsideration.EXTENSION_GROUND_COMPLICATED, days=7
)
RECONSIDER: Final = reconsideration.RequestReconsiderationRequest(
    transfer_id=TRANSFER, grounds="数额已达追诉标准", letter=file("复议申请书")
)
RECONSIDERATION_REQUESTED: Final = reconsideration.ReconsiderationRequested(
    transfer_id=TRANSFER,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    case_id=CASE,
    grounds="数额已达追诉标准",
    letter=file("复议申请书"),
)
RECEIVE_RECONSIDERATION: Final = reconsideration.ReceiveReconsiderationRequest(
    referral_id=REFERRAL, bureau_id=LUXIAN.id, grounds="数额已达追诉标准", letter=file("复议申请书")
)
RECONSIDERATION_RECEIVED: Final = reconsideration.ReconsiderationReceived(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    procuratorate_id=PROCURATORATE.id,
    grounds="数额已达追诉标准",
    letter=file("复议申请书"),
)
FILE_AFTER_ALL: Final = commands.DecideReconsiderationRequest(
    referral_id=REFERRAL,
    outcome=commands.FILING_OUTCOME_FILED,
    criminal_case_number=CRIMINAL_CASE_NUMBER,
    notice=file("立案通知书"),
)
MAINTAIN: Final = commands.DecideReconsiderationRequest(
    referral_id=REFERRAL, outcome=commands.FILING_OUTCOME_REFUSED, reasons="维持原决定", notice=file("复议决定书")
)
MAINTAINED: Final = reconsideration.RefusalMaintained(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    procuratorate_id=PROCURATORATE.id,
    reasons="维持原决定",
    notice=file("复议决定书"),
)
RECORD_MAINTAINED: Final = reconsideration.RecordRefusalMaintainedRequest(
    transfer_id=TRANSFER, police_id=POLICE.id, reasons="维持原决定", notice=file("复议决定书")
)
MAINTAINED_RECORDED: Final = reconsideration.PoliceRefusalMaintained(
    transfer_id=TRANSFER, police_id=POLICE.id, case_id=CASE, reasons="维持原决定", notice=file("复议决定书")
)

SUPERVISION: Final = supervision_of(TRANSFER, LUXIAN.id)
SUGGEST: Final = supervision.SuggestSupervisionRequest(
    transfer_id=TRANSFER, grounds="数额已达追诉标准", letter=file("立案监督建议书"), enclosures=[file("不予立案通知书")]
)
SUGGESTED: Final = supervision.SupervisionSuggested(
    transfer_id=TRANSFER,
    procuratorate_id=PROCURATORATE.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    case_id=CASE,
    case_number="川泸2025-0042",
    suspected_crime="刑法 art. 280",
    grounds="数额已达追诉标准",
    letter=file("立案监督建议书"),
    enclosures=[file("不予立案通知书")],
)


def told(
    step: supervision.SupervisionStep.ValueType,
    about: supervision.NonFiling.ValueType = supervision.NON_FILING_UNSPECIFIED,
) -> supervision.RecordSupervisionRequest:
    return supervision.RecordSupervisionRequest(
        transfer_id=TRANSFER,
        procuratorate_id=PROCURATORATE.id,
        police_id=POLICE.id,
        supervision_id=SUPERVISION,
        step=step,
        about=about,
    )


def recorded(
    step: supervision.SupervisionStep.ValueType,
    about: supervision.NonFiling.ValueType = supervision.NON_FILING_UNSPECIFIED,
) -> supervision.SupervisionStepRecorded:
    return supervision.SupervisionStepRecorded(
        transfer_id=TRANSFER,
        procuratorate_id=PROCURATORATE.id,
        police_id=POLICE.id,
        supervision_id=SUPERVISION,
        step=step,
        about=about,
        case_id=CASE,
    )


OPEN_SUPERVISION: Final = supervision.OpenSupervisionRequest(
    supervision_id=SUPERVISION,
    oversight_id=oversight_of(TRANSFER, POLICE.id),
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    reason="超过期限未作出决定",
)
RECEIVE_SUGGESTION: Final = supervision.ReceiveSuggestionRequest(
    supervision_id=SUPERVISION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    grounds="数额已达追诉标准",
    letter=file("立案监督建议书"),
    enclosures=[file("不予立案通知书")],
)
SUGGESTION_RECEIVED: Final = supervision.SuggestionReceived(
    supervision_id=SUPERVISION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    grounds="数额已达追诉标准",
    letter=file("立案监督建议书"),
    enclosures=[file("不予立案通知书")],
)
OWN_SUPERVISION: Final = supervision.SupervisionOpened(
    supervision_id=SUPERVISION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    reason="超过期限未作出决定",
)
SUGGESTED_SUPERVISION: Final = supervision.SupervisionOpened(
    supervision_id=SUPERVISION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    suggested=True,
)
ASK: Final = supervision.AskReasonsRequest(
    supervision_id=SUPERVISION, questions="为何不立案", letter=file("要求说明不立案理由通知书")
)
ASKED: Final = supervision.ReasonsAsked(
    supervision_id=SUPERVISION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    questions="为何不立案",
    letter=file("要求说明不立案理由通知书"),
)
NOTE_ASKED: Final = supervision.NoteReasonsAskedRequest(
    referral_id=REFERRAL,
    procuratorate_id=PROCURATORATE.id,
    supervision_id=SUPERVISION,
    questions="为何不立案",
    letter=file("要求说明不立案理由通知书"),
)
ASKED_RECEIVED: Final = supervision.ReasonsRequestReceived(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    procuratorate_id=PROCURATORATE.id,
    supervision_id=SUPERVISION,
    questions="为何不立案",
    letter=file("要求说明不立案理由通知书"),
)
STATE: Final = supervision.StateReasonsRequest(
    referral_id=REFERRAL, reasons="情节显著轻微", document=file("不立案理由说明书")
)


def stated(about: supervision.NonFiling.ValueType) -> supervision.ReasonsStated:
    return supervision.ReasonsStated(
        referral_id=REFERRAL,
        transfer_id=TRANSFER,
        bureau_id=LUXIAN.id,
        procuratorate_id=PROCURATORATE.id,
        supervision_id=SUPERVISION,
        about=about,
        reasons="情节显著轻微",
        document=file("不立案理由说明书"),
    )


RECORD_ASKED_RECEIVED: Final = supervision.RecordReasonsRequestReceiptRequest(
    supervision_id=SUPERVISION, police_id=POLICE.id
)
ASKED_RECEIVED_RECORDED: Final = supervision.ReasonsRequestReceiptRecorded(
    supervision_id=SUPERVISION, transfer_id=TRANSFER, police_id=POLICE.id
)
RECORD_REASONS: Final = supervision.RecordReasonsRequest(
    supervision_id=SUPERVISION,
    police_id=POLICE.id,
    about=supervision.NON_FILING_REFUSED,
    reasons="情节显著轻微",
    document=file("不立案理由说明书"),
)
REASONS_RECORDED: Final = supervision.ReasonsRecorded(
    supervision_id=SUPERVISION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    about=supervision.NON_FILING_REFUSED,
    reasons="情节显著轻微",
    document=file("不立案理由说明书"),
)
UPHOLD: Final = supervision.ConcludeSupervisionRequest(
    supervision_id=SUPERVISION,
    result=supervision.SUPERVISION_RESULT_WELL_FOUNDED,
    reasons="理由成立",
    notice=file("通知书"),
)
ORDER: Final = supervision.ConcludeSupervisionRequest(
    supervision_id=SUPERVISION,
    result=supervision.SUPERVISION_RESULT_ORDER_TO_FILE,
    reasons="理由不成立",
    notice=file("通知立案书"),
)
UPHELD: Final = supervision.RefusalUpheld(
    supervision_id=SUPERVISION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    about=supervision.NON_FILING_REFUSED,
    reasons="理由成立",
    notice=file("通知书"),
)
ORDERED: Final = supervision.FilingOrdered(
    supervision_id=SUPERVISION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    reasons="理由不成立",
    notice=file("通知立案书"),
)
NOTE_UPHELD: Final = supervision.NoteSupervisionResultRequest(
    referral_id=REFERRAL,
    procuratorate_id=PROCURATORATE.id,
    supervision_id=SUPERVISION,
    result=supervision.SUPERVISION_RESULT_WELL_FOUNDED,
    about=supervision.NON_FILING_REFUSED,
    notice=file("通知书"),
)
NOTE_ORDER: Final = supervision.NoteSupervisionResultRequest(
    referral_id=REFERRAL,
    procuratorate_id=PROCURATORATE.id,
    supervision_id=SUPERVISION,
    result=supervision.SUPERVISION_RESULT_ORDER_TO_FILE,
    notice=file("通知立案书"),
)
UPHELD_RECEIVED: Final = supervision.RefusalUpheldReceived(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    procuratorate_id=PROCURATORATE.id,
    supervision_id=SUPERVISION,
    about=supervision.NON_FILING_REFUSED,
    notice=file("通知书"),
)
ORDER_RECEIVED: Final = supervision.FilingOrderReceived(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    procuratorate_id=PROCURATORATE.id,
    supervision_id=SUPERVISION,
    notice=file("通知立案书"),
)
END: Final = supervision.EndSupervisionRequest(supervision_id=SUPERVISION, police_id=POLICE.id, filed=True)
ENDED: Final = supervision.SupervisionEnded(
    supervision_id=SUPERVISION, transfer_id=TRANSFER, bureau_id=LUXIAN.id, police_id=POLICE.id, filed=True
)


def moot(*, filed: bool) -> supervision.SupervisionMoot:
    return supervision.SupervisionMoot(
        referral_id=REFERRAL,
        transfer_id=TRANSFER,
        bureau_id=LUXIAN.id,
        procuratorate_id=PROCURATORATE.id,
        supervision_id=SUPERVISION,
        filed=filed,
    )


WITHDRAW: Final = outcomes.WithdrawCriminalCaseRequest(
    referral_id=REFERRAL, reasons="没有犯罪事实", notice=file("撤销案件决定书")
)
WITHDRAWN: Final = outcomes.CriminalCaseWithdrawn(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    procuratorate_id=PROCURATORATE.id,
    reasons="没有犯罪事实",
    notice=file("撤销案件决定书"),
)
RETURN_PROPERTY: Final = outcomes.ReturnPropertyRequest(
    referral_id=REFERRAL,
    items=[VEHICLE],
    record=file("退还笔录"),
    officer_ids=[OFFICER_OF_POLICE.officer_id],
)

PROSECUTION: Final = prosecution_of(TRANSFER, POLICE.id)
OPEN_PROSECUTION: Final = outcomes.OpenProsecutionRequest(
    prosecution_id=PROSECUTION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    criminal_case_number=CRIMINAL_CASE_NUMBER,
)
PROSECUTION_OPENED: Final = outcomes.ProsecutionOpened(
    prosecution_id=PROSECUTION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    criminal_case_number=CRIMINAL_CASE_NUMBER,
)
NOT_PROSECUTE: Final = outcomes.DecideNonProsecutionRequest(
    prosecution_id=PROSECUTION,
    ground=outcomes.NON_PROSECUTION_GROUND_MINOR,
    penalty_needed=True,
    decision=file("不起诉决定书"),
)
NOT_PROSECUTED: Final = outcomes.NonProsecutionDecided(
    prosecution_id=PROSECUTION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    ground=outcomes.NON_PROSECUTION_GROUND_MINOR,
    penalty_needed=True,
    decision=file("不起诉决定书"),
)
TELL_CONVICTION: Final = outcomes.TellJudgmentRequest(
    prosecution_id=PROSECUTION,
    outcome=outcomes.TRANSFER_OUTCOME_CONVICTED,
    criminal_fine_fen=500_000,
    custody_days=180,
    effective_on="2025-12-01",
    judgment_number="（2025）川0521刑初66号",
    judgment=file("刑事判决书"),
)
CONVICTED: Final = outcomes.JudgmentTold(
    prosecution_id=PROSECUTION,
    transfer_id=TRANSFER,
    bureau_id=LUXIAN.id,
    police_id=POLICE.id,
    referral_id=REFERRAL,
    outcome=outcomes.TRANSFER_OUTCOME_CONVICTED,
    criminal_fine_fen=500_000,
    custody_days=180,
    effective_on="2025-12-01",
    judgment_number="（2025）川0521刑初66号",
    judgment=file("刑事判决书"),
)


def told_outcome(
    outcome: outcomes.TransferOutcome.ValueType, teller: Authority = PROCURATORATE
) -> outcomes.RecordToldOutcomeRequest:
    return outcomes.RecordToldOutcomeRequest(transfer_id=TRANSFER, teller_id=teller.id, outcome=outcome)


def outcome_recorded(
    outcome: outcomes.TransferOutcome.ValueType, teller: Authority = PROCURATORATE
) -> outcomes.OutcomeRecorded:
    return outcomes.OutcomeRecorded(transfer_id=TRANSFER, outcome=outcome, teller_id=teller.id, case_id=CASE)


NOTE_OUTCOME: Final = outcomes.NoteOutcomeRequest(
    referral_id=REFERRAL, procuratorate_id=PROCURATORATE.id, outcome=outcomes.TRANSFER_OUTCOME_CONVICTED
)
OUTCOME_NOTED: Final = outcomes.OutcomeNoted(
    referral_id=REFERRAL,
    transfer_id=TRANSFER,
    procuratorate_id=PROCURATORATE.id,
    outcome=outcomes.TRANSFER_OUTCOME_CONVICTED,
)
RECORD_OUTCOME: Final = outcomes.RecordOutcomeRequest(
    transfer_id=TRANSFER,
    outcome=outcomes.TRANSFER_OUTCOME_CONVICTED,
    criminal_fine_fen=500_000,
    custody_days=180,
    effective_on="2025-12-01",
    document=file("刑事判决书"),
)
CLOSE: Final = outcomes.CloseTransferRequest(transfer_id=TRANSFER)
CLOSED: Final = outcomes.TransferClosed(transfer_id=TRANSFER, outcome=outcomes.TRANSFER_OUTCOME_CONVICTED, case_id=CASE)
RETURN_OF_PROPERTY: Final = outcomes.RecordPropertyReturnRequest(
    transfer_id=TRANSFER, police_id=POLICE.id, items=[VEHICLE], record=file("退还笔录")
)
PROPERTY_BACK: Final = outcomes.PropertyReturnRecorded(
    transfer_id=TRANSFER,
    police_id=POLICE.id,
    item_count=1,
    case_id=CASE,
    items=[VEHICLE],
    record=file("退还笔录"),
)
