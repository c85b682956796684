"""What folds of several topics share: the facts of a row, and messages as snapshots keep values. Pure."""

from typing import Any

from enforcement.cases.v1 import events_pb2 as cases
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from services.kernel.facts import Fact
from services.kernel.projection import Row

__all__ = ["every", "facts_of", "fine_of", "json_of", "of_kind", "of_stream", "penalties_of", "people_of", "vessel_of"]


def facts_of(row: Row) -> dict[str, Any]:
    """The facts of a row; each may be the first, since an import may begin anywhere, and a row that was stored without
    any comes back with none."""
    if row.get("facts") is None:
        row["facts"] = {}
    facts: dict[str, Any] = row["facts"]
    return facts


def json_of(message: Message) -> dict[str, Any]:
    """A message with the proto's own names and numbers of enums, as snapshots keep values."""
    return MessageToDict(message, preserving_proto_field_name=True, use_integers_for_enums=True)


def penalties_of(penalties: Any) -> list[dict[str, Any]]:
    """Penalties as forms print them."""
    return [
        {
            "kind": penalty.kind,
            **({"amount_fen": penalty.amount_fen} if penalty.amount_fen else {}),
            **({"extent": penalty.extent} if penalty.extent else {}),
        }
        for penalty in penalties
    ]


def fine_of(penalties: Any) -> int:
    """The fine among penalties, in fen."""
    return sum(penalty.amount_fen for penalty in penalties if penalty.kind == cases.PENALTY_KIND_FINE)


def people_of(snapshots: Any) -> list[dict[str, Any]]:
    """Officers with their credentials; names are added when somebody asks."""
    return [{"officer_id": one.officer_id, "credential_number": one.credential_number} for one in snapshots]


def vessel_of(vessel: cases.Vessel) -> dict[str, str]:
    """A vessel as forms print one, in the places of a vehicle: 车（船）号, 车（船）型. Nothing where it has no name."""
    name = vessel.name or vessel.identification_number or vessel.mmsi
    if not name:
        return {}
    return {
        "plate": name,
        "type": vessel.type,
        "transport_certificate_number": vessel.operating_certificate_number,
        "owner": vessel.owner or vessel.operator,
        "registered_place": vessel.port_of_registry,
    }


def every(row: Row, what: str) -> list[dict[str, Any]]:
    """Everything of a kind that there may be several of, oldest first; forms print the newest unless told otherwise."""
    found: list[dict[str, Any]] = facts_of(row).setdefault("every", {}).setdefault(what, [])
    return found


def of_kind(row: Row, kind: str) -> dict[str, Any]:
    """The facts of a part; each may be the first that is seen here."""
    row["kind"] = kind
    return facts_of(row)


def of_stream(event: Any, fact: Fact) -> str:
    """The part that an event belongs to."""
    return str(fact.stream_id)
