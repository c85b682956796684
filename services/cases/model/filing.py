"""Clue and filing (线索, 立案)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import opinion_pb2 as opinions
from enforcement.cases.v1 import service_pb2 as commands

from services.cases import deadlines
from services.cases.model.case import OPEN, Case, Clue, Refusal, Stage, case
from services.cases.model.competence import in_territory, place_in_territory, require_power
from services.cases.model.duplicates import other_cases, review
from services.cases.model.opinion import progressed
from services.cases.model.procedure import Period
from services.kernel.clock import SHANGHAI
from services.kernel.deadlines import published
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day, day_of, term

INCIDENT_CASES_MAX: Final = 4
"""Vehicle, driver, company, cargo source: one overload incident has no more parties (一超四罚)."""

_JOINED_TO: Final = (*OPEN, Stage.TRANSFERRED_CRIMINAL, Stage.CLOSED, Stage.ARCHIVED)
"""Stages of a case in which a clue about the same act goes on: it was opened, and is here."""


@dataclass(frozen=True, slots=True)
class IncidentCases:
    """The cases of an incident that exist already."""

    roles: tuple[pb.IncidentRole.ValueType, ...] = ()
    """One for each."""


@case.decide(commands.RegisterClueRequest, basis="交通运输行政执法程序规定 art. 62")
def register_clue(state: Case, command: commands.RegisterClueRequest, context: Context) -> Events:
    """A clue comes from one of six sources; it names the authority that handed it over only if that authority did."""
    if command.handed_off_by and command.handed_off_by != context.origin:
        raise Refused(Refusal.NOT_HANDED_OFF_BY, authority=command.handed_off_by)
    _require_days_in_order(command, context.today)
    if command.incident_id:
        require_room(command.incident_role, context.found)
    yield pb.ClueRegistered(
        case_id=command.case_id or str(context.new_id(case.name)),
        source=command.source,
        act_code=command.act_code,
        handed_off_by=command.handed_off_by,
        finding_id=command.finding_id,
        participation_id=command.participation_id,
        act_on=command.act_on,
        act_ended_on=command.act_ended_on,
        act_continues=command.act_continues,
        place=command.place,
        other_places=command.other_places,
        facts=command.facts,
        party=command.party if command.HasField("party") else None,
        vehicle=command.vehicle if command.HasField("vehicle") else None,
        vessel=command.vessel if command.HasField("vessel") else None,
        reporter=command.reporter,
        verification=command.verification,
        attachments=command.attachments,
        incident_id=command.incident_id,
        incident_role=command.incident_role,
        capture_id=command.capture_id,
        sender_case_id=command.sender_case_id,
        history=command.history,
        opinion_case_id=command.opinion_case_id,
    )


@case.evolve(pb.ClueRegistered)
def clue_registered(state: Case, event: pb.ClueRegistered, act: Act) -> Case:
    clue = Clue(event, day_of(act.occurred_at))
    return replace(state, stage=Stage.CLUE, clue=clue, opinion_case_id=event.opinion_case_id)


@case.decide(commands.NotFileCaseRequest, basis="行政处罚法 art. 54; 行政强制法 art. 28")
def not_file(state: Case, command: commands.NotFileCaseRequest, context: Context) -> Events:
    """A leader decides not to open a case and records why. Whoever reported or handed over the clue is told.

    What was seized in an emergency goes back first. A clue about an act of which there is a case goes on in that one.
    """
    state.require(Stage.CLUE)
    state.require_in_order(context)
    assert state.clue is not None
    if held := state.in_force():
        raise Refused(Refusal.MEASURE_IN_FORCE, measures="、".join(held))
    if state.clue.event.reporter and not command.reporter_informed.strip():
        raise Refused(Refusal.REPORTER_NOT_INFORMED)
    if command.joined_case_id and context.found not in _JOINED_TO:
        raise Refused(Refusal.NO_CASE_TO_JOIN, stage=context.found or "无")
    yield pb.CaseNotFiled(
        case_id=command.case_id,
        handed_off_by=state.clue.event.handed_off_by,
        reason=command.reason,
        reporter_informed=command.reporter_informed,
        joined_case_id=command.joined_case_id,
        sender_case_id=state.clue.event.sender_case_id,
    )
    yield from progressed(state, command.case_id, opinions.OPINION_PROGRESS_NOT_FILED, reasons=command.reason)


@case.evolve(pb.CaseNotFiled)
def not_filed(state: Case, event: pb.CaseNotFiled) -> Case:
    return replace(state, stage=Stage.NOT_FILED)


@case.decide(commands.FileCaseRequest, basis="行政处罚法 arts. 17, 22-25, 29, 36, 54")
def file_case(state: Case, command: commands.FileCaseRequest, context: Context) -> Events:
    """A leader opens the case: the authority is competent, the act within the limitation, a report verified.

    Other cases about what may be the same act are shown, and decided on with a reason.
    """
    state.require(Stage.CLUE)
    state.require_free()
    state.require_in_order(context)
    assert state.clue is not None
    clue = state.clue.event
    if not command.party.name.strip():
        raise Refused(Refusal.PARTY_NEEDED)
    require_power(clue.act_code, context)
    division = _competent_division(state.clue, command, context)
    _require_within_limitation(state.clue, serious_harm=command.serious_harm)
    verification = command.verification.strip() or clue.verification.strip()
    if clue.source == pb.CLUE_SOURCE_REPORT and not verification:
        raise Refused(Refusal.REPORT_NOT_VERIFIED)
    duplicates = review(other_cases(context), command.duplicate_decision, command.duplicate_reason, fines=False)
    yield pb.CaseFiled(
        case_id=command.case_id,
        case_number=command.case_number,
        act_code=clue.act_code,
        division_code=division,
        source=clue.source,
        handed_off_by=clue.handed_off_by,
        party=command.party,
        facts=command.facts or clue.facts,
        basis=command.basis,
        incident_id=clue.incident_id,
        incident_role=clue.incident_role,
        capture_id=clue.capture_id,
        act_on=clue.act_on,
        serious_harm=command.serious_harm,
        designated_by=command.designated_by,
        designation_number=command.designation_number,
        vehicle=clue.vehicle if clue.HasField("vehicle") else None,
        sender_case_id=clue.sender_case_id,
        duplicates=duplicates,
    )
    yield from progressed(state, command.case_id, opinions.OPINION_PROGRESS_FILED, case_number=command.case_number)


@case.evolve(pb.CaseFiled)
def filed(state: Case, event: pb.CaseFiled, act: Act) -> Case:
    party = event.party if event.HasField("party") else None
    period = Period(act.occurred_at)
    return replace(state, stage=Stage.FILED, case_number=event.case_number, party=party, period=period)


@case.decide(commands.NumberCaseRequest, basis="交通运输行政执法文书式样 form 1")
def number_case(state: Case, command: commands.NumberCaseRequest, context: Context) -> Events:
    """A case that was filed without a number gets the next one of its series, once."""
    if state.case_number == command.case_number:
        return
    if state.stage in (Stage.CLUE, Stage.NOT_FILED):
        state.require(Stage.FILED)
    if state.case_number:
        raise Refused(Refusal.NUMBERED_OTHERWISE, number=state.case_number)
    yield pb.CaseNumbered(case_id=command.case_id, case_number=command.case_number)


@case.evolve(pb.CaseNumbered)
def numbered(state: Case, event: pb.CaseNumbered) -> Case:
    return replace(state, case_number=event.case_number)


def _require_days_in_order(command: commands.RegisterClueRequest, today: date) -> None:
    """An act begins, ends, and is found after that; one that goes on has not ended."""
    began = day(command.act_on)
    ended = day(command.act_ended_on) if command.act_ended_on else None
    if ended is not None and (ended < began or command.act_continues):
        raise Refused(Refusal.ACT_ENDS_BEFORE_IT_BEGINS, act_on=began, act_ended_on=ended)
    last = ended or began
    if last > today:
        raise Refused(Refusal.ACT_AFTER_CLUE, act_on=last, registered_on=today)


def require_room(role: pb.IncidentRole.ValueType, found: object) -> None:
    """One case for each party of an incident, at most four, those decided on the spot among them.

    Raises:
        Refused: INCIDENT_FULL.
    """
    roles: Sequence[pb.IncidentRole.ValueType] = found.roles if isinstance(found, IncidentCases) else ()
    if len(roles) >= INCIDENT_CASES_MAX or (role and role in roles):
        raise Refused(
            Refusal.INCIDENT_FULL,
            count=len(roles),
            roles="、".join(term(pb.IncidentRole, one) if one else "—" for one in roles),
        )


def _competent_division(clue: Clue, command: commands.FileCaseRequest, context: Context) -> str:
    """Of several places of an act one in the own territory makes competent (art. 22), and so does a designation by
    the common superior (art. 25).
    """
    if command.designated_by.strip() and command.designation_number.strip():
        in_own = (place for place in clue.places if in_territory(place, context))
        return next(in_own, clue.places[0]).division_code
    return place_in_territory(clue.places, context).division_code


def _require_within_limitation(clue: Clue, *, serious_harm: bool) -> None:
    """The limitation asks when the act was discovered (art. 36: 未被发现), that is on the day of the clue.

    It counts from the act, or from the end of one that went on; while it goes on there is none.
    """
    if clue.ended_on is None:
        return
    limitation = deadlines.LIMITATION_SERIOUS_HARM if serious_harm else deadlines.LIMITATION
    ended_at = datetime.combine(clue.ended_on, datetime.min.time(), SHANGHAI)
    if clue.discovered_on > limitation.due(ended_at, published()).due_on:
        raise Refused(
            Refusal.LIMITATION_PASSED,
            act_on=clue.ended_on,
            years=limitation.length // 12,
            discovered_on=clue.discovered_on,
        )
