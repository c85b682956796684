"""What decisions about documents look up: facts of the matter, names of officers, the rendered sheet, the package."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands

from services.documents.archiving import archive
from services.documents.matter import require_known
from services.documents.model.archive import Built
from services.documents.model.document import Rendered, id_of_the_one, require_first
from services.documents.model.review import Reviewed
from services.documents.present import sheet
from services.documents.registry import form_of
from services.documents.review_rules import review_rules
from services.documents.settings import Letterhead, letterhead
from services.documents.shared import Refusal
from services.documents.stored import read_snapshot
from services.documents.storing import store
from services.documents.typesetter import Unrendered, typesetter
from services.documents.wording import text_of
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


@lookups.names(commands.IssueDocumentRequest)
async def name_of_the_one(node: "Node", command: commands.IssueDocumentRequest) -> str:
    """The id of a document that a matter has one of; nothing for the others."""
    form = form_of(command.form)
    if not form.once:
        return ""
    return id_of_the_one(form, command.matter_id, (await require_known(node, command.matter_id)).facts)


@lookups.on(commands.IssueDocumentRequest)
async def find_facts(node: "Node", command: commands.IssueDocumentRequest, context: Context) -> Any:
    """What the ledger knows of the matter, everything recorded before this call included."""
    known = await require_known(node, command.matter_id, (signer.officer_id for signer in command.signers))
    # Before the ledger says only that the stream is there.
    require_first(form_of(command.form), known)
    return known


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
    printed = sheet(form, read_snapshot(issued), number=command.number)
    try:
        made = await typesetter().pdf(form.template, printed)
    except Unrendered as error:
        raise Refused(Refusal.RENDERING_FAILED, detail=error) from error
    version = f"（第{issued.version}版）" if issued.version > 1 else ""
    file = await store(node.blobs, made.pdf, media_type=PDF, file_name=f"{form.title} {command.number}{version}.pdf")
    return Rendered(file, made.pages, form.template_version, text_of(printed))


@lookups.on(commands.BuildArchiveRequest)
async def build_archive(node: "Node", command: commands.BuildArchiveRequest, context: Context) -> Built:
    """Builds the package and stores it, unless a rule stands against it, which the decision then names."""
    return await archive(node, command.matter_id, whatever_lacks=bool(command.reason.strip()))


@lookups.on(commands.OpenReviewRequest)
async def find_review_rules(node: "Node", command: commands.OpenReviewRequest, context: Context) -> Reviewed:
    """Who handled the matter, and the items of this release."""
    known = await require_known(node, command.matter_id, command.reviewer_ids)
    rules = review_rules()
    handled_by = frozenset(known.facts.get("handled_by", []))
    return Reviewed(handled_by, dict(known.officers), rules.ruleset, rules.items, rules.bounds)


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
