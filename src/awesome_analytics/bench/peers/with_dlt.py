"""dlt: its sql_database source through pyarrow, its own destination; prints the seconds of pipeline.run."""

import json
import os
import tempfile
import time

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt
from dlt.destinations import postgres, sqlalchemy
from dlt.sources.sql_database import sql_table

job = json.loads(os.environ["BENCH_PEER"])
with tempfile.TemporaryDirectory(prefix="awesome-bench-dlt-") as folder:
    if job["engine"] == "postgresql":
        destination, file_format = postgres(job["libpq"]), "csv"
    else:
        destination, file_format = sqlalchemy(job["target"]), None
    pipeline = dlt.pipeline(
        "bench", destination=destination, dataset_name=job["dataset"], pipelines_dir=folder
    )
    rows = sql_table(
        credentials=job["source"],
        table=job["view"],
        backend="pyarrow",
        chunk_size=50_000,
        reflection_level="full",
    )
    begun = time.perf_counter()
    pipeline.run(rows, table_name=job["table"], write_disposition="append", loader_file_format=file_format)
    print(time.perf_counter() - begun)
