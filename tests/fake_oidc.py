"""A company's OpenID provider on loopback: it answers as the standard says, or misbehaves as a test says."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "awesome-shop", "s3cret-of-the-shop"

Claims = dict[str, Any]


def _same(claims: Claims) -> Claims:
    return claims


@dataclass
class FakeProvider:
    """Who is signed in there, and how it misbehaves; `bend` changes the claims before they are signed."""

    issuer: str = ""
    person: Claims = field(default_factory=dict)
    bend: Callable[[Claims], Claims] = _same
    signed_by: str = "itself"
    down: bool = False
    refuses: bool = False
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    asked: list[Mapping[str, str]] = field(default_factory=list)
    exchanged: list[tuple[str | None, Mapping[str, str]]] = field(default_factory=list)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "one"}))

    def behave(self, **person: Any) -> None:
        """Begin anew, with this person signed in."""
        self.person, self.bend, self.signed_by = person, _same, "itself"
        self.down = self.refuses = False
        self.codes.clear()
        self.asked.clear()
        self.exchanged.clear()

    def metadata(self) -> Mapping[str, Any]:
        """What it tells about itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def authorize(self, asked: Mapping[str, str]) -> str:
        """Where the browser is sent back to."""
        self.asked.append(asked)
        if self.refuses:
            told = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(8)
            self.codes[code] = asked
            told = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(told)}"

    def token(self, authorization: str | None, given: Mapping[str, str]) -> tuple[int, Mapping[str, Any]]:
        """The code's worth: once, for who knows the secret and the verifier, at the same address."""
        self.exchanged.append((authorization, given))
        asked = self.codes.pop(given.get("code", ""), None)
        expected = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if asked is None or authorization != expected or given["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": self._signed(asked["nonce"])}

    def _signed(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce}
        claims = self.bend({**claims, "sub": "4711", **self.person})
        if self.signed_by == "a stranger":
            stranger = RSAKey.generate_key(2048, parameters={"kid": "one"})
            return jwt.encode({"alg": "RS256", "kid": "one"}, claims, stranger)
        if self.signed_by == "nobody":
            parts = ({"alg": "none"}, claims)
            return ".".join(_packed(json.dumps(part).encode()) for part in parts) + "."
        if self.signed_by == "our own secret":
            secret = OctKey.import_key(CLIENT_SECRET * 2)
            return jwt.encode({"alg": "HS256"}, claims, secret)
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@contextmanager
def fake_provider() -> Iterator[FakeProvider]:
    """A provider for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = urlsplit(self.path)
            asked = {name: values[-1] for name, values in parse_qs(place.query).items()}
            if provider.down:
                self.send_error(503)
            elif place.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(asked))
                self.end_headers()
            elif place.path == "/keys":
                self._say(200, {"keys": [provider.key.as_dict(private=False)]})
            else:
                self._say(200, provider.metadata())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = {name: values[-1] for name, values in parse_qs(body).items()}
            if provider.down:
                self.send_error(503)
                return
            self._say(*provider.token(self.headers.get("Authorization"), given))

        def _say(self, status: int, what: Mapping[str, Any]) -> None:
            body = json.dumps(what).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider = FakeProvider(issuer=f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
