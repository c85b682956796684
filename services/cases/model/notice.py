"""From the report to the defence: approval, notice, statement and defence (调查报告审批, 告知, 陈述申辩).

New facts need a new notice (行政处罚法 art. 44), and with it hearing, legal review and discussion begin anew. So they
do when the investigation is taken up again: then the report is approved anew, too. A decision that is made anew has a
first notice of its own.
"""

from collections.abc import Iterable
from dataclasses import replace

from enforcement.cases.v1 import delivery_pb2 as delivery_pb
from enforcement.cases.v1 import events_pb2 as pb
from enforcement.cases.v1 import notice_pb2 as notices
from enforcement.cases.v1 import service_pb2 as commands
from enforcement.options.v1 import options_pb2 as options

from services.cases import deadlines
from services.cases.model.case import TOLD, UNDECIDED, Case, Refusal, Stage, case, require_new
from services.cases.model.delivery import effective_on, not_posted
from services.cases.model.limits import end_after
from services.cases.model.procedure import Classification, Notice
from services.kernel.decider import Context, Events
from services.kernel.delivery import require_document
from services.kernel.errors import Refused
from services.kernel.facts import Act
from services.kernel.rules import NoLocalRule
from services.kernel.values import day, day_of, term

_LEADERS = (options.ROLE_LEADER, options.ROLE_PRINCIPAL_HEAD)


@case.decide(notices.ApproveReportRequest, basis="行政处罚法 arts. 44, 57")
def approve_report(state: Case, command: notices.ApproveReportRequest, context: Context) -> Events:
    """A leader approves the report before the party is told of the intended penalty."""
    state.require(Stage.INVESTIGATION_CLOSED)
    state.require_free()
    state.require_in_order(context)
    yield notices.ReportApproved(case_id=command.case_id, opinion=command.opinion)


@case.evolve(notices.ReportApproved)
def report_approved(state: Case, event: notices.ReportApproved) -> Case:
    return replace(state, report_approved=True)


@case.decide(notices.ReopenInvestigationRequest, basis="行政处罚法 arts. 40, 44, 58")
def reopen_investigation(state: Case, command: notices.ReopenInvestigationRequest, context: Context) -> Events:
    """A leader has the investigation taken up again: what was found out and done since begins anew. So does a case that
    was to go to the police and did not."""
    stays = (Stage.TRANSFERRED_CRIMINAL,) if not state.transfers else ()
    state.require(Stage.INVESTIGATION_CLOSED, *TOLD, *stays)
    state.require_free()
    state.require_in_order(context)
    yield notices.InvestigationReopened(case_id=command.case_id, reason=command.reason)


@case.evolve(notices.InvestigationReopened)
def investigation_reopened(state: Case, event: notices.InvestigationReopened, act: Act) -> Case:
    return replace(state.heard_until(act).from_the_notice_on(), stage=Stage.INVESTIGATING, before_transfer=None)


@case.decide(notices.ClassifyCaseRequest, basis="行政处罚法 arts. 57, 58")
def classify(state: Case, command: notices.ClassifyCaseRequest, context: Context) -> Events:
    """Whether a major public interest, complexity or another law asks for legal review, and whether leaders discuss."""
    state.require(*UNDECIDED)
    yield notices.CaseClassified(
        case_id=command.case_id,
        review_grounds=command.review_grounds,
        complex_or_major=command.complex_or_major,
        reason=command.reason,
    )


@case.evolve(notices.CaseClassified)
def classified(state: Case, event: notices.CaseClassified) -> Case:
    return replace(state, classification=Classification(tuple(event.review_grounds), event.complex_or_major))


@case.decide(commands.ServePenaltyNoticeRequest, basis="行政处罚法 arts. 44, 62, 63")
def serve_notice(state: Case, command: commands.ServePenaltyNoticeRequest, context: Context) -> Events:
    """The party is told of the intended penalty, its facts, reasons and basis, and of its rights to state, to defend
    and, where the penalty is heavy, to a hearing: the sheet is served, with its proof. Before that a leader approves
    the report; a leader who has the notice served does so with it. New facts need a new notice, and a new notice needs
    new facts."""
    state.require(Stage.INVESTIGATION_CLOSED, *TOLD)
    state.require_free()
    state.require_in_order(context)
    require_new(command.notice_id, state.notices)
    new_facts = bool(command.new_facts.strip())
    if state.told and not new_facts:
        raise Refused(Refusal.NEW_FACTS_NEEDED)
    require_amounts(command.proposed)
    require_other_than_revoked(state, command.proposed, new_facts=new_facts)
    if not state.report_approved and not context.actor.holds(*_LEADERS):
        raise Refused(Refusal.REPORT_NOT_APPROVED)
    officers = context.two_active_officers(command.officer_ids)
    require_document(command, delivery_pb.SERVED_DOCUMENT_NOTICE)
    told_on = effective_on(state, delivery_pb.SERVED_DOCUMENT_NOTICE, command, context)
    hearing_right = command.hearing_offered or gives_hearing_right(command.proposed, state.party, context)
    if not state.report_approved:
        yield notices.ReportApproved(case_id=command.case_id)
    yield pb.NoticeServed(
        case_id=command.case_id,
        notice_id=command.notice_id,
        facts=command.facts,
        basis=command.basis,
        proposed=command.proposed,
        way=command.way,
        officers=officers,
        document=command.document,
        new_facts=command.new_facts,
        hearing_right=hearing_right,
        delivery=command.delivery if command.HasField("delivery") else None,
        effective_on=told_on.isoformat(),
        proof=command.proof if command.HasField("proof") else None,
    )


@case.evolve(pb.NoticeServed)
def notice_served(state: Case, event: pb.NoticeServed, act: Act) -> Case:
    told_on = day(event.effective_on) if event.effective_on else day_of(act.occurred_at)
    review = state.review if state.notice is None else None
    return replace(
        state.heard_until(act),
        stage=Stage.NOTICE_SERVED,
        notices=state.notices | {event.notice_id},
        told=True,
        notice=Notice(tuple(event.proposed), told_on, event.hearing_right, new_facts=bool(event.new_facts)),
        posted=not_posted(state, delivery_pb.SERVED_DOCUMENT_NOTICE),
        hearing=None,
        review=review,
        discussion=None,
    )


@case.decide(notices.ServeNoticeAnewRequest, basis="行政处罚法 arts. 44, 45, 64; 民事诉讼法 arts. 87-95")
def serve_notice_anew(state: Case, command: notices.ServeNoticeAnewRequest, context: Context) -> Events:
    """Who was not served was not told: the same notice is served anew where its service was not valid, or counts from
    the day of electronic arrival that the addressee proved. The party has its days from there, and never fewer."""
    state.require(*TOLD)
    state.require_free()
    assert state.notice is not None
    officers = context.two_active_officers(command.officer_ids)
    told_on = effective_on(state, delivery_pb.SERVED_DOCUMENT_NOTICE, command, context)
    if told_on < state.notice.told_on:
        raise Refused(Refusal.STEP_OUT_OF_ORDER, day=told_on, stage=state.stage, last=state.notice.told_on)
    yield notices.NoticeServedAnew(
        case_id=command.case_id,
        reason=command.reason,
        way=command.way,
        officers=officers,
        delivery=command.delivery if command.HasField("delivery") else None,
        effective_on=told_on.isoformat(),
        proof=command.proof if command.HasField("proof") else None,
        hearing_right=state.notice.hearing_right,
        defence_made=state.notice.defence != pb.DEFENCE_KIND_UNSPECIFIED,
        hearing_asked=state.hearing is not None,
    )


@case.evolve(notices.NoticeServedAnew)
def notice_served_anew(state: Case, event: notices.NoticeServedAnew) -> Case:
    assert state.notice is not None
    notice = replace(state.notice, told_on=day(event.effective_on))
    return replace(state, notice=notice, posted=not_posted(state, delivery_pb.SERVED_DOCUMENT_NOTICE))


@case.decide(commands.RecordDefenceRequest, basis="行政处罚法 arts. 44, 45")
def record_defence(state: Case, command: commands.RecordDefenceRequest, context: Context) -> Events:
    """What the party states against the notice is recorded, or that it gave the right up, and perhaps the hearing, too.

    Who gives a right up says so in writing.
    """
    state.require(*TOLD)
    waives = command.kind == pb.DEFENCE_KIND_WAIVED
    if not waives and not command.content.strip():
        raise Refused(Refusal.DEFENCE_EMPTY)
    if (waives or command.hearing_waived) and not command.HasField("document"):
        raise Refused(Refusal.WAIVER_NEEDS_STATEMENT)
    yield pb.DefenceRecorded(
        case_id=command.case_id,
        kind=command.kind,
        content=command.content,
        document=command.document if command.HasField("document") else None,
        hearing_waived=command.hearing_waived,
    )


@case.evolve(pb.DefenceRecorded)
def defence_recorded(state: Case, event: pb.DefenceRecorded) -> Case:
    assert state.notice is not None
    # Whoever stated something once has stated it, even if the right was given up before or after.
    stated = pb.DEFENCE_KIND_STATED in (event.kind, state.notice.defence)
    notice = replace(
        state.notice,
        defence=pb.DEFENCE_KIND_STATED if stated else event.kind,
        hearing_waived=event.hearing_waived or state.notice.hearing_waived,
        reviewed=state.notice.reviewed and event.kind != pb.DEFENCE_KIND_STATED,
    )
    return replace(state, notice=notice)


@case.decide(notices.ReviewDefenceRequest, basis="行政处罚法 art. 45")
def review_defence(state: Case, command: notices.ReviewDefenceRequest, context: Context) -> Events:
    """What was stated is reviewed, and accepted where it holds."""
    state.require(*TOLD)
    assert state.notice is not None
    if state.notice.defence != pb.DEFENCE_KIND_STATED:
        raise Refused(Refusal.NO_DEFENCE)
    yield notices.DefenceReviewed(
        case_id=command.case_id,
        verdict=command.verdict,
        reasons=command.reasons,
        officers=context.two_active_officers(command.officer_ids),
    )


@case.evolve(notices.DefenceReviewed)
def defence_reviewed(state: Case, event: notices.DefenceReviewed) -> Case:
    assert state.notice is not None
    return replace(state, notice=replace(state.notice, reviewed=True))


def require_defence_heard(notice: Notice, review: str, context: Context) -> None:
    """Nothing is decided while the party may speak and has neither spoken nor waived; what it said is reviewed."""
    require_defence_over(notice, context)
    if notice.defence == pb.DEFENCE_KIND_STATED and not notice.reviewed and not review.strip():
        raise Refused(Refusal.DEFENCE_NOT_REVIEWED)


def require_defence_over(notice: Notice, context: Context) -> None:
    """The party spoke or waived, or its time is over.

    Raises:
        Refused: DEFENCE_PERIOD_RUNNING.
    """
    if notice.defence == pb.DEFENCE_KIND_UNSPECIFIED:
        until = end_after(deadlines.DEFENCE, notice.told_on, context)
        if until.covers(context.occurred_at):
            raise Refused(Refusal.DEFENCE_PERIOD_RUNNING, until=until.due_on)


_HEARING_KINDS = (
    pb.PENALTY_KIND_LOWER_QUALIFICATION,
    pb.PENALTY_KIND_REVOKE_LICENCE,
    pb.PENALTY_KIND_STOP_BUSINESS,
    pb.PENALTY_KIND_CLOSE,
    pb.PENALTY_KIND_BAR_FROM_TRADE,
)
"""Art. 63 (3), (4), whatever their extent. Another heavier penalty (5) is the authority's to see: `hearing_offered`."""


def gives_hearing_right(penalties: Iterable[pb.Penalty], party: pb.Party | None, context: Context) -> bool:
    """A larger fine, a larger confiscation, or one of the heavy kinds (art. 63). 以上 includes the amount itself; goods
    whose value nobody estimated may be of a larger one.
    """
    found = list(penalties)
    if any(penalty.kind in _HEARING_KINDS for penalty in found):
        return True
    if any(penalty.kind == pb.PENALTY_KIND_CONFISCATE_GOODS and not penalty.value_fen for penalty in found):
        return True
    amounts = [max(penalty.amount_fen, penalty.value_fen) for penalty in found]
    return any(amounts) and max(amounts) >= _threshold(party, context)


def _threshold(party: pb.Party | None, context: Context) -> int:
    """Local law. A party of unknown kind has the better of the two."""
    names = {pb.PARTY_KIND_PERSON: ("person",), pb.PARTY_KIND_ORGANISATION: ("organisation",)}
    kinds = names.get(party.kind if party else pb.PARTY_KIND_UNSPECIFIED, ("person", "organisation"))
    division = context.authority.division
    try:
        return min(context.rules.amount("hearing_threshold_fen", division, kind, context.today) for kind in kinds)
    except NoLocalRule as missing:
        raise Refused(
            Refusal.HEARING_THRESHOLD_MISSING, province=missing.place.partition("/")[0], name=missing.place
        ) from missing


_WITH_AMOUNT = (pb.PENALTY_KIND_FINE, pb.PENALTY_KIND_CONFISCATE_INCOME)


def require_amounts(penalties: Iterable[pb.Penalty]) -> None:
    """Fines and confiscated income have an amount, the other kinds have none; each kind stands once. Only confiscated
    goods have a value."""
    seen = set()
    for penalty in penalties:
        amount_fits = (penalty.amount_fen > 0) == (penalty.kind in _WITH_AMOUNT) and penalty.amount_fen >= 0
        value_fits = penalty.value_fen == 0 or (
            penalty.kind == pb.PENALTY_KIND_CONFISCATE_GOODS and penalty.value_fen > 0
        )
        if not (amount_fits and value_fits) or penalty.kind in seen:
            raise Refused(
                Refusal.PENALTY_AMOUNT, kind=term(pb.PenaltyKind, penalty.kind), amount_fen=penalty.amount_fen
            )
        seen.add(penalty.kind)


def aggravation(proposed: Iterable[pb.Penalty], decided: Iterable[pb.Penalty]) -> str:
    """In what the decided penalties go beyond the proposed ones; empty when in nothing. Amounts are compared in fen,
    extents in days; an extent in other words that has no days cannot be compared, and counts as beyond. A mere warning
    in place of whatever was told is the lightest penalty that there is (行政处罚法 art. 9)."""
    told = {penalty.kind: penalty for penalty in proposed}
    decided = list(decided)
    if told and [penalty.kind for penalty in decided] == [pb.PENALTY_KIND_WARNING]:
        return ""
    return "、".join(
        f"{term(pb.PenaltyKind, penalty.kind)} {_size(told.get(penalty.kind))} → {_size(penalty)}"
        for penalty in decided
        if penalty.kind not in told or _beyond(told[penalty.kind], penalty)
    )


def require_other_than_revoked(state: Case, penalties: Iterable[pb.Penalty], *, new_facts: bool) -> None:
    """Where another decision was ordered, not the same one on the same facts and reasons (行政复议法 art. 64;
    行政诉讼法 art. 71). The same result on others is another decision (最高人民法院适用行政诉讼法的解释 art. 90).

    Raises:
        Refused: SAME_AS_REVOKED.
    """
    if state.barred and same(state.barred, penalties) and not new_facts:
        raise Refused(Refusal.SAME_AS_REVOKED)


def same(one: Iterable[pb.Penalty], other: Iterable[pb.Penalty]) -> bool:
    """The same kinds to the same amounts and extents."""
    first, second = ({(each.kind, each.amount_fen, each.extent) for each in penalties} for penalties in (one, other))
    return first == second


def _beyond(told: pb.Penalty, decided: pb.Penalty) -> bool:
    if decided.amount_fen > told.amount_fen or decided.value_fen > told.value_fen > 0:
        return True
    if decided.extent == told.extent:
        return False
    return not (told.extent_days and decided.extent_days) or decided.extent_days > told.extent_days


def _size(penalty: pb.Penalty | None) -> str | int:
    if penalty is None:
        return 0
    return penalty.extent or penalty.amount_fen
