"""Figures at the ends of bars stay inside the picture, as Chromium works their places out."""

import pytest
from playwright.sync_api import Page

from awesome_analytics.web import labels

LETTER = 5.4
"""Pixels of a letter of a figure in the charts' font at 12 pixels, measured on a picture of the dashboard."""
AWAY = 6

SALES = [
    {"text": "$1,234,567.89", "share": "(40.3%)", "value": 1234567.89},
    {"text": "$98.10", "share": "(0.1%)", "value": 98.1},
]
PROFITS = [
    {"text": "$4,410.00", "share": "", "value": 4410.0},
    {"text": "−$1,230.00", "share": "", "value": -1230.0},
]
LOSSES = [{"text": "−$12.00", "share": "", "value": -12.0}]


def worked_out(page: Page, expression: str, width: int) -> float:
    """Vega's expressions are JavaScript's, with the functions of Math by their bare names."""
    return float(page.evaluate(f"(width, max = Math.max) => {expression}", width))


@pytest.mark.parametrize("width", [170, 240, 299, 300, 460, 1100])
@pytest.mark.parametrize("rows", [SALES, PROFITS, LOSSES], ids=["sales", "profits", "losses"])
def test_a_label_ends_inside_the_picture(page: Page, rows: list[dict[str, object]], width: int) -> None:
    scale = labels.scale(rows)
    low, high = (worked_out(page, scale[end]["expr"], width) for end in ("domainMin", "domainMax"))
    for row in rows:
        written = page.evaluate(f"([width, datum]) => {labels.written(rows)}", [width, row])
        assert written.replace("\n", "  ").split() == f"{row['text']} {row['share']}".split()
        value = float(str(row["value"]))
        end = (value - low) / (high - low) * width
        room = width - end if value >= 0 else end
        assert AWAY + max(map(len, written.split("\n"))) * LETTER <= room


def test_the_longest_bar_is_still_a_bar_on_the_narrowest_phone(page: Page) -> None:
    scale = labels.scale(SALES)
    high = worked_out(page, scale["domainMax"]["expr"], 170)
    assert 170 * 1234567.89 / high >= 30
