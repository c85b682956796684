"""What an authority can show of a matter afterwards, as a table: did, told whom, was told by whom, gave and got."""

from collections.abc import Iterable
from typing import Any, Final

from enforcement.common.v1 import account_pb2 as account_pb
from enforcement.common.v1 import common_pb2 as common
from rich.console import RenderableType

from services.cli.connection import Connection, run
from services.cli.language import t
from services.cli.output import as_json as as_data
from services.cli.output import instant, next_page, note, show, table

_DIGITS: Final = 12
"""Of a file's SHA-256, as people compare it."""


def show_account(
    connection: Connection, stub: Any, request: Any, *, count: int, page: str, min_position: int, as_json: bool
) -> None:
    """Asks a service for an account, and prints it."""
    request.page.CopyFrom(common.PageRequest(size=count, token=page))
    request.min_position = min_position
    answer = run(connection.ask(stub, "GetAccount", request))
    show(as_data(answer), _people(answer.entries), as_json=as_json)
    next_page(answer.next_token, as_json=as_json)
    if not as_json:
        waiting = [told for one in answer.entries for told in one.told if not told.HasField("received_at")]
        note(t(f"{len(answer.entries)} 条，其中 {len(waiting)} 次告知尚无回执或者被拒收",
               f"{len(answer.entries)} entries; {len(waiting)} times told without a receipt, or refused"))  # fmt: skip


def _people(entries: Iterable[account_pb.AccountEntry]) -> RenderableType:
    headings = (t("位置", "position"), t("行为时间", "time of the act"), t("事项", "what"), t("往来", "between"))
    rows = [(one.position, instant(one.occurred_at), one.title_zh, "\n".join(_between(one))) for one in entries]
    return table(headings, rows)


def _between(entry: account_pb.AccountEntry) -> list[str]:
    """Who told it, or whom it reached; a receipt is the other side's signature on it."""
    lines = [_told(one) for one in entry.told]
    if entry.told_by:
        lines = [f"← {entry.told_by} {t('已收并出具回执', 'taken, receipt given')} {instant(entry.recorded_at)}"]
    for file in entry.files:
        way = t("已提供文件给", "file given to") if file.given else t("已取得文件自", "file got from")
        lines.append(f"{way} {file.authority_id} {file.sha256[:_DIGITS]} {instant(file.moved_at)}")
    if entry.published:
        lines.append(t("公布给省级平台", "published to the platforms"))
    return lines


def _told(one: account_pb.ToldTo) -> str:
    if one.code:
        return f"→ {one.authority_id} {t('未被接收', 'not taken')} {one.code}"
    if not one.HasField("received_at"):
        return f"→ {one.authority_id} {t('尚无回执', 'no receipt yet')}"
    return f"→ {one.authority_id} {t('回执', 'receipt')} {instant(one.received_at)}"
