"""Commands and events of a request with lawful defaults: 泸县 asks 永川 for the records of a vehicle."""

from collections.abc import Sequence
from typing import Any

from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import content_pb2 as content
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands

from services.cross_border.model.task import task_of
from services.kernel.messages import to_timestamp
from tests.support.decider import LUXIAN, YONGCHUAN, instant, officer, uid

REQUEST = uid("request")
TASK = task_of(REQUEST, LUXIAN.id, YONGCHUAN.id)
CASE = uid("case")
ITEM = uid("item")
SHA = bytes(range(32))
COLLECTED = "2024-12-20 15:00"

CHEN = officer("陈", authority=YONGCHUAN)
LIN = officer("林", authority=YONGCHUAN)
LAPSED = officer("何", authority=YONGCHUAN, status=common.CREDENTIAL_STATUS_SUSPENDED)
RESPONDERS = (CHEN, LIN, LAPSED)

CONTENT: dict[str, Any] = {
    "request_type": pb.REQUEST_TYPE_ASSIST,
    "case_number": "川泸交执〔2024〕42号",
    "purpose": "查明涉案车辆营运资质",
    "legal_basis": "行政处罚法 art. 26",
    "questions": ["该车是否取得道路运输证"],
    "fields": [pb.REQUESTED_FIELD_TRANSPORT_LICENCE, pb.REQUESTED_FIELD_PHONE],
    "subject": pb.Subject(plate="渝C·12345"),
    "classification": pb.CLASSIFICATION_SENSITIVE,
    "contact": "泸县执法大队",
}


def send(**changes: Any) -> commands.SendRequestRequest:
    fields = CONTENT | {"request_id": REQUEST, "responder_id": YONGCHUAN.id, "case_id": CASE}
    return commands.SendRequestRequest(**(fields | changes))


def sent(**changes: Any) -> pb.RequestSent:
    fields = CONTENT | {
        "request_id": REQUEST,
        "requester_id": LUXIAN.id,
        "responder_id": YONGCHUAN.id,
        "case_id": CASE,
    }
    return pb.RequestSent(**(fields | changes))


def open_task(**changes: Any) -> commands.OpenTaskRequest:
    fields = CONTENT | {"task_id": TASK, "request_id": REQUEST, "requester_id": LUXIAN.id}
    return commands.OpenTaskRequest(**(fields | changes))


def received(**changes: Any) -> pb.TaskReceived:
    fields = CONTENT | {"task_id": TASK, "request_id": REQUEST, "requester_id": LUXIAN.id}
    return pb.TaskReceived(**(fields | changes))


TO_REQUESTER: dict[str, Any] = {"task_id": TASK, "request_id": REQUEST, "requester_id": LUXIAN.id}
FROM_RESPONDER: dict[str, Any] = {"request_id": REQUEST, "responder_id": YONGCHUAN.id}


def accepted(**changes: Any) -> pb.TaskAccepted:
    fields = TO_REQUESTER | {"request_type": pb.REQUEST_TYPE_ASSIST, "handlers": [CHEN, LIN]}
    return pb.TaskAccepted(**(fields | changes))


def custody(*holders: str, hours: Sequence[int] = (15, 16, 17, 18)) -> list[pb.CustodyStep]:
    """Each holder gets it from the one before, in order."""
    return [
        pb.CustodyStep(
            received_from=holders[n - 1] if n else "",
            holder=holder,
            received_at=to_timestamp(instant(f"2024-12-20 {hours[n]}:00")),
        )
        for n, holder in enumerate(holders)
    ]


def item(**changes: Any) -> pb.EvidenceItem:
    """A piece of evidence that passes every test of recognition."""
    fields: dict[str, Any] = {
        "item_id": ITEM,
        "kind": pb.EVIDENCE_KIND_DOCUMENTARY,
        "title": "道路运输证档案",
        "collectors": [CHEN, LIN],
        "collected_at": to_timestamp(instant(COLLECTED)),
        "place": common.Place(division_code="500118", description="永川区政务中心"),
        "persons": ["档案管理员"],
        "signed": True,
        "blob": common.BlobRef(sha256=SHA, size=1200, media_type="application/pdf", file_name="档案.pdf"),
        "captured_sha256": SHA,
        "custody": custody(CHEN.officer_id, YONGCHUAN.id),
    }
    return pb.EvidenceItem(**(fields | changes))


def offered(**changes: Any) -> commands.OfferedItem:
    """The same, as the responder offers it."""
    shown = item()
    fields: dict[str, Any] = {
        name: getattr(shown, name)
        for name in (
            "item_id",
            "kind",
            "title",
            "collected_at",
            "place",
            "persons",
            "signed",
            "blob",
            "captured_sha256",
            "custody",
        )
    }
    fields["collector_ids"] = [CHEN.officer_id, LIN.officer_id]
    return commands.OfferedItem(**(fields | changes))


def answer_received(*items: pb.EvidenceItem) -> pb.AnswerReceived:
    return pb.AnswerReceived(**FROM_RESPONDER, completeness=pb.COMPLETENESS_FULL, items=items or [item()])


DELIVERED = pb.RequestDelivered(**FROM_RESPONDER, task_id=TASK, request_type=pb.REQUEST_TYPE_ASSIST)
ACCEPTED = pb.RequestAccepted(**FROM_RESPONDER, handlers=[CHEN, LIN], request_type=pb.REQUEST_TYPE_ASSIST)
ANSWERED = [sent(), DELIVERED, ACCEPTED, answer_received()]
CONFIRMED = pb.AnswerConfirmed(**FROM_RESPONDER)


# ---- handing over, delivering --------------------------------------------------------------------------------------

FILE = common.BlobRef(sha256=SHA, size=1200, media_type="application/pdf", file_name="材料.pdf")
MATTER = content.HandedMatter(
    act_code="RTR-64",
    place=common.Place(division_code="500118", description="永川区大安街道"),
    facts="无证从事客运",
    reason="违法行为发生地在永川",
)
"""What 泸县 found and 永川 is competent for."""


def papers(*kinds: content.MaterialKind.ValueType) -> list[content.Material]:
    """Papers of these kinds, each with a file."""
    return [content.Material(kind=kind, title=f"材料{n}", file=FILE) for n, kind in enumerate(kinds)]


CASE_PAPERS = papers(
    content.MATERIAL_KIND_LETTER,
    content.MATERIAL_KIND_CASE_FILE,
    content.MATERIAL_KIND_EVIDENCE_LIST,
    content.MATERIAL_KIND_PROPERTY_LIST,
)
ORDER = content.ServiceOrder(
    recipient_name="某运输公司", place=common.Place(division_code="500118", description="永川区一号")
)
RECEIPT = content.ServiceReceipt(
    served_on="2024-12-20", way=content.SERVICE_WAY_DIRECT, signer_name="某运输公司", file=FILE
)
KINDS: dict[pb.RequestType.ValueType, dict[str, Any]] = {
    pb.REQUEST_TYPE_ASSIST: {},
    pb.REQUEST_TYPE_EVIDENCE_SHARE: {"questions": [], "fields": [], "evidence_sha256": [SHA]},
    pb.REQUEST_TYPE_CLUE: {"questions": [], "fields": [], "matter": MATTER},
    pb.REQUEST_TYPE_CASE_TRANSFER: {"questions": [], "fields": [], "matter": MATTER, "materials": CASE_PAPERS},
    pb.REQUEST_TYPE_SERVICE: {
        "questions": [],
        "fields": [],
        "service": ORDER,
        "materials": papers(content.MATERIAL_KIND_DOCUMENT),
    },
    pb.REQUEST_TYPE_EXECUTION_ASSIST: {"fields": [], "materials": papers(content.MATERIAL_KIND_DOCUMENT)},
    pb.REQUEST_TYPE_CONSULT: {"fields": []},
}
"""What each kind of request carries when it carries all that it needs."""


def of_kind(kind: pb.RequestType.ValueType, **changes: Any) -> dict[str, Any]:
    """Fields of a lawful request of a kind."""
    return {"request_type": kind, **KINDS[kind], **changes}
