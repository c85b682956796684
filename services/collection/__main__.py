"""Runs the collection service alone, with its courier to the bank."""

from services.collection import bank
from services.collection.service import SERVICE
from services.kernel.app import Node, run


def compose(node: Node) -> None:
    """The service and what carries its orders."""
    node.add(SERVICE)
    node.host(bank.make(node))


run(compose, service=SERVICE.name)
