"""Definitions (口径) about the rules that authorities apply (裁量规则)."""

from typing import Final

from enforcement.cross_border.v1 import rule_sets_pb2 as rule_sets
from enforcement.platform.v1 import service_pb2 as pb

from services.platform.statistics import Count, Definition, Told

APART: Final = Definition(
    "rules.apart",
    1,
    "裁量规则不一致",
    "rule sets that partners apply in different versions",
    pb.UNIT_OCCASIONS,
    "统计期内发现、至期末仍与协作单位适用的裁量规则版本不一致的，每单位每规则每一协作单位计1次；双方各计各的。",
)


@APART.counts(rule_sets.RuleSetMismatchFound)
def _found(event: rule_sets.RuleSetMismatchFound, told: Told) -> Count:
    return Count((event.rule_set_code, event.partner_id))


@APART.counts(rule_sets.RuleSetMismatchEnded)
def _ended(event: rule_sets.RuleSetMismatchEnded, told: Told) -> Count:
    return Count((event.rule_set_code, event.partner_id), amount=0)
