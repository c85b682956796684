"""Facts that forms print about evidence, tests and measures."""

from typing import Any

from enforcement.cases.v1 import events_pb2 as cases
from enforcement.cases.v1 import evidence_pb2 as custody

from services.documents.folding import (
    every,
    facts_of,
    json_of,
)
from services.documents.views import matter, of_case
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row
from services.kernel.values import day_of, term


@matter.on(cases.EvidenceAdded, key=of_case)
def evidence_added(row: Row, event: cases.EvidenceAdded, fact: Fact) -> None:
    facts_of(row).setdefault("evidence", []).append(
        {
            "evidence_id": event.evidence_id,
            "kind": term(cases.EvidenceKind, event.kind),
            "description": event.description,
            "at": fact.occurred_at.isoformat(),
            **({"file": as_dict(event.file)} if event.HasField("file") else {}),
        }
    )


@matter.on(custody.SampleTaken, key=of_case)
def sampled(row: Row, event: custody.SampleTaken, fact: Fact) -> None:
    """A sample is a piece of evidence; its receipt is a paper."""
    facts_of(row)["samples"] = True
    facts_of(row).setdefault("evidence", []).append(
        {
            "evidence_id": event.evidence_id,
            "kind": term(cases.EvidenceKind, cases.EVIDENCE_KIND_PHYSICAL),
            "description": f"抽样：{event.description}（{event.sample_count}份）",
            "at": fact.occurred_at.isoformat(),
        }
    )


@matter.on(custody.TestResultRecorded, key=of_case)
def tested(row: Row, event: custody.TestResultRecorded, fact: Fact) -> None:
    """What an expert says is evidence of its own kind; the seizure that stood still runs again."""
    facts_of(row).setdefault("evidence", []).append(
        {
            "evidence_id": event.evidence_id,
            "kind": term(cases.EvidenceKind, cases.EVIDENCE_KIND_EXPERT_OPINION),
            "description": event.opinion,
            "at": fact.occurred_at.isoformat(),
            "file": as_dict(event.file),
        }
    )
    _testing_ended(row, event.measure_id, event.test_id, fact)


@matter.on(custody.TestCommissioned, key=of_case)
def testing_began(row: Row, event: custody.TestCommissioned, fact: Fact) -> None:
    """Time of which the party was told in writing does not count towards the seizure (行政强制法 art. 25)."""
    if event.measure_id and event.HasField("told"):
        tests = _measure(row, "seizure", event.measure_id).setdefault("tests", {})
        tests[event.test_id] = {"at": fact.occurred_at.isoformat(), "until_on": event.until_on}


@matter.on(custody.TestProlonged, key=of_case)
def testing_prolonged(row: Row, event: custody.TestProlonged, fact: Fact) -> None:
    tests = _measure(row, "seizure", event.measure_id).get("tests", {}) if event.measure_id else {}
    if event.test_id in tests:
        tests[event.test_id]["until_on"] = event.until_on


@matter.on(custody.TestingTimeEnded, key=of_case)
def testing_time_ended(row: Row, event: custody.TestingTimeEnded, fact: Fact) -> None:
    _testing_ended(row, event.measure_id, event.test_id, fact)


def _testing_ended(row: Row, measure_id: str, test_id: str, fact: Fact) -> None:
    tests = _measure(row, "seizure", measure_id).get("tests", {}) if measure_id else {}
    if test_id in tests:
        tests[test_id].setdefault("ended_at", fact.occurred_at.isoformat())


@matter.on(custody.EvidenceExcluded, key=of_case)
def evidence_excluded(row: Row, event: custody.EvidenceExcluded, fact: Fact) -> None:
    facts = facts_of(row)
    facts["evidence"] = [
        {**one, "excluded": True} if one.get("evidence_id") == event.evidence_id else one
        for one in facts.get("evidence", [])
    ]


@matter.on(cases.MeasureApproved, key=of_case)
def measure_approved(row: Row, event: cases.MeasureApproved, fact: Fact) -> None:
    facts_of(row).setdefault("measures", {})[event.measure_id] = {"law_basis": event.law_basis, "reason": event.reason}


def _measure(row: Row, what: str, measure_id: str) -> dict[str, Any]:
    """One measure; an import may begin after it was taken."""
    for one in every(row, what):
        if one["measure_id"] == measure_id:
            return one
    every(row, what).append({"measure_id": measure_id})
    return every(row, what)[-1]


@matter.on(cases.EvidencePreserved, key=of_case)
def preserved(row: Row, event: cases.EvidencePreserved, fact: Fact) -> None:
    _measure(row, "preservation", event.measure_id).update(
        at=fact.occurred_at.isoformat(),
        on=day_of(fact.occurred_at).isoformat(),
        items=[json_of(item) for item in event.items],
        kept_at=event.kept_at,
    )


@matter.on(cases.PreservationDecided, key=of_case)
def preservation_decided(row: Row, event: cases.PreservationDecided, fact: Fact) -> None:
    _measure(row, "preservation", event.measure_id).update(
        ended_on=day_of(fact.occurred_at).isoformat(), outcome=term(cases.PreservationOutcome, event.outcome)
    )


@matter.on(cases.ItemsSeized, key=of_case)
def seized(row: Row, event: cases.ItemsSeized, fact: Fact) -> None:
    approved = facts_of(row).get("measures", {}).get(event.measure_id, {})
    _measure(row, "seizure", event.measure_id).update(
        at=fact.occurred_at.isoformat(),
        on=day_of(fact.occurred_at).isoformat(),
        items=[json_of(item) for item in event.items],
        law_basis=event.law_basis or approved.get("law_basis", ""),
        extended=False,
    )


@matter.on(cases.SeizureExtended, key=of_case)
def seizure_extended(row: Row, event: cases.SeizureExtended, fact: Fact) -> None:
    _measure(row, "seizure", event.measure_id).update(extended=True, extension_reason=event.reason)


@matter.on(cases.SeizureReleased, key=of_case)
def seizure_released(row: Row, event: cases.SeizureReleased, fact: Fact) -> None:
    _measure(row, "seizure", event.measure_id).update(
        ended_on=day_of(fact.occurred_at).isoformat(),
        release_reason=event.reason,
        ended=term(cases.SeizureEnd, event.end or cases.SEIZURE_END_RETURNED),
    )
