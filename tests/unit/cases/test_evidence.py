"""Evidence: eight kinds, samples, custody, tests, exclusion (行政处罚法 arts. 46, 56; 行政强制法 art. 25)."""

import pytest
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import evidence_pb2 as pb

from services.cases.model import Refusal, Stage, case
from services.cases.model.investigation import require_grounds
from services.kernel.errors import KernelRefusal, Refused
from tests.support.decider import CHIEF, LI, POLICY, SUSPENDED, WANG, given, on, uid
from tests.unit.cases.acts import (
    ADD_EVIDENCE,
    CASE,
    CLOSE_INVESTIGATION,
    CLOSED,
    DELIVERED,
    EVIDENCE,
    EVIDENCE_ADDED,
    EXTEND,
    EXTENDED,
    HANDED,
    INVESTIGATED,
    INVESTIGATING,
    MEASURE,
    OPEN,
    PLACE,
    PROVEN,
    REPORTED,
    SEIZED,
    SEIZURE_APPROVED,
    TWO,
    changed,
    file,
)

SAMPLE = pb.TakeSampleRequest(
    case_id=CASE,
    evidence_id=uid("sample"),
    description="沥青混合料 批号0910",
    sample_count=3,
    reserve_count=1,
    present="当事人张三",
    place=PLACE,
    officer_ids=TWO,
    receipt=file("抽样取证凭证"),
    seal="封-01",
)
SAMPLED = pb.SampleTaken(
    case_id=CASE,
    evidence_id=uid("sample"),
    description="沥青混合料 批号0910",
    sample_count=3,
    reserve_count=1,
    present="当事人张三",
    place=PLACE,
    officers=[LI, WANG],
    receipt=file("抽样取证凭证"),
    seal="封-01",
)
HAND_ON = pb.TransferCustodyRequest(
    case_id=CASE,
    evidence_id=EVIDENCE,
    from_holder=LI.officer_id,
    to_holder="证物室",
    place="泸县交通运输局证物室",
    seal_intact=True,
    seal="封-02",
    reason="入库",
)
HANDED_ON = pb.CustodyTransferred(
    case_id=CASE,
    evidence_id=EVIDENCE,
    from_holder=LI.officer_id,
    to_holder="证物室",
    place="泸县交通运输局证物室",
    seal_intact=True,
    seal="封-02",
    reason="入库",
)
EXCLUDE = pb.ExcludeEvidenceRequest(case_id=CASE, evidence_id=EVIDENCE, reason="以引诱方法取得")
EXCLUDED = pb.EvidenceExcluded(case_id=CASE, evidence_id=EVIDENCE, reason="以引诱方法取得")
TEST = uid("test")
COMMISSION = pb.CommissionTestRequest(
    case_id=CASE,
    test_id=TEST,
    measure_id=MEASURE,
    evidence_ids=[EVIDENCE],
    institution="泸州市司法鉴定中心",
    question="道路运输证真伪",
    until_on="2024-09-20",
    told=file("检测期间告知书"),
    **HANDED,
)
COMMISSIONED = pb.TestCommissioned(
    case_id=CASE,
    test_id=TEST,
    measure_id=MEASURE,
    evidence_ids=[EVIDENCE],
    institution="泸州市司法鉴定中心",
    question="道路运输证真伪",
    until_on="2024-09-20",
    told=file("检测期间告知书"),
    **HANDED,
)
RESULT = pb.RecordTestResultRequest(
    case_id=CASE, test_id=TEST, evidence_id=uid("opinion"), opinion="系伪造", experts="何某", file=file("鉴定意见书")
)
RESULTED = pb.TestResultRecorded(
    case_id=CASE,
    test_id=TEST,
    measure_id=MEASURE,
    evidence_id=uid("opinion"),
    opinion="系伪造",
    experts="何某",
    file=file("鉴定意见书"),
)
PROLONG = pb.ProlongTestRequest(
    case_id=CASE, test_id=TEST, until_on="2024-09-25", reason="设备故障", told=file("延长告知书"), **HANDED
)
PROLONGED = pb.TestProlonged(
    case_id=CASE,
    test_id=TEST,
    measure_id=MEASURE,
    until_on="2024-09-25",
    reason="设备故障",
    told=file("延长告知书"),
    **HANDED,
)
END = pb.EndTestingTimeRequest(case_id=CASE, test_id=TEST)
ENDED = pb.TestingTimeEnded(case_id=CASE, test_id=TEST, measure_id=MEASURE)
HOLDING = (*PROVEN, on("2024-09-10 10:00", SEIZURE_APPROVED), on("2024-09-10 10:30", SEIZED))
TESTING = (*HOLDING, on("2024-09-11 09:00", COMMISSIONED))


@pytest.mark.parametrize("kind", [value for value in events.EvidenceKind.values() if value])
def test_evidence_is_of_one_of_eight_kinds(kind):
    given(case, *INVESTIGATING).when(changed(ADD_EVIDENCE, kind=kind)).then(changed(EVIDENCE_ADDED, kind=kind))


def test_evidence_says_who_signed_and_who_has_it():
    fields = {"signed_by": "张三拒签，见证人李四", "holder": "证物室"}
    after = given(case, *INVESTIGATING).when(changed(ADD_EVIDENCE, **fields)).then(changed(EVIDENCE_ADDED, **fields))
    assert after.evidence[EVIDENCE].holder == "证物室"


def test_a_record_of_a_device_is_evidence_once_it_was_adopted():
    record = changed(ADD_EVIDENCE, kind=events.EVIDENCE_KIND_ELECTRONIC, capture_id=uid("capture"))
    added = changed(EVIDENCE_ADDED, kind=events.EVIDENCE_KIND_ELECTRONIC, capture_id=uid("capture"))
    given(case, *INVESTIGATING).when(record, found=True).then(added)
    given(case, *INVESTIGATING).when(record, found=False).refused(Refusal.RECORD_NOT_ADOPTED, capture=uid("capture"))
    given(case, *INVESTIGATING).when(record).refused(Refusal.RECORD_NOT_ADOPTED)


def test_two_officers_take_samples_which_are_evidence():
    after = given(case, *INVESTIGATING).when(SAMPLE).then(SAMPLED)
    assert after.admitted == (uid("sample"),)
    alone = changed(SAMPLE, officer_ids=[LI.officer_id])
    given(case, *INVESTIGATING).when(alone).refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    suspended = changed(SAMPLE, officer_ids=[LI.officer_id, SUSPENDED.officer_id])
    given(case, *INVESTIGATING).when(suspended).refused(KernelRefusal.OFFICER_NOT_ACTIVE)


def test_no_more_is_kept_in_reserve_than_was_taken():
    given(case, *INVESTIGATING).when(changed(SAMPLE, reserve_count=4)).refused(
        Refusal.RESERVE_BEYOND_SAMPLES, reserve=4, taken=3
    )


def test_samples_are_taken_during_the_investigation():
    given(case, *OPEN).when(SAMPLE).refused(KernelRefusal.WRONG_STAGE)
    given(case, *PROVEN).when(changed(SAMPLE, evidence_id=EVIDENCE)).refused(Refusal.ID_TAKEN)


def test_evidence_goes_from_hand_to_hand():
    after = given(case, *PROVEN).when(HAND_ON, at="2024-09-10 15:00").then(HANDED_ON)
    assert after.evidence[EVIDENCE].holder == "证物室"


def test_custody_goes_on_after_the_case_has_ended():
    given(case, *DELIVERED, on("2024-11-28 10:00", CLOSED)).when(HAND_ON, at="2024-12-01 10:00").then(HANDED_ON)


def test_only_whoever_has_it_hands_it_on():
    given(case, *PROVEN).when(changed(HAND_ON, from_holder=WANG.officer_id)).refused(
        Refusal.NOT_THE_HOLDER, holder=LI.officer_id, giver=WANG.officer_id
    )


def test_custody_does_not_run_backwards():
    given(case, *PROVEN).when(HAND_ON, at="2024-09-09 08:59").refused(
        Refusal.CUSTODY_OUT_OF_ORDER, last="2024-09-09 09:00"
    )


def test_a_broken_seal_is_explained():
    broken = changed(HAND_ON, seal_intact=False)
    given(case, *PROVEN).when(broken).refused(Refusal.BROKEN_SEAL)
    fields = {"seal_intact": False, "remark": "运输中破损，内容物完好"}
    given(case, *PROVEN).when(changed(HAND_ON, **fields)).then(changed(HANDED_ON, **fields))


def test_only_evidence_of_the_case_goes_on_is_excluded_or_tested():
    unknown = uid("unknown")
    for command in (
        changed(HAND_ON, evidence_id=unknown),
        changed(EXCLUDE, evidence_id=unknown),
        changed(COMMISSION, evidence_ids=[unknown]),
    ):
        given(case, *HOLDING).when(command, at="2024-09-11 09:00").refused(Refusal.EVIDENCE_UNKNOWN, id=unknown)


def test_unlawful_evidence_is_excluded_with_the_reason():
    after = given(case, *PROVEN).when(EXCLUDE, actor=CHIEF).then(EXCLUDED)
    assert after.admitted == ()
    given(case, *PROVEN, EXCLUDED).when(EXCLUDE, actor=CHIEF).refused(Refusal.EVIDENCE_EXCLUDED, id=EVIDENCE)


def test_what_is_excluded_is_the_ground_of_no_report():
    excluded = (*PROVEN, EXCLUDED)
    given(case, *excluded).when(CLOSE_INVESTIGATION).refused(Refusal.NO_EVIDENCE)
    more = (*excluded, changed(EVIDENCE_ADDED, evidence_id=uid("more")))
    given(case, *more).when(CLOSE_INVESTIGATION).then(changed(INVESTIGATED, evidence_ids=[uid("more")]))
    resting_on_it = changed(CLOSE_INVESTIGATION, evidence_ids=[uid("more"), EVIDENCE])
    given(case, *more).when(resting_on_it).refused(Refusal.EVIDENCE_EXCLUDED)


def test_what_is_excluded_is_not_tested():
    given(case, *HOLDING, EXCLUDED).when(COMMISSION, at="2024-09-11 09:00").refused(Refusal.EVIDENCE_EXCLUDED)


def test_what_was_excluded_since_the_report_is_the_ground_of_no_decision():
    require_grounds(given(case, *REPORTED).state)
    with pytest.raises(Refused) as refused:
        require_grounds(given(case, *REPORTED, EXCLUDED).state)
    assert refused.value.code is Refusal.NO_EVIDENCE


def test_a_test_has_a_stated_period_that_lies_ahead():
    after = (
        given(case, *HOLDING)
        .when(COMMISSION, at="2024-09-11 09:00")
        .then(changed(COMMISSIONED, effective_on="2024-09-11"))
    )
    assert after.tests[TEST].measure_id == MEASURE
    given(case, *HOLDING).when(COMMISSION, at="2024-09-21 00:00").refused(Refusal.TEST_PERIOD, until_on="2024-09-20")


def test_only_what_is_seized_is_tested_as_seized():
    given(case, *PROVEN).when(COMMISSION, at="2024-09-11 09:00").refused(Refusal.MEASURE_NOT_IN_FORCE)
    second = changed(COMMISSION, test_id=uid("second"))
    given(case, *TESTING).when(second, at="2024-09-12 09:00").refused(Refusal.TEST_OPEN)


def test_the_result_is_an_expert_opinion_among_the_evidence():
    after = given(case, *TESTING).when(RESULT, at="2024-09-18 09:00").then(RESULTED)
    assert (after.admitted, after.tests) == ((EVIDENCE, uid("opinion")), {})
    given(case, *TESTING, on("2024-09-18 09:00", RESULTED)).when(RESULT, at="2024-09-18 09:00").refused(
        Refusal.TEST_UNKNOWN
    )
    given(case, *TESTING).when(changed(RESULT, evidence_id=EVIDENCE), at="2024-09-18 09:00").refused(Refusal.ID_TAKEN)


def test_the_period_is_made_longer_before_it_ends():
    given(case, *TESTING).when(PROLONG, at="2024-09-20 23:59").then(changed(PROLONGED, effective_on="2024-09-20"))
    given(case, *TESTING).when(PROLONG, at="2024-09-21 00:00").refused(Refusal.TEST_PERIOD_OVER, until_on="2024-09-20")
    shorter = changed(PROLONG, until_on="2024-09-20")
    given(case, *TESTING).when(shorter, at="2024-09-18 09:00").refused(Refusal.TEST_PERIOD, after="2024-09-20")


def test_a_period_made_longer_is_put_up_anew_for_a_party_that_is_not_found():
    posted = delivery.ServiceNoticePosted(
        case_id=CASE, document=delivery.SERVED_DOCUMENT_TESTING_TIME, matter_id=MEASURE, medium="公告栏"
    )
    put_up = (*TESTING, on("2024-09-12 09:00", posted))
    by_notice = changed(PROLONG, way=events.SERVICE_WAY_PUBLIC_NOTICE, proof=None)
    told = given(case, *put_up).when(by_notice, at="2024-09-18 09:00").events
    again = changed(by_notice, until_on="2024-09-30")
    given(case, *put_up, on("2024-09-18 09:00", *told)).when(again, at="2024-09-19 09:00").refused(Refusal.NOT_POSTED)


def test_a_late_result_waits_until_the_end_of_the_told_time_is_recorded():
    given(case, *TESTING).when(RESULT, at="2024-09-23 09:00").refused(Refusal.TEST_PERIOD_OVER)
    ended = (*TESTING, on("2024-09-20 18:00", ENDED))
    given(case, *TESTING).when(END, at="2024-09-20 18:00").then(ENDED)
    given(case, *TESTING).when(END, at="2024-09-21 00:00").refused(Refusal.TEST_PERIOD_OVER)
    given(case, *ended).when(RESULT, at="2024-09-23 09:00").then(changed(RESULTED, measure_id=""))
    given(case, *ended).when(END, at="2024-09-20 19:00").refused(Refusal.TEST_UNKNOWN)


@pytest.mark.parametrize(
    ("last_day", "first_day_too_late"),
    [("2024-10-18 23:59", "2024-10-19 00:00")],
)
def test_testing_time_of_which_the_party_was_told_does_not_count_towards_the_seizure(last_day, first_day_too_late):
    # 2024-09-10 + 30 = 10-10; eight days (11 to 18 September) do not count: 10-18.
    tested = (*TESTING, on("2024-09-18 09:00", RESULTED))
    given(case, *tested).when(EXTEND, at=last_day).then(changed(EXTENDED, effective_on=last_day[:10]))
    given(case, *tested).when(EXTEND, at=first_day_too_late).refused(Refusal.SEIZURE_LAPSED, due="2024-10-18")


def test_time_that_was_not_told_counts():
    silent = changed(COMMISSIONED)
    silent.ClearField("told")
    after = given(case, *HOLDING, on("2024-09-11 09:00", silent))
    after.when(EXTEND, at="2024-10-11 00:00").refused(Refusal.SEIZURE_LAPSED, due="2024-10-10")
    longer = (*TESTING, on("2024-09-20 18:00", ENDED), on("2024-09-30 09:00", changed(RESULTED, measure_id="")))
    given(case, *longer).when(EXTEND, at="2024-10-22 00:00").refused(Refusal.SEIZURE_LAPSED, due="2024-10-21")


def test_while_a_test_runs_the_seizure_does_not_lapse_but_what_was_told_does():
    # 09-11 to 09-20 were told, ten days: 10-20, a Sunday, rolls to Monday 10-21.
    given(case, *TESTING).when(EXTEND, at="2024-10-21 23:59").then(changed(EXTENDED, effective_on="2024-10-21"))
    given(case, *TESTING).when(EXTEND, at="2024-10-22 00:00").refused(Refusal.SEIZURE_LAPSED, due="2024-10-21")


def test_a_closed_investigation_keeps_its_grounds():
    assert given(case, *PROVEN).when(CLOSE_INVESTIGATION).then(INVESTIGATED).grounds == (EVIDENCE,)
    assert given(case, *REPORTED).state.stage is Stage.INVESTIGATION_CLOSED


def test_evidence_is_excluded_while_the_case_is_open():
    closed = (*DELIVERED, on("2024-11-28 10:00", CLOSED))
    given(case, *closed).when(EXCLUDE, actor=CHIEF, at="2024-12-01 10:00").refused(KernelRefusal.WRONG_STAGE)


def test_tests_are_commissioned_during_the_investigation_each_under_its_own_id():
    ended = (*HOLDING, on("2024-09-10 11:00", INVESTIGATED))
    given(case, *ended).when(COMMISSION, at="2024-09-11 09:00").refused(KernelRefusal.WRONG_STAGE)
    of_papers = changed(COMMISSION, measure_id="")
    given(case, *TESTING).when(of_papers, at="2024-09-12 09:00").refused(Refusal.ID_TAKEN, id=TEST)


def test_the_clock_ends_the_told_time_of_every_test_that_is_over():
    by_clock = changed(END, test_id="")
    given(case, *TESTING).when(by_clock, actor=POLICY, at="2024-09-20 23:59").then(ENDED)
    given(case, *TESTING).when(by_clock, actor=POLICY, at="2024-09-19 23:59").then()
    given(case, *TESTING, on("2024-09-20 18:00", ENDED)).when(by_clock, actor=POLICY, at="2024-09-20 23:59").then()
    given(case, *TESTING).when(by_clock, at="2024-09-20 23:59").refused(Refusal.TEST_UNKNOWN)
