"""Words put where the rules look for them: what is said behind a list, beside a figure or as a subject."""

from dataclasses import replace

from awesome_analytics.chat.words.board import Board

_ENTITIES = "thing:order|thing:customer|thing:product"


def read(board: Board) -> None:
    """Tidy the board before anything is read from it."""
    _count_behind(board)
    _distinct_led(board)
    _each_led(board)
    _moved_most(board)
    _people(board)
    _in_days(board)
    _in_money(board)
    _each_of(board)
    _of_all(board)
    _best_of_a_figure(board)
    _both_spent_and(board)


def _count_behind(board: Board) -> None:
    """Customers who bought in 2013, how many?: the count of them."""
    while board.spans and board.spans[-1].tag in ("be", "pronoun"):
        board.spans.pop()
    while len(board.spans) > 2 and [span.tag for span in board.spans[-2:]] == ["prep", "per"]:
        # Said of the count; where it stands doesn't matter.
        board.spans = [board.spans[0], *board.spans[-2:], *board.spans[1:-2]]
        if board.spans[-1].tag != "howmany":
            board.spans = [board.spans[0], *board.spans[3:], *board.spans[1:3]]
            break
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


def _distinct_led(board: Board) -> None:
    """Distinct clients in 2014: how many, where `distinct` alone asks it."""
    led = [span.tag for span in board.spans[:2]] == ["distinct", "thing"] and board.spans[1].plural
    if led and not board.has("howmany", "list", "which", "who", "rank", "ranked"):
        board.spans[0] = replace(board.spans[0], tag="howmany")


def _each_led(board: Board) -> None:
    """Each segment's worst sub-category: the worst one for each segment."""
    tags = [span.tag for span in board.spans[:3]]
    if tags[:2] in (["each", "thing"], ["each", "part"]) and tags[2:] in (["rank"], ["ranked"]):
        board.spans = [*board.spans[2:], *board.spans[:2]]


def _moved_most(board: Board) -> None:
    """Whose sales grew the most; which grew its sales the most: the strongest growth of the sales."""
    if found := board.find("m=met be? r=ranked:growth"):
        first, last = board.spans.index(found.one("m")), board.spans.index(found.one("r"))
        board.spans[first], board.spans[last] = board.spans[last], board.spans[first]
    if found := board.find("g=growth|decline pronoun? m=met r=rank"):
        way, said = found.one("g"), found.one("r")
        most = replace(said, tag="ranked", name="growth", descending=(way.tag == "growth") == said.descending)
        at = board.spans.index(way)
        board.remove([span for span in found.taken if span.tag != "met"])
        board.spans.insert(at, most)


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


def _in_money(board: Board) -> None:
    """What did we sell yesterday, in dollars: the sales, and no list; a growth in dollars waits."""
    if board.has("growth", "decline", "change", "ranked:growth"):
        return
    if board.has("inmoney") and not board.has("rank", "ranked"):
        board.take("w=whatdo sold!")
    board.remove(board.all("inmoney"))


def _of_all(board: Board) -> None:
    """What percentage of all orders: all of them, and no row for each."""
    found = board.find("share! x=each thing|met!")
    if found and found.one("x").text.lower() in ("of all", "for all", "in all"):
        said = found.one("x")
        board.spans = [replace(span, tag="prep") if span is said else span for span in board.spans]


def _best_of_a_figure(board: Board) -> None:
    """The best profit margin: the best margin, whatever `best profit` alone means."""
    found = board.find("r=ranked m=met!")
    if found is None or found.one("r").last + 1 != found.one("m").first or found.one("r").name == "growth":
        return
    said = found.one("r")
    board.spans = [replace(span, tag="rank", name="") if span is said else span for span in board.spans]


def _both_spent_and(board: Board) -> None:
    """What did she spend and how many orders was that: the sum, too."""
    found = board.find("whatdo|howmuch be? val|thing:customer w=spent with? prep!? per!? and howmany!")
    if found:
        said = found.one("w")
        sales = replace(said, tag="met", name="sales")
        board.spans = [sales if span is said else span for span in board.spans]
