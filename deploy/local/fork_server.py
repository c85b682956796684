"""Starts Python programs by fork, from a process that has imported what they need: a node begins at once.

    parent ──module, arguments, environment, log──▶ fork server ──fork──▶ child = `python -m module`
       ▲──────────────── pid and pidfd ──────────────────┘

Promise   a child is what `python -m module` would be: a process group, environment and output of its own, which ends by
          itself or by a signal. It dies with the fork server, and that one with its parent.
Not       for what serves in earnest, nor for measuring memory: children share pages. Linux only (pidfd, prctl).
Failing   a module that cannot be imported fails in the child and in its log; one of PRELOADED ends the fork server,
          whose words are on the parent's stderr. When it ends so do its children, and the next start makes another.
Owns      one process for each process that starts deployments. Nothing in it may start a thread or call gRPC before it
          forks. Shown by tests/integration/local/test_fork_server.py
"""

import atexit
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from deploy.local.process import Child, Process

ROOT: Final = Path(__file__).resolve().parents[2]
AVAILABLE: Final = sys.platform == "linux"
PRELOADED: Final = (
    "services.node.composition",
    "services.platform.service",
    "opentelemetry.exporter.otlp.proto.grpc.metric_exporter",
    "opentelemetry.exporter.otlp.proto.grpc.trace_exporter",
    "opentelemetry.sdk.metrics.export",
)
"""What nodes import, also what only some of them do."""
MESSAGE_BYTES: Final = 1 << 17
_PR_SET_PDEATHSIG: Final = 1


@dataclass(slots=True)
class Forked:
    """A child, as `subprocess.Popen` would show it to whoever only watches and signals it."""

    pid: int
    _pidfd: int

    def poll(self) -> int | None:
        """None while it runs; then 0, whatever it ended with: its parent is the fork server."""
        return 0 if select.select([self._pidfd], [], [], 0)[0] else None

    def send_signal(self, number: int) -> None:
        """Signals this very process, never another one that got its id."""
        signal.pidfd_send_signal(self._pidfd, number)

    def __del__(self) -> None:
        os.close(self._pidfd)


class ForkServer:
    """The parent's end. Starts the process at once and does not wait until it is ready; `fork` does."""

    def __init__(self) -> None:
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local.fork_server", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                cwd=ROOT,
                start_new_session=True,
            )
        atexit.register(self.close)

    def close(self) -> None:
        """Ends it, and with it every child that still runs."""
        self._link.close()
        self._process.wait()

    @property
    def alive(self) -> bool:
        """It has not ended."""
        return self._process.poll() is None

    def fork(self, module: str, arguments: Sequence[str], env: Mapping[str, str], log: IO[bytes]) -> Forked:
        """Runs `python -m module`. Raises `OSError` when the fork server is gone."""
        order = {"module": module, "arguments": list(arguments), "env": dict(env)}
        socket.send_fds(self._link, [json.dumps(order).encode()], [log.fileno()])
        said, fds, _, _ = socket.recv_fds(self._link, MESSAGE_BYTES, 1)
        if not said:
            raise ConnectionResetError(f"the fork server has ended; it imports {', '.join(PRELOADED)}")
        return Forked(int(said), fds[0])


_known: Final[list[ForkServer]] = []
"""The fork server of this process, once there is one; it lives as long as the process does."""


def fork_server() -> ForkServer:
    """The fork server of this process; made when there is none, or the last one has ended."""
    if not _known or not _known[0].alive:
        _known[:] = [ForkServer()]
    return _known[0]


def preload() -> None:
    """Begins to import what will be forked, where that is possible; does not wait."""
    if AVAILABLE:
        fork_server()


class PythonModule(Process):
    """`python -m module` in the project's folder as a process: forked where that is possible, else started anew.

    Args:
        anew: import everything anew in any case, as in a deployment in earnest.
    """

    def __init__(
        self,
        name: str,
        module: str,
        *arguments: str,
        log: Path,
        env: Mapping[str, str],
        anew: bool = False,
    ) -> None:
        super().__init__(name, [sys.executable, "-m", module, *arguments], log=log, env=env, cwd=ROOT)
        self._module = module
        self._arguments = arguments
        self._given = env
        self._anew = anew or not AVAILABLE

    def _launch(self, output: IO[bytes]) -> Child:
        if self._anew:
            return super()._launch(output)
        return fork_server().fork(self._module, self._arguments, self._given, output)


# ── The fork server itself ───────────────────────────────────────────────────────────────────────────────────────────


def _serve(link: socket.socket) -> dict[str, Any] | None:
    """Forks on request until the parent is gone. Returns the order in the child that it is for, None in the server."""
    children: dict[int, int] = {}
    while True:
        ready = select.select([link.fileno(), *children], [], [])[0]
        for pidfd in children.keys() & ready:
            os.waitpid(children.pop(pidfd), 0)
            os.close(pidfd)
        if link.fileno() not in ready:
            continue
        said, fds, _, _ = socket.recv_fds(link, MESSAGE_BYTES, 1)
        if not said:
            return None
        grouped, group = os.pipe()
        [log], server, pid = fds, os.getpid(), os.fork()
        if pid == 0:
            link.close()
            os.close(grouped)
            for pidfd in children:
                os.close(pidfd)
            return _become(json.loads(said), log, server, group)
        os.close(log)
        os.close(group)
        os.read(grouped, 1)  # ends when the child leads its group: before, a signal to the group would reach nobody
        os.close(grouped)
        pidfd = os.pidfd_open(pid)
        children[pidfd] = pid
        socket.send_fds(link, [str(pid).encode()], [pidfd])


def _become(order: dict[str, Any], log: int, server: int, group: int) -> dict[str, Any]:
    """Makes of a copy of the fork server the process that was asked for."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:  # it died in between, and nobody would tell
        raise SystemExit(1)
    os.setsid()
    os.close(group)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    os.close(log)
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv[1:] = order["arguments"]
    return order


def _main() -> None:
    for module in PRELOADED:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # what was imported is shared: no collection shall touch its pages
    order = _serve(socket.socket(fileno=int(sys.argv[1])))
    if order is not None:
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
