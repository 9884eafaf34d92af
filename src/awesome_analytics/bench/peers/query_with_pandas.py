"""pandas: the star's tables read once, each question asked of the frames; prints milliseconds as JSON."""

import json
import os
import time
from statistics import median

import pandas as pd
from sqlalchemy import create_engine

job = json.loads(os.environ["BENCH_PEER"])
begun = time.perf_counter()
with create_engine(job["target"]).connect() as star:
    sales, returns, products, customers = (
        pd.read_sql(job["tables"][name], star) for name in ("sales", "returns", "products", "customers")
    )
for column in ("sales", "profit", "discount_rate"):
    sales[column] = sales[column].astype(float)  # Decimals would be far slower, and exact
loaded = time.perf_counter() - begun


def within(frame, stretch):
    """The rows of the stretch of time."""
    if stretch != "last 30 days":
        return frame
    return frame[(frame.order_date_key >= job["start"]) & (frame.order_date_key <= job["end"])]


def by(key, table, column):
    """Sales by a column of another table."""
    return lambda f: f.merge(table, on=key).groupby(column).sales.sum()


def return_rate(f, stretch):
    """Returned orders of all orders."""
    return within(returns, stretch).order_id.nunique() / f.order_id.nunique()


def yesterday(f):
    """Sales of yesterday less those of the day before."""
    day = f.groupby("order_date_key").sales.sum()
    return day.get(job["yesterday"], 0) - day.get(job["before"], 0)


ASKED = {
    "total_sales": lambda f: f.sales.sum(),
    "yesterday": yesterday,
    "top_product": lambda f: by("product_key", products, "product_name")(f).nlargest(1),
    "regions": lambda f: f.groupby("region").sales.sum(),
    "by_day": lambda f: f.groupby("order_date_key").sales.sum(),
    "by_category": by("product_key", products, "category_name"),
    "by_segment": by("customer_key", customers, "segment_name"),
    "best_customers": lambda f: (
        f.merge(customers, on="customer_key")
        .groupby(["customer_key", "customer_name"])
        .sales.sum()
        .nlargest(10)
    ),
    "profit_by_ship_mode": lambda f: f.groupby(["ship_mode", "order_priority"]).profit.sum(),
    "segment_and_category": lambda f: (
        f.merge(products, on="product_key")
        .merge(customers, on="customer_key")
        .groupby(["segment_name", "category_name"])
        .sales.sum()
    ),
    "units_shipped": lambda f: f[f.date_key > 0].groupby([f.date_key // 10000, "ship_mode"]).quantity.sum(),
    "customers_by_month": lambda f: f.groupby(f.order_date_key // 100).customer_key.nunique(),
    "deep_discounts": lambda f: (
        f[f.discount_rate >= 0.2]
        .merge(products, on="product_key")
        .groupby(["region", "subcategory_name"])
        .sales.sum()
    ),
}


def milliseconds(block, stretch):
    """What a question takes."""
    taken = []
    for _ in range(job["rounds"]):
        begun = time.perf_counter()
        frame = within(sales, stretch)
        return_rate(frame, stretch) if block == "return_rate" else ASKED[block](frame)
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


answers = [milliseconds(block, stretch) for block, stretch in job["asked"]]
print(json.dumps({"loaded": loaded, "milliseconds": answers}))
