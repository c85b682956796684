"""The year 2024 of 泸县 as AT-01 gives it: operations and cases (`at_01_cases`), decided by the real model.

159 operations of 五统一五联动 with a township that has no node, 8 of 川渝联合 with 永川 and 荣昌, and decoys that no
number may count: an operation that closed in the next year, one that never closed, one of another type, and one of
川渝联合 to which only 泸县 came. What a platform hears is what the contract lets a feed carry.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import partners_pb2 as partners
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.ledger.v1 import meta_pb2 as meta
from enforcement.options.v1 import options_pb2 as options

from services.cases.service import SERVICE as CASES
from services.joint_operations.model.participation import participation_of
from services.joint_operations.service import SERVICE as JOINT
from services.kernel.authority import Authority
from services.kernel.clock import SHANGHAI
from services.kernel.ledger import Append, Ledger, NewEvent, uuid7
from services.kernel.messages import aggregate_id, encode, microseconds, type_name
from tests.scenarios import at_01_cases
from tests.support.decider import LUXIAN, RONGCHANG, YONGCHUAN, officer, uid
from tests.support.members import header_of
from tests.unit.joint_operations.authorities import Authorities, Node

FIRST: Final = date(2024, 1, 2)
FIVES, CROSS_BORDER = 159, 8
PASSENGER, FREIGHT = pb.INSPECTION_CLASS_PASSENGER, pb.INSPECTION_CLASS_FREIGHT
SCAN = common.BlobRef(sha256=b"\x07" * 32, size=20_480, media_type="application/pdf", file_name="签到表.pdf")
PLACES: Final = {
    LUXIAN.id: ("B", common.Place(division_code="510521", description="泸永桥交界处")),
    YONGCHUAN.id: ("A", common.Place(division_code="500118", description="国道G246 吉安镇")),
    RONGCHANG.id: ("D", common.Place(division_code="500153", description="清江镇")),
}
HEADS: Final = {
    one.id: officer("局长", options.ROLE_LEADER, options.ROLE_UNIT_CHIEF, authority=one)
    for one in (LUXIAN, YONGCHUAN, RONGCHANG)
}
TEAMS: Final = {
    one.id: [officer(f"队员{n}", authority=one) for n in range(2)] for one in (LUXIAN, YONGCHUAN, RONGCHANG)
}
DISORDER: Final = timedelta(minutes=5)
PAGE: Final = 200


@dataclass(slots=True)
class Operation:
    """One operation while it is told."""

    authorities: Authorities
    id: str
    clock: datetime
    parts: dict[str, str] = field(default_factory=dict)

    def act(self, actor: common.OfficerSnapshot, command: Any) -> list[Any]:
        self.clock += timedelta(minutes=1)
        return self.authorities.act(actor, command, self.clock)

    def plan(
        self,
        operation_type: pb.OperationType.ValueType,
        *present: Authority,
        township: bool = False,
        until: date | None = None,
    ) -> None:
        """Plan of a day, or of the days until another one; invitations, acceptances, a township, and the roster."""
        lead, on = HEADS[LUXIAN.id], self.clock.date().isoformat()
        self.act(
            lead,
            commands.PlanOperationRequest(
                operation_id=self.id,
                name="联合执法行动",
                operation_type=operation_type,
                purpose="维护道路运输市场秩序",
                starts_on=on,
                ends_on=until.isoformat() if until else on,
                checkpoints=[
                    commands.CheckpointPlan(
                        checkpoint_id=PLACES[one.id][0], place=PLACES[one.id][1], competent_id=one.id
                    )
                    for one in present
                ],
            ),
        )
        for one in present:
            self.parts[one.id] = participation_of(self.id, LUXIAN.id, one.id)
            self.act(lead, commands.InviteParticipantRequest(operation_id=self.id, participant_id=one.id))
            accept = commands.AcceptInvitationRequest(
                participation_id=self.parts[one.id],
                officer_ids=[each.officer_id for each in TEAMS[one.id]],
                car_plates=["川E·0001警"],
            )
            self.act(HEADS[one.id], accept)
        if township:
            listing = partners.ListPartnerRequest(
                operation_id=self.id,
                kind=partners.PARTNER_KIND_TOWNSHIP,
                name="立石镇人民政府",
                host_id=LUXIAN.id,
            )
            [listed] = self.act(lead, listing)
            self.parts["township"] = listed.partner_id
        assignments = [
            commands.RosterAssignment(
                participant_id=one.id,
                officer_id=each.officer_id,
                checkpoint_id=PLACES[one.id][0],
                duty=pb.DUTY_INSPECT,
            )
            for one in present
            for each in TEAMS[one.id]
        ]
        self.act(lead, commands.PublishRosterRequest(operation_id=self.id, assignments=assignments))

    def arrive(self, *present: Authority) -> None:
        """Officers report for duty; the township's people sign their sheet."""
        for one in present:
            for each in TEAMS[one.id]:
                check_in = commands.CheckInRequest(
                    participation_id=self.parts[one.id],
                    officer_id=each.officer_id,
                    checkpoint_id=PLACES[one.id][0],
                    car_no=1,
                )
                self.act(each, check_in)
        if "township" in self.parts:
            attendance = partners.RecordPartnerAttendanceRequest(
                participation_id=self.parts[LUXIAN.id],
                partner_id=self.parts["township"],
                checkpoint_id="B",
                head_count=3,
                led_by="某副镇长",
                scan=SCAN,
            )
            self.act(TEAMS[LUXIAN.id][0], attendance)

    def inspect(self, authority: Authority, number: int, kind: pb.InspectionClass.ValueType, *, found: bool) -> None:
        """One inspection; with a finding also its owner."""
        team, part = TEAMS[authority.id], self.parts[authority.id]
        officer_ids = [each.officer_id for each in team]
        inspection_id = uid(f"{self.id} {authority.id} inspection {number}")
        self.act(
            team[0],
            commands.RecordInspectionRequest(
                participation_id=part,
                inspection_id=inspection_id,
                checkpoint_id=PLACES[authority.id][0],
                inspection_class=kind,
                object=pb.InspectedObject(
                    kind=pb.OBJECT_KIND_VEHICLE, plate=f"川E·{number:05}", plate_colour=pb.PLATE_COLOUR_YELLOW
                ),
                result=pb.INSPECTION_RESULT_FINDING if found else pb.INSPECTION_RESULT_OK,
                officer_ids=officer_ids,
            ),
        )
        if found:
            finding_id = uid(f"{inspection_id} finding")
            finding = commands.RecordFindingRequest(
                participation_id=part,
                finding_id=finding_id,
                inspection_id=inspection_id,
                act_code="RTR-63-1",
                facts="未取得道路运输经营许可",
                officer_ids=officer_ids,
            )
            self.act(team[0], finding)
            owner = commands.AssignJurisdictionRequest(
                participation_id=part, finding_id=finding_id, owner_id=authority.id
            )
            self.act(HEADS[authority.id], owner)

    def educate(self, authority: Authority, heads: int) -> None:
        """Warning education of so many heads."""
        education = commands.RecordEducationRequest(
            participation_id=self.parts[authority.id],
            checkpoint_id=PLACES[authority.id][0],
            head_count=heads,
            topic="拒乘非法营运车辆",
        )
        self.act(TEAMS[authority.id][0], education)

    def close(self, *present: Authority) -> None:
        """Everybody reports, the lead closes."""
        for one in present:
            self.act(HEADS[one.id], commands.CloseFieldWorkRequest(participation_id=self.parts[one.id]))
        self.act(HEADS[LUXIAN.id], commands.CloseOperationRequest(operation_id=self.id))

    def summarise(self, *present: Authority) -> None:
        """Proposed, signed, the township on paper, published."""
        lead = HEADS[LUXIAN.id]
        [proposal] = self.act(lead, commands.ProposeSummaryRequest(operation_id=self.id))
        for one in present:
            signing = commands.SignSummaryRequest(participation_id=self.parts[one.id], proposal_id=proposal.proposal_id)
            self.act(HEADS[one.id], signing)
        paper = partners.RecordPartnerSignatureRequest(
            participation_id=self.parts[LUXIAN.id],
            partner_id=self.parts["township"],
            proposal_id=proposal.proposal_id,
            signed_by="某副镇长",
            scan=SCAN,
        )
        self.act(lead, paper)
        self.act(lead, commands.PublishSummaryRequest(operation_id=self.id, proposal_id=proposal.proposal_id))


def year() -> Authorities:
    """Everything that the three authorities did, in the order in which it took place."""
    told = Authorities([*HEADS.values(), *(one for team in TEAMS.values() for one in team)])
    for k in range(FIVES):
        five = begin(told, f"五统一 {k}", FIRST + timedelta(days=2 * k))
        one_of_the_fives(five, heads=19 if k < 61 else 18, suspects=2 if k < 107 else 1)
    five.clock = at(date(2025, 1, 6))
    five.summarise(LUXIAN)
    for month in range(1, CROSS_BORDER + 1):
        cross_border(begin(told, f"川渝 {month}", date(2024, month, 15)))
    decoys(told)
    told.nodes[LUXIAN.id].ledger += at_01_cases.year()
    for node in told.nodes.values():
        node.ledger.sort(key=lambda entry: entry[1])
    return told


def begin(told: Authorities, name: str, on: date) -> Operation:
    """An operation on a day, from 7 o'clock."""
    return Operation(told, uid(f"AT-01 {name}"), at(on))


def at(on: date) -> datetime:
    """7 o'clock of a day."""
    return datetime.combine(on, time(7), SHANGHAI)


def one_of_the_fives(five: Operation, *, heads: int, suspects: int) -> None:
    """12 coaches, so many of them with findings."""
    five.plan(pb.OPERATION_TYPE_FIVE_UNIFIED, LUXIAN, township=True)
    five.arrive(LUXIAN)
    for number in range(12):
        five.inspect(LUXIAN, number, PASSENGER, found=number < suspects)
    five.educate(LUXIAN, heads)
    five.close(LUXIAN)


def cross_border(operation: Operation) -> None:
    """24 coaches and 15 lorries at three checkpoints, 52 heads."""
    all_three = (LUXIAN, YONGCHUAN, RONGCHANG)
    operation.plan(pb.OPERATION_TYPE_SICHUAN_CHONGQING, *all_three)
    operation.arrive(*all_three)
    for number in range(39):
        operation.inspect(all_three[number % 3], number, PASSENGER if number < 24 else FREIGHT, found=False)
    for one, heads in zip(all_three, (20, 20, 12), strict=True):
        operation.educate(one, heads)
    operation.close(*all_three)


def decoys(told: Authorities) -> None:
    """Operations that no number of AT-01 counts."""
    late = begin(told, "次年结束", date(2024, 12, 30))
    late.plan(pb.OPERATION_TYPE_FIVE_UNIFIED, LUXIAN, township=True, until=date(2025, 1, 3))
    late.clock = at(date(2025, 1, 3))
    late.arrive(LUXIAN)
    late.inspect(LUXIAN, 1, PASSENGER, found=True)
    late.educate(LUXIAN, 40)
    late.close(LUXIAN)
    begin(told, "未结束", date(2024, 12, 20)).plan(pb.OPERATION_TYPE_FIVE_UNIFIED, LUXIAN, township=True)
    other = begin(told, "专项", date(2024, 6, 20))
    other.plan(pb.OPERATION_TYPE_CAMPAIGN, LUXIAN)
    other.arrive(LUXIAN)
    for number in range(5):
        other.inspect(LUXIAN, number, PASSENGER, found=number == 0)
    other.educate(LUXIAN, 30)
    other.close(LUXIAN)
    alone = begin(told, "只有一方到场", date(2024, 9, 20))
    alone.plan(pb.OPERATION_TYPE_SICHUAN_CHONGQING, LUXIAN, YONGCHUAN)
    alone.arrive(LUXIAN)
    alone.close(LUXIAN, YONGCHUAN)


async def record(ledger: Ledger, node: Node) -> int:
    """Everything that an authority decided, in its real ledger, in that order; the position of the last event."""
    category = {name: one.name for service in (JOINT, CASES) for one in service.aggregates for name in one.events}
    versions: Counter[str] = Counter()
    position = 0
    for start in range(0, len(node.ledger), PAGE):
        appends = []
        for event, occurred_at in node.ledger[start : start + PAGE]:
            stream, command_id = aggregate_id(event), uuid7()
            facts = meta.Meta(actor="at-01", occurred_us=microseconds(occurred_at))
            appends.append(
                Append(
                    command_id=command_id,
                    digest=bytes(32),
                    stream_id=UUID(stream),
                    category=category[type_name(event)],
                    expected_version=versions[stream],
                    events=(NewEvent(type_name(event), encode(event), encode(facts)),),
                    correlation_id=UUID(stream),
                    causation_id=command_id,
                )
            )
            versions[stream] += 1
        async with ledger.transaction() as connection:
            outcomes = await ledger.append_in(connection, appends)
        position = max(outcome.appended().position for outcome in outcomes)
    return position


def as_a_bad_carrier_brings(wires: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Every 10th envelope twice, and all of them out of order within five minutes."""
    dice = random.Random(2024)
    arriving = [
        (header_of(each[1]).occurred_us + dice.random() * DISORDER.total_seconds() * 1_000_000, number, each)
        for number, each in enumerate(wires)
        for _ in range(2 if number % 10 == 0 else 1)
    ]
    return [each for _, _, each in sorted(arriving, key=lambda entry: entry[:2])]
