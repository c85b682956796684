"""D1: only fields declared visible leave, at every depth, and the default is none."""

import pytest
from buf.validate import validate_pb2
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

from services.kernel.envelopes.disclosure import ADDRESSEE_VIEW, FEED_VIEW, find_blob
from services.kernel.envelopes.verdicts import Code, Fault
from tests.support import canary

CATALOGUE = canary.catalogue()
NAME = "enforcement.canary.v1.Shown"
SHOWN = CATALOGUE.shared[NAME]


@pytest.mark.parametrize("level", [ADDRESSEE_VIEW, FEED_VIEW])
def test_no_private_field_leaves_at_any_depth(level):
    body = canary.full(SHOWN.message, "ga-510521", ("jcy-510521",)).SerializeToString()
    assert canary.CANARY.encode() in body
    assert canary.CANARY.encode() not in CATALOGUE.view(NAME, body, level)


def test_the_feed_shows_less_than_the_addressee_sees():
    body = canary.full(SHOWN.message, "ga-510521", ("jcy-510521",)).SerializeToString()
    told = SHOWN.message.FromString(CATALOGUE.view(NAME, body, ADDRESSEE_VIEW))
    fed = SHOWN.message.FromString(CATALOGUE.view(NAME, body, FEED_VIEW))
    assert (told.told, told.inner.told, told.inners[1].again.told) == ("told",) * 3
    assert told.by_name["x"].told == "told"
    assert b"told" not in fed.SerializeToString()
    assert (fed.shown_id, fed.inner.again.again.shown_id, fed.by_name["y"].shown_id) == ("id",) * 3
    assert list(fed.copy_ids) == []


def test_an_instant_is_shown_whole_or_not_at_all():
    body = canary.full(SHOWN.message, "ga-510521").SerializeToString()
    fed = SHOWN.message.FromString(CATALOGUE.view(NAME, body, FEED_VIEW))
    assert fed.shown_at.nanos == 1_000_000
    assert not fed.HasField("secret_at")
    assert fed.WhichOneof("choice") == "choice_inner"


def test_a_hidden_choice_disappears():
    event = SHOWN.message(choice_secret=canary.CANARY)
    assert CATALOGUE.view(NAME, event.SerializeToString(), ADDRESSEE_VIEW) == b""


def test_a_type_without_the_option_is_not_shared():
    assert "enforcement.canary.v1.Kept" not in CATALOGUE.shared
    with pytest.raises(KeyError):
        CATALOGUE.view("enforcement.canary.v1.Kept", b"", FEED_VIEW)


def test_targets_are_the_feed_and_the_named_authorities_without_oneself():
    event = SHOWN.message(addressee_id="ga-510521", copy_ids=["jt-510521", "jcy-510521", "ga-510521", ""])
    assert SHOWN.targets(event, "jt-510521") == ["feed", "ga-510521", "jcy-510521"]


def test_a_body_breaks_a_rule_or_not():
    schema = CATALOGUE.schema(NAME) or b""
    with pytest.raises(Fault) as caught:
        CATALOGUE.check(NAME, schema, SHOWN.message(count=100).SerializeToString())
    assert caught.value.code is Code.INVALID_BODY
    assert CATALOGUE.check(NAME, schema, SHOWN.message(count=99).SerializeToString())


def changed(change):
    file = canary.canary_file()
    change(next(message for message in file.message_type if message.name == "Shown"))
    return canary.catalogue(file)


def add(name, kind=Field.TYPE_STRING, visible=0, **more):
    def change(message):
        field = message.field.add(name=name, number=99, type=kind, label=Field.LABEL_OPTIONAL, **more)
        if visible:
            field.options.Extensions[options.visible] = visible

    return change


def required_secret(message):
    next(f for f in message.field if f.name == "secret").options.Extensions[validate_pb2.field].required = True


def ruled_secret(message):
    next(f for f in message.field if f.name == "secret").options.Extensions[validate_pb2.field].string.uuid = True


def addressees(*names):
    def change(message):
        message.options.Extensions[options.share].addressees[:] = names

    return change


def nobody(message):
    message.options.Extensions[options.share].CopyFrom(options.Share(purpose="x"))


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (add("remark", visible=2), "puts text into the feed"),
        (add("photo", Field.TYPE_BYTES, 2), "puts bytes that are no digest into the feed"),
        (required_secret, "secret is private and required"),
        (ruled_secret, "secret is private and required"),
        (addressees("nobody_id"), "addressee field nobody_id is missing"),
        (addressees("count"), "addressee field count is missing or no string"),
        (addressees("secret"), "addressee field secret is private"),
        (nobody, "shared with nobody"),
    ],
)
def test_a_careless_option_is_found_at_build_time(change, finding):
    found = [each for each in changed(change).findings() if NAME in each and finding in each]
    assert len(found) == 1, changed(change).findings()


def test_the_canary_itself_is_well_made():
    assert [each for each in CATALOGUE.findings() if NAME in each] == []


def test_a_schema_digest_follows_structure_not_rules():
    """A peer that upgrades a rule or a comment must not make its events unreadable here."""
    same = changed(lambda message: setattr(message.options.Extensions[options.share], "purpose", "另一"))
    other = changed(add("more"))
    assert same.schema(NAME) == CATALOGUE.schema(NAME)
    assert other.schema(NAME) != CATALOGUE.schema(NAME)


def test_a_blob_is_granted_by_the_message_that_shows_it():
    cls = CATALOGUE.message("enforcement.common.v1.BlobRef")
    assert find_blob(cls(sha256=b"a" * 32, size=7), b"a" * 32).size == 7
    assert find_blob(cls(sha256=b"a" * 32), b"b" * 32) is None
    assert find_blob(SHOWN.message(shown_id="a" * 32), b"a" * 32) is None
