"""A case of an older system is taken over whole, or not at all."""

import hashlib
from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.common.v1 import common_pb2 as common
from google.protobuf.message import Message

from services.cases.import_ids import case_id_of, evidence_id_of
from services.cases.model import Refusal, Stage, case
from services.cases.model.importing import FIELDS, faults, outcome_of
from services.cases.service import SERVICE
from services.kernel.deadlines.rules import Role
from services.kernel.errors import KernelRefusal
from services.kernel.identity import Actor
from services.kernel.messages import type_name
from services.kernel.rules import Rules
from services.kernel.values import day_of
from tests.support.decider import LEADER, LI, WANG, acting, given, instant, on
from tests.unit.cases import acts
from tests.unit.cases.acts import changed

OLD, NUMBER = "old-system", "2019-1"
ID = str(case_id_of(OLD, NUMBER))
EXPORTED = "2024-12-15 18:00"
ADMINISTRATOR = Actor("ops", "administrator")
FINE = [pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=300_000)]
PIECE = str(evidence_id_of(case_id_of(OLD, NUMBER), 1))
EVIDENCE = [imports.ImportedEvidence(evidence_id=PIECE, kind=pb.EVIDENCE_KIND_SCENE_RECORD, description="现场笔录")]
ROW = hashlib.sha256(b"row").digest()

CLUE: dict[str, Any] = {"stage": Stage.CLUE, "registered_on": "2024-09-06"}
FILED = {**CLUE, "stage": Stage.FILED, "filed_on": "2024-09-09", "case_number": "旧1号", "party": acts.PARTY}
INVESTIGATING = {**FILED, "stage": Stage.INVESTIGATING, "officer_ids": acts.TWO}
REPORTED = {**INVESTIGATING, "stage": Stage.INVESTIGATION_CLOSED, "evidence": EVIDENCE}
TOLD = {**REPORTED, "stage": Stage.NOTICE_SERVED, "told_on": "2024-09-27", "proposed": FINE}
REVIEWED = {**TOLD, "stage": Stage.LEGAL_REVIEWED, "reviewed_on": "2024-10-25"}
DISCUSSED = {**TOLD, "stage": Stage.DISCUSSED, "discussed_on": "2024-10-28", "concluded": FINE}
DECIDED = {**FILED, "stage": Stage.DECIDED, "decided_on": "2024-11-01", "penalties": FINE}
SERVED = {**DECIDED, "stage": Stage.SERVED, "served_on": "2024-11-05"}
CLOSED = {**FILED, "stage": Stage.CLOSED, "closed_on": "2024-12-01", "closing_ground": pb.CLOSING_GROUND_PERFORMED}
ARCHIVED = {**CLOSED, "stage": Stage.ARCHIVED}
ALL = (CLUE, FILED, INVESTIGATING, REPORTED, TOLD, REVIEWED, DISCUSSED, DECIDED, SERVED, CLOSED, ARCHIVED)


def command(fields: dict[str, Any], **more: Any) -> imports.ImportCaseRequest:
    known: dict[str, Any] = {
        "source_system": OLD,
        "external_id": NUMBER,
        "row_sha256": ROW,
        "act_code": "RTR-63-2",
        "source": 1,
    }
    known |= {"act_on": "2024-09-06", "place": acts.PLACE, **fields, **more}
    return imports.ImportCaseRequest(case_id=ID, imported=imports.ImportedCase(**known))


def when(request: imports.ImportCaseRequest) -> Any:
    return given(case).when(request, at=EXPORTED, actor=ADMINISTRATOR)


def told(fields: dict[str, Any], **more: Any) -> imports.CaseImported:
    """The event of a case of the older system."""
    known = command(fields, **more).imported
    days = {
        name: getattr(known, name)
        for name in ("registered_on", "filed_on", "told_on", "decided_on", "served_on", "closed_on")
    }
    return imports.CaseImported(
        case_id=ID, source_system=OLD, act_code=known.act_code, source=known.source, imported=known, **days
    )


@pytest.mark.parametrize("fields", ALL, ids=lambda fields: fields["stage"])
def test_a_case_comes_over_at_its_stage_with_all_that_the_row_has(fields):
    state = when(command(fields)).then(told(fields))
    assert state.stage == fields["stage"]
    assert state.case_number == fields.get("case_number", "")


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        (CLUE, "registered_on"),
        (CLUE, "act_on"),
        (CLUE, "place"),
        (FILED, "filed_on"),
        (FILED, "case_number"),
        (FILED, "party"),
        (INVESTIGATING, "officer_ids"),
        (REPORTED, "evidence"),
        (TOLD, "told_on"),
        (TOLD, "proposed"),
        (REVIEWED, "reviewed_on"),
        (DISCUSSED, "discussed_on"),
        (DISCUSSED, "concluded"),
        (DECIDED, "decided_on"),
        (SERVED, "served_on"),
        (CLOSED, "closed_on"),
        (CLOSED, "closing_ground"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["stage"],
)
def test_what_the_next_step_reads_must_be_there(fields, missing):
    request = command(fields)
    request.imported.ClearField(missing)
    named = {"place": "place.division_code", "party": "party.name"}.get(missing, missing)
    when(request).refused(Refusal.IMPORT_FIELD_MISSING, field=FIELDS[named], stage=fields["stage"])


@pytest.mark.parametrize(
    ("fields", "more", "early"),
    [
        (CLUE, {"filed_on": "2024-09-09"}, "filed_on"),
        (FILED, {"told_on": "2024-09-27"}, "told_on"),
        (TOLD, {"decided_on": "2024-11-01"}, "decided_on"),
        (DECIDED, {"served_on": "2024-11-05"}, "served_on"),
        (SERVED, {"closed_on": "2024-12-01"}, "closed_on"),
    ],
)
def test_a_step_beyond_the_stage_contradicts_it(fields, more, early):
    when(command(fields, **more)).refused(Refusal.IMPORT_FIELD_TOO_EARLY, field=FIELDS[early])


@pytest.mark.parametrize("stage", ["听证", "已移送司法机关", "已移送管辖", "决定已撤销", "", "未知"])
def test_a_stage_whose_next_step_is_not_in_a_row_does_not_come_over(stage):
    when(command(FILED, stage=stage)).refused(Refusal.IMPORT_STAGE)


def test_days_go_in_the_order_of_the_law():
    when(command(SERVED, served_on="2024-10-31")).refused(
        Refusal.IMPORT_DAYS_OUT_OF_ORDER, later="决定送达日期", earlier="决定日期"
    )


def test_a_day_that_the_calendar_does_not_have_is_refused():
    when(command(FILED, filed_on="2024-02-30")).refused(Refusal.IMPORT_NO_DAY, day="2024-02-30")


def test_nothing_lies_after_the_export():
    when(command(FILED, filed_on="2024-12-16")).refused(Refusal.IMPORT_AFTER_EXPORT, exported_on="2024-12-15")


def test_one_officer_alone_does_not_investigate():
    when(command(INVESTIGATING, officer_ids=[LI.officer_id])).refused(KernelRefusal.TWO_OFFICERS_NEEDED)


def test_an_officer_whom_the_register_does_not_know_does_not_investigate():
    when(command(INVESTIGATING, officer_ids=[LI.officer_id, "nobody"])).refused(KernelRefusal.OFFICER_UNKNOWN)


def test_a_fine_has_an_amount():
    none = [pb.Penalty(kind=pb.PENALTY_KIND_FINE)]
    when(command(DECIDED, penalties=none)).refused(Refusal.PENALTY_AMOUNT)


def test_ids_follow_from_system_and_external_id():
    when(command(FILED, external_id="2019-2")).refused(Refusal.IMPORT_ID)


def test_everything_that_is_wrong_with_a_row_is_told_at_once():
    request = command(SERVED, served_on="2024-10-31", filed_on="", case_number="")
    found = faults(request, instant(EXPORTED).date(), _NobodyAsked())
    assert [(one.field, one.refusal.code.name) for one in found] == [
        ("filed_on", "IMPORT_FIELD_MISSING"),
        ("case_number", "IMPORT_FIELD_MISSING"),
        ("served_on", "IMPORT_DAYS_OUT_OF_ORDER"),
    ]


class _NobodyAsked:
    def at(self, officer_id: str, at: Any) -> common.OfficerSnapshot | None:
        raise AssertionError("nobody investigates a case that was served")


def after(fields: dict[str, Any], request: Message, **more: Any) -> Any:
    """What a command on an imported case leads to."""
    return given(case, on(EXPORTED, told(fields))).when(changed(request, case_id=ID), **more)


def test_an_imported_case_is_decided_within_what_the_party_was_told():
    more = commands.DecideRequest(
        outcome=commands.OUTCOME_PENALTY,
        penalties=[pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=300_001)],
        reasons="理由",
        basis="依据",
    )
    after(TOLD, more, at="2024-12-18 10:00", actor=acting(LEADER)).refused(Refusal.BEYOND_NOTICE)


def test_an_imported_case_whose_money_was_paid_is_closed_as_performed():
    close = commands.CloseCaseRequest(ground=pb.CLOSING_GROUND_PERFORMED)
    closed = pb.CaseClosed(case_id=ID, ground=pb.CLOSING_GROUND_PERFORMED)
    fields = {**SERVED, "performed": True}
    after(fields, close, at="2024-12-18 10:00", actor=acting(LEADER)).then(closed)
    after(SERVED, close, at="2024-12-18 10:00", actor=acting(LEADER)).refused(Refusal.NOT_PERFORMED)


def test_officers_of_an_imported_case_investigate_on():
    add = changed(acts.ADD_EVIDENCE, evidence_id=acts.EVIDENCE)
    outcome = after(INVESTIGATING, add, at="2024-12-18 10:00")
    assert [type(event) for event in outcome.events] == [pb.EvidenceAdded]
    assert outcome.state.team == {LI.officer_id, WANG.officer_id}


def started(fields: dict[str, Any], **more: Any) -> dict[str, str]:
    """The clocks that an imported case starts, and the day from which each counts."""
    event = told(fields, **more)
    rules, exported = Rules(), instant(EXPORTED)
    return {
        watch.deadline.rule_id: day_of(watch.deadline.start(event, exported, rules)[0]).isoformat()
        for watch in SERVICE.deadlines.watches(type_name(event))
        if watch.role is Role.START and watch.trigger.fires(event, received=False, rules=rules, on=exported.date())
    }


@pytest.mark.parametrize(
    ("fields", "more", "clocks"),
    [
        (CLUE, {}, {"cases.filing": "2024-09-06"}),
        (FILED, {}, {"cases.decision": "2024-09-09"}),
        (REPORTED, {}, {"cases.decision": "2024-09-09"}),
        (TOLD, {}, {"cases.decision": "2024-09-09", "cases.defence": "2024-09-27"}),
        (
            TOLD,
            {"hearing_right": True, "defence": pb.DEFENCE_KIND_WAIVED},
            {"cases.decision": "2024-09-09", "cases.hearing_request": "2024-09-27"},
        ),
        (DECIDED, {}, {"cases.service": "2024-11-01"}),
        (SERVED, {}, {"cases.reconsideration": "2024-11-05", "cases.suit": "2024-11-05"}),
        (CLOSED, {}, {}),
        ({**CLOSED, "decided_on": "2024-11-01"}, {}, {}),
    ],
    ids=[
        "clue",
        "filed",
        "reported",
        "told",
        "told, hearing",
        "decided",
        "served",
        "closed",
        "closed after a decision",
    ],
)
def test_the_clocks_that_still_run_count_from_the_days_of_the_older_system(fields, more, clocks):
    assert started(fields, **more) == clocks


@pytest.mark.parametrize("fields", [DECIDED, SERVED], ids=lambda fields: fields["stage"])
def test_what_was_decided_is_said_and_not_guessed(fields):
    silent = command(fields, penalties=[])
    when(silent).refused(Refusal.IMPORT_FIELD_MISSING, field=FIELDS["outcome"])
    for said in ({"not_established": True}, {"no_penalty_ground": pb.NO_PENALTY_GROUND_FIRST}):
        assert when(command(fields, penalties=[], **said)).state.stage == fields["stage"]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"penalties": FINE}, commands.OUTCOME_PENALTY),
        ({"no_penalty_ground": pb.NO_PENALTY_GROUND_FIRST}, commands.OUTCOME_NO_PENALTY),
        ({"not_established": True}, commands.OUTCOME_NOT_ESTABLISHED),
        ({}, commands.OUTCOME_UNSPECIFIED),
    ],
    ids=["penalty", "none", "not established", "an old row does not say"],
)
def test_the_outcome_of_an_ended_case_is_what_the_row_says(said, outcome):
    assert outcome_of(command({**CLOSED, "decided_on": "2024-11-01"}, **said).imported) == outcome


def test_nobody_paid_more_than_was_decided():
    assert when(command(SERVED, paid_fine_fen=300_000)).events
    when(command(SERVED, paid_fine_fen=300_001)).refused(Refusal.IMPORT_PAID_TOO_MUCH, kind="罚款", decided_fen=300_000)
    when(command(SERVED, paid_confiscation_fen=1)).refused(Refusal.IMPORT_PAID_TOO_MUCH, kind="没收违法所得")


def test_a_case_whose_money_was_paid_in_parts_is_closed_as_performed_when_all_of_it_was():
    close = commands.CloseCaseRequest(ground=pb.CLOSING_GROUND_PERFORMED)
    some = {**SERVED, "paid_fine_fen": 100_000}
    after(some, close, at="2024-12-18 10:00", actor=acting(LEADER)).refused(Refusal.NOT_PERFORMED)
    every = {**SERVED, "paid_fine_fen": 300_000}
    assert after(every, close, at="2024-12-18 10:00", actor=acting(LEADER)).events


def penalise(fields, fen=300_000):
    more = commands.DecideRequest(
        outcome=commands.OUTCOME_PENALTY,
        penalties=[pb.Penalty(kind=pb.PENALTY_KIND_FINE, amount_fen=fen)],
        reasons="理由",
        basis="依据",
        correction="改正",
    )
    return after(fields, more, at="2024-12-18 10:00", actor=acting(LEADER))


def test_a_case_that_was_reviewed_or_discussed_there_is_decided_here():
    assert penalise(REVIEWED).state.stage is Stage.DECIDED
    assert penalise(DISCUSSED).state.stage is Stage.DECIDED
    penalise(DISCUSSED, 200_000).refused(Refusal.DIFFERS_FROM_DISCUSSION)


def test_a_review_before_the_notice_does_not_make_a_case_reviewed():
    when(command(REVIEWED, reviewed_on="2024-09-26")).refused(
        Refusal.IMPORT_DAYS_OUT_OF_ORDER, later="法制审核通过日期", earlier="告知送达日期"
    )
    early = when(command(TOLD, reviewed_on="2024-09-26")).state
    assert (early.review.passed, early.review.after_notice) == (True, False)


def test_who_was_told_in_the_older_system_is_told_otherwise_on_new_facts_only():
    again = after(TOLD, acts.SERVE_NOTICE, at="2024-12-18 10:00", actor=acting(LEADER))
    again.refused(Refusal.NEW_FACTS_NEEDED)
