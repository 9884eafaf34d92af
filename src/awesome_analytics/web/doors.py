"""The ways in and out, as plain pages beside Streamlit: log-in, log-out, the first start's link."""

import html
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from string import Template
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from awesome_analytics.app import people, roles, sessions
from awesome_analytics.core.errors import AwesomeError, Denied, ProviderUnavailable, UserError
from awesome_analytics.web import shop
from awesome_analytics.web.access import COOKIE
from awesome_analytics.web.headers import cookie_of

_LARGEST_FORM = 20_000


def page(
    name: str, *, status: int = 200, error: str = "", offered: Iterable[str] = roles.LABELS, **values: str
) -> HTMLResponse:
    """A plain page inside the common frame; every value is escaped."""
    folder = files("awesome_analytics.web").joinpath("templates")
    told = f'<p class="error" role="alert">{html.escape(error)}</p>' if error else ""
    safe = {key: html.escape(value) for key, value in values.items()}
    if name == "login":
        safe["company"] = _company_link(values["next"])
    if "role" in values:
        safe["roles"] = _options(offered, values["role"])
    body = Template(folder.joinpath(f"{name}.html").read_text(encoding="utf-8")).substitute(safe, error=told)
    frame = Template(folder.joinpath("frame.html").read_text(encoding="utf-8"))
    style = folder.joinpath("style.css").read_text(encoding="utf-8")
    text = frame.substitute(body=body, style=style)
    return HTMLResponse(text, status_code=status, headers={"cache-control": "no-store"})


def _company_link(there: str) -> str:
    """The way to the company's own log-in, where there is one."""
    if shop.settings().provider is None:
        return ""
    address = f"/oidc/login?{urlencode({'next': there})}"
    return f'<p><a class="company" href="{html.escape(address)}">Log in with your company account</a></p>'


def _options(offered: Iterable[str], chosen: str) -> str:
    return "".join(
        f'<option value="{role}"{" selected" if role == chosen else ""}>{roles.LABELS[role]}</option>'
        for role in offered
    )


async def form_of(request: Request) -> Mapping[str, str] | None:
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


def inside(path: str) -> str:
    """A place of this site to go to after the log-in, never another host."""
    split = urlsplit(path)
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if plain and not split.scheme and not split.netloc else "/"


async def login_page(request: Request) -> Response:
    """The log-in form."""
    there = inside(request.query_params.get("next", "/"))
    return page("login", username="", role=request.cookies.get("awesome_role", ""), next=there)


async def log_in(request: Request) -> Response:
    """Check user name, password and role; set the cookie."""
    form = await form_of(request)
    if form is None:
        return Response("This form came from another site.", status_code=403)
    there, role = inside(form.get("next", "/")), form.get("role", "")
    try:
        token = await run_in_threadpool(_open_session, form, address_of(request))
    except (AwesomeError, *shop.LOST) as error:
        return refused("login", error, username=form.get("username", ""), role=role, next=there)
    return entered(request, token, role=role, there=there)


def entered(request: Request, token: str, *, role: str, there: str) -> Response:
    """The answer to whoever was let in: their session's cookie, and the way to where they wanted."""
    response = RedirectResponse(there, status_code=303)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=secure, path="/")
    # Only for the form: it chooses the role that was chosen last.
    response.set_cookie("awesome_role", role, httponly=True, samesite="lax", max_age=31_536_000, path="/")
    return response


def address_of(request: Request) -> str:
    """Where somebody asks from, for the throttle and the audit."""
    return request.client.host if request.client else "unknown"


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


def refused(name: str, error: Exception, **values: str) -> HTMLResponse:
    """The page again, with what went wrong in words."""
    if isinstance(error, Denied):
        response = page(name, status=429 if error.retry_after else 401, error=str(error), **values)
        if error.retry_after:
            response.headers["retry-after"] = str(error.retry_after)
        return response
    if isinstance(error, UserError):
        return page(name, status=400, error=str(error), **values)
    told = "The shop's database can't be reached just now. Try again in a moment."
    if isinstance(error, ProviderUnavailable):
        told = str(error)
    return page(name, status=503, error=told, **values)


async def log_out(request: Request) -> Response:
    """End the session; a link on another site can't do it."""
    if request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none"):
        secret = cookie_of(request.headers)
        try:
            await run_in_threadpool(_close_session, secret)
        except (AwesomeError, *shop.LOST) as error:
            return refused("login", error, username="", role="", next="/")
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
        return page("gone", status=404)
    return page("welcome", username="", token=token)


async def use_welcome(request: Request) -> Response:
    """Make the first person."""
    form = await form_of(request)
    if form is None:
        return Response("This form came from another site.", status_code=403)
    return await _answered(lambda: _use_link(form))


def _use_link(form: Mapping[str, str]) -> Response:
    username, token = form.get("username", ""), form.get("token", "")
    password = form.get("password", "")
    try:
        if password != form.get("again", ""):
            return page(
                "welcome", status=400, error="The two passwords differ.", username=username, token=token
            )
        with shop.app() as connection:
            people.use_first_link(
                connection, token=token, username=username, password=password, now=shop.now()
            )
    except (AwesomeError, *shop.LOST) as error:
        return refused("welcome", error, username=username, token=token)
    return RedirectResponse("/login", status_code=303)


async def _answered(act: Callable[[], Response]) -> Response:
    try:
        return await run_in_threadpool(act)
    except (AwesomeError, *shop.LOST) as error:
        return refused("gone", error)


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
