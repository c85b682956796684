"""Read models of collections, executions and reconciliations.

Here are the tables; topics register what fills them: account_views for the accounts and the stage of a collection,
payment_views for what comes in and goes out, execution_views, auction_views, and reconciliation_views for the days of
the bank.
"""

from pathlib import Path

from enforcement.collection.v1 import events_pb2 as pb

from services.collection import model
from services.kernel.projection import Views
from services.kernel.timeline import keep_timeline

views = Views("collection", version=12, sql=Path(__file__).with_name("views.sql"))

collection = views.table("collection", key="collection_id")
order = views.table("payment_order", key="order_id")
transaction = views.table("transaction", key=("transaction_id", "kind"))
on_site = views.table("on_site", key="on_site_id")
on_spot_receipt = views.table("on_spot_receipt", key="on_spot_id")
difference = views.table("difference", key="difference_id")
refund = views.table("refund", key="refund_id")
execution = views.table("execution", key="execution_id")
paper = views.table("paper", key=("matter_id", "document"))
auction = views.table("auction", key="auction_id")
seizure = views.table("seizure", key="measure_id")
remedy = views.table("remedy", key="remedy_id")
reconciliation = views.table("reconciliation", key="reconciliation_id")
mismatch = views.table("mismatch", key=("reconciliation_id", "mismatch_id"))

keep_timeline(
    views,
    {
        pb.CollectionOpened: "罚没收缴立账",
        pb.PaymentDueSet: "决定书送达生效，确定缴纳期限",
        pb.PaymentDueMoved: "按节假日安排调整缴纳期限",
        pb.DecisionChangeNoted: "决定变更或者撤销，调整应缴金额",
        pb.RemedyBeginNoted: "复议或者诉讼开始，加处罚款暂停计算",
        pb.RemedyEndNoted: "复议或者诉讼终结",
        pb.PaymentOrderOpened: "开具缴款单",
        pb.PaymentOrderPlaced: "银行受理缴款单",
        pb.PaymentOrderRejected: "银行未受理缴款单",
        pb.PaymentOrderCancelled: "撤销缴款单",
        pb.PaymentRecorded: "收到缴款",
        pb.FiscalReceiptRecorded: "补录财政票据号码",
        pb.FineCollectedOnSite: "当场收缴罚款",
        pb.OnSiteLanded: "当场收缴人员抵岸",
        pb.OnSiteHandedIn: "当场收缴的罚款交至机关",
        pb.OnSiteBanked: "当场收缴的罚款缴付银行",
        pb.ObligationPerformed: "当事人履行决定的其他义务",
        pb.PaymentReversed: "银行冲正，恢复应缴",
        pb.InstalmentReopened: "该期罚款恢复应缴",
        pb.PaymentDifferenceFound: "发现收款差异",
        pb.DifferenceResolved: "处理收款差异",
        pb.RefundProposed: "提出退付",
        pb.RefundApproved: "批准退付",
        pb.RefundRejected: "不予退付",
        pb.RefundFailed: "银行退付失败",
        pb.RefundWithdrawn: "撤回退付",
        pb.RefundExecuted: "银行已退付",
        pb.RefundConfirmed: "确认退付到账",
        pb.InstalmentsRequested: "申请延期或者分期缴纳罚款",
        pb.InstalmentsRefused: "不同意延期或者分期缴纳",
        pb.InstalmentsApproved: "批准延期或者分期缴纳罚款",
        pb.InstalmentSet: "确定分期缴纳期限",
        pb.InstalmentPaid: "该期罚款已缴清",
        pb.UndeferredPaid: "未延期的违法所得已缴清",
        pb.FineOverdue: "逾期未缴纳",
        pb.CourtWindowSet: "确定申请法院强制执行的期限",
        pb.DemandServed: "送达催告书",
        pb.DemandStatementRecorded: "记录催告后的陈述申辩",
        pb.DemandStatementReviewed: "复核催告后的陈述申辩",
        pb.CourtApplied: "申请人民法院强制执行",
        pb.CourtAccepted: "人民法院受理",
        pb.CourtNotAccepted: "人民法院不予受理",
        pb.CourtDoubtNoted: "人民法院审查明显违法情形",
        pb.CourtGranted: "人民法院裁定准予执行",
        pb.CourtRefused: "人民法院裁定不予执行",
        pb.CourtReviewRequested: "向上一级人民法院申请复议",
        pb.CourtReviewUpheld: "上一级人民法院维持裁定",
        pb.AuctionDecided: "决定拍卖查封、扣押的财物抵缴罚款",
        pb.AuctionCommissioned: "委托拍卖机构",
        pb.AuctionFailed: "流拍",
        pb.AuctionSold: "拍卖成交",
        pb.AuctionBuyerDefaulted: "买受人未支付或者未付清价款",
        pb.AuctionProceedsReceived: "拍卖价款到账并抵缴",
        pb.AuctionCancelled: "撤销拍卖",
        pb.AgreementConcluded: "达成执行协议",
        pb.AgreementBroken: "当事人不履行执行协议",
        pb.ExecutionSuspended: "中止执行",
        pb.ExecutionResumed: "恢复执行",
        pb.CollectionPerformed: "履行完毕",
        pb.CollectionReopened: "仍有应缴金额，恢复收缴",
        pb.ExecutionEnded: "终结执行",
        pb.ExecutionDemanded: "催告履行义务",
        pb.ExecutionStatementRecorded: "记录陈述申辩",
        pb.ExecutionStatementReviewed: "复核陈述申辩",
        pb.ExecutionDecided: "作出行政强制执行决定",
        pb.ExecutionDecisionServed: "送达行政强制执行决定书",
        pb.SubstituteDemanded: "代履行前催告",
        pb.ExecutionNoticePosted: "发布执行公告",
        pb.ExecutionStarted: "实施强制执行",
        pb.ImmediateClearingDone: "立即实施代履行",
        pb.ExecutionPartyInformed: "事后通知当事人",
        pb.SubstituteCostCharged: "决定由当事人负担代履行费用",
        pb.SubstituteCostRevoked: "代履行费用决定被撤销",
        pb.OwnExecutionSuspended: "中止执行",
        pb.OwnExecutionResumed: "恢复执行",
        pb.OwnExecutionAgreed: "达成执行协议",
        pb.OwnExecutionAgreementBroken: "当事人不履行执行协议",
        pb.OwnExecutionEnded: "执行结束",
        pb.DayReconciled: "与银行对账",
        pb.MismatchResolved: "处理对账差异",
    },
    (model.collection, model.execution, model.reconciliation),
)
