"""A platform that runs alone follows its registry file."""

from pathlib import Path

import pytest

from services.kernel.envelopes.members import Registry
from services.platform.registry import CHECK_SECONDS, RegistryFile
from tests.support.members import Party, registry
from tests.unit.platform.feeds import LUXIAN, YONGCHUAN


class Followed:
    """A file, and a clock that a test turns."""

    def __init__(self, file: Path) -> None:
        self.file, self.seconds = file, 0.0
        self.first = registry(Party.new(LUXIAN))
        file.write_bytes(self.first.file)
        self.registry = RegistryFile(file, self.first, lambda: self.seconds)

    def after(self, content: bytes | None) -> Registry:
        """What is in force once the file has been looked at."""
        if content is None:
            self.file.unlink()
        else:
            self.file.write_bytes(content)
        self.seconds += CHECK_SECONDS
        return self.registry()


@pytest.fixture
def followed(tmp_path: Path) -> Followed:
    return Followed(tmp_path / "members.toml")


def test_a_newer_registry_comes_into_force_without_a_restart(followed: Followed) -> None:
    newer = registry(Party.new(LUXIAN), Party.new(YONGCHUAN), version=followed.first.version + 1)
    assert list(followed.after(newer.file).members) == [LUXIAN, YONGCHUAN]


@pytest.mark.parametrize("content", [b"no registry", None], ids=["broken", "gone"])
def test_a_file_that_is_not_good_changes_nothing(followed: Followed, content: bytes | None) -> None:
    assert followed.after(content) is followed.first


def test_a_registry_of_the_same_version_with_other_members_is_refused(followed: Followed) -> None:
    other = registry(Party.new(LUXIAN), Party.new(YONGCHUAN), version=followed.first.version)
    assert followed.after(other.file) is followed.first


def test_the_file_is_not_read_at_every_question(followed: Followed) -> None:
    followed.registry()
    followed.file.write_bytes(registry(Party.new(LUXIAN), version=followed.first.version + 1).file)
    assert followed.registry() is followed.first
