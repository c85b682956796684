"""The command line against a real node: data on stdout, everything else on stderr, and the exit code says what came."""

import asyncio
import base64
import json
import os
import sys
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from deploy.local.authorities import Authorities
from deploy.local.cluster import Cluster
from deploy.local.layout import Layout
from services.exchange.kafka import mailbox_topic
from services.kernel.telemetry import Metrics
from tests.integration.local.requests import invite, register_clue, register_officer
from tests.support.eventually import eventually
from tests.unit.cases.discretion import sets as rule_sets

BUREAU, PARTNER = "jt-510521", "jt-500118"


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

    def operator(self) -> str:
        return self.cluster.layout.pki.token(BUREAU, "operator", administrator=True)


@pytest.fixture(scope="module")
async def bench(place: Path) -> AsyncIterator[Bench]:
    cluster = Cluster(Layout(place, Authorities.read().only(BUREAU, PARTNER)))
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


async def test_whatever_the_contract_has_is_done_and_asked_by_its_words(bench: Bench, tmp_path: Path) -> None:
    letter = tmp_path / "线索移送函.pdf"
    letter.write_bytes(b"%PDF-1.7 clue")
    words = ("do", "cases", "register-clue", "--source", "检查发现", "--act-code", "A-1", "--act-on", "2024-12-18")
    place = json.dumps({"divisionCode": "510521", "description": "国道G321"})
    told = ("--facts", "涉嫌非法营运", "--place", place, "--attachments", str(letter))
    registered = await bench.enforcement(*words, *told, "--json", token=bench.token())
    assert registered.code == 0, registered.err
    position = registered.data["position"]
    listed = await bench.enforcement("do", "cases", "list-cases", "--min-position", position, token=bench.token())
    assert registered.data["id"] in {case["caseId"] for case in json.loads(listed.out)["cases"]}
    event = (await bench.enforcement("ledger", "show", position, "--json")).data
    [stored] = event["body"]["attachments"]
    assert stored["fileName"] == "线索移送函.pdf"


async def test_what_an_officer_may_not_do_is_not_listed_and_refused(bench: Bench) -> None:
    listed = await bench.enforcement("do", "cases", "--json", token=bench.token())
    names = {each["method"] for each in listed.data["methods"]}
    assert "register-clue" in names
    assert "not-file-case" not in names  # a leader's, and the officer is an investigator
    refused = await bench.enforcement(
        "do", "cases", "not-file-case", bench.case_id, "--reason", "-", token=bench.token()
    )
    assert refused.code != 0
    assert "CALLER_NOT_ALLOWED" in refused.err


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


async def test_the_lag_of_every_reader_is_exported(bench: Bench) -> None:
    status = (await bench.enforcement("node", "status", "--json")).data
    readers = {reader["reader"] for reader in status["readers"]}
    assert {"exchange", "policy.cases", "view.cases", "deadline.cases"} <= readers
    traces = await asyncpg.connect(bench.cluster.traces_dsn)

    async def told() -> bool:
        rows = await traces.fetch(LAGS, BUREAU, Metrics.READER_LAG.name)
        return readers <= {row["reader"] for row in rows}

    await eventually(told, within=60, what="a lag of each of them")
    await traces.close()


LAGS = "SELECT DISTINCT labels ->> 'reader' AS reader FROM metric WHERE authority_id = $1 AND name = $2"


async def test_a_case_is_traced_from_call_to_append(bench: Bench) -> None:
    async def traced() -> list[str]:
        shown = await bench.enforcement("trace", bench.case_id, "--json")
        return [span["name"] for trace in shown.data["traces"] for span in trace["spans"]] if shown.code == 0 else []

    names: list[str] = await eventually(traced, within=30)
    assert "enforcement.cases.v1.CasesService/RegisterClue" in names
    assert "append case" in names


async def test_what_others_were_told_is_shown_and_told_again(bench: Bench) -> None:
    operator = bench.operator()

    async def chain() -> dict[str, Any]:
        status = await bench.enforcement("exchange", "status", "--json", token=operator)
        assert status.code == 0, status.err
        chains = {(one["authorityId"], one["direction"]): one for one in status.data["chains"]}
        return dict(chains[PARTNER, "DIRECTION_SENT"])

    async def waiting(count: int) -> bool:
        return int(str((await chain()).get("waiting", 0))) == count

    await bench.cluster.kill(PARTNER)
    before = int((await chain()).get("seq", 0))
    async with bench.cluster.channel(BUREAU) as channel:
        invited = await invite(channel, bench.cluster.layout.pki, BUREAU, PARTNER)
    position, account = invited.position, ("operation", "account", invited.id)
    await eventually(partial(waiting, 1), within=30, what="the invitation waits for its receipt")
    alone = await bench.enforcement(*account, token=bench.token())
    assert (alone.code, f"→ {PARTNER} 尚无回执" in alone.out) == (0, True)

    again = await bench.enforcement("exchange", "resend", PARTNER, "--json", token=operator)
    assert (again.code, again.data) == (0, {"envelopes": "1"})
    refused = await bench.enforcement("exchange", "resend", PARTNER, token=bench.token())
    assert (refused.code, refused.out) == (1, "")
    assert "CALLER_NOT_ALLOWED" in refused.err
    unknown = await bench.enforcement("exchange", "resend", "jt-999999", token=operator)
    assert unknown.code == 2
    assert "UNKNOWN_AUTHORITY" in unknown.err

    one = ("exchange", "resend", PARTNER, "--position", str(position))
    assert (await bench.enforcement(*one, token=operator)).code == 2
    told = await bench.enforcement(*one, "--reason", "对方称未收到", "--json", token=operator)
    assert (told.code, int(told.data["position"])) == (0, position + 1)
    await eventually(partial(waiting, 2), within=30, what="the same event in a new envelope")

    await bench.cluster.start(PARTNER)
    await eventually(partial(waiting, 0), within=30, what="both have their receipts")
    assert int((await chain())["seq"]) == before + 2
    shown = await bench.enforcement("exchange", "deliveries", str(position), token=operator)
    assert shown.out.count(PARTNER) == 2
    reached = await bench.enforcement(*account, token=bench.token())
    assert (f"→ {PARTNER} 回执" in reached.out, "尚无回执" in reached.out) == (True, False)
    there = await bench.enforcement("operation", "show", invited.id, token=bench.token())
    assert (there.code, "打击非法营运联合执法行动" in there.out, PARTNER in there.out) == (0, True, True)
    table = await bench.enforcement("exchange", "status", token=operator)
    assert (table.code, PARTNER in table.out, "名册版本" in table.err) == (0, True, True)


async def test_what_was_not_believed_is_listed(bench: Bench) -> None:
    nonsense = b"\xff no envelope"
    async with AIOKafkaProducer(bootstrap_servers=bench.cluster.broker.bootstrap) as producer:
        await producer.send_and_wait(mailbox_topic(BUREAU), nonsense)

    async def kept() -> list[dict[str, Any]]:
        listed = await bench.enforcement("exchange", "quarantine", "--json", token=bench.operator())
        assert listed.code == 0, listed.err
        return list(listed.data["entries"])

    (entry,) = await eventually(kept, within=30, what="it is kept aside")
    assert (entry["code"], entry["carrier"], entry["times"]) == ("MALFORMED", "kafka", "1")
    digest = sha256(nonsense).digest()
    assert base64.b64decode(entry["digest"]) == digest
    table = await bench.enforcement("exchange", "quarantine", "--code", "MALFORMED", token=bench.operator())
    assert "MALFORMED" in table.out
    assert digest.hex()[:16] in table.out
    others = await bench.enforcement(
        "exchange", "quarantine", "--code", "BAD_SIGNATURE", "--json", token=bench.operator()
    )
    assert (others.code, others.data["entries"]) == (0, [])
    status = await bench.enforcement("exchange", "status", "--json", token=bench.operator())
    assert status.data["quarantined"] == "1"


async def test_what_ops_watch_is_exported(bench: Bench) -> None:
    watched = {
        metric.name
        for metric in (
            Metrics.APPEND_DURATION,
            Metrics.READER_LAG,
            Metrics.OUTBOUND_AGE,
            Metrics.INBOX,
            Metrics.QUARANTINE,
            Metrics.DEADLINES_DUE,
        )
    }
    traces = await asyncpg.connect(bench.cluster.traces_dsn)

    async def missing() -> set[str]:
        rows = await traces.fetch("SELECT DISTINCT name FROM metric WHERE authority_id = $1", BUREAU)
        return watched - {row["name"] for row in rows}

    async def all_there() -> bool:
        return not await missing()

    await eventually(all_there, within=60, what=f"all of {sorted(watched)} are exported")
    await traces.close()


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
    adopted = await bench.enforcement("rules", "adopt", str(file), "--json", token=bench.operator())
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
