"""A route is blocked, kept or empty in one place, and every surface says the same."""

import itertools
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import json5
import polars as pl
import pytest

from pipelines.cli import routes as command
from pipelines.exports import export_files, routing_reader
from pipelines.home.database import connect
from pipelines.models import creation, definition
from pipelines.queries import explanation
from pipelines.queries.published import published_week, reading, routes
from pipelines.report import page, week_rows
from pipelines.words import routing
from pipelines.words.language import languages
from tests.support.variants import changed, republished

WEEK = date(2026, 7, 13)


@pytest.fixture(scope="module")
def one_vendor(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published database in which the deploy policy leaves batch_refactor one vendor."""
    rule = {
        "workload": "batch_refactor",
        "kind": "vendor",
        "name": "google",
        "rule": "allow",
        "source": "test",
        "recorded_on": date(2026, 7, 1),
    }
    copy = tmp_path_factory.mktemp("one_vendor") / "warehouse.duckdb"
    return republished(database, copy, changed("deploy_policy", rule))


@pytest.mark.accept
def test_a_chain_of_one_vendor_is_blocked_on_every_surface(
    one_vendor: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "one vendor only, a chain needs two"
    with reading(one_vendor) as connection:
        week = published_week(connection, None)
        seats = routes(connection, WEEK)
        (report,) = week_rows.reports(connection, [WEEK])
        pages = [page.render(language, report, "index") for language in languages()]
    assert {
        (row["decision"], row["blocked_because"])
        for row in seats
        if row["workload"] == "batch_refactor"
    } == {("blocked", "one_vendor")}

    monkeypatch.setenv("COLUMNS", "120")
    command.show(week, seats)
    lines = capsys.readouterr().out.splitlines()
    head = next(number for number, line in enumerate(lines) if "batch_refactor" in line)
    assert lines[head + 1].startswith(f" blocked: {said}")

    document = routing_reader.read(one_vendor)
    (route,) = [one for one in document.routes if one.workload == "batch_refactor"]
    assert (route.decision, route.blocked_because, route.is_open) == (
        "blocked",
        "one_vendor",
        False,
    )
    assert f"Left out: batch_refactor, {said}." in document.left_out
    written = export_files.routing_files(document)
    assert f"| batch_refactor | blocked: {said} |" in written["routing_table.md"].decode()
    agents = written["openclaw/routing/agents.json5"].decode()
    assert f"// Left out: batch_refactor, {said}." in agents
    assert "batch_refactor" not in json5.loads(agents)["entries"]
    for language, text in zip(languages(), pages, strict=True):
        assert routing.blocked_because(language, "one_vendor") in text


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM marts.routing_table WHERE role = 'fallback'", "SELECT 1"],
)
def test_what_a_copy_loses_changes_all_surfaces_alike(
    change: str, database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "warehouse.duckdb"
    copy.write_bytes(database.read_bytes())
    with closing(duckdb.connect(copy)) as connection:
        connection.execute(change)
    with reading(copy) as connection:
        mart = {row["workload"]: row["blocked_because"] for row in routes(connection, WEEK)}
    document = routing_reader.read(copy)
    assert {route.workload: route.blocked_because for route in document.routes} == mart
    frame = pl.read_json(export_files.routing_files(document)["routing.json"])
    exported = frame["routes"].explode().struct.unnest()
    assert dict(exported.select("workload", "blocked_because").iter_rows()) == mart


@pytest.mark.parametrize("matrix", [{}, {"*": True}, {"*": False}, {"acme": False, "*": True}])
def test_a_row_with_the_name_beats_everybodys_and_none_is_unknown(
    matrix: dict[str, bool], database: Path
) -> None:
    """One rule in SQL for authors and for providers."""
    (permission,) = [one for one in definition.load() if one.name == "core.route_permission"]
    with closing(duckdb.connect()) as connection:
        connection.sql("CREATE SCHEMA staging; CREATE SCHEMA core; CREATE SCHEMA marts")
        connection.sql("CREATE TABLE core.route_offer AS SELECT 'acme' AS author")
        connection.sql("CREATE TABLE core.route_provider AS SELECT 'acme' AS provider")
        connection.sql("CREATE TABLE staging.workload AS SELECT 'pii' AS data_class")
        rows = [
            {"kind": kind, "name": name, "data_class": "pii", "is_allowed": allowed}
            for kind in ("author", "provider")
            for name, allowed in matrix.items()
        ]
        schema = {"kind": str, "name": str, "data_class": str, "is_allowed": bool}
        connection.register("incoming", pl.DataFrame(rows, schema=schema))
        connection.sql("CREATE TABLE staging.compliance AS FROM incoming")
        creation.create(connection, permission)
        found = connection.sql(
            "SELECT kind, permission FROM core.route_permission WHERE name = 'acme' ORDER BY kind"
        ).fetchall()
    allowed = matrix.get("acme", matrix.get("*"))
    expected = "unknown" if allowed is None else "allowed" if allowed else "refused"
    assert found == [("author", expected), ("provider", expected)]


def test_every_code_of_the_marts_has_words_in_every_language(database: Path) -> None:
    with closing(connect(database)) as connection:
        rules = {
            row[0]
            for row in connection.sql(
                "SELECT DISTINCT rule FROM marts.routing_rejection"
            ).fetchall()
        }
    models = {model.name: model.front.accepted for model in definition.load()}
    for language in languages():
        assert rules | {"below_floor"} == set(language.words["rule"])
        table = models["marts.routing_table"]
        assert set(table["blocked_because"]) == set(language.words["blocked"])
        assert set(table["decision"]) == set(language.words["decision"])
        assert set(models["marts.routing_backtest"]["strategy"]) == set(language.words["strategy"])
        said = language.words["routing"]
        assert set(models["core.route_chain"]["why"]) <= set(said["why"])
        assert set(models["marts.routing_history"]["cause"]) < set(said["history"])
        evidence = models["private.quality"]["evidence"]
        assert {*evidence, "none"} == set(language.words["evidence"])
        binding = models["marts.routing_certificate"]["binding_constraint"]
        assert set(binding) <= set(said["empty"])


def test_every_route_is_explained_in_every_language(database: Path) -> None:
    with reading(database) as connection:
        workloads = {row["workload"] for row in routes(connection, WEEK)}
        found = [explanation.explain(connection, WEEK, workload) for workload in workloads]
        seats = [row for row in routes(connection, WEEK) if row["model_id"]]
    for one in found:
        lines = [routing.certificate(language, one) for language in languages()]
        for code, language in itertools.product(lines[0], languages()):
            assert language.words["routing"]["line"][code]
        for texts in zip(*(one.values() for one in lines), strict=True):
            assert len(set(texts)) == len(languages())
            assert all(texts)
            assert not [text for text in texts if "{" in text or "None " in text[5:]]
        assert all(f"{one.certificate['model_id']}" in texts["pick"] for texts in lines)
    for seat in seats:
        assert all("None" not in routing.why(language, seat) for language in languages())
