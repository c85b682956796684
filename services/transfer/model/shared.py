"""Rules that the three sides share."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from enforcement.options.v1 import options_pb2 as options

from services.kernel.deadlines import Due, Limit, published
from services.kernel.decider import Context
from services.kernel.errors import Refused, refusals
from services.kernel.values import local

Refusal = refusals("enforcement.transfer.v1")

O310_5: Final = "国务院令第310号 art. 5"
O310_7: Final = "国务院令第310号 art. 7"
O310_8: Final = "国务院令第310号 art. 8"
O310_10: Final = "国务院令第310号 arts. 10, 13"
O310_12: Final = "国务院令第310号 art. 12"
MPS_175: Final = "国务院令第310号 art. 7; 公安机关办理刑事案件程序规定 arts. 175, 180"
MPS_180: Final = "公安机关办理刑事案件程序规定 art. 180"
MPS_181: Final = "国务院令第310号 art. 9; 公安机关办理刑事案件程序规定 art. 181"
MPS_182: Final = "公安机关办理刑事案件程序规定 art. 182; 人民检察院办理行政执法机关移送涉嫌犯罪案件的规定 arts. 9, 10"


def require_told_by(expected: str, authority_id: str) -> None:
    """Only the other side of a transfer speaks for it, whoever else may sign something about it."""
    if authority_id != expected:
        raise Refused(Refusal.NOT_ITS_TRANSFER, authority=authority_id, expected=expected)


def require_not_before(cause_at: datetime | None, context: Context) -> None:
    """An act does not take place before what it presupposes."""
    if cause_at is not None and context.occurred_at < cause_at:
        raise Refused(Refusal.ACT_BEFORE_ITS_CAUSE, occurred_at=local(context.occurred_at), cause_at=local(cause_at))


def end_of(limit: Limit, started_at: datetime, context: Context) -> Due:
    """The end of a limit as far as the act needs it: who acts before the earliest end that it can have waits for no
    calendar.

    Raises:
        NoCalendar: the act is later than that, and a year that the limit reaches has no notice of holidays.
    """
    earliest = limit.provisional(started_at, published())
    return earliest if earliest.covers(context.occurred_at) else limit.due(started_at, published())


def require_other_police(to_police_id: str, here: str, before: Collection[str], context: Context) -> None:
    """A case is sent on to police, to others, and not back to those that denied their jurisdiction.

    Raises:
        Refused: UNKNOWN_AUTHORITY, NOT_POLICE, FORWARD_TO_SELF, FORWARD_BACK.
    """
    if context.member(to_police_id).kind != options.AUTHORITY_KIND_POLICE:
        raise Refused(Refusal.NOT_POLICE, authority=to_police_id)
    if to_police_id == here:
        raise Refused(Refusal.FORWARD_TO_SELF)
    if to_police_id in before:
        raise Refused(Refusal.FORWARD_BACK, police=to_police_id)


def procuratorate_of(context: Context, police_id: str = "") -> str:
    """The procuratorate of the level of these police, or of this authority; empty while it is no member.

    It is told how a transfer goes, which is a duty from policy documents and local rules: a transfer does not wait for
    its node.
    """
    police = context.members.get(police_id) if police_id else context.authority
    procuratorate_id = police.procuratorate_id if police is not None else ""
    return procuratorate_id if procuratorate_id in context.members else ""
