"""What the protos say about commands: read once, when a service is composed."""

from dataclasses import dataclass
from typing import Any

from enforcement.options.v1 import options_pb2 as options
from google.protobuf.descriptor import ServiceDescriptor

from services.kernel.decider import Aggregate


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """What the protos say about one command."""

    request: str
    aggregate: Aggregate[Any]
    id_field: str
    creates: bool
    new_correlation: bool
    continues: str
    fresh: bool
    perpetual: bool = False


def specs_of(descriptor: ServiceDescriptor, aggregates: list[Aggregate[Any]]) -> dict[str, CommandSpec]:
    """The commands of a gRPC service, by full name of the request.

    Raises:
        ValueError: a method names an unknown aggregate or field, or a command nobody decides.
    """
    by_name = {aggregate.name: aggregate for aggregate in aggregates}
    specs: dict[str, CommandSpec] = {}
    for method in descriptor.methods:
        if not method.GetOptions().HasExtension(options.command):
            continue
        command = method.GetOptions().Extensions[options.command]
        request = method.input_type
        aggregate = by_name.get(command.aggregate)
        if aggregate is None or request.full_name not in aggregate.commands:
            raise ValueError(f"{method.full_name}: nobody decides {request.full_name} on {command.aggregate!r}")
        for name in filter(None, (command.id, command.continues)):
            if name not in request.fields_by_name:
                raise ValueError(f"{method.full_name}: {request.full_name} has no field {name!r}")
        specs[request.full_name] = CommandSpec(
            request=request.full_name,
            aggregate=aggregate,
            id_field=command.id,
            creates=command.creates,
            new_correlation=command.new_correlation,
            continues=command.continues,
            fresh=command.fresh,
            perpetual=command.perpetual,
        )
    undecided = {name for aggregate in aggregates for name in aggregate.commands} - set(specs)
    if undecided:
        raise ValueError(f"{descriptor.full_name} has no method for {', '.join(sorted(undecided))}")
    return specs
