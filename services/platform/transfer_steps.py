"""The steps of a criminal transfer that feeds tell, by the side whose step it is: names and dates, and nothing else.

bureau          opened, reported, approved, sent, forwarded on, what it was told, returned, closed
police          receipt, filing or refusal, forwarding, reconsideration, reasons, property, withdrawal
procuratorate   supervision of the filing, no prosecution, judgment
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from enforcement.transfer.v1 import events_pb2 as transfer
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision
from google.protobuf.message import Message

Steps = Mapping[type[Message], str]

BUREAU_STEPS: Final[Steps] = MappingProxyType(
    {
        transfer.TransferOpened: "成立专案组",
        transfer.ReportSubmitted: "提出移送报告",
        transfer.TransferApproved: "批准移送",
        transfer.TransferRejected: "不批准移送",
        transfer.CaseTransferred: "移送公安机关",
        paper.PrintedLetterSent: "送达纸质函件",
        paper.PaperAnswerConfirmed: "复核确认纸质回执",
        paper.PaperAnswerMatched: "纸质回执与节点回执核对",
        transfer.PoliceReceiptRecorded: "收到公安机关回执",
        transfer.SupplementRequested: "收到补充材料要求",
        transfer.SupplementSent: "补充材料",
        forwarding.PoliceForwarded: "获知公安机关转送",
        forwarding.TransferRedirected: "向受理转送的公安机关提供材料",
        forwarding.PoliceDeclined: "获知不属于公安机关管辖",
        reconsideration.PoliceExtensionRecorded: "获知延长立案审查期限",
        transfer.PoliceFilingRecorded: "收到立案通知",
        transfer.PoliceRefusalRecorded: "收到不予立案通知",
        reconsideration.ReconsiderationRequested: "提请公安机关复议",
        reconsideration.PoliceRefusalMaintained: "收到维持不予立案的复议决定",
        supervision.SupervisionSuggested: "建议立案监督",
        supervision.SupervisionStepRecorded: "获知立案监督进展",
        transfer.PropertyHandedOver: "移交涉案财物",
        transfer.HandOverConfirmationRecorded: "收到财物接收确认",
        transfer.PartyInformed: "书面告知当事人",
        outcomes.OutcomeRecorded: "收到刑事处理结果",
        outcomes.PropertyReturnRecorded: "收到退还的涉案财物",
        transfer.CaseReturned: "退回行政处理",
        outcomes.TransferClosed: "移送办结",
    }
)

POLICE_STEPS: Final[Steps] = MappingProxyType(
    {
        transfer.ReferralReceiptSigned: "公安机关签收",
        transfer.SupplementDemanded: "公安机关要求补充材料",
        forwarding.JurisdictionDenied: "公安机关认为无管辖权",
        forwarding.ReferralForwarded: "公安机关转送",
        forwarding.ReferralDeclined: "公安机关告知不属于其管辖",
        reconsideration.FilingDecisionExtended: "公安机关延长立案审查期限",
        transfer.CriminalCaseFiled: "公安机关立案",
        transfer.FilingRefused: "公安机关不予立案",
        reconsideration.ReconsiderationReceived: "公安机关收到复议申请",
        reconsideration.RefusalMaintained: "公安机关复议维持",
        supervision.ReasonsRequestReceived: "公安机关收到说明理由要求",
        supervision.ReasonsStated: "公安机关说明不立案理由",
        supervision.FilingOrderReceived: "公安机关收到通知立案书",
        supervision.SupervisionMoot: "公安机关告知无须立案监督",
        transfer.HandOverConfirmed: "公安机关接收涉案财物",
        outcomes.CriminalCaseWithdrawn: "公安机关撤销案件",
        outcomes.PropertyReturned: "公安机关退还涉案财物",
    }
)

PROCURATORATE_STEPS: Final[Steps] = MappingProxyType(
    {
        supervision.SupervisionOpened: "检察机关启动立案监督",
        supervision.ReasonsAsked: "检察机关要求说明不立案理由",
        supervision.ReasonsRecorded: "检察机关收到不立案理由说明",
        supervision.FilingOrdered: "检察机关通知立案",
        supervision.RefusalUpheld: "检察机关认定不立案理由成立",
        supervision.SupervisionEnded: "检察机关终结立案监督",
        outcomes.NonProsecutionDecided: "检察机关不起诉",
        outcomes.JudgmentTold: "检察机关告知生效判决",
    }
)

TRANSFER_STEPS: Final[Steps] = MappingProxyType({**BUREAU_STEPS, **POLICE_STEPS, **PROCURATORATE_STEPS})
"""All of them."""

SENT_TO_POLICE: Final = (transfer.CaseTransferred, forwarding.TransferRedirected)
"""By which the bureau names police who then speak for the police."""
