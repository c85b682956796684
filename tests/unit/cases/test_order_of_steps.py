"""A step of the authority is not dated before the step that it follows (行政处罚法 arts. 44, 57-62)."""

import pytest

from services.cases.model import Refusal, Stage, case
from tests.support.decider import LEADER, LI, given, on
from tests.unit.cases import acts, procedure
from tests.unit.cases.acts import known
from tests.unit.cases.test_closing import ARCHIVE
from tests.unit.cases.test_side_states import TRANSFER

CLOSED = (*acts.PAID, on("2024-11-28 10:00", acts.CLOSED))
WAIVED = (*acts.NOTIFIED, on("2024-09-28 10:00", acts.WAIVED))


@pytest.mark.parametrize(
    ("history", "command", "too_early", "stage"),
    [
        (acts.SUSPECTED, acts.FILE, "2024-09-05 10:00", Stage.CLUE),
        (acts.SUSPECTED, acts.NOT_FILE, "2024-09-05 10:00", Stage.CLUE),
        (acts.OPEN, acts.ASSIGN, "2024-09-08 10:00", Stage.FILED),
        (acts.PROVEN, acts.CLOSE_INVESTIGATION, "2024-09-08 10:00", Stage.INVESTIGATING),
        (acts.REPORTED, acts.APPROVE, "2024-09-25 10:00", Stage.INVESTIGATION_CLOSED),
        (acts.APPROVED, acts.SERVE_NOTICE, "2024-09-25 10:00", Stage.INVESTIGATION_CLOSED),
        (WAIVED, acts.PENALISE, "2024-09-26 23:59", Stage.NOTICE_SERVED),
        (WAIVED, acts.SPARE, "2024-09-26 23:59", Stage.NOTICE_SERVED),
        (WAIVED, procedure.SUBMIT, "2024-09-26 23:59", Stage.NOTICE_SERVED),
        (WAIVED, procedure.DISCUSS, "2024-09-26 23:59", Stage.NOTICE_SERVED),
        (WAIVED, TRANSFER, "2024-09-26 23:59", Stage.NOTICE_SERVED),
        (acts.DECIDED, acts.SERVE, "2024-11-04 23:59", Stage.DECIDED),
        (acts.PAID, acts.CLOSE, "2024-11-11 23:59", Stage.SERVED),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "DESCRIPTOR") else "",
)
def test_no_step_is_dated_before_the_one_that_it_follows(history, command, too_early, stage):
    given(case, *history).when(command, actor=LEADER, at=too_early, officers=procedure.PEOPLE).refused(
        Refusal.STEP_OUT_OF_ORDER, stage=stage
    )


def test_a_step_of_the_same_day_is_in_order_whatever_its_hour():
    given(case, *acts.REPORTED).when(acts.APPROVE, actor=LEADER, at="2024-09-26 00:00").then(acts.REPORT_APPROVED)


def test_what_the_party_did_before_is_recorded_later():
    reviewed = (*acts.NOTIFIED, on("2024-10-09 09:00", procedure.SUBMITTED), on("2024-10-10 15:00", procedure.PASSED))
    asked = given(case, *reviewed).when(procedure.ASK, at="2024-10-09 10:00").then(procedure.ASKED)
    assert known(asked.moved_at).date().isoformat() == "2024-10-10"


def test_evidence_is_dated_when_it_was_gathered_be_it_before_the_filing():
    given(case, *acts.INVESTIGATING).when(acts.ADD_EVIDENCE, at="2024-09-06 11:00", actor=LI).then(acts.EVIDENCE_ADDED)


def test_a_file_is_archived_after_it_was_closed():
    given(case, *CLOSED).when(ARCHIVE, actor=procedure.CLERK, at="2024-11-27 10:00").refused(
        Refusal.STEP_OUT_OF_ORDER, last="2024-11-28"
    )
