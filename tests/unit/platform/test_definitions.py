"""Numbers are functions of the log."""

import random
from datetime import timedelta
from typing import Any

import pytest
from enforcement.deadlines.v1 import events_pb2 as deadlines
from enforcement.joint_operations.v1 import corrections_pb2 as corrections
from enforcement.joint_operations.v1 import events_pb2 as joint
from enforcement.platform.v1 import service_pb2 as pb
from enforcement.transfer.v1 import events_pb2 as transfer
from enforcement.transfer.v1 import opinion_pb2 as opinions
from enforcement.transfer.v1 import suspicion_pb2 as suspicions
from google.protobuf.message import Message

from services.platform import definitions as kou_jing
from services.platform import linkage_definitions as linkage
from services.platform.definitions import DEFINITIONS
from services.platform.statistics import EVERYTHING, Definition, Tally, fold, operations_of_type
from tests.unit.platform.feeds import (
    LUXIAN,
    MORNING,
    OPERATION,
    RONGCHANG,
    YONGCHUAN,
    Tale,
    log,
    lx_1218,
    name,
)

CROSS_PROVINCE = joint.OPERATION_TYPE_SICHUAN_CHONGQING


def number(definition: Definition, tales: list[Tale], **query: object) -> pb.Statistic:
    """A number over those of the tales that the definition reads."""
    told = [each for each in log(tales) if each.type in definition.reads]
    return fold(definition, told).result(pb.StatisticQuery(**query))  # type: ignore[arg-type]


def value(definition: Definition, *events: Message, publisher: str = LUXIAN) -> int:
    return number(definition, [Tale(publisher, event) for event in events]).value


@pytest.mark.parametrize(
    ("definition", "expected", "unit"),
    [
        (kou_jing.CARS, 6, pb.UNIT_CAR_TIMES),
        (kou_jing.OFFICERS, 18, pb.UNIT_PERSON_TIMES),
        (kou_jing.INSPECTIONS, 60, pb.UNIT_OBJECT_TIMES),
        (kou_jing.SUSPECTED, 2, pb.UNIT_OBJECT_TIMES),
        (kou_jing.SEIZED, 2, pb.UNIT_OBJECT_TIMES),
        (kou_jing.EDUCATION, 42, pb.UNIT_PERSON_TIMES),
        (kou_jing.OPERATIONS, 1, pb.UNIT_OCCASIONS),
        (kou_jing.CROSS_PROVINCE, 0, pb.UNIT_OCCASIONS),
    ],
)
def test_lx_1218_is_reproduced(definition: Definition, expected: int, unit: int) -> None:
    figure = number(definition, lx_1218())
    assert (figure.value, figure.unit) == (expected, unit)


def test_lx_1218_inspections_are_5_coach_10_ride_hailing_45_other() -> None:
    figure = number(kou_jing.INSPECTIONS, lx_1218())
    assert [(part.part_zh, part.value) for part in figure.parts] == [("客运", 5), ("网约车", 10), ("其他", 45)]


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=lambda each: each.id)
def test_the_changes_of_the_events_behind_a_number_add_up_to_it(definition: Definition) -> None:
    tally = Tally(definition)
    told = [
        each for each in log([*lx_1218(), *CLOCKS, *TRANSFERS, *OPINIONS, *SUSPECTED]) if each.type in definition.reads
    ]
    behind = [counted for each in told if (change := tally.add(each)) and (counted := change.within(EVERYTHING))]
    figure = tally.result(pb.StatisticQuery())
    assert sum(each.counted for each in behind) == (figure.numerator if definition.ratio else figure.value)
    assert sum(each.counted_out_of for each in behind) == figure.denominator
    assert len(behind) == figure.events


def test_the_parts_of_a_number_add_up_to_it() -> None:
    figure = number(kou_jing.INSPECTIONS, lx_1218())
    assert sum(part.value for part in figure.parts) == figure.value


@pytest.mark.parametrize("definition", DEFINITIONS.values(), ids=lambda each: each.id)
@pytest.mark.parametrize("seed", range(5))
def test_disorder_between_feeds_changes_no_number(definition: Definition, seed: int) -> None:
    tales = [*lx_1218(), *CLOCKS, *TRANSFERS, *OPINIONS, *SUSPECTED]
    shuffled = interleaved(tales, random.Random(seed))
    assert shuffled != tales
    assert number(definition, shuffled) == number(definition, tales)


def interleaved(tales: list[Tale], dice: random.Random) -> list[Tale]:
    """The tales with every feed in its own order, and the feeds among each other in another."""
    feeds = [[tale for tale in tales if tale.publisher == member] for member in (LUXIAN, YONGCHUAN, RONGCHANG)]
    mixed = []
    while any(feeds):
        mixed.append(dice.choice([feed for feed in feeds if feed]).pop(0))
    return mixed


def test_two_findings_on_one_vehicle_are_one_vehicle() -> None:
    finding: dict[str, Any] = {
        "operation_id": OPERATION,
        "participation_id": name(1),
        "object_kind": joint.OBJECT_KIND_VEHICLE,
    }
    same = [joint.FindingRecorded(**finding, object_no=1, finding_id=name("f", n)) for n in (1, 2)]
    other = joint.FindingRecorded(**finding, object_no=2)
    assert value(kou_jing.SUSPECTED, *same, other) == 2


def test_a_vehicle_whose_findings_were_all_withdrawn_is_none_also_after_the_period() -> None:
    found = joint.FindingRecorded(
        operation_id=OPERATION, participation_id=name("p"), object_kind=joint.OBJECT_KIND_VEHICLE, object_no=1
    )
    gone = corrections.FindingWithdrawn(
        operation_id=OPERATION, participation_id=name("p"), object_kind=joint.OBJECT_KIND_VEHICLE, object_no=1
    )
    one_left = corrections.FindingWithdrawn()
    one_left.CopyFrom(gone)
    one_left.findings_left = 1
    assert value(kou_jing.SUSPECTED_STANDING, found, found, one_left) == 1
    assert value(kou_jing.SUSPECTED_STANDING, found, found, one_left, gone) == 0
    assert value(kou_jing.SUSPECTED_STANDING, gone) == 0  # the finding was not of the period
    assert value(kou_jing.SUSPECTED_STANDING, found, gone, found) == 1
    assert value(kou_jing.SUSPECTED, found) == value(kou_jing.SUSPECTED_STANDING, found)


def test_a_vehicle_of_that_number_in_another_participation_is_another_vehicle() -> None:
    both = [
        joint.FindingRecorded(
            operation_id=OPERATION, participation_id=name(n), object_kind=joint.OBJECT_KIND_VEHICLE, object_no=1
        )
        for n in (1, 2)
    ]
    assert value(kou_jing.SUSPECTED, *both) == 2


def test_an_enterprise_is_no_vehicle() -> None:
    assert value(kou_jing.SUSPECTED, joint.FindingRecorded(object_kind=joint.OBJECT_KIND_ENTERPRISE, object_no=1)) == 0


def test_a_car_counts_once_a_day_and_again_on_the_next() -> None:
    check_in = joint.OfficerCheckedIn(participation_id=name(1), officer_no=1, car_no=1)
    late = MORNING.replace(hour=15, minute=59)
    tales = [Tale(LUXIAN, check_in, at) for at in (MORNING, late, late + timedelta(minutes=1))]
    assert number(kou_jing.CARS, tales).value == 2, "24:00 in Shanghai is 16:00 UTC"


def test_an_officer_without_a_car_brings_none() -> None:
    assert value(kou_jing.CARS, joint.OfficerCheckedIn(participation_id=name(1), officer_no=1)) == 0


def test_education_is_a_sum_of_heads() -> None:
    assert value(kou_jing.EDUCATION, *(joint.EducationRecorded(head_count=heads) for heads in (19, 18))) == 37


def test_nobody_counts_for_another() -> None:
    """Two authorities that name the same inspection have each inspected."""
    inspection = joint.InspectionRecorded(inspection_id=name("inspection"))
    tales = [Tale(LUXIAN, inspection), Tale(YONGCHUAN, inspection)]
    assert number(kou_jing.INSPECTIONS, tales).value == 2


@pytest.mark.parametrize(
    ("present", "expected"),
    [([LUXIAN, YONGCHUAN], 1), ([LUXIAN, "jt-510522"], 0), ([YONGCHUAN, RONGCHANG], 0), ([], 0)],
)
def test_a_cross_province_operation_needs_both_provinces_to_have_checked_in(present: list[str], expected: int) -> None:
    closed = joint.OperationClosed(
        operation_id=OPERATION, operation_type=CROSS_PROVINCE, participant_ids=[LUXIAN, YONGCHUAN], present_ids=present
    )
    assert value(kou_jing.CROSS_PROVINCE, closed) == expected


def test_an_operation_is_of_the_type_that_its_lead_planned() -> None:
    told = log(
        [
            Tale(LUXIAN, joint.OperationPlanned(operation_id=name(1), lead_id=LUXIAN, operation_type=CROSS_PROVINCE)),
            Tale(
                YONGCHUAN, joint.OperationPlanned(operation_id=name(2), lead_id=LUXIAN, operation_type=CROSS_PROVINCE)
            ),
        ]
    )
    assert operations_of_type(told, CROSS_PROVINCE) == frozenset([name(1)])


# ── clocks and transfers ─────────────────────────────────────────────────────────────────────────────────────────────


def met(clock: str, *, in_time: bool = True) -> deadlines.DeadlineMet:
    return deadlines.DeadlineMet(deadline_id=name(clock), in_time=in_time)


def missed(clock: str) -> deadlines.DeadlineMissed:
    return deadlines.DeadlineMissed(deadline_id=name(clock))


CLOCKS = [
    Tale(LUXIAN, met("in time")),
    Tale(LUXIAN, missed("never")),
    Tale(YONGCHUAN, missed("late")),
    Tale(YONGCHUAN, met("late", in_time=False)),
    Tale(RONGCHANG, missed("recorded late")),
    Tale(RONGCHANG, met("recorded late")),
]
TRANSFERS = [
    Tale(LUXIAN, transfer.CaseTransferred(transfer_id=name("transfer"))),
    Tale(LUXIAN, transfer.PoliceReceiptRecorded(transfer_id=name("transfer"))),
    Tale(YONGCHUAN, transfer.CaseTransferred(transfer_id=name("another"))),
]


def test_the_last_verdict_on_a_clock_holds() -> None:
    assert [number(each, CLOCKS).value for each in (kou_jing.CLOCKS_MET, kou_jing.CLOCKS_MISSED)] == [2, 2]


def test_a_ratio_shows_numerator_and_denominator_and_no_value() -> None:
    figure = number(kou_jing.ON_TIME, CLOCKS)
    assert (figure.numerator, figure.denominator, figure.value) == (2, 4, 0)


def test_transfers_are_counted_by_what_came_of_them() -> None:
    counted = (kou_jing.TRANSFERS_SENT, kou_jing.TRANSFERS_RECEIVED, kou_jing.TRANSFERS_FILED)
    assert [number(each, TRANSFERS).value for each in counted] == [2, 1, 0]


REJECTIONS = [
    Tale(LUXIAN, transfer.TransferApproved(transfer_id=name("approved"))),
    Tale(LUXIAN, transfer.TransferRejected(transfer_id=name("rejected"))),
    Tale(YONGCHUAN, transfer.TransferRejected(transfer_id=name("rejected elsewhere"))),
]


def test_a_transfer_that_the_head_rejects_is_flagged_at_its_bureau_once() -> None:
    rejected = kou_jing.TRANSFERS_REJECTED
    assert DEFINITIONS["transfers.rejected", 1] is rejected
    figure = number(rejected, REJECTIONS)
    assert (figure.value, figure.events) == (2, 2)
    assert number(rejected, [REJECTIONS[1], REJECTIONS[1]]).value == 1
    assert number(rejected, REJECTIONS[:1]).value == 0


# ── opinions and suspicions ──────────────────────────────────────────────────────────────────────────────────────────


def received(opinion: str, **more: Any) -> opinions.OpinionReceived:
    return opinions.OpinionReceived(opinion_case_id=name("here", opinion), opinion_id=name(opinion), **more)


def replied(opinion: str, kind: opinions.ReplyKind.ValueType) -> opinions.OpinionReplied:
    return opinions.OpinionReplied(opinion_case_id=name("here", opinion), opinion_id=name(opinion), kind=kind)


def reply_clock(opinion: str, *, in_time: bool, rule: str = "opinion.reply") -> deadlines.DeadlineMet:
    return deadlines.DeadlineMet(
        deadline_id=name("clock", opinion), subject_id=name(opinion), rule_id=rule, in_time=in_time
    )


def decided(opinion: str, outcome: opinions.OpinionOutcome.ValueType) -> opinions.OpinionDecided:
    return opinions.OpinionDecided(opinion_case_id=name("here", opinion), outcome=outcome)


def ended(opinion: str, event: Any) -> Message:
    ending: Message = event(opinion_case_id=name("here", opinion), opinion_id=name(opinion))
    return ending


def answered(suspicion: str, answer: suspicions.SuspicionAnswer.ValueType) -> suspicions.SuspicionAnswered:
    return suspicions.SuspicionAnswered(suspicion_id=name(suspicion), answer=answer)


OPINIONS = [
    Tale(LUXIAN, received("in time")),
    Tale(LUXIAN, received("late")),
    Tale(LUXIAN, received("silent")),
    Tale(LUXIAN, received("returned")),
    Tale(LUXIAN, received("withdrawn")),
    Tale(LUXIAN, received("asks a transfer", asks_transfer=True)),
    Tale(LUXIAN, received("copy", same_as_id=name("here", "in time"))),
    Tale(YONGCHUAN, received("elsewhere")),
    Tale(LUXIAN, replied("in time", opinions.REPLY_KIND_INTERIM)),
    Tale(LUXIAN, reply_clock("in time", in_time=True)),
    Tale(RONGCHANG, reply_clock("silent", in_time=True)),
    Tale(LUXIAN, reply_clock("silent", in_time=True, rule="opinion.review")),
    Tale(LUXIAN, decided("in time", opinions.OPINION_OUTCOME_PENALTY)),
    Tale(LUXIAN, decided("in time", opinions.OPINION_OUTCOME_NO_PENALTY)),
    Tale(LUXIAN, replied("in time", opinions.REPLY_KIND_RESULT)),
    Tale(LUXIAN, ended("late", opinions.NotFiledFromOpinion)),
    Tale(LUXIAN, replied("late", opinions.REPLY_KIND_RESULT)),
    Tale(LUXIAN, reply_clock("late", in_time=False)),
    Tale(LUXIAN, ended("returned", opinions.OpinionReturned)),
    Tale(LUXIAN, ended("withdrawn", opinions.OpinionWithdrawalRecorded)),
    Tale(LUXIAN, decided("asks a transfer", opinions.OPINION_OUTCOME_NO_CRIME)),
    Tale(LUXIAN, reply_clock("asks a transfer", in_time=True)),
]
SUSPECTED = [
    Tale(LUXIAN, suspicions.SuspicionRaised(suspicion_id=name("answered"))),
    Tale(LUXIAN, suspicions.SuspicionRaised(suspicion_id=name("asked again"))),
    Tale(LUXIAN, suspicions.SuspicionRaised(suspicion_id=name("open"))),
    Tale(LUXIAN, answered("answered", suspicions.SUSPICION_ANSWER_TRANSFER_OPENED)),
    Tale(LUXIAN, answered("asked again", suspicions.SUSPICION_ANSWER_NO_CRIME)),
    Tale(LUXIAN, suspicions.SuspicionRaised(suspicion_id=name("asked again"))),
    Tale(LUXIAN, deadlines.DeadlineMissed(deadline_id=name("a"), rule_id="suspicion.answer")),
    Tale(LUXIAN, deadlines.DeadlineMissed(deadline_id=name("r"), rule_id="suspicion.answer")),
    Tale(LUXIAN, deadlines.DeadlineMet(deadline_id=name("r"), rule_id="suspicion.answer", in_time=True)),
    Tale(LUXIAN, deadlines.DeadlineMissed(deadline_id=name("old"), rule_id="suspicion.report")),
    Tale(LUXIAN, deadlines.DeadlineMissed(deadline_id=name("t"), rule_id="transfer.report")),
    Tale(LUXIAN, deadlines.DeadlineMissed(deadline_id=name("x"), rule_id="opinion.reply")),
]


def parts_of(figure: pb.Statistic) -> dict[str, int]:
    return {part.part_zh: part.value for part in figure.parts}


def test_the_rate_of_replies_is_what_was_answered_in_time_of_what_was_received() -> None:
    figure = number(linkage.ON_TIME, OPINIONS)
    assert (figure.numerator, figure.denominator) == (1, 6)


def test_an_opinion_is_what_became_of_it_last() -> None:
    assert number(linkage.RECEIVED, OPINIONS).value == 6
    assert [number(each, OPINIONS).value for each in (linkage.RETURNED, linkage.WITHDRAWN)] == [1, 1]
    assert parts_of(number(linkage.REPLIED, OPINIONS)) == {"处理结果": 2}
    assert parts_of(number(linkage.OUTCOMES, OPINIONS)) == {"不予行政处罚": 1, "不予立案": 1}


def test_a_reply_alone_is_no_opinion_of_the_period() -> None:
    alone = [Tale(LUXIAN, reply_clock("of last year", in_time=True))]
    assert number(linkage.ON_TIME, alone).denominator == 0


def test_suspicions_are_asked_answered_and_open() -> None:
    assert number(linkage.RAISED, SUSPECTED).value == 3
    assert parts_of(number(linkage.ANSWERED, SUSPECTED)) == {"已启动移送": 1}
    assert number(linkage.UNANSWERED, SUSPECTED).value == 2


def test_what_the_first_version_counts_late_of_suspicions_is_what_its_words_say() -> None:
    """Until the report had a clock of its own, whatever the transfer answers, it was one of the suspicion's."""
    assert number(linkage.LATE_WITH_REPORTS, SUSPECTED).value == 2
    assert number(linkage.LATE, SUSPECTED).value == 1
    assert [DEFINITIONS["suspicions.late", version] for version in (1, 2)] == [linkage.LATE_WITH_REPORTS, linkage.LATE]


def test_every_definition_says_what_it_counts_in_chinese() -> None:
    for definition in DEFINITIONS.values():
        described = definition.describe()
        assert described.unit
        assert "统计期内" in described.rule_zh
        assert described.rule_zh.endswith("。")
