"""Who is told what: the reviewed table of recipients, and a canary through the real codec, over every event type.

A platform reads feeds, and so does everybody else; a partner of a joint operation, another authority, the police, the
procuratorate get what is addressed to them. Of a criminal transfer a platform sees states and dates, and a partner or
another authority nothing that a platform does not see (国务院令第310号; 个人信息保护法 arts. 34, 51).
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest
from enforcement.options.v1 import options_pb2 as options
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor

from services.kernel.envelopes.codec import admit, check_address, open_body, read_header, verify
from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW, FEED_TEXT_ALLOWED, FEED_VIEW, Catalogue, SharedType
from services.kernel.envelopes.members import FEED
from services.kernel.envelopes.verdicts import Fault
from services.node.composition import SERVICES
from tests.support.members import NOW, Party, registry

CATALOGUE: Final = Catalogue.load()
SHARED: Final = sorted(CATALOGUE.shared.values(), key=lambda each: each.name)
EVENTS: Final = sorted(
    {name for services in SERVICES.values() for one in services for each in one.aggregates for name in each.events}
)

# ── the reviewed table ───────────────────────────────────────────────────────────────────────────────────────────────

RECIPIENTS: Final = {
    ("cases", "handed_off_by"): "authority",
    ("cases", "other_id"): "authority",
    ("cases", "receiver_id"): "authority",
    ("cases", "recipient_ids"): "authority",
    ("cases", "requester_id"): "authority",
    ("cases", "asked_id"): "authority",
    ("cross_border", "partner_id"): "authority",
    ("cross_border", "recipient_id"): "authority",
    ("cross_border", "recipient_ids"): "authority",
    ("cross_border", "requester_id"): "authority",
    ("cross_border", "responder_id"): "authority",
    ("cross_border", "sender_id"): "authority",
    ("cross_border", "side_ids"): "authority",
    ("cross_border", "superior_ids"): "authority",
    ("exchange", "recipient_id"): "any",
    ("joint_operations", "host_id"): "partner",
    ("joint_operations", "lead_id"): "partner",
    ("joint_operations", "owner_id"): "partner",
    ("joint_operations", "participant_id"): "partner",
    ("joint_operations", "participant_ids"): "partner",
    ("joint_operations", "witness_id"): "partner",
    ("transfer", "addressee_id"): "restricted",
    ("transfer", "bureau_id"): "bureau",
    ("transfer", "police_id"): "police",
    ("transfer", "to_police_id"): "police",
    ("transfer", "procuratorate_id"): "procuratorate",
}
"""Whom each addressee field names. A new one is looked at by a person before it stands here."""

CRIMINAL_RECIPIENTS: Final = frozenset({"police", "procuratorate", "bureau"})

NAME, ID_NUMBER, PHONE, ADDRESS, PLATE, FILE, TEXT = "name", "id number", "phone", "address", "plate", "file", "text"
BANK: Final = "bank"

MATRIX: Final = {
    FEED: frozenset[str](),
    "partner": frozenset({NAME, PLATE, FILE, TEXT}),
    "authority": frozenset({NAME, ID_NUMBER, PLATE, FILE, TEXT}),
    "bureau": frozenset({NAME, ID_NUMBER, PHONE, ADDRESS, FILE, TEXT}),
    "police": frozenset({NAME, ID_NUMBER, PHONE, ADDRESS, FILE, TEXT}),
    "procuratorate": frozenset({NAME, FILE, TEXT}),
    "restricted": frozenset({NAME, FILE, TEXT}),
    "any": frozenset({TEXT}),
}
"""The most that each kind of recipient may see of persons, files and words."""

PARTNER_SEES: Final = {
    "joint_operations.v1.CaseHandedOff": {NAME, PLATE, FILE},  # a finding that becomes the partner's own case
    "joint_operations.v1.InvitationAccepted": {NAME, PLATE},  # of devices and patrol cars
    "joint_operations.v1.ParticipantInvited": {NAME},  # of the operation
    "joint_operations.v1.PartnerListed": {NAME},  # of a department
    "joint_operations.v1.SummaryProposed": {NAME},  # of authorities
}
"""Where a partner gets a name, a plate or a file, and whose."""

ONLY_ASKED: Final = {"cross_border.v1.TaskAnswered": {BANK}}
"""Where another authority gets what the matrix gives it only when it asked: the answer carries no other field."""

FEED_NUMBERS: Final = frozenset({"case_number", "form_number", "document_number"})
"""Numbers of files that a feed shows; none of a criminal stage."""

_IDENTIFIER: Final = re.compile(r"(^|_)(id|ids|by|on|at|code|codes|version|unit|sha256|digest|hash)$")
_WORDS: Final = (
    (PLATE, re.compile(r"(^|_)plate$|transport_certificate|licence_number")),
    (ID_NUMBER, re.compile(r"id_number|qualification|employer_number")),
    (PHONE, re.compile(r"phone")),
    (ADDRESS, re.compile(r"(^|_)address$")),
    (NAME, re.compile(r"(^|_)(names?|representative|owner|driver|employer|persons?)$")),
)
_PERSONAL: Final = {
    options.PERSONAL_CLASS_NAME: NAME,
    options.PERSONAL_CLASS_ID_NUMBER: ID_NUMBER,
    options.PERSONAL_CLASS_PHONE: PHONE,
    options.PERSONAL_CLASS_ADDRESS: ADDRESS,
    options.PERSONAL_CLASS_BANK: BANK,
    options.PERSONAL_CLASS_PLATE: PLATE,
    options.PERSONAL_CLASS_NARRATIVE: TEXT,
}
_BLOB: Final = "enforcement.common.v1.BlobRef"


class Leaf(NamedTuple):
    """A field that holds a value, as far down as it is shown."""

    path: str
    field: FieldDescriptor
    visible: int


def leaves(message: Any, ceiling: int = FEED_VIEW, prefix: str = "", inside: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Every value below a message, with what it shows at most; a file counts as one value."""
    for field in getattr(message, "DESCRIPTOR", message).fields:
        visible = min(int(field.GetOptions().Extensions[options.visible]), ceiling)
        path, kind = f"{prefix}{field.name}", field.message_type
        if kind is None or kind.full_name in (_BLOB, "google.protobuf.Timestamp"):
            yield Leaf(path, field, visible)
        elif kind.full_name not in inside:
            yield from leaves(kind, visible, f"{path}.", (*inside, kind.full_name))


def data_class(leaf: Leaf) -> str | None:
    """What a value tells of a person or a case; None for ids, days, numbers, enums and digests."""
    personal = leaf.field.GetOptions().Extensions[options.personal].kind
    if personal:
        return _PERSONAL[personal]
    if leaf.field.message_type is not None:
        return FILE if leaf.field.message_type.full_name == _BLOB else None
    if leaf.field.type not in (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES):
        return None
    if _IDENTIFIER.search(leaf.field.name):
        return None
    return next((word for word, pattern in _WORDS if pattern.search(leaf.field.name)), TEXT)


def service_of(shared: SharedType) -> str:
    return shared.name.split(".")[1]


def short(shared: SharedType) -> str:
    return shared.name.removeprefix("enforcement.")


def recipients(shared: SharedType) -> dict[str, set[str]]:
    """Kinds of recipients of a type, and what classes of data each is shown."""
    shown: dict[str, set[str]] = {}
    levels = [(RECIPIENTS[service_of(shared), name], ADDRESSEE_VIEW) for name in shared.addressees]
    for who, level in [*levels, *([(FEED, FEED_VIEW)] if shared.feed else [])]:
        found = {data_class(leaf) for leaf in leaves(shared.message) if leaf.visible >= level and not allowed(leaf)}
        shown.setdefault(who, set()).update(one for one in found if one)
    return shown


def allowed(leaf: Leaf) -> bool:
    """Words in a feed that a person looked at: constants of rules, and numbers of files."""
    return leaf.visible == FEED_VIEW and (leaf.field.full_name in FEED_TEXT_ALLOWED or leaf.field.name in FEED_NUMBERS)


# ── the walk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_event_of_every_service_is_looked_at():
    known = {name for name in EVENTS if CATALOGUE.message(name) is not None}
    assert known == set(EVENTS)
    assert len(EVENTS) > 250
    assert {each.name for each in SHARED} & known


def test_every_addressee_field_was_looked_at():
    fields = {(service_of(each), name) for each in SHARED for name in each.addressees}
    assert fields <= set(RECIPIENTS)


@pytest.mark.parametrize("shared", SHARED, ids=short)
def test_nobody_is_shown_more_than_the_matrix_gives(shared):
    for who, classes in recipients(shared).items():
        beyond = classes - MATRIX[who] - ONLY_ASKED.get(short(shared), set())
        assert not beyond, f"{short(shared)} shows {who}: {beyond}"


@pytest.mark.parametrize("shared", [each for each in SHARED if service_of(each) == "joint_operations"], ids=short)
def test_a_partner_sees_a_name_plate_or_file_with_its_own_finding_only(shared):
    assert recipients(shared).get("partner", set()) - {TEXT} <= PARTNER_SEES.get(short(shared), set())


CRIMINAL: Final = [each for each in SHARED if service_of(each) == "transfer"]


def test_whatever_the_transfer_service_shares_is_handled_as_of_the_criminal_stage_and_nothing_else_is():
    assert {each.handling for each in CRIMINAL} == {"criminal-stage", "restricted"}
    others = [short(each) for each in SHARED if each.handling and service_of(each) != "transfer"]
    assert others == []


@pytest.mark.parametrize("shared", CRIMINAL, ids=short)
def test_a_criminal_transfer_is_addressed_to_its_three_sides_and_to_nobody_else(shared):
    whom = {RECIPIENTS["transfer", name] for name in shared.addressees}
    assert whom <= ({"restricted"} if shared.handling == "restricted" else CRIMINAL_RECIPIENTS)
    assert not (shared.feed and shared.handling == "restricted")


FEED_KINDS: Final = frozenset(
    {
        FieldDescriptor.TYPE_ENUM,
        FieldDescriptor.TYPE_BOOL,
        FieldDescriptor.TYPE_INT32,
        FieldDescriptor.TYPE_MESSAGE,
        FieldDescriptor.TYPE_STRING,
    }
)
_STATE: Final = re.compile(r"(^|_)(id|ids|by|on)$")
_CONTENT: Final = frozenset({"case_id", "act_code", "case_number", "criminal_case_number"})


@pytest.mark.parametrize("shared", [each for each in CRIMINAL if each.feed], ids=short)
def test_a_platform_sees_states_and_dates_of_a_criminal_transfer_and_no_case_act_or_amount(shared):
    for leaf in leaves(shared.message):
        if leaf.visible < FEED_VIEW:
            continue
        assert leaf.field.type in FEED_KINDS, leaf.path
        assert leaf.field.name not in _CONTENT, leaf.path
        if leaf.field.type == FieldDescriptor.TYPE_STRING:
            assert _STATE.search(leaf.field.name), leaf.path
        if leaf.field.message_type is not None:
            assert leaf.field.message_type.full_name == "google.protobuf.Timestamp", leaf.path


KEPT: Final = (
    "CriminalTransferNoted",
    "CriminalOutcomeNoted",
    "FineSetOffComputed",
    "FineSetOffDecided",
    "DetentionNoted",
    "CustodySetOffComputed",
    "SuspicionNoted",
    "FineUnderSuspicionNoted",
)


@pytest.mark.parametrize("name", KEPT)
def test_what_a_case_keeps_of_the_criminal_stage_is_told_to_nobody(name):
    assert CATALOGUE.message(f"enforcement.cases.v1.{name}") is not None
    assert f"enforcement.cases.v1.{name}" not in CATALOGUE.shared


# ── the canary ───────────────────────────────────────────────────────────────────────────────────────────────────────

CANARY: Final = "金丝雀"
BUREAU, POLICE, OTHER_POLICE, PROCURATORATE, SUPERVISION, PARTNER, THIRD, PLATFORM = (
    Party.new(each)
    for each in (
        "jt-510521",
        "ga-510521",
        "ga-510504",
        "jcy-510521",
        "jw-510521",
        "jt-500118",
        "jt-500153",
        "pt-510000",
    )
)
EVERYBODY: Final = (BUREAU, POLICE, OTHER_POLICE, PROCURATORATE, SUPERVISION, PARTNER, THIRD, PLATFORM)
BY_ID: Final = {party.id: party for party in EVERYBODY}
KNOWN: Final = registry(*EVERYBODY)
ADDRESSED: Final = {
    "authority": PARTNER.id,
    "partner": PARTNER.id,
    "any": PARTNER.id,
    "bureau": BUREAU.id,
    "police": POLICE.id,
    "procuratorate": PROCURATORATE.id,
    "restricted": SUPERVISION.id,
}


def full(shared: SharedType) -> Any:
    """An event with a canary in every value that is no id, day, number or code, at every depth, shown or not."""
    event = _filled(shared.message, 4)
    for name in shared.addressees:
        recipient = ADDRESSED[RECIPIENTS[service_of(shared), name]]
        if name == "to_police_id":
            recipient = OTHER_POLICE.id
        field = shared.message.DESCRIPTOR.fields_by_name[name]
        _put(event, field, recipient)
    return event


def _put(event: Any, field: FieldDescriptor, value: Any) -> None:
    if field.is_repeated:
        getattr(event, field.name).append(value)
    elif field.message_type is not None:
        getattr(event, field.name).CopyFrom(value)
    else:
        setattr(event, field.name, value)


def _filled(cls: Any, depth: int) -> Any:
    event = cls()
    for field in cls.DESCRIPTOR.fields:
        kind = field.message_type
        if kind is not None and kind.GetOptions().map_entry:
            continue
        if kind is not None and kind.full_name == "google.protobuf.Timestamp":
            continue
        if kind is None:
            value = _value(field)
        else:
            value = _filled(message_factory.GetMessageClass(kind), depth - 1) if depth else None
        if value is not None:
            _put(event, field, value)
    return event


def _value(field: FieldDescriptor) -> Any:
    if field.type == FieldDescriptor.TYPE_STRING:
        if _IDENTIFIER.search(field.name) or field.name in FEED_NUMBERS or field.full_name in FEED_TEXT_ALLOWED:
            return ""
        return f"{CANARY}{field.name}"
    if field.type == FieldDescriptor.TYPE_BYTES:
        return None if field.name in ("sha256", "digest", "hash") else CANARY.encode()
    return None


def sender(shared: SharedType, event: Any) -> Party:
    """Whoever can tell it: none of those it is addressed to."""
    addressed = set(shared.targets(event, ""))
    return next(party for party in (BUREAU, POLICE, PROCURATORATE, THIRD) if party.id not in addressed)


@pytest.mark.parametrize("shared", SHARED, ids=short)
def test_a_canary_in_every_word_of_every_event_reaches_its_addressee_only(shared):
    event = full(shared)
    body = event.SerializeToString(deterministic=True)
    teller = sender(shared, event)
    for target in shared.targets(event, teller.id):
        level = FEED_VIEW if target == FEED else ADDRESSEE_VIEW
        view = shared.message.FromString(CATALOGUE.view(shared.name, body, level))
        wire = teller.tell(BY_ID.get(target, target), view)
        told = read_header(verify(admit(wire), KNOWN, NOW))
        check_address(told, target)
        assert CANARY.encode() not in wire, "a canary is in the clear"
        for reader in EVERYBODY:
            if target in (FEED, reader.id):
                continue
            with pytest.raises(Fault):
                open_body(told, reader.ring)
        if target == FEED:
            assert CANARY.encode() not in open_body(told).value
        elif service_of(shared) == "transfer":
            assert target not in (PLATFORM.id, PARTNER.id, THIRD.id)


def test_the_canary_sings_where_it_is_shown():
    """A test that cannot fail proves nothing: what is addressed to the police does arrive there."""
    shared = CATALOGUE.shared["enforcement.transfer.v1.CaseTransferred"]
    event = full(shared)
    view = shared.message.FromString(CATALOGUE.view(shared.name, event.SerializeToString(), ADDRESSEE_VIEW))
    wire = BUREAU.tell(POLICE, view)
    opened = open_body(read_header(verify(admit(wire), KNOWN, NOW)), POLICE.ring)
    told = shared.message.FromString(opened.value)
    assert told.suspects[0].name.startswith(CANARY)
    assert told.facts.startswith(CANARY)
    assert CANARY.encode() in event.SerializeToString()
