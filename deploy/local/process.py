"""A child process with its own group: started, watched, paused and ended as one.

    NEW ──start()──▶ RUNNING ⇄ PAUSED ──stop() or kill()──▶ ENDED ──start()──▶ RUNNING

Promise   after `stop` or `kill` returns, nothing of the process group runs.
Not       that a child outlives its parent: where `setpriv` exists (Linux) the kernel kills it with the parent.
Bounds    `stop` waits its grace, then kills; every wait is polled each POLL_SECONDS and ends.
Failing   a process that ends before it was ready raises `ProcessEnded` with the last lines of its log.
Owns      one process group and one log file. Shown by tests/integration/local/test_process.py
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import IO, Protocol

POLL_SECONDS = 0.05
LOG_TAIL_LINES = 15
KILL_SECONDS = 10.0


class ProcessEnded(RuntimeError):
    """The process ended, or was not ready in time; the message carries the end of its log."""


def free_ports(count: int) -> list[int]:
    """Returns distinct TCP ports of the loopback interface that nothing listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


async def listens(host: str, port: int) -> bool:
    """Says whether something accepts TCP connections there."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), timeout=1.0)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def tail(log: Path, lines: int = LOG_TAIL_LINES) -> str:
    """Returns the last lines of a log file, or a note that there are none."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]) or "(empty log)"


class Child(Protocol):
    """A started process, as far as it is watched and signalled: `subprocess.Popen`, or what looks like one."""

    pid: int

    def poll(self) -> int | None:
        """None while it runs."""
        ...

    def send_signal(self, number: int, /) -> None:
        """Signals it, unless it has ended."""
        ...


class Process:
    """One command, run as the leader of its own process group, with output appended to a file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._env = None if env is None else dict(env)
        self._cwd = cwd
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._child.pid if self._child is not None and self.alive else None

    @property
    def alive(self) -> bool:
        """It was started and has not ended; a paused process is alive."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Starts the process; does nothing while it runs."""
        if self.alive:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._child = self._launch(output)

    async def ready(self, check: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
        """Waits until `check` holds. Raises `ProcessEnded` when the process ends first or time runs out."""
        deadline = monotonic() + seconds
        while not await check():
            if not self.alive:
                raise ProcessEnded(f"{self.name} ended before it was ready; {self.log}:\n{tail(self.log)}")
            if monotonic() > deadline:
                raise ProcessEnded(f"{self.name} was not ready within {seconds:g} s; {self.log}:\n{tail(self.log)}")
            await asyncio.sleep(POLL_SECONDS)

    async def stop(self, *, grace: float) -> bool:
        """Asks the process to end, kills it after `grace` seconds. Returns whether it ended by itself."""
        if not self.alive:
            self._signal_group(signal.SIGKILL)
            return True
        self._signal_group(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        ended = await self._ended_within(grace)
        await self.kill()
        return ended

    async def kill(self) -> None:
        """Ends the whole process group at once, as a power cut would (SIGKILL)."""
        self._signal_group(signal.SIGKILL)
        if not await self._ended_within(KILL_SECONDS):
            raise ProcessEnded(f"{self.name} (pid {self.pid}) survived SIGKILL for {KILL_SECONDS:g} s")

    def pause(self) -> None:
        """Freezes the process group (SIGSTOP): connections stay open, nothing answers."""
        self._signal_group(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a paused process group run on."""
        self._signal_group(signal.SIGCONT)

    def _launch(self, output: IO[bytes]) -> Child:
        return subprocess.Popen(
            [*_tether(), *self._command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=self._env,
            cwd=self._cwd,
            start_new_session=True,
        )

    async def _ended_within(self, seconds: float) -> bool:
        deadline = monotonic() + seconds
        while self.alive:
            if monotonic() > deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    def _signal(self, number: signal.Signals) -> None:
        if self._child is not None and self.alive:
            self._child.send_signal(number)

    def _signal_group(self, number: signal.Signals) -> None:
        # The group can outlive its leader, so it is signalled by the leader's id even after that one ended.
        if self._child is not None:
            try:
                os.killpg(self._child.pid, number)
            except (ProcessLookupError, PermissionError):
                return


def _tether() -> list[str]:
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
