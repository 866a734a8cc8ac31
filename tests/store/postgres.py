"""A real PostgreSQL server on a free port, in a new folder, that the tests start and stop."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if os.name == "posix" else []
PLACES = os.pathsep.join([*map(str, reversed(PROGRAMS)), os.environ.get("PATH", "")])


def missing() -> str | None:
    """Returns why PostgreSQL cannot be started here, or None if it can."""
    for program in ("initdb", "postgres"):
        if shutil.which(program, path=PLACES) is None:
            return f"needs PostgreSQL's {program} (Debian's package postgresql)"
    if os.getuid() == 0 and _account() is None:
        return "PostgreSQL does not run as root, and there is no other account"
    return None


def _account() -> str | None:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None


class Postgres:
    """A server that can be stopped, paused and started again."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._as = {"user": _account(), "group": _group()} if os.getuid() == 0 else {}
        if self._as:
            shutil.chown(self.folder, self._as["user"], self._as["group"])
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [shutil.which("initdb", path=PLACES), "-D", "data", "-U", "fer", "-E", "UTF8"]
        self._run(*command, "--auth=trust", "--no-sync", "--locale=C.UTF-8")
        self._names = count()
        self.process: subprocess.Popen | None = None
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        command = [shutil.which("postgres", path=PLACES), "-D", "data", "-p", str(self.port)]
        command += ["-k", str(self.folder), "-c", "listen_addresses=127.0.0.1"]
        # Nothing has to outlast a power cut, and a busy disk takes seconds for it at each stop.
        command += ["-c", "fsync=off"]
        with open(self.folder.parent / f"{self.folder.name}.log", "ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self._as,
            )
        end = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self._address("postgres"), connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, "PostgreSQL ended at once"
                assert time.monotonic() < end
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server at once, which breaks its connections."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)

    def pause(self) -> None:
        """Halt all processes of the server, so that its connections hang."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let the halted processes continue."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        # Each process of the server has a process group of its own.
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in [self.process.pid, *map(int, children.read_text().split())]:
            os.kill(pid, number)

    def ask_for_passwords(self, account: str) -> None:
        """Let an account in with its password only; all others need none."""
        rules = self.folder / "data" / "pg_hba.conf"
        rules.write_text(f"host all {account} all scram-sha-256\n" + rules.read_text())
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_reload_conf()")

    def database(self) -> str:
        """Makes an empty database; returns its address."""
        name = f"test_{next(self._names)}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._address(name)

    def close(self) -> None:
        """Stop the server and delete its folder."""
        assert self.process is not None
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder)
        (self.folder.parent / f"{self.folder.name}.log").unlink()

    def _address(self, name: str) -> str:
        return f"postgres://fer:pass-word-of-test@127.0.0.1:{self.port}/{name}"

    def _run(self, *command) -> None:
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, **self._as)


def _group() -> int:
    return pwd.getpwnam(str(_account())).pw_gid
