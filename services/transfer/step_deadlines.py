"""Clocks of steps for which no text has a number, so that no transfer rests unseen (design).

国务院令第310号 says 立即 for the team, nothing for the receipt, 及时 for what follows an ending; no verified text says
when a procuratorate asks the police, or decides on what they state. The days are switches.
"""

from typing import Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.deadlines import Deadline, by_number, when, working_days

REPORT: Final = Deadline(
    "transfer.report",
    basis="国务院令第310号 art. 5 (立即, 核实情况后); number of days: design",
    title="专案组提出移送报告",
    # A draft that nobody goes on with would else hide the case from every other clock: it answers a suspicion, too.
    starts=pb.TransferOpened,
    ends=pb.ReportSubmitted,
    within=by_number("transfer_report_working_days", working_days),
    key="transfer_id",
)

RECEIPT: Final = Deadline(
    "transfer.receipt",
    basis="国务院令第310号 art. 7; 公安机关办理刑事案件程序规定 art. 175; number of days: design",
    title="公安机关签收移送书回执",
    # No clock of the police's begins before they sign: only the sender can see that they do not. It mirrors none.
    starts=(pb.CaseTransferred, forwarding.TransferRedirected),
    # With the instant of the signature, on paper or by a node: a late message does not make the police late.
    ends=pb.PoliceReceiptRecorded,
    within=by_number("police_receipt_working_days", working_days),
    key="transfer_id",
    responsible=lambda event, context: event.police_id,
)

CLOSING: Final = Deadline(
    "transfer.close",
    basis="国务院令第310号 arts. 10, 13; number of days: design",
    title="办结移送",
    # Not closed by itself: after a conviction a leader decides whether the case ends with it, or comes back for what
    # the judgment does not settle, a licence (art. 11); and the party may have to be told first (行政强制法 art. 21).
    starts=(
        pb.CaseReturned,
        when(
            outcomes.OutcomeRecorded,
            lambda event: event.outcome == outcomes.TRANSFER_OUTCOME_CONVICTED and not event.moves_nothing,
        ),
    ),
    ends=outcomes.TransferClosed,
    cancelled_by=(
        # After a conviction the return is the other way to go on; it starts the clock again.
        pb.CaseReturned,
        when(pb.PoliceFilingRecorded, lambda event: not event.moves_nothing),
        when(supervision.SupervisionStepRecorded, lambda event: event.step == supervision.SUPERVISION_STEP_ORDERED),
    ),
    within=by_number("transfer_next_step_working_days", working_days),
    key="transfer_id",
)

ASKING: Final = Deadline(
    "supervision.ask",
    basis="人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 art. 9; number of days: design",
    title="要求公安机关说明不立案理由",
    starts=supervision.SupervisionOpened,
    ends=supervision.ReasonsAsked,
    cancelled_by=supervision.SupervisionEnded,
    within=by_number("supervision_ask_working_days", working_days),
    key="supervision_id",
    subject="transfer_id",
)

CONCLUSION: Final = Deadline(
    "supervision.conclude",
    basis="人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 arts. 9, 10; number of days: design",
    title="认定不立案理由是否成立",
    # From the question, not from the statement: police that state nothing in their seven days can be told to file, too.
    starts=supervision.ReasonsAsked,
    ends=(supervision.RefusalUpheld, supervision.FilingOrdered),
    cancelled_by=supervision.SupervisionEnded,
    within=by_number("supervision_conclusion_working_days", working_days),
    key="supervision_id",
    subject="transfer_id",
)

CLOCKS: Final = (REPORT, RECEIPT, CLOSING, ASKING, CONCLUSION)
