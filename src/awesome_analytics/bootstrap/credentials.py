"""The database users and their passwords, kept in one file of the shop's home that only its owner reads."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

ENTRY = "awesome_entry"
"""Writes the books through the commands."""
ETL = "awesome_etl"
"""Reads the books, writes the warehouse."""
READER = "awesome_reader"
"""May only select from the star."""

USERS = (ENTRY, ETL, READER)


def load_or_create(home: Path) -> Mapping[str, str]:
    """User -> password; made once, never shown."""
    path = home / "credentials.json"
    home.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: of two first starts at once exactly one makes the passwords.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _load(path)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({user: secrets.token_urlsafe(24) for user in USERS}, file)
    return _load(path)


def _load(path: Path) -> Mapping[str, str]:
    found = json.loads(path.read_text(encoding="utf-8"))
    return {user: str(found[user]) for user in USERS}
