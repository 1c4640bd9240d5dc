"""The week and its totals: growth with intervals, moves, splits, prices, alerts."""

import statistics
from collections.abc import Callable
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.models import creation, definition
from pipelines.words import findings
from pipelines.words.language import UNKNOWN, languages
from tests.support.building import create_reference

Select = Callable[..., list[tuple[Any, ...]]]


def test_the_growth_of_the_article_week_comes_apart_exactly(select: Select) -> None:
    rows = select(
        "SELECT term, round(percentage_points, 2) FROM marts.growth_decomposition "
        "WHERE week = '2026-05-18'"
    )
    assert dict(rows) == {
        "risers": 14.32,
        "fallers": -5.40,
        "entries": 1.85,
        "exits": -3.50,
        "other": 0.21,
    }


def test_a_successor_is_neither_entry_nor_exit(select: Select) -> None:
    rows = select(
        "SELECT move, reason, linked_permaslug FROM marts.rank_moves WHERE week = '2026-07-06' "
        "AND top_n = 10 AND model_permaslug LIKE 'tencent/hy3%' ORDER BY move"
    )
    assert rows == [
        ("left", "renamed", "tencent/hy3-20260706:free"),
        ("succeeded", None, "tencent/hy3-preview-20260421"),
    ]


def test_the_article_drops_the_wrong_model(select: Select) -> None:
    rows = select(
        "SELECT model_permaslug, reason, rank, weeks_known FROM marts.rank_moves "
        "WHERE week = '2026-05-18' AND top_n = 10 AND move = 'left'"
    )
    assert rows == [("minimax/minimax-m2.7-20260318", "below_cutoff", 14, 1)]


def test_only_what_the_catalogue_has_offered_can_retire_from_it(select: Select) -> None:
    """Embedding models are ranked but never in the catalogue: that says nothing of retirement."""
    rows = select("SELECT DISTINCT model_permaslug FROM marts.rank_moves WHERE reason = 'retired'")
    assert {slug for (slug,) in rows} == {
        "inclusionai/ring-2.6-1t-20260508:free",
        "openrouter/owl-alpha",
        "x-ai/grok-4.1-fast",
    }
    gone = "SELECT reason FROM marts.rank_moves WHERE model_permaslug = 'baai/bge-m3-20251117'"
    assert set(select(f"{gone} AND move = 'left'")) == {("below_cutoff",)}


def test_the_interval_of_a_model_by_hand(select: Select) -> None:
    slug = "deepseek/deepseek-v4-flash-20260423"
    days = [
        tokens
        for (tokens,) in select(
            "SELECT tokens FROM staging.rankings_daily WHERE model_permaslug = ? "
            "AND week IN ('2026-05-11', '2026-05-18') ORDER BY date",
            slug,
        )
    ]
    logs = [log(now / before) for before, now in zip(days[:7], days[7:], strict=True)]
    half = 1.943 * statistics.stdev(logs) / sqrt(7) * sqrt(1.3 / 0.7)
    centre = statistics.mean(logs)
    (row,) = select(
        "SELECT wow_low, wow_high, wow_interval_kind FROM marts.weekly_model "
        "WHERE week = '2026-05-18' AND model_permaslug = ?",
        slug,
    )
    assert row[:2] == pytest.approx((exp(centre - half) - 1, exp(centre + half) - 1), rel=1e-6)
    assert row[2:] == ("sampling",)


def test_movers_are_called_by_benjamini_and_hochberg(select: Select) -> None:
    weeks: dict[Any, list[tuple[float, bool]]] = {}
    for week, p_value, called in select(
        "SELECT week, p_value, is_significant FROM core.model_growth"
    ):
        weeks.setdefault(week, []).append((p_value, called))
    assert len(weeks) == 10
    for tests in weeks.values():
        tests.sort()
        passing = [p for k, (p, _) in enumerate(tests, 1) if p <= 0.1 * k / len(tests)]
        assert [called for _, called in tests] == [
            p <= max(passing, default=-1.0) for p, _ in tests
        ]


def test_vendors_count_their_models_in_the_first_places(select: Select) -> None:
    assert select(
        "SELECT top9_models, top10_models, top20_models FROM marts.weekly_vendor "
        "WHERE week = '2026-05-18' AND vendor = 'deepseek'"
    ) == [(3, 3, 3)]


def test_the_scope_lens_shows_opus_at_every_scope(select: Select) -> None:
    rows = select(
        "SELECT scope, round(100 * share, 2), round(100 * share_of_total, 2) "
        "FROM marts.scope_lens WHERE week = '2026-05-18' AND key = 'claude-opus'"
    )
    assert {scope: (share, of_all) for scope, share, of_all in rows} == {
        "top9": (12.68, 6.7),
        "top10": (12.15, 6.7),
        "top20": (11.43, 8.25),
        "named": (9.27, 8.36),
    }


def test_the_ratio_is_identified_where_the_lead_is(select: Select) -> None:
    (first,) = select(
        "SELECT min(week)::VARCHAR FROM marts.origin_ratio "
        "WHERE is_identified AND week >= '2026-05-11'"
    )
    assert first == ("2026-06-01",)


def test_both_splits_add_up_and_prove_what_they_say(select: Select) -> None:
    rows = select("SELECT sum(share) FROM marts.weekly_split GROUP BY week, split")
    assert [total for (total,) in rows] == pytest.approx([1.0] * 26)
    kinds: dict[str, Any] = dict(
        select("SELECT kind, share FROM marts.weekly_split WHERE week = '2026-05-18'")
    )
    assert 0.48 < kinds["open"] < 0.49
    assert kinds["stealth"] == pytest.approx(0.04, abs=0.001)


def test_concentration_has_bounds(select: Select) -> None:
    rows = select(
        "SELECT grain, round(cr3, 3), hhi_min < hhi_max, largest FROM marts.concentration "
        "WHERE week = '2026-05-18' ORDER BY grain"
    )
    assert rows == [
        ("model", 0.292, True, "deepseek/deepseek-v4-flash-20260423"),
        ("vendor", 0.494, True, "deepseek"),
    ]


def test_a_week_of_days_has_the_mean_one(select: Select) -> None:
    rows = select("SELECT avg(factor), count(*) FROM marts.daily_profile GROUP BY week")
    assert all(mean == pytest.approx(1) and days == 7 for mean, days in rows)


def test_every_price_change_of_a_week_is_between_two_dates(select: Select) -> None:
    """The sample has one catalogue per week, so each change is one of the dated ones."""
    ((changes,),) = select("SELECT count(*) FROM marts.price_changes")
    ((dated,),) = select(
        "SELECT count(*) FROM marts.price_changes AS weekly WHERE EXISTS ("
        "FROM marts.dated_price_changes AS dated WHERE weekly.model_id = dated.model_id "
        "AND weekly.price = dated.price AND weekly.previous_usd = dated.previous_usd "
        "AND weekly.current_usd = dated.current_usd AND dated.seen_at >= weekly.week "
        "AND dated.last_seen_before >= weekly.previous_week)"
    )
    assert changes == dated > 500


def test_price_changes_are_of_models_in_both_catalogues(select: Select) -> None:
    ((changes, wrong),) = select(
        "SELECT count(*), count(*) FILTER (WHERE previous_usd = current_usd) "
        "FROM marts.price_changes"
    )
    assert changes > 500
    assert wrong == 0


def test_every_alert_has_its_evidence(select: Select) -> None:
    kinds: dict[str, Any] = dict(select("SELECT kind, count(*) FROM marts.alerts GROUP BY kind"))
    assert set(kinds) >= {"mover", "price_change", "new_stealth", "unknown_author"}
    assert set(kinds) >= {"free_variant_added", "free_variant_removed", "single_app"}
    assert kinds["mover"] == 36
    assert select(
        "SELECT count(*) FROM marts.alerts WHERE kind = 'price_change' AND abs(size) < 0.0999"
    ) == [(0,)]


def test_every_alert_has_a_sentence_in_every_language(database: Path) -> None:
    with duckdb.connect(database, read_only=True) as connection:
        alerts = connection.sql("FROM marts.alerts").pl().to_dicts()
    for language in languages():
        for alert in alerts:
            sentence = findings.alert(language, alert)
            assert alert["subject"] in sentence
            assert UNKNOWN not in sentence and "None" not in sentence, sentence


def test_an_incomplete_week_has_a_nowcast_with_a_band_and_no_growth(database: Path) -> None:
    with duckdb.connect() as connection:
        connection.sql("SET TimeZone = 'UTC'")
        connection.sql(f"ATTACH '{database}' AS published (READ_ONLY)")
        for schema in definition.SCHEMAS:
            connection.sql(f"CREATE SCHEMA {schema}")
        create_reference(connection)
        for model in definition.load():
            if model.name == "staging.rankings_daily":
                connection.sql(
                    f"CREATE VIEW {model.name} AS FROM published.{model.name} "
                    "WHERE date < '2026-07-16'"
                )
            elif model.name in ("core.day", "core.week", "marts.daily_profile", "marts.nowcast"):
                creation.create(connection, model)
            elif model.schema != definition.PRIVATE:
                connection.sql(f"CREATE VIEW {model.name} AS FROM published.{model.name}")
        ((week, seen, estimate, low, high, past_weeks),) = connection.sql(
            "SELECT week::VARCHAR, days_seen, nowcast_tokens, nowcast_low, nowcast_high, "
            "past_weeks FROM marts.nowcast"
        ).fetchall()
        ((true,),) = connection.sql(
            "SELECT total_tokens FROM published.core.week WHERE week = '2026-07-13'"
        ).fetchall()
    assert (week, seen, past_weeks) == ("2026-07-13", 3, 12)
    assert estimate == pytest.approx(true, rel=0.1)
    assert low < estimate < high
    assert low < true < high


def test_three_models_made_the_growth_of_the_newest_week(select: Select) -> None:
    rows = select(
        "SELECT model_permaslug, round(share_of_change, 2), payment FROM marts.growth_contributors "
        "WHERE week = '2026-07-13' AND rank <= 3 ORDER BY rank"
    )
    assert rows == [
        ("tencent/hy3-20260706:free", 0.49, "free"),
        ("xiaomi/mimo-v2.5-20260422", 0.33, "paid"),
        ("nvidia/nemotron-3-ultra-550b-a55b-20260604:free", 0.11, "free"),
    ]


def test_where_the_market_shrank_the_first_contributor_fell_most(select: Select) -> None:
    rows = select(
        "SELECT model_permaslug, change_tokens < 0, payment FROM marts.growth_contributors "
        "WHERE week = '2026-06-29' AND rank = 1"
    )
    assert rows == [("openrouter/owl-alpha", True, "stealth")]


def test_a_share_is_followed_from_before_its_price_fell(select: Select) -> None:
    rows = select(
        "SELECT round(100 * prompt_change), round(100 * completion_change), week, "
        "round(100 * share, 1) FROM marts.share_after_price WHERE model_id = 'xiaomi/mimo-v2.5' "
        "AND changed_week = '2026-05-25' ORDER BY week"
    )
    assert {row[:2] for row in rows} == {(-65, -86)}
    shares = {f"{week}": share for _, _, week, share in rows}
    assert (shares["2026-05-18"], shares["2026-05-25"], shares["2026-07-13"]) == (0.3, 4.6, 14.8)


def test_what_is_free_costs_nothing_and_what_is_unknown_is_not_counted(select: Select) -> None:
    rows = select(
        "SELECT week, usd_per_million_p50, revenue_usd_p50 FROM marts.weekly_revenue "
        "WHERE week >= '2026-05-11'"
    )
    for week, per_million, revenue in rows:
        ((tokens,),) = select(
            "SELECT sum(tokens) FROM marts.weekly_split WHERE week = ? AND split = 'payment' "
            "AND kind IN ('paid', 'free', 'stealth')",
            week,
        )
        assert per_million == pytest.approx(1e6 * revenue / tokens)
