"""The store on disk keeps the contract."""

from pathlib import Path

import pytest

from services.kernel.blobs import BlobStore, DiskBlobs
from tests.support.blobs import BlobStoreContract


class TestDiskBlobs(BlobStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> BlobStore:
        return DiskBlobs(tmp_path)
