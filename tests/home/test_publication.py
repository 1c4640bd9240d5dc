"""The gate as a person meets it: what it says, what can be accepted, what is stale, a full disk."""

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.errors import RefusalError
from pipelines.home import files, refusals
from pipelines.lake import acceptances, log
from pipelines.models import build, checks, creation, definition, publish
from pipelines.orchestration.export_assets import EXPORTS
from pipelines.settings import ROOT
from tests.conftest import tokenhouse, use
from tests.home.exports.conftest import DEEPSEEK_REFUSED
from tests.support import ingesting, wire
from tests.support.ingesting import Rows

CONFLICT = "conflicting_keys-2026-06-01-20261011T002700Z"


def refused(home: Path, *arguments: str) -> str:
    """Return the one line with which a command refuses."""
    done = tokenhouse(home, *arguments)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def ingest_answers(home: Path, server: wire.Wire, *changes: Callable[[Rows], Rows]) -> None:
    """Take a catalogue and the rankings of five weeks, once for each way of reporting them."""
    settings = ingesting.chosen(home, server)
    ingesting.ingest_tables(settings, "models")
    for change in changes:
        ingesting.restated(server, server.as_of, change)
        ingesting.ingest_tables(settings, "rankings_daily")


def as_it_is(rows: Rows) -> Rows:
    return rows


def one_doubled(rows: Rows) -> Rows:
    """One value of one day is twice what it is."""
    place = next(number for number, row in enumerate(rows) if row["date"] == "2026-06-02")
    tokens = f"{int(rows[place]['total_tokens']) * 2}"
    return [*rows[:place], {**rows[place], "total_tokens": tokens}, *rows[place + 1 :]]


@pytest.mark.accept
def test_a_conflict_is_accepted_by_its_name_and_published_without_asking(
    tmp_path: Path, server: wire.Wire, monkeypatch: pytest.MonkeyPatch, is_whole: bool
) -> None:
    ingest_answers(tmp_path, server, as_it_is, one_doubled)
    use(tmp_path, monkeypatch)
    with pytest.raises(RefusalError) as failure:
        ingesting.publish()
    line = f"{failure.value}"
    assert f"{CONFLICT}: responses of one instant differ in 0.3% of the week’s rows;" in line
    assert 'tokenhouse accept NAME --why "…"' in line
    assert f"because {CONFLICT}" in refused(tmp_path, "status")
    known = refusals.read(tmp_path)
    assert known is not None
    assert (known["reason"], [one["name"] for one in known["findings"]]) == (
        "conflicting_keys",
        [CONFLICT],
    )
    for wrong in ("nonsense-2026-11-16", "../x"):
        said = refused(tmp_path, "accept", wrong, "--why", "x")
        assert said == (f"tokenhouse: no such finding: {wrong}; there are: {CONFLICT}")
    assert tokenhouse(tmp_path, "accept", CONFLICT, "--why", " ").returncode == 2
    assert acceptances.read(tmp_path / "lake") == []

    asked = len(server.asked)
    done = tokenhouse(tmp_path, "accept", CONFLICT, CONFLICT, "--why", "checked")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"accepted {CONFLICT}; published\n"
    assert len(server.asked) == asked
    assert tokenhouse(tmp_path, "status").returncode == 0
    (found,) = ingesting.select(
        tmp_path,
        "SELECT lowest_tokens, highest_tokens, responses_with_row, responses, tokens "
        "FROM staging.rankings_conflict AS conflict JOIN staging.rankings_daily AS daily "
        "ON conflict.date = daily.date AND conflict.model_permaslug = daily.model_permaslug",
    )
    assert found[:4] == (found[0], 2 * found[0], 2, 2)
    assert found[4] in found[:2]
    assert (tmp_path / "exports" / "manifest.json").exists() == is_whole
    assert tokenhouse(tmp_path, "unaccept", CONFLICT, "--why", "not checked").returncode == 0
    said = refused(tmp_path, "accept", CONFLICT, "--why", "x")
    assert said.endswith("there are: none until `tokenhouse run` finds one")


def test_many_findings_are_counted_listed_and_accepted_some_at_a_time(
    tmp_path: Path, server: wire.Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest_answers(tmp_path, server, ingesting.of_nobody)
    use(tmp_path, monkeypatch)
    with pytest.raises(RefusalError) as failure:
        ingesting.publish()
    known = refusals.read(tmp_path)
    assert known is not None
    names = [one["name"] for one in known["findings"]]
    assert len(names) >= 5
    said = f"{failure.value}"
    assert said == known["message"]
    assert [name for name in names if name in said] == names[:3]
    assert f"and {len(names) - 3} more, which `tokenhouse status` lists" in said
    assert "% of the named tokens belong to authors that vendors.csv does not know" in said
    listed = tokenhouse(tmp_path, "status")
    assert listed.returncode == 1
    assert all(name in listed.stdout for name in names)
    assert json.loads(tokenhouse(tmp_path, "status", "--json").stdout)["refusals"] == [known]
    some = tokenhouse(tmp_path, "accept", *names[1:], "--why", "all of one developer")
    assert some.returncode == 0, some.stderr
    assert some.stdout.endswith(f"; still blocking publication: {names[0]}\n")
    again = tokenhouse(tmp_path, "accept", names[1], "--why", "another reason")
    assert again.returncode == 0, again.stderr
    kept = log.read(tmp_path / "lake").accepted[names[1]]
    assert kept.why == "all of one developer"
    marked = [one["is_accepted"] for one in acceptances.findings(tmp_path)]
    assert marked == [False] + [True] * (len(names) - 1)
    assert tokenhouse(tmp_path, "status").stdout.count(" accepted") == len(names) - 1

    # A disk that fills up in between does not remove what the gate found.
    refusals.record(tmp_path, RefusalError("no space left", "no_space"))
    full = refusals.read(tmp_path)
    assert full is not None
    assert (full["reason"], full["since"]) == ("no_space", known["since"])
    assert [one["name"] for one in full["findings"]] == names


@pytest.mark.accept
def test_exports_that_do_not_follow_are_said_to_be_stale_until_they_do(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(shutil.copytree(published, tmp_path / "home"))
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute(DEEPSEEK_REFUSED)
    use(home, monkeypatch)
    for _ in range(2):
        with pytest.raises(RefusalError, match="deepseek is refused for public data"):
            dg.materialize(EXPORTS)
    known = refusals.read(home, refusals.EXPORTS)
    assert known is not None
    assert known["reason"] == "export_gate"
    assert refusals.read(home) is None
    line = refused(home, "status")
    assert line.startswith(f"tokenhouse: exports are stale since {known['since']} because ")
    assert "breaks the compliance matrix" in line
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute("UPDATE marts.routing_table SET permission = 'allowed'")
    assert tokenhouse(home, "export").returncode == 0
    assert tokenhouse(home, "status").returncode == 0


def test_a_finding_can_be_accepted_and_a_fault_of_the_gate_itself_cannot() -> None:
    def result(check: str) -> checks.CheckResult:
        return checks.CheckResult("marts.publication_findings", check, 1, [("x",)])

    # The rows of the gate's check are the findings, and there is none.
    assert publish.decide([result(publish.GATE)], []) is None
    refusal = publish.decide([result("unique name")], [])
    assert refusal is not None
    assert refusal.reason == "failed_check"
    front = next(one for one in definition.load() if one.name == "marts.publication_findings").front
    assert publish.GATE in front.checks


def test_every_reason_is_of_the_documented_list(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    documented = {
        line.split("`")[1]
        for part in text.split("| reason |")[1:]
        for line in part.split("\n\n")[0].splitlines()
        if line.startswith("| `")
    }
    assert documented == set(refusals.REASONS)
    gate = next(one for one in definition.load() if one.name == "marts.publication_findings")
    assert set(gate.front.accepted["reason"]) == set(refusals.FINDING_REASONS)
    refusals.record(tmp_path, RefusalError("x", "of no list"))
    assert [one["reason"] for one in refusals.read_all(tmp_path)] == ["failed"]


@pytest.mark.parametrize(
    ("accepted_at", "holds"),
    [
        ("0.6", True),
        ("0.595", True),
        ("0.7", True),
        ("0.58", False),
        ("-0.6", False),
        ("NULL", True),
    ],
)
def test_an_acceptance_holds_while_the_finding_keeps_about_its_size(
    database: Path, accepted_at: str, holds: bool
) -> None:
    (gate,) = (one for one in definition.load() if one.name == "marts.publication_findings")
    name = "total_move-2026-05-18"
    with duckdb.connect() as connection:
        connection.sql(f"ATTACH '{database}' AS published (READ_ONLY)")
        for schema in (*definition.SCHEMAS, "home"):
            connection.sql(f"CREATE SCHEMA {schema}")
        for table in gate.inputs:
            if not table.startswith("home."):
                connection.sql(f"CREATE TABLE {table} AS FROM published.{table}")
        connection.sql(
            "UPDATE marts.weekly_total SET wow = 0.6 WHERE week = '2026-05-18';"
            "CREATE TABLE home.published_week (week DATE, days_seen BIGINT);"
            f"CREATE TABLE home.accepted AS SELECT '{name}' AS name, {accepted_at}::DOUBLE AS size"
        )
        creation.create(connection, gate)
        found = connection.sql(f"SELECT name, is_accepted FROM {gate.name}").fetchall()
    assert found == [(name, holds)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for a published database, but not for a second one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", f"{disk}"], check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield disk
    subprocess.run(["umount", f"{disk}"], check=True)


@pytest.mark.accept
def test_a_full_disk_is_one_line_and_what_was_published_stays(
    published: Path, small_disk: Path
) -> None:
    home = Path(
        shutil.copytree(published, small_disk / "home", ignore=shutil.ignore_patterns("dagster"))
    )
    before = (home / "warehouse.duckdb").read_bytes()
    full = f"{home}: no space left: free some and run again"
    assert refused(home, "replay") == f"tokenhouse: {full}"
    assert (home / "warehouse.duckdb").read_bytes() == before
    assert list(home.rglob("*.tmp*")) == []
    assert refused(home, "status").endswith(f"because {full}")


def test_a_full_disk_is_recorded_in_the_space_that_the_lock_reserves(small_disk: Path) -> None:
    with (
        pytest.raises(RefusalError, match="no space left"),
        refusals.recording(small_disk),
        (small_disk / "filler").open("wb", buffering=0) as filler,
    ):
        while filler.write(bytes(2**20)):
            pass
    assert os.statvfs(small_disk).f_bavail == 0
    (one,) = refusals.read_all(small_disk)
    assert (one["cause"], one["reason"]) == ("build", "no_space")
    with pytest.raises(RefusalError, match="no space left"), refusals.recording(small_disk):
        pass
    (small_disk / "filler").unlink()
    with refusals.recording(small_disk):
        assert (small_disk / "writer.lock").stat().st_blocks


@pytest.mark.accept
def test_exports_that_find_no_space_are_stale_and_the_database_is_not(
    published: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(
        shutil.copytree(
            published, small_disk / "home", ignore=shutil.ignore_patterns("dagster", "marts")
        )
    )
    use(home, monkeypatch)
    free = os.statvfs(small_disk)
    (small_disk / "filler").write_bytes(bytes(free.f_bavail * free.f_frsize - 300_000))
    with pytest.raises(RefusalError, match="no space left"):
        dg.materialize(EXPORTS)
    (one,) = refusals.read_all(home)
    assert (one["cause"], one["reason"]) == ("exports", "no_space")


def test_sqlites_full_disk_is_the_same_line_wherever_it_was_raised(tmp_path: Path) -> None:
    with pytest.raises(RefusalError) as refusal, files.naming_disk_faults(tmp_path):
        connection = sqlite3.connect(tmp_path / "small.db")
        connection.execute("CREATE TABLE t (x)")
        connection.execute("PRAGMA max_page_count = 2")
        try:
            connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
        except sqlite3.OperationalError as error:
            raise ValueError("Dagster's own words") from error
    assert (f"{refusal.value}", refusal.value.reason) == (
        f"{tmp_path}: no space left: free some and run again",
        "no_space",
    )


def test_a_disk_that_fails_is_one_line_that_names_the_file(tmp_path: Path) -> None:
    for error, where in (
        (OSError(5, "Input/output error", "/disk/file"), "/disk/file"),
        (sqlite3.OperationalError("disk I/O error"), f"{tmp_path}"),
        (sqlite3.OperationalError("unable to open database file"), f"{tmp_path}"),
    ):
        with (
            pytest.raises(RefusalError, match=f"^{where}: I/O error: check the disk"),
            files.naming_disk_faults(tmp_path),
        ):
            raise error
    with (
        pytest.raises(RefusalError, match=r"^b cannot be read: Input/output error$"),
        files.naming_disk_faults(tmp_path),
    ):
        raise RefusalError("b cannot be read: Input/output error")
    with (
        pytest.raises(RefusalError, match=f"^{tmp_path}: I/O error: check the disk"),
        files.naming_disk_faults(tmp_path),
    ):
        raise duckdb.FatalException("FATAL Error: fsync failed!")  # as DuckDB says of a commit


def test_a_database_of_another_program_is_never_replaced(ingested: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "warehouse.duckdb"
    with duckdb.connect(theirs) as connection:
        connection.sql("CREATE TABLE invoices AS SELECT 1 AS id")
    before = theirs.read_bytes()
    with pytest.raises(RefusalError, match="is of another program, and would be replaced"):
        build.build(tmp_path, definition.load())
    assert theirs.read_bytes() == before
    publish.check_ours(ingested / "warehouse.duckdb")
    publish.check_ours(tmp_path / "none.duckdb")
    theirs.write_bytes(b"damaged")
    publish.check_ours(theirs)
