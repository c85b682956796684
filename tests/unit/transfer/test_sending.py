"""T3: the package goes to the police of the same level, a copy to the procuratorate (国务院令第310号 arts. 5, 6)."""

from itertools import combinations

import pytest
from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import service_pb2 as commands

from services.kernel.errors import KernelRefusal
from services.transfer.model import Refusal, transfer
from services.transfer.model.materials import Sheet
from services.transfer.model.transfer import Stage
from tests.support.decider import MEMBERS, POLICE, PROCURATORATE, ZHAO, given, uid
from tests.unit.transfer.acts import (
    CASE,
    COPIED,
    GOODS,
    LETTER,
    ON_ITS_WAY,
    PENDING,
    READY,
    REPORT,
    SEND,
    SENT,
    SENT_AT,
    TRANSFER,
)

NAMES = {LETTER.kind: "涉嫌犯罪案件移送书", REPORT.kind: "涉嫌犯罪案件情况的调查报告", GOODS.kind: "涉案物品清单"}


def sending(*materials: pb.Material, police_id: str = POLICE.id) -> commands.SendTransferRequest:
    return commands.SendTransferRequest(transfer_id=TRANSFER, police_id=police_id, materials=materials)


def test_a_complete_package_goes_to_the_police_and_a_copy_to_the_procuratorate():
    after = given(transfer, *READY).when(SEND, at=SENT_AT).then(SENT, COPIED)
    assert after.stage is Stage.SENT


@pytest.mark.parametrize("there", [subset for n in range(3) for subset in combinations([LETTER, REPORT, GOODS], n)])
def test_an_incomplete_package_is_refused_with_the_list_of_what_is_missing(there):
    missing = [name for kind, name in NAMES.items() if kind not in {material.kind for material in there}]
    given(transfer, *READY).when(sending(*there), at=SENT_AT).refused(
        Refusal.PACKAGE_INCOMPLETE, missing="、".join(missing)
    )


def test_a_material_without_its_file_is_none():
    bare = pb.Material(kind=GOODS.kind, title="清单")
    given(transfer, *READY).when(sending(LETTER, REPORT, bare), at=SENT_AT).refused(
        Refusal.MATERIAL_WITHOUT_FILE, title="清单"
    )


@pytest.mark.parametrize(
    "sheet",
    [Sheet("F15", CASE, "川泸罚〔2025〕7号"), Sheet("X11", uid("other case"), "川泸移〔2025〕3号")],
    ids=["another form", "another case"],
)
def test_the_letter_of_transfer_is_no_other_document(sheet):
    made = {LETTER.file.sha256.hex(): sheet}
    given(transfer, *READY).when(SEND, at=SENT_AT, found=made).refused(
        Refusal.NOT_THE_TRANSFER_LETTER, document=f"{sheet.form} {sheet.number}"
    )


def test_it_is_the_sheet_of_this_case_or_a_file_that_no_document_here_has():
    for made in (
        {LETTER.file.sha256.hex(): Sheet("X11", CASE, "")},
        {REPORT.file.sha256.hex(): Sheet("X10", CASE, "")},
    ):
        given(transfer, *READY).when(SEND, at=SENT_AT, found=made).then(SENT, COPIED)


@pytest.mark.parametrize("police_id", ["ga-510500", "ga-500118", "jcy-510521"])
def test_a_transfer_goes_to_no_other_authority_than_the_police_of_the_same_level(police_id):
    given(transfer, *READY).when(sending(LETTER, REPORT, GOODS, police_id=police_id), at=SENT_AT).refused(
        Refusal.NOT_SAME_LEVEL_POLICE, expected="ga-510521", police=police_id
    )


def test_a_transfer_needs_police_that_can_receive_it():
    without = {known: member for known, member in MEMBERS.items() if known != POLICE.id}
    given(transfer, *READY).when(SEND, at=SENT_AT, members=without).refused(
        KernelRefusal.UNKNOWN_AUTHORITY, authority="ga-510521"
    )


def test_nothing_is_sent_before_the_approval():
    given(transfer, *PENDING).when(SEND, at=SENT_AT).refused(KernelRefusal.WRONG_STAGE, allowed="已批准移送")


def test_nothing_is_sent_twice():
    given(transfer, *ON_ITS_WAY).when(SEND, at=SENT_AT).refused(KernelRefusal.WRONG_STAGE, stage="已移送")


def test_sending_is_not_older_than_the_approval():
    given(transfer, *READY).when(SEND, at="2025-04-30 15:00").refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_only_the_team_sends():
    given(transfer, *READY).when(SEND, actor=ZHAO, at=SENT_AT).refused(Refusal.NOT_IN_TEAM)


def test_a_transfer_does_not_wait_for_a_procuratorate_without_a_node():
    without = {known: member for known, member in MEMBERS.items() if known != PROCURATORATE.id}
    given(transfer, *READY).when(SEND, at=SENT_AT, members=without).then(SENT)
