"""The command line against a real node: data on stdout, everything else on stderr, and the exit code says what came."""

import asyncio
import json
import os
import sys
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from tests.integration.local.requests import register_clue, register_officer
from tests.support.eventually import eventually
from tests.unit.cases.discretion import sets as rule_sets

BUREAU = "jt-510521"


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed


@dataclass(frozen=True)
class Bench:
    """A running node with one officer and one clue, and the command line beside it."""

    cluster: Cluster
    officer_id: str
    case_id: str
    position: int

    async def enforcement(self, *arguments: str, token: str = "", env: str | None = None, **settings: str) -> Said:
        file = str(self.cluster.layout.env_file(BUREAU)) if env is None else env
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", "--env", file, *arguments,
            env={**os.environ, "ENFORCEMENT_TOKEN": token, **settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(), 60)
        return Said(process.returncode or 0, out.decode(), err.decode())

    def token(self) -> str:
        return self.cluster.layout.pki.token(BUREAU, self.officer_id)


@pytest.fixture(scope="module")
async def bench(place: Path) -> AsyncIterator[Bench]:
    cluster = Cluster(Layout(place, Authorities.read().only(BUREAU)))
    async with cluster.running(), cluster.channel(BUREAU) as channel:
        registered = await register_officer(channel, cluster.layout.pki, BUREAU)
        clue = await register_clue(channel, cluster.layout.pki, BUREAU, registered.id)
        yield Bench(cluster, registered.id, clue.id, clue.position)


async def test_a_token_from_the_command_line_opens_the_node(bench: Bench) -> None:
    token = (await bench.enforcement("token", bench.officer_id)).out.strip()
    shown = await bench.enforcement("case", "show", bench.case_id, "--json", token=token)
    assert shown.code == 0
    assert shown.data["case"]["summary"]["caseId"] == bench.case_id
    assert shown.data["entries"][0]["position"] == str(bench.position)


async def test_people_get_a_table_and_a_hint_beside_it(bench: Bench) -> None:
    shown = await bench.enforcement("case", "show", bench.case_id, token=bench.token())
    assert "国道G246" in shown.out
    assert "+08:00" in shown.out
    assert f"enforcement trace {bench.case_id}" in shown.err
    assert "enforcement trace" not in shown.out


async def test_english_readers_get_english_headings(bench: Bench) -> None:
    shown = await bench.enforcement("case", "list", token=bench.token(), ENFORCEMENT_LANG="en")
    assert "number" in shown.out
    assert "案号" not in shown.out


async def test_other_cases_about_an_act_and_penalties_on_the_spot_are_asked_for(bench: Bench) -> None:
    warned = await bench.enforcement("case", "warnings", bench.case_id, "--json", token=bench.token())
    assert (warned.code, warned.data["matches"]) == (0, [])
    listed = await bench.enforcement("on-spot", "list", token=bench.token())
    assert listed.code == 0
    assert "决定书编号" in listed.out
    missing = await bench.enforcement("on-spot", "show", str(uuid4()), token=bench.token())
    assert missing.code == 1
    assert "NOT_FOUND" in missing.err


async def test_a_refusal_is_exit_code_1_with_its_reason(bench: Bench) -> None:
    shown = await bench.enforcement("case", "show", str(uuid4()), token=bench.token())
    assert (shown.code, shown.out) == (1, "")
    assert "NOT_FOUND" in shown.err


async def test_without_a_token_the_hint_says_where_to_get_one(bench: Bench) -> None:
    shown = await bench.enforcement("case", "list")
    assert shown.code == 1
    assert "enforcement token" in shown.err


async def test_the_ledger_is_shown_tailed_and_counted(bench: Bench) -> None:
    tail = (await bench.enforcement("ledger", "tail", "--type", "ClueRegistered", "--json")).data
    assert [event["streamId"] for event in tail["events"]] == [bench.case_id]
    event = (await bench.enforcement("ledger", "show", str(bench.position), "--json")).data
    assert event["body"]["facts"] == "涉嫌非法营运"
    stats = (await bench.enforcement("ledger", "stats", "--json")).data
    assert {row["category"]: row["events"] for row in stats["categories"]}["case"] == 1


async def test_following_the_ledger_ends_cleanly_with_ctrl_c(bench: Bench) -> None:
    file = str(bench.cluster.layout.env_file(BUREAU))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "--env", file, "ledger", "tail", "--follow", "--json",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    first = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    process.send_signal(2)
    assert (first["position"], await asyncio.wait_for(process.wait(), 30)) == ("1", 0)


async def test_clocks_and_readers_are_listed(bench: Bench) -> None:
    listed = await bench.enforcement(
        "deadlines", "--status", "running", "--status", "missed", "--within", "48", "--json", token=bench.token()
    )
    assert listed.code == 0
    assert isinstance(listed.data["clocks"], list)
    status = (await bench.enforcement("node", "status", "--json")).data
    assert status["health"] == "SERVING"
    assert "view.cases" in {reader["reader"] for reader in status["readers"]}
    assert (await bench.enforcement("node", "parked", "--json")).data == {"parked": []}


async def test_a_case_is_traced_from_call_to_append(bench: Bench) -> None:
    async def traced() -> list[str]:
        shown = await bench.enforcement("trace", bench.case_id, "--json")
        return [span["name"] for trace in shown.data["traces"] for span in trace["spans"]] if shown.code == 0 else []

    names: list[str] = await eventually(traced, within=30)
    assert "enforcement.cases.v1.CasesService/RegisterClue" in names
    assert "append case" in names


async def test_keys_are_made_carded_and_checked(bench: Bench) -> None:
    listed = (await bench.enforcement("keys", "list", "--json")).data
    card = (await bench.enforcement("keys", "card", "--json")).data
    fingerprints = {key["fingerprint"] for key in listed["keys"] if key["own"]}
    assert fingerprints == {key["fingerprint"] for key in card["keys"]}
    registry = str(bench.cluster.layout.node(BUREAU) / "members.toml")
    assert (await bench.enforcement("keys", "check", registry)).code == 0


async def test_a_card_can_be_pasted_into_a_registry(bench: Bench) -> None:
    card = tomllib.loads((await bench.enforcement("keys", "card")).out)
    assert [key["role"] for key in card["member"][0]["key"]] == ["seal", "box"]


async def test_a_registry_with_a_stolen_key_is_found_bad(bench: Bench) -> None:
    good = (bench.cluster.layout.node(BUREAU) / "members.toml").read_text()
    bad = bench.cluster.layout.folder / "bad.toml"
    bad.write_text(good.replace(f'id = "{BUREAU}"', 'id = "jt-500118"'))
    checked = await bench.enforcement("keys", "check", str(bad))
    assert checked.code == 4
    assert "NO_POSSESSION" in checked.err


async def test_a_rule_set_is_put_in_force_by_an_administrator_and_listed(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "lists.toml"
    file.write_bytes(rule_sets.content(more='confirmed_by = "测试"'))
    refused = await bench.enforcement("rules", "adopt", str(file), token=bench.token())
    assert (refused.code, refused.out) == (1, "")
    operator = bench.cluster.layout.pki.token(BUREAU, "operator", administrator=True)
    adopted = await bench.enforcement("rules", "adopt", str(file), "--json", token=operator)
    assert adopted.code == 0, adopted.err
    listed = await bench.enforcement(
        "rules", "list", "--json", "--min-position", adopted.data["position"], token=bench.token()
    )
    (one,) = listed.data["ruleSets"]
    assert (one["code"], one["version"], one["entries"], one["inForce"]) == ("test-lists", 1, 5, True)
    assert one["digest"] == rule_sets.SETS[0].content_hash


async def test_migrating_again_applies_nothing(bench: Bench) -> None:
    dsn = bench.cluster.postgres.dsn(BUREAU)
    assert (await bench.enforcement("migrate", "--dsn", dsn, "--json")).data == {"applied": []}


async def test_a_database_that_refuses_says_so_without_a_traceback(bench: Bench) -> None:
    refused = await bench.enforcement("migrate", "--dsn", bench.cluster.dsn(BUREAU, "cases"))
    assert (refused.code, refused.out) == (1, "")
    assert "数据库拒绝" in refused.err
    assert "Traceback" not in refused.err


async def test_an_audit_that_finds_something_is_exit_code_4(bench: Bench) -> None:
    assert (await bench.enforcement("ledger", "verify")).code == 0
    admin = await asyncpg.connect(bench.cluster.postgres.dsn(BUREAU))
    await admin.execute("SET session_replication_role = replica")
    changed = "UPDATE ledger.event SET body = body || '\\x00'::bytea WHERE position = $1"
    await admin.execute(changed, bench.position)
    verified = await bench.enforcement("ledger", "verify", "--json")
    await admin.execute(
        "UPDATE ledger.event SET body = substring(body for length(body) - 1) WHERE position = $1", bench.position
    )
    await admin.close()
    assert verified.code == 4
    assert [finding["problem"] for finding in verified.data["findings"]] == ["HASH"]


async def test_a_node_that_does_not_answer_is_exit_code_3(bench: Bench) -> None:
    await bench.cluster.kill(BUREAU)
    shown = await bench.enforcement("case", "list", token=bench.token())
    await bench.cluster.start(BUREAU)
    assert shown.code == 3
    assert "make status" in shown.err
