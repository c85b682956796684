"""双随机抽取：泸县牵头、永川见证，双方各自承诺并公开种子；任何人凭记录重复抽取；不能另抽一次再选。

两家单位各自的节点，承诺与公开用命令行，如同两位负责人各在自己的终端上。
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from enforcement.joint_operations.v1 import draw_pb2 as draws
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import service_pb2 as joint

from deploy.local.story import cast
from deploy.local.story.cast import AT_B, LUXIAN, YONGCHUAN
from deploy.local.story.posts import DAY, B
from deploy.local.story.run import Run
from tests.scenarios.at_09 import refusal
from tests.support.command_line import CommandLine, command_line
from tests.support.system import run_on, system

AT = "2024-12-17 10:00"
COMPANIES = [f"91510521{n:010}" for n in range(6)]


@dataclass(slots=True)
class Day:
    """An operation that is to be drawn for, and both sides' terminals."""

    run: Run
    operation_id: str
    lead: CommandLine
    witness: CommandLine
    folder: Path

    def prepare(self) -> draws.PrepareDrawRequest:
        return draws.PrepareDrawRequest(
            operation_id=self.operation_id,
            witness_id=YONGCHUAN,
            object_ids=COMPANIES,
            officer_ids=self.run.ids(*AT_B),
            object_count=2,
            team_size=2,
        )

    async def until(self, side: cast.Officer, draw_id: str, *stages: str) -> Any:
        """The draw as a side has it, once it stands so."""
        asked = draws.GetDrawRequest(draw_id=draw_id)
        return await self.run.until(side, asked, lambda told: told.stage in stages, stages[0])


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Day]:
    async with system(LUXIAN, YONGCHUAN) as cluster, run_on(cluster) as run:
        await run.at("2024-12-17 09:00")
        checkpoint = joint.CheckpointPlan(checkpoint_id="B", place=B.place, competent_id=LUXIAN)
        plan = joint.PlanOperationRequest(
            name="道路运输企业双随机检查",
            operation_type=pb.OPERATION_TYPE_RANDOM_DRAW,
            purpose="双随机、一公开",
            starts_on=DAY,
            ends_on=DAY,
            checkpoints=[checkpoint],
        )
        operation_id = (await run.act(cast.LUXIAN_CHIEF, "plan", plan)).id
        await run.at(AT)
        sides = {
            one.authority_id: command_line(cluster, one.authority_id, run.officer_id(one))
            for one in (cast.LUXIAN_CHIEF, cast.YONGCHUAN_CHIEF)
        }
        yield Day(run, operation_id, sides[LUXIAN], sides[YONGCHUAN], tmp_path)


async def test_a_draw_of_two_authorities_is_repeated_by_anybody_and_stands_alone(day: Day) -> None:
    run, lead, witness = day.run, cast.LUXIAN_CHIEF, cast.YONGCHUAN_CHIEF
    given_up = (await run.act(lead, "first", day.prepare())).id
    assert await refusal(run, lead, day.prepare()) == "DRAW_STANDING"
    await run.act(lead, "give up", draws.AbandonDrawRequest(draw_id=given_up, reason="名录有误"))
    await run.settled()
    draw_id = (await run.act(lead, "second", day.prepare())).id
    off_duty = draws.ExcludeFromDrawRequest(
        draw_id=draw_id,
        officer_id=run.officer_id(AT_B[3]),
        ground=draws.EXCLUSION_GROUND_OFF_DUTY,
        reason="培训",
    )
    await run.act(lead, "exclude", off_duty)
    seeds = {side: ("--seed-file", str(day.folder / f"{side}.txt"), "--at", AT) for side in ("lead", "witness")}
    await day.until(lead, draw_id, "已准备")
    await day.lead("operation", "draw", "commit", draw_id, *seeds["lead"])
    await day.until(witness, draw_id, "待承诺")
    await day.witness("operation", "draw", "commit", draw_id, *seeds["witness"])
    await day.until(lead, draw_id, "双方已承诺")
    await day.lead("operation", "draw", "reveal", draw_id, *seeds["lead"])
    asked = draws.GetDrawRequest(draw_id=draw_id)
    await run.until(witness, asked, lambda told: told.lead_seed, "lead's seed")
    await day.witness("operation", "draw", "reveal", draw_id, *seeds["witness"])
    await day.until(witness, draw_id, "已复核")
    files = []
    for side, at in (("lead", day.lead), ("witness", day.witness)):
        files.append(day.folder / f"{side}.json")
        files[-1].write_text(json.dumps(await at("operation", "draw", "show", draw_id)), encoding="utf-8")
    told = await day.lead("operation", "draw", "verify", str(files[0]), "--against", str(files[1]))
    assert (told["fair"], told["differences"]) == (True, [])
    shown = await day.until(lead, draw_id, "已抽取")
    assert run.officer_id(AT_B[3]) not in {one for drawn in shown.drawn for one in drawn.officer_ids}
    assert await refusal(run, cast.LUXIAN_CHIEF, day.prepare()) == "DRAW_STANDING"
