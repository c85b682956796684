"""The archive package of a matter (归档包): built once it is closed, complete or with the reason why not.

A package is a fact: it names the ledger position up to which it speaks. Whoever finds that something was missing builds
another one; the first stays what it is.
"""

from dataclasses import dataclass, replace
from typing import Any

from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands

from services.documents.shared import Refusal
from services.kernel.decider import Aggregate, Context, Events
from services.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Archive:
    """One package."""

    matter_id: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """What a look-up found, and built when nothing stood against it."""

    closed: bool
    lacking: tuple[str, ...]
    package: Any = None
    """The package in the store of files; None when it was not built."""
    index_sha256: bytes = b""
    documents: int = 0
    evidence: int = 0
    events: int = 0
    up_to_position: int = 0
    pages: int = 0


archive = Aggregate("archive", Archive)


@archive.decide(commands.BuildArchiveRequest, basis="行政处罚法 art. 47; 档案法 art. 37")
def build(state: Archive, command: commands.BuildArchiveRequest, context: Context) -> Events:
    """The whole process is on record (全过程记录): what the list of its procedure asks for is there, or a reason is."""
    built: Built = context.found
    if not built.closed:
        raise Refused(Refusal.MATTER_OPEN)
    if built.lacking and not command.reason.strip():
        raise Refused(Refusal.FILE_INCOMPLETE, lacking="、".join(built.lacking))
    yield pb.ArchivePackageBuilt(
        archive_id=command.archive_id or str(context.new_id(archive.name)),
        matter_id=command.matter_id,
        package=built.package,
        index_sha256=built.index_sha256,
        document_count=built.documents,
        evidence_count=built.evidence,
        event_count=built.events,
        up_to_position=built.up_to_position,
        pages=built.pages,
        lacking=built.lacking,
        reason=command.reason if built.lacking else "",
    )


@archive.evolve(pb.ArchivePackageBuilt)
def package_built(state: Archive, event: pb.ArchivePackageBuilt) -> Archive:
    return replace(state, matter_id=event.matter_id)
