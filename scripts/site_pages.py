"""Lays all pages of the project into build/pages, their links turned, for the tool that makes the site."""

import posixpath
import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "build" / "pages"
OUTSIDE = {
    "README.md": "start.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTEXT.md": "words.md",
    "CHANGELOG.md": "changelog.md",
    "deploy/README.md": "deploy.md",
}
"""A page that stands outside docs/, and the name it has on the site."""
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]*)(#[^)\s]*)?\)")


def place_of(path: str) -> str | None:
    """Where a file of the project stands on the site; None where it doesn't."""
    if path in OUTSIDE:
        return OUTSIDE[path]
    inside = path.startswith("docs/") and (ROOT / path).is_file()
    return path.removeprefix("docs/") if inside else None


def turned(text: str, path: str) -> str:
    """A page with its links as the site has them; what has no place there becomes plain text."""
    here = posixpath.dirname(place_of(path) or "") or "."

    def link(found: re.Match[str]) -> str:
        mark, words, target, anchor = found[1], found[2], found[3], found[4] or ""
        if not target or "://" in target:
            return found[0]
        place = place_of(posixpath.normpath(posixpath.join(posixpath.dirname(path), target)))
        return f"{mark}[{words}]({posixpath.relpath(place, here)}{anchor})" if place else words

    return _LINK.sub(link, text)


def lay() -> None:
    """Write the folder anew."""
    shutil.rmtree(PAGES, ignore_errors=True)
    inside = [str(each.relative_to(ROOT)) for each in (ROOT / "docs").rglob("*") if each.is_file()]
    for path in (*OUTSIDE, *inside):
        place = PAGES / str(place_of(path))
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith(".md"):
            place.write_text(turned((ROOT / path).read_text(encoding="utf-8"), path), encoding="utf-8")
        else:
            shutil.copyfile(ROOT / path, place)


if __name__ == "__main__":
    lay()
