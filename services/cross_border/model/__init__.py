"""Cooperation across borders (区域执法协作): one aggregate for each side, on that side's ledger.

    asks       request          DRAFT ▶ SENT ▶ DELIVERED ▶ ACCEPTED ▶ ANSWERED ▶ CONFIRMED ▶ CLOSED
    is asked   task             RECEIVED ▶ ACCEPTED ▶ ANSWERED ▶ CONFIRMED ▶ CLOSED
    tells      copy_notice      SENT ▶ DELIVERED
    is told    received_notice  RECEIVED
    tells      circular         TOLD, each revision acknowledged       (通报、互通、会议记录)
    is told    received_circular  RECEIVED ▶ ACKNOWLEDGED
    above both designation      ASKED ▶ DESIGNATED                  (指定管辖)
    compares   rule_set_comparison  the versions of the partners

No side writes in another's ledger: what one records about another is what that other signed.
"""

from services.cross_border.model import overdue, request_answer
from services.cross_border.model.copy_notice import copy_notice, received_notice
from services.cross_border.model.request import Request, request
from services.cross_border.model.shared import Refusal
from services.cross_border.model.task import Task, task

__all__ = [
    "Refusal",
    "Request",
    "Task",
    "copy_notice",
    "overdue",
    "received_notice",
    "request",
    "request_answer",
    "task",
]
