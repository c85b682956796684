"""One owner per finding and act, and the hand-off to it."""

from typing import Any

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from google.protobuf.message import Message

from services.joint_operations.model import Refusal
from services.joint_operations.model.participation import participation, participation_of
from services.kernel.authority import Authority
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from tests.support.decider import CHIEF, LUXIAN, NOON, POLICE, POLICY, RONGCHANG, YONGCHUAN, On, given, on, uid
from tests.unit.joint_operations.acts import (
    FIELD,
    FOUND,
    LU,
    OFFICERS,
    OPERATION,
    PART,
    YONG,
    A,
    B,
    assigned,
    coach,
    found,
    inspected,
)
from tests.unit.joint_operations.test_finding import handle, handled

ELSEWHERE = common.Place(division_code="500153", description="荣昌区 峰高街道")
CONTINUING = [*FIELD, inspected(), found(places=[B, ELSEWHERE])]
FILE = common.BlobRef(sha256=bytes(32), size=10, media_type="image/jpeg", file_name="现场照片1.jpg")


def assign(owner: Authority = LUXIAN, finding_id: str = uid("finding")) -> commands.AssignJurisdictionRequest:
    return commands.AssignJurisdictionRequest(participation_id=PART, finding_id=finding_id, owner_id=owner.id)


def hand_off(finding_id: str = uid("finding")) -> commands.HandOffCaseRequest:
    return commands.HandOffCaseRequest(participation_id=PART, finding_id=finding_id)


def handed_off(**changes: Any) -> pb.CaseHandedOff:
    fields: dict[str, Any] = {
        "participation_id": PART,
        "operation_id": OPERATION,
        "finding_id": uid("finding"),
        "owner_id": LUXIAN.id,
        "handed_off_by": LUXIAN.id,
        "act_code": "RTR-63-1",
        "facts": "未取得道路运输经营许可载客四人",
        "party_name": "某甲",
        "object": coach(),
        "places": [B],
        "found_at": to_timestamp(NOON),
        "officers": LU[:2],
    }
    return pb.CaseHandedOff(**(fields | changes))


def acknowledge(owner: Authority = LUXIAN) -> commands.AcknowledgeHandOffRequest:
    return commands.AcknowledgeHandOffRequest(
        participation_id=PART, finding_id=uid("finding"), owner_id=owner.id, case_id=uid("case")
    )


def test_a_finding_belongs_to_the_authority_of_the_checkpoint():
    given(participation, *FOUND).when(assign(), actor=CHIEF).then(assigned())


@pytest.mark.parametrize("owner", [YONGCHUAN, RONGCHANG, POLICE])
def test_an_authority_that_is_not_competent_at_the_place_of_the_act_is_no_owner(owner):
    outcome = given(participation, *FOUND).when(assign(owner), actor=CHIEF)
    outcome.refused(Refusal.OWNER_NOT_COMPETENT, authority=owner.name)


def test_another_place_of_a_continuing_act_makes_another_authority_competent():
    outcome = given(participation, *CONTINUING).when(assign(RONGCHANG), actor=CHIEF)
    outcome.then(assigned(RONGCHANG, ground=pb.JURISDICTION_GROUND_OTHER_PLACE))


PENALISED = handled(handling=pb.HANDLING_SIMPLIFIED_PENALTY, document_number="川泸交当罚〔2024〕1号")


def test_what_was_penalised_on_the_spot_goes_to_nobody_else():
    for history in ([*CONTINUING, PENALISED], [*CONTINUING, PENALISED, handled()]):
        outcome = given(participation, *history).when(assign(RONGCHANG), actor=CHIEF)
        outcome.refused(Refusal.PENALISED_ON_SPOT, authority=LUXIAN.name)
        given(participation, *history).when(assign(), actor=CHIEF).then(assigned())


def test_one_finding_is_penalised_on_the_spot_once_and_by_its_owner():
    again = handle(handling=pb.HANDLING_SIMPLIFIED_PENALTY, document_number="川泸交当罚〔2024〕2号")
    outcome = given(participation, *FOUND, PENALISED).when(again, officers=OFFICERS)
    outcome.refused(Refusal.PENALISED_ON_SPOT, authority=LUXIAN.name)
    given(participation, *FOUND, PENALISED).when(handle(), officers=OFFICERS).then(handled())
    yielded = assigned(RONGCHANG, ground=pb.JURISDICTION_GROUND_OTHER_PLACE)
    outcome = given(participation, *CONTINUING, yielded).when(again, officers=OFFICERS)
    outcome.refused(Refusal.OWNED_ELSEWHERE, owner=RONGCHANG.name)


@pytest.mark.parametrize("second", [LUXIAN, RONGCHANG])
def test_a_finding_has_one_owner(second):
    outcome = given(participation, *CONTINUING, assigned()).when(assign(second), actor=CHIEF)
    outcome.refused(Refusal.OWNER_ASSIGNED, authority=LUXIAN.name)


def test_a_wrong_owner_is_put_right_with_the_reason_until_the_finding_is_handed_off():
    right = assign(RONGCHANG)
    right.reason = "行为主要发生在荣昌境内"
    history = (*CONTINUING, assigned())
    corrected = assigned(
        RONGCHANG,
        ground=pb.JURISDICTION_GROUND_OTHER_PLACE,
        corrects_id=LUXIAN.id,
        reason="行为主要发生在荣昌境内",
    )
    after = given(participation, *history).when(right, actor=CHIEF).then(corrected)
    assert after.finding(uid("finding")).owner_id == RONGCHANG.id
    given(participation, *history, handed_off()).when(right, actor=CHIEF).refused(
        Refusal.OWNER_ASSIGNED, authority=LUXIAN.name
    )
    same = assign(LUXIAN)
    same.reason = "再次确认"
    given(participation, *history).when(same, actor=CHIEF).refused(Refusal.OWNER_ASSIGNED, authority=LUXIAN.name)


@pytest.mark.parametrize("command", [assign(finding_id=uid("永川's")), hand_off(uid("永川's"))])
def test_a_partners_finding_is_not_this_authoritys_to_decide_or_hand_on(command):
    outcome = given(participation, *FOUND).when(command, actor=CHIEF)
    outcome.refused(Refusal.FINDING_UNKNOWN, finding=uid("永川's"))


def test_a_vehicle_stopped_at_checkpoint_a_belongs_to_yongchuan_and_not_to_luxian_who_assisted():
    part = participation_of(OPERATION, LUXIAN.id, YONGCHUAN.id)
    at_a = {"participation_id": part, "checkpoint_id": "A", "officers": YONG}
    history = [*FIELD, inspected(**at_a, assisting=[LU[3]]), found(**at_a, places=[A])]
    outcome = given(participation, *history).when(assign(LUXIAN), actor=CHIEF, authority=YONGCHUAN)
    outcome.refused(Refusal.OWNER_NOT_COMPETENT, authority=LUXIAN.name)
    assert given(participation, *history).when(assign(YONGCHUAN), actor=CHIEF, authority=YONGCHUAN).events


def test_an_owner_is_assigned_while_field_work_is_open_and_handed_to_afterwards_too():
    report = pb.FieldWorkReported(participation_id=PART, operation_id=OPERATION)
    given(participation, *FOUND, report).when(assign(), actor=CHIEF).refused(KernelRefusal.WRONG_STAGE)
    given(participation, *FOUND, assigned(), report).when(hand_off(), actor=CHIEF).then(handed_off())


def test_a_hand_off_tells_what_was_seen_when_and_by_whom():
    outcome = given(participation, *FOUND, assigned()).when(hand_off(), actor=CHIEF, at="2024-12-19 09:00")
    outcome.then(handed_off())


def test_a_hand_off_carries_the_hashes_of_the_evidence():
    history: list[Message | On] = [*FIELD, inspected(), on("2024-12-18 10:30", found(evidence=[FILE])), assigned()]
    outcome = given(participation, *history).when(hand_off(), actor=CHIEF)
    found_at = to_timestamp(NOON.replace(hour=10, minute=30))
    outcome.then(handed_off(evidence=[FILE], found_at=found_at))


def test_a_finding_without_owner_goes_nowhere():
    given(participation, *FOUND).when(hand_off(), actor=CHIEF).refused(Refusal.OWNER_MISSING)


def test_a_finding_is_handed_off_once():
    outcome = given(participation, *FOUND, assigned(), handed_off()).when(hand_off(), actor=CHIEF)
    outcome.refused(Refusal.HANDED_OFF_ALREADY, authority=LUXIAN.name)


def test_the_owner_acknowledges_with_its_case():
    acknowledged = pb.HandOffAcknowledged(
        participation_id=PART,
        operation_id=OPERATION,
        finding_id=uid("finding"),
        owner_id=LUXIAN.id,
        case_id=uid("case"),
    )
    history = [*FOUND, assigned(), handed_off()]
    given(participation, *history).when(acknowledge(), actor=POLICY).then(acknowledged)
    given(participation, *history, acknowledged).when(acknowledge(), actor=POLICY).then()


def test_nobody_acknowledges_for_the_owner():
    outcome = given(participation, *FOUND, assigned(), handed_off()).when(
        acknowledge(YONGCHUAN), actor=POLICY, origin=YONGCHUAN.id
    )
    outcome.refused(Refusal.NOT_THE_OWNER, owner=LUXIAN.id, authority=YONGCHUAN.id)


def test_nothing_is_acknowledged_that_was_not_handed_off():
    given(participation, *FOUND, assigned()).when(acknowledge(), actor=POLICY).refused(Refusal.NOT_THE_OWNER)
