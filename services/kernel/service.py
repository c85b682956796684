"""What a service is: the parts that a node composes."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor

from services.kernel.deadlines import Deadlines
from services.kernel.decider import Aggregate
from services.kernel.file_access import Handled
from services.kernel.lookups import Lookups
from services.kernel.policy import Policy
from services.kernel.projection import Views


@dataclass(frozen=True, slots=True)
class Service:
    """One domain service. Every service has the same parts, in files of the same names."""

    name: str
    """Package under `services` and login role in the database."""
    descriptor: ServiceDescriptor
    """The gRPC service in the protos."""
    aggregates: Sequence[Aggregate[Any]]
    """model.py"""
    policy: Policy
    """policies.py"""
    views: Views
    """views.py"""
    deadlines: Deadlines
    """deadlines.py"""
    api: Callable[[Any], object]
    """api.py: makes, from the node, the object whose methods answer the queries."""
    lookups: Lookups = field(default_factory=Lookups)
    """lookups.py, where decisions need what only views or files know."""
    handled_by: Callable[[Any, str], Awaitable[Handled]] | None = None
    """Takes the node and the id of an aggregate: the officers who handle its matter, and are given its files."""
    local_rules: tuple[str, ...] = ()
    """Amounts of local law without a default (services.kernel.rules) that it does not start without."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Categories of the ledger that the service's role may append to."""
        return (*(aggregate.name for aggregate in self.aggregates), "deadline")
