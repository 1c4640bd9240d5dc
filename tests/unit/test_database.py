"""Connections to DuckDB write nothing of their own."""

import subprocess
import sys

from pipelines.home.database import SESSION

SLOW = """
import duckdb
from pipelines.home.database import SESSION
connection = duckdb.connect()
connection.execute("SET progress_bar_time = 50")
connection.execute(SESSION)
connection.execute("CREATE TABLE one AS SELECT md5(n::VARCHAR) FROM range(1000000) AS t (n)")
"""


def test_duckdb_draws_no_bar_into_the_output() -> None:
    done = subprocess.run([sys.executable, "-c", SLOW], capture_output=True, check=True)
    assert done.stdout == b""
    assert SESSION.startswith("SET enable_progress_bar = false"), "the next is not drawn either"
