"""The clock of documents: rework after a review. Clocks of the law stand with the steps that they time."""

from enforcement.documents.v1 import events_pb2 as pb

from services.kernel.deadlines import Deadline, Deadlines, when
from services.kernel.deadlines.units import until

REWORK = Deadline(
    "documents.rework",
    basis="design",
    title="完成案卷评查整改并通过验收",
    starts=when(pb.ReviewCompleted, lambda event: event.rework),
    ends=pb.ReworkAccepted,
    within=until("rework_until_on"),
    key="review_id",
)
"""The reviewers name the day; it does not roll."""

DEADLINES = Deadlines(REWORK)
