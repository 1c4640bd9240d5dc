"""The build, the report and the run of a home, and the least that each can cost.

That is all statements as an analyst would type them, the charts alone, and for a run the
statements, the marts as Parquet and the page.
"""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
from vl_convert import vegalite_to_svg

from pipelines.exports import mart_files
from pipelines.home.database import SESSION
from pipelines.lake import ingest
from pipelines.models import build, creation, definition, inputs, publish
from pipelines.report import page, svg
from pipelines.settings import Settings
from pipelines.sources import sample
from pipelines.weeks import contiguous
from tests.bench import history
from tests.bench.pairs import Pair, Side, alone, in_turns, program

FLOOR = """
from tests.bench import floor
floor.main()
"""


def sampled(home: str) -> Callable[[], object]:
    """Ingest the whole sample into a home and publish it."""

    def do() -> None:
        chosen = Settings(tokenhouse_home=Path(home))
        with ingest.open_client(chosen, False) as client:
            for weeks in contiguous(sample.recorded_weeks()):
                for table in ingest.SAMPLED_TABLES:
                    ingest.ingest_table(chosen, client, table, False, *weeks)
        file, _ = build.build(Path(home), definition.load())
        publish.publish(file, Path(home, "warehouse.duckdb"))

    return do


def built(home: str) -> Callable[[], object]:
    """Build a home; the draws are kept from before."""
    models = definition.load()
    return lambda: publish.discard(build.build(Path(home), models)[0])


def typed(home: str) -> Callable[[], object]:
    """What an analyst would type: the same inputs, statements and checks, in one transaction."""
    models, file = definition.load(), Path(home, "typed.duckdb")

    def do() -> None:
        with closing(duckdb.connect(file, config=build.COMPATIBLE)) as connection:
            connection.sql(f"{SESSION}; SET threads = 1")
            inputs.attach(connection, Path(home, "lake"))
            connection.sql("BEGIN")
            for schema in definition.SCHEMAS:
                connection.sql(f"CREATE SCHEMA {schema}")
            for model in models:
                if model.front.function:
                    creation.create(connection, model, Path(home, "draws"))
                else:
                    connection.sql(f"CREATE TABLE {model.name} AS {model.sql}")
            for model in models:
                for query in model.checks.values():
                    connection.sql(f"SELECT count(*) FROM ({query})").fetchall()
            connection.sql("COMMIT; CHECKPOINT")
        file.unlink()

    return do


def reported(home: str) -> Callable[[], object]:
    """Write the weekly report, in all languages."""

    def do() -> None:
        # The library draws in this process: the seconds of another would not count.
        with patch.object(svg, "to_svg", vegalite_to_svg):
            page.write(Path(home))

    do()  # fonts and templates are read once in a process
    return do


def drawn(home: str) -> Callable[[], object]:
    """Draw the charts of the weekly report."""
    charts: list[dict[str, Any]] = []

    def noted(chart: dict[str, Any]) -> str:
        charts.append(chart)
        return str(vegalite_to_svg(chart))

    with patch.object(svg, "to_svg", noted):
        page.write(Path(home))
    return lambda: [vegalite_to_svg(one) for one in charts]


def compare_build(home: Path) -> Iterator[Pair]:
    """Build the sample with the runner and with plain SQL."""
    sides = {one.__name__: lambda one=one: alone(one, home) for one in (built, typed)}
    ours, theirs = in_turns(sides)
    yield Pair("SQL build of the sample", "the statements typed", ours, theirs, 1.3)


def compare_report(home: Path) -> Iterator[Pair]:
    """Write the report, and draw its charts."""
    sides = {one.__name__: lambda one=one: alone(one, home) for one in (reported, drawn)}
    ours, theirs = in_turns(sides)
    yield Pair("the weekly report in all languages", "its charts alone", ours, theirs, 2.5)


def compare_run(home: Path) -> Iterator[Pair]:
    """Run everything but requests on the sample, and the least that this needs."""

    def run() -> Side:
        fresh = home / "fresh"  # what is exported already is not written again
        shutil.copytree(home, fresh)
        side, _ = program(history.RUN, fresh, "run")
        shutil.rmtree(fresh)
        return side

    sides = {"run": run, "floor": lambda: program(FLOOR, home)[0]}
    ours, theirs = in_turns(sides)
    yield Pair("a whole run", "its SQL, Parquet and page alone", ours, theirs, 2.5)


def main() -> None:
    """Do the least that a run must do."""
    home = sys.argv[1]
    typed(home)()
    found = mart_files.render(definition.load(), Path(home, "warehouse.duckdb"))
    for name, content in found.items():
        path = Path(home, "floor", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    page.write(Path(home))
