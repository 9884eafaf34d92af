"""A MariaDB of one's own in a folder of its own: for measurements and tests, to be killed at will."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pymysql

from awesome_analytics.core.errors import ServerUnavailable

_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])
_ROOT_RUNS_AS = "nobody"  # mariadbd refuses to run as root, and the packages of the programs bring no user
_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 60


class MissingServerError(ServerUnavailable):
    """The server's program is not on this machine."""


class MariaDbServer:
    """A real MariaDB in a folder of its own, on a loopback port that stays the same over restarts.

    Commits are durable as in production; a session that ends by `kill` loses what it had not committed.
    """

    can_be_killed: Literal[True] = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self._program = _find("mariadbd")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where root connects, without a password."""
        return f"mysql://root@127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int:
        """The process of the running server."""
        return self._running().pid

    @property
    def runs(self) -> bool:
        """Whether it was started and not ended by us."""
        return self._process is not None

    def start(self) -> None:
        """Start, on first use in a new data folder; returns when the server takes connections."""
        if self._process is not None:
            raise RuntimeError("the server runs already")
        if not (self.folder / "data").exists():
            self._initialise()
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, *self._options(), *self._settings()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for its owner, who stops the server in their own time
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Shut down cleanly."""
        process = self._running()
        process.terminate()
        try:
            process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            self._process = None

    def kill(self) -> None:
        """End the server with SIGKILL, as a crash does."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process

    def _initialise(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # A starting server clears the temporary tables in its folder: two may not share one.
        (self.folder / "tmp").mkdir(exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, _ROOT_RUNS_AS)
            shutil.chown(self.folder / "tmp", _ROOT_RUNS_AS)
        done = subprocess.run(
            [
                _find("mariadb-install-db"),
                *self._options(),
                "--auth-root-authentication-method=normal",
                "--skip-test-db",  # nor the anonymous users that come with it
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"mariadb-install-db failed:\n{done.stdout}")

    def _options(self) -> list[str]:
        runs_as = [f"--user={_ROOT_RUNS_AS}"] if os.geteuid() == 0 else []
        return ["--no-defaults", f"--datadir={self.folder / 'data'}", *runs_as]

    def _settings(self) -> list[str]:
        return [
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--tmpdir={self.folder / 'tmp'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--character-set-server=utf8mb4",
            "--local-infile=1",
            "--innodb-buffer-pool-size=1G",
            "--innodb-flush-log-at-trx-commit=1",
        ]

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _SECONDS_TO_START
        while not self._answers():
            if self._running().poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "server.log").read_text(errors="replace")
                raise RuntimeError("MariaDB did not start:\n" + "\n".join(log.splitlines()[-20:]))
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            pymysql.connect(host="127.0.0.1", port=self.port, user="root").close()
        except pymysql.err.OperationalError:
            return False
        return True


@contextmanager
def running_mariadb() -> Iterator[MariaDbServer]:
    """Run a new, empty MariaDB in a temporary folder; stop it if its user did not."""
    with tempfile.TemporaryDirectory(prefix="mariadb-", ignore_cleanup_errors=True) as folder:
        server = MariaDbServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            if server.runs:
                server.stop()


def _find(program: str) -> str:
    found = shutil.which(program, path=_PATH)
    if found is None:
        raise MissingServerError(f"{program} is missing; to install it: scripts/test-servers mariadb")
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
