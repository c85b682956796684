"""十二月十八日打击非法营运联合执法, told at three authorities.

The figures are the published report's of 18 December 2024 (LX-1218): 6 辆次, 18 人次, 60 台次 = 5 + 10 + 45, 2, 2.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.message import Message

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import Stage, operation
from services.joint_operations.model.participation import participation, participation_of
from services.joint_operations.numbers import numbers_of, total
from services.kernel.authority import Authority
from services.kernel.errors import Refused
from tests.support.decider import LUXIAN, RONGCHANG, YONGCHUAN, instant, officer, uid
from tests.unit.joint_operations.acts import plan
from tests.unit.joint_operations.authorities import Authorities

OPERATION = uid("LX-1218")
HEADS = {
    one.id: officer("局长", options.ROLE_LEADER, options.ROLE_UNIT_CHIEF, authority=one)
    for one in (LUXIAN, YONGCHUAN, RONGCHANG)
}
TEAMS = {
    LUXIAN: [officer(f"泸{n}") for n in range(8)],
    YONGCHUAN: [officer(f"永{n}", authority=YONGCHUAN) for n in range(5)],
    RONGCHANG: [officer(f"荣{n}", authority=RONGCHANG) for n in range(5)],
}
STANDS = {
    "A": [*TEAMS[YONGCHUAN], *TEAMS[RONGCHANG][:2]],
    "B": [*TEAMS[LUXIAN][:4], *TEAMS[RONGCHANG][2:]],
    "C": TEAMS[LUXIAN][4:],
}
CLASSES = (
    [pb.INSPECTION_CLASS_PASSENGER] * 5 + [pb.INSPECTION_CLASS_RIDE_HAILING] * 10 + [pb.INSPECTION_CLASS_OTHER] * 45
)
CANARIES = ("川E·", "渝C·", "某甲", "某乙", "载客", "51-泸", "51-永", "51-荣")
EXPECTED = pb.FieldNumbers(
    definition_version=2,
    car_times=6,
    officer_times=18,
    inspections=60,
    inspections_by_class=[
        pb.ClassCount(inspection_class=pb.INSPECTION_CLASS_PASSENGER, inspections=5),
        pb.ClassCount(inspection_class=pb.INSPECTION_CLASS_RIDE_HAILING, inspections=10),
        pb.ClassCount(inspection_class=pb.INSPECTION_CLASS_OTHER, inspections=45),
    ],
    vehicles_with_findings=2,
    findings=2,
    education_heads=52,
    vehicles_seized=2,
)


@dataclass(slots=True)
class Story:
    """The day, told once; every test looks at another side of it."""

    authorities: Authorities
    clock: datetime

    def act(self, actor: common.OfficerSnapshot, command: Message) -> list[Message]:
        self.clock += timedelta(minutes=1)
        return self.authorities.act(actor, command, self.clock)

    def part(self, authority: Authority) -> str:
        return participation_of(OPERATION, LUXIAN.id, authority.id)


@pytest.fixture(scope="module")
def story() -> Story:
    officers = [*HEADS.values(), *(one for team in TEAMS.values() for one in team)]
    told = Story(Authorities(officers), instant("2024-12-17 09:00"))
    gather(told)
    inspect(told)
    finish(told)
    return told


def gather(story: Story) -> None:
    lead = HEADS[LUXIAN.id]
    story.act(lead, plan(operation_id=OPERATION))
    for authority, team in TEAMS.items():
        story.act(lead, commands.InviteParticipantRequest(operation_id=OPERATION, participant_id=authority.id))
        story.act(
            HEADS[authority.id],
            commands.AcceptInvitationRequest(
                participation_id=story.part(authority),
                officer_ids=[one.officer_id for one in team],
                car_plates=[f"{'川E·' if authority is LUXIAN else '渝C·'}000{n}警" for n in range(2)],
            ),
        )
    assignments = [
        commands.RosterAssignment(
            participant_id=one.authority_id,
            officer_id=one.officer_id,
            checkpoint_id=checkpoint_id,
            duty=pb.DUTY_INSPECT,
        )
        for checkpoint_id, stand in STANDS.items()
        for one in stand
    ]
    story.act(lead, commands.PublishRosterRequest(operation_id=OPERATION, assignments=assignments))


def inspect(story: Story) -> None:
    story.clock = instant("2024-12-18 08:00")
    for authority, team in TEAMS.items():
        for n, one in enumerate(team):
            checkpoint_id = next(id_ for id_, stand in STANDS.items() if one in stand)
            story.act(
                one,
                commands.CheckInRequest(
                    participation_id=story.part(authority),
                    officer_id=one.officer_id,
                    checkpoint_id=checkpoint_id,
                    car_no=n % 2 + 1,
                ),
            )
    places = ["A"] * 20 + ["B"] * 25 + ["C"] * 15
    for n, (checkpoint_id, inspection_class) in enumerate(zip(places, CLASSES[::-1], strict=True)):
        record(story, n, checkpoint_id, inspection_class)
    story.act(
        TEAMS[RONGCHANG][0],
        commands.RecordEducationRequest(
            participation_id=story.part(RONGCHANG), checkpoint_id="A", head_count=52, topic="拒乘非法营运车辆"
        ),
    )


def record(story: Story, n: int, checkpoint_id: str, inspection_class: pb.InspectionClass.ValueType) -> None:
    authority = YONGCHUAN if checkpoint_id == "A" else LUXIAN
    two = [one for one in STANDS[checkpoint_id] if one.authority_id == authority.id][:2]
    suspected = n in (20, 21)
    story.act(
        two[0],
        commands.RecordInspectionRequest(
            participation_id=story.part(authority),
            inspection_id=uid(f"inspection {n}"),
            checkpoint_id=checkpoint_id,
            inspection_class=inspection_class,
            object=pb.InspectedObject(
                kind=pb.OBJECT_KIND_VEHICLE, plate=f"川E·{n:05}", plate_colour=pb.PLATE_COLOUR_BLUE
            ),
            result=pb.INSPECTION_RESULT_FINDING if suspected else pb.INSPECTION_RESULT_OK,
            officer_ids=[one.officer_id for one in two],
        ),
    )
    if suspected:
        find(story, n, two)


def find(story: Story, n: int, two: list[common.OfficerSnapshot]) -> None:
    part, finding_id = story.part(LUXIAN), uid(f"finding {n}")
    officer_ids = [one.officer_id for one in two]
    story.act(
        two[0],
        commands.RecordFindingRequest(
            participation_id=part,
            finding_id=finding_id,
            inspection_id=uid(f"inspection {n}"),
            act_code="RTR-63-1",
            facts="未取得道路运输经营许可载客四人",
            party_name="某甲" if n == 20 else "某乙",
            officer_ids=officer_ids,
        ),
    )
    story.act(
        two[0],
        commands.RecordHandlingRequest(
            participation_id=part,
            inspection_id=uid(f"inspection {n}"),
            finding_id=finding_id,
            handling=pb.HANDLING_SEIZED,
            officer_ids=officer_ids,
        ),
    )
    lead = HEADS[LUXIAN.id]
    story.act(
        lead,
        commands.AssignJurisdictionRequest(participation_id=part, finding_id=finding_id, owner_id=LUXIAN.id),
    )
    story.act(lead, commands.HandOffCaseRequest(participation_id=part, finding_id=finding_id))


def finish(story: Story) -> None:
    lead = HEADS[LUXIAN.id]
    for authority in TEAMS:
        story.act(HEADS[authority.id], commands.CloseFieldWorkRequest(participation_id=story.part(authority)))
    story.act(lead, commands.CloseOperationRequest(operation_id=OPERATION))
    [proposal] = story.act(lead, commands.ProposeSummaryRequest(operation_id=OPERATION))
    assert isinstance(proposal, pb.SummaryProposed)
    for authority in TEAMS:
        story.act(
            HEADS[authority.id],
            commands.SignSummaryRequest(participation_id=story.part(authority), proposal_id=proposal.proposal_id),
        )
    story.act(lead, commands.PublishSummaryRequest(operation_id=OPERATION, proposal_id=proposal.proposal_id))


def published(story: Story) -> pb.OperationSummarised:
    [summary] = [
        event for event, _ in story.authorities.nodes[LUXIAN.id].ledger if isinstance(event, pb.OperationSummarised)
    ]
    return summary


def test_the_summary_has_the_reports_figures(story):
    assert published(story).total == EXPECTED


def test_the_text_says_them(story):
    assert published(story).text == (
        "2024年12月18日，泸县交通运输局牵头，会同永川区交通运输委员会、荣昌区交通运输委员会开展打击非法营运联合执法行动。"
        "共出动执法车辆6辆次、执法人员18人次，检查60台次，其中客运5台次、网约车10台次、其他45台次；"
        "发现涉嫌违法车辆2台，扣押2台，开展警示教育52人次。"
    )


def test_the_operation_is_over_for_everybody(story):
    assert story.authorities.state(LUXIAN, operation, OPERATION).stage is Stage.SUMMARISED
    for authority in TEAMS:
        assert story.authorities.state(authority, participation, story.part(authority)).stage == "已总结"


def test_whoever_has_the_feeds_counts_the_same(story):
    feeds = [node.feed for node in story.authorities.nodes.values()]
    assert total(numbers_of(feed) for feed in feeds) == EXPECTED


def test_no_plate_name_fact_or_credential_is_in_a_feed(story):
    feeds = b"".join(
        event.SerializeToString() for node in story.authorities.nodes.values() for event, _ in node.feed
    ).decode(errors="replace")
    assert "RTR-63-1" in feeds
    assert [canary for canary in CANARIES if canary in feeds] == []


def test_partners_hear_of_no_finding_that_is_not_theirs(story):
    for partner in (YONGCHUAN, RONGCHANG):
        told = b"".join(event.SerializeToString() for event in story.authorities.told[partner.id])
        assert uid("finding 20").encode() not in told
        assert "某甲".encode() not in told


def test_a_partner_gets_no_hold_of_a_finding_that_is_not_its_own(story):
    for authority in (YONGCHUAN, RONGCHANG):
        command = commands.HandOffCaseRequest(participation_id=story.part(authority), finding_id=uid("finding 20"))
        with pytest.raises(Refused) as refused:
            story.act(HEADS[authority.id], command)
        assert refused.value.code is Refusal.FINDING_UNKNOWN
