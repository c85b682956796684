"""Files that events of a matter carry, and what each is in the file of the matter (案卷). Pure.

A file is the sheet of a form (its code), another paper (its Chinese name), or evidence, which events tell in their own
way (services.documents.views). What is not named here, nor in `APART` with the reason, is a paper all the same
(其他材料): no file of a case, of its collection or of an execution is left out because nobody thought of it.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any, Final

from enforcement.cases.v1 import criminal_sanctions_pb2 as sanctions
from enforcement.cases.v1 import decision_pb2 as decision
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import evidence_pb2 as custody
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import recusal_pb2 as recusal
from enforcement.cases.v1 import review_pb2 as legal_review
from enforcement.cases.v1 import side_states_pb2 as side_states
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.common.v1 import common_pb2 as common
from enforcement.transfer.v1 import events_pb2 as transfer
from google.protobuf.message import Message

from services.documents.registry import forms
from services.kernel.messages import as_dict, message_class

COURT_PAPER: Final = "人民法院文书"
AGREEMENT: Final = "执行协议"
DELIVERY_PICTURES: Final = "送达过程影像"

SERVICE: Final = {
    "proof": "F23",
    "delivery.recordings": DELIVERY_PICTURES,
    "delivery.arrival_proof": "电子送达到达证明",
}
"""What proves a service, in every event that is or has one."""

OTHER: Final = "其他材料"

_OF_MATTER: Final[Mapping[type[Message], Mapping[str, str]]] = {
    cases.ClueRegistered: {"attachments": "线索附件"},
    cases.EvidencePreserved: {"record": "F6"},
    cases.ItemsSeized: {"record": "F8", "scene_record": "F4"},
    cases.SeizureExtended: {"notice": "F9", **SERVICE},
    cases.SeizureReleased: {"document": "F10", **SERVICE},
    cases.PreservationDecided: {"document": "F7", **SERVICE},
    custody.SampleTaken: {"receipt": "F5"},
    custody.TestCommissioned: {"told": "检测鉴定期间告知书", **SERVICE},
    custody.TestProlonged: {"told": "检测鉴定期间延长告知书", **SERVICE},
    recusal.RecusalRequested: {"document": "回避申请书"},
    discretion.DiscretionDeparted: {"document": "适用裁量基准例外的批准材料"},
    cases.InvestigationClosed: {"report": "X2"},
    cases.CorrectionOrdered: {"document": "F16", **SERVICE},
    cases.NoticeServed: {"document": "F11", **SERVICE},
    notices.NoticeServedAnew: SERVICE,
    cases.DefenceRecorded: {"document": "X3"},
    hearing.HearingRequested: {"document": "听证申请书"},
    hearing.HearingRequestWithdrawn: {"document": "撤回听证申请书"},
    hearing.HearingNotified: {"document": "F12", **SERVICE},
    hearing.HearingHeld: {"record": "F13"},
    hearing.HearingReported: {"report": "X16"},
    legal_review.LegalReviewCompleted: {"document": "X5"},
    legal_review.CollectiveDiscussionRecorded: {"record": "X6"},
    cases.PenaltyDecided: {"document": "F15"},
    cases.NoPenaltyDecided: {"document": "X7"},
    cases.ViolationNotEstablished: {"document": "X7"},
    decision.CrimeTransferDecided: {"document": "涉嫌犯罪案件移送决定"},
    sanctions.DetentionNoted: {"document": "行政拘留决定书"},
    decision.DecisionAmended: {"document": "变更行政处罚决定书", **SERVICE},
    decision.DecisionRevoked: {"document": "撤销行政处罚决定书", **SERVICE},
    decision.RemedyEnded: {"document": "行政复议决定书或者裁判文书"},
    delivery.DeliveryAddressConfirmed: {"document": "X8"},
    delivery.ServiceNoticePosted: {"proof": "公告送达证明"},
    cases.DecisionServed: SERVICE,
    side_states.JurisdictionSettled: {"document": "管辖协议或者指定管辖文件"},
    on_spot.OnSpotPenaltyDecided: {"document": "F14"},
    on_spot.OnSpotCopyFiled: {"copy": "当场行政处罚决定书备案副本"},
    on_spot.OnSpotApplicationReceived: {"document": "行政复议申请书"},
    on_spot.OnSpotAddressConfirmed: {"document": "X8"},
    on_spot.OnSpotNoticePosted: {"proof": "公告送达证明"},
    on_spot.OnSpotRevoked: {"document": "撤销当场行政处罚决定书", **SERVICE},
    on_spot.OnSpotRemedyEnded: {"document": "行政复议决定书或者裁判文书"},
}
NO_TERMINATION: Final = (collection.END_GROUND_COMPLETED, collection.END_GROUND_PARTY_PERFORMED)
"""The duty is done: nothing is terminated on a ground of 行政强制法 arts. 39-40, and nobody gets a notice of it."""
GIVEN_BACK: Final = (cases.SEIZURE_END_UNSPECIFIED, cases.SEIZURE_END_RETURNED)
"""Ends of a seizure that give things back to the party, by a decision (form 10)."""
_OF_PARTS: Final[Mapping[type[Message], Mapping[str, str]]] = {
    collection.FiscalReceiptRecorded: {"document": "财政票据"},
    collection.InstalmentsRequested: {"document": "延期、分期缴纳罚款申请书"},
    collection.InstalmentsApproved: {"document": "F17", **SERVICE},
    collection.InstalmentsRefused: {"document": "F17", **SERVICE},
    collection.DemandServed: {"document": "F19", **SERVICE},
    collection.DemandStatementRecorded: {"document": "当事人对催告的陈述申辩"},
    collection.CourtApplied: {"materials.file": "申请人民法院强制执行材料"},
    collection.CourtAccepted: {"document": COURT_PAPER},
    collection.CourtNotAccepted: {"document": COURT_PAPER},
    collection.CourtGranted: {"document": COURT_PAPER},
    collection.CourtRefused: {"document": COURT_PAPER},
    collection.CourtReviewRequested: {"document": "向上一级人民法院申请复议材料"},
    collection.CourtReviewUpheld: {"document": COURT_PAPER},
    collection.FineCollectedOnSite: {"document": "当事人当场缴纳罚款的申请"},
    collection.AuctionDecided: {"document": "F20", **SERVICE},
    collection.AuctionCommissioned: {"document": "委托拍卖合同"},
    collection.AuctionSold: {"document": "拍卖成交确认书"},
    collection.AuctionFailed: {"document": "流拍记录"},
    collection.AuctionBuyerDefaulted: {"document": "拍卖机构关于买受人未付款的说明"},
    collection.SubstituteCostCharged: {"document": "代履行费用决定书", **SERVICE},
    collection.RemedyBeginNoted: {"document": "行政复议、行政诉讼受理材料"},
    collection.RemedyEndNoted: {"document": "行政复议决定书或者裁判文书"},
    collection.AgreementConcluded: {"document": AGREEMENT},
    collection.ExecutionSuspended: {"document": "F22", **SERVICE},
    collection.ExecutionResumed: {"document": "F22", **SERVICE},
    collection.ExecutionEnded: {"document": "F22", **SERVICE},
    collection.ExecutionDemanded: {"document": "F19", **SERVICE},
    collection.ExecutionStatementRecorded: {"document": "当事人对催告的陈述申辩"},
    collection.ExecutionDecided: {"document": "F20", "hiding_evidence": "转移或者隐匿财物的证据"},
    collection.ExecutionDecisionServed: SERVICE,
    collection.SubstituteDemanded: {"document": "代履行前催告书", **SERVICE},
    collection.ExecutionNoticePosted: {"document": "F18"},
    collection.ImmediateClearingDone: {"document": "立即实施代履行记录"},
    collection.OwnExecutionSuspended: {"document": "F22", **SERVICE},
    collection.OwnExecutionResumed: {"document": "F22", **SERVICE},
    collection.OwnExecutionAgreed: {"document": AGREEMENT},
    collection.OwnExecutionEnded: {"document": "F22", **SERVICE},
    transfer.ReportSubmitted: {"report": "涉嫌犯罪案件移送报告"},
    transfer.CaseTransferred: {"materials.file": "涉嫌犯罪案件移送材料"},
    transfer.SupplementSent: {"materials.file": "涉嫌犯罪案件补充材料"},
    transfer.PoliceFilingRecorded: {"notice": "公安机关立案决定"},
    transfer.PoliceRefusalRecorded: {"notice": "公安机关不予立案通知书"},
    transfer.PropertyHandedOver: {"record": "涉案财物移交记录", "materials.file": "涉嫌犯罪案件其他材料"},
    transfer.PartyInformed: {"letter": "涉案财物移送告知书"},
}
APART: Final[Mapping[type[Message], str]] = {
    cases.EvidenceAdded: "evidence",
    custody.TestResultRecorded: "evidence",
    on_spot.OnSpotObserved: "evidence",
    on_spot.OnSpotReferred: "goes into the file of the case that begins with it",
    side_states.CaseTransferredToAuthority: "copies of what is in the file already",
    side_states.CaseArchived: "the package of the file itself",
}
"""Events whose files are no papers of the file, and why."""


def _carriers(package: str, ids: tuple[str, ...], known: Mapping[Any, Mapping[str, str]]) -> dict[Any, dict[str, str]]:
    """What the files of each event are, for every message of a package that begins with one of these ids."""
    found = {event: dict(fields) for event, fields in known.items()}
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if not module.name.endswith("_pb2"):
            continue
        messages = importlib.import_module(f"{package}.{module.name}").DESCRIPTOR.message_types_by_name.values()
        for descriptor in messages:
            event = message_class(descriptor.full_name)
            if event not in APART and descriptor.fields and descriptor.fields[0].name in ids:
                for path in _paths(descriptor):
                    found.setdefault(event, {}).setdefault(path, OTHER)
    return found


def _paths(descriptor: Any) -> Iterator[str]:
    """Where a message type has files, at any depth."""
    for field in descriptor.fields:
        inside = field.message_type
        if inside is None:
            continue
        if inside.full_name == common.BlobRef.DESCRIPTOR.full_name:
            yield field.name
        else:
            yield from (f"{field.name}.{path}" for path in _paths(inside))


OF_MATTER: Final = _carriers("enforcement.cases.v1", ("case_id", "on_spot_id"), _OF_MATTER)
"""What the files are, by field, in events of the case or of the on-the-spot penalty itself."""
OF_PARTS: Final = _carriers("enforcement.collection.v1", ("collection_id", "execution_id"), _OF_PARTS)
"""The same in collections, executions and transfers, which are streams of their own."""


def papers_of(event: Any, on: str) -> Iterator[dict[str, Any]]:
    """The papers that an event carries: `file` with the day `on`, and `form` or `title`."""
    fields = OF_MATTER.get(type(event)) or OF_PARTS.get(type(event)) or {}
    for path, what in fields.items():
        for owner, file in _files(event, path.split(".")):
            meant = _meant(owner, what)
            named = {"form": meant} if meant in forms() else {"title": meant}
            yield {"file": as_dict(file), "on": on, **named}


def _meant(owner: Any, what: str) -> str:
    """What a file is, where that depends on what stands beside it."""
    if isinstance(owner, cases.DefenceRecorded):
        return "X4" if owner.kind == cases.DEFENCE_KIND_WAIVED else what
    if isinstance(owner, cases.SeizureReleased):
        return what if what != "F10" or owner.end in GIVEN_BACK else "没收、销毁财物处理记录"
    if isinstance(owner, collection.ExecutionDecided):
        return "F21" if what == "F20" and owner.kind == collection.EXECUTION_KIND_SUBSTITUTE else what
    if isinstance(owner, collection.OwnExecutionEnded):
        return "执行情况记录" if what == "F22" and owner.ground in NO_TERMINATION else what
    if isinstance(owner, collection.ExecutionEnded):
        return COURT_PAPER if what == "F22" and owner.ground == collection.END_GROUND_COURT_ENDED else what
    if isinstance(owner, transfer.Material):
        return _MATERIALS.get(owner.kind) or owner.title or what
    return what


_MATERIALS: Final[Mapping[transfer.MaterialKind.ValueType, str]] = {
    transfer.MATERIAL_KIND_TRANSFER_LETTER: "X11",
    transfer.MATERIAL_KIND_INVESTIGATION_REPORT: "X12",
    transfer.MATERIAL_KIND_GOODS_LIST: "X13",
}
"""The first three of a transfer (国务院令第310号 art. 6)."""


def _files(message: Any, path: list[str]) -> Iterator[tuple[Any, Message]]:
    """The files at a path whose parts may be repeated, each with the message that has it; nothing where none is set."""
    name, *rest = path
    field = message.DESCRIPTOR.fields_by_name[name]
    if not field.is_repeated and not message.HasField(name):
        return
    found = getattr(message, name)
    for one in found if field.is_repeated else (found,):
        if rest:
            yield from _files(one, rest)
        else:
            yield message, one
