"""The PostgreSQL that comes with the product: started by its first user, stopped by its last.

Kernel locks count the users, so a killed one is never counted. `postgres.users` is held shared by each user;
`postgres.lock` is held alone while somebody starts, adopts or stops the server.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from awesome_analytics.bootstrap import postmaster
from awesome_analytics.bootstrap.server_files import (
    PORT,
    Account,
    account_for,
    make_home,
    open_private,
    pg_bin,
    server_folder,
    server_programs,
    socket_folder,
    superuser_password,
)
from awesome_analytics.core.database import DatabaseUrl
from awesome_analytics.core.errors import ServerUnavailable

__all__ = ["EmbeddedPostgres", "pg_bin"]

# Seconds; longer than a start may take, recovery included.
_LOCK_PATIENCE = postmaster.RECOVERY_PATIENCE + 60
_PAUSE = 0.02


def _ignore(_note: str) -> None:
    pass


class EmbeddedPostgres:
    """One user's hold on the server of a home; any number of processes and objects may hold it at once."""

    def __init__(self, home: Path, *, on_note: Callable[[str], None] = _ignore) -> None:
        self._home = home
        self._note = on_note
        self._admin: DatabaseUrl | None = None
        self._users: int | None = None
        self._holder = 0

    def start(self) -> Self:
        """Adopt the server that runs or start one; a real connection has proved it on return."""
        if self._users is None:
            try:
                self._home = make_home(self._home)
                with _alone(self._home):
                    self._join()
            except OSError as error:
                raise ServerUnavailable(
                    f"the embedded PostgreSQL in {self._home} could not be started: {error}. "
                    "Check the disk's space and who owns that folder."
                ) from error
        return self

    def close(self) -> None:
        """Let go of the server; the last user stops it."""
        users, self._users, self._admin = self._users, None, None
        if users is None:
            return
        try:
            # A forked child shares its parent's lock and must not let go of it for the parent.
            if self._holder == os.getpid():
                self._leave(users)
        finally:
            os.close(users)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def admin(self) -> DatabaseUrl:
        """The superuser's address of the database 'postgres'."""
        if self._admin is None:
            raise ServerUnavailable("the embedded PostgreSQL has not been started")
        return self._admin

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return (self._home / "postgres").resolve() / "data"

    @property
    def _log(self) -> Path:
        return self._home / "postgres.log"

    def _join(self) -> None:
        users = open_private(self._home / "postgres.users")
        try:
            # Never waits: only who stops the server locks this file alone, and that one holds the other lock.
            fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
            self._admin = self._serve()
        except BaseException:
            os.close(users)
            raise
        self._users, self._holder = users, os.getpid()

    def _leave(self, users: int) -> None:
        try:
            with _alone(self._home):
                if _is_last(users) and not postmaster.stop(self.data):
                    self._note(f"the PostgreSQL of {self.data} was told to stop and is still at it")
        except OSError as error:
            self._note(f"the PostgreSQL of {self.data} is left running: {error}")
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)

    def _serve(self) -> DatabaseUrl:
        """The address of a server that answers."""
        account = account_for(self._home)
        server_folder(self._home, account, self._note)
        password = superuser_password(self._home, self.data)
        return self._adopted(password) or self._started(account, password)

    def _adopted(self, password: str) -> DatabaseUrl | None:
        sockets = postmaster.claimed_sockets(self.data)
        if sockets is None:
            return None
        admin = _admin(sockets, password)
        # Asked before any look at processes: a server in another container is seen by its socket only.
        running = postmaster.answers(admin, self.data, lambda: postmaster.find(self.data) is not None)
        return admin if running else None

    def _started(self, account: Account, password: str) -> DatabaseUrl:
        base = self.data.parent
        postmaster.sweep(base)
        programs = server_programs(base, account)
        sockets = socket_folder(base, self._home, account)
        if self.data.exists():
            postmaster.check_version(self.data)
            postmaster.clear(self.data, sockets)
        else:
            postmaster.initialise(self.data, programs, password, account)
        lives = postmaster.launch(self.data, programs, sockets, self._log, account)
        admin = _admin(sockets, password)
        if postmaster.answers(admin, self.data, lives):
            return admin
        raise ServerUnavailable(
            f"PostgreSQL did not start on {self.data}. Its last words:\n"
            f"{postmaster.last_words(self.data, self._log)}\n"
            "Mend what it names (often the disk's space or rights). If the data are damaged, move that "
            "folder away, start again with empty databases and restore a backup."
        )


def _admin(sockets: Path, password: str) -> DatabaseUrl:
    return DatabaseUrl(
        scheme="postgresql",
        host=str(sockets),
        port=PORT,
        user="postgres",
        password=password,
        database="postgres",
    )


def _is_last(users: int) -> bool:
    """Whether no other user is left; the caller's own shared lock is given up either way."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Be the only one that starts, adopts or stops the server of `home`."""
    lock = open_private(home / "postgres.lock")
    try:
        _wait_for(lock, home)
        yield
        fcntl.flock(lock, fcntl.LOCK_UN)  # a child forked meanwhile holds a copy of the descriptor
    finally:
        os.close(lock)


def _wait_for(lock: int, home: Path) -> None:
    end = time.monotonic() + _LOCK_PATIENCE
    while not _is_last(lock):
        if time.monotonic() > end:
            raise ServerUnavailable(
                f"another process has been starting or stopping the PostgreSQL of {home} for "
                f"{_LOCK_PATIENCE:.0f} seconds. End it and try again."
            )
        time.sleep(_PAUSE)
