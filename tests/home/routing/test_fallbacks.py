"""Who stands in for the primary, worked out by hand from the models alone in their order."""

import math
import shutil
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from pipelines.models import definition


class Single(NamedTuple):
    """A candidate of a workload, alone."""

    model: str
    vendor: str
    bloc: str
    reaches_floor: bool
    preference: int | None
    quality_low: float | None
    cost: float
    primary: str


SINGLES = """
SELECT
    choice.week, choice.workload, choice.model_id, choice.vendor, choice.bloc, choice.reaches_floor,
    option.preference, choice.quality_low, choice.compared_cost_usd, decision.model_id
FROM core.route_decision AS decision
INNER JOIN core.route_choice AS choice
    ON decision.week = choice.week AND decision.workload = choice.workload
LEFT JOIN core.route_option AS option
    ON choice.week = option.week AND choice.workload = option.workload
    AND choice.model_id = option.model_id AND option.escalation_model_id = ''
WHERE choice.escalation_model_id = ''
ORDER BY choice.week, choice.workload
"""

# A model's vendor and origin follow from its name alone, and differ from seed to seed.
SHUFFLE = """
UPDATE core.route_{table} SET
    vendor = 'vendor ' || hash(model_id || $1) % 5,
    bloc = CASE hash(model_id || 'bloc' || $1) % 6
        WHEN 0 THEN 'CN' WHEN 1 THEN 'UNATTRIBUTED' ELSE 'US' END
"""


@pytest.fixture
def connection(database: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a copy that may be changed."""
    shutil.copy(database, tmp_path)
    with closing(duckdb.connect(tmp_path / database.name)) as opened:
        yield opened


def by_hand(singles: list[Single]) -> list[tuple[str, bool]]:
    """Return the fallbacks, and whether each is degraded.

    They are the best of other vendors: first those that reach the floor, and one of another origin
    if any of them is. What is unknown is no other origin.
    """
    (primary,) = [one for one in singles if one.model == one.primary]
    best = dict[str, Single]()
    for one in sorted(singles, key=order):
        if one.vendor != primary.vendor:
            best.setdefault(one.vendor, one)
    first, rest = [*best.values()][:1], [*best.values()][1:]
    rest = [one for one in rest if one.reaches_floor] or rest
    if first and not is_abroad(first[0], primary):
        rest = [one for one in rest if is_abroad(one, primary)] or rest
    return [(one.model, not one.reaches_floor) for one in first + rest[:1]]


def is_abroad(one: Single, primary: Single) -> bool:
    """Return whether both origins are known and differ."""
    return one.bloc != primary.bloc and "UNATTRIBUTED" not in (one.bloc, primary.bloc)


def order(one: Single) -> tuple[bool, float, float, float, str]:
    """Return what a single model is sorted by."""
    preference = one.preference or math.inf
    quality = -math.inf if one.quality_low is None else one.quality_low
    return not one.reaches_floor, preference, -quality, one.cost, one.model


@pytest.mark.parametrize("seed", ["", "a", "b", "c", "d", "e"])
def test_fallbacks_are_those_worked_out_by_hand(
    connection: duckdb.DuckDBPyConnection, seed: str
) -> None:
    for table in ("choice", "option") if seed else ():
        connection.execute(SHUFFLE.format(table=table), [seed])
    model = next(one for one in definition.load() if one.name == "core.route_chain")
    rows = connection.sql(
        f"SELECT week, workload, model_id, is_degraded FROM ({model.sql}) "
        "WHERE role = 'fallback' ORDER BY week, workload, position"
    ).fetchall()
    found = {key: [row[2:] for row in own] for key, own in groupby(rows, key=lambda row: row[:2])}
    singles = connection.sql(SINGLES).fetchall()
    expected = {
        key: by_hand([Single(*row[2:]) for row in own])
        for key, own in groupby(singles, key=lambda row: row[:2])
    }
    assert found == {key: models for key, models in expected.items() if models}
    assert len(expected) > 50
    if not seed:
        assert {is_degraded for models in found.values() for _, is_degraded in models} == {
            True,
            False,
        }
