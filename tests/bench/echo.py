"""The raw limits that the command path is measured beside: a bare grpc.aio echo, and one that first inserts a row.

python -m tests.bench.echo ADDRESS CERTIFICATE KEY DSN     the same TLS, loop and server as a node's officers' port
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import asyncpg
import grpc
import uvloop

ECHO = "/bench.Raw/Echo"
APPEND = "/bench.Raw/Append"
CONNECTIONS = 32
"""One for each caller."""

TABLE = "CREATE TABLE IF NOT EXISTS raw (position bigserial PRIMARY KEY, body bytea NOT NULL)"
INSERT = "INSERT INTO raw (body) VALUES ($1) RETURNING position"


class Raw:
    """Both methods; requests and answers are bytes."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def echo(self, request: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
        """Answers with what came."""
        return request

    async def append(self, request: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
        """The same, once it is committed."""
        await self._pool.fetchval(INSERT, request)
        return request


async def serve(address: str, certificate: bytes, key: bytes, dsn: str) -> None:
    """Runs until it is killed."""
    async with asyncpg.create_pool(dsn, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
        await pool.execute(TABLE)
        raw = Raw(pool)
        server = grpc.aio.server()
        handlers: Any = {
            "Echo": grpc.unary_unary_rpc_method_handler(raw.echo),
            "Append": grpc.unary_unary_rpc_method_handler(raw.append),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Raw", handlers),))
        credentials = grpc.ssl_server_credentials([(key, certificate)])
        server.add_secure_port(address, credentials)
        await server.start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    address, certificate, key, dsn = sys.argv[1:]
    uvloop.run(serve(address, Path(certificate).read_bytes(), Path(key).read_bytes(), dsn))
