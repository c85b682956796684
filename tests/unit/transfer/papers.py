"""What comes on paper in a walk, whatever becomes of the message of the node that says the same.

Paper is carried by people: it comes before the message of the node, or after it, and only of what its author did.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision
from google.protobuf.message import Message

from services.kernel.letter_code import letter_code
from services.kernel.messages import to_datetime, to_timestamp
from services.transfer.model import referral as referrals
from services.transfer.model import supervision as supervisions
from services.transfer.model.incoming import IncomingPaper, Matter
from services.transfer.model.letters import Paper
from services.transfer.model.referral import Referral, referral_of
from services.transfer.model.supervision import Supervision
from tests.support.decider import LI, ZHAO
from tests.support.sides import Entry, Side, World
from tests.unit.transfer import acts

LETTERS: Final = 2
"""To each; more than one, so that an answer may name the wrong one; few, so that a walk has time for other things."""
Kinds = Mapping[type[Message], paper.PaperAnswerKind.ValueType]
POLICE_TO_BUREAU: Final[Kinds] = {
    pb.ReferralReceiptSigned: paper.PAPER_ANSWER_KIND_RECEIPT,
    pb.SupplementDemanded: paper.PAPER_ANSWER_KIND_SUPPLEMENT_DEMAND,
    forwarding.ReferralForwarded: paper.PAPER_ANSWER_KIND_FORWARDING,
    forwarding.ReferralDeclined: paper.PAPER_ANSWER_KIND_DECLINE,
    reconsideration.FilingDecisionExtended: paper.PAPER_ANSWER_KIND_EXTENSION,
    pb.CriminalCaseFiled: paper.PAPER_ANSWER_KIND_FILING,
    pb.FilingRefused: paper.PAPER_ANSWER_KIND_REFUSAL,
    reconsideration.RefusalMaintained: paper.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED,
    pb.HandOverConfirmed: paper.PAPER_ANSWER_KIND_HAND_OVER_CONFIRMATION,
    outcomes.CriminalCaseWithdrawn: paper.PAPER_ANSWER_KIND_WITHDRAWAL,
    outcomes.PropertyReturned: paper.PAPER_ANSWER_KIND_PROPERTY_RETURN,
}
PROCURATORATE_TO_BUREAU: Final[Kinds] = {
    supervision.ReasonsAsked: paper.PAPER_ANSWER_KIND_REASONS_ASKED,
    supervision.ReasonsRecorded: paper.PAPER_ANSWER_KIND_REASONS_STATED,
    supervision.RefusalUpheld: paper.PAPER_ANSWER_KIND_SUPERVISION_UPHELD,
    supervision.FilingOrdered: paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED,
}
PROCURATORATE_TO_POLICE: Final[Kinds] = {
    supervision.ReasonsAsked: paper.PAPER_ANSWER_KIND_REASONS_ASKED,
    supervision.RefusalUpheld: paper.PAPER_ANSWER_KIND_SUPERVISION_UPHELD,
    supervision.FilingOrdered: paper.PAPER_ANSWER_KIND_SUPERVISION_ORDERED,
    outcomes.NonProsecutionDecided: paper.PAPER_ANSWER_KIND_OUTCOME,
    outcomes.JudgmentTold: paper.PAPER_ANSWER_KIND_OUTCOME,
}
POLICE_TO_PROCURATORATE: Final[Kinds] = {
    supervision.ReasonsRequestReceived: paper.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT,
    supervision.ReasonsStated: paper.PAPER_ANSWER_KIND_REASONS_STATED,
    supervision.FilingOrderReceived: paper.PAPER_ANSWER_KIND_FILING_ORDER_RECEIPT,
    pb.CriminalCaseFiled: paper.PAPER_ANSWER_KIND_FILING,
    forwarding.ReferralForwarded: paper.PAPER_ANSWER_KIND_FORWARDING,
}


def to_bureau(there: World, side: Side) -> Iterator[Message]:
    """Letters to the police that have the case and to their procuratorate, what these hand out, and what a second
    officer makes of an entry."""
    transfer = side.state("transfer")
    if transfer is None or not transfer.police_id:
        return
    known: Paper = transfer.paper
    code = letter_code(acts.TRANSFER)
    for to_id in (transfer.police_id, there.sides[transfer.police_id].authority.procuratorate_id):
        if sum(letter.to_id == to_id for letter in known.letters) < LETTERS:
            yield paper.SendPrintedLetterRequest(
                transfer_id=acts.TRANSFER, to_id=to_id, number=f"{len(known.letters) + 1}号", code=code,
                letter=acts.file("移送书"), way="直接送达", officer_ids=[LI.officer_id, ZHAO.officer_id],
            )  # fmt: skip
    lying = {
        *((one.kind, to_datetime(one.signed_at)) for one in known.waiting),
        *((one.kind, to_datetime(one.signed_at)) for one in known.confirmed),
    }
    for letter in known.letters:
        author = there.sides[letter.to_id]
        at_police = author.authority.kind == options.AUTHORITY_KIND_POLICE
        handed_out = list(_handed_out(author, POLICE_TO_BUREAU if at_police else PROCURATORATE_TO_BUREAU))
        # Mostly what is fresh: it is there before the message of the node.
        for entry, kind in handed_out if there.chance.random() < 0.3 else handed_out[-2:]:
            if (kind, entry.fact.occurred_at) in lying:
                continue
            yield paper.EnterPaperAnswerRequest(
                transfer_id=acts.TRANSFER, kind=kind, letter_number=letter.number, code=code,
                signed_at=to_timestamp(entry.fact.occurred_at), signer="石坚", scan=acts.file("扫描件"),
                **_said(entry.event),
            )  # fmt: skip
    for answer in known.waiting:
        yield paper.ConfirmPaperAnswerRequest(
            transfer_id=acts.TRANSFER, answer_id=answer.answer_id, kind=answer.kind, code=code,
            letter_number=answer.letter_number, signed_at=answer.signed_at, number=answer.number,
            to_police_id=answer.to_police_id, ground=answer.ground, days=answer.days, about=answer.about,
        )  # fmt: skip
        yield paper.DiscardPaperAnswerRequest(transfer_id=acts.TRANSFER, answer_id=answer.answer_id, reason="录入有误")


def to_others(there: World, side: Side, matter_id: str, author: str) -> Iterator[Message]:
    """What police and procuratorate hand out to each other, about a referral or a supervision."""
    kinds = PROCURATORATE_TO_POLICE if matter_id in side.ids("referral") else POLICE_TO_PROCURATORATE
    for entry, kind in _handed_out(there.sides[author], kinds):
        said: Any = entry.event
        yield incoming.EnterPaperRequest(
            matter_id=matter_id, kind=kind, signed_at=to_timestamp(entry.fact.occurred_at), signer="章检",
            number="3号", scan=acts.file("扫描件"), text="为何不立案", outcome=outcome_of(said),
            about=getattr(said, "about", supervision.NON_FILING_UNSPECIFIED),
        )  # fmt: skip
    for paper_id in side.ids("paper"):
        entered = side.state("paper", paper_id).entered
        yield incoming.ConfirmPaperRequest(
            paper_id=paper_id, kind=entered.kind, signed_at=entered.signed_at, number=entered.number,
            about=entered.about, outcome=entered.outcome,
        )  # fmt: skip
        yield incoming.DiscardPaperRequest(paper_id=paper_id, reason="录入有误")


def matter_of(side: Side, request: Any) -> Matter | None:
    """What the look-up of an entry finds (services.transfer.incoming_lookups)."""
    match request:
        case incoming.EnterPaperRequest():
            matter_id = request.matter_id
        case incoming.ConfirmPaperRequest():
            entered: IncomingPaper = side.state("paper", request.paper_id)
            matter_id = entered.entered.matter_id
        case _:
            return None
    state: Referral | Supervision = side.streams[UUID(matter_id)].state
    confirmed = [entry.event.paper for entry in side.own(incoming.PaperConfirmed)]  # type: ignore[attr-defined]
    return Matter(
        referrals if isinstance(state, Referral) else supervisions,
        state,
        frozenset(one.kind for one in confirmed if one.matter_id == matter_id),
    )


def referral_meant(side: Side, request: Any) -> str:
    """What the naming of a command finds that names no referral (services.transfer.referral_lookups)."""
    named = (request.transfer_id, request.bureau_id)
    known = [one for one in side.ids("referral") if _of(side.state("referral", one)) == named]
    return known[-1] if known else referral_of(*named, side.authority.id)


def _of(state: Referral) -> tuple[str, str]:
    return state.transfer_id, state.bureau_id


def _handed_out(author: Side, kinds: Kinds) -> Iterator[tuple[Entry, paper.PaperAnswerKind.ValueType]]:
    for entry in author.own(*kinds):
        yield entry, kinds[type(entry.event)]


def outcome_of(said: Any) -> outcomes.TransferOutcome.ValueType:
    """The outcome that a paper tells; unspecified where it tells none."""
    if isinstance(said, outcomes.NonProsecutionDecided):
        return outcomes.TRANSFER_OUTCOME_NON_PROSECUTION
    return said.outcome if isinstance(said, outcomes.JudgmentTold) else outcomes.TRANSFER_OUTCOME_UNSPECIFIED


def _said(event: Any) -> dict[str, Any]:
    """What stands on a paper beside its kind."""
    match event:
        case pb.CriminalCaseFiled():
            return {"number": event.criminal_case_number}
        case pb.SupplementDemanded():
            return {"kinds": event.kinds}
        case forwarding.ReferralForwarded():
            return {"to_police_id": event.to_police_id, "text": event.reason}
        case forwarding.ReferralDeclined():
            return {"competent": event.competent, "text": event.reason}
        case reconsideration.FilingDecisionExtended():
            return {"ground": event.ground, "days": event.days}
        case outcomes.PropertyReturned():
            return {"items": event.items}
        case pb.FilingRefused() | reconsideration.RefusalMaintained():
            return {"text": event.reasons}
        case supervision.RefusalUpheld() | supervision.ReasonsRecorded():
            return {"text": event.reasons, "about": event.about}
    return {}
