"""A run as the terminal shows it: each step with its rows and seconds, a bar while a long load runs."""

from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_BAR_FROM = 50_000


class TerminalWatcher:
    """Prints to stderr; the bar shows only where somebody looks and the load is long."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._step: tuple[str, float] | None = None
        self._rows: dict[str, int] = {}
        self._bar: Progress | None = None
        self._tasks: dict[str, int] = {}

    def began(self, run_id: int) -> None:
        """The answer names the run."""

    def step(self, name: str, text: str) -> None:
        """Close the step before with its figures, and begin the next."""
        self._close()
        self._step = None if name == "end" else (text, monotonic())

    def rows(self, table: str, done: int, expected: int | None) -> None:
        """Move the bar."""
        self._rows[table] = done
        if self._console.is_terminal and max(done, expected or 0) >= _BAR_FROM:
            self._move_bar(table, done, expected)

    def warn(self, text: str) -> None:
        """Say it at once."""
        self._console.print(f"  ! {text}", style="yellow", highlight=False, soft_wrap=True)

    def _move_bar(self, table: str, done: int, expected: int | None) -> None:
        if self._bar is None:
            columns = (
                TextColumn("    {task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._bar.start()
        if table not in self._tasks:
            self._tasks[table] = self._bar.add_task(table, total=expected)
        self._bar.update(self._tasks[table], completed=done)  # type: ignore[arg-type]

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar, self._tasks = None, {}
        if self._step is None:
            return
        text, began = self._step
        rows = sum(self._rows.values())
        self._rows = {}
        told = f"{rows:>12,} rows" if rows else " " * 17
        self._console.print(f"  {text:<34}{told}  {monotonic() - began:8.3f} s", highlight=False)
