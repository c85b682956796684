"""Compares the proofs of two authorities about one process: what one sent is what the other received, byte for byte.

    an envelope of A to B is        when
    CONFIRMED                       both files have the same bytes of it, and of B's receipt
    UNANSWERED                      A has no receipt, and B has not recorded it
    a Difference                    anything else

Promise   no difference means: every envelope that either file has between the two is in both with the same bytes, or
          has no receipt; every receipt names the event that its issuer's file shows; the signatures hold by the
          registries of both sides; what either opens is the same.
Not       that a file is whole where neither side has a trace of what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.kernel.envelopes.codec import admit, verify
from services.kernel.envelopes.verdicts import Fault
from services.kernel.proof.checked import Checked, Statement
from services.kernel.proof.checking import REJECTED
from services.kernel.proof.form import Received, Sent

__all__ = ["Comparison", "Difference", "Kind", "NotComparable", "compare"]


class NotComparable(Exception):
    """The two files are not of two authorities about one process."""


class Kind(StrEnum):
    """How two files contradict each other; the value is what people read."""

    BYTES = "同一信封，两方的字节不同"
    PLACE = "交换链同一位置，两方的信封不同"
    RECEIPT = "同一回执，两方的字节不同"
    EVENT = "回执所指的事件与签发方账本不一致"
    CONTENT = "同一信封，两方打开的内容不同"
    MISSING_AT_RECEIVER = "发出方有收到方的回执，收到方的文件没有这个信封"
    MISSING_AT_SENDER = "收到方有发出方签名的信封，发出方的文件没有"
    KEY = "签名密钥不在对方名册之内，或者依对方名册不成立"


@dataclass(frozen=True, slots=True)
class Difference:
    """One contradiction; the positions are those of the two ledgers, None where the file has nothing."""

    kind: Kind
    type: str
    sender: str
    sender_position: int | None
    receiver_position: int | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two files say together."""

    authority_ids: tuple[str, str]
    confirmed: frozenset[bytes]
    """env_hash of every envelope that both have, with its receipt."""
    unanswered: frozenset[bytes]
    """env_hash of those that were sent and of which the other side has nothing yet."""
    differences: tuple[Difference, ...]


def compare(first: Checked, second: Checked) -> Comparison:
    """Compares two proofs that were checked each by itself.

    Raises:
        NotComparable: they are of one authority, of two processes, or one leaves the other authority out.
    """
    one, other = first.proof, second.proof
    if one.subject_id != other.subject_id:
        raise NotComparable(f"{one.subject_id} / {other.subject_id}")
    if one.authority_id == other.authority_id:
        raise NotComparable(one.authority_id)
    if one.for_id not in ("", other.authority_id) or other.for_id not in ("", one.authority_id):
        raise NotComparable(f"{one.for_id or other.for_id}")
    confirmed: set[bytes] = set()
    unanswered: set[bytes] = set()
    differences: list[Difference] = []
    for sender, receiver in ((first, second), (second, first)):
        for result in _one_way(sender, receiver):
            if isinstance(result, Difference):
                differences.append(result)
            else:
                (confirmed if result[1] else unanswered).add(result[0])
    return Comparison(
        (one.authority_id, other.authority_id), frozenset(confirmed), frozenset(unanswered), tuple(differences)
    )


def _one_way(sender: Checked, receiver: Checked) -> Iterator[Difference | tuple[bytes, bool]]:
    """Judges the envelopes of one authority to the other: (env_hash, confirmed) or a difference."""
    to = receiver.proof.authority_id
    sent = {one.env_hash: one for one in sender.statements if one.sent and one.header.recipient == to}
    got = {
        one.env_hash: one
        for one in receiver.statements
        if not one.sent and one.header.sender == sender.proof.authority_id
    }
    places = {one.place: one for one in got.values()}
    for env_hash, told in sent.items():
        heard = got.get(env_hash)
        if heard is not None:
            found = [*_pair(told, heard), *_keys(told, heard, sender, receiver)]
            yield from found
            if not found:
                yield env_hash, True
            continue
        twin = places.get(told.place)
        if twin is not None:
            yield _difference(Kind.PLACE, told, twin)
        elif told.receipt is not None:
            yield _difference(Kind.MISSING_AT_RECEIVER, told, None)
        else:
            yield env_hash, False
    known = {one.place for one in sent.values()}
    for env_hash in got.keys() - sent.keys():
        if got[env_hash].place not in known:  # otherwise it is the twin of a difference above
            yield _difference(Kind.MISSING_AT_SENDER, None, got[env_hash])


def _pair(told: Statement, heard: Statement) -> Iterator[Difference]:
    """One envelope in both files."""
    if told.envelope.wire != heard.envelope.wire:
        yield _difference(Kind.BYTES, told, heard)
    mine, theirs = told.envelope, heard.envelope
    assert isinstance(mine, Sent)
    assert isinstance(theirs, Received)
    # Without a receipt here the answer is still on its way: the receiver's copy of it is the proof meanwhile.
    if mine.receipt is not None and mine.receipt != theirs.receipt:
        yield _difference(Kind.RECEIPT, told, heard)
    receipt = told.receipt or heard.receipt
    if receipt is not None and (receipt.event_id, receipt.event_hash) != (
        heard.record.event_id.bytes,
        heard.record.hash,
    ):
        yield _difference(Kind.EVENT, told, heard)
    if receipt is not None and receipt.recorded == (heard.record.type == REJECTED):
        yield _difference(Kind.EVENT, told, heard, receipt.code)
    if None not in (told.value, heard.value) and told.value != heard.value:
        yield _difference(Kind.CONTENT, told, heard)


def _keys(told: Statement, heard: Statement, sender: Checked, receiver: Checked) -> Iterator[Difference]:
    """Each file's registry must hold the signatures of both: nobody's keys are taken from one file alone."""
    assert isinstance(heard.envelope, Received)
    signed = [(told.envelope.wire, heard.envelope.stored_at), (heard.envelope.receipt, heard.envelope.stored_at)]
    for checked in (sender, receiver):
        for wire, at in signed:
            faults = list(_faults(wire, at, checked))
            if len(faults) == len(checked.registries):
                detail = f"{checked.proof.authority_id}: {faults[0] if faults else 'no registry'}"
                yield _difference(Kind.KEY, told, heard, detail)


def _faults(wire: bytes, at: datetime, checked: Checked) -> Iterator[Fault]:
    for registry in checked.registries:
        try:
            verify(admit(wire), registry, at)
        except Fault as fault:
            yield fault


def _difference(kind: Kind, told: Statement | None, heard: Statement | None, detail: str = "") -> Difference:
    some = told or heard
    assert some is not None
    return Difference(
        kind,
        some.header.type,
        some.header.sender,
        told.record.position if told else None,
        heard.record.position if heard else None,
        detail,
    )
