"""Who is told what of a case: platforms get number, code, stage and amounts, a partner what became of its clue."""

import pytest
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import side_states_pb2 as side
from enforcement.options.v1 import options_pb2 as options
from google.protobuf.json_format import MessageToDict, MessageToJson

from services.kernel.envelopes.disclosure import Catalogue
from services.kernel.messages import encode, type_name
from tests.unit.cases import acts, procedure
from tests.unit.cases import test_closing as closing
from tests.unit.cases import test_remedies as remedies
from tests.unit.cases import test_side_states as side_states

CATALOGUE = Catalogue.load()
PRIVATE = (
    acts.ADD_EVIDENCE,
    acts.EVIDENCE_ADDED,
    acts.SEIZURE_APPROVED,
    acts.DEFENDED,
    acts.transfer_noted(pb.TRANSFER_PHASE_SENT),
    acts.REPORT_APPROVED,
    procedure.MAJOR,
    procedure.ADDRESS,
    procedure.CHALLENGED,
    procedure.CHAIR_WITHDRAWS,
    procedure.proposed(),
    procedure.CHECKED,
    acts.performance(side.PERFORMANCE_PHASE_PERFORMED),
    side_states.noted(True),
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
    procedure.POSTED,
    procedure.ASKED,
    procedure.WITHDRAWN,
    procedure.HEARING_NOTIFIED,
    procedure.HELD,
    procedure.HEARING_REPORTED,
    procedure.SUBMITTED,
    procedure.PASSED,
    procedure.DISCUSSED,
    procedure.PUBLISHED,
    procedure.RETRACTED,
    procedure.APPEALED,
    procedure.APPEAL_ENDED,
    remedies.AMENDED,
    remedies.REVOKED,
    remedies.EXTENDED,
    closing.SENT,
    closing.ARCHIVED,
    side_states.SUSPENDED,
    side_states.RESUMED,
    side_states.SETTLED,
]
PERSONAL = (
    *("张三", "510521199001011234", "小型客车", "事实清楚", "泸永桥", "未取得", '"mediaType"', acts.TWO[0]),
    *("听证室", "请求听证", "证据", "拟罚款", "门户网站", "泸县人民政府", "等待判决", "证件系伪造", "13900000000"),
)


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


def test_only_the_receiver_of_a_case_learns_what_it_is_about():
    transferred = side_states.TRANSFERRED
    shared = CATALOGUE.shared[type_name(transferred)]
    assert shared.targets(transferred, "jt-510521") == ["feed", "jt-500118"]
    told = MessageToJson(view(transferred, options.VISIBILITY_ADDRESSEE), ensure_ascii=False)
    assert [word for word in ("张三", "未经许可", "泸永桥") if word not in told] == []
    fed = MessageToDict(view(transferred, options.VISIBILITY_FEED))
    assert fed == {"caseId": acts.CASE, "receiverId": "jt-500118", "actCode": "RTR-63-2"}


def test_only_the_other_side_of_a_dispute_learns_what_is_claimed_and_about_which_case():
    told = MessageToDict(view(side_states.DISPUTED, options.VISIBILITY_ADDRESSEE))
    assert (told["position"], told["otherCaseId"]) == ("先立案", side_states.THEIRS)
    fed = MessageToDict(view(side_states.DISPUTED, options.VISIBILITY_FEED))
    assert fed == {"caseId": acts.CASE, "disputeId": side_states.DISPUTE, "otherId": "jt-500118"}
    noted = CATALOGUE.shared[type_name(side_states.NOTED)]
    assert noted.targets(side_states.NOTED, "jt-510521") == ["feed"]


def test_of_a_suspected_crime_the_platform_sees_that_and_when():
    assert MessageToDict(view(closing.SENT, options.VISIBILITY_FEED)) == {
        "caseId": acts.CASE,
        "caseNumber": "川泸2024-0042",
    }
