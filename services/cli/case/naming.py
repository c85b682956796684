"""How people name a case, and how its stage reads."""

from typing import Annotated, Any
from uuid import UUID

import typer
from enforcement.cases.v1 import queries_pb2 as queries
from enforcement.cases.v1 import service_pb2 as pb
from enforcement.cases.v1 import service_pb2_grpc as grpc_pb
from google.protobuf.message import Message

from services.cli.connection import Connection, run
from services.cli.language import t

Stage = Annotated[str, typer.Option("--stage", help=t("只看该阶段，如 调查中。", "Only this stage, e.g. 调查中."))]


def names_case(name: str) -> pb.GetCaseRequest:
    """A request for the case that somebody named by number or by id."""
    try:
        return pb.GetCaseRequest(case_id=str(UUID(name)))
    except ValueError:
        return pb.GetCaseRequest(case_number=name)


async def case_id_of(connection: Connection, name: str) -> str:
    """Id of the case that somebody named by number or by id. An id is taken as it is: other matters have ids, too."""
    named = names_case(name)
    if named.case_id:
        return named.case_id
    found: pb.GetCaseResponse = await connection.ask(grpc_pb.CasesServiceStub, "GetCase", named)
    return found.case.summary.case_id


def ask_about(connection: Connection, name: str, stub: Any, method: str, request: Message, field: str) -> Any:
    """The answer about the case that somebody named by number or by id, which goes into a field of the request."""

    async def work() -> Any:
        setattr(request, field, await case_id_of(connection, name))
        return await connection.ask(stub, method, request)

    return run(work())


def stage_of(case: pb.CaseSummary | queries.FoundCase) -> str:
    """Where a case stands, with what lies over it."""
    return "、".join((case.stage, *case.side_states))
