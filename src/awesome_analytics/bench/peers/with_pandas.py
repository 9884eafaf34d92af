"""pandas: read_sql in chunks, to_sql with multi-row INSERTs; prints the seconds from read to commit."""

import json
import os
import time

import pandas as pd
from sqlalchemy import create_engine

job = json.loads(os.environ["BENCH_PEER"])
source = create_engine(job["source"]).connect().execution_options(stream_results=True)
target = create_engine(job["target"])
begun = time.perf_counter()
with target.begin() as connection:
    # Larger chunks run into the servers' limits of placeholders: 65,535 at 17 columns.
    for chunk in pd.read_sql(job["select"], source, chunksize=1000):
        chunk.to_sql(job["table"], connection, if_exists="append", index=False, method="multi")
print(time.perf_counter() - begun)
