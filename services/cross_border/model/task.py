"""A request of another authority, as who is asked keeps it (协查事项, 行政处罚法 art. 26).

    RECEIVED ──accept──▶ ACCEPTED ──extend, once──▶ EXTENDED ──answer in part──▶ PARTLY ──answer──▶ ANSWERED
        └─reject─▶ REJECTED  ▲ any of these (IN_PROGRESS)                                              │
                             └── REOPENED ◀── the requester says what is missing ──────────────────────┤
    any ──the requester finishes or withdraws──▶ CLOSED ◀── CONFIRMED ◀── the requester confirms ──────┘

A part that the requester confirms is CONFIRMED, too: the rest is no longer due.
Help is given within this authority's powers. The answer carries the fields that were asked for and no other; each file
that it shows may be fetched by the requester, and by nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import service_pb2 as commands

from services.cross_border.deadlines import ANSWER
from services.cross_border.model.content import require_answer
from services.cross_border.model.shared import APL_26, Refusal
from services.cross_border.personal import personal, terms
from services.kernel.deadlines import published
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.ledger import ids
from services.kernel.messages import to_datetime
from services.kernel.values import day_of, term

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class Stage(StrEnum):
    """Where a task stands."""

    RECEIVED = "已收到"
    ACCEPTED = "办理中"
    EXTENDED = "延期办理"
    PARTLY = "部分答复"
    REOPENED = "补充办理"
    REJECTED = "已退回"
    ANSWERED = "已答复"
    CONFIRMED = "已确认"
    CLOSED = "已办结"


IN_PROGRESS: Final = (Stage.ACCEPTED, Stage.EXTENDED, Stage.PARTLY, Stage.REOPENED)
"""This authority works on it; after a partial answer, on the rest."""


@dataclass(frozen=True, slots=True)
class Task(Staged):
    """What decisions about a task read."""

    stage: Stage = Stage.RECEIVED
    received: pb.TaskReceived = field(default_factory=pb.TaskReceived)
    accepted_at: datetime = _NEVER
    due_from: datetime = _NEVER
    """When the limit of the answer began: acceptance, or the latest reopening."""
    extended: bool = False

    def from_requester(self, context: Context) -> None:
        """Returns when who asked says it.

        Raises:
            Refused: NOT_THE_REQUESTER.
        """
        _from_requester(self.received.requester_id, context)


task = Aggregate("task", Task)


def task_of(request_id: str, requester_id: str, responder_id: str) -> str:
    """Id of the task that a request makes: it follows from request, requester and responder.

    The requester's id comes from the signature on what arrived, so no other authority's message can reach the task.
    """
    return str(ids.derive(UUID(request_id), f"{requester_id}/{responder_id}"))


@task.decide(commands.OpenTaskRequest, basis="行政处罚法 art. 26; 个人信息保护法 arts. 13, 34")
def open_task(state: Task, command: commands.OpenTaskRequest, context: Context) -> Events:
    """What arrives is recorded. Personal fields without a purpose are refused at once, and the refusal is kept."""
    _from_requester(command.requester_id, context)
    yield pb.TaskReceived(
        task_id=command.task_id,
        request_id=command.request_id,
        requester_id=command.requester_id,
        request_type=command.request_type,
        case_number=command.case_number,
        purpose=command.purpose,
        legal_basis=command.legal_basis,
        questions=command.questions,
        fields=command.fields,
        evidence_sha256=command.evidence_sha256,
        subject=command.subject if command.HasField("subject") else None,
        classification=command.classification,
        contact=command.contact,
        materials=command.materials,
        matter=command.matter if command.HasField("matter") else None,
        service=command.service if command.HasField("service") else None,
        wanted_on=command.wanted_on,
        urgent=command.urgent,
    )
    if (asked := personal(command.fields)) and not command.purpose.strip():
        yield pb.PersonalFieldsRefused(
            task_id=command.task_id,
            request_id=command.request_id,
            requester_id=command.requester_id,
            fields=asked,
        )
        yield pb.TaskRejected(
            task_id=command.task_id,
            request_id=command.request_id,
            requester_id=command.requester_id,
            reason=pb.REJECTION_REASON_UNLAWFUL,
            explanation=Refused(Refusal.PERSONAL_FIELDS_WITHOUT_PURPOSE, fields=terms(asked)).zh,
        )


@task.evolve(pb.TaskReceived)
def received(state: Task, event: pb.TaskReceived) -> Task:
    return replace(state, stage=Stage.RECEIVED, received=event)


@task.evolve(pb.PersonalFieldsRefused)
def personal_fields_refused(state: Task, event: pb.PersonalFieldsRefused) -> Task:
    return state


@task.decide(commands.AcceptTaskRequest, basis=APL_26)
def accept(state: Task, command: commands.AcceptTaskRequest, context: Context) -> Events:
    """Help within this authority's powers is given, by officers with active credentials."""
    state.require(Stage.RECEIVED)
    yield pb.TaskAccepted(
        task_id=command.task_id,
        request_id=state.received.request_id,
        requester_id=state.received.requester_id,
        request_type=state.received.request_type,
        handlers=[context.active_officer(officer_id) for officer_id in command.officer_ids],
    )


@task.evolve(pb.TaskAccepted)
def accepted(state: Task, event: pb.TaskAccepted, act: Act) -> Task:
    return replace(state, stage=Stage.ACCEPTED, accepted_at=act.occurred_at, due_from=act.occurred_at)


@task.decide(commands.RejectTaskRequest, basis=APL_26)
def reject(state: Task, command: commands.RejectTaskRequest, context: Context) -> Events:
    """A request goes back for one of four reasons, and with an explanation."""
    state.require(Stage.RECEIVED)
    yield pb.TaskRejected(
        task_id=command.task_id,
        request_id=state.received.request_id,
        requester_id=state.received.requester_id,
        reason=command.reason,
        explanation=command.explanation,
    )


@task.evolve(pb.TaskRejected)
def rejected(state: Task, event: pb.TaskRejected) -> Task:
    return replace(state, stage=Stage.REJECTED)


@task.decide(commands.ExtendTaskRequest, basis="design")
def extend(state: Task, command: commands.ExtendTaskRequest, context: Context) -> Events:
    """A limit is extended once, and the notice comes before it ends."""
    state.require(*IN_PROGRESS)
    clock = ANSWER.get(state.received.request_type)
    if clock is None:
        raise Refused(Refusal.NO_LIMIT_TO_EXTEND, type=term(pb.RequestType, state.received.request_type))
    if state.extended:
        raise Refused(Refusal.EXTENDED_ALREADY)
    limit, _ = clock.limit(context.rules, day_of(state.due_from))
    due = limit.provisional(state.due_from, published())
    if not due.provisional and not due.covers(context.occurred_at):
        raise Refused(Refusal.EXTENSION_TOO_LATE, due=due.due_on)
    yield pb.TaskExtended(
        task_id=command.task_id,
        request_id=state.received.request_id,
        requester_id=state.received.requester_id,
        working_days=command.working_days,
        reason=command.reason,
    )


@task.evolve(pb.TaskExtended)
def extended(state: Task, event: pb.TaskExtended) -> Task:
    return replace(state, stage=Stage.EXTENDED, extended=True)


@task.decide(commands.AnswerTaskRequest, basis="行政处罚法 arts. 26, 46; 个人信息保护法 art. 34")
def answer(state: Task, command: commands.AnswerTaskRequest, context: Context) -> Events:
    """An answer gives what was asked for and no other field; who cannot give says so, and why. A partial one leaves the
    rest due.

    Collectors are recorded as the register had them when the evidence was collected.
    """
    state.require(*IN_PROGRESS)
    require_answer(state.received, command)
    items = [_item(state, offered, place, context) for place, offered in enumerate(command.items)]
    _each_once(items)
    yield pb.TaskAnswered(
        task_id=command.task_id,
        request_id=state.received.request_id,
        requester_id=state.received.requester_id,
        completeness=command.completeness,
        text=command.text,
        fields=command.fields,
        items=items,
        item_count=len(items),
        receipt=command.receipt if command.HasField("receipt") else None,
    )


@task.evolve(pb.TaskAnswered)
def answered(state: Task, event: pb.TaskAnswered) -> Task:
    partial = event.completeness == pb.COMPLETENESS_PARTIAL
    return replace(state, stage=Stage.PARTLY if partial else Stage.ANSWERED)


@task.decide(commands.ReopenTaskRequest, basis="design")
def reopen(state: Task, command: commands.ReopenTaskRequest, context: Context) -> Events:
    """The requester says what is missing; the limit of the answer begins again."""
    state.from_requester(context)
    if state.stage is not Stage.ANSWERED:
        return
    yield pb.TaskReopened(
        task_id=command.task_id,
        request_id=state.received.request_id,
        request_type=state.received.request_type,
        reason=command.reason,
    )


@task.evolve(pb.TaskReopened)
def reopened(state: Task, event: pb.TaskReopened, act: Act) -> Task:
    return replace(state, stage=Stage.REOPENED, due_from=act.occurred_at, extended=False)


@task.decide(drafting.ConfirmTaskRequest, basis="design")
def confirm(state: Task, command: drafting.ConfirmTaskRequest, context: Context) -> Events:
    """The requester found the answer sufficient, or a part of it enough."""
    state.from_requester(context)
    if state.stage not in (*IN_PROGRESS, Stage.ANSWERED):
        return
    yield pb.TaskConfirmed(task_id=command.task_id, request_id=state.received.request_id)


@task.evolve(pb.TaskConfirmed)
def confirmed(state: Task, event: pb.TaskConfirmed) -> Task:
    return replace(state, stage=Stage.CONFIRMED)


@task.decide(commands.CloseTaskRequest, basis="design")
def close(state: Task, command: commands.CloseTaskRequest, context: Context) -> Events:
    """The requester has finished: the task ends, and with it what was granted for it."""
    state.from_requester(context)
    if state.stage is Stage.CLOSED:
        return
    yield pb.TaskClosed(
        task_id=command.task_id,
        request_id=state.received.request_id,
        withdrawn=command.withdrawn,
        reason=command.reason,
    )


@task.evolve(pb.TaskClosed)
def closed(state: Task, event: pb.TaskClosed) -> Task:
    return replace(state, stage=Stage.CLOSED)


def _from_requester(requester_id: str, context: Context) -> None:
    """Only who asked speaks about the request."""
    if context.origin != requester_id:
        raise Refused(Refusal.NOT_THE_REQUESTER, authority=context.origin or context.authority.id)


def _item(state: Task, offered: commands.OfferedItem, place: int, context: Context) -> pb.EvidenceItem:
    """A piece of evidence is shown with its file, and with who collected it as they were then."""
    item_id = offered.item_id or str(context.new_id(f"item/{place}"))
    if len(offered.blob.sha256) != 32:
        raise Refused(Refusal.ITEM_WITHOUT_FILE, item=item_id)
    collected_at = to_datetime(offered.collected_at)
    if offered.collected_on_request and collected_at < state.accepted_at:
        raise Refused(Refusal.COLLECTED_BEFORE_ACCEPTANCE, item=item_id)
    return pb.EvidenceItem(
        item_id=item_id,
        kind=offered.kind,
        title=offered.title,
        collectors=[_collector(officer_id, collected_at, context) for officer_id in offered.collector_ids],
        collected_at=offered.collected_at,
        place=offered.place,
        persons=offered.persons,
        signed=offered.signed,
        refusal_note=offered.refusal_note,
        blob=offered.blob,
        captured_sha256=offered.captured_sha256,
        custody=offered.custody,
        collected_on_request=offered.collected_on_request,
        exclusion_reason=offered.exclusion_reason,
        method=offered.method,
    )


def _collector(officer_id: str, collected_at: datetime, context: Context) -> common.OfficerSnapshot:
    snapshot = context.officers.at(officer_id, collected_at)
    if snapshot is None:
        raise Refused(KernelRefusal.OFFICER_UNKNOWN, officer=officer_id)
    return snapshot


def _each_once(items: Sequence[pb.EvidenceItem]) -> None:
    seen: set[str] = set()
    for item in items:
        if item.item_id in seen:
            raise Refused(Refusal.ITEM_TWICE, item=item.item_id)
        seen.add(item.item_id)
