"""Where people may prove who they are besides here: an OpenID provider of the company's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from awesome_analytics.core.errors import InvalidInput

_NAMES = ("AWESOME_OIDC_ISSUER", "AWESOME_OIDC_CLIENT_ID", "AWESOME_OIDC_CLIENT_SECRET")
_WELL_KNOWN = "/.well-known/openid-configuration"
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class Provider:
    """An OpenID provider as it knows us; `issuer` is its name, without its well-known ending."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self | None:
        """Read the variables, all three or none; raises InvalidInput that names the one to mend."""
        given = {name: environment.get(name, "").strip() for name in _NAMES}
        if not any(given.values()):
            return None
        for name, value in given.items():
            if not value:
                raise InvalidInput(name, f"set it, too: a provider needs {', '.join(_NAMES)}")
        issuer, client_id, client_secret = given.values()
        issuer = issuer.removesuffix(_WELL_KNOWN)
        if not is_safe(issuer):
            raise InvalidInput("AWESOME_OIDC_ISSUER", "write an address that begins with https://")
        return cls(issuer=issuer, client_id=client_id, client_secret=client_secret)

    @property
    def metadata_url(self) -> str:
        """Where the provider tells its addresses."""
        return self.issuer.rstrip("/") + _WELL_KNOWN


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is remembered of somebody who was sent to the provider, until they are back."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    back: str
    there: str


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom the provider named: the names that may be one of ours, the surest first."""

    subject: str
    names: tuple[str, ...]

    @property
    def shown(self) -> str:
        """What the person is called in a message."""
        return self.names[0] if self.names else self.subject


def is_safe(url: str) -> bool:
    """Whether secrets may travel to the address: by TLS, or within this machine."""
    parts = urlsplit(url)
    local = parts.hostname in _LOCAL
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))
