"""Facts that the forms of linkage with criminal justice print: the bureau's transfer, and what police and procuratorate
have as matters of their own.

    matter        begins with            kind           whose
    a case        —                      case           the bureau's; its transfer is a part of it
    a referral    ReferralReceived       referral       the police's
    a supervision SupervisionOpened      supervision    the procuratorate's
    an opinion    OpinionReviewOpened    opinion        the procuratorate's
"""

from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.transfer.v1 import events_pb2 as transfer
from enforcement.transfer.v1 import opinion_pb2 as opinion
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.documents.folding import facts_of, of_kind, of_stream
from services.documents.views import matter, part
from services.kernel.facts import Fact
from services.kernel.letter_code import letter_code
from services.kernel.messages import to_datetime
from services.kernel.projection import Row
from services.kernel.values import day_of, term

REFERRAL: Final = "referral"
SUPERVISION: Final = "supervision"
OPINION: Final = "opinion"
BY_KEY: Final = "公安机关节点电子签名"
ON_PAPER: Final = "纸质签收，经两人录入"


def _transfer(row: Row) -> dict[str, Any]:
    return of_kind(row, "transfer")


def _on(fact: Fact) -> str:
    return day_of(fact.occurred_at).isoformat()


def _fingerprint(key_id: bytes) -> str:
    """A key's id in groups of four, as people compare it by telephone."""
    digits = key_id.hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _officer(snapshot: common.OfficerSnapshot) -> str:
    return f"证件号{snapshot.credential_number}" if snapshot.credential_number else snapshot.officer_id


# ── The bureau's transfer ────────────────────────────────────────────────────────────────────────────────────────────


@part.on(transfer.TransferOpened, key=of_stream)
def opened(row: Row, event: transfer.TransferOpened, fact: Fact) -> None:
    _transfer(row)["letter_code"] = letter_code(event.transfer_id)


@part.on(paper.PaperAnswerConfirmed, key=of_stream)
def answered_on_paper(row: Row, event: paper.PaperAnswerConfirmed, fact: Fact) -> None:
    if event.kind == paper.PAPER_ANSWER_KIND_RECEIPT:
        _transfer(row).update(
            receipt_at=to_datetime(event.signed_at).isoformat(),
            receipt_signer=event.signer,
            receipt_kind=ON_PAPER,
        )


@part.on(transfer.PoliceReceiptRecorded, key=of_stream)
def receipted(row: Row, event: transfer.PoliceReceiptRecorded, fact: Fact) -> None:
    """Police that have a node; those without one have answered on paper, which says who signed."""
    if event.HasField("signer"):
        _transfer(row).update(
            receipt_at=fact.occurred_at.isoformat(),
            receipt_signer=_officer(event.signer),
            receipt_kind=BY_KEY,
            **({"receipt_key": _fingerprint(event.key_id)} if event.key_id else {}),
        )


@part.on(transfer.SupplementRequested, key=of_stream)
def demanded(row: Row, event: transfer.SupplementRequested, fact: Fact) -> None:
    kinds = "、".join(term(transfer.MaterialKind, kind) for kind in event.kinds)
    _transfer(row)["demand"] = {"detail": "；".join(filter(None, (kinds, event.detail)))}


@part.on(transfer.PoliceRefusalRecorded, key=of_stream)
def refused(row: Row, event: transfer.PoliceRefusalRecorded, fact: Fact) -> None:
    _transfer(row)["refusal"] = {"reasons": event.reasons, "on": _on(fact)}


@part.on(reconsideration.PoliceRefusalMaintained, key=of_stream)
def maintained(row: Row, event: reconsideration.PoliceRefusalMaintained, fact: Fact) -> None:
    refusal = _transfer(row).setdefault("refusal", {})
    refusal.update(maintained_on=_on(fact), **({"reasons": event.reasons} if event.reasons else {}))


@part.on(transfer.PropertyHandedOver, key=of_stream)
def handed_over(row: Row, event: transfer.PropertyHandedOver, fact: Fact) -> None:
    _transfer(row)["handed"] = {"on": _on(fact)}


# ── The police's referral ────────────────────────────────────────────────────────────────────────────────────────────


@matter.on(transfer.ReferralReceived, key=lambda event, fact: event.referral_id)
def arrived(row: Row, event: transfer.ReferralReceived, fact: Fact) -> None:
    row.update(began_position=fact.position, kind=REFERRAL, closed=False)
    facts_of(row)["referral"] = {
        "bureau_id": event.bureau_id,
        "case_number": event.case_number,
        "suspected_crime": event.suspected_crime,
    }


@matter.on(transfer.ReferralReceiptSigned, key=lambda event, fact: event.referral_id)
def accepted(row: Row, event: transfer.ReferralReceiptSigned, fact: Fact) -> None:
    facts_of(row).setdefault("referral", {})["received_at"] = fact.occurred_at.isoformat()


@matter.on(
    transfer.ReferralReceiptSigned,
    transfer.SupplementDemanded,
    transfer.CriminalCaseFiled,
    transfer.FilingRefused,
    key=lambda event, fact: event.referral_id,
)
def handled(row: Row, event: Any, fact: Fact) -> None:
    facts = facts_of(row)
    facts["handled_by"] = sorted({*facts.get("handled_by", []), fact.actor})


@matter.on(reconsideration.ReconsiderationReceived, key=lambda event, fact: event.referral_id)
def reconsideration_asked(row: Row, event: reconsideration.ReconsiderationReceived, fact: Fact) -> None:
    facts_of(row)["reconsideration"] = {"on": _on(fact), "grounds": event.grounds}


@matter.on(pb.DocumentIssued, key=lambda event, fact: event.matter_id)
def issued(row: Row, event: pb.DocumentIssued, fact: Fact) -> None:
    """Police and procuratorate assign nobody: who makes a document of a matter handles it."""
    if row.get("kind") in (REFERRAL, SUPERVISION, OPINION):
        facts = facts_of(row)
        facts["handled_by"] = sorted({*facts.get("handled_by", []), fact.actor})


# ── What the procuratorate does ──────────────────────────────────────────────────────────────────────────────────────


@matter.on(supervision.SupervisionOpened, key=lambda event, fact: event.supervision_id)
def supervision_opened(row: Row, event: supervision.SupervisionOpened, fact: Fact) -> None:
    row.update(began_position=fact.position, kind=SUPERVISION, closed=False)
    facts_of(row)["supervision"] = {
        "bureau_id": event.bureau_id,
        "police_id": event.police_id,
        **({"reason": event.reason} if event.reason else {}),
    }


@matter.on(supervision.ReasonsRecorded, key=lambda event, fact: event.supervision_id)
def reasons_stated(row: Row, event: supervision.ReasonsRecorded, fact: Fact) -> None:
    facts_of(row).setdefault("supervision", {})["stated_reasons"] = event.reasons


@matter.on(opinion.OpinionReviewOpened, key=lambda event, fact: event.opinion_id)
def review_opened(row: Row, event: opinion.OpinionReviewOpened, fact: Fact) -> None:
    row.update(began_position=fact.position, kind=OPINION, closed=False)
    facts_of(row)["opinion"] = {
        "bureau_id": event.bureau_id,
        "decision_number": event.decision_number,
        **({"decided_on": event.decided_on} if event.decided_on else {}),
        "persons": [
            {"name": one.name, "id_number": one.id_number, "phone": one.phone, "address": one.address}
            for one in event.persons
        ],
    }
