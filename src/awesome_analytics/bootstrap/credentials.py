"""The database users and their passwords, kept in one file of the shop's home that only its owner reads."""

import fcntl
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
APP = "awesome_app"
"""Keeps people, sessions and what they saved; sees neither the books nor the star."""

USERS = (ENTRY, ETL, READER, APP)


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
    # Locked, since of two starts after an upgrade exactly one makes the password of a new user.
    with path.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        found = json.load(file)
        missing = [user for user in USERS if user not in found]
        if missing:
            found |= {user: secrets.token_urlsafe(24) for user in missing}
            file.seek(0)
            json.dump(found, file)
            file.truncate()
    return {user: str(found[user]) for user in USERS}
