"""省级平台：只见状态、期限与数字. Both show the published figures and the clocks, and nothing that was said."""

from typing import Any, Final

from enforcement.deadlines.v1 import events_pb2 as clock_events
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.platform.v1 import service_pb2 as pb

from deploy.local.story import cast
from deploy.local.story.calls import Surprise
from deploy.local.story.cast import CHONGQING, INVESTIGATORS, LUXIAN, POLICE, SICHUAN, YONGCHUAN
from deploy.local.story.chapter_3_cases import HANDLERS
from deploy.local.story.parties import SECRETS
from deploy.local.story.posts import EDUCATED, B
from deploy.local.story.run import Run
from deploy.local.story.search import search_database, search_topics
from deploy.local.story.telling import ClockRow, Figure, Words
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_datetime
from services.kernel.values import term

SUPERVISORS: Final = {SICHUAN: cast.SICHUAN_SUPERVISOR, CHONGQING: cast.CHONGQING_SUPERVISOR}
FIGURES: Final = {
    "joint.cars": 6,
    "joint.officers": 18,
    "joint.inspections": 60,
    "joint.vehicles_with_findings": 2,
    "joint.vehicles_seized": 2,
    "joint.education": sum(EDUCATED.values()),
}
PARTS: Final = {"客运": 5, "网约车": 10, "其他": 45}
DATES: Final = {
    "transfer.head_decision": ("2025-05-02", "2025-05-06"),
    "transfer.send": ("2025-05-01 16:00", "2025-05-01 16:00"),
    "transfer.filing_decision": ("2025-05-04", "2025-05-06"),
    "transfer.hand_over": ("2025-06-09", "2025-06-09"),
    "referral.filing_decision": ("2025-05-04", "2025-05-06"),
}
"""Nominal and effective end of the transfer's clocks; days end at 24:00."""
LATE: Final = {"transfer.filing_decision", "referral.filing_decision"}
"""The police decided on 6 June, a month after their three days."""
MIRRORED: Final = {"transfer.filing_decision"}
"""The bureau's clock on the police's duty: the platform shows the police's own, so that one duty counts once."""
FED: Final = HANDLERS[B].case_number
"""A word that feeds do carry: finding it shows that the search can find."""


async def tell(run: Run) -> None:
    """Figures, clocks, overdue list; then the search for what must not be there."""
    with run.chapter(
        "省级平台：只见状态、期限与数字", "The platforms see states, clocks and numbers, and nothing else"
    ):
        await run.later(60)
        for platform_id in SUPERVISORS:
            await count(run, platform_id)
        await transfer_clocks(run)
        for platform_id in SUPERVISORS:
            await overdue(run, platform_id)
        await nothing_leaked(run)


async def count(run: Run, platform_id: str) -> None:
    """The platform's figures for the operation are the published ones, and each opens to its events."""
    supervisor, figures = SUPERVISORS[platform_id], []
    for definition_id, expected in FIGURES.items():
        query = pb.StatisticQuery(
            definition_id=definition_id, definition_version=1, operation_id=run.facts.operation_id
        )
        answer = (await run.ask(supervisor, pb.GetStatisticRequest(query=query))).statistic
        parts = {part.part_zh: part.value for part in answer.parts}
        if answer.value != expected or (parts and parts != PARTS):
            raise Surprise(f"{platform_id} {definition_id}：{answer.value} {parts}，应为{expected}")
        figures.append(
            Figure(
                definition_id,
                answer.name_zh,
                term(pb.Unit, answer.unit),
                answer.value,
                tuple(parts.items()),
                answer.events,
            )
        )
    run.telling.figures[platform_id] = figures
    shown = "、".join(f"{figure.name}{figure.value}{figure.unit}" for figure in figures)
    run.saw(supervisor, f"统计：{shown}", f"figures: {', '.join(str(figure.value) for figure in figures)}")


async def transfer_clocks(run: Run) -> None:
    """Bureau, police and platform show the same dates for the same clocks."""
    transfer_id = run.facts.transfer_id
    question = deadlines.ListDeadlinesRequest(subject_id=transfer_id)
    view = (await run.ask(SUPERVISORS[SICHUAN], pb.GetTransferRequest(transfer_id=transfer_id))).transfer
    shown = {
        LUXIAN: (await run.ask(INVESTIGATORS[0], question)).clocks,
        POLICE: (await run.ask(cast.POLICE_TEAM[0], question)).clocks,
        SICHUAN: [one.clock for one in view.clocks],
    }
    for where, clocks in shown.items():
        rows = run.telling.clocks[where] = sorted(map(row_of, clocks), key=lambda row: row.started_at)
        for row in rows:
            if (row.nominal, row.effective) != DATES[row.rule_id] or row.late != (row.rule_id in LATE):
                raise Surprise(f"{where} {row.rule_id}：{row}，应为{DATES[row.rule_id]}")
    known = {where: {row.rule_id for row in rows} for where, rows in run.telling.clocks.items()}
    if known[SICHUAN] != set(DATES) - MIRRORED or known[LUXIAN] | known[POLICE] != set(DATES):
        raise Surprise(f"移送的期限不全：{known}")
    run.saw(
        SUPERVISORS[SICHUAN],
        f"移送各期限与泸县、公安所示一致（{len(known[SICHUAN])}项）",
        "the transfer's clocks equal the bureau's",
    )


async def overdue(run: Run, platform_id: str) -> None:
    """Clocks that were missed: who, which rule, when; no content."""
    supervisor = SUPERVISORS[platform_id]
    statuses = [deadlines.STATUS_MISSED, deadlines.STATUS_MET, deadlines.STATUS_PAUSED]
    clocks = (await run.ask(supervisor, pb.ListClocksRequest(statuses=statuses))).clocks
    late = sorted(filter(lambda row: row.late, (row_of(one.clock) for one in clocks)), key=lambda row: row.started_at)
    run.telling.overdue[platform_id] = late
    names = "、".join(f"{run.name_of(row.responsible_id).zh}“{row.title}”" for row in late)
    run.saw(supervisor, f"逾期：{names}", f"late: {', '.join(f'{row.responsible_id} {row.rule_id}' for row in late)}")


async def nothing_leaked(run: Run) -> None:
    """The words kept from the platforms are in the handlers' books, and in no platform's nor any feed."""
    words = [*SECRETS, FED]
    owners = [await search_database(run.cluster, authority_id, words) for authority_id in (LUXIAN, YONGCHUAN, POLICE)]
    elsewhere = [await search_database(run.cluster, platform_id, words) for platform_id in SUPERVISORS]
    elsewhere.append(await search_topics(run.cluster, words))
    run.telling.searches = [*owners, *elsewhere]
    if missing := set(words) - {word for one in owners for word in one.found}:
        raise Surprise(f"对照检索未找到应有的内容：{missing}")
    for one in elsewhere:
        if FED not in one.found:
            raise Surprise(f"{one.place}中未找到公开事件的案号，检索无效")
        if leaked := set(one.found) - {FED}:
            raise Surprise(f"{one.place}中出现不应披露的内容：{leaked}")
    total = sum(one.bytes_read for one in elsewhere)
    seen = Words(
        f"检索{len(SECRETS)}项姓名、车牌与内容：办案单位数据库中均在，两平台数据库与全部公开主题（共{total}字节）中无一出现",
        f"{len(SECRETS)} words searched: all in the handlers' databases, none in {total} bytes of platforms and feeds",
    )
    run.saw(SUPERVISORS[SICHUAN], "最小披露", "minimal disclosure", seen)


def row_of(clock: Any) -> ClockRow:
    """A clock as the report shows it."""
    in_hours = clock.unit == clock_events.UNIT_HOURS

    def end(day: str, instant: Any) -> str:
        return to_datetime(instant).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if in_hours else day

    return ClockRow(
        rule_id=clock.rule_id,
        title=clock.title,
        basis=clock.basis,
        responsible_id=clock.responsible_id,
        started_at=to_datetime(clock.started_at),
        nominal=end(clock.nominal_due_on, clock.nominal_due_at),
        effective=end(clock.due_on, clock.effective_due_at),
        status=Words(term(deadlines.Status, clock.status), _in_english(clock.status)),
        met_at=to_datetime(clock.met_at) if clock.HasField("met_at") else None,
        late=clock.HasField("missed_due_at") and not clock.in_time,
    )


def _in_english(status: deadlines.Status.ValueType) -> str:
    return deadlines.Status.Name(status).removeprefix("STATUS_").lower()
