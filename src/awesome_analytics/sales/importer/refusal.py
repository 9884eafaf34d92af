"""Why a row of a file stays out of the books."""


class RefusedCell(Exception):
    """A cell that can't be taken; ends the reading of its row, not of its file.

    `problem` is the same for all rows that suffer from it, so that they can be counted; `cell` is this row's.
    """

    def __init__(self, problem: str, cell: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.cell = _shown(cell)


def _shown(cell: str) -> str:
    """The cell as PostgreSQL and a terminal can hold it."""
    return "".join(char if char.isprintable() else "\ufffd" for char in cell[:80])
