"""Progress where nobody watches a spinner: never silent for long, and quiet once it is over."""

from io import StringIO

import pytest
from rich.console import Console

from deploy.local.report import progress
from deploy.local.report.progress import Progress
from deploy.local.story.telling import Words
from tests.support.eventually import eventually


async def test_what_is_awaited_is_said_again_until_something_else_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.01)
    out = StringIO()
    with Progress(Console(file=out, width=80), "zh") as shown:
        shown.hear("数据库与主题")
        await eventually(lambda: out.getvalue().count("… 数据库与主题") > 2)
        shown.hear(Words("立案与扣押", "filing and seizure"))
        await eventually(lambda: "… 立案与扣押" in out.getvalue())
