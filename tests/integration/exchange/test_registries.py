"""The member registry in force: one finding per file, whoever loads it."""

import asyncio
from dataclasses import replace

from enforcement.exchange.v1 import events_pb2 as pb

from services.exchange.registries import Registries
from services.kernel.envelopes.members import RegistryFault
from services.kernel.ledger import Ledger
from tests.support.exchange import desk
from tests.support.members import Party, registry


async def test_two_processes_of_one_authority_load_a_file_at_once(databases):
    a, b = Party.new("jt-510521"), Party.new("ga-510521")
    async with desk(databases, a, registry(a, b)) as at, Ledger.open(at.dsn) as other_ledger:
        for version in range(2, 12):
            known = registry(a, b, version=version)
            offices = [replace(at.office, registry=known), replace(at.office, ledger=other_ledger, registry=known)]
            await asyncio.gather(*(Registries(office, None).start() for office in offices))
        versions = [pb.RegistryLoaded.FromString(e.body).version for e in await at.events(pb.RegistryLoaded)]
        assert versions == list(range(1, 12))


async def test_of_two_files_with_one_version_the_second_is_refused(databases):
    a, b, c = Party.new("jt-510521"), Party.new("ga-510521"), Party.new("jcy-510521")
    async with desk(databases, a, registry(a, b)) as at, Ledger.open(at.dsn) as other_ledger:
        offices = [
            replace(at.office, registry=registry(a, b, version=2)),
            replace(at.office, ledger=other_ledger, registry=registry(a, b, c, version=2)),
        ]
        outcomes = await asyncio.gather(
            *(Registries(office, None).start() for office in offices), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes if outcome] == [RegistryFault]
        [_, second] = [pb.RegistryLoaded.FromString(e.body).version for e in await at.events(pb.RegistryLoaded)]
        assert second == 2
