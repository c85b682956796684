"""Looks for words in everything that is stored: every column of every table of a database, every byte of Kafka topics,
every line of a log.

A database is read as PostgreSQL writes it out (COPY), where bytes are hexadecimal; so each word is looked for as text
and as the hexadecimal digits of its UTF-8 bytes. Events are not compressed or encrypted in a database or a feed.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.cluster import Cluster
from deploy.local.story.telling import Search

READ_SECONDS: Final = 30.0
_TABLES: Final = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


class Finder:
    """Finds words in a stream of bytes."""

    def __init__(self, words: Iterable[str]) -> None:
        self._forms = {word: (word.encode(), word.encode().hex().encode()) for word in words}
        self._longest = max(len(form) for forms in self._forms.values() for form in forms)
        self._end = b""
        self.found: set[str] = set()
        self.bytes_read = 0

    def read(self, piece: bytes) -> None:
        """Takes the next bytes; a word across two pieces is found, too."""
        text = self._end + piece
        self.found |= {word for word, forms in self._forms.items() if any(form in text for form in forms)}
        self._end = text[-self._longest :]
        self.bytes_read += len(piece)

    def result(self, place: str) -> Search:
        """What was found."""
        return Search(place, self.bytes_read, tuple(sorted(self.found)))


async def search_database(cluster: Cluster, authority_id: str, words: Sequence[str]) -> Search:
    """Looks through all tables of an authority's database."""
    finder = Finder(words)

    async def take(piece: bytes) -> None:
        finder.read(piece)

    connection = await asyncpg.connect(cluster.postgres.dsn(authority_id), timeout=READ_SECONDS)
    try:
        for (table,) in await connection.fetch(_TABLES):
            await connection.copy_from_query(f"SELECT * FROM {table}", output=take, timeout=READ_SECONDS)  # noqa: S608
    finally:
        await connection.close()
    return finder.result(authority_id)


async def search_logs(cluster: Cluster, words: Sequence[str]) -> Search:
    """Looks through all that the nodes and the database server logged."""
    finder = Finder(words)
    folder = cluster.layout.folder / "nodes"
    for log in [*await asyncio.to_thread(lambda: sorted(folder.rglob("*.log"))), cluster.postgres.log]:
        finder.read(await asyncio.to_thread(log.read_bytes))
    return finder.result("logs")


async def search_topics(cluster: Cluster, words: Sequence[str], *, mailboxes: bool = False) -> Search:
    """Looks through every record of every topic; of mailboxes, whose bodies are sealed, on demand."""
    finder = Finder(words)
    partitions = await _open_partitions(cluster.broker.bootstrap, mailboxes=mailboxes)
    consumer = AIOKafkaConsumer(bootstrap_servers=cluster.broker.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    headers = b"".join(value for _, value in record.headers)
                    finder.read((record.key or b"") + (record.value or b"") + headers)
    finally:
        await consumer.stop()
    return finder.result("Kafka " + " ".join(sorted({partition.topic for partition in partitions})))


async def _open_partitions(bootstrap: str, *, mailboxes: bool) -> list[TopicPartition]:
    """All partitions of topics that are not Kafka's own, without mailboxes or with them."""
    closed = ("__consumer_offsets",) if mailboxes else ("mailbox.", "__consumer_offsets")
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        names = [name for name in await admin.list_topics() if not name.startswith(closed)]
        described = await admin.describe_topics(names)
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
    ]
