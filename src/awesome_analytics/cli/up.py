"""`awesome up`: the whole system: migrations, scheduler and web, supervised until it is told to stop."""

import errno
import os
import signal
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from time import monotonic, sleep
from types import FrameType
from typing import IO, NoReturn

import click

from awesome_analytics.app import people
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.cli import supervise
from awesome_analytics.cli.context import Context, command
from awesome_analytics.core.errors import OperationError
from awesome_analytics.core.log import begin
from awesome_analytics.core.settings import Settings

PORT = 8501
ADDRESS = "127.0.0.1"

_LOOK = 0.2
_START_PATIENCE = 120.0
_EVERYWHERE = {"0.0.0.0": ADDRESS, "::": "::1", "": ADDRESS}  # noqa: S104 - recognised here, never chosen


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the pages are served."""

    address: str
    port: int

    @property
    def url(self) -> str:
        """The address a person on this machine opens."""
        host = _EVERYWHERE.get(self.address, self.address)
        if host in (ADDRESS, "::1"):
            host = "localhost"
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def health(self) -> str:
        """The address that answers when the pages are served."""
        host = _EVERYWHERE.get(self.address, self.address)
        return f"http://[{host}]:{self.port}/healthz" if ":" in host else f"http://{host}:{self.port}/healthz"


@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
@click.option("--address", default=ADDRESS, show_default=True, help="0.0.0.0 serves other machines, too.")
@command(name="up")
def up(context: Context, *, port: int, address: str) -> None:
    """Bring the databases up to date, start scheduler and web, and keep both running until Ctrl-C."""
    begin("up", context.settings, now=context.now)
    place = Place(address=address, port=port)
    refuse_taken(place)
    with stopped_by_signals(), ExitStack() as stack:
        shop = stack.enter_context(Shop.open(context.settings, on_note=context.note, prepare=False))
        for line in shop.prepare():
            context.note(line)
        serve(context, place, context.settings, on_ready=lambda: _welcome(context, shop, place))


def serve(
    context: Context,
    place: Place,
    settings: Settings,
    *,
    on_ready: Callable[[], None],
    output: IO[bytes] | None = None,
) -> None:
    """Start scheduler and web, say so when the pages answer, and keep both alive until interrupted."""
    with running(place, settings, note=context.note, output=output) as children:
        wait_until_ready(place, children, context.note)
        on_ready()
        watch(children, context.note)


def watch(children: Sequence[supervise.Child], note: supervise.Note) -> NoReturn:
    """Keep the children alive until a signal interrupts."""
    while True:
        for child in children:
            child.look(note)
        sleep(_LOOK)


@contextmanager
def running(
    place: Place, settings: Settings, *, note: supervise.Note, output: IO[bytes] | None = None
) -> Iterator[list[supervise.Child]]:
    """Scheduler and web started; stopped when the block ends, however it ends."""
    environment = {**os.environ, "AWESOME_HOME": str(settings.home)}
    children = [
        _child("scheduler", [], environment, output),
        _child("web", ["--port", str(place.port), "--address", place.address], environment, output),
    ]
    try:
        for child in children:
            child.start()
        yield children
    except KeyboardInterrupt:
        note("stopping")
        raise
    finally:
        supervise.stop(children)


def _child(
    name: str, options: Sequence[str], environment: Mapping[str, str], output: IO[bytes] | None
) -> supervise.Child:
    module = [sys.executable, "-m", f"awesome_analytics.{name}"]
    return supervise.Child(name=name, command=[*module, *options], environment=environment, output=output)


def wait_until_ready(place: Place, children: Sequence[supervise.Child], note: supervise.Note) -> None:
    """Return when the pages answer; raises OperationError when they don't for two minutes."""
    end = monotonic() + _START_PATIENCE
    while not _answers(place):
        if monotonic() > end:
            raise OperationError(
                f"the web pages did not answer at {place.health} within {_START_PATIENCE:.0f} seconds; "
                "what they said stands above"
            )
        for child in children:
            child.look(note)
        sleep(_LOOK / 2)


def _answers(place: Place) -> bool:
    try:
        with urllib.request.urlopen(place.health, timeout=2) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except OSError:
        return False


def refuse_taken(place: Place) -> None:
    """Raise OperationError when the pages can't be served there."""
    family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place.address, place.port))
        except OSError as error:
            raise OperationError(_refusal(place, error)) from error


def _refusal(place: Place, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {place.port} on {place.address} is taken, perhaps by another `awesome up`; "
            f"stop that one or choose another port, like --port {place.port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"port {place.port} is the system's own; choose one above 1023, like --port {PORT}"
    return f"{place.address}:{place.port} can't be served from this machine: {error.strerror or error}"


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the block in order and are no failure."""
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    # Once: stopping in order must not be broken off by a second Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _welcome(context: Context, shop: Shop, place: Place) -> None:
    with shop.app() as connection:
        token = people.first_link(connection, now=context.now())
    link = f"{place.url}/welcome?token={token}" if token else None
    told = [f"Awesome is up: {place.url}", "Ctrl-C stops it."]
    if link:
        told.insert(1, f"Nobody can log in yet. This link makes the first manager, once: {link}")
    context.answer({"url": place.url, "first_link": link}, text=lambda: "\n".join(told))
    sys.stdout.flush()
