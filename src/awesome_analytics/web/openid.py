"""The OpenID code flow with a provider: where to send somebody, and who they are when they come back.

`st.login` is not used: it reads a file of secrets, and keeps whom it let in for 30 days in a cookie of its
own that no log-out, new password or administrator's word ends. Here the provider only proves a name; the
session is ours. Authlib, which `st.login` builds on, does the protocol's parts.
"""

import threading
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authlib.common.security import generate_token  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from awesome_analytics.core.errors import Denied, ProviderUnavailable
from awesome_analytics.core.sign_in import Asked, Identity, Provider, is_safe

_SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Signatures only the provider can make; one with a shared secret, or none, is refused."""
_LEEWAY = 60
_PATIENCE = (5, 10)
_KNOWN_FOR = 3600.0
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_AWAY = (
    "The company's log-in can't be reached just now, or does not answer as it should. "
    "Try again in a moment, or log in with your password here."
)
_UNPROVED = "The company's log-in did not prove who you are. Begin again from here."


class OpenId:
    """One provider; its addresses and keys are asked for when needed, and kept for an hour."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._lock = threading.Lock()
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def send(self, *, back: str, there: str) -> tuple[str, Asked]:
        """The address that asks the provider who this is, and what to remember meanwhile."""
        endpoint = self._known()["authorization_endpoint"]
        asked = Asked(
            state=generate_token(32),
            nonce=generate_token(32),
            verifier=generate_token(64),
            back=back,
            there=there,
        )
        with self._session(back) as session:
            # Somebody else may have used this machine: whose account it is, is asked each time.
            url, _ = session.create_authorization_url(
                endpoint,
                state=asked.state,
                nonce=asked.nonce,
                code_verifier=asked.verifier,
                prompt="select_account",
            )
        return str(url), asked

    def identify(self, asked: Asked, *, code: str, now: datetime) -> Identity:
        """Whom the provider's code stands for; raises Denied when it proves nothing."""
        known = self._known()
        try:
            with self._session(asked.back) as session:
                given = session.fetch_token(
                    known["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=asked.verifier,
                    timeout=_PATIENCE,
                    allow_redirects=False,
                )
            token = given["id_token"]
        except OSError as error:  # what requests raises is one
            raise ProviderUnavailable(_AWAY) from error
        except Exception as error:  # the provider's refusal, under whatever name the library has for it
            raise Denied(_UNPROVED) from error
        return _identity(self._proved(token, given.get("access_token"), asked, now))

    def _proved(self, token: str, access: str | None, asked: Asked, now: datetime) -> Mapping[str, Any]:
        """The token's claims, once signature, issuer, audience, time and nonce are right."""
        registry = JWSRegistry(algorithms=_SIGNED_BY, strict_check_header=False)
        try:
            try:
                read = jwt.decode(token, self._key_set(), registry=registry)
            except (JoseError, ValueError):
                # The provider may have changed its keys since they were asked for.
                read = jwt.decode(token, self._key_set(anew=True), registry=registry)
            options = {
                "iss": {"essential": True, "value": self._known()["issuer"]},
                "aud": {"essential": True, "value": self._provider.client_id},
            }
            told = {"nonce": asked.nonce, "client_id": self._provider.client_id, "access_token": access}
            claims = CodeIDToken(read.claims, read.header, options, told)
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Denied(_UNPROVED) from error
        return dict(claims)

    def _known(self) -> Mapping[str, Any]:
        with self._lock:
            if self._metadata is None or time.monotonic() - self._metadata[0] > _KNOWN_FOR:
                found = self._fetch(self._provider.metadata_url)
                self._refuse_strange(found)
                self._metadata = (time.monotonic(), found)
            return self._metadata[1]

    def _refuse_strange(self, found: Mapping[str, Any]) -> None:
        named = str(found.get("issuer", "")).rstrip("/")
        if named != self._provider.issuer.rstrip("/") or not all(
            is_safe(str(found.get(name, ""))) for name in _ENDPOINTS
        ):
            raise ProviderUnavailable(_AWAY)

    def _key_set(self, *, anew: bool = False) -> KeySet:
        address = str(self._known()["jwks_uri"])
        with self._lock:
            if anew or self._keys is None or time.monotonic() - self._keys[0] > _KNOWN_FOR:
                found: Any = self._fetch(address)
                self._keys = (time.monotonic(), KeySet.import_key_set(found))
            return self._keys[1]

    def _fetch(self, url: str) -> Mapping[str, Any]:
        try:
            with self._session() as session:
                answer = session.get(url, withhold_token=True, timeout=_PATIENCE, allow_redirects=False)
                answer.raise_for_status()
                found = answer.json()
        except (OSError, ValueError) as error:
            raise ProviderUnavailable(_AWAY) from error
        if not isinstance(found, dict):
            raise ProviderUnavailable(_AWAY)
        return found

    def _session(self, back: str | None = None) -> Any:
        return OAuth2Session(
            self._provider.client_id,
            self._provider.client_secret,
            scope="openid email profile",
            redirect_uri=back,
            code_challenge_method="S256",
        )


def _identity(claims: Mapping[str, Any]) -> Identity:
    """An e-mail address counts where the provider has checked it; a user name is the provider's to give."""
    email = claims.get("email") if claims.get("email_verified") is True else None
    named = (email, claims.get("preferred_username"))
    names = tuple(name.strip().casefold() for name in named if isinstance(name, str) and name.strip())
    return Identity(subject=str(claims["sub"]), names=tuple(dict.fromkeys(names)))
