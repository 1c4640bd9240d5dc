"""The figures in docs/routing.md are those of the sample."""

import re
from pathlib import Path

import pyarrow as pa

from pipelines.models.rerun import rerun
from pipelines.queries.published import reading
from pipelines.reference.loader import load
from tests.conftest import tokenhouse

GUIDE = (Path(__file__).parents[3] / "docs" / "routing.md").read_text()

PICKS = """
SELECT workload, concat_ws(' → ', model_id, nullif(escalation_model_id, '')), expected_cost_usd
FROM core.route_option WHERE week = DATE '2026-07-13' AND preference = 1 ORDER BY workload
"""


def usd(price: float) -> str:
    return f"{price:.4f}".removeprefix("0")


def test_the_walk_forward_is_what_the_command_prints(database: Path) -> None:
    block = re.search(r"^ way of choosing .*?(?=^```)", GUIDE, re.MULTILINE | re.DOTALL)
    assert block
    printed = tokenhouse(database.parent, "backtest").stdout
    bars = re.compile(r"[█▏▎▍▌▋▊▉]+")
    lines = {
        tuple(re.split(r"\s{2,}", bars.sub("  ", line).strip())) for line in printed.split("\n")
    }
    rows = [tuple(re.split(r"\s{2,}", row.strip())) for row in block[0].strip("\n").split("\n")]
    assert len(rows) == 9
    assert set(rows) <= lines


def test_picks_alone_and_where_the_caller_escalates(database: Path) -> None:
    workloads = load("workloads")
    place = workloads.schema.get_field_index("escalation")
    caller = workloads.set_column(place, "escalation", pa.array(["caller"] * len(workloads)))
    with reading(database) as connection:
        alone = connection.sql(PICKS).fetchall()
    with rerun(
        database, {"reference.workloads": caller}, {"core.route_option"}, "week = DATE '2026-07-13'"
    ) as connection:
        escalating = connection.sql(PICKS).fetchall()
    assert len(alone) == 6
    for (workload, single, price), (_, pair, less) in zip(alone, escalating, strict=True):
        assert f"| {workload} | {single} {usd(price)} | {pair} {usd(less)} |" in GUIDE
        (after,) = re.findall(rf"^\| {workload} \| [^|]* \| (.*) \|$", GUIDE, re.MULTILINE)[-1:]
        assert after.startswith((f"{single} {usd(price)}", "the same"))
