"""期限：三处所见一致，逾期可见. Bureau, police and platform show the same dates; what was missed is on the list."""

from typing import Any, Final

from enforcement.deadlines.v1 import events_pb2 as clock_events
from enforcement.deadlines.v1 import service_pb2 as deadlines
from enforcement.platform.v1 import service_pb2 as pb

from deploy.local.story import cast
from deploy.local.story.calls import Surprise
from deploy.local.story.cast import INVESTIGATORS, LUXIAN, POLICE, SICHUAN, SUPERVISORS
from deploy.local.story.run import Run
from deploy.local.story.telling import ClockRow, Words
from services.kernel.clock import SHANGHAI
from services.kernel.messages import to_datetime
from services.kernel.values import term

DATES: Final = {
    "transfer.report": ("2025-05-06 24:00", "2025-05-06 24:00"),
    "transfer.head_decision": ("2025-05-02 24:00", "2025-05-06 24:00"),
    "transfer.send": ("2025-05-01 16:00", "2025-05-01 16:00"),
    "transfer.receipt": ("2025-05-06 24:00", "2025-05-06 24:00"),
    "transfer.filing_decision": ("2025-05-04 24:00", "2025-05-06 24:00"),
    "transfer.hand_over": ("2025-06-09 24:00", "2025-06-09 24:00"),
    "referral.filing_decision": ("2025-05-04 24:00", "2025-05-06 24:00"),
}
"""Nominal and effective end of the transfer's clocks; days end at 24:00."""
CASE_DATES: Final = (
    ("cases.filing", "2024-12-27 24:00", "2024-12-27 24:00"),
    ("cases.decision", "2025-03-18 24:00", "2025-03-18 24:00"),
    ("cases.seizure", "2025-02-16 24:00", "2025-02-17 24:00"),
    ("cross_border.acknowledge_awaited", "2025-04-14 24:00", "2025-04-14 24:00"),
    ("cross_border.answer_assist_awaited", "2025-05-06 24:00", "2025-05-06 24:00"),
    ("cases.seizure", "2025-06-27 24:00", "2025-06-27 24:00"),
)
"""Rule, nominal and effective end: 30 days and 30 more from the day after; 16 February is a Sunday. 永川 has two
working days to acknowledge, and 15 from then, of which 27 April is one, to answer."""
LATE: Final = {"transfer.filing_decision", "referral.filing_decision"}
"""The police decided on 6 June, a month after their three days."""
MIRRORED: Final = {"transfer.filing_decision"}
"""The bureau's clock on the police's duty: the platform shows the police's own, so that one duty counts once."""


async def transfer(run: Run) -> None:
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


async def of_the_case(run: Run) -> None:
    """What ran in the case itself: filing, decision, both seizures, each extended once; and what was asked of 永川."""
    question = deadlines.ListDeadlinesRequest(correlation_id=run.facts.cases["B"])
    clocks = (await run.ask(INVESTIGATORS[0], question)).clocks
    rows = sorted(
        (row_of(one) for one in clocks if one.rule_id.startswith(("cases.", "cross_border."))),
        key=lambda row: row.started_at,
    )
    if (dates := tuple((row.rule_id, row.nominal, row.effective) for row in rows)) != CASE_DATES:
        raise Surprise(f"案件的期限：{dates}，应为{CASE_DATES}")
    run.telling.case_clocks = rows


async def overdue(run: Run, platform_id: str) -> None:
    """Clocks that were missed: who, which rule, when; no content."""
    supervisor = SUPERVISORS[platform_id]
    statuses = [deadlines.STATUS_MISSED, deadlines.STATUS_MET, deadlines.STATUS_PAUSED]
    clocks = (await run.ask(supervisor, pb.ListClocksRequest(statuses=statuses))).clocks
    late = sorted(filter(lambda row: row.late, (row_of(one.clock) for one in clocks)), key=lambda row: row.started_at)
    run.telling.overdue[platform_id] = late
    names = "、".join(f"{run.name_of(row.responsible_id).zh}“{row.title}”" for row in late)
    run.saw(supervisor, f"逾期：{names}", f"late: {', '.join(f'{row.responsible_id} {row.rule_id}' for row in late)}")


def row_of(clock: Any) -> ClockRow:
    """A clock as the report shows it."""
    in_hours = clock.unit == clock_events.UNIT_HOURS

    def end(day: str, instant: Any) -> str:
        return to_datetime(instant).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if in_hours else f"{day} 24:00"

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
