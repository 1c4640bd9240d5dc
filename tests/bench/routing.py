"""Time one week's routing with 400 models on offer: part of `make bench`.

The models are those of a real week and synthetic copies; all have evidence, sixty were adopted.
"""

import time
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from pipelines.arrow import arrow_schema
from pipelines.home.database import connect
from pipelines.models.rerun import rerun
from pipelines.reference.loader import TABLES, load

MODELS, ADOPTED, WORKLOADS = 400, 60, 7
LIMIT = 3.0

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


def time_routing(database: Path) -> bool:
    """Route one synthetic week, best of three; return whether it meets the limit."""
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
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        wanted = {"marts.routing_certificate", "marts.routing_table"}
        with rerun(database, replaced, wanted) as made:
            seconds.append(time.perf_counter() - start)
            ((most, pairs),) = made.sql(
                "SELECT max(candidates), sum(choices)::BIGINT FROM marts.routing_certificate"
            ).fetchall()
    print(  # noqa: T201
        f"routing of {len(offers)} models, at most {most} candidates, {pairs} choices, "
        f"{WORKLOADS} workloads: {min(seconds):.2f} s (limit {LIMIT})\n"
    )
    return min(seconds) <= LIMIT
