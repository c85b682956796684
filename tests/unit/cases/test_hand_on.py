"""What another authority accepted goes to it: once, with its history, and not while something keeps it here."""

from typing import Any

import pytest
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.cross_border.v1 import content_pb2 as content
from enforcement.cross_border.v1 import events_pb2 as cross_border

from services.cases.model import case
from services.cases.model.case import Stage
from services.cases.service import SERVICE
from tests.support.decider import POLICY, RONGCHANG, YONGCHUAN, given, reactions, uid
from tests.unit.cases.acts import CASE, CLUE_REGISTERED, DECIDED, FILED, PLACE, changed
from tests.unit.cases.test_side_states import DISPUTED, SUSPENDED

ELSEWHERE = changed(PLACE, division_code="500118")
FURTHER = changed(PLACE, division_code="500153")
REQUEST = uid("request")
HAND_ON = side.HandOnCaseRequest(
    case_id=CASE, receiver_id=YONGCHUAN.id, request_id=REQUEST, facts="在永川境内无证经营", reason="发生地在永川"
)


def handed(**changes: Any) -> side.CaseTransferredToAuthority:
    fields: dict[str, Any] = {
        "case_id": CASE,
        "receiver_id": YONGCHUAN.id,
        "act_code": CLUE_REGISTERED.act_code,
        "act_on": CLUE_REGISTERED.act_on,
        "place": CLUE_REGISTERED.place,
        "facts": "在永川境内无证经营",
        "reason": "发生地在永川",
        "history": [side.HandedStep(title="登记线索", done_on="2024-12-18")],
        "request_id": REQUEST,
    }
    return side.CaseTransferredToAuthority(**(fields | changes))


def test_an_accepted_clue_goes_with_what_was_done_about_it():
    state = given(case, CLUE_REGISTERED).when(HAND_ON, actor=POLICY).then(handed())
    assert state.stage is Stage.TRANSFERRED_ADMIN


def test_a_clue_on_water_goes_with_its_vessel():
    named = {
        "name": "川泸货1288",
        "identification_number": "CN20180001234",
        "operating_certificate_number": "泸水运001",
    }
    on_water = changed(CLUE_REGISTERED, vessel=pb.Vessel(**named, owner="钱一"))
    given(case, on_water).when(HAND_ON, actor=POLICY).then(handed(vessel=side.TransferredVessel(**named)))


WENT_ON = {"act_on": "2024-07-01", "act_ended_on": "2024-09-06", "other_places": [ELSEWHERE, FURTHER]}


def test_an_act_that_went_on_goes_with_its_end_and_its_other_places():
    went_on = changed(CLUE_REGISTERED, **WENT_ON)
    given(case, went_on).when(HAND_ON, actor=POLICY).then(handed(**WENT_ON))
    goes_on = {"act_on": "2024-07-01", "act_continues": True, "other_places": [ELSEWHERE]}
    given(case, changed(CLUE_REGISTERED, **goes_on)).when(HAND_ON, actor=POLICY).then(handed(**goes_on))


@pytest.mark.parametrize(
    ("place", "others"),
    [(ELSEWHERE, [PLACE, FURTHER]), (changed(PLACE, description="石牛镇另一处"), [ELSEWHERE, FURTHER])],
    ids=["one of them comes first", "one put right stands for the first"],
)
def test_of_several_places_none_is_lost_and_none_comes_twice(place, others):
    went_on = changed(CLUE_REGISTERED, **WENT_ON)
    event = handed(**WENT_ON | {"place": place, "other_places": others})
    given(case, went_on).when(changed(HAND_ON, place=place), actor=POLICY).then(event)


def test_one_place_put_right_is_the_only_one():
    given(case, CLUE_REGISTERED).when(changed(HAND_ON, place=ELSEWHERE), actor=POLICY).then(handed(place=ELSEWHERE))


@pytest.mark.parametrize("going_on", [WENT_ON, {"act_continues": True}, {}], ids=["ended", "goes on", "of one day"])
def test_who_takes_it_knows_how_long_and_where_the_act_went_on(going_on):
    [command] = reactions(SERVICE.policy, handed(**going_on), authority=YONGCHUAN, origin="jt-510521")
    assert isinstance(command, commands.RegisterClueRequest)
    [clue] = given(case).when(command, authority=YONGCHUAN, origin="jt-510521", actor=POLICY).events
    expected = changed(CLUE_REGISTERED, **going_on)
    for name in ("act_on", "act_ended_on", "act_continues", "place", "other_places"):
        assert getattr(clue, name) == getattr(expected, name), name


def test_a_filed_case_says_when_it_was_filed_and_by_which_number():
    [event] = given(case, CLUE_REGISTERED, FILED).when(HAND_ON, actor=POLICY).events
    assert [(one.title, one.case_number) for one in event.history] == [  # type: ignore[attr-defined]
        ("登记线索", ""),
        ("立案", FILED.case_number),
    ]


def dropped(reason: str, **changes: Any) -> side.HandOnDropped:
    return side.HandOnDropped(
        **({"case_id": CASE, "receiver_id": YONGCHUAN.id, "request_id": REQUEST, "reason": reason} | changes)
    )


def test_a_second_acceptance_gets_nothing_and_is_told():
    other: dict[str, Any] = {"receiver_id": RONGCHANG.id, "request_id": uid("other")}
    elsewhere = side.HandOnCaseRequest(case_id=CASE, **other)
    state = (
        given(case, CLUE_REGISTERED, handed()).when(elsewhere, actor=POLICY).then(dropped("已移送其他机关", **other))
    )
    assert state.stage is Stage.TRANSFERRED_ADMIN


def test_who_has_it_already_is_told_nothing():
    given(case, CLUE_REGISTERED, handed(request_id="")).when(HAND_ON, actor=POLICY).then()


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        ((CLUE_REGISTERED, pb.CaseNotFiled(case_id=CASE, reason="经核实没有违法事实")), "已决定不予立案"),
        (DECIDED, "已由本机关处理"),
    ],
    ids=["not filed", "decided"],
)
def test_what_was_decided_meanwhile_is_not_handed_on_and_the_receiver_is_told(history, reason):
    before = given(case, *history)
    state = before.when(HAND_ON, actor=POLICY, at="2025-06-01 10:00").then(dropped(reason))
    assert state == before.state


@pytest.mark.parametrize(("obstacle", "named"), [(DISPUTED, "管辖争议"), (SUSPENDED, "案件中止")])
def test_what_keeps_it_here_is_named_and_it_stays(obstacle, named):
    history = [CLUE_REGISTERED, FILED, obstacle]
    state = (
        given(case, *history)
        .when(HAND_ON, actor=POLICY)
        .then(side.HandOnHindered(case_id=CASE, receiver_id=YONGCHUAN.id, request_id=REQUEST, obstacles=[named]))
    )
    assert state.stage is Stage.FILED


def test_an_acceptance_hands_on_what_was_to_be_handed_over_and_nothing_else():
    accepted = cross_border.RequestAccepted(
        request_id=REQUEST,
        responder_id=YONGCHUAN.id,
        case_id=CASE,
        matter=content.HandedMatter(facts="在永川境内无证经营", reason="发生地在永川", place=PLACE),
    )
    [command] = reactions(SERVICE.policy, accepted)
    assert command == side.HandOnCaseRequest(
        case_id=CASE,
        receiver_id=YONGCHUAN.id,
        request_id=REQUEST,
        facts="在永川境内无证经营",
        reason="发生地在永川",
        place=PLACE,
    )
    assert reactions(SERVICE.policy, cross_border.RequestAccepted(request_id=REQUEST, responder_id=YONGCHUAN.id)) == []


def test_who_takes_it_keeps_what_was_done_before():
    event = handed()
    [command] = reactions(SERVICE.policy, event, authority=YONGCHUAN, origin="jt-510521")
    assert list(command.history) == list(event.history)  # type: ignore[attr-defined]
