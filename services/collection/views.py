"""Read models of collections, executions and reconciliations."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

from enforcement.collection.v1 import events_pb2 as pb

from services.collection import model
from services.collection.auction_views import keep_auctions
from services.collection.model import ExecutionStage, OrderState, Stage
from services.collection.model.collection import AT_COURT
from services.collection.money import DUE_ON_THE_DAY, Money
from services.collection.statement import AUCTION, DEPOSIT, PAYMENT, REFUND, REVERSAL
from services.collection.surcharge import Base, Due, Interval
from services.kernel.facts import Fact
from services.kernel.messages import as_dict, to_datetime
from services.kernel.projection import Row, Views
from services.kernel.timeline import keep_timeline
from services.kernel.values import day

views = Views("collection", version=7, sql=Path(__file__).with_name("views.sql"))

collection = views.table("collection", key="collection_id")
order = views.table("payment_order", key="order_id")
transaction = views.table("transaction", key=("transaction_id", "kind"))
on_site = views.table("on_site", key="on_site_id")
difference = views.table("difference", key="difference_id")
refund = views.table("refund", key="refund_id")
execution = views.table("execution", key="execution_id")
reconciliation = views.table("reconciliation", key="reconciliation_id")
mismatch = views.table("mismatch", key=("reconciliation_id", "mismatch_id"))

_STAGES: Final = {
    pb.CourtApplied: Stage.COURT_APPLIED,
    pb.CourtAccepted: Stage.COURT_ACCEPTED,
    pb.CourtNotAccepted: Stage.DEMANDED,
    pb.CourtRefused: Stage.DEMANDED,
    pb.CourtReviewRequested: Stage.COURT_REVIEW,
    pb.CourtReviewUpheld: Stage.DEMANDED,
    pb.CourtGranted: Stage.COURT_GRANTED,
}


def _keep(row: Row, money: Money) -> None:
    """The accounts, and what lists filter by."""
    accounts = (pb.ACCOUNT_FINE, *DUE_ON_THE_DAY)
    row.update(
        money=money.as_row(),
        open_fen=sum(money.open(account, date.max) for account in accounts),
        next_due_on=money.next_due_on(date.max),
        surcharge_left_fen=0 if money.open(pb.ACCOUNT_FINE, date.max) else money.open(pb.ACCOUNT_SURCHARGE, date.max),
    )


@collection.on(pb.CollectionOpened)
def opened(row: Row, event: pb.CollectionOpened, fact: Fact) -> None:
    before = Money.of_row(row["money"]) if "money" in row else Money()
    row.update(
        began_position=row.get("began_position", fact.position),
        case_id=event.case_id,
        on_spot_id=event.on_spot_id,
        execution_id=event.execution_id,
        case_number=event.case_number,
        stage=Stage.OPENED,
        duty=event.duty,
        duty_done=False,
        due_on=None,
        effective_on=None,
        court_window_ends_on=None,
        demanded_on=None,
        suspended=False,
    )
    _keep(row, before.anew(event))


@collection.on(pb.PaymentDueSet)
def due_set(row: Row, event: pb.PaymentDueSet, fact: Fact) -> None:
    row.update(effective_on=event.effective_on, due_on=event.due_on)
    if row["stage"] == Stage.OPENED or event.anew:
        row.update(stage=Stage.DUE, demanded_on=None, court_window_ends_on=None)
    _keep(row, Money.of_row(row["money"]).due(day(event.due_on), Base(event.surcharge_base)))


@collection.on(pb.DecisionChangeNoted)
def changed(row: Row, event: pb.DecisionChangeNoted, fact: Fact) -> None:
    row.update(duty_done=row["duty_done"] and event.duty == row["duty"], duty=event.duty)
    _keep(row, Money.of_row(row["money"]).changed(event))


@collection.on(pb.ObligationPerformed)
def obligation_performed(row: Row, event: pb.ObligationPerformed, fact: Fact) -> None:
    row["duty_done"] = True


@collection.on(pb.CollectionReopened)
def reopened(row: Row, event: pb.CollectionReopened, fact: Fact) -> None:
    owed = Stage.OVERDUE if event.overdue else Stage.DUE
    row["stage"] = row["performed_out_of"] if row.get("performed_out_of") in AT_COURT else owed


_MONEY: Final[dict[type, Callable[[Money, Any], Money]]] = {
    pb.PaymentRecorded: lambda money, event: money.received(event.account, event.amount_fen, day(event.paid_on)),
    pb.FineCollectedOnSite: lambda money, event: money.received(
        pb.ACCOUNT_FINE, event.amount_fen, day(event.collected_on)
    ),
    pb.DifferenceResolved: lambda money, event: money.moved(event),
    pb.PaymentDueMoved: lambda money, event: money.due_moved(day(event.from_on), day(event.due_on)),
    pb.RefundExecuted: lambda money, event: money.refunded(event),
    pb.PaymentReversed: lambda money, event: money.reversed(event),
    pb.AuctionProceedsReceived: lambda money, event: money.auctioned(event),
    pb.RemedyBeginNoted: lambda money, event: money.paused(event.remedy_id, Interval(day(event.started_on))),
    pb.RemedyEndNoted: lambda money, event: money.paused(
        event.remedy_id, Interval(money.pauses[event.remedy_id].first, day(event.ended_on))
    ),
    pb.InstalmentSet: lambda money, event: money.with_due(Due(event.amount_fen, day(event.due_on))),
    pb.AgreementConcluded: lambda money, event: money.waived(event.waived_fen),
    pb.AgreementBroken: lambda money, event: money.waived(-event.restored_fen),
}


@collection.on(*_MONEY)
def money_moved(row: Row, event: Any, fact: Fact) -> None:
    _keep(row, _MONEY[type(event)](Money.of_row(row["money"]), event))
    if isinstance(event, pb.RemedyBeginNoted):
        row["court_window_ends_on"] = None
    if isinstance(event, pb.PaymentDueMoved):
        row["due_on"] = event.due_on


@collection.on(pb.InstalmentsApproved)
def divided(row: Row, event: pb.InstalmentsApproved, fact: Fact) -> None:
    row.update(stage=Stage.DUE, demanded_on=None, court_window_ends_on=None)
    _keep(row, Money.of_row(row["money"]).divided(event))


@collection.on(pb.FineOverdue)
def overdue(row: Row, event: pb.FineOverdue, fact: Fact) -> None:
    if row["stage"] == Stage.DUE:
        row["stage"] = Stage.OVERDUE


@collection.on(pb.DemandServed)
def demanded(row: Row, event: pb.DemandServed, fact: Fact) -> None:
    row.update(stage=Stage.DEMANDED, demanded_on=event.served_on)


@collection.on(pb.CourtWindowSet)
def window_set(row: Row, event: pb.CourtWindowSet, fact: Fact) -> None:
    row["court_window_ends_on"] = event.ends_on


@collection.on(*_STAGES)
def at_court(row: Row, event: Any, fact: Fact) -> None:
    row["stage"] = _STAGES[type(event)]


@collection.on(pb.ExecutionSuspended, pb.ExecutionResumed)
def suspended(row: Row, event: Any, fact: Fact) -> None:
    row["suspended"] = isinstance(event, pb.ExecutionSuspended)


@collection.on(pb.CollectionPerformed, pb.ExecutionEnded)
def over(row: Row, event: Any, fact: Fact) -> None:
    if isinstance(event, pb.CollectionPerformed):
        row["performed_out_of"] = row["stage"]
    row.update(
        stage=Stage.PERFORMED if isinstance(event, pb.CollectionPerformed) else Stage.ENDED,
        suspended=False,
        court_window_ends_on=None,
    )


@order.on(pb.PaymentOrderOpened)
def order_opened(row: Row, event: pb.PaymentOrderOpened, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        order_number=event.order_number,
        account=event.account,
        amount_fen=event.amount_fen,
        state=OrderState.OPENED,
        expires_at=to_datetime(event.expires_at),
        qr_payload="",
    )


@order.on(pb.PaymentOrderPlaced)
def order_placed(row: Row, event: pb.PaymentOrderPlaced, fact: Fact) -> None:
    row.update(state=OrderState.PLACED, qr_payload=event.qr_payload)


@order.on(pb.PaymentOrderRejected, pb.PaymentOrderCancelled)
def order_over(row: Row, event: Any, fact: Fact) -> None:
    row["state"] = OrderState.REJECTED if isinstance(event, pb.PaymentOrderRejected) else OrderState.CANCELLED


@order.on(pb.PaymentRecorded, key=lambda event, fact: event.order_id or None)
def order_paid(row: Row, event: pb.PaymentRecorded, fact: Fact) -> None:
    if "began_position" in row:
        row["state"] = OrderState.PAID


@transaction.on(pb.PaymentRecorded, key=lambda event, fact: (event.transaction_id, PAYMENT))
def paid(row: Row, event: pb.PaymentRecorded, fact: Fact) -> None:
    _transaction(row, event, fact, event.order_id, event.paid_on)
    row["receipt_number"] = event.receipt_number


@transaction.on(pb.FiscalReceiptRecorded, key=lambda event, fact: (event.transaction_id, PAYMENT))
def receipt_known(row: Row, event: pb.FiscalReceiptRecorded, fact: Fact) -> None:
    row["receipt_number"] = event.receipt_number


@order.on(pb.PaymentReversed, key=lambda event, fact: event.order_id or None)
def order_unpaid(row: Row, event: pb.PaymentReversed, fact: Fact) -> None:
    row["state"] = OrderState.REVERSED


@transaction.on(
    pb.PaymentReversed, key=lambda event, fact: [(event.transaction_id, PAYMENT), (event.reversal_id, REVERSAL)]
)
def taken_back(row: Row, event: pb.PaymentReversed, fact: Fact) -> None:
    if row["kind"] == PAYMENT:
        row["reversed_on"] = event.reversed_on
    else:
        _transaction(row, event, fact, event.order_id, event.reversed_on)


@transaction.on(pb.AuctionProceedsReceived, key=lambda event, fact: (event.transaction_id, AUCTION))
def price_came_in(row: Row, event: pb.AuctionProceedsReceived, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        order_id="",
        account=pb.ACCOUNT_AUCTION_REMAINDER,
        amount_fen=event.amount_fen,
        taken_on=event.received_on,
    )


@transaction.on(pb.OnSiteBanked, key=lambda event, fact: (event.transaction_id, DEPOSIT))
def deposited(row: Row, event: pb.OnSiteBanked, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        order_id="",
        account=pb.ACCOUNT_FINE,
        amount_fen=event.amount_fen,
        taken_on=event.banked_on,
    )


@transaction.on(pb.RefundExecuted, key=lambda event, fact: (event.transaction_id, REFUND))
def paid_back(row: Row, event: pb.RefundExecuted, fact: Fact) -> None:
    _transaction(row, event, fact, "", event.executed_on)


def _transaction(row: Row, event: Any, fact: Fact, order_id: str, taken_on: str) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        order_id=order_id,
        account=event.account,
        amount_fen=event.amount_fen,
        taken_on=taken_on,
    )


@on_site.on(pb.FineCollectedOnSite)
def collected_on_site(row: Row, event: pb.FineCollectedOnSite, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        receipt_number=event.receipt_number,
        ground=event.ground,
        amount_fen=event.amount_fen,
        collected_on=event.collected_on,
        landed=event.ground != pb.ON_SITE_GROUND_WATER,
        handed_in=False,
        transaction_id="",
    )


@on_site.on(pb.OnSiteLanded)
def landed(row: Row, event: pb.OnSiteLanded, fact: Fact) -> None:
    row["landed"] = True


@on_site.on(pb.OnSiteHandedIn)
def handed_in(row: Row, event: pb.OnSiteHandedIn, fact: Fact) -> None:
    row["handed_in"] = True


@on_site.on(pb.OnSiteBanked)
def banked(row: Row, event: pb.OnSiteBanked, fact: Fact) -> None:
    row["transaction_id"] = event.transaction_id


@difference.on(pb.PaymentDifferenceFound, key=lambda event, fact: event.difference.difference_id)
def difference_found(row: Row, event: pb.PaymentDifferenceFound, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        found=as_dict(event.difference),
        found_at=fact.recorded_at,
        resolution=0,
        note="",
    )


@difference.on(pb.DifferenceResolved)
def difference_resolved(row: Row, event: pb.DifferenceResolved, fact: Fact) -> None:
    row.update(resolution=event.resolution, note=event.note)


@refund.on(pb.RefundProposed)
def refund_proposed(row: Row, event: pb.RefundProposed, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        collection_id=event.collection_id,
        account=event.account,
        amount_fen=event.amount_fen,
        state=pb.REFUND_STATE_PROPOSED,
        reason=event.reason,
    )


_REFUNDS: Final = {
    pb.RefundApproved: pb.REFUND_STATE_APPROVED,
    pb.RefundRejected: pb.REFUND_STATE_REJECTED,
    pb.RefundFailed: pb.REFUND_STATE_FAILED,
    pb.RefundWithdrawn: pb.REFUND_STATE_WITHDRAWN,
    pb.RefundExecuted: pb.REFUND_STATE_EXECUTED,
    pb.RefundConfirmed: pb.REFUND_STATE_CONFIRMED,
}


@refund.on(*_REFUNDS)
def refund_moved(row: Row, event: Any, fact: Fact) -> None:
    row["state"] = _REFUNDS[type(event)]


@execution.on(pb.ExecutionDemanded, pb.ImmediateClearingDone)
def execution_began(row: Row, event: pb.ExecutionDemanded | pb.ImmediateClearingDone, fact: Fact) -> None:
    cleared = isinstance(event, pb.ImmediateClearingDone)
    row.update(
        began_position=fact.position,
        case_id=event.case_id,
        kind=pb.EXECUTION_KIND_IMMEDIATE_CLEARING if cleared else 0,
        stage=ExecutionStage.CLEARED if cleared else ExecutionStage.DEMANDED,
        suspended=False,
        ground=0,
        cost_fen=event.cost_fen if isinstance(event, pb.ImmediateClearingDone) else 0,
        charged_fen=0,
    )


@execution.on(pb.SubstituteCostCharged)
def cost_charged(row: Row, event: pb.SubstituteCostCharged, fact: Fact) -> None:
    row["charged_fen"] = event.cost_fen


@execution.on(pb.ExecutionDecided)
def execution_decided(row: Row, event: pb.ExecutionDecided, fact: Fact) -> None:
    row.update(stage=ExecutionStage.DECIDED, kind=event.kind)


@execution.on(pb.ExecutionStarted)
def execution_started(row: Row, event: pb.ExecutionStarted, fact: Fact) -> None:
    row["stage"] = ExecutionStage.STARTED


@execution.on(pb.OwnExecutionSuspended, pb.OwnExecutionResumed)
def execution_suspended(row: Row, event: Any, fact: Fact) -> None:
    row["suspended"] = isinstance(event, pb.OwnExecutionSuspended)


@execution.on(pb.OwnExecutionEnded)
def execution_ended(row: Row, event: pb.OwnExecutionEnded, fact: Fact) -> None:
    row.update(
        stage=ExecutionStage.ENDED,
        suspended=False,
        ground=event.ground,
        cost_fen=event.cost_fen or row["cost_fen"],
    )


@reconciliation.on(pb.DayReconciled)
def reconciled(row: Row, event: pb.DayReconciled, fact: Fact) -> None:
    row.update(
        began_position=row.get("began_position", fact.position),
        day_on=event.day_on,
        file=as_dict(event.file),
        line_count=event.line_count,
        bank_fen=event.bank_fen,
        ledger_fen=event.ledger_fen,
    )


@mismatch.on(
    pb.DayReconciled,
    key=lambda event, fact: [(event.reconciliation_id, one.mismatch_id) for one in event.mismatches],
)
def mismatch_found(row: Row, event: pb.DayReconciled, fact: Fact) -> None:
    found = next(one for one in event.mismatches if one.mismatch_id == row["mismatch_id"])
    # What a person resolved stays so; what a comparison no longer showed, and this one shows again, is open again.
    row.update(found=as_dict(found), resolved=bool(row.get("note")), note=row.get("note", ""))


@mismatch.on(pb.MismatchResolved)
def mismatch_resolved(row: Row, event: pb.MismatchResolved, fact: Fact) -> None:
    row.update(resolved=True, note=event.note)


keep_auctions(views)

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
        pb.AuctionBuyerDefaulted: "买受人未支付价款",
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
