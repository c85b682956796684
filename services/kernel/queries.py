"""What queries share: pages, and columns back into messages."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from enforcement.common.v1 import common_pb2 as common
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.messages import to_timestamp

PAGE_DEFAULT: Final = 50
PAGE_MAX: Final = 500
_LAST_POSITION: Final = 2**63 - 1

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class PageOf:
    """A page of rows in descending order of the ledger position at which each began: stable while rows are added.

    Read `limit` rows with a position below `before`; the one row too many says that there is a next page.
    """

    size: int
    before: int

    @classmethod
    def asked(cls, request: common.PageRequest) -> "PageOf":
        """The page that a request asks for; sizes beyond PAGE_MAX give PAGE_MAX rows.

        Raises:
            Refused: BAD_PAGE_TOKEN.
        """
        token = request.token
        if token and not (token.isascii() and token.isdigit() and 0 < int(token) <= _LAST_POSITION):
            raise Refused(KernelRefusal.BAD_PAGE_TOKEN)
        size = min(request.size, PAGE_MAX) if request.size > 0 else PAGE_DEFAULT
        return cls(size, int(token) if token else _LAST_POSITION)

    @property
    def limit(self) -> int:
        """Rows to read."""
        return self.size + 1

    def cut(self, rows: Sequence[Any], column: str = "began_position") -> tuple[Sequence[Any], str]:
        """The rows of the page, and the token of the next; empty on the last."""
        shown = rows[: self.size]
        return shown, str(shown[-1][column]) if len(rows) > self.size else ""


def instant(value: datetime | None) -> Timestamp | None:
    """A nullable column as an absent or present field."""
    return to_timestamp(value) if value is not None else None


def message_of(kind: type[M], value: Any) -> M | None:
    """A jsonb column that a fold filled with `as_dict`; None when it is NULL."""
    if value is None:
        return None
    return ParseDict(json.loads(value) if isinstance(value, str) else value, kind())


def messages_of(kind: type[M], value: Any) -> list[M]:
    """A jsonb column that a fold filled with a list of `as_dict`; empty when it is NULL."""
    found = json.loads(value) if isinstance(value, str) else value or []
    return [ParseDict(one, kind()) for one in found]
