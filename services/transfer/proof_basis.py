"""Article of every step that another authority took: the ledger of whoever was told has its event and no command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from enforcement.transfer.v1 import events_pb2 as pb
from enforcement.transfer.v1 import forwarding_pb2 as forwarding
from enforcement.transfer.v1 import opinion_pb2 as opinion
from enforcement.transfer.v1 import outcome_pb2 as outcomes
from enforcement.transfer.v1 import paper_pb2 as paper
from enforcement.transfer.v1 import reconsideration_pb2 as reconsideration
from enforcement.transfer.v1 import supervision_pb2 as supervision

from services.kernel.messages import type_name

_O310_7: Final = "国务院令第310号 art. 7; 公安机关办理刑事案件程序规定 arts. 175, 180"
_O310_9: Final = "国务院令第310号 art. 9; 公安机关办理刑事案件程序规定 art. 181"
_SUPERVISION: Final = (
    "公安机关办理刑事案件程序规定 art. 182; 人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 arts. 9, 10"
)
_ENDING: Final = "国务院令第310号 arts. 10, 13"
_OPINION: Final = "刑事诉讼法 art. 177; 行政处罚法 art. 27"
_OPINION_ISSUED: Final = "人民检察院行刑反向衔接工作指引 art. 2; 刑事诉讼法 art. 177"
_OPINION_REPLY: Final = "人民检察院行刑反向衔接工作指引 art. 20"

RECEIVED_BASIS: Final[Mapping[str, str]] = {
    type_name(event): basis
    for event, basis in (
        (pb.CaseTransferred, "国务院令第310号 arts. 5, 6"),
        (pb.TransferCopied, "行刑衔接政策文件（抄送）"),
        (pb.SupplementSent, "公安机关办理刑事案件程序规定 art. 180"),
        (pb.PropertyHandedOver, "国务院令第310号 art. 12; 行政强制法 art. 21"),
        (pb.CaseReturned, "国务院令第310号 arts. 9, 10"),
        (paper.PaperAnswerConfirmed, "国务院令第310号 arts. 7-10, 14"),
        (pb.ReferralReceiptSigned, "国务院令第310号 art. 7"),
        (pb.SupplementDemanded, "公安机关办理刑事案件程序规定 art. 180"),
        (pb.CriminalCaseFiled, "国务院令第310号 art. 8"),
        (pb.FilingRefused, "国务院令第310号 art. 8"),
        (pb.HandOverConfirmed, "国务院令第310号 art. 12"),
        (forwarding.JurisdictionDenied, _O310_7),
        (forwarding.ReferralForwarded, _O310_7),
        (forwarding.ReferralDeclined, _O310_7),
        (forwarding.TransferRedirected, _O310_7),
        (reconsideration.FilingDecisionExtended, "公安机关办理刑事案件程序规定 art. 180"),
        (reconsideration.ReconsiderationRequested, _O310_9),
        (reconsideration.ReconsiderationReceived, _O310_9),
        (reconsideration.RefusalMaintained, _O310_9),
        (supervision.SupervisionSuggested, "国务院令第310号 art. 9"),
        (supervision.SupervisionOpened, _SUPERVISION),
        (supervision.ReasonsAsked, _SUPERVISION),
        (supervision.ReasonsRequestReceived, _SUPERVISION),
        (supervision.ReasonsStated, _SUPERVISION),
        (supervision.SupervisionMoot, _SUPERVISION),
        (supervision.ReasonsRecorded, _SUPERVISION),
        (supervision.RefusalUpheld, _SUPERVISION),
        (supervision.FilingOrdered, _SUPERVISION),
        (supervision.SupervisionEnded, _SUPERVISION),
        (supervision.FilingOrderReceived, _SUPERVISION),
        (outcomes.CriminalCaseWithdrawn, "公安机关办理刑事案件程序规定 art. 177"),
        (outcomes.NonProsecutionDecided, "刑事诉讼法 arts. 16, 175, 177, 282; 国务院令第310号 art. 10"),
        (outcomes.JudgmentTold, _ENDING),
        (outcomes.PropertyReturned, _ENDING),
        (opinion.OpinionIssued, _OPINION_ISSUED),
        (opinion.OpinionWithdrawn, _OPINION_ISSUED),
        (opinion.OpinionReplyAcknowledged, _OPINION_REPLY),
        (opinion.OpinionReceived, _OPINION),
        (opinion.OpinionRegistered, "行政处罚法 art. 42"),
        (opinion.OpinionReturned, "行政处罚法 arts. 22, 25"),
        (opinion.CaseFiledFromOpinion, _OPINION),
        (opinion.NotFiledFromOpinion, _OPINION),
        (opinion.OpinionDecided, _OPINION),
        (opinion.OpinionReplied, _OPINION_REPLY),
    )
}
