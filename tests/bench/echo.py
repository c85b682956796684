"""A bare grpc.aio echo: the raw limit that the command path is measured beside.

python -m tests.bench.echo ADDRESS CERTIFICATE KEY     the same TLS, loop and server options as a node's officers' port
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import grpc
import uvloop

METHOD = "/bench.Echo/Echo"


async def echo(request: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
    """Answers with what came."""
    return request


async def serve(address: str, certificate: bytes, key: bytes) -> None:
    """Runs until it is killed."""
    server = grpc.aio.server()
    handler: Any = grpc.unary_unary_rpc_method_handler(echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Echo", {"Echo": handler}),))
    credentials = grpc.ssl_server_credentials([(key, certificate)])
    server.add_secure_port(address, credentials)
    await server.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    address, certificate, key = sys.argv[1:]
    uvloop.run(serve(address, Path(certificate).read_bytes(), Path(key).read_bytes()))
