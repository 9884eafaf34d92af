"""Log-in by the company's OpenID provider: only whom it proves, only who is ours, and the session is ours."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from awesome_analytics.app import people
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.errors import InvalidInput
from awesome_analytics.core.settings import Settings
from awesome_analytics.core.sign_in import Provider
from browser import PATIENCE, let_in, settled, web_server
from fake_oidc import CLIENT_ID, CLIENT_SECRET, Claims, FakeProvider, fake_provider

SARAH = {"email": "sarah@shop.example", "email_verified": True, "preferred_username": "s.lee"}
JOHN = {"preferred_username": "john_sales"}


@dataclass(frozen=True)
class Site:
    """The pages, the shop behind them, and the provider they send people to."""

    url: str
    shop: Shop
    provider: FakeProvider


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="aw-"))
    try:
        with Shop.open(Settings(home=home), on_note=print) as shop, fake_provider() as provider:
            let_in(shop, john_sales="sales_associate")
            with shop.app() as app:
                people.add(
                    app,
                    username="sarah@shop.example",
                    password="correct horse battery",
                    roles_given=["store_manager", "administrator"],
                    actor="test",
                    now=datetime.now(UTC),
                )
            variables = {
                "AWESOME_OIDC_ISSUER": provider.issuer,
                "AWESOME_OIDC_CLIENT_ID": CLIENT_ID,
                "AWESOME_OIDC_CLIENT_SECRET": CLIENT_SECRET,
            }
            with web_server(home, **variables) as url:
                yield Site(url=url, shop=shop, provider=provider)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class Answer:
    """One answer, as a browser gets it."""

    status: int
    place: str
    text: str


@dataclass
class Visitor:
    """A browser with its cookies, that goes nowhere by itself."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, place: str) -> Answer:
        return self._ask("GET", place, None)

    def post(self, place: str, **fields: str) -> Answer:
        return self._ask("POST", place, urlencode(fields))

    def _ask(self, method: str, place: str, body: str | None) -> Answer:
        target = urlsplit(place if "://" in place else self.url + place)
        connection = HTTPConnection(target.netloc, timeout=20)
        headers = {"Accept": "text/html"}
        if target.netloc == urlsplit(self.url).netloc:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, f"{target.path}?{target.query}", body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("set-cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self.cookies.pop(name, None)
                if morsel.value:
                    self.cookies[name] = morsel.value
        place = answer.headers.get("location", "")
        connection.close()
        return Answer(answer.status, place, text)

    def sign_in(self, there: str = "/") -> Answer:
        """From our link to the provider and back to our door."""
        sent = self.get(f"/oidc/login?{urlencode({'next': there})}")
        assert sent.status == 303, sent.text
        return self.get(self.get(sent.place).place)

    @property
    def is_in(self) -> bool:
        return "awesome_session" in self.cookies and self.get("/").status == 200


def sessions_of(site: Site) -> int:
    with site.shop.app() as app:
        row = app.execute("select count(*) from app.session").fetchone()
    assert row is not None
    return int(row[0])  # type: ignore[call-overload,no-any-return]


@contextmanager
def no_session_is_opened(site: Site) -> Iterator[None]:
    before = sessions_of(site)
    yield
    assert sessions_of(site) == before


# ---------------------------------------------------------------- who comes in


def test_somebody_with_one_role_comes_in_where_they_wanted(site: Site) -> None:
    site.provider.behave(**JOHN)
    visitor = Visitor(site.url)
    assert "/oidc/login?next=%2Forders" in visitor.get("/login?next=/orders").text
    done = visitor.sign_in("/orders")
    assert (done.status, done.place) == (303, "/orders")
    assert visitor.is_in
    with site.shop.app() as app:
        entry = people.audit(app, limit=1)[0]
    assert (entry.actor, entry.what) == ("john_sales", "logged in")
    assert entry.detail == {"role": "sales_associate", "by": "provider"}


def test_somebody_with_several_roles_chooses_one_of_theirs(site: Site) -> None:
    site.provider.behave(**SARAH)
    visitor = Visitor(site.url)
    asked = visitor.sign_in()
    assert asked.status == 200
    assert "Store Manager" in asked.text
    assert "Administrator" in asked.text
    assert "Sales Associate" not in asked.text
    assert not visitor.is_in
    done = visitor.post("/oidc/role", role="administrator")
    assert (done.status, done.place) == (303, "/")
    assert visitor.is_in
    with site.shop.app() as app:
        assert people.audit(app, limit=1)[0].detail == {"role": "administrator", "by": "provider"}


def test_a_role_that_is_not_theirs_is_refused(site: Site) -> None:
    site.provider.behave(**SARAH)
    visitor = Visitor(site.url)
    visitor.sign_in()
    with no_session_is_opened(site):
        done = visitor.post("/oidc/role", role="sales_associate")
    assert done.status == 401
    assert "not one of yours" in done.text
    assert visitor.post("/oidc/role", role="administrator").status == 401, "the choice was good once"
    assert not visitor.is_in


def test_the_session_is_ours_and_dies_on_log_out_and_on_an_administrators_word(site: Site) -> None:
    site.provider.behave(**JOHN)
    first, second = Visitor(site.url), Visitor(site.url)
    for visitor in (first, second):
        visitor.sign_in()
        assert visitor.is_in
    kept = dict(first.cookies)
    first.get("/logout")
    assert not Visitor(site.url, kept).is_in
    assert second.is_in
    with site.shop.app() as app:
        people.end_sessions(app, username="john_sales", actor="test", now=datetime.now(UTC))
    assert not second.is_in


def test_the_provider_is_asked_as_the_standard_wants(site: Site) -> None:
    site.provider.behave(**JOHN)
    Visitor(site.url).sign_in()
    Visitor(site.url).sign_in()
    (first, second), (_, given) = site.provider.asked, site.provider.exchanged[0]
    assert (first["response_type"], first["client_id"]) == ("code", CLIENT_ID)
    assert "openid" in first["scope"].split()
    assert (first["code_challenge_method"], first["prompt"]) == ("S256", "select_account")
    assert first["redirect_uri"] == f"{site.url}/oidc/callback" == given["redirect_uri"]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name], "each log-in has its own"


# ---------------------------------------------------------------- who does not


@pytest.mark.parametrize(
    "person",
    [
        {"email": "stranger@shop.example", "email_verified": True},
        {"email": "sarah@shop.example"},  # nobody checked that address
        {"email": "sarah@shop.example", "email_verified": False},
        {"email": "sarah@shop.example", "email_verified": "true"},
        {"name": "john_sales"},  # anybody may choose the name shown
        {"preferred_username": "' or 1=1 --"},
    ],
    ids=["stranger", "unchecked", "not verified", "a word for verified", "shown name", "sql"],
)
def test_a_stranger_gets_no_right_and_a_kind_word(site: Site, person: Claims) -> None:
    site.provider.behave(**person)
    visitor = Visitor(site.url)
    with no_session_is_opened(site):
        done = visitor.sign_in()
    assert done.status == 401
    assert "Ask an administrator" in done.text
    assert not visitor.is_in


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def with_(**changed: object) -> Callable[[Claims], Claims]:
    return lambda claims: {**claims, **changed}


@pytest.mark.parametrize(
    "bend",
    [
        with_(nonce="of-another-log-in"),
        without("nonce"),
        with_(exp=int(time.time()) - 3600, iat=int(time.time()) - 7200),
        without("exp"),
        with_(aud="another-shop"),
        with_(aud=["another-shop"], azp=CLIENT_ID),
        without("aud"),
        with_(iss="https://elsewhere.example"),
        without("iss"),
        without("sub"),
        with_(nbf=int(time.time()) + 3600),
    ],
    ids=[
        "another nonce",
        "no nonce",
        "expired",
        "no expiry",
        "another audience",
        "audience by azp alone",
        "no audience",
        "another issuer",
        "no issuer",
        "nobody",
        "not yet good",
    ],
)
def test_a_token_that_proves_nothing_opens_nothing(site: Site, bend: Callable[[Claims], Claims]) -> None:
    site.provider.behave(**JOHN)
    site.provider.bend = bend
    visitor = Visitor(site.url)
    with no_session_is_opened(site):
        done = visitor.sign_in()
    assert done.status == 401
    assert "did not prove who you are" in done.text


@pytest.mark.parametrize("signer", ["a stranger", "nobody", "our own secret"])
def test_only_the_providers_signature_counts(site: Site, signer: str) -> None:
    site.provider.behave(**JOHN)
    site.provider.signed_by = signer
    visitor = Visitor(site.url)
    with no_session_is_opened(site):
        assert visitor.sign_in().status == 401
    assert not visitor.is_in


def test_an_answer_for_another_window_or_a_second_time_is_refused(site: Site) -> None:
    site.provider.behave(**JOHN)
    visitor, thief = Visitor(site.url), Visitor(site.url)
    back = visitor.get(visitor.get("/oidc/login").place).place
    with no_session_is_opened(site):
        assert thief.get(back).status == 401, "another browser has not begun this log-in"
        thief.get("/oidc/login")
        assert thief.get(back).status == 401, "nor has it the same state"
    assert visitor.get(back).status == 303
    cookies = dict(visitor.cookies)
    with no_session_is_opened(site):
        assert visitor.get(back).status == 401, "a code is good once"
    assert visitor.cookies.get("awesome_session") == cookies["awesome_session"]


def test_a_log_in_broken_off_there_is_told(site: Site) -> None:
    site.provider.behave(**JOHN)
    site.provider.refuses = True
    done = Visitor(site.url).sign_in()
    assert done.status == 401
    assert "broken off there" in done.text


def test_while_the_provider_is_down_passwords_still_open_the_door(site: Site) -> None:
    site.provider.behave(**JOHN)
    visitor = Visitor(site.url)
    back = visitor.get(visitor.get("/oidc/login").place).place
    site.provider.down = True
    done = visitor.get(back)
    assert done.status == 503
    assert "can&#x27;t be reached just now" in done.text
    assert "<form" in done.text
    form = {"username": "john_sales", "password": "correct horse battery", "role": "sales_associate"}
    assert visitor.post("/login", **form).status == 303
    assert visitor.is_in


def test_nobody_is_sent_on_to_another_host(site: Site) -> None:
    site.provider.behave(**JOHN)
    done = Visitor(site.url).sign_in("//evil.example/")
    assert (done.status, done.place) == (303, "/")


def test_a_form_of_another_site_chooses_no_role(site: Site) -> None:
    site.provider.behave(**SARAH)
    visitor = Visitor(site.url)
    visitor.sign_in()
    target = urlsplit(site.url)
    connection = HTTPConnection(target.netloc, timeout=20)
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    headers = {
        "Cookie": cookie,
        "Origin": "https://evil.example",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection.request("POST", "/oidc/role", body="role=administrator", headers=headers)
    assert connection.getresponse().status == 403
    connection.close()


def test_in_a_real_browser_the_button_leads_to_the_page(site: Site, browser: Browser) -> None:
    site.provider.behave(**SARAH)
    page = browser.new_context().new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{site.url}/login")
    page.get_by_role("link", name="Log in with your company account").click()
    page.get_by_label("Role").select_option(label="Administrator")
    page.get_by_role("button", name="Go on").click()
    settled(page)
    expect(page.get_by_role("heading", name="Users", exact=True)).to_be_visible()
    page.context.close()


# ---------------------------------------------------------------- settings

ALL = {
    "AWESOME_OIDC_ISSUER": "https://id.example/realms/shop",
    "AWESOME_OIDC_CLIENT_ID": CLIENT_ID,
    "AWESOME_OIDC_CLIENT_SECRET": CLIENT_SECRET,
}


def test_a_provider_is_read_with_or_without_its_well_known_ending() -> None:
    ended = {**ALL, "AWESOME_OIDC_ISSUER": f"{ALL['AWESOME_OIDC_ISSUER']}/.well-known/openid-configuration"}
    found = Provider.from_environment(ALL)
    assert found == Provider.from_environment(ended)
    assert found is not None
    assert found.metadata_url == "https://id.example/realms/shop/.well-known/openid-configuration"
    assert CLIENT_SECRET not in repr(found)
    assert Provider.from_environment({}) is None


@pytest.mark.parametrize("missing", sorted(ALL))
def test_half_a_provider_is_refused_by_the_variable_that_lacks(missing: str) -> None:
    with pytest.raises(InvalidInput, match=missing):
        Provider.from_environment({**ALL, missing: ""})


def test_secrets_do_not_travel_in_the_clear() -> None:
    with pytest.raises(InvalidInput, match="https"):
        Provider.from_environment({**ALL, "AWESOME_OIDC_ISSUER": "http://id.example"})


def test_without_a_provider_there_is_no_such_door(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).provider is None
