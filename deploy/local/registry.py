"""Member registry files of a local deployment, one per authority, as if everybody had exchanged key cards."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from deploy.local.authorities import Authorities
from deploy.local.pki import Pki, write_private
from services.kernel.envelopes.key_cards import KeyCard, render
from services.kernel.envelopes.members import Member, Registry

NONCE_BYTES: Final = 32
BACKDATED: Final = timedelta(days=1)
"""Keys hold from the day before they were made: nobody waits for a clock in a demo."""


def write_registry(authorities: Authorities, owner: str, pki: Pki, peers: Mapping[str, str], file: Path) -> Registry:
    """Writes the owner's file, and the next version of it only when something changed.

    Args:
        peers: address of every authority's peer API, host:port.
    """
    rows = [
        (
            Member(
                id=each.id,
                name=each.authority.name,
                grpc=peers[each.id],
                accepts=authorities.accepted(owner, each.id) if each.id != owner else (),
                subscribes=each.id in authorities.subscribers(owner),
            ),
            key_cards(pki, each.id),
        )
        for each in authorities.all
    ]
    old = Registry.parse(file.read_bytes()) if file.exists() else None
    if old is not None and old.file == render(old.version, rows):
        return old
    content = render(old.version + 1 if old is not None else 1, rows)
    write_private(file, content)
    return Registry.parse(content)


def key_cards(pki: Pki, authority_id: str) -> tuple[KeyCard, KeyCard]:
    """The cards of an authority's newest keys; the ceremony's nonce and day are kept, so that they stay the same."""
    ring = pki.keys(authority_id)
    ceremony = pki.node(authority_id) / "keys" / f"ceremony-{ring.seals[0].id.hex()}.json"
    if not ceremony.exists():
        kept = {"nonce": secrets.token_hex(NONCE_BYTES), "not_before": (datetime.now(UTC) - BACKDATED).isoformat()}
        write_private(ceremony, json.dumps(kept).encode())
    kept = json.loads(ceremony.read_text())
    return KeyCard.of(ring, bytes.fromhex(kept["nonce"]), datetime.fromisoformat(kept["not_before"]))
