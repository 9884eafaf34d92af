"""The doctor's look at this machine: Python, libraries, home, disk, port."""

import errno
import json
import os
import platform
import shutil
import socket
import stat
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from awesome_analytics.bootstrap.doctor_case import Case, Ill

_PRODUCT = "awesome-analytics"


def python(_case: Case) -> str:
    """Every library that is needed, in a version that fits."""
    wrong = list(_wrong_libraries(requires(_PRODUCT) or ()))
    if wrong:
        raise Ill("; ".join(wrong), f"install it again: pip install --upgrade {_PRODUCT}")
    return f"{_PRODUCT} {version(_PRODUCT)} on Python {platform.python_version()}, every library fits"


def _wrong_libraries(lines: "list[str] | tuple[()]") -> Iterator[str]:
    for line in lines:
        needed = Requirement(line)
        if needed.marker and not needed.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(needed.name)
        except PackageNotFoundError:
            yield f"{needed.name} is missing"
            continue
        if not needed.specifier.contains(found, prereleases=True):
            yield f"{needed.name} is {found}, wanted is {needed.specifier}"


def home(case: Case) -> str:
    """The shop's folder can be written, and its passwords are nobody else's to read."""
    folder = case.settings.home
    if not folder.is_dir():
        raise Ill(
            f"there is no folder {folder}",
            "`awesome init` makes it, or set AWESOME_HOME to the shop's folder",
        )
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Ill(
            f"{folder} can't be written: {error.strerror or error}",
            "give this user the right to write there, or set AWESOME_HOME to another folder",
        ) from error
    for name in ("credentials.json", "postgres.password"):
        _refuse_open(folder / name)
    return f"{folder} can be written"


def _refuse_open(file: Path) -> None:
    if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise Ill(f"{file} can be read by others", f"chmod 600 {file}")


def disk(case: Case) -> str:
    """Room where the databases grow and where temporary files are made."""
    least = case.limits.free_bytes
    told = []
    for folder in _places(case.settings.home):
        free = shutil.disk_usage(folder).free
        if free < least:
            raise Ill(
                f"the disk of {folder} has {_megabytes(free)} left, less than {_megabytes(least)}",
                "remove what is not needed (old backups first) or give it a larger disk; PostgreSQL stops on "
                "a full one",
            )
        told.append(f"{_megabytes(free)} free in {folder}")
    return ", ".join(told)


def _places(home: Path) -> list[Path]:
    """The shop's folder or what stands above it, where the embedded databases are, and the temp folder."""
    near = next(folder for folder in (home, *home.parents) if folder.is_dir())
    found: dict[int, Path] = {}
    for folder in (near, (home / "postgres").resolve(), Path(tempfile.gettempdir())):
        with suppress(OSError):
            found.setdefault(os.stat(folder).st_dev, folder)  # noqa: PTH116 - the link's target
    return list(found.values())


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def port(case: Case) -> str:
    """The pages' port is free, or the pages themselves answer there."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", case.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE and _is_ours(case.port):
                return f"the pages answer on port {case.port}"
            raise Ill(
                f"port {case.port} can't be had: {error.strerror or error}",
                f"stop the program that has it, or give another: awesome up --port {case.port + 1}",
            ) from error
    return f"port {case.port} is free for `awesome up`"


def _is_ours(port: int) -> bool:
    with (
        suppress(OSError, ValueError),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=3) as answer,
    ):
        return json.loads(answer.read(1000)).get("status") in ("ok", "degraded", "failed")
    return False
