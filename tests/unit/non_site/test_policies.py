"""What non-site enforcement does with what is in the ledger."""

from typing import Any

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.non_site.v1 import capture_pb2 as captures
from enforcement.non_site.v1 import follow_up_pb2 as pb
from enforcement.non_site.v1 import service_pb2 as commands

from services.kernel.messages import to_timestamp
from services.non_site.model.incident import cases_of
from services.non_site.model.shared import follow_up_of
from services.non_site.policies import in_words, policy
from tests.support.decider import LUXIAN, NOON, YONGCHUAN, reactions, uid
from tests.unit.non_site.acts import (
    CASE,
    COMPANY,
    COMPANY_REF,
    DRIVER,
    DRIVER_REF,
    FOLLOW_UP,
    INCIDENT,
    NOTICE,
    TRUCK,
    VEHICLE_REF,
    decided,
    measured,
)

FINE = cases.Penalty(kind=cases.PENALTY_KIND_FINE, amount_fen=300_000)


def test_a_record_that_is_evidence_opens_an_incident_and_its_first_case():
    adopted = captures.CaptureAdopted(
        capture_id=uid("capture"),
        incident_id=INCIDENT,
        act_code="HPR-64",
        captured_at=to_timestamp(NOON),
        party_role=cases.INCIDENT_ROLE_DRIVER,
        party=DRIVER,
        vehicle=TRUCK,
        home_division_code="500118",
        measured=measured(),
        facts="超限6300千克",
    )
    opening, adding = reactions(policy, adopted)
    assert isinstance(opening, commands.OpenIncidentRequest)
    assert isinstance(adding, commands.AddIncidentPartyRequest)
    assert (opening.incident_id, opening.capture_id, opening.happened_at) == (
        INCIDENT,
        uid("capture"),
        to_timestamp(NOON),
    )
    assert (adding.incident_id, adding.role, adding.party) == (INCIDENT, cases.INCIDENT_ROLE_DRIVER, DRIVER)


@pytest.mark.parametrize(
    ("act_code", "incident_id", "followed"),
    [("HPR-64", "", True), ("HPR-68", INCIDENT, True), ("RTR-63", "", False)],
)
def test_a_case_of_overload_or_of_an_incident_is_followed(act_code: str, incident_id: str, followed: bool):
    filed = cases.CaseFiled(case_id=CASE, act_code=act_code, incident_id=incident_id, party=COMPANY, vehicle=TRUCK)
    issued = reactions(policy, filed)
    assert bool(issued) == followed
    if issued:
        [command] = issued
        assert isinstance(command, commands.NoteCaseFiledRequest)
        assert (command.follow_up_id, command.case_id) == (FOLLOW_UP, CASE)


def test_overload_on_the_spot_is_followed_from_the_day_it_was_seen():
    seen = on_spot.OnSpotObserved(on_spot_id=CASE, act_code="HPR-64", party=COMPANY, vehicle=TRUCK)
    [command] = reactions(policy, seen)
    assert isinstance(command, commands.NoteCaseFiledRequest)
    assert command.act_on == "2024-12-18"
    elsewhere = on_spot.OnSpotObserved(on_spot_id=CASE, act_code="RTR-63")
    assert reactions(policy, elsewhere) == []


@pytest.mark.parametrize(
    ("event", "outcome", "decision"),
    [
        (cases.PenaltyDecided(case_id=CASE, penalties=[FINE]), pb.CASE_OUTCOME_PENALTY, "罚款3000元"),
        (decisions.DecisionAmended(case_id=CASE, penalties=[FINE]), pb.CASE_OUTCOME_PENALTY, "罚款3000元"),
        (on_spot.OnSpotPenaltyDecided(on_spot_id=CASE, penalties=[FINE]), pb.CASE_OUTCOME_PENALTY, "罚款3000元"),
        (cases.NoPenaltyDecided(case_id=CASE), pb.CASE_OUTCOME_NO_PENALTY, "不予行政处罚"),
        (cases.ViolationNotEstablished(case_id=CASE), pb.CASE_OUTCOME_NOT_ESTABLISHED, "违法事实不能成立"),
        (decisions.DecisionRevoked(case_id=CASE), pb.CASE_OUTCOME_UNSPECIFIED, ""),
        (on_spot.OnSpotRevoked(on_spot_id=CASE), pb.CASE_OUTCOME_UNSPECIFIED, ""),
    ],
)
def test_what_a_case_came_to_is_noted(event: Any, outcome: pb.CaseOutcome.ValueType, decision: str):
    [command] = reactions(policy, event)
    assert isinstance(command, commands.NoteCaseDecidedRequest)
    assert (command.follow_up_id, command.outcome, command.decision) == (FOLLOW_UP, outcome, decision)
    assert reactions(policy, event, origin=YONGCHUAN.id) == []


IMPORTED = imports.CaseImported(
    case_id=CASE,
    act_code="HPR-64",
    filed_on="2024-10-08",
    decided_on="2024-11-04",
    imported=imports.ImportedCase(
        case_number="川泸交罚〔2024〕7号", act_on="2024-10-07", party=COMPANY, vehicle=TRUCK, penalties=[FINE]
    ),
)


def imported(**changes: Any) -> imports.CaseImported:
    event = imports.CaseImported()
    event.CopyFrom(IMPORTED)
    for name, value in changes.items():
        setattr(event, name, value)
    return event


def test_a_case_that_an_older_system_filed_is_followed_from_the_day_of_its_act():
    [filed] = reactions(policy, imported(decided_on=""))
    assert filed == commands.NoteCaseFiledRequest(
        follow_up_id=FOLLOW_UP,
        case_id=CASE,
        case_number="川泸交罚〔2024〕7号",
        act_code="HPR-64",
        act_on="2024-10-07",
        party=COMPANY,
        vehicle=TRUCK,
    )
    assert reactions(policy, imported(filed_on="")) == []
    assert reactions(policy, imported(act_code="RTR-63")) == []


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"penalties": [FINE]}, pb.CASE_OUTCOME_PENALTY),
        ({"no_penalty_ground": cases.NO_PENALTY_GROUND_MINOR}, pb.CASE_OUTCOME_NO_PENALTY),
        ({"not_established": True}, pb.CASE_OUTCOME_NOT_ESTABLISHED),
    ],
)
def test_what_an_older_system_decided_counts_and_is_not_told_again(
    said: dict[str, Any], outcome: pb.CaseOutcome.ValueType
):
    event = imported(closed_on="2024-11-20")
    event.imported.ClearField("penalties")
    event.imported.MergeFrom(imports.ImportedCase(**said))
    filed, decided = reactions(policy, event)
    assert isinstance(filed, commands.NoteCaseFiledRequest)
    assert isinstance(decided, commands.NoteCaseDecidedRequest)
    assert (decided.follow_up_id, decided.outcome) == (FOLLOW_UP, outcome)


def test_what_an_older_system_does_not_say_is_not_guessed():
    event = imported(closed_on="2024-11-20")
    event.imported.ClearField("penalties")
    [filed] = reactions(policy, event)
    assert isinstance(filed, commands.NoteCaseFiledRequest)


def test_a_closed_case_was_handled():
    for event in (cases.CaseClosed(case_id=CASE), on_spot.OnSpotClosed(on_spot_id=CASE)):
        assert reactions(policy, event) == [commands.NoteCaseClosedRequest(follow_up_id=follow_up_of(CASE))]


def test_a_violation_counts_for_everybody_whose_it_is():
    issued = reactions(policy, decided())
    assert [command.subject_id for command in issued if isinstance(command, commands.CountViolationRequest)] == [
        VEHICLE_REF.subject_id,
        DRIVER_REF.subject_id,
        COMPANY_REF.subject_id,
    ]
    [first, *_] = issued
    assert isinstance(first, commands.CountViolationRequest)
    assert (first.source, first.authority_id, first.ground_id, first.vehicle_id) == (
        pb.VIOLATION_SOURCE_OWN,
        LUXIAN.id,
        CASE,
        VEHICLE_REF.subject_id,
    )


OTHERS = [
    commands.NoteIncidentChangedRequest(follow_up_id=follow_up_of(one)) for one in cases_of(INCIDENT) if one != CASE
]


@pytest.mark.parametrize(
    ("outcome", "violation_id", "recounted"),
    [
        (pb.CASE_OUTCOME_NOT_ESTABLISHED, INCIDENT, True),
        (pb.CASE_OUTCOME_UNSPECIFIED, INCIDENT, True),
        (pb.CASE_OUTCOME_PENALTY, INCIDENT, False),
        (pb.CASE_OUTCOME_NOT_ESTABLISHED, CASE, False),
    ],
    ids=["not established", "revoked", "punished", "alone"],
)
def test_the_other_cases_of_an_incident_are_counted_anew(
    outcome: pb.CaseOutcome.ValueType, violation_id: str, recounted: bool
):
    event = decided(outcome=outcome, violation_id=violation_id, subjects=[])
    assert reactions(policy, event) == (OTHERS if recounted else [])


def test_a_party_that_was_turned_down_is_counted_by_none_of_them():
    noted = commands.NoteCaseNotFiledRequest(follow_up_id=FOLLOW_UP, case_id=CASE)
    assert reactions(policy, cases.CaseNotFiled(case_id=CASE)) == [noted]
    turned_down = pb.PartyTurnedDown(follow_up_id=FOLLOW_UP, case_id=CASE, incident_id=INCIDENT)
    assert reactions(policy, turned_down) == OTHERS


def test_what_is_undone_counts_no_longer():
    undone = pb.FollowUpUndone(
        follow_up_id=FOLLOW_UP, case_id=CASE, violation_id=INCIDENT, subjects=[VEHICLE_REF, COMPANY_REF]
    )
    assert reactions(policy, undone) == [
        commands.UncountViolationRequest(subject_id=ref.subject_id, violation_id=INCIDENT, ground_id=CASE)
        for ref in (VEHICLE_REF, COMPANY_REF)
    ]


def told(**changes: Any) -> notices.CopyNoticeReceived:
    notice = notices.CopyNotice()
    notice.CopyFrom(NOTICE)
    for name, value in changes.items():
        setattr(notice, name, value)
    return notices.CopyNoticeReceived(
        received_id=uid("received"), notice_id=uid("notice"), sender_id=LUXIAN.id, notice=notice
    )


def test_what_another_authority_told_counts_here():
    issued = reactions(policy, told(), authority=YONGCHUAN)
    assert [command.subject_id for command in issued if isinstance(command, commands.CountViolationRequest)] == [
        VEHICLE_REF.subject_id,
        DRIVER_REF.subject_id,
        COMPANY_REF.subject_id,
    ]
    assert all(
        isinstance(command, commands.CountViolationRequest)
        and (command.source, command.authority_id, command.ground_id)
        == (pb.VIOLATION_SOURCE_COPIED, LUXIAN.id, uid("received"))
        for command in issued
    )


@pytest.mark.parametrize(
    "changes",
    [{"violation_id": "42"}, {"committed_on": "去年"}, {"committed_on": "2024-02-30"}, {"act_code": "RTR-63"}],
)
def test_what_does_not_say_which_violation_and_when_counts_for_nobody(changes: dict[str, str]):
    assert reactions(policy, told(**changes), authority=YONGCHUAN) == []


def test_whoever_is_said_to_be_unknown_is_nobody():
    unknown = told(driver_qualification="不详", employer_number="", plate_colour="")
    assert reactions(policy, unknown, authority=YONGCHUAN) == []


def test_what_another_authority_took_back_counts_no_longer():
    retracted = notices.CopyNoticeRetracted(
        received_id=uid("received"), notice_id=uid("notice"), sender_id=LUXIAN.id, notice=told().notice
    )
    counted = reactions(policy, told(), authority=YONGCHUAN)
    uncounted = reactions(policy, retracted, authority=YONGCHUAN)
    assert [(one.subject_id, one.violation_id, one.ground_id) for one in uncounted] == [  # type: ignore[attr-defined]
        (one.subject_id, one.violation_id, one.ground_id)  # type: ignore[attr-defined]
        for one in counted
    ]
    retracted.notice.violation_id = "42"
    assert reactions(policy, retracted, authority=YONGCHUAN) == []


def test_the_receipt_reaches_the_follow_up():
    arrived = notices.CopyNoticeDelivered(notice_id=uid("notice"), recipient_id=YONGCHUAN.id, follow_up_id=FOLLOW_UP)
    assert reactions(policy, arrived) == [
        commands.NoteHomeNoticeDeliveredRequest(follow_up_id=FOLLOW_UP, notice_id=uid("notice"))
    ]


def test_penalties_are_in_words():
    both = [FINE, cases.Penalty(kind=cases.PENALTY_KIND_WARNING)]
    assert in_words(both) == "罚款3000元、警告"
    assert in_words([cases.Penalty(kind=cases.PENALTY_KIND_FINE, amount_fen=50_050)]) == "罚款500.50元"
