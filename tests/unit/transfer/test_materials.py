"""What a package is made of: complete or refused with the whole list; evidence marked (国务院令第310号 arts. 4, 6)."""

from datetime import date
from typing import Any

import pytest
from enforcement.transfer.v1 import events_pb2 as events
from enforcement.transfer.v1 import materials_pb2 as pb

from services.kernel.rules import Rules
from services.transfer.model import Refusal, transfer
from tests.support.decider import given
from tests.unit.transfer.acts import GOODS, LETTER, READY, REPORT, SEND, SENT_AT, file, material
from tests.unit.transfer.branches import but

PERISHABLE = pb.Goods(description="鲜活水产", quantity=300, unit="千克", perishable=True)
EXPLOSIVE = pb.Goods(description="疑似爆炸物", quantity=2, unit="箱", needs_test=True)
TESTED = pb.Goods(
    description="疑似爆炸物",
    quantity=2,
    unit="箱",
    needs_test=True,
    test=pb.Test(body="四川省公安厅物证鉴定中心", report_number="川公物鉴〔2025〕7号", report=file("检验报告")),
)
VEHICLE = pb.Goods(description="小型客车", quantity=1, unit="辆")


def sending(*goods: pb.Goods, **changes: Any) -> Any:
    return given(transfer, *READY).when(but(SEND, goods=list(goods), **changes), at=SENT_AT)


def sent(outcome: Any) -> Any:
    assert outcome.refusal is None, outcome.refusal
    return outcome.events[0]


def test_the_list_of_goods_goes_to_the_police_position_by_position() -> None:
    assert list(sent(sending(VEHICLE, TESTED)).goods) == [VEHICLE, TESTED]


def test_of_what_spoils_evidence_is_taken_first() -> None:
    sending(PERISHABLE).refused(Refusal.PACKAGE_INCOMPLETE, missing="易腐物品“鲜活水产”的取证记录")
    assert sent(sending(but(PERISHABLE, evidence_record=file("抽样取证记录"))))


@pytest.mark.parametrize(
    "test",
    [pb.Test(), pb.Test(body="四川省公安厅物证鉴定中心"), pb.Test(report=file("检验报告"))],
    ids=["nothing", "no report", "no body"],
)
def test_what_needs_a_test_has_the_report_of_a_statutory_body(test: pb.Test) -> None:
    sending(but(EXPLOSIVE, test=test)).refused(
        Refusal.PACKAGE_INCOMPLETE, missing="“疑似爆炸物”的法定检验、鉴定机构的报告"
    )


def test_everything_that_is_missing_is_named_at_once() -> None:
    sending(PERISHABLE, EXPLOSIVE, materials=[LETTER, REPORT], prior_decision_number="泸罚〔2025〕3号").refused(
        Refusal.PACKAGE_INCOMPLETE,
        missing="涉案物品清单、行政处罚决定书、易腐物品“鲜活水产”的取证记录、“疑似爆炸物”的法定检验、鉴定机构的报告",
    )


def test_a_decision_that_was_made_before_is_attached() -> None:
    decision = material(events.MATERIAL_KIND_PENALTY_DECISION, "行政处罚决定书")
    package = sent(sending(materials=[LETTER, REPORT, GOODS, decision], prior_decision_number="泸罚〔2025〕3号"))
    assert package.prior_decision_number == "泸罚〔2025〕3号"


def items(*kinds: pb.EvidenceKind.ValueType) -> list[pb.EvidenceItem]:
    return [pb.EvidenceItem(kind=kind, title="证据", criminal_admissible=True) for kind in kinds]


def test_things_documents_recordings_and_data_may_be_used_as_they_are_and_statements_are_taken_again() -> None:
    package = sent(sending(evidence=items(*list(pb.EvidenceKind.values())[1:])))
    assert {pb.EvidenceKind.Name(item.kind) for item in package.evidence if item.criminal_admissible} == {
        "EVIDENCE_KIND_DOCUMENT",
        "EVIDENCE_KIND_PHYSICAL",
        "EVIDENCE_KIND_AUDIOVISUAL",
        "EVIDENCE_KIND_ELECTRONIC",
    }


def test_what_else_may_be_used_is_a_dated_switch() -> None:
    rules = Rules({"criminal_admissible_kinds": ((date(2025, 4, 30), "expert_opinion"),)})
    command = but(SEND, evidence=items(pb.EVIDENCE_KIND_EXPERT_OPINION, pb.EVIDENCE_KIND_PHYSICAL))
    package = sent(given(transfer, *READY).when(command, at=SENT_AT, rules=rules))
    assert [item.criminal_admissible for item in package.evidence] == [True, False]
