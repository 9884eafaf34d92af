"""A server on loopback that speaks generateContent's wire format, scripted to answer well or to misbehave."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Step = Callable[[BaseHTTPRequestHandler, Mapping[str, Any]], None]
"""What the server does with one request."""


def says(text: str, *, finish: str = "STOP") -> Step:
    """An answer of the model's."""
    part = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": finish, "index": 0}
    return sends(200, {"candidates": [part], "usageMetadata": {"totalTokenCount": 1}, "modelVersion": "fake"})


def answers(**answer: object) -> Step:
    """An answer in JSON."""
    return says(json.dumps(answer))


def queries(query: Mapping[str, object], **more: object) -> Step:
    """An answer of kind `query`."""
    return answers(kind="query", query=query, **more)


def sends(status: int, body: object) -> Step:
    """Any JSON with any status."""
    return raw(status, json.dumps(body).encode())


def fails(status: int, text: str = "it failed") -> Step:
    """An error as Google's servers tell it."""
    return sends(status, {"error": {"code": status, "message": text, "status": "FAILED"}})


def blocked() -> Step:
    """A refusal to look at the prompt at all."""
    return sends(200, {"promptFeedback": {"blockReason": "SAFETY"}})


def raw(status: int, body: bytes, *, promised: int | None = None) -> Step:
    """Bytes; with more promised than sent, the stream is cut."""

    def step(handler: BaseHTTPRequestHandler, _request: Mapping[str, Any]) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(promised or len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        handler.wfile.flush()
        if promised:
            handler.close_connection = True

    return step


def cut(step_text: str = '{"candidates": [{"content": {"parts": [{"text": "{') -> Step:
    """An answer that ends in the middle."""
    return raw(200, step_text.encode(), promised=5000)


def slow(seconds: float, then: Step) -> Step:
    """Silence first."""

    def step(handler: BaseHTTPRequestHandler, request: Mapping[str, Any]) -> None:
        time.sleep(seconds)
        then(handler, request)

    return step


def dripping(seconds: float) -> Step:
    """A byte now and then, so that no single read ever times out."""

    def step(handler: BaseHTTPRequestHandler, _request: Mapping[str, Any]) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
        handler.close_connection = True

    return step


def hangs_up() -> Step:
    """No answer at all."""

    def step(handler: BaseHTTPRequestHandler, _request: Mapping[str, Any]) -> None:
        handler.close_connection = True

    return step


@dataclass
class FakeGemini:
    """What it was asked, and how it answers: each step once, the last one for ever."""

    url: str
    steps: list[Step] = field(default_factory=list)
    requests: list[Mapping[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def script(self, *steps: Step) -> None:
        """Begin anew with these steps."""
        self.steps = list(steps)
        self.requests.clear()
        self.paths.clear()
        self.keys.clear()

    @property
    def prompts(self) -> Sequence[str]:
        """All text of each request, the system's first."""
        return [_text(request) for request in self.requests]

    def next_step(self) -> Step:
        """The step for one more request."""
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]


def _text(request: Mapping[str, Any]) -> str:
    contents = [request.get("systemInstruction") or {"parts": []}, *request["contents"]]
    return "\n".join(part.get("text", "") for content in contents for part in content["parts"])


@contextmanager
def fake_gemini() -> Iterator[FakeGemini]:
    """A server for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                fake.requests.append(body)
                fake.paths.append(self.path)
                fake.keys.append(self.headers.get("x-goog-api-key"))
                step = fake.next_step()
            try:
                step(self, body)
            except OSError:
                # The client was right to leave.
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on stderr."""

    lock = threading.Lock()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake = FakeGemini(url=f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
