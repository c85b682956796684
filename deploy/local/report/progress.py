"""Progress on the terminal: a line for every step that people would tell each other, a spinner for what is awaited.

Bounds    a terminal that is none (a log file, CI) gets the lines without spinner, and a line at least every
          QUIET_SECONDS while something is awaited.
Owns      one thread, which prints that line: the loop may be busy with what is awaited.
"""

from pathlib import Path
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from deploy.local.story.telling import Step, Words
from services.kernel.clock import SHANGHAI

QUIET_SECONDS: Final = 3.0
_MARKS: Final = {"recorded": "[green]✓[/]", "refused": "[yellow]✗[/]", "seen": "[cyan]·[/]"}


class Progress:
    """Prints to one console. As a context manager it shows the spinner."""

    def __init__(self, console: Console, lang: str) -> None:
        self._console = console
        self._lang = lang
        self._status: Status | None = None
        self._last = monotonic()
        self._awaited = "正在启动 starting"
        self._paused = Event()

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._status = self._console.status(f"{self._awaited} …")
            self._status.start()
        else:
            Thread(target=self._remind, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pause()

    def pause(self) -> None:
        """Takes the spinner away, so that something else can be printed."""
        self._paused.set()
        if self._status is not None:
            self._status.stop()
            self._status = None

    def part(self, zh: str, en: str) -> None:
        """A new part begins."""
        self._print(f"\n[bold]━━ {Words(zh, en).of(self._lang)} ━━[/]")

    def hear(self, told: "Step | Words | str") -> None:
        """Takes a step, the title of a chapter, or what is under way."""
        if isinstance(told, Step):
            at = told.occurred_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
            who = f"{told.authority_id:<10} {told.officer.name}"
            where = f"#{told.position}" if told.position else told.reason
            what = escape(told.what.of(self._lang))
            self._print(f"  {_MARKS[told.outcome]} [dim]{at}[/] {who} {what} [dim]{where}[/]")
        elif isinstance(told, Words):
            self._awaited = told.of(self._lang)
            self._print(f"\n[bold]{escape(self._awaited)}[/]")
        else:
            self._under_way(told)

    def failed(self, sentence: str, data: Path) -> None:
        """Says why it ended before its end, and where to read on."""
        self.pause()
        self._console.print("[red]✗[/] ", end="")
        self._console.print(sentence, markup=False)
        self._console.print(f"  日志 logs: {data}/*/nodes/*/node.log", markup=False)

    def _under_way(self, what: str) -> None:
        self._awaited = what
        if self._status is not None:
            self._status.update(escape(what))

    def _remind(self) -> None:
        while not self._paused.wait(max(0.0, self._last + QUIET_SECONDS - monotonic())):
            if monotonic() - self._last >= QUIET_SECONDS:
                self._print(f"  [dim]… {escape(self._awaited)}[/]")

    def _print(self, line: str) -> None:
        self._last = monotonic()
        self._console.print(line, soft_wrap=True)
