"""What who asks and who is asked share."""

from typing import Final

from services.kernel.errors import refusals

Refusal = refusals("enforcement.cross_border.v1")

APL_26: Final = "行政处罚法 art. 26"
