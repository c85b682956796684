"""立案与扣押：一案一主. Each finding becomes a case of its owner: filed, two officers, evidence, seizure."""

from dataclasses import dataclass
from typing import Final

from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.joint_operations.v1 import events_pb2 as field_events
from enforcement.joint_operations.v1 import service_pb2 as field

from deploy.local.story import cast
from deploy.local.story.cast import Officer
from deploy.local.story.documents import pdf
from deploy.local.story.parties import CERTIFICATE, FACTS, PARTIES, VEHICLES
from deploy.local.story.posts import DAY, LEADERS, SUSPECTS, A, B, Post
from deploy.local.story.run import Run

LAW: Final = "道路运输条例 art. 62"
"""Lets an authority hold a vehicle whose driver can show no certificate (暂扣)."""

NOT_LISTED: Final = pb.NoCompulsionAnswer(ruleset="渝交规〔2023〕8号", reason="非法客运不在不予行政强制事项清单内")
"""The list of matters without compulsion is asked before a seizure."""


@dataclass(frozen=True, slots=True)
class Handlers:
    """Who handles a case."""

    leader: Officer
    team: tuple[Officer, ...]
    case_number: str


HANDLERS: Final = {
    B: Handlers(cast.LUXIAN_DEPUTY, cast.INVESTIGATORS, "泸县交罚〔2024〕1218号"),
    A: Handlers(cast.YONGCHUAN_LEADER, cast.YONGCHUAN_TEAM[:2], "永川交罚〔2024〕0917号"),
}


async def tell(run: Run) -> None:
    """From the clue to the seizure, at 泸县 and at 永川."""
    with run.chapter("立案与扣押：一案一主", "Two cases, each of one owner: filing, officers, evidence, seizure"):
        await run.at(f"{DAY} 10:50")
        for post in HANDLERS:
            await file(run, post)
        for post in HANDLERS:
            await seize(run, post)


async def file(run: Run, post: Post) -> None:
    """The finding is a clue in the owner's case handling; a leader files it and names two officers."""
    handlers, letter = HANDLERS[post], post.checkpoint_id
    acknowledged = await run.until(
        LEADERS[post.competent_id],
        field.GetParticipationRequest(participation_id=run.facts.participations[post.competent_id]),
        lambda answer: any(one.case_id for one in answer.findings),
        "线索登记",
    )
    case_id = run.facts.cases[letter] = acknowledged.findings[0].case_id
    filing = commands.FileCaseRequest(
        case_id=case_id, case_number=handlers.case_number, party=PARTIES[post], basis="行政处罚法 art. 54"
    )
    zh, en = f"立案：{handlers.case_number}", f"files the case {handlers.case_number}"
    await run.act(handlers.leader, f"case/{letter}/file", filing, zh, en)
    await run.refused(
        LEADERS[post.competent_id],
        f"case/{letter}/one-officer",
        commands.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(handlers.team[0])),
        "TWO_OFFICERS_NEEDED",
        "指派办案人员，只有1人",
        "assigns one officer only",
    )
    assignment = commands.AssignOfficersRequest(case_id=case_id, officer_ids=run.ids(*handlers.team))
    zh, en = f"指派办案人员：{'、'.join(one.name for one in handlers.team)}", "assigns two officers"
    await run.act(LEADERS[post.competent_id], f"case/{letter}/officers", assignment, zh, en)


async def seize(run: Run, post: Post) -> None:
    """Evidence with its files, then the vehicle is seized: approved first, by two officers, with a list."""
    handlers, letter = HANDLERS[post], post.checkpoint_id
    case_id, investigator = run.facts.cases[letter], handlers.team[0]
    await run.later(5)
    photo = pdf(f"执法记录截图（{letter}）", SUSPECTS[post], VEHICLES[post].transport_certificate_number, FACTS[post])
    evidence = commands.AddEvidenceRequest(
        case_id=case_id,
        evidence_id=run.id(f"evidence/{letter}/photo"),
        kind=pb.EVIDENCE_KIND_AUDIOVISUAL,
        description="执法记录仪画面：车辆、乘客与所持证件",
        place=post.place,
        file=await run.file(investigator, photo),
        collector_ids=run.ids(*handlers.team),
    )
    zh, en = f"取证：{photo.file_name}，SHA-256 {photo.ref.sha256.hex()[:16]}…", "adds evidence with its file's hash"
    await run.act(investigator, f"case/{letter}/evidence", evidence, zh, en)
    await run.act(
        handlers.leader,
        f"case/{letter}/approve-seizure",
        commands.ApproveMeasureRequest(
            case_id=case_id,
            measure_id=run.id(f"measure/{letter}/vehicle"),
            kind=pb.MEASURE_KIND_SEIZURE,
            law_basis=LAW,
            reason="当事人未能出示有效道路运输证",
            no_compulsion=NOT_LISTED,
        ),
        f"批准扣押车辆（{LAW}）",
        "approves the seizure of the vehicle",
    )
    await run.later(5)
    await run.act(
        investigator, f"case/{letter}/seize", await seizure(run, post, "vehicle"), "扣押车辆1台", "seizes the vehicle"
    )
    handling = field.RecordHandlingRequest(
        participation_id=run.facts.participations[post.competent_id],
        inspection_id=run.id(f"inspection/{letter}/1"),
        finding_id=run.facts.findings[letter],
        handling=field_events.HANDLING_SEIZED,
        officer_ids=run.ids(*post.team[:2]),
    )
    await run.act(post.team[0], f"finding/{letter}/handling", handling)


async def seizure(run: Run, post: Post, what: str) -> commands.SeizeRequest:
    """The seizure of a vehicle that a leader approved under the name `what`."""
    letter, team = post.checkpoint_id, HANDLERS[post].team
    vehicle = f"{VEHICLES[post].type} {SUSPECTS[post]}"
    shown = [pb.Item(description=f"道路运输证 {CERTIFICATE}", quantity=1)] if post is B else []
    items = [pb.Item(description=vehicle, quantity=1), *shown]
    decision = pdf(f"扣押决定书（{letter}-{what}）", *(item.description for item in items), LAW)
    scene = pdf(f"现场笔录（{letter}-{what}）", post.place.description, f"当事人{PARTIES[post].name}在场")
    return commands.SeizeRequest(
        case_id=run.facts.cases[letter],
        measure_id=run.id(f"measure/{letter}/{what}"),
        items=items,
        vehicle_count=1,
        present=f"当事人{PARTIES[post].name}",
        place=post.place,
        officer_ids=run.ids(*team),
        record=await run.file(team[0], decision),
        presence=pb.PRESENCE_PARTY,
        informed=True,
        scene_record=await run.file(team[0], scene),
        delivered=True,
    )
