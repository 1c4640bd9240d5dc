"""What others may read of a published database, and the sample that a wheel contains of it."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import urlopen

import duckdb
import pytest

from pipelines.errors import RefusalError, warn
from pipelines.exports import public_copy
from pipelines.exports.mart_files import is_exported
from pipelines.models import definition
from pipelines.queries import sample_database
from pipelines.settings import ROOT
from tests.conftest import made_once, tokenhouse
from tools import published_sample

MARK = "nobody-else-may-read-this"

OWN = """
INSERT INTO core.usage_counted BY NAME SELECT '{mark}' AS scope;
INSERT INTO core.usage_role BY NAME SELECT '{mark}' AS scope;
INSERT INTO usage.usage_day BY NAME SELECT '{mark}' AS scope;
INSERT INTO marts.weekly_usage BY NAME SELECT '{mark}' AS model_permaslug;
INSERT INTO staging.activity BY NAME SELECT '{mark}' AS workspace_id;
INSERT INTO marts.calibration BY NAME SELECT 'activity' AS source, '{mark}' AS subject;
INSERT INTO meta.snapshots BY NAME SELECT 'activity' AS table_name, '{mark}' AS file
"""

TABLES = "SELECT schema_name || '.' || table_name FROM duckdb_tables() ORDER BY 1"


@pytest.fixture(scope="module")
def copied(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A database with own usage in it, and its copy for others."""
    folder = tmp_path_factory.mktemp("copied")
    source, copy = folder / "warehouse.duckdb", folder / "copy.duckdb"
    shutil.copy(database, source)
    with closing(duckdb.connect(source)) as connection:
        connection.sql(f"{OWN.format(mark=MARK)}; CHECKPOINT")
    public_copy.write(definition.load(), source, copy)
    yield source, copy


def test_a_copy_has_every_public_row_and_no_private_one(copied: tuple[Path, Path]) -> None:
    source, copy = copied
    assert MARK.encode() in source.read_bytes()
    assert MARK.encode() not in copy.read_bytes()
    with closing(duckdb.connect(copy, read_only=True)) as connection:
        connection.sql(f"ATTACH '{source}' AS source (READ_ONLY)")
        names = {name for (name,) in connection.sql(TABLES).fetchall() if "meta." not in name}
        assert not any(name.startswith("private") for name in names)
        for model in definition.load():
            if model.schema != "marts":
                continue
            assert model.name in names
            found = connection.sql(f"SELECT count(*) FROM {model.name}").fetchall()
            public = f"NOT ({model.front.private or 'FALSE'})" if is_exported(model) else "FALSE"
            wanted = connection.sql(f"SELECT count(*) FROM source.{model.name} WHERE {public}")
            assert found == wanted.fetchall(), model.name
        for macro in ("catalogue", "route_verdicts", "revenue_inputs"):
            query = f"SELECT count(*) > 100 FROM marts.{macro}()"
            assert connection.sql(query).fetchall() == [(True,)]
        empty = dict(connection.sql("FROM meta.empty_mart").fetchall())
        assert empty["marts.weekly_usage"] == public_copy.LEFT_OUT
        assert "marts.weekly_total" not in empty
        assert connection.sql("FROM marts.own_usage()").fetchall() == []
        assert connection.sql("FROM marts.own_hours()").fetchall() == []


@pytest.fixture(scope="module")
def tables(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as a wheel contains it."""

    def write(folder: Path) -> None:
        published_sample.write_tables(definition.load(), database, folder)

    return made_once(tmp_path_factory, "sample_tables", write)


@pytest.fixture
def installed(tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the command find the sample as in a wheel; return a home that does not exist."""
    monkeypatch.setattr(sample_database, "IS_CHECKOUT", False)
    monkeypatch.setattr(sample_database, "FOLDER", tables)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tables.with_name("cache"))
    return tmp_path / "home"


@pytest.mark.parametrize(
    "arguments",
    [
        ("top", "--week", "2026-07-06"),
        ("routes",),
        ("explain", "pr_review"),
        ("model", "deepseek-v4-flash"),
        ("audit",),
        ("query", "SELECT comment FROM duckdb_columns() WHERE schema_name = 'marts' ORDER BY ALL"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_without_a_home_commands_read_the_sample_and_say_so(
    installed: Path, database: Path, arguments: tuple[str, ...]
) -> None:
    found = tokenhouse(installed, *arguments, "--json")
    wanted = tokenhouse(database.parent, *arguments, "--json")
    assert (found.returncode, wanted.returncode) == (0, 0)
    (line,) = found.stderr.splitlines()
    assert f"no home in {installed} yet: these are figures of the recorded sample" in line
    assert not installed.exists()
    if arguments[0] != "explain":  # at home it also has what third-party scores imply
        answer, home = json.loads(found.stdout), json.loads(wanted.stdout)
        assert answer == home


@pytest.mark.parametrize("arguments", [("forecast", "pr_review"), ("audit", "claims.csv")])
def test_what_computes_on_more_than_the_marts_needs_a_home_and_says_so(
    installed: Path, arguments: tuple[str, ...]
) -> None:
    done = tokenhouse(installed, *arguments)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert "only what is published, too little to compute on: `tokenhouse run` makes" in line


def test_what_is_no_look_needs_a_home(installed: Path) -> None:
    (installed / "lake").mkdir(parents=True)
    warn.cache_clear()
    done = tokenhouse(installed, "top")
    assert (done.returncode, "run `tokenhouse run` first" in done.stderr) == (1, True)


def test_the_sample_is_made_once_and_an_older_one_is_removed(tables: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("sample-0.duckdb").write_bytes(b"older")
    made = sample_database.database(tables, tmp_path)
    before = made.stat().st_mtime_ns
    assert sample_database.database(tables, tmp_path) == made
    assert [path.name for path in tmp_path.iterdir()] == [made.name]
    assert made.stat().st_mtime_ns == before
    with pytest.raises(RefusalError, match="cannot be written"):
        sample_database.database(tables, made / "cache")


@pytest.fixture(scope="module")
def shared(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `share` writes, twice: nothing changes the second time."""
    folder = tmp_path_factory.mktemp("served") / "tokenhouse"
    first, second = (
        json.loads(tokenhouse(published, "share", f"{folder}", "--json").stdout) for _ in range(2)
    )
    assert (first["changed"], second["changed"]) == (True, False)
    return folder


@pytest.fixture
def address(shared: Path) -> Iterator[str]:
    """The address of a web server on this machine that serves the folder as it is."""
    handler = partial(QuietHandler, directory=f"{shared}")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


def fetched(url: str) -> bytes:
    with urlopen(url) as answer:  # noqa: S310 a server of this test
        content: bytes = answer.read()
    return content


def test_what_is_served_is_what_its_description_says(
    address: str, published: Path, tmp_path: Path
) -> None:
    package = json.loads(fetched(f"{address}/datapackage.json"))
    assert len(package["resources"]) > 30
    for one in package["resources"]:
        content = fetched(f"{address}/{one['path']}")
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert content == (published / "exports" / one["path"]).read_bytes()
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(fetched(f"{address}/warehouse.duckdb"))
    query = "FROM marts.top_models(DATE '2026-07-13', 10)"
    with (
        closing(duckdb.connect(copy, read_only=True)) as theirs,
        closing(duckdb.connect(published / "warehouse.duckdb", read_only=True)) as ours,
    ):
        assert theirs.sql(query).fetchall() == ours.sql(query).fetchall()


READER = """
import sys
from pathlib import Path
import duckdb
import duckdb_extension_httpfs as httpfs
(extension,) = Path(httpfs.__path__[0]).rglob("httpfs.duckdb_extension")
connection, address = duckdb.connect(), sys.argv[1]
connection.sql(f"LOAD '{extension}'; ATTACH '{address}/warehouse.duckdb' AS tokenhouse (READ_ONLY)")
connection.sql("USE tokenhouse")
parquet = f"'{address}/marts/weekly_model.parquet'"
for query in (
    "SELECT model_permaslug FROM marts.top_models(DATE '2026-07-13', 1)",
    f"SELECT count(*) FROM (FROM marts.weekly_model EXCEPT FROM {parquet})",
    f"SELECT count(*) FROM {parquet}",
):
    print(connection.sql(query).fetchone()[0])
"""
"""What a reader does who has DuckDB 1.5 and neither Tokenhouse nor our DuckDB."""


@pytest.mark.accept
def test_a_duckdb_of_a_reader_attaches_what_is_served(address: str, published: Path) -> None:
    uv = ROOT / ".tools" / "bin" / "uv"
    if not uv.exists():
        pytest.skip("`make .venv/development` installs uv")
    packages = ["--with", "duckdb==1.5.5", "--with", "duckdb-extension-httpfs==1.5.5"]
    command = [f"{uv}", "run", "--quiet", "--no-project", "--isolated", "--python", sys.executable]

    def python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        asked = [*command, *packages, "python", "-c", program, *arguments]
        return subprocess.run(asked, capture_output=True, text=True)

    if python("import duckdb_extension_httpfs").returncode:
        pytest.skip("no registry has DuckDB 1.5.5 and its httpfs for this machine")
    done = python(READER, address)
    assert done.returncode == 0, done.stderr
    with closing(duckdb.connect(published / "warehouse.duckdb", read_only=True)) as ours:
        counted = ours.sql("SELECT count(*) FROM marts.weekly_model").fetchall()
    first, differing, rows = done.stdout.split()
    assert (first, int(differing), int(rows)) == ("tencent/hy3-20260706:free", 0, counted[0][0])


def test_sharing_refuses_a_folder_with_files_of_others(published: Path, tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").write_bytes(b"mine")
    done = tokenhouse(published, "share", f"{tmp_path}")
    assert (done.returncode, "is not ours" in done.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse.duckdb"]
    empty = tokenhouse(tmp_path / "home", "share", f"{tmp_path / 'served'}")
    assert (empty.returncode, "run `tokenhouse run` first" in empty.stderr) == (1, True)
    assert not (tmp_path / "served").exists()
