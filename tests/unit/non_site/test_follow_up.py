"""What follows a case: whose violation counts, and the notice to the home place
(抄告, 超限运输车辆行驶公路管理规定 art. 44).
"""

from typing import Any
from uuid import UUID

import pytest
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cross_border.v1 import copy_notice_pb2 as notices
from enforcement.non_site.v1 import follow_up_pb2 as pb
from enforcement.non_site.v1 import incident_pb2 as incidents
from enforcement.non_site.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.kernel.deadlines import published
from services.kernel.ledger import derive
from services.kernel.rules import Rules
from services.non_site.deadlines import HOME_NOTICE
from services.non_site.model import Refusal, follow_up
from services.non_site.model.follow_up import FoundIncident, Stage
from tests.support.decider import NOON, POLICY, RONGCHANG, given, instant, uid
from tests.unit.non_site.acts import (
    CASE,
    COMPANY,
    COMPANY_REF,
    DRIVER,
    DRIVER_REF,
    FOLLOW_UP,
    INCIDENT,
    NOTICE,
    REST,
    TRUCK,
    VEHICLE_REF,
    decided,
    followed,
    handled,
    opened,
    whole,
)

PARTIES = tuple(
    incidents.IncidentPartyAdded(incident_id=INCIDENT, role=role, party=party, vehicle=TRUCK)
    for role, party in ((cases.INCIDENT_ROLE_DRIVER, DRIVER), (cases.INCIDENT_ROLE_COMPANY, COMPANY))
)
FOUND = FoundIncident(opened(), PARTIES)
CLOSED = commands.NoteCaseClosedRequest(follow_up_id=FOLLOW_UP)
AUTOMATIC = Rules({"home_notice": ((NOON.date(), "automatic"),)})


def note(outcome: pb.CaseOutcome.ValueType = pb.CASE_OUTCOME_PENALTY, **changes: Any) -> Message:
    fields: dict[str, Any] = {"follow_up_id": FOLLOW_UP, "outcome": outcome, "decision": "罚款3000元"}
    return commands.NoteCaseDecidedRequest(**(fields | changes))


def send(**changes: Any) -> commands.SendHomeNoticeRequest:
    fields: dict[str, Any] = {"follow_up_id": FOLLOW_UP, "notice": REST}
    return commands.SendHomeNoticeRequest(**(fields | changes))


def issued(**changes: Any) -> pb.HomeNoticeIssued:
    command_id = uid("command/enforcement.non_site.v1.SendHomeNoticeRequest")
    fields: dict[str, Any] = {
        "follow_up_id": FOLLOW_UP,
        "case_id": CASE,
        "notice_id": str(derive(UUID(command_id), "home_notice")),
        "way": pb.NOTICE_WAY_NODE,
        "home_authority_id": "jt-500118",
        "home_division_code": "500118",
        "notice": whole(),
    }
    return pb.HomeNoticeIssued(**(fields | changes))


def test_a_case_is_followed_once():
    file = commands.NoteCaseFiledRequest(
        follow_up_id=FOLLOW_UP,
        case_id=CASE,
        case_number=followed().case_number,
        act_code="HPR-64",
        act_on="2024-12-02",
        incident_id=INCIDENT,
        incident_role=cases.INCIDENT_ROLE_COMPANY,
        party=COMPANY,
        vehicle=TRUCK,
    )
    given(follow_up).when(file, actor=POLICY).then(followed())
    given(follow_up, followed()).when(file, actor=POLICY).then()


def test_a_penalty_counts_for_truck_driver_and_company_of_the_incident():
    given(follow_up, followed()).when(note(), actor=POLICY, found=FOUND).then(decided())


def test_what_is_not_followed_is_not_counted():
    given(follow_up).when(note(), actor=POLICY).then()
    given(follow_up).when(CLOSED, actor=POLICY).then()


def test_a_case_alone_is_a_violation_of_its_own():
    alone = followed(incident_id="", incident_role=cases.INCIDENT_ROLE_UNSPECIFIED)
    [event] = given(follow_up, alone).when(note(), actor=POLICY).events
    assert isinstance(event, pb.FollowUpDecided)
    assert event.violation_id == CASE
    assert list(event.subjects) == [VEHICLE_REF, COMPANY_REF]


@pytest.mark.parametrize("outcome", [pb.CASE_OUTCOME_NOT_ESTABLISHED, pb.CASE_OUTCOME_NO_PENALTY])
def test_without_a_penalty_nothing_counts(outcome: pb.CaseOutcome.ValueType):
    [event] = given(follow_up, followed()).when(note(outcome), actor=POLICY, found=FOUND).events
    assert isinstance(event, pb.FollowUpDecided)
    assert list(event.subjects) == []


def test_an_established_violation_counts_unpunished_where_the_switch_says_so():
    counting = Rules({"follow_up_unpunished": ((NOON.date(), "yes"),)})
    unpunished = note(pb.CASE_OUTCOME_NO_PENALTY)
    [event] = given(follow_up, followed()).when(unpunished, actor=POLICY, found=FOUND, rules=counting).events
    assert isinstance(event, pb.FollowUpDecided)
    assert list(event.subjects) == [VEHICLE_REF, DRIVER_REF, COMPANY_REF]


def test_an_act_that_is_no_overload_counts_for_nobody():
    ordered = followed(act_code="HPR-68", incident_role=cases.INCIDENT_ROLE_CARGO_SOURCE)
    [event] = given(follow_up, ordered).when(note(), actor=POLICY, found=FOUND).events
    assert isinstance(event, pb.FollowUpDecided)
    assert list(event.subjects) == []


def test_whoever_has_no_number_is_named_as_not_counted():
    nameless = cases.Party(kind=cases.PARTY_KIND_ORGANISATION, name="某运输公司")
    [event] = given(follow_up, followed(party=nameless, incident_id="")).when(note(), actor=POLICY).events
    assert isinstance(event, pb.FollowUpDecided)
    assert list(event.uncounted) == [pb.SUBJECT_KIND_COMPANY]
    assert list(event.subjects) == [VEHICLE_REF]


def test_the_same_decision_again_changes_nothing_and_another_amount_no_count():
    given(follow_up, followed(), decided()).when(note(), actor=POLICY, found=FOUND).then()
    lower = note(decision="罚款2000元")
    events = given(follow_up, followed(), decided()).when(lower, actor=POLICY, found=FOUND).events
    assert [type(event).__name__ for event in events] == ["FollowUpDecided"]


GONE = note(pb.CASE_OUTCOME_UNSPECIFIED, decision="")


def test_a_revoked_decision_counts_no_longer():
    outcome = given(follow_up, followed(), decided()).when(GONE, actor=POLICY, found=FOUND)
    undone, gone = outcome.events
    assert isinstance(undone, pb.FollowUpUndone)
    assert (undone.violation_id, list(undone.subjects)) == (INCIDENT, list(decided().subjects))
    assert isinstance(gone, pb.FollowUpDecided)
    assert outcome.state.stage is Stage.FILED


AGAIN = commands.NoteIncidentChangedRequest(follow_up_id=FOLLOW_UP)
CLEARED = FoundIncident(opened(), PARTIES[1:])
"""Without the driver, whose own case came to nothing."""


def test_whose_own_case_came_to_nothing_is_not_counted_by_the_others():
    [event] = given(follow_up, followed()).when(note(), actor=POLICY, found=CLEARED).events
    assert isinstance(event, pb.FollowUpDecided)
    assert list(event.subjects) == [VEHICLE_REF, COMPANY_REF]
    undone, again = given(follow_up, followed(), decided()).when(AGAIN, actor=POLICY, found=CLEARED).events
    assert isinstance(undone, pb.FollowUpUndone)
    assert isinstance(again, pb.FollowUpDecided)
    assert (list(undone.subjects), list(again.subjects)) == (list(decided().subjects), [VEHICLE_REF, COMPANY_REF])
    assert (again.notice.driver, again.notice.driver_qualification) == ("", "")
    assert (again.outcome, again.decision, again.case_number) == (
        decided().outcome,
        decided().decision,
        decided().case_number,
    )


def test_a_home_place_that_was_told_of_another_s_violation_learns_that_it_was_wrong():
    history = (followed(), decided(), handled(), issued())
    outcome = given(follow_up, *history).when(AGAIN, actor=POLICY, found=CLEARED)
    assert [type(event).__name__ for event in outcome.events] == [
        "FollowUpUndone",
        "FollowUpDecided",
        "HomeNoticeWithdrawn",
        "CaseHandled",
    ]
    assert (outcome.state.stage, outcome.state.told) == (Stage.HANDLED, ())


def test_a_clue_of_an_incident_that_is_not_filed_is_noted():
    not_filed = commands.NoteCaseNotFiledRequest(follow_up_id=FOLLOW_UP, case_id=CASE)
    turned_down = pb.PartyTurnedDown(follow_up_id=FOLLOW_UP, case_id=CASE, incident_id=INCIDENT)
    given(follow_up).when(not_filed, actor=POLICY, found=INCIDENT).then(turned_down)
    given(follow_up).when(not_filed, actor=POLICY, found="").then()


def test_what_changes_nothing_for_a_case_changes_nothing():
    given(follow_up).when(AGAIN, actor=POLICY).then()
    given(follow_up, followed()).when(AGAIN, actor=POLICY, found=FOUND).then()
    given(follow_up, followed(), decided()).when(AGAIN, actor=POLICY, found=FOUND).then()
    gone = pb.FollowUpDecided(follow_up_id=FOLLOW_UP, case_id=CASE)
    given(follow_up, followed(), decided(), gone).when(AGAIN, actor=POLICY, found=CLEARED).then()


def withdrawn(**changes: Any) -> pb.HomeNoticeWithdrawn:
    told = issued(**changes)
    return pb.HomeNoticeWithdrawn(
        follow_up_id=FOLLOW_UP,
        case_id=CASE,
        notice_id=told.notice_id,
        way=told.way,
        home_authority_id=told.home_authority_id,
        letter_to=told.letter_to,
    )


def test_of_a_decision_that_is_gone_nobody_is_told():
    history = (followed(), decided(), handled())
    revoked = given(follow_up, *history).when(GONE, actor=POLICY, found=FOUND)
    assert revoked.state.stage is Stage.FILED
    given(follow_up, *history, *revoked.events).when(send()).refused(Refusal.NOT_HANDLED)
    closed = given(follow_up, *history, *revoked.events).when(CLOSED, actor=POLICY)
    assert closed.state.stage is Stage.NOT_DUE


@pytest.mark.parametrize("way", [pb.NOTICE_WAY_NODE, pb.NOTICE_WAY_LETTER])
def test_a_notice_of_a_decision_that_is_gone_is_taken_back(way: pb.NoticeWay.ValueType):
    told = issued(way=way, letter_to="昆明市五华区交通运输局" if way == pb.NOTICE_WAY_LETTER else "")
    for arrived in ((), (pb.HomeNoticeDelivered(follow_up_id=FOLLOW_UP, notice_id=told.notice_id),)):
        history = (followed(), decided(), handled(), told, *arrived)
        outcome = given(follow_up, *history).when(GONE, actor=POLICY, found=FOUND)
        assert outcome.events[-1] == withdrawn(way=way, letter_to=told.letter_to)
        assert (outcome.state.stage, outcome.state.told) == (Stage.FILED, ())


def test_a_case_that_is_decided_anew_is_told_anew():
    history = (followed(), decided(), handled(), issued())
    revoked = given(follow_up, *history).when(GONE, actor=POLICY, found=FOUND).events
    lower = note(decision="罚款2000元")
    anew = given(follow_up, *history, *revoked).when(lower, actor=POLICY, found=FOUND)
    assert anew.state.stage is Stage.DECIDED
    closed = given(follow_up, *history, *revoked, *anew.events).when(CLOSED, actor=POLICY)
    assert closed.state.stage is Stage.HANDLED
    [told] = given(follow_up, *history, *revoked, *anew.events, *closed.events).when(send()).events
    assert isinstance(told, pb.HomeNoticeIssued)
    assert told.notice.decision == "罚款2000元"


def test_an_amended_decision_is_told_as_it_is_now():
    lower = note(decision="罚款2000元")
    waiting = (followed(), decided(), handled())
    amended = given(follow_up, *waiting).when(lower, actor=POLICY, found=FOUND)
    assert [type(event).__name__ for event in amended.events] == ["FollowUpDecided"]
    [told] = given(follow_up, *waiting, *amended.events).when(send()).events
    assert isinstance(told, pb.HomeNoticeIssued)
    assert told.notice.decision == "罚款2000元"


def test_a_home_place_that_was_told_is_told_again_when_the_decision_is_amended():
    history = (followed(), decided(), handled(), issued())
    amended = given(follow_up, *history).when(note(decision="罚款2000元"), actor=POLICY, found=FOUND)
    assert [type(event).__name__ for event in amended.events] == ["FollowUpDecided", "CaseHandled"]
    assert amended.state.stage is Stage.HANDLED
    second = issued(notice_id=uid("second"))
    gone = given(follow_up, *history, *amended.events, second).when(GONE, actor=POLICY, found=FOUND)
    assert [event.notice_id for event in gone.events if isinstance(event, pb.HomeNoticeWithdrawn)] == [
        issued().notice_id,
        second.notice_id,
    ]


def test_a_handled_case_of_a_truck_from_elsewhere_is_to_be_told():
    given(follow_up, followed(), decided()).when(CLOSED, actor=POLICY).then(handled())
    given(follow_up, followed(), decided(), handled()).when(CLOSED, actor=POLICY).then()


@pytest.mark.parametrize(
    "changes",
    [
        {"home_division_code": "510521"},
        {"outcome": pb.CASE_OUTCOME_NOT_ESTABLISHED},
        {"notice": notices.CopyNotice(decision="罚款3000元")},
    ],
    ids=["of this place", "not established", "no vehicle"],
)
def test_nothing_is_told_of(changes: dict[str, Any]):
    state = given(follow_up, followed(), decided(**changes)).when(CLOSED, actor=POLICY).state
    assert state.stage is Stage.NOT_DUE
    history = (followed(), decided(**changes), *given(follow_up, followed(), decided(**changes)).when(CLOSED).events)
    given(follow_up, *history).when(send()).refused(Refusal.NO_NOTICE_DUE)


def test_a_home_place_that_is_not_known_yet_is_told_all_the_same():
    unknown = decided(home_division_code="")
    state = given(follow_up, followed(), unknown).when(CLOSED, actor=POLICY).state
    assert state.stage is Stage.HANDLED


def test_a_complete_notice_leaves_by_itself_where_the_switch_says_so():
    complete = decided(notice=whole())
    events = given(follow_up, followed(), complete).when(CLOSED, actor=POLICY, rules=AUTOMATIC).events
    assert [type(event).__name__ for event in events] == ["CaseHandled", "HomeNoticeIssued"]
    for waits in (decided(), decided(notice=whole(), home_division_code="530102")):
        events = given(follow_up, followed(), waits).when(CLOSED, actor=POLICY, rules=AUTOMATIC).events
        assert [type(event).__name__ for event in events] == ["CaseHandled"]


TO_SEND = (followed(), decided(), handled())


def test_an_officer_tells_the_home_place_what_the_law_names():
    given(follow_up, *TO_SEND).when(send()).then(issued())


def test_nothing_is_told_before_the_case_is_handled():
    given(follow_up, followed(), decided()).when(send()).refused(Refusal.NOT_HANDLED)


def test_one_case_is_told_once():
    given(follow_up, *TO_SEND, issued()).when(send()).refused(Refusal.NOTICE_SENT)


def test_what_is_not_known_is_said_to_be_so():
    silent = send(notice=notices.CopyNotice(cargo_source="不详"))
    given(follow_up, *TO_SEND).when(silent).refused(Refusal.NOTICE_INCOMPLETE, missing="道路运输证号、货物装载单")


def test_violation_act_and_day_stay_as_they_were_established():
    changed = notices.CopyNotice(violation_id=uid("other"), committed_on="2020-01-01", act_code="X")
    changed.MergeFrom(REST)
    [event] = given(follow_up, *TO_SEND).when(send(notice=changed)).events
    assert isinstance(event, pb.HomeNoticeIssued)
    assert (event.notice.violation_id, event.notice.committed_on, event.notice.act_code) == (
        INCIDENT,
        NOTICE.committed_on,
        "HPR-64",
    )


def test_the_home_place_must_be_known_and_elsewhere():
    unknown = (followed(), decided(home_division_code=""), handled(home_division_code=""))
    given(follow_up, *unknown).when(send()).refused(Refusal.HOME_PLACE_UNKNOWN)
    given(follow_up, *unknown).when(send(home_division_code="510521")).refused(Refusal.HOME_PLACE_IS_HERE)
    other = given(follow_up, *unknown).when(send(home_division_code="500153"))
    other.then(issued(home_division_code="500153", home_authority_id=RONGCHANG.id))


def test_an_authority_without_node_gets_a_letter():
    far = send(home_division_code="530102")
    given(follow_up, *TO_SEND).when(far).refused(Refusal.LETTER_NEEDED, home="530102")
    letter = send(home_division_code="530102", letter_number="泸交抄〔2024〕7号", letter_to="昆明市五华区交通运输局")
    given(follow_up, *TO_SEND).when(letter).then(
        issued(
            way=pb.NOTICE_WAY_LETTER,
            home_authority_id="",
            home_division_code="530102",
            letter_number="泸交抄〔2024〕7号",
            letter_to="昆明市五华区交通运输局",
        )
    )


def test_an_authority_with_a_node_gets_no_letter():
    letter = send(letter_number="泸交抄〔2024〕7号", letter_to="永川")
    given(follow_up, *TO_SEND).when(letter).refused(Refusal.NODE_PREFERRED, authority="jt-500118")


def test_a_home_place_that_does_not_exist_is_waived_with_a_reason():
    waive = commands.WaiveHomeNoticeRequest(follow_up_id=FOLLOW_UP, reason="号牌已注销")
    waived = pb.HomeNoticeWaived(follow_up_id=FOLLOW_UP, case_id=CASE, reason="号牌已注销")
    given(follow_up, *TO_SEND).when(waive).then(waived)
    given(follow_up, *TO_SEND, waived).when(send()).refused(Refusal.NO_NOTICE_DUE)
    given(follow_up, *TO_SEND, issued()).when(waive).refused(Refusal.NOTICE_SENT)
    given(follow_up, followed()).when(waive).refused(Refusal.NOT_HANDLED)


def test_the_receipt_of_the_other_side_is_noted_once():
    arrived = commands.NoteHomeNoticeDeliveredRequest(follow_up_id=FOLLOW_UP, notice_id=issued().notice_id)
    delivered = pb.HomeNoticeDelivered(follow_up_id=FOLLOW_UP, notice_id=issued().notice_id)
    given(follow_up, *TO_SEND, issued()).when(arrived, actor=POLICY).then(delivered)
    given(follow_up, *TO_SEND, issued(), delivered).when(arrived, actor=POLICY).then()
    second = issued(notice_id=uid("second"))
    given(follow_up, *TO_SEND, issued(), second).when(arrived, actor=POLICY).then()


def test_closed_on_friday_27_december_told_by_wednesday_8_january():
    limit, _ = HOME_NOTICE.limit(Rules(), instant("2024-12-27 15:00").date())
    assert limit.due(instant("2024-12-27 15:00"), published()).due_on.isoformat() == "2025-01-08"
