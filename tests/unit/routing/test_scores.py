"""Third-party scores with a known truth: what is inferred from them, and which are not used."""

import math
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

from pipelines.models import creation, definition
from pipelines.reference.loader import load
from pipelines.words.evidence import index_age, unused_scores
from pipelines.words.language import english, languages

MODELS = {model.name: model for model in definition.load()}
GIVEN = (
    "core.evidence_week",
    "core.route_offer",
    "core.index_capability",
    "staging.catalogue",
    "private.reported_score",
)
CHAIN = (
    "core.parameter",
    "private.score",
    "private.calibration",
    "private.inferred",
    "core.unused_score",
)
WEEKS = [date(2026, 4, 6) + timedelta(7 * number) for number in range(14)]
A, B, NOISE = 131.0, 0.46, 2.0
INDEXED = {f"index/m{number:02}": 142 + 0.25 * number for number in range(60)}
"""Models with an index row, and the truth of them."""

TRUTH = 149.0
"""The capability of every model that is inferred."""

REASONS = {
    "text": "not_a_number",
    "nan": "not_a_number",
    "zero": "not_a_number",
    "below": "not_a_number",
    "huge": "not_a_number",
    "twice": "two_rows",
    "two": "two_rows",
    "mismatch": "known_mismatch",
    "product": "other_product",
    "effort": None,
    "fine": None,
}
VALUES = {"text": None, "nan": math.nan, "zero": 0.0, "below": -3.0, "huge": 1e30}

Row = dict[str, Any]


def score_of(capability: float, place: int, factor: float = 1) -> float:
    """Return a score by the true line, with a little noise."""
    return factor * (capability - A + NOISE * math.sin(7 * place)) / B


def reported(source: str, week: date, model: str, score: float | None, **more: Any) -> Row:
    at = datetime(week.year, week.month, week.day, tzinfo=UTC) + timedelta(days=6)
    row = {"snapshot_at": at, "source": source, "model_id": model, "score": score}
    return {**row, "model_permaslug": model, "display_name": None, "rows_found": 1, **more}


def indexed(source: str, week: date, factor: float = 1, models: int = 60) -> list[Row]:
    """Return the scores of models on the index."""
    return [
        reported(source, week, model, score_of(truth, place, factor))
        for place, (model, truth) in enumerate(INDEXED.items())
        if place < models
    ]


def snapshots() -> Iterator[Row]:
    """Yield scores of sources that each misbehave in one way."""
    for number, week in enumerate(WEEKS):
        # Another scale from the fifth week on; a change by less than half in another source.
        factors = {"scaled": 3 if number > 3 else 1, "calm": 1.4 if number > 3 else 1}
        for source, factor in factors.items():
            yield from indexed(source, week, factor)
            yield reported(source, week, f"new/{source}", factor * (TRUTH - A) / B)
        # Enough models, one too few, none, enough again.
        yield from indexed("few", week, models={2: 19, 3: 0}.get(number, 20))
        yield reported("few", week, "new/few", (TRUTH - A) / B)
        # A model that is scored in the first three weeks only.
        yield from indexed("loses", week)
        if number < 3:
            yield reported("loses", week, "new/lost", (TRUTH - A) / B)
    yield from indexed("bad", WEEKS[-1])
    for name in REASONS:
        model, good = f"new/{name}", (TRUTH - A) / B
        row = reported("bad", WEEKS[-1], model, VALUES.get(name, good))
        if name == "twice":
            row["rows_found"] = 2
        if name == "mismatch":
            row["model_permaslug"] = load("benchmark_mismatch").to_pylist()[0]["permaslug"]
        names = {"product": "Product Preview (Sep '25)", "effort": "Effort (xhigh)"}
        yield {**row, "display_name": names.get(name)}
        if name == "two":
            yield {**row, "score": good + 1}


def correlated() -> Iterator[tuple[Row, float]]:
    """Yield scores of two sources whose errors correlate by a half, each with its truth."""
    draw = np.random.default_rng(20260713)
    for number in range(260):
        model = f"index/c{number:03}" if number < 60 else f"pair/c{number:03}"
        truth, common = draw.normal(148, 5), draw.normal()
        for source in ("one", "other"):
            error = 2.4 * (common + draw.normal()) / math.sqrt(2)
            score = (truth + error - A) / B
            yield reported(source, WEEKS[-1], model, score), truth


@pytest.fixture(scope="module")
def built() -> Iterator[duckdb.DuckDBPyConnection]:
    """The models of the scores, built from given snapshots."""
    pairs = [*correlated()]
    rows = [*snapshots(), *(row for row, _ in pairs)]
    paired = {row["model_id"]: truth for row, truth in pairs if "index/" in row["model_id"]}
    truths = INDEXED | paired
    names = sorted({row["model_id"] for row in rows} | truths.keys())
    week_rows = [
        {"week": week, "decided_on": week + timedelta(7), "known_on": week + timedelta(7)}
        for week in WEEKS
    ]
    offers = [
        {"week": week, "price_week": week, "model_id": one} for week in WEEKS for one in names
    ]
    given = {
        "core.evidence_week": week_rows,
        "core.route_offer": offers,
        "staging.catalogue": [
            {"week": week, "model_id": one, "name": f"Lab: {one.partition('/')[2].title()}"}
            for week in WEEKS
            for one in names
        ],
        "core.index_capability": [
            {
                "week": week,
                "model_id": model,
                "capability": truth + (40 if place % 30 == 29 else 0),
                "variance": 1.0,
                "is_recent": place % 30 != 29,
            }
            for week in WEEKS
            for place, (model, truth) in enumerate(truths.items())
        ],
        "private.reported_score": rows,
    }
    with closing(duckdb.connect(config={"threads": 1})) as connection:
        connection.sql("SET TimeZone = 'UTC'; CREATE SCHEMA reference")
        for schema in definition.SCHEMAS:
            connection.sql(f"CREATE SCHEMA {schema}")
        for table in ("parameter", "benchmark_mismatch"):
            connection.register("incoming", load(table))
            connection.sql(f"CREATE TABLE reference.{table} AS FROM incoming")
        for table in GIVEN:
            columns = ", ".join(f"{one.name} {one.type}" for one in MODELS[table].columns)
            connection.sql(f"CREATE TABLE {table} ({columns})")
            connection.register("incoming", pl.DataFrame(given[table], infer_schema_length=None))
            connection.sql(f"INSERT INTO {table} BY NAME FROM incoming")
        for name in CHAIN:
            creation.create(connection, MODELS[name])
        yield connection


def refusals(connection: duckdb.DuckDBPyConnection, source: str) -> dict[date, str]:
    """Return the weeks in which a source's snapshot was not used, and why."""
    return dict(
        connection.sql(
            "SELECT week, refused_because FROM core.unused_score "
            f"WHERE source = '{source}' AND model_id IS NULL ORDER BY week"
        ).fetchall()
    )


def inferred(connection: duckdb.DuckDBPyConnection, model: str) -> dict[date, tuple[date, float]]:
    """Return by week since when a model's capability is inferred, and what it is."""
    rows = connection.sql(
        f"SELECT week, as_of, capability FROM private.inferred WHERE model_id = '{model}'"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_another_scale_is_refused_once_and_then_calibrated_anew(
    built: duckdb.DuckDBPyConnection,
) -> None:
    assert refusals(built, "scaled") == {WEEKS[4]: "slope_jump"}
    assert refusals(built, "calm") == {}
    found = inferred(built, "new/scaled")
    assert [found[week][0] for week in WEEKS[3:6]] == [
        WEEKS[number] + timedelta(days=6) for number in (3, 3, 5)
    ]
    assert [one[1] for one in found.values()] == pytest.approx([TRUTH] * len(WEEKS), abs=0.5)


def test_a_snapshot_with_fewer_than_twenty_models_is_refused_and_no_measure_of_the_next(
    built: duckdb.DuckDBPyConnection,
) -> None:
    expected = {WEEKS[2]: "too_few_models", WEEKS[3]: "too_few_models"}
    assert refusals(built, "few") == expected
    models = dict(
        built.sql("SELECT week, models FROM private.calibration WHERE source = 'few'").fetchall()
    )
    assert [models[week] for week in WEEKS[1:5]] == [20, 19, 0, 20]
    assert inferred(built, "new/few")[WEEKS[3]][0] == WEEKS[1] + timedelta(days=6)


def test_scores_that_cannot_be_used_are_named_with_the_reason(
    built: duckdb.DuckDBPyConnection,
) -> None:
    rows = dict(
        built.sql(
            "SELECT model_id, refused_because FROM core.unused_score WHERE source = 'bad'"
        ).fetchall()
    )
    assert rows == {f"new/{name}": reason for name, reason in REASONS.items() if reason}
    known = [name for name in REASONS if inferred(built, f"new/{name}")]
    assert known == [name for name, reason in REASONS.items() if reason is None]


def test_a_model_that_loses_its_score_keeps_the_last_one_for_sixty_days(
    built: duckdb.DuckDBPyConnection,
) -> None:
    found = inferred(built, "new/lost")
    last = WEEKS[2] + timedelta(days=6)
    kept = [week for week in WEEKS if week + timedelta(7) <= last + timedelta(60)]
    assert [*found] == kept
    assert len(kept) < len(WEEKS)
    assert {found[week][0] for week in kept[2:]} == {last}


def test_sources_whose_errors_correlate_are_merged_without_false_certainty(
    built: duckdb.DuckDBPyConnection,
) -> None:
    truths = {row["model_id"]: truth for row, truth in correlated()}
    errors: dict[str, list[float]] = {"one": [], "other": [], "several sources": []}
    variances: dict[str, dict[str, float]] = {source: {} for source in errors}
    for model, source, capability, variance in built.sql(
        "SELECT model_id, source, capability, variance FROM private.inferred "
        "WHERE model_id LIKE 'pair/%'"
    ).fetchall():
        errors[source].append((capability - truths[model]) / math.sqrt(variance))
        variances[source][model] = variance
    spread = {
        source: math.sqrt(sum(one**2 for one in found) / len(found))
        for source, found in errors.items()
    }
    assert all(0.8 < one < 1.2 for one in spread.values()), spread
    for model, merged in variances["several sources"].items():
        one, other = variances["one"][model], variances["other"][model]
        assert (one * other) / (one + other) < merged <= min(one, other)
    assert len(variances["several sources"]) == 200


def test_the_status_names_what_was_not_used(built: duckdb.DuckDBPyConnection) -> None:
    rows = (
        built.sql(
            "SELECT * FROM core.unused_score WHERE source IN ('bad', 'few') "
            "ORDER BY source, snapshot_at, refused_because, model_id"
        )
        .pl()
        .to_dicts()
    )
    lines = unused_scores(english(), rows)
    assert len(lines) == 4 + 2
    assert "bad, snapshot of 2026-07-12 00:00Z: two rows for one model: new/twice, new/two" in lines
    assert lines[-1].startswith("few, snapshot of 2026-05-03 00:00Z: not used, fewer of its models")
    for language in languages():
        assert not [one for one in unused_scores(language, rows) if "None" in one or "{" in one]
        for days in (0, 1, 3, 21):
            text = index_age(language, date(2026, 8, 11), date(2026, 8, 11) + timedelta(days))
            assert "2026-08-11" in text and f"{days} " in text
