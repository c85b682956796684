"""Who is told what of a case: platforms get number, code, stage and amounts, a partner what became of its clue."""

import pytest
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.json_format import MessageToDict, MessageToJson

from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.messages import encode, type_name
from tests.unit.cases import acts

CATALOGUE = Catalogue.load()
PRIVATE = (
    acts.ADD_EVIDENCE,
    acts.EVIDENCE_ADDED,
    acts.SEIZURE_APPROVED,
    acts.DEFENDED,
    acts.transfer_noted(pb.TRANSFER_PHASE_SENT),
)
SHARED = [
    acts.CLUE_REGISTERED,
    acts.FILED,
    acts.ASSIGNED,
    acts.PRESERVED,
    acts.PRESERVATION_DECIDED,
    acts.SEIZED,
    acts.EXTENDED,
    acts.RELEASED,
    acts.CORRECTION_ORDERED,
    acts.INVESTIGATED,
    acts.NOTICE_SERVED,
    acts.PENALISED,
    acts.SPARED,
    acts.ACQUITTED,
    acts.SERVED,
    acts.CLOSED,
]
PERSONAL = ("张三", "510521199001011234", "小型客车", "事实清楚", "泸永桥", "未取得", "sha256", acts.TWO[0])


def view(event, level):
    name = type_name(event)
    return type(event).FromString(CATALOGUE.view(name, encode(event), level))


@pytest.mark.parametrize("level", [options.VISIBILITY_FEED, options.VISIBILITY_ADDRESSEE], ids=["feed", "addressee"])
@pytest.mark.parametrize("event", SHARED, ids=lambda event: event.DESCRIPTOR.name)
def test_neither_party_nor_content_of_a_case_leaves_the_authority(event, level):
    told = MessageToJson(view(event, level), ensure_ascii=False)
    assert [secret for secret in PERSONAL if secret in told] == []


@pytest.mark.parametrize("event", PRIVATE, ids=lambda event: event.DESCRIPTOR.name)
def test_evidence_approvals_defence_and_the_criminal_transfer_are_not_shared(event):
    assert type_name(event) not in CATALOGUE.shared


def test_a_platform_counts_penalties_by_kind_and_amount():
    told = MessageToDict(view(acts.PENALISED, options.VISIBILITY_FEED))
    assert told["penalties"] == [{"kind": "PENALTY_KIND_FINE", "amountFen": "1000000"}]
    assert told["caseNumber"] == "川泸2024-0042"


def test_whoever_handed_a_finding_over_is_addressed_and_nobody_when_it_is_ones_own():
    shared = CATALOGUE.shared[type_name(acts.CLUE_REGISTERED)]
    handed = acts.changed(acts.CLUE_REGISTERED, handed_off_by="jt-500118")
    assert shared.targets(handed, "jt-510521") == ["feed", "jt-500118"]
    assert shared.targets(acts.CLUE_REGISTERED, "jt-510521") == ["feed"]
