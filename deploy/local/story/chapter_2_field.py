"""检查日：签到、检查、发现. 18 officers at four checkpoints inspect 60 vehicles and find two."""

from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as commands

from deploy.local.story import cast
from deploy.local.story.cast import RONGCHANG
from deploy.local.story.documents import pdf
from deploy.local.story.parties import ACT, FACTS, PARTIES
from deploy.local.story.posts import CLASSES, DAY, LEADERS, POSTS, SUSPECTS, B, Inspection, Post, inspections
from deploy.local.story.run import Run
from services.kernel.values import term


async def tell(run: Run) -> None:
    """From check-in to the hand-off of the two findings."""
    with run.chapter("检查日：签到、检查、发现", "The day: check-in, inspections, findings"):
        await take_up_posts(run)
        await inspect(run)
        for post, plate in SUSPECTS.items():
            await find(run, post, plate)


async def take_up_posts(run: Run) -> None:
    """The officers check in, most of them by car, and the four checkpoints open."""
    await run.at(f"{DAY} 08:30")
    for authority_id, leader in LEADERS.items():
        await run.until(
            leader,
            commands.GetParticipationRequest(operation_id=run.facts.operation_id),
            lambda answer: answer.participation.stage == "执行中",
            "收到编组",
        )
        posted = [(officer, car, post) for post in POSTS for officer, car in zip(post.team, post.cars, strict=True)]
        for officer, car_no, post in [*posted, (cast.ASSISTS_AT_B, 0, B)]:
            if officer.authority_id != authority_id:
                continue
            request = commands.CheckInRequest(
                participation_id=run.facts.participations[authority_id],
                officer_id=run.officer_id(officer),
                checkpoint_id=post.checkpoint_id,
                car_no=car_no,
            )
            await run.act(officer, f"check-in/{authority_id}/{officer.key}", request)
    await run.at(f"{DAY} 08:45")
    for post in POSTS:
        await run.later(1)
        opening = commands.OpenCheckpointRequest(
            participation_id=run.facts.participations[post.competent_id],
            checkpoint_id=post.checkpoint_id,
            officer_ids=run.ids(*post.team[:2]),
        )
        where = f"{post.checkpoint_id}（{post.place.description}）"
        zh, en = f"{len(post.team)}人签到，开放检查点{where}", f"{len(post.team)} check in and open checkpoint {where}"
        await run.act(post.team[0], f"open/{post.checkpoint_id}", opening, zh, en)


async def inspect(run: Run) -> None:
    """Each inspection is recorded when it is made, by the authority in whose territory the checkpoint lies."""
    await run.at(f"{DAY} 08:59")
    for one in inspections():
        run.move(one.at)
        run.hear(f"{one.post.checkpoint_id} {one.number}/{sum(one.post.counts)} {one.plate}")
        await run.act(one.post.team[0], one.name, _inspection(run, one))
    for post in POSTS:
        parts = "、".join(
            f"{term(pb.InspectionClass, kind)}{count}"
            for kind, count in zip(CLASSES, post.counts, strict=True)
            if count
        )
        total, (coaches, rides, others) = sum(post.counts), post.counts
        run.saw(
            post.team[0],
            f"检查点{post.checkpoint_id}检查{total}台次：{parts}",
            f"checkpoint {post.checkpoint_id}: {coaches} coaches + {rides} ride-hailing + {others} others = {total}",
        )


async def find(run: Run, post: Post, plate: str) -> None:
    """A finding gets its one owner, by the place of the act, and goes to the owner's case handling."""
    await run.at(f"{DAY} 10:{40 if post is B else 30}")
    letter, participation_id = post.checkpoint_id, run.facts.participations[post.competent_id]
    record = pdf(f"现场检查笔录（{letter}）", f"{DAY} {post.place.description}", f"车辆：{plate}", FACTS[post])
    finding_id = run.facts.findings[letter] = run.id(f"finding/{letter}")
    await run.act(
        post.team[0],
        f"finding/{letter}/record",
        commands.RecordFindingRequest(
            participation_id=participation_id,
            finding_id=finding_id,
            inspection_id=run.id(f"inspection/{letter}/1"),
            act_code=ACT,
            facts=FACTS[post],
            party_name=PARTIES[post].name,
            officer_ids=run.ids(*post.team[:2]),
            evidence=[await run.file(post.team[0], record)],
        ),
        f"检查点{letter}发现涉嫌非法营运车辆1台，附现场检查笔录",
        f"finds a vehicle at {letter} suspected of illegal transport; record of the scene attached",
    )
    chief = LEADERS[post.competent_id]
    request = commands.AssignJurisdictionRequest(
        participation_id=participation_id, finding_id=finding_id, owner_id=post.competent_id
    )
    zh, en = (
        f"确定管辖：检查点{letter}所在地，本单位",
        f"jurisdiction: the place of checkpoint {letter}, this authority",
    )
    await run.act(chief, f"finding/{letter}/owner", request, zh, en)
    hand_off = commands.HandOffCaseRequest(participation_id=participation_id, finding_id=finding_id)
    zh, en = "移交案件办理", "hands the finding to case handling"
    await run.act(chief, f"finding/{letter}/hand-off", hand_off, zh, en)


def _inspection(run: Run, one: Inspection) -> commands.RecordInspectionRequest:
    assists = one.suspect and one.post is B
    assistant = commands.AssistingOfficer(participant_id=RONGCHANG, officer_id=run.officer_id(cast.ASSISTS_AT_B))
    return commands.RecordInspectionRequest(
        participation_id=run.facts.participations[one.post.competent_id],
        inspection_id=run.id(one.name),
        checkpoint_id=one.post.checkpoint_id,
        inspection_class=one.kind,
        object=pb.InspectedObject(kind=pb.OBJECT_KIND_VEHICLE, plate=one.plate, plate_colour=pb.PLATE_COLOUR_BLUE),
        result=pb.INSPECTION_RESULT_FINDING if one.suspect else pb.INSPECTION_RESULT_OK,
        officer_ids=run.ids(*one.post.team[:2]),
        assisting=[assistant] if assists else [],
    )
