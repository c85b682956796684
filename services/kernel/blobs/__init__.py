"""Evidence files (证据文件) by content hash: `port` what a store promises · `disk` · `s3` · `api` BlobsService.

`s3` is imported where such a store is configured: its client takes 6 MB and 0.1 s of every start.

A file's address is its SHA-256, so a stored file never changes, and whoever has the hash can check what they got.
"""

from services.kernel.blobs.disk import DiskBlobs
from services.kernel.blobs.port import BLOB_BYTES_MAX, CHUNK_BYTES, BlobStore, Damaged, Refusal, Upload

__all__ = [
    "BLOB_BYTES_MAX",
    "CHUNK_BYTES",
    "BlobStore",
    "Damaged",
    "DiskBlobs",
    "Refusal",
    "Upload",
]
