"""An operation as its lead keeps it (联合执法行动).

    DRAFT ──invite──▶ INVITED ──roster──▶ READY ──a checkpoint opens──▶ RUNNING
                                            └───────────────┬─────────────┘
                                       close: all reported, every finding owned
                                                            ▼
                                                         CLOSED ──propose ⇄ sign──▶ publish ──▶ SUMMARISED
    SUMMARISED ──a participant reopens its field work──▶ CLOSED, until another summary takes the place of the first
    DRAFT, INVITED or READY ──cancel──▶ CANCELLED ──a checkpoint had opened before the word came──▶ RUNNING

The joint team is no legal subject: the lead plans, gathers and counts, and decides nothing on anybody's finding. What
it knows of a participant is what that participant signed; the lead's own part comes to it the same way.

Read in this order: `operation` state and stages · `plan` · `plan_changes` · `invitation` · `partners` · `drawing` ·
`roster` · `changes` · `closing` · `summary`.
"""

from services.joint_operations.model.operation import (
    changes,
    closing,
    drawing,
    invitation,
    partners,
    plan,
    plan_changes,
    roster,
    summary,
)
from services.joint_operations.model.operation.operation import Operation, Stage, Standing, operation

__all__ = [
    "Operation",
    "Stage",
    "Standing",
    "changes",
    "closing",
    "drawing",
    "invitation",
    "operation",
    "partners",
    "plan",
    "plan_changes",
    "roster",
    "summary",
]
