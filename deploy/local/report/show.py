"""The report at the end of the demo."""

import json
from dataclasses import asdict

from rich.console import Console

from deploy.local.story.telling import Report


def as_json(report: Report) -> str:
    """The whole report, instants in ISO form."""
    return json.dumps(asdict(report), ensure_ascii=False, default=str)


def show(report: Report, console: Console, lang: str) -> None:
    """The report for people."""
    console.print(report.seconds)
