"""`awesome init`."""

from awesome_analytics.bootstrap.shop import Shop
from awesome_analytics.cli.context import Context, command


@command(name="init")
def init(context: Context) -> None:
    """Create the databases, their users with least rights, and the tables; again changes nothing."""
    with Shop.open(context.settings, on_note=context.note, prepare=False) as shop:
        done = shop.prepare()
        places = {"books": str(shop.oltp), "warehouse": str(shop.olap)}
        context.answer(
            {"done": done, **places},
            text=lambda: "\n".join([*(done or ["Nothing to do: all is in place."]), *_places(places)]),
        )


def _places(places: dict[str, str]) -> list[str]:
    return [f"{name}: {place}" for name, place in places.items()]
