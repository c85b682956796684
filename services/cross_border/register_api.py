"""Queries of rule sets at partners, and of circulars."""

from typing import TYPE_CHECKING, Any, Final

from enforcement.cross_border.v1 import circular_pb2 as circulars
from enforcement.cross_border.v1 import designation_pb2 as designations
from enforcement.cross_border.v1 import rule_sets_pb2 as rule_sets

from services.kernel.privacy import Privacy
from services.kernel.queries import PageOf, instant, message_of

if TYPE_CHECKING:
    from services.kernel.app import Node
    from services.kernel.rpc import Call

_COMPARISONS: Final = """
SELECT * FROM rule_set_comparison WHERE NOT ($1 AND same) AND began_position < $2
ORDER BY began_position DESC LIMIT $3
"""
_CIRCULARS: Final = """
SELECT * FROM circular WHERE received = $1 AND ($2 = 0 OR kind = $2) AND began_position < $3
ORDER BY began_position DESC LIMIT $4
"""


_DESIGNATIONS: Final = """
SELECT * FROM designation WHERE NOT ($1 AND (owner_id IS NOT NULL OR lapsed_at IS NOT NULL)) AND began_position < $2
ORDER BY began_position DESC LIMIT $3
"""


class RegisterApi:
    """The light registers' part of CrossBorderService."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    async def list_rule_set_comparisons(
        self, request: rule_sets.ListRuleSetComparisonsRequest, call: "Call"
    ) -> rule_sets.ListRuleSetComparisonsResponse:
        """What this authority and its partners apply, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("cross_border").at(request.min_position) as connection:
            rows = await connection.fetch(_COMPARISONS, request.only_mismatches, page.before, page.limit)
        rows, next_token = page.cut(rows)
        return rule_sets.ListRuleSetComparisonsResponse(
            comparisons=[_comparison(row) for row in rows], next_token=next_token
        )

    async def list_designations(
        self, request: designations.ListDesignationsRequest, call: "Call"
    ) -> designations.ListDesignationsResponse:
        """Disputes that were brought before this authority, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("cross_border").at(request.min_position) as connection:
            rows = await connection.fetch(_DESIGNATIONS, request.only_open, page.before, page.limit)
        rows, next_token = page.cut(rows)
        return designations.ListDesignationsResponse(
            designations=[_designation(row) for row in rows], next_token=next_token
        )

    async def list_circulars(
        self, request: circulars.ListCircularsRequest, call: "Call"
    ) -> circulars.ListCircularsResponse:
        """Circulars told or received, latest first."""
        page = PageOf.asked(request.page)
        async with self._node.views("cross_border").at(request.min_position) as connection:
            rows = await connection.fetch(_CIRCULARS, request.received, request.kind, page.before, page.limit)
        rows, next_token = page.cut(rows)
        shown = [self._circular(row) for row in rows]
        disclosure = Privacy(self._node.ledger).disclosure(call, request.purpose, "cross_border.ListCirculars")
        masked = [disclosure.show(one, one.id, ()) for one in shown]
        await disclosure.record()
        return circulars.ListCircularsResponse(circulars=shown, next_token=next_token, masked=any(masked))

    def _circular(self, row: Any) -> circulars.Circular:
        here = self._node.authority.id
        return circulars.Circular(
            id=str(row["id"]),
            kind=row["kind"],
            sender_id=row["sender_id"],
            recipient_ids=[here] if row["received"] else row["recipient_ids"],
            content=message_of(circulars.CircularContent, row["content"]),
            revision=row["revision"],
            told_at=instant(row["told_at"]),
            acknowledged_by=[here] if row["taken_note"] else row["acknowledged_by"],
        )


def _comparison(row: Any) -> rule_sets.RuleSetComparison:
    return rule_sets.RuleSetComparison(
        rule_set_code=row["rule_set_code"],
        partner_id=row["partner_id"],
        own_version=row["own_version"],
        partner_version=row["partner_version"],
        same=row["same"],
        since=instant(row["since"]),
    )


def _designation(row: Any) -> designations.Designation:
    return designations.Designation(
        designation_id=str(row["designation_id"]),
        side_ids=row["side_ids"],
        case_ids=row["case_ids"],
        asked_by=row["asked_by"],
        reasons=row["reasons"],
        asked_at=instant(row["asked_at"]),
        lapsed_at=instant(row["lapsed_at"]),
        reminded_at=instant(row["reminded_at"]),
        owner_id=row["owner_id"] or "",
        number=row["number"] or "",
        designated_at=instant(row["designated_at"]),
    )
