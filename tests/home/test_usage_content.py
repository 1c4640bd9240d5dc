"""What people wrote and models answered is nowhere: in no file of the lake, no log, no record.

Every file of the home is read as what it is: compressed files and tables hide words from a search
of their bytes.
"""

import gzip
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.conftest import tokenhouse
from tests.unit.usage.test_importing import CANARY, records_with_canaries

WITNESSES = "source,scope,role,why,recorded_on\n" + "".join(
    f"{source},scope-{number},witness,a test,2026-11-01\n"
    for number in range(8)
    for source in ("litellm", "openclaw")
)
"""The same calls are in several files."""


@pytest.mark.accept
def test_no_content_is_anywhere_after_an_import_a_run_and_a_report(home: Path) -> None:
    home.joinpath("reference").mkdir()
    home.joinpath("reference", "usage_scope.csv").write_text(WITNESSES)
    outside = home.parent / f"{home.name}-records"
    outside.mkdir()
    printed = []
    for number, path in enumerate(records_with_canaries(outside)):
        done = tokenhouse(home, "usage", "add", f"{path}", "--scope", f"scope-{number}")
        assert done.returncode == 0, done.stderr
        printed.append(done)
    broken = outside / "broken.jsonl"
    broken.write_text(f'{{"sessionId": "a", "message": "{CANARY}"\n{{"sessionId": "a"}}\n')
    refused = tokenhouse(home, "usage", "add", f"{broken}")
    assert refused.returncode == 1
    run = tokenhouse(home, "run", "--sample")
    assert run.returncode == 0, run.stderr
    for words in (("usage", "--json"), ("usage", "--unresolved"), ("report",), ("status",)):
        printed.append(tokenhouse(home, *words))
    assert CANARY not in f"{[*printed, refused, run]}"
    found = {path.relative_to(home): CANARY in text for path, text in texts(home)}
    assert {path for path, has_content in found.items() if has_content} == set()
    seen = {path.parts[0] for path in found}
    assert seen >= {"lake", "exports", "report", "warehouse.duckdb"}
    assert any(path.suffix == ".db" for path in found)  # Dagster's record


def texts(home: Path) -> Iterator[tuple[Path, str]]:
    """Yield every file of a home with all that it contains, as text."""
    for path in home.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix == ".parquet":
            yield path, rows_of(f"FROM read_parquet('{path}', hive_partitioning = false)")
        elif path.suffix == ".duckdb":
            yield path, tables_of(path)
        else:
            content = path.read_bytes()
            content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
            yield path, content.decode("latin-1")  # in which every byte is a character


def rows_of(statement: str) -> str:
    with closing(duckdb.connect()) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        return text_of(connection, statement)


def tables_of(path: Path) -> str:
    with closing(duckdb.connect(path, read_only=True)) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        tables = connection.sql(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
        ).fetchall()
        return "".join(text_of(connection, f"FROM {name}") for (name,) in tables)


def text_of(connection: duckdb.DuckDBPyConnection, statement: str) -> str:
    """Return rows as DuckDB prints them: Python takes ten times as long for that."""
    return f"{connection.sql(f'SELECT one::VARCHAR FROM ({statement}) AS one').fetchall()}"
