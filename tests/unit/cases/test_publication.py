"""Row 13: publication (行政处罚法 art. 48), and what the public copy hides."""

import re
from dataclasses import replace

import pytest
from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import events_pb2 as events
from enforcement.cases.v1 import publication_pb2 as pb
from hypothesis import given as draw
from hypothesis import strategies as st

from services.cases.model import Refusal, case, redaction
from services.cases.model.publication import OnFile
from tests.support.decider import CHIEF, LEADER, LI, POLICY, WANG, given, on, uid
from tests.unit.cases.acts import (
    CASE,
    CHANGE_TOLD,
    DECIDED,
    DELIVERED,
    FILED,
    FINE,
    NOTICE_SERVED,
    NOTIFIED,
    PARTY,
    PENALISE,
    PENALISED,
    WAIVED,
    changed,
    known,
)
from tests.unit.cases.procedure import (
    CHECK,
    CHECKED,
    COPY,
    ON_FILE,
    PROPOSE,
    PUBLIC,
    PUBLISH,
    PUBLISHED,
    RETRACT,
    RETRACTED,
    TEXT,
    proposed,
)

END = pb.EndPublicationRequest(case_id=CASE)
COMPANY = events.Party(
    kind=events.PARTY_KIND_ORGANISATION, name="泸县某运输公司", representative="李四", phone="0830-8181234"
)
PROPOSED = (*DECIDED, proposed())
PASSED = (*PROPOSED, CHECKED)


def copy_of(text, party=PARTY, hidden=(), minor=False, known_persons=()):
    return redaction.apply(text, redaction.propose(text, party, hidden, known_persons=known_persons, minor=minor))


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("当事人张三。", "当事人张*。"),
        ("张三与张三丰", "张*与张*丰"),
        ("身份证号510521199001011234", "身份证号***"),
        ("证件11010519491231002X。", "证件***。"),
        ("电话13912345678", "电话***"),
        ("电话0830-8181234", "电话***"),
        ("邮箱zhang.san@example.com。", "邮箱***。"),
        ("账号：6222 0212 3456 7890", "账号：***"),
        ("驾驶川E12345小型客车", "驾驶川E*****小型客车"),
        ("驾驶川E·12345小型客车", "驾驶川E******小型客车"),
        ("驾驶川ED12345新能源车", "驾驶川E******新能源车"),
        ("案号川泸2024-0042，罚款10000元", "案号川泸2024-0042，罚款10000元"),
        ("依据《道路运输条例》第六十三条", "依据《道路运输条例》第六十三条"),
    ],
)
def test_what_is_hidden_by_its_form_or_as_the_partys(text, copy):
    assert copy_of(text) == copy


@pytest.mark.parametrize("party", [PARTY, COMPANY], ids=["person", "organisation"])
def test_an_address_is_hidden_whosever_it_is(party):
    assert copy_of("住泸县福集镇故事街2号", changed(party, address="泸县福集镇故事街2号")) == "住***"


def test_the_number_of_a_qualification_of_a_person_is_hidden():
    assert copy_of("从业资格证号51052119", changed(PARTY, licence_number="51052119")) == "从业资格证号***"
    assert copy_of("驾驶证号51052120", changed(PARTY, driving_licence_number="51052120")) == "驾驶证号***"


def test_third_persons_whom_the_ledger_knows_are_hidden_by_rule():
    text = "王五举报，车主赵六，泸县某物流公司为货主"
    assert copy_of(text, known_persons=["王五", "赵六"]) == "***举报，车主***，泸县某物流公司为货主"


def test_whoever_has_the_partys_name_is_the_party():
    assert copy_of("当事人张三", known_persons=["张三"]) == "当事人张*"
    name = "泸县某运输公司"
    assert copy_of(f"当事人{name}，车主{name}", COMPANY, known_persons=[name, "泸县"]) == f"当事人{name}，车主{name}"


def test_the_name_of_a_party_that_was_a_minor_on_the_day_goes_whoever_proposes():
    young = changed(PARTY, id_number="510521200701021234")
    filed = changed(FILED, party=young)
    history = tuple(filed if getattr(one, "event", one) == FILED else one for one in DECIDED)
    [event] = given(case, *history).when(PROPOSE, found=ON_FILE).events
    assert isinstance(event, pb.PublicationProposed)
    assert event.copy.startswith("当事人***，")
    assert event.redactions[0].kind == pb.REDACTION_KIND_MINOR


def test_an_organisation_keeps_its_name_and_who_acts_for_it_does_not():
    assert copy_of("泸县某运输公司，法定代表人李四", COMPANY) == "泸县某运输公司，法定代表人李*"


def test_an_organisation_keeps_its_credit_code():
    company = changed(COMPANY, id_number="915105211234567890")
    assert copy_of("代码915105211234567890，卡号915105211234567891", company) == "代码915105211234567890，卡号***"


@pytest.mark.parametrize(
    "kind",
    [
        pb.REDACTION_KIND_HEALTH,
        pb.REDACTION_KIND_MINOR,
        pb.REDACTION_KIND_THIRD_PERSON,
        pb.REDACTION_KIND_BUSINESS_SECRET,
        pb.REDACTION_KIND_STATE_SECRET,
    ],
)
def test_what_no_form_finds_people_name(kind):
    assert copy_of("乘客王五称患有疾病", hidden=[pb.Hidden(text="王五称患有疾病", kind=kind)]) == "乘客***"


def test_of_a_minor_not_even_the_family_name_stays():
    assert copy_of("当事人张三", minor=True) == "当事人***"


def test_of_two_finds_that_overlap_the_longer_one_holds():
    hidden = [pb.Hidden(text="当事人张三，男", kind=pb.REDACTION_KIND_HEALTH)]
    assert copy_of("当事人张三，男。", hidden=hidden) == "***。"


WORDS = st.sampled_from([
    "当事人", "张三", "李四", "，", "510521199001011234", "13912345678", "川E12345", "川E·12345",
    "账号62220212345678901", "罚款10000元", "a@b.cn", "*", "**", "***", "张*", "1", "第六十三条", "泸县福集镇",
    "𠮷", "\n",
])  # fmt: skip
TEXTS = st.lists(WORDS, max_size=30).map("".join)
NAMED = st.lists(
    st.builds(pb.Hidden, text=WORDS, kind=st.sampled_from([k for k in pb.RedactionKind.values() if k])), max_size=4
)
PARTIES = st.sampled_from([PARTY, changed(PARTY, address="泸县福集镇", phone="1"), COMPANY, None])
KNOWN = st.lists(WORDS, max_size=3)


@draw(TEXTS, NAMED, PARTIES, KNOWN, st.booleans())
def test_the_public_copy_and_the_file_differ_only_by_the_redactions(text, named, party, persons, minor):
    found = redaction.propose(text, party, named, known_persons=persons, minor=minor)
    copy = redaction.apply(text, found)
    hidden = [text[one.start : one.end] for one in found]
    # Independent of `apply`: what lies between the redactions stands in the copy, in order, with the masks between.
    kept, at = [], 0
    for one in found:
        assert at <= one.start < one.end <= len(text)
        kept.append(text[at : one.start])
        at = one.end
    kept.append(text[at:])
    pattern = "".join(
        re.escape(part) + (re.escape(one.mask) if one else "") for part, one in zip(kept, [*found, None], strict=True)
    )
    assert re.fullmatch(pattern, copy)
    assert redaction.restore(copy, found, hidden) == text


@draw(TEXTS, PARTIES, st.booleans())
def test_nothing_of_party_reporter_or_a_known_form_is_left_in_the_copy(text, party, minor):
    copy = copy_of(text, party, known_persons=["李四"], minor=minor)
    assert "李四" not in copy
    assert "510521199001011234" not in copy
    assert "13912345678" not in copy
    assert "川E12345" not in copy
    if party is not None and party.kind == events.PARTY_KIND_PERSON:
        assert "张三" not in copy


# ── the way to the public ────────────────────────────────────────────────────────────────────────────────────────────


def test_an_officer_proposes_the_copy_of_a_decision():
    given(case, *DECIDED).when(PROPOSE, found=ON_FILE).then(proposed())
    given(case, *DECIDED).when(changed(PROPOSE, text=""), found=ON_FILE).then(proposed())
    assert proposed().copy == "当事人张*，身份证号***，驾驶川E*****。决定罚款一万元。"
    given(case, *NOTIFIED).when(PROPOSE, found=ON_FILE).refused(Refusal.NOTHING_TO_PUBLISH)


@pytest.mark.parametrize("text", [TEXT, ""], ids=["typed", "of the file"])
def test_nothing_is_published_before_there_is_a_sheet_of_the_decision(text):
    given(case, *DECIDED).when(changed(PROPOSE, text=text), found=OnFile()).refused(Refusal.DECISION_NOT_ON_FILE)


def test_another_text_than_that_of_the_file_is_not_the_decision():
    other = changed(PROPOSE, text=f"{TEXT} ")
    given(case, *DECIDED).when(other, found=ON_FILE).refused(
        Refusal.TEXT_NOT_THE_DECISION, number="川泸交罚〔2024〕1号"
    )


def test_a_decision_that_was_corrected_after_the_proposal_is_proposed_anew():
    corrected = OnFile(TEXT.replace("一万元", "八千元"), "川泸交罚〔2024〕1号")
    given(case, *PASSED).when(PUBLISH, actor=CHIEF, found=corrected).refused(Refusal.TEXT_NOT_THE_DECISION)
    given(case, *PASSED).when(PUBLISH, actor=CHIEF, found=OnFile()).refused(Refusal.DECISION_NOT_ON_FILE)


def test_who_is_known_besides_the_party_is_hidden_without_anybodys_doing():
    found = replace(ON_FILE, persons=("决定",))
    [event] = given(case, *DECIDED).when(PROPOSE, found=found).events
    assert isinstance(event, pb.PublicationProposed)
    assert event.copy == "当事人张*，身份证号***，驾驶川E*****。***罚款一万元。"


def test_words_to_hide_stand_in_the_text():
    absent = pb.Hidden(text="王五", kind=pb.REDACTION_KIND_THIRD_PERSON)
    given(case, *DECIDED).when(changed(PROPOSE, hidden=[absent]), found=ON_FILE).refused(
        Refusal.HIDDEN_TEXT_MISSING, text="王五"
    )


def test_a_second_person_compares_the_copy_with_the_file():
    given(case, *PROPOSED).when(CHECK, actor=LI).refused(Refusal.SECOND_PERSON_NEEDED)
    after = given(case, *PROPOSED).when(CHECK, actor=WANG).then(CHECKED)
    assert known(after.publication).passed


def test_only_a_checked_copy_is_published():
    given(case, *PROPOSED).when(PUBLISH, actor=CHIEF, found=ON_FILE).refused(Refusal.PUBLICATION_UNCHECKED)
    returned = changed(CHECKED, passed=False, remark="漏隐车牌")
    given(case, *PROPOSED, returned).when(PUBLISH, actor=CHIEF, found=ON_FILE).refused(Refusal.PUBLICATION_UNCHECKED)
    after = given(case, *PASSED).when(PUBLISH, actor=CHIEF, found=ON_FILE).then(PUBLISHED)
    assert known(after.publication).public


def test_a_new_proposal_takes_the_place_of_the_former_and_is_checked_itself():
    again = changed(proposed(), publication_id=uid("again"))
    given(case, *PASSED, again).when(PUBLISH, actor=CHIEF, found=ON_FILE).refused(Refusal.PUBLICATION_UNKNOWN)
    second = changed(PUBLISH, publication_id=uid("again"))
    given(case, *PASSED, again).when(second, actor=CHIEF, found=ON_FILE).refused(Refusal.PUBLICATION_UNCHECKED)
    given(case, *PASSED).when(PROPOSE, found=ON_FILE).refused(Refusal.ID_TAKEN)


@pytest.mark.parametrize("command", [changed(PROPOSE, publication_id=uid("again")), CHECK, PUBLISH])
def test_what_is_public_is_neither_proposed_nor_published_again(command):
    given(case, *PUBLIC).when(command, actor=WANG, found=ON_FILE).refused(Refusal.PUBLISHED)


LIGHT = (events.PENALTY_KIND_FINE, events.PENALTY_KIND_WARNING, events.PENALTY_KIND_CRITICISM)


@pytest.mark.parametrize("kind", [kind for kind in events.PenaltyKind.values() if kind])
def test_a_decision_with_nothing_heavier_than_a_fine_is_public_for_the_shorter_period(kind):
    decided = changed(PENALISED, penalties=[FINE, events.Penalty(kind=kind)])
    history = tuple(decided if getattr(one, "event", one) == PENALISED else one for one in PASSED)
    [event] = given(case, *history).when(PUBLISH, actor=CHIEF, found=ON_FILE).events
    assert isinstance(event, pb.DecisionPublished)
    assert event.short_period == (kind in LIGHT)


def test_what_was_public_for_its_period_is_taken_down_and_what_is_not_public_is_left_alone():
    ended = pb.PublicationEnded(case_id=CASE, publication_id=COPY)
    assert given(case, *PUBLIC).when(END, actor=POLICY).then(ended).publication is None
    for history in (DELIVERED, PASSED, (*PUBLIC, RETRACTED), (*PUBLIC, ended)):
        given(case, *history).when(END, actor=POLICY).then()
    given(case, *PUBLIC, ended).when(RETRACT, actor=CHIEF).refused(Refusal.NOT_PUBLISHED)


def test_a_publication_is_withdrawn_with_an_explanation_and_only_one_that_there_is():
    assert given(case, *PUBLIC).when(RETRACT, actor=CHIEF).then(RETRACTED).publication is None
    given(case, *PASSED).when(RETRACT, actor=CHIEF).refused(Refusal.NOT_PUBLISHED)
    given(case, *PUBLIC, RETRACTED).when(RETRACT, actor=CHIEF).refused(Refusal.NOT_PUBLISHED)


def test_the_decision_says_whether_what_is_revoked_or_amended_was_public():
    for history, public in ((DELIVERED, False), (PUBLIC, True), ((*PUBLIC, RETRACTED), False)):
        revoke = decisions.RevokeDecisionRequest(case_id=CASE, reason="认定事实错误", **CHANGE_TOLD)
        (event,) = given(case, *history).when(revoke, actor=LEADER).events
        assert isinstance(event, decisions.DecisionRevoked)
        assert event.published is public


def test_nothing_is_published_of_a_decision_that_was_revoked():
    revoked = decisions.DecisionRevoked(case_id=CASE, case_number="川泸2024-0042", ground=decisions.CHANGE_GROUND_OWN)
    given(case, *PASSED, revoked).when(PUBLISH, actor=CHIEF, found=ON_FILE).refused(Refusal.NOTHING_TO_PUBLISH)
    given(case, *PASSED, revoked).when(changed(PROPOSE, publication_id=uid("again")), found=ON_FILE).refused(
        Refusal.NOTHING_TO_PUBLISH
    )


def test_what_is_public_of_a_revoked_decision_stays_to_be_withdrawn_when_another_is_made():
    anew = decisions.DecisionRevoked(
        case_id=CASE, case_number="川泸2024-0042", ground=decisions.CHANGE_GROUND_OWN, anew=True, published=True
    )
    told_again = changed(NOTICE_SERVED, notice_id=uid("second"), new_facts="又", effective_on="2025-01-06")
    history = (*PUBLIC, anew, told_again, PENALISED)
    given(case, *history).when(changed(PROPOSE, publication_id=uid("again")), found=ON_FILE).refused(Refusal.PUBLISHED)
    given(case, *history).when(RETRACT, actor=CHIEF).then(RETRACTED)


READY = (*NOTIFIED, on("2024-09-28 10:00", WAIVED))


def test_a_penalty_must_be_public_unless_a_reason_is_recorded():
    private = changed(PENALISE, publicity=decisions.PUBLICITY_NOT_REQUIRED)
    given(case, *READY).when(private, actor=LEADER).refused(Refusal.PUBLICITY_REASON_NEEDED)
    reason = "涉及国家秘密"
    given(case, *READY).when(changed(private, publicity_reason=reason), actor=LEADER).then(
        changed(PENALISED, publish=False, publicity_reason=reason)
    )


def test_the_text_of_the_file_is_known_by_its_digest():
    assert proposed().text_sha256 == redaction.digest(TEXT)
    assert len(proposed().text_sha256) == 32


def test_of_two_finds_that_overlap_in_part_nothing_is_left():
    hidden = [pb.Hidden(text="病住泸县", kind=pb.REDACTION_KIND_HEALTH)]
    assert copy_of("有病住泸县福集镇。", changed(PARTY, address="泸县福集镇"), hidden=hidden) == "有***。"


def test_a_copy_that_is_not_public_yet_is_proposed_anew_when_the_decision_is_amended():
    lower = events.Penalty(kind=events.PENALTY_KIND_FINE, amount_fen=800_000)
    amended = decisions.DecisionAmended(case_id=CASE, penalties=[lower])
    given(case, *PASSED, amended).when(PUBLISH, actor=CHIEF, found=ON_FILE).refused(Refusal.PUBLICATION_UNKNOWN)
    given(case, *PUBLIC, amended).when(RETRACT, actor=CHIEF).then(RETRACTED)
