"""A document (执法文书): what it says is fixed when it is issued; its number and its sheet follow.

    issue ──▶ ISSUED ──(number taken)──render──▶ RENDERED ──correct──▶ ISSUED, next version, same number ──render──▶ …

A document is never edited. A correction says everything anew, names the version it supersedes and keeps the number, so
that whoever holds either sheet sees which one counts.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final

from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.json_format import MessageToDict

from services.documents.registry import Form, form_of
from services.documents.settings import Letterhead
from services.documents.shared import Refusal, once_id
from services.documents.snapshot import at, canonical, compose, require_complete
from services.kernel.decider import Aggregate, Context, Events, Staged
from services.kernel.errors import KernelRefusal, Refused
from services.kernel.identity import Actor
from services.kernel.values import day, term


class Stage(StrEnum):
    """Where a document stands."""

    NONE = "未制作"
    ISSUED = "待生成"
    RENDERED = "已生成"


@dataclass(frozen=True, slots=True)
class Document(Staged):
    """One document."""

    stage: Stage = Stage.NONE
    form: str = ""
    matter_id: str = ""
    version: int = 0
    number: str = ""
    """Empty until the first version is rendered, unless the ledger had one before."""


def _nothing_lacks(text: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Known:
    """What a look-up finds before a document is issued."""

    facts: Mapping[str, Any]
    """Facts of the matter, as the view folded them."""
    officers: Mapping[str, str]
    """Names by officer id."""
    letterhead: Letterhead
    kind: str = "case"
    """Kind of the matter, of registry.MATTERS."""
    lacking: Callable[[str], str] = _nothing_lacks
    """Characters of a text that the font cannot print."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a look-up made: the sheet in the store of files."""

    file: Any
    pages: int
    template_version: str
    text: str = ""
    """What a decision says; empty on other forms."""


APART_FROM_INVESTIGATION: Final = (options.ROLE_LEGAL_REVIEWER, options.ROLE_HEARING_CHAIR)
"""行政处罚法 arts. 58, 64: reviewed and heard by others than those who investigate."""
MAKES: Final[Mapping[options.Role.ValueType, frozenset[str]]] = {
    options.ROLE_FINANCE: frozenset({"履行", "催告", "行政强制执行", "申请法院强制执行"}),
    options.ROLE_RECORDER: frozenset({"听证", "集体讨论"}),
}
"""Steps whose documents these roles make, of every case; they see nothing else of it whole."""

document = Aggregate("document", Document)


@document.decide(commands.IssueDocumentRequest, basis="交通运输行政执法文书式样; 行政处罚法 art. 42")
def issue(state: Document, command: commands.IssueDocumentRequest, context: Context) -> Events:
    """Nothing is issued that lacks what its form must say, or whoever must sign it, with credentials of that day; and
    by nobody who only investigates, and investigates another case."""
    form = form_of(command.form)
    known: Known = context.found
    if not known.letterhead.prefix:
        raise Refused(Refusal.PREFIX_NOT_SET)
    require_first(form, known)
    if form.once and command.document_id != id_of_the_one(form, command.matter_id, known.facts):
        raise Refused(KernelRefusal.INVALID_REQUEST, detail="document_id: none, of this form a matter has one")
    yield _issued(
        command,
        context,
        form,
        known,
        document_id=command.document_id,
        matter_id=command.matter_id,
        number=_number_on_record(form, known),
    )


@document.decide(commands.CorrectDocumentRequest, basis="design")
def correct(state: Document, command: commands.CorrectDocumentRequest, context: Context) -> Events:
    """A correction is a further version; it waits until the version before it has its sheet."""
    state.require(Stage.RENDERED)
    if command.expected_version != state.version:
        raise Refused(Refusal.WRONG_VERSION, version=state.version)
    yield _issued(
        command,
        context,
        form_of(state.form),
        context.found,
        document_id=command.document_id,
        matter_id=state.matter_id,
        version=state.version + 1,
        number=state.number,
        correction=command.correction,
    )


@document.evolve(pb.DocumentIssued)
def issued(state: Document, event: pb.DocumentIssued) -> Document:
    return replace(
        state,
        stage=Stage.ISSUED,
        form=event.form,
        matter_id=event.matter_id,
        version=event.version,
        number=event.number,
    )


@document.decide(commands.RenderDocumentRequest, basis="design")
def render(state: Document, command: commands.RenderDocumentRequest, context: Context) -> Events:
    """The sheet of the newest version; a version that has its sheet is not rendered again."""
    if state.stage is Stage.RENDERED or command.version != state.version:
        return
    rendered: Rendered = context.found
    yield pb.DocumentRendered(
        document_id=command.document_id,
        version=state.version,
        number=command.number,
        file=rendered.file,
        pages=rendered.pages,
        template_version=rendered.template_version,
        form=state.form,
        matter_id=state.matter_id,
        text=rendered.text,
    )


@document.evolve(pb.DocumentRendered)
def rendered(state: Document, event: pb.DocumentRendered) -> Document:
    return replace(state, stage=Stage.RENDERED, number=event.number)


def signers_of(form: Form, asked: Iterable[commands.SignerRequest], context: Context, known: Known) -> list[pb.Signer]:
    """Who signs, each active and in the role on the day of the act (行政处罚法 art. 42).

    Raises:
        Refused: SIGNER_NOT_ASKED, SIGNER_WITHOUT_ROLE, SIGNER_NOT_WHO_ACTED, SIGNER_INVESTIGATES, SIGNER_RECUSED,
            OFFICER_UNKNOWN, OFFICER_NOT_ACTIVE.
    """
    made = []
    for one in asked:
        role = term(options.Role, one.role)
        if one.role not in form.signers:
            raise Refused(Refusal.SIGNER_NOT_ASKED, form=form.title, role=role)
        snapshot = context.active_officer(one.officer_id)
        name = known.officers.get(one.officer_id, one.officer_id)
        if one.role not in snapshot.roles:
            raise Refused(Refusal.SIGNER_WITHOUT_ROLE, officer=name, role=role)
        _require_may_sign(form, one, known, name=name, role=role)
        made.append(
            pb.Signer(
                officer_id=one.officer_id,
                role=one.role,
                name=name,
                credential_number=snapshot.credential_number,
                signed_on=(day(one.signed_on) if one.signed_on else context.today).isoformat(),
            )
        )
    return made


def _require_may_sign(form: Form, one: commands.SignerRequest, known: Known, *, name: str, role: str) -> None:
    """Nobody signs for what another did by the ledger, nor for what may not be done by who investigates."""
    if one.officer_id in known.facts.get("recused", []):
        raise Refused(Refusal.SIGNER_RECUSED, officer=name)
    investigators = {officer["officer_id"] for officer in known.facts.get("handlers", [])}
    if one.role in APART_FROM_INVESTIGATION and one.officer_id in investigators:
        raise Refused(Refusal.SIGNER_INVESTIGATES, officer=name, role=role)
    acted = officers_at(known.facts, form.signed_by[one.role]) if one.role in form.signed_by else ()
    if acted and one.officer_id not in acted:
        raise Refused(Refusal.SIGNER_NOT_WHO_ACTED, form=form.title, officer=name, role=role)


def officers_at(facts: Mapping[str, Any], path: str) -> list[str]:
    """Ids of the officers that a fact names: one, several, or several with more about each."""
    match at(facts, path):
        case None | "":
            return []
        case str(officer_id):
            return [officer_id]
        case found:
            return [one["officer_id"] if isinstance(one, Mapping) else one for one in found]


def missing_signers(form: Form, signers: Sequence[pb.Signer]) -> list[str]:
    """Roles in which too few different officers sign, in Chinese."""
    lacking = []
    for role, least in form.signers.items():
        there = len({signer.officer_id for signer in signers if signer.role == role})
        if there < least:
            lacking.append(f"{term(options.Role, role)}{least - there}人")
    return lacking


def snapshot_of(
    values: Mapping[str, Any],
    *,
    form: Form,
    matter_id: str,
    version: int,
    correction: str,
    signers: Iterable[pb.Signer],
    party_signing: pb.PartySigning | None,
    context: Context,
    letterhead: Letterhead,
) -> dict[str, Any]:
    """Everything that is printed, as JSON values."""
    return {
        "form": form.code,
        "matter_id": matter_id,
        "version": version,
        "correction": correction,
        "issued_on": context.today.isoformat(),
        "authority": {"id": context.authority.id, "name": context.authority.name, **asdict(letterhead)},
        "values": values,
        "signers": [_json(signer) for signer in signers],
        "party_signing": _json(party_signing) if party_signing is not None else None,
    }


def _issued(
    command: commands.IssueDocumentRequest | commands.CorrectDocumentRequest,
    context: Context,
    form: Form,
    known: Known,
    *,
    document_id: str,
    matter_id: str,
    version: int = 1,
    number: str = "",
    correction: str = "",
) -> pb.DocumentIssued:
    _require_handles(form, context, known)
    require_procedure(form, known)
    values = require_complete(form, compose(form, known.facts, inputs_of(command), known.letterhead))
    signers = signers_of(form, command.signers, context, known)
    if lacking := missing_signers(form, signers):
        raise Refused(Refusal.SIGNERS_MISSING, form=form.title, missing="、".join(lacking))
    signing = command.party_signing if command.HasField("party_signing") else None
    require_party_line(form, signing)
    content = canonical(
        snapshot_of(
            values,
            form=form,
            matter_id=matter_id,
            version=version,
            correction=correction,
            signers=signers,
            party_signing=signing,
            context=context,
            letterhead=known.letterhead,
        )
    )
    if characters := known.lacking(content.decode()):
        raise Refused(Refusal.GLYPHS_MISSING, characters=characters)
    return pb.DocumentIssued(
        document_id=document_id,
        form=form.code,
        matter_id=matter_id,
        version=version,
        supersedes=version - 1,
        template_version=form.template_version,
        snapshot=content,
        snapshot_sha256=hashlib.sha256(content).digest(),
        signers=signers,
        party_signing=signing,
        correction=correction,
        number=number,
    )


def inputs_of(command: Any) -> dict[str, Any]:
    """What the officer adds, as JSON values."""
    return MessageToDict(command.inputs)


def require_first(form: Form, known: Known) -> None:
    """Raises Refused ALREADY_ISSUED for a further one of a form that a matter has one of."""
    if form.once and form.code in known.facts.get("issued", {}):
        raise Refused(Refusal.ALREADY_ISSUED, form=form.title)


def id_of_the_one(form: Form, matter_id: str, facts: Mapping[str, Any]) -> str:
    """Id of the document of a form that a matter has one of: two that are issued at once are one stream, and the
    ledger lets one of them begin it."""
    return once_id(matter_id, form.code, facts.get("issued_before", {}).get(form.code, ""))


def require_procedure(form: Form, known: Known) -> None:
    """Raises Refused OTHER_PROCEDURE for a form of another procedure."""
    if not form.belongs_to(known.kind):
        raise Refused(Refusal.OTHER_PROCEDURE, form=form.title)


def _require_handles(form: Form, context: Context, known: Known) -> None:
    """Who only investigates makes documents of the own cases, and of any before officers were assigned; who keeps money
    or records, those of that step. What is about a suspected crime is made by the team of its transfer, or by the
    principal head (国务院令第310号 art. 5)."""
    team = team_of(form, known.facts)
    if team and context.actor.id not in team and not context.actor.holds(options.ROLE_PRINCIPAL_HEAD):
        raise Refused(Refusal.NOT_OF_THE_TEAM, form=form.title)
    officer, handled_by = context.actor.officer, known.facts.get("handled_by", [])
    of_some_only = officer is not None and set(officer.roles) <= {options.ROLE_INVESTIGATOR, *MAKES}
    undealt = not handled_by and context.actor.holds(options.ROLE_INVESTIGATOR)
    if of_some_only and not undealt and context.actor.id not in handled_by and not makes(form, context.actor):
        name = known.officers.get(context.actor.id, context.actor.id)
        raise Refused(Refusal.NOT_OF_THE_CASE, officer=name)


def makes(form: Form, actor: Actor) -> bool:
    """Whether an officer keeps money or records, and the form is one of those made with them, of every case."""
    return any(actor.holds(role) and form.step in steps for role, steps in MAKES.items())


def team_of(form: Form, facts: Mapping[str, Any]) -> Sequence[str]:
    """The team (专案组) that a form is for; empty when it is for the officers of the case."""
    return facts.get("transfer", {}).get("team", []) if form.criminal else []


def _number_on_record(form: Form, known: Known) -> str:
    """The number that an on-the-spot decision has by the ledger; empty when one is to be taken."""
    return str(known.facts.get("on_spot", {}).get("form_number", "")) if form.matter == "on_spot" else ""


def require_party_line(form: Form, signing: pb.PartySigning | None) -> None:
    """A refusal to sign, or an absence, is noted with who saw it; a form without the line has no signature."""
    if signing is None or not signing.way:
        return
    if not form.party_signs:
        raise Refused(Refusal.PARTY_DOES_NOT_SIGN, form=form.title)
    if signing.signed_on:
        day(signing.signed_on)
    if signing.way != pb.PARTY_SIGNATURE_SIGNED and not signing.note.strip():
        raise Refused(Refusal.PARTY_NOTE_MISSING)


def _json(message: Any) -> dict[str, Any]:
    """A message as JSON values with the proto's own names and numbers of enums."""
    return MessageToDict(message, preserving_proto_field_name=True, use_integers_for_enums=True)
