"""Where a caller escalates, every pair that is published succeeds more often than its primary."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.models.rerun import rerun
from tests.support.variants import MARTS, callers


@pytest.fixture(scope="module")
def routed(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The routes of workloads whose callers escalate."""
    with rerun(database, callers(), set(MARTS)) as connection:
        yield connection


@pytest.mark.accept
def test_every_published_escalation_raises_success(routed: duckdb.DuckDBPyConnection) -> None:
    pairs = routed.sql(
        "SELECT route.success, route.success_low, pair.success, pair.success_low "
        "FROM marts.routing_table AS route INNER JOIN marts.routing_certificate AS pick "
        "USING (week, workload, model_id) INNER JOIN marts.routing_option AS pair "
        "USING (week, workload, model_id, escalation_model_id) WHERE route.position = 0"
    ).fetchall()
    assert len(pairs) >= 40
    assert [pair for pair in pairs if pair[2] <= pair[0] or pair[3] <= pair[1]] == []


@pytest.mark.accept
def test_a_fallback_stands_alone(routed: duckdb.DuckDBPyConnection) -> None:
    """It shares no vendor with the primary or the other fallback, and reaches the floor alone."""
    chains = routed.sql(
        "SELECT count(*), count(DISTINCT vendor), count(DISTINCT model_id) "
        "FROM marts.routing_table WHERE role <> 'escalation' GROUP BY week, workload"
    ).fetchall()
    assert set(chains) == {(3, 3, 3)}
    alone = routed.sql(
        "SELECT is_degraded, coalesce(success_low, capability_low) >= quality_floor, count(*) "
        "FROM marts.routing_table WHERE role = 'fallback' GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert [row[:2] for row in alone] == [(False, True), (True, False)]


@pytest.mark.accept
def test_a_pair_costs_no_more_than_what_it_replaces(
    routed: duckdb.DuckDBPyConnection, database: Path
) -> None:
    """More choices than single models: the best costs a step of a tenth more at most."""
    routed.sql(f"ATTACH IF NOT EXISTS '{database}' AS published (READ_ONLY)")
    rows = routed.sql(
        "SELECT single.compared_cost_usd, pair.compared_cost_usd, pair.escalation_model_id "
        "FROM published.marts.routing_option AS single INNER JOIN marts.routing_option AS pair "
        "USING (week, workload) WHERE single.preference = 1 AND pair.preference = 1"
    ).fetchall()
    assert len(rows) == 60
    assert [row for row in rows if row[1] > 1.1 * row[0]] == []
    assert len([row for row in rows if row[2] and row[1] < 0.7 * row[0]]) >= 10
