"""Rules that differ are counted until they are the same again, each side's by itself."""

from datetime import timedelta
from typing import Any

from enforcement.cross_border.v1 import rule_sets_pb2 as rule_sets
from enforcement.platform.v1 import service_pb2 as pb

from services.platform.definitions import DEFINITIONS
from services.platform.statistics import fold
from tests.unit.platform.feeds import LUXIAN, MORNING, YONGCHUAN, Tale, log, name

APART = DEFINITIONS["rules.apart", 1]
RULES = "CY-BENCHMARK"


def apart(partner: str) -> rule_sets.RuleSetMismatchFound:
    return rule_sets.RuleSetMismatchFound(comparison_id=name("of", partner), rule_set_code=RULES, partner_id=partner)


def the_same(partner: str) -> rule_sets.RuleSetMismatchEnded:
    return rule_sets.RuleSetMismatchEnded(comparison_id=name("of", partner), rule_set_code=RULES, partner_id=partner)


def counted(*tales: tuple[str, Any]) -> int:
    told = [Tale(publisher, event, MORNING + timedelta(days=n)) for n, (publisher, event) in enumerate(tales)]
    statistic = fold(APART, [each for each in log(told) if each.type in APART.reads]).result(pb.StatisticQuery())
    return int(statistic.value)


def test_each_side_counts_once_however_often_versions_change_while_they_differ() -> None:
    assert counted((LUXIAN, apart(YONGCHUAN)), (YONGCHUAN, apart(LUXIAN)), (LUXIAN, apart(YONGCHUAN))) == 2


def test_who_applies_the_same_rules_again_counts_no_more() -> None:
    assert counted((LUXIAN, apart(YONGCHUAN)), (LUXIAN, the_same(YONGCHUAN))) == 0
    assert counted((LUXIAN, apart(YONGCHUAN)), (YONGCHUAN, the_same(LUXIAN))) == 1
