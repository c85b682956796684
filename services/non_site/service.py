"""The service for non-site enforcement, as a node composes it."""

from enforcement.non_site.v1 import service_pb2

from services.kernel.service import Service
from services.non_site.api import NonSiteApi
from services.non_site.deadlines import DEADLINES
from services.non_site.lookups import lookups
from services.non_site.model import capture, device, follow_up, incident, subject
from services.non_site.policies import policy
from services.non_site.views import views

SERVICE = Service(
    name="non_site",
    descriptor=service_pb2.DESCRIPTOR.services_by_name["NonSiteService"],
    aggregates=[device, capture, incident, follow_up, subject],
    policy=policy,
    views=views,
    deadlines=DEADLINES,
    api=NonSiteApi,
    lookups=lookups,
)
