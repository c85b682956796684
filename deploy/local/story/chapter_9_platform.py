"""省级平台：只见状态、期限与数字. Both show the published figures and the clocks, and nothing that was said."""

from typing import Final

from enforcement.platform.v1 import service_pb2 as pb

from deploy.local.story import clocks
from deploy.local.story.calls import Surprise
from deploy.local.story.cast import LUXIAN, POLICE, SICHUAN, SUPERVISORS, YONGCHUAN
from deploy.local.story.chapter_3_cases import HANDLERS
from deploy.local.story.parties import SECRETS
from deploy.local.story.posts import EDUCATED, B
from deploy.local.story.run import Run
from deploy.local.story.search import search_database, search_topics
from deploy.local.story.telling import Figure, Words
from services.kernel.values import term

FIGURES: Final = {
    "joint.cars": 6,
    "joint.officers": 18,
    "joint.inspections": 60,
    "joint.vehicles_with_findings": 2,
    "joint.vehicles_seized": 2,
    "joint.education": sum(EDUCATED.values()),
}
PARTS: Final = {"客运": 5, "网约车": 10, "其他": 45}
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
        await clocks.of_the_case(run)
        await clocks.transfer(run)
        for platform_id in SUPERVISORS:
            await clocks.overdue(run, platform_id)
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
                Words(answer.name_zh, definition_id.partition(".")[2].replace("_", " ")),
                Words(term(pb.Unit, answer.unit), _in_english(pb.Unit.Name(answer.unit).removeprefix("UNIT_"))),
                answer.value,
                tuple((_class(part), part.value) for part in answer.parts),
                answer.events,
            )
        )
    run.telling.figures[platform_id] = figures
    shown = "、".join(f"{figure.name.zh}{figure.value}{figure.unit.zh}" for figure in figures)
    run.saw(supervisor, f"统计：{shown}", f"figures: {', '.join(str(figure.value) for figure in figures)}")


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


def _class(part: pb.PartValue) -> Words:
    return Words(part.part_zh, _in_english(part.part.removeprefix("INSPECTION_CLASS_")))


def _in_english(name: str) -> str:
    """What a value of the contract is called there, in words."""
    return name.lower().replace("_", " ")
