"""Counters and review items (公路安全保护条例 art. 66), given events, when a violation comes, then an item or none."""

from typing import Any

import pytest
from enforcement.non_site.v1 import follow_up_pb2 as pb
from enforcement.non_site.v1 import service_pb2 as commands

from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from services.non_site import subjects
from services.non_site.model import Refusal, subject
from tests.support.decider import LI, NOON, POLICY, SUSPENDED, WANG, given, uid
from tests.unit.non_site.acts import COMPANY, COMPANY_REF, DRIVER_REF, VEHICLE_REF

TRUCK_ID = VEHICLE_REF.subject_id
NUMBER = COMPANY.id_number


def counted(
    number: int, on: str, ref: pb.SubjectRef = VEHICLE_REF, *, truck: str = TRUCK_ID, ground: str = ""
) -> pb.ViolationCounted:
    return pb.ViolationCounted(
        subject_id=ref.subject_id,
        kind=ref.kind,
        label=ref.label,
        violation_id=uid(f"violation/{number}"),
        committed_on=on,
        source=pb.VIOLATION_SOURCE_OWN,
        authority_id="jt-510521",
        vehicle_id=truck,
        ground_id=ground or uid(f"case/{number}"),
    )


def count(event: pb.ViolationCounted) -> commands.CountViolationRequest:
    return commands.CountViolationRequest(
        **{name: getattr(event, name) for name in event.DESCRIPTOR.fields_by_name},
    )


def item_of(events: Any) -> pb.ReviewItemRaised | None:
    return next((event for event in events if isinstance(event, pb.ReviewItemRaised)), None)


THREE = [counted(n, f"2024-0{n}-15") for n in (1, 2, 3)]
FOURTH = counted(4, "2024-12-02")


@pytest.mark.parametrize(
    ("ref", "kind"),
    [
        (VEHICLE_REF, pb.FOLLOW_UP_REVIEW_KIND_REVOKE_CERTIFICATE),
        (DRIVER_REF, pb.FOLLOW_UP_REVIEW_KIND_STOP_DRIVING),
    ],
)
def test_the_third_violation_raises_nothing_and_the_fourth_a_review(
    ref: pb.SubjectRef, kind: pb.FollowUpReviewKind.ValueType
):
    three = [counted(n, f"2024-0{n}-15", ref) for n in (1, 2, 3)]
    given(subject, *three[:2]).when(count(three[2]), actor=POLICY).then(three[2])
    fourth = counted(4, "2024-12-02", ref)
    outcome = given(subject, *three).when(count(fourth), actor=POLICY)
    item = item_of(outcome.events)
    assert item is not None
    assert item.kind == kind
    assert (item.from_on, item.to_on, len(item.violation_ids)) == ("2023-12-03", "2024-12-02", 4)
    assert len(outcome.state.open_items) == 1


def test_four_violations_in_more_than_a_year_raise_nothing():
    later = counted(4, "2025-01-15")
    given(subject, *THREE).when(count(later), actor=POLICY).then(later)
    within = counted(4, "2025-01-14")
    assert item_of(given(subject, *THREE).when(count(within), actor=POLICY).events)


def test_a_violation_that_is_recorded_late_counts_in_its_own_year():
    known = [counted(1, "2024-02-01"), counted(2, "2024-03-01"), counted(3, "2024-11-01")]
    late = counted(4, "2024-01-01")
    item = item_of(given(subject, *known).when(count(late), actor=POLICY).events)
    assert item is not None
    assert item.to_on == "2024-11-01"


def test_a_calendar_year_where_the_switch_says_so():
    calendar = Rules({"follow_up_year": ((NOON.date(), "calendar"),)})
    over_new_year = [counted(n, f"2023-1{n}-15") for n in (0, 1, 2)]
    given(subject, *over_new_year).when(count(counted(4, "2024-01-05")), actor=POLICY, rules=calendar).then(
        counted(4, "2024-01-05")
    )


def test_a_violation_counts_once_however_many_cases_tell_of_it():
    second_case = counted(3, "2024-03-15", ground=uid("case/driver"))
    given(subject, *THREE).when(count(second_case), actor=POLICY).then(second_case)
    given(subject, *THREE, second_case).when(count(second_case), actor=POLICY).then()
    fourth = given(subject, *THREE, second_case).when(count(FOURTH), actor=POLICY)
    item = item_of(fourth.events)
    assert item is not None
    assert len(item.violation_ids) == 4


def test_it_counts_while_one_of_its_cases_stands():
    second_case = counted(3, "2024-03-15", ground=uid("case/driver"))
    first_gone = commands.UncountViolationRequest(
        subject_id=TRUCK_ID, violation_id=uid("violation/3"), ground_id=uid("case/3")
    )
    state = given(subject, *THREE, second_case).when(first_gone, actor=POLICY).state
    assert len(state.violations) == 3
    state = given(subject, *THREE).when(first_gone, actor=POLICY).state
    assert len(state.violations) == 2


def test_an_open_item_is_raised_once():
    raised = given(subject, *THREE).when(count(FOURTH), actor=POLICY).events
    fifth = counted(5, "2024-12-10")
    given(subject, *THREE, *raised).when(count(fifth), actor=POLICY).then(fifth)


def test_after_an_answer_the_next_violation_asks_again():
    raised = given(subject, *THREE).when(count(FOURTH), actor=POLICY).events
    item = item_of(raised)
    assert item is not None
    answered = pb.ReviewItemAnswered(
        subject_id=TRUCK_ID, item_id=item.item_id, outcome=pb.FOLLOW_UP_REVIEW_OUTCOME_NONE, reason="整改", officer=LI
    )
    fifth = given(subject, *THREE, *raised, answered).when(count(counted(5, "2024-12-10")), actor=POLICY)
    again = item_of(fifth.events)
    assert again is not None
    assert len(again.violation_ids) == 5


def test_a_revoked_decision_takes_its_violation_and_the_open_item_back():
    raised = given(subject, *THREE).when(count(FOURTH), actor=POLICY).events
    item = item_of(raised)
    assert item is not None
    gone = commands.UncountViolationRequest(
        subject_id=TRUCK_ID, violation_id=FOURTH.violation_id, ground_id=FOURTH.ground_id
    )
    given(subject, *THREE, *raised).when(gone, actor=POLICY).then(
        pb.ViolationUncounted(subject_id=TRUCK_ID, violation_id=FOURTH.violation_id, ground_id=FOURTH.ground_id),
        pb.ReviewItemWithdrawn(subject_id=TRUCK_ID, item_id=item.item_id),
    )
    given(subject, *THREE).when(gone, actor=POLICY).then()


FLEET = pb.FleetSizeRecorded(
    subject_id=COMPANY_REF.subject_id, label=COMPANY.name, trucks=50, as_of_on="2024-01-01", source="运政系统"
)


def fleet(**changes: Any) -> commands.RecordFleetSizeRequest:
    fields: dict[str, Any] = {
        "subject_id": COMPANY_REF.subject_id,
        "number": NUMBER,
        "name": COMPANY.name,
        "trucks": 50,
        "as_of_on": "2024-01-01",
        "source": "运政系统",
    }
    return commands.RecordFleetSizeRequest(**(fields | changes))


def of_company(trucks: int) -> list[pb.ViolationCounted]:
    return [counted(n, "2024-12-02", COMPANY_REF, truck=uid(f"truck/{n}")) for n in range(trucks)]


def test_five_of_fifty_trucks_raise_nothing_and_six_a_review():
    five = given(subject, FLEET, *of_company(4)).when(count(of_company(5)[4]), actor=POLICY)
    five.then(of_company(5)[4])
    item = item_of(given(subject, FLEET, *of_company(5)).when(count(of_company(6)[5]), actor=POLICY).events)
    assert item is not None
    assert item.kind == pb.FOLLOW_UP_REVIEW_KIND_SUSPEND_BUSINESS
    assert (item.violating_trucks, item.fleet_trucks) == (6, 50)


def test_a_truck_that_a_second_ground_names_is_counted():
    trucks = of_company(6)
    nameless = counted(5, "2024-12-02", COMPANY_REF, truck="")
    history = (FLEET, *trucks[:5], nameless)
    named = counted(5, "2024-12-02", COMPANY_REF, truck=uid("truck/5"), ground=uid("notice"))
    item = item_of(given(subject, *history).when(count(named), actor=POLICY).events)
    assert item is not None
    assert item.violating_trucks == 6
    again = counted(5, "2024-12-02", COMPANY_REF, truck="", ground=uid("other notice"))
    assert item_of(given(subject, *history).when(count(again), actor=POLICY).events) is None


def test_four_violations_of_one_truck_are_no_matter_of_the_company_s_tenth():
    same = [counted(n, "2024-12-02", COMPANY_REF) for n in range(5)]
    given(subject, FLEET, *same[:4]).when(count(same[4]), actor=POLICY).then(same[4])


def test_a_number_of_trucks_that_comes_later_is_counted_with():
    outcome = given(subject, *of_company(6)).when(fleet())
    assert item_of(outcome.events) is not None
    given(subject, *of_company(5)).when(fleet()).then(FLEET)


def test_what_was_reviewed_is_not_raised_again_by_another_number_of_trucks():
    raised = given(subject, *of_company(6)).when(fleet()).events
    item = item_of(raised)
    assert item is not None
    answered = pb.ReviewItemAnswered(
        subject_id=COMPANY_REF.subject_id, item_id=item.item_id, outcome=pb.FOLLOW_UP_REVIEW_OUTCOME_MEASURE, reason="-"
    )
    again = given(subject, *of_company(6), *raised, answered).when(fleet(as_of_on="2024-02-01"))
    assert item_of(again.events) is None


def test_the_id_of_a_company_follows_from_its_number():
    given(subject).when(fleet(subject_id=uid("other"))).refused(Refusal.SUBJECT_ID, expected=COMPANY_REF.subject_id)
    given(subject).when(fleet(number="不详")).refused(Refusal.IDENTITY_MISSING)


RAISED = pb.ReviewItemRaised(subject_id=TRUCK_ID, item_id=uid("item"), kind=pb.FOLLOW_UP_REVIEW_KIND_REVOKE_CERTIFICATE)
CLAIM = commands.ClaimReviewItemRequest(subject_id=TRUCK_ID, item_id=uid("item"))
CLAIMED = pb.ReviewItemClaimed(subject_id=TRUCK_ID, item_id=uid("item"), officer=LI)
ANSWER = commands.AnswerReviewItemRequest(
    subject_id=TRUCK_ID, item_id=uid("item"), outcome=pb.FOLLOW_UP_REVIEW_OUTCOME_REFERRED, reason="移送发证机关"
)


def test_one_officer_takes_an_item_on():
    given(subject, RAISED).when(CLAIM).then(CLAIMED)
    given(subject, RAISED, CLAIMED).when(CLAIM, actor=WANG).refused(Refusal.ITEM_CLAIMED, officer=LI.officer_id)
    given(subject, RAISED).when(CLAIM, actor=SUSPENDED).refused(KernelRefusal.OFFICER_NOT_ACTIVE)


def test_who_took_it_on_answers():
    given(subject, RAISED, CLAIMED).when(ANSWER, actor=WANG).refused(Refusal.ITEM_NOT_YOURS)
    given(subject, RAISED).when(ANSWER).refused(Refusal.ITEM_NOT_YOURS)
    state = given(subject, RAISED, CLAIMED).when(ANSWER).state
    assert state.open_items == []


def test_an_item_that_is_answered_or_unknown_is_nobody_s():
    given(subject, *THREE).when(CLAIM).refused(Refusal.ITEM_UNKNOWN, item=uid("item"))
    answered = pb.ReviewItemAnswered(subject_id=TRUCK_ID, item_id=uid("item"), officer=LI)
    given(subject, RAISED, CLAIMED, answered).when(ANSWER).refused(Refusal.ITEM_UNKNOWN)


def test_one_identity_is_one_subject_however_it_is_written():
    def ids(*found: pb.SubjectRef | None) -> set[str]:
        return {one.subject_id for one in found if one is not None}

    assert len(ids(*(subjects.vehicle(plate, "黄") for plate in ("渝C·A1234", "渝CA1234", " 渝c-a1234 ")))) == 1
    assert len(ids(subjects.vehicle("渝CA1234", "黄"), subjects.vehicle("渝CA1234", "黄色"))) == 1
    assert len(ids(subjects.vehicle("渝CA1234", "黄"), subjects.vehicle("渝CA1234", "蓝"))) == 2
    assert len(ids(subjects.driver("50011819950230001x", ""), subjects.driver("50011819950230001X", "游"))) == 1
    assert ids(subjects.driver("500118", "")) != ids(subjects.company("500118", ""))
    assert ids(*(subjects.vehicle(plate, "黄") for plate in ("无牌", "未识别", "00000000", "川E"))) == set()
    assert ids(subjects.vehicle("", "黄"), subjects.driver("不详", "游"), subjects.company("", "某公司")) == set()
