"""`status --verify` reads everything, and names whatever is damaged."""

import json
import shutil
import sqlite3
from pathlib import Path

from pipelines.exports import delivery
from pipelines.lake import raw
from pipelines.lake.vintages import list_vintages
from pipelines.orchestration import verification
from pipelines.settings import Settings
from tests.conftest import tokenhouse


def damaged(home: Path) -> list[str]:
    done = tokenhouse(home, "status", "--verify", "--json")
    found: list[str] = json.loads(done.stdout)["damaged"]
    assert not found or f"{len(found)} file" in done.stderr
    assert not found or done.returncode == 1
    return found


def test_whatever_is_damaged_is_named(ingested: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(ingested, tmp_path / "home"))
    delivery.deliver(home / "exports", {"a/b.txt": b"content", "c.txt": b"other"}, "run")
    record = home / "dagster" / "history" / "runs.db"
    record.parent.mkdir(parents=True)
    with sqlite3.connect(record) as connection:
        connection.execute("CREATE TABLE runs (id)")
    assert damaged(home) == []
    count = len(verification.checks(Settings(tokenhouse_home=home)))
    verdict = f"{count} files verified: none is damaged\n"
    assert verdict in tokenhouse(home, "status", "--verify").stdout
    (vintage,) = list_vintages(home / "lake", "models")
    response = next(iter(raw.files(home / "lake")))
    export = home / "exports" / "a" / "b.txt"
    decided = home / "lake" / "decisions" / "2026-06-15.json"
    decided.parent.mkdir()
    decided.write_text("[]")
    manifest = home / "exports" / delivery.MANIFEST
    for number, path in enumerate((response, vintage.path, export, record, decided), 1):
        content = bytearray(path.read_bytes())
        content[len(content) // 2 :] = b"x" * 9
        path.write_bytes(content)
        found = damaged(home)
        assert len(found) == number
        assert any(line.startswith((f"{path} is ", f"{path} cannot be read: ")) for line in found)
    assert not [line for line in found if "warehouse" in line]
    manifest.write_text("{broken")
    assert f"{manifest} is damaged: run `tokenhouse export`" in damaged(home)
    assert "none is damaged" not in tokenhouse(home, "status", "--verify").stdout


def test_a_damaged_table_of_the_database_is_named(ingested: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(ingested, tmp_path / "home"))
    database = home / "warehouse.duckdb"
    content = bytearray(database.read_bytes())
    quarter = len(content) // 4
    content[quarter : 3 * quarter] = bytes(2 * quarter)
    database.write_bytes(content)
    todo = verification.checks(Settings(tokenhouse_home=home))
    (line,) = verification.damaged(todo, lambda _: None)
    assert line.startswith(f"{database} ")
    private = home / "private.duckdb"
    private.write_bytes(private.read_bytes()[:5000])
    assert any(one.startswith(f"{private} ") for one in verification.damaged(todo, lambda _: None))
    assert "delete it and run `tokenhouse run`" in line
