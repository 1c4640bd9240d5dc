"""Who may serve a workload, and at which price: in SQL and by hand, on made-up catalogues."""

from contextlib import closing

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from pipelines.arrow import arrow_schema
from pipelines.models import creation, definition
from pipelines.reference.loader import TABLES, load
from tests.support.catalogues import ByHand, Row, between, made_up

EMPTY = ("staging.endpoint", "staging.endpoint_region", "staging.usage_shape")
LATER = {None, "no_quality_evidence", "not_adopted"}
"""Of these the cost is known."""


def built(tables: dict[str, list[Row]]) -> duckdb.DuckDBPyConnection:
    """Return a connection on which verdicts and costs were made from the tables."""
    connection = duckdb.connect(config={"threads": 1})
    connection.sql("SET TimeZone = 'UTC'; CREATE SCHEMA reference")
    for schema in definition.SCHEMAS:
        connection.sql(f"CREATE SCHEMA {schema}")
    models = {model.name: model for model in definition.load()}
    for name in (*tables, *EMPTY, "reference.parameter"):
        rows = tables.get(name, [])
        if name.startswith("reference."):
            table = name.removeprefix("reference.")
            schema = arrow_schema(TABLES[table].contract)
            frame = pa.Table.from_pylist(rows, schema=schema) if rows else load(table).slice(0)
            if name != "reference.parameter" and not rows:
                frame = frame.slice(0, 0)
            connection.register("incoming", frame)
            connection.sql(f"CREATE TABLE {name} AS FROM incoming")
            continue
        columns = {column.name: column.type for column in models[name].columns}
        listed = ", ".join(f"{one} {kind}" for one, kind in columns.items())
        connection.sql(f"CREATE TABLE {name} ({listed})")
        if rows:
            frame = pl.DataFrame(rows, infer_schema_length=None)
            known = frame.select(one for one in columns if one in frame.columns)
            connection.register("incoming", known)
            connection.sql(f"INSERT INTO {name} BY NAME FROM incoming")
    for model in between({*tables, *EMPTY}):
        creation.create(connection, model)
    return connection


@pytest.mark.parametrize("seed", range(4))
def test_rules_and_costs_are_those_worked_out_by_hand(seed: int) -> None:
    tables = made_up(seed)
    hand = ByHand(tables)
    works = {row["workload"]: row for row in tables["reference.workloads"]}
    offers = {(row["week"], row["model_id"]): row for row in tables["staging.catalogue"]}
    with closing(built(tables)) as connection:
        verdicts = connection.sql(
            "SELECT verdict.week, verdict.workload, verdict.model_id, rejected_because, "
            "cost_per_task_usd, compared_cost_usd FROM core.route_verdict AS verdict "
            "LEFT JOIN core.route_cost AS cost ON verdict.week = cost.week "
            "AND verdict.workload = cost.workload AND verdict.model_id = cost.model_id"
        ).fetchall()
    assert len(verdicts) == 4 * sum(week in hand.weeks for week, _ in offers)
    for week, workload, model, reason, *costs in verdicts:
        offer, work = offers[week, model], works[workload]
        assert reason == hand.reason(offer, work), (week, workload, model)
        if reason in LATER:
            expected = [hand.cost(offer, work, is_compared) for is_compared in (False, True)]
            assert costs == pytest.approx(expected, rel=1e-6), (week, workload, model)
    reasons = {row[3] for row in verdicts}
    assert len(reasons) > 6
    assert None in reasons


def test_what_is_of_unknown_origin_does_not_pass_a_ban_of_another() -> None:
    tables = made_up(0)
    rule = {"workload": "*", "kind": "origin", "name": "CN", "rule": "ban"}
    for rules, origins in (([rule], {"CN", "UNATTRIBUTED"}), ([], set())):
        tables["reference.deploy_policy"] = [
            {**one, **{"source": "test", "recorded_on": tables["core.week"][0]["week"]}}
            for one in rules
        ]
        with closing(built(tables)) as connection:
            found = connection.sql(
                "SELECT DISTINCT bloc FROM core.route_ban AS ban JOIN core.route_offer AS offer "
                "ON ban.week = offer.week AND ban.model_id = offer.model_id"
            ).fetchall()
        assert {row[0] for row in found} == origins & {
            row["bloc"] for row in tables["core.model_origin"]
        }
        assert not rules or ("UNATTRIBUTED",) in found
