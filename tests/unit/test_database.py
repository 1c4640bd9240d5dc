"""Connections to DuckDB write nothing of their own."""

import subprocess
import sys

SLOW = """
import duckdb
from pipelines.home.database import SESSION
connection = duckdb.connect()
connection.sql("SET progress_bar_time = 50")
connection.sql(SESSION)
connection.sql("CREATE TABLE digest AS SELECT md5(n::VARCHAR) FROM range(1000000) AS numbers (n)")
"""


def test_duckdb_draws_no_bar_into_the_output() -> None:
    done = subprocess.run([sys.executable, "-c", SLOW], capture_output=True, check=True)
    assert done.stdout == b""
