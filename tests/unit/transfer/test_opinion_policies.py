"""What each side of an opinion does with what the other signed: the same event means something else on each node."""

from typing import Any

import pytest
from enforcement.cases.v1 import opinion_pb2 as of_case
from enforcement.transfer.v1 import opinion_pb2 as pb
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from google.protobuf.message import Message

from services.kernel.messages import to_timestamp
from services.transfer.model.opinion_case import opinion_case_of
from services.transfer.policies import policy
from services.transfer.service import SERVICE
from tests.support.decider import LUXIAN, POLICE, PROCURATORATE, instant, reactions, uid
from tests.unit.transfer.opinion_acts import (
    CASE,
    FILED,
    ISSUED,
    LETTER,
    NOT_FILED,
    OPINION,
    OPINION_CASE,
    PENALISED,
    RECEIVED,
    RECEIVED_AT,
    REGISTERED,
    TOLD,
    replied,
    tell,
)

WITHDRAWN = pb.OpinionWithdrawn(opinion_id=OPINION, bureau_id=LUXIAN.id, reason="撤销不起诉决定")
ACKNOWLEDGED = pb.OpinionReplyAcknowledged(opinion_id=OPINION, bureau_id=LUXIAN.id, kind=pb.REPLY_KIND_RESULT)
RETURNED = pb.OpinionReturned(**TOLD, reason="无管辖权", letter=LETTER)
RESULT = replied(pb.REPLY_KIND_RESULT, outcome=pb.OPINION_OUTCOME_NO_PENALTY, reason="初次违法")


def only(found: list[Message]) -> Any:
    """The one command that a policy issues."""
    (command,) = found
    return command


def names_of(event):
    return event.DESCRIPTOR.name


def test_the_service_has_these_policies():
    assert SERVICE.policy is policy


def test_an_opinion_that_arrives_is_received_under_an_id_that_its_sender_does_not_choose():
    command = only(reactions(policy, ISSUED, origin=PROCURATORATE.id))
    assert (command.opinion_case_id, command.opinion_id) == (OPINION_CASE, OPINION)
    assert (command.procuratorate_id, command.content) == (PROCURATORATE.id, ISSUED.content)
    assert command.case_id not in ("", OPINION_CASE)
    other = opinion_case_of(OPINION, "jcy-510522")
    assert other != OPINION_CASE


@pytest.mark.parametrize("event", [ISSUED, WITHDRAWN, ACKNOWLEDGED], ids=names_of)
def test_an_opinion_means_nothing_to_anybody_but_its_addressee(event):
    assert reactions(policy, event, authority=PROCURATORATE) == []
    assert reactions(policy, event, authority=POLICE, origin=PROCURATORATE.id) == []


def test_a_withdrawal_and_an_acknowledgement_find_the_opinion_of_their_teller():
    for event in (WITHDRAWN, ACKNOWLEDGED):
        command = only(reactions(policy, event, origin=PROCURATORATE.id))
        assert (command.opinion_case_id, command.procuratorate_id) == (OPINION_CASE, PROCURATORATE.id)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (RECEIVED, tell(pb.OPINION_STEP_RECEIVED, reply_nominal_on="2025-06-10")),
        (REGISTERED, tell(pb.OPINION_STEP_REGISTERED)),
        (RETURNED, tell(pb.OPINION_STEP_RETURNED, reason="无管辖权")),
        (FILED, tell(pb.OPINION_STEP_CASE_FILED, case_number="川泸2025-0042")),
        (NOT_FILED, tell(pb.OPINION_STEP_NOT_FILED, reason="超过追责时效", outcome=pb.OPINION_OUTCOME_NOT_FILED)),
        (PENALISED, tell(pb.OPINION_STEP_DECIDED, outcome=pb.OPINION_OUTCOME_PENALTY)),
        (
            RESULT,
            tell(
                pb.OPINION_STEP_REPLIED,
                outcome=pb.OPINION_OUTCOME_NO_PENALTY,
                reason="初次违法",
                documents=[LETTER],
            ),
        ),
        (replied(pb.REPLY_KIND_INTERIM), tell(pb.OPINION_STEP_REPLIED_INTERIM, documents=[LETTER])),
    ],
    ids=["received", "registered", "returned", "filed", "not filed", "decided", "result", "interim"],
)
def test_the_procuratorate_keeps_each_step_with_the_instant_of_its_act(event, expected):
    found = reactions(policy, event, authority=PROCURATORATE, origin=LUXIAN.id, at=RECEIVED_AT)
    assert found == [expected]


def test_the_bureau_does_not_react_to_what_it_tells():
    assert reactions(policy, RESULT) == reactions(policy, RECEIVED) == []


def progressed(progress, **more):
    return of_case.OpinionProgressed(case_id=CASE, opinion_case_id=OPINION_CASE, progress=progress, **more)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (progressed(of_case.OPINION_PROGRESS_FILED, case_number="1号"), {"filed": True, "case_number": "1号"}),
        (
            progressed(of_case.OPINION_PROGRESS_NOT_FILED, reasons="时效"),
            {"outcome": pb.OPINION_OUTCOME_NOT_FILED, "reason": "时效"},
        ),
        (progressed(of_case.OPINION_PROGRESS_PENALTY), {"outcome": pb.OPINION_OUTCOME_PENALTY}),
        (progressed(of_case.OPINION_PROGRESS_NO_PENALTY), {"outcome": pb.OPINION_OUTCOME_NO_PENALTY}),
        (progressed(of_case.OPINION_PROGRESS_NOT_ESTABLISHED), {"outcome": pb.OPINION_OUTCOME_NOT_ESTABLISHED}),
        (progressed(of_case.OPINION_PROGRESS_TRANSFERRED), {"outcome": pb.OPINION_OUTCOME_TRANSFERRED}),
        (progressed(of_case.OPINION_PROGRESS_REVOKED), {"outcome": pb.OPINION_OUTCOME_REVOKED}),
    ],
    ids=["filed", "not filed", "penalty", "no penalty", "not established", "transferred", "revoked"],
)
def test_the_own_case_and_no_other_authoritys_says_what_came_of_it(event, told):
    expected = pb.NoteOpinionCaseRequest(opinion_case_id=OPINION_CASE, case_id=CASE, **told)
    assert reactions(policy, event) == [expected]
    assert reactions(policy, event, origin="jt-500118") == []


@pytest.mark.parametrize("needed", [True, False], ids=["penalty needed", "none needed"])
def test_an_own_decision_not_to_prosecute_begins_the_review_when_a_penalty_is_needed(needed):
    decided = outcomes.NonProsecutionDecided(
        prosecution_id=uid("prosecution"), transfer_id=uid("transfer"), bureau_id=LUXIAN.id, penalty_needed=needed
    )
    found = [
        command
        for command in reactions(policy, decided, authority=PROCURATORATE, at="2025-04-07 16:00")
        if isinstance(command, pb.OpenOpinionReviewRequest)
    ]
    begun = pb.OpenOpinionReviewRequest(bureau_id=LUXIAN.id, decided_on="2025-04-07", transfer_id=uid("transfer"))
    assert found == ([begun] if needed else [])


def test_instants_of_steps_are_those_of_the_teller():
    command = only(reactions(policy, REGISTERED, authority=PROCURATORATE, origin=LUXIAN.id, at="2025-04-11 09:00"))
    assert command.taken_at == to_timestamp(instant("2025-04-11 09:00"))
    assert not command.HasField("occurred_at")
