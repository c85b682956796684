"""The internal clock of a clue on an official (纪检监察线索): no text has a number of days.

Its id begins with the word that keeps it out of feeds, lists, logs and metrics
(services/kernel/deadlines/restricted.py); who is on the list of the clue sees it with the clue.
"""

from typing import Final

from enforcement.transfer.v1 import discipline_pb2 as pb

from services.kernel.deadlines import Deadline, by_number, when, working_days

FORWARDING = Deadline(
    "restricted.clue_forwarding",
    basis="国务院令第310号 art. 19; number of days: design",
    title="移送线索",
    starts=pb.ClueNoted,
    # Receipt and outcome are letters of the other side, and of another clue.
    ends=(when(pb.RestrictedLetter, received=False), pb.ClueHandedOver),
    within=by_number("discipline_clue_working_days", working_days),
    key="clue_id",
)

CLOCKS: Final = (FORWARDING,)
