"""跨区域协作：线索移送错了对象被退回，始终有人负责，直到永川受理；协查分两次答复、延期、补充；逾期催办、报上级，答复即止。

泸县、永川、荣昌各自一个进程，两个省级平台；一切经 gRPC、交换与 Kafka。
"""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import events_pb2 as case_events
from enforcement.cases.v1 import service_pb2 as cases
from enforcement.cross_border.v1 import circular_pb2 as circulars
from enforcement.cross_border.v1 import content_pb2 as content
from enforcement.cross_border.v1 import drafting_pb2 as drafting
from enforcement.cross_border.v1 import events_pb2 as pb
from enforcement.cross_border.v1 import overdue_pb2 as overdue
from enforcement.cross_border.v1 import rule_sets_pb2 as rule_sets
from enforcement.cross_border.v1 import service_pb2 as commands

from deploy.local.authorities import LocalAuthority
from deploy.local.story import cast
from deploy.local.story.calls import Refused
from deploy.local.story.cast import CHONGQING, LUXIAN, RONGCHANG, SICHUAN, YONGCHUAN, Officer
from deploy.local.story.chapter_3_cases import HANDLERS
from deploy.local.story.ledgers import database, latest, told
from deploy.local.story.parties import ACT, FACTS
from deploy.local.story.posts import A
from deploy.local.story.run import Run
from services.kernel.authority import Authority
from services.kernel.messages import type_name
from tests.scenarios.test_discretion import FILES, adoption
from tests.support.eventually import eventually
from tests.support.system import run_on, system

ASKS, HELPS, WRONG = cast.LUXIAN_CHIEF, cast.YONGCHUAN_CHIEF, cast.RONGCHANG_CHIEF
LUZHOU = LocalAuthority(Authority("jt-510500", "泸州市交通运输局"), "Luzhou Transport Bureau", ())
"""泸县's city authority; the demo has none, and 永川 has the municipality above it, which has no node."""
CLASSIFIED: dict[str, Any] = {"classification": pb.CLASSIFICATION_INTERNAL, "legal_basis": "行政处罚法 art. 26"}


@pytest.fixture(scope="module")
async def told_of() -> AsyncIterator[Run]:
    async with (
        system(LUXIAN, YONGCHUAN, RONGCHANG, SICHUAN, CHONGQING, also=[LUZHOU]) as cluster,
        run_on(cluster) as run,
    ):
        await run.at("2024-12-18 09:00")
        yield run


async def test_a_clue_has_one_owner_until_somebody_accepts_it(told_of: Run) -> None:
    run = told_of
    clue = cases.RegisterClueRequest(
        source=case_events.CLUE_SOURCE_INSPECTION, act_code=ACT, act_on="2024-12-17", place=A.place, facts=FACTS[A]
    )
    case_id = (await run.act(ASKS, "clue", clue)).id
    wrong = (await run.act(ASKS, "to rongchang", handing_over(case_id, RONGCHANG))).id
    task_id = await task_of(run, WRONG, wrong)
    assert await refusal(run, ASKS, "to both", handing_over(case_id, YONGCHUAN)) == "HANDED_OVER_ALREADY"

    sent_back = commands.RejectTaskRequest(
        task_id=task_id, reason=pb.REJECTION_REASON_NOT_COMPETENT, explanation="违法行为发生地在永川"
    )
    await run.act(WRONG, "not ours", sent_back)
    shown = await run.until(ASKS, asked(wrong), lambda answer: answer.request.stage == "已退回", "退回")
    assert shown.rejection_explanation == "违法行为发生地在永川"
    assert await owners(run, case_id) == [LUXIAN]

    right = (await run.act(ASKS, "to yongchuan", handing_over(case_id, YONGCHUAN))).id
    task_id = await task_of(run, HELPS, right)
    assert await owners(run, case_id) == [LUXIAN]
    team = commands.AcceptTaskRequest(task_id=task_id, officer_ids=run.ids(*HANDLERS[A].team))
    await run.act(HELPS, "ours", team)
    listed = await run.until(HELPS, cases.ListCasesRequest(stage="线索"), lambda answer: answer.cases, "移送的线索")
    taken = (await run.ask(HELPS, cases.GetCaseRequest(case_id=listed.cases[0].case_id))).case
    assert (taken.handed_off_by, taken.facts) == (LUXIAN, FACTS[A])
    await run.settled()
    assert await owners(run, case_id) == [YONGCHUAN]


async def test_help_comes_in_parts_later_and_again(told_of: Run) -> None:
    run = told_of
    request = commands.SendRequestRequest(
        request_type=pb.REQUEST_TYPE_ASSIST,
        responder_id=YONGCHUAN,
        purpose="查明车辆营运资质",
        questions=["该车是否取得道路运输证"],
        fields=[pb.REQUESTED_FIELD_TRANSPORT_LICENCE, pb.REQUESTED_FIELD_PHONE],
        subject=pb.Subject(plate="渝C·12345"),
        **CLASSIFIED,
    )
    aimless = commands.SendRequestRequest()
    aimless.CopyFrom(request)
    aimless.purpose = " "
    for attempt in ("aimless", "aimless"):
        assert await refusal(run, ASKS, attempt, aimless) == "PERSONAL_FIELDS_WITHOUT_PURPOSE"
    assert await latest(run.cluster, LUXIAN, type_name(drafting.PersonalRequestRefused)) > 0
    request_id = (await run.act(ASKS, "assist", request)).id
    task_id = await task_of(run, HELPS, request_id)
    team = commands.AcceptTaskRequest(task_id=task_id, officer_ids=run.ids(*HANDLERS[A].team))
    await run.act(HELPS, "accept", team)
    licence = pb.AnsweredField(field=pb.REQUESTED_FIELD_TRANSPORT_LICENCE, value="无")
    beyond = pb.AnsweredField(field=pb.REQUESTED_FIELD_BANK_ACCOUNT, value="6222…")
    assert await refusal(run, HELPS, "beyond", answer(task_id, fields=[beyond])) == "FIELD_NOT_ASKED"
    partial = answer(task_id, completeness=pb.COMPLETENESS_PARTIAL, text="先行答复", fields=[licence])
    await run.act(HELPS, "part", partial)
    await stage(run, request_id, "部分答复")

    extension = commands.ExtendTaskRequest(task_id=task_id, working_days=5, reason="需调取纸质档案")
    await run.act(HELPS, "extend", extension)
    await stage(run, request_id, "延期办理")
    phone = pb.AnsweredField(field=pb.REQUESTED_FIELD_PHONE, value="138…")
    await run.act(HELPS, "rest", answer(task_id, text="其余部分", fields=[phone]))
    shown = await stage(run, request_id, "已答复")
    assert {one.field: one.value for one in shown.answered} == {licence.field: "无", phone.field: "138…"}
    assert shown.answer_text == "先行答复\n其余部分"

    reopening = commands.ReopenRequestRequest(request_id=request_id, reason="缺年审记录")
    await run.act(ASKS, "reopen", reopening)
    await run.until(HELPS, commands.GetTaskRequest(task_id=task_id), in_stage("补充办理"), "补充办理")
    await run.act(HELPS, "again", answer(task_id, text="年审记录见附件"))
    await stage(run, request_id, "已答复")
    await run.act(ASKS, "confirm", commands.ConfirmAnswerRequest(request_id=request_id))
    await run.until(HELPS, commands.GetTaskRequest(task_id=task_id), in_stage("已确认"), "已确认")
    await run.act(ASKS, "close", commands.CloseRequestRequest(request_id=request_id))
    await run.until(HELPS, commands.GetTaskRequest(task_id=task_id), in_stage("已办结"), "已办结")


async def test_what_is_overdue_is_reminded_and_goes_up_until_it_is_answered(told_of: Run) -> None:
    run = told_of
    await run.at("2024-12-19 10:00")
    request = commands.SendRequestRequest(
        request_type=pb.REQUEST_TYPE_EVIDENCE_SHARE,
        responder_id=YONGCHUAN,
        purpose="援用现场笔录",
        evidence_sha256=[bytes(32)],
        **CLASSIFIED,
    )
    request_id = (await run.act(ASKS, "share", request)).id
    task_id = await task_of(run, HELPS, request_id)
    team = commands.AcceptTaskRequest(task_id=task_id, officer_ids=run.ids(*HANDLERS[A].team))
    await run.act(HELPS, "accept share", team)
    await stage(run, request_id, "办理中")

    # Five working days after Thursday 19 December 2024 end on 26; the third and seventh after that: 31, and 7 January.
    await run.at("2024-12-26 23:00")
    assert (await run.ask(ASKS, asked(request_id))).request.overdue == overdue.OVERDUE_STEP_UNSPECIFIED
    for at, step in (
        ("2024-12-27 09:00", overdue.OVERDUE_STEP_REMINDER),
        ("2024-12-31 09:00", overdue.OVERDUE_STEP_CITY),
        ("2025-01-07 09:00", overdue.OVERDUE_STEP_PROVINCE),
    ):
        await run.at(at)
        awaited = f"{overdue.OverdueStep.Name(step)} at both"
        await run.until(ASKS, asked(request_id), overdue_by("request", step), awaited)
        await run.until(HELPS, commands.GetTaskRequest(task_id=task_id), overdue_by("task", step), awaited)
    await run.settled()
    for platform in (SICHUAN, CHONGQING):
        received = await told(run.cluster, platform, type_name(overdue.RequestEscalated), LUXIAN)
        assert received.position > 0
    assert (await told(run.cluster, LUZHOU.id, type_name(overdue.RequestEscalated), LUXIAN)).position > 0

    await run.act(HELPS, "late", answer(task_id, text="已移交档案"))
    shown = await stage(run, request_id, "已答复")
    assert shown.request.overdue == overdue.OVERDUE_STEP_UNSPECIFIED


async def test_units_tell_each_other_and_take_note(told_of: Run) -> None:
    run = told_of
    bulletin = circulars.ShareCircularRequest(
        recipient_ids=[YONGCHUAN, RONGCHANG],
        kind=circulars.CIRCULAR_KIND_BULLETIN,
        content=circulars.CircularContent(title="2024年12月通报", month="2024-12", text="联合检查六十台次"),
    )
    circular_id = (await run.act(ASKS, "bulletin", bulletin)).id
    correction = circulars.CorrectCircularRequest(
        circular_id=circular_id,
        content=circulars.CircularContent(title="2024年12月通报", month="2024-12", text="联合检查六十二台次"),
        reason="漏计两台次",
    )
    await run.act(ASKS, "correction", correction)
    received = circulars.ListCircularsRequest(received=True)
    for officer in (HELPS, WRONG):
        shown = await run.until(
            officer, received, lambda listed: any(one.revision == 2 for one in listed.circulars), "更正的通报"
        )
        taken = circulars.AcknowledgeCircularRequest(received_id=shown.circulars[0].id)
        await run.act(officer, f"note/{officer.authority_id}", taken)
    await run.until(
        ASKS, circulars.ListCircularsRequest(), lambda listed: len(listed.circulars[0].acknowledged_by) == 2, "均已签收"
    )


async def test_who_applies_other_rules_is_seen_by_both_and_by_the_platforms(told_of: Run) -> None:
    run = told_of
    code, content = next(iter(FILES.items()))
    await run.administer(LUXIAN, adoption(run, LUXIAN, code, content))
    question = rule_sets.ListRuleSetComparisonsRequest(only_mismatches=True)
    for officer, partner in ((ASKS, YONGCHUAN), (HELPS, LUXIAN)):
        await run.until(officer, question, lists(partner), f"{partner}的裁量规则不一致")
    await run.settled()
    for platform in (SICHUAN, CHONGQING):
        publishers = await eventually(partial(mismatches, run, platform), what=f"at {platform}")
        assert publishers == {LUXIAN, YONGCHUAN, RONGCHANG}
    await run.administer(YONGCHUAN, adoption(run, YONGCHUAN, code, content))
    for officer, partner in ((ASKS, YONGCHUAN), (HELPS, LUXIAN)):
        await run.until(officer, question, lists_no(partner), f"{partner}的裁量规则一致")


def lists(partner: str) -> Callable[[Any], bool]:
    return lambda shown: any(one.partner_id == partner for one in shown.comparisons)


def lists_no(partner: str) -> Callable[[Any], bool]:
    return lambda shown: not lists(partner)(shown)


async def mismatches(run: Run, platform: str) -> set[str]:
    """Whose feeds told a platform of rules that differ; nobody until all three did."""
    statement = "SELECT DISTINCT publisher FROM platform.feed_event WHERE type = $1"
    async with database(run.cluster, platform) as connection:
        rows = await connection.fetch(statement, type_name(rule_sets.RuleSetMismatchFound))
    return {row["publisher"] for row in rows} if len(rows) == 3 else set()


def handing_over(case_id: str, receiver_id: str) -> commands.SendRequestRequest:
    return commands.SendRequestRequest(
        request_type=pb.REQUEST_TYPE_CLUE,
        responder_id=receiver_id,
        case_id=case_id,
        purpose="移送有管辖权的机关",
        contact="泸县执法大队",
        matter=content.HandedMatter(facts=FACTS[A], place=A.place, reason="违法行为发生地不在泸县"),
        **CLASSIFIED,
    )


def answer(task_id: str, **changes: Any) -> commands.AnswerTaskRequest:
    fields: dict[str, Any] = {"task_id": task_id, "completeness": pb.COMPLETENESS_FULL, "text": "见附件"}
    return commands.AnswerTaskRequest(**(fields | changes))


def asked(request_id: str) -> commands.GetRequestRequest:
    return commands.GetRequestRequest(request_id=request_id, purpose=audit.PURPOSE_CASE_HANDLING)


def overdue_by(what: str, step: overdue.OverdueStep.ValueType) -> Callable[[Any], bool]:
    return lambda shown: bool(getattr(shown, what).overdue == step)


def in_stage(name: str) -> Callable[[Any], bool]:
    return lambda shown: bool(shown.task.stage == name)


async def stage(run: Run, request_id: str, name: str) -> Any:
    return await run.until(ASKS, asked(request_id), lambda shown: shown.request.stage == name, name)


async def task_of(run: Run, officer: Officer, request_id: str) -> str:
    question = commands.GetTaskRequest(request_id=request_id)
    shown = await run.until(officer, question, lambda answer: answer.task.task_id, "收到请求")
    return str(shown.task.task_id)


async def owners(run: Run, case_id: str) -> list[str]:
    """Who has the clue now: a clue or case in the register that did not go elsewhere."""
    found = []
    for officer in (ASKS, HELPS, WRONG):
        listed = await run.ask(officer, cases.ListCasesRequest())
        if any(one.stage != "已移送管辖" and one.act_code == ACT for one in listed.cases):
            found.append(officer.authority_id)
    return found


async def refusal(run: Run, officer: Officer, step: str, request: Any) -> str:
    with pytest.raises(Refused) as refused:
        await run.act(officer, step, request)
    return refused.value.reason
