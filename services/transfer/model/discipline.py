"""Clues on officials go to a supervisory body (纪检监察线索移送; 国务院令第310号 arts. 18, 19; 监察法 art. 37).

    who found it   discipline_clue   NOTED ──send──▶ SENT ──receipt──▶ RECEIVED ──outcome──▶ ANSWERED
                                       └──by hand──▶ RECEIVED
    receiver       received_clue     ARRIVED ──receipt──▶ SIGNED ──outcome──▶ TOLD (again when it changes)

Whoever is not on the list of a clue is told what whoever asks for a clue that does not exist is told. Only receipt and
outcome come back. Whom a clue concerns never gets on its list; the head of the authority is on none by office.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import discipline_pb2 as pb

from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.identity import Actor
from services.transfer.model.shared import Refusal, require_not_before

O310_19: Final = "国务院令第310号 art. 19; 监察法 art. 37"
DESIGN: Final = "design"

ATTACHMENTS_BYTES_MAX: Final = 128 * 1024
"""Attachments of one clue together: what crosses the border has 256 KiB (services/kernel/envelopes/codec)."""
RECEIVERS: Final = (options.AUTHORITY_KIND_SUPERVISION, options.AUTHORITY_KIND_PROCURATORATE)


class Stage(StrEnum):
    """Where an own clue stands."""

    NOTED = "待移送"
    SENT = "已移送"
    RECEIVED = "已签收"
    ANSWERED = "已反馈"


class ReceivedStage(StrEnum):
    """Where a clue stands at its receiver."""

    ARRIVED = "待签收"
    SIGNED = "已签收"
    TOLD = "已反馈"


def require_listed(readers: Iterable[str], actor: Actor, clue_id: str) -> None:
    """To everybody who is not on its list, a clue does not exist.

    Raises:
        Refused: NOT_FOUND, as for an id that nobody gave out.
    """
    if actor.id not in readers:
        raise Refused(KernelRefusal.NOT_FOUND, id=clue_id)


@dataclass(frozen=True, slots=True)
class DisciplineClue(Staged):
    """What decisions about an own clue read."""

    stage: Stage = Stage.NOTED
    content: pb.ClueContent = field(default_factory=pb.ClueContent)
    readers: frozenset[str] = frozenset()
    concerned: frozenset[str] = frozenset()
    noted_at: datetime | None = None
    receiver_id: str = ""
    """Empty while it was not sent, and when it went by hand."""
    outcome: pb.ClueOutcome.ValueType = pb.CLUE_OUTCOME_UNSPECIFIED


discipline_clue = Aggregate("discipline_clue", DisciplineClue)


@discipline_clue.decide(pb.NoteClueRequest, basis=O310_19)
def note_clue(state: DisciplineClue, command: pb.NoteClueRequest, context: Context) -> Events:
    """Any officer who finds something notes it, and says who else must know."""
    size = sum(len(attachment.content) for attachment in command.content.attachments)
    if size > ATTACHMENTS_BYTES_MAX:
        raise Refused(Refusal.ATTACHMENTS_TOO_LARGE, size=size, most=ATTACHMENTS_BYTES_MAX)
    readers = _readers(command.reader_ids, context)
    if set(readers) & set(command.concerned_ids):
        raise Refused(Refusal.CONCERNED_READER)
    yield pb.ClueNoted(
        clue_id=command.clue_id or str(context.new_id(discipline_clue.name)),
        content=command.content,
        reader_ids=readers,
        concerned_ids=command.concerned_ids,
    )


@discipline_clue.evolve(pb.ClueNoted)
def clue_noted(state: DisciplineClue, event: pb.ClueNoted, act: Act) -> DisciplineClue:
    readers, concerned = frozenset(event.reader_ids), frozenset(event.concerned_ids)
    return replace(state, content=event.content, readers=readers, concerned=concerned, noted_at=act.occurred_at)


@discipline_clue.decide(pb.AdmitClueReaderRequest, basis=DESIGN)
def admit_reader(state: DisciplineClue, command: pb.AdmitClueReaderRequest, context: Context) -> Events:
    """Somebody on the list puts another officer on it, with a reason."""
    yield from _admit(state, command, context)


@discipline_clue.evolve(pb.ClueReaderAdmitted)
def reader_admitted(state: DisciplineClue, event: pb.ClueReaderAdmitted) -> DisciplineClue:
    return replace(state, readers=state.readers | {event.officer_id})


@discipline_clue.decide(pb.RemoveClueReaderRequest, basis=DESIGN)
def remove_reader(state: DisciplineClue, command: pb.RemoveClueReaderRequest, context: Context) -> Events:
    """Somebody on the list takes an officer off it, who sees nothing any more; somebody stays."""
    yield from _remove(state, command, context)


@discipline_clue.evolve(pb.ClueReaderRemoved)
def reader_removed(state: DisciplineClue, event: pb.ClueReaderRemoved) -> DisciplineClue:
    return replace(state, readers=state.readers - {event.officer_id})


@discipline_clue.decide(pb.SendClueRequest, basis=O310_19)
def send_clue(state: DisciplineClue, command: pb.SendClueRequest, context: Context) -> Events:
    """The clue goes, sealed, to a supervisory body or a procuratorate."""
    require_listed(state.readers, context.actor, command.clue_id)
    state.require(Stage.NOTED)
    require_not_before(state.noted_at, context)
    receiver = context.member(command.receiver_id)
    if receiver.kind not in RECEIVERS or receiver.id == context.authority.id:
        raise Refused(Refusal.NOT_FOR_CLUES, authority=receiver.id)
    yield pb.RestrictedLetter(clue_id=command.clue_id, addressee_id=receiver.id, clue=state.content)


@discipline_clue.evolve(pb.RestrictedLetter)
def clue_sent(state: DisciplineClue, event: pb.RestrictedLetter) -> DisciplineClue:
    return replace(state, stage=Stage.SENT, receiver_id=event.addressee_id)


@discipline_clue.decide(pb.HandClueOverRequest, basis=O310_19)
def hand_over(state: DisciplineClue, command: pb.HandClueOverRequest, context: Context) -> Events:
    """A body without a node, or one that gets large files, takes the clue by hand and signs."""
    require_listed(state.readers, context.actor, command.clue_id)
    state.require(Stage.NOTED)
    require_not_before(state.noted_at, context)
    yield pb.ClueHandedOver(
        clue_id=command.clue_id, receiver_name=command.receiver_name, receipt_number=command.receipt_number
    )


@discipline_clue.evolve(pb.ClueHandedOver)
def handed_over(state: DisciplineClue, event: pb.ClueHandedOver) -> DisciplineClue:
    return replace(state, stage=Stage.RECEIVED)


@discipline_clue.decide(pb.RecordClueOutcomeRequest, basis=O310_19)
def record_outcome(state: DisciplineClue, command: pb.RecordClueOutcomeRequest, context: Context) -> Events:
    """Of a clue that went by hand somebody on the list records the outcome; a node tells its own."""
    require_listed(state.readers, context.actor, command.clue_id)
    if state.receiver_id:
        raise Refused(Refusal.CLUE_OUTCOME_NOT_BY_HAND)
    state.require(Stage.RECEIVED, Stage.ANSWERED)
    if command.outcome != state.outcome:
        yield pb.ClueAnswered(clue_id=command.clue_id, outcome=command.outcome)


@discipline_clue.decide(pb.RecordClueAnswerRequest, basis=O310_19)
def record_answer(state: DisciplineClue, command: pb.RecordClueAnswerRequest, context: Context) -> Events:
    """Receipt and outcome of the receiver, and of nobody else, are recorded when they arrive."""
    if state.receiver_id != command.receiver_id:
        raise Refused(KernelRefusal.NOT_FOUND, id=command.clue_id)
    yield pb.ClueAnswered(
        clue_id=command.clue_id,
        reference_id=command.reference_id,
        register_number=command.register_number,
        outcome=command.outcome,
    )


@discipline_clue.evolve(pb.ClueAnswered)
def clue_answered(state: DisciplineClue, event: pb.ClueAnswered) -> DisciplineClue:
    if event.outcome:
        return replace(state, stage=Stage.ANSWERED, outcome=event.outcome)
    return replace(state, stage=Stage.RECEIVED) if state.stage is Stage.SENT else state


# ---- receiver ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReceivedClue(Staged):
    """What decisions about a clue that arrived read."""

    stage: ReceivedStage = ReceivedStage.ARRIVED
    reference_id: str = ""
    sender_id: str = ""
    readers: frozenset[str] = frozenset()
    concerned: frozenset[str] = frozenset()
    arrived_at: datetime | None = None
    outcome: pb.ClueOutcome.ValueType = pb.CLUE_OUTCOME_UNSPECIFIED


received_clue = Aggregate("received_clue", ReceivedClue)


@received_clue.decide(pb.TakeClueRequest, basis=O310_19)
def take_clue(state: ReceivedClue, command: pb.TakeClueRequest, context: Context) -> Events:
    """What another authority sends is taken; until the receipt is signed the keepers of clues see it."""
    yield pb.ClueArrived(
        clue_id=command.clue_id,
        reference_id=command.reference_id,
        sender_id=command.sender_id,
        content=command.content,
    )


@received_clue.evolve(pb.ClueArrived)
def clue_arrived(state: ReceivedClue, event: pb.ClueArrived, act: Act) -> ReceivedClue:
    return replace(state, reference_id=event.reference_id, sender_id=event.sender_id, arrived_at=act.occurred_at)


@received_clue.decide(pb.SignClueReceiptRequest, basis=O310_19)
def sign_receipt(state: ReceivedClue, command: pb.SignClueReceiptRequest, context: Context) -> Events:
    """A keeper of clues signs the receipt and says who must know: from then on those see it, and no other keeper."""
    if state.stage is not ReceivedStage.ARRIVED:
        require_listed(state.readers, context.actor, command.clue_id)
    state.require(ReceivedStage.ARRIVED)
    require_not_before(state.arrived_at, context)
    readers = _readers(command.reader_ids, context)
    if set(readers) & set(command.concerned_ids):
        raise Refused(Refusal.CONCERNED_READER)
    yield pb.ClueReceiptSigned(
        clue_id=command.clue_id,
        register_number=command.register_number,
        reader_ids=readers,
        concerned_ids=command.concerned_ids,
    )
    yield pb.RestrictedLetter(
        clue_id=command.clue_id,
        reference_id=state.reference_id,
        addressee_id=state.sender_id,
        receipt=pb.ClueReceipt(register_number=command.register_number),
    )


@received_clue.evolve(pb.ClueReceiptSigned)
def receipt_signed(state: ReceivedClue, event: pb.ClueReceiptSigned) -> ReceivedClue:
    readers, concerned = frozenset(event.reader_ids), frozenset(event.concerned_ids)
    return replace(state, stage=ReceivedStage.SIGNED, readers=readers, concerned=concerned)


@received_clue.decide(pb.AdmitReceivedClueReaderRequest, basis=DESIGN)
def admit_received_reader(state: ReceivedClue, command: pb.AdmitReceivedClueReaderRequest, context: Context) -> Events:
    """The receiver's list changes as the sender's does."""
    yield from _admit(state, command, context)


@received_clue.decide(pb.RemoveReceivedClueReaderRequest, basis=DESIGN)
def remove_received_reader(
    state: ReceivedClue, command: pb.RemoveReceivedClueReaderRequest, context: Context
) -> Events:
    """The receiver's list changes as the sender's does."""
    yield from _remove(state, command, context)


@received_clue.evolve(pb.ClueReaderAdmitted)
def received_reader_admitted(state: ReceivedClue, event: pb.ClueReaderAdmitted) -> ReceivedClue:
    return replace(state, readers=state.readers | {event.officer_id})


@received_clue.evolve(pb.ClueReaderRemoved)
def received_reader_removed(state: ReceivedClue, event: pb.ClueReaderRemoved) -> ReceivedClue:
    return replace(state, readers=state.readers - {event.officer_id})


@received_clue.decide(pb.TellClueOutcomeRequest, basis=O310_19)
def tell_outcome(state: ReceivedClue, command: pb.TellClueOutcomeRequest, context: Context) -> Events:
    """The outcome, one of four, goes back; not why, and nothing of the inquiry."""
    require_listed(state.readers, context.actor, command.clue_id)
    state.require(ReceivedStage.SIGNED, ReceivedStage.TOLD)
    if command.outcome != state.outcome:
        yield pb.RestrictedLetter(
            clue_id=command.clue_id,
            reference_id=state.reference_id,
            addressee_id=state.sender_id,
            outcome=command.outcome,
        )


@received_clue.evolve(pb.RestrictedLetter)
def letter_written(state: ReceivedClue, event: pb.RestrictedLetter) -> ReceivedClue:
    if event.WhichOneof("content") != "outcome":
        return state
    return replace(state, stage=ReceivedStage.TOLD, outcome=event.outcome)


# ---- the list of either side -------------------------------------------------------------------------------------


def _admit(
    state: DisciplineClue | ReceivedClue,
    command: pb.AdmitClueReaderRequest | pb.AdmitReceivedClueReaderRequest,
    context: Context,
) -> Events:
    require_listed(state.readers, context.actor, command.clue_id)
    if command.officer_id in state.concerned:
        raise Refused(Refusal.CONCERNED_READER)
    context.officer(command.officer_id)
    if command.officer_id not in state.readers:
        yield pb.ClueReaderAdmitted(clue_id=command.clue_id, officer_id=command.officer_id, reason=command.reason)


def _remove(
    state: DisciplineClue | ReceivedClue,
    command: pb.RemoveClueReaderRequest | pb.RemoveReceivedClueReaderRequest,
    context: Context,
) -> Events:
    require_listed(state.readers, context.actor, command.clue_id)
    if state.readers == {command.officer_id}:
        raise Refused(Refusal.LAST_READER)
    if command.officer_id in state.readers:
        yield pb.ClueReaderRemoved(clue_id=command.clue_id, officer_id=command.officer_id, reason=command.reason)


def _readers(others: Iterable[str], context: Context) -> list[str]:
    """Who acts and the others named, each in the register of the authority."""
    for officer_id in others:
        context.officer(officer_id)
    return list(dict.fromkeys([context.actor.id, *others]))
