"""Numbers of third parties stay in the private file: they are in nothing that leaves the home.

What is searched are the numbers themselves, wherever a run writes. That none of them can be
computed from anything else is shown by changing them: nothing else may change.
"""

import gzip
import json
import re
import shutil
import stat
import struct
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.lake import raw
from pipelines.lake import scores as lake_scores
from pipelines.lake.replay import replay
from pipelines.models import checks, definition
from pipelines.models.definition import PRIVATE
from pipelines.models.rerun import rerun
from pipelines.sources.response import Request, Response
from tests.support import wire
from tests.support.ingesting import chosen, ingest_tables
from tests.support.scores import FLASH, INFERRED

NUMBER = re.compile(rb"\d+\.\d{9,}")
DIGITS = 9


@pytest.fixture(scope="module")
def secrets(known: duckdb.DuckDBPyConnection) -> set[float]:
    """Every number from which a score could be computed."""
    statements = [
        "SELECT score FROM private.score",
        "SELECT intercept, slope, residual_sd, mean_score, score_squares FROM private.calibration",
        "SELECT capability, variance FROM private.inferred",
        "SELECT capability_low, capability_sd, success, success_low, success_sd "
        "FROM private.quality WHERE evidence LIKE 'inferred%'",
        "SELECT chance, evaluation_usd FROM private.admission WHERE is_inferred",
        "SELECT success, variance, weight FROM private.evidence WHERE kind = 'inferred'",
    ]
    rows = [row for statement in statements for row in known.sql(statement).fetchall()]
    found = {value for row in rows for value in row if value is not None}
    # A whole number, or one of few digits, is also something else.
    return {value for value in found if round(value, 6) != value} | set(INFERRED.values())


def outside(home: Path) -> Iterator[Path]:
    """Yield every file of a home but the scores themselves and what follows from them."""
    kept = {paths.private(paths.database(home)), paths.database(home)}
    for path in sorted(home.rglob("*")):
        if path.is_file() and path not in kept and path.parent.name != lake_scores.TABLE:
            yield path


def test_no_file_of_a_home_contains_a_number_of_a_third_party(
    scored: Path, secrets: set[float]
) -> None:
    assert len(secrets) > 100
    packed = [struct.pack("<d", one) for one in INFERRED.values()]
    texts = {f"{one:.{DIGITS}f}" for one in secrets}
    searched = set()
    for path in outside(scored):
        searched.add(path.relative_to(scored).parts[0])
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
            floats = frame.select(pl.selectors.float())
            values = {one for column in floats.iter_columns() for one in column.unique()}
            assert not secrets & values, path
            content = b"\n".join(f"{one}".encode() for one in frame.schema.names())
        else:
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            assert not any(one in content for one in packed), path
        numbers = {f"{float(one):.{DIGITS}f}" for one in NUMBER.findall(content)}
        assert not texts & numbers, path
        for score in INFERRED.values():
            assert f"{score}".encode() not in content, path
    made = {folder.name for folder in scored.iterdir() if folder.is_dir()}
    assert searched >= made >= {"lake", "exports", "report"}


def test_no_table_of_the_published_database_contains_one(scored: Path, secrets: set[float]) -> None:
    with closing(duckdb.connect(paths.database(scored), read_only=True)) as connection:
        tables = connection.sql(
            "SELECT schema_name, table_name, list(column_name) FROM duckdb_columns() "
            "WHERE data_type = 'DOUBLE' AND database_name = current_database() AND NOT internal "
            "GROUP BY ALL"
        ).fetchall()
        assert {schema for schema, _, _ in tables} >= {"marts", "core", "staging"}
        for schema, table, columns in tables:
            for column in columns:
                values = connection.sql(f'SELECT DISTINCT "{column}" FROM {schema}.{table}')
                assert not secrets & {row[0] for row in values.fetchall()}, f"{table}.{column}"


@pytest.mark.accept
def test_other_scores_with_the_same_decisions_change_nothing_that_is_published(
    scored: Path, known: duckdb.DuckDBPyConnection
) -> None:
    """Whatever follows from a score would differ: a cost, a bound, a number of tasks."""
    reported = known.sql("FROM private.reported_score").pl()
    moved = reported.with_columns(
        pl.when(pl.col("model_id").is_in([*INFERRED]))
        .then(pl.col("score") * (1 + 1e-5))
        .otherwise(pl.col("score"))
    )
    replaced = {"private.reported_score": moved}
    public = {one.name for one in definition.load() if one.schema in ("core", "marts")}
    with rerun(paths.database(scored), replaced, public) as connection:
        made = connection.sql(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() "
            "WHERE database_name = current_database() AND schema_name IN ('core', 'marts')"
        ).fetchall()
        names = {row[0] for row in made}
        assert names >= {"core.route_choice", "marts.routing_certificate", "marts.routing_backtest"}
        for name in sorted(names):
            for one, other in ((name, f"published.{name}"), (f"published.{name}", name)):
                query = f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})"
                assert connection.sql(query).fetchall() == [(0,)], name
        ((before,),) = known.sql(
            f"SELECT capability FROM private.inferred WHERE model_id = '{FLASH}'"
        ).fetchall()
        ((after,),) = connection.sql(
            f"SELECT capability FROM private.inferred WHERE model_id = '{FLASH}'"
        ).fetchall()
    assert before != after


def test_the_private_files_are_readable_by_their_owner_only(scored: Path) -> None:
    files = [paths.private(paths.database(scored)), *(scored / "lake" / "model_scores").iterdir()]
    assert len(files) > 1
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}


@pytest.mark.parametrize("table", ["models", "benchmarks"])
def test_responses_with_scores_are_readable_by_their_owner_only(tmp_path: Path, table: str) -> None:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    path = raw.store(tmp_path, Response(Request(table, table), 200, {}, at, b"{}"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_scores_of_an_ingested_catalogue_are_in_a_file_of_their_own(
    tmp_path: Path, server: wire.Wire
) -> None:
    _, recorded, _ = server.answer("/api/v1/models", f"Bearer {wire.KEY}")
    catalogue = json.loads(recorded)
    first, second = catalogue["data"][:2]
    for model, score in ((first, INFERRED[FLASH]), (second, "38.5")):
        model["benchmarks"] = {"artificial_analysis": {"intelligence_index": score}}
    server.replies.append(wire.as_reply(catalogue))
    settings = chosen(tmp_path, server)
    (vintage,) = ingest_tables(settings, "models")
    (path,) = (tmp_path / "lake" / lake_scores.TABLE).iterdir()
    rows = {row["model_id"]: row["score"] for row in pl.read_parquet(path).to_dicts()}
    assert rows == {first["id"]: INFERRED[FLASH], second["id"]: None}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [name for name in pl.read_parquet_schema(vintage.path) if "bench" in name]
    before = path.read_bytes()
    path.unlink()
    replay(settings)
    assert path.read_bytes() == before


def test_a_failed_check_of_a_private_table_shows_no_row_of_it() -> None:
    """Its message goes into Dagster's record, the log and the file of the refusal."""
    models = {model.name: model for model in definition.load()}
    model = models["private.inferred"]
    with closing(duckdb.connect()) as connection:
        connection.sql(f"CREATE SCHEMA {PRIVATE}")
        connection.sql(
            "CREATE TABLE private.inferred AS SELECT DATE '2026-07-13' AS week, 'a/a' AS model_id, "
            "'s' AS source, DATE '2026-07-13' AS as_of, 149.123457 AS capability, -1.0 AS variance"
        )
        failed = [one for one in checks.run(connection, model) if one.failures]
    assert [f"{one}" for one in failed] == [
        "private.inferred: check «it is uncertain» fails in 1 row"
    ]


@pytest.mark.parametrize("other", [None, "another"])
def test_a_private_file_of_another_run_is_not_read(
    scored: Path, tmp_path: Path, other: str | None
) -> None:
    database = tmp_path / "warehouse.duckdb"
    shutil.copy(paths.database(scored), database)
    shutil.copy(paths.private(paths.database(scored)), tmp_path)
    with rerun(database, {}, {"private.quality"}) as connection:
        assert connection.sql("FROM private.quality LIMIT 1").fetchall()
    with closing(duckdb.connect(paths.private(database))) as connection:
        connection.sql(f"UPDATE build SET run_id = '{other}'" if other else "DROP TABLE build")
    with (
        pytest.raises(RefusalError, match=r"private\.duckdb .*run `tokenhouse run`") as refused,
        rerun(database, {}, {"private.quality"}),
    ):
        pass
    assert "\n" not in f"{refused.value}"
