"""Folders for deployments."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that PostgreSQL's own user may pass: every pytest that starts closes pytest's own folders to others."""
    folder = Path(tempfile.mkdtemp(prefix="enforcement-local-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
