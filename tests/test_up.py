"""`awesome up` and `awesome demo`: everything starts, is kept alive, and is gone after one signal."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

PATIENCE = 40.0


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="awesome-up-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@contextmanager
def awesome(home: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """The command as a process; killed with all below it at the end if it still lives."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWESOME_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "awesome_analytics.cli", *arguments],
        env={**kept, "AWESOME_HOME": str(home)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"{what}: not within {PATIENCE:.0f} s"
        time.sleep(0.1)


def first_answer(process: "subprocess.Popen[str]") -> dict[str, object]:
    assert process.stdout is not None
    answer: dict[str, object] = json.loads(process.stdout.readline())
    return answer


def healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def child(process: "subprocess.Popen[str]", name: str) -> psutil.Process | None:
    below = psutil.Process(process.pid).children(recursive=True)
    module = f"awesome_analytics.{name}"
    for each in below:
        try:
            if module in each.cmdline() and each.status() != psutil.STATUS_ZOMBIE:
                return each
        except psutil.NoSuchProcess:
            continue
    return None


def left_behind(home: Path) -> list[list[str]]:
    """Command lines that still name the home."""
    found = []
    for each in psutil.process_iter():
        try:
            if any(str(home) in part for part in each.cmdline()):
                found.append(each.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_all_starts_a_killed_child_comes_back_and_one_signal_ends_everything(home: Path, port: int) -> None:
    with awesome(home, "up", "--json", "--port", str(port)) as up:
        answer = first_answer(up)
        assert answer["url"] == f"http://localhost:{port}"
        assert healthy(port)
        link = urllib.parse.urlsplit(str(answer["first_link"]))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{link.path}?{link.query}", timeout=10) as page:
            assert page.status == 200
        for name in ("web", "scheduler"):
            killed = child(up, name)
            assert killed is not None
            killed.kill()
            killed_pid = killed.pid

            def again(name: str = name, killed_pid: int = killed_pid) -> bool:
                found = child(up, name)
                return found is not None and found.pid != killed_pid

            until(again, f"{name} again")
        until(lambda: healthy(port), "the pages again")
        up.send_signal(signal.SIGTERM)
        assert up.wait(PATIENCE) == 0
    assert free(port)
    until(lambda: left_behind(home) == [], "an end of everything")


def test_a_taken_port_is_refused_in_words_and_nothing_is_started(home: Path, port: int) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        done = subprocess.run(
            [sys.executable, "-m", "awesome_analytics.cli", "up", "--port", str(port)],
            env={**os.environ, "AWESOME_HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert f"port {port}" in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(home.iterdir()) == []


def test_children_end_when_their_supervisor_is_killed(home: Path, port: int) -> None:
    with awesome(home, "up", "--json", "--port", str(port)) as up:
        first_answer(up)
        below = [child(up, "web"), child(up, "scheduler")]
        up.kill()
        until(lambda: all(each is None or not each.is_running() for each in below), "an end of both")
    until(lambda: left_behind(home) == [], "an end of the server")


def log_in(port: int, username: str, password: str, role: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = urllib.parse.urlencode({"username": username, "password": password, "role": role})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with closing(connection):
        connection.request("POST", "/login", body, form)
        return connection.getresponse().status


def test_the_demo_lets_its_three_people_in_and_leaves_nothing(home: Path, port: int) -> None:
    with awesome(home, "demo", "--json", "--orders", "300", "--port", str(port)) as demo:
        answer = first_answer(demo)
        log_ins = answer["log_ins"]
        assert isinstance(log_ins, list)
        roles = {"john_sales": "sales_associate", "sarah_manager": "store_manager", "admin": "administrator"}
        assert {each["username"] for each in log_ins} == set(roles)
        for each in log_ins:
            assert log_in(port, each["username"], each["password"], roles[each["username"]]) == 303
        assert log_in(port, "john_sales", log_ins[0]["password"], "store_manager") == 401
        shops = [part for line in left_behind(Path(tempfile.gettempdir(), "awesome-demo-")) for part in line]
        demo.send_signal(signal.SIGINT)
        assert demo.wait(PATIENCE) == 0
    folders = {part for part in shops if "awesome-demo-" in part}
    assert folders
    assert not any(Path(folder).exists() for folder in folders if folder.startswith("/"))
    assert list(home.iterdir()) == []
    assert free(port)
