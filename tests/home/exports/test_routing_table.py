import csv
import io
import json

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.exports import routing_table
from pipelines.exports.routing_document import RoutingDocument


def test_all_four_formats_contain_the_same_routes(signed: RoutingDocument) -> None:
    written = routing_table.render(signed)
    expected = [
        (route.workload, position, hop.role, hop.model_id)
        for route in signed.routes
        for position, hop in enumerate(route.reachable)
    ]
    parquet = pl.read_parquet(io.BytesIO(written["routing_table.parquet"]))
    rows = list(csv.DictReader(io.StringIO(written["routing_table.csv"].decode())))
    body = json.loads(written["routing_table.json"])["rows"]
    columns = ("workload", "position", "role", "model_id")
    assert parquet.select(columns).rows() == expected
    assert [
        (row["workload"], int(row["position"]), row["role"], row["model_id"]) for row in rows
    ] == expected
    assert [tuple(row[name] for name in columns) for row in body] == expected
    markdown = written["routing_table.md"].decode()
    assert all(f"| {route.workload} " in markdown for route in signed.routes)
    assert all(model_id in markdown for _, _, _, model_id in expected)


def test_each_says_where_it_comes_from(routes: RoutingDocument) -> None:
    written = routing_table.render(routes)
    footer = pq.read_schema(pa.BufferReader(written["routing_table.parquet"])).metadata
    assert footer[b"licence"] == b"CC BY 4.0"
    assert "as of" in json.loads(written["routing_table.json"])["citation"]


def test_a_workload_that_nothing_carries_is_named_with_the_reason(routes: RoutingDocument) -> None:
    empty = routes.routes[0].model_copy(
        update={
            "hops": (),
            "escalation": None,
            "reserve": None,
            "decision": "empty",
            "blocked_because": None,
            "empty_because": "quality_floor",
            "quality_floor": 0.99,
            "best_achievable": None,
        }
    )
    document = routes.model_copy(update={"routes": (empty, *routes.routes[1:])})
    written = routing_table.render(document)
    assert (
        f"| {empty.workload} | empty: no model reaches the quality floor of 0.99 |"
        in written["routing_table.md"].decode()
    )
    assert f"\n{routes.week},{empty.workload}," not in written["routing_table.csv"].decode()
