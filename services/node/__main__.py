"""Runs all services of one authority in one process: `python -m services.node`."""

from services.kernel.app import Node, run
from services.node.composition import SERVICES


def compose(node: Node) -> None:
    """Fills the node by its authority's kind."""
    for service in SERVICES[node.authority.kind]:
        node.add(service)


run(compose)
