"""Looks every locked library up among the known vulnerabilities; one not looked up is a failure, too.

`make audit` runs it in an environment that has pip-audit. Exit 0 means that each library was looked up and
none is known to be vulnerable.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.utils import canonicalize_name

_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$", re.MULTILINE)
_SHOWN = 5
_NOT_AUDITED = "NOT AUDITED, which counts as a failure"


def locked(text: str) -> dict[str, str]:
    """Library -> version of a lock, as far as its markers fit this machine."""
    return {
        canonicalize_name(name): version
        for name, version, marker in _PINNED.findall(text)
        if not marker or Marker(marker).evaluate()
    }


def troubles(report: Mapping[str, Any], wanted: Mapping[str, str]) -> Iterator[str]:
    """What keeps an audit from being a clean one, a line each: vulnerable, skipped or never looked at."""
    seen = {canonicalize_name(each["name"]): each for each in report["dependencies"]}
    for name, version in wanted.items():
        found = seen.get(name)
        if found is None:
            yield f"{name} {version}: not looked up"
        elif "skip_reason" in found:
            yield f"{name} {version}: not looked up ({found['skip_reason']})"
        else:
            for hole in found["vulns"]:
                mended = ", ".join(hole["fix_versions"]) or "no version yet"
                yield f"{name} {version}: {hole['id']}, mended in {mended}"


def audited(lock: Path) -> tuple[Mapping[str, Any] | None, str]:
    """pip-audit's report, None where it made none, and what it said beside it."""
    command = ["pip-audit", "--requirement", str(lock), "--require-hashes", "--disable-pip"]
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run(  # noqa: S603 - our own tool, beside our own interpreter
        [str(program), *command[1:], "--format", "json", "--progress-spinner", "off", "--timeout", "20"],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return json.loads(done.stdout), done.stderr
    except json.JSONDecodeError:
        return None, done.stderr


def main(lock: Path) -> int:
    """Audit and tell; the exit code."""
    wanted = locked(lock.read_text(encoding="utf-8"))
    report, said = audited(lock)
    if report is None:
        last = said.strip().splitlines()[-1:] or ["pip-audit said nothing"]
        _tell(f"{_NOT_AUDITED}: {last[0]}")
        return 1
    found = list(troubles(report, wanted))
    unseen = sum(": not looked up" in line for line in found)
    _tell(*found[:_SHOWN], *([f"… and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []))
    if unseen:
        _tell(f"{_NOT_AUDITED}: {unseen} of {len(wanted)} libraries were not looked up")
    if len(found) > unseen:
        _tell(f"VULNERABLE: {len(found) - unseen} known; raise the pins: make lock UPGRADE=--upgrade")
    if not found:
        _tell(f"audited: {len(wanted)} libraries of {lock.name}, none with a known vulnerability")
    return 1 if found or not wanted else 0


def _tell(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
