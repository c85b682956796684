"""The collection service, as a node composes it."""

from typing import Final

from enforcement.collection.v1 import service_pb2

from services.collection import account_views, auction_views, execution_views, payment_views, reconciliation_views
from services.collection.api import CollectionApi
from services.collection.deadlines import DEADLINES
from services.collection.lookups import lookups
from services.collection.model import collection, execution, reconciliation
from services.collection.policies import policy
from services.collection.views import views
from services.kernel.service import Service

TOPICS: Final = (account_views, payment_views, execution_views, auction_views, reconciliation_views)
"""Modules that register what they do with `views`."""

SERVICE = Service(
    name="collection",
    descriptor=service_pb2.DESCRIPTOR.services_by_name["CollectionService"],
    aggregates=[collection, execution, reconciliation],
    policy=policy,
    views=views,
    deadlines=DEADLINES,
    api=CollectionApi,
    lookups=lookups,
)
