"""What decisions about documents look up: facts of the matter, names of officers, the rendered sheet, the package."""

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands

from services.documents.matter import require_known
from services.documents.model.document import Rendered
from services.documents.present import sheet
from services.documents.registry import form_of
from services.documents.settings import Letterhead, letterhead
from services.documents.shared import Refusal
from services.documents.stored import read_snapshot
from services.documents.typesetter import Unrendered, typesetter
from services.kernel.blobs import CHUNK_BYTES, BlobStore
from services.kernel.decider import Context
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.lookups import Lookups
from services.kernel.messages import type_name

if TYPE_CHECKING:
    from services.kernel.app import Node

lookups = Lookups()
PDF = "application/pdf"


@lookups.on(commands.TakeNumberRequest)
async def find_letterhead(node: "Node", command: commands.TakeNumberRequest, context: Context) -> Letterhead:
    """How this authority writes its numbers."""
    return letterhead()


@lookups.on(commands.IssueDocumentRequest)
async def find_facts(node: "Node", command: commands.IssueDocumentRequest, context: Context) -> Any:
    """What the ledger knows of the matter, everything recorded before this call included."""
    return await require_known(node, command.matter_id, (signer.officer_id for signer in command.signers))


@lookups.on(commands.CorrectDocumentRequest)
async def find_facts_anew(node: "Node", command: commands.CorrectDocumentRequest, context: Context) -> Any:
    """The same for a further version."""
    issued = await _newest(node, command.document_id)
    return await require_known(node, issued.matter_id, (signer.officer_id for signer in command.signers))


@lookups.on(commands.RenderDocumentRequest)
async def render(node: "Node", command: commands.RenderDocumentRequest, context: Context) -> Rendered:
    """Renders the sheet and stores it; a repeat makes the same bytes, which are stored once."""
    issued = await _newest(node, command.document_id)
    form = form_of(issued.form)
    try:
        made = await typesetter().pdf(form.template, sheet(form, read_snapshot(issued), number=command.number))
    except Unrendered as error:
        raise Refused(Refusal.RENDERING_FAILED, detail=error) from error
    version = f"（第{issued.version}版）" if issued.version > 1 else ""
    file = await store(node.blobs, made.pdf, media_type=PDF, file_name=f"{form.title} {command.number}{version}.pdf")
    return Rendered(file, made.pages, form.template_version)


async def _newest(node: "Node", document_id: str) -> pb.DocumentIssued:
    """What the newest version of a document says.

    Raises:
        Refused: NOT_FOUND.
    """
    stream = await node.ledger.read_stream(UUID(document_id))
    for event in reversed(stream.events):
        if event.type == type_name(pb.DocumentIssued):
            return pb.DocumentIssued.FromString(event.body)
    raise Refused(KernelRefusal.NOT_FOUND, id=document_id)


async def store(blobs: BlobStore, content: bytes, *, media_type: str, file_name: str) -> common.BlobRef:
    """Puts a file into the store of files, unless it is there.

    Raises:
        Refused: as the store; UNAVAILABLE is tried again by whoever asked.
    """
    address = sha256(content).digest()
    if await blobs.stat(address) is None:
        async with await blobs.upload(uuid4(), address, len(content)) as upload:
            for start in range(0, len(content), CHUNK_BYTES):
                await upload.write(content[start : start + CHUNK_BYTES])
            await upload.commit()
    return common.BlobRef(sha256=address, size=len(content), media_type=media_type, file_name=file_name)
