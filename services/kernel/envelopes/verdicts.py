"""Every outcome that a receiver can give, in one closed table.

`VERDICTS` is in order of precedence: an envelope with two faults has the code that stands first. Documentation, metrics
and the attack suite take their rows from here, so a code that is not in the table cannot be given.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["VERDICTS", "Answer", "Chain", "Code", "Fault", "Kept", "Verdict", "reference", "verdict"]


class Code(StrEnum):
    """Outcome of one envelope, receipt or head."""

    TOO_LARGE = "TOO_LARGE"
    MALFORMED = "MALFORMED"
    UNSIGNED = "UNSIGNED"
    BAD_SUITE = "BAD_SUITE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    WRONG_KEY_ROLE = "WRONG_KEY_ROLE"
    KEY_NOT_ACTIVE = "KEY_NOT_ACTIVE"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    UNSUPPORTED_VERSION = "UNSUPPORTED_VERSION"
    NOT_CANONICAL = "NOT_CANONICAL"
    SENDER_MISMATCH = "SENDER_MISMATCH"
    WRONG_RECIPIENT = "WRONG_RECIPIENT"
    CARRIER_NOT_ALLOWED = "CARRIER_NOT_ALLOWED"
    RECEIPT_MISMATCH = "RECEIPT_MISMATCH"
    RECEIPT_AGAIN = "RECEIPT_AGAIN"
    DUPLICATE = "DUPLICATE"
    ENVELOPE_EQUIVOCATION = "ENVELOPE_EQUIVOCATION"
    STALE_STREAM = "STALE_STREAM"
    BODY_DIGEST = "BODY_DIGEST"
    GAP = "GAP"
    CHAIN_BROKEN = "CHAIN_BROKEN"
    NOT_GRANTED = "NOT_GRANTED"
    CLOCK_SKEW = "CLOCK_SKEW"
    BODY_OPEN = "BODY_OPEN"
    COMMITMENT = "COMMITMENT"
    SCHEMA_MISMATCH = "SCHEMA_MISMATCH"
    INVALID_BODY = "INVALID_BODY"
    MARKS_MISSING = "MARKS_MISSING"
    RECORDED = "RECORDED"


class Answer(StrEnum):
    """What the sender hears."""

    NONE = "none"
    """Nothing: no oracle, no amplification."""
    RECORDED = "RECORDED"
    """A receipt, signed before the transaction that records the event."""
    REJECTED = "REJECTED"
    """A signed refusal with the code."""
    STORED = "stored"
    """The bytes of the first receipt again."""


class Chain(StrEnum):
    """What happens to the chain of the pair."""

    STAYS = "stays"
    MOVES = "moves"
    WAITS = "waits"
    """The missing or damaged stretch is pulled from the sender."""
    STOPS = "stops"
    """This pair takes nothing more until an operator resumes it."""


class Kept(StrEnum):
    """Where the evidence is afterwards."""

    INBOX = "inbox, event"
    REJECTION = "inbox, EnvelopeRejected"
    REPEATS = "repeats + 1"
    QUARANTINE = "quarantine"
    HELD = "held"
    EVIDENCE = "quarantine, ChainConflict"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row: what follows from a code."""

    code: Code
    step: int
    """Step of the receive pipeline that gives it."""
    answer: Answer
    chain: Chain
    kept: Kept
    meaning: str


def _not_attributable(code: Code, step: int, meaning: str) -> Verdict:
    return Verdict(code, step, Answer.NONE, Chain.STAYS, Kept.QUARANTINE, meaning)


def _refused(code: Code, step: int, meaning: str) -> Verdict:
    return Verdict(code, step, Answer.REJECTED, Chain.MOVES, Kept.REJECTION, meaning)


_ROWS: Final = (
    _not_attributable(Code.TOO_LARGE, 1, "larger than a cap of the format, or more than 8 signatures"),
    _not_attributable(Code.MALFORMED, 1, "the outer form does not parse, or its kind is not known"),
    _not_attributable(Code.UNSIGNED, 1, "no signature"),
    _not_attributable(Code.BAD_SUITE, 2, "a signature suite that this version does not verify, or not the key's own"),
    _not_attributable(Code.UNKNOWN_KEY, 2, "no signature by a key in the member registry in force"),
    _not_attributable(Code.WRONG_KEY_ROLE, 2, "a registered key that may not sign envelopes"),
    _not_attributable(Code.KEY_NOT_ACTIVE, 2, "a key before its time, retired before it signed this, or compromised"),
    _not_attributable(Code.BAD_SIGNATURE, 3, "the bytes are not what the key signed"),
    Verdict(
        Code.UNSUPPORTED_VERSION, 4, Answer.NONE, Chain.WAITS, Kept.HELD, "a format newer than this build; kept for it"
    ),
    Verdict(
        Code.NOT_CANONICAL,
        4,
        Answer.NONE,
        Chain.STOPS,
        Kept.EVIDENCE,
        "signed bytes that two parsers could read differently",
    ),
    _not_attributable(Code.SENDER_MISMATCH, 4, "signed by another member than the one it names"),
    _not_attributable(Code.WRONG_RECIPIENT, 5, "addressed to somebody else"),
    _not_attributable(Code.CARRIER_NOT_ALLOWED, 5, "brought over gRPC by a member that may not carry for the sender"),
    _not_attributable(Code.RECEIPT_MISMATCH, 5, "a receipt for something that was not sent to its issuer"),
    _not_attributable(
        Code.RECEIPT_AGAIN, 6, "a second receipt by a peer that proved to have lost its ledger's end; the first stays"
    ),
    Verdict(
        Code.DUPLICATE, 6, Answer.STORED, Chain.STAYS, Kept.REPEATS, "known already: the first receipt is given again"
    ),
    Verdict(
        Code.ENVELOPE_EQUIVOCATION,
        6,
        Answer.NONE,
        Chain.STAYS,
        Kept.EVIDENCE,
        "two signed envelopes for one id or one place in the chain; the first stays",
    ),
    Verdict(
        Code.STALE_STREAM,
        6,
        Answer.NONE,
        Chain.STAYS,
        Kept.EVIDENCE,
        "an old epoch, or a place below the end that was never seen",
    ),
    Verdict(
        Code.BODY_DIGEST,
        7,
        Answer.NONE,
        Chain.WAITS,
        Kept.QUARANTINE,
        "body damaged or missing on the way: the signer is not to blame",
    ),
    Verdict(Code.GAP, 12, Answer.NONE, Chain.WAITS, Kept.HELD, "early: envelopes before it are missing"),
    Verdict(
        Code.CHAIN_BROKEN,
        12,
        Answer.NONE,
        Chain.STOPS,
        Kept.EVIDENCE,
        "the next place, but built on another past than the one received",
    ),
    _refused(Code.NOT_GRANTED, 8, "a type that this authority does not take from the sender"),
    _refused(Code.CLOCK_SKEW, 9, "recorded further in the future than the allowed skew"),
    _refused(Code.BODY_OPEN, 10, "the sealed body does not open in its context, or is not a body"),
    _refused(Code.COMMITMENT, 10, "the opened value is not the one that the header commits to"),
    _refused(Code.SCHEMA_MISMATCH, 11, "the schema is known and the bytes are not of it"),
    _refused(Code.INVALID_BODY, 11, "the event breaks a rule of its schema"),
    _refused(Code.MARKS_MISSING, 11, "an officer's signature that the type demands is missing; later version"),
    Verdict(Code.RECORDED, 12, Answer.RECORDED, Chain.MOVES, Kept.INBOX, "in the ledger, with its receipt"),
)

VERDICTS: Final = MappingProxyType({row.code: row for row in _ROWS})
"""Code → row, in order of precedence."""


def verdict(code: Code) -> Verdict:
    """Return the row of a code."""
    return VERDICTS[code]


def reference() -> str:
    """Returns the table as Markdown, for the reference pages."""
    lines = ["| code | step | answer | chain | kept | meaning |", "|---|--:|---|---|---|---|"]
    lines += [f"| {row.code} | {row.step} | {row.answer} | {row.chain} | {row.kept} | {row.meaning} |" for row in _ROWS]
    return "\n".join(lines)


class Fault(Exception):
    """A step did not admit the envelope; `code` says which row applies, `detail` helps a person."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.code = code
        self.detail = detail
