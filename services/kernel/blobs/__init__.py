"""Evidence files (证据文件) by content hash: `port` what a store promises · `disk` · `s3` · `api` BlobsService.

A file's address is its SHA-256, so a stored file never changes, and whoever has the hash can check what they got.
"""

from services.kernel.blobs.disk import DiskBlobs
from services.kernel.blobs.port import BLOB_BYTES_MAX, CHUNK_BYTES, BlobStore, Damaged, Refusal, Upload
from services.kernel.blobs.s3 import S3Blobs, S3Settings

__all__ = [
    "BLOB_BYTES_MAX",
    "CHUNK_BYTES",
    "BlobStore",
    "Damaged",
    "DiskBlobs",
    "Refusal",
    "S3Blobs",
    "S3Settings",
    "Upload",
]
