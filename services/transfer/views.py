"""Read models of transfers, one module for each side."""

from pathlib import Path
from typing import Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision
from enforcement.transfer.v1 import team_pb2 as team

from services.kernel.projection import Views
from services.transfer.bureau_views import keep_sheets, keep_transfers
from services.transfer.police_views import keep_referrals
from services.transfer.procuratorate_views import keep_oversights, keep_prosecutions, keep_supervisions

views = Views("transfer", version=7, sql=Path(__file__).with_name("views.sql"))

for keep in (keep_transfers, keep_sheets, keep_referrals, keep_oversights, keep_supervisions, keep_prosecutions):
    keep(views)

TITLES: Final = {
    pb.TransferOpened: "成立专案组",
    team.TeamChanged: "调整专案组",
    pb.ReportSubmitted: "提交移送报告",
    pb.TransferApproved: "批准移送",
    pb.TransferRejected: "决定不予移送",
    pb.CaseTransferred: "移送公安机关",
    pb.TransferCopied: "抄送人民检察院",
    pb.PoliceReceiptRecorded: "公安机关签收回执",
    pb.SupplementRequested: "公安机关要求补充材料",
    pb.SupplementSent: "补充移送材料",
    pb.PoliceFilingRecorded: "收到立案通知书",
    pb.PoliceRefusalRecorded: "收到不予立案通知书",
    pb.PropertyHandedOver: "移交涉案财物",
    pb.HandOverConfirmationRecorded: "公安机关确认接收",
    pb.PartyInformed: "书面告知当事人",
    pb.CaseReturned: "退回行政处理",
    pb.ReferralReceived: "收到移送案件",
    pb.ReferralReceiptSigned: "签收回执",
    pb.SupplementDemanded: "要求补充材料",
    pb.SupplementReceived: "收到补充材料",
    pb.CriminalCaseFiled: "决定立案",
    pb.FilingRefused: "决定不予立案",
    pb.HandOverNoted: "收到移交清单",
    pb.HandOverConfirmed: "接收涉案财物",
    pb.OversightOpened: "获知移送",
    pb.OversightUpdated: "获知移送进展",
    paper.PrintedLetterSent: "送达纸质函件",
    paper.PaperAnswerEntered: "录入纸质回执",
    paper.PaperAnswerConfirmed: "复核确认纸质回执",
    paper.PaperAnswerDiscarded: "作废录入",
    paper.PaperActNoted: "纸质回执所载行为",
    paper.PaperAnswerMatched: "与节点回执核对",
    incoming.PaperEntered: "录入来文",
    incoming.PaperConfirmed: "复核确认来文",
    incoming.PaperDiscarded: "作废录入",
    incoming.PaperNoted: "来文所载行为",
    incoming.ReferralPaperMatched: "来文与检察机关节点核对",
    incoming.SupervisionPaperMatched: "来文与公安机关节点核对",
    forwarding.JurisdictionDenied: "认定无管辖权",
    forwarding.ReferralForwarded: "转送有管辖权的公安机关",
    forwarding.ReferralDeclined: "告知不属于公安机关管辖",
    forwarding.PoliceForwarded: "公安机关转送",
    forwarding.TransferRedirected: "向受理转送的公安机关提供移送材料",
    forwarding.PoliceDeclined: "公安机关告知不属于其管辖",
    reconsideration.FilingDecisionExtended: "延长立案审查期限",
    reconsideration.PoliceExtensionRecorded: "公安机关延长立案审查期限",
    reconsideration.ReconsiderationRequested: "提请公安机关复议",
    reconsideration.ReconsiderationReceived: "收到复议申请",
    reconsideration.RefusalMaintained: "复议维持不予立案",
    reconsideration.PoliceRefusalMaintained: "收到维持不予立案的复议决定",
    supervision.SupervisionSuggested: "建议立案监督",
    supervision.SupervisionStepRecorded: "检察机关立案监督进展",
    supervision.SuggestionReceived: "收到立案监督建议",
    supervision.SupervisionOpened: "启动立案监督",
    supervision.ReasonsAsked: "要求说明不立案理由",
    supervision.ReasonsRequestReceived: "收到要求说明不立案理由的通知",
    supervision.ReasonsRequestReceiptRecorded: "公安机关收到通知",
    supervision.ReasonsStated: "说明不立案理由",
    supervision.ReasonsRecorded: "收到不立案理由说明",
    supervision.RefusalUpheld: "认定不立案理由成立",
    supervision.RefusalUpheldReceived: "收到不立案理由成立的通知",
    supervision.FilingOrdered: "通知公安机关立案",
    supervision.FilingOrderReceived: "收到通知立案书",
    supervision.SupervisionMoot: "告知无须立案监督",
    supervision.SupervisionEnded: "立案监督终结",
    outcomes.CriminalCaseWithdrawn: "撤销案件",
    outcomes.ProsecutionOpened: "获知公安机关立案",
    outcomes.NonProsecutionDecided: "作出不起诉决定",
    outcomes.JudgmentTold: "告知生效判决",
    outcomes.OutcomeRecorded: "收到刑事处理结果",
    outcomes.OutcomeNoted: "获知刑事处理结果",
    outcomes.PropertyReturned: "退还涉案财物",
    outcomes.PropertyReturnRecorded: "收到退还的涉案财物",
    outcomes.TransferClosed: "移送办结",
}
"""What people call each step, in the words of the law."""
