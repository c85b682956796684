"""A joint operation (联合执法): one aggregate for the lead, one for each participant, each on its own ledger.

    lead          operation       DRAFT ▶ INVITED ▶ READY ▶ RUNNING ▶ CLOSED ▶ SUMMARISED
    participant   participation   INVITED ▶ ACCEPTED ▶ ROSTERED ▶ REPORTED ▶ SUMMARISED

A 双随机 operation begins with a draw, two aggregates as well (`draw`): the lead's and its witness's.

The lead takes part too, and hears of its own participation as of any other. No side writes in another's ledger: what
one records about another is what that other signed.
"""

from services.joint_operations.model.draw import Draw, DrawWitness, draw, draw_witness
from services.joint_operations.model.operation import Operation, operation
from services.joint_operations.model.participation import Participation, participation
from services.joint_operations.model.shared import Refusal

__all__ = [
    "Draw",
    "DrawWitness",
    "Operation",
    "Participation",
    "Refusal",
    "draw",
    "draw_witness",
    "operation",
    "participation",
]
