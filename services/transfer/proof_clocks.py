"""Clocks and papers on the page of a proof."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import paper_pb2 as paper
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.citation import in_chinese
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_datetime
from services.kernel.proof import Checked
from services.kernel.values import term
from services.transfer.proof_words import Names, instant, messages

_POLICIES: Final = {"O310_DAYS=calendar": "“三日”按自然日计算", "O310_DAYS=working": "“三日”按工作日计算"}
_MOVES: Final = (clocks.DeadlineExtended, clocks.DeadlineResumed, clocks.DeadlineRecomputed)


def clocks_of(checked: Checked, names: Names) -> Iterator[dict[str, Any]]:
    """Each clock of the exporter's ledger with its last end and its outcome."""
    rows: dict[str, dict[str, Any]] = {}
    for _, event in messages(checked):
        match event:
            case clocks.DeadlineStarted():
                rows[event.deadline_id] = {
                    "title": event.title,
                    "basis": in_chinese(event.basis),
                    "responsible": names(event.responsible_id) if event.responsible_id else "",
                    "started_at": instant(event.started_at),
                    "due_at": _end(event.effective_due_at, event.unit),
                    "unit": event.unit,
                    "policy": _POLICIES.get(event.policy, event.policy),
                    "outcome": "进行中",
                }
            case clocks.DeadlineMet() if event.deadline_id in rows:
                word = "按期" if event.in_time else "逾期"
                rows[event.deadline_id]["outcome"] = f"{word}完成：{instant(event.met_at)}"
            case clocks.DeadlineMissed() if event.deadline_id in rows:
                rows[event.deadline_id]["outcome"] = "逾期未完成"
            case clocks.DeadlineCancelled() if event.deadline_id in rows:
                rows[event.deadline_id]["outcome"] = "不再适用"
            case clocks.DeadlinePaused() if event.deadline_id in rows:
                rows[event.deadline_id]["outcome"] = f"自{instant(event.paused_at)}起暂停"
            case _ if isinstance(event, _MOVES) and event.deadline_id in rows:
                row = rows[event.deadline_id]
                row["due_at"] = _end(event.effective_due_at, row["unit"])
                if not isinstance(event, clocks.DeadlineRecomputed):
                    row["outcome"] = "进行中"
    yield from rows.values()


def _end(at: Timestamp, unit: int) -> str:
    """The end of a limit; a limit of days ends at 24:00 of its last day."""
    if unit == clocks.UNIT_HOURS:
        return instant(at)
    last_day = (to_datetime(at) - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
    return f"{last_day} 24:00:00"


def papers_of(checked: Checked, names: Names) -> Iterator[dict[str, str]]:
    """What came on paper: two officers vouch for it and no key of the other side does."""
    matched = {_paper_id(event): event for _, event in messages(checked) if isinstance(event, _MATCHED)}
    for record, event in messages(checked):
        match event:
            case paper.PaperAnswerConfirmed():
                said: Any = event
                from_id, number = event.answered_by, event.letter_number
            case incoming.PaperConfirmed():
                said, from_id, number = event.paper, event.paper.from_id, event.paper.number
            case _:
                continue
        found = matched.get(_paper_id(event))
        yield {
            "title": term(paper.PaperAnswerKind, said.kind),
            "from": names(from_id),
            "signed_at": instant(to_datetime(said.signed_at)),
            "number": number,
            "scan": said.scan.sha256.hex(),
            "position": str(record.position),
            "state": "未与节点回执核对"
            if found is None
            else ("与节点回执一致" if found.agrees else "与节点回执不一致"),
        }


_MATCHED: Final = (paper.PaperAnswerMatched, incoming.ReferralPaperMatched, incoming.SupervisionPaperMatched)


def _paper_id(event: Any) -> str:
    return str(getattr(event, "answer_id", "") or event.paper_id)
