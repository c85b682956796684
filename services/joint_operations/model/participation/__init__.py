"""What one authority does in an operation, kept in its own ledger (参加联合执法).

    INVITED ──accept──▶ ACCEPTED ──roster──▶ ROSTERED ──close field work──▶ REPORTED ──lead publishes──▶ SUMMARISED
       │                   ▲                      ▲ check-in, inspections,    │ sign the summary
       └─decline─▶ DECLINED┘                      │ findings, education …     │
                   after all                      └────────── reopen ─────────┘, after the summary too
    before any of its checkpoints opened ──the lead cancels──▶ CANCELLED

The authority in whose territory a checkpoint lies inspects there, by two of its own officers; officers of partners are
recorded as assisting (协助). A finding and its act have one owner, competent at a place of the act. Devices record
without a network and send later, so an inspection does not wait for the record of its checkpoint's opening.

Read in this order: `participation` state and stages · `invitation` · `plan_changes` · `changes` of the roster ·
`check_in` · `inspection` · `finding` · `jurisdiction` · `closing` · `summary` · `partners` without a node.
"""

from services.joint_operations.model.participation import (
    changes,
    check_in,
    closing,
    finding,
    inspection,
    invitation,
    jurisdiction,
    partners,
    plan_changes,
    summary,
)
from services.joint_operations.model.participation.participation import (
    Participation,
    Stage,
    participation,
    participation_of,
)

__all__ = [
    "Participation",
    "Stage",
    "changes",
    "check_in",
    "closing",
    "finding",
    "inspection",
    "invitation",
    "jurisdiction",
    "participation",
    "participation_of",
    "partners",
    "plan_changes",
    "summary",
]
