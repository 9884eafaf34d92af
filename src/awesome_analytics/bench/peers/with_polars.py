"""polars: read through connectorx, the driver's executemany; prints the seconds from read to commit."""

import json
import os
import time

import polars as pl
from sqlalchemy import create_engine

job = json.loads(os.environ["BENCH_PEER"])
target = create_engine(job["target"])
begun = time.perf_counter()
frame = pl.read_database_uri(job["select"], job["connectorx"], engine="connectorx")
connection = target.raw_connection()
cursor = connection.cursor()
places = ", ".join(["%s"] * frame.width)
# pymysql's executemany joins the rows into few large INSERTs; psycopg's sends them in one pipeline.
cursor.executemany(f"insert into {job['table']} ({', '.join(frame.columns)}) values ({places})", frame.rows())
connection.commit()
print(time.perf_counter() - begun)
