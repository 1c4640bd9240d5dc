from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.errors import RefusalError
from pipelines.home.database import connected
from pipelines.models import build, checks, creation, definition, draws, publish
from pipelines.models.definition import Model
from pipelines.models.python.registry import FUNCTIONS
from pipelines.settings import SQL
from tests.support.building import models_of
from tests.unit.models.test_definition import FRONT


def model(tmp_path: Path, statement: str, front: str = FRONT) -> Model:
    path = tmp_path / "marts" / "extra.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(front + statement)
    return definition.read(path)


def test_the_build_is_whole_and_says_what_it_was_made_from(database: Path) -> None:
    with duckdb.connect(database, read_only=True) as connection:
        tables = connection.sql(
            "SELECT count(*) FROM duckdb_tables() WHERE comment IS NULL"
        ).fetchall()
        columns = connection.sql(
            "SELECT count(*) FROM duckdb_columns() WHERE comment IS NULL "
            "AND schema_name IN ('staging', 'core', 'marts') AND NOT internal"
        ).fetchall()
        macros = connection.sql(
            "SELECT function_name FROM duckdb_functions() WHERE schema_name = 'marts' "
            "AND comment IS NOT NULL"
        ).fetchall()
        snapshots = connection.sql("SELECT count(*) FROM meta.snapshots").fetchall()
        (made,) = connection.sql("SELECT run_id, licence FROM meta.build").fetchall()
    assert (tables, columns) == ([(0,)], [(0,)])
    assert {name for (name,) in macros} == {
        "latest_week",
        "top_models",
        "origin_split",
        "scope_order",
        "rankings_known_at",
        "workloads",
        "parameters",
        "catalogue",
        "revenue_inputs",
        "claims_evidence",
        "compliance",
        "route_verdicts",
        "own_usage",
        "own_names",
        "own_hours",
        "unused_scores",
    }
    assert snapshots == [(4 + 16 + 1,)]
    assert (len(made[0]), made[1]) == (16, "CC BY 4.0")


def test_the_database_needs_neither_lake_nor_checkout(database: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved.duckdb"
    moved.write_bytes(database.read_bytes())
    with duckdb.connect(moved, read_only=True, config={"enable_external_access": False}) as reader:
        names = reader.sql("SELECT schema_name || '.' || table_name FROM duckdb_tables()")
        for (name,) in names.fetchall():
            reader.sql(f"SELECT count(*) FROM {name}").fetchall()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT nothing AS number FROM core.week", "nothing"),
        ("SELECT 1 AS numbr", r"'numbr'.*where.*'number'"),
        ("SELECT 'a' AS number", r"VARCHAR.*where.*INTEGER"),
        ("SELECT 1 AS number, 2 AS more", r"'more'.*where no column is documented"),
    ],
)
def test_a_statement_that_does_not_fit_is_refused_by_file(
    home: Path, tmp_path_factory: pytest.TempPathFactory, statement: str, said: str
) -> None:
    extra = model(tmp_path_factory.mktemp("sql"), statement)
    with pytest.raises(RefusalError, match=said) as refusal:
        build.build(home, [*models_of("core.week"), extra])
    assert "extra.sql" in str(refusal.value)
    assert {path.name for path in home.iterdir()} == {"lake", "gathered"}


@pytest.mark.parametrize(
    ("front", "statement", "failing"),
    [
        (FRONT, "SELECT 1 AS number UNION ALL SELECT 1", "unique number"),
        (FRONT, "SELECT cast(NULL AS INTEGER) AS number", "required columns are filled"),
        (
            FRONT.replace("---\n*/", "checks:\n  is two: number = 2\n---\n*/"),
            "SELECT 1 AS number",
            "is two",
        ),
        (
            FRONT.replace("---\n*/", "checks:\n  is two: number = 2\n---\n*/"),
            "SELECT cast(NULL AS INTEGER) AS number",
            "is two",
        ),
        (
            FRONT.replace(
                "---\n*/",
                "checks:\n  none: SELECT number FROM marts.extra WHERE number = 1\n---\n*/",
            ),
            "SELECT 1 AS number",
            "none",
        ),
        (
            FRONT.replace("INTEGER", "VARCHAR").replace(
                "---\n*/", "accepted:\n  number: [one, two]\n---\n*/"
            ),
            "SELECT 'three' AS number",
            "accepted number",
        ),
    ],
)
def test_a_check_that_fails_names_itself(
    tmp_path: Path, front: str, statement: str, failing: str
) -> None:
    extra = model(tmp_path, statement, front)
    with closing(duckdb.connect()) as connection:
        connection.sql("CREATE SCHEMA marts")
        creation.create(connection, extra)
        results = checks.run(connection, extra)
    broken = [result for result in results if result.failures]
    assert failing in [result.check for result in broken]
    assert all("marts.extra" in str(result) for result in broken)


def test_an_empty_lake_publishes_nothing(tmp_path: Path) -> None:
    with pytest.raises(RefusalError, match="contains no rankings yet"):
        build.build(tmp_path, definition.load())
    assert list(tmp_path.iterdir()) == []


def test_a_build_that_needs_more_memory_is_made_with_what_the_machine_has(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = "SELECT DISTINCT number FROM range(1000000) AS n (number)"
    wide = f"SELECT max(number)::INTEGER AS number FROM ({numbers})"
    models = [*models_of("core.week"), model(tmp_path, wide)]
    monkeypatch.setattr(build, "BUILD_MEMORY", "2MB")
    aside, _ = build.build(home, models)
    with duckdb.connect(aside, read_only=True) as connection:
        assert connection.sql("FROM marts.extra").fetchall() == [(999_999,)]
    publish.discard(aside)
    monkeypatch.setattr(build, "MOST_MEMORY", "2MB")
    with pytest.raises((RefusalError, duckdb.Error), match="Out of Memory"):
        build.build(home, models)
    assert not [*home.glob(".warehouse.*"), *home.glob("warehouse.*.tmp.duckdb*")]


def test_a_reader_keeps_the_old_file_and_the_next_one_sees_the_new(
    home: Path, database: Path
) -> None:
    target = home / "warehouse.duckdb"
    with closing(duckdb.connect(target, config=build.COMPATIBLE)) as connection:
        connection.sql("CREATE TABLE old AS SELECT 1 AS number")
    target.with_name("warehouse.duckdb.wal").write_bytes(b"left by a killed writer")
    with closing(duckdb.connect(home / "other.duckdb")) as reader:
        target.with_name("warehouse.duckdb.wal").unlink()
        reader.sql(f"ATTACH '{target}' AS old (READ_ONLY)")
        target.with_name("warehouse.duckdb.wal").write_bytes(b"left by a killed writer")
        aside = home / "aside.duckdb"
        aside.write_bytes(database.read_bytes())
        publish.publish(aside, target)
        assert reader.sql("SELECT number FROM old.old").fetchall() == [(1,)]
    with duckdb.connect(target, read_only=True) as connection:
        assert connection.sql("SELECT marts.latest_week()::VARCHAR").fetchall() == [("2026-07-13",)]


def test_the_shipped_sql_is_where_the_runner_looks() -> None:
    assert {path.relative_to(SQL).parts[0] for path in SQL.rglob("*/*.sql")} == set(
        definition.SCHEMAS
    )


@pytest.mark.parametrize("function", sorted(draws.PARTS))
def test_a_part_is_drawn_the_same_without_the_others(database: Path, function: str) -> None:
    (chosen,) = [one for one in definition.load() if one.front.function == function]
    with connected(database) as connection:
        rows = connection.sql(chosen.sql).pl()
        drawn = connection.sql(f"FROM {chosen.name}").pl()
    columns = draws.PARTS[function]
    kept = drawn.partition_by(columns, as_dict=True)
    newest = rows.filter(pl.col("week") == rows["week"].max())
    for part, own in newest.partition_by(columns, as_dict=True).items():
        alone = FUNCTIONS[function](own)
        assert alone.equals(kept.get(part, drawn.clear()).select(alone.columns))
