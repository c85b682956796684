"""Snapshots as they stand in the ledger."""

import hashlib
import json
from typing import Any

from enforcement.documents.v1 import events_pb2 as pb

from services.kernel.errors import EnforcementError


class Altered(EnforcementError):
    """A snapshot does not have the digest that the ledger gives it."""


def read_snapshot(event: pb.DocumentIssued) -> dict[str, Any]:
    """What a document says.

    Raises:
        Altered: its digest is another.
    """
    if hashlib.sha256(event.snapshot).digest() != event.snapshot_sha256:
        raise Altered(f"the snapshot of {event.document_id} version {event.version} does not have its digest")
    content: dict[str, Any] = json.loads(event.snapshot)
    return {**content, "digest": event.snapshot_sha256.hex()}
