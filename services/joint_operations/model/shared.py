"""Rules that lead and participant share."""

from typing import Final

from services.kernel.decider import Context
from services.kernel.errors import Refused, refusals

Refusal = refusals("enforcement.joint_operations.v1")

APL_26: Final = "行政处罚法 art. 26"


def speaker(context: Context) -> str:
    """The authority that speaks: whoever signed the event behind the command, or this one."""
    return context.origin or context.authority.id


def require_lead(lead_id: str, context: Context) -> None:
    """Only the lead speaks for the operation."""
    if speaker(context) != lead_id:
        raise Refused(Refusal.NOT_THE_LEAD, authority=speaker(context))
