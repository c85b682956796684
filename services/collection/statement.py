"""The bank's daily file (对账文件), and what differs from the ledger. Pure.

    transaction_id,kind,matter,amount_fen,at                  one line a transaction, in any order
    T2024112000017,PAYMENT,<collection id>,1000000,2024-11-20T10:15:00+08:00
    T2024112000018,REFUND,<collection id>,5000,2024-11-20T16:40:00+08:00
    #END,2,995000                                             count of lines, payments less refunds and reversals

`matter` is the collection; of a deposit of what was collected while a penalty was decided on the spot, that penalty.

UTF-8 (a byte-order mark is allowed), comma separated (RFC 4180). The last line tells whether the file is whole: a file
that is cut, or has one wrong line, is refused with its line number; half of a file proves nothing.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from enforcement.collection.v1 import events_pb2 as pb

from services.kernel.deadlines.units import start_of
from services.kernel.errors import EnforcementError
from services.kernel.ledger import ids
from services.kernel.messages import microseconds
from services.kernel.values import day_of

HEADER: Final = ["transaction_id", "kind", "matter", "amount_fen", "at"]
END: Final = "#END"
PAYMENT: Final = "PAYMENT"
REFUND: Final = "REFUND"
REVERSAL: Final = "REVERSAL"
"""The bank took a payment back."""
DEPOSIT: Final = "DEPOSIT"
"""The authority paid in what was collected on site; to the bank it is a PAYMENT."""
AUCTION: Final = "AUCTION"
"""The price of seized property came in; to the bank it is a PAYMENT."""
LINES_MAX: Final = 100_000
"""A county's bank has some hundred a day; a file beyond this is not one day's."""

MISMATCHES_MAX: Final = 1_000
"""Differences of one day that one event and one answer hold; a file with more is not the one that belongs here."""


class BadStatement(EnforcementError):
    """The file cannot be used."""

    def __init__(self, line: int, detail: str) -> None:
        self.line = line
        self.detail = detail
        super().__init__(f"line {line}: {detail}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One transaction, as the bank or the ledger has it."""

    transaction_id: str
    kind: str
    """PAYMENT, REFUND or REVERSAL."""
    collection_id: str
    amount_fen: int

    @property
    def signed_fen(self) -> int:
        """Positive for a payment."""
        return self.amount_fen if self.kind == PAYMENT else -self.amount_fen


def parse(content: bytes, day: date) -> list[Entry]:
    """The lines of a day's file.

    Raises:
        BadStatement: with the first line that is wrong.
    """
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadStatement(1, str(error)) from None
    if not rows or rows[0] != HEADER:
        raise BadStatement(1, f"the header is not {','.join(HEADER)}")
    if rows[-1][:1] != [END] or len(rows[-1]) != 3:
        raise BadStatement(len(rows), "the closing line is missing: the file is cut")
    if len(rows) > LINES_MAX + 2:
        raise BadStatement(LINES_MAX + 2, f"more than {LINES_MAX} lines")
    entries = [_entry(row, number, day) for number, row in enumerate(rows[1:-1], 2)]
    said = rows[-1][1:]
    counted = [str(len(entries)), str(sum(entry.signed_fen for entry in entries))]
    if said != counted:
        raise BadStatement(len(rows), f"it says {'/'.join(said)}, the lines say {'/'.join(counted)}")
    return entries


def compare(day: date, bank: Iterable[Entry], ledger: Iterable[Entry]) -> list[pb.Mismatch]:
    """Everything in which the bank's entries of a day and the ledger's differ, by transaction."""
    lines = list(bank)
    repeated = [key for key, count in Counter(entry.transaction_id for entry in lines).items() if count > 1]
    told = {entry.transaction_id: entry for entry in lines}
    known = {entry.transaction_id: entry for entry in ledger}
    found = [_mismatch(day, pb.MISMATCH_KIND_REPEATED_LINE, told[key], known.get(key)) for key in repeated]
    for key in sorted(told.keys() | known.keys()):
        if (kind := _differs(told.get(key), known.get(key))) is not None:
            found.append(_mismatch(day, kind, told.get(key), known.get(key)))
    return found


def write(entries: Iterable[Entry], at: Iterable[datetime]) -> Iterator[str]:
    """The lines of a file, as the bank writes it."""
    yield ",".join(HEADER) + "\n"
    count, total = 0, 0
    for entry, instant in zip(entries, at, strict=True):
        matter = entry.collection_id
        yield f"{entry.transaction_id},{entry.kind},{matter},{entry.amount_fen},{instant.isoformat()}\n"
        count, total = count + 1, total + entry.signed_fen
    yield f"{END},{count},{total}\n"


def _entry(row: list[str], number: int, day: date) -> Entry:
    if len(row) != len(HEADER):
        raise BadStatement(number, f"{len(row)} fields instead of {len(HEADER)}")
    transaction_id, kind, matter, amount, at = row
    if not transaction_id or kind not in (PAYMENT, REFUND, REVERSAL):
        raise BadStatement(number, f"neither {PAYMENT}, {REFUND} nor {REVERSAL}")
    if not (amount.isascii() and amount.isdigit() and int(amount) > 0):
        raise BadStatement(number, f"{amount!r} is no amount in fen")
    try:
        taken_at = datetime.fromisoformat(at)
    except ValueError:
        raise BadStatement(number, f"{at!r} is no instant") from None
    if taken_at.tzinfo is None or day_of(taken_at) != day:
        raise BadStatement(number, f"{at!r} is not of {day}")
    return Entry(transaction_id, kind, matter.lower(), int(amount))


def _differs(bank: Entry | None, ledger: Entry | None) -> pb.MismatchKind.ValueType | None:
    if ledger is None:
        return pb.MISMATCH_KIND_MISSING_IN_LEDGER
    if bank is None:
        return pb.MISMATCH_KIND_MISSING_AT_BANK
    if bank.amount_fen != ledger.amount_fen:
        return pb.MISMATCH_KIND_AMOUNT
    if (bank.kind, bank.collection_id) != (ledger.kind, ledger.collection_id):
        return pb.MISMATCH_KIND_MATTER
    return None


def _mismatch(day: date, kind: pb.MismatchKind.ValueType, bank: Entry | None, ledger: Entry | None) -> pb.Mismatch:
    one = ledger or bank
    assert one is not None
    milliseconds = microseconds(start_of(day)) // 1000
    of_the_day = UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62)
    return pb.Mismatch(
        mismatch_id=str(ids.derive(of_the_day, f"{kind}/{one.transaction_id}")),
        kind=kind,
        transaction_id=one.transaction_id,
        bank_fen=bank.amount_fen if bank else 0,
        ledger_fen=ledger.amount_fen if ledger else 0,
        collection_id=one.collection_id,
    )
