"""The question to other authorities whether they have a case about the same act (行政处罚法 art. 29), and its answer.

Asker:     ASKED ──answer of each recipient──▶ …          Nothing waits for it: an answer is a warning.
Answerer:  one answer, from its own cases, with states and numbers and nothing else.

Who is asked learns nothing that it does not hold. A party or vehicle is named by a digest keyed by the inquiry, so that
the same plate looks different in every question; it is made slow on purpose, because plates can be tried out. Beside
it stands one of 4,096 buckets, always the same: it leaves hundreds of parties and thousands of plates of a county in
doubt, and spares whoever answers the digests of all others.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from enforcement.cases.v1 import act_inquiry_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from enforcement.options.v1 import options_pb2 as options

from services.cases.model.case import Refusal
from services.kernel.authority import Authority
from services.kernel.decider import Aggregate, Context, Events
from services.kernel.errors import Refused
from services.kernel.rules import Rules
from services.kernel.values import identifier, plate_colour

RECIPIENTS_MAX: Final = 64
"""Authorities that one inquiry asks; of more, those with the nearest division codes."""
BUCKETS: Final = 4096
"""Parties and vehicles fall into so many; 65,536 is a multiple of it, so that each gets its share."""
_SCRYPT_COST: Final = 2**11
"""2 MB and 20 ms a digest on 2 cores: an answer looks at dozens of identifiers, a guesser at millions of plates."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Identifiers of whom or what an act is about, as far as known."""

    party_number: str = ""
    plate: str = ""
    plate_colour: str = ""

    @classmethod
    def of(cls, party: events.Party, vehicle: events.Vehicle) -> "Subjects":
        """The identifiers of a party and a vehicle, written the same way everywhere."""
        return cls(identifier(party.id_number), identifier(vehicle.plate), plate_colour(vehicle.plate_colour))

    def __bool__(self) -> bool:
        return bool(self.party_number or self.plate)

    @property
    def by_kind(self) -> dict[pb.ActSubjectKind.ValueType, str]:
        """Those that are known, each as one text."""
        vehicle = f"{self.plate}/{self.plate_colour}" if self.plate else ""
        known = {pb.ACT_SUBJECT_KIND_PARTY: self.party_number, pb.ACT_SUBJECT_KIND_VEHICLE: vehicle}
        return {kind: text for kind, text in known.items() if text}

    @property
    def buckets(self) -> dict[pb.ActSubjectKind.ValueType, int]:
        """The bucket of each that is known."""
        return {kind: _bucket(kind, text) for kind, text in self.by_kind.items()}

    def digests(self, inquiry_id: str) -> list[pb.ActSubject]:
        """What an inquiry says of them. Takes about 20 ms each."""
        return [
            pb.ActSubject(kind=kind, digest=_digest(kind, text, inquiry_id), bucket=_bucket(kind, text))
            for kind, text in self.by_kind.items()
        ]


@dataclass(frozen=True, slots=True)
class AskedAct:
    """What an inquiry is about, from the authority's own file."""

    subjects: tuple[pb.ActSubject, ...]
    act_code: str
    from_on: date
    to_on: date


@dataclass(frozen=True, slots=True)
class FoundCases:
    """What an answer found in the authority's own cases."""

    matches: tuple[pb.ActMatch, ...] = ()
    complete: bool = True
    offences: tuple[pb.ActOffence, ...] = ()
    """Earlier violations of the party, when they were asked about."""
    offences_known: bool = False


@dataclass(frozen=True, slots=True)
class ActInquiry:
    """What the asker's decisions read."""

    matter_id: str = ""
    waiting_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ActAnswer:
    """An answer is given once and does not change."""


act_inquiry = Aggregate("act_inquiry", ActInquiry)
act_answer = Aggregate("act_answer", ActAnswer)


@act_inquiry.decide(pb.AskAboutActRequest, basis="行政处罚法 arts. 25, 26, 29")
def ask(state: ActInquiry, command: pb.AskAboutActRequest, context: Context) -> Events:
    """Other transport bureaus are asked about the same party or vehicle, act and days."""
    asked = context.found
    recipients = _given(command.recipient_ids, context) or recipients_of(
        context.authority, context.members, context.rules, context.today
    )
    by_itself = context.actor.kind == "service"  # a policy asks whenever there is something to ask, and somebody
    if not isinstance(asked, AskedAct) or not asked.subjects:
        if by_itself:
            return
        raise Refused(Refusal.NOTHING_TO_ASK_ABOUT)
    if not recipients:
        if by_itself:
            return
        raise Refused(Refusal.NOBODY_TO_ASK)
    yield pb.ActInquirySent(
        inquiry_id=command.inquiry_id or str(context.new_id(act_inquiry.name)),
        recipient_ids=recipients,
        subjects=asked.subjects,
        act_codes=list(dict.fromkeys((asked.act_code, *command.also_act_codes))),
        from_on=asked.from_on.isoformat(),
        to_on=asked.to_on.isoformat(),
        matter_id=command.matter_id,
        first_violation=context.rules.get("discretion_registers", context.today) != "own",
    )


@act_inquiry.evolve(pb.ActInquirySent)
def sent(state: ActInquiry, event: pb.ActInquirySent) -> ActInquiry:
    return ActInquiry(event.matter_id, frozenset(event.recipient_ids))


@act_answer.decide(pb.AnswerActInquiryRequest, basis="行政处罚法 arts. 26, 29")
def answer(state: ActAnswer, command: pb.AnswerActInquiryRequest, context: Context) -> Events:
    """The authority answers whoever asked from its own cases, with the least that answers the question."""
    if command.requester_id != context.origin:
        raise Refused(Refusal.NOT_ASKED, authority=command.requester_id)
    found = context.found if isinstance(context.found, FoundCases) else FoundCases()
    yield pb.ActInquiryAnswered(
        answer_id=command.answer_id or str(context.new_id(act_answer.name)),
        inquiry_id=command.inquiry_id,
        requester_id=command.requester_id,
        matches=found.matches,
        complete=found.complete,
        offences=found.offences,
        offences_known=found.offences_known,
    )


@act_answer.evolve(pb.ActInquiryAnswered)
def answered(state: ActAnswer, event: pb.ActInquiryAnswered) -> ActAnswer:
    return state


@act_inquiry.decide(pb.RecordActAnswerRequest, basis="行政处罚法 art. 29")
def record_answer(state: ActInquiry, command: pb.RecordActAnswerRequest, context: Context) -> Events:
    """Each authority that was asked answers once, for itself."""
    if command.responder_id != context.origin or command.responder_id not in state.waiting_for:
        raise Refused(Refusal.NOT_ASKED, authority=command.responder_id)
    yield pb.ActAnswerRecorded(
        inquiry_id=command.inquiry_id,
        responder_id=command.responder_id,
        matter_id=state.matter_id,
        matches=command.matches,
        complete=command.complete,
        offences=command.offences,
        offences_known=command.offences_known,
    )


@act_inquiry.evolve(pb.ActAnswerRecorded)
def answer_recorded(state: ActInquiry, event: pb.ActAnswerRecorded) -> ActInquiry:
    return replace(state, waiting_for=state.waiting_for - {event.responder_id})


def recipients_of(own: Authority, members: Mapping[str, Authority], rules: Rules, on: date) -> list[str]:
    """Transport bureaus that are asked: those of the switch `act_inquiry_recipients`, or all of the registry, the
    nearest by division code first and at most RECIPIENTS_MAX.
    """
    value = rules.get("act_inquiry_recipients", on)
    others = {
        member.id
        for member in members.values()
        if member.kind == options.AUTHORITY_KIND_TRANSPORT and member.id != own.id
    }
    if value not in ("all", "none"):
        others &= set(value.split(","))
    if value == "none":
        return []
    return sorted(others, key=lambda other: (-_shared(own.id, other), other))[:RECIPIENTS_MAX]


def matched(asked: Sequence[pb.ActSubject], inquiry_id: str, candidate: Subjects) -> pb.ActSubjectKind.ValueType:
    """By what a case of this authority is about the subjects that another one asks for; 0 when it is not.

    A vehicle alone says it only while the parties are not known to differ: of one incident vehicle, driver, company and
    cargo source each have a case of their own.
    """
    named = {subject.kind: subject for subject in asked}
    own = candidate.by_kind
    both_know_the_party = pb.ACT_SUBJECT_KIND_PARTY in named and pb.ACT_SUBJECT_KIND_PARTY in own
    kind = pb.ACT_SUBJECT_KIND_PARTY if both_know_the_party else pb.ACT_SUBJECT_KIND_VEHICLE
    same = kind in named and kind in own and names(named[kind], inquiry_id, own[kind])
    return kind if same else pb.ACT_SUBJECT_KIND_UNSPECIFIED


def names(subject: pb.ActSubject, inquiry_id: str, text: str) -> bool:
    """Whether a subject of an inquiry is this party number or vehicle. Slow only when the bucket fits."""
    if subject.bucket != _bucket(subject.kind, text):
        return False
    return subject.digest == _digest(subject.kind, text, inquiry_id)


def _given(recipient_ids: Sequence[str], context: Context) -> list[str]:
    """Recipients that an officer named: transport bureaus of the registry, not the own one."""
    for authority_id in recipient_ids:
        if context.member(authority_id).kind != options.AUTHORITY_KIND_TRANSPORT:
            raise Refused(Refusal.NOBODY_TO_ASK)
    return [authority_id for authority_id in dict.fromkeys(recipient_ids) if authority_id != context.authority.id]


def _digest(kind: pb.ActSubjectKind.ValueType, text: str, inquiry_id: str) -> bytes:
    salt = UUID(inquiry_id).bytes
    return hashlib.scrypt(f"{kind}:{text}".encode(), salt=salt, n=_SCRYPT_COST, r=8, p=1, dklen=32)


def _bucket(kind: pb.ActSubjectKind.ValueType, text: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{kind}:{text}".encode()).digest()[:2]) % BUCKETS


def _shared(one: str, other: str) -> int:
    """How many leading digits of the division codes agree."""
    count = 0
    for left, right in zip(one.partition("-")[2], other.partition("-")[2], strict=True):
        if left != right:
            break
        count += 1
    return count
