"""Publication of decisions (行政处罚决定公开, 行政处罚法 art. 48).

propose ──▶ PROPOSED ──a second person passes it──▶ CHECKED ──publish──▶ PUBLIC ──withdraw──▶ WITHDRAWN
   ▲            │ returns it                            amended or revoked: withdrawn in 3 working days
   └────────────┘
"""

from dataclasses import replace

from enforcement.cases.v1 import publication_pb2 as pb

from services.cases.model import redaction
from services.cases.model.case import Case, Refusal, case
from services.cases.model.procedure import Publication
from services.kernel.decider import Context, Events
from services.kernel.errors import Refused
from services.kernel.facts import Act


@case.decide(pb.ProposePublicationRequest, basis="行政处罚法 arts. 48, 50")
def propose(state: Case, command: pb.ProposePublicationRequest, context: Context) -> Events:
    """The public copy of the decision in force, with what must be hidden found by rule and named by people."""
    if state.decision is None:
        raise Refused(Refusal.NOTHING_TO_PUBLISH)
    publication = state.publication
    if publication is not None and publication.public:
        raise Refused(Refusal.PUBLISHED)
    if publication is not None and publication.publication_id == command.publication_id:
        raise Refused(Refusal.ID_TAKEN, id=command.publication_id)
    for hidden in command.hidden:
        if hidden.text not in command.text:
            raise Refused(Refusal.HIDDEN_TEXT_MISSING, text=hidden.text)
    redactions = redaction.propose(command.text, state.party, command.hidden, minor=command.minor)
    yield pb.PublicationProposed(
        case_id=command.case_id,
        publication_id=command.publication_id,
        text_sha256=redaction.digest(command.text),
        redactions=redactions,
        copy=redaction.apply(command.text, redactions),
    )


@case.evolve(pb.PublicationProposed)
def proposed(state: Case, event: pb.PublicationProposed, act: Act) -> Case:
    return replace(state, publication=Publication(event.publication_id, act.actor, redaction.digest(event.copy)))


@case.decide(pb.CheckPublicationRequest, basis="行政处罚法 art. 48; second person: design")
def check(state: Case, command: pb.CheckPublicationRequest, context: Context) -> Events:
    """Somebody other than the proposer compares the copy with the file before it is public."""
    publication = _proposal(state, command.publication_id)
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
    """The copy that a second person passed becomes public, while its decision is in force."""
    publication = _proposal(state, command.publication_id)
    if not publication.passed:
        raise Refused(Refusal.PUBLICATION_UNCHECKED)
    if state.decision is None:
        raise Refused(Refusal.NOTHING_TO_PUBLISH)
    yield pb.DecisionPublished(
        case_id=command.case_id,
        publication_id=command.publication_id,
        sha256=publication.copy_sha256,
        channel=command.channel,
    )


@case.evolve(pb.DecisionPublished)
def published(state: Case, event: pb.DecisionPublished) -> Case:
    assert state.publication is not None
    return replace(state, publication=replace(state.publication, public=True))


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


def _proposal(state: Case, publication_id: str) -> Publication:
    publication = state.publication
    if publication is None or publication.publication_id != publication_id:
        raise Refused(Refusal.PUBLICATION_UNKNOWN)
    if publication.public:
        raise Refused(Refusal.PUBLISHED)
    return publication
