"""A bare grpc.aio echo: the raw limit that the command path is measured beside.

python -m tests.bench.echo ADDRESS CERTIFICATE KEY     the same TLS, loop and server options as a node's officers' port
"""

import asyncio
import sys
from pathlib import Path

import grpc
import uvloop

METHOD = "/bench.Echo/Echo"


async def echo(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
    """Answers with what came."""
    return request


async def serve(address: str, certificate: str, key: str) -> None:
    """Runs until it is killed."""
    server = grpc.aio.server()
    handler = grpc.unary_unary_rpc_method_handler(echo)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Echo", {"Echo": handler}),))
    credentials = grpc.ssl_server_credentials([(Path(key).read_bytes(), Path(certificate).read_bytes())])
    server.add_secure_port(address, credentials)
    await server.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(*sys.argv[1:]))
