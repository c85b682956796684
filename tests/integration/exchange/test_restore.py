"""L2: a database from yesterday does not sign a second history; what was lost is told anew, in a new epoch."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from enforcement.exchange.v1 import events_pb2 as pb
from enforcement.exchange.v1 import service_pb2 as api_pb

from services.exchange.guard import Guard, GuardFault, Known, compare
from services.exchange.restore import ROLLBACK
from services.kernel.envelopes.codec import Link, admit, read_head, read_receipt, verify
from services.kernel.envelopes.verdicts import Code
from services.kernel.errors import Refused, refusals
from services.kernel.ledger import Mismatch, uuid7
from tests.support.eventually import eventually
from tests.support.exchange_site import OFFICER, Site, Union
from tests.support.members import roster

Refusal = refusals("enforcement.exchange.v1")
H1, H2 = b"1" * 32, b"2" * 32


def known(position: int, *end: Any) -> Known:
    return Known(position, {"ga-510521": Link(*end)} if end else {})


@pytest.mark.parametrize(
    ("guard", "database", "code"),
    [
        (None, known(0), None),
        (None, known(9), None),
        (None, known(9, 1, 3, H1), "GUARD_MISSING"),
        (known(9, 1, 3, H1), known(9, 1, 3, H1), None),
        (known(9, 1, 3, H1), known(12, 1, 5, H2), None),
        (known(9, 1, 3, H1), known(8, 1, 3, H1), "LEDGER_BEHIND_GUARD"),
        (known(9, 1, 3, H1), known(9, 1, 2, H1), "CHAIN_BEHIND_GUARD"),
        (known(9, 2, 1, H1), known(9, 1, 7, H1), "CHAIN_BEHIND_GUARD"),
        (known(9, 1, 3, H1), known(9, 1, 3, H2), "CHAIN_DIFFERS"),
        (known(9, 1, 3, H1), known(9), "CHAIN_BEHIND_GUARD"),
    ],
)
def test_a_database_is_compared_with_what_was_said(guard, database, code):
    found = compare(guard, database)
    assert (found[0] if found else None) == code


async def test_a_guard_is_read_back_and_its_owner_checked(tmp_path):
    file = tmp_path / "guard.json"
    said = known(9, 1, 3, H1)
    await Guard(file, "jt-510521").write(said)
    assert Guard(file, "jt-510521").read() == said
    with pytest.raises(GuardFault):
        Guard(file, "ga-510521").read()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"v": 1}', '{"v": 9, "authority": "jt-510521", "chains": {}}'])
def test_a_damaged_guard_stops_the_exchange(tmp_path: Path, text):
    file = tmp_path / "guard.json"
    file.write_text(text)
    with pytest.raises(GuardFault):
        Guard(file, "jt-510521").read()


# ── whole exchanges ──────────────────────────────────────────────────────────────────────────────────────────────────


async def backup(databases, dsn: str) -> str:
    """A copy of a database nobody uses now; the DSN of the copy."""
    name = urlsplit(dsn).path.lstrip("/")
    copy = f"{name}_backup"
    admin = await asyncpg.connect(databases.server.dsn())
    try:
        await admin.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
    finally:
        await admin.close()
    databases._made.append(copy)
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{copy}"))


async def history(union: Union, site_b: Site) -> str:
    """A tells B two things, is backed up, and tells it three more; the DSN of the backup."""
    one = union.members[0]
    dsn = await union.databases.make()
    async with union.site(one, dsn=dsn) as a:
        for version in range(2):
            await a.tell(roster(site_b.id, version=version))
        await eventually(a.settled)
    old = await backup(union.databases, dsn)
    async with union.site(one, dsn=dsn) as a:
        for version in range(2, 5):
            await a.tell(roster(site_b.id, version=version))
        await eventually(a.settled)
    return old


async def stopped(site: Site, recipient: str) -> Any:
    return await site.desk.value(
        "SELECT stopped FROM exchange.chain WHERE sender = $1 AND recipient = $2", site.id, recipient
    )


@pytest.mark.parametrize("guarded", [True, False])
async def test_a_restored_database_signs_nothing_until_a_new_epoch(kafka, databases, tmp_path, guarded):
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    async with union.site(other) as b:
        old = await history(union, b)
        assert len(await b.desk.recorded()) == 5
        if not guarded:
            one.guard.unlink()
        async with union.site(one, dsn=old) as a:
            await eventually(lambda: a.desk.events(pb.RollbackJudged), what="the peer was asked")
            [suspected] = await a.desk.events(pb.RollbackSuspected)
            code = pb.RollbackSuspected.FromString(suspected.body).code
            assert code == ("LEDGER_BEHIND_GUARD" if guarded else "GUARD_MISSING")
            assert await stopped(a, b.id) == ROLLBACK
            said = await a.desk.value("SELECT count(*) FROM exchange.sent WHERE recipient = $1", b.id)
            await a.tell(roster(b.id, version=9))
            await eventually(lambda: a.desk.value("SELECT count(*) > 0 FROM exchange.deferred"))
            assert await a.desk.value("SELECT count(*) FROM exchange.sent WHERE recipient = $1", b.id) == said
            assert await b.desk.events(pb.ChainConflict) == []
            request = api_pb.OpenEpochRequest(command_id=str(uuid7()), recipient_id=b.id, reason="备份恢复")
            await a.api.open_epoch(request, a.call())
            await eventually(lambda: told(b, a, 7), what="the new epoch and what waited for it")
            assert (await b.desk.end(a.desk.party))[:2] == (2, 2)
            assert await b.desk.events(pb.ChainConflict) == []
            assert (await b.received(a))[-1] == roster(b.id, version=9).SerializeToString()
            assert await stopped(a, b.id) is None


async def test_a_stopped_chain_goes_on_when_an_operator_says_so_and_a_repeat_has_the_same_answer(
    kafka, databases, tmp_path
):
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    async with union.site(other) as b, union.site(one) as a:
        await a.tell(roster(b.id, version=1))
        await eventually(lambda: told(b, a, 1))
        request = api_pb.ResumeChainRequest(command_id=str(uuid7()), authority_id=a.id, reason="与该单位核对")
        with pytest.raises(Refused) as refused:
            await b.api.resume_chain(request, b.call())
        assert refused.value.code == Refusal.CHAIN_NOT_STOPPED
        await b.desk.value("UPDATE exchange.chain SET stopped = 'CHAIN_BROKEN' WHERE sender = $1", a.id)
        await a.tell(roster(b.id, version=2))
        await eventually(lambda: b.desk.value("SELECT count(*) > 0 FROM exchange.held"), what="what came is held")
        recorded = await b.api.resume_chain(request, b.call())
        await eventually(lambda: told(b, a, 2), what="what was held is taken")
        assert await b.api.resume_chain(request, b.call()) == recorded
        [resumed] = await b.desk.events(pb.ChainResumed)
        assert pb.ChainResumed.FromString(resumed.body).code == "CHAIN_BROKEN"

        await b.desk.value("UPDATE exchange.chain SET stopped = 'CHAIN_BROKEN' WHERE sender = $1", a.id)
        assert await b.api.resume_chain(request, b.call()) == recorded
        assert await b.desk.stopped(a.desk.party) == "CHAIN_BROKEN", "it was stopped again since: that needs a new word"
        other_epoch = api_pb.ResumeChainRequest()
        other_epoch.CopyFrom(request)
        other_epoch.accept_epoch = 7
        with pytest.raises(Mismatch):
            await b.api.resume_chain(other_epoch, b.call())


async def told(site: Site, sender: Site, count: int) -> bool:
    return len(await site.received(sender)) == count


async def test_while_a_peer_has_not_answered_nothing_is_signed(kafka, databases, tmp_path):
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    b_dsn = await databases.make()
    async with union.site(other, dsn=b_dsn) as b:
        old = await history(union, b)
    async with union.site(one, dsn=old) as a:
        await eventually(lambda: a.exchange.office.suspicion, what="suspected")
        told_before = await a.tell(roster(other.id, version=9))
        status = await a.api.get_status(api_pb.GetStatusRequest(), a.call(OFFICER))
        assert status.suspicion == "LEDGER_BEHIND_GUARD"
        assert status.told_position < told_before.position
        assert await a.desk.value("SELECT count(*) FROM exchange.sent WHERE position >= $1", told_before.position) == 0
        async with union.site(other, dsn=b_dsn):
            await eventually(lambda: not a.exchange.office.suspicion, what="judged when the peer is back")


async def test_a_normal_restart_needs_no_peer(kafka, databases, tmp_path):
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    dsn = await databases.make()
    for version in range(2):
        async with union.site(one, dsn=dsn) as a:
            event = await a.tell(roster(other.id, version=version))
            statement = "SELECT count(*) FROM exchange.sent WHERE position = $1"
            await eventually(lambda: a.desk.value(statement, event.position))  # noqa: B023
            assert await a.desk.events(pb.RollbackSuspected) == []


async def test_a_peer_that_knows_more_stops_the_chain_also_while_running(kafka, databases, tmp_path):
    """The guard was restored together with the database: only the peer's head tells."""
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    async with union.site(other) as b:
        dsn = await databases.make()
        async with union.site(one, dsn=dsn) as a:
            await a.tell(roster(b.id))
            await eventually(a.settled)
        old, guard = await backup(databases, dsn), one.guard.read_bytes()
        async with union.site(one, dsn=dsn) as a:
            await a.tell(roster(b.id, version=2))
            await eventually(a.settled)
        one.guard.write_bytes(guard)
        async with union.site(one, dsn=old) as a:
            await eventually(lambda: stopped(a, b.id), what="stopped by the peer's head")
            assert await stopped(a, b.id) == ROLLBACK


async def test_a_restored_recipient_gives_second_receipts_and_is_recognised(kafka, databases, tmp_path):
    """B forgot what it had receipted and records it anew: one finding that proves it, no accusation per envelope."""
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    dsn = await databases.make()
    async with union.site(one) as a:
        async with union.site(other, dsn=dsn) as b:
            for version in range(2):
                await a.tell(roster(b.id, version=version))
            await eventually(a.settled)
        old = await backup(databases, dsn)
        async with union.site(other, dsn=dsn) as b:
            for version in range(2, 5):
                await a.tell(roster(b.id, version=version))
            await eventually(a.settled)
        first = await receipts(a)
        async with union.site(other, dsn=old) as b:
            await eventually(lambda: told(b, a, 5), what="what was lost is pulled")
            again = {Code.RECEIPT_AGAIN.value: 3}
            await eventually(lambda: _equal(a.desk.quarantined(), again), what="its second receipts, kept")
            assert await receipts(a) == first
            assert await a.desk.events(pb.ChainConflict) == []
            [event] = await a.desk.events(pb.PeerRewound)
            rewound = pb.PeerRewound.FromString(event.body)
            assert (rewound.peer_id, rewound.epoch, rewound.stated_seq, rewound.receipted_seq) == (b.id, 1, 2, 5)
            known = a.exchange.office.registry
            stated = read_head(verify(admit(rewound.head.SerializeToString()), known, event.recorded_at))
            given = read_receipt(verify(admit(rewound.receipt.SerializeToString()), known, event.recorded_at))
            assert (stated.key.member, stated.head.seq, given.key.member, given.receipt.seq) == (b.id, 2, b.id, 5)
            await a.tell(roster(b.id, version=5))
            await eventually(a.settled, what="what follows, by the new receipts")


async def test_what_the_guard_does_not_know_is_not_published(kafka, databases, tmp_path):
    """The guard's volume is gone for a while: envelopes wait in the database and are said later; the rest goes on."""
    union = await Union.of(kafka, databases, tmp_path, "jt", "ga")
    one, other = union.members
    volume = tmp_path / "volume"
    volume.mkdir()
    one.guard_file = volume / "guard.json"
    async with union.site(one) as a, union.site(other) as b:
        await a.tell(roster(b.id))
        await eventually(a.settled)
        volume.rename(tmp_path / "away")
        await a.tell(roster(b.id, version=2))
        await eventually(lambda: _equal(a.sent(b), 2), what="stored")
        await b.tell(roster(a.id))
        await eventually(lambda: told(a, b, 1), what="what comes in is recorded all the same")
        await a.tell(roster(b.id, version=3))
        assert await a.desk.value("SELECT published_seq FROM exchange.chain WHERE recipient = $1", b.id) == 1
        (tmp_path / "away").rename(volume)
        await eventually(lambda: told(b, a, 3), what="all told")
        await eventually(a.settled)
        remembered = Guard(one.guard, a.id).read()
        assert remembered is not None
        assert remembered.chains[b.id].seq == 3


async def receipts(site: Site) -> list[bytes]:
    return [row["receipt"] for row in await site.desk.rows("SELECT receipt FROM exchange.sent ORDER BY recipient, seq")]


async def _equal(value, expected):
    return await value == expected
