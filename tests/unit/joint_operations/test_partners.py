"""Partners without a node: listed, there by their host's word and scan, and signing on paper."""

from typing import Any

from enforcement.common.v1 import common_pb2 as common
from enforcement.joint_operations.v1 import events_pb2 as pb
from enforcement.joint_operations.v1 import partners_pb2 as partners
from enforcement.joint_operations.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.joint_operations.model import Refusal
from services.joint_operations.model.operation import operation
from services.joint_operations.model.participation import participation
from services.joint_operations.policies import policy
from services.kernel.errors import KernelRefusal
from tests.support.decider import CHIEF, LEADER, LUXIAN, POLICY, RONGCHANG, YONGCHUAN, given, reactions, uid
from tests.unit.joint_operations.acts import (
    AUTHORITIES,
    CLOSED,
    FIELD,
    INVITED,
    OPERATION,
    PART,
    PLANNED,
    PROPOSAL,
    READY,
    invited,
    proposed,
    reported,
    signed,
)
from tests.unit.joint_operations.test_disclosure import view
from tests.unit.joint_operations.test_summary import PUBLISH, own_report, received

PARTNER = uid("立石镇")
SCAN = common.BlobRef(sha256=b"\x07" * 32, size=20_480, media_type="application/pdf", file_name="签到表.pdf")
LISTED = partners.PartnerListed(
    operation_id=OPERATION,
    lead_id=LUXIAN.id,
    partner_id=PARTNER,
    kind=partners.PARTNER_KIND_TOWNSHIP,
    host_id=LUXIAN.id,
    name="立石镇人民政府",
)
HOSTED = partners.PartnerHosted(
    participation_id=PART,
    operation_id=OPERATION,
    partner_id=PARTNER,
    kind=partners.PARTNER_KIND_TOWNSHIP,
    name="立石镇人民政府",
)
ATTENDED = partners.PartnerAttended(
    participation_id=PART,
    operation_id=OPERATION,
    lead_id=LUXIAN.id,
    participant_id=LUXIAN.id,
    partner_id=PARTNER,
    kind=partners.PARTNER_KIND_TOWNSHIP,
    checkpoint_id="C",
    head_count=3,
    led_by="某副镇长",
    scan=SCAN,
)
NOTED = partners.PartnerAttendanceNoted(
    operation_id=OPERATION, partner_id=PARTNER, participant_id=LUXIAN.id, head_count=3
)
SIGNATURE_NOTED = partners.PartnerSignatureNoted(
    operation_id=OPERATION, partner_id=PARTNER, participant_id=LUXIAN.id, proposal_id=PROPOSAL
)


def listing(**fields: Any) -> partners.ListPartnerRequest:
    given_fields: dict[str, Any] = {
        "operation_id": OPERATION,
        "kind": partners.PARTNER_KIND_TOWNSHIP,
        "name": "立石镇人民政府",
        "host_id": LUXIAN.id,
    }
    return partners.ListPartnerRequest(**(given_fields | fields))


def attendance(**fields: Any) -> partners.RecordPartnerAttendanceRequest:
    given_fields: dict[str, Any] = {
        "participation_id": PART,
        "partner_id": PARTNER,
        "checkpoint_id": "C",
        "head_count": 3,
        "led_by": "某副镇长",
        "scan": SCAN,
    }
    return partners.RecordPartnerAttendanceRequest(**(given_fields | fields))


def signature(**fields: Any) -> partners.RecordPartnerSignatureRequest:
    given_fields: dict[str, Any] = {
        "participation_id": PART,
        "partner_id": PARTNER,
        "proposal_id": PROPOSAL,
        "signed_by": "某副镇长",
        "scan": SCAN,
    }
    return partners.RecordPartnerSignatureRequest(**(given_fields | fields))


def test_a_partner_is_listed_once_with_a_host_among_the_invited():
    outcome = given(operation, *INVITED).when(listing(), actor=CHIEF)
    [event] = outcome.events
    expected = partners.PartnerListed()
    expected.CopyFrom(LISTED)
    expected.partner_id = event.partner_id  # type: ignore[attr-defined]
    assert event == expected
    given(operation, *INVITED, LISTED).when(listing(), actor=CHIEF).refused(Refusal.PARTNER_LISTED)
    alone = given(operation, PLANNED, invited(LUXIAN))
    alone.when(listing(host_id=YONGCHUAN.id), actor=CHIEF).refused(Refusal.NOT_A_PARTICIPANT)


def test_the_host_takes_over_the_record_from_the_lead_alone():
    command = partners.HostPartnerRequest(
        participation_id=PART, partner_id=PARTNER, kind=partners.PARTNER_KIND_TOWNSHIP, name="立石镇人民政府"
    )
    given(participation, *FIELD).when(command, actor=POLICY).then(HOSTED)
    given(participation, *FIELD, HOSTED).when(command, actor=POLICY).then()
    given(participation, *FIELD).when(command, actor=POLICY, origin=RONGCHANG.id).refused(Refusal.NOT_THE_LEAD)
    assert reactions(policy, LISTED) == [command]
    assert reactions(policy, LISTED, authority=YONGCHUAN, origin=LUXIAN.id) == []


def test_a_partner_is_there_once_a_day_and_checkpoint_with_a_scan():
    given(participation, *FIELD, HOSTED).when(attendance()).then(ATTENDED)
    given(participation, *FIELD, HOSTED, ATTENDED).when(attendance()).refused(Refusal.PARTNER_ATTENDED, checkpoint="C")
    assert len(given(participation, *FIELD, HOSTED, ATTENDED).when(attendance(checkpoint_id="B")).events) == 1


def test_nobody_keeps_the_record_of_a_partner_of_another_host():
    given(participation, *FIELD).when(attendance()).refused(Refusal.PARTNER_UNKNOWN, partner=PARTNER)


def test_persons_of_partners_are_no_officers():
    state = given(participation, *FIELD, HOSTED, ATTENDED).state
    assert not state.tally.officers


def test_the_lead_hears_of_a_partner_from_its_host_alone():
    note = partners.NotePartnerAttendedRequest(
        operation_id=OPERATION, participant_id=LUXIAN.id, partner_id=PARTNER, head_count=3
    )
    given(operation, *READY, LISTED).when(note, actor=POLICY).then(NOTED)
    note.participant_id = YONGCHUAN.id
    outcome = given(operation, *READY, LISTED).when(note, actor=POLICY, origin=YONGCHUAN.id)
    outcome.refused(Refusal.PARTNER_UNKNOWN)


def test_a_partner_that_was_there_stands_in_the_text_and_signs_before_publication():
    was_there = [*READY, LISTED, NOTED, *CLOSED[len(READY) :]]
    propose = commands.ProposeSummaryRequest(operation_id=OPERATION)
    [proposal] = given(operation, *was_there).when(propose, actor=CHIEF).events
    assert isinstance(proposal, pb.SummaryProposed)
    assert "荣昌区交通运输委员会、立石镇人民政府开展" in proposal.text
    summary = proposed(text=proposal.text, partner_names=proposal.partner_names)
    history = [*was_there, summary, *(signed_as(summary, one) for one in AUTHORITIES.values())]
    given(operation, *history).when(PUBLISH, actor=LEADER).refused(Refusal.NOT_SIGNED, authorities="立石镇人民政府")
    assert len(given(operation, *history, SIGNATURE_NOTED).when(PUBLISH, actor=LEADER).events) == 1


def test_a_partner_that_was_not_there_signs_nothing_and_nobody_waits_for_it():
    history = [*READY, LISTED, *(reported(one) for one in AUTHORITIES.values()), CLOSED[-1], proposed()]
    signatures = [signed(one) for one in AUTHORITIES.values()]
    assert len(given(operation, *history, *signatures).when(PUBLISH, actor=LEADER).events) == 1
    absent = given(participation, *FIELD, HOSTED, own_report(), received())
    absent.when(signature(), actor=LEADER).refused(Refusal.PARTNER_ABSENT, name="立石镇人民政府")


def test_a_partner_signs_on_paper_what_the_authorities_sign():
    history = [*FIELD, HOSTED, ATTENDED, own_report(), received()]
    [event] = given(participation, *history).when(signature(), actor=LEADER).events
    assert isinstance(event, partners.PartnerSigned)
    assert (event.digest, event.scan, event.lead_id) == (received().digest, SCAN, LUXIAN.id)
    other = given(participation, *history).when(signature(proposal_id=uid("other")), actor=LEADER)
    other.refused(Refusal.NO_PROPOSAL)
    early = given(participation, *FIELD, HOSTED, ATTENDED).when(signature(), actor=LEADER)
    early.refused(KernelRefusal.WRONG_STAGE)


def test_a_paper_on_another_content_counts_for_nothing():
    note = partners.NotePartnerSignedRequest(
        operation_id=OPERATION,
        participant_id=LUXIAN.id,
        partner_id=PARTNER,
        proposal_id=PROPOSAL,
        digest=proposed().digest,
    )
    history = [*READY, LISTED, NOTED, *CLOSED[len(READY) :], proposed()]
    given(operation, *history).when(note, actor=POLICY).then(SIGNATURE_NOTED)
    note.digest = b"\x01" * 32
    given(operation, *history).when(note, actor=POLICY).refused(Refusal.DIGEST_DIFFERS, authority="立石镇人民政府")


def signed_as(summary: pb.SummaryProposed, authority: Any) -> pb.SummarySignatureRecorded:
    return pb.SummarySignatureRecorded(
        operation_id=OPERATION, participant_id=authority.id, proposal_id=PROPOSAL, digest=summary.digest
    )


def test_a_partners_leader_and_scan_stay_with_the_host():
    told = view(ATTENDED, options.VISIBILITY_ADDRESSEE)
    assert (told.head_count, told.led_by, told.HasField("scan")) == (3, "", False)
