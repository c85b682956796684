"""Runs all services of one authority in one process: `python -m services.node`."""

from enforcement.options.v1 import options_pb2 as options

from services.kernel.app import Node, run
from services.node.composition import SERVICES
from services.platform import service as platform


def compose(node: Node) -> None:
    """Fills the node by its authority's kind."""
    for service in SERVICES[node.authority.kind]:
        node.add(service)
    if node.authority.kind == options.AUTHORITY_KIND_PLATFORM:
        node.host(platform.make(node))


run(compose)
