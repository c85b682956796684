"""What the cases service does with what other services and authorities recorded."""

from typing import Any

import pytest
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import criminal_sanctions_pb2 as sanctions
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import evidence_pb2 as evidence
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.cases.v1 import publication_pb2 as publication
from enforcement.cases.v1 import review_pb2 as review
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.collection.v1 import events_pb2 as collection
from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import events_pb2 as cross_border
from enforcement.deadlines.v1 import events_pb2 as clocks
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.non_site.v1 import incident_pb2 as incidents
from enforcement.transfer.v1 import events_pb2 as transfer
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import supervision_pb2 as supervision
from enforcement.transfer.v1 import suspicion_pb2 as suspicions

from services.cases.service import SERVICE
from services.kernel.messages import to_datetime, to_timestamp
from services.kernel.values import day_of
from tests.support.decider import LUXIAN, POLICE, YONGCHUAN, instant, officer, reactions, uid
from tests.unit.cases import test_side_states as side_states
from tests.unit.cases.acts import CASE, PLACE, changed, file

ACROSS = common.Place(division_code="500118", description="吉安镇")
FOUND = joint.CaseHandedOff(
    participation_id=uid("participation"),
    operation_id=uid("operation"),
    finding_id=uid("finding"),
    owner_id=LUXIAN.id,
    handed_off_by=YONGCHUAN.id,
    act_code="RTR-63-2",
    facts="未取得道路旅客运输经营许可",
    party_name="张三",
    object=joint.InspectedObject(
        kind=joint.OBJECT_KIND_VEHICLE,
        plate="川E12345",
        plate_colour=joint.PLATE_COLOUR_BLUE,
        licence_number="510521000001",
    ),
    places=[ACROSS, PLACE],
    found_at=to_timestamp(instant("2024-12-18 00:30")),
    evidence=[file("照片")],
)
CLUE = commands.RegisterClueRequest(
    source=pb.CLUE_SOURCE_OTHER_AUTHORITY,
    act_code="RTR-63-2",
    act_on="2024-12-18",
    place=PLACE,
    other_places=[ACROSS],
    facts="未取得道路旅客运输经营许可",
    party=pb.Party(name="张三"),
    vehicle=pb.Vehicle(plate="川E12345", plate_colour="蓝", transport_certificate_number="510521000001"),
    handed_off_by=YONGCHUAN.id,
    finding_id=uid("finding"),
    participation_id=uid("participation"),
    attachments=[file("照片")],
)
SHIP = pb.Vessel(name="川泸货1288", identification_number="CN20180001234", operating_certificate_number="泸水运001")
ITEM = cross_border.EvidenceItem(
    item_id=uid("item"),
    kind=cross_border.EVIDENCE_KIND_DOCUMENTARY,
    title="车辆登记资料",
    collectors=[officer("何", authority=YONGCHUAN)],
)
RECOGNISED = cross_border.EvidenceRecognised(
    request_id=uid("request"),
    responder_id=YONGCHUAN.id,
    case_id=CASE,
    item_id=uid("item"),
    verdict=cross_border.VERDICT_RECOGNISED,
    item=ITEM,
    blob=file("资料"),
)


def test_a_finding_of_another_authority_becomes_a_clue():
    assert reactions(SERVICE.policy, FOUND, origin=YONGCHUAN.id) == [CLUE]


def test_a_finding_of_ones_own_becomes_a_clue_from_an_inspection():
    own = changed(FOUND, handed_off_by=LUXIAN.id)
    expected = changed(CLUE, source=pb.CLUE_SOURCE_INSPECTION, handed_off_by="")
    assert reactions(SERVICE.policy, own) == [expected]


def test_a_finding_on_water_is_about_a_vessel():
    ship = joint.InspectedObject(
        kind=joint.OBJECT_KIND_VESSEL, name=SHIP.name, identifier="CN20180001234", licence_number="泸水运001"
    )
    expected = changed(CLUE, vehicle=None, vessel=SHIP)
    assert reactions(SERVICE.policy, changed(FOUND, object=ship), origin=YONGCHUAN.id) == [expected]


def test_a_finding_that_another_authority_owns_is_none_of_ours():
    assert reactions(SERVICE.policy, changed(FOUND, owner_id=YONGCHUAN.id)) == []


def test_recognised_evidence_joins_the_case():
    assert reactions(SERVICE.policy, RECOGNISED) == [
        commands.AddRecognisedEvidenceRequest(
            case_id=CASE,
            evidence_id=uid("item"),
            kind=pb.EVIDENCE_KIND_DOCUMENT,
            description="车辆登记资料",
            file=file("资料"),
            collectors=ITEM.collectors,
            gathered_by=YONGCHUAN.id,
            request_id=uid("request"),
        )
    ]


@pytest.mark.parametrize(
    "event",
    [
        changed(RECOGNISED, verdict=cross_border.VERDICT_NEEDS_REMEDY),
        changed(RECOGNISED, verdict=cross_border.VERDICT_NOT_RECOGNISED),
        changed(RECOGNISED, case_id=""),
    ],
    ids=["needs remedy", "not recognised", "no case"],
)
def test_nothing_else_joins_it(event):
    assert reactions(SERVICE.policy, event) == []


def test_the_verdict_of_another_authority_adds_nothing():
    assert reactions(SERVICE.policy, RECOGNISED, origin=YONGCHUAN.id) == []


def test_each_step_of_an_own_transfer_is_noted():
    steps = {
        transfer.TransferApproved: pb.TRANSFER_PHASE_APPROVED,
        transfer.TransferRejected: pb.TRANSFER_PHASE_REJECTED,
        transfer.CaseTransferred: pb.TRANSFER_PHASE_SENT,
        transfer.PoliceReceiptRecorded: pb.TRANSFER_PHASE_RECEIVED,
        transfer.PoliceFilingRecorded: pb.TRANSFER_PHASE_FILED,
        transfer.PoliceRefusalRecorded: pb.TRANSFER_PHASE_REFUSED,
        transfer.PropertyHandedOver: pb.TRANSFER_PHASE_HANDED_OVER,
        transfer.CaseReturned: pb.TRANSFER_PHASE_RETURNED,
        outcomes.TransferClosed: pb.TRANSFER_PHASE_CONCLUDED,
    }
    for kind, phase in steps.items():
        event = kind(transfer_id=uid("transfer"), case_id=CASE)
        if isinstance(event, transfer.PropertyHandedOver):
            event.item_count = 1
        found = reactions(SERVICE.policy, event)
        assert found == [commands.NoteCriminalTransferRequest(case_id=CASE, transfer_id=uid("transfer"), phase=phase)]


def test_materials_that_go_to_the_police_without_property_end_no_seizure():
    alone = transfer.PropertyHandedOver(transfer_id=uid("transfer"), case_id=CASE, material_count=1)
    assert reactions(SERVICE.policy, alone) == []


def test_a_notice_to_file_means_that_the_police_have_the_case_and_no_other_step_of_a_supervision_does():
    for step in list(supervision.SupervisionStep.values())[1:]:
        told = supervision.SupervisionStepRecorded(transfer_id=uid("transfer"), case_id=CASE, step=step)
        noted = commands.NoteCriminalTransferRequest(
            case_id=CASE, transfer_id=uid("transfer"), phase=pb.TRANSFER_PHASE_RECEIVED
        )
        assert reactions(SERVICE.policy, told) == ([noted] if step == supervision.SUPERVISION_STEP_ORDERED else [])


def test_a_filing_notice_after_the_end_of_the_criminal_case_takes_no_case_back():
    late = transfer.PoliceFilingRecorded(transfer_id=uid("transfer"), case_id=CASE, moves_nothing=True)
    assert reactions(SERVICE.policy, late) == []


def test_a_notice_to_file_for_police_that_no_longer_have_the_case_changes_nothing():
    told = supervision.SupervisionStepRecorded(
        transfer_id=uid("transfer"), step=supervision.SUPERVISION_STEP_ORDERED, police_id=POLICE.id
    )
    assert reactions(SERVICE.policy, told) == []


def test_a_transfer_of_another_authority_is_none_of_ours():
    event = transfer.CaseTransferred(transfer_id=uid("transfer"))
    assert reactions(SERVICE.policy, event, authority=POLICE, origin=LUXIAN.id) == []


def test_the_outcome_of_an_own_transfer_is_noted_with_what_the_court_imposed():
    event = outcomes.OutcomeRecorded(
        transfer_id=uid("transfer"),
        case_id=CASE,
        outcome=outcomes.TRANSFER_OUTCOME_CONVICTED,
        criminal_fine_fen=2_000_000,
        custody_days=60,
    )
    (command,) = reactions(SERVICE.policy, event)
    assert command == sanctions.NoteCriminalOutcomeRequest(
        case_id=CASE,
        transfer_id=uid("transfer"),
        outcome=sanctions.CRIMINAL_OUTCOME_CONVICTED,
        criminal_fine_fen=2_000_000,
        custody_days=60,
    )


@pytest.mark.parametrize("outcome", outcomes.TransferOutcome.values()[1:], ids=outcomes.TransferOutcome.keys()[1:])
def test_every_outcome_has_its_counterpart_in_the_case(outcome):
    event = outcomes.OutcomeRecorded(transfer_id=uid("transfer"), case_id=CASE, outcome=outcome)
    (command,) = reactions(SERVICE.policy, event)
    assert isinstance(command, sanctions.NoteCriminalOutcomeRequest)
    name = outcomes.TransferOutcome.Name(outcome).removeprefix("TRANSFER_OUTCOME_")
    assert sanctions.CriminalOutcome.Name(command.outcome) == f"CRIMINAL_OUTCOME_{name}"


FINE_ACCOUNT, OTHER_ACCOUNT = collection.ACCOUNT_FINE, collection.ACCOUNT_CONFISCATION


@pytest.mark.parametrize(
    ("event", "reviewed"),
    [
        (collection.PaymentRecorded(case_id=CASE, account=FINE_ACCOUNT), True),
        (collection.PaymentRecorded(case_id=CASE, account=OTHER_ACCOUNT), False),
        (collection.PaymentRecorded(account=FINE_ACCOUNT), False),
        (collection.RefundExecuted(case_id=CASE, account=FINE_ACCOUNT, amount_fen=2, uncovered_fen=1), True),
        (collection.RefundExecuted(case_id=CASE, account=FINE_ACCOUNT, amount_fen=2, uncovered_fen=2), False),
        (collection.FineCollectedOnSite(case_id=CASE), True),
        (collection.DifferenceResolved(case_id=CASE, from_account=FINE_ACCOUNT, moved_fen=1), True),
        (collection.DifferenceResolved(case_id=CASE, to_account=FINE_ACCOUNT, moved_fen=1), True),
        (collection.DifferenceResolved(case_id=CASE), False),
        (decisions.DecisionAmended(case_id=CASE), True),
        (decisions.DecisionRevoked(case_id=CASE), True),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, bool) else ("reviewed" if one else "not"),
)
def test_what_moves_the_fine_has_the_set_off_computed_again(event, reviewed):
    found = [one for one in reactions(SERVICE.policy, event) if isinstance(one, sanctions.ReviewSetOffRequest)]
    assert found == ([sanctions.ReviewSetOffRequest(case_id=CASE)] if reviewed else [])


@pytest.mark.parametrize(
    ("event", "open_"),
    [
        (suspicions.SuspicionRaised(suspicion_id=uid("suspicion"), case_id=CASE), True),
        (suspicions.SuspicionAnswered(suspicion_id=uid("suspicion"), case_id=CASE), False),
    ],
    ids=["raised", "answered"],
)
def test_a_suspicion_of_ones_own_is_noted_until_it_is_answered(event, open_):
    found = reactions(SERVICE.policy, event)
    assert found == [sanctions.NoteSuspicionRequest(case_id=CASE, suspicion_id=uid("suspicion"), open=open_)]
    assert reactions(SERVICE.policy, event, origin=YONGCHUAN.id) == []


INQUIRY = acts.ActInquirySent(
    inquiry_id=uid("inquiry"),
    recipient_ids=[LUXIAN.id],
    subjects=[acts.ActSubject(kind=acts.ACT_SUBJECT_KIND_PARTY, digest=b"\1" * 32)],
    act_codes=["RTR-63-2"],
    from_on="2024-09-05",
    to_on="2024-09-07",
)
FOUND_THERE = acts.ActInquiryAnswered(
    answer_id=uid("answer"),
    inquiry_id=uid("inquiry"),
    requester_id=LUXIAN.id,
    matches=[acts.ActMatch(state=acts.ACT_MATCH_STATE_FINED)],
    complete=True,
)


@pytest.mark.parametrize(
    ("event", "matter_id"),
    [
        (pb.ClueRegistered(case_id=CASE), CASE),
        (pb.CaseFiled(case_id=CASE), CASE),
        (pb.NoticeServed(case_id=CASE), CASE),
        (pb.DefenceRecorded(case_id=CASE), CASE),
        (review.LegalReviewCompleted(case_id=CASE), CASE),
        (side.JurisdictionSettled(case_id=CASE, ours=True), CASE),
        (on_spot.OnSpotObserved(on_spot_id=uid("spot")), uid("spot")),
    ],
    ids=["clue", "filing", "notice", "defence", "review", "dispute", "on the spot"],
)
def test_others_are_asked_about_the_same_act_before_filing_and_before_the_decision(event, matter_id):
    assert acts.AskAboutActRequest(matter_id=matter_id) in reactions(SERVICE.policy, event)
    assert reactions(SERVICE.policy, event, origin=YONGCHUAN.id) == []


def test_nobody_is_asked_about_a_case_that_a_dispute_gave_to_another():
    assert reactions(SERVICE.policy, side.JurisdictionSettled(case_id=CASE)) == []


def test_whoever_asks_is_answered_in_the_name_of_who_asked():
    assert reactions(SERVICE.policy, INQUIRY, origin=YONGCHUAN.id) == [
        acts.AnswerActInquiryRequest(
            inquiry_id=uid("inquiry"),
            requester_id=YONGCHUAN.id,
            subjects=INQUIRY.subjects,
            act_codes=["RTR-63-2"],
            from_on="2024-09-05",
            to_on="2024-09-07",
        )
    ]
    assert reactions(SERVICE.policy, INQUIRY) == []
    assert reactions(SERVICE.policy, changed(INQUIRY, recipient_ids=["jt-500153"]), origin=YONGCHUAN.id) == []


def test_an_answer_is_recorded_as_of_who_gave_it():
    assert reactions(SERVICE.policy, FOUND_THERE, origin=YONGCHUAN.id) == [
        acts.RecordActAnswerRequest(
            inquiry_id=uid("inquiry"), responder_id=YONGCHUAN.id, matches=FOUND_THERE.matches, complete=True
        )
    ]
    assert reactions(SERVICE.policy, FOUND_THERE) == []


def test_what_does_not_fit_on_the_spot_becomes_a_clue():
    referred = on_spot.OnSpotReferred(
        on_spot_id=uid("spot"),
        act_code="RTR-63-2",
        act_on="2024-09-06",
        place=PLACE,
        facts="未取得许可",
        party=pb.Party(name="张三"),
        vessel=SHIP,
        attachments=[file("照片")],
    )
    assert reactions(SERVICE.policy, referred) == [
        commands.RegisterClueRequest(
            source=pb.CLUE_SOURCE_INSPECTION,
            act_code="RTR-63-2",
            act_on="2024-09-06",
            place=PLACE,
            facts="未取得许可",
            party=pb.Party(name="张三"),
            vessel=SHIP,
            attachments=[file("照片")],
        )
    ]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (collection.CollectionPerformed(collection_id=uid("money"), on_spot_id=uid("spot")), {"performed": True}),
        (collection.ExecutionEnded(collection_id=uid("money"), on_spot_id=uid("spot")), {}),
        (collection.CollectionReopened(collection_id=uid("money"), on_spot_id=uid("spot")), {"reopened": True}),
    ],
    ids=["paid", "ended", "taken back"],
)
def test_an_on_the_spot_penalty_keeps_how_its_money_ended(event, said):
    assert on_spot.NoteOnSpotPerformanceRequest(
        on_spot_id=uid("spot"), collection_id=uid("money"), **said
    ) in reactions(SERVICE.policy, event)


def test_a_case_that_another_authority_hands_over_becomes_a_clue_that_names_it():
    sent = changed(
        side_states.TRANSFERRED,
        receiver_id=LUXIAN.id,
        vehicle=side.TransferredVehicle(plate="川E12345", plate_colour="蓝"),
        vessel=side.TransferredVessel(
            name="川泸货1288", identification_number="CN20180001234", operating_certificate_number="泸水运001"
        ),
    )
    assert reactions(SERVICE.policy, sent, origin=YONGCHUAN.id) == [
        commands.RegisterClueRequest(
            source=pb.CLUE_SOURCE_OTHER_AUTHORITY,
            act_code="RTR-63-2",
            act_on="2024-09-06",
            place=PLACE,
            facts="在永川境内未经许可从事客运",
            party=pb.Party(kind=pb.PARTY_KIND_PERSON, name="张三"),
            vehicle=pb.Vehicle(plate="川E12345", plate_colour="蓝"),
            vessel=SHIP,
            handed_off_by=YONGCHUAN.id,
            attachments=[file("现场笔录")],
            sender_case_id=CASE,
        )
    ]
    assert reactions(SERVICE.policy, sent) == []
    assert reactions(SERVICE.policy, changed(sent, receiver_id="jt-500153"), origin=YONGCHUAN.id) == []


@pytest.mark.parametrize("event", [pb.CaseFiled, pb.CaseNotFiled])
def test_what_the_receiver_made_of_a_case_is_noted(event):
    answer = event(case_id=uid("theirs"), handed_off_by=LUXIAN.id, sender_case_id=CASE)
    taken = event is pb.CaseFiled
    assert reactions(SERVICE.policy, answer, origin=YONGCHUAN.id) == [
        side.NoteAdministrativeTransferRequest(case_id=CASE, receiver_id=YONGCHUAN.id, accepted=taken)
    ]
    assert reactions(SERVICE.policy, changed(answer, sender_case_id=""), origin=YONGCHUAN.id) == []


def test_a_dispute_that_another_authority_raises_is_noted_on_the_case_that_it_names():
    raised = changed(side_states.DISPUTED, case_id=side_states.THEIRS, other_id=LUXIAN.id, other_case_id=CASE)
    note = side.NoteJurisdictionDisputeRequest(
        case_id=CASE,
        dispute_id=side_states.DISPUTE,
        told_by=YONGCHUAN.id,
        other_case_id=side_states.THEIRS,
        position="先立案",
    )
    assert reactions(SERVICE.policy, raised, origin=YONGCHUAN.id) == [note]
    assert reactions(SERVICE.policy, changed(raised, other_case_id=""), origin=YONGCHUAN.id) == []
    assert reactions(SERVICE.policy, raised) == []


def test_and_so_is_its_end():
    settled = changed(side_states.LOST, case_id=side_states.THEIRS, other_id=LUXIAN.id, other_case_id=CASE)
    assert reactions(SERVICE.policy, settled, origin=YONGCHUAN.id) == [
        side.NoteJurisdictionDisputeRequest(
            case_id=CASE,
            dispute_id=side_states.DISPUTE,
            told_by=YONGCHUAN.id,
            other_case_id=side_states.THEIRS,
            owner_id=YONGCHUAN.id,
            way=side.SETTLEMENT_WAY_AGREED,
        )
    ]


def test_how_far_the_money_has_come_is_noted_on_its_case():
    for event, phase in (
        (collection.CollectionOpened, side.PERFORMANCE_PHASE_OPENED),
        (collection.CollectionReopened, side.PERFORMANCE_PHASE_OPENED),
        (collection.CollectionPerformed, side.PERFORMANCE_PHASE_PERFORMED),
        (collection.ExecutionEnded, side.PERFORMANCE_PHASE_EXECUTION_ENDED),
    ):
        told = event(collection_id=uid("money"), case_id=CASE)
        assert reactions(SERVICE.policy, told) == [
            side.NotePerformanceRequest(case_id=CASE, collection_id=uid("money"), phase=phase)
        ]


def test_how_far_the_cost_of_an_execution_has_come_is_noted_beside_it_on_the_case():
    """While a cost that was charged is open the case is not closed."""
    for event, phase in (
        (collection.CollectionOpened, side.PERFORMANCE_PHASE_OPENED),
        (collection.CollectionReopened, side.PERFORMANCE_PHASE_OPENED),
        (collection.CollectionPerformed, side.PERFORMANCE_PHASE_PERFORMED),
        (collection.ExecutionEnded, side.PERFORMANCE_PHASE_EXECUTION_ENDED),
    ):
        of_cost = event(collection_id=uid("cost"), of_case_id=CASE)
        noted = side.NotePerformanceRequest(case_id=CASE, collection_id=uid("cost"), phase=phase, own_execution=True)
        assert reactions(SERVICE.policy, of_cost) == [noted]
        assert reactions(SERVICE.policy, event(collection_id=uid("cost"))) == []


def test_an_own_execution_is_noted_on_its_case():
    completed, lost = collection.END_GROUND_COMPLETED, collection.END_GROUND_OBJECT_LOST
    about: dict[str, Any] = {"execution_id": uid("execution"), "case_id": CASE}
    for event, phase in (
        (collection.ExecutionDemanded(**about), side.PERFORMANCE_PHASE_OPENED),
        (collection.ImmediateClearingDone(**about), side.PERFORMANCE_PHASE_OPENED),
        (collection.OwnExecutionEnded(**about, ground=completed), side.PERFORMANCE_PHASE_PERFORMED),
        (collection.OwnExecutionEnded(**about, ground=lost), side.PERFORMANCE_PHASE_EXECUTION_ENDED),
    ):
        noted = side.NotePerformanceRequest(
            case_id=CASE, collection_id=uid("execution"), phase=phase, own_execution=True
        )
        assert reactions(SERVICE.policy, event) == [noted]


def test_the_told_time_of_a_test_ends_in_its_last_instant():
    over = clocks.DeadlineMissed(
        rule_id="cases.testing", subject_id=CASE, effective_due_at=to_timestamp(instant("2024-09-21 00:00"))
    )
    (command,) = reactions(SERVICE.policy, over)
    assert isinstance(command, evidence.EndTestingTimeRequest)
    assert (command.case_id, command.test_id) == (CASE, "")
    assert day_of(to_datetime(command.occurred_at)).isoformat() == "2024-09-20"
    assert reactions(SERVICE.policy, changed(over, rule_id="cases.seizure")) == []


@pytest.mark.parametrize("rule_id", ["cases.public", "cases.public_short"])
def test_what_was_public_for_its_period_is_taken_down(rule_id):
    at = to_timestamp(instant("2025-02-14 00:00"))
    over = clocks.DeadlineMissed(rule_id=rule_id, subject_id=CASE, effective_due_at=at)
    assert reactions(SERVICE.policy, over) == [publication.EndPublicationRequest(case_id=CASE, occurred_at=at)]
    assert reactions(SERVICE.policy, changed(over, rule_id="cases.publication")) == []


def test_what_was_auctioned_is_noted_on_its_case_and_what_it_paid_of_the_fine_is_reviewed():
    sold = collection.AuctionSold(case_id=CASE, measure_id=uid("measure"))
    assert reactions(SERVICE.policy, sold) == [
        commands.NoteItemsAuctionedRequest(case_id=CASE, measure_id=uid("measure"))
    ]
    for moved in (collection.AuctionProceedsReceived, collection.PaymentReversed):
        assert reactions(SERVICE.policy, moved(case_id=CASE, fine_fen=1)) == [
            sanctions.ReviewSetOffRequest(case_id=CASE)
        ]
        assert reactions(SERVICE.policy, moved(case_id=CASE)) == []


def test_each_party_of_an_incident_that_is_proceeded_against_becomes_a_clue():
    added = incidents.IncidentPartyAdded(
        incident_id=uid("incident"),
        role=pb.INCIDENT_ROLE_COMPANY,
        case_id=CASE,
        party=pb.Party(kind=pb.PARTY_KIND_ORGANISATION, name="某运输公司"),
        vehicle=pb.Vehicle(plate="川E12345", plate_colour="黄"),
        act_code="HPR-66",
        act_on="2024-12-18",
        place=PLACE,
        facts="超限运输",
        capture_id=uid("capture"),
        evidence=[file("抓拍图")],
    )
    assert reactions(SERVICE.policy, added) == [
        commands.RegisterClueRequest(
            case_id=CASE,
            source=pb.CLUE_SOURCE_INSPECTION,
            act_code="HPR-66",
            act_on="2024-12-18",
            place=PLACE,
            facts="超限运输",
            party=added.party,
            vehicle=added.vehicle,
            attachments=[file("抓拍图")],
            incident_id=uid("incident"),
            incident_role=pb.INCIDENT_ROLE_COMPANY,
            capture_id=uid("capture"),
        )
    ]
