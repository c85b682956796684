"""The joint operations service, as a node composes it."""

from enforcement.joint_operations.v1 import service_pb2

from services.joint_operations.api import JointOperationsApi
from services.joint_operations.deadlines import DEADLINES
from services.joint_operations.lookups import lookups
from services.joint_operations.model import draw, draw_witness, operation, participation
from services.joint_operations.policies import policy
from services.joint_operations.views import views
from services.kernel.service import Service

SERVICE = Service(
    name="joint_operations",
    descriptor=service_pb2.DESCRIPTOR.services_by_name["JointOperationsService"],
    aggregates=[operation, participation, draw, draw_witness],
    policy=policy,
    views=views,
    deadlines=DEADLINES,
    api=JointOperationsApi,
    lookups=lookups,
)
