"""Receiver: what others told becomes events of this ledger, receipts, or evidence.

    page of records ─▶ inspect (1-5) ─▶ look up ─▶ judge (6-11) ─▶ sign receipts ─▶ one transaction ─▶ receipts go out
      judge.py                         lookup.py    page.py         entries.py       recording.py
                                          ▲                                         │ a chain moved meanwhile
                                          └─────────────────────────────────────────┘
Promise   an envelope's ledger event, inbox row, receipt and the chain's end are one transaction. The same envelope
          again gets the same receipt bytes. Nothing refused is dropped: it is in quarantine, held, or in the ledger.
Not       that a receipt arrived: the publisher repeats it. A sender that changes its mind makes a new envelope.
Bounds    page_records_max a transaction; ATTEMPTS to judge it; sender_rate_max.
Failing   PostgreSQL away: Unavailable, nothing of the page happened, the carrier brings it again. A page that raises
          for another reason is taken record by record, so that one cannot hold up the rest.
Owns      nothing; `receive` is serialised by one lock, and by the chain's rows among processes.

step                          otherwise               receipt    chain   kept
1-3 form, key, signature      TOO_LARGE …             none       stays   quarantine
4   strict header             NOT_CANONICAL           none       stops   quarantine, ChainConflict
5   recipient, carrier        WRONG_RECIPIENT …       none       stays   quarantine
6   known                     DUPLICATE               stored     stays   repeats + 1
    contradiction             ENVELOPE_EQUIVOCATION   none       stays   quarantine, ChainConflict
7   body digest               BODY_DIGEST             none       waits   quarantine
    place                     GAP                     none       waits   held
8-11 what was signed          NOT_GRANTED …           REJECTED   moves   inbox, EnvelopeRejected
12  recorded                                          RECORDED   moves   inbox, event
Shown by tests/integration/exchange/test_attacks.py, tests/faults/test_exchange_killed.py
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.exchange.entries import Entry, enter
from services.exchange.judge import Judge
from services.exchange.limits import Rates
from services.exchange.lookup import ENDS, Knowledge, Lookup
from services.exchange.notes import Answer
from services.exchange.office import NoSealKey, Office
from services.exchange.outcomes import End, Faulty, Inspected, Record
from services.exchange.page import Page
from services.exchange.recording import Done, Moved, Recorder
from services.kernel.envelopes.codec import Ended, Receipted, Told
from services.kernel.envelopes.verdicts import Code
from services.kernel.ledger import LedgerError, Unavailable
from services.kernel.telemetry import Log, Metrics

__all__ = ["Received", "Receiver"]

log = Log(__name__)

HELD_PAGE: Final = 500
ATTEMPTS: Final = 5
"""How often a page is judged again when another process moved one of its chains."""

HELD_NEXT = """
SELECT EXISTS (SELECT FROM exchange.held
                WHERE sender = $1 AND recipient = $2
                  AND ((epoch = $3 AND seq = $4 + 1) OR (epoch > $3 AND seq = 1)))
"""

HELD = """
SELECT carrier, wire FROM exchange.held
 WHERE sender = $1 AND recipient = $2 AND (epoch, seq) > ($3, $4) ORDER BY epoch, seq LIMIT $5
"""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one record."""

    record: Record
    code: Code
    detail: str = ""


class Receiver:
    """Records what comes, whoever brings it."""

    def __init__(
        self,
        office: Office,
        answer: Callable[[Sequence[Answer]], None],
        pull: Callable[[str], None],
        step: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Makes it; `answer` publishes receipts, `pull` is told from whom something is missing, and `step` is called
        between the steps of the transaction: tests cut it there.
        """
        self._office = office
        self._answer = answer
        self._pull = pull
        self._lookup = Lookup(office)
        self._recorder = Recorder(office, self._lookup, step)
        self._lock = asyncio.Lock()
        settings = office.settings
        self._rates = Rates(settings.sender_rate_max, settings.sender_burst_max)

    async def start(self) -> None:
        """Reads the counters, and takes up what was held when the process ended."""
        await self._recorder.start()
        for sender in list(self.held()):
            await self.take_up(sender)

    def waits_for(self, sender: str) -> bool:
        """Tells whether envelopes of a sender are held because something before them is missing."""
        return sender in self.held()

    def held(self) -> Mapping[str, int]:
        """How many envelopes are held, by sender."""
        return self._recorder.held

    async def take_up(self, sender: str, accept_epoch: int = 0) -> None:
        """Tries what is held of a sender, e.g. after an operator resumed the pair or accepted a new epoch."""
        if accept_epoch:
            self._lookup.accept(sender, accept_epoch)
        async with self._lock:
            await self._drain({sender})

    async def receive(self, records: Sequence[Record]) -> list[Received]:
        """Judges records in order and records what they call for; one outcome each, in the order of judgement.

        Raises:
            Unavailable: PostgreSQL is lost; ask again with the same records.
        """
        async with self._lock:
            moved: set[str] = set()
            outcomes = await self._receive(records, moved)
            await self._drain(moved)
            return outcomes

    # ── one page ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _receive(self, records: Sequence[Record], moved: set[str]) -> list[Received]:
        try:
            return await self._page(records, moved)
        except (LedgerError, NoSealKey):
            raise
        except Exception:
            log.exception("a page of records raised; taking them one by one", records=len(records))
        outcomes: list[Received] = []
        for record in records:
            try:
                outcomes += await self._page([record], moved)
            except (LedgerError, NoSealKey):
                raise
            except Exception:
                # A bug, met by one record: it is kept with the digest that finds it, and everybody else goes on.
                log.exception("a record cannot be judged", digest=record.digest.hex(), carrier=record.way)
                fault = Faulty(record, Code.MALFORMED, "the judgement itself failed")
                page = Page(faulty=[fault])
                done = await self._recorder.record(page, [], Knowledge())
                outcomes += self._afterwards(page, [], done).values()
        return outcomes

    async def _page(self, records: Sequence[Record], moved: set[str]) -> list[Received]:
        """Judges and stores one page; adds to `moved` the senders whose chains went on."""
        judge = self._judge()
        inspected: list[tuple[Record, Inspected]] = []
        for n, record in enumerate(records):
            if n % 16 == 15:
                await asyncio.sleep(0)
            inspected.append((record, judge.inspect(record)))
        inspected = self._within_rates(inspected)
        for _ in range(ATTEMPTS):
            page = Page()
            known = await self._lookup.look(inspected)
            page.judge(judge, inspected, ends=known.ends, known=known.known_of, sent=known.sent.get)
            entries = [enter(self._office, taken) for taken in page.taken]
            try:
                done = await self._recorder.record(page, entries, known)
            except Moved:
                self._lookup.forget()
                continue
            except BaseException:
                self._lookup.forget()
                raise
            self._lookup.remember(page, known)
            moved.update(page.ends)
            outcomes = self._afterwards(page, entries, done)
            return [outcomes[id(record)] for record in records if id(record) in outcomes]
        raise Unavailable("the chains of a page kept moving; ask again")

    def _judge(self) -> Judge:
        office = self._office
        return Judge(office.me, office.registry, office.ring, office.catalogue, office.wall())

    def _within_rates(self, inspected: Iterable[tuple[Record, Inspected]]) -> list[tuple[Record, Inspected]]:
        """Leaves out what a signer sends beyond its rate; it is pulled later, at our pace."""
        kept = []
        for record, what in inspected:
            signer = what.key.member if isinstance(what, Told | Receipted | Ended) else ""
            if not signer or record.held or self._rates.take(signer):
                kept.append((record, what))
            else:
                Metrics.QUARANTINE.add(1, sender=signer, reason="RATE")
                self._pull(signer)
        return kept

    def _afterwards(self, page: Page, entries: Sequence[Entry], done: Done) -> dict[int, Received]:
        """What is true once the transaction is: outcomes are counted, receipts go out, what is missing is pulled."""
        outcomes: dict[int, Received] = {}

        def count(record: Record, code: Code, detail: str = "", sender: str = "") -> None:
            self._office.count(code, sender)
            outcomes[id(record)] = Received(record, code, detail)

        for entry in entries:
            record, sender = entry.taken.record, entry.taken.told.header.sender
            count(record, entry.taken.code, entry.taken.detail, sender)
            if record.key and record.key != sender.encode():
                self._office.contradicted_hints += 1
        for early in page.early:
            if not early.record.held:
                count(early.record, early.code, "", early.sender)
        for faulty in page.faulty:
            count(faulty.record, faulty.code, faulty.detail, faulty.signer)
            Metrics.QUARANTINE.add(1, sender=faulty.signer or "unverified", reason=faulty.code.value)
        for conflict in done.conflicts:
            count(conflict.record, conflict.code, "", conflict.sender)
            log.error("a signed contradiction", peer=conflict.sender, code=conflict.code, seq=conflict.seq)
        for record, known in page.repeats:
            count(record, Code.DUPLICATE, "", known.sender if known else "")
        for record, receipted, _ in page.receipts:
            count(record, Code.RECORDED, "", receipted.receipt.issuer)
        for record in page.idle:
            count(record, Code.DUPLICATE)
        if done.answers:
            self._answer(done.answers)
        for sender in page.pull | done.pull:
            self._pull(sender)
        return outcomes

    # ── held ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _drain(self, senders: set[str]) -> None:
        """Takes what was held and now follows, until nothing more does."""
        for sender in senders & self.held().keys():
            moved = {sender}
            while moved and self.waits_for(sender):
                async with self._office.ledger.connection() as connection:
                    rows = await connection.fetch(ENDS, self._office.me, [sender])
                    end = self._lookup.ends(rows).get(sender, End()).link
                    if not await connection.fetchval(HELD_NEXT, sender, self._office.me, end.epoch, end.seq):
                        break
                    held = await connection.fetch(HELD, sender, self._office.me, end.epoch, end.seq, HELD_PAGE)
                moved = set()
                await self._page([Record(row["wire"], held=True, brought_by=row["carrier"]) for row in held], moved)
