"""Simplified procedure (简易程序, 行政处罚法 arts. 51-53, 68-71; domain 2.4): every step, limit and clock."""

from datetime import date, timedelta
from typing import Any, Final

import pytest
from enforcement.cases.v1 import act_inquiry_pb2 as acts
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import on_spot_pb2 as pb
from hypothesis import given as draw
from hypothesis import strategies as st

from services.cases import on_spot_deadlines
from services.cases.model import Refusal
from services.cases.model.duplicates import OtherCases
from services.cases.model.filing import IncidentCases
from services.cases.model.on_spot import KnownOnSpot, OnSpotStage, on_spot, remedies
from services.kernel.deadlines import Deadline, published
from services.kernel.errors import KernelRefusal
from services.kernel.rules import Rules
from tests.support.decider import CHIEF, LEADER, LI, POLICY, SUSPENDED, WANG, ZHAO, given, instant, on, uid
from tests.unit.cases.acts import CHANGE_TOLD, PARTY, PLACE, TWO, changed, file
from tests.unit.cases.test_clocks import roles, started

ID: Final = uid("on-spot")
AT: Final = "2024-09-27 10:00"
COMPANY: Final = events.Party(kind=events.PARTY_KIND_ORGANISATION, name="某运输公司", id_number="91510521MA6000001X")
PIECE: Final = pb.OnSpotEvidence(kind=events.EVIDENCE_KIND_AUDIOVISUAL, description="执法记录", file=file("记录"))
OBSERVE: Final = pb.ObserveOnSpotRequest(
    on_spot_id=ID,
    act_code="RTR-68-1",
    place=PLACE,
    facts="不按规定站点停靠",
    party=PARTY,
    evidence=[PIECE],
    officer_ids=TWO,
    credentials_shown=True,
    identity_verified=True,
)
OBSERVED: Final = pb.OnSpotObserved(
    on_spot_id=ID,
    act_code="RTR-68-1",
    place=PLACE,
    facts="不按规定站点停靠",
    party=PARTY,
    evidence=[PIECE],
    officers=[LI, WANG],
)
BY_COMPANY: Final = changed(OBSERVED, party=COMPANY)
SEEN: Final = on(AT, OBSERVED)


def fine(fen: int) -> events.Penalty:
    return events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=fen)


WARNING: Final = events.Penalty(kind=events.PENALTY_KIND_WARNING)
DECIDE: Final = pb.DecideOnSpotRequest(
    on_spot_id=ID,
    penalties=[fine(20_000)],
    told_penalties=[fine(20_000)],
    reasons="事实清楚",
    basis="道路运输条例 art. 68",
    facts_told=True,
    rights_told=True,
    defence=events.DEFENCE_KIND_WAIVED,
    correction="立即改正",
    form_number="川泸当罚2024-0001",
    handed_over=True,
    signature=pb.SIGNATURE_KIND_SIGNED,
    officer_ids=TWO,
)
DECIDED: Final = pb.OnSpotPenaltyDecided(
    on_spot_id=ID,
    act_code="RTR-68-1",
    penalties=[fine(20_000)],
    form_number="川泸当罚2024-0001",
    party=PARTY,
    facts="事实清楚",
    basis="道路运输条例 art. 68",
    defence=events.DEFENCE_KIND_WAIVED,
    correction="立即改正",
    signature=pb.SIGNATURE_KIND_SIGNED,
    reconsideration_first=True,
    remedies=remedies(True),
    officers=[LI, WANG],
    served_on="2024-09-27",
)
SMALL: Final[dict[str, Any]] = {
    "penalties": [fine(10_000)],
    "collected_fen": 10_000,
    "collection_ground": pb.COLLECTION_GROUND_SMALL,
    "receipt_number": "川财票0001",
}
HARD: Final[dict[str, Any]] = {
    "collected_fen": 20_000,
    "collection_ground": pb.COLLECTION_GROUND_HARD_TO_EXECUTE,
    "collection_reason": "当事人系过境外省人员，事后难以执行",
    "receipt_number": "川财票0001",
}
REMOTE: Final[dict[str, Any]] = {
    **HARD,
    "collection_ground": pb.COLLECTION_GROUND_REMOTE,
    "collection_reason": "水上作业区",
    "party_asks": True,
}
COLLECTED: Final = changed(
    DECIDED,
    collected_on_spot_fen=20_000,
    collection_ground=pb.COLLECTION_GROUND_HARD_TO_EXECUTE,
    collection_reason="当事人系过境外省人员，事后难以执行",
    receipt_number="川财票0001",
)
ON_WATER: Final = changed(COLLECTED, on_water=True)
WARNED: Final = changed(DECIDED, penalties=[WARNING])
LAND: Final = pb.RecordLandingRequest(on_spot_id=ID)
LANDED: Final = pb.OnSpotLanded(on_spot_id=ID)
HAND_IN: Final = pb.HandInOnSpotFineRequest(on_spot_id=ID, amount_fen=20_000, receiver_id=ZHAO.officer_id)
HANDED_IN: Final = pb.OnSpotFineHandedIn(on_spot_id=ID, amount_fen=20_000, receiver_id=ZHAO.officer_id)
BANK: Final = pb.BankOnSpotFineRequest(on_spot_id=ID, amount_fen=20_000, bank_reference="工行0930")
BANKED: Final = pb.OnSpotFineBanked(on_spot_id=ID, amount_fen=20_000, bank_reference="工行0930")
COPY: Final = pb.FileOnSpotCopyRequest(on_spot_id=ID, receiver_id=CHIEF.officer_id, copy=file("副本"))
COPIED: Final = pb.OnSpotCopyFiled(on_spot_id=ID, receiver_id=CHIEF.officer_id, copy=file("副本"))
NOTE: Final = pb.NoteOnSpotPerformanceRequest(on_spot_id=ID, collection_id=uid("collection"), performed=True)
NOTED: Final = pb.OnSpotPerformanceNoted(on_spot_id=ID, collection_id=uid("collection"), performed=True)
CLOSE: Final = pb.CloseOnSpotRequest(on_spot_id=ID, ground=pb.ON_SPOT_CLOSING_PERFORMED)
CLOSED: Final = pb.OnSpotClosed(on_spot_id=ID, ground=pb.ON_SPOT_CLOSING_PERFORMED)


def decide(history=(SEEN,), **fields):
    """The outcome of a decision that differs from the lawful one in these fields."""
    return given(on_spot, *history).when(changed(DECIDE, **fields), at=AT)


def test_two_officers_find_a_violation():
    assert given(on_spot).when(OBSERVE).then(OBSERVED).stage is OnSpotStage.OBSERVED


def test_one_officer_or_a_suspended_one_is_refused():
    alone = [LI.officer_id]
    given(on_spot).when(changed(OBSERVE, officer_ids=alone)).refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    decide(officer_ids=alone).refused(KernelRefusal.TWO_OFFICERS_NEEDED)
    suspended = [LI.officer_id, SUSPENDED.officer_id]
    given(on_spot).when(changed(OBSERVE, officer_ids=suspended)).refused(KernelRefusal.OFFICER_NOT_ACTIVE)
    decide(officer_ids=suspended).refused(KernelRefusal.OFFICER_NOT_ACTIVE)


@pytest.mark.parametrize(
    ("field", "missing"), [("credentials_shown", "出示执法证件"), ("identity_verified", "核实当事人身份")]
)
def test_officers_begin_by_showing_who_they_are_and_asking_who_the_party_is(field, missing):
    given(on_spot).when(changed(OBSERVE, **{field: False})).refused(Refusal.ON_SPOT_STEPS, missing=missing)


def test_the_authority_is_competent_there_and_for_the_act():
    across = changed(PLACE, division_code="500118")
    given(on_spot).when(changed(OBSERVE, place=across)).refused(Refusal.NOT_COMPETENT, place="500118")
    freight_only = Rules({"powers": ((date(2024, 1, 1), "HPR"),)})
    given(on_spot).when(OBSERVE, rules=freight_only).refused(Refusal.NO_POWER, act="RTR-68-1")


def test_what_is_decided_on_the_spot_counts_among_the_four_cases_of_an_incident():
    of_an_incident = changed(OBSERVE, incident_id=uid("incident"))
    three, four = (IncidentCases((events.INCIDENT_ROLE_UNSPECIFIED,) * count) for count in (3, 4))
    assert given(on_spot).when(of_an_incident, found=three).refusal is None
    given(on_spot).when(of_an_incident, found=four).refused(Refusal.INCIDENT_FULL, count=4)


def test_facts_are_certain_when_there_is_evidence_and_a_party():
    given(on_spot).when(changed(OBSERVE, evidence=[])).refused(Refusal.NO_EVIDENCE)
    given(on_spot).when(changed(OBSERVE, party=changed(PARTY, kind=0))).refused(Refusal.PARTY_KIND_NEEDED)


def test_a_fine_on_the_spot_falls_due():
    assert decide().then(DECIDED).stage is OnSpotStage.PAYMENT_DUE


def test_a_warning_leaves_nothing_to_pay():
    assert decide(penalties=[WARNING], told_penalties=[WARNING]).then(WARNED).stage is OnSpotStage.DECIDED


@pytest.mark.parametrize(
    ("observed", "fen", "within"),
    [
        (OBSERVED, 20_000, True),
        (OBSERVED, 20_001, False),
        (BY_COMPANY, 300_000, True),
        (BY_COMPANY, 300_001, False),
        (BY_COMPANY, 20_001, True),
    ],
    ids=["person 200", "person above", "company 3000", "company above", "company above a person's"],
)
def test_the_limit_is_200_yuan_for_a_person_and_3000_for_an_organisation(observed, fen, within):
    outcome = decide((on(AT, observed),), penalties=[fine(fen)], told_penalties=[fine(fen)])
    if within:
        outcome.then(changed(DECIDED, penalties=[fine(fen)], party=observed.party))
    else:
        limit = 20_000 if observed is OBSERVED else 300_000
        outcome.refused(Refusal.ON_SPOT_LIMIT, limit_fen=limit, amount_fen=fen)


@pytest.mark.parametrize(
    "kind", [kind for kind in events.PenaltyKind.values() if kind > 1 and kind != events.PENALTY_KIND_FINE]
)
def test_nothing_but_warnings_and_fines_is_decided_on_the_spot(kind):
    amount = 1 if kind == events.PENALTY_KIND_CONFISCATE_INCOME else 0
    decide(penalties=[events.Penalty(kind=kind, amount_fen=amount)]).refused(Refusal.ON_SPOT_KIND)


def test_something_is_decided():
    decide(penalties=[]).refused(Refusal.ON_SPOT_KIND)
    decide(penalties=[fine(0)]).refused(Refusal.PENALTY_AMOUNT)


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"facts_told": False}, "告知违法事实、处罚理由和依据"),
        ({"told_penalties": []}, "告知拟作出的处罚内容"),
        ({"rights_told": False}, "告知陈述、申辩权利"),
        ({"defence": 0}, "听取陈述、申辩"),
        ({"defence": events.DEFENCE_KIND_STATED}, "复核陈述、申辩"),
        ({"handed_over": False}, "当场交付决定书"),
        ({"signature": 0}, "当事人签名或者拒签"),
        ({"signature": pb.SIGNATURE_KIND_REFUSED}, "注明拒签情况"),
    ],
    ids=["facts", "content", "rights", "hearing", "review", "handing over", "signature", "refusal noted"],
)
def test_no_step_is_left_out(fields, missing):
    decide(**fields).refused(Refusal.ON_SPOT_STEPS, missing=missing)


def test_a_refusal_to_sign_is_noted():
    noted = {"signature": pb.SIGNATURE_KIND_REFUSED, "signature_note": "当事人拒绝签名，执法记录仪记录"}
    decide(**noted).then(changed(DECIDED, **noted))


def test_a_defence_is_reviewed_and_raises_nothing():
    stated = {"defence": events.DEFENCE_KIND_STATED, "defence_content": "初次", "defence_review": "不予采纳"}
    decide(**stated).then(changed(DECIDED, **stated))
    decide(**stated, told_penalties=[fine(15_000)]).refused(Refusal.AGGRAVATED_AFTER_DEFENCE)
    decide(told_penalties=[fine(15_000)]).refused(Refusal.BEYOND_NOTICE)


def test_a_correction_is_ordered_with_it():
    decide(correction=" ").refused(Refusal.CORRECTION_NOT_ORDERED)


def test_it_stands_on_a_numbered_form_with_a_number_of_its_own():
    decide(form_number=" ").refused(Refusal.FORM_NUMBER_NEEDED)
    used = KnownOnSpot(form_number_used=True)
    given(on_spot, SEEN).when(DECIDE, at=AT, found=used).refused(Refusal.FORM_NUMBER_USED, number="川泸当罚2024-0001")


def test_it_is_decided_once():
    decide((SEEN, DECIDED)).refused(KernelRefusal.WRONG_STAGE, allowed="已查获")


@pytest.mark.parametrize(
    ("at", "first", "served_on"),
    [("2023-12-31 23:59", False, "2023-12-31"), ("2024-01-01 00:00", True, "2024-01-01")],
)
def test_since_2024_reconsideration_comes_before_a_suit(at, first, served_on):
    event = changed(DECIDED, reconsideration_first=first, remedies=remedies(first), served_on=served_on)
    given(on_spot, on(at, OBSERVED)).when(DECIDE, at=at).then(event)
    assert ("先" in remedies(first), "直接向人民法院" in remedies(first)) == (first, not first)


def test_up_to_100_yuan_are_collected_on_the_spot():
    after = decide(**SMALL)
    assert after.state.stage is OnSpotStage.PAID_ON_SPOT
    more = {**SMALL, "penalties": [fine(10_001)], "collected_fen": 10_001}
    decide(**more).refused(Refusal.COLLECTION_NOT_ALLOWED, why="罚款超过一百元")


def test_more_is_collected_when_it_would_be_hard_later_and_the_reason_is_recorded():
    decide(**HARD).then(COLLECTED)
    decide(**{**HARD, "collection_reason": " "}).refused(Refusal.COLLECTION_NOT_ALLOWED)


def test_in_remote_places_the_party_asks_for_it():
    assert decide(**REMOTE).state.stage is OnSpotStage.PAID_ON_SPOT
    decide(**{**REMOTE, "party_asks": False}).refused(Refusal.COLLECTION_NOT_ALLOWED)
    decide(**{**REMOTE, "collection_reason": ""}).refused(Refusal.COLLECTION_NOT_ALLOWED)


def test_nothing_is_collected_without_a_ground_or_a_receipt():
    decide(**{**HARD, "collection_ground": 0}).refused(Refusal.COLLECTION_NOT_ALLOWED, why="未写明当场收缴的理由")
    decide(**{**HARD, "receipt_number": ""}).refused(Refusal.RECEIPT_NEEDED)


@pytest.mark.parametrize("fen", [0, 1, 19_999, 20_001])
def test_the_whole_fine_is_collected_or_nothing(fen):
    decide(**{**HARD, "collected_fen": fen}).refused(Refusal.COLLECTED_AMOUNT, amount_fen=fen, due_fen=20_000)


def test_officers_hand_in_what_they_collected():
    given(on_spot, SEEN, COLLECTED).when(HAND_IN).then(HANDED_IN)
    given(on_spot, SEEN, COLLECTED).when(changed(HAND_IN, amount_fen=19_999)).refused(Refusal.COLLECTED_AMOUNT)
    given(on_spot, SEEN, COLLECTED, HANDED_IN).when(HAND_IN).refused(Refusal.NOTHING_COLLECTED)
    given(on_spot, SEEN, DECIDED).when(HAND_IN).refused(Refusal.NOTHING_COLLECTED)
    stranger = changed(HAND_IN, receiver_id=uid("nobody"))
    given(on_spot, SEEN, COLLECTED).when(stranger).refused(KernelRefusal.OFFICER_UNKNOWN)


def test_on_water_they_land_first():
    given(on_spot, SEEN, ON_WATER).when(HAND_IN).refused(Refusal.NOT_LANDED)
    given(on_spot, SEEN, ON_WATER).when(LAND).then(LANDED)
    given(on_spot, SEEN, ON_WATER, LANDED).when(HAND_IN).then(HANDED_IN)
    given(on_spot, SEEN, ON_WATER, LANDED).when(LAND).refused(Refusal.NOT_COLLECTED_ON_WATER)
    given(on_spot, SEEN, COLLECTED).when(LAND).refused(Refusal.NOT_COLLECTED_ON_WATER)


def test_the_authority_pays_it_to_the_bank():
    given(on_spot, SEEN, COLLECTED, HANDED_IN).when(BANK).then(BANKED)
    given(on_spot, SEEN, COLLECTED).when(BANK).refused(Refusal.NOTHING_COLLECTED)
    given(on_spot, SEEN, COLLECTED, HANDED_IN, BANKED).when(BANK).refused(Refusal.NOTHING_COLLECTED)
    less = changed(BANK, amount_fen=1)
    given(on_spot, SEEN, COLLECTED, HANDED_IN).when(less).refused(Refusal.COLLECTED_AMOUNT)


@pytest.mark.parametrize("event", [DECIDED, COLLECTED, WARNED], ids=["due", "collected", "warning"])
def test_a_copy_is_filed_with_the_department(event):
    assert given(on_spot, SEEN, event).when(COPY).then(COPIED).stage is OnSpotStage.COPY_FILED
    given(on_spot, SEEN, event, COPIED).when(COPY).refused(KernelRefusal.WRONG_STAGE)
    given(on_spot, SEEN).when(COPY).refused(KernelRefusal.WRONG_STAGE)


@pytest.mark.parametrize(
    "history",
    [(WARNED, COPIED), (COLLECTED, HANDED_IN, BANKED, COPIED), (DECIDED, COPIED, NOTED)],
    ids=["a warning", "money at the bank", "paid later"],
)
def test_it_is_closed_when_nothing_is_left_to_do(history):
    assert given(on_spot, SEEN, *history).when(CLOSE, actor=CHIEF).then(CLOSED).stage is OnSpotStage.CLOSED


@pytest.mark.parametrize(
    ("history", "refusal"),
    [
        ((DECIDED,), Refusal.COPY_NOT_FILED),
        ((DECIDED, COPIED), Refusal.FINE_NOT_PERFORMED),
        ((COLLECTED, COPIED), Refusal.FINE_NOT_PERFORMED),
        ((COLLECTED, HANDED_IN, COPIED), Refusal.FINE_NOT_PERFORMED),
        ((WARNED, COPIED, CLOSED), KernelRefusal.WRONG_STAGE),
        ((), KernelRefusal.WRONG_STAGE),
    ],
    ids=["no copy", "not paid", "not handed in", "not at the bank", "closed", "not decided"],
)
def test_not_before(history, refusal):
    given(on_spot, SEEN, *history).when(CLOSE, actor=CHIEF).refused(refusal)


def test_when_execution_ended_it_is_closed_as_that():
    ended = changed(CLOSE, ground=pb.ON_SPOT_CLOSING_EXECUTION_ENDED)
    given_up = (SEEN, DECIDED, COPIED, changed(NOTED, performed=False))
    given(on_spot, *given_up).when(ended, actor=CHIEF).then(changed(CLOSED, ground=pb.ON_SPOT_CLOSING_EXECUTION_ENDED))
    given(on_spot, *given_up).when(CLOSE, actor=CHIEF).refused(Refusal.CLOSING_GROUND_WRONG)
    given(on_spot, SEEN, WARNED, COPIED).when(ended, actor=CHIEF).refused(Refusal.CLOSING_GROUND_WRONG)


def test_what_the_collection_says_is_noted_once():
    given(on_spot, SEEN, DECIDED).when(NOTE, actor=POLICY).then(NOTED)
    given(on_spot, SEEN, DECIDED, NOTED).when(NOTE, actor=POLICY).then()


def test_a_payment_that_the_bank_took_back_is_none():
    again = changed(NOTE, performed=False, reopened=True)
    reopened = changed(NOTED, performed=False, reopened=True)
    given(on_spot, SEEN, DECIDED, NOTED).when(again, actor=POLICY).then(reopened)
    given(on_spot, SEEN, DECIDED).when(again, actor=POLICY).then()
    history = (SEEN, DECIDED, COPIED, NOTED, reopened)
    given(on_spot, *history).when(CLOSE, actor=CHIEF).refused(Refusal.FINE_NOT_PERFORMED)
    given(on_spot, *history).when(NOTE, actor=POLICY).then(NOTED)


def test_a_revoked_penalty_says_what_had_been_collected_on_the_spot():
    revoke = pb.RevokeOnSpotRequest(on_spot_id=ID, reason="事实不清", **CHANGE_TOLD)
    outcome = given(on_spot, SEEN, COLLECTED, HANDED_IN).when(revoke, actor=LEADER)
    (revoked,) = outcome.events
    assert isinstance(revoked, pb.OnSpotRevoked)
    assert (revoked.collected_fen, revoked.collected_on) == (
        COLLECTED.collected_on_spot_fen,
        COLLECTED.served_on,
    )
    given(on_spot, SEEN).when(NOTE, actor=POLICY).refused(KernelRefusal.WRONG_STAGE)


def test_what_does_not_fit_goes_to_the_normal_procedure():
    refer = pb.ReferOnSpotRequest(on_spot_id=ID, reason="当事人对事实有争议")
    after = given(on_spot, SEEN).when(refer, at="2024-09-29 10:00")
    assert after.then(
        pb.OnSpotReferred(
            on_spot_id=ID,
            reason="当事人对事实有争议",
            act_code="RTR-68-1",
            act_on="2024-09-27",
            place=PLACE,
            facts="不按规定站点停靠",
            party=PARTY,
            attachments=[file("记录")],
        )
    )
    assert after.state.stage is OnSpotStage.REFERRED
    given(on_spot, SEEN, DECIDED).when(refer).refused(KernelRefusal.WRONG_STAGE)
    referred = after.events
    given(on_spot, SEEN, *referred).when(DECIDE, at=AT).refused(KernelRefusal.WRONG_STAGE, stage="已转普通程序")


REMEDY: Final = uid("remedy")
APPLY: Final = pb.ReceiveOnSpotApplicationRequest(on_spot_id=ID, remedy_id=REMEDY, reasons="处罚过重")
APPLIED: Final = pb.OnSpotApplicationReceived(on_spot_id=ID, remedy_id=REMEDY, reasons="处罚过重")
FORWARD: Final = pb.ForwardOnSpotApplicationRequest(on_spot_id=ID, remedy_id=REMEDY, body="泸县人民政府")
FORWARDED: Final = pb.OnSpotApplicationForwarded(on_spot_id=ID, remedy_id=REMEDY, body="泸县人民政府")
RECONSIDER: Final = pb.RecordOnSpotRemedyRequest(
    on_spot_id=ID,
    remedy_id=REMEDY,
    kind=decisions.REMEDY_KIND_RECONSIDERATION,
    started_on="2024-10-12",
    body="泸县人民政府",
)
RECONSIDERED: Final = pb.OnSpotRemedyStarted(
    on_spot_id=ID,
    remedy_id=REMEDY,
    kind=decisions.REMEDY_KIND_RECONSIDERATION,
    started_on="2024-10-12",
    body="泸县人民政府",
)
END: Final = pb.RecordOnSpotRemedyOutcomeRequest(
    on_spot_id=ID, remedy_id=REMEDY, ended_on="2024-12-02", outcome=decisions.REMEDY_OUTCOME_MAINTAINED
)
ENDED: Final = pb.OnSpotRemedyEnded(
    on_spot_id=ID,
    remedy_id=REMEDY,
    kind=decisions.REMEDY_KIND_RECONSIDERATION,
    ended_on="2024-12-02",
    outcome=decisions.REMEDY_OUTCOME_MAINTAINED,
)
SUE: Final = changed(RECONSIDER, remedy_id=uid("suit"), kind=decisions.REMEDY_KIND_LITIGATION)
SUED: Final = changed(RECONSIDERED, remedy_id=uid("suit"), kind=decisions.REMEDY_KIND_LITIGATION)
REVOKE: Final = pb.RevokeOnSpotRequest(on_spot_id=ID, remedy_id=REMEDY, reason="事实不清", **CHANGE_TOLD)
REVOKED: Final = pb.OnSpotRevoked(
    on_spot_id=ID, remedy_id=REMEDY, reason="事实不清", effective_on="2024-12-18", **CHANGE_TOLD
)


def test_an_application_handed_to_the_deciding_authority_is_forwarded():
    given(on_spot, SEEN, DECIDED).when(APPLY).then(APPLIED)
    given(on_spot, SEEN, DECIDED, APPLIED).when(APPLY).refused(Refusal.ID_TAKEN)
    given(on_spot, SEEN, DECIDED, APPLIED).when(FORWARD, actor=LEADER).then(FORWARDED)
    for history in ((DECIDED,), (DECIDED, APPLIED, FORWARDED), (DECIDED, APPLIED, REVOKED)):
        given(on_spot, SEEN, *history).when(FORWARD, actor=LEADER).refused(Refusal.REMEDY_NOT_OPEN)
    given(on_spot, SEEN).when(APPLY).refused(KernelRefusal.WRONG_STAGE)


def test_a_suit_needs_reconsideration_first():
    given(on_spot, SEEN, DECIDED).when(SUE).refused(Refusal.RECONSIDERATION_FIRST)
    given(on_spot, SEEN, DECIDED, RECONSIDERED).when(SUE).refused(Refusal.RECONSIDERATION_FIRST)
    withdrawn = changed(ENDED, outcome=decisions.REMEDY_OUTCOME_WITHDRAWN)
    given(on_spot, SEEN, DECIDED, RECONSIDERED, withdrawn).when(SUE).refused(Refusal.RECONSIDERATION_FIRST)
    given(on_spot, SEEN, DECIDED, RECONSIDERED, ENDED).when(SUE).then(SUED)


def test_before_2024_it_did_not():
    given(on_spot, SEEN, changed(DECIDED, reconsideration_first=False)).when(SUE).then(SUED)


def test_the_days_of_a_remedy_are_days():
    started = changed(RECONSIDER, started_on="2024-09-31")
    given(on_spot, SEEN, DECIDED).when(started).refused(KernelRefusal.INVALID_REQUEST)
    ended = changed(END, ended_on="2024-11-31")
    given(on_spot, SEEN, DECIDED, RECONSIDERED).when(ended).refused(KernelRefusal.INVALID_REQUEST)


def test_how_a_remedy_ended_is_recorded_once():
    given(on_spot, SEEN, DECIDED, RECONSIDERED).when(END).then(ENDED)
    given(on_spot, SEEN, DECIDED, RECONSIDERED, ENDED).when(END).refused(Refusal.REMEDY_NOT_OPEN)
    given(on_spot, SEEN, DECIDED).when(RECONSIDER).then(RECONSIDERED)
    given(on_spot, SEEN, DECIDED, RECONSIDERED).when(RECONSIDER).refused(Refusal.ID_TAKEN)


@pytest.mark.parametrize(
    "history", [(DECIDED,), (DECIDED, COPIED), (WARNED, COPIED, CLOSED)], ids=["due", "copy filed", "closed"]
)
def test_a_penalty_is_revoked_while_it_stands_and_closed_as_that(history):
    revoked = given(on_spot, SEEN, *history).when(REVOKE, actor=LEADER)
    assert revoked.then(REVOKED).stage is OnSpotStage.REVOKED
    over = (SEEN, *history, REVOKED)
    given(on_spot, *over).when(REVOKE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE)
    given(on_spot, *over).when(CLOSE, actor=CHIEF).refused(Refusal.CLOSING_GROUND_WRONG)
    as_revoked = changed(CLOSE, ground=pb.ON_SPOT_CLOSING_REVOKED)
    closed = changed(CLOSED, ground=pb.ON_SPOT_CLOSING_REVOKED)
    given(on_spot, *over).when(as_revoked, actor=CHIEF).then(closed)
    given(on_spot, *over, closed).when(REVOKE, actor=LEADER).refused(KernelRefusal.WRONG_STAGE, stage="已撤销")


def test_what_the_authority_itself_revokes_is_a_sheet_that_is_served_with_its_proof():
    for history in ((DECIDED,), (DECIDED, APPLIED)):
        for bare, refusal in (
            ({"document": None}, Refusal.SERVED_DOCUMENT_NEEDED),
            ({"way": 0}, Refusal.SERVICE_WAY_NEEDED),
            ({"proof": None}, Refusal.PROOF_NEEDED),
        ):
            given(on_spot, SEEN, *history).when(changed(REVOKE, **bare), actor=LEADER).refused(refusal)


ADDRESS: Final = pb.OnSpotAddressConfirmed(on_spot_id=ID, address="泸县福集镇", electronic=True, system="川执法送达")
CONFIRM: Final = pb.ConfirmOnSpotAddressRequest(
    on_spot_id=ID, address="泸县福集镇", electronic=True, system="川执法送达"
)
POST: Final = pb.PostOnSpotNoticeRequest(
    on_spot_id=ID,
    document=delivery.SERVED_DOCUMENT_DEMAND,
    reason="下落不明",
    medium="门户网站",
    matter_id=uid("collection"),
)
POSTED: Final = pb.OnSpotNoticePosted(
    on_spot_id=ID,
    document=delivery.SERVED_DOCUMENT_DEMAND,
    reason="下落不明",
    medium="门户网站",
    matter_id=uid("collection"),
)


def test_the_party_confirms_where_it_wants_documents_and_is_told_of_a_revocation_there():
    given(on_spot, SEEN, DECIDED).when(CONFIRM).then(ADDRESS)
    given(on_spot, SEEN, DECIDED).when(changed(CONFIRM, system="")).refused(Refusal.NO_ELECTRONIC_CONSENT)
    online = changed(REVOKE, way=events.SERVICE_WAY_ELECTRONIC)
    online.delivery.system = ADDRESS.system
    given(on_spot, SEEN, DECIDED).when(online, actor=LEADER).refused(Refusal.NO_ELECTRONIC_CONSENT)
    revoked = changed(REVOKED, way=events.SERVICE_WAY_ELECTRONIC, delivery=online.delivery)
    given(on_spot, SEEN, DECIDED, ADDRESS).when(online, actor=LEADER).then(revoked)


def test_a_demand_is_put_up_for_its_collection_and_again_after_thirty_days():
    given(on_spot, SEEN).when(POST).refused(KernelRefusal.WRONG_STAGE)
    given(on_spot, SEEN, DECIDED).when(changed(POST, matter_id="")).refused(Refusal.NOTICE_OF_WHAT)
    given(on_spot, SEEN, DECIDED).when(POST, at="2024-12-02 10:00").then(POSTED)
    once = (SEEN, DECIDED, on("2024-12-02 10:00", POSTED))
    given(on_spot, *once).when(POST, at="2025-01-01 23:59").refused(Refusal.ALREADY_POSTED, posted_on="2024-12-02")
    given(on_spot, *once).when(POST, at="2025-01-02 00:00").then(POSTED)


def test_a_revocation_that_is_put_up_waits_for_no_thirty_days():
    change = delivery.SERVED_DOCUMENT_DECISION_CHANGE
    by_notice = changed(REVOKE, way=events.SERVICE_WAY_PUBLIC_NOTICE, proof=None)
    given(on_spot, SEEN, DECIDED).when(by_notice, actor=LEADER).refused(Refusal.NOT_POSTED)
    post = changed(POST, document=change)
    posted = changed(POSTED, document=change, matter_id="")
    given(on_spot, SEEN, DECIDED).when(post).then(posted)
    revoked = changed(REVOKED, way=by_notice.way, proof=None, effective_on="2025-01-17")
    put_up = on("2024-12-18 12:00", posted)
    given(on_spot, SEEN, DECIDED, put_up).when(by_notice, actor=LEADER).then(revoked)


def test_what_another_body_revoked_it_served_itself():
    bare = pb.RevokeOnSpotRequest(on_spot_id=ID, remedy_id=REMEDY, reason="复议机关撤销")
    event = pb.OnSpotRevoked(on_spot_id=ID, remedy_id=REMEDY, reason="复议机关撤销")
    for history in ((RECONSIDERED,), (RECONSIDERED, ENDED)):
        given(on_spot, SEEN, DECIDED, *history).when(bare, actor=LEADER).then(event)


def test_the_party_has_sixty_days_for_reconsideration_and_fifteen_for_a_suit_after_it():
    began, limit, _ = on_spot_deadlines.ON_SPOT_RECONSIDERATION.start(DECIDED, instant(AT), Rules())
    assert limit.due(began, published()).nominal_on == date.fromisoformat(DECIDED.served_on) + timedelta(days=60)
    received = changed(ENDED, received_on="2024-12-05")
    began, limit, _ = on_spot_deadlines.ON_SPOT_SUIT_AFTER_RECONSIDERATION.start(received, instant(AT), Rules())
    assert limit.due(began, published()).due_on == date(2024, 12, 20)
    assert roles(RECONSIDERED) == [("cases.on_spot_reconsideration", "end")]
    assert roles(changed(ENDED, outcome=decisions.REMEDY_OUTCOME_WITHDRAWN)) == []


def test_a_suit_without_reconsideration_has_six_months_where_the_law_still_lets_it():
    assert "cases.on_spot_suit" not in started(DECIDED)
    before = changed(DECIDED, reconsideration_first=False, served_on="2023-11-20")
    assert "cases.on_spot_suit" in started(before)
    began, limit, _ = on_spot_deadlines.ON_SPOT_SUIT.start(before, instant("2023-11-20 10:00"), Rules())
    assert limit.due(began, published()).due_on == date(2024, 5, 20)
    assert {("cases.on_spot_reconsideration", "cancel"), ("cases.on_spot_suit", "end")} <= set(roles(SUED))


def test_nothing_is_performed_of_a_revoked_penalty():
    """The collection opened only to pay back is performed from its first moment."""
    given(on_spot, SEEN, COLLECTED, REVOKED).when(NOTE, actor=POLICY).then()
    closed = changed(CLOSED, ground=pb.ON_SPOT_CLOSING_REVOKED)
    given(on_spot, SEEN, COLLECTED, REVOKED, closed).when(NOTE, actor=POLICY).then()


def test_an_application_is_forwarded_in_five_working_days():
    # Fri 27 Sep: 29 (workday), 30, 8, 9, 10 Oct.
    assert due(on_spot_deadlines.ON_SPOT_FORWARD, AT) == date(2024, 10, 10)


FINED: Final = acts.ActMatch(
    state=acts.ACT_MATCH_STATE_FINED, case_number="川泸当罚2024-0007", matched_by=acts.ACT_SUBJECT_KIND_PARTY
)


def test_nothing_is_decided_on_a_day_before_it_was_seen():
    given(on_spot, SEEN).when(DECIDE, at="2024-09-26 10:00").refused(Refusal.STEP_OUT_OF_ORDER, last="2024-09-27")


def test_the_same_act_is_not_fined_twice_but_may_be_warned_for():
    known = KnownOnSpot(OtherCases((FINED,)))
    given(on_spot, SEEN).when(DECIDE, at=AT, found=known).refused(Refusal.SECOND_FINE)
    going_on = {"duplicate_decision": acts.DUPLICATE_DECISION_CONTINUE, "duplicate_reason": "继续办理"}
    given(on_spot, SEEN).when(changed(DECIDE, **going_on), at=AT, found=known).refused(Refusal.SECOND_FINE)
    other = {"duplicate_decision": acts.DUPLICATE_DECISION_ANOTHER_ACT, "duplicate_reason": "另一地点另一时间"}
    review = acts.DuplicateReview(
        matches=[FINED], decision=acts.DUPLICATE_DECISION_ANOTHER_ACT, reason="另一地点另一时间"
    )
    given(on_spot, SEEN).when(changed(DECIDE, **other), at=AT, found=known).then(changed(DECIDED, duplicates=review))
    kind = {
        "duplicate_decision": acts.DUPLICATE_DECISION_OTHER_KIND,
        "duplicate_reason": "仅予警告",
        "penalties": [WARNING],
        "told_penalties": [WARNING],
    }
    given(on_spot, SEEN).when(changed(DECIDE, **kind), at=AT, found=known).then(
        changed(
            WARNED,
            duplicates=acts.DuplicateReview(
                matches=[FINED], decision=acts.DUPLICATE_DECISION_OTHER_KIND, reason="仅予警告"
            ),
        )
    )


def due(deadline: Deadline, started_at: str, rules: Rules | None = None) -> date:
    limit, _ = deadline.limit(rules or Rules(), instant(started_at).date())
    return limit.due(instant(started_at), published()).due_on


def starting(deadline: Deadline, event: Any) -> bool:
    return any(
        trigger.event is type(event) and trigger.fires(event, received=False, rules=Rules(), on=date(2024, 9, 27))
        for role, trigger in deadline.triggers
        if role == "start"
    )


def test_the_copy_is_due_in_five_working_days_or_as_the_switch_says():
    # Fri 27 Sep: 29 (workday), 30, 8, 9, 10 Oct. Five calendar days: Wed 2 Oct rolls over the holiday.
    assert due(on_spot_deadlines.ON_SPOT_COPY, AT) == date(2024, 10, 10)
    calendar = Rules({"five_days": ((date(2024, 1, 1), "CD"),)})
    assert due(on_spot_deadlines.ON_SPOT_COPY, AT, calendar) == date(2024, 10, 8)


def test_money_is_handed_in_within_two_working_days_and_then_to_the_bank():
    assert due(on_spot_deadlines.ON_SPOT_HAND_IN, AT) == date(2024, 9, 30)
    assert due(on_spot_deadlines.ON_SPOT_BANK, "2024-09-30 16:00") == date(2024, 10, 9)


def test_the_clock_of_money_collected_on_water_starts_at_the_landing():
    assert [
        starting(on_spot_deadlines.ON_SPOT_HAND_IN, event) for event in (COLLECTED, DECIDED, WARNED, ON_WATER, LANDED)
    ] == [
        True,
        False,
        False,
        False,
        True,
    ]


KINDS: Final = st.sampled_from([(OBSERVED, 20_000), (BY_COMPANY, 300_000)])


@draw(KINDS, st.integers(1, 400_000))
def test_a_fine_is_decided_on_the_spot_exactly_within_the_limit(kind, fen):
    observed, limit = kind
    outcome = decide((on(AT, observed),), penalties=[fine(fen)], told_penalties=[fine(fen)])
    assert (outcome.refusal is None) is (fen <= limit)


@draw(st.integers(1, 20_000), st.sampled_from(pb.CollectionGround.values()), st.booleans(), st.booleans())
def test_a_fine_is_collected_exactly_on_one_of_three_grounds(fen, ground, reasoned, asked):
    outcome = decide(
        penalties=[fine(fen)],
        collected_fen=fen,
        collection_ground=ground,
        collection_reason="理由" if reasoned else "",
        party_asks=asked,
        receipt_number="票据",
    )
    small = ground == pb.COLLECTION_GROUND_SMALL and fen <= 10_000
    hard = ground == pb.COLLECTION_GROUND_HARD_TO_EXECUTE and reasoned
    remote = ground == pb.COLLECTION_GROUND_REMOTE and reasoned and asked
    assert (outcome.refusal is None) is (small or hard or remote)


@pytest.mark.parametrize(("day", "allowed"), [("2024-09-26", False), ("2024-09-27", True), ("2024-12-19", False)])
def test_a_remedy_begins_after_the_act_and_not_ahead(day, allowed):
    outcome = given(on_spot, SEEN, DECIDED).when(changed(RECONSIDER, started_on=day))
    if allowed:
        assert outcome.events
    else:
        outcome.refused(Refusal.REMEDY_DAY, earliest="2024-09-27", latest="2024-12-18")


def test_a_remedy_ends_after_it_began_and_not_ahead():
    for wrong in ("2024-09-29", "2024-12-19"):
        begun = changed(RECONSIDERED, started_on="2024-09-30")
        given(on_spot, SEEN, DECIDED, begun).when(changed(END, ended_on=wrong)).refused(Refusal.REMEDY_DAY)
