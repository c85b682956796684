"""Who is told what of a transfer: platforms and partners get ids, states and counts, never a name or any content."""

import pytest
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.json_format import MessageToJson

from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.messages import encode, type_name
from tests.unit.transfer import acts

CATALOGUE = Catalogue.load()
EVENTS = [
    acts.OPENED,
    acts.REPORTED,
    acts.APPROVED,
    acts.SENT,
    acts.RECEIPT,
    acts.DEMAND_RECORDED,
    acts.SUPPLEMENTED,
    acts.FILING_RECORDED,
    acts.REFUSAL_RECORDED,
    acts.HANDED_OVER,
    acts.CONFIRMATION_RECORDED,
    acts.INFORMED,
    acts.RETURNED,
    acts.SIGNED,
    acts.DEMANDED,
    acts.CRIMINAL_CASE,
    acts.FILING_REFUSED,
    acts.CONFIRMED,
]
IDS_AND_COUNTS = {
    "transferId",
    "referralId",
    "policeId",
    "bureauId",
    "procuratorateId",
    "materialCount",
    "itemCount",
    "demandsAnswered",
}


def view(event, level):
    name = type_name(event)
    return type(event).FromString(CATALOGUE.view(name, encode(event), level))


def names_of(event):
    return event.DESCRIPTOR.name


@pytest.mark.parametrize("event", EVENTS, ids=names_of)
def test_a_feed_tells_ids_and_counts_of_a_criminal_transfer_and_nothing_else(event):
    told = {field.json_name for field, _ in view(event, options.VISIBILITY_FEED).ListFields()}
    assert told <= IDS_AND_COUNTS


@pytest.mark.parametrize("event", EVENTS, ids=names_of)
def test_criminal_content_travels_under_its_handling_code(event):
    assert CATALOGUE.shared[type_name(event)].handling == "criminal-stage"


def test_the_police_get_the_whole_package_and_not_the_id_of_the_bureaus_case():
    told = view(acts.SENT, options.VISIBILITY_ADDRESSEE)
    assert (told.facts, list(told.suspects), list(told.materials)) == (
        acts.SENT.facts,
        [acts.SUSPECT],
        list(acts.SENT.materials),
    )
    assert told.case_id == ""


def test_the_procuratorate_gets_names_and_kinds_but_no_file():
    told = MessageToJson(view(acts.COPIED, options.VISIBILITY_ADDRESSEE), ensure_ascii=False)
    assert "张三" in told
    assert "sha256" not in told
    assert acts.SUSPECT.id_number not in told


@pytest.mark.parametrize("event", [acts.OPENED, acts.REPORTED, acts.APPROVED], ids=names_of)
def test_before_it_is_sent_nobody_outside_is_addressed(event):
    assert CATALOGUE.shared[type_name(event)].targets(event, "jt-510521") == ["feed"]


def test_what_was_sent_is_addressed_to_the_police_and_the_copy_to_the_procuratorate():
    shared = CATALOGUE.shared
    assert "ga-510521" in shared[type_name(acts.SENT)].targets(acts.SENT, "jt-510521")
    assert shared[type_name(acts.COPIED)].targets(acts.COPIED, "jt-510521") == ["jcy-510521"]
