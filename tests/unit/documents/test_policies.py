"""Who takes numbers and who renders, without anybody asking."""

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.documents.v1 import events_pb2 as pb
from enforcement.documents.v1 import service_pb2 as commands

from services.documents.model import CASE_SERIES, numbering_id
from services.documents.policies import policy
from tests.support.decider import LUXIAN, YONGCHUAN, reactions, uid

CASE, DOCUMENT = uid("case"), uid("document")
ISSUED = pb.DocumentIssued(document_id=DOCUMENT, form="F15", matter_id=CASE, version=1)


def test_a_case_that_was_filed_without_a_number_takes_one():
    expected = commands.TakeNumberRequest(
        numbering_id=numbering_id(LUXIAN.id, CASE_SERIES, 2024), series=CASE_SERIES, year=2024, for_id=CASE
    )
    assert reactions(policy, cases.CaseFiled(case_id=CASE)) == [expected]


def test_a_case_that_was_filed_with_a_number_takes_none():
    assert reactions(policy, cases.CaseFiled(case_id=CASE, case_number="川泸2024-0042")) == []


def test_a_case_of_another_authority_takes_none_here():
    assert reactions(policy, cases.CaseFiled(case_id=CASE), origin=YONGCHUAN.id) == []


def test_the_year_of_a_number_is_that_of_the_act_in_shanghai():
    [before] = reactions(policy, ISSUED, at="2024-12-31 23:59")
    [after] = reactions(policy, ISSUED, at="2025-01-01 00:00")
    assert isinstance(before, commands.TakeNumberRequest)
    assert isinstance(after, commands.TakeNumberRequest)
    assert (before.year, after.year) == (2024, 2025)
    assert before.numbering_id != after.numbering_id


def test_an_issued_document_takes_a_number_of_its_form():
    [command] = reactions(policy, ISSUED)
    assert command == commands.TakeNumberRequest(
        numbering_id=numbering_id(LUXIAN.id, "F15", 2024), series="F15", year=2024, for_id=DOCUMENT
    )


def test_a_numbered_document_is_rendered():
    taken = pb.NumberTaken(series="F15", text="川泸交罚〔2024〕1号", for_id=DOCUMENT)
    expected = commands.RenderDocumentRequest(document_id=DOCUMENT, version=1, number="川泸交罚〔2024〕1号")
    assert reactions(policy, taken) == [expected]


def test_a_numbered_case_is_not_rendered():
    assert reactions(policy, pb.NumberTaken(series=CASE_SERIES, text="川泸交案〔2024〕1号", for_id=CASE)) == []


def test_a_correction_is_rendered_under_the_number_it_keeps_and_takes_none():
    corrected = pb.DocumentIssued(
        document_id=DOCUMENT, form="F15", version=2, supersedes=1, number="川泸交罚〔2024〕1号"
    )
    expected = commands.RenderDocumentRequest(document_id=DOCUMENT, version=2, number="川泸交罚〔2024〕1号")
    assert reactions(policy, corrected) == [expected]
