"""The clock of a suspicion (应移未移提示): it is answered. A transfer that answers has its own, `transfer.report`."""

from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.kernel.deadlines import Deadline, by_number, working_days

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

CLOCKS = (ANSWER,)
