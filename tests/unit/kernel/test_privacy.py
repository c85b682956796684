"""Who sees what of a person, and what the others see."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from enforcement.audit.v1 import events_pb2 as audit
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import service_pb2 as rpc
from enforcement.options.v1 import options_pb2 as options

from services.kernel.errors import KernelRefusal, Refused
from services.kernel.identity import Actor
from services.kernel.privacy import EVERYTHING, PLATE, SUBJECTS_MAX, Privacy, mask, sees
from services.kernel.rpc import Call
from tests.support.decider import HEAD, LI, NOON, acting, officer, uid

CASE = uid("case")
PURPOSE = audit.PURPOSE_CASE_HANDLING
PERSON = pb.Party(
    kind=pb.PARTY_KIND_PERSON,
    name="张三",
    id_number="510521199001011234",
    phone="13800001234",
    address="泸县福集镇",
    licence_number="510521199001011234",
)
COMPANY = pb.Party(
    kind=pb.PARTY_KIND_ORGANISATION,
    name="泸州某运输有限公司",
    id_number="91510521MA6",
    phone="0830-8200000",
    address="泸县玉蟾街道",
    representative="李四",
)


@dataclass
class Kept:
    """A ledger that keeps what is appended."""

    appended: list[Any] = field(default_factory=list)

    async def append(self, append: Any) -> None:
        self.appended.append(append)

    @property
    def accesses(self) -> list[audit.PersonalDataAccessed]:
        return [audit.PersonalDataAccessed.FromString(event.body) for one in self.appended for event in one.events]


def answer(party: pb.Party = PERSON, facts: str = "") -> rpc.GetCaseResponse:
    vehicle = pb.Vehicle(plate="川E12345", plate_colour="蓝")
    return rpc.GetCaseResponse(case=rpc.Case(party=party, vehicle=vehicle, facts=facts))


def disclosure(actor: Actor, purpose: audit.Purpose.ValueType = PURPOSE, kept: Kept | None = None) -> Any:
    return Privacy(kept or Kept()).disclosure(Call(actor, NOON, 5.0), purpose, "cases.GetCase")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        (options.PERSONAL_CLASS_NAME, "张三", "张*"),
        (options.PERSONAL_CLASS_NAME, "欧阳文华", "欧***"),
        (options.PERSONAL_CLASS_NAME, "张", "***"),
        (options.PERSONAL_CLASS_ID_NUMBER, "510521199001011234", "5****************4"),
        (options.PERSONAL_CLASS_ID_NUMBER, "1234", "***"),
        (options.PERSONAL_CLASS_PHONE, "13800001234", "138****1234"),
        (options.PERSONAL_CLASS_PHONE, "82000000", "***"),
        (options.PERSONAL_CLASS_ADDRESS, "泸县福集镇建设路1号", "***"),
        (options.PERSONAL_CLASS_BANK, "6222020000001234567", "***************4567"),
        (options.PERSONAL_CLASS_PLATE, "川E12345", "川E*****"),
        (options.PERSONAL_CLASS_NAME, "", ""),
    ],
)
def test_a_mask_leaves_what_its_class_leaves(kind, value, masked):
    assert mask(kind, value) == masked


def test_without_a_purpose_even_the_head_sees_masks():
    shown = answer()
    assert disclosure(acting(HEAD), audit.PURPOSE_UNSPECIFIED).show(shown, CASE, [HEAD.officer_id])
    assert (shown.case.party.name, shown.case.vehicle.plate) == ("张*", "川E*****")


def test_the_officers_of_a_case_see_it_whole():
    shown = answer()
    assert not disclosure(acting(LI)).show(shown, CASE, [LI.officer_id])
    assert shown == answer()


def test_an_investigator_sees_of_other_cases_the_plate_alone():
    shown = answer()
    assert disclosure(acting(LI)).show(shown, CASE, [HEAD.officer_id])
    assert shown.case.vehicle.plate == "川E12345"
    assert (shown.case.party.name, shown.case.party.address) == ("张*", "***")


def test_an_organisation_keeps_its_name_and_number_and_who_acts_for_it_is_masked():
    shown = answer(COMPANY)
    disclosure(acting(LI)).show(shown, CASE, [])
    party = shown.case.party
    assert (party.name, party.id_number, party.address) == (COMPANY.name, COMPANY.id_number, COMPANY.address)
    assert (party.representative, party.phone) == ("李*", "083*****0000")


def test_facts_lose_the_words_that_are_masked_beside_them_and_what_shows_by_its_form():
    facts = "张三驾驶川E12345，另见川E54321；联系13900005678，证件500102198001012222"
    shown = answer(facts=facts)
    disclosure(acting(officer("档", options.ROLE_DATA_AUDITOR))).show(shown, CASE, [])
    assert shown.case.facts == "张*驾驶川E*****，另见川E*****；联系139****5678，证件5****************2"


@pytest.mark.parametrize("role", [options.ROLE_DATA_AUDITOR, options.ROLE_PLATFORM_SUPERVISOR, options.ROLE_PROSECUTOR])
def test_whoever_supervises_data_sees_none(role):
    assert sees(acting(officer("某", role)), own=False) == frozenset()


def test_an_investigator_sees_plates_of_all_cases_and_everything_of_the_own():
    assert sees(acting(LI), own=False) == {PLATE}
    assert sees(acting(LI), own=True) == EVERYTHING


def test_services_and_administrators_see_none():
    assert sees(Actor("ops", "administrator"), own=True) == frozenset()


async def test_an_access_says_who_why_on_what_basis_and_what_and_not_what_stood_there():
    kept = Kept()
    made = disclosure(acting(LI), kept=kept)
    made.show(answer(), CASE, [LI.officer_id])
    await made.record()
    [access] = kept.accesses
    assert (access.officer_id, access.credential_number, access.purpose) == (
        LI.officer_id,
        LI.credential_number,
        PURPOSE,
    )
    assert access.legal_basis == "行政处罚法 arts. 40, 54"
    assert (list(access.subject_ids), access.result_count, access.method) == ([CASE], 1, "cases.GetCase")
    assert "case.party.id_number" in access.fields
    assert "张三".encode() not in kept.appended[0].events[0].body


async def test_what_was_masked_leaves_no_access():
    kept = Kept()
    made = disclosure(acting(LI), audit.PURPOSE_UNSPECIFIED, kept)
    made.show(answer(), CASE, [LI.officer_id])
    await made.record()
    assert kept.appended == []


async def test_a_search_for_a_person_is_an_access_even_if_it_finds_nobody():
    kept = Kept()
    made = disclosure(acting(HEAD), kept=kept)
    made.searches("party")
    await made.record()
    [access] = kept.accesses
    assert (list(access.searched_by), access.result_count, list(access.subject_ids)) == (["party"], 0, [])


def test_a_search_for_a_person_needs_a_purpose():
    with pytest.raises(Refused) as refused:
        disclosure(acting(HEAD), audit.PURPOSE_UNSPECIFIED).searches("party")
    assert refused.value.code is KernelRefusal.PURPOSE_NEEDED


async def test_a_long_answer_is_several_events_of_one_commit():
    kept = Kept()
    made = disclosure(acting(HEAD), kept=kept)
    for number in range(SUBJECTS_MAX + 1):
        made.show(answer(), uid(f"case {number}"), [])
    await made.record()
    assert [len(one.subject_ids) for one in kept.accesses] == [SUBJECTS_MAX, 1]
    assert len(kept.appended) == 1


def whole(actor: Actor, *, officers: tuple[str, ...] = (), purpose: audit.Purpose.ValueType = PURPOSE) -> bool:
    return bool(disclosure(actor, purpose).sees_whole(officers))


def test_what_cannot_be_masked_is_shown_to_the_officers_of_the_matter_and_to_who_sees_all():
    assert whole(acting(LI), officers=(LI.officer_id,))
    assert whole(acting(HEAD))


@pytest.mark.parametrize("role", [options.ROLE_INVESTIGATOR, options.ROLE_FINANCE, options.ROLE_RECORDER])
def test_what_cannot_be_masked_is_not_shown_to_who_sees_only_some(role):
    assert not whole(acting(officer("他", role)))


def test_what_cannot_be_masked_is_not_shown_without_a_purpose():
    assert not whole(acting(HEAD), purpose=audit.PURPOSE_UNSPECIFIED)
