"""Which of this authority's officers is given a file: what cannot be masked is shown whole, or not at all.

    digest, subject, purpose ──▶ does an event of the subject name the digest? ──no──▶ NOT_FOUND
                                   └─yes─▶ sees all of every matter, or has a part in this one? ──no──▶ FILE_NOT_SHOWN
                                             └─yes─▶ PersonalDataAccessed in the ledger ──▶ the file

A part in a matter has who acted on the subject, whom such an act relied on (who was assigned, gathered, signed), and
who handles the matter that a service says the subject belongs to. Where that service says so, roles do not suffice: the
criminal stage is for its team and the principal head, an opinion (检察意见) for whoever reads its content, and acting
on it is no part. What of the criminal stage only another authority's event names is given under the own matter that
took it. The same idea as between authorities: an event that shows a file grants it (docs/adr/0007).

Promise   an officer's download begins only after the ledger has it: who, credential, purpose, subject, which file.
Not       secrecy from who knows a digest and names it in a matter of the own: that act stands in the ledger with its
          author. The platform for parties is given what its answers name, and is not asked for a purpose.
Bounds    one stream is read for a download.
Failing   the ledger away: no file.
Shown by tests/integration/kernel/test_file_access.py
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from enforcement.blobs.v1 import service_pb2 as pb
from enforcement.ledger.v1 import meta_pb2 as meta
from enforcement.options.v1 import options_pb2 as options

from services.kernel.blobs import Refusal
from services.kernel.envelopes.disclosure import find_blob
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.facts import decode
from services.kernel.ledger import Event, Ledger
from services.kernel.privacy import Disclosure, Privacy
from services.kernel.rpc import Call

METHOD: Final = "blobs.Download"
CRIMINAL_STAGE: Final = "criminal-stage"
"""`handling` of what is shared about suspected crimes."""


@dataclass(frozen=True, slots=True)
class Handled:
    """Who handles the matter that a subject belongs to."""

    officers: Collection[str] = ()
    """Ids; nobody for a subject that the service does not know."""
    closed: bool = False
    """No role of others sees it, but for the principal head."""
    roles: Collection[options.Role.ValueType] | None = None
    """Only these roles see it beside its officers, and nobody for having acted on it; None: as above."""


Handlers: TypeAlias = Callable[[str], Awaitable[Handled]]


class FileAccess:
    """Asks and records before a file is given."""

    def __init__(self, ledger: Ledger, handlers: Sequence[Handlers]) -> None:
        self._ledger = ledger
        self._handlers = handlers

    async def require(self, request: pb.DownloadRequest, call: Call) -> None:
        """Returns when the file may leave.

        Raises:
            Refused: FILE_NOT_SHOWN, NOT_FOUND.
        """
        if call.actor.kind != "officer":
            return
        if not request.purpose or not request.subject_id:
            raise Refused(Refusal.FILE_NOT_SHOWN)
        stream = await self._ledger.read_stream(UUID(request.subject_id))
        if not any(_names(event, request.sha256) for event in stream.events):
            raise Refused(KernelRefusal.NOT_FOUND, id=request.sha256.hex())
        handled = [await handlers(request.subject_id) for handlers in self._handlers]
        disclosure = Privacy(self._ledger).disclosure(call, request.purpose, METHOD)
        if not _sees(disclosure, stream.events, handled):
            raise Refused(Refusal.FILE_NOT_SHOWN)
        disclosure.whole(request.subject_id, f"file {request.sha256.hex()}")
        await disclosure.record()


def _sees(disclosure: Disclosure, events: Sequence[Event], handled: Sequence[Handled]) -> bool:
    for one in handled:
        if one.roles is not None:
            return disclosure.sees_whole(one.officers, roles=one.roles)
    officers = _had_a_part(events).union(*(one.officers for one in handled))
    return disclosure.sees_whole(officers, closed=any(one.closed for one in handled))


def _names(event: Event, sha256: bytes) -> bool:
    message = decode(event)
    if message is None or find_blob(message, sha256) is None:
        return False
    handling = message.DESCRIPTOR.GetOptions().Extensions[options.share].handling
    return handling != CRIMINAL_STAGE or not meta.Meta.FromString(event.meta).HasField("origin")


def _had_a_part(events: Sequence[Event]) -> set[str]:
    officers = set()
    for event in events:
        noted = meta.Meta.FromString(event.meta)
        if not noted.HasField("origin"):
            officers |= {noted.actor, *(one.officer_id for one in noted.officers)}
    return officers
