"""The clocks of a suspicion (应移未移提示): it is answered, and a transfer that was opened because of it goes on."""

from typing import Any

from enforcement.transfer.v1 import events_pb2 as transfers
from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.kernel.deadlines import Deadline, by_number, when, working_days


def _transfer(event: Any) -> str:
    return str(event.transfer_id if isinstance(event, transfers.ReportSubmitted) else event.pursuing_transfer_id)


ANSWER = Deadline(
    "suspicion.answer",
    basis="行政处罚法 art. 27; 国务院令第310号 art. 3 (及时); number of days: design",
    title="答复应移未移提示",
    starts=pb.SuspicionRaised,
    ends=pb.SuspicionAnswered,
    # A transfer that was opened before the case showed it, and recorded after, leaves nothing to answer.
    cancelled_by=pb.SuspicionAnswered,
    within=by_number("suspicion_answer_working_days", working_days),
    key="suspicion_id",
)

REPORT = Deadline(
    "suspicion.report",
    basis="国务院令第310号 art. 5 (立即, 核实情况后); number of days: design",
    title="应移未移提示后启动的移送，提交移送报告",
    # Opening a transfer answers by itself: it must not be left to lie. One that a leader named may have its report.
    starts=when(pb.SuspicionAnswered, lambda event: not event.HasField("answerer") and not event.reported),
    ends=transfers.ReportSubmitted,
    # A report of before the case showed it, and recorded after, leaves nothing to report.
    cancelled_by=transfers.ReportSubmitted,
    within=by_number("suspicion_report_working_days", working_days),
    key=_transfer,
    version=2,
)

CLOCKS = (ANSWER, REPORT)
