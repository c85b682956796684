"""The cases service, as a node composes it."""

from enforcement.cases.v1 import service_pb2

from services.cases.api import CasesApi
from services.cases.deadlines import DEADLINES
from services.cases.model import case
from services.cases.policies import policy
from services.cases.views import views
from services.kernel.service import Service

SERVICE = Service(
    name="cases",
    descriptor=service_pb2.DESCRIPTOR.services_by_name["CasesService"],
    aggregates=[case],
    policy=policy,
    views=views,
    deadlines=DEADLINES,
    api=CasesApi,
)
