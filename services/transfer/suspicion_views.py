"""Read models of suspicions, and what an examination reads of cases and of earlier penalties (有案不移)."""

from typing import Any, Final

from enforcement.cases.v1 import decision_pb2 as decisions
from enforcement.cases.v1 import discretion_pb2 as discretion
from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import on_spot_pb2 as on_spot
from enforcement.transfer.v1 import suspicion_pb2 as pb

from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row
from services.kernel.values import day_of
from services.transfer.suspicion_policies import income_of, proposed_of
from services.transfer.views import views


def _case(event: Any, fact: Fact) -> str | None:
    return None if fact.received else str(event.case_id)


def _on_spot(event: Any, fact: Fact) -> str | None:
    return None if fact.received else str(event.on_spot_id)


seen = views.table("case_seen", key="matter_id")
suspicion = views.table("suspicion", key="suspicion_id")


@seen.on(cases.ClueRegistered, key=_case)
def known(row: Row, event: cases.ClueRegistered, fact: Fact) -> None:
    row.update(act_code=event.act_code, act_on=event.act_ended_on or event.act_on or None)
    _party(row, event.party)


@seen.on(cases.CaseFiled, key=_case)
def filed(row: Row, event: cases.CaseFiled, fact: Fact) -> None:
    row["act_code"] = event.act_code
    if event.HasField("party"):
        _party(row, event.party)


@seen.on(imports.CaseImported, key=_case)
def taken_over(row: Row, event: imports.CaseImported, fact: Fact) -> None:
    case = event.imported
    row.update(act_code=case.act_code, act_on=case.act_on or None, income_fen=income_of(proposed_of(case)))
    _party(row, case.party)
    if event.decided_on and case.penalties:
        row["penalised_on"] = event.decided_on


@seen.on(cases.NoticeServed, key=_case)
def told(row: Row, event: cases.NoticeServed, fact: Fact) -> None:
    row["income_fen"] = income_of(event.proposed)


@seen.on(cases.PenaltyDecided, key=_case)
def penalised(row: Row, event: cases.PenaltyDecided, fact: Fact) -> None:
    row.update(income_fen=income_of(event.penalties), penalised_on=day_of(fact.occurred_at).isoformat())


@seen.on(decisions.DecisionRevoked, key=_case)
@seen.on(on_spot.OnSpotRevoked, key=_on_spot)
def struck(row: Row, event: Any, fact: Fact) -> None:
    row["penalised_on"] = None


@seen.on(discretion.DiscretionEvaluated, key=_case)
def evaluated(row: Row, event: discretion.DiscretionEvaluated, fact: Fact) -> None:
    crimes = {*(row.get("crime_acts") or ())} - {event.act_code}
    if event.outcome == discretion.DISCRETION_OUTCOME_CRIME:
        crimes.add(event.act_code)
    row["crime_acts"] = sorted(crimes)
    if event.confiscate_fen:
        row["income_fen"] = event.confiscate_fen


@seen.on(decisions.CrimeTransferDecided, key=_case)
def decided(row: Row, event: decisions.CrimeTransferDecided, fact: Fact) -> None:
    row["transfer_decisions"] = (row.get("transfer_decisions") or 0) + 1


@seen.on(on_spot.OnSpotObserved, key=_on_spot)
def observed(row: Row, event: on_spot.OnSpotObserved, fact: Fact) -> None:
    row.update(act_code=event.act_code, act_on=day_of(fact.occurred_at).isoformat())
    _party(row, event.party)


@seen.on(on_spot.OnSpotPenaltyDecided, key=_on_spot)
def penalised_on_spot(row: Row, event: on_spot.OnSpotPenaltyDecided, fact: Fact) -> None:
    row["penalised_on"] = day_of(fact.occurred_at).isoformat()


@suspicion.on(pb.SuspicionRaised)
def raised(row: Row, event: pb.SuspicionRaised, fact: Fact) -> None:
    row.update(
        began_position=fact.position,
        case_id=event.case_id,
        act_code=event.act_code,
        findings=[*(row.get("findings") or []), *(as_dict(one) for one in event.findings)],
        raised_at=fact.occurred_at,
        open=True,
    )


@suspicion.on(pb.SuspicionGrew, pb.SuspicionCovered)
def grew(row: Row, event: pb.SuspicionGrew | pb.SuspicionCovered, fact: Fact) -> None:
    """What a transfer covered is listed with what is asked about later; a row that nothing raised is not listed."""
    row["findings"] = [*(row.get("findings") or []), *(as_dict(one) for one in event.findings)]


@suspicion.on(pb.SuspicionAnswered)
def answered(row: Row, event: pb.SuspicionAnswered, fact: Fact) -> None:
    row.update(
        open=False,
        answer=event.answer,
        answered_at=fact.occurred_at,
        reason=event.reason,
        transfer_id=event.pursuing_transfer_id,
    )


def _party(row: Row, party: cases.Party) -> None:
    row["party_kind"] = party.kind
    if party.id_number:
        row["party_number"] = party.id_number.strip().upper()


SUSPICION_TITLES: Final = {
    pb.SuspicionRaised: "提示应移未移",
    pb.SuspicionGrew: "发现更多涉嫌犯罪线索",
    pb.SuspicionCovered: "移送中发现涉嫌犯罪线索",
    pb.SuspicionAnswered: "答复应移未移提示",
}
"""What people call each step, in the words of the law."""
