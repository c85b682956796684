"""What officers ask at the command line about many cases: found, due, gone through; and what the auditor asks."""

import asyncio
import json
import os
import sys
from typing import Any

import pytest
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options

from deploy.local.story import cast
from deploy.local.story.run import Run
from services.kernel.messages import to_timestamp
from tests.integration.cases.conftest import BUREAU, imported

AUDITOR = cast.Officer(BUREAU, "cli-auditor", "审计", "数据保护审计员", (options.ROLE_DATA_AUDITOR,))


@pytest.fixture(scope="module")
async def run(bureau: Run) -> Run:
    """A case that is overdue, and an auditor."""
    fields = {"registered_on": "2024-07-30", "act_on": "2024-07-29", "filed_on": "2024-08-01"}
    await bureau.administer(BUREAU, imported("cli", facts="于得胜镇路口载客", **fields))
    await bureau.administer(
        BUREAU,
        officers.RegisterOfficerRequest(
            command_id=bureau.id("step/register/cli-auditor"),
            officer_id=bureau.officer_id(AUDITOR),
            occurred_at=to_timestamp(bureau.now),
            name=AUDITOR.name,
            credential_number="jt-510521-9002",
            issuing_body="故事中的发证机关",
            valid_from_on="2023-01-01",
            valid_to_on="2027-12-31",
            roles=AUDITOR.roles,
        ),
    )
    return bureau


async def said(run: Run, officer: cast.Officer, *arguments: str) -> tuple[int, str]:
    layout = run.cluster.layout
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli", "--env", str(layout.env_file(BUREAU)), *arguments),
        env={**os.environ, "ENFORCEMENT_TOKEN": layout.pki.token(BUREAU, run.officer_id(officer))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode()


async def asked(run: Run, officer: cast.Officer, *arguments: str) -> dict[str, Any]:
    code, out = await said(run, officer, *arguments, "--json")
    assert code == 0
    parsed: dict[str, Any] = json.loads(out)
    return parsed


async def test_a_case_is_searched_for_and_shown_masked_until_a_purpose_is_named(run: Run):
    found = await asked(run, cast.LUXIAN_DEPUTY, "case", "search", "--number", "旧案〔2024〕cli号")
    [case] = found["cases"]
    assert (case["caseNumber"], case["party"]["name"], case["masked"]) == ("旧案〔2024〕cli号", "某*", True)
    assert (await said(run, cast.LUXIAN_DEPUTY, "case", "search", "--text", "得胜镇"))[0] == 2
    code, out = await said(run, cast.LUXIAN_DEPUTY, "case", "show", case["caseNumber"], "--purpose", "decision")
    assert code == 0
    assert "某人" in out
    seen = await asked(run, AUDITOR, "audit", "list", "--case", case["caseId"], "--purpose", "decision")
    assert [one["access"]["method"] for one in seen["accesses"]] == ["cases.GetCase"]


async def test_a_search_for_a_person_without_a_purpose_is_wrong_use(run: Run):
    assert (await said(run, cast.LUXIAN_DEPUTY, "case", "search", "--party", "某人"))[0] == 2


async def test_what_is_overdue_is_listed_with_its_desk(run: Run):
    async def look() -> tuple[bool, Any]:
        answer = await asked(run, cast.LUXIAN_DEPUTY, "case", "due", "--role", "leader", "--today")
        return any(step["caseNumber"] == "旧案〔2024〕cli号" for step in answer["steps"]), answer

    answer = await run.wait(look, "期限")
    [step] = [one for one in answer["steps"] if one["caseNumber"] == "旧案〔2024〕cli号"]
    assert (step["overdue"], step["clock"]["dueOn"], step["clock"]["ruleId"]) == (True, "2024-10-30", "cases.decision")


async def test_the_history_names_the_articles(run: Run):
    code, out = await said(run, cast.LUXIAN_DEPUTY, "case", "timeline", "旧案〔2024〕cli号")
    assert code == 0
    assert "导入案件" in out
    assert "行政处罚法第47条" in out
