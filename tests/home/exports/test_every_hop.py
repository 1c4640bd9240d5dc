"""Every hop of every exported file, judged against the compliance matrix and nothing of ours.

The walk reads what was written, as a gateway would, and asks the file of agreements itself.
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import json5
import polars as pl
import pytest
import yaml

from pipelines.exports import export_files
from pipelines.exports.routing_document import RoutingDocument
from tests.home.exports.conftest import shipped_matrix

Hop = tuple[str, str]
"""Who may reach a model, and its id: a workload, or `*` with the data class of a guardrail or the
model of an allow-list."""


def openclaw(text: str) -> Iterator[Hop]:
    agents = json5.loads(text)
    entries = agents.get("entries") or {one["id"]: one for one in agents["list"]}
    for name, entry in entries.items():
        workload = name.removesuffix("-escalation")
        for ref in (entry["model"]["primary"], *entry["model"]["fallbacks"]):
            yield workload, ref.removeprefix("openrouter/")
        for model_id in entry["params"]["extraBody"]["models"]:
            yield workload, model_id
    for ref in agents.get("defaults", {}).get("models", {}):
        model_id = ref.removeprefix("openrouter/")
        yield f"*{model_id}", model_id


def openclaw_workload(text: str, name: str) -> Iterator[Hop]:
    return openclaw(json.dumps({"entries": {name: json5.loads(text)}}))


def litellm(text: str) -> Iterator[Hop]:
    config = yaml.safe_load(text)
    groups = {one["model_name"]: one["litellm_params"]["model"] for one in config["model_list"]}
    chains = {
        name: chain
        for table in ("fallbacks", "context_window_fallbacks")
        for entry in config["router_settings"][table]
        for name, chain in entry.items()
    }
    aliases = config["router_settings"]["model_group_alias"]
    for name in [*groups, *aliases]:
        for group in [aliases.get(name, name), *chains.get(name, [])]:
            workload = aliases.get(name, name).split("-")[0]
            yield workload, groups[group].removeprefix("openrouter/")


def preset(text: str, workload: str) -> Iterator[Hop]:
    body = json.loads(text)
    for model_id in (body["model"], *body["models"]):
        yield workload, model_id


def opencode(text: str) -> Iterator[Hop]:
    for name, agent in json.loads(text)["agent"].items():
        workload = name.removesuffix("-escalation")
        for model_id in (agent["model"].removeprefix("openrouter/"), *agent["options"]["models"]):
            yield workload, model_id


def rows(table: list[dict[str, Any]]) -> Iterator[Hop]:
    for row in table:
        if not row["blocked_because"]:
            yield row["workload"], row["model_id"]


def markdown(text: str) -> Iterator[Hop]:
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 9 and not cells[1].startswith("blocked: ") and "/" in cells[2]:
            for model_id in [
                cells[2],
                *cells[5].replace(" (degraded)", "").split(", "),
                *filter(None, [cells[6]]),
            ]:
                yield cells[0], model_id


def document(text: str) -> Iterator[Hop]:
    for route in json.loads(text)["routes"]:
        if not route["blocked_because"] and not route["empty_because"]:
            for hop in [*route["hops"], *filter(None, [route["escalation"]])]:
                yield route["workload"], hop["model_id"]


def walk(name: str, content: bytes) -> Iterator[Hop] | None:
    """Return the hops of an exported file; None for one that names no model."""
    if name.endswith("agents.json5"):
        return openclaw(content.decode())
    if "/routing/workloads/" in name:
        return openclaw_workload(content.decode(), Path(name).stem)
    if name == "litellm/config.yaml":
        return litellm(content.decode())
    if name == "opencode/opencode.json":
        return opencode(content.decode())
    if name.startswith("openrouter/presets/"):
        return preset(content.decode(), Path(name).stem.removesuffix("-escalation"))
    if name.startswith("openrouter/guardrails/"):
        data_class = Path(name).stem.partition("-")[0]
        return ((f"*{data_class}", one) for one in json.loads(content)["allowed_models"])
    return walk_ours(name, content)


def walk_ours(name: str, content: bytes) -> Iterator[Hop] | None:
    """Return the hops of a file of our own formats; None for any other."""
    if name == "routing.json":
        return document(content.decode())
    if name == "routing_table.csv":
        return rows(list(csv.DictReader(io.StringIO(content.decode()))))
    if name == "routing_table.json":
        return rows(json.loads(content)["rows"])
    if name == "routing_table.parquet":
        return rows(pl.read_parquet(io.BytesIO(content)).to_dicts())
    if name == "routing_table.md":
        return markdown(content.decode())
    return None


def judged_as(routes: RoutingDocument) -> dict[str, str]:
    """Return the data class of each workload, and the strictest that reaches a model."""
    data_class: dict[str, str] = {route.workload: route.data_class for route in routes.routes}
    for one in ("public", "internal", "pii", "secrets"):
        reaching = [route for route in routes.open_routes if route.data_class == one]
        data_class |= {f"*{hop.model_id}": one for route in reaching for hop in route.reachable}
        data_class[f"*{one}"] = one
    return data_class


def violations(routes: RoutingDocument, matrix: dict[tuple[str, str, str], bool]) -> list[str]:
    data_class = judged_as(routes)
    author = {
        hop.model_id: hop.model_permaslug.split("/")[0]
        for route in routes.routes
        for hop in route.reachable
    }
    found = []
    for name, content in export_files.routing_files(routes).items():
        for workload, model_id in walk(name, content) or ():
            of_class = data_class[workload]
            own = ("author", author[model_id], of_class)
            if not matrix.get(own, matrix.get(("author", "*", of_class), False)):
                found.append(f"{name}: {workload} reaches {model_id}")
            if model_id.endswith((":free", "-alpha")) or model_id.startswith("stealth/"):
                found.append(f"{name}: {workload} reaches {model_id}, free or stealth")
    return found


def test_no_hop_of_any_file_breaks_the_matrix(routes: RoutingDocument) -> None:
    assert violations(routes, shipped_matrix()) == []


@pytest.mark.parametrize("which", ["routes", pytest.param("signed", marks=pytest.mark.accept)])
def test_the_walk_sees_every_hop_of_every_open_route(
    which: str, request: pytest.FixtureRequest
) -> None:
    routes: RoutingDocument = request.getfixturevalue(which)
    reached = {
        (route.workload, hop.model_id) for route in routes.open_routes for hop in route.reachable
    }
    models = {model_id for _, model_id in reached}
    walked = {
        name: set(walk(name, one) or ()) for name, one in export_files.routing_files(routes).items()
    }
    for name in walked:
        named = {hop for hop in walked[name] if not hop[0].startswith("*")}
        if name.endswith("agents.json5"):
            assert named == reached, name
            allowed = {model_id for _, model_id in walked[name] - named}
            assert allowed == (models if name.startswith("openclaw-2026.7/") else set())
        elif name.startswith(("routing", "litellm", "opencode")):
            assert named == reached, name
    for folder in ("/presets/", "/routing/workloads/"):
        parts = [hop for name, hops in walked.items() if folder in name for hop in hops]
        assert set(parts) == reached, folder


def test_the_walk_finds_a_violation(signed: RoutingDocument) -> None:
    found = violations(signed, shipped_matrix())
    assert any(one.startswith("litellm/config.yaml: pr_review reaches ") for one in found)
    assert any(one.startswith("openclaw/routing/agents.json5: pr_review ") for one in found)
    assert any(one.startswith("openclaw-2026.7/routing/agents.json5: *") for one in found)
    assert any(one.startswith("openrouter/guardrails/internal.json: *internal ") for one in found)
    assert any(one.startswith("openrouter/presets/pr_review.json: ") for one in found)
    assert any(one.startswith("routing_table.parquet: pr_review ") for one in found)
    assert any(one.startswith("routing_table.md: pr_review ") for one in found)
