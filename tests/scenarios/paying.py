"""A fine of a case is paid by code, from the order to the case that knows it."""

from enforcement.bank.v1 import service_pb2 as bank
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.collection.v1 import events_pb2 as money
from enforcement.collection.v1 import service_pb2 as collection

from deploy.local.story.cast import LUXIAN, Officer
from deploy.local.story.run import Run


async def paid_by_code(run: Run, officer: Officer, case_id: str) -> None:
    """The party scans the code of an order, the bank tells the node, and the case is performed."""
    question = collection.GetCollectionRequest(case_id=case_id)
    opened = (await run.until(officer, question, lambda answer: answer.collection.summary.open_fen, "待缴")).collection
    order = collection.OpenPaymentOrderRequest(collection_id=opened.summary.collection_id, account=money.ACCOUNT_FINE)
    await run.act(officer, "order", order)
    placed = await run.until(
        officer, question, lambda answer: any(one.qr_payload for one in answer.collection.orders), "缴款码"
    )
    stub, channel = run.cluster.bank.stub(LUXIAN)
    async with channel:
        await stub.Pay(bank.PayRequest(qr_payload=placed.collection.orders[0].qr_payload), timeout=10)
    await run.until(
        officer,
        cases.GetCaseRequest(case_id=case_id),
        lambda answer: answer.case.procedure.performance == side.PERFORMANCE_PHASE_PERFORMED,
        "缴款到账",
    )
