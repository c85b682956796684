"""Reviewers are 5 % of the officers, rounded up; everybody has sixty hours of training a year; fewer is an alert."""

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import service_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from services.officers.staffing import staffing

ACTIVE, SUSPENDED = common.CREDENTIAL_STATUS_ACTIVE, common.CREDENTIAL_STATUS_SUSPENDED


def officer(name: str, *, hours: int = 60, reviews: bool = False, status: int = ACTIVE) -> pb.Officer:
    roles = [options.ROLE_LEGAL_REVIEWER] if reviews else [options.ROLE_INVESTIGATOR]
    return pb.Officer(name=name, roles=roles, training_hours=hours, status=status)  # type: ignore[arg-type]


def seen(register: list[pb.Officer]) -> pb.GetStaffingResponse:
    return staffing(register, reviewers_percent=5, training_hours=60)


@pytest.mark.parametrize(
    ("officers", "reviewers", "needed", "lacking"),
    [(0, 0, 0, False), (1, 0, 1, True), (20, 1, 1, False), (21, 1, 2, True), (40, 2, 2, False), (41, 2, 3, True)],
)
def test_the_number_of_reviewers_is_rounded_up(officers: int, reviewers: int, needed: int, lacking: bool):
    answer = seen([officer(str(n), reviews=n < reviewers) for n in range(officers)])
    assert (answer.officers, answer.reviewers) == (officers, reviewers)
    assert (answer.reviewers_needed, answer.reviewers_lacking) == (needed, lacking)


def test_who_lacks_hours_is_named_and_the_least_trained_first():
    answer = seen([officer("甲", hours=59), officer("乙"), officer("丙", hours=8)])
    assert [(one.name, one.training_hours) for one in answer.training_lacking] == [("丙", 8), ("甲", 59)]


def test_who_has_no_active_credential_counts_nowhere():
    answer = seen([officer("甲", reviews=True), officer("乙", hours=0, reviews=True, status=SUSPENDED)])
    assert (answer.officers, answer.reviewers, list(answer.training_lacking)) == (1, 1, [])
