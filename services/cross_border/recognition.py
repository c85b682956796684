"""Recognition of another authority's evidence (证据互认): a pure function from the item to a verdict.

test             holds when                                                             fails as
TWO_OFFICERS     two or more officers collected it                                      NOT_RECOGNISED
CREDENTIAL       each had an active credential at that time                             by switch `inactive_collector`
TERRITORY        in their authority's territory, or for an accepted ASSIST              NOT_RECOGNISED
KIND             it is one of the eight kinds (行政处罚法 art. 46)                       NOT_RECOGNISED
FORM             time, place, persons, and signatures or a note of refusal are there    NEEDS_REMEDY
INTEGRITY        hash at capture = hash sent = hash held now                            NOT_RECOGNISED
CUSTODY          from a collector on, each holder got it from the one before, in order  NEEDS_REMEDY
NOT_EXCLUDED     it was not excluded as unlawfully obtained                             NOT_RECOGNISED

Recognised when all hold; one test that cannot be put right outweighs all that can. The aims are those of the
Sichuan–Chongqing rules on taking evidence (川渝取证规则, 2024); their text is not verified, so which failures can be
put right is a choice of this design. A verdict does not bind the decision on the case.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from enforcement.common.v1 import common_pb2 as common
from enforcement.cross_border.v1 import events_pb2 as pb

from services.kernel.authority import Members


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the tests that do not hold."""

    verdict: pb.Verdict.ValueType
    shortcomings: tuple[pb.Shortcoming, ...]


def judge(
    item: pb.EvidenceItem,
    *,
    held_sha256: bytes,
    members: Members,
    for_assist: bool,
    inactive_remediable: bool,
) -> Judgement:
    """Judges one item.

    Args:
        held_sha256: hash of the file as the requester holds it now.
        for_assist: the item answers an accepted ASSIST request.
        inactive_remediable: whether evidence by an officer without active credential can be put right.
    """
    shortcomings = tuple(
        pb.Shortcoming(test=test, remediable=remediable, detail=detail)
        for test, remediable, detail in _failures(item, held_sha256, members, for_assist, inactive_remediable)
    )
    if not shortcomings:
        return Judgement(pb.VERDICT_RECOGNISED, ())
    if all(one.remediable for one in shortcomings):
        return Judgement(pb.VERDICT_NEEDS_REMEDY, shortcomings)
    return Judgement(pb.VERDICT_NOT_RECOGNISED, shortcomings)


def _failures(
    item: pb.EvidenceItem, held_sha256: bytes, members: Members, for_assist: bool, inactive_remediable: bool
) -> Iterator[tuple[pb.RecognitionTest.ValueType, bool, str]]:
    if len({officer.officer_id for officer in item.collectors}) < 2:
        yield pb.RECOGNITION_TEST_TWO_OFFICERS, False, f"收集人员{len(item.collectors)}人"
    if inactive := [one for one in item.collectors if one.status != common.CREDENTIAL_STATUS_ACTIVE]:
        yield pb.RECOGNITION_TEST_CREDENTIAL, inactive_remediable, "、".join(one.credential_number for one in inactive)
    if not (for_assist and item.collected_on_request) and not _in_own_territory(item, members):
        yield pb.RECOGNITION_TEST_TERRITORY, False, item.place.division_code
    if not item.kind:
        yield pb.RECOGNITION_TEST_KIND, False, "不属于八种法定证据"
    if missing := _missing_form(item):
        yield pb.RECOGNITION_TEST_FORM, True, "、".join(missing)
    if not (item.captured_sha256 == item.blob.sha256 == held_sha256):
        yield pb.RECOGNITION_TEST_INTEGRITY, False, "文件哈希与采集时不一致"
    if broken := _broken_custody(item):
        yield pb.RECOGNITION_TEST_CUSTODY, True, broken
    if item.exclusion_reason:
        yield pb.RECOGNITION_TEST_NOT_EXCLUDED, False, item.exclusion_reason


def _in_own_territory(item: pb.EvidenceItem, members: Members) -> bool:
    def competent(officer: common.OfficerSnapshot) -> bool:
        authority = members.get(officer.authority_id)
        return authority is not None and authority.competent_in(item.place.division_code)

    return all(map(competent, item.collectors))


def _missing_form(item: pb.EvidenceItem) -> list[str]:
    present = {
        "时间": item.HasField("collected_at"),
        "地点": bool(item.place.division_code and item.place.description),
        "在场人员": bool(item.persons),
        "签名或者拒签说明": item.signed or bool(item.refusal_note),
    }
    return [name for name, there in present.items() if not there]


def _broken_custody(item: pb.EvidenceItem) -> str:
    """Where the chain breaks, in words; empty when it is whole."""
    if not item.custody:
        return "没有保管记录"
    first = item.custody[0]
    if first.received_from or first.holder not in {officer.officer_id for officer in item.collectors}:
        return "保管链不是从收集人员开始"
    for before, after in zip(item.custody, item.custody[1:], strict=False):
        if after.received_from != before.holder:
            return f"{before.holder}之后的保管人不明"
        if after.received_at.ToMicroseconds() < before.received_at.ToMicroseconds():
            return f"{after.holder}的接收时间早于前一环节"
    return ""
