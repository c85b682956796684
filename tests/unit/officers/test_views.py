"""The register as people read it, at any instant."""

from typing import Any
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import events_pb2 as pb
from enforcement.options.v1 import options_pb2 as options

from services.kernel.facts import Fact
from services.officers.views import in_force, officer, views
from tests.support.decider import instant, uid
from tests.unit.officers.test_credentials import OFFICER, REGISTERED, RESTORED, SUSPENDED

LEADER = pb.RolesAssigned(officer_id=OFFICER, roles=[options.ROLE_LEADER])
TRAINED = pb.TrainingRecorded(officer_id=OFFICER, hours=8, subject="行政处罚法")


def row(*acts: tuple[str, Any]) -> dict[str, Any]:
    """The officer's row after acts recorded in this order."""
    facts = [
        (event, Fact(event_id=UUID(uid(f"event/{n}")), occurred_at=instant(at), actor="ops", position=n))
        for n, (at, event) in enumerate(acts, 1)
    ]
    rows: dict[Any, dict[Any, Any]] = {officer: {(OFFICER,): None}}
    views.fold(facts, rows)
    found: dict[str, Any] = rows[officer][OFFICER,]
    return found


def test_the_status_is_that_of_the_instant():
    found = row(("2024-01-01 09:00", REGISTERED), ("2024-09-20 09:00", SUSPENDED), ("2024-10-08 09:00", RESTORED))
    assert in_force(found["statuses"], instant("2024-09-19 23:59")) == common.CREDENTIAL_STATUS_ACTIVE
    assert in_force(found["statuses"], instant("2024-09-23 10:00")) == common.CREDENTIAL_STATUS_SUSPENDED
    assert in_force(found["statuses"], instant("2024-10-08 09:00")) == common.CREDENTIAL_STATUS_ACTIVE
    assert in_force(found["statuses"], instant("2023-12-31 00:00")) is None


def test_what_is_recorded_late_takes_its_place_by_when_it_happened():
    late = row(("2024-01-01 09:00", REGISTERED), ("2024-10-08 09:00", RESTORED), ("2024-09-20 09:00", SUSPENDED))
    in_time = row(("2024-01-01 09:00", REGISTERED), ("2024-09-20 09:00", SUSPENDED), ("2024-10-08 09:00", RESTORED))
    assert late == in_time


def test_roles_and_training_are_kept_with_their_instants():
    found = row(("2024-01-01 09:00", REGISTERED), ("2024-06-01 09:00", LEADER), ("2024-07-01 17:00", TRAINED))
    assert in_force(found["roles"], instant("2024-05-31 12:00")) == [options.ROLE_INVESTIGATOR]
    assert in_force(found["roles"], instant("2024-06-02 12:00")) == [options.ROLE_LEADER]
    assert found["training"] == [["2024-07-01T17:00:00+08:00", 8]]
