"""Text cells: double-encoded accents mended, no-break spaces made plain, control characters refused."""

from dataclasses import dataclass

from awesome_analytics.sales.importer.refusal import RefusedCell

_NO_BREAK_SPACE = "\u00a0"


def _windows_characters() -> dict[int, str]:
    """Bytes 80 to 9F as Windows-1252 prints them, where it does."""
    found = {}
    for byte in range(0x80, 0xA0):
        printed = bytes([byte]).decode("cp1252", "ignore")
        if printed:
            found[byte] = printed
    return found


_WINDOWS = _windows_characters()
_BYTE_OF = {chr(byte): byte for byte in range(256)} | {char: byte for byte, char in _WINDOWS.items()}


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """A cell's text and what was done to it."""

    text: str
    mended: bool = False
    respaced: bool = False


def clean(cell: str) -> Cleaned:
    """The text a cell means, outer spaces gone."""
    if cell.isascii():
        return Cleaned(text=cell.strip(" \t"))
    mended = _undo_double_encoding(cell)
    # A character between 80 and 9F is never meant as the control it is in Unicode.
    printed = mended.translate(_WINDOWS)
    plain = printed.replace(_NO_BREAK_SPACE, " ")
    return Cleaned(text=plain.strip(), mended=mended != cell, respaced=plain != printed)


def _undo_double_encoding(text: str) -> str:
    """Read text as the bytes it was before UTF-8 was taken for Windows-1252; unclean round trips stay."""
    try:
        return bytes(_BYTE_OF[char] for char in text).decode("utf-8")
    except (KeyError, UnicodeDecodeError):
        return text


def refuse_unprintable(title: str, text: str) -> None:
    """Raise RefusedCell where the text holds a control character."""
    if text.isprintable():
        return
    if any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in text):
        raise RefusedCell(f"{title} holds a control character", text)
