"""All rules of what the command line prints.

stdout    the data: for people a table or a list of fields, with --json one object (with --follow one a line)
stderr    everything else: hints, errors
colour    only on a terminal, and it carries no meaning
times     Asia/Shanghai, with the zone; a limit in days ends on its last day at 24:00, as the law says
brackets  are text: no cell and no error is markup
error     what is wrong · what to do · reason and legal basis

exit      0 done · 1 refused · 2 wrong use · 3 not reachable, try again · 4 audit found something
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Annotated, Any, Final

import typer
from enforcement.common.v1 import common_pb2 as common
from enforcement.deadlines.v1 import events_pb2 as deadlines
from enforcement.deadlines.v1.service_pb2 import ClockView
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console, RenderableType
from rich.table import Table

from services.cli.language import t
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_datetime

PLAIN_WIDTH: Final = 200
"""Columns when the output is no terminal: lines of a pipe are not cut at 80."""


class ExitCode(IntEnum):
    """The closed list of exit codes."""

    DONE = 0
    REFUSED = 1
    WRONG_USE = 2
    NOT_REACHABLE = 3
    FOUND = 4


class Failure(Exception):
    """Something that the command line tells and ends with."""

    def __init__(
        self, sentence: str, *, hint: str = "", last: str = "", code: ExitCode = ExitCode.REFUSED, reason: str = ""
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        """What to do."""
        self.last = last
        """Reason and legal basis."""
        self.code = code
        self.reason = reason
        """Of a node's refusal: service/REASON."""


Json = Annotated[bool, typer.Option("--json", help=t("输出一个JSON对象。", "Print one JSON object."))]


def show(data: Mapping[str, Any], people: RenderableType, *, as_json: bool) -> None:
    """Prints data to stdout: for machines, or for people."""
    if as_json:
        print(json.dumps(data, ensure_ascii=False, indent=2, default=str))
    elif isinstance(people, str):
        print(people)
    else:
        _console(sys.stdout).print(people)


def show_recorded(recorded: common.Recorded, *, as_json: bool) -> None:
    """Prints what a command changed, and from which position on it is seen."""
    people = fields([("id", recorded.id), ("position", recorded.position)])
    show(MessageToDict(recorded, always_print_fields_with_no_presence=True), people, as_json=as_json)


def line(data: Mapping[str, Any], people: str, *, as_json: bool) -> None:
    """Prints one line of a stream that does not end."""
    print(json.dumps(data, ensure_ascii=False, default=str) if as_json else people, flush=True)


def note(text: str) -> None:
    """Tells people something that is no data."""
    _console(sys.stderr).print(text, style="dim")


def next_page(token: str, *, as_json: bool) -> None:
    """Tells people how to ask for the next page, if there is one; machines have it in the answer."""
    if token and not as_json:
        note(f"{t('下一页', 'next page')}: --page {token}")


def tell(failure: Failure, *, as_json: bool) -> None:
    """Prints an error to stderr."""
    if as_json:
        error = {"error": failure.sentence, "hint": failure.hint, "reason": failure.last, "exit": int(failure.code)}
        print(json.dumps(error, ensure_ascii=False), file=sys.stderr)
        return
    console = _console(sys.stderr)
    console.print(f"{t('错误：', 'error: ')}{failure.sentence}", style="red")
    if failure.hint:
        console.print(f"{t('提示：', 'hint: ')}{failure.hint}")
    if failure.last:
        console.print(failure.last, style="dim")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table for people; empty cells stay empty."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        made.add_column(heading)
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    return made


def fields(rows: Iterable[tuple[str, object]]) -> Table:
    """Names and values of one thing; what has no value is left out."""
    made = Table(box=None, show_header=False, pad_edge=False)
    made.add_column(style="bold")
    made.add_column()
    for name, value in rows:
        if value not in (None, "", 0):
            made.add_row(name, str(value))
    return made


def instant(at: datetime | Timestamp | None) -> str:
    """A time for people, e.g. "2025-04-25 10:00:00 +08:00"; empty for none."""
    if isinstance(at, Timestamp):
        at = to_datetime(at) if at.seconds else None
    return "" if at is None else at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S +08:00")


def yuan(fen: int) -> str:
    """An amount of money for people, e.g. "3000.00"; empty when there is none."""
    return f"{fen // 100}.{fen % 100:02}" if fen else ""


def due(clock: ClockView) -> str:
    """The end of a statutory clock for people, e.g. "2025-04-30 24:00 +08:00"; "?" while it may still move."""
    by_the_hour = clock.unit == deadlines.UNIT_HOURS
    end = instant(clock.effective_due_at) if by_the_hour else f"{clock.due_on} 24:00 +08:00"
    return f"{end} ?" if clock.provisional else end


def as_json(message: Message) -> dict[str, Any]:
    """A message with the proto's JSON names."""
    return MessageToDict(message, always_print_fields_with_no_presence=True)


def _console(file: Any) -> Console:
    terminal = file.isatty()
    return Console(
        file=file,
        highlight=False,
        markup=False,
        soft_wrap=not terminal,
        width=None if terminal else PLAIN_WIDTH,
        emoji=False,
    )
