"""The server process of one data folder: made, launched, found again, asked, cleared away, stopped."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

from awesome_analytics.bootstrap.server_files import (
    MAJOR,
    PORT,
    Account,
    open_private,
    socket_file,
    sync_folder,
)
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import ServerUnavailable

# Given at every start and not written into the data folder, so that a later version may change them.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "max_prepared_transactions": "20",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    # Nothing replicates from this server and backups are dumps, so bulk loads may skip the log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    # One file a day of the week, emptied when its day comes again: the log can't grow for ever.
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

# Seconds. A server that says it is starting or recovering is left the time to; a silent one is not.
RECOVERY_PATIENCE = 300.0
ANSWER_PATIENCE = 8.0
STOP_PATIENCE = 60.0
LEFTOVER_PATIENCE = 2.0
_CONNECT_TIMEOUT = 4
_PAUSE = 0.02

_OURS = frozenset({"postgres", "initdb"})
# The shell leaves at once, so the server has no parent here to become a zombie of, and says its number.
_DETACH = '"$@" >&2 & echo $!'


def initialise(data: Path, programs: Path, password: str, account: Account) -> None:
    """Make an empty data folder under another name, then rename it: a kill leaves none that is half made."""
    draft = Path(tempfile.mkdtemp(prefix="new-", dir=data.parent))
    secret = draft / "password"
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password)
    account.own(secret)
    account.own(draft)
    command: list[str | Path] = [
        *(programs / "initdb", "-D", draft / "data", "-U", "postgres"),
        *("--auth", "scram-sha-256", "--pwfile", secret, "--encoding", "UTF8", "--no-instructions"),
        # Without the system's locales: the same order of text on every machine.
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
    ]
    done = subprocess.run(  # noqa: S603 - our own program and paths
        command,
        cwd=draft,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **account.switch,
    )
    if done.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise ServerUnavailable(
            f"PostgreSQL could not make its data folder {data}:\n{_indented(done.stdout)}\n"
            "Mend what it names (often the disk's space or rights) and start again."
        )
    (draft / "data").rename(data)
    sync_folder(data.parent)
    shutil.rmtree(draft)


def sweep(base: Path) -> None:
    """Remove what a start that was killed left half made, and end the programs still at work on it."""
    for draft in base.glob("new-*"):
        _ended(draft)
        shutil.rmtree(draft)


def check_version(data: Path) -> None:
    """Refuse a data folder that this PostgreSQL can't read."""
    kept = data / "PG_VERSION"
    if not kept.exists():
        raise ServerUnavailable(
            f"{data} is not a data folder of PostgreSQL: it has no PG_VERSION. "
            "Put it back from a copy, or move it away to begin with empty databases and restore a backup."
        )
    found = kept.read_text().strip()
    if found != str(MAJOR):
        raise ServerUnavailable(
            f"{data} was made by PostgreSQL {found} and this is PostgreSQL {MAJOR}. Make a backup with the "
            f"version that made it, move the folder away, and restore the backup here."
        )


def launch(data: Path, programs: Path, sockets: Path, log: Path, account: Account) -> Callable[[], bool]:
    """Start the server on `data`, detached from this terminal; what comes back says whether it lives.

    `log` takes what the server says until its own log in `<base>/log` is open.
    """
    quoted = str(sockets).replace('"', '""')  # the setting is a list, parted by commas
    places = {"unix_socket_directories": f'"{quoted}"', "log_directory": str(data.parent / "log")}
    settings = [f"--{name}={value}" for name, value in {**SETTINGS, **places}.items()]
    errors = open_private(log, os.O_TRUNC | os.O_APPEND)
    try:
        begun = subprocess.run(  # noqa: S603 - our own program and paths
            ["/bin/sh", "-c", _DETACH, "sh", programs / "postgres", "-D", data, *settings],
            cwd=data,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            check=True,
            **account.switch,
        )
    finally:
        os.close(errors)
    pid = int(begun.stdout)
    return lambda: _lives(pid)


def _environment() -> dict[str, str]:
    """The environment without the variables that would steer PostgreSQL past our settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _lives(pid: int) -> bool:
    with suppress(psutil.Error):
        return bool(psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD))
    return False


def _lines(lock: Path) -> list[str]:
    """A lock file of PostgreSQL: the process first, the socket's folder fifth; none without a server."""
    with suppress(FileNotFoundError):
        return lock.read_text().splitlines()
    return []


def _claimed_pid(lock: Path) -> int | None:
    lines = _lines(lock)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def claimed_sockets(data: Path) -> Path | None:
    """Where the server that wrote the pid file listens, should it still live: its TMPDIR need not be ours."""
    lines = _lines(data / "postmaster.pid")
    return Path(lines[4]) if len(lines) > 4 and lines[4] else None


def find(data: Path) -> psutil.Process | None:
    """The living postmaster of `data`: not a stranger that was given its number."""
    pid = _claimed_pid(data / "postmaster.pid")
    with suppress(psutil.NoSuchProcess):
        if pid is not None and _works_in(process := psutil.Process(pid), data):
            return process
    return None


def _works_in(process: psutil.Process, folder: Path) -> bool:
    """Whether it is a program of PostgreSQL in `folder`: all of them stand in the data folder they serve."""
    with suppress(psutil.Error, OSError):
        return process.name() in _OURS and Path(process.cwd()).is_relative_to(folder)
    return False


def _processes_in(folder: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _works_in(process, folder)]


def clear(data: Path, sockets: Path) -> None:
    """Make way for a new server on `data`, whose postmaster is dead.

    Its backends leave by themselves, but one amid a long query does so late, and two servers on one folder
    would ruin it.
    """
    if not _within(LEFTOVER_PATIENCE, lambda: not _processes_in(data)) and not _ended(data):
        raise ServerUnavailable(
            f"processes of a server that died still work on {data} and can't be ended: "
            f"{', '.join(str(process.pid) for process in _processes_in(data))}. Restart the machine."
        )
    # A number that now is a stranger's or a zombie's of the same user PostgreSQL takes for a running server.
    # What names a number nobody has is left to it: it checks then that no shared memory is still in use.
    for stale in (Path(f"{socket_file(sockets)}.lock"), data / "postmaster.pid"):
        pid = _claimed_pid(stale)
        if pid is not None and psutil.pid_exists(pid):
            stale.unlink()


def _ended(folder: Path) -> bool:
    """Kill whatever works in `folder`, and what it starts meanwhile, until nothing is left."""
    return _within(ANSWER_PATIENCE, lambda: not _killed(_processes_in(folder)))


def _killed(processes: list[psutil.Process]) -> list[psutil.Process]:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return processes


def _within(patience: float, reached: Callable[[], bool]) -> bool:
    end = time.monotonic() + patience
    while not reached():
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE)
    return True


def answers(admin: DatabaseUrl, data: Path, lives: Callable[[], bool]) -> bool:
    """Wait until a real connection proves the server of `data`; False when there is none or it ended."""
    begun = time.monotonic()
    while True:
        try:
            return _proven(admin, data)
        except psycopg.OperationalError as error:
            failure = str(error)
        if not lives():
            return False
        if "password authentication failed" in failure:
            raise ServerUnavailable(
                f"the PostgreSQL of {data} refuses the password kept for it. "
                "Put postgres.password back from the copy that belongs to these databases."
            )
        recovering = "the database system is" in failure
        if time.monotonic() - begun > (RECOVERY_PATIENCE if recovering else ANSWER_PATIENCE):
            raise _silent(data, failure)
        time.sleep(_PAUSE)


def _proven(admin: DatabaseUrl, data: Path) -> bool:
    with psycopg.connect(**admin.parameters(), connect_timeout=_CONNECT_TIMEOUT, autocommit=True) as server:
        row = server.execute("SELECT current_setting('data_directory')").fetchone()
    if row is None or Path(row[0]) != data:
        raise ServerUnavailable(f"the server at {admin.host} serves another folder than {data}: {row}")
    return True


def _silent(data: Path, failure: str) -> ServerUnavailable:
    pid = _claimed_pid(data / "postmaster.pid")
    return ServerUnavailable(
        f"the PostgreSQL of {data} runs as process {pid} but does not answer: {failure.strip()}. "
        f"Wait and try again; if it stays so, end it with 'kill -9 {pid}': the next start recovers the data."
    )


def stop(data: Path) -> bool:
    """Stop the server of `data` the fast way, which loses nothing; False when it is not gone in time."""
    process = find(data)
    if process is None:
        return True
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGINT)
        if process.status() == psutil.STATUS_STOPPED:
            return False  # it obeys as soon as whoever halted it lets it go on
    return _within(STOP_PATIENCE, lambda: not _lives(process.pid))


def last_words(data: Path, log: Path) -> str:
    """What the server said last, for the message that it did not start."""
    logs = sorted(data.parent.glob("log/*.log"), key=lambda path: path.stat().st_mtime)
    return "\n".join(_indented(path.read_text(errors="replace")) for path in (log, *logs[-1:]))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-12:])
