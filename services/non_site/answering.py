"""What the queries of non-site enforcement share: what is shown to whom, and which instants and days are meant."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.kernel.messages import to_datetime
from services.kernel.privacy import Disclosure, Privacy
from services.kernel.values import day, day_of

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from google.protobuf.timestamp_pb2 import Timestamp

    from services.kernel.app import Node
    from services.kernel.rpc import Call


class Answering:
    """Parts of NonSiteApi build on it."""

    _node: "Node"

    def _disclosure(self, request: Any, call: "Call") -> Disclosure:
        """What the answer to a question shows of persons, and to whom."""
        method = f"non_site.{request.DESCRIPTOR.name.removesuffix('Request')}"
        return Privacy(self._node.ledger).disclosure(call, request.purpose, method)

    async def _shown(self, disclosure: Disclosure, messages: Sequence[tuple["Message", str]]) -> bool:
        """Masks messages about matters that are nobody's own, and records what is left; whether any was masked."""
        masked = [disclosure.show(message, matter_id, ()) for message, matter_id in messages]
        await disclosure.record()
        return any(masked)

    @property
    def _today(self) -> date:
        return day_of(self._node.clock.now())

    def _instant(self, asked: "Timestamp | None") -> datetime:
        return to_datetime(asked) if asked is not None else self._node.clock.now()


def day_or_none(text: str) -> date | None:
    """The day that a request names, if it names one."""
    return day(text) if text else None


def uuid_or_none(text: str) -> UUID | None:
    """The id that a request names, if it names one."""
    return UUID(text) if text else None
