"""Who stands in for the primary, worked out by hand from the options in their order."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path

import duckdb
import pytest

from pipelines.models import definition

OPTIONS = """
SELECT
    option.week, option.workload, option.model_id, option.vendor, option.bloc,
    decision.model_id AS primary_model_id
FROM core.route_option AS option
INNER JOIN core.route_decision AS decision
    ON option.week = decision.week AND option.workload = decision.workload
ORDER BY option.week, option.workload, option.preference
"""

# Who a model is of and from follows from its name alone, and differs from seed to seed.
SHUFFLE = """
UPDATE core.route_option SET
    vendor = 'vendor ' || hash(model_id || $1) % 5,
    bloc = CASE WHEN hash(model_id || 'bloc' || $1) % 4 = 0 THEN 'CN' ELSE 'US' END
"""


@pytest.fixture
def connection(database: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a copy that may be changed."""
    shutil.copy(database, tmp_path)
    with closing(duckdb.connect(tmp_path / database.name)) as opened:
        yield opened


def by_hand(options: list[tuple[str, str, str, str]]) -> list[str]:
    """Return the fallbacks: other vendors' best, one at least of another origin if any is."""
    of = {model: (vendor, bloc) for model, vendor, bloc, _ in options}
    own_vendor, own_bloc = of[options[0][3]]
    best = dict[str, str]()
    for model, vendor, _, _ in options:
        if vendor != own_vendor:
            best.setdefault(vendor, model)
    first, rest = [*best.values()][:1], [*best.values()][1:]
    abroad = [model for model in rest if of[model][1] != own_bloc]
    needs_other_origin = bool(first) and of[first[0]][1] == own_bloc and abroad
    return first + (abroad if needs_other_origin else rest)[:1]


@pytest.mark.parametrize("seed", ["", "a", "b", "c", "d", "e"])
def test_fallbacks_are_those_worked_out_by_hand(
    connection: duckdb.DuckDBPyConnection, seed: str
) -> None:
    if seed:
        connection.execute(SHUFFLE, [seed])
    model = next(one for one in definition.load() if one.name == "core.route_seat")
    found = connection.sql(
        f"SELECT week, workload, list(model_id ORDER BY position) FROM ({model.sql}) "
        "WHERE role = 'fallback' GROUP BY week, workload"
    ).fetchall()
    options = connection.sql(OPTIONS).fetchall()
    expected = {
        key: by_hand([row[2:] for row in rows])
        for key, rows in groupby(options, key=lambda row: row[:2])
    }
    assert {(week, workload): models for week, workload, models in found} == {
        key: models for key, models in expected.items() if models
    }
    assert len(expected) > 50
