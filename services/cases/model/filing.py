"""Clue and filing (线索, 立案)."""

from dataclasses import replace
from datetime import date, datetime

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands

from services.cases import deadlines
from services.cases.model.case import Case, Clue, Refusal, Stage, case
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import published
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day, day_of


@case.decide(commands.RegisterClueRequest, basis="交通运输行政执法程序规定 art. 62")
def register_clue(state: Case, command: commands.RegisterClueRequest, context: Context) -> Events:
    """A clue comes from one of six sources; it names the authority that handed it over only if that authority did."""
    if command.handed_off_by and command.handed_off_by != context.origin:
        raise Refused(Refusal.NOT_HANDED_OFF_BY, authority=command.handed_off_by)
    if day(command.act_on) > context.today:
        raise Refused(Refusal.ACT_AFTER_CLUE, act_on=command.act_on, registered_on=context.today)
    yield pb.ClueRegistered(
        case_id=command.case_id or str(context.new_id(case.name)),
        source=command.source,
        act_code=command.act_code,
        handed_off_by=command.handed_off_by,
        finding_id=command.finding_id,
        participation_id=command.participation_id,
        act_on=command.act_on,
        place=command.place,
        facts=command.facts,
        party=command.party if command.HasField("party") else None,
        vehicle=command.vehicle if command.HasField("vehicle") else None,
        reporter=command.reporter,
        attachments=command.attachments,
    )


@case.evolve(pb.ClueRegistered)
def clue_registered(state: Case, event: pb.ClueRegistered, act: Act) -> Case:
    clue = Clue(
        act_code=event.act_code,
        act_on=date.fromisoformat(event.act_on),
        discovered_on=day_of(act.occurred_at),
        division_code=event.place.division_code,
        source=event.source,
        handed_off_by=event.handed_off_by,
        facts=event.facts,
    )
    return replace(state, stage=Stage.CLUE, clue=clue)


@case.decide(commands.NotFileCaseRequest, basis="行政处罚法 art. 54")
def not_file(state: Case, command: commands.NotFileCaseRequest, context: Context) -> Events:
    """A leader decides not to open a case and records why; whoever handed the clue over is told."""
    state.require(Stage.CLUE)
    assert state.clue is not None
    yield pb.CaseNotFiled(case_id=command.case_id, handed_off_by=state.clue.handed_off_by, reason=command.reason)


@case.evolve(pb.CaseNotFiled)
def not_filed(state: Case, event: pb.CaseNotFiled) -> Case:
    return replace(state, stage=Stage.NOT_FILED)


@case.decide(commands.FileCaseRequest, basis="行政处罚法 arts. 22, 36, 54")
def file_case(state: Case, command: commands.FileCaseRequest, context: Context) -> Events:
    """A leader opens the case if the authority is competent where the act took place, within the limitation.

    The limitation asks when the act was discovered (art. 36: 未被发现); that is the day of the clue, not of the filing.
    """
    state.require(Stage.CLUE)
    assert state.clue is not None
    clue = state.clue
    if not context.authority.competent_in(clue.division_code):
        raise Refused(Refusal.NOT_COMPETENT, place=clue.division_code)
    limitation = deadlines.LIMITATION_SERIOUS_HARM if command.serious_harm else deadlines.LIMITATION
    ended_at = datetime.combine(clue.act_on, datetime.min.time(), SHANGHAI)
    if clue.discovered_on > limitation.due(ended_at, published()).due_on:
        raise Refused(
            Refusal.LIMITATION_PASSED,
            act_on=clue.act_on,
            years=limitation.length // 12,
            discovered_on=clue.discovered_on,
        )
    yield pb.CaseFiled(
        case_id=command.case_id,
        case_number=command.case_number,
        act_code=clue.act_code,
        division_code=clue.division_code,
        source=clue.source,
        handed_off_by=clue.handed_off_by,
        party=command.party,
        facts=command.facts or clue.facts,
        basis=command.basis,
    )


@case.evolve(pb.CaseFiled)
def filed(state: Case, event: pb.CaseFiled) -> Case:
    return replace(state, stage=Stage.FILED, case_number=event.case_number)
