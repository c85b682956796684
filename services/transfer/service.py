"""The transfer service, as a node composes it: all three sides, of which the node's kind answers for one."""

from enforcement.transfer.v1 import service_pb2

from services.kernel.service import Service
from services.transfer.api import TransferApi
from services.transfer.deadlines import DEADLINES
from services.transfer.model import oversight, referral, transfer
from services.transfer.policies import policy
from services.transfer.views import views

SERVICE = Service(
    name="transfer",
    descriptor=service_pb2.DESCRIPTOR.services_by_name["TransferService"],
    aggregates=[transfer, referral, oversight],
    policy=policy,
    views=views,
    deadlines=DEADLINES,
    api=TransferApi,
)
