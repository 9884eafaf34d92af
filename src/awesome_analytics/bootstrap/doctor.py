"""Looks at every part of a shop, changes nothing, and says of each that fails what to do."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from awesome_analytics.bootstrap import doctor_machine as machine
from awesome_analytics.bootstrap import doctor_pipeline as pipeline
from awesome_analytics.bootstrap import doctor_servers as servers
from awesome_analytics.bootstrap.doctor_case import Case, Ill, Limits, NotLooked, first_words
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.core.errors import AwesomeError
from awesome_analytics.core.settings import Settings

__all__ = ["CHECKS", "Case", "Finding", "Limits", "examine"]

Check = Callable[[Case], str]
"""Says how a part is, or raises Ill or NotLooked."""

CHECKS: dict[str, Check] = {
    "python": machine.python,
    "home": machine.home,
    "disk": machine.disk,
    "port": machine.port,
    "books server": servers.books_server,
    "warehouse server": servers.warehouse_server,
    "log-ins": servers.log_ins,
    "rights": servers.rights,
    "schemas": servers.schemas,
    "clocks": servers.clocks,
    "warehouse settings": servers.warehouse_settings,
    "last run": pipeline.last_run,
    "lateness": pipeline.lateness,
    "open writes": pipeline.open_writes,
    "quarantine": pipeline.quarantine,
    "reconciliation": pipeline.reconciliation,
    "summaries": pipeline.summaries,
    "gemini": pipeline.gemini,
}
"""Every part that is looked at, in order: what others rest on comes first."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """How a part is; `mend` says what to do where it fails."""

    part: str
    status: Literal["ok", "failed", "not looked at"]
    told: str
    mend: str | None = None


def examine(
    settings: Settings,
    *,
    now: Callable[[], datetime],
    port: int,
    deep: bool = False,
    limits: Limits | None = None,
    on_note: Callable[[str], None],
) -> Iterator[Finding]:
    """Look at every part in turn; `deep` also compares all rows and asks Gemini."""
    case = Case(settings=settings, now=now, port=port, deep=deep, limits=limits or Limits())
    with ExitStack() as stack:
        opened = _opened(case, stack, on_note)
        for part, check in CHECKS.items():
            yield _look(part, check, opened)


def _opened(case: Case, stack: ExitStack, on_note: Callable[[str], None]) -> Case:
    # Opening would make a home and passwords where there is no shop; the doctor makes nothing.
    if not (case.settings.home / "credentials.json").exists():
        trouble = Ill(f"there is no shop in {case.settings.home} yet", "`awesome init` makes one")
        return replace(case, trouble=trouble)
    try:
        shop = stack.enter_context(Shop.open(case.settings, on_note=on_note, prepare=False))
    except Exception as error:
        mend = "mend what it names; the server's own log is in the folder postgres/log of AWESOME_HOME"
        return replace(case, trouble=Ill(f"the shop can't be opened: {first_words(error)}", mend))
    return replace(case, shop=shop)


def _look(part: str, check: Check, case: Case) -> Finding:
    try:
        return Finding(part=part, status="ok", told=check(case))
    except Ill as ill:
        return Finding(part=part, status="failed", told=ill.told, mend=ill.mend)
    except NotLooked as reason:
        return Finding(part=part, status="not looked at", told=str(reason))
    except AwesomeError as error:
        return Finding(part=part, status="failed", told=str(error), mend="mend what it names")
    except Exception as error:
        told = f"the check itself failed ({type(error).__name__}): {first_words(error)}"
        return Finding(part=part, status="failed", told=told, mend="mend the parts named before this one")
