"""Row 12: service of documents (送达, 行政处罚法 art. 61; 民事诉讼法 arts. 87-95)."""

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as pb
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import notice_pb2 as notices

from services.cases.model import Refusal, Stage, case
from services.kernel.errors import KernelRefusal
from services.kernel.messages import to_timestamp
from tests.support.decider import LEADER, given, instant, on, uid
from tests.unit.cases.acts import (
    APPROVED,
    CASE,
    CLOSED,
    CORRECT,
    CORRECTION_ORDERED,
    DECIDED,
    DELIVERED,
    INVESTIGATED,
    INVESTIGATING,
    NOTICE_SERVED,
    NOTIFIED,
    OPEN,
    PAID,
    PENALISE,
    PENALISED,
    REPORT_APPROVED,
    SERVE,
    SERVE_NOTICE,
    SERVED,
    SPARE,
    SPARED,
    SUSPECTED,
    WAIVED,
    changed,
    file,
    known,
)
from tests.unit.cases.procedure import ADDRESS, NOTIFIED_AT, NOTIFY, PEOPLE, POSTED, REQUESTED

AT = "2024-11-12 10:00"
ON = "2024-11-12"
SYSTEM = ADDRESS.system
CONFIRM = pb.ConfirmDeliveryAddressRequest(case_id=CASE, address="泸县福集镇", electronic=True, system=SYSTEM)
POST = pb.PostServiceNoticeRequest(
    case_id=CASE, document=pb.SERVED_DOCUMENT_DECISION, reason="下落不明", medium="门户网站"
)
KNOWN = (*DECIDED[:-1], on("2024-09-10 10:00", ADDRESS), DECIDED[-1])
"""The party confirmed where it wants documents, electronically."""


def serve(way, history=DECIDED, at=AT, proof=True, now=None, **details):
    command = changed(SERVE, way=way, proof=SERVE.proof if proof else None)
    if details:
        command.delivery.CopyFrom(pb.Delivery(**details))
    return given(case, *history).when(command, at=at, now=now)


def served(way, on_day=ON, **details):
    event = changed(SERVED, way=way, effective_on=on_day)
    if details:
        event.delivery.CopyFrom(pb.Delivery(**details))
    return event


WAYS = [
    (events.SERVICE_WAY_DIRECT, {}),
    (events.SERVICE_WAY_DIRECT, {"recipient": pb.RECIPIENT_ADULT_FAMILY, "recipient_name": "张父"}),
    (events.SERVICE_WAY_LEFT, {"refusal": "拒绝签收", "witness": "村委会李某"}),
    (events.SERVICE_WAY_LEFT, {"refusal": "拒绝签收", "recordings": [file("录像")]}),
    (events.SERVICE_WAY_ELECTRONIC, {"system": SYSTEM}),
    (events.SERVICE_WAY_ENTRUSTED, {"carrier": "永川区交通运输委员会"}),
    (events.SERVICE_WAY_MAIL, {"mail_number": "EMS1234567890"}),
    (events.SERVICE_WAY_PASSED_ON, {"passed_by": pb.PASSING_BODY_PRISON, "carrier": "某监狱"}),
]


@pytest.mark.parametrize(("way", "details"), WAYS, ids=lambda value: str(value)[:40])
def test_each_way_takes_effect_on_the_day_that_its_proof_shows(way, details):
    after = serve(way, history=KNOWN, **details).then(served(way, **details))
    assert (after.stage, after.decision.served_on.isoformat()) == (Stage.SERVED, ON)


@pytest.mark.parametrize(("way", "details"), WAYS, ids=lambda value: str(value)[:40])
def test_every_way_needs_its_proof(way, details):
    serve(way, history=KNOWN, proof=False, **details).refused(Refusal.PROOF_NEEDED)


@pytest.mark.parametrize(
    ("way", "details", "refusal"),
    [
        (events.SERVICE_WAY_DIRECT, {"recipient": pb.RECIPIENT_ADULT_FAMILY}, Refusal.RECIPIENT_NEEDED),
        (events.SERVICE_WAY_DIRECT, {"recipient": pb.RECIPIENT_AGENT}, Refusal.RECIPIENT_NEEDED),
        (events.SERVICE_WAY_LEFT, {}, Refusal.WITNESS_OR_RECORDING),
        (events.SERVICE_WAY_LEFT, {"refusal": "拒绝签收"}, Refusal.WITNESS_OR_RECORDING),
        (events.SERVICE_WAY_LEFT, {"witness": "村委会李某"}, Refusal.WITNESS_OR_RECORDING),
        (events.SERVICE_WAY_ELECTRONIC, {"system": "别的系统"}, Refusal.OTHER_SYSTEM),
        (events.SERVICE_WAY_ENTRUSTED, {}, Refusal.CARRIER_NEEDED),
        (events.SERVICE_WAY_MAIL, {}, Refusal.MAIL_NUMBER_NEEDED),
        (events.SERVICE_WAY_PASSED_ON, {"carrier": "某监狱"}, Refusal.CARRIER_NEEDED),
        (events.SERVICE_WAY_PASSED_ON, {"passed_by": pb.PASSING_BODY_MILITARY}, Refusal.CARRIER_NEEDED),
        (events.SERVICE_WAY_PUBLIC_NOTICE, {}, Refusal.NOT_POSTED),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_way_lacks(way, details, refusal):
    serve(way, history=KNOWN, **details).refused(refusal)


def test_nothing_is_sent_electronically_without_consent():
    serve(events.SERVICE_WAY_ELECTRONIC, system=SYSTEM).refused(Refusal.NO_ELECTRONIC_CONSENT)
    refused = changed(ADDRESS, electronic=False, system="")
    serve(events.SERVICE_WAY_ELECTRONIC, history=(*KNOWN, refused), system=SYSTEM).refused(
        Refusal.NO_ELECTRONIC_CONSENT
    )


def test_the_party_confirms_its_address_and_consents_to_a_system():
    assert known(given(case, *INVESTIGATING).when(CONFIRM).then(ADDRESS).address).electronic
    given(case, *INVESTIGATING).when(changed(CONFIRM, system="")).refused(Refusal.NO_ELECTRONIC_CONSENT)
    on_paper = changed(CONFIRM, electronic=False)
    given(case, *INVESTIGATING).when(on_paper).then(changed(ADDRESS, electronic=False, system=""))


ARRIVED = {"system": SYSTEM, "arrived_on": "2024-11-14", "arrival_proof": file("到达截图")}


def test_the_addressee_may_prove_another_day_of_arrival():
    after = serve(events.SERVICE_WAY_ELECTRONIC, history=KNOWN, now="2024-11-15 10:00", **ARRIVED)
    assert after.then(served(events.SERVICE_WAY_ELECTRONIC, "2024-11-14", **ARRIVED)).decision.served_on.day == 14


def test_another_day_of_arrival_is_proved_and_lies_between_sending_and_now():
    way = events.SERVICE_WAY_ELECTRONIC
    for wrong in ({"arrival_proof": None}, {"arrived_on": "2024-11-11"}, {"arrived_on": "2024-11-16"}):
        details = {name: value for name, value in {**ARRIVED, **wrong}.items() if value}
        serve(way, history=KNOWN, now="2024-11-15 10:00", **details).refused(Refusal.ARRIVAL_NOT_PROVED)


def test_a_later_proof_moves_the_day_of_a_service_that_was_recorded():
    sent = on(AT, served(events.SERVICE_WAY_ELECTRONIC, system=SYSTEM))
    outcome = serve(events.SERVICE_WAY_ELECTRONIC, history=(*KNOWN, sent), now="2024-11-20 10:00", **ARRIVED)
    assert outcome.then(served(events.SERVICE_WAY_ELECTRONIC, "2024-11-14", **ARRIVED)).stage is Stage.SERVED
    serve(events.SERVICE_WAY_DIRECT, history=DELIVERED).refused(KernelRefusal.WRONG_STAGE, stage="已送达")


def test_a_service_that_was_not_valid_is_made_anew_and_says_why():
    why = "留置送达时无见证人且未拍照"
    anew = changed(SERVE, set_aside_reason=why)
    outcome = given(case, *DELIVERED).when(anew, at="2024-12-10 10:00")
    after = outcome.then(changed(SERVED, effective_on="2024-12-10", set_aside_reason=why))
    assert (after.stage, known(known(after.decision).served_on).isoformat()) == (Stage.SERVED, "2024-12-10")
    given(case, *DECIDED).when(anew, at=AT).refused(KernelRefusal.WRONG_STAGE, stage="已决定")


def test_service_anew_is_not_dated_before_the_decision():
    anew = changed(SERVE, set_aside_reason="留置送达时无见证人且未拍照")
    given(case, *DELIVERED).when(anew, at="2024-10-01 10:00").refused(Refusal.STEP_OUT_OF_ORDER, stage="已送达")


# ── public notice (公告送达) ──────────────────────────────────────────────────────────────────────────────────────────

PUT_UP = (*DECIDED, on("2024-11-06 10:00", POSTED))


def test_a_decision_is_put_up_in_public_when_every_other_way_is_impossible():
    given(case, *DECIDED).when(POST, at="2024-11-06 10:00").then(POSTED)
    given(case, *NOTIFIED).when(POST).refused(KernelRefusal.WRONG_STAGE, allowed="已决定、已送达")


def test_service_anew_by_public_notice_needs_a_posting_after_the_service_that_was_not_valid():
    way = events.SERVICE_WAY_PUBLIC_NOTICE
    invalid = (*PUT_UP, on("2024-12-07 10:00", changed(served(way, "2024-12-06"), proof=None)))
    anew = changed(SERVE, way=way, proof=None, set_aside_reason="公告前未穷尽其他方式")
    given(case, *invalid).when(anew, at="2024-12-10 10:00").refused(Refusal.NOT_POSTED)
    given(case, *invalid).when(POST, at="2024-12-10 10:00").then(POSTED)
    again = (*invalid, on("2024-12-10 10:00", POSTED))
    given(case, *again).when(anew, at="2025-01-09 10:00").refused(Refusal.PUBLIC_NOTICE_RUNNING)
    after = (
        given(case, *again)
        .when(anew, at="2025-01-10 10:00")
        .then(changed(served(way, "2025-01-09"), proof=None, set_aside_reason="公告前未穷尽其他方式"))
    )
    assert known(known(after.decision).served_on).isoformat() == "2025-01-09"


def test_it_is_put_up_once():
    given(case, *PUT_UP).when(POST, at="2024-11-07 10:00").refused(Refusal.ALREADY_POSTED, posted_on="2024-11-06")


def test_it_counts_as_served_when_thirty_days_have_passed():
    way = events.SERVICE_WAY_PUBLIC_NOTICE
    serve(way, history=PUT_UP, at="2024-12-06 23:59", proof=False).refused(
        Refusal.PUBLIC_NOTICE_RUNNING, effective_on="2024-12-06"
    )
    event = changed(served(way, "2024-12-06"), proof=None)
    serve(way, history=PUT_UP, at="2024-12-07 00:00", proof=False).then(event)


def test_rest_days_do_not_move_the_thirtieth_day():
    way = events.SERVICE_WAY_PUBLIC_NOTICE
    on_friday = (*DECIDED, on("2024-11-08 10:00", POSTED))
    serve(way, history=on_friday, at="2024-12-09 09:00", proof=False).then(
        changed(served(way, "2024-12-08"), proof=None)
    )


def test_a_notice_is_put_up_after_its_report_was_approved_and_serves_in_the_same_way():
    post = changed(POST, document=pb.SERVED_DOCUMENT_NOTICE)
    posted = changed(POSTED, document=pb.SERVED_DOCUMENT_NOTICE)
    given(case, *APPROVED).when(post, at="2024-09-27 10:00").then(posted)
    given(case, *APPROVED[:-1]).when(post, at="2024-09-27 10:00").refused(Refusal.REPORT_NOT_APPROVED)
    told = changed(SERVE_NOTICE, way=events.SERVICE_WAY_PUBLIC_NOTICE, proof=None)
    history = (*APPROVED, on("2024-09-27 10:00", posted))
    given(case, *history).when(told, at="2024-10-27 10:00").refused(Refusal.PUBLIC_NOTICE_RUNNING)
    given(case, *history).when(told, at="2024-10-28 10:00").then(
        changed(NOTICE_SERVED, way=events.SERVICE_WAY_PUBLIC_NOTICE, effective_on="2024-10-27", proof=None)
    )


# ── a party that is there (当场交付) ──────────────────────────────────────────────────────────────────────────────────

READY = (*NOTIFIED, on("2024-09-28 10:00", WAIVED))
PRESENT = changed(PENALISE, party_present=True, delivery=pb.Delivery(recipient=pb.RECIPIENT_PARTY), proof=SERVE.proof)


def test_a_party_that_is_there_gets_the_decision_at_once():
    after = given(case, *READY).when(PRESENT, actor=LEADER, at=AT)
    direct = served(events.SERVICE_WAY_DIRECT, recipient=pb.RECIPIENT_PARTY)
    assert after.then(changed(PENALISED, party_present=True), direct).stage is Stage.SERVED


def test_a_party_that_will_not_take_it_has_it_left():
    refusal = pb.Delivery(refusal="拒绝签收", recordings=[file("录像")])
    after = given(case, *READY).when(changed(PRESENT, delivery=refusal), actor=LEADER, at=AT)
    left = changed(served(events.SERVICE_WAY_LEFT), delivery=refusal)
    after.then(changed(PENALISED, party_present=True), left)


def test_nothing_is_decided_before_a_party_that_is_there_and_gets_nothing():
    for bare, refusal in (({"delivery": None}, Refusal.HAND_OVER_AT_ONCE), ({"proof": None}, Refusal.PROOF_NEEDED)):
        given(case, *READY).when(changed(PRESENT, **bare), actor=LEADER, at=AT).refused(refusal)


def test_a_decision_without_a_penalty_is_handed_over_at_once_too():
    present = changed(SPARE, party_present=True, delivery=PRESENT.delivery, proof=SERVE.proof)
    given(case, *READY).when(present, actor=LEADER, at=AT).then(
        changed(SPARED, party_present=True), served(events.SERVICE_WAY_DIRECT, recipient=pb.RECIPIENT_PARTY)
    )


def test_a_notice_left_behind_has_its_witness_too():
    left = changed(SERVE_NOTICE, way=events.SERVICE_WAY_LEFT)
    given(case, *APPROVED).when(left, at="2024-09-27 10:00").refused(Refusal.WITNESS_OR_RECORDING)


def test_a_notice_that_was_put_up_before_the_investigation_went_on_serves_no_later_one():
    posted = changed(POSTED, document=pb.SERVED_DOCUMENT_NOTICE)
    again = (
        *APPROVED,
        on("2024-09-27 10:00", posted),
        on("2024-10-08 10:00", notices.InvestigationReopened(case_id=CASE, reason="补充证据")),
        on("2024-10-25 10:00", INVESTIGATED),
        on("2024-10-25 11:00", REPORT_APPROVED),
    )
    by_notice = changed(SERVE_NOTICE, way=events.SERVICE_WAY_PUBLIC_NOTICE)
    given(case, *again).when(by_notice, actor=LEADER, at="2024-10-28 10:00").refused(Refusal.NOT_POSTED)


# ── the notice, the hearing notice, the demand ───────────────────────────────────────────────────────────────────────


def test_a_notice_is_a_sheet_that_is_served_with_its_proof():
    for bare, refusal in (
        ({"document": None}, Refusal.SERVED_DOCUMENT_NEEDED),
        ({"proof": None}, Refusal.PROOF_NEEDED),
    ):
        given(case, *APPROVED).when(changed(SERVE_NOTICE, **bare), at="2024-09-27 10:00").refused(refusal)


def test_so_is_the_notification_of_a_hearing():
    for bare, refusal in (
        ({"document": None}, Refusal.SERVED_DOCUMENT_NEEDED),
        ({"proof": None}, Refusal.PROOF_NEEDED),
    ):
        given(case, *REQUESTED).when(changed(NOTIFY, **bare), at=NOTIFIED_AT, officers=PEOPLE).refused(refusal)


def test_so_is_an_order_to_correct():
    for bare, refusal in (
        ({"document": None}, Refusal.SERVED_DOCUMENT_NEEDED),
        ({"proof": None}, Refusal.PROOF_NEEDED),
        ({"way": events.SERVICE_WAY_LEFT}, Refusal.WITNESS_OR_RECORDING),
    ):
        given(case, *OPEN).when(changed(CORRECT, **bare), at="2024-12-18 10:00").refused(refusal)


def test_an_order_that_is_put_up_in_public_asks_for_nothing_before_its_thirty_days():
    put_up = changed(POST, document=pb.SERVED_DOCUMENT_CORRECTION)
    posted = changed(POSTED, document=pb.SERVED_DOCUMENT_CORRECTION)
    given(case, *OPEN).when(put_up, at="2024-11-12 10:00").then(posted)
    history = (*OPEN, on("2024-11-12 10:00", posted))
    order = changed(CORRECT, way=events.SERVICE_WAY_PUBLIC_NOTICE, proof=None, due_on="2024-12-11")
    given(case, *history).when(order, at="2024-12-12 10:00").refused(Refusal.PUBLIC_NOTICE_RUNNING)
    given(case, *history).when(order, at="2024-12-13 10:00").refused(
        Refusal.CORRECTION_DAY_PAST, due_on="2024-12-11", ordered_on="2024-12-12"
    )
    after = given(case, *history).when(changed(order, due_on="2024-12-12"), at="2024-12-13 10:00")
    ordered = changed(CORRECTION_ORDERED, way=order.way, proof=None, due_on="2024-12-12", effective_on="2024-12-12")
    assert after.then(ordered).posted == {}


CALL = changed(POST, document=pb.SERVED_DOCUMENT_HEARING_NOTICE)
CALLED = changed(POSTED, document=pb.SERVED_DOCUMENT_HEARING_NOTICE)


def test_a_hearing_is_called_by_public_notice_seven_working_days_after_the_thirty_days():
    given(case, *NOTIFIED).when(CALL, at=NOTIFIED_AT).refused(Refusal.HEARING_NOT_REQUESTED)
    given(case, *REQUESTED).when(CALL, at=NOTIFIED_AT).then(CALLED)
    # Put up on 11 October, served on 10 November; seven working days end on 19 November.
    put_up = (*REQUESTED, on(NOTIFIED_AT, CALLED))
    by_notice = changed(NOTIFY, way=events.SERVICE_WAY_PUBLIC_NOTICE, proof=None)
    early, late = (to_timestamp(instant(f"2024-11-{day} 09:00")) for day in (18, 19))
    calling = given(case, *put_up)
    calling.when(changed(by_notice, held_at=early), at="2024-11-11 10:00", officers=PEOPLE).refused(
        Refusal.HEARING_TOO_SOON, earliest="2024-11-19"
    )
    after = calling.when(changed(by_notice, held_at=late), at="2024-11-11 10:00", officers=PEOPLE)
    assert after.state.posted == {}


def test_a_demand_is_put_up_from_the_filing_on_and_again_after_thirty_days():
    demand = changed(POST, document=pb.SERVED_DOCUMENT_DEMAND, matter_id=uid("collection"))
    posted = changed(POSTED, document=pb.SERVED_DOCUMENT_DEMAND, matter_id=uid("collection"))
    given(case, *SUSPECTED).when(demand, at="2024-11-12 10:00").refused(KernelRefusal.WRONG_STAGE)
    given(case, *DELIVERED).when(demand, at="2024-12-02 10:00").then(posted)
    once = (*DELIVERED, on("2024-12-02 10:00", posted))
    given(case, *once).when(demand, at="2025-01-01 23:59").refused(Refusal.ALREADY_POSTED, posted_on="2024-12-02")
    given(case, *once).when(demand, at="2025-01-02 00:00").then(posted)


@pytest.mark.parametrize("document", [value for value in pb.ServedDocument.values() if value])
def test_every_document_that_is_served_may_be_put_up_or_is_refused_with_the_reason(document):
    post = changed(POST, document=document, matter_id=uid("matter"))
    outcome = given(case, *DELIVERED).when(post, at="2024-12-02 10:00")
    assert outcome.refusal is not None or len(outcome.events) == 1


@pytest.mark.parametrize("document", [pb.SERVED_DOCUMENT_INSTALMENTS, pb.SERVED_DOCUMENT_EXECUTION_CHANGE])
def test_what_holds_at_once_may_be_put_up_again_before_the_thirty_days(document):
    post = changed(POST, document=document, matter_id=uid("collection"))
    posted = changed(POSTED, document=document, matter_id=uid("collection"))
    given(case, *DELIVERED, on("2024-12-02 10:00", posted)).when(post, at="2024-12-03 10:00").then(posted)


def test_a_notice_names_whose_demand_it_is():
    """A case may have several collections and executions: a notice of one is none of another."""
    demand = changed(POST, document=pb.SERVED_DOCUMENT_DEMAND)
    given(case, *DELIVERED).when(demand, at="2024-12-02 10:00").refused(Refusal.NOTICE_OF_WHAT)
    once = on("2024-12-02 10:00", changed(POSTED, document=demand.document, matter_id=uid("collection")))
    other = changed(demand, matter_id=uid("execution"))
    given(case, *DELIVERED, once).when(other, at="2024-12-02 11:00").then(
        changed(POSTED, document=demand.document, matter_id=uid("execution"))
    )


DEMAND_PAPER, DECISION_PAPER, COST_PAPER = (
    pb.SERVED_DOCUMENT_DEMAND,
    pb.SERVED_DOCUMENT_EXECUTION_DECISION,
    pb.SERVED_DOCUMENT_COST,
)


@pytest.mark.parametrize(
    ("history", "documents"),
    [
        (INVESTIGATING, (DEMAND_PAPER, DECISION_PAPER, COST_PAPER)),
        ((*DELIVERED, on("2024-11-20 10:00", decisions.DecisionRevoked(case_id=CASE))), (DEMAND_PAPER, COST_PAPER)),
        ((*PAID, on("2024-11-28 10:00", CLOSED)), (DEMAND_PAPER, COST_PAPER)),
    ],
    ids=["investigating", "revoked", "closed"],
)
def test_papers_of_an_execution_are_put_up_whatever_became_of_the_penalty(history, documents):
    """A road is cleared at once in any stage, an order to correct executed before any penalty; the cost is demanded."""
    for document in (DEMAND_PAPER, DECISION_PAPER, COST_PAPER):
        outcome = given(case, *history).when(
            changed(POST, document=document, matter_id=uid("execution")), at="2024-12-02 10:00"
        )
        if document in documents:
            outcome.then(changed(POSTED, document=document, matter_id=uid("execution")))
        else:
            outcome.refused(KernelRefusal.WRONG_STAGE)
