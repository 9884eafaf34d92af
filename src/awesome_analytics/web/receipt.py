"""An order's receipt as a plain page to print, for the sales associate who is logged in."""

import html
from decimal import Decimal
from importlib.resources import files
from string import Template

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from awesome_analytics.app import roles, sessions
from awesome_analytics.core.errors import AwesomeError, NotFound
from awesome_analytics.sales import reading
from awesome_analytics.web import shop
from awesome_analytics.web.headers import cookie_of

_SCRIPT = "document.getElementById('print').addEventListener('click', () => window.print());"


async def show(request: Request) -> Response:
    """The receipt of `?order=`."""
    order_id, secret = request.query_params.get("order", ""), cookie_of(request.headers)
    return await run_in_threadpool(_receipt, order_id, secret)


def _receipt(order_id: str, secret: str) -> Response:
    try:
        with shop.app() as connection:
            visitor = sessions.who(connection, token=secret, now=shop.now())
        if visitor is None or visitor.role != roles.SALES_ASSOCIATE:
            return Response("Log in as a sales associate to see receipts.", status_code=403)
        with shop.books() as connection:
            order = reading.show_order(connection, order_id)
    except NotFound as error:
        return Response(str(error), status_code=404)
    except (AwesomeError, *shop.LOST):
        return Response("The books can't be reached just now. Try again in a moment.", status_code=503)
    return HTMLResponse(_page(order), headers={"cache-control": "no-store"})


def _page(order: reading.Order) -> str:
    folder = files("awesome_analytics.web").joinpath("templates")
    sales = sum((line.sales for line in order.lines), Decimal(0))
    discount = sum((line.discount for line in order.lines), Decimal(0))
    body = Template(folder.joinpath("receipt.html").read_text(encoding="utf-8")).substitute(
        order_id=html.escape(order.order_id),
        customer=html.escape(order.customer_name),
        day=order.order_date,
        lines="".join(_row(line) for line in order.lines),
        sales=_money(sales),
        discount=_money(discount),
        due=_money(sales - discount),  # shipping is the shop's own cost: its profit is less by it
    )
    style = folder.joinpath("style.css").read_text(encoding="utf-8")
    return Template(folder.joinpath("frame.html").read_text(encoding="utf-8")).substitute(
        body=body, style=style
    )


def _row(line: reading.Line) -> str:
    cells = (html.escape(line.product_name), line.quantity, _money(line.sales), _money(line.discount))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _money(amount: Decimal) -> str:
    return f"${amount:,.2f}"


async def script(_request: Request) -> Response:
    """What the print button does; a file of its own, since the content policy allows no inline script."""
    return Response(_SCRIPT, media_type="text/javascript")


ROUTES = [Route("/receipt", show, methods=["GET"]), Route("/receipt.js", script, methods=["GET"])]
