"""P1: any bytes, however they were made, have one defined outcome, soon, and without eating memory.

    ENFORCEMENT_FUZZ_INPUTS=10000000 ENFORCEMENT_FUZZ_SEED=2 pytest -s tests/integration/exchange/test_fuzz.py

What a carrier can change is tried on the wire; what only a member can make, with a valid signature over changed
headers, bodies and events.
"""

import gc
import os
import random
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from enforcement.exchange.v1 import envelope_pb2 as pb

from services.exchange.judge import Judge
from services.exchange.outcomes import End, KnownSent, Record
from services.exchange.page import Page
from services.kernel.envelopes.codec import Link, Receipted, Told, make_envelope, make_head, make_receipt
from services.kernel.envelopes.codec.form import body_info
from services.kernel.envelopes.keys import KeyRing, SealKey
from services.kernel.envelopes.members import FEED, Registry, RegistryFault
from services.kernel.envelopes.verdicts import VERDICTS, Code
from tests.support.members import CATALOGUE, EVENT, NOW, Party, forge, hash_of, registry, registry_file, roster
from tests.support.mutation import mutate, mutate_text

INPUTS = int(os.environ.get("ENFORCEMENT_FUZZ_INPUTS", "20000"))
SEED = int(os.environ.get("ENFORCEMENT_FUZZ_SEED", "1"))
INPUT_SECONDS = 0.05
"""Of processor time; the wait for a processor is not the parser's."""
GROWTH_KIB = 50 << 10


def party(authority: str, number: int) -> Party:
    """Keys that a seed gives, so that a found case can be made again; what is sealed is random all the same."""
    ring = KeyRing.generate(authority)
    return Party(authority, KeyRing(authority, (SealKey.from_seed(authority, bytes([number] * 32)),), ring.boxes))


A, B = party("jt-510521", 1), party("ga-510521", 2)
KNOWN = registry(A, B)
AT_B = Judge(B.id, KNOWN, B.ring, CATALOGUE, NOW)
BOX = KNOWN.members[B.id].box(NOW)
EVENTS = (EVENT, roster(A.id, B.id, version=3))
DEPTHS_REACHED = {
    Code.MALFORMED,
    Code.BAD_SIGNATURE,
    Code.NOT_CANONICAL,
    Code.BODY_DIGEST,
    Code.BODY_OPEN,
    Code.COMMITMENT,
    Code.SCHEMA_MISMATCH,
    Code.RECORDED,
}
MEDIA = {pb.KIND_ENVELOPE: "header", pb.KIND_RECEIPT: "receipt", pb.KIND_HEAD: "head"}


def samples() -> list[bytes]:
    """Valid wires of every kind that B may get."""
    sent = hash_of(B.tell(A))
    answer = pb.Receipt(
        issuer=A.id,
        recipient=B.id,
        env_hash=sent,
        epoch=1,
        seq=1,
        status=pb.RECEIPT_STATUS_RECORDED,
        received_us=1,
        event_id=bytes(16),
        event_hash=bytes(32),
        registry=KNOWN.digest,
    )
    refusal = pb.Receipt()
    refusal.CopyFrom(answer)
    refusal.status, refusal.code = pb.RECEIPT_STATUS_REJECTED, "NOT_GRANTED"
    rich: dict[str, Any] = {
        "causes": [bytes(32), sent],
        "clock": pb.Clock(rule="transfer.send", due_us=1),
        "basis": pb.Basis(purpose="联合执法"),
    }
    return [
        *(A.tell(B, event) for event in EVENTS),
        A.tell(B, **rich),
        make_receipt(answer, A.seal),
        make_receipt(refusal, A.seal),
        make_head(A.id, B.id, A.link, NOW, A.seal),
        make_head(A.id, FEED, A.link, NOW, A.seal),
    ]


SAMPLES = samples()
HASHES = {hash_of(wire) for wire in SAMPLES}


def outcome(wire: bytes) -> Code | None:
    """What B makes of a wire that comes when its place is the next one; None for a head, which has no effect."""
    record = Record(wire)
    what = AT_B.inspect(record)
    ends: dict[str, End] = {}
    sent = None
    if isinstance(what, Told):
        header = what.header
        ends[header.sender] = End(Link(header.epoch, header.seq - 1, header.prev))
    elif isinstance(what, Receipted):
        receipt = what.receipt
        sent = KnownSent(A.id, receipt.epoch, receipt.seq, receipt.env_hash, NOW - timedelta(hours=1), None)
    page = Page()
    page.judge(AT_B, [(record, what)], ends=ends, known=lambda _: (), sent=lambda _: sent)
    codes = [taken.code for taken in page.taken] + [early.code for early in page.early]
    codes += [faulty.code for faulty in page.faulty] + [conflict.code for conflict in page.conflicts]
    codes += [Code.RECORDED] * len(page.receipts)
    assert len(codes) + len(page.idle) == 1, "every record is in exactly one list"
    return codes[0] if codes else None


# ── what is changed, and by whom ─────────────────────────────────────────────────────────────────────────────────────


def carried(dice: random.Random) -> bytes:
    """A carrier changes the wire."""
    return mutate(dice, dice.choice(SAMPLES), SAMPLES)


def signed(dice: random.Random) -> bytes:
    """A member signs a header that its encoder would not have made."""
    outer = pb.Envelope.FromString(dice.choice(SAMPLES))
    headers = [pb.Envelope.FromString(wire).header for wire in SAMPLES]
    return forge(mutate(dice, outer.header, headers), A.seal, outer.body, kind=outer.kind, media=MEDIA[outer.kind])


def told(dice: random.Random) -> bytes:
    """A member tells an event that is none, committed to, sealed and signed as it should be."""
    event = dice.choice(EVENTS)
    value = mutate(dice, event.SerializeToString(), [each.SerializeToString() for each in EVENTS])
    return make_envelope(A.header(B, event), value, A.seal, BOX)[0]


def sealed(dice: random.Random) -> bytes:
    """A member seals a body that is none."""
    header = A.header(B)
    body = mutate(dice, pb.Body(openings=[pb.Opening(salt=bytes(16), value=b"event")]).SerializeToString(), SAMPLES)
    return _resealed(header, body)


def _resealed(header: pb.Header, plain: bytes) -> bytes:
    """An envelope over exactly these body bytes."""
    assert BOX is not None
    header.v = header.hash_suite = header.body_suite = 1
    header.box_key_id, header.body_commit = BOX.id, bytes(32)
    body = BOX.seal(plain, body_info(header))
    header.body_digest, header.body_len = sha256(body).digest(), len(body)
    return forge(header.SerializeToString(deterministic=True), A.seal, body)


MAKERS: dict[Callable[[random.Random], bytes], int] = {carried: 5, signed: 3, told: 1, sealed: 1}
"""By share of the inputs."""


@dataclass(slots=True)
class Run:
    inputs: int
    codes: Counter[str]
    slowest_seconds: float
    growth_kib: int


def fuzz(seed: int, inputs: Iterator[int]) -> Run:
    dice = random.Random(seed)
    makers, weights = list(MAKERS), list(MAKERS.values())
    codes: Counter[str] = Counter()
    slowest = 0.0
    count = 0
    before = 0
    for count in inputs:
        maker = dice.choices(makers, weights)[0]
        wire = maker(dice)
        began = time.thread_time()
        try:
            code = outcome(wire)
        except Exception as error:
            error.add_note(f"seed {seed}, input {count}, by {maker.__name__}: {wire.hex()}")
            raise
        slowest = max(slowest, _again(wire, time.thread_time() - began))
        codes[code or "no effect"] += 1
        assert code is None or code in VERDICTS
        if code is Code.RECORDED and maker is carried:
            # A carrier may reorder the outer fields; what was signed is what was said.
            assert hash_of(wire) in HASHES, wire.hex()
        if count == 1_000:
            before = _peak_kib()  # everything is loaded and every cache begun
    return Run(count + 1, codes, slowest, _peak_kib() - before)


def _again(wire: bytes, seconds: float) -> float:
    """The time once more without what the collector took, if it was long."""
    if seconds < INPUT_SECONDS:
        return seconds
    gc.disable()
    try:
        began = time.thread_time()
        outcome(wire)
        return time.thread_time() - began
    finally:
        gc.enable()


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.timeout(0)
def test_any_bytes_have_one_defined_outcome_soon(capsys):
    began = time.monotonic()
    run = fuzz(SEED, iter(range(INPUTS)))
    with capsys.disabled():
        seconds = time.monotonic() - began
        print(f"\nseed {SEED}: {run.inputs} inputs in {seconds:.0f} s, slowest {run.slowest_seconds * 1000:.1f} ms,")
        print(f"{run.growth_kib} KiB more; {', '.join(f'{code} {n}' for code, n in run.codes.most_common())}")
    assert run.slowest_seconds < INPUT_SECONDS
    assert run.growth_kib < GROWTH_KIB
    assert run.codes.keys() >= DEPTHS_REACHED, "the inputs come as far as the last steps"


def test_the_inputs_of_a_seed_are_the_same_again():
    dice, again = random.Random(7), random.Random(7)
    assert [carried(dice) for _ in range(50)] == [carried(again) for _ in range(50)]


def test_any_registry_file_is_a_registry_or_refused():
    dice = random.Random(SEED)
    file = registry_file(A, B)
    outcomes = Counter(_parsed(mutate_text(dice, file)) for _ in range(3_000))
    assert outcomes.keys() == {True, False}


def _parsed(file: bytes) -> bool:
    try:
        return bool(Registry.parse(file).members)
    except RegistryFault:
        return False
