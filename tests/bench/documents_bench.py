"""How many sheets a second one process makes: from a snapshot in the ledger to the bytes of a PDF."""

import asyncio
import statistics
import time

from enforcement.documents.v1 import events_pb2 as pb

from services.documents.model import document
from services.documents.present import sheet
from services.documents.registry import forms
from services.documents.settings import settings
from services.documents.stored import read_snapshot
from services.documents.typesetter import Typesetter
from tests.bench.report import Figure
from tests.support.decider import given
from tests.unit.documents import samples

GROUP = "documents"
SHEETS_PER_SECOND = 50
"""Whoever issues a document sees its sheet at once, and a file of a hundred sheets is made anew in two seconds."""
SHOWN = ("F15", "F14", "F2", "F1")


async def run(seconds: float, rounds: int) -> list[Figure]:
    """Sheets a second of one typesetter, each with another number."""
    typesetter = Typesetter(settings().fonts_dir, settings().font_family)
    figures = []
    for code in SHOWN:
        rates = [await asyncio.to_thread(_rate, typesetter, code, seconds) for _ in range(rounds)]
        target = SHEETS_PER_SECOND if code == "F15" else None
        name = f"{forms()[code].title} to PDF, one process"
        figures.append(Figure(GROUP, name, statistics.median(rates), "sheets/s", target))
    return figures


def _rate(typesetter: Typesetter, code: str, seconds: float) -> float:
    form = forms()[code]
    outcome = given(document).when(samples.issue(form), found=samples.known_for(form), officers=samples.SIGNING)
    [issued] = outcome.events
    assert isinstance(issued, pb.DocumentIssued)
    typesetter.pdf_now(form.template, sheet(form, read_snapshot(issued), number="0"))
    made, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        number = f"川泸交{form.word}〔2024〕{made + 1}号"
        typesetter.pdf_now(form.template, sheet(form, read_snapshot(issued), number=number))
        made += 1
    return made / (time.perf_counter() - began)
