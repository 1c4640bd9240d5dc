"""What must be true for any rows: real days, changed at random."""

from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.models import creation, definition
from pipelines.models.dictionary import TABLE
from tests.support.building import create_reference

Rows = list[tuple[Any, ...]]
Rebuild = Callable[..., Rows]
Before = Callable[[str], Rows]

SEEDS = st.integers(0, 2**32)


def needed(question: str) -> list[definition.Model]:
    """Return the models that a query reads, directly or not, in the order of the build."""
    names, found = set(TABLE.findall(question)), []
    for model in reversed(definition.load()):
        if model.name in names:
            names |= model.inputs
            found.append(model)
    return found[::-1]


@pytest.fixture(scope="module")
def days(database: Path) -> pl.DataFrame:
    """The rows of two weeks."""
    with duckdb.connect(database, read_only=True) as connection:
        rows: pl.DataFrame = connection.sql(
            "FROM staging.rankings_daily WHERE week IN ('2026-05-11', '2026-05-18') ORDER BY ALL"
        ).pl()
    return rows


@pytest.fixture(scope="module")
def rebuild(database: Path) -> Rebuild:
    """Build the marts from other daily rows and run one query on them."""

    def answer(rows: pl.DataFrame, question: str) -> Rows:
        with closing(duckdb.connect(config={"threads": 1})) as connection:
            connection.sql("SET TimeZone = 'UTC'")
            connection.sql(f"ATTACH '{database}' AS published (READ_ONLY)")
            for schema in definition.SCHEMAS:
                connection.sql(f"CREATE SCHEMA {schema}")
            create_reference(connection)
            connection.register("incoming", rows)
            connection.sql("CREATE TABLE staging.rankings_daily AS SELECT * FROM incoming")
            for model in needed(question):
                if model.schema != "staging":
                    creation.create(connection, model)
                elif model.name != "staging.rankings_daily":
                    connection.sql(f"CREATE VIEW {model.name} AS FROM published.{model.name}")
            return connection.sql(question).fetchall()

    return answer


@pytest.fixture(scope="module")
def before(days: pl.DataFrame, rebuild: Rebuild) -> Before:
    """Query the marts of the days as they are; they are built once a question."""
    return cache(lambda question: rebuild(days, question))


def bent(days: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Take a fifth of the models away and change the tokens of the rest."""
    slugs = days.select(pl.col("model_permaslug").unique().sort())
    kept = slugs.sample(fraction=0.8, seed=seed)["model_permaslug"].to_list()
    rows = days.filter(pl.col("model_permaslug").is_in(kept) | pl.col("is_other"))
    factors = pl.Series(np.random.default_rng(seed).integers(1, 1000, rows.height))
    return rows.with_columns(tokens=pl.col("tokens") * factors // 500 + 1)


@pytest.mark.accept
@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_shares_add_up_and_are_within_their_bounds(
    seed: int, days: pl.DataFrame, rebuild: Rebuild
) -> None:
    wrong = rebuild(
        bent(days, seed),
        """
        SELECT 'origin', week, scope FROM marts.weekly_origin
        GROUP BY ALL HAVING abs(sum(share) - 1) > 1e-9
        UNION ALL
        SELECT 'lens', week, scope FROM marts.scope_lens WHERE grain = 'model'
        GROUP BY ALL HAVING abs(sum(share) - 1) > 1e-9
        UNION ALL
        SELECT 'origin bounds', week, scope FROM marts.weekly_origin
        WHERE NOT (share_min <= share_of_total AND share_of_total <= share_max)
        UNION ALL
        SELECT 'lens bounds', week, scope FROM marts.scope_lens
        WHERE NOT (share_min <= share_of_total AND share_of_total <= share_max)
        UNION ALL
        SELECT 'model bounds', week, model_permaslug FROM marts.weekly_model
        WHERE NOT (tokens_low <= tokens AND tokens <= tokens_high) OR wow_low > wow_high
        """,
    )
    assert wrong == []


@settings(max_examples=5, deadline=None)
@given(factor=st.floats(0, 20))
def test_other_never_changes_what_is_attributed(
    factor: float, days: pl.DataFrame, rebuild: Rebuild, before: Before
) -> None:
    question = (
        "SELECT week, scope, bloc, tokens, share, wow, leads FROM marts.weekly_origin "
        "UNION ALL SELECT week, 'vendor', vendor, tokens, models, wow, NULL "
        "FROM marts.weekly_vendor ORDER BY ALL"
    )
    other = pl.when("is_other").then((pl.col("tokens") * factor).cast(pl.Int64))
    more = days.with_columns(tokens=other.otherwise("tokens"))
    assert rebuild(more, question) == before(question)


@settings(max_examples=3, deadline=None)
@given(seed=SEEDS)
def test_shuffled_rows_change_nothing(
    seed: int, days: pl.DataFrame, rebuild: Rebuild, before: Before
) -> None:
    question = "FROM marts.weekly_model ORDER BY ALL"
    shuffled = days.sample(fraction=1, shuffle=True, seed=seed)
    assert rebuild(shuffled, question) == before(question)


@pytest.mark.accept
@settings(max_examples=5, deadline=None)
@given(place=st.integers(0, 60), part=st.floats(0.1, 0.9))
def test_splitting_a_model_into_variants_keeps_vendor_and_bloc(
    place: int, part: float, days: pl.DataFrame, rebuild: Rebuild, before: Before
) -> None:
    plain = days.filter(~pl.col("is_other") & ~pl.col("model_permaslug").str.contains(":"))
    slug = plain["model_permaslug"].unique().sort()[place % plain["model_permaslug"].n_unique()]
    whole = pl.col("model_permaslug") == slug
    first = (pl.col("tokens") * part).cast(pl.Int64)
    split = pl.concat(
        [
            days.with_columns(tokens=pl.when(whole).then(first).otherwise("tokens")),
            days.filter(whole).with_columns(
                model_permaslug=pl.lit(f"{slug}:thinking"), tokens=pl.col("tokens") - first
            ),
        ]
    )
    question = (
        "SELECT week, bloc, tokens FROM marts.weekly_origin WHERE scope = 'named' "
        "UNION ALL SELECT week, vendor, tokens FROM marts.weekly_vendor ORDER BY ALL"
    )
    assert rebuild(split, question) == before(question)
