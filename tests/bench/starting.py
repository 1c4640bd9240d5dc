"""Whole commands on a published home, and one query of it through DuckDB's own module.

Most of what a short command takes is importing. So both sides are whole processes, and what counts
is how often a command could have opened the database with a bare Python.
"""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.bench.pairs import Pair, Side, in_turns, program

TURNS = 3

TOKENHOUSE = """
from pipelines.cli import main
main()
"""

DUCKDB = """
import duckdb
print(duckdb.connect(sys.argv[1], read_only=True).sql("FROM marts.weekly_total").fetchall())
"""

READING = 2.0
"""The limit of the commands that read what is published."""

LIMITS = {
    ("--help",): 1.25,
    ("top",): READING,
    ("routes",): READING,
    ("query", "FROM marts.weekly_total"): READING,
    ("prices",): READING,
    ("model", "deepseek-v4-flash"): READING,
    ("explain", "batch_refactor"): READING,
    ("status",): 2.5,
    ("forecast", "batch_refactor"): 3.75,
    ("run", "--sample"): 7.5,
}
"""The most that a command may take of the query, by its words; a run has nothing to do."""


def compare_starts(home: Path) -> Iterator[Pair]:
    """Start each command in turns with the query, in a copy of a home that has run."""
    copy = home / "started"
    shutil.copytree(home, copy)

    def command(*words: str) -> Side:
        return program(TOKENHOUSE, *words, TOKENHOUSE_HOME=f"{copy}", OPENROUTER_API_KEY="")[0]

    command("run", "--sample")
    sides = {"duckdb": lambda: program(DUCKDB, copy / "warehouse.duckdb")[0]}
    sides |= {" ".join(words): partial(command, *words) for words in LIMITS}
    in_turns(sides, 1)  # what it reads is in memory from now on
    query, *taken = in_turns(sides, TURNS)
    shutil.rmtree(copy)
    for words, limit, side in zip(LIMITS, LIMITS.values(), taken, strict=True):
        yield Pair(f"`{' '.join(words)}`", "a query in DuckDB's module", side, query, limit)
