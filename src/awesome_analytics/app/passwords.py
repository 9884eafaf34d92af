"""Passwords: how long, how they are hashed, how they are compared."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from awesome_analytics.core.errors import InvalidInput

SHORTEST = 10
LONGEST = 200
FIELD = "Password"

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("what is compared when nobody has that name, so that both take as long")


def hashed(password: str, *, username: str) -> str:
    """The argon2id hash of a new password; refuses one that is too short or says the name."""
    plain = _normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise InvalidInput(FIELD, f"use {SHORTEST} to {LONGEST} characters; a few words in a row are fine")
    if plain.casefold() == username.casefold() or len(set(plain)) < 4:
        raise InvalidInput(FIELD, "this one is too easily guessed; take a few words in a row")
    return _HASHER.hash(plain)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password; as slow for a person who doesn't exist (None)."""
    try:
        return _HASHER.verify(password_hash or _NOBODY, _normal(password)) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def is_dated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def _normal(password: str) -> str:
    # The same word typed on two keyboards may come in two spellings of its accents. Lone surrogates can't be
    # hashed, and an endless password would only cost time.
    return unicodedata.normalize("NFC", password[: LONGEST + 1]).encode("utf-8", "replace").decode()
