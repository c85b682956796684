"""The officers service, as a node composes it."""

from enforcement.officers.v1 import service_pb2

from services.kernel.service import Service
from services.officers.api import OfficersApi
from services.officers.deadlines import DEADLINES
from services.officers.model import officer
from services.officers.policies import policy
from services.officers.views import views

SERVICE = Service(
    name="officers",
    descriptor=service_pb2.DESCRIPTOR.services_by_name["OfficersService"],
    aggregates=[officer],
    policy=policy,
    views=views,
    deadlines=DEADLINES,
    api=OfficersApi,
)
