"""What the aggregates of non-site enforcement share."""

from typing import Final
from uuid import UUID

from services.kernel.errors import refusals
from services.kernel.ledger import ids

Refusal = refusals("enforcement.non_site.v1")

APL_41: Final = "行政处罚法 art. 41"
HPR_66: Final = "公路安全保护条例 art. 66"
OVER_44: Final = "超限运输车辆行驶公路管理规定 art. 44"


def capture_of(device_id: str, record_id: str) -> str:
    """Id of a device's record: the same record comes twice with the same id, whoever sends it."""
    return str(ids.derive(UUID(device_id), f"capture/{record_id}"))


def follow_up_of(case_id: str) -> str:
    """Id of what follows a case."""
    return str(ids.derive(UUID(case_id), "follow_up"))
