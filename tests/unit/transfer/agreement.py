"""What several authorities must agree about once everybody has everything; a sentence for each thing they do not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision
from google.protobuf.message import Message

from services.kernel.deadlines import RIGHT
from services.kernel.deadlines.clock import Clock
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW
from services.kernel.envelopes.members import FEED
from services.kernel.messages import encode, type_name
from services.transfer import paper_deadlines
from services.transfer.model.paper import TOLD_ON
from services.transfer.model.referral import Referral
from services.transfer.model.referral import Stage as PoliceStage
from services.transfer.model.supervision import Stage as SupervisionStage
from services.transfer.model.transfer import Stage, Transfer
from tests.support.decider import LUXIAN, POLICE, PROCURATORATE
from tests.support.sides import CATALOGUE, Side, World
from tests.unit.transfer.branches import OTHER_POLICE, OTHER_PROCURATORATE

Kinds = tuple[type[Message], ...]

POLICE_TOLD_BUREAU: Final[dict[type[Message], type[Message]]] = {
    pb.ReferralReceiptSigned: pb.PoliceReceiptRecorded,
    pb.SupplementDemanded: pb.SupplementRequested,
    forwarding.ReferralForwarded: forwarding.PoliceForwarded,
    forwarding.ReferralDeclined: forwarding.PoliceDeclined,
    reconsideration.FilingDecisionExtended: reconsideration.PoliceExtensionRecorded,
    pb.CriminalCaseFiled: pb.PoliceFilingRecorded,
    pb.FilingRefused: pb.PoliceRefusalRecorded,
    reconsideration.RefusalMaintained: reconsideration.PoliceRefusalMaintained,
    pb.HandOverConfirmed: pb.HandOverConfirmationRecorded,
    outcomes.PropertyReturned: outcomes.PropertyReturnRecorded,
}
ALONE: Final = ("transfer.receipt", *(clock.rule_id for clock in paper_deadlines.CLOCKS))
"""Clocks of what another must do that no clock of that other answers."""
OVERTAKEN: Final = (
    pb.SupplementRequested,
    reconsideration.PoliceExtensionRecorded,
    forwarding.PoliceDeclined,
    pb.PoliceRefusalRecorded,
    reconsideration.PoliceRefusalMaintained,
)
"""What the bureau does not record of the police's node when their decision was there on paper before."""
PROCURATORATE_TOLD_BUREAU: Final[dict[type[Message], int]] = {
    supervision.SupervisionOpened: supervision.SUPERVISION_STEP_OPENED,
    supervision.ReasonsAsked: supervision.SUPERVISION_STEP_REASONS_ASKED,
    supervision.ReasonsRecorded: supervision.SUPERVISION_STEP_REASONS_STATED,
    supervision.RefusalUpheld: supervision.SUPERVISION_STEP_UPHELD,
    supervision.FilingOrdered: supervision.SUPERVISION_STEP_ORDERED,
    supervision.SupervisionEnded: supervision.SUPERVISION_STEP_ENDED,
}
POLICE_TOLD_PROCURATORATE: Final[dict[type[Message], int]] = {
    pb.ReferralReceiptSigned: pb.TRANSFER_STEP_RECEIPT_SIGNED,
    forwarding.ReferralForwarded: pb.TRANSFER_STEP_FORWARDED,
    forwarding.ReferralDeclined: pb.TRANSFER_STEP_DECLINED,
    reconsideration.FilingDecisionExtended: pb.TRANSFER_STEP_DECISION_EXTENDED,
    pb.CriminalCaseFiled: pb.TRANSFER_STEP_FILED,
    pb.FilingRefused: pb.TRANSFER_STEP_REFUSED,
    reconsideration.ReconsiderationReceived: pb.TRANSFER_STEP_RECONSIDERATION_RECEIVED,
    reconsideration.RefusalMaintained: pb.TRANSFER_STEP_REFUSAL_MAINTAINED,
    pb.HandOverConfirmed: pb.TRANSFER_STEP_HANDED_OVER,
    outcomes.CriminalCaseWithdrawn: pb.TRANSFER_STEP_WITHDRAWN,
}
BUREAU_TOLD_POLICE: Final[dict[type[Message], Kinds]] = {
    pb.CaseTransferred: (pb.ReferralReceived,),
    forwarding.TransferRedirected: (pb.ReferralReceived,),
    pb.SupplementSent: (pb.SupplementReceived,),
    pb.PropertyHandedOver: (pb.HandOverNoted,),
}
PROCURATORATE_TOLD_POLICE: Final[dict[type[Message], Kinds]] = {
    supervision.ReasonsAsked: (supervision.ReasonsRequestReceived, supervision.SupervisionMoot),
    supervision.RefusalUpheld: (supervision.RefusalUpheldReceived,),
    supervision.FilingOrdered: (supervision.FilingOrderReceived, supervision.SupervisionMoot),
    outcomes.NonProsecutionDecided: (outcomes.OutcomeNoted,),
    outcomes.JudgmentTold: (outcomes.OutcomeNoted,),
}
SAME_STAGE: Final = {
    PoliceStage.RECEIVED: {Stage.SENT, Stage.ORDERED_TO_FILE},
    PoliceStage.ACCEPTED: {Stage.RECEIVED},
    PoliceStage.SUPPLEMENT_DEMANDED: {Stage.SUPPLEMENTING},
    PoliceStage.NOT_COMPETENT: {Stage.RECEIVED, Stage.SUPPLEMENTING},
    PoliceStage.DECLINED: {Stage.NOT_ITS_MATTER},
    PoliceStage.REFUSED: {Stage.REFUSED, Stage.SUPERVISION},
    PoliceStage.RECONSIDERING: {Stage.RECONSIDERING},
    PoliceStage.REFUSED_FINAL: {Stage.REFUSED_FINAL, Stage.SUPERVISION},
    PoliceStage.UPHELD: {Stage.UPHELD, Stage.SUPERVISION},
    PoliceStage.ORDERED_TO_FILE: {Stage.ORDERED_TO_FILE},
    PoliceStage.FILED: {Stage.FILED},
    PoliceStage.PROPERTY_SENT: {Stage.HANDED_OVER},
    PoliceStage.PROPERTY_TAKEN: {Stage.OUTCOME_PENDING},
    PoliceStage.WITHDRAWN: {Stage.WITHDRAWN},
    PoliceStage.ENDED: {Stage.NON_PROSECUTION, Stage.CONVICTED, Stage.EXEMPTED, Stage.ACQUITTED},
}
"""The stages of a transfer for each stage of its referral, while the bureau has not taken the case back."""


def disagreements(there: World) -> Iterator[str]:
    """What is not the same on two sides, or not done."""
    for side in there.sides.values():
        for entry, code in side.parked:
            yield f"{side.authority.id} parked {type(entry.event).__name__} of {entry.fact.origin}: {code.name}"
        yield from _received(side, there)
    bureau = there.sides[LUXIAN.id]
    for police, jcy in ((POLICE.id, PROCURATORATE.id), (OTHER_POLICE.id, OTHER_PROCURATORATE.id)):
        yield from _told(bureau, there.sides[police], there.sides[jcy])
    yield from _stages(there)
    yield from _clocks(there)


def _received(side: Side, there: World) -> Iterator[str]:
    """Everybody addressed has every event once, in order, with the fields that it may see; nobody else has any."""
    for sender in there.sides.values():
        addressed = [
            (type_name(entry.event), CATALOGUE.view(type_name(entry.event), encode(entry.event), ADDRESSEE_VIEW))
            for entry in sender.log
            if not entry.fact.received and side.authority.id in _targets(entry.event, sender)
        ]
        origin = sender.authority.id
        has = [(type_name(e.event), encode(e.event)) for e in side.log if e.fact.origin == origin]
        if has != addressed:
            yield f"{side.authority.id} has {len(has)} events of {origin}, which addressed {len(addressed)} to it"


def _targets(event: Message, sender: Side) -> list[str]:
    shared = CATALOGUE.shared.get(type_name(event))
    return [one for one in shared.targets(event, sender.authority.id) if one != FEED] if shared is not None else []


def _told(bureau: Side, police: Side, jcy: Side) -> Iterator[str]:
    """What one recorded about the other is what the other did, step by step."""
    police_id, jcy_id = police.authority.id, jcy.authority.id
    steps: list[tuple[str, list[Any], list[Any]]] = [
        (
            f"bureau of {police_id}",
            [POLICE_TOLD_BUREAU[type(e.event)] for e in police.own(*POLICE_TOLD_BUREAU)],
            [type(e.event) for e in bureau.own(*POLICE_TOLD_BUREAU.values()) if _of(e.event, police_id)],
        ),
        (
            f"bureau of {jcy_id}",
            [PROCURATORATE_TOLD_BUREAU[type(e.event)] for e in jcy.own(*PROCURATORATE_TOLD_BUREAU)],
            [
                _any(e).step
                for e in bureau.own(supervision.SupervisionStepRecorded)
                if _any(e).procuratorate_id == jcy_id
            ],
        ),
        (
            f"{jcy_id} of {police_id}",
            [POLICE_TOLD_PROCURATORATE[type(e.event)] for e in police.own(*POLICE_TOLD_PROCURATORATE)],
            [
                _any(e).step
                for e in jcy.own(pb.OversightOpened, pb.OversightUpdated)
                if _any(e).reported_by == police_id
            ],
        ),
        (
            f"{jcy_id} of the bureau",
            [
                step
                for e in bureau.own(pb.TransferCopied, pb.CaseReturned, paper.PaperAnswerConfirmed)
                if _any(e).procuratorate_id == jcy_id and (step := _step_of(e.event)) is not None
            ],
            [
                _any(e).step
                for e in jcy.own(pb.OversightOpened, pb.OversightUpdated)
                if _any(e).reported_by == bureau.authority.id
            ],
        ),
    ]
    for what, told, noted in steps:
        did, recorded = told, noted
        if on_paper(bureau):
            # Paper comes ahead of what the node said before it: nothing is missing and nothing is made up.
            did, recorded = (sorted({str(one) for one in kinds if one not in OVERTAKEN}) for kinds in (told, noted))
        if did != recorded:
            yield f"{what}: {did} was told, {recorded} recorded"
    yield from _taken_in(bureau, police, BUREAU_TOLD_POLICE)
    if not on_paper(police):
        yield from _taken_in(jcy, police, PROCURATORATE_TOLD_POLICE)
    endings = [
        e.event
        for e in (
            *police.own(outcomes.CriminalCaseWithdrawn),
            *jcy.own(outcomes.NonProsecutionDecided, outcomes.JudgmentTold),
        )
    ]
    heard = [e for e in bureau.own(outcomes.OutcomeRecorded) if _any(e).teller_id in (police_id, jcy_id)]
    if len(endings) != len(heard):
        yield f"bureau of {police_id} and {jcy_id}: {len(endings)} outcomes told, {len(heard)} recorded"


def on_paper(side: Side) -> bool:
    """Whether the side went on by some paper."""
    return bool(side.own(paper.PaperAnswerConfirmed, incoming.PaperConfirmed))


def _step_of(event: Any) -> int | None:
    """What the bureau tells the procuratorate with an event; None for an answer on paper that is no step for it."""
    if isinstance(event, paper.PaperAnswerConfirmed):
        return TOLD_ON.get(event.kind)
    return pb.TRANSFER_STEP_RETURNED if isinstance(event, pb.CaseReturned) else pb.TRANSFER_STEP_SENT


def _taken_in(teller: Side, hearer: Side, kinds: dict[type[Message], Kinds]) -> Iterator[str]:
    """Each event has its answer at the one addressed; what an asking answers with two kinds has one of them."""
    to_hearer = [e for e in teller.own(*kinds) if _any(e).police_id == hearer.authority.id]
    answers = {answer for several in kinds.values() for answer in several}
    noted = hearer.own(*answers)
    if len(to_hearer) != len(noted):
        yield f"{hearer.authority.id} took {len(noted)} of {len(to_hearer)} events of {teller.authority.id}"
    for told, note in zip(to_hearer, noted, strict=False):
        if not isinstance(note.event, kinds[type(told.event)]):
            yield f"{hearer.authority.id} made {type(note.event).__name__} of {type(told.event).__name__}"


def _stages(there: World) -> Iterator[str]:
    """Where the case stands is the same for bureau, police and procuratorate."""
    bureau = there.sides[LUXIAN.id]
    transfer: Transfer | None = bureau.state("transfer")
    if transfer is None or not transfer.police_id:
        return
    police = there.sides[transfer.police_id]
    referral: Referral | None = police.state("referral", police.ids("referral")[-1])
    assert referral is not None
    by_document = any(not _any(e).teller_id for e in bureau.own(outcomes.OutcomeRecorded))
    here = replace(transfer, returned=False, closed=False).stage
    if not by_document and here not in SAME_STAGE[referral.stage]:
        yield f"the bureau says {here}, the police {referral.stage}"
    if transfer.referral_id not in ("", police.ids("referral")[-1]):
        yield "the bureau knows another referral"
    filed_on_paper = transfer.filed and on_paper(bureau)  # which may have overtaken what was before
    for name, ours, theirs in (
        ("handed over", transfer.handed_over, referral.property_sent),
        ("taken over", transfer.taken_over, referral.property_taken),
        ("filed", transfer.filed, referral.filed),
        ("refused", filed_on_paper or transfer.non_filing.refused, filed_on_paper or referral.non_filing.refused),
        (
            "maintained",
            filed_on_paper or transfer.non_filing.maintained,
            filed_on_paper or referral.non_filing.maintained,
        ),
        ("upheld", transfer.non_filing.upheld, referral.non_filing.upheld),
    ):
        if ours != theirs:
            yield f"{name}: bureau {ours}, police {theirs}"
    jcy = there.sides[police.authority.procuratorate_id]
    supervised = jcy.state("supervision")
    if supervised is None:
        return
    expected = {
        SupervisionStage.ORDERED: referral.non_filing.ordered and transfer.non_filing.ordered and not referral.filed,
        SupervisionStage.REASONS_ASKED: bool(referral.asked_by),
    }
    if not expected.get(supervised.stage, True):
        yield f"the procuratorate says {supervised.stage}, the police {referral.stage}, the bureau {here}"


def _clocks(there: World) -> Iterator[str]:
    """Whoever waits for another has that other's clock: the same start, end and verdict; each names who must act.

    For the receipt the sender alone keeps one: nothing begins at the police before they sign. Nor has anybody but the
    sender one that a receipt on paper began.
    """
    for side in there.sides.values():
        for clock in side.book.touched.values():
            if not clock.mirrors or clock.mirrors == RIGHT:
                continue
            theirs = there.sides[clock.responsible_id].book.touched.values()
            same = [one for one in theirs if one.rule_id == clock.mirrors and one.subject_id == clock.subject_id]
            if _verdict(clock) not in [_verdict(one) for one in same]:
                kept = [_verdict(one) for one in same]
                yield f"{side.authority.id} keeps {_verdict(clock)}, {clock.responsible_id} {kept}"
    for side in there.sides.values():
        for clock in side.book.touched.values():
            if not clock.mirrors and clock.responsible_id != side.authority.id and clock.rule_id not in ALONE:
                yield f"{side.authority.id} blames {clock.responsible_id} for its own clock {clock.rule_id}"


def _verdict(clock: Clock) -> tuple[Any, ...]:
    return clock.rule_id.partition(".")[2], clock.started_at, clock.due.effective_at, clock.status, clock.in_time


def _of(event: Any, police_id: str) -> bool:
    return bool(event.police_id == police_id)


def _any(entry: Any) -> Any:
    return entry.event
