"""Read models of discretion: rule sets in force, the last evaluation of a case."""

from enforcement.cases.v1 import discretion_pb2 as discretion

from services.cases.views import evaluation, rule_set
from services.kernel.facts import Fact
from services.kernel.messages import as_dict
from services.kernel.projection import Row


@rule_set.on(discretion.RuleSetAdopted)
def rule_set_adopted(row: Row, event: discretion.RuleSetAdopted, fact: Fact) -> None:
    row.update(
        rule_set_code=event.rule_set_code,
        version=event.version,
        content=event.content,
        adopted_at=fact.occurred_at,
    )


@evaluation.on(discretion.DiscretionEvaluated)
def evaluated(row: Row, event: discretion.DiscretionEvaluated, fact: Fact) -> None:
    row.update(evaluated=as_dict(event), departed=None, reduction_approved=False)


@evaluation.on(discretion.ReductionApproved)
def reduction_approved(row: Row, event: discretion.ReductionApproved, fact: Fact) -> None:
    row["reduction_approved"] = True


@evaluation.on(discretion.DiscretionDeparted)
def departed(row: Row, event: discretion.DiscretionDeparted, fact: Fact) -> None:
    row["departed"] = as_dict(event)
