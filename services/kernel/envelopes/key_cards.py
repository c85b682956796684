"""Key cards: what a member hands over at onboarding, and the registry file that is filled from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.kernel.envelopes.keys import KeyRing, KeyRole, key_id, proof_of_possession, to_base64
from services.kernel.envelopes.members import Member

__all__ = ["KeyCard", "render"]


@dataclass(frozen=True, slots=True)
class KeyCard:
    """What a member hands over at onboarding, on paper or a stick: one public key with its proof."""

    role: KeyRole
    public: bytes
    nonce: bytes
    proof: bytes
    not_before: datetime
    retired: datetime | None = None
    compromised_since: datetime | None = None
    suite: int = 1

    @classmethod
    def of(cls, ring: KeyRing, nonce: bytes, not_before: datetime) -> tuple[KeyCard, KeyCard]:
        """Makes the cards of a ring's newest seal and box key; the seal key vouches for both."""
        seal, box = ring.seals[0], ring.boxes[0]
        return tuple(  # type: ignore[return-value]
            cls(role, public, nonce, proof_of_possession(seal, ring.authority, role, public, nonce), not_before)
            for role, public in ((KeyRole.SEAL, seal.public), (KeyRole.BOX, box.public))
        )

    def fingerprint(self, member: str) -> str:
        """Returns the key id in groups of four, as people compare it by telephone."""
        digits = key_id(member, self.role, self.suite, self.public).hex()
        return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def render(version: int, members: Iterable[tuple[Member, Iterable[KeyCard]]]) -> bytes:
    """Writes a registry file; `Registry.parse` reads it back. The members' own `keys` are not used, the cards are."""
    lines = [f"version = {version}"]
    for member, cards in members:
        lines += [
            "",
            "[[member]]",
            f"id = {_quote(member.id)}",
            f"name = {_quote(member.name)}",
            f"grpc = {_quote(member.grpc)}",
            f"accepts = [{', '.join(map(_quote, member.accepts))}]",
            f"subscribes = {str(member.subscribes).lower()}",
            f"suspended = {str(member.suspended).lower()}",
            f"groups = [{', '.join(map(_quote, member.groups))}]",
        ]
        for card in cards:
            lines += [
                "  [[member.key]]",
                f"  role = {_quote(card.role)}",
                f"  suite = {card.suite}",
                f"  public = {_quote(to_base64(card.public))}",
                f"  nonce = {_quote(to_base64(card.nonce))}",
                f"  proof = {_quote(to_base64(card.proof))}",
                f"  not_before = {card.not_before.isoformat()}",
            ]
            if card.retired:
                lines.append(f"  retired = {card.retired.isoformat()}")
            if card.compromised_since:
                lines.append(f"  compromised_since = {card.compromised_since.isoformat()}")
    return ("\n".join(lines) + "\n").encode()


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in escaped):
        raise ValueError(f"a control character in {text!r}")
    return f'"{escaped}"'
