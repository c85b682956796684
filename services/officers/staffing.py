"""Reviewers enough, and everybody trained: what the register says against what is asked for."""

from collections.abc import Iterable

from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import service_pb2 as pb
from enforcement.options.v1 import options_pb2 as options


def staffing(register: Iterable[pb.Officer], *, reviewers_percent: int, training_hours: int) -> pb.GetStaffingResponse:
    """Counts and alerts over the officers whose credential is active.

    Args:
        register: officers as they were at the instant that is asked about.
        reviewers_percent: share of legal reviewers (法制审核人员), whose number is rounded up: 5 % of 21 are 2.
        training_hours: that everybody needs in the calendar year.
    """
    active = [one for one in register if one.status == common.CREDENTIAL_STATUS_ACTIVE]
    reviewers = sum(options.ROLE_LEGAL_REVIEWER in one.roles for one in active)
    needed = -(-len(active) * reviewers_percent // 100)
    lacking = (one for one in active if one.training_hours < training_hours)
    return pb.GetStaffingResponse(
        officers=len(active),
        reviewers=reviewers,
        reviewers_needed=needed,
        reviewers_lacking=reviewers < needed,
        training_hours_needed=training_hours,
        training_lacking=sorted(lacking, key=lambda one: (one.training_hours, one.name)),
    )
