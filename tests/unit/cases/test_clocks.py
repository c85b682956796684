"""AT-02: the clocks of a case across Mid-Autumn and National Day 2024 (中秋、国庆)."""

from datetime import date

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import dispute_pb2 as disputes
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import evidence_pb2 as evidence
from enforcement.cases.v1 import hearing_pb2 as hearing
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import side_states_pb2 as side
from google.protobuf.message import Message

from services.cases import deadlines, decided_deadlines
from services.cases.service import SERVICE
from services.kernel.deadlines import RIGHT, Deadline, Due, Limit, StartContext, published
from services.kernel.deadlines.rules import Role
from services.kernel.rules import Rules
from tests.support.decider import LUXIAN, YONGCHUAN, instant
from tests.unit.cases import acts, procedure
from tests.unit.cases.acts import EXTENDED, transfer_noted

MORE_TIME = decisions.DecisionExtended(case_id=acts.CASE, days=30)
RUN_ON = Rules({"decision_clock_while_transferred": ((date(2024, 1, 1), "run"),)})


def due(deadline: Deadline, started_on: str, rules: Rules | None = None, longer_by: int = 0) -> Due:
    limit, _ = deadline.limit(rules or Rules(), date.fromisoformat(started_on))
    return Limit(limit.length + longer_by, limit.unit, limit.roll).due(instant(f"{started_on} 10:00"), published())


def test_the_decision_is_due_90_days_after_the_filing_rolled_over_the_weekend():
    found = due(deadlines.DECISION, "2024-09-09")
    assert (found.nominal_on, found.due_on) == (date(2024, 12, 8), date(2024, 12, 9))


def test_preserved_evidence_is_decided_on_within_seven_working_days():
    assert due(deadlines.PRESERVATION, "2024-09-12").due_on == date(2024, 9, 24)


def test_a_seizure_lasts_thirty_days_and_once_thirty_more():
    assert due(deadlines.SEIZURE, "2024-09-10").due_on == date(2024, 10, 10)
    extended = due(deadlines.SEIZURE, "2024-09-10", longer_by=deadlines.SEIZURE.longer_by(EXTENDED))
    assert (extended.nominal_on, extended.due_on) == (date(2024, 11, 9), date(2024, 11, 11))


def test_the_decision_is_served_within_seven_working_days():
    assert due(decided_deadlines.SERVICE, "2024-11-05").due_on == date(2024, 11, 14)


def test_the_party_asks_for_a_hearing_within_five_working_days_of_being_told():
    assert due(deadlines.HEARING_REQUEST, "2024-09-27").due_on == date(2024, 10, 10)
    assert due(deadlines.HEARING_REQUEST, "2026-02-12").due_on == date(2026, 2, 26)
    assert deadlines.HEARING_NOTICE.due(instant("2024-10-11 10:00"), published()).due_on == date(2024, 10, 21)


def test_a_penalty_is_public_within_seven_working_days_and_another_result_within_twenty():
    assert due(decided_deadlines.PUBLICATION, "2024-11-05").due_on == date(2024, 11, 14)
    assert due(decided_deadlines.PUBLICATION, "2025-09-26").due_on == date(2025, 10, 13)
    assert due(decided_deadlines.PUBLICATION_OTHER, "2025-09-26").due_on == date(2025, 10, 30)


def test_what_was_revoked_is_withdrawn_within_three_working_days():
    assert due(decided_deadlines.WITHDRAWAL, "2025-01-24").due_on == date(2025, 2, 5)


def test_a_fine_is_public_for_three_months_and_heavier_penalties_for_three_years_unless_the_authority_says_otherwise():
    assert due(decided_deadlines.PUBLIC_SHORT, "2024-11-13").due_on == date(2025, 2, 13)
    assert due(decided_deadlines.PUBLIC, "2024-11-13").due_on == date(2027, 11, 13)
    other = Rules({"publication_months": ((date(2024, 1, 1), "12"),)})
    assert due(decided_deadlines.PUBLIC, "2024-11-13", other).due_on == date(2025, 11, 13)


def test_a_publication_starts_the_period_that_it_has_where_publications_end():
    light = procedure.PUBLISHED
    assert started(light) == {"cases.public_short"}
    assert started(acts.changed(light, short_period=False)) == {"cases.public"}
    for_ever = Rules({"publication_end": ((date(2024, 1, 1), "never"),)})
    assert started(light, for_ever) == set()


def test_reconsideration_is_open_for_sixty_days_and_a_suit_for_six_months():
    reconsideration = due(decided_deadlines.RECONSIDERATION, "2024-11-12")
    assert (reconsideration.nominal_on, reconsideration.due_on) == (date(2025, 1, 11), date(2025, 1, 13))
    assert due(decided_deadlines.SUIT, "2024-11-12").due_on == date(2025, 5, 12)
    assert due(decided_deadlines.SUIT_AFTER_RECONSIDERATION, "2025-03-03").due_on == date(2025, 3, 18)


def test_the_decision_has_thirty_days_more_when_a_leader_says_so_or_as_many_as_the_authority_has_set():
    longer = due(deadlines.DECISION, "2024-09-09", longer_by=deadlines.DECISION.longer_by(MORE_TIME))
    assert (longer.nominal_on, longer.due_on) == (date(2025, 1, 7), date(2025, 1, 7))


def started(event: Message, rules: Rules | None = None) -> set[str]:
    """Rules of which an event starts a clock."""
    found = SERVICE.deadlines.watches(event.DESCRIPTOR.full_name)
    on = date(2025, 1, 6)
    return {
        one.deadline.rule_id
        for one in found
        if one.role is Role.START and one.trigger.fires(event, received=False, rules=rules or Rules(), on=on)
    }


def test_a_penalty_starts_its_service_and_where_it_must_be_public_its_publication():
    assert started(acts.PENALISED) == {"cases.service", "cases.publication"}
    assert started(acts.changed(acts.PENALISED, publish=False)) == {"cases.service"}
    assert started(acts.SPARED) == {"cases.service"}
    assert started(acts.changed(acts.SPARED, publish=True)) == {"cases.service", "cases.publication_other"}


def test_a_notice_opens_the_windows_that_the_party_has():
    assert started(acts.NOTICE_SERVED) == {"cases.defence", "cases.hearing_request"}
    assert started(acts.changed(acts.NOTICE_SERVED, hearing_right=False)) == {"cases.defence"}


def test_only_what_was_public_must_be_withdrawn():
    revoked = decisions.DecisionRevoked(case_id=acts.CASE)
    assert started(revoked) == set()
    assert started(acts.changed(revoked, published=True)) == {"cases.publication_withdrawal"}
    assert started(acts.changed(revoked, anew=True)) == {"cases.decision"}


def test_windows_count_from_the_day_on_which_a_service_took_effect_and_are_nobodys_duty():
    windows = [one for one in SERVICE.deadlines if one.mirrors == RIGHT]
    assert {one.rule_id for one in windows} == {
        "cases.defence",
        "cases.hearing_request",
        "cases.on_spot_reconsideration",
        "cases.on_spot_suit",
        "cases.on_spot_suit_after_reconsideration",
        "cases.reconsideration",
        "cases.suit",
        "cases.suit_after_reconsideration",
    }
    served = acts.changed(acts.SERVED, effective_on="2024-12-06")
    began, _, _ = decided_deadlines.RECONSIDERATION.start(served, instant("2024-12-09 10:00"), Rules())
    assert began.date() == date(2024, 12, 6)


def roles(event: Message, rules: Rules | None = None) -> list[tuple[str, str]]:
    """What an event does to which clock."""
    found = SERVICE.deadlines.watches(event.DESCRIPTOR.full_name)
    on = date(2025, 5, 1)
    return [
        (one.deadline.rule_id, str(one.role))
        for one in found
        if one.trigger.fires(event, received=False, rules=rules or Rules(), on=on)
    ]


def test_the_ninety_days_stand_still_while_the_case_does():
    for stops, goes_on in (
        (side.CaseSuspended, side.CaseResumed),
        (side.JurisdictionDisputed, side.JurisdictionSettled),
    ):
        assert {("cases.decision", "pause"), ("cases.legal_review", "pause")} <= set(roles(stops()))
        assert {("cases.decision", "resume"), ("cases.legal_review", "resume")} <= set(roles(goes_on()))


def test_and_go_on_only_when_nothing_else_keeps_the_case():
    for goes_on in (side.CaseResumed, side.JurisdictionSettled):
        assert not [one for one in roles(goes_on(still_standing=True)) if one[1] == "resume"]
    returned = transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False)
    assert roles(acts.changed(returned, still_standing=True)) == []


def test_a_review_that_begins_anew_is_due_no_more():
    for event in (
        hearing.HearingRequested(),
        notices.InvestigationReopened(),
        acts.changed(acts.NOTICE_SERVED, new_facts="又查明两次"),
    ):
        assert ("cases.legal_review", "cancel") in roles(event)
    assert ("cases.legal_review", "cancel") not in roles(acts.NOTICE_SERVED)


def test_the_ninety_days_run_on_during_a_hearing_unless_the_authority_reads_the_law_otherwise():
    leaves_out = Rules({"decision_clock_during_hearing": ((date(2024, 1, 1), "pause"),)})
    asked = hearing.HearingRequested()
    assert ("cases.decision", "pause") not in roles(asked)
    assert ("cases.decision", "pause") in roles(asked, leaves_out)
    assert roles(hearing.HearingReported(), leaves_out) == [("cases.decision", "resume")]


def test_a_public_notice_in_time_is_service_in_time():
    posted = delivery.ServiceNoticePosted(document=delivery.SERVED_DOCUMENT_DECISION)
    assert roles(posted) == [("cases.service", "end")]
    assert roles(delivery.ServiceNoticePosted(document=delivery.SERVED_DOCUMENT_NOTICE)) == []


def test_a_clue_waits_seven_working_days_or_as_many_as_the_authority_says():
    assert due(deadlines.FILING, "2024-09-06").due_on == date(2024, 9, 18)
    shorter = Rules({"clue_filing_working_days": ((date(2024, 1, 1), "3"),)})
    assert due(deadlines.FILING, "2024-09-06", shorter).due_on == date(2024, 9, 11)


def acting(event: pb.CriminalTransferNoted, rules: Rules) -> list[str]:
    """What an event does to the clock of the decision."""
    watches = SERVICE.deadlines.watches(event.DESCRIPTOR.full_name)
    day = date(2025, 5, 1)
    return [
        str(w.role)
        for w in watches
        if w.deadline is deadlines.DECISION and w.trigger.fires(event, received=False, rules=rules, on=day)
    ]


def test_the_90_days_stand_still_from_the_polices_receipt_to_the_return():
    assert acting(transfer_noted(pb.TRANSFER_PHASE_APPROVED), Rules()) == []
    assert acting(transfer_noted(pb.TRANSFER_PHASE_RECEIVED), Rules()) == ["pause"]
    assert acting(transfer_noted(pb.TRANSFER_PHASE_FILED), Rules()) == []
    assert acting(transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False), Rules()) == ["resume"]
    assert acting(transfer_noted(pb.TRANSFER_PHASE_CONCLUDED, open=False), Rules()) == ["resume"]


def test_the_90_days_run_on_where_the_authority_reads_the_law_so():
    assert acting(transfer_noted(pb.TRANSFER_PHASE_RECEIVED), RUN_ON) == []


def test_every_clock_names_its_law_and_its_title():
    assert [deadline.rule_id for deadline in SERVICE.deadlines if not (deadline.basis and deadline.title)] == []


def test_a_clue_of_which_another_decides_is_not_due_here():
    clue = ("cases.filing", "pause")
    assert clue in roles(side.JurisdictionDisputed())
    assert clue in roles(side.CaseTransferredToAuthority(receiver_id="jt-500118"))
    assert ("cases.filing", "resume") in roles(side.JurisdictionSettled())
    assert ("cases.filing", "resume") in roles(side.AdministrativeTransferNoted(accepted=False))
    assert ("cases.filing", "cancel") in roles(side.AdministrativeTransferNoted(accepted=True))
    assert ("cases.filing", "cancel") in roles(acts.CLOSED)


def test_a_dispute_is_negotiated_for_seven_working_days_and_either_side_may_ask_the_superior_for_both():
    assert due(deadlines.DISPUTE, "2024-12-18").due_on == date(2024, 12, 27)
    assert ("cases.dispute", "start") in roles(side.JurisdictionDisputed())
    for ended in (side.JurisdictionSettled(), side.DisputeEscalated(), disputes.DesignationEntered()):
        assert ("cases.dispute", "end") in roles(ended)


def test_who_was_designated_sees_that_the_other_side_does_not_sign():
    entered = disputes.DesignationEntered(case_id=acts.CASE, other_id=YONGCHUAN.id)
    assert ("cases.designation_noted", "start") in roles(entered)
    assert ("cases.designation_noted", "end") in roles(side.JurisdictionSettled())
    start = StartContext(LUXIAN, None)
    assert deadlines.DESIGNATION_NOTED.responsible(entered, start) == YONGCHUAN.id
    assert due(deadlines.DESIGNATION_NOTED, "2024-12-18").due_on == date(2024, 12, 20)


def test_nobody_is_late_with_a_review_of_a_case_that_is_elsewhere():
    assert ("cases.legal_review", "pause") in roles(decisions.CrimeTransferDecided())
    assert ("cases.legal_review", "resume") in roles(transfer_noted(pb.TRANSFER_PHASE_RETURNED, open=False))
    assert ("cases.legal_review", "resume") not in roles(transfer_noted(pb.TRANSFER_PHASE_SENT))


def ended(outcome: decisions.RemedyOutcome.ValueType) -> list[tuple[str, str]]:
    return roles(decisions.RemedyEnded(kind=decisions.REMEDY_KIND_RECONSIDERATION, outcome=outcome))


def test_after_a_reconsideration_there_are_fifteen_days_and_after_one_withdrawn_what_is_left_of_the_six_months():
    begun = decisions.RemedyStarted(kind=decisions.REMEDY_KIND_RECONSIDERATION)
    assert roles(begun) == [("cases.reconsideration", "end")]
    assert ended(decisions.REMEDY_OUTCOME_MAINTAINED) == [
        ("cases.suit", "cancel"),
        ("cases.suit_after_reconsideration", "start"),
    ]
    assert ended(decisions.REMEDY_OUTCOME_WITHDRAWN) == []
    assert ended(decisions.REMEDY_OUTCOME_REVOKED) == [("cases.suit", "cancel")]


def test_who_releases_what_was_seized_in_an_emergency_has_been_told_of_it():
    ended = [("cases.seizure", "end"), ("cases.emergency_report", "end"), ("cases.emergency_approval", "end")]
    assert roles(acts.RELEASED) == ended


def test_an_emergency_seizure_is_reported_and_approved_each_in_its_hours():
    taken = acts.changed(acts.SEIZED, emergency=True)
    assert started(taken) == {"cases.seizure", "cases.emergency_report", "cases.emergency_approval"}
    assert roles(pb.EmergencySeizureReported()) == [("cases.emergency_report", "end")]
    assert roles(pb.EmergencySeizureDecided(approved=True)) == [("cases.emergency_approval", "end")]
    longer = Rules({"emergency_approval_hours": ((date(2024, 1, 1), "48"),)})
    at = instant("2024-09-10 10:00")
    assert deadlines.EMERGENCY_APPROVAL.start(taken, at, Rules())[1].length == 24
    assert deadlines.EMERGENCY_APPROVAL.start(taken, at, longer)[1].length == 48


def test_no_copy_is_due_of_a_penalty_on_the_spot_that_is_revoked():
    assert ("cases.on_spot_copy", "cancel") in roles(on_spot.OnSpotRevoked())


def test_the_party_corrects_until_the_day_that_the_order_names():
    began, limit, _ = deadlines.CORRECTION.start(acts.CORRECTION_ORDERED, instant("2024-12-18 10:00"), Rules())
    assert limit.due(began, published()).due_on == date(2024, 12, 31)
    began, limit, _ = deadlines.CORRECTION.start(acts.CORRECTION_ORDERED, instant("2024-12-31 10:00"), Rules())
    assert limit.due(began, published()).due_on == date(2024, 12, 31)
    checked = pb.CorrectionChecked(corrected=True)
    assert roles(checked) == [("cases.correction", "end")]
    assert roles(pb.CorrectionChecked()) == []


COMMISSIONED = evidence.TestCommissioned(test_id="1", measure_id="2", until_on="2024-09-20", told=acts.file("告知书"))


def test_the_time_that_the_party_was_told_for_a_test_has_an_end_of_its_own():
    began, limit, _ = deadlines.TESTING.start(COMMISSIONED, instant("2024-09-11 09:00"), Rules())
    assert limit.due(began, published()).due_on == date(2024, 9, 20)
    assert ("cases.testing", "start") in roles(COMMISSIONED)
    prolonged = evidence.TestProlonged(test_id="1", measure_id="2", until_on="2024-09-30")
    assert roles(prolonged) == [("cases.testing", "cancel"), ("cases.testing", "start")]
    assert ("cases.testing", "start") not in roles(acts.changed(COMMISSIONED, measure_id=""))
