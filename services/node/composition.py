"""Which services the node of each kind of authority runs."""

from collections.abc import Mapping
from typing import Final

from enforcement.options.v1 import options_pb2 as options

from services.cases.service import SERVICE as CASES
from services.collection import bank
from services.collection.service import SERVICE as COLLECTION
from services.cross_border.service import SERVICE as CROSS_BORDER
from services.documents.service import SERVICE as DOCUMENTS
from services.exchange import part as exchange
from services.joint_operations.service import SERVICE as JOINT_OPERATIONS
from services.kernel.app import Node
from services.kernel.service import Service
from services.non_site.service import SERVICE as NON_SITE
from services.officers.service import SERVICE as OFFICERS
from services.transfer.service import SERVICE as TRANSFER

SERVICES: Final[Mapping[options.AuthorityKind.ValueType, tuple[Service, ...]]] = {
    options.AUTHORITY_KIND_TRANSPORT: (
        OFFICERS,
        CASES,
        COLLECTION,
        JOINT_OPERATIONS,
        CROSS_BORDER,
        TRANSFER,
        NON_SITE,
        DOCUMENTS,
    ),
    options.AUTHORITY_KIND_POLICE: (OFFICERS, JOINT_OPERATIONS, TRANSFER, DOCUMENTS),
    options.AUTHORITY_KIND_PROCURATORATE: (OFFICERS, TRANSFER, DOCUMENTS),
    options.AUTHORITY_KIND_PLATFORM: (OFFICERS,),
    options.AUTHORITY_KIND_SUPERVISION: (OFFICERS, TRANSFER),
}
"""Police take part in joint operations; the platform decides nothing, so it has its officers and its streams only."""


def compose(node: Node) -> None:
    """Fills a node by its authority's kind."""
    for service in SERVICES[node.authority.kind]:
        node.add(service)
    courier = exchange.make(node)
    node.host(courier)
    if node.authority.kind == options.AUTHORITY_KIND_TRANSPORT:
        node.host(bank.make(node))
    if node.authority.kind == options.AUTHORITY_KIND_PLATFORM:
        # Imported here: Faust takes 20 MB, which the nodes of all other authorities save.
        from services.platform import service as platform

        reader = platform.make(node, registry=lambda: courier.office.registry)
        courier.follows(reader.followed)
        node.host(reader)


def processes_of(kind: options.AuthorityKind.ValueType) -> list[str]:
    """Names of the processes when the services of such an authority run alone, each by `python -m services.<name>`."""
    parts = ["exchange", "platform"] if kind == options.AUTHORITY_KIND_PLATFORM else ["exchange"]
    return [*(service.name for service in SERVICES[kind]), *parts]
