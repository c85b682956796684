"""What happens to evidence after it was gathered: samples, custody, tests, exclusion (行政处罚法 arts. 46, 56).

Custody is a chain: only whoever has a piece hands it on, and not before it came. What is excluded is the ground of
nothing, and stays in the file. A test that the party was told of in writing stops the period of a seizure for as long
as was told, and no longer (行政强制法 art. 25).
"""

from dataclasses import replace
from datetime import date
from typing import Any

from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import evidence_pb2 as pb
from enforcement.cases.v1.delivery_pb2 import SERVED_DOCUMENT_TESTING_TIME

from services.cases.model.case import OPEN, Case, Piece, Posted, Refusal, Stage, Test, case, require_new
from services.cases.model.delivery import not_posted, served_sheet
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.values import day, local


@case.decide(pb.TakeSampleRequest, basis="行政处罚法 arts. 42, 56")
def take_sample(state: Case, command: pb.TakeSampleRequest, context: Context) -> Events:
    """Two officers take samples before the party or a witness, and seal them; the party gets a receipt."""
    state.require(Stage.INVESTIGATING)
    require_new(command.evidence_id, state.evidence)
    if command.reserve_count > command.sample_count:
        raise Refused(Refusal.RESERVE_BEYOND_SAMPLES, reserve=command.reserve_count, taken=command.sample_count)
    yield pb.SampleTaken(
        case_id=command.case_id,
        evidence_id=command.evidence_id,
        description=command.description,
        sample_count=command.sample_count,
        reserve_count=command.reserve_count,
        present=command.present,
        place=command.place,
        officers=context.two_active_officers(command.officer_ids),
        receipt=command.receipt if command.HasField("receipt") else None,
        seal=command.seal,
    )


@case.evolve(pb.SampleTaken)
def sample_taken(state: Case, event: pb.SampleTaken, act: Act) -> Case:
    piece = Piece(event.officers[0].officer_id, act.occurred_at)
    return replace(
        state,
        evidence={**state.evidence, event.evidence_id: piece},
        investigators=state.investigated_by(event.officers),
    )


@case.decide(pb.TransferCustodyRequest, basis="行政处罚法 art. 46")
def transfer_custody(state: Case, command: pb.TransferCustodyRequest, context: Context) -> Events:
    """Whoever has a piece of evidence hands it on; who, when, where and which seal is recorded. Any stage."""
    piece = state.evidence.get(command.evidence_id)
    if piece is None:
        raise Refused(Refusal.EVIDENCE_UNKNOWN, id=command.evidence_id)
    if command.from_holder != piece.holder:
        raise Refused(Refusal.NOT_THE_HOLDER, holder=piece.holder, giver=command.from_holder)
    if context.occurred_at < piece.moved_at:
        raise Refused(Refusal.CUSTODY_OUT_OF_ORDER, last=local(piece.moved_at))
    if not command.seal_intact and not command.remark.strip():
        raise Refused(Refusal.BROKEN_SEAL)
    yield pb.CustodyTransferred(
        case_id=command.case_id,
        evidence_id=command.evidence_id,
        from_holder=command.from_holder,
        to_holder=command.to_holder,
        place=command.place,
        seal_intact=command.seal_intact,
        seal=command.seal,
        remark=command.remark,
        reason=command.reason,
    )


@case.evolve(pb.CustodyTransferred)
def custody_transferred(state: Case, event: pb.CustodyTransferred, act: Act) -> Case:
    return state.with_piece(event.evidence_id, holder=event.to_holder, moved_at=act.occurred_at)


@case.decide(pb.ExcludeEvidenceRequest, basis="行政处罚法 art. 46")
def exclude_evidence(state: Case, command: pb.ExcludeEvidenceRequest, context: Context) -> Events:
    """Evidence obtained unlawfully, or that does not hold, is excluded with the reason."""
    state.require(*OPEN)
    state.admitted_piece(command.evidence_id)
    yield pb.EvidenceExcluded(case_id=command.case_id, evidence_id=command.evidence_id, reason=command.reason)


@case.evolve(pb.EvidenceExcluded)
def evidence_excluded(state: Case, event: pb.EvidenceExcluded) -> Case:
    return state.with_piece(event.evidence_id, excluded=True)


@case.decide(pb.CommissionTestRequest, basis="行政强制法 art. 25; 行政处罚法 art. 46")
def commission_test(state: Case, command: pb.CommissionTestRequest, context: Context) -> Events:
    """A test has a stated period. It stops the period of a seizure if the party is told of it in writing."""
    state.require(Stage.FILED, Stage.INVESTIGATING)
    require_new(command.test_id, state.tests)
    for evidence_id in command.evidence_ids:
        state.admitted_piece(evidence_id)
    if command.measure_id:
        state.measure_in_force(command.measure_id, events.MEASURE_KIND_SEIZURE)
        if any(test.measure_id == command.measure_id for test in state.tests.values()):
            raise Refused(Refusal.TEST_OPEN)
    if day(command.until_on) < context.today:
        raise Refused(Refusal.TEST_PERIOD, until_on=command.until_on, after=context.today)
    yield pb.TestCommissioned(
        case_id=command.case_id,
        test_id=command.test_id,
        measure_id=command.measure_id,
        evidence_ids=command.evidence_ids,
        institution=command.institution,
        question=command.question,
        until_on=command.until_on,
        **_told(state, command.measure_id, command, context),
    )


@case.evolve(pb.TestCommissioned)
def test_commissioned(state: Case, event: pb.TestCommissioned, act: Act) -> Case:
    stands_still = event.measure_id if event.HasField("told") else ""
    test = Test(stands_still, act.occurred_at, date.fromisoformat(event.until_on))
    return replace(state, tests={**state.tests, event.test_id: test}, posted=_still_posted(state, event))


@case.decide(pb.ProlongTestRequest, basis="行政强制法 art. 25")
def prolong_test(state: Case, command: pb.ProlongTestRequest, context: Context) -> Events:
    """The period of a test is made longer before it ends, and the party is told in writing again."""
    test = _open_test(state, command.test_id)
    _require_period_runs(test, context)
    if day(command.until_on) <= test.until_on:
        raise Refused(Refusal.TEST_PERIOD, until_on=command.until_on, after=test.until_on)
    yield pb.TestProlonged(
        case_id=command.case_id,
        test_id=command.test_id,
        measure_id=test.measure_id,
        until_on=command.until_on,
        reason=command.reason,
        **_told(state, test.measure_id, command, context),
    )


@case.evolve(pb.TestProlonged)
def test_prolonged(state: Case, event: pb.TestProlonged) -> Case:
    test = replace(state.tests[event.test_id], until_on=date.fromisoformat(event.until_on))
    return replace(state, tests={**state.tests, event.test_id: test}, posted=_still_posted(state, event))


def _still_posted(state: Case, event: pb.TestCommissioned | pb.TestProlonged) -> Posted:
    """A period that was told by public notice used that notice up: the next one is put up anew."""
    if event.way != events.SERVICE_WAY_PUBLIC_NOTICE:
        return state.posted
    return not_posted(state, SERVED_DOCUMENT_TESTING_TIME, event.measure_id)


@case.decide(pb.EndTestingTimeRequest, basis="行政强制法 art. 25")
def end_testing_time(state: Case, command: pb.EndTestingTimeRequest, context: Context) -> Events:
    """When the period that was told is over without a result, the seizure runs again. If nobody says so the clock does,
    for every period that is over.
    """
    if not command.test_id and context.actor.kind == "service":
        for test_id, test in state.tests.items():
            if test.measure_id and test.until_on <= context.today:
                yield pb.TestingTimeEnded(case_id=command.case_id, test_id=test_id, measure_id=test.measure_id)
        return
    test = _open_test(state, command.test_id)
    if not test.measure_id:
        raise Refused(Refusal.TEST_UNKNOWN, id=command.test_id)
    _require_period_runs(test, context)
    yield pb.TestingTimeEnded(case_id=command.case_id, test_id=command.test_id, measure_id=test.measure_id)


@case.evolve(pb.TestingTimeEnded)
def testing_time_ended(state: Case, event: pb.TestingTimeEnded, act: Act) -> Case:
    test = state.tests[event.test_id]
    tests = {**state.tests, event.test_id: replace(test, measure_id="")}
    return replace(_runs_again(state, test, act), tests=tests)


@case.decide(pb.RecordTestResultRequest, basis="行政处罚法 art. 46; 行政强制法 art. 25")
def record_test_result(state: Case, command: pb.RecordTestResultRequest, context: Context) -> Events:
    """The result is evidence: an expert opinion. A seizure that stood still runs again from that day."""
    test = _open_test(state, command.test_id)
    require_new(command.evidence_id, state.evidence)
    if test.measure_id:
        _require_period_runs(test, context)
    yield pb.TestResultRecorded(
        case_id=command.case_id,
        test_id=command.test_id,
        measure_id=test.measure_id,
        evidence_id=command.evidence_id,
        opinion=command.opinion,
        experts=command.experts,
        file=command.file,
        party_told=command.party_told,
    )


@case.evolve(pb.TestResultRecorded)
def test_result_recorded(state: Case, event: pb.TestResultRecorded, act: Act) -> Case:
    test = state.tests[event.test_id]
    tests = {known: other for known, other in state.tests.items() if known != event.test_id}
    evidence = {**state.evidence, event.evidence_id: Piece(act.actor, act.occurred_at)}
    return replace(_runs_again(state, test, act), tests=tests, evidence=evidence)


def _told(
    state: Case, measure_id: str, command: pb.CommissionTestRequest | pb.ProlongTestRequest, context: Context
) -> dict[str, Any]:
    """Where something seized is tested and the party is told, the written notice is served: only then that time does
    not count (行政强制法 art. 25)."""
    if not command.HasField("told"):
        return {}
    if not measure_id:
        return {"told": command.told}
    return served_sheet(state, SERVED_DOCUMENT_TESTING_TIME, measure_id, command, context, sheet="told")


def _open_test(state: Case, test_id: str) -> Test:
    test = state.tests.get(test_id)
    if test is None:
        raise Refused(Refusal.TEST_UNKNOWN, id=test_id)
    return test


def _require_period_runs(test: Test, context: Context) -> None:
    """Only the time that the party was told of in writing does not count."""
    if context.today > test.until_on:
        raise Refused(Refusal.TEST_PERIOD_OVER, until_on=test.until_on)


def _runs_again(state: Case, test: Test, act: Act) -> Case:
    """The seizure with the time that does not count, if the test stopped it."""
    if not test.measure_id:
        return state
    pauses = (*state.measures[test.measure_id].pauses, test.pause(act.occurred_at))
    return state.with_measure(test.measure_id, pauses=pauses)
