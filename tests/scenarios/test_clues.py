"""纪检监察线索移送：只有知悉范围内的人看得到；发现单位只收到回执和处置结果；别处不留任何痕迹。

The clue's words, its ids and every name that has to do with it are looked for in all that is stored: the databases of
all authorities, the trace store, every log, every byte of every topic.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.officers.v1 import service_pb2 as officers
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import discipline_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as transfer

from deploy.local.authorities import LocalAuthority
from deploy.local.layout import TELEMETRY
from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.cast import LUXIAN, PROCURATORATE, SICHUAN
from deploy.local.story.run import Run
from deploy.local.story.search import Finder, search_database, search_logs, search_topics
from services.kernel.authority import Authority
from services.kernel.messages import to_timestamp
from tests.support.eventually import eventually
from tests.support.system import file_case, run_on, system

BODY = "jw-510521"
SUPERVISION = LocalAuthority(Authority(BODY, "泸县监察委员会"), "Luxian Supervisory Commission", ())
KEEPER = cast.Officer(BODY, "keeper", "顾明", "线索专管人员", (options.ROLE_CLUE_KEEPER,))
OTHER_KEEPER = cast.Officer(BODY, "keeper-2", "纪平", "线索专管人员", (options.ROLE_CLUE_KEEPER,))
INQUIRER = cast.Officer(BODY, "inquirer", "岳清", "承办人员", (options.ROLE_INVESTIGATOR,))
FINDER, WITNESS, STRANGER = cast.LUXIAN_TEAM[0], cast.LUXIAN_TEAM[1], cast.LUXIAN_TEAM[2]
PERSON, MATTER, PAPER, REASON = "樊某甲科长", "收受砂石企业茶叶与现金", "账本一册共四十七页", "协助当面移送账本"
CONTENT = pb.ClueContent(
    kind=pb.MISCONDUCT_KIND_CORRUPTION,
    person=PERSON,
    matter=MATTER,
    attachments=[pb.ClueAttachment(title="照片", media_type="image/jpeg", content="镜头里的信封".encode())],
    by_hand=PAPER,
)
REGISTER_NUMBER = "泸监收〔2025〕第九号"
WORDS = [PERSON, MATTER, PAPER, "镜头里的信封", REGISTER_NUMBER]
"""What the clue and its receipt say."""
NAMES = ["NoteClue", "GetClue", "ListClues", "SendClue", "ClueNoted", "RestrictedLetter", "RestrictedClock"]
NAMES += ["restricted.clue", "TakeClue", "RecordClueAnswer", "SignClueReceipt"]
"""What would say that there was one."""
CATEGORIES = ["discipline_clue", "received_clue"]
"""The same; but every database names them among those that its roles may append to."""


@pytest.fixture(scope="module")
async def told() -> AsyncIterator[Run]:
    """A clue that is noted, found out of reach by others, sent late, received and answered."""
    parts = system(LUXIAN, PROCURATORATE, SICHUAN, also=[SUPERVISION])
    async with parts as cluster, run_on(cluster) as run:
        await run.at("2025-04-08 09:00")
        await _register(run)
        noted = pb.NoteClueRequest(
            content=CONTENT,
            reader_ids=run.ids(WITNESS),
            concerned_ids=run.ids(cast.LUXIAN_DEPUTY),
        )
        run.facts.cases["clue"] = (await run.act(FINDER, "note", noted)).id
        # Three working days from the 8th end with the 11th.
        await run.at("2025-04-12 00:01")
        await run.until(FINDER, _own(run), lambda answer: answer.clue.overdue, "the clue is overdue")
        admit = pb.AdmitClueReaderRequest(
            clue_id=_clue(run), officer_id=run.officer_id(cast.LUXIAN_TEAM[3]), reason=REASON
        )
        await run.act(WITNESS, "admit", admit)
        await run.act(FINDER, "send", pb.SendClueRequest(clue_id=_clue(run), receiver_id=BODY))
        await run.settled()
        (arrived,) = (await run.ask(KEEPER, pb.ListCluesRequest())).clues
        run.facts.cases["theirs"] = arrived.clue_id
        sign = pb.SignClueReceiptRequest(
            clue_id=arrived.clue_id, register_number=REGISTER_NUMBER, reader_ids=run.ids(INQUIRER)
        )
        await run.act(KEEPER, "sign", sign)
        outcome = pb.TellClueOutcomeRequest(clue_id=arrived.clue_id, outcome=pb.CLUE_OUTCOME_FILED)
        await run.act(INQUIRER, "outcome", outcome)
        await run.later(1)
        # Something that leaves traces, after everything that must not.
        await file_case(run)
        await run.ask(FINDER, transfer.ListTransfersRequest())
        await run.settled()
        yield run


async def test_who_found_it_has_receipt_and_outcome(told: Run) -> None:
    clue = (await told.ask(WITNESS, _own(told))).clue
    assert (clue.stage, clue.register_number, clue.outcome) == ("已反馈", REGISTER_NUMBER, pb.CLUE_OUTCOME_FILED)
    assert (clue.receiver, clue.due_on, clue.overdue, clue.content) == (BODY, "2025-04-11", True, CONTENT)


async def test_the_receiver_has_the_clue_whole(told: Run) -> None:
    clue = (await told.ask(INQUIRER, pb.GetClueRequest(clue_id=told.facts.cases["theirs"]))).clue
    assert (clue.stage, clue.sender_id, clue.content) == ("已反馈", LUXIAN, CONTENT)


@pytest.mark.parametrize(
    "who", [STRANGER, cast.LUXIAN_HEAD, cast.LUXIAN_DEPUTY, cast.LUXIAN_CHIEF], ids=lambda who: who.post
)
async def test_to_everybody_else_the_clue_is_like_one_that_never_was(told: Run, who: cast.Officer) -> None:
    never = told.id("a clue that never was")
    answers = []
    for clue_id in (_clue(told), never):
        for request in (
            pb.GetClueRequest(clue_id=clue_id),
            pb.SendClueRequest(
                command_id=told.id(f"{who.key}/{clue_id}"),
                clue_id=clue_id,
                receiver_id=BODY,
                occurred_at=to_timestamp(told.now),
            ),
        ):
            with pytest.raises(Refused) as refused:
                await told.ask(who, request)
            answers.append((refused.value.reason, refused.value.sentence.zh.replace(clue_id, "…")))
    assert set(answers) == {("NOT_FOUND", "未找到：…")}
    assert list((await told.ask(who, pb.ListCluesRequest())).clues) == []


async def test_a_keeper_who_did_not_sign_knows_nothing_any_more(told: Run) -> None:
    assert list((await told.ask(OTHER_KEEPER, pb.ListCluesRequest())).clues) == []
    with pytest.raises(Refused) as refused:
        await told.ask(OTHER_KEEPER, pb.GetClueRequest(clue_id=told.facts.cases["theirs"]))
    assert refused.value.reason == "NOT_FOUND"


async def test_no_clock_history_or_audit_shows_it(told: Run) -> None:
    for who in (FINDER, cast.LUXIAN_HEAD):
        for asked in (
            deadlines.ListDeadlinesRequest(subject_id=_clue(told)),
            deadlines.ListDeadlinesRequest(rule_id="restricted.clue_forwarding"),
        ):
            assert list((await told.ask(who, asked)).clocks) == []
    clocks = "SELECT deadline_id::text FROM deadline.clock WHERE rule_id LIKE 'restricted.%'"
    clock_id = await _one(told, LUXIAN, clocks)
    with pytest.raises(Refused) as refused:
        await told.ask(FINDER, deadlines.GetDeadlineRequest(deadline_id=clock_id))
    assert refused.value.reason == "NOT_FOUND"
    with pytest.raises(Refused) as none:
        await told.ask(FINDER, transfer.GetTransferTimelineRequest(transfer_id=_clue(told)))
    assert none.value.reason == "NOT_FOUND"
    audited = "SELECT count(*) FROM ledger.event WHERE type LIKE '%PersonalDataAccessed'"
    assert await _one(told, LUXIAN, audited) == 0


async def test_in_its_own_ledger_it_stands_in_its_streams_and_its_table_only(told: Run) -> None:
    places = await _tables_with(told, LUXIAN, [PERSON, MATTER])
    assert {place.rpartition(".")[2] for place in places} <= {"event_1", "restricted_clue"}
    categories = await _all(
        told,
        LUXIAN,
        "SELECT DISTINCT s.category FROM ledger.event e JOIN ledger.stream s USING (stream_id) "
        "WHERE encode(e.body, 'hex') LIKE '%' || $1 || '%'",
        PERSON.encode().hex(),
    )
    assert categories == ["discipline_clue"]


async def test_other_authorities_have_no_byte_of_it(told: Run) -> None:
    # A member registry says who may write such letters to whom: it names their type.
    names = [name for name in NAMES if name != "RestrictedLetter"]
    everything = [*WORDS, REASON, *names, _clue(told), told.facts.cases["theirs"]]
    held = await search_database(told.cluster, BODY, everything)
    assert {*WORDS, _clue(told), told.facts.cases["theirs"]} <= set(held.found)
    assert REASON not in held.found
    for other in (PROCURATORATE, SICHUAN):
        assert (await search_database(told.cluster, other, everything)).found == ()


async def test_the_words_are_in_no_topic_and_the_names_in_no_feed(told: Run) -> None:
    assert (await search_topics(told.cluster, [*WORDS, REASON], mailboxes=True)).found == ()
    seen = told.facts.cases["B"]
    everything = [*WORDS, REASON, *NAMES, *CATEGORIES, _clue(told), told.facts.cases["theirs"], seen]
    assert (await search_topics(told.cluster, everything)).found == (seen,)


async def test_outside_only_the_neutral_letter_shows(told: Run) -> None:
    """The open header of an envelope: who to whom, when, and one type for clue, receipt and outcome."""
    found = (await search_topics(told.cluster, [*NAMES, *CATEGORIES, "纪检"], mailboxes=True)).found
    assert found == ("RestrictedLetter",)


async def test_no_span_and_no_metric_has_a_trace_of_it(told: Run) -> None:
    everything = [*WORDS, REASON, *NAMES, *CATEGORIES, _clue(told), told.facts.cases["theirs"], "ListTransfers"]

    async def exported() -> bool:
        return "ListTransfers" in (await search_database(told.cluster, TELEMETRY, everything)).found

    await eventually(exported, within=30, what="the later call is in the trace store")
    assert (await search_database(told.cluster, TELEMETRY, everything)).found == ("ListTransfers",)


async def test_no_log_has_a_trace_of_it(told: Run) -> None:
    everything = [*WORDS, REASON, *NAMES, *CATEGORIES, _clue(told), told.facts.cases["theirs"], "serving"]
    assert (await search_logs(told.cluster, everything)).found == ("serving",)


def _clue(run: Run) -> str:
    return run.facts.cases["clue"]


def _own(run: Run) -> pb.GetClueRequest:
    return pb.GetClueRequest(clue_id=_clue(run))


async def _register(run: Run) -> None:
    for number, officer in enumerate((KEEPER, OTHER_KEEPER, INQUIRER), 1):
        await run.administer(
            BODY,
            officers.RegisterOfficerRequest(
                command_id=run.id(f"register/{officer.key}"),
                officer_id=run.officer_id(officer),
                occurred_at=to_timestamp(run.now),
                name=officer.name,
                credential_number=f"{BODY}-{number:04}",
                issuing_body="发证机关",
                valid_from_on="2023-01-01",
                valid_to_on="2027-12-31",
                roles=officer.roles,
            ),
        )


async def _all(run: Run, authority_id: str, statement: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(run.cluster.postgres.dsn(authority_id))
    try:
        return [row[0] for row in await connection.fetch(statement, *values)]
    finally:
        await connection.close()


async def _one(run: Run, authority_id: str, statement: str) -> Any:
    (found,) = await _all(run, authority_id, statement)
    return found


async def _tables_with(run: Run, authority_id: str, words: Sequence[str]) -> list[str]:
    """Tables of an authority's database in which any of the words stands."""
    tables = await _all(
        run,
        authority_id,
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')",
    )
    connection = await asyncpg.connect(run.cluster.postgres.dsn(authority_id))
    found = []
    try:
        for table in tables:
            finder = Finder(words)

            async def take(piece: bytes, finder: Finder = finder) -> None:
                finder.read(piece)

            await connection.copy_from_query(f"SELECT * FROM {table}", output=take)
            found += [table] if finder.found else []
    finally:
        await connection.close()
    return found
