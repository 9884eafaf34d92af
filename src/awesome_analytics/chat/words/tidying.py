"""Words put where the rules look for them: what is said behind a list, beside a figure or as a subject."""

from dataclasses import replace

from awesome_analytics.chat.words.board import Board

_ENTITIES = "thing:order|thing:customer|thing:product"


def read(board: Board) -> None:
    """Tidy the board before anything is read from it."""
    _count_behind(board)
    _people(board)
    _in_days(board)
    _each_of(board)


def _count_behind(board: Board) -> None:
    """Customers who bought in 2013, how many?: the count of them."""
    while board.spans and board.spans[-1].tag in ("be", "pronoun"):
        board.spans.pop()
    counted = board.spans[-1:]
    led = next((at for at, s in enumerate(board.spans) if s.tag not in ("prep", "list", "and", "which")), 0)
    first = board.spans[led : led + 1]
    if not counted or counted[0].tag != "howmany" or len(board.spans) < 3:
        return
    if first and first[0].tag == "thing" and first[0].name in ("order", "customer", "product"):
        rest = board.spans[led:-1]
        while rest and rest[-1].tag == "and":
            rest.pop()
        board.spans = [replace(counted[0], first=first[0].first, last=first[0].first), *rest]


def _people(board: Board) -> None:
    """The reasons people send things back: whoever does it is nobody to split by."""
    if board.has("thing:return_reason") and (found := board.find("x=thing:customer returned!")):
        board.remove([found.one("x")])


def _in_days(board: Board) -> None:
    """Shipping time in days: a unit, not a split."""
    found = board.find("met:days_to_ship! prep x=part:order_day")
    if found and found.taken[0].text.lower() == "in" and found.one("x").text.lower() == "days":
        board.remove(found.taken)


def _each_of(board: Board) -> None:
    """What did we sell of each category: its sales, and no list of products."""
    found = board.find("w=whatdo val* thing:customer? sold prep? each! thing|part!")
    if found:
        board.remove([found.one("w")])
