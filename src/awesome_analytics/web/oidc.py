"""The doors of those who log in at their company: to its OpenID provider, back, and the choice of a role."""

import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from awesome_analytics.app import people, vouched
from awesome_analytics.core.errors import AwesomeError, Denied
from awesome_analytics.core.sign_in import Asked, Identity, Provider
from awesome_analytics.web import doors, shop

if TYPE_CHECKING:
    from awesome_analytics.web.openid import OpenId

COOKIE = "awesome_sign_in"
"""Who was sent to the provider, until they are back and have chosen their role."""
_LASTS = timedelta(minutes=10)
_MOST = 10_000
_AGAIN = "This log-in was begun too long ago, or in another window. Begin again from here."
_BACK = "/oidc/callback"


@dataclass(frozen=True, kw_only=True)
class Proved:
    """Somebody of ours whom the provider has proved, and who has several roles to choose from."""

    username: str
    roles: tuple[str, ...]
    there: str


class Waiting:
    """What is remembered between two steps of a log-in: by a secret of the browser's, once, for minutes.

    It is kept in memory: after a restart a person who was on the way begins again.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[bytes, tuple[datetime, Asked | Proved]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, what: Asked | Proved, *, now: datetime) -> str:
        """Remember it; returns the secret it is got back with."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._held[people.token_hash(secret)] = (now + _LASTS, what)
            while len(self._held) > _MOST:
                self._held.popitem(last=False)
        return secret

    def take(self, secret: str, *, now: datetime) -> Asked | Proved | None:
        """What was kept with the secret, which is good no more."""
        with self._lock:
            ends, what = self._held.pop(people.token_hash(secret), (now, None))
        return what if now < ends else None


_waiting = Waiting()


@cache
def _open_id(provider: Provider) -> "OpenId":
    # The protocol's library is not for every shop: it must not slow the start of those without a provider.
    from awesome_analytics.web.openid import OpenId

    return OpenId(provider)


async def begin(request: Request) -> Response:
    """Send somebody to the provider."""
    provider = shop.settings().provider
    if provider is None:
        return RedirectResponse("/login", status_code=303)
    there = doors.inside(request.query_params.get("next", "/"))
    back = f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}{_BACK}"

    def act() -> Response:
        url, asked = _open_id(provider).send(back=back, there=there)
        response = RedirectResponse(url, status_code=303, headers={"cache-control": "no-store"})
        _remember(request, response, asked)
        return response

    return await _answered(act, there)


async def come_back(request: Request) -> Response:
    """Take the provider's answer, and let in whom it proves if they are one of ours."""
    provider = shop.settings().provider
    asked = _waiting.take(request.cookies.get(COOKIE, ""), now=shop.now())
    given = request.query_params
    if provider is None or not isinstance(asked, Asked):
        return doors.refused("login", Denied(_AGAIN), username="", role="", next="/")

    def act() -> Response:
        if not hmac.compare_digest(given.get("state", "").encode(), asked.state.encode()):
            raise Denied(_AGAIN)
        if "error" in given or "code" not in given:
            raise Denied("The company's log-in was broken off there. Begin again, or use your password here.")
        identity = _open_id(provider).identify(asked, code=given["code"], now=shop.now())
        return _known(request, identity, asked.there)

    return await _answered(act, asked.there)


def _known(request: Request, identity: Identity, there: str) -> Response:
    address = doors.address_of(request)
    with shop.app() as connection:
        proved = vouched.recognise(
            connection, names=identity.names, shown=identity.shown, address=address, now=shop.now()
        )
    found = Proved(username=proved.username, roles=proved.roles, there=there)
    if len(found.roles) == 1:
        return _let_in(request, found, found.roles[0])
    response = doors.page("choose", username=found.username, role="", offered=found.roles)
    _remember(request, response, found)
    return response


async def choose(request: Request) -> Response:
    """Open the session in the role that was chosen."""
    form = await doors.form_of(request)
    if form is None:
        return Response("This form came from another site.", status_code=403)
    proved = _waiting.take(request.cookies.get(COOKIE, ""), now=shop.now())
    if not isinstance(proved, Proved):
        return doors.refused("login", Denied(_AGAIN), username="", role="", next="/")
    return await _answered(lambda: _let_in(request, proved, form.get("role", "")), proved.there)


def _let_in(request: Request, proved: Proved, role: str) -> Response:
    with shop.app() as connection:
        token = vouched.open_for(
            connection,
            username=proved.username,
            role=role,
            address=doors.address_of(request),
            now=shop.now(),
        )
    response = doors.entered(request, token, role=role, there=proved.there)
    response.delete_cookie(COOKIE, path="/oidc")
    return response


def _remember(request: Request, response: Response, what: Asked | Proved) -> None:
    # Lax: the provider sends the browser back from another site.
    response.set_cookie(
        COOKIE,
        _waiting.keep(what, now=shop.now()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        max_age=int(_LASTS.total_seconds()),
        path="/oidc",
    )


async def _answered(act: Callable[[], Response], there: str) -> Response:
    try:
        return await run_in_threadpool(act)
    except (AwesomeError, *shop.LOST) as error:
        return doors.refused("login", error, username="", role="", next=there)


ROUTES = [
    Route("/oidc/login", begin, methods=["GET"]),
    Route(_BACK, come_back, methods=["GET"]),
    Route("/oidc/role", choose, methods=["POST"]),
]
