"""The service for cooperation across borders, as a node composes it."""

from typing import Final

from enforcement.cross_border.v1 import service_pb2

from services.cross_border import register_policies, register_views
from services.cross_border.api import CrossBorderApi
from services.cross_border.deadlines import DEADLINES
from services.cross_border.lookups import lookups
from services.cross_border.model import copy_notice, received_notice, request, task
from services.cross_border.model.circular import circular, received_circular
from services.cross_border.model.designation import designation
from services.cross_border.model.rule_sets import comparison
from services.cross_border.policies import policy
from services.cross_border.views import views
from services.kernel.service import Service

TOPICS: Final = (register_policies, register_views)
"""Modules that register what they do with `policy` and `views`."""

SERVICE = Service(
    name="cross_border",
    descriptor=service_pb2.DESCRIPTOR.services_by_name["CrossBorderService"],
    aggregates=[request, task, copy_notice, received_notice, comparison, circular, received_circular, designation],
    policy=policy,
    views=views,
    deadlines=DEADLINES,
    api=CrossBorderApi,
    lookups=lookups,
)
