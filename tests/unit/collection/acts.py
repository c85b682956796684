"""The collection of a fine of 10,000 yuan and 500 yuan of income, act by act, with the dates of AT-02.

Served 2024-11-12: payment due 2024-11-27, time for a suit to 2025-05-12, application to the court to 2025-08-12.
"""

from datetime import date
from typing import Any, Final, TypeVar

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands
from enforcement.common.v1 import common_pb2 as common
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.collection.model import collection_of
from services.collection.model.payment import Elsewhere
from services.kernel.delivery import Reach
from services.kernel.identity import Actor
from services.kernel.ledger import derive
from services.kernel.messages import to_timestamp, type_name
from tests.support.decider import LEADER, REGISTER, History, Outcome, instant, officer, on, uid

M = TypeVar("M", bound=Message)

CASE: Final = uid("case")
COLLECTION: Final = collection_of(CASE)
FINE: Final = 1_000_000
INCOME: Final = 50_000
BANK: Final = Actor("bank", "collector")
NOT_ELSEWHERE: Final = Elsewhere()
FINANCE: Final = officer("财", options.ROLE_FINANCE)
OFFICERS: Final = (*REGISTER, FINANCE)
SERVED_AT: Final = "2024-11-12 15:00"
DUE_ON: Final = "2024-11-27"
DEMANDED_AT: Final = "2025-06-03 10:00"


def changed(command: M, **fields: Any) -> M:
    """The same message with other fields; an empty list or text takes one away."""
    other = type(command)()
    other.CopyFrom(command)
    for name in fields:
        other.ClearField(name)
    other.MergeFrom(type(command)(**fields))
    return other


def file(name: str) -> common.BlobRef:
    return common.BlobRef(sha256=uid(name).encode()[:32], size=1000, media_type="application/pdf", file_name=name)


def said(outcome: Outcome[Any], n: int = 0) -> Any:
    """One of the events that a command led to."""
    return outcome.events[n]


def made(command: Message, purpose: str) -> str:
    """The id that a command of a test makes for a purpose."""
    from uuid import UUID

    return str(derive(UUID(uid(f"command/{type_name(command)}")), purpose))


OPENED: Final = pb.CollectionOpened(
    collection_id=COLLECTION, case_id=CASE, case_number="川泸2024-0042", fine_fen=FINE, confiscation_fen=INCOME
)
FINE_ONLY: Final = changed(OPENED, confiscation_fen=0)
DUE: Final = pb.PaymentDueSet(
    collection_id=COLLECTION,
    case_id=CASE,
    effective_on="2024-11-12",
    due_on=DUE_ON,
    suit_ends_on="2025-05-12",
    open_fen=FINE + INCOME,
    surcharge_base="fine",
)
SERVED: Final[History] = (OPENED, on(SERVED_AT, DUE))
ONLY_FINE_SERVED: Final[History] = (FINE_ONLY, on(SERVED_AT, changed(DUE, open_fen=FINE)))

ORDER: Final = commands.OpenPaymentOrderRequest(collection_id=COLLECTION, account=pb.ACCOUNT_FINE)
ORDER_ID: Final = made(ORDER, "order")


def expiry(at: str) -> Timestamp:
    return to_timestamp(instant(at))


ORDERED: Final = pb.PaymentOrderOpened(
    collection_id=COLLECTION,
    case_id=CASE,
    order_id=ORDER_ID,
    order_number=ORDER_ID,
    account=pb.ACCOUNT_FINE,
    amount_fen=FINE,
    expires_at=expiry("2024-11-23 10:00"),
)
ORDERED_AT: Final = "2024-11-20 10:00"
PAY: Final = commands.RecordPaymentRequest(
    collection_id=COLLECTION, transaction_id="T1", order_id=ORDER_ID, amount_fen=FINE
)
PAID_AT: Final = "2024-11-20 10:15"


def paid(amount_fen: int, on_day: str, transaction: str = "T1", order: str = ORDER_ID, account: int = 1) -> Any:
    return pb.PaymentRecorded(
        collection_id=COLLECTION,
        case_id=CASE,
        transaction_id=transaction,
        order_id=order,
        account=account,  # type: ignore[arg-type]
        amount_fen=amount_fen,
        paid_on=on_day,
    )


def performed(on_day: str, *, confiscation: int = INCOME, surcharge: int = 0) -> pb.CollectionPerformed:
    return pb.CollectionPerformed(
        collection_id=COLLECTION,
        case_id=CASE,
        performed_on=on_day,
        fine_fen=FINE,
        confiscation_fen=confiscation,
        surcharge_fen=surcharge,
    )


NOTE_OVERDUE: Final = commands.NoteOverdueRequest(collection_id=COLLECTION)
OVERDUE: Final = pb.FineOverdue(collection_id=COLLECTION, case_id=CASE, due_on=DUE_ON, open_fen=FINE + INCOME)
WINDOW: Final = pb.CourtWindowSet(collection_id=COLLECTION, counts_from_on="2025-05-12", ends_on="2025-08-12")
LATE: Final[History] = (*SERVED, on("2024-11-28 00:00", OVERDUE), on("2024-11-28 00:00", WINDOW))
DEMAND: Final = commands.IssueDemandRequest(
    collection_id=COLLECTION, document=file("催告书"), way=cases.SERVICE_WAY_DIRECT, proof=file("送达回证")
)
DEMANDED: Final = pb.DemandServed(
    collection_id=COLLECTION,
    case_id=CASE,
    demand_id=made(DEMAND, "demand"),
    served_on="2025-06-03",
    fine_fen=FINE,
    confiscation_fen=INCOME,
    surcharge_fen=FINE,
    document=file("催告书"),
    way=cases.SERVICE_WAY_DIRECT,
    proof=file("送达回证"),
)
AFTER_DEMAND: Final[History] = (*LATE, on(DEMANDED_AT, DEMANDED))
MATERIALS: Final = [pb.CourtMaterial(kind=kind, file=file(f"{kind}.pdf")) for kind in pb.CourtMaterialKind.values()[1:]]
APPLY: Final = commands.ApplyToCourtRequest(
    collection_id=COLLECTION, court="泸县人民法院", materials=MATERIALS, sealed=True
)
APPLIED: Final = pb.CourtApplied(
    collection_id=COLLECTION,
    case_id=CASE,
    court="泸县人民法院",
    materials=MATERIALS,
    applied_on="2025-06-18",
    fine_fen=FINE,
    confiscation_fen=INCOME,
    surcharge_fen=FINE,
)
APPLIED_AT: Final = "2025-06-18 10:00"
APPLICATION: Final[History] = (*AFTER_DEMAND, on(APPLIED_AT, APPLIED))
ACCEPTED: Final = pb.CourtAccepted(collection_id=COLLECTION, accepted_on="2025-06-20")
AT_COURT: Final[History] = (*APPLICATION, on("2025-06-20 10:00", ACCEPTED))


def instalments(*parts: tuple[int, str]) -> list[pb.Instalment]:
    return [pb.Instalment(amount_fen=amount, due_on=due_on) for amount, due_on in parts]


HANDED: Final[dict[str, Any]] = {"way": cases.SERVICE_WAY_DIRECT, "proof": file("送达回证")}
"""How a sheet is served: handed over."""
REQUEST: Final = commands.RequestInstalmentsRequest(
    collection_id=COLLECTION, reason="经营困难", document=file("延期申请")
)
REQUESTED: Final = pb.InstalmentsRequested(collection_id=COLLECTION, reason="经营困难", document=file("延期申请"))
DIVIDE: Final = commands.DecideInstalmentsRequest(
    collection_id=COLLECTION,
    approved=True,
    instalments=instalments((400_000, "2024-12-20"), (600_000, "2025-01-20")),
    document=file("分期缴纳罚款通知书"),
    **HANDED,
)
FIRST: Final = made(DIVIDE, "instalment/1")
SECOND: Final = made(DIVIDE, "instalment/2")
DIVIDED: Final = pb.InstalmentsApproved(
    collection_id=COLLECTION,
    case_id=CASE,
    count=2,
    ends_on="2025-01-20",
    document=file("分期缴纳罚款通知书"),
    surcharge_instalments="each",
    effective_on="2024-11-22",
    **HANDED,
)


def instalment_set(number: int, amount_fen: int, due_on: str) -> pb.InstalmentSet:
    return pb.InstalmentSet(
        collection_id=COLLECTION,
        instalment_id=FIRST if number == 1 else SECOND,
        number=number,
        amount_fen=amount_fen,
        due_on=due_on,
    )


BOTH_SET: Final = (instalment_set(1, 400_000, "2024-12-20"), instalment_set(2, 600_000, "2025-01-20"))
IN_PARTS: Final[History] = (
    *ONLY_FINE_SERVED,
    on("2024-11-20 09:00", REQUESTED),
    *(on("2024-11-22 09:00", event) for event in (DIVIDED, *BOTH_SET)),
)
BY_LEADER: Final[dict[str, Any]] = {"actor": LEADER, "found": Reach()}
REACHED: Final[dict[str, Any]] = BY_LEADER
"""A leader, towards a party that confirmed no address."""
BY_FINANCE: Final[dict[str, Any]] = {"actor": FINANCE, "officers": OFFICERS}
BY_BANK: Final[dict[str, Any]] = {"actor": BANK, "found": NOT_ELSEWHERE}


def day(text: str) -> date:
    return date.fromisoformat(text)
