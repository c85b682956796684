"""Queries that find cases, say what is due, and check what an import would do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from enforcement.cases.v1 import import_pb2 as imports
from enforcement.cases.v1 import queries_pb2 as pb

from services.cases import queries
from services.cases.model.case import Refusal
from services.cases.model.importing import Fault, faults
from services.kernel.errors import Refused
from services.kernel.messages import to_datetime
from services.kernel.privacy import Privacy
from services.kernel.values import day_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_IMPORTED: Final = """
SELECT external_id, row_sha256 FROM imported_case
  JOIN unnest($1::text[], $2::text[]) AS wanted (source_system, external_id) USING (source_system, external_id)
"""
_NUMBERS: Final = "SELECT case_number FROM case_file WHERE case_number = ANY ($1)"


class FindingApi:
    """Part of CasesApi."""

    _node: "Node"

    async def search_cases(self, request: pb.SearchCasesRequest, call: "Call") -> pb.SearchCasesResponse:
        """Cases by any of their marks."""
        disclosure = Privacy(self._node.ledger).disclosure(call, request.purpose, "cases.SearchCases")
        async with self._node.views("cases").at(request.min_position) as connection:
            response = await queries.search(
                connection, request, disclosure, me=call.actor.id, authority_id=self._node.authority.id
            )
        await disclosure.record()
        return response

    async def list_due(self, request: pb.ListDueRequest, call: "Call") -> pb.ListDueResponse:
        """What is overdue, due today and due this week."""
        async with self._node.views("cases").at(request.min_position) as connection:
            return await queries.due(connection, request, self._node.authority.id, call.now)

    async def check_imports(self, request: imports.CheckImportsRequest, call: "Call") -> imports.CheckImportsResponse:
        """What an import of these cases would do, as of everything that is recorded."""
        systems = [one.imported.source_system for one in request.cases]
        external_ids = [one.imported.external_id for one in request.cases]
        numbers = [one.imported.case_number for one in request.cases if one.imported.case_number]
        async with self._node.views("cases").at(await self._node.ledger.head()) as connection:
            known = dict(await connection.fetch(_IMPORTED, systems, external_ids))
            taken = {row["case_number"] for row in await connection.fetch(_NUMBERS, numbers)}
        return imports.CheckImportsResponse(checks=[self._check(one, known, taken) for one in request.cases])

    def _check(self, command: imports.ImportCaseRequest, known: dict[str, str], taken: set[str]) -> imports.ImportCheck:
        imported = command.imported
        digest = known.get(imported.external_id)
        if digest is not None:
            same = digest == imported.row_sha256.hex()
            return imports.ImportCheck(
                verdict=imports.IMPORT_VERDICT_UNCHANGED if same else imports.IMPORT_VERDICT_CHANGED
            )
        found = [_fault(one) for one in self._faults(command, taken)]
        verdict = imports.IMPORT_VERDICT_REFUSED if found else imports.IMPORT_VERDICT_NEW
        return imports.ImportCheck(verdict=verdict, faults=found)

    def _faults(self, command: imports.ImportCaseRequest, taken: set[str]) -> Iterator[Fault]:
        try:
            self._node.commands.validate(command)
        except Refused as refused:
            yield Fault("", refused)
            return
        yield from faults(command, day_of(to_datetime(command.occurred_at)), self._node.register.officers)
        if command.imported.case_number in taken:
            number = command.imported.case_number
            yield Fault("case_number", Refused(Refusal.IMPORT_NUMBER_TAKEN, number=number))


def _fault(fault: Fault) -> imports.ImportFault:
    code = fault.refusal.code
    return imports.ImportFault(
        field=fault.field, reason=code.name, zh=fault.refusal.zh, en=fault.refusal.en, basis=code.basis
    )
