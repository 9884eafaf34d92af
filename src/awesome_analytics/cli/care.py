"""`awesome doctor`, `awesome backup` and `awesome restore`."""

from pathlib import Path
from typing import Any

import click

from awesome_analytics.bootstrap import backup as keeping
from awesome_analytics.bootstrap import restore as bringing_back
from awesome_analytics.bootstrap.doctor import Finding, examine
from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.cli.context import Context, command
from awesome_analytics.cli.up import PORT
from awesome_analytics.cli.watching import TerminalWatcher

_FILE = click.Path(dir_okay=False, path_type=Path)


@command(name="backup")
@click.argument("file", type=_FILE)
def backup(context: Context, *, file: Path) -> None:
    """Keep the whole shop in one file, while everybody works on."""
    with Shop.open(context.settings, on_note=context.note, prepare=False) as shop:
        made = keeping.backup(shop, file.absolute(), now=context.now())
    size = file.stat().st_size
    data = {"file": str(file), "bytes": size, **_told(made)}
    context.answer(
        data,
        text=lambda: (
            f"{file}: {made.rows:,} rows of {len(made.tables)} tables, {size / 1e6:,.1f} MB. "
            f"`awesome restore {file}` brings them back."
        ),
    )


@command(name="restore")
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Put it in the place of a shop that is not empty.")
def restore(context: Context, *, file: Path, replace: bool) -> None:
    """Make the shop from a backup, then bring the warehouse up to it; proves both."""
    with Shop.open(context.settings, on_note=context.note, prepare=False) as shop:
        done = bringing_back.restore(
            shop, file.absolute(), replace=replace, now=context.now, watch=TerminalWatcher(context.err)
        )
    differences = done.proof.count + sum(done.proof.wrong_cells.values())
    data = {**_told(done.manifest), "run_id": done.run.run_id, "mode": done.run.outcome.mode}
    context.answer(
        {**data, "differences": differences},
        text=lambda: (
            f"The shop of {done.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC is back: {done.manifest.rows:,} "
            f"rows of {len(done.manifest.tables)} tables. Run {done.run.run_id} loaded the warehouse: "
            f"{differences} differences."
        ),
    )
    if differences:
        raise click.exceptions.Exit(1)


def _told(manifest: keeping.Manifest) -> dict[str, Any]:
    return {
        "made_at": manifest.made_at,
        "rows": manifest.rows,
        "tables": {name: count for name, (count, _) in manifest.tables.items()},
    }


@command(name="doctor")
@click.option("--deep", is_flag=True, help="Also compare every row, and ask Gemini whether it takes the key.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="The pages' port."
)
def doctor(context: Context, *, deep: bool, port: int) -> None:
    """Look at every part; name each that fails and its mend; exits with 1 when one does."""
    looks = examine(context.settings, now=context.now, port=port, deep=deep, on_note=context.note)
    found = []
    for finding in looks:
        found.append(finding)
        if not context.json:
            click.echo(_line(finding))
    failed = [finding.part for finding in found if finding.status == "failed"]
    healthy = "Everything is well." if not failed else f"{len(failed)} to mend: {', '.join(failed)}."
    context.answer(
        {"healthy": not failed, "checks": [vars(finding) for finding in found]}, text=lambda: healthy
    )
    if failed:
        raise click.exceptions.Exit(1)


def _line(finding: Finding) -> str:
    sign = {"ok": "ok   ", "failed": "FAIL ", "not looked at": "-    "}[finding.status]
    mend = f"\n      mend: {finding.mend}" if finding.mend else ""
    return f"{sign} {finding.part}: {finding.told}{mend}"
