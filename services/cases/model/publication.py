"""Publication of decisions (行政处罚决定公开, 行政处罚法 art. 48).

propose ──▶ PROPOSED ──a second person passes it──▶ CHECKED ──publish──▶ PUBLIC ──withdraw──▶ WITHDRAWN
   ▲            │ returns it                   │        amended or revoked: withdrawn in 3 working days
   └────────────┘                              └─its period is over──▶ ENDED

The file's text is that of the sheet that documents made of the decision: the public copy and the file differ by what is
hidden, and by nothing else.
"""

from dataclasses import dataclass, replace
from typing import Final

from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import publication_pb2 as pb

from services.cases.discretion.guards import ADULT
from services.cases.model import redaction
from services.cases.model.age import age_on
from services.cases.model.case import Case, Refusal, case
from services.cases.model.procedure import Decision, Publication
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act

_LIGHT: Final = frozenset((events.PENALTY_KIND_FINE, events.PENALTY_KIND_WARNING, events.PENALTY_KIND_CRITICISM))
"""Whatever else a decision has keeps it public for the longer period (市场监督管理行政处罚信息公示规定 art. 13)."""


@dataclass(frozen=True, slots=True)
class OnFile:
    """What a look-up finds: the decision's sheet in the file, and whom the ledger knows besides the party."""

    text: str = ""
    """What the sheet says; empty when there is none of the decision in force."""
    number: str = ""
    persons: tuple[str, ...] = ()
    """Names of people, and of organisations that are not the party."""

    def require(self, text_sha256: bytes) -> None:
        """Raises Refused DECISION_NOT_ON_FILE, or TEXT_NOT_THE_DECISION for another text than the sheet's."""
        if not self.text:
            raise Refused(Refusal.DECISION_NOT_ON_FILE)
        if redaction.digest(self.text) != text_sha256:
            raise Refused(Refusal.TEXT_NOT_THE_DECISION, number=self.number)


@case.decide(pb.ProposePublicationRequest, basis="行政处罚法 arts. 48, 50")
def propose(state: Case, command: pb.ProposePublicationRequest, context: Context) -> Events:
    """The public copy of the decision in force, with what must be hidden found by rule and named by people."""
    decision = _require_publishable(state)
    publication = state.publication
    if publication is not None and publication.public:
        raise Refused(Refusal.PUBLISHED)
    if publication is not None and publication.publication_id == command.publication_id:
        raise Refused(Refusal.ID_TAKEN, id=command.publication_id)
    on_file: OnFile = context.found
    text = command.text or on_file.text
    on_file.require(redaction.digest(text))
    for hidden in command.hidden:
        if hidden.text not in text:
            raise Refused(Refusal.HIDDEN_TEXT_MISSING, text=hidden.text)
    age = age_on(state.party, decision.made_on)
    minor = command.minor or (age is not None and age < ADULT)
    redactions = redaction.propose(text, state.party, command.hidden, known_persons=on_file.persons, minor=minor)
    yield pb.PublicationProposed(
        case_id=command.case_id,
        publication_id=command.publication_id,
        text_sha256=redaction.digest(text),
        redactions=redactions,
        copy=redaction.apply(text, redactions),
    )


@case.evolve(pb.PublicationProposed)
def proposed(state: Case, event: pb.PublicationProposed, act: Act) -> Case:
    proposal = Publication(event.publication_id, act.actor, event.text_sha256, redaction.digest(event.copy))
    return replace(state, publication=proposal)


@case.decide(pb.CheckPublicationRequest, basis="行政处罚法 art. 48; second person: design")
def check(state: Case, command: pb.CheckPublicationRequest, context: Context) -> Events:
    """Somebody other than the proposer compares the copy with the file before it is public."""
    publication = _proposal(state, command.publication_id)
    _require_publishable(state)
    if context.actor.id == publication.proposer:
        raise Refused(Refusal.SECOND_PERSON_NEEDED)
    yield pb.PublicationChecked(
        case_id=command.case_id, publication_id=command.publication_id, passed=command.passed, remark=command.remark
    )


@case.evolve(pb.PublicationChecked)
def checked(state: Case, event: pb.PublicationChecked) -> Case:
    assert state.publication is not None
    return replace(state, publication=replace(state.publication, passed=event.passed))


@case.decide(pb.PublishDecisionRequest, basis="行政处罚法 art. 48")
def publish(state: Case, command: pb.PublishDecisionRequest, context: Context) -> Events:
    """The copy that a second person passed becomes public, while its decision is in force and says what it said."""
    publication = _proposal(state, command.publication_id)
    if not publication.passed:
        raise Refused(Refusal.PUBLICATION_UNCHECKED)
    decision = _require_publishable(state)
    on_file: OnFile = context.found
    on_file.require(publication.text_sha256)
    yield pb.DecisionPublished(
        case_id=command.case_id,
        publication_id=command.publication_id,
        sha256=publication.copy_sha256,
        channel=command.channel,
        short_period=all(penalty.kind in _LIGHT for penalty in decision.penalties),
    )


@case.evolve(pb.DecisionPublished)
def published(state: Case, event: pb.DecisionPublished) -> Case:
    assert state.publication is not None
    return replace(state, publication=replace(state.publication, public=True))


@case.decide(pb.EndPublicationRequest, basis="design: 市场监督管理行政处罚信息公示规定 art. 13")
def end(state: Case, command: pb.EndPublicationRequest, context: Context) -> Events:
    """What was public for its whole period is taken down; nothing when it was withdrawn meanwhile."""
    publication = state.publication
    if publication is not None and publication.public:
        yield pb.PublicationEnded(case_id=command.case_id, publication_id=publication.publication_id)


@case.decide(pb.WithdrawPublicationRequest, basis="行政处罚法 art. 48")
def withdraw(state: Case, command: pb.WithdrawPublicationRequest, context: Context) -> Events:
    """What was changed, revoked or found void is withdrawn, and the reason explained in public."""
    publication = state.publication
    if publication is None or not publication.public:
        raise Refused(Refusal.NOT_PUBLISHED)
    yield pb.PublicationWithdrawn(
        case_id=command.case_id, publication_id=publication.publication_id, explanation=command.explanation
    )


@case.evolve(pb.PublicationWithdrawn)
def withdrawn(state: Case, event: pb.PublicationWithdrawn) -> Case:
    return replace(state, publication=None)


@case.evolve(pb.PublicationEnded)
def ended(state: Case, event: pb.PublicationEnded) -> Case:
    return replace(state, publication=None)


def _require_publishable(state: Case) -> Decision:
    """Raises Refused NOTHING_TO_PUBLISH where no decision is in force, or one that was declared illegal."""
    if state.decision is None or state.decision.illegal:
        raise Refused(Refusal.NOTHING_TO_PUBLISH)
    return state.decision


def _proposal(state: Case, publication_id: str) -> Publication:
    publication = state.publication
    if publication is None or publication.publication_id != publication_id:
        raise Refused(Refusal.PUBLICATION_UNKNOWN)
    if publication.public:
        raise Refused(Refusal.PUBLISHED)
    return publication
