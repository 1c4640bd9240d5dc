import csv
import json
from pathlib import Path
from typing import Any

import json5
import jsonschema
import polars as pl
import pyarrow.parquet as pq
import pytest

from pipelines.errors import RefusalError
from pipelines.exports import document, openclaw, tables

SCHEMA = json.loads(Path(__file__).with_name("openclaw.schema.json").read_bytes())


@pytest.fixture(scope="module")
def routes(database: Path) -> document.RoutingDocument:
    return document.read(database)


def included(path: Path) -> dict[str, Any]:
    """Read a config as OpenClaw does: an $include is replaced, what stands beside it wins."""
    config: dict[str, Any] = json5.loads(path.read_text())
    for section, value in config.items():
        if isinstance(value, dict) and "$include" in value:
            others = {key: one for key, one in value.items() if key != "$include"}
            config[section] = {
                **json5.loads((path.parent / value["$include"]).read_text()),
                **others,
            }
    return config


class TestOpenClaw:
    @pytest.fixture
    def config(self, routes: document.RoutingDocument, tmp_path: Path) -> dict[str, Any]:
        openclaw.write(routes, tmp_path)
        return included(tmp_path / "openclaw" / "openclaw.example.json5")

    def test_the_merged_config_passes_openclaws_own_schema(self, config: dict[str, Any]) -> None:
        jsonschema.Draft7Validator(SCHEMA).validate(config)
        assert config["agents"]["ownership"] == "explicit"

    def test_one_chain_per_open_stratum_each_with_its_own_fallbacks(
        self, config: dict[str, Any], routes: document.RoutingDocument
    ) -> None:
        expected = {
            route.stratum: [f"openrouter/{choice.model_id}" for choice in route.chain]
            for route in routes.routes
            if not route.blocked_because
        }
        found = {
            name: [entry["model"]["primary"], *entry["model"]["fallbacks"]]
            for name, entry in config["agents"]["entries"].items()
        }
        assert found == expected
        assert len(found) == 4

    def test_a_blocked_route_is_left_out_and_said_so(
        self, routes: document.RoutingDocument, tmp_path: Path
    ) -> None:
        openclaw.write(routes, tmp_path)
        text = (tmp_path / "openclaw" / "routing" / "agents.json5").read_text()
        assert "// Left out: pr_review, no signed agreement." in text
        assert "pr_review" not in json5.loads(text)["entries"]

    def test_the_key_is_a_reference(self, config: dict[str, Any]) -> None:
        key = config["models"]["providers"]["openrouter"]["apiKey"]
        assert key == {"source": "env", "provider": "default", "id": "OPENROUTER_API_KEY"}
        assert key["id"] in config["secrets"]["providers"]["default"]["allowlist"]

    def test_every_file_names_week_run_and_citation(
        self, routes: document.RoutingDocument, tmp_path: Path
    ) -> None:
        for path in openclaw.write(routes, tmp_path):
            if path.parent.name == "routing":
                first = path.read_text().splitlines()[0]
                assert f"week {routes.week}" in first
                assert routes.run_id in first
                assert "Licensed under CC BY 4.0." in first


class TestTables:
    @pytest.fixture
    def exports(self, routes: document.RoutingDocument, database: Path, tmp_path: Path) -> Path:
        tables.write_routing_table(routes, database, tmp_path)
        return tmp_path

    def test_all_four_formats_hold_the_same_routes(
        self, exports: Path, routes: document.RoutingDocument
    ) -> None:
        expected = [
            (route.stratum, choice.model_id) for route in routes.routes for choice in route.chain
        ]
        parquet = pl.read_parquet(exports / "routing_table.parquet")
        with (exports / "routing_table.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        body = json.loads((exports / "routing_table.json").read_bytes())
        markdown = (exports / "routing_table.md").read_text()
        assert parquet.select("stratum", "model_id").rows() == expected
        assert [(row["stratum"], row["model_id"]) for row in rows] == expected
        assert [
            (route["stratum"], choice["model_id"])
            for route in body["routes"]
            for choice in route["chain"]
        ] == expected
        assert all(model in markdown for _, model in expected)

    def test_each_says_where_it_comes_from(self, exports: Path) -> None:
        footer = pq.read_schema(exports / "routing_table.parquet").metadata
        assert footer[b"licence"] == b"CC BY 4.0"
        assert "Licensed under CC BY 4.0." in (exports / "routing_table.md").read_text()
        assert "as of" in json.loads((exports / "routing_table.json").read_bytes())["citation"]


def test_an_unchanged_file_is_left_alone(routes: document.RoutingDocument, tmp_path: Path) -> None:
    (first, *_) = openclaw.write(routes, tmp_path)
    before = first.stat()
    openclaw.write(routes, tmp_path)
    assert (first.stat().st_ino, first.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_manifest_notices_a_change(routes: document.RoutingDocument, tmp_path: Path) -> None:
    files = openclaw.write(routes, tmp_path)
    document.write_manifest(tmp_path, routes.run_id, files)
    assert document.are_current(tmp_path, routes.run_id)
    assert not document.are_current(tmp_path, "another run")
    files[0].write_text("changed")
    assert not document.are_current(tmp_path, routes.run_id)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(RefusalError, match=r"warehouse\.duckdb cannot be opened"):
        document.read(path)
