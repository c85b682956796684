"""川渝联合行动：方案、邀请、编组. A plan, three acceptances, and a roster that the law accepts."""

from collections.abc import Iterator

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from deploy.local.story import cast
from deploy.local.story.cast import Officer
from deploy.local.story.posts import CARS, DAY, LEADERS, POSTS, TEAMS, A, B
from deploy.local.story.run import Run


async def tell(run: Run) -> None:
    """From the plan to the published roster."""
    with run.chapter("川渝联合行动：方案、邀请、编组", "A Sichuan–Chongqing operation: plan, invitations, roster"):
        await plan(run)
        await gather(run)
        await publish_roster(run)


async def plan(run: Run) -> None:
    """泸县 plans the operation and invites all three, itself too."""
    await run.at("2024-12-17 09:00")
    checkpoints = [
        commands.CheckpointPlan(checkpoint_id=post.checkpoint_id, place=post.place, competent_id=post.competent_id)
        for post in POSTS
    ]
    planned = await run.act(
        cast.LUXIAN_CHIEF,
        "plan",
        commands.PlanOperationRequest(
            name="打击非法营运联合执法行动",
            operation_type=pb.OPERATION_TYPE_SICHUAN_CHONGQING,
            purpose="维护川渝毗邻地区道路客运市场秩序",
            themes=[pb.THEME_ILLEGAL_TRANSPORT, pb.THEME_RIDE_HAILING],
            starts_on=DAY,
            ends_on=DAY,
            checkpoints=checkpoints,
        ),
        "制定方案：检查点A在永川辖区，B、C在泸县辖区，D在荣昌辖区",
        "plans checkpoints A in Yongchuan, B and C in Luxian, D in Rongchang",
    )
    run.facts.operation_id = planned.id
    for authority_id in TEAMS:
        await run.later(5)
        name = run.name_of(authority_id)
        request = commands.InviteParticipantRequest(
            operation_id=planned.id, participant_id=authority_id, contact="泸县交通运输综合行政执法大队 指挥室"
        )
        await run.act(cast.LUXIAN_CHIEF, f"invite/{authority_id}", request, f"邀请{name.zh}", f"invites {name.en}")


async def gather(run: Run) -> None:
    """Each authority accepts for itself, with officers and cars."""
    await run.at("2024-12-17 10:30")
    for authority_id, leader in LEADERS.items():
        await run.later(10)
        invited = await run.until(
            leader,
            commands.GetParticipationRequest(operation_id=run.facts.operation_id),
            lambda answer: answer.participation.stage == "已受邀",
            "收到邀请",
        )
        participation_id = invited.participation.participation_id
        run.facts.participations[authority_id] = participation_id
        team, cars = TEAMS[authority_id], CARS[authority_id]
        await run.act(
            leader,
            f"accept/{authority_id}",
            commands.AcceptInvitationRequest(
                participation_id=participation_id, officer_ids=run.ids(*team), car_plates=cars
            ),
            f"应邀参加：执法人员{len(team)}人、执法车辆{len(cars)}辆",
            f"accepts, with {len(team)} officers and {len(cars)} cars",
        )
    await run.until(
        cast.LUXIAN_CHIEF,
        commands.GetOperationRequest(operation_id=run.facts.operation_id),
        lambda answer: [one.standing for one in answer.participants] == ["已应邀"] * len(TEAMS),
        "三家均应邀",
    )


async def publish_roster(run: Run) -> None:
    """A roster with one officer of 永川 at A is refused; the full one is published."""
    await run.at("2024-12-17 15:00")
    everybody = list(assignments(run))
    rest_of_a = run.ids(*A.team[1:])
    thin = [one for one in everybody if one.officer_id not in rest_of_a]
    await run.refused(
        cast.LUXIAN_CHIEF,
        "roster/thin",
        commands.PublishRosterRequest(operation_id=run.facts.operation_id, assignments=thin),
        "ROSTER_TOO_THIN",
        "发布编组，检查点A只有1名永川执法人员",
        "publishes a roster with one Yongchuan officer at A",
    )
    await run.act(
        cast.LUXIAN_CHIEF,
        "roster",
        commands.PublishRosterRequest(operation_id=run.facts.operation_id, assignments=everybody),
        f"发布编组：四个检查点{len(everybody)}人，其中荣昌1人在检查点B协助",
        f"publishes the roster: {len(everybody)} officers at four checkpoints, one of Rongchang assists at B",
    )


def assignments(run: Run) -> Iterator[commands.RosterAssignment]:
    """Who stands where."""
    for post in POSTS:
        for number, officer in enumerate(post.team):
            yield _assignment(run, officer, post.checkpoint_id, pb.DUTY_INSPECT if number else pb.DUTY_LEAD)
    yield _assignment(run, cast.ASSISTS_AT_B, B.checkpoint_id, pb.DUTY_ASSIST)


def _assignment(run: Run, officer: Officer, checkpoint_id: str, duty: pb.Duty.ValueType) -> commands.RosterAssignment:
    return commands.RosterAssignment(
        participant_id=officer.authority_id, officer_id=run.officer_id(officer), checkpoint_id=checkpoint_id, duty=duty
    )
