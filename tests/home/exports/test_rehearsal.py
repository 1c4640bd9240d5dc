"""The whole loop on this machine, from a run through a failed canary to a released hold."""

import json
import shutil
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.drill import router
from pipelines.exports.routing_document import RoutingDocument
from pipelines.orchestration.export_assets import EXPORTS
from tests.conftest import tokenhouse, use
from tests.home.exports.test_probes import FIXTURES, agents
from tests.unit.exports.test_delivery import tree

REQUIRED = {"TOKENHOUSE_EXPORT_REQUIRES": "drill,probe"}
WORKLOAD = "batch_refactor"
NEXT_RUN = """
UPDATE meta.build SET run_id = 'another';
UPDATE marts.routing_table SET
    model_id = CASE position WHEN 0 THEN 'made/up' ELSE model_id END,
    model_permaslug = CASE position WHEN 0 THEN 'made/up-1' ELSE model_permaslug END,
    cost_per_million_usd = CASE position WHEN 0 THEN 1 ELSE cost_per_million_usd END
WHERE workload IN ('batch_refactor', 'inline_completion');
"""


def exported(home: Path) -> RoutingDocument:
    return RoutingDocument.model_validate_json((home / "exports/routing.json").read_bytes())


def primaries(document: RoutingDocument) -> dict[str, str]:
    return {one.workload: one.chain[0] for one in document.open_routes}


def usage(path: Path, before: str, after: str, failures: float, requests: int = 40) -> Path:
    """Write own usage of the week in which a canary of three days ago began, and the one before."""
    began = datetime.now(UTC).date() - timedelta(days=3)
    monday = began - timedelta(days=began.weekday())
    path.write_text(
        "week,scope,model_permaslug,requests,billed_usd,billed_tokens,failed_share,p95_ms\n"
        f"{monday - timedelta(days=7)},lab,{before},900,9,9000000,0.01,2000\n"
        f"{monday},lab,{after},{requests},0.1,100000,{failures},2100\n"
    )
    return path


def days_pass(home: Path, days: int) -> None:
    """Date the hold of the exports back, as if that many days had passed."""
    path = home / "exports" / ".hold"
    held = json.loads(path.read_text())
    since = datetime.fromisoformat(held["since"]) - timedelta(days=days)
    path.write_text(json.dumps(held | {"since": since.isoformat()}))


@pytest.mark.accept
def test_the_whole_rehearsal(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(router, "run", partial(router.run, timeout=0.5))
    home = Path(shutil.copytree(published, tmp_path / "home"))
    before = exported(home)

    # The gateways are well, and a drill of the run has passed.
    statuses = agents(before)
    gateway = tmp_path / "gateway.json"
    well = (FIXTURES / "gateway_status.json").read_text()
    gateway.write_text(well + "".join(map(json.dumps, statuses.values())))
    assert tokenhouse(home, "export", **REQUIRED).returncode == 1
    assert tokenhouse(home, "probe", f"{gateway}").returncode == 0
    assert "has no drill" in tokenhouse(home, "export", **REQUIRED).stderr
    assert tokenhouse(home, "drill").returncode == 0
    assert tokenhouse(home, "export", **REQUIRED).returncode == 0

    # The gateway has loaded something else.
    rewritten = statuses[WORKLOAD] | {"resolvedDefault": "openrouter/made/up-preview"}
    gateway.write_text(json.dumps(rewritten))
    done = tokenhouse(home, "probe", f"{gateway}", "--json")
    differing = [one for one in json.loads(done.stdout)["loaded"] if one["result"] == "differs"]
    assert done.returncode == 1
    assert [(one["workload"], one["role"]) for one in differing] == [(WORKLOAD, "primary")]

    # The next run has new routes: one workload tries its own first.
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute(NEXT_RUN)
    assert tokenhouse(home, "drill").returncode == 0
    old = tree(home / "exports")
    done = tokenhouse(home, "canary", WORKLOAD, "--days", "2", **REQUIRED)
    assert done.returncode == 0, done.stderr
    expected = primaries(before) | {WORKLOAD: "made/up"}
    assert primaries(exported(home)) == expected
    assert f"trying {WORKLOAD} for 2 days" in tokenhouse(home, "export", "--check").stdout
    assert "trying" in tokenhouse(home, "canary", WORKLOAD).stdout

    # It fails more often than the week before: the old routes come back and are held.
    days_pass(home, 3)
    model = next(one for one in before.open_routes if one.workload == WORKLOAD).hops[0]
    rows = usage(tmp_path / "usage.csv", model.model_permaslug, "made/up-1", failures=0.2)
    done = tokenhouse(home, "canary", WORKLOAD, "--usage", f"{rows}")
    assert done.returncode == 1
    held = json.loads((home / "exports" / ".hold").read_text())
    assert (held["is_rollback"], held["reason"]) == (True, f"canary {WORKLOAD}: failures")
    visible = {name: one for name, one in old.items() if not name.startswith(".")}
    now = {name: one for name, one in tree(home / "exports").items() if not name.startswith(".")}
    assert now == visible

    # The scheduled run keeps the hold, and a release ends it.
    use(home, monkeypatch)
    assert dg.materialize(EXPORTS).success
    assert primaries(exported(home)) == primaries(before)
    assert f"canary {WORKLOAD}: failures" in tokenhouse(home, "status").stderr
    assert tokenhouse(home, "export", "--release").returncode == 0
    assert tokenhouse(home, "export", **REQUIRED).returncode == 0
    assert primaries(exported(home))["inline_completion"] == "made/up"
