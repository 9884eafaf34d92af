"""A real mail server and a real webhook on this machine, which take, refuse, stall and hang up at will."""

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Mood = Literal["takes", "is busy", "refuses one", "refuses all", "says nothing", "hangs up", "wants a log-in"]


@dataclass(kw_only=True)
class Postbox:
    """What came in; `mood` says how the server behaves from now on."""

    port: int
    mood: Mood = "takes"
    letters: list[EmailMessage] = field(default_factory=list)
    visits: int = 0
    tls: ssl.SSLContext | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for letter in self.letters]


@contextmanager
def postbox(tls: ssl.SSLContext | None = None) -> Iterator[Postbox]:
    """An SMTP server that keeps what it takes; with `tls` it offers STARTTLS."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.daemon_threads = True
        box = Postbox(port=server.server_address[1], tls=tls)
        server.box = box  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield box
        finally:
            box.stop.set()
            server.shutdown()


class _Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to hand a letter in."""

    def handle(self) -> None:
        box: Postbox = self.server.box  # type: ignore[attr-defined]
        box.visits += 1
        if box.mood == "says nothing":
            box.stop.wait(30)
            return
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("EHLO"):
                self._say("250-here\r\n250-STARTTLS\r\n250 8BITMIME" if box.tls else "250 here")
            elif verb == "STARTTLS" and box.tls:
                if not self._begin_tls(box.tls):
                    return
            elif verb.startswith("MAIL") and box.mood == "wants a log-in":
                self._say("530 alice@example.com must log in")
            elif verb.startswith("RCPT") and (
                box.mood == "refuses all" or (box.mood == "refuses one" and "GONE@" in verb)
            ):
                self._say("550 nobody of that name")
            elif verb in ("DATA", "QUIT"):
                if not (self._data(box) if verb == "DATA" else self._say("221 bye")):
                    return
            else:
                self._say("250 ok")

    def _begin_tls(self, tls: ssl.SSLContext) -> bool:
        self._say("220 go on")
        try:
            self.connection = tls.wrap_socket(self.request, server_side=True)
        except OSError:
            return False
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        return True

    def _data(self, box: Postbox) -> bool:
        if box.mood == "hangs up":
            return False
        if box.mood == "is busy":
            self._say("451 later, please")
            return True
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        letter = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        box.letters.append(letter)
        self._say("250 taken")
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@dataclass(kw_only=True)
class Hook:
    """What was posted; `answers` is the status given from now on, 0 for silence, -1 for garbage."""

    port: int
    answers: int = 204
    posted: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in/k3y-of-the-hook?channel=shop"


@contextmanager
def webhook() -> Iterator[Hook]:
    """An HTTP server that keeps what is posted to it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Http)
    server.daemon_threads = True
    hook = Hook(port=server.server_address[1])
    server.hook = hook  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        hook.stop.set()
        server.shutdown()
        server.server_close()


class _Http(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        hook: Hook = self.server.hook  # type: ignore[attr-defined]
        hook.paths.append(f"{self.command} {self.path}")
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if hook.answers == 0:
            hook.stop.wait(30)
            return
        if hook.answers == -1:
            self.wfile.write(b"\0\1\2 what?\r\n\r\n")
            return
        if 200 <= hook.answers < 300:
            hook.posted.append(told)
        self.send_response(hook.answers)
        if 300 <= hook.answers < 400:
            self.send_header("location", "/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""
