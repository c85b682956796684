"""The clocks of a decision: its service, its publication, remedies against it."""

from collections.abc import Callable

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import delivery_pb2 as delivery
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import publication_pb2 as publication

from services.cases.deadlines import DECISIONS, PERIOD, imported
from services.kernel.deadlines import (
    RIGHT,
    Deadline,
    Limit,
    Trigger,
    by_number,
    calendar_days,
    months,
    nobody,
    when,
    working_days,
)

SERVICE = Deadline(
    "cases.service",
    basis="行政处罚法 art. 61",
    title="送达行政处罚决定书",
    starts=(*DECISIONS, imported(after="decided_on", before="served_on")),
    counts_from_in={imports.CaseImported: "decided_on"},
    # A public notice takes thirty days more: to put it up in time is what the authority can do.
    ends=(
        pb.DecisionServed,
        when(delivery.ServiceNoticePosted, lambda event: event.document == delivery.SERVED_DOCUMENT_DECISION),
    ),
    cancelled_by=decisions.DecisionRevoked,
    within=working_days(7),
    key="case_id",
    version=3,
)

_DECLARED_ILLEGAL = when(
    decisions.RemedyEnded,
    lambda event: event.outcome == decisions.REMEDY_OUTCOME_DECLARED_ILLEGAL and not event.superseded,
)

_AMENDED_AND_PUBLIC = when(decisions.DecisionAmended, lambda event: event.publish)

PUBLICATION = Deadline(
    "cases.publication",
    basis="行政处罚法 art. 48; 国办发〔2018〕118号",
    title="公开行政处罚决定",
    # What an amended decision says becomes public in the same time, counted from its change.
    starts=(when(pb.PenaltyDecided, lambda event: event.publish), _AMENDED_AND_PUBLIC),
    ends=publication.DecisionPublished,
    cancelled_by=(decisions.DecisionRevoked, _DECLARED_ILLEGAL, _AMENDED_AND_PUBLIC),
    version=4,
    within=working_days(7),
    key="case_id",
)

PUBLICATION_OTHER = Deadline(
    "cases.publication_other",
    basis="国办发〔2018〕118号",
    title="公开其他执法结果",
    starts=when(pb.NoPenaltyDecided, lambda event: event.publish),
    ends=publication.DecisionPublished,
    cancelled_by=decisions.DecisionRevoked,
    within=working_days(20),
    key="case_id",
)

WITHDRAWAL = Deadline(
    "cases.publication_withdrawal",
    basis="行政处罚法 art. 48",
    title="撤回已公开的处罚决定并公开说明理由",
    starts=(
        when(decisions.DecisionRevoked, lambda event: event.published),
        when(decisions.DecisionAmended, lambda event: event.published),
        when(decisions.RemedyEnded, lambda event: event.published),
    ),
    ends=publication.PublicationWithdrawn,
    within=working_days(3),
    key="case_id",
    version=2,
)


def _public(rule_id: str, switch: str, *, short: bool) -> Deadline:
    """How long a decision is public; it ends by itself, and nobody misses anything."""
    return Deadline(
        rule_id,
        basis="市场监督管理行政处罚信息公示规定 art. 13 (not binding on transport; length: design)",
        title="行政处罚决定的公示期",
        starts=when(
            publication.DecisionPublished, lambda event: event.short_period == short, switch="publication_end=period"
        ),
        ends=(publication.PublicationEnded, publication.PublicationWithdrawn),
        within=by_number(switch, lambda number: months(number, roll=False)),
        key="case_id",
        responsible=nobody,
        mirrors=PERIOD,
    )


PUBLIC_SHORT = _public("cases.public_short", "publication_short_months", short=True)

PUBLIC = _public("cases.public", "publication_months", short=False)


def _of(kind: decisions.RemedyKind.ValueType) -> Callable[[decisions.RemedyStarted], bool]:
    return lambda event: event.kind == kind


def _reconsidered(event: decisions.RemedyEnded) -> bool:
    """A reconsideration said something; after one that was withdrawn the time for a suit is what it was."""
    return event.kind == decisions.REMEDY_KIND_RECONSIDERATION and event.outcome != decisions.REMEDY_OUTCOME_WITHDRAWN


def _against_decision(
    rule_id: str,
    *,
    basis: str,
    title: str,
    kind: decisions.RemedyKind.ValueType,
    within: Limit,
    closed_by: Trigger,
    version: int,
) -> Deadline:
    """A window of the party against a decision: from its service, and anew from another one."""
    return Deadline(
        rule_id,
        basis=basis,
        title=title,
        starts=(
            pb.DecisionServed,
            when(imports.CaseImported, lambda event: bool(event.served_on) and not event.closed_on),
        ),
        counts_from_in={imports.CaseImported: "served_on"},
        ends=when(decisions.RemedyStarted, _of(kind)),
        within=within,
        key="case_id",
        counts_from="effective_on",
        responsible=nobody,
        mirrors=RIGHT,
        cancelled_by=(pb.DecisionServed, decisions.DecisionRevoked, closed_by),
        version=version,
    )


RECONSIDERATION = _against_decision(
    "cases.reconsideration",
    basis="行政复议法 art. 20",
    title="当事人申请行政复议",
    kind=decisions.REMEDY_KIND_RECONSIDERATION,
    within=calendar_days(60),
    closed_by=when(decisions.RemedyStarted, _of(decisions.REMEDY_KIND_LITIGATION)),
    version=2,
)

SUIT = _against_decision(
    "cases.suit",
    basis="行政诉讼法 art. 46; 最高人民法院适用行政诉讼法的解释 art. 58",
    title="当事人提起行政诉讼",
    kind=decisions.REMEDY_KIND_LITIGATION,
    within=months(6),
    closed_by=when(decisions.RemedyEnded, _reconsidered),
    version=3,
)

SUIT_AFTER_RECONSIDERATION = Deadline(
    "cases.suit_after_reconsideration",
    basis="行政诉讼法 art. 45; 最高人民法院适用行政诉讼法的解释 art. 59",
    title="当事人不服复议决定提起行政诉讼",
    starts=when(
        decisions.RemedyEnded,
        lambda event: (
            _reconsidered(event)
            and event.outcome
            not in (
                decisions.REMEDY_OUTCOME_REVOKED,
                decisions.REMEDY_OUTCOME_ORDERED_ANEW,
                decisions.REMEDY_OUTCOME_DECLARED_VOID,
            )
        ),
    ),
    ends=when(decisions.RemedyStarted, _of(decisions.REMEDY_KIND_LITIGATION)),
    within=calendar_days(15),
    key="case_id",
    # From the day on which the party received it.
    counts_from="received_on",
    responsible=nobody,
    mirrors=RIGHT,
    cancelled_by=decisions.DecisionRevoked,
    version=3,
)

FORWARD_APPLICATION = Deadline(
    "cases.forward_application",
    basis="行政复议法 arts. 32, 88",
    title="转送对电子技术监控设备处罚的复议申请",
    starts=decisions.ApplicationReceived,
    ends=(decisions.ApplicationForwarded, decisions.ApplicationMet),
    within=working_days(5),
    key="remedy_id",
    subject="case_id",
)

CLOCKS = (
    FORWARD_APPLICATION,
    SERVICE,
    PUBLICATION,
    PUBLICATION_OTHER,
    WITHDRAWAL,
    PUBLIC_SHORT,
    PUBLIC,
    RECONSIDERATION,
    SUIT,
    SUIT_AFTER_RECONSIDERATION,
)
