"""AT-05's last line: the same party is not fined twice for the same act (一事不再罚, 行政处罚法 art. 29)."""

from typing import Final

import pytest
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import events_pb2 as pb

from services.cases.model import Refusal, case
from services.cases.model.duplicates import OtherCases
from tests.support.decider import LEADER, YONGCHUAN, On, given, on
from tests.unit.cases.acts import FINE, NOTIFIED, PENALISE, PENALISED, WAIVED, changed

AT: Final = "2024-11-05 10:00"
HEARD: Final = (*NOTIFIED, on("2024-09-30 10:00", WAIVED))
FINED: Final = acts.ActMatch(
    authority_id=YONGCHUAN.id,
    state=acts.ACT_MATCH_STATE_FINED,
    case_number="永川〔2024〕0917号",
    act_code="RTR-63-2",
    matched_by=acts.ACT_SUBJECT_KIND_PARTY,
)
OPEN: Final = changed(FINED, state=acts.ACT_MATCH_STATE_FILED)
CONFISCATION: Final = pb.Penalty(kind=pb.PENALTY_KIND_CONFISCATE_INCOME, amount_fen=20_000)


def decide(known, decision=acts.DUPLICATE_DECISION_UNSPECIFIED, reason="", history=HEARD, **fields):
    command = changed(PENALISE, duplicate_decision=decision, duplicate_reason=reason, **fields)
    return given(case, *history).when(command, actor=LEADER, at=AT, found=OtherCases(tuple(known)))


def test_nothing_known_leaves_nothing_to_decide_on():
    decide([]).then(PENALISED)


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (acts.DUPLICATE_DECISION_UNSPECIFIED, ""),
        (acts.DUPLICATE_DECISION_CONTINUE, "本机关立案在先"),
        (acts.DUPLICATE_DECISION_OTHER_KIND, "给予其他种类处罚"),
        (acts.DUPLICATE_DECISION_ANOTHER_ACT, " "),
    ],
    ids=["no decision", "going on", "another kind, which a fine is not", "no reason"],
)
def test_a_second_fine_is_refused(decision, reason):
    decide([OPEN, FINED], decision, reason).refused(Refusal.SECOND_FINE)


def test_a_fine_for_another_act_says_why_it_is_another():
    reason = "违法行为发生于另一趟次，地点、时间均不同"
    review = acts.DuplicateReview(matches=[FINED], decision=acts.DUPLICATE_DECISION_ANOTHER_ACT, reason=reason)
    decide([FINED], acts.DUPLICATE_DECISION_ANOTHER_ACT, reason).then(changed(PENALISED, duplicates=review))


def test_another_kind_of_penalty_may_stand_beside_a_fine():
    notified = NOTIFIED[-1]
    assert isinstance(notified, On)
    told = changed(notified.event, proposed=[FINE, CONFISCATION])
    history = (*NOTIFIED[:-1], on(notified.at, told), *HEARD[len(NOTIFIED) :])
    review = acts.DuplicateReview(
        matches=[FINED], decision=acts.DUPLICATE_DECISION_OTHER_KIND, reason="永川已罚款，仅没收违法所得"
    )
    decide(
        [FINED],
        acts.DUPLICATE_DECISION_OTHER_KIND,
        "永川已罚款，仅没收违法所得",
        history=history,
        penalties=[CONFISCATION],
    ).then(changed(PENALISED, penalties=[CONFISCATION], duplicates=review))


def test_an_open_case_elsewhere_is_a_warning_that_a_leader_decides_on():
    decide([OPEN]).refused(Refusal.DUPLICATE_UNDECIDED)
    review = acts.DuplicateReview(matches=[OPEN], decision=acts.DUPLICATE_DECISION_CONTINUE, reason="本机关立案在先")
    decide([OPEN], acts.DUPLICATE_DECISION_CONTINUE, "本机关立案在先").then(changed(PENALISED, duplicates=review))
