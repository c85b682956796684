"""A penalty on a device's record may be contested at the authority that decided (行政复议法 art. 32)."""

from datetime import date

import pytest
from enforcement.cases.v1 import decision_pb2 as pb

from services.cases.decided_deadlines import FORWARD_APPLICATION
from services.cases.model import Refusal, case
from services.kernel.deadlines import published
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import LEADER, LI, given, instant, on, uid
from tests.unit.cases.acts import CASE, CLUE_AT, CLUE_REGISTERED, DELIVERED, NOTIFIED, changed
from tests.unit.cases.procedure import APPEALED
from tests.unit.cases.test_remedies import AMEND, AMENDED, REVOKE, REVOKED

REMEDY = uid("application")
BY_DEVICE = on(CLUE_AT, changed(CLUE_REGISTERED, capture_id=uid("capture")))
SERVED = (BY_DEVICE, *DELIVERED[1:])
RECEIVE = pb.ReceiveApplicationRequest(case_id=CASE, remedy_id=REMEDY, reasons="称重有误")
RECEIVED = pb.ApplicationReceived(case_id=CASE, remedy_id=REMEDY, reasons="称重有误")
FORWARD = pb.ForwardApplicationRequest(case_id=CASE, remedy_id=REMEDY, body="泸县人民政府")
FORWARDED = pb.ApplicationForwarded(case_id=CASE, remedy_id=REMEDY, body="泸县人民政府")
MET = pb.ApplicationMet(case_id=CASE, remedy_id=REMEDY)


def test_the_application_is_taken_and_forwarded():
    given(case, *SERVED).when(RECEIVE, actor=LI).then(RECEIVED)
    given(case, *SERVED, RECEIVED).when(FORWARD, actor=LEADER).then(FORWARDED)
    given(case, *SERVED, RECEIVED, FORWARDED).when(FORWARD, actor=LEADER).refused(Refusal.REMEDY_NOT_OPEN)


def test_other_penalties_are_contested_elsewhere_and_none_before_it_was_served():
    given(case, *DELIVERED).when(RECEIVE, actor=LI).refused(Refusal.NOT_FROM_A_DEVICE)
    given(case, BY_DEVICE, *NOTIFIED[1:]).when(RECEIVE, actor=LI).refused(KernelRefusal.WRONG_STAGE)


def test_an_application_has_an_id_of_its_own():
    given(case, *SERVED, RECEIVED).when(RECEIVE, actor=LI).refused(Refusal.ID_TAKEN, id=REMEDY)
    known = changed(RECEIVE, remedy_id=APPEALED.remedy_id)
    given(case, *SERVED, APPEALED).when(known, actor=LI).refused(Refusal.ID_TAKEN, id=APPEALED.remedy_id)


@pytest.mark.parametrize(("command", "change"), [(AMEND, AMENDED), (REVOKE, REVOKED)])
def test_what_the_authority_itself_puts_right_is_not_forwarded(command: object, change: object):
    given(case, *SERVED, RECEIVED).when(command, actor=LEADER).then(change, MET)  # type: ignore[arg-type]
    given(case, *SERVED, RECEIVED, change, MET).when(FORWARD, actor=LEADER).refused(Refusal.REMEDY_NOT_OPEN)  # type: ignore[arg-type]


def test_five_working_days_from_the_day_after():
    limit, _ = FORWARD_APPLICATION.limit(Rules(), date(2024, 12, 27))
    assert limit.due(instant("2024-12-27 15:00"), published()).due_on.isoformat() == "2025-01-06"
