"""The cases service, as a node composes it."""

from typing import Final

from enforcement.cases.v1 import service_pb2

from services.cases import (
    act_policies,
    act_views,
    case_views,
    criminal_policies,
    deadlines,
    decided_deadlines,
    discretion_views,
    dispute_views,
    evidence_views,
    file_lookups,
    jurisdiction_policies,
    on_spot_deadlines,
    on_spot_views,
    opinion_policies,
    side_state_views,
)
from services.cases.api import CasesApi
from services.cases.lookups import lookups
from services.cases.model import case
from services.cases.model.act_inquiry import act_answer, act_inquiry
from services.cases.model.on_spot import on_spot
from services.cases.model.rule_sets import rule_set
from services.cases.policies import policy
from services.cases.views import views
from services.kernel.deadlines import Deadlines
from services.kernel.service import Service

TOPICS: Final = (
    criminal_policies,
    jurisdiction_policies,
    opinion_policies,
    act_policies,
    file_lookups,
    case_views,
    side_state_views,
    evidence_views,
    act_views,
    on_spot_views,
    discretion_views,
    dispute_views,
)
"""Modules that register what they do with `policy`, `lookups` and `views`."""

DEADLINES = Deadlines(*deadlines.CLOCKS, *decided_deadlines.CLOCKS, *on_spot_deadlines.CLOCKS)
"""Every clock of a case; the reference page shows them."""
SERVICE = Service(
    name="cases",
    descriptor=service_pb2.DESCRIPTOR.services_by_name["CasesService"],
    aggregates=[case, on_spot, act_inquiry, act_answer, rule_set],
    policy=policy,
    views=views,
    deadlines=DEADLINES,
    api=CasesApi,
    lookups=lookups,
    local_rules=("hearing_threshold_fen",),
)
