"""A document says what the ledger knows and what the officer adds, is signed by who may, and is never edited."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.documents.model import Refusal, document
from services.documents.model.document import Known, Rendered, id_of_the_one
from services.documents.registry import forms
from services.documents.settings import Letterhead
from services.documents.stored import Altered, read_snapshot
from services.kernel.errors import KernelRefusal
from tests.support.decider import HEAD, POLICY, SUSPENDED, acting, given, officer, uid
from tests.unit.documents import samples

F1, F6, F14, F15 = (forms()[code] for code in ("F1", "F6", "F14", "F15"))
AT = "2024-11-05 10:00"
DOCUMENT = samples.issue(F15).document_id


def known(**facts: Any) -> Known:
    """What a look-up found of a case that was decided."""
    decided = samples.known_for(F15)
    return replace(decided, facts={**decided.facts, **facts})


def issued(form: Any = F15, *, found: Known | None = None, **more: Any) -> pb.DocumentIssued:
    outcome = given(document).when(
        samples.issue(form, **more), found=found or samples.known_for(form), officers=samples.SIGNING, at=AT
    )
    assert outcome.refusal is None, outcome.refusal.zh
    [event] = outcome.events
    assert isinstance(event, pb.DocumentIssued)
    return event


FIRST = issued()
NUMBER = "川泸交罚〔2024〕1号"
SHEET = pb.DocumentRendered(
    document_id=DOCUMENT, version=1, number=NUMBER, file=samples.file("sheet"), pages=2,
    template_version=F15.template_version, form="F15", matter_id=samples.MATTER,
)  # fmt: skip


def correction(**more: Any) -> commands.CorrectDocumentRequest:
    command = commands.CorrectDocumentRequest(
        **{"document_id": DOCUMENT, "correction": "身份证件号笔误", "expected_version": 1, **more}
    )
    command.inputs.update(samples.inputs(F15))
    return command


def test_the_snapshot_is_canonical_and_its_digest_is_in_the_event():
    content = json.loads(FIRST.snapshot)
    again = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert again == FIRST.snapshot
    assert hashlib.sha256(FIRST.snapshot).digest() == FIRST.snapshot_sha256
    assert content["values"]["penalties"][0] == {"kind": 3, "amount_fen": 1_000_000}


def test_a_snapshot_that_was_altered_is_not_rendered():
    altered = pb.DocumentIssued()
    altered.CopyFrom(FIRST)
    altered.snapshot = altered.snapshot.replace("壹".encode(), "贰".encode()) + b" "
    with pytest.raises(Altered):
        read_snapshot(altered)


def test_what_the_ledger_knows_is_printed_without_being_typed_again():
    facts: dict[str, Any] = {"party": samples.PARTY, "case_number": "川泸交案〔2024〕7号"}
    command = samples.issue(F15)
    for name in ("party", "case_number"):
        del command.inputs[name]
    outcome = given(document).when(command, found=known(**facts), officers=samples.SIGNING, at=AT)
    [event] = outcome.events
    assert isinstance(event, pb.DocumentIssued)
    values = read_snapshot(event)["values"]
    assert (values["party"], values["case_number"]) == (samples.PARTY, "川泸交案〔2024〕7号")


@pytest.mark.parametrize(
    ("name", "given_", "label"),
    [
        ("party", samples.COMPANY, "当事人"),
        ("penalties", [{"kind": 3, "amount_fen": 100}], "行政处罚内容"),
        ("decided_on", "2024-11-04", "行政处罚决定日期"),
        ("case_number", "川泸交案〔2024〕7号", "案号"),
    ],
)
def test_an_officer_cannot_print_otherwise_than_the_ledger_has_it(name, given_, label):
    command = samples.issue(F15)
    command.inputs[name] = given_
    found = known(party=samples.PARTY, case_number="川泸交案〔2024〕42号")
    outcome = given(document).when(command, found=found, officers=samples.SIGNING)
    outcome.refused(Refusal.FIELD_IN_LEDGER, field=label)


@pytest.mark.parametrize(
    ("name", "given_"), [("penalties", [{"kind": 3, "amount_fen": 100}]), ("decided_on", "2024-11-04")]
)
def test_a_decision_is_not_printed_before_it_is_made(name, given_):
    command = samples.issue(F15)
    command.inputs[name] = given_
    undecided = samples.known()
    given(document).when(command, found=undecided, officers=samples.SIGNING).refused(Refusal.FIELD_NOT_YET_IN_LEDGER)


def test_prose_may_be_worded_otherwise():
    event = issued(found=known(decision={**known().facts["decision"], "reasons": "简述"}))
    assert read_snapshot(event)["values"]["decision_facts"] == samples.FOUND


def test_the_same_as_the_ledger_has_may_be_given():
    event = issued(found=known(party=samples.PARTY))
    assert read_snapshot(event)["values"]["party"] == samples.PARTY


@pytest.mark.parametrize(
    ("name", "value", "label"),
    [
        ("decided_on", "2024-02-30", "行政处罚决定日期"),
        ("penalties", [{"kind": 99}], "行政处罚内容"),
        ("penalties", [{"kind": 3, "amount_fen": -1}], "行政处罚内容"),
        ("penalties", [{"kind": 3, "amount_fen": 1.5}], "行政处罚内容"),
        ("penalties", "罚款一万元", "行政处罚内容"),
        ("party", {"kind": 1}, "当事人"),
        ("party", {"name": "张三", "salary": "1"}, "当事人"),
        ("violated", 5, "违反的规定"),
        ("violated", "长" * 20_001, "违反的规定"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_the_fields_label(name, value, label):
    command = samples.issue(F15)
    command.inputs[name] = value
    outcome = given(document).when(command, found=known(), officers=samples.SIGNING)
    outcome.refused(Refusal.FIELD_INVALID, field=label)


def test_a_field_that_the_form_does_not_have_is_refused():
    command = samples.issue(F15)
    command.inputs["weather"] = "晴"
    outcome = given(document).when(command, found=known(), officers=samples.SIGNING)
    outcome.refused(Refusal.UNKNOWN_FIELD, field="weather")


@pytest.mark.parametrize(("form", "kind"), [(F14, "case"), (F15, "on_spot")], ids=["F14", "F15"])
def test_a_form_of_the_other_procedure_is_refused(form, kind):
    outcome = given(document).when(samples.issue(form), found=replace(known(), kind=kind), officers=samples.SIGNING)
    outcome.refused(Refusal.OTHER_PROCEDURE, form=form.title)


def test_a_form_of_both_procedures_is_issued_in_both():
    assert issued(F6, found=samples.known(kind="on_spot")).form == "F6"


@pytest.mark.parametrize("code", ["F17", "F19", "X14", "F22"])
def test_what_the_file_of_a_fine_on_the_spot_needs_is_issued_for_it(code):
    assert issued(forms()[code], found=samples.known(kind="on_spot")).form == code


def test_a_choice_is_one_of_its_choices():
    command = samples.issue(F14)
    command.inputs["payment"] = "以后再说"
    outcome = given(document).when(command, found=samples.known(kind="on_spot"), officers=samples.SIGNING)
    outcome.refused(Refusal.FIELD_INVALID, field="罚款缴纳方式")


def test_who_signs_is_named_with_the_credential_of_that_day():
    [chief, leader] = issued(F1).signers
    assert (chief.name, chief.role, chief.signed_on) == ("周敏", options.ROLE_UNIT_CHIEF, "2024-11-05")
    assert leader.credential_number == samples.SIGNING[2].credential_number


def test_nobody_signs_in_a_role_they_do_not_hold():
    command = samples.issue(F1)
    command.signers[1].officer_id = samples.SIGNING[0].officer_id
    outcome = given(document).when(command, found=known(), officers=samples.SIGNING)
    outcome.refused(Refusal.SIGNER_WITHOUT_ROLE, officer="李明", role="执法部门负责人")


def test_nobody_signs_with_a_suspended_credential():
    command = samples.issue(F6)
    command.signers[0].officer_id = SUSPENDED.officer_id
    outcome = given(document).when(command, found=known(), officers=(*samples.SIGNING, SUSPENDED))
    outcome.refused(KernelRefusal.OFFICER_NOT_ACTIVE)


def test_one_officer_twice_is_not_two_officers():
    command = samples.issue(F6)
    command.signers[1].officer_id = command.signers[0].officer_id
    outcome = given(document).when(command, found=known(), officers=samples.SIGNING)
    outcome.refused(Refusal.SIGNERS_MISSING, form="证据登记保存清单")


def test_a_role_that_the_form_has_no_line_for_does_not_sign():
    command = samples.issue(F15)
    command.signers.add(officer_id=samples.SIGNING[0].officer_id, role=options.ROLE_INVESTIGATOR)
    outcome = given(document).when(command, found=known(), officers=samples.SIGNING)
    outcome.refused(Refusal.SIGNER_NOT_ASKED, form="行政处罚决定书")


REFUSED_TO_SIGN = pb.PartySigning(way=pb.PARTY_SIGNATURE_REFUSED, signed_on="2024-11-05", note="见证人：王村长")


def test_a_refusal_to_sign_is_noted_with_who_saw_it():
    assert issued(F6, party_signing=REFUSED_TO_SIGN).party_signing == REFUSED_TO_SIGN


@pytest.mark.parametrize("way", [pb.PARTY_SIGNATURE_REFUSED, pb.PARTY_SIGNATURE_ABSENT])
def test_a_refusal_to_sign_without_a_note_is_refused(way):
    command = samples.issue(F6, party_signing=pb.PartySigning(way=way))
    outcome = given(document).when(command, found=known(), officers=samples.SIGNING)
    outcome.refused(Refusal.PARTY_NOTE_MISSING)


def test_a_party_does_not_sign_where_there_is_no_line():
    command = samples.issue(F15, party_signing=REFUSED_TO_SIGN)
    outcome = given(document).when(command, found=known(), officers=samples.SIGNING)
    outcome.refused(Refusal.PARTY_DOES_NOT_SIGN, form="行政处罚决定书")


def test_an_authority_without_a_prefix_issues_nothing():
    found = replace(known(), letterhead=replace(samples.LETTERHEAD, prefix=""))
    given(document).when(samples.issue(F15), found=found, officers=samples.SIGNING).refused(Refusal.PREFIX_NOT_SET)


def test_a_character_that_the_font_lacks_is_refused_before_it_prints_a_box():
    found = replace(known(), lacking=lambda text: "".join(c for c in text if c == "𠮷"))
    command = samples.issue(F15)
    command.inputs["violated"] = "张𠮷"
    outcome = given(document).when(command, found=found, officers=samples.SIGNING)
    outcome.refused(Refusal.GLYPHS_MISSING, characters="𠮷")


def render(version: int = 1) -> commands.RenderDocumentRequest:
    return commands.RenderDocumentRequest(document_id=DOCUMENT, version=version, number=NUMBER)


RENDERED = Rendered(samples.file("sheet"), 2, F15.template_version)


def test_a_numbered_document_gets_its_sheet():
    given(document, FIRST).when(render(), actor=POLICY, found=RENDERED).then(SHEET)


def test_a_sheet_is_made_once():
    given(document, FIRST, SHEET).when(render(), actor=POLICY, found=RENDERED).then()


def test_a_correction_is_a_further_version_with_the_number_it_keeps():
    outcome = given(document, FIRST, SHEET).when(correction(), found=known(), at=AT)
    [event] = outcome.events
    assert isinstance(event, pb.DocumentIssued)
    assert (event.version, event.supersedes, event.number) == (2, 1, NUMBER)
    assert event.correction == "身份证件号笔误"


def test_a_correction_waits_for_the_sheet_of_the_version_before():
    given(document, FIRST).when(correction(), found=known()).refused(KernelRefusal.WRONG_STAGE)


def test_a_correction_of_a_version_that_is_no_longer_the_newest_is_refused():
    outcome = given(document, FIRST, SHEET).when(correction(expected_version=3), found=known())
    outcome.refused(Refusal.WRONG_VERSION, version=1)


def test_a_letterhead_fills_what_it_has_and_says_what_it_lacks():
    found = replace(known(), letterhead=Letterhead(prefix="川泸交", court="泸县人民法院"))
    outcome = given(document).when(samples.issue(F15), found=found, officers=samples.SIGNING)
    outcome.refused(Refusal.FIELDS_MISSING, missing="复议机关")


def refused_for(form: Any, **more: Any) -> Any:
    """What becomes of a form of a case of which the ledger has more facts."""
    found = samples.known_for(form)
    command = samples.issue(form)
    for name in ("handlers", "investigators") if "handlers" in more else ():
        command.inputs.fields.pop(name, None)
    return given(document).when(
        command, found=replace(found, facts={**found.facts, **more}), officers=samples.SIGNING, at=AT
    )


HANDLER, OTHER = samples.SIGNING[0].officer_id, samples.SIGNING[8].officer_id
REVIEWER, CHAIR, LEADER = (samples.SIGNING[n].officer_id for n in (4, 5, 2))


@pytest.mark.parametrize(
    ("code", "facts", "role"),
    [
        ("F1", {"filed_by": OTHER}, "执法部门负责人"),
        ("F24", {"closing": {"by": OTHER}}, "执法部门负责人"),
        ("X5", {"review": {"reviewer_id": OTHER}}, "法制审核人员"),
        ("F13", {"hearing": {"chair_id": OTHER}}, "听证主持人"),
        ("X6", {"discussion": {"attendee_ids": [OTHER]}}, "执法部门负责人"),
        ("X2", {"handlers": [{"officer_id": OTHER, "name": "王强"}]}, "执法人员"),
        ("X11", {"transfer": {"approved_by": OTHER}}, "主要负责人"),
    ],
)
def test_nobody_signs_for_what_the_ledger_says_another_did(code, facts, role):
    outcome = refused_for(forms()[code], **facts)
    outcome.refused(Refusal.SIGNER_NOT_WHO_ACTED, form=forms()[code].title)


def test_who_acted_by_the_ledger_signs():
    assert issued(F1, found=samples.known(filed_by=LEADER)).signers[1].officer_id == LEADER


@pytest.mark.parametrize(("code", "officer_id"), [("X5", REVIEWER), ("F13", CHAIR)])
def test_who_investigates_neither_reviews_nor_chairs(code, officer_id):
    outcome = refused_for(forms()[code], handlers=[{"officer_id": officer_id, "name": "何静"}])
    outcome.refused(Refusal.SIGNER_INVESTIGATES)


@pytest.mark.parametrize(
    ("code", "role", "lawful"),
    [
        ("F17", options.ROLE_FINANCE, True),
        ("F19", options.ROLE_FINANCE, True),
        ("X8", options.ROLE_FINANCE, False),
        ("F13", options.ROLE_RECORDER, True),
        ("F17", options.ROLE_RECORDER, False),
        ("F17", options.ROLE_CASE_MANAGER, True),
    ],
)
def test_who_keeps_money_or_records_makes_the_documents_of_that_step(code, role, lawful):
    form = forms()[code]
    found = samples.known_for(form)
    outcome = given(document).when(
        samples.issue(form), found=replace(found, facts={**found.facts, "handled_by": [OTHER]}),
        officers=samples.SIGNING, at=AT, actor=acting(officer("管", role)),
    )  # fmt: skip
    assert (outcome.refusal is None) == lawful
    if not lawful:
        outcome.refused(Refusal.NOT_OF_THE_CASE)


def test_a_recused_officer_signs_nothing():
    refused_for(F6, recused=[HANDLER]).refused(Refusal.SIGNER_RECUSED, officer="李明")


def test_an_investigator_makes_no_documents_of_anothers_case():
    refused_for(F6, handled_by=[OTHER]).refused(Refusal.NOT_OF_THE_CASE)


X12 = forms()["X12"]
TEAM = {"transfer": {"team": [OTHER]}}


def test_what_is_about_a_suspected_crime_is_made_by_the_team():
    refused_for(X12, **TEAM).refused(Refusal.NOT_OF_THE_TEAM, form="涉嫌犯罪案件情况的调查报告")
    assert refused_for(F6, **TEAM).refusal is None


def test_the_principal_head_makes_what_is_about_a_suspected_crime():
    found = samples.known_for(X12)
    outcome = given(document).when(
        samples.issue(X12), found=replace(found, facts={**found.facts, **TEAM}), officers=samples.SIGNING, at=AT,
        actor=acting(HEAD),
    )  # fmt: skip
    assert outcome.refusal is None


def test_a_matter_has_one_decision():
    refused_for(F15, issued={"F15": "another"}).refused(Refusal.ALREADY_ISSUED, form="行政处罚决定书")


def test_the_one_of_a_form_has_no_other_id_than_its_matter_gives_it():
    command = samples.issue(F15, document_id=uid("another"))
    outcome = given(document).when(command, found=samples.known_for(F15), officers=samples.SIGNING, at=AT)
    outcome.refused(KernelRefusal.INVALID_REQUEST)


def test_a_decision_that_takes_the_place_of_a_former_one_is_another_document():
    former = {"issued_before": {"F15": uid("former")}}
    assert id_of_the_one(F15, samples.MATTER, former) != id_of_the_one(F15, samples.MATTER, {})


def test_an_on_the_spot_decision_keeps_the_number_that_the_ledger_has():
    found = samples.known(kind="on_spot", on_spot={"form_number": "川泸交当罚〔2024〕9号"})
    assert issued(F14, found=found).number == "川泸交当罚〔2024〕9号"
