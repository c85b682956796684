"""The police's clock when they have no node: only the bureau keeps it, by what their paper says."""

from typing import Any, Final

from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import paper_pb2 as pb

from services.kernel.deadlines import Deadline, when
from services.transfer.deadlines import THREE_DAYS


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
    cancelled_by=when(pb.PaperActNoted, _says(pb.PAPER_ANSWER_KIND_DECLINE)),
    within=THREE_DAYS,
    key="transfer_id",
    responsible=lambda event, context: event.answered_by,
)

CLOCKS: Final = (DECISION_ON_PAPER,)
