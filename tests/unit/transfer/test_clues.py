"""Clues on officials: who must know, who may not, receipt and outcome, and that to others a clue does not exist."""

from datetime import timedelta
from typing import Any

import pytest
from enforcement.options.v1 import options_pb2 as options
from enforcement.transfer.v1 import discipline_pb2 as pb

from services.kernel.authority import Authority
from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.errors import KernelRefusal
from services.kernel.messages import encode, is_restricted, type_name
from services.transfer.model.discipline import (
    ATTACHMENTS_BYTES_MAX,
    ReceivedStage,
    Stage,
    discipline_clue,
    received_clue,
)
from services.transfer.model.shared import Refusal
from services.transfer.policies import policy
from services.transfer.service import SERVICE
from tests.support.decider import (
    HEAD,
    LEADER,
    LI,
    LUXIAN,
    MEMBERS,
    NOON,
    POLICE,
    POLICY,
    PROCURATORATE,
    WANG,
    ZHAO,
    given,
    officer,
    reactions,
    uid,
)

CLUE, THEIRS = uid("clue"), uid("their clue")
BODY = Authority("jw-510521", "泸县监察委员会")
WITH_BODY = {**MEMBERS, BODY.id: BODY}
KEEPER = officer("严", options.ROLE_CLUE_KEEPER, authority=BODY)
COLLEAGUE = officer("陶", authority=BODY)
OTHER_KEEPER = officer("姜", options.ROLE_CLUE_KEEPER, authority=BODY)
AT_BODY: dict[str, Any] = {"authority": BODY, "officers": (KEEPER, COLLEAGUE, OTHER_KEEPER), "members": WITH_BODY}
CONTENT = pb.ClueContent(
    kind=pb.MISCONDUCT_KIND_CORRUPTION, person="某科长", matter="收受货运企业财物", by_hand="账本一册"
)
NOTE = pb.NoteClueRequest(
    clue_id=CLUE, content=CONTENT, reader_ids=[WANG.officer_id], concerned_ids=[LEADER.officer_id]
)
NOTED = pb.ClueNoted(
    clue_id=CLUE,
    content=CONTENT,
    reader_ids=[LI.officer_id, WANG.officer_id],
    concerned_ids=[LEADER.officer_id],
)
SEND = pb.SendClueRequest(clue_id=CLUE, receiver_id=BODY.id)
SENT = pb.RestrictedLetter(clue_id=CLUE, addressee_id=BODY.id, clue=CONTENT)
BY_HAND = pb.ClueHandedOver(clue_id=CLUE, receiver_name="泸县监察委员会", receipt_number="收〔2025〕1号")
RECEIPT = pb.RecordClueAnswerRequest(
    clue_id=CLUE, receiver_id=BODY.id, reference_id=THEIRS, register_number="监收〔2025〕9号"
)
ARRIVED = pb.ClueArrived(clue_id=THEIRS, reference_id=CLUE, sender_id=LUXIAN.id, content=CONTENT)
SIGN = pb.SignClueReceiptRequest(clue_id=THEIRS, register_number="监收〔2025〕9号", reader_ids=[COLLEAGUE.officer_id])
SIGNED = pb.ClueReceiptSigned(
    clue_id=THEIRS, register_number="监收〔2025〕9号", reader_ids=[KEEPER.officer_id, COLLEAGUE.officer_id]
)
RECEIPT_LETTER = pb.RestrictedLetter(
    clue_id=THEIRS,
    reference_id=CLUE,
    addressee_id=LUXIAN.id,
    receipt=pb.ClueReceipt(register_number="监收〔2025〕9号"),
)
TELL = pb.TellClueOutcomeRequest(clue_id=THEIRS, outcome=pb.CLUE_OUTCOME_FILED)


def admit(who):
    return pb.AdmitClueReaderRequest(clue_id=CLUE, officer_id=who.officer_id, reason="协助移送")


def remove(who):
    return pb.RemoveClueReaderRequest(clue_id=CLUE, officer_id=who.officer_id, reason="不再需要")


OWN = [
    admit(ZHAO),
    remove(WANG),
    SEND,
    pb.HandClueOverRequest(clue_id=CLUE, receiver_name="泸县监察委员会", receipt_number="收〔2025〕1号"),
    pb.RecordClueOutcomeRequest(clue_id=CLUE, outcome=pb.CLUE_OUTCOME_CLOSED),
]


def names_of(message):
    return message.DESCRIPTOR.name


def test_who_notes_a_clue_is_on_its_list():
    given(discipline_clue).when(NOTE).then(NOTED)


def test_whom_it_concerns_is_never_on_its_list():
    own = pb.NoteClueRequest(content=CONTENT, concerned_ids=[LI.officer_id])
    given(discipline_clue).when(own).refused(Refusal.CONCERNED_READER)
    given(discipline_clue, NOTED).when(admit(LEADER)).refused(Refusal.CONCERNED_READER)


def test_a_reader_is_in_the_register():
    stranger = pb.NoteClueRequest(content=CONTENT, reader_ids=[uid("nobody")])
    given(discipline_clue).when(stranger).refused(KernelRefusal.OFFICER_UNKNOWN)


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)], ids=["128 KiB", "a byte more"])
def test_small_files_travel_inside(more, fits):
    half = pb.ClueAttachment(title="照片", content=bytes(ATTACHMENTS_BYTES_MAX // 2))
    rest = pb.ClueAttachment(title="录音", content=bytes(ATTACHMENTS_BYTES_MAX // 2 + more))
    content = pb.ClueContent(kind=CONTENT.kind, person="某科长", matter="线索", attachments=[half, rest])
    outcome = given(discipline_clue).when(pb.NoteClueRequest(content=content))
    assert bool(outcome.events) is fits
    if not fits:
        outcome.refused(Refusal.ATTACHMENTS_TOO_LARGE)


@pytest.mark.parametrize("command", OWN, ids=names_of)
@pytest.mark.parametrize("stranger", [ZHAO, LEADER, HEAD], ids=["officer", "whom it concerns", "head"])
def test_to_everybody_else_a_clue_does_not_exist(command, stranger):
    given(discipline_clue, NOTED).when(command, actor=stranger, members=WITH_BODY).refused(
        KernelRefusal.NOT_FOUND, id=CLUE
    )


def test_the_list_grows_and_shrinks_and_is_never_empty():
    grown = pb.ClueReaderAdmitted(clue_id=CLUE, officer_id=ZHAO.officer_id, reason="协助移送")
    given(discipline_clue, NOTED).when(admit(ZHAO)).then(grown)
    given(discipline_clue, NOTED, grown).when(admit(ZHAO)).then()
    assert given(discipline_clue, NOTED, grown).when(SEND, actor=ZHAO, members=WITH_BODY).events
    gone = pb.ClueReaderRemoved(clue_id=CLUE, officer_id=WANG.officer_id, reason="不再需要")
    given(discipline_clue, NOTED).when(remove(WANG)).then(gone)
    given(discipline_clue, NOTED, gone).when(SEND, actor=WANG, members=WITH_BODY).refused(KernelRefusal.NOT_FOUND)
    given(discipline_clue, NOTED, gone).when(remove(LI)).refused(Refusal.LAST_READER)


@pytest.mark.parametrize("receiver", [BODY, PROCURATORATE], ids=["supervisory body", "procuratorate"])
def test_a_clue_goes_to_a_supervisory_body_or_a_procuratorate(receiver):
    letter = pb.RestrictedLetter(clue_id=CLUE, addressee_id=receiver.id, clue=CONTENT)
    command = pb.SendClueRequest(clue_id=CLUE, receiver_id=receiver.id)
    assert given(discipline_clue, NOTED).when(command, members=WITH_BODY).then(letter).stage is Stage.SENT


@pytest.mark.parametrize("receiver", [POLICE, LUXIAN], ids=["police", "itself"])
def test_a_clue_goes_to_nobody_else(receiver):
    command = pb.SendClueRequest(clue_id=CLUE, receiver_id=receiver.id)
    given(discipline_clue, NOTED).when(command).refused(Refusal.NOT_FOR_CLUES)


@pytest.mark.parametrize("command", [SEND, OWN[3]], ids=["sent", "by hand"])
def test_a_clue_does_not_go_before_it_was_noted(command):
    """Its clock would never be ended by it."""
    early = given(discipline_clue, NOTED).when(command, at=NOON - timedelta(minutes=1), members=WITH_BODY)
    early.refused(Refusal.ACT_BEFORE_ITS_CAUSE)


def test_no_receipt_is_signed_before_the_arrival():
    given(received_clue, ARRIVED).when(SIGN, actor=KEEPER, at=NOON - timedelta(minutes=1), **AT_BODY).refused(
        Refusal.ACT_BEFORE_ITS_CAUSE
    )


def test_a_clue_is_sent_once():
    given(discipline_clue, NOTED, SENT).when(SEND, members=WITH_BODY).refused(KernelRefusal.WRONG_STAGE)


def test_a_body_without_a_node_takes_the_clue_by_hand_and_its_outcome_is_recorded():
    assert given(discipline_clue, NOTED).when(OWN[3]).then(BY_HAND).stage is Stage.RECEIVED
    told = pb.ClueAnswered(clue_id=CLUE, outcome=pb.CLUE_OUTCOME_CLOSED)
    assert given(discipline_clue, NOTED, BY_HAND).when(OWN[4]).then(told).stage is Stage.ANSWERED


def test_of_a_clue_that_went_to_a_node_only_that_node_tells_the_outcome():
    receipt = pb.ClueAnswered(clue_id=CLUE, reference_id=THEIRS, register_number="监收〔2025〕9号")
    for history in ((NOTED, SENT), (NOTED, SENT, receipt)):
        given(discipline_clue, *history).when(OWN[4]).refused(Refusal.CLUE_OUTCOME_NOT_BY_HAND)
        given(discipline_clue, *history).when(OWN[4], actor=ZHAO).refused(KernelRefusal.NOT_FOUND)


def test_receipt_and_outcome_of_the_receiver_are_recorded():
    receipt = pb.ClueAnswered(clue_id=CLUE, reference_id=THEIRS, register_number="监收〔2025〕9号")
    received = given(discipline_clue, NOTED, SENT).when(RECEIPT, actor=POLICY)
    assert received.then(receipt).stage is Stage.RECEIVED
    outcome = pb.RecordClueAnswerRequest(
        clue_id=CLUE, receiver_id=BODY.id, reference_id=THEIRS, outcome=pb.CLUE_OUTCOME_FILED
    )
    answered = pb.ClueAnswered(clue_id=CLUE, reference_id=THEIRS, outcome=pb.CLUE_OUTCOME_FILED)
    assert given(discipline_clue, NOTED, SENT, receipt).when(outcome, actor=POLICY).then(answered).stage is (
        Stage.ANSWERED
    )


def test_nobody_else_answers():
    other = pb.RecordClueAnswerRequest(clue_id=CLUE, receiver_id=PROCURATORATE.id, reference_id=THEIRS)
    given(discipline_clue, NOTED, SENT).when(other, actor=POLICY).refused(KernelRefusal.NOT_FOUND)


# ---- receiver ----------------------------------------------------------------------------------------------------


def test_a_keeper_signs_and_says_who_must_know():
    signed = given(received_clue, ARRIVED).when(SIGN, actor=KEEPER, **AT_BODY)
    assert signed.then(SIGNED, RECEIPT_LETTER).stage is ReceivedStage.SIGNED


def test_after_the_receipt_another_keeper_knows_nothing():
    signed = given(received_clue, ARRIVED, SIGNED, RECEIPT_LETTER)
    signed.when(SIGN, actor=OTHER_KEEPER, **AT_BODY).refused(KernelRefusal.NOT_FOUND)
    signed.when(TELL, actor=OTHER_KEEPER, **AT_BODY).refused(KernelRefusal.NOT_FOUND)
    signed.when(SIGN, actor=KEEPER, **AT_BODY).refused(KernelRefusal.WRONG_STAGE)


def test_the_outcome_and_nothing_else_goes_back():
    letter = pb.RestrictedLetter(
        clue_id=THEIRS, reference_id=CLUE, addressee_id=LUXIAN.id, outcome=pb.CLUE_OUTCOME_FILED
    )
    signed = (ARRIVED, SIGNED, RECEIPT_LETTER)
    told = given(received_clue, *signed).when(TELL, actor=COLLEAGUE, **AT_BODY)
    assert told.then(letter).stage is ReceivedStage.TOLD
    given(received_clue, *signed, letter).when(TELL, actor=COLLEAGUE, **AT_BODY).then()


def test_no_outcome_before_the_receipt():
    given(received_clue, ARRIVED).when(TELL, actor=KEEPER, **AT_BODY).refused(KernelRefusal.NOT_FOUND)


def their(command, who):
    return command(clue_id=THEIRS, officer_id=who.officer_id, reason="承办人变更")


ADMIT, REMOVE = pb.AdmitReceivedClueReaderRequest, pb.RemoveReceivedClueReaderRequest
AT_HAND = (ARRIVED, SIGNED, RECEIPT_LETTER)


def test_the_receivers_list_grows_and_shrinks_and_is_never_empty():
    grown = pb.ClueReaderAdmitted(clue_id=THEIRS, officer_id=OTHER_KEEPER.officer_id, reason="承办人变更")
    gone = [
        pb.ClueReaderRemoved(clue_id=THEIRS, officer_id=who.officer_id, reason="承办人变更")
        for who in (KEEPER, COLLEAGUE)
    ]
    given(received_clue, *AT_HAND).when(their(ADMIT, OTHER_KEEPER), actor=COLLEAGUE, **AT_BODY).then(grown)
    given(received_clue, *AT_HAND, grown).when(their(ADMIT, OTHER_KEEPER), actor=KEEPER, **AT_BODY).then()
    assert given(received_clue, *AT_HAND, grown).when(TELL, actor=OTHER_KEEPER, **AT_BODY).events
    given(received_clue, *AT_HAND).when(their(REMOVE, KEEPER), actor=COLLEAGUE, **AT_BODY).then(gone[0])
    left = given(received_clue, *AT_HAND, gone[0])
    left.when(TELL, actor=KEEPER, **AT_BODY).refused(KernelRefusal.NOT_FOUND)
    left.when(their(REMOVE, COLLEAGUE), actor=COLLEAGUE, **AT_BODY).refused(Refusal.LAST_READER)
    left.when(their(REMOVE, OTHER_KEEPER), actor=COLLEAGUE, **AT_BODY).then()


@pytest.mark.parametrize("command", [ADMIT, REMOVE], ids=["admit", "remove"])
def test_nobody_who_is_not_on_the_receivers_list_changes_it(command):
    asked = their(command, COLLEAGUE)
    given(received_clue, *AT_HAND).when(asked, actor=OTHER_KEEPER, **AT_BODY).refused(KernelRefusal.NOT_FOUND)
    given(received_clue, ARRIVED).when(asked, actor=KEEPER, **AT_BODY).refused(KernelRefusal.NOT_FOUND)


def test_whom_a_clue_concerns_is_not_on_the_receivers_list_either():
    sign = pb.SignClueReceiptRequest(
        clue_id=THEIRS, register_number="监收〔2025〕9号", concerned_ids=[OTHER_KEEPER.officer_id]
    )
    signed: Any = given(received_clue, ARRIVED).when(sign, actor=KEEPER, **AT_BODY).events[0]
    admit_them = their(ADMIT, OTHER_KEEPER)
    given(received_clue, ARRIVED, signed).when(admit_them, actor=KEEPER, **AT_BODY).refused(Refusal.CONCERNED_READER)
    given(received_clue, ARRIVED).when(sign, actor=OTHER_KEEPER, **AT_BODY).refused(Refusal.CONCERNED_READER)


# ---- what crosses the border -------------------------------------------------------------------------------------


def test_a_clue_is_taken_where_clues_go_and_nowhere_else():
    for receiver in (BODY, PROCURATORATE):
        letter = pb.RestrictedLetter(clue_id=CLUE, addressee_id=receiver.id, clue=CONTENT)
        taken: Any = reactions(policy, letter, authority=receiver, origin=LUXIAN.id, members=WITH_BODY)[0]
        assert (taken.reference_id, taken.sender_id, taken.content) == (CLUE, LUXIAN.id, CONTENT)
    to_police = pb.RestrictedLetter(clue_id=CLUE, addressee_id=POLICE.id, clue=CONTENT)
    assert reactions(policy, to_police, authority=POLICE, origin=LUXIAN.id) == []


def test_an_answer_is_recorded_with_the_clue_that_it_answers():
    assert reactions(policy, RECEIPT_LETTER, origin=BODY.id, members=WITH_BODY) == [RECEIPT]


def test_a_letter_reaches_its_addressee_and_no_feed():
    shared = Catalogue.load().shared[type_name(SENT)]
    assert shared.targets(SENT, LUXIAN.id) == [BODY.id]
    assert shared.restricted


def test_clue_receipt_and_outcome_have_one_type_outside():
    outcome = pb.RestrictedLetter(clue_id=THEIRS, addressee_id=LUXIAN.id, outcome=pb.CLUE_OUTCOME_FILED)
    assert len({type_name(letter) for letter in (SENT, RECEIPT_LETTER, outcome)}) == 1
    assert "lue" not in type_name(SENT)
    assert "纪检" not in Catalogue.load().shared[type_name(SENT)].purpose


def test_everything_of_a_clue_is_restricted():
    names = {*discipline_clue.events, *discipline_clue.commands, *received_clue.events, *received_clue.commands}
    assert {name for name in names if not is_restricted(name)} == set()
    asking = {"enforcement.transfer.v1.GetClueRequest", "enforcement.transfer.v1.ListCluesRequest"}
    assert {name for name in asking if not is_restricted(name)} == set()


def test_no_event_of_a_clue_stands_in_a_history_or_an_index():
    kept = {
        handler.table.name
        for name in (*discipline_clue.events, *received_clue.events)
        for handler in SERVICE.views.handlers[name]
    }
    assert kept == {"restricted_clue"}


def test_the_view_that_leaves_has_what_the_letter_says():
    view = Catalogue.load().view(type_name(SENT), encode(SENT), options.VISIBILITY_ADDRESSEE)
    assert pb.RestrictedLetter.FromString(view) == SENT
