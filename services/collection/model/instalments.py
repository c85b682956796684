"""Deferral and instalments (延期、分期缴纳, form 17): on the party's application, approved by a leader.

Approval moves the due days. What surcharge had accrued before stays; from then on it counts from each missed
instalment, or as the switch `surcharge_instalments` says.
"""

from dataclasses import replace

from enforcement.cases.v1.delivery_pb2 import SERVED_DOCUMENT_INSTALMENTS
from enforcement.collection.v1 import events_pb2 as pb
from enforcement.collection.v1 import service_pb2 as commands

from services.collection import periods
from services.collection.model.collection import BEFORE_COURT, Collection, Instalment, Refusal, Stage, collection
from services.collection.model.window import window
from services.collection.money import name_of
from services.collection.surcharge import Due
from services.kernel.decider import Context, Events
from services.kernel.delivery import served_with
from services.kernel.errors import Refused
from services.kernel.values import day


@collection.decide(commands.RequestInstalmentsRequest, basis="行政处罚法 art. 66")
def request_instalments(state: Collection, command: commands.RequestInstalmentsRequest, context: Context) -> Events:
    """A party in real economic difficulty may ask to pay later or in parts."""
    state.require_running()
    state.require(*BEFORE_COURT)
    if not state.money.open(pb.ACCOUNT_FINE, context.today):
        raise Refused(Refusal.NOTHING_OPEN, account=name_of(pb.ACCOUNT_FINE))
    yield pb.InstalmentsRequested(
        collection_id=command.collection_id,
        reason=command.reason,
        document=command.document if command.HasField("document") else None,
    )


@collection.evolve(pb.InstalmentsRequested)
def requested(state: Collection, event: pb.InstalmentsRequested) -> Collection:
    return replace(state, instalments_requested=True)


@collection.decide(commands.DecideInstalmentsRequest, basis="行政处罚法 arts. 66, 72")
def decide_instalments(state: Collection, command: commands.DecideInstalmentsRequest, context: Context) -> Events:
    """The instalments divide what is open of the fine, on rising days to come; a single one is a deferral. An earlier
    approval no longer counts. The reply, approval or refusal, is a sheet (form 17) that is served.
    """
    state.require_running()
    state.require(*BEFORE_COURT)
    if not state.instalments_requested:
        raise Refused(Refusal.INSTALMENTS_NOT_REQUESTED)
    if not command.approved:
        if not command.reason.strip():
            raise Refused(Refusal.REASON_NEEDED)
        told = served_with(command, SERVED_DOCUMENT_INSTALMENTS, context.found, context)
        yield pb.InstalmentsRefused(collection_id=command.collection_id, reason=command.reason, **told)
        return
    open_fen = state.money.open(pb.ACCOUNT_FINE, context.today)
    total = sum(each.amount_fen for each in command.instalments)
    if total != open_fen or any(each.amount_fen <= 0 for each in command.instalments):
        raise Refused(Refusal.INSTALMENTS_SUM, sum_fen=total, open_fen=open_fen)
    days = [periods.rolled(day(each.due_on)) for each in command.instalments]
    if days != sorted(set(days)) or days[0] <= context.today:
        raise Refused(Refusal.INSTALMENTS_DAYS, today=context.today)
    divided = pb.InstalmentsApproved(
        collection_id=command.collection_id,
        case_id=state.case_id,
        count=len(days),
        ends_on=days[-1].isoformat(),
        carried_fen=state.money.owed(pb.ACCOUNT_SURCHARGE, context.today) + state.money.waived_fen,
        confiscation_open_fen=state.money.open(pb.ACCOUNT_CONFISCATION, context.today),
        replaced_ids=state.instalments,
        duty_open=bool(state.open_duty),
        surcharge_instalments=context.rules.get("surcharge_instalments", context.today),
        **served_with(command, SERVED_DOCUMENT_INSTALMENTS, context.found, context),
    )
    yield divided
    for number, (each, due_on) in enumerate(zip(command.instalments, days, strict=True), 1):
        yield pb.InstalmentSet(
            collection_id=command.collection_id,
            instalment_id=str(context.new_id(f"instalment/{number}")),
            number=number,
            amount_fen=each.amount_fen,
            due_on=due_on.isoformat(),
        )
    yield from window(approved(state, divided), command.collection_id, context)


@collection.evolve(pb.InstalmentsApproved)
def approved(state: Collection, event: pb.InstalmentsApproved) -> Collection:
    return replace(
        state,
        stage=Stage.DUE,
        instalments_requested=False,
        instalments={},
        instalments_paid={},
        demanded_on=None,
        court_window_from=None,
        instalments_end_on=day(event.ends_on),
        undeferred_open=bool(event.confiscation_open_fen) or event.duty_open,
        money=state.money.divided(event),
    )


@collection.evolve(pb.InstalmentSet)
def instalment_set(state: Collection, event: pb.InstalmentSet) -> Collection:
    instalment = Instalment(event.amount_fen, day(event.due_on))
    return replace(
        state,
        instalments={**state.instalments, event.instalment_id: instalment},
        money=state.money.with_due(Due(instalment.amount_fen, instalment.due_on)),
    )


@collection.evolve(pb.InstalmentsRefused)
def refused(state: Collection, event: pb.InstalmentsRefused) -> Collection:
    return replace(state, instalments_requested=False)
