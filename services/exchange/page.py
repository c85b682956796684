"""What to do with a page of what others said: pure. Nothing here reads a database, a clock or the network.

    step                          otherwise                      step                      otherwise
    1 caps, outer form            TOO_LARGE MALFORMED UNSIGNED   7 body digest             BODY_DIGEST
    2 key                         BAD_SUITE UNKNOWN_KEY …        walk: place in the chain  GAP CHAIN_BROKEN
    3 signature                   BAD_SIGNATURE                  8 type granted            NOT_GRANTED
    4 strict header, sender       NOT_CANONICAL …                9 recorded time           CLOCK_SKEW
    5 recipient, carrier          WRONG_RECIPIENT …             10 seal, commitment        BODY_OPEN COMMITMENT
    6 known already               DUPLICATE                     11 schema, rules           SCHEMA_MISMATCH INVALID_BODY
      contradiction               ENVELOPE_EQUIVOCATION …       12 receipt                 RECORDED

`Judge` does 1 to 5 without knowing the chain; `Page.judge` does the rest against what the database knew when it was
asked. What is refused for what was *signed* moves the chain, so steps 8 to 11 are taken only for the next place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from enforcement.exchange.v1 import envelope_pb2 as wire_pb
from enforcement.exchange.v1 import events_pb2 as pb
from google.protobuf.message import DecodeError

from services.exchange.judge import Judge
from services.exchange.outcomes import (
    Conflicting,
    Early,
    End,
    Faulty,
    Inspected,
    KnownEnvelope,
    KnownSent,
    Record,
    Taken,
)
from services.kernel.envelopes.codec import NEW_EPOCH, Ended, Link, Receipted, Told, check_body
from services.kernel.envelopes.verdicts import Code, Fault

__all__ = ["Page"]


@dataclass(slots=True)
class Page:
    """The judgement of one page; every record of it is in exactly one of these lists."""

    taken: list[Taken] = field(default_factory=list)
    """In the order in which the chains take them."""
    early: list[Early] = field(default_factory=list)
    faulty: list[Faulty] = field(default_factory=list)
    conflicts: list[Conflicting] = field(default_factory=list)
    repeats: list[tuple[Record, KnownEnvelope | None]] = field(default_factory=list)
    """Known envelopes; None when the first of them is in this page."""
    receipts: list[tuple[Record, Receipted, KnownSent]] = field(default_factory=list)
    """First receipts for what was sent."""
    idle: list[Record] = field(default_factory=list)
    """Repeated receipts, and heads that no mailbox needs: no effect."""
    ends: dict[str, Link] = field(default_factory=dict)
    """Where the chains end afterwards."""
    stopped: dict[str, Code] = field(default_factory=dict)
    """Pairs that this page stops."""
    pull: set[str] = field(default_factory=set)
    """Senders from whom something is missing."""

    def judge(
        self,
        judge: Judge,
        inspected: Sequence[tuple[Record, Inspected]],
        *,
        ends: Mapping[str, End],
        known: Callable[[Told], Iterable[KnownEnvelope]],
        sent: Callable[[bytes], KnownSent | None],
    ) -> None:
        """Steps 6 to 11 against what the database knew: `ends` of the senders' chains, inbox rows that share an id or a
        place with an envelope, and what was sent under a hash."""
        waiting: dict[str, dict[tuple[int, int], tuple[Record, Told]]] = {}
        seen: dict[tuple[str, bytes], Told] = {}
        answered: dict[bytes, bytes] = {}
        for record, what in inspected:
            match what:
                case Faulty():
                    self._fault(judge, what)
                case Early():
                    self.early.append(what)
                case Ended():
                    self.idle.append(record)
                case Receipted():
                    self._receipt(judge, record, what, sent(what.receipt.env_hash), answered)
                case Told():
                    places = waiting.setdefault(what.header.sender, {})
                    self._place(record, what, ends.get(what.header.sender, End()), known(what), places, seen)
        for sender, places in waiting.items():
            self._walk(judge, sender, places, ends.get(sender, End()))

    def _fault(self, judge: Judge, faulty: Faulty) -> None:
        if faulty.code is Code.NOT_CANONICAL and faulty.signer:
            epoch, seq = faulty.place
            self.conflicts.append(
                Conflicting(faulty.record, faulty.code, faulty.signer, judge.me, epoch, seq, stops=True)
            )
            self.stopped.setdefault(faulty.signer, Code.NOT_CANONICAL)
        else:
            self.faulty.append(faulty)

    def _place(
        self,
        record: Record,
        told: Told,
        end: End,
        known: Iterable[KnownEnvelope],
        places: dict[tuple[int, int], tuple[Record, Told]],
        seen: dict[tuple[str, bytes], Told],
    ) -> None:
        """Steps 6 and 7: known, contradicting, out of date, damaged; or a candidate for its place."""
        header = told.header
        place = (header.epoch, header.seq)
        rows = list(known)
        same = next((row for row in rows if row.env_hash == told.env_hash), None)
        if same is not None:
            self.repeats.append((record, same))
            return
        twin = places.get(place)
        by_id = seen.get((header.sender, header.env_id))
        if (twin and twin[1].env_hash == told.env_hash) or (by_id and by_id.env_hash == told.env_hash):
            self.repeats.append((record, None))
            return
        first = rows[0].wire if rows else twin[1].outer.wire if twin else by_id.outer.wire if by_id else b""
        if first:
            self._conflict(record, told, Code.ENVELOPE_EQUIVOCATION, first)
        elif place <= (end.link.epoch, end.link.seq):
            self._conflict(record, told, Code.STALE_STREAM)
        else:
            try:
                check_body(told)
            except Fault as fault:
                self.faulty.append(Faulty(record, fault.code, fault.detail, header.sender, header.sender, place))
                self.pull.add(header.sender)
                return
            places[place] = (record, told)
            seen[header.sender, header.env_id] = told

    def _walk(self, judge: Judge, sender: str, places: dict[tuple[int, int], tuple[Record, Told]], end: End) -> None:
        """Takes what follows the chain's end, in order; what is left came early."""
        link = end.link
        stopped = bool(end.stopped) or sender in self.stopped
        for place in sorted(places):
            record, told = places[place]
            if stopped:
                self._hold(record, told, pull=False)
            elif place == (link.epoch, link.seq + 1):
                if told.header.prev != link.hash:
                    self._conflict(record, told, Code.CHAIN_BROKEN, stops=True)
                    self.stopped[sender] = Code.CHAIN_BROKEN
                    stopped = True
                    continue
                self.taken.append(judge.open(record, told))
                link = told.link
            elif place[0] > link.epoch and place[1] == 1:
                taken = judge.open(record, told)
                if told.header.epoch == end.accept_epoch or _continues(taken, link):
                    self.taken.append(taken)
                    link = told.link
                else:
                    # Perhaps what it says was lost here is on its way; if not, it is a second history.
                    self._hold(record, told)
                    if not record.held and link.seq:
                        self._conflict(record, told, Code.ENVELOPE_EQUIVOCATION)
            else:
                self._hold(record, told)
        if link != end.link:
            self.ends[sender] = link

    def _hold(self, record: Record, told: Told, *, pull: bool = True) -> None:
        header = told.header
        self.early.append(Early(record, Code.GAP, header.sender, header.epoch, header.seq, told.env_hash))
        if pull:
            self.pull.add(header.sender)

    def _conflict(self, record: Record, told: Told, code: Code, first: bytes = b"", stops: bool = False) -> None:
        header = told.header
        self.conflicts.append(
            Conflicting(record, code, header.sender, header.recipient, header.epoch, header.seq, first, stops)
        )

    def _receipt(
        self, judge: Judge, record: Record, what: Receipted, row: KnownSent | None, answered: dict[bytes, bytes]
    ) -> None:
        receipt = what.receipt
        signer = what.key.member
        place = (receipt.epoch, receipt.seq)
        if row is None or (row.recipient, row.epoch, row.seq) != (receipt.issuer, *place):
            self.faulty.append(
                Faulty(record, Code.RECEIPT_MISMATCH, "no such envelope was sent to its issuer", signer, signer, place)
            )
            return
        if not what.key.signed_in_time(row.stored_at):
            # A receipt answers something that was stored before it, and its own time is the node clock's.
            self.faulty.append(
                Faulty(record, Code.KEY_NOT_ACTIVE, "retired before the envelope was sent", signer, signer, place)
            )
            return
        first = row.receipt or answered.get(row.env_hash)
        if first is None:
            answered[row.env_hash] = record.wire
            self.receipts.append((record, what, row))
        elif _header(first) == what.outer.header:
            self.idle.append(record)
        elif row.rewound:
            detail = "given again after a restore; the first stays"
            self.faulty.append(Faulty(record, Code.RECEIPT_AGAIN, detail, signer, signer, place))
        else:
            self.conflicts.append(
                Conflicting(record, Code.RECEIPT_MISMATCH, signer, judge.me, receipt.epoch, receipt.seq, first)
            )


def _continues(taken: Taken, end: Link) -> bool:
    """Tells whether a new epoch names exactly the end known here: nothing that was received is lost by it."""
    if taken.code is not Code.RECORDED or taken.opened is None or taken.told.header.type != NEW_EPOCH:
        return False
    try:
        event = pb.NewEpoch.FromString(taken.opened.value)
    except DecodeError:
        return False
    return (event.old_epoch, event.last_seq, event.last_hash) == (end.epoch, end.seq, end.hash)


def _header(wire: bytes) -> bytes:
    return wire_pb.Envelope.FromString(wire).header
