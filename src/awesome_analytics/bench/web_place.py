"""The pages' own processes on a shop's home, and people of the bench who may log in."""

import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from awesome_analytics.app import people, roles
from awesome_analytics.bootstrap.shop import Connection, Shop
from awesome_analytics.core.errors import OperationError
from awesome_analytics.core.settings import Settings
from awesome_analytics.etl import pipeline
from awesome_analytics.etl.runner import Ends
from awesome_analytics.sales.sample import SamplePlan, load_sample

Note = Callable[[str], None]

SUPERSTORE_LINES, MANY_CUSTOMERS = 51_290, 100_000
LAST_DAY = date(2024, 12, 31)
_FIRST_DAY = date(2021, 1, 1)
_PATIENCE = 120.0
_LOOK = 0.05
_NAMES = {roles.STORE_MANAGER: "bench-manager", roles.SALES_ASSOCIATE: "bench-clerk"}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A shop whose pages are measured; `day` fixes today, `is_kept` is one's own, `passwords` are by role."""

    shop: Shop
    day: date | None
    is_kept: bool
    passwords: Mapping[str, str] = field(repr=False)

    @property
    def home(self) -> Path:
        """The folder the pages' processes are told."""
        return self.shop.settings.home


@dataclass(frozen=True, kw_only=True)
class Site:
    """Running pages; `answered` are the seconds from the process's start to its first answer."""

    port: int
    process: "subprocess.Popen[bytes]"
    answered: float
    passwords: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        """Where a browser finds the pages."""
        return f"http://127.0.0.1:{self.port}"

    def log_in(self, role: str) -> str:
        """Send the log-in form; returns the session's cookie as a header carries it."""
        form = urlencode({"username": _NAMES[role], "password": self.passwords[role], "role": role})
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", "/login", body=form, headers=kind)
            answer = connection.getresponse()
            answer.read()
            given = SimpleCookie(", ".join(answer.headers.get_all("set-cookie") or ()))
        if answer.status != 303 or not given:
            raise OperationError(f"the bench could not log in as {role}: the form answered {answer.status}")
        return "; ".join(f"{name}={morsel.value}" for name, morsel in given.items())


@contextmanager
def sample_place(*, lines: int, orders: int = 0, customers: int = 0, note: Note) -> Iterator[Place]:
    """A throw-away shop of that size, through the pipeline; the day is the one after its last."""
    # The path of a socket must be short, so this stands in the system's own folder.
    home = Path(tempfile.mkdtemp(prefix="awesome-bench-"))
    plan = SamplePlan(
        first_day=_FIRST_DAY, last_day=LAST_DAY, lines=lines, orders=orders, customers=customers
    )
    try:
        with Shop.open(Settings(home=home), on_note=note) as shop:
            note(f"Filling a shop with {plan.orders:,} orders of {plan.customers:,} customers")
            with shop.entry() as books:
                load_sample(books, plan)
            pipeline.run(Ends(open_source=shop.source, open_warehouse=shop.warehouse, now=_now))
            with _people(shop) as passwords:
                yield Place(shop=shop, day=LAST_DAY + timedelta(days=1), is_kept=False, passwords=passwords)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def place_of(settings: Settings, *, note: Note) -> Iterator[Place]:
    """A shop as it stands; two people of the bench may log in for as long as the block."""
    with Shop.open(settings, on_note=note) as shop, _people(shop) as passwords:
        yield Place(shop=shop, day=settings.today, is_kept=True, passwords=passwords)


@contextmanager
def _people(shop: Shop) -> Iterator[Mapping[str, str]]:
    passwords = {role: secrets.token_urlsafe(18) for role in _NAMES}
    with shop.app() as app:
        _remove(app)
        for role, name in _NAMES.items():
            people.add(
                app,
                username=name,
                password=passwords[role],
                roles_given=[role],
                actor="bench",
                now=_now(),
            )
    try:
        yield passwords
    finally:
        with shop.app() as app:
            _remove(app)


def _remove(app: Connection) -> None:
    known = {person.username for person in people.everyone(app)}
    for name in known & set(_NAMES.values()):
        people.remove(app, username=name, actor="bench", now=_now())


@contextmanager
def open_site(place: Place, *, note: Note) -> Iterator[Site]:
    """The processes that `awesome up` keeps, on a free port; stopped when the block ends."""
    port = _free_port()
    environment = _environment(place)
    with (
        tempfile.NamedTemporaryFile(prefix="awesome-bench-", suffix=".log") as log,
        _running("scheduler", [], environment, log.fileno()),
    ):
        begun = time.perf_counter()
        with _running("web", ["--port", str(port)], environment, log.fileno()) as process:
            _wait(port, process, Path(log.name))
            answered = time.perf_counter() - begun
            note(f"The pages answer after {answered:.1f} s")
            yield Site(port=port, process=process, answered=answered, passwords=place.passwords)


def _environment(place: Place) -> dict[str, str]:
    """The bench's own, with the shop's folder and servers: a measurement mails and reports nothing."""
    named = ("AWESOME_OLTP_URL", "AWESOME_WAREHOUSE_URL", "AWESOME_TIMEZONE") if place.is_kept else ()
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in named or not name.startswith(("AWESOME_", "GEMINI_"))
    }
    today = {"AWESOME_TODAY": place.day.isoformat()} if place.day else {}
    return {**kept, **today, "AWESOME_HOME": str(place.home), "AWESOME_ETL_SCHEDULE": "off"}


@contextmanager
def _running(
    module: str, options: list[str], environment: Mapping[str, str], log: int
) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", f"awesome_analytics.{module}", *options],
        env=environment,
        stdout=log,
        stderr=log,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.perf_counter() + _PATIENCE
    while not _answers(port):
        if process.poll() is not None or time.perf_counter() > end:
            told = log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise OperationError(f"the pages did not start; they said:\n{told}")
        time.sleep(_LOOK)


def _answers(port: int) -> bool:
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            return bool(answer.status == 200 and json.loads(answer.read()))
    except (OSError, ValueError, http.client.HTTPException):
        return False


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _now() -> datetime:
    return datetime.now(UTC)
