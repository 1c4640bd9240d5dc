"""Time one week's routing with 400 models on offer: part of `make bench`.

The models are those of a real week and synthetic copies; all have evidence, sixty were adopted.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import pyarrow as pa

from pipelines.arrow import arrow_schema
from pipelines.home.database import connect
from pipelines.models.rerun import rerun
from pipelines.reference.loader import TABLES, load
from tests.bench.pairs import Pair, alone, in_turns

MODELS, ADOPTED = 400, 60
LIMIT = 1.5

OFFERS = """
WITH copied AS (
    SELECT
        * REPLACE (model_id || copy.suffix AS model_id),
        row_number() OVER (ORDER BY copy.suffix, model_id) AS number
    FROM core.route_offer CROSS JOIN (VALUES (''), ('-copy')) AS copy (suffix)
    WHERE week = marts.latest_week()
)
SELECT * EXCLUDE (number) REPLACE (
    CASE WHEN number % $every = 0 THEN 4 ELSE 0 END::BIGINT AS weeks_adopted,
    4::BIGINT AS weeks_known
) FROM copied WHERE number <= $models
"""

BANDS = """
SELECT * REPLACE (model_id || copy.suffix AS model_id)
FROM core.price_band CROSS JOIN (VALUES (''), ('-copy')) AS copy (suffix)
"""

EVIDENCE = """
SELECT model_id, model_id AS evaluated_model,
    130.0 + 30 * (hash(model_id) % 1000) / 1000.0 AS capability, 1.5 AS capability_sd,
    FALSE AS is_other_effort, DATE '2025-01-01' AS released_on,
    DATE '2026-08-11' AS evaluated_on
FROM (SELECT DISTINCT model_id FROM offers)
"""


AS_IT_IS = {
    "core.route_offer": "FROM core.route_offer WHERE week = marts.latest_week()",
    "core.price_band": "FROM core.price_band",
    "staging.model_index": "FROM staging.model_index",
}


def doubled(home: str) -> Callable[[], object]:
    """Route a synthetic week."""
    database = Path(home, "warehouse.duckdb")
    with closing(connect(database)) as connection:
        offers = connection.sql(
            OFFERS, params={"models": MODELS, "every": MODELS // (ADOPTED + 30)}
        ).to_arrow_table()
        bands = connection.sql(BANDS).to_arrow_table()
        evidence = connection.sql(EVIDENCE).to_arrow_table()
    workloads = load("workloads").to_pylist()
    workloads.append({**workloads[0], "workload": "seventh"})
    schema = arrow_schema(TABLES["workloads"].contract)
    replaced = {
        "core.route_offer": offers,
        "core.price_band": bands,
        "staging.model_index": evidence,
        "reference.workloads": pa.Table.from_pylist(workloads, schema=schema),
    }
    return partial(route, database, replaced)


def published(home: str) -> Callable[[], object]:
    """Route the newest week as it is."""
    database = Path(home, "warehouse.duckdb")
    with closing(connect(database)) as connection:
        replaced = {name: connection.sql(text).to_arrow_table() for name, text in AS_IT_IS.items()}
    return partial(route, database, replaced)


def route(database: Path, replaced: Mapping[str, object]) -> None:
    """Make the certificate and the routes of what was replaced."""
    wanted = {"marts.routing_certificate", "marts.routing_table"}
    with rerun(database, replaced, wanted) as made:
        (found,) = made.sql("SELECT count(*) FROM marts.routing_certificate").fetchall()
    assert found[0]


def compare_routing(home: Path) -> Iterator[Pair]:
    """Route a week that has twice the choices of the published one, and that one."""
    sides = {one.__name__: lambda one=one: alone(one, home) for one in (doubled, published)}
    ours, theirs = in_turns(sides)
    what = f"routing of {MODELS} models, {ADOPTED} adopted"
    yield Pair(what, "of the newest week, with half the choices", ours, theirs, LIMIT)
