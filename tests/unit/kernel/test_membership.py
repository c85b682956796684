"""Who is a member follows the registry file; what is not a newer registry changes nothing."""

import asyncio
from pathlib import Path

import pytest

from services.kernel import membership
from services.kernel.envelopes.key_cards import render
from services.kernel.envelopes.members import Registry, RegistryFault
from services.kernel.membership import Membership
from tests.support.eventually import eventually
from tests.support.members import Party

ME, POLICE = Party.new("jt-510521"), Party.new("ga-510521")


def file_of(version: int, *parties: Party) -> bytes:
    return render(version, [(party.member(), party.cards()) for party in parties])


def registry_of(version: int, *parties: Party) -> Registry:
    return Registry.parse(file_of(version, *parties))


@pytest.fixture
def members(tmp_path: Path) -> Membership:
    return Membership(ME.id, registry_of(2, ME), tmp_path / "members.toml")


async def test_a_newer_file_counts_without_a_restart(
    members: Membership, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(membership, "CHECK_SECONDS", 0.01)
    watching = asyncio.create_task(members.run())
    (tmp_path / "members.toml").write_bytes(file_of(3, ME, POLICE))
    await eventually(lambda: POLICE.id in members)
    (tmp_path / "members.toml").write_text("nonsense")
    (tmp_path / "members.toml").write_bytes(file_of(4, ME))
    await eventually(lambda: POLICE.id not in members)
    watching.cancel()


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_that_is_not_newer_is_refused(members: Membership, version: int):
    with pytest.raises(RegistryFault, match="OLD_VERSION"):
        members.take(registry_of(version, ME, POLICE))
    assert list(members) == [ME.id]


def test_a_file_that_leaves_this_authority_out_is_refused(members: Membership):
    with pytest.raises(RegistryFault, match="NOT_LISTED"):
        members.take(registry_of(3, POLICE))
    assert (list(members), members.registry.version) == ([ME.id], 2)


def test_a_member_that_is_no_authority_is_refused(members: Membership):
    with pytest.raises(ValueError, match="not an authority id"):
        members.take(registry_of(3, ME, Party.new("somebody")))
    assert (list(members), members.registry.version) == ([ME.id], 2)
