"""Import: a case from an older system goes on here at its stage (历史案件导入).

What a row must have follows from the stage: the days up to it, in the order of the law, and what the next decision
reads. Nothing is judged again that the older system decided: a limitation or a notice of the past is not refused here.

stage         needs besides what the stages above it need      the next step reads
线索          registered_on, act_code, act_on, source, place    where and when (行政处罚法 arts. 22, 36)
不予立案      the same                                          nothing
已立案        filed_on, case_number, party.name                 since when the 90 days run (art. 60)
调查中        two officers of the register                      who investigates (art. 42)
调查终结      evidence                                          on what the facts rest (art. 46)
已告知        told_on, proposed                                 how far a decision may go (arts. 44, 45)
已法制审核    reviewed_on, not before told_on                   that it was reviewed after a notice (art. 58)
已集体讨论    discussed_on, concluded                           what the decision follows (art. 57)
已决定        decided_on, and what was decided; officers and    what is served (art. 61)
              evidence no longer
已送达        served_on                                         when payment and remedies begin (arts. 67, 72)
已结案        closed_on, closing_ground; filed_on and number    nothing
已归档        the same                                          nothing

Not       cases in a hearing, with the police or another authority, or whose decision was revoked: what decides their
          next step is not in a row. They are imported at the stage before, or by hand. A remedy that goes on is
          recorded after the import, with its own day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date
from typing import Final
from uuid import UUID

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import review_pb2 as reviews
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side

from services.cases.import_ids import case_id_of
from services.cases.model.case import TOLD, Case, Clue, Piece, Refusal, Stage, case
from services.cases.model.notice import require_amounts
from services.cases.model.procedure import Decision, Discussion, Notice, Period, Review
from services.kernel.deadlines.units import start_of
from services.kernel.decider import Context, Events, Officers
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import Act
from services.kernel.values import term

FIELDS: Final[Mapping[str, str]] = {
    "act_on": "违法行为日期",
    "act_ended_on": "违法行为终了日期",
    "registered_on": "线索登记日期",
    "place.division_code": "行为地行政区划代码",
    "filed_on": "立案日期",
    "case_number": "案号",
    "party.name": "当事人名称",
    "officer_ids": "承办人",
    "evidence": "证据",
    "told_on": "告知送达日期",
    "proposed": "拟处罚内容",
    "reviewed_on": "法制审核通过日期",
    "discussed_on": "集体讨论日期",
    "concluded": "集体讨论确定的处罚内容",
    "decided_on": "决定日期",
    "outcome": "处理结果（处罚、不予处罚理由或者违法事实不能成立）",
    "served_on": "决定送达日期",
    "closed_on": "结案日期",
    "closing_ground": "结案事由",
}
"""Fields that a stage may need, as people name them, in the order of the law."""

_CLUE: Final = ("registered_on", "act_on", "place.division_code")
_FILED: Final = (*_CLUE, "filed_on", "case_number", "party.name")
_TOLD: Final = (*_FILED, "officer_ids", "evidence", "told_on", "proposed")
_NEEDED: Final[Mapping[Stage, tuple[str, ...]]] = {
    Stage.CLUE: _CLUE,
    Stage.NOT_FILED: _CLUE,
    Stage.FILED: _FILED,
    Stage.INVESTIGATING: (*_FILED, "officer_ids"),
    Stage.INVESTIGATION_CLOSED: (*_FILED, "officer_ids", "evidence"),
    Stage.NOTICE_SERVED: _TOLD,
    Stage.LEGAL_REVIEWED: (*_TOLD, "reviewed_on"),
    Stage.DISCUSSED: (*_TOLD, "discussed_on", "concluded"),
    Stage.DECIDED: (*_FILED, "decided_on", "outcome"),
    Stage.SERVED: (*_FILED, "decided_on", "outcome", "served_on"),
    Stage.CLOSED: (*_FILED, "closed_on", "closing_ground"),
    Stage.ARCHIVED: (*_FILED, "closed_on", "closing_ground"),
}
_DAYS: Final = tuple(name for name in FIELDS if name.endswith("_on"))
"""Each on or after the one before; a legal review only where the stage says that it followed the notice."""
_NOT_YET: Final[Mapping[Stage, tuple[str, ...]]] = {
    Stage.CLUE: ("filed_on", "told_on", "decided_on", "served_on", "closed_on"),
    Stage.NOT_FILED: ("filed_on", "told_on", "decided_on", "served_on"),
    Stage.FILED: ("told_on", "decided_on", "served_on", "closed_on"),
    Stage.INVESTIGATING: ("told_on", "decided_on", "served_on", "closed_on"),
    Stage.INVESTIGATION_CLOSED: ("told_on", "decided_on", "served_on", "closed_on"),
    Stage.NOTICE_SERVED: ("discussed_on", "decided_on", "served_on", "closed_on"),
    Stage.LEGAL_REVIEWED: ("discussed_on", "decided_on", "served_on", "closed_on"),
    Stage.DISCUSSED: ("decided_on", "served_on", "closed_on"),
    Stage.DECIDED: ("served_on", "closed_on"),
    Stage.SERVED: ("closed_on",),
}
_REVIEWED: Final = (Stage.LEGAL_REVIEWED, Stage.DISCUSSED)
_TEAM: Final = (Stage.INVESTIGATING, Stage.INVESTIGATION_CLOSED, Stage.NOTICE_SERVED, *_REVIEWED)
"""Stages in which two officers go on investigating."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be taken over."""

    field: str
    refusal: Refused


@case.decide(imports.ImportCaseRequest, basis="行政处罚法 art. 47")
def import_case(state: Case, command: imports.ImportCaseRequest, context: Context) -> Events:
    """A case that an older system kept goes on here: whole, at its stage, once."""
    for fault in faults(command, context.today, context.officers):
        raise fault.refusal
    imported = command.imported
    for officer_id in imported.officer_ids:
        context.officer(officer_id)
    yield imports.CaseImported(
        case_id=command.case_id,
        source_system=imported.source_system,
        act_code=imported.act_code,
        source=imported.source,
        registered_on=imported.registered_on,
        filed_on=imported.filed_on,
        decided_on=imported.decided_on,
        closed_on=imported.closed_on,
        told_on=imported.told_on,
        served_on=imported.served_on,
        imported=imported,
    )


def faults(command: imports.ImportCaseRequest, exported_on: date, officers: Officers) -> Iterator[Fault]:
    """Everything for which a row would be refused, field by field."""
    imported = command.imported
    if UUID(command.case_id) != case_id_of(imported.source_system, imported.external_id):
        yield Fault("external_id", Refused(Refusal.IMPORT_ID))
    stage = next((one for one in _NEEDED if one == imported.stage), None)
    if stage is None:
        allowed = "、".join(_NEEDED)
        yield Fault("stage", Refused(Refusal.IMPORT_STAGE, stage=imported.stage or "空", allowed=allowed))
        return
    for name in _NEEDED[stage]:
        if not _value(imported, name):
            yield Fault(name, Refused(Refusal.IMPORT_FIELD_MISSING, stage=stage, field=FIELDS[name]))
    for name in _NOT_YET.get(stage, ()):
        if _value(imported, name):
            yield Fault(name, Refused(Refusal.IMPORT_FIELD_TOO_EARLY, stage=stage, field=FIELDS[name]))
    yield from _day_faults(imported, stage, exported_on)
    if stage in _TEAM:
        yield from _officer_faults(imported, command, officers)
    for name in ("proposed", "concluded", "penalties"):
        try:
            require_amounts(getattr(imported, name))
        except Refused as refused:
            yield Fault(name, refused)
    yield from _payment_faults(imported)


def _payment_faults(imported: imports.ImportedCase) -> Iterator[Fault]:
    """Nobody paid more than was decided."""
    owed = {
        "paid_fine_fen": (pb.PENALTY_KIND_FINE, imported.paid_fine_fen),
        "paid_confiscation_fen": (pb.PENALTY_KIND_CONFISCATE_INCOME, imported.paid_confiscation_fen),
    }
    for name, (kind, paid_fen) in owed.items():
        decided_fen = sum(penalty.amount_fen for penalty in imported.penalties if penalty.kind == kind)
        if paid_fen > decided_fen:
            words = term(pb.PenaltyKind, kind)
            yield Fault(
                name, Refused(Refusal.IMPORT_PAID_TOO_MUCH, kind=words, paid_fen=paid_fen, decided_fen=decided_fen)
            )


def _day_faults(imported: imports.ImportedCase, stage: Stage, exported_on: date) -> Iterator[Fault]:
    earlier: tuple[str, date] | None = None
    for name in _DAYS:
        text = getattr(imported, name)
        if not text:
            continue
        try:
            on = date.fromisoformat(text)
        except ValueError:
            yield Fault(name, Refused(Refusal.IMPORT_NO_DAY, field=FIELDS[name], day=text))
            continue
        if on > exported_on:
            yield Fault(name, Refused(Refusal.IMPORT_AFTER_EXPORT, field=FIELDS[name], day=on, exported_on=exported_on))
        if name == "reviewed_on" and stage not in _REVIEWED:
            continue
        if earlier is not None and on < earlier[1]:
            yield Fault(
                name,
                Refused(
                    Refusal.IMPORT_DAYS_OUT_OF_ORDER,
                    later=FIELDS[name],
                    later_on=on,
                    earlier=FIELDS[earlier[0]],
                    earlier_on=earlier[1],
                ),
            )
        else:
            earlier = (name, on)


def _officer_faults(
    imported: imports.ImportedCase, command: imports.ImportCaseRequest, officers: Officers
) -> Iterator[Fault]:
    at = command.occurred_at.ToDatetime(tzinfo=UTC)
    for officer_id in imported.officer_ids:
        if officers.at(officer_id, at) is None:
            yield Fault("officer_ids", Refused(KernelRefusal.OFFICER_UNKNOWN, officer=officer_id))
    if imported.officer_ids and len(set(imported.officer_ids)) < 2:
        yield Fault("officer_ids", Refused(KernelRefusal.TWO_OFFICERS_NEEDED))


def _value(imported: imports.ImportedCase, name: str) -> object:
    """The value of a field, empty when it or what it stands in is not set."""
    if name == "outcome":
        return imported.penalties or imported.no_penalty_ground or imported.not_established
    owner, _, part = name.rpartition(".")
    return getattr(getattr(imported, owner) if owner else imported, part)


@case.evolve(imports.CaseImported)
def case_imported(state: Case, event: imports.CaseImported, act: Act) -> Case:
    imported = event.imported
    stage = Stage(imported.stage)
    evidence = {one.evidence_id: Piece("", act.occurred_at) for one in imported.evidence}
    team = frozenset(imported.officer_ids)
    past_report = stage in (Stage.INVESTIGATION_CLOSED, *TOLD, Stage.DECIDED, Stage.SERVED)
    return replace(
        state,
        stage=stage,
        clue=Clue(clue_of(event), date.fromisoformat(event.registered_on)),
        case_number=imported.case_number,
        party=imported.party if imported.HasField("party") else None,
        team=team,
        investigators=team,
        period=Period(start_of(date.fromisoformat(event.filed_on))) if event.filed_on else None,
        evidence=evidence,
        grounds=tuple(evidence) if past_report else (),
        report_approved=stage in TOLD,
        told=stage in TOLD,
        notice=_notice(imported),
        review=_review(imported) if stage in (Stage.INVESTIGATION_CLOSED, *TOLD) else None,
        discussion=_discussion(imported) if stage is Stage.DISCUSSED else None,
        decision=_decision(imported),
        collections={event.case_id: side.PERFORMANCE_PHASE_PERFORMED} if paid_in_full(imported) else {},
    )


def paid_in_full(imported: imports.ImportedCase) -> bool:
    """Nothing of the decision's money is left to be collected here, as the older system has it."""
    paid_fen = imported.paid_fine_fen + imported.paid_confiscation_fen
    return imported.performed or (bool(paid_fen) and paid_fen == sum(one.amount_fen for one in imported.penalties))


def clue_of(event: imports.CaseImported) -> pb.ClueRegistered:
    """The clue as it would have been registered here."""
    imported = event.imported
    return pb.ClueRegistered(
        case_id=event.case_id,
        source=imported.source,
        act_code=imported.act_code,
        act_on=imported.act_on,
        act_ended_on=imported.act_ended_on,
        place=imported.place,
        facts=imported.facts,
        party=imported.party if imported.HasField("party") else None,
        vehicle=imported.vehicle if imported.HasField("vehicle") else None,
        vessel=imported.vessel if imported.HasField("vessel") else None,
    )


def outcome_of(imported: imports.ImportedCase) -> commands.Outcome.ValueType:
    """What was decided; OUTCOME_UNSPECIFIED when nothing was, or when the row of an ended case does not say it."""
    if not imported.decided_on:
        return commands.OUTCOME_UNSPECIFIED
    if imported.penalties:
        return commands.OUTCOME_PENALTY
    if imported.no_penalty_ground:
        return commands.OUTCOME_NO_PENALTY
    return commands.OUTCOME_NOT_ESTABLISHED if imported.not_established else commands.OUTCOME_UNSPECIFIED


def _notice(imported: imports.ImportedCase) -> Notice | None:
    if not imported.told_on:
        return None
    return Notice(
        proposed=tuple(imported.proposed),
        told_on=date.fromisoformat(imported.told_on),
        hearing_right=imported.hearing_right,
        defence=imported.defence,
    )


def _review(imported: imports.ImportedCase) -> Review | None:
    """A review that passed; ISO days compare as they are written."""
    if not imported.reviewed_on:
        return None
    after_notice = bool(imported.told_on) and imported.reviewed_on >= imported.told_on
    return Review(asked=False, passed=True, after_notice=after_notice)


def _discussion(imported: imports.ImportedCase) -> Discussion:
    return Discussion(reviews.DISCUSSION_CONCLUSION_PENALTY, tuple(imported.concluded))


def _decision(imported: imports.ImportedCase) -> Decision | None:
    outcome = outcome_of(imported)
    if not outcome:
        return None
    served_on = date.fromisoformat(imported.served_on) if imported.served_on else None
    made_on = date.fromisoformat(imported.decided_on) if imported.decided_on else None
    return Decision(outcome, tuple(imported.penalties), served_on, made_on)
