"""TCP proxies: the network between a process and its server. `CutProxy` cuts at a chosen moment, `Gate` for a while,
`Lossy` wherever it comes.

async with CutProxy("127.0.0.1", port) as proxy:
    proxy.cut(b"marker", "before")     # the next request with these bytes does not arrive, its connection breaks
    proxy.cut(b"marker", "after")      # it arrives and is answered; the answer is lost, the connection breaks
    proxy.cut(b"marker", "hold")       # it arrives and is answered; the answer waits until `release`
    await proxy.happened.wait()

async with Gate("localhost", port) as gate:
    gate.shut()                        # every connection breaks, and new ones are refused, until `open`
"""

import asyncio
import contextlib
import random
from types import TracebackType
from typing import Literal, Self

Moment = Literal["before", "after", "hold"]


class CutProxy:
    """Listens on a free port of 127.0.0.1 and forwards to one server."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._marker: bytes | None = None
        self._moment: Moment = "before"
        self._released = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self.happened = asyncio.Event()
        """Set when the cut has been made: with "before" nothing arrived, with "after" and "hold" the answer exists."""
        self.port = 0

    def cut(self, marker: bytes, moment: Moment) -> None:
        """Cut at the next request that contains `marker`, once."""
        self._marker, self._moment = marker, moment
        self._released.clear()
        self.happened.clear()

    def release(self) -> None:
        """Let a held answer go; its connection breaks nevertheless."""
        self._released.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        connection = _Connection(self, reader, writer)
        with contextlib.suppress(OSError):
            await connection.run(*self._target)

    def matches(self, data: bytes) -> bool:
        """Whether the cut is due; it is due once."""
        if self._marker is None or self._marker not in data:
            return False
        self._marker = None
        return True

    @property
    def moment(self) -> Moment:
        """When to cut."""
        return self._moment

    async def held(self) -> None:
        """Wait for `release`."""
        await self._released.wait()


class _Connection:
    def __init__(self, proxy: CutProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.proxy, self.reader, self.writer = proxy, reader, writer
        self.doomed = False

    async def run(self, host: str, port: int) -> None:
        """Forward both ways until one side closes or the cut comes."""
        try:
            server_reader, server_writer = await asyncio.open_connection(host, port)
        except OSError:
            self.writer.transport.abort()
            raise
        try:
            done, pending = await asyncio.wait(
                [asyncio.create_task(self._up(server_writer)), asyncio.create_task(self._down(server_reader))],
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in pending:
                task.cancel()
            await asyncio.gather(*done, *pending, return_exceptions=True)
        finally:
            self.writer.transport.abort()
            server_writer.transport.abort()

    async def _up(self, server: asyncio.StreamWriter) -> None:
        while data := await self.reader.read(1 << 16):
            if self.proxy.matches(data):
                if self.proxy.moment == "before":
                    self.proxy.happened.set()
                    return
                self.doomed = True
            server.write(data)
            await server.drain()

    async def _down(self, server: asyncio.StreamReader) -> None:
        while data := await server.read(1 << 16):
            if self.doomed:
                self.proxy.happened.set()
                if self.proxy.moment == "hold":
                    await self.proxy.held()
                return
            self.writer.write(data)
            await self.writer.drain()


class Gate:
    """Listens on a free port of 127.0.0.1 and forwards to one server while it is open."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._open = True
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.port = 0

    def shut(self) -> None:
        """Breaks every connection and takes no new one."""
        self._open = False
        for writer in self._connections.values():
            writer.transport.abort()

    def open(self) -> None:
        """Lets connections through again."""
        self._open = True

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if not self._open:
            writer.transport.abort()
            return
        self._connections[task] = writer
        task.add_done_callback(self._connections.pop)
        with contextlib.suppress(OSError):
            server_reader, server_writer = await asyncio.open_connection(*self._target)
            try:
                async with asyncio.TaskGroup() as ways:
                    ways.create_task(self._pass(reader, server_writer))
                    ways.create_task(self._pass(server_reader, writer))
            finally:
                writer.transport.abort()
                server_writer.transport.abort()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                target.write(data)
                await target.drain()
        target.transport.abort()  # one way ended, so does the other


class Lossy(Gate):
    """Breaks a connection after as many bytes as `whims` says, `cuts` times; then everything passes.

    What it breaks at is not forwarded: a request that did not arrive, or an answer that is lost.
    """

    def __init__(self, host: str, port: int, whims: random.Random, cuts: int) -> None:
        super().__init__(host, port)
        self._whims, self._cuts = whims, cuts
        self.made = 0
        """Cuts so far."""

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        left = self._whims.randint(8_000, 40_000)  # more than a TLS handshake, less than a day of work
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                left -= len(data)
                if left < 0 and self.made < self._cuts:
                    self.made += 1
                    break
                target.write(data)
                await target.drain()
        target.transport.abort()
