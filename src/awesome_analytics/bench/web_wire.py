"""A browser's end of Streamlit's connection: what a page sends, what it keeps, when a run has finished."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

LOST = (OSError, WebSocketException)
"""What the library raises when the server is gone or refuses."""

_RUNS_KEPT = 2
"""After so many runs a browser forgets a large message it got; the server must send it anew then."""


@dataclass(kw_only=True)
class Run:
    """One run of the page's script, as its browser saw it."""

    script_run_id: str = ""
    seconds: float = 0.0
    messages: int = 0
    errors: list[str] = field(default_factory=list)


class BrokenRun(Exception):
    """The run did not finish; the message is the kind of failure."""


class PageWire:
    """An open page. It answers auto-refreshes by itself, as a browser does."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.pages: dict[str, str] = {}
        self.path = ""
        self.choices: dict[str, tuple[str, ...]] = {}
        self._ids: dict[str, str] = {}
        self._query = ""
        self._chosen: dict[str, str] = {}
        self._kept: dict[str, tuple[int, ForwardMsg]] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._whole = Run()
        self._begun = False
        self._waiting: asyncio.Future[Run] | None = None
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def open(cls, url: str, *, cookie: str) -> "PageWire":
        """Connect as the browser does that holds the cookie."""
        address = url.replace("http://", "ws://", 1) + "/_stcore/stream"
        made = await connect(
            address,
            additional_headers={"Cookie": cookie},
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            proxy=None,
        )
        return cls(made)

    async def close(self) -> None:
        """Leave the page."""
        self._stop_timers()
        self._listening.cancel()
        with suppress(*LOST):
            await self._connection.close()
        with suppress(asyncio.CancelledError):
            await self._listening

    async def visit(self, path: str, *, patience: float) -> Run:
        """Go to a page by its path, the first one by an empty path."""
        self._stop_timers()
        self.path, self._query = path, ""
        self._chosen.clear()
        return await self._run(patience)

    async def choose(self, key: str, option: str, *, patience: float) -> Run:
        """Choose in the list of that key."""
        self._chosen[self._ids[key]] = option
        return await self._run(patience)

    async def _run(self, patience: float) -> Run:
        loop = asyncio.get_running_loop()
        self._waiting, self._begun = loop.create_future(), False
        begun = time.perf_counter()
        try:
            if self._listening.done():
                raise BrokenRun("the connection was lost")
            await self._send(fragment="")
            run = await asyncio.wait_for(self._waiting, patience)
        except TimeoutError:
            raise BrokenRun(f"no answer within {patience:g} s") from None
        except LOST:
            raise BrokenRun("the connection was lost") from None
        finally:
            self._waiting = None
        run.seconds = time.perf_counter() - begun
        return run

    async def _send(self, *, fragment: str) -> None:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string = self._query
        asked.page_script_hash = self.pages.get(self.path, "")
        asked.fragment_id = fragment
        asked.is_auto_rerun = bool(fragment)
        asked.cached_message_hashes.extend(self._kept)
        asked.context_info.timezone = "UTC"
        asked.context_info.locale = "en-GB"
        asked.widget_states.widgets.extend(
            WidgetState(id=name, string_value=option) for name, option in self._chosen.items()
        )
        await self._connection.send(message.SerializeToString())

    # ------------------------------------------------------------ what comes back

    async def _listen(self) -> None:
        try:
            async for data in self._connection:
                message = ForwardMsg()
                message.ParseFromString(data if isinstance(data, bytes) else data.encode())
                self._take(message)
        except LOST:
            pass
        finally:
            self._stop_timers()
            self._settle(None)

    def _take(self, message: ForwardMsg) -> None:
        self._whole.messages += 1
        if message.WhichOneof("type") == "ref_hash" and message.ref_hash in self._kept:
            message = self._kept[message.ref_hash][1]
        if message.metadata.cacheable:
            self._kept[message.hash] = (_RUNS_KEPT, message)
        kind = message.WhichOneof("type")
        if kind == "new_session" and not message.metadata.run.fragment_ids:
            self._begin(message.metadata.run.script_run_id)
        elif kind == "delta":
            self._look(message.delta.new_element)
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "navigation":
            self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
        elif kind == "auto_rerun":
            self._refresh(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            self._stop_timers(*message.stop_auto_rerun.fragment_ids)
        elif kind == "script_finished":
            self._end(message)

    def _begin(self, script_run_id: str) -> None:
        self._whole, self._begun = Run(script_run_id=script_run_id), True
        self._ids.clear()
        self.choices.clear()
        self._stop_timers()

    def _look(self, element: Element) -> None:
        kind = element.WhichOneof("type")
        if kind == "selectbox":
            box = element.selectbox
            key = box.id.split("-", maxsplit=2)[-1]
            self._ids[key], self.choices[key] = box.id, tuple(box.options)
            if box.set_value:
                self._chosen.pop(box.id, None)
        elif kind == "exception":
            self._whole.errors.append("a traceback on the page")
        elif kind == "alert" and element.alert.format == Alert.Format.ERROR:
            self._whole.errors.append(f"the page said: {element.alert.body[:100]}")

    def _end(self, message: ForwardMsg) -> None:
        early = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
        if early or message.metadata.run.fragment_ids or not self._begun:
            return
        if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self._whole.errors.append("the script did not compile")
        self._kept = {held: (runs - 1, each) for held, (runs, each) in self._kept.items() if runs > 1}
        self._settle(self._whole)

    def _settle(self, run: Run | None) -> None:
        if self._waiting is None or self._waiting.done():
            return
        if run is None:
            self._waiting.set_exception(BrokenRun("the connection was lost"))
        else:
            self._waiting.set_result(run)

    # ------------------------------------------------------------ auto-refresh

    def _refresh(self, fragment: str, interval: float) -> None:
        self._stop_timers(fragment)
        self._timers[fragment] = asyncio.create_task(self._ask_again(fragment, interval))

    async def _ask_again(self, fragment: str, interval: float) -> None:
        with suppress(*LOST):
            while True:
                await asyncio.sleep(interval)
                await self._send(fragment=fragment)

    def _stop_timers(self, *fragments: str) -> None:
        for name in fragments or tuple(self._timers):
            timer = self._timers.pop(name, None)
            if timer is not None:
                timer.cancel()


def options_of(wire: PageWire, *keys: str) -> Iterator[tuple[str, str]]:
    """Every choice that the page's lists of those keys offer now."""
    for key in keys:
        if key in wire.choices:
            yield from ((key, option) for option in wire.choices[key])
