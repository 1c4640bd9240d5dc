"""Write the approved snapshot of the asset graph: keys, groups, dependencies and checks.

A change of the graph then shows in review as a change of this file. `make docs` writes it.
"""

import json

from pipelines.cli.jobs import GRAPH
from pipelines.home.files import write_atomically
from pipelines.settings import ROOT

PAGE = ROOT / "tests" / "support" / "asset_graph.json"


def page() -> str:
    """Return the graph as JSON, sorted by key."""
    graph = GRAPH.resolve_asset_graph()
    checks: dict[str, list[str]] = {}
    for check in graph.asset_check_keys:
        blocking = " (blocking)" if graph.get(check).blocking else ""
        checks.setdefault(check.asset_key.to_user_string(), []).append(check.name + blocking)
    assets = {
        key.to_user_string(): {
            "group": graph.get(key).group_name,
            "depends_on": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            "checks": sorted(checks.get(key.to_user_string(), [])),
        }
        for key in graph.get_all_asset_keys()
    }
    return json.dumps(dict(sorted(assets.items())), indent=1) + "\n"


if __name__ == "__main__":
    write_atomically(PAGE, page().encode())
