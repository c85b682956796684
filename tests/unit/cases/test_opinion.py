"""A case on the opinion of a procuratorate: what it tells, and evidence from the criminal file."""

from typing import Any

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import opinion_pb2 as pb
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.transfer.v1 import opinion_pb2 as opinions
from google.protobuf.message import Message

from services.cases.model import Refusal, case
from services.cases.service import SERVICE
from services.kernel.errors import KernelRefusal
from tests.support.decider import LEADER, LI, LUXIAN, POLICY, PROCURATORATE, WANG, given, on, reactions, uid
from tests.unit.cases.acts import (
    CASE,
    CHANGE_TOLD,
    CLOSE_INVESTIGATION,
    CLUE,
    CLUE_AT,
    CLUE_REGISTERED,
    DECIDED,
    DELIVERED,
    FILE,
    FILED,
    FILED_AT,
    INVESTIGATING,
    NOT_FILE,
    OPEN,
    PROVEN,
    TWO,
    changed,
    file,
    transfer_noted,
)
from tests.unit.transfer.opinion_acts import CERTIFICATE, CONTENT, HANDED, OF_IT, STATEMENT

OPINION_CASE = uid("opinion case")


def only(found: list[Message]) -> Any:
    """The one event or command that there is."""
    (one,) = found
    return one


ON_OPINION = changed(CLUE_REGISTERED, opinion_case_id=OPINION_CASE)
EVIDENCE = uid("statement")


def progressed(progress, number="川泸2024-0042", reasons=""):
    return pb.OpinionProgressed(
        case_id=CASE, opinion_case_id=OPINION_CASE, progress=progress, case_number=number, reasons=reasons
    )


def test_a_clue_keeps_the_opinion_on_which_it_rests():
    on_opinion = changed(CLUE, opinion_case_id=OPINION_CASE)
    given(case).when(on_opinion, at=CLUE_AT).then(ON_OPINION)


def test_the_filing_of_a_case_on_an_opinion_is_told():
    told = progressed(pb.OPINION_PROGRESS_FILED)
    given(case, on(CLUE_AT, ON_OPINION)).when(FILE, actor=LEADER, at=FILED_AT).then(FILED, told)


def test_that_none_is_filed_is_told_with_the_reason():
    told = progressed(pb.OPINION_PROGRESS_NOT_FILED, number="", reasons=NOT_FILE.reason)
    turned_down = given(case, on(CLUE_AT, ON_OPINION)).when(NOT_FILE, actor=LEADER, at=FILED_AT)
    assert turned_down.events[-1] == told


def test_a_decision_that_is_revoked_is_told():
    noted = pb.OpinionNoted(case_id=CASE, opinion_case_id=OPINION_CASE)
    revoke = decisions.RevokeDecisionRequest(case_id=CASE, reason="适用法律错误", **CHANGE_TOLD)
    revoked = given(case, *DELIVERED, noted).when(revoke, actor=LEADER, at="2024-11-20 10:00")
    assert revoked.events[-1] == progressed(pb.OPINION_PROGRESS_REVOKED, reasons="适用法律错误")


def test_a_case_that_another_body_has_is_told_when_it_is_closed():
    noted = pb.OpinionNoted(case_id=CASE, opinion_case_id=OPINION_CASE)
    decided = decisions.CrimeTransferDecided(case_id=CASE, case_number="川泸2024-0042")
    close = commands.CloseCaseRequest(case_id=CASE, ground=events.CLOSING_GROUND_TRANSFERRED, remark="公安机关已立案")
    handed = transfer_noted(events.TRANSFER_PHASE_HANDED_OVER)
    closed = given(case, *INVESTIGATING, noted, decided, handed).when(close, actor=LEADER)
    assert closed.events[-1] == progressed(pb.OPINION_PROGRESS_TRANSFERRED, reasons="公安机关已立案")


def test_a_case_without_an_opinion_tells_nothing():
    given(case, on(CLUE_AT, CLUE_REGISTERED)).when(FILE, actor=LEADER, at=FILED_AT).then(FILED)


def test_a_case_that_was_there_tells_what_it_came_to_already():
    note = pb.NoteOpinionRequest(case_id=CASE, opinion_case_id=OPINION_CASE)
    noted = pb.OpinionNoted(case_id=CASE, opinion_case_id=OPINION_CASE)
    given(case, *OPEN).when(note, actor=POLICY).then(noted, progressed(pb.OPINION_PROGRESS_FILED))
    given(case, *DECIDED).when(note, actor=POLICY).then(
        noted, progressed(pb.OPINION_PROGRESS_FILED), progressed(pb.OPINION_PROGRESS_PENALTY)
    )


def test_a_case_handles_one_opinion_and_notes_it_once():
    noted = pb.OpinionNoted(case_id=CASE, opinion_case_id=OPINION_CASE)
    again = pb.NoteOpinionRequest(case_id=CASE, opinion_case_id=OPINION_CASE)
    other = pb.NoteOpinionRequest(case_id=CASE, opinion_case_id=uid("another"))
    given(case, *OPEN, noted).when(again, actor=POLICY).then()
    given(case, *OPEN, noted).when(other, actor=POLICY).refused(Refusal.OTHER_OPINION)


WITHDRAWN = pb.OpinionWithdrawalNoted(case_id=CASE, opinion_case_id=OPINION_CASE, reason="提起公诉")
WITHDRAW = pb.NoteOpinionWithdrawalRequest(case_id=CASE, opinion_case_id=OPINION_CASE, reason="提起公诉")


def test_a_case_whose_opinion_was_withdrawn_is_a_case_like_any_other():
    given(case, on(CLUE_AT, ON_OPINION)).when(WITHDRAW, actor=POLICY, at=FILED_AT).then(WITHDRAWN)
    gone = given(case, on(CLUE_AT, ON_OPINION), WITHDRAWN)
    gone.when(FILE, actor=LEADER, at=FILED_AT).then(FILED)
    assert only(gone.when(NOT_FILE, actor=LEADER, at=FILED_AT).events).reason == NOT_FILE.reason
    gone.when(WITHDRAW, actor=POLICY, at=FILED_AT).then()


def test_the_withdrawal_of_another_opinion_is_nothing_to_a_case():
    other = pb.NoteOpinionWithdrawalRequest(case_id=CASE, opinion_case_id=uid("another"), reason="提起公诉")
    given(case, on(CLUE_AT, ON_OPINION)).when(other, actor=POLICY, at=FILED_AT).then()


def test_a_case_whose_opinion_was_withdrawn_may_handle_another_one():
    other = pb.NoteOpinionRequest(case_id=CASE, opinion_case_id=uid("another"))
    noted = pb.OpinionNoted(case_id=CASE, opinion_case_id=OPINION_CASE)
    events_of_it = given(case, *OPEN, noted, WITHDRAWN).when(other, actor=POLICY).events
    assert events_of_it[0] == pb.OpinionNoted(case_id=CASE, opinion_case_id=uid("another"))


def test_the_withdrawal_of_an_opinion_reaches_its_case_and_only_the_own_one_does():
    recorded = opinions.OpinionWithdrawalRecorded(opinion_case_id=OPINION_CASE, case_id=CASE, reason="提起公诉")
    assert reactions(SERVICE.policy, recorded) == [WITHDRAW]
    assert reactions(SERVICE.policy, recorded, origin=PROCURATORATE.id) == []
    recorded.case_id = ""
    assert reactions(SERVICE.policy, recorded) == []


def converted(*, statement):
    return events.EvidenceAdded(
        case_id=CASE,
        evidence_id=EVIDENCE,
        kind=events.EVIDENCE_KIND_TESTIMONY if statement else events.EVIDENCE_KIND_PHYSICAL,
        description="王某证言",
        file=file("statement.pdf"),
        gathered_by=PROCURATORATE.id,
        opinion_case_id=OPINION_CASE,
        reconfirm_required=statement,
    )


ADD = pb.AddConvertedEvidenceRequest(
    case_id=CASE,
    evidence_id=EVIDENCE,
    kind=events.EVIDENCE_KIND_TESTIMONY,
    description="王某证言",
    file=file("statement.pdf"),
    gathered_by=PROCURATORATE.id,
    opinion_case_id=OPINION_CASE,
    reconfirm_required=True,
)
RECONFIRM = pb.ReconfirmEvidenceRequest(
    case_id=CASE, evidence_id=EVIDENCE, record=file("new record.pdf"), officer_ids=TWO
)
RESTS_ON_IT = changed(CLOSE_INVESTIGATION, evidence_ids=[EVIDENCE])


def test_evidence_of_the_criminal_file_joins_once():
    joins = given(case, *OPEN)
    joins.when(ADD, actor=POLICY).then(converted(statement=True))
    given(case, *OPEN, converted(statement=True)).when(ADD, actor=POLICY).then()


def test_a_statement_is_the_ground_of_nothing_until_it_was_confirmed_again():
    unconfirmed = given(case, *INVESTIGATING, converted(statement=True))
    unconfirmed.when(RESTS_ON_IT).refused(Refusal.EVIDENCE_NOT_RECONFIRMED, id=EVIDENCE)
    record = pb.EvidenceReconfirmed(
        case_id=CASE, evidence_id=EVIDENCE, record=file("new record.pdf"), officers=[LI, WANG]
    )
    unconfirmed.when(RECONFIRM).then(record)
    confirmed = given(case, *INVESTIGATING, converted(statement=True), record)
    assert confirmed.when(RESTS_ON_IT).events
    confirmed.when(RECONFIRM).then()


def test_other_evidence_counts_at_once():
    assert given(case, *INVESTIGATING, converted(statement=False)).when(RESTS_ON_IT).events


def test_what_is_unconfirmed_is_left_out_where_all_evidence_is_taken():
    closed = only(given(case, *PROVEN, converted(statement=True)).when(CLOSE_INVESTIGATION).events)
    assert EVIDENCE not in closed.evidence_ids


def test_two_officers_take_a_statement_again():
    alone = changed(RECONFIRM, officer_ids=[LI.officer_id])
    given(case, *OPEN, converted(statement=True)).when(alone).refused(KernelRefusal.TWO_OFFICERS_NEEDED)


def test_evidence_that_is_not_there_is_not_confirmed():
    given(case, *OPEN).when(RECONFIRM).refused(Refusal.EVIDENCE_UNKNOWN)


# ---- policies ----------------------------------------------------------------------------------------------------


def test_an_opinion_becomes_a_clue_from_another_department():
    clue = only(reactions(SERVICE.policy, HANDED))
    assert (clue.case_id, clue.source) == (HANDED.case_id, events.CLUE_SOURCE_OTHER_AUTHORITY)
    assert (clue.party.name, clue.act_code, clue.facts) == ("张三", CONTENT.act_code, CONTENT.facts)
    assert clue.opinion_case_id == HANDED.opinion_case_id
    assert len(clue.attachments) == 2


def test_an_opinion_about_several_leaves_the_party_to_the_filing():
    several = opinions.OpinionHandedToCases()
    several.CopyFrom(HANDED)
    several.content.persons.add(name="李四")
    clue = only(reactions(SERVICE.policy, several))
    assert not clue.HasField("party")


@pytest.mark.parametrize(
    "event",
    [HANDED, opinions.OpinionLinkedToCase(**OF_IT, case_id=CASE), opinions.OpinionEvidenceConverted(case_id=CASE)],
    ids=lambda event: event.DESCRIPTOR.name,
)
def test_another_authoritys_events_open_no_case_here(event):
    assert reactions(SERVICE.policy, event, authority=LUXIAN, origin=PROCURATORATE.id) == []


@pytest.mark.parametrize(
    ("item", "kind", "reconfirm"),
    [(STATEMENT, events.EVIDENCE_KIND_TESTIMONY, True), (CERTIFICATE, events.EVIDENCE_KIND_PHYSICAL, False)],
    ids=["statement", "thing"],
)
def test_evidence_keeps_its_kind_and_what_it_needs(item, kind, reconfirm):
    event = opinions.OpinionEvidenceConverted(
        opinion_case_id=OPINION_CASE,
        case_id=CASE,
        item=item,
        reconfirm_required=reconfirm,
        gathered_by=PROCURATORATE.id,
    )
    command = only(reactions(SERVICE.policy, event))
    assert (command.kind, command.reconfirm_required) == (kind, reconfirm)
    assert (command.evidence_id, command.description) == (item.item_id, item.title)
