import json
import shutil
from datetime import date
from pathlib import Path

import duckdb
import json5
import jsonschema
import pytest

from pipelines.exports import export_files, gate, routing_document, routing_reader
from pipelines.exports.routing_document import RoutingDocument
from pipelines.models import build
from pipelines.settings import ROOT
from tests.support.building import models_of

SCHEMA = ROOT / "docs" / "routing.schema.json"
READ = "marts.routing_table marts.routing_certificate marts.routing_provider marts.weekly_total"
READ += " marts.parameters marts.workloads marts.latest_week"
"""What the document is made from."""


def test_the_published_schema_is_that_of_the_code() -> None:
    assert SCHEMA.read_text() == routing_document.schema(), (
        "run `python -m pipelines.exports.routing_document > docs/routing.schema.json`"
    )


def test_the_document_keeps_to_the_published_schema(
    routes: RoutingDocument, signed: RoutingDocument
) -> None:
    schema = json.loads(SCHEMA.read_text())
    for one in (routes, signed):
        written = json.loads(routing_document.render(one)["routing.json"])
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(
            written
        )
        assert RoutingDocument.model_validate(written) == one


def test_every_workload_is_open_or_says_why_not(routes: RoutingDocument) -> None:
    assert len(routes.routes) == 6
    assert len(routes.open_routes) + len(routes.left_out) == 6
    for route in routes.open_routes:
        assert route.provider
        assert route.reserve
        assert [hop.role for hop in route.hops] == ["primary"] + ["fallback"] * (
            len(route.hops) - 1
        )
    blocked = {route.workload for route in routes.routes if route.blocked_because}
    assert {"pr_review", "complex_enterprise"} >= blocked


def test_hops_have_list_prices_and_a_known_policy(routes: RoutingDocument) -> None:
    for route in routes.open_routes:
        for hop in route.reachable:
            assert hop.prompt_price and hop.completion_price
            assert hop.author_policy == "allowed"
            assert hop.is_listed
            assert hop.context_length >= route.longest_prompt_tokens


def test_the_escalation_is_not_in_the_failover_chain(signed: RoutingDocument) -> None:
    route = next(route for route in signed.routes if route.workload == "batch_refactor")
    assert route.escalation
    assert route.escalation.role == "escalation"
    assert route.escalation.model_id in {hop.model_id for hop in route.reachable}
    assert all(hop.role != "escalation" for hop in route.hops)


def test_two_exports_are_the_same_bytes(routes: RoutingDocument) -> None:
    again = RoutingDocument.model_validate_json(routes.model_dump_json())
    assert export_files.routing_files(routes) == export_files.routing_files(again)


def test_every_file_names_week_run_and_citation(routes: RoutingDocument) -> None:
    without_place = {
        name for name in export_files.routing_files(routes) if name.startswith("openrouter/pre")
    }
    for name, content in export_files.routing_files(routes).items():
        if name not in without_place | {"routing_table.parquet"}:
            assert routes.run_id.encode() in content, name
            assert f"{routes.week}".encode() in content, name
            assert b"Licensed under CC BY 4.0." in content, name


def test_an_empty_workload_says_what_binds_and_the_others_are_exported(
    database: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(database, tmp_path / "warehouse.duckdb"))
    with duckdb.connect(copy) as connection:
        connection.execute(
            "DELETE FROM marts.routing_table WHERE workload = 'batch_refactor' AND position > 0"
        )
        connection.execute(
            "UPDATE marts.routing_table SET decision = 'empty', why = 'quality_floor', "
            "quality_floor = 0.99, model_id = NULL WHERE workload = 'batch_refactor'"
        )
        connection.execute(
            "UPDATE marts.routing_certificate SET best_achievable = 0.8123 "
            "WHERE workload = 'batch_refactor'"
        )
    empty = gate.passed(routing_reader.read(copy))
    assert (
        "Left out: batch_refactor, no model reaches the quality floor of 0.99 (at best 0.812)."
        in empty.left_out
    )
    assert len(empty.open_routes) == 3
    written = export_files.routing_files(empty)
    assert "openrouter/presets/batch_refactor.json" not in written
    assert (
        b"# Left out: batch_refactor, no model reaches the quality floor of 0.99"
        in written["litellm/config.yaml"]
    )
    assert (
        "batch_refactor"
        not in json5.loads(written["openclaw/routing/agents.json5"].decode())["entries"]
    )


@pytest.mark.accept
@pytest.mark.parametrize("last", [None, date(2026, 7, 6)])
def test_a_week_without_a_catalogue_is_exported_and_every_workload_says_so(
    last: date | None, sample_lake: Path, tmp_path: Path
) -> None:
    for table, first, end in (
        ("rankings_daily", date(2026, 6, 29), date.max),
        ("models", date(2026, 6, 29), last or date.min),
    ):
        for week in (sample_lake / table).glob("week=*"):
            if first <= date.fromisoformat(week.name[5:]) <= end:
                shutil.copytree(week, tmp_path / "lake" / table / week.name)
    aside, _ = build.build(tmp_path, models_of(READ))
    routes = gate.passed(routing_reader.read(aside))
    assert (routes.catalogue_as_of is None) == (last is None)
    assert routes.week == date(2026, 7, 13)
    assert routes.open_routes == []
    assert {route.empty_because for route in routes.routes} == {"no_catalogue"}
    files = export_files.routing_files(routes)
    assert b"batch_refactor, no catalogue of the week is known" in files["litellm/config.yaml"]
    assert (
        b"| batch_refactor | empty: no catalogue of the week is known |"
        in files["routing_table.md"]
    )
