"""What supervisors see of an operation, a case, a transfer."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.joint_operations.v1 import plan_changes_pb2 as plans
from enforcement.options.v1 import options_pb2 as options
from enforcement.platform.v1 import service_pb2 as pb
from enforcement.transfer.v1 import events_pb2 as transfer
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from google.protobuf.message import Message

from services.kernel.messages import to_datetime, type_name
from services.platform import supervision
from services.platform.definitions import DEFINITIONS
from services.platform.supervision import Step
from services.platform.transfer_steps import TRANSFER_STEPS
from tests.support.members import CATALOGUE
from tests.unit.platform.feeds import (
    LUXIAN,
    MORNING,
    OPERATION,
    POLICE,
    RONGCHANG,
    YONGCHUAN,
    Tale,
    log,
    lx_1218,
    name,
)

TRANSFER, CASE = name("transfer"), name("case")


def steps(tales: Iterable[Tale]) -> list[Step]:
    return [Step(told, told.occurred_at + timedelta(minutes=5)) for told in log(tales)]


def told(publisher: str, *events: Message) -> list[Tale]:
    return [Tale(publisher, event, MORNING + timedelta(hours=hours)) for hours, event in enumerate(events)]


def an_operation(*more: Tale) -> pb.OperationView:
    view = supervision.operation(OPERATION, [each for each in steps([*lx_1218(), *more]) if each.told.type in READ])
    assert view is not None
    return view


READ = supervision.OPERATION_READS


def test_an_operation_is_where_its_lead_and_its_participants_brought_it() -> None:
    view = an_operation()
    assert view.stage == pb.OPERATION_STAGE_CLOSED
    assert (view.lead_id, view.starts_on) == (LUXIAN, "2024-12-18")
    assert [each.participant_id for each in view.participants] == [YONGCHUAN, RONGCHANG, LUXIAN]
    assert all(each.HasField("reported_at") and each.HasField("checked_in_at") for each in view.participants)


def test_an_operation_runs_once_a_checkpoint_is_open() -> None:
    before_the_close = [tale for tale in lx_1218() if not isinstance(tale.event, joint.OperationClosed)]
    view = supervision.operation(OPERATION, steps(tale for tale in before_the_close if type_name(tale.event) in READ))
    assert view is not None
    assert view.stage == pb.OPERATION_STAGE_RUNNING


def test_a_stage_is_not_left_when_a_slower_feed_arrives() -> None:
    late = Tale(YONGCHUAN, joint.CheckpointOpened(operation_id=OPERATION, participant_id=YONGCHUAN))
    assert an_operation(late).stage == pb.OPERATION_STAGE_CLOSED


def test_a_cancelled_operation_is_one_unless_a_checkpoint_had_opened_and_its_days_are_the_leads() -> None:
    planned = [tale for tale in lx_1218() if isinstance(tale.event, joint.OperationPlanned | joint.ParticipantInvited)]
    moved = plans.OperationPeriodChanged(operation_id=OPERATION, starts_on="2024-12-24", ends_on="2024-12-25")
    cancelled = plans.OperationCancelled(operation_id=OPERATION)
    opened = joint.CheckpointOpened(operation_id=OPERATION, participant_id=YONGCHUAN)
    view = supervision.operation(OPERATION, steps([*planned, *told(LUXIAN, moved, cancelled)]))
    assert view is not None
    assert (view.stage, view.starts_on, view.ends_on) == (pb.OPERATION_STAGE_CANCELLED, "2024-12-24", "2024-12-25")
    ran = supervision.operation(OPERATION, steps([*planned, *told(LUXIAN, cancelled), *told(YONGCHUAN, opened)]))
    assert ran is not None
    assert ran.stage == pb.OPERATION_STAGE_RUNNING
    idle, worked = (
        joint.FieldWorkReported(operation_id=OPERATION, participant_id=YONGCHUAN, numbers=numbers)
        for numbers in (joint.FieldNumbers(), joint.FieldNumbers(education_heads=3))
    )
    for report, stage in ((idle, pb.OPERATION_STAGE_CANCELLED), (worked, pb.OPERATION_STAGE_RUNNING)):
        after = supervision.operation(OPERATION, steps([*planned, *told(LUXIAN, cancelled), *told(YONGCHUAN, report)]))
        assert after is not None
        assert after.stage == stage
    foreign = supervision.operation(OPERATION, steps([*planned, *told(YONGCHUAN, moved, cancelled)]))
    assert foreign is not None
    assert (foreign.stage, foreign.starts_on) == (pb.OPERATION_STAGE_INVITED, "2024-12-18")


def test_an_operation_lists_its_steps_and_not_its_inspections() -> None:
    listed = {step.type for step in an_operation().steps}
    assert type_name(joint.RosterPublished) in listed
    assert type_name(joint.InspectionRecorded) not in listed
    assert type_name(joint.OfficerCheckedIn) not in listed


def test_who_was_not_invited_takes_no_part() -> None:
    stranger = Tale("jt-510522", joint.SummarySigned(operation_id=OPERATION, participant_id=YONGCHUAN))
    view = an_operation(stranger)
    assert not any(each.HasField("signed_at") for each in view.participants)
    assert "jt-510522" not in {step.actor for step in view.steps}


def test_an_operation_whose_lead_has_told_nothing_is_not_known() -> None:
    others = [tale for tale in lx_1218() if tale.publisher != LUXIAN]
    assert supervision.operation(OPERATION, steps(tale for tale in others if type_name(tale.event) in READ)) is None


def test_reopened_field_work_is_not_reported() -> None:
    reopened = Tale(LUXIAN, joint.FieldWorkReopened(operation_id=OPERATION, participant_id=LUXIAN, lead_id=LUXIAN))
    luxian = next(each for each in an_operation(reopened).participants if each.participant_id == LUXIAN)
    assert not luxian.HasField("reported_at")


def test_a_case_shows_its_number_act_and_steps() -> None:
    view = supervision.case(
        CASE,
        steps(
            told(
                LUXIAN,
                cases.ClueRegistered(case_id=CASE, act_code="JT-0101"),
                cases.CaseFiled(case_id=CASE, case_number="川泸2024-0042", act_code="JT-0101"),
                cases.ItemsSeized(case_id=CASE, vehicle_count=1),
            )
        ),
    )
    assert view is not None
    assert (view.bureau_id, view.case_number, view.act_code, view.stage_zh) == (
        LUXIAN,
        "川泸2024-0042",
        "JT-0101",
        "扣押",
    )
    assert [step.title_zh for step in view.steps] == ["线索登记", "立案", "扣押"]


def a_transfer(*more: Tale) -> pb.TransferView:
    tales = [
        *told(
            LUXIAN,
            transfer.TransferOpened(transfer_id=TRANSFER),
            transfer.TransferApproved(transfer_id=TRANSFER),
            transfer.CaseTransferred(transfer_id=TRANSFER, police_id=POLICE),
        ),
        *more,
    ]
    view = supervision.transfer_view(TRANSFER, steps(tales))
    assert view is not None
    return view


def signed(publisher: str) -> Tale:
    event = transfer.ReferralReceiptSigned(referral_id=name("referral"), transfer_id=TRANSFER, bureau_id=LUXIAN)
    return Tale(publisher, event, MORNING + timedelta(hours=5))


def test_a_transfer_shows_the_steps_of_both_sides_with_their_dates() -> None:
    view = a_transfer(signed(POLICE))
    assert (view.bureau_id, view.police_id, view.stage_zh) == (LUXIAN, POLICE, "公安机关签收")
    assert [(step.title_zh, step.actor) for step in view.steps] == [
        ("成立专案组", LUXIAN),
        ("批准移送", LUXIAN),
        ("移送公安机关", LUXIAN),
        ("公安机关签收", POLICE),
    ]
    assert to_datetime(view.steps[3].occurred_at) == datetime(2024, 12, 18, 6, tzinfo=UTC)


def test_only_the_police_to_whom_it_was_sent_speak_for_the_police() -> None:
    assert a_transfer(signed("ga-500118")).stage_zh == "移送公安机关"


def test_the_last_act_is_the_stage_whichever_feed_was_faster() -> None:
    noted = Tale(LUXIAN, transfer.PoliceReceiptRecorded(transfer_id=TRANSFER), MORNING + timedelta(hours=6))
    assert a_transfer(noted, signed(POLICE)).stage_zh == "收到公安机关回执"


OTHER_POLICE = "ga-510504"


def test_after_a_forwarding_both_police_speak_and_the_one_that_has_it_is_named() -> None:
    redirected = Tale(
        LUXIAN,
        forwarding.TransferRedirected(transfer_id=TRANSFER, police_id=OTHER_POLICE),
        MORNING + timedelta(hours=6),
    )
    view = a_transfer(signed(POLICE), redirected, signed(OTHER_POLICE), signed("ga-500118"))
    assert view.police_id == OTHER_POLICE
    assert [step.actor for step in view.steps if step.title_zh == "公安机关签收"] == [POLICE, OTHER_POLICE]


def test_only_the_procuratorate_of_the_bureau_or_of_its_police_tells_the_judgment() -> None:
    def judged(publisher: str) -> Tale:
        event = outcomes.JudgmentTold(transfer_id=TRANSFER, outcome=outcomes.TRANSFER_OUTCOME_CONVICTED)
        return Tale(publisher, event, MORNING + timedelta(hours=7))

    assert a_transfer(signed(POLICE), judged("jcy-510521")).stage_zh == "检察机关告知生效判决"
    assert a_transfer(signed(POLICE), judged("jcy-500118")).stage_zh == "公安机关签收"


def test_a_transfer_of_which_only_the_police_have_told_names_its_bureau() -> None:
    view = supervision.transfer_view(TRANSFER, steps([signed(POLICE)]))
    assert view is not None
    assert view.bureau_id == LUXIAN


def test_the_clocks_of_a_transfer_are_those_of_transfer_and_referral() -> None:
    both = steps([signed(POLICE), *told(LUXIAN, transfer.TransferOpened(transfer_id=TRANSFER))])
    assert supervision.subjects(both) == sorted([TRANSFER, name("referral")])


OF_A_DRAW = ("WitnessCommitted", "SeedRevealed", "WitnessSeedRevealed", "DrawVerified", "DrawAbandoned")


def test_every_event_in_a_feed_is_a_step_or_is_counted() -> None:
    """A new event that is told to platforms is seen here, or this says that it is not."""
    listed = {
        type_name(event)
        for each in (supervision.OPERATION_STEPS, supervision.CASE_STEPS, TRANSFER_STEPS)
        for event in each
    }
    counted = {name for definition in DEFINITIONS.values() for name in definition.reads}
    told = {
        each.name
        for each in CATALOGUE.shared.values()
        if each.feed and each.name.split(".")[1] in ("joint_operations", "cases", "transfer")
    }
    # The rule sets of an authority are of no case, opinions and suspicions of no transfer: they are numbers and clocks.
    # What both sides of a draw tell before and after its result names the draw, and no operation.
    beside = {
        name for name in told if "Opinion" in name.rpartition(".")[2] or name.startswith("enforcement.transfer.v1.Susp")
    } | {f"enforcement.joint_operations.v1.{name}" for name in OF_A_DRAW}
    assert told - listed - counted - beside == {"enforcement.cases.v1.RuleSetAdopted"}
    assert listed <= told


def test_no_step_of_a_criminal_transfer_shows_more_than_ids_and_counts() -> None:
    shown = {
        field.name
        for event in TRANSFER_STEPS
        for field in event.DESCRIPTOR.fields
        if field.GetOptions().Extensions[options.visible] == options.VISIBILITY_FEED
    }
    ids = {
        *(
            "transfer_id",
            "referral_id",
            "police_id",
            "bureau_id",
            "procuratorate_id",
            "supervision_id",
            "prosecution_id",
        ),
        *("to_police_id", "paper_id", "forwarder_ids", "teller_id", "answer_id", "answered_by", "to_id"),
    }
    counts = {"material_count", "item_count", "days"}
    states = {
        *("outcome", "ground", "kind", "step", "about", "suggested", "filed", "agrees", "demands_answered"),
        *("accepted_at", "arrived_at", "signed_at", "told_at"),
    }
    assert shown <= ids | counts | states
