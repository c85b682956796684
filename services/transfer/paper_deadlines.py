"""The police's clocks when nobody but the bureau, or the procuratorate, can keep them: by what came on paper."""

from typing import Any, Final

from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import incoming_pb2 as incoming
from enforcement.transfer.v1 import paper_pb2 as pb
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.deadlines import Deadline, calendar_days, when
from services.transfer.deadlines import REASONS_DAYS, THREE_DAYS


def _says(*kinds: pb.PaperAnswerKind.ValueType) -> Any:
    return lambda event: event.kind in kinds


DECISION_ON_PAPER: Final = Deadline(
    "transfer.filing_decision_on_paper",
    basis="国务院令第310号 art. 8",
    title="公安机关决定是否立案（纸质往来）",
    starts=when(pb.PaperActNoted, _says(pb.PAPER_ANSWER_KIND_RECEIPT)),
    # The instant is that of the signature on the paper; a node that they have by then tells the same.
    ends=(
        when(pb.PaperActNoted, _says(pb.PAPER_ANSWER_KIND_FILING, pb.PAPER_ANSWER_KIND_REFUSAL)),
        when(events.CriminalCaseFiled, received=True),
        when(events.FilingRefused, received=True),
    ),
    cancelled_by=(
        when(pb.PaperActNoted, _says(pb.PAPER_ANSWER_KIND_DECLINE, pb.PAPER_ANSWER_KIND_FORWARDING)),
        when(forwarding.ReferralForwarded, received=True),
        when(forwarding.ReferralDeclined, received=True),
    ),
    # The bureau's own record of it: one extension, whether paper, node or both tell of it.
    extended_by=reconsideration.PoliceExtensionRecorded,
    extension=lambda event: event.days,
    within=THREE_DAYS,
    key="transfer_id",
    responsible=lambda event, context: event.answered_by,
    version=4,
)

ORDERED_ON_PAPER: Final = Deadline(
    "transfer.ordered_filing_on_paper",
    basis="公安机关办理刑事案件程序规定 art. 182",
    title="公安机关依通知立案（纸质往来）",
    # Counted from the day of the procuratorate's letter: when the police got theirs no paper tells the bureau.
    # Police with a node enter their own letter, and keep the clock themselves.
    starts=when(
        pb.PaperActNoted,
        lambda event: event.kind == pb.PAPER_ANSWER_KIND_SUPERVISION_ORDERED and event.referral_id == "",
    ),
    ends=(
        when(pb.PaperActNoted, _says(pb.PAPER_ANSWER_KIND_FILING)),
        when(events.CriminalCaseFiled, received=True),
    ),
    # Their node has the letter, too, and keeps the clock from now on.
    cancelled_by=when(supervision.FilingOrderReceived, received=True),
    within=calendar_days(15),
    key="transfer_id",
    responsible=lambda event, context: event.police_id,
    version=3,
)

RECONSIDERED_ON_PAPER: Final = Deadline(
    "transfer.reconsideration_decision_on_paper",
    basis="国务院令第310号 art. 9; 公安机关办理刑事案件程序规定 art. 181",
    title="公安机关作出复议决定（纸质往来）",
    # Counted from the request: two officers bring the letter. Police with a node say themselves when they have it.
    starts=when(reconsideration.ReconsiderationRequested, lambda event: event.referral_id == ""),
    ends=(
        when(pb.PaperActNoted, _says(pb.PAPER_ANSWER_KIND_FILING, pb.PAPER_ANSWER_KIND_REFUSAL_MAINTAINED)),
        when(events.CriminalCaseFiled, received=True),
        when(reconsideration.RefusalMaintained, received=True),
    ),
    cancelled_by=(
        when(supervision.SupervisionStepRecorded, lambda event: event.step == supervision.SUPERVISION_STEP_ORDERED),
        # Their node has the request, too, and keeps the clock from now on.
        when(reconsideration.ReconsiderationReceived, received=True),
    ),
    within=THREE_DAYS,
    key="transfer_id",
    responsible=lambda event, context: event.police_id,
    version=2,
)

REASONS_ON_PAPER: Final = Deadline(
    "supervision.reasons_on_paper",
    basis="人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 art. 9; 公安机关办理刑事案件程序规定 art. 182",
    title="公安机关说明不立案理由（纸质往来）",
    starts=when(incoming.PaperNoted, _says(pb.PAPER_ANSWER_KIND_REASONS_REQUEST_RECEIPT)),
    ends=(
        when(incoming.PaperNoted, _says(pb.PAPER_ANSWER_KIND_REASONS_STATED)),
        when(supervision.ReasonsStated, received=True),
    ),
    cancelled_by=(
        when(supervision.SupervisionEnded, received=False),
        when(supervision.ReasonsRequestReceived, received=True),
    ),
    within=REASONS_DAYS,
    key="transfer_id",
    responsible=lambda event, context: event.from_id,
    version=2,
)

SUPERVISED_FILING_ON_PAPER: Final = Deadline(
    "supervision.ordered_filing_on_paper",
    basis="人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 art. 10; 公安机关办理刑事案件程序规定 art. 182",
    title="公安机关按通知立案（纸质往来）",
    starts=when(incoming.PaperNoted, _says(pb.PAPER_ANSWER_KIND_FILING_ORDER_RECEIPT)),
    ends=(
        when(incoming.PaperNoted, _says(pb.PAPER_ANSWER_KIND_FILING)),
        when(events.CriminalCaseFiled, received=True),
    ),
    cancelled_by=(
        when(supervision.SupervisionEnded, lambda event: not event.filed, received=False),
        when(supervision.FilingOrderReceived, received=True),
    ),
    within=calendar_days(15),
    key="transfer_id",
    responsible=lambda event, context: event.from_id,
    version=2,
)

CLOCKS: Final = (
    DECISION_ON_PAPER,
    ORDERED_ON_PAPER,
    RECONSIDERED_ON_PAPER,
    REASONS_ON_PAPER,
    SUPERVISED_FILING_ON_PAPER,
)
