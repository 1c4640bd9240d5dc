"""Series by rule, on weeks built from real rows with families that no table knows.

What is true is computed here from the daily rows and the slugs, without the models under test.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from pipelines.home.database import connect
from pipelines.models.rerun import rerun
from pipelines.reference.loader import load, read
from pipelines.words import findings
from pipelines.words.language import languages
from tests.home.sql.conftest import Select

WEEK, BEFORE = date(2026, 7, 13), date(2026, 7, 6)
FITS = "anthropic/claude-opus-9-20260701"
FITS_NOTHING = "anthropic/claude-magnum-20260701"
MARTS = {
    "marts.claims_audit",
    "marts.weekly_series",
    "marts.scope_lens",
    "marts.unlisted_family",
    "marts.alerts",
}
HEADER = "claim_id,metric,subject,period,operator,value,unit,printed_as"


def is_opus(slug: str) -> bool:
    return slug.startswith("anthropic/") and "opus" in slug


@dataclass(frozen=True)
class World:
    """Daily rows with one more model, and what the platform and Claude Opus truly had."""

    rows: pl.DataFrame
    new: str

    def total(self, week: date) -> int:
        return int(self.rows.filter(pl.col("week") == week)["tokens"].sum())

    def tokens(self, week: date, *, with_new: bool) -> int:
        slugs = [
            slug
            for slug in self.rows["model_permaslug"].unique()
            if is_opus(slug) or (with_new and slug == self.new)
        ]
        own = self.rows.filter(pl.col("week") == week, pl.col("model_permaslug").is_in(slugs))
        return int(own["tokens"].sum())

    def in_first_ten(self, week: date, *, with_new: bool) -> int:
        ranked = (
            self.rows.filter(pl.col("week") == week, ~pl.col("is_other"))
            .group_by("model_permaslug")
            .agg(pl.col("tokens").sum())
            .sort("tokens", descending=True)
            .head(10)["model_permaslug"]
        )
        return sum(is_opus(slug) or (with_new and slug == self.new) for slug in ranked)

    def true_claims(self, *, with_new: bool) -> dict[str, tuple[str, float, str]]:
        """Return metric with subject, value and unit of six true statements about Claude Opus."""
        now, before = (self.tokens(week, with_new=with_new) for week in (WEEK, BEFORE))
        sonnet = self.rows.filter(
            pl.col("week") == WEEK, pl.col("model_permaslug").str.contains("sonnet")
        )
        two_weeks = (now + before) / 1e12
        return {
            "tokens,series:claude-opus,2026-07-13": ("eq", now / 1e12, "T"),
            "growth,series:claude-opus,2026-07-13": ("eq", 100 * (now / before - 1), "percent"),
            "token_share,series:claude-opus,2026-07-13": (
                "eq",
                100 * now / self.total(WEEK),
                "percent",
            ),
            "tokens,series:claude-opus,2026-07-06/2026-07-19": ("eq", two_weeks, "T"),
            "ratio,series:claude-opus;series:claude-sonnet,2026-07-13": (
                "eq",
                now / int(sonnet["tokens"].sum()),
                "x",
            ),
            "models_in_top,series:claude-opus:10,2026-07-13": (
                "eq",
                self.in_first_ten(WEEK, with_new=with_new),
                "models",
            ),
        }


def world(database: Path, new: str) -> World:
    """Add a model that grows: half as large as the largest Opus, then one and a half times."""
    with connect(database) as connection:
        rows = connection.sql("SELECT * FROM staging.rankings_daily").pl()
    added = (
        rows.filter(
            pl.col("model_permaslug") == "anthropic/claude-4.7-opus-20260416",
            pl.col("week").is_in([WEEK, BEFORE]),
        )
        .with_columns(
            model_permaslug=pl.lit(new),
            tokens=pl.when(pl.col("week") == WEEK)
            .then(pl.col("tokens") * 3 // 2)
            .otherwise(pl.col("tokens") // 2),
        )
        .select(rows.columns)
    )
    return World(pl.concat([rows, added]), new)


Judge = Callable[[World, list[str]], tuple[dict[str, dict[str, Any]], Any]]


@pytest.fixture
def judged(database: Path, tmp_path: Path) -> Iterator[Judge]:
    """Return the audit of some claims, by their text, and a connection to the marts."""
    opened = []

    def judge(made: World, claims: list[str]) -> tuple[dict[str, dict[str, Any]], Any]:
        path = tmp_path / "claims.csv"
        lines = [f"c{number},{claim},said so" for number, claim in enumerate(claims)]
        path.write_text("\n".join([HEADER, *lines]) + "\n")
        replaced = {
            "staging.rankings_daily": made.rows,
            "reference.claims": read("claims", [path]),
        }
        context = rerun(database, replaced, MARTS)
        connection = context.__enter__()
        opened.append(context)
        rows = connection.sql("SELECT * FROM marts.claims_audit ORDER BY line").pl().to_dicts()
        return dict(zip(claims, rows, strict=True)), connection

    yield judge
    for context in opened:
        context.__exit__(None, None, None)


def written(claims: dict[str, tuple[str, float, str]], factor: float = 1) -> list[str]:
    """Return claims as lines of a file, every value changed by a factor."""
    return [
        f"{start},{operator},{value * factor:.4g},{unit}"
        for start, (operator, value, unit) in claims.items()
    ]


@pytest.mark.accept
def test_a_new_family_that_fits_a_rule_belongs_at_once(database: Path, judged: Judge) -> None:
    made = world(database, FITS)
    truth = made.true_claims(with_new=True)
    true, false = written(truth), written(truth, 1.4)
    verdicts, connection = judged(made, [*true, *false])
    assert {verdicts[claim]["verdict"] for claim in true} == {"CONFIRMED"}
    assert {verdicts[claim]["verdict"] for claim in false} <= {"CONTRADICTED", "UNVERIFIABLE"}
    now, before = (made.tokens(week, with_new=True) for week in (WEEK, BEFORE))
    assert connection.sql(
        "SELECT is_complete, open_tokens, tokens, tokens_low, tokens_high, top10_models, "
        "round(wow, 9) FROM marts.weekly_series WHERE series = 'claude-opus' AND week = ?",
        params=[WEEK],
    ).fetchall() == [
        (True, 0, now, now, now, made.in_first_ten(WEEK, with_new=True), round(now / before - 1, 9))
    ]
    assert connection.sql("SELECT family FROM marts.unlisted_family").fetchall() == []


@pytest.mark.accept
def test_nothing_that_a_family_without_a_rule_could_change_is_asserted(
    database: Path, judged: Judge
) -> None:
    made = world(database, FITS_NOTHING)
    without, with_new = (made.true_claims(with_new=flag) for flag in (False, True))
    possible = [*written(without), *written(with_new)]
    impossible = written(with_new, 2.5)
    low, high = (made.tokens(WEEK, with_new=flag) / 1e12 for flag in (False, True))
    sure = [
        f"tokens,series:claude-opus,2026-07-13,ge,{low * 0.9:.4g},T",
        f"tokens,series:claude-opus,2026-07-13,le,{high * 1.1:.4g},T",
    ]
    revenue = ["revenue_share,series:claude-opus,2026-07-13,gt,1,percent"]
    verdicts, _ = judged(made, [*possible, *impossible, *sure, *revenue])
    assert {claim: verdicts[claim]["verdict"] for claim in possible} == dict.fromkeys(
        possible, "UNVERIFIABLE"
    )
    assert {verdicts[claim]["reason"] for claim in possible} == {"open_series"}
    assert all("anthropic/claude-magnum" in verdicts[claim]["explanation"] for claim in possible)
    assert {verdicts[claim]["verdict"] for claim in impossible} <= {"CONTRADICTED", "UNVERIFIABLE"}
    assert verdicts[impossible[0]]["verdict"] == "CONTRADICTED"
    assert {verdicts[claim]["verdict"] for claim in sure} == {"CONFIRMED"}
    assert verdicts[revenue[0]]["reason"] == "open_series_band"


@pytest.mark.accept
def test_a_series_is_incomplete_from_the_week_of_a_family_without_a_rule(
    database: Path, judged: Judge
) -> None:
    made = world(database, FITS_NOTHING)
    gone = made.rows.filter((pl.col("model_permaslug") != FITS_NOTHING) | (pl.col("week") < WEEK))
    made = World(gone, FITS_NOTHING)
    _, connection = judged(made, ["tokens,all,2026-07-13,ge,1,T"])
    published = {
        week: rest
        for week, *rest in connection.sql(
            "SELECT week, is_complete, open_tokens, tokens, tokens_low, tokens_high, wow, wow_low, "
            "wow_high, revenue_share_p50 FROM marts.weekly_series WHERE series = 'claude-opus'"
        ).fetchall()
    }
    earlier, now = BEFORE - timedelta(days=7), made.tokens(WEEK, with_new=False)
    before_low, before_high = (made.tokens(BEFORE, with_new=flag) for flag in (False, True))
    earlier_tokens = made.tokens(earlier, with_new=False)
    assert published[earlier][0]
    assert published[BEFORE] == [
        False,
        before_high - before_low,
        None,
        before_low,
        before_high,
        None,
        pytest.approx(before_low / earlier_tokens - 1),
        pytest.approx(before_high / earlier_tokens - 1),
        None,
    ]
    assert published[WEEK][:6] == [False, 0, now, now, now, None]
    assert published[WEEK][6:8] == [
        pytest.approx(now / before_high - 1),
        pytest.approx(now / before_low - 1),
    ]
    assert connection.sql(
        "SELECT DISTINCT series, family, membership FROM marts.unlisted_family ORDER BY series"
    ).fetchall() == [
        (series, "anthropic/claude-magnum", "no_rule")
        for series in ("claude-fable", "claude-haiku", "claude-opus", "claude-sonnet")
    ]


@pytest.fixture(scope="module")
def incomplete(database: Path) -> Iterator[tuple[World, Any]]:
    """Return a market with a family that fits no rule, and a connection to the marts."""
    made = world(database, FITS_NOTHING)
    wanted = MARTS - {"marts.claims_audit"}
    with rerun(database, {"staging.rankings_daily": made.rows}, wanted) as connection:
        yield made, connection


def test_a_family_that_leaves_series_incomplete_is_an_alert(incomplete: tuple[World, Any]) -> None:
    made, connection = incomplete
    found = connection.sql(
        "SELECT week, subject, tokens, size FROM marts.alerts WHERE kind = 'incomplete_series' "
        "ORDER BY week"
    ).fetchall()
    opened = {week: made.tokens(week, with_new=True) for week in (BEFORE, WEEK)}
    opened = {week: both - made.tokens(week, with_new=False) for week, both in opened.items()}
    assert found == [
        (week, "anthropic/claude-magnum", tokens, pytest.approx(tokens / made.total(week)))
        for week, tokens in opened.items()
    ]
    rows = connection.sql("FROM marts.alerts WHERE kind = 'incomplete_series'").pl().to_dicts()
    for language in languages():
        for row in rows:
            assert "anthropic/claude-magnum" in findings.alert(language, row)


def test_the_revenue_of_a_series_is_that_of_its_models(select: Select) -> None:
    found = select(
        "SELECT week, series, revenue_usd_min, revenue_usd_max FROM marts.weekly_series "
        "WHERE series = 'claude-opus' AND week = ?",
        WEEK,
    )
    (low, high) = select(
        "SELECT sum(revenue_usd_min), sum(revenue_usd_max) FROM marts.dual_metric "
        "WHERE grain = 'model' AND key LIKE 'anthropic/%opus%' AND week = ?",
        WEEK,
    )[0]
    assert found == [(WEEK, "claude-opus", pytest.approx(low), pytest.approx(high))]
    assert 0 < low <= high


def test_shares_of_a_series_have_bounds_while_it_is_open(incomplete: tuple[World, Any]) -> None:
    made, connection = incomplete
    (row,) = connection.sql(
        "SELECT share, share_of_total, open_tokens, tokens, share_min, share_max "
        "FROM marts.scope_lens "
        "WHERE week = ? AND scope = 'named' AND key = 'claude-opus'",
        params=[WEEK],
    ).fetchall()
    low, high = (made.tokens(WEEK, with_new=flag) for flag in (False, True))
    assert row[:4] == (None, None, high - low, low)
    assert connection.sql(
        "SELECT DISTINCT top10_models, revenue_usd_min FROM marts.weekly_series "
        "WHERE week = ? AND NOT is_complete",
        params=[WEEK],
    ).fetchall() == [(None, None)]
    assert row[4] == pytest.approx(low / made.total(WEEK))
    assert row[5] >= high / made.total(WEEK)


def test_a_series_of_which_no_model_is_sure_is_not_nothing(database: Path) -> None:
    """The rule of Opus fits only a family that was never listed, so that all Opus may belong."""
    rules = load("series").to_pylist()
    changed = [
        {**rule, "pattern": "claude-opus-99"} if rule["series"] == "claude-opus" else rule
        for rule in rules
    ]
    replaced = {"reference.series": pa.Table.from_pylist(changed, schema=load("series").schema)}
    with rerun(database, replaced, {"marts.scope_lens"}) as connection:
        found = connection.sql(
            "SELECT models, tokens, open_tokens > 0, share, share_of_total, wow "
            "FROM marts.scope_lens WHERE week = ? AND scope = 'named' AND key = 'claude-opus'",
            params=[WEEK],
        ).fetchall()
    assert found == [(0, 0, True, None, None, None)]


def test_a_family_that_fits_two_series_is_sure_of_neither_and_one_rule_ends_in_time(
    database: Path,
) -> None:
    """In July 2026 a second rule fits 4.8; the rule of Opus itself ends on the last Sunday."""
    rules = load("series").to_pylist()
    (opus,) = (rule for rule in rules if rule["series"] == "claude-opus")
    again = {**opus, "series": "claude-four", "pattern": "claude-4.8-*", "valid_from": BEFORE}
    ended = {**opus, "valid_before": WEEK}
    others = [rule for rule in rules if rule is not opus]
    changed = (
        load("series")
        .schema.empty_table()
        .from_pylist([ended, again, *others], schema=load("series").schema)
    )
    with rerun(database, {"reference.series": changed}, {"marts.unlisted_family"}) as connection:
        found = connection.sql(
            "SELECT week, series, family, membership FROM marts.unlisted_family "
            "WHERE tokens > 0 AND series IN ('claude-opus', 'claude-four') ORDER BY ALL"
        ).fetchall()
    name = "anthropic/claude-4.8-opus"
    assert (BEFORE, "claude-four", name, "several_series") in found
    assert (BEFORE, "claude-opus", name, "several_series") in found
    assert (WEEK, "claude-four", "anthropic/claude-4.7-opus", "no_rule") in found
    assert {week for week, *_ in found} == {BEFORE, WEEK}
    assert not [row for row in found if row[0] == WEEK and row[2] == name]


def test_the_family_that_two_rules_share_fits_the_rule_that_is_named(database: Path) -> None:
    rules = load("series").to_pylist()
    opus = next(rule for rule in rules if rule["series"] == "claude-opus")
    every = {**opus, "series": "claude-every", "pattern": "claude-*"}
    changed = pa.Table.from_pylist([*rules, every], schema=load("series").schema)
    with rerun(database, {"reference.series": changed}, {"marts.series_rule"}) as connection:
        found = connection.sql(
            "SELECT series, other_series, shared_family FROM marts.series_rule "
            "WHERE shared_families > 0"
        ).fetchall()
    patterns: dict[str, list[str]] = {"claude-every": ["claude-*"]}
    for rule in rules:
        patterns.setdefault(rule["series"], []).extend(rule["pattern"].split())
    assert {series for series, *_ in found} > {"claude-every", "claude-opus", "none"}
    for series, other, family in found:
        name = family.removeprefix("anthropic/")
        for one in (series, other):
            assert any(fnmatchcase(name, pattern) for pattern in patterns[one]), (one, family)
