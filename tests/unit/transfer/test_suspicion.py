"""A crime is suspected and nothing was transferred: the warning, its answer, its clock (有案不移)."""

from datetime import date
from typing import Any

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.transfer.v1 import events_pb2 as transfers
from enforcement.transfer.v1 import suspicion_pb2 as pb
from google.protobuf.message import Message

from services.kernel.deadlines import published
from services.kernel.deadlines.rules import Role
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from services.transfer.crime_thresholds import BUNDLED, CaseKnown, read_thresholds
from services.transfer.model.shared import Refusal
from services.transfer.model.suspicion import Examined, Stage, suspicion, suspicion_of
from services.transfer.service import SERVICE
from services.transfer.suspicion_deadlines import ANSWER
from tests.support.decider import LEADER, POLICE, POLICY, given, instant, reactions, uid
from tests.unit.cases.acts import changed

CASE = uid("case")
SUSPICION = suspicion_of(CASE)
TRANSFER = uid("transfer")
STANDARDS = read_thresholds(BUNDLED.read_bytes())
EXAMINE = pb.ExamineCaseRequest(suspicion_id=SUSPICION, case_id=CASE)
FINDING = pb.SuspicionFinding(
    threshold_id="cl-280-forged-documents",
    ground=pb.SUSPICION_GROUND_ACT,
    crime="伪造、变造、买卖国家机关公文、证件、印章罪",
    article="刑法 art. 280",
    basis="刑法 art. 280; 公路安全保护条例 art. 65",
    act_code="CL-280",
)
RAISED = pb.SuspicionRaised(
    suspicion_id=SUSPICION,
    case_id=CASE,
    act_code="CL-280",
    findings=[FINDING],
    thresholds_sha256=STANDARDS.sha256,
)
NO_CRIME = pb.AnswerSuspicionRequest(
    suspicion_id=SUSPICION, answer=pb.SUSPICION_ANSWER_NO_CRIME, reason="证件系真实，登记信息滞后"
)
ANSWERED = pb.SuspicionAnswered(
    suspicion_id=SUSPICION,
    answer=pb.SUSPICION_ANSWER_NO_CRIME,
    case_id=CASE,
    reason="证件系真实，登记信息滞后",
    answerer=LEADER,
)
OPENED = pb.SuspicionAnswered(
    suspicion_id=SUSPICION,
    answer=pb.SUSPICION_ANSWER_TRANSFER_OPENED,
    case_id=CASE,
    pursuing_transfer_id=TRANSFER,
)


def seen(**known: Any) -> Examined:
    case: dict[str, Any] = {"act_code": "CL-280", "act_on": date(2024, 9, 6)} | known
    return Examined(CaseKnown(**case), STANDARDS)


def test_a_case_that_reaches_a_criminal_standard_and_went_nowhere_is_asked_about():
    given(suspicion).when(EXAMINE, actor=POLICY, found=seen()).then(RAISED)


@pytest.mark.parametrize("found", [None, seen(act_code="HPR-64")], ids=["unknown", "no crime"])
def test_one_that_reaches_none_is_not(found):
    given(suspicion).when(EXAMINE, actor=POLICY, found=found).then()


def test_nothing_is_asked_twice():
    given(suspicion, RAISED).when(EXAMINE, actor=POLICY, found=seen()).then()
    given(suspicion, RAISED, ANSWERED).when(EXAMINE, actor=POLICY, found=seen()).then()


GROWN = pb.SuspicionFinding(
    ground=pb.SUSPICION_GROUND_EVALUATION, basis="行政处罚法 art. 27", act_code="CL-280", confirmed=True
)


def test_what_is_found_besides_joins_the_open_question():
    given(suspicion, RAISED).when(EXAMINE, actor=POLICY, found=seen(crimes_found=("CL-280",))).then(
        pb.SuspicionGrew(suspicion_id=SUSPICION, case_id=CASE, findings=[GROWN], thresholds_sha256=STANDARDS.sha256)
    )


def test_more_than_was_answered_is_asked_anew():
    income = seen(act_code="RTR-63-2", income_fen=1_000_000)
    first = given(suspicion).when(EXAMINE, actor=POLICY, found=income)
    more = seen(act_code="RTR-63-2", income_fen=3_000_000)
    again = given(suspicion, *first.events, ANSWERED).when(EXAMINE, actor=POLICY, found=more)
    (raised,) = again.events
    assert isinstance(raised, pb.SuspicionRaised)
    assert raised.findings[0].found == 3_000_000
    assert again.state.stage is Stage.OPEN
    given(suspicion, *first.events, ANSWERED).when(EXAMINE, actor=POLICY, found=income).then()


def test_what_was_answered_of_one_act_silences_no_other_act_of_the_case():
    first, second = seen(crimes_found=("CL-280",)), seen(crimes_found=("CL-280", "RTR-63-2"))
    asked = given(suspicion).when(EXAMINE, actor=POLICY, found=first)
    [raised] = given(suspicion, *asked.events, ANSWERED).when(EXAMINE, actor=POLICY, found=second).events
    assert isinstance(raised, pb.SuspicionRaised)
    assert raised.findings == [changed(GROWN, act_code="RTR-63-2")]
    other = seen(act_code="CL-280-3")
    [raised] = given(suspicion, RAISED, ANSWERED).when(EXAMINE, actor=POLICY, found=other).events
    assert isinstance(raised, pb.SuspicionRaised)


def test_a_second_decision_to_transfer_is_asked_about_again():
    once = given(suspicion).when(EXAMINE, actor=POLICY, found=seen(act_code="HPR-64", transfer_decisions=1))
    answered = given(suspicion, *once.events, ANSWERED)
    answered.when(EXAMINE, actor=POLICY, found=seen(act_code="HPR-64", transfer_decisions=1)).then()
    [raised] = answered.when(EXAMINE, actor=POLICY, found=seen(act_code="HPR-64", transfer_decisions=2)).events
    assert isinstance(raised, pb.SuspicionRaised)


def test_what_was_answered_before_findings_named_their_act_stays_answered():
    older = changed(RAISED, findings=[changed(FINDING, act_code="")])
    given(suspicion, older, ANSWERED).when(EXAMINE, actor=POLICY, found=seen()).then()
    decided = pb.SuspicionFinding(ground=pb.SUSPICION_GROUND_DECIDED, confirmed=True)
    given(suspicion, changed(RAISED, findings=[decided]), ANSWERED).when(
        EXAMINE, actor=POLICY, found=seen(act_code="HPR-64", transfer_decisions=1)
    ).then()


def test_a_leader_answers_why_it_is_no_crime():
    given(suspicion, RAISED).when(NO_CRIME, actor=LEADER).then(ANSWERED)


def test_or_in_which_other_transfer_it_is_pursued():
    command = pb.AnswerSuspicionRequest(
        suspicion_id=SUSPICION, answer=pb.SUSPICION_ANSWER_TRANSFER_OPENED, transfer_id=TRANSFER
    )
    given(suspicion, RAISED).when(command, actor=LEADER, found=True).then(changed(OPENED, answerer=LEADER))
    given(suspicion, RAISED).when(command, actor=LEADER, found=False).refused(
        Refusal.NO_SUCH_TRANSFER, transfer=TRANSFER
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": " "},
        {"transfer_id": TRANSFER},
        {"answer": pb.SUSPICION_ANSWER_TRANSFER_OPENED},
        {"answer": pb.SUSPICION_ANSWER_TRANSFER_OPENED, "transfer_id": TRANSFER},
    ],
    ids=["no reason", "a transfer, too", "no transfer", "a reason, too"],
)
def test_an_answer_has_its_reason_or_its_transfer_and_not_both(fields):
    command = changed(NO_CRIME, **fields)
    given(suspicion, RAISED).when(command, actor=LEADER, found=True).refused(Refusal.SUSPICION_ANSWER_INCOMPLETE)


def test_what_is_answered_is_not_answered_again():
    given(suspicion, RAISED, ANSWERED).when(NO_CRIME, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)


def test_a_transfer_of_the_case_answers_by_itself_and_later_ones_say_nothing():
    note = pb.NoteTransferOpenedRequest(suspicion_id=SUSPICION, transfer_id=TRANSFER)
    given(suspicion, RAISED).when(note, actor=POLICY).then(OPENED)
    for history in ((), (RAISED, ANSWERED)):
        given(suspicion, *history).when(note, actor=POLICY).then()


COVERED = pb.SuspicionCovered(
    suspicion_id=SUSPICION,
    case_id=CASE,
    pursuing_transfer_id=TRANSFER,
    findings=[FINDING],
    thresholds_sha256=STANDARDS.sha256,
)


def test_a_transfer_that_goes_on_covers_what_is_found_meanwhile():
    """Its own clocks run, from the report on: nobody is asked, and what it covers is known from then on."""
    pursued = seen(pursued_in=TRANSFER)
    assert given(suspicion).when(EXAMINE, actor=POLICY, found=pursued).then(COVERED).stage is Stage.NONE
    given(suspicion, COVERED).when(EXAMINE, actor=POLICY, found=pursued).then()
    given(suspicion, RAISED, OPENED).when(EXAMINE, actor=POLICY, found=pursued).then()
    given(suspicion).when(EXAMINE, actor=POLICY, found=seen(act_code="HPR-64", pursued_in=TRANSFER)).then()


def test_after_a_transfer_that_was_refused_or_came_back_only_more_than_it_covered_is_asked_about():
    covered = given(suspicion).when(
        EXAMINE, actor=POLICY, found=seen(act_code="RTR-63-2", income_fen=1_000_000, pursued_in=TRANSFER)
    )
    back = given(suspicion, *covered.events)
    back.when(EXAMINE, actor=POLICY, found=seen(act_code="RTR-63-2", income_fen=1_000_000)).then()
    for more in (
        seen(act_code="RTR-63-2", income_fen=3_000_000),
        seen(act_code="RTR-63-2", income_fen=1_000_000, crimes_found=("RTR-63-2",)),
    ):
        again = back.when(EXAMINE, actor=POLICY, found=more)
        assert [type(event) for event in again.events] == [pb.SuspicionRaised]
        assert again.state.stage is Stage.OPEN


# ── when it is looked at ─────────────────────────────────────────────────────────────────────────────────────────────


def income(amount_fen: int) -> list[cases.Penalty]:
    return [cases.Penalty(kind=cases.PENALTY_KIND_CONFISCATE_INCOME, amount_fen=amount_fen)]


def taken_over(**fields: Any) -> imports.CaseImported:
    return imports.CaseImported(case_id=CASE, **{"filed_on": "2024-09-06", **fields})


LOOKED_AT = [
    cases.CaseFiled(case_id=CASE, act_code="CL-280"),
    cases.CaseFiled(case_id=CASE, act_code="RTR-63-2"),
    cases.CaseNotFiled(case_id=CASE),
    cases.NoticeServed(case_id=CASE, proposed=income(1_000_000)),
    cases.PenaltyDecided(case_id=CASE, penalties=income(1_000_000)),
    discretion.DiscretionEvaluated(case_id=CASE, outcome=discretion.DISCRETION_OUTCOME_CRIME),
    discretion.DiscretionEvaluated(case_id=CASE, confiscate_fen=1_000_000),
    decisions.CrimeTransferDecided(case_id=CASE),
    taken_over(act_code="CL-280"),
    taken_over(act_code="HPR-64", imported=imports.ImportedCase(proposed=income(1_000_000))),
]
PASSED_OVER = [
    cases.CaseFiled(case_id=CASE, act_code="HPR-64"),
    cases.NoticeServed(case_id=CASE, proposed=income(999_999)),
    cases.PenaltyDecided(case_id=CASE, penalties=[cases.Penalty(kind=cases.PENALTY_KIND_FINE, amount_fen=9_000_000)]),
    discretion.DiscretionEvaluated(case_id=CASE, outcome=discretion.DISCRETION_OUTCOME_HUMAN),
    taken_over(act_code="HPR-64"),
    taken_over(act_code="CL-280", filed_on=""),
    taken_over(act_code="CL-280", decided_on="2024-11-01"),
]


def named(event: Message) -> str:
    return event.DESCRIPTOR.name


@pytest.mark.parametrize("event", LOOKED_AT, ids=named)
def test_a_case_is_looked_at_when_something_may_reach_a_standard(event):
    assert [one for one in reactions(SERVICE.policy, event) if isinstance(one, pb.ExamineCaseRequest)] == [EXAMINE]


@pytest.mark.parametrize("event", PASSED_OVER, ids=named)
def test_and_not_when_it_cannot(event):
    assert [one for one in reactions(SERVICE.policy, event) if isinstance(one, pb.ExamineCaseRequest)] == []


def test_another_authoritys_case_and_another_kind_of_authority_are_not():
    event = cases.CaseFiled(case_id=CASE, act_code="CL-280")
    assert reactions(SERVICE.policy, event, origin="jt-500118") == []
    assert reactions(SERVICE.policy, event, authority=POLICE) == []


def test_a_transfer_that_is_opened_is_noted_on_the_suspicion_of_its_case():
    event = transfers.TransferOpened(transfer_id=TRANSFER, case_id=CASE)
    found = [one for one in reactions(SERVICE.policy, event) if isinstance(one, pb.NoteTransferOpenedRequest)]
    assert found == [pb.NoteTransferOpenedRequest(suspicion_id=SUSPICION, transfer_id=TRANSFER)]


# ── its clock ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_answered_within_three_working_days_or_as_many_as_the_authority_says():
    limit, policy = ANSWER.limit(Rules(), date(2024, 9, 27))
    assert policy == "SUSPICION_ANSWER_WORKING_DAYS=3"
    assert limit.due(instant("2024-09-27 10:00"), published()).due_on == date(2024, 10, 8)
    shorter, _ = ANSWER.limit(Rules({"suspicion_answer_working_days": ((date(2024, 1, 1), "1"),)}), date(2024, 9, 27))
    assert shorter.due(instant("2024-09-27 10:00"), published()).due_on == date(2024, 9, 29)


def test_a_warning_starts_it_its_growth_does_not_and_an_answer_ends_it():
    roles = {
        kind.DESCRIPTOR.name: [
            watch.role
            for watch in SERVICE.deadlines.watches(kind.DESCRIPTOR.full_name)
            if watch.deadline.rule_id == "suspicion.answer"
        ]
        for kind in (pb.SuspicionRaised, pb.SuspicionGrew, pb.SuspicionAnswered)
    }
    assert roles == {
        "SuspicionRaised": [Role.START],
        "SuspicionGrew": [],
        "SuspicionAnswered": [Role.END, Role.CANCEL],
    }
