"""Runs the simulated bank: `python -m deploy.local.bank SETTINGS.json`; see `layout.BankSettings`."""

import asyncio
import signal
import sys
from pathlib import Path

import grpc
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from enforcement.bank.v1 import service_pb2_grpc as stubs

from deploy.local.bank.callbacks import Callbacks
from deploy.local.bank.layout import BankSettings
from deploy.local.bank.server import BankApi
from deploy.local.bank.store import Store
from services.kernel.clock import FileClock, SystemClock

STOP_SECONDS = 2.0


def files(settings: BankSettings) -> tuple[bytes, bytes, bytes, Ed25519PrivateKey]:
    """Certificate authority, certificate and its key, PEM; the issuer's key."""
    key = serialization.load_pem_private_key(Path(settings.issuer_key_file).read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    names = (settings.ca_file, settings.certificate_file, settings.key_file)
    ca, certificate, private = (Path(name).read_bytes() for name in names)
    return ca, certificate, private, key


async def serve(settings: BankSettings) -> None:
    """Serves until SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ca, certificate, private, key = files(settings)
    store = Store(Path(settings.folder) / "bank.sqlite")
    callbacks = Callbacks(store, settings.nodes, ca, key)
    clock = FileClock(Path(settings.clock_file)) if settings.clock_file else SystemClock()
    server = grpc.aio.server()
    api = BankApi(store, callbacks, clock, Path(settings.folder) / "statements")
    stubs.add_BankServiceServicer_to_server(api, server)
    credentials = grpc.ssl_server_credentials([(private, certificate)], root_certificates=ca, require_client_auth=True)
    server.add_secure_port(settings.address, credentials)
    await server.start()
    telling = asyncio.create_task(callbacks.run())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([telling, stopping], return_when=asyncio.FIRST_COMPLETED)
        if telling.done():
            telling.result()
    finally:
        telling.cancel()
        stopping.cancel()
        await server.stop(STOP_SECONDS)
        await callbacks.aclose()
        store.close()


if __name__ == "__main__":
    asyncio.run(serve(BankSettings.read(Path(sys.argv[1]))))
