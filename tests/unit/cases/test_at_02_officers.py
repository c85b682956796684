"""AT-02: 一般程序中的人员与期限。 Two officers with a credential of that day; the seizure until 10 October 2024."""

from typing import Any, Final

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.officers.v1 import events_pb2 as officers

from services.cases.model import Refusal, case
from services.kernel.errors import KernelRefusal
from services.kernel.identity import OfficerRegister
from tests.support.decider import CHIEF, HEAD, LEADER, LI, LUXIAN, WANG, given, instant, on
from tests.unit.cases import acts

SUSPENDED_AT: Final = "2024-09-20 09:00"


def register() -> OfficerRegister:
    """李's credential is suspended on 20 September 2024."""
    known = OfficerRegister(LUXIAN.id)
    for who in (LI, WANG, CHIEF, LEADER, HEAD):
        registered = officers.OfficerRegistered(
            officer_id=who.officer_id,
            credential_number=who.credential_number,
            valid_from_on="2023-01-01",
            valid_to_on="2027-12-31",
            roles=who.roles,
        )
        known.apply(registered, instant("2024-01-01 00:00"))
    known.apply(officers.CredentialSuspended(officer_id=LI.officer_id, reason="暂扣"), instant(SUSPENDED_AT))
    return known


def snapshots(at: str) -> list[common.OfficerSnapshot]:
    """The register as of an instant."""
    found = [register().at(who.officer_id, instant(at)) for who in (LI, WANG, CHIEF, LEADER, HEAD)]
    return [one for one in found if one is not None]


STEPS: Final[list[tuple[Any, Any, Any]]] = [
    (acts.OPEN, acts.ASSIGN, acts.ASSIGNED),
    (acts.INVESTIGATING, acts.ADD_EVIDENCE, acts.EVIDENCE_ADDED),
    (acts.INVESTIGATING, acts.CORRECT, acts.changed(acts.CORRECTION_ORDERED, effective_on="2024-09-19")),
    ((*acts.INVESTIGATING, on("2024-09-09 10:00", acts.SEIZURE_APPROVED)), acts.SEIZE, acts.SEIZED),
    ((*acts.INVESTIGATING, on("2024-09-09 10:00", acts.PRESERVATION_APPROVED)), acts.PRESERVE, acts.PRESERVED),
]
NAMES: Final = ["assign", "evidence", "correction", "seizure", "preservation"]


@pytest.mark.parametrize(("history", "command", "event"), STEPS, ids=NAMES)
def test_who_is_suspended_on_20_september_acts_no_more_on_23_september(history, command, event):
    given(case, *history).when(command, at="2024-09-23 10:00", officers=snapshots("2024-09-23 10:00")).refused(
        KernelRefusal.OFFICER_NOT_ACTIVE, officer=LI.officer_id, status="SUSPENDED"
    )


@pytest.mark.parametrize(("history", "command", "event"), STEPS, ids=NAMES)
def test_what_was_done_on_19_september_stands_though_it_is_recorded_later(history, command, event):
    at = "2024-09-19 10:00"
    given(case, *history).when(command, at=at, now="2024-09-23 10:00", officers=snapshots(at)).then(event)


@pytest.mark.parametrize(("history", "command", "event"), STEPS, ids=NAMES)
def test_one_officer_is_refused(history, command, event):
    who = "collector_ids" if command is acts.ADD_EVIDENCE else "officer_ids"
    alone = acts.changed(command, **{who: [WANG.officer_id]})
    given(case, *history).when(alone, at="2024-09-23 10:00").refused(KernelRefusal.TWO_OFFICERS_NEEDED)


def test_a_seizure_of_10_september_is_extended_until_10_october():
    held = (*acts.INVESTIGATING, on("2024-09-10 10:00", acts.SEIZURE_APPROVED), on("2024-09-10 10:30", acts.SEIZED))
    given(case, *held).when(acts.EXTEND, actor=LEADER, at="2024-10-10 23:59").then(
        acts.changed(acts.EXTENDED, effective_on="2024-10-10")
    )
    given(case, *held).when(acts.EXTEND, actor=LEADER, at="2024-10-11 00:00").refused(
        Refusal.SEIZURE_LAPSED, due="2024-10-10"
    )
