"""The fiscal receipt of a payment (财政票据): 行政处罚法 art. 70.

    payment ──with its receipt──▶ known          without ──record──▶ known         another one ──▶ refused

The collecting side gives the party a receipt and names its number with the payment. Where it names none, finance enters
it from the paper; one payment has one receipt, and a receipt is for one payment.

Not: a number that the collecting side names with a payment is compared with no other. The money has come in, whatever
its paper says. Nor does cases ask here for the receipt of a fine that is collected while it is decided on the spot.
"""

from dataclasses import replace

from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection.model.collection import Collection, Refusal, collection
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused


@collection.decide(commands.RecordFiscalReceiptRequest, basis="行政处罚法 art. 70; design")
def record_receipt(state: Collection, command: commands.RecordFiscalReceiptRequest, context: Context) -> Events:
    """The number of a payment's receipt, once; the same again changes nothing."""
    number = command.receipt_number.strip()
    paid = state.transactions.get(command.transaction_id)
    if paid is None or not paid.into_account or paid.reversed:
        raise Refused(Refusal.NO_SUCH_PAYMENT, transaction_id=command.transaction_id)
    if not number:
        raise Refused(Refusal.FISCAL_RECEIPT_NEEDED)
    if paid.receipt_number == number:
        return
    if paid.receipt_number:
        raise Refused(Refusal.FISCAL_RECEIPT_OTHER, transaction_id=command.transaction_id, number=paid.receipt_number)
    if context.found:
        raise Refused(Refusal.FISCAL_RECEIPT_USED, number=number)
    yield pb.FiscalReceiptRecorded(
        collection_id=command.collection_id,
        transaction_id=command.transaction_id,
        receipt_number=number,
        document=command.document if command.HasField("document") else None,
    )


@collection.evolve(pb.FiscalReceiptRecorded)
def receipt_recorded(state: Collection, event: pb.FiscalReceiptRecorded) -> Collection:
    paid = replace(state.transactions[event.transaction_id], receipt_number=event.receipt_number)
    return replace(state, transactions={**state.transactions, event.transaction_id: paid})
