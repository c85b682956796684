"""Pages of the platform's answers: each token names the last row that was shown."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from enforcement.common.v1 import common_pb2 as common

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import from_microseconds, microseconds
from services.kernel.queries import PAGE_DEFAULT, PAGE_MAX

_FIRST: Final = (datetime.min.replace(tzinfo=UTC), "", "")
_LAST_US: Final = microseconds(datetime.max.replace(tzinfo=UTC))


def size(page: common.PageRequest) -> int:
    """Rows of a page."""
    return min(page.size, PAGE_MAX) if page.size > 0 else PAGE_DEFAULT


def numbers(token: str, count: int) -> tuple[int, ...]:
    """The numbers that a token is made of. Raises Refused: BAD_PAGE_TOKEN."""
    parts = token.split(".")
    if len(parts) != count or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise Refused(KernelRefusal.BAD_PAGE_TOKEN)
    return tuple(int(part) for part in parts)


def token(last: Mapping[str, Any]) -> str:
    """The token after a clock."""
    text = f"{microseconds(last['due_at'])} {last['publisher']} {last['deadline_id']}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def after(token: str) -> tuple[datetime, str, str]:
    """The clock that a token names. Raises Refused: BAD_PAGE_TOKEN."""
    if not token:
        return _FIRST
    try:
        due_us, publisher, deadline_id = base64.urlsafe_b64decode(token.encode()).decode().split(" ")
        return from_microseconds(int(due_us)), publisher, deadline_id
    except (ValueError, OverflowError, binascii.Error):
        raise Refused(KernelRefusal.BAD_PAGE_TOKEN) from None


def quarantine_after(token: str) -> tuple[int, bytes]:
    """The entry of the quarantine that a token names. Raises Refused: BAD_PAGE_TOKEN."""
    if not token:
        return _LAST_US, b""
    try:
        before_us, _, digest = token.partition(".")
        return int(before_us), bytes.fromhex(digest)
    except ValueError:
        raise Refused(KernelRefusal.BAD_PAGE_TOKEN) from None
