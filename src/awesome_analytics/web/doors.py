"""The ways in and out, as plain pages beside Streamlit: log-in, log-out, the first start's link."""

import html
from collections.abc import Callable, Mapping
from importlib.resources import files
from string import Template
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from awesome_analytics.app import people, roles, sessions
from awesome_analytics.core.errors import AwesomeError, Denied, UserError
from awesome_analytics.web import shop
from awesome_analytics.web.access import COOKIE
from awesome_analytics.web.headers import cookie_of

_LARGEST_FORM = 20_000


def _page(name: str, *, status: int = 200, error: str = "", **values: str) -> HTMLResponse:
    """A plain page inside the common frame; every value is escaped."""
    folder = files("awesome_analytics.web").joinpath("templates")
    told = f'<p class="error" role="alert">{html.escape(error)}</p>' if error else ""
    safe = {key: html.escape(value) for key, value in values.items()}
    if "role" in values:
        safe["roles"] = _options(values["role"])
    body = Template(folder.joinpath(f"{name}.html").read_text(encoding="utf-8")).substitute(safe, error=told)
    frame = Template(folder.joinpath("frame.html").read_text(encoding="utf-8"))
    style = folder.joinpath("style.css").read_text(encoding="utf-8")
    text = frame.substitute(body=body, style=style)
    return HTMLResponse(text, status_code=status, headers={"cache-control": "no-store"})


def _options(chosen: str) -> str:
    return "".join(
        f'<option value="{role}"{" selected" if role == chosen else ""}>{label}</option>'
        for role, label in roles.LABELS.items()
    )


async def _form(request: Request) -> Mapping[str, str] | None:
    """The fields of a form sent by our own page; None where it came from elsewhere or is too large."""
    origin = request.headers.get("origin")
    foreign = origin not in (None, "null") and urlsplit(origin).netloc != request.headers.get("host")
    if foreign or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return None
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_FORM:
            return None
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


def _inside(path: str) -> str:
    """A place of this site to go to after the log-in, never another host."""
    split = urlsplit(path)
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if plain and not split.scheme and not split.netloc else "/"


async def login_page(request: Request) -> Response:
    """The log-in form."""
    there = _inside(request.query_params.get("next", "/"))
    return _page("login", username="", role=request.cookies.get("awesome_role", ""), next=there)


async def log_in(request: Request) -> Response:
    """Check user name, password and role; set the cookie."""
    form = await _form(request)
    if form is None:
        return Response("This form came from another site.", status_code=403)
    there, role = _inside(form.get("next", "/")), form.get("role", "")
    address = request.client.host if request.client else "unknown"
    try:
        token = await run_in_threadpool(_open_session, form, address)
    except (AwesomeError, *shop.LOST) as error:
        return _refused("login", error, username=form.get("username", ""), role=role, next=there)
    response = RedirectResponse(there, status_code=303)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/")
    # Only for the form: it chooses the role that was chosen last.
    response.set_cookie("awesome_role", role, httponly=True, samesite="lax", max_age=31_536_000, path="/")
    return response


def _open_session(form: Mapping[str, str], address: str) -> str:
    with shop.app() as connection:
        return sessions.log_in(
            connection,
            username=form.get("username", ""),
            password=form.get("password", ""),
            role=form.get("role", ""),
            address=address,
            now=shop.now(),
        )


def _refused(name: str, error: Exception, **values: str) -> HTMLResponse:
    if isinstance(error, Denied):
        response = _page(name, status=429 if error.retry_after else 401, error=str(error), **values)
        if error.retry_after:
            response.headers["retry-after"] = str(error.retry_after)
        return response
    if isinstance(error, UserError):
        return _page(name, status=400, error=str(error), **values)
    told = "The shop's database can't be reached just now. Try again in a moment."
    return _page(name, status=503, error=told, **values)


async def log_out(request: Request) -> Response:
    """End the session; a link on another site can't do it."""
    if request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none"):
        secret = cookie_of(request.headers)
        try:
            await run_in_threadpool(_close_session, secret)
        except (AwesomeError, *shop.LOST) as error:
            return _refused("login", error, username="", role="", next="/")
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(COOKIE, path="/")
    return response


def _close_session(secret: str) -> None:
    with shop.app() as connection:
        sessions.log_out(connection, token=secret, now=shop.now())


async def welcome_page(request: Request) -> Response:
    """The first start's form."""
    token = request.query_params.get("token", "")
    return await _answered(lambda: _welcome(token))


def _welcome(token: str) -> Response:
    with shop.app() as connection:
        good = people.link_is_good(connection, token=token, now=shop.now())
    if not good:
        return _page("gone", status=404)
    return _page("welcome", username="", token=token)


async def use_welcome(request: Request) -> Response:
    """Make the first person."""
    form = await _form(request)
    if form is None:
        return Response("This form came from another site.", status_code=403)
    return await _answered(lambda: _use_link(form))


def _use_link(form: Mapping[str, str]) -> Response:
    username, token = form.get("username", ""), form.get("token", "")
    password = form.get("password", "")
    try:
        if password != form.get("again", ""):
            return _page(
                "welcome", status=400, error="The two passwords differ.", username=username, token=token
            )
        with shop.app() as connection:
            people.use_first_link(
                connection, token=token, username=username, password=password, now=shop.now()
            )
    except (AwesomeError, *shop.LOST) as error:
        return _refused("welcome", error, username=username, token=token)
    return RedirectResponse("/login", status_code=303)


async def _answered(act: Callable[[], Response]) -> Response:
    try:
        return await run_in_threadpool(act)
    except (AwesomeError, *shop.LOST) as error:
        return _refused("gone", error)


def is_in(secret: str) -> bool:
    """Whether the secret opens a session. Where nobody can tell, the page itself says what is wrong."""
    try:
        with shop.app() as connection:
            return sessions.who(connection, token=secret, now=shop.now()) is not None
    except (AwesomeError, *shop.LOST):
        return True


ROUTES = [
    Route("/login", login_page, methods=["GET"]),
    Route("/login", log_in, methods=["POST"]),
    Route("/logout", log_out, methods=["GET"]),
    Route("/welcome", welcome_page, methods=["GET"]),
    Route("/welcome", use_welcome, methods=["POST"]),
]
