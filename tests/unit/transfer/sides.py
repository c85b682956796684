"""The sides of a transfer in memory: see tests/support/sides.py."""

from collections.abc import Iterable, Mapping

from enforcement.common.v1 import common_pb2 as common

from services.kernel.authority import Authority
from services.kernel.rules import Rules
from services.transfer.service import SERVICE
from tests.support import sides
from tests.support.sides import CATALOGUE, Entry, Envelope, World

__all__ = ["CATALOGUE", "Entry", "Envelope", "Side", "World"]


class Side(sides.Side):
    """One authority with its part of the transfer service."""

    def __init__(
        self,
        authority: Authority,
        officers: Iterable[common.OfficerSnapshot],
        members: Mapping[str, Authority],
        rules: Rules,
    ) -> None:
        super().__init__(SERVICE, authority, officers, members, rules)
