"""Queries of documents, their forms, the catalogue of a file and reviews."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from enforcement.audit.v1 import events_pb2 as audit
from enforcement.common.v1 import common_pb2 as common
from enforcement.documents.v1 import events_pb2 as events
from enforcement.documents.v1 import service_pb2 as pb
from google.protobuf.message import Message

from services.documents import dossier, matter
from services.documents.contents import contents
from services.documents.model.document import (
    inputs_of,
    makes,
    missing_signers,
    require_party_line,
    require_procedure,
    signers_of,
    snapshot_of,
    team_of,
)
from services.documents.present import sheet
from services.documents.registry import Form, form_of, forms
from services.documents.review_rules import review_rules
from services.documents.shared import Refusal, numbering_id
from services.documents.snapshot import canonical, compose
from services.documents.typesetter import typesetter
from services.kernel.decider import Context
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.ledger import uuid7
from services.kernel.privacy import Privacy
from services.kernel.queries import PageOf, instant, message_of, messages_of
from services.kernel.timeline import timeline

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_DOCUMENT = "SELECT * FROM document WHERE document_id = $1"
_OF_MATTER = """
SELECT * FROM document WHERE matter_id = $1 AND began_position > $2 ORDER BY began_position LIMIT $3
"""
_NUMBERS = "SELECT * FROM number_taken WHERE numbering_id = $1 AND number > $2 ORDER BY number LIMIT $3"
_ARCHIVE = "SELECT * FROM archive WHERE archive_id = $1"
_NEWEST_ARCHIVE = "SELECT * FROM archive WHERE matter_id::text = $1 ORDER BY began_position DESC LIMIT 1"
_REVIEW = "SELECT * FROM case_review WHERE review_id = $1"
_NEWEST_REVIEW = "SELECT * FROM case_review WHERE matter_id = $1 ORDER BY began_position DESC LIMIT 1"


class DocumentsApi:
    """Answers of DocumentsService that are no commands.

    Raises:
        ValueError: a form is not declared as it must be, the font is not there, or the letterhead is wrong: the node
            does not start, since it could not issue what it must.
    """

    def __init__(self, node: "Node") -> None:
        self._node = node
        forms()
        dossier.needs()
        review_rules()
        typesetter()

    async def preview_document(self, request: pb.PreviewDocumentRequest, call: "Call") -> pb.PreviewDocumentResponse:
        """A sheet without a number, marked 预览; what it lacks is left blank and named."""
        form = form_of(request.form)
        known = await matter.require_known(
            self._node, request.matter_id, (signer.officer_id for signer in request.signers)
        )
        require_procedure(form, known)
        signing = request.party_signing if request.HasField("party_signing") else None
        require_party_line(form, signing)
        await self._require_may_see(request, form, call, known.facts)
        composed = compose(form, known.facts, inputs_of(request), known.letterhead)
        context = Context(
            authority=self._node.authority,
            actor=call.actor,
            occurred_at=call.now,
            now=call.now,
            command_id=uuid7(),
            rules=self._node.rules,
            officers=self._node.register.officers,
            members=self._node.members,
        )
        signers = signers_of(form, request.signers, context, known)
        content = snapshot_of(
            composed.values,
            form=form,
            matter_id=request.matter_id,
            version=1,
            correction="",
            signers=signers,
            party_signing=signing,
            context=context,
            letterhead=known.letterhead,
        )
        printed = sheet(form, json.loads(canonical(content)), number="", preview=True)
        made = await typesetter().pdf(form.template, printed)
        characters = typesetter().lacking(json.dumps(printed["fields"], ensure_ascii=False))
        missing = [
            *composed.missing,
            *missing_signers(form, signers),
            *([f"字库缺字：{characters}"] if characters else []),
        ]
        return pb.PreviewDocumentResponse(pdf=made.pdf, missing=missing)

    async def _require_may_see(
        self, request: pb.PreviewDocumentRequest, form: Form, call: "Call", facts: Mapping[str, Any]
    ) -> None:
        """A sheet cannot be masked: whoever may not see all of a matter sees none of it, and who does is on record."""
        disclosure = Privacy(self._node.ledger).disclosure(call, request.purpose, "documents.PreviewDocument")
        team, makers = team_of(form, facts), [call.actor.id] if makes(form, call.actor) else []
        if not disclosure.sees_whole(team or [*facts.get("handled_by", []), *makers], closed=bool(team)):
            raise Refused(Refusal.PREVIEW_NOT_SHOWN)
        disclosure.whole(request.matter_id, "pdf")
        await disclosure.record()

    async def get_document(self, request: pb.GetDocumentRequest, call: "Call") -> pb.GetDocumentResponse:
        """One document."""
        async with self._node.views("documents").at(request.min_position) as connection:
            row = await connection.fetchrow(_DOCUMENT, UUID(request.document_id))
        if row is None or row["form"] is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.document_id)
        answer = pb.GetDocumentResponse(document=_document(row))
        await self._disclose(answer, str(row["matter_id"]), call, request.purpose, "documents.GetDocument")
        return answer

    async def list_documents(self, request: pb.ListDocumentsRequest, call: "Call") -> pb.ListDocumentsResponse:
        """Documents of a matter, in the order in which they were issued."""
        page = PageOf.asked(request.page)
        async with self._node.views("documents").at(request.min_position) as connection:
            rows = await connection.fetch(_OF_MATTER, UUID(request.matter_id), int(request.page.token or 0), page.limit)
        shown, next_token = page.cut(rows)
        answer = pb.ListDocumentsResponse(documents=[_document(row) for row in shown], next_token=next_token)
        await self._disclose(answer, request.matter_id, call, request.purpose, "documents.ListDocuments")
        return answer

    async def _disclose(
        self, answer: Message, matter_id: str, call: "Call", purpose: audit.Purpose.ValueType, method: str
    ) -> bool:
        """Masks in place what the caller may not see of a matter, and records the rest; whether anything was masked."""
        disclosure = Privacy(self._node.ledger).disclosure(call, purpose, method)
        masked = disclosure.show(answer, matter_id, await matter.handled_by(self._node, matter_id))
        await disclosure.record()
        return masked

    async def list_forms(self, request: pb.ListFormsRequest, call: "Call") -> pb.ListFormsResponse:
        """The forms of this kind of authority and what each asks for."""
        mine = [form for form in forms().values() if form.is_of(self._node.authority.kind)]
        asked = [form_of(request.form)] if request.form else mine
        return pb.ListFormsResponse(forms=[_form(form) for form in asked])

    async def get_catalogue(self, request: pb.GetCatalogueRequest, call: "Call") -> pb.GetCatalogueResponse:
        """The catalogue of a matter's file, and what it lacks."""
        async with self._node.views("documents").at(request.min_position) as connection:
            found, _ = await matter.read(connection, request.matter_id)
            entries = await contents(connection, self._node.blobs, found)
        placed = dossier.catalogue(entries)
        answer = pb.GetCatalogueResponse(
            entries=[
                pb.CatalogueEntry(
                    order=n,
                    title=entry.title,
                    number=entry.number,
                    made_on=entry.made_on,
                    first_page=entry.first_page,
                    last_page=entry.last_page,
                    file=message_of(common.BlobRef, entry.file),
                    remark=entry.remark,
                    evidence=entry.evidence,
                )
                for n, entry in enumerate(placed, 1)
            ],
            pages=sum(entry.pages for entry in placed),
            lacking=dossier.lacking(found.kind, found.facts, placed),
            procedure=dossier.PROCEDURES[found.kind],
        )
        answer.masked = await self._disclose(answer, request.matter_id, call, request.purpose, "documents.GetCatalogue")
        if answer.masked or not request.purpose:  # a device or an officer named it, after a person as like as not
            for one in answer.entries:
                one.file.file_name = ""
        return answer

    async def list_numbers(self, request: pb.ListNumbersRequest, call: "Call") -> pb.ListNumbersResponse:
        """The register of a series and year, the first number first."""
        page = PageOf.asked(request.page)
        numbering = numbering_id(self._node.authority.id, request.series, request.year)
        async with self._node.views("documents").at(request.min_position) as connection:
            rows = await connection.fetch(_NUMBERS, UUID(numbering), int(request.page.token or 0), page.limit)
        shown, next_token = page.cut(rows, "number")
        return pb.ListNumbersResponse(
            numbers=[
                pb.Number(
                    number=row["number"], text=row["text"], for_id=str(row["for_id"]), taken_at=instant(row["taken_at"])
                )
                for row in shown
            ],
            next_token=next_token,
        )

    async def get_archive(self, request: pb.GetArchiveRequest, call: "Call") -> pb.GetArchiveResponse:
        """One package by its id, or the newest of a matter."""
        async with self._node.views("documents").at(request.min_position) as connection:
            if request.archive_id:
                row = await connection.fetchrow(_ARCHIVE, UUID(request.archive_id))
            else:
                row = await connection.fetchrow(_NEWEST_ARCHIVE, request.matter_id)
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.archive_id or request.matter_id)
        return pb.GetArchiveResponse(archive=message_of(events.ArchivePackageBuilt, row["built"]))

    async def get_review(self, request: pb.GetReviewRequest, call: "Call") -> pb.GetReviewResponse:
        """One review. What reviewers remarked names people in words that no mask finds: it is shown whole or not."""
        if not (request.review_id or request.matter_id):
            raise Refused(KernelRefusal.INVALID_REQUEST, detail="review_id or matter_id: required")
        async with self._node.views("documents").at(request.min_position) as connection:
            if request.review_id:
                row = await connection.fetchrow(_REVIEW, UUID(request.review_id))
            else:
                row = await connection.fetchrow(_NEWEST_REVIEW, UUID(request.matter_id))
        if row is None:
            raise Refused(KernelRefusal.NOT_FOUND, id=request.review_id or request.matter_id)
        opened = message_of(events.ReviewOpened, row["opened"])
        completed = message_of(events.ReviewCompleted, row["completed"]) or events.ReviewCompleted()
        assert opened is not None
        review = pb.Review(
            review_id=str(row["review_id"]),
            matter_id=str(row["matter_id"]),
            stage=row["stage"],
            ruleset=opened.ruleset,
            items=opened.items,
            findings=completed.findings,
            score_tenths=completed.score_tenths,
            vetoes=completed.vetoes,
            rework_until_on=completed.rework_until_on,
        )
        setattr(review, "class", getattr(completed, "class"))
        answer = pb.GetReviewResponse(review=review)
        if any(one.remark for one in review.findings):
            answer.masked = not await self._shows_remarks(review, opened, call, request.purpose)
        if answer.masked:
            for one in answer.review.findings:
                one.remark = ""
        return answer

    async def _shows_remarks(
        self, review: pb.Review, opened: events.ReviewOpened, call: "Call", purpose: audit.Purpose.ValueType
    ) -> bool:
        """Whether the caller sees the remarks of a review: all of the matter by role, as its officer or as a reviewer.
        Then it is on record.
        """
        disclosure = Privacy(self._node.ledger).disclosure(call, purpose, "documents.GetReview")
        reviewers = [one.officer_id for one in opened.reviewers]
        if not disclosure.sees_whole([*await matter.handled_by(self._node, review.matter_id), *reviewers]):
            return False
        disclosure.whole(review.matter_id, "review.findings.remark")
        await disclosure.record()
        return True

    async def get_timeline(self, request: pb.GetTimelineRequest, call: "Call") -> pb.GetTimelineResponse:
        """What happened to a document, a package or a review, oldest first."""
        async with self._node.views("documents").at(request.min_position) as connection:
            entries, next_token = await timeline(connection, request.id, request.page)
        return pb.GetTimelineResponse(entries=entries, next_token=next_token)


def _document(row: Mapping[str, Any]) -> pb.Document:
    return pb.Document(
        document_id=str(row["document_id"]),
        form=row["form"],
        title=forms()[row["form"]].title,
        matter_id=str(row["matter_id"]),
        number=row["number"] or "",
        version=row["version"],
        state=row["state"],
        issued_at=instant(row["issued_at"]),
        versions=[_version(version) for version in json.loads(row["versions"])],
        signers=messages_of(events.Signer, row["signers"]),
    )


def _version(version: Mapping[str, Any]) -> pb.DocumentVersion:
    digest = bytes.fromhex(version["snapshotSha256"])
    named = {name: value for name, value in version.items() if name != "snapshotSha256"}
    made = message_of(pb.DocumentVersion, named)
    assert made is not None
    made.snapshot_sha256 = digest
    return made


def _form(form: Form) -> pb.Form:
    return pb.Form(
        code=form.code,
        title=form.title,
        series=form.word,
        law=form.law,
        step=form.step,
        fields=[
            pb.FormField(name=field.name, label=field.label, kind=field.kind, required=field.required, fact=field.fact)
            for field in form.fields.values()
        ],
        signers=[pb.FormSigner(role=role, least=least) for role, least in form.signers.items()],
        party_signs=form.party_signs,
        template_version=form.template_version,
        aliases=form.aliases,
    )
