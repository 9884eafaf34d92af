"""Where a shop's data belong when AWESOME_HOME doesn't say."""

import os
from pathlib import Path

from platformdirs import site_data_path, user_data_path

_ROOT_HOME = Path("/var/lib/awesome-analytics")


def default_home() -> Path:
    """The system's place for root, else the user's."""
    if os.name == "posix" and os.geteuid() == 0:
        return _ROOT_HOME if Path("/var/lib").is_dir() else site_data_path("awesome-analytics")
    return user_data_path("awesome-analytics")
