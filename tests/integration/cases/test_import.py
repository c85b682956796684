"""Cases of an older system come over whole, once, and go on here: the command line against a real node."""

import asyncio
import csv
import json
import os
import signal
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import queries_pb2 as queries
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import service_pb2 as deadlines

from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.run import Run
from services.cases.import_ids import case_id_of
from tests.integration.cases.conftest import BUREAU, imported, pieces
from tests.support.eventually import eventually

ONE, TWO = cast.LUXIAN_TEAM[0], cast.LUXIAN_TEAM[1]
PURPOSE = audit.PURPOSE_SUPERVISION
MAPPING = """
[source]
system = "{system}"
external_id = "ID"
as_of = 2024-12-15T18:00:00+08:00
officers = "credential_number"
[columns]
stage = "状态"
case_number = "案号"
act_code = "案由"
act_on = "违法日期"
registered_on = "登记日期"
filed_on = "立案日期"
facts = "事实"
"party.name" = "当事人"
officer_ids = "承办人"
[constants]
source = "检查发现"
"party.kind" = "个人"
"place.division_code" = "510521"
[codes.stage]
"立案" = "已立案"
"办理中" = "调查中"
"听证中" = "听证"
"""


def lawful(number: int, **values: str) -> dict[str, str]:
    row = {
        "ID": f"{number}",
        "状态": "立案",
        "案号": f"旧〔2024〕{number}号",
        "案由": "RTR-63",
        "违法日期": "2024-11-01",
        "登记日期": "2024-11-02",
        "立案日期": "2024-11-04",
        "事实": "未取得道路运输经营许可",
        "当事人": f"当事人{number}",
        "承办人": "",
    }
    return {**row, **values}


@dataclass(frozen=True)
class Said:
    code: int
    counts: dict[str, int]
    err: str


@dataclass(frozen=True)
class Site:
    """A file of an older system beside the command line of a bureau."""

    run: Run
    folder: Path
    system: str

    @property
    def report(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "report.jsonl").read_text(encoding="utf-8").splitlines()]

    def write(self, rows: Iterable[Mapping[str, str]]) -> None:
        (self.folder / "mapping.toml").write_text(MAPPING.format(system=self.system), encoding="utf-8")
        found = [{**row, "案号": f"{self.system}{row['案号']}"} for row in rows]
        with (self.folder / "cases.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(found[0]))
            writer.writeheader()
            writer.writerows(found)

    async def start(self, *options: str) -> asyncio.subprocess.Process:
        layout = self.run.cluster.layout
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli", "--env", str(layout.env_file(BUREAU)), "case", "import"),
            *(str(self.folder / "cases.csv"), "--mapping", str(self.folder / "mapping.toml")),
            *("--report", str(self.folder / "report.jsonl"), "--json", *options),
            env={**os.environ, "ENFORCEMENT_TOKEN": layout.pki.token(BUREAU, "ops", administrator=True)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run_import(self, *options: str) -> Said:
        process = await self.start(*options)
        out, err = await asyncio.wait_for(process.communicate(), 90)
        return Said(process.returncode or 0, json.loads(out) if out else {}, err.decode())

    async def recorded(self) -> list[tuple[str, int]]:
        """Streams of this system's cases in the ledger, and how many events each has."""
        connection = await asyncpg.connect(self.run.cluster.dsn(BUREAU))
        try:
            rows = await connection.fetch(
                "SELECT stream_id, version FROM ledger.stream WHERE category = 'case' AND stream_id = ANY ($1)",
                [case_id_of(self.system, str(number)) for number in range(5_000)],
            )
        finally:
            await connection.close()
        return [(str(row["stream_id"]), row["version"]) for row in rows]


@pytest.fixture
def site(bureau: Run, tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    return Site(bureau, tmp_path, f"old-{abs(hash(request.node.name)) % 10**8}")


async def test_a_dry_run_tells_every_row_that_would_be_refused_and_why_and_writes_nothing(site: Site):
    site.write([
        lawful(1),
        lawful(2, 立案日期="2024年11月4日"),
        lawful(3, 状态="听证中"),
        lawful(4, 立案日期="2024-10-30"),
        lawful(5, 状态="办理中", 承办人="jt-510521-0004"),
        lawful(1, 当事人="另一人"),
        lawful(7, 当事人=""),
        lawful(8, 立案日期="2024-12-17"),
    ])  # fmt: skip
    said = await site.run_import("--dry-run")
    assert (said.code, said.counts) == (1, {"would_import": 1, "unchanged": 0, "changed": 0, "refused": 7, "rows": 8})
    told = {
        entry["row"]: [(one["field"], one["reason"], one["column"]) for one in entry["faults"]] for entry in site.report
    }
    assert told == {
        3: [("filed_on", "NOT_A_DAY", "立案日期")],
        4: [("stage", "IMPORT_STAGE", "状态")],
        5: [("filed_on", "IMPORT_DAYS_OUT_OF_ORDER", "立案日期")],
        6: [("officer_ids", "TWO_OFFICERS_NEEDED", "承办人")],
        7: [("external_id", "TWICE_IN_FILE", "ID")],
        8: [("party.name", "IMPORT_FIELD_MISSING", "当事人")],
        9: [("filed_on", "IMPORT_AFTER_EXPORT", "立案日期")],
    }
    reasons = {entry["row"]: entry["faults"][0]["zh"] for entry in site.report}
    assert reasons[5] == "立案日期（2024-10-30）早于线索登记日期（2024-11-02）"
    assert await site.recorded() == []


async def test_an_import_repeated_changes_nothing_and_a_changed_row_is_a_difference(site: Site):
    site.write([lawful(number) for number in range(1, 31)])
    assert (await site.run_import()).counts["imported"] == 30
    assert (await site.run_import()).counts == {"imported": 0, "unchanged": 30, "changed": 0, "refused": 0, "rows": 30}
    site.write([lawful(1, 当事人="改名"), lawful(2), lawful(31)])
    said = await site.run_import()
    assert (said.code, said.counts) == (1, {"imported": 1, "unchanged": 1, "changed": 1, "refused": 0, "rows": 3})
    assert [(entry["external_id"], entry["outcome"]) for entry in site.report] == [("1", "changed")]
    request = cases.GetCaseRequest(case_id=str(case_id_of(site.system, "1")), purpose=PURPOSE)
    shown = await site.run.ask(cast.LUXIAN_DEPUTY, request)
    assert shown.case.party.name == "当事人1"
    assert {version for _, version in await site.recorded()} == {1}


async def test_an_import_that_was_killed_goes_on_where_it_was_and_nothing_is_half_there(site: Site):
    site.write([lawful(number) for number in range(1_500)])
    first = await site.start()

    async def some() -> bool:
        return len(await site.recorded()) > 100

    await eventually(some, within=60)
    first.send_signal(signal.SIGKILL)
    await first.communicate()
    before = len(await site.recorded())
    assert 100 < before < 1_500
    said = await site.run_import()
    assert (said.code, said.counts["refused"], said.counts["changed"]) == (0, 0, 0)
    assert said.counts["imported"] + said.counts["unchanged"] == 1_500
    assert said.counts["unchanged"] >= before - 1
    recorded = await site.recorded()
    assert len(recorded) == 1_500
    assert {version for _, version in recorded} == {1}


async def test_a_number_that_another_case_has_is_refused(site: Site):
    site.write([lawful(1)])
    await site.run_import()
    site.write([lawful(2, 案号="旧〔2024〕1号")])
    assert (await site.run_import()).code == 1
    assert [one["reason"] for one in site.report[0]["faults"]] == ["IMPORT_NUMBER_TAKEN"]


async def test_a_file_without_a_column_of_the_mapping_is_wrong_use(site: Site):
    rows = [{name: value for name, value in lawful(1).items() if name != "案由"}]
    site.write(rows)
    said = await site.run_import()
    assert said.code == 2
    assert "案由" in said.err


async def test_only_the_administrator_imports(site: Site):
    with pytest.raises(Refused) as refused:
        await site.run.ask(cast.LUXIAN_HEAD, imported("by-the-head"))
    assert refused.value.reason == "CALLER_NOT_ALLOWED"


async def test_ids_that_do_not_follow_from_the_external_id_are_refused(site: Site):
    command = imported("foreign")
    command.imported.external_id = "other"
    with pytest.raises(Refused) as refused:
        await site.run.administer(BUREAU, command)
    assert refused.value.reason == "IMPORT_ID"


async def test_clocks_of_an_imported_case_run_from_the_days_of_the_older_system(site: Site):
    fine = [events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=300_000)]
    command = imported("served", stage="已送达", decided_on="2024-12-02", served_on="2024-12-05", penalties=fine)
    recorded = await site.run.administer(BUREAU, command)
    request = deadlines.ListDeadlinesRequest(subject_id=command.case_id, min_position=recorded.position)
    answer = await site.run.until(cast.LUXIAN_DEPUTY, request, lambda seen: len(seen.clocks) == 2, "期限")
    ends = {clock.rule_id: clock.due_on for clock in answer.clocks}
    assert ends == {"cases.reconsideration": "2025-02-05", "cases.suit": "2025-06-05"}


async def test_the_officers_of_an_imported_case_go_on_with_it(site: Site):
    run = site.run
    command = imported("goes-on", stage="调查中", officer_ids=run.ids(ONE, TWO), evidence=pieces("goes-on", "现场笔录"))
    await run.administer(BUREAU, command)
    report = common.BlobRef(sha256=b"\x01" * 32, size=1, media_type="application/pdf", file_name="调查报告.pdf")
    close = cases.CloseInvestigationRequest(case_id=command.case_id, facts="调查终结", report=report)
    await run.act(ONE, "imported/close", close)
    shown = await run.ask(ONE, cases.GetCaseRequest(case_id=command.case_id))
    assert shown.case.summary.stage == "调查终结"


async def test_an_imported_case_is_found_like_any_other(site: Site):
    await site.run.administer(BUREAU, imported("found", facts="经查于隆纳高速泸县南收费站"))
    answer = await site.run.ask(cast.LUXIAN_DEPUTY, queries.SearchCasesRequest(text="隆纳高速", purpose=PURPOSE))
    assert [one.case_number for one in answer.cases] == ["旧案〔2024〕found号"]


async def test_what_would_happen_is_answered_for_each_case_of_a_request(site: Site):
    await site.run.administer(BUREAU, imported("known"))
    changed = imported("known")
    changed.imported.row_sha256 = b"\x02" * 32
    broken = imported("broken", stage="未知")
    request = imports.CheckImportsRequest(cases=[imported("known"), changed, broken, imported("new")])
    answer = await site.run.administer(BUREAU, request)
    assert [one.verdict for one in answer.checks] == [
        imports.IMPORT_VERDICT_UNCHANGED,
        imports.IMPORT_VERDICT_CHANGED,
        imports.IMPORT_VERDICT_REFUSED,
        imports.IMPORT_VERDICT_NEW,
    ]
