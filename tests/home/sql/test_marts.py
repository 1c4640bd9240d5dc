"""The numbers that the method promises, on real rows."""

import itertools
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.lake import decisions
from pipelines.models import creation, definition
from pipelines.reference.loader import load_all
from pipelines.reference.origins import BLOCS
from pipelines.settings import SAMPLE

Select = Callable[..., list[tuple[Any, ...]]]


class TestWeeklyTotal:
    def test_the_week_of_the_article(self, select: Select) -> None:
        (row,) = select(
            "SELECT total_tokens, named_tokens + other_tokens, round(100 * wow, 2), rising_streak, "
            "round(year_ago_multiple, 1), days_seen, source "
            "FROM marts.weekly_total WHERE week = '2026-05-18'"
        )
        total = 28_920_204_910_828
        assert row == (total, total, 7.49, 5, 12.2, 7, "daily_rows")

    def test_weeks_without_rows_come_from_the_published_totals(self, select: Select) -> None:
        sources = select(
            "SELECT source, count(*) FROM marts.weekly_total GROUP BY ALL ORDER BY ALL"
        )
        assert sources == [("daily_rows", 13), ("published_total", 67)]

    def test_a_week_with_a_vanished_day_has_no_growth_and_gives_none(self, select: Select) -> None:
        rows = select(
            "SELECT days_seen, is_complete, wow, rising_streak FROM marts.weekly_total "
            "WHERE week IN ('2025-06-09', '2025-06-16') ORDER BY week"
        )
        assert rows == [(6, False, None, None), (7, True, None, None)]

    def test_a_known_hole_is_counted_in_its_week(self, select: Select) -> None:
        weeks = select(
            "SELECT week::VARCHAR, known_holes, days_seen, source FROM marts.weekly_total "
            "WHERE known_holes > 0 ORDER BY week"
        )
        assert weeks == [
            ("2025-06-09", 1, 6, "published_total"),
            ("2025-07-14", 1, 6, "published_total"),
        ]

    def test_a_streak_carries_moves_under_one_percent(self, select: Select) -> None:
        rows = select(
            "SELECT round(100 * wow, 2), rising_streak FROM marts.weekly_total "
            "WHERE week BETWEEN '2026-06-15' AND '2026-07-06' ORDER BY week"
        )
        assert [row[0] for row in rows] == [4.56, 0.14, 0.0, 12.63]
        first = rows[0][1]
        assert [row[1] for row in rows] == [first, first, first, first + 1]

    def test_the_strict_streak_counts_every_rise_and_ends_with_any_fall(
        self, select: Select
    ) -> None:
        rows = select(
            "SELECT strict_rising_streak, streak_weeks_up, streak_weeks FROM marts.weekly_total "
            "WHERE week BETWEEN '2026-06-15' AND '2026-07-13' ORDER BY week"
        )
        assert rows == [(9, 9, 9), (10, 10, 10), (0, 10, 11), (1, 11, 12), (2, 12, 13)]
        article = select(
            "SELECT strict_rising_streak FROM marts.weekly_total WHERE week='2026-05-18'"
        )
        assert article == [(5,)]

    def test_only_a_streak_from_the_first_week_is_a_lower_bound(self, select: Select) -> None:
        begins = select(
            "SELECT week::VARCHAR, rising_streak FROM marts.weekly_total "
            "WHERE streak_is_lower_bound ORDER BY week"
        )
        assert begins[0] == ("2025-01-13", 1)
        assert [streak for _, streak in begins] == list(range(1, len(begins) + 1))


class TestWeeklyModel:
    def test_the_first_ranks_of_the_article(self, select: Select) -> None:
        rows = select("SELECT rank, model_permaslug, tokens FROM marts.top_models('2026-05-18', 3)")
        assert rows[0] == (1, "deepseek/deepseek-v4-flash-20260423", 3_425_801_372_074)
        assert rows[2][:2] == (3, "anthropic/claude-4.7-opus-20260416")

    def test_a_model_that_left_the_top_fifty_is_below_the_cutoff_not_at_zero(
        self, select: Select
    ) -> None:
        rows = select(
            "SELECT tokens, tokens_low, tokens_high, wow, wow_low, wow_high, rank "
            "FROM marts.weekly_model WHERE status = 'below_cutoff'"
        )
        assert len(rows) > 20
        for tokens, low, high, wow, wow_low, wow_high, rank in rows:
            assert (tokens, low, wow, rank) == (None, 0, None, None)
            assert high > 0
            assert wow_low is None or wow_low == -1
            assert wow_high is None or wow_high > -1

    def test_growth_needs_seven_days_in_both_weeks(self, select: Select) -> None:
        assert select(
            "SELECT count(*) FROM marts.weekly_model AS now LEFT JOIN marts.weekly_model AS before "
            "ON now.model_permaslug = before.model_permaslug "
            "AND before.week = now.week - INTERVAL 7 DAY "
            "WHERE (now.wow IS NOT NULL) "
            "<> (now.days_seen = 7 AND coalesce(before.days_seen, 0) = 7)"
        ) == [(0,)]

    def test_a_variant_keeps_its_family_and_a_date_does_not(self, select: Select) -> None:
        rows = select(
            "SELECT DISTINCT model_permaslug, family, variant FROM marts.weekly_model "
            "WHERE model_permaslug IN ('tencent/hy3-20260706:free', "
            "'qwen/qwen3-next-80b-a3b-instruct-2509', 'openai/gpt-4o-2024-11-20') ORDER BY 1"
        )
        assert [row[1:] for row in rows] == [
            ("openai/gpt-4o", "standard"),
            ("qwen/qwen3-next-80b-a3b-instruct", "standard"),
            ("tencent/hy3", "free"),
        ]


class TestWeeklyOrigin:
    @pytest.mark.parametrize(
        ("scope", "bloc", "tokens", "growth"),
        [
            ("top9", "CN", 9.2137, 19.81),
            ("top9", "US", 4.9237, 16.34),
            ("named", "CN", 12.630, 4.79),
            ("named", "US", 12.163, 10.04),
        ],
    )
    def test_the_split_of_the_article_week(
        self, select: Select, scope: str, bloc: str, tokens: float, growth: float
    ) -> None:
        (row,) = select(
            "SELECT tokens / 1e12, 100 * wow FROM marts.weekly_origin "
            "WHERE week = '2026-05-18' AND scope = ? AND bloc = ?",
            scope,
            bloc,
        )
        assert row == pytest.approx((tokens, growth), abs=5.1e-3)

    def test_the_lead_is_first_identified_in_june(self, select: Select) -> None:
        (first,) = select(
            "SELECT min(week)::VARCHAR FROM marts.weekly_origin "
            "WHERE bloc = 'CN' AND lead_identified"
        )
        assert first == ("2026-06-01",)

    def test_the_lead_streak_says_where_the_rows_begin(self, select: Select) -> None:
        rows = select(
            "SELECT lead_streak, lead_streak_is_lower_bound FROM marts.weekly_origin "
            "WHERE week = '2026-05-18' AND scope = 'named' AND bloc IN ('CN', 'US') ORDER BY bloc"
        )
        assert rows == [(2, True), (0, False)]

    def test_early_2025(self, select: Select) -> None:
        (row,) = select(
            "SELECT round(share_of_total, 3) FROM marts.weekly_origin "
            "WHERE week = '2025-01-06' AND scope = 'named' AND bloc = 'CN'"
        )
        assert row == (0.061,)

    def test_stealth_and_other_stay_on_no_side(self, select: Select) -> None:
        (row,) = select(
            "SELECT round(share_of_total, 3) FROM marts.weekly_origin "
            "WHERE week = '2026-05-18' AND scope = 'named' AND bloc = 'STEALTH'"
        )
        assert row == (0.04,)

    def test_every_bloc_has_a_row_at_every_scope(self, select: Select) -> None:
        assert select("SELECT count(*), count(DISTINCT week) FROM marts.weekly_origin") == [
            (13 * 4 * 5, 13)
        ]
        assert select("SELECT DISTINCT bloc FROM marts.weekly_origin ORDER BY bloc") == [
            (bloc,) for bloc in sorted(BLOCS)
        ]


class TestScopeLens:
    @pytest.mark.parametrize(
        ("grain", "column"), [("vendor", "vendor"), ("bloc", "bloc"), ("family", "family")]
    )
    def test_the_upper_bound_counts_every_unattributed_token_once(
        self, select: Select, grain: str, column: str
    ) -> None:
        """At most a group has its own tokens and all that no country is known for."""
        totals = select("SELECT week, total_tokens, other_tokens FROM marts.weekly_total")
        known = {week: (total, other) for week, total, other in totals}
        unattributed = dict[date, int]()
        possible = dict[tuple[date, str], int]()
        for week, key, bloc, tokens in select(
            f"SELECT week, {column}, bloc, tokens FROM marts.weekly_model WHERE tokens IS NOT NULL"
        ):
            if bloc in ("STEALTH", "UNATTRIBUTED"):
                unattributed[week] = unattributed.get(week, 0) + tokens
                tokens = 0
            possible[week, key] = possible.get((week, key), 0) + tokens
        expected = {
            (week, key): pytest.approx(
                (tokens + unattributed.get(week, 0) + known[week][1]) / known[week][0]
            )
            for (week, key), tokens in possible.items()
        }
        published = select(
            "SELECT week, key, share_max FROM marts.scope_lens WHERE scope = 'named' AND grain = ?",
            grain,
        )
        assert {(week, key): share for week, key, share in published} == expected
        assert unattributed

    def test_the_upper_bound_of_a_model_is_its_own(self, select: Select) -> None:
        assert not select(
            "SELECT lens.week, lens.key FROM marts.scope_lens AS lens "
            "JOIN marts.weekly_model AS model ON lens.week = model.week "
            "AND lens.key = model.model_permaslug "
            "JOIN marts.weekly_total AS total ON lens.week = total.week "
            "WHERE lens.grain = 'model' "
            "AND abs(lens.share_max - model.tokens_high / total.total_tokens) > 1e-12"
        )


class TestRoutingTable:
    def test_another_week_gives_another_table(self, select: Select) -> None:
        tables = select(
            "SELECT week, string_agg(model_id, ' ' ORDER BY workload, position) "
            "FROM marts.routing_table WHERE week >= '2026-05-11' GROUP BY week"
        )
        assert len(tables) == 10
        assert len({models for _, models in tables}) > 4

    def test_a_route_is_one_primary_and_two_fallbacks_of_other_vendors(
        self, select: Select
    ) -> None:
        routes = select(
            "SELECT count(*), count(DISTINCT vendor) FROM marts.routing_table "
            "WHERE role <> 'escalation' GROUP BY week, workload"
        )
        assert set(routes) == {(3, 3)}
        assert len(routes) == 10 * 6

    def test_a_chain_of_one_origin_has_no_other_that_reaches_the_floor(
        self, select: Select
    ) -> None:
        of_one_origin = (
            "SELECT week, workload, any_value(bloc) AS bloc FROM marts.routing_table "
            "WHERE role <> 'escalation' GROUP BY week, workload HAVING count(DISTINCT bloc) = 1"
        )
        assert (
            select(
                "SELECT route.week, route.workload, option.model_id "
                f"FROM ({of_one_origin}) AS route INNER JOIN marts.routing_option AS option "
                "ON route.week = option.week AND route.workload = option.workload "
                "AND route.bloc <> option.bloc AND option.is_feasible"
            )
            == []
        )
        ((chains,),) = select(f"SELECT count(*) FROM ({of_one_origin})")
        assert 0 < chains < 30

    def test_what_a_fallback_reaches_alone_is_in_the_table(self, select: Select) -> None:
        rows = select(
            "SELECT is_degraded, bool_and(coalesce(success_low, capability_low) >= quality_floor), "
            "bool_or(coalesce(success_low, capability_low) >= quality_floor), count(*) "
            "FROM marts.routing_table WHERE role = 'fallback' GROUP BY 1 ORDER BY 1"
        )
        assert [row[:3] for row in rows] == [(False, True, True), (True, False, False)]
        assert sum(row[3] for row in rows) == 120

    def test_no_gateway_escalates_so_no_route_does(self, select: Select) -> None:
        assert select("SELECT DISTINCT escalation_model_id FROM marts.routing_option") == [("",)]
        assert select("SELECT role FROM marts.routing_table WHERE role = 'escalation'") == []

    def test_the_cheapest_model_that_reaches_the_floor_alone(self, select: Select) -> None:
        """For 2026-07-13 at list prices, with the noise of benchmarks in the lower bound."""
        rows = select(
            "SELECT workload, arg_min(model_id, expected_cost_usd), "
            "round(min(expected_cost_usd), 4), "
            "round(arg_min(success_low, expected_cost_usd), 3) FROM marts.routing_option "
            "WHERE week = '2026-07-13' AND is_feasible AND workload <> 'multimodal_documents' "
            "GROUP BY workload ORDER BY workload"
        )
        assert rows == [
            ("agent_tool_loop", "google/gemini-3.5-flash", 0.2461, 0.705),
            ("batch_refactor", "google/gemini-3.5-flash", 0.1634, 0.823),
            ("complex_enterprise", "openai/gpt-5.4", 1.1496, 0.412),
            ("inline_completion", "z-ai/glm-5.2", 0.0012, 0.791),
            ("pr_review", "google/gemini-3.1-pro-preview", 0.1449, 0.565),
        ]

    def test_no_switch_is_taken_back_within_two_weeks(self, select: Select) -> None:
        """Where no broken rule made either switch."""
        switches = select(
            "SELECT workload, week, previous_model_id, model_id, cause "
            "FROM marts.routing_history WHERE action = 'switch' ORDER BY workload, week"
        )
        back = [
            (first, second)
            for first, second in itertools.pairwise(switches)
            if first[0] == second[0]
            and second[1] - first[1] <= timedelta(days=14)
            and first[2] == second[3]
            and "broken_rule" not in (first[4], second[4])
        ]
        assert back == []
        assert len(switches) == 4

    def test_next_weeks_cost_is_inside_the_band_of_the_week(self, select: Select) -> None:
        """The cost of a pick at next week's prices, for at least 80% of the picks."""
        ((inside, picks),) = select(
            "SELECT count(*) FILTER (WHERE candidate.cost_per_task_usd "
            "BETWEEN pick.cost_p10 AND pick.cost_p90), count(*) "
            "FROM marts.routing_certificate AS pick "
            "INNER JOIN marts.routing_candidate AS candidate "
            "ON candidate.week = pick.week + 7 AND pick.workload = candidate.workload "
            "AND pick.model_id = candidate.model_id AND candidate.cost_per_task_usd IS NOT NULL"
        )
        assert picks == 9 * 6
        assert inside >= 0.8 * picks

    def test_the_newest_week_fills_its_workloads_with_several_primaries(
        self, select: Select
    ) -> None:
        assert select(
            "SELECT count(*), count(DISTINCT model_id) FROM marts.routing_table "
            "WHERE week = '2026-07-13' AND position = 0"
        ) == [(6, 5)]

    def test_prices_are_the_last_seen_from_monday_to_the_tuesday_after(
        self, select: Select
    ) -> None:
        rows = select(
            "SELECT fetched_at::DATE::VARCHAR, count(*) FROM staging.catalogue "
            "WHERE week = '2026-07-13' GROUP BY ALL ORDER BY ALL"
        )
        assert rows == [("2026-07-13", 13), ("2026-07-20", 328)]

    def test_the_price_key_finds_nearly_every_named_token(self, select: Select) -> None:
        rows = select(
            "SELECT sum(tokens) FILTER (WHERE offer.model_id IS NOT NULL) / sum(tokens) "
            "FROM marts.weekly_model AS model LEFT JOIN staging.catalogue AS offer "
            "ON model.week = offer.week AND model.variant = offer.variant "
            "AND offer.canonical_slug = split_part(model.model_permaslug, ':', 1) "
            "WHERE model.week >= '2026-05-11' GROUP BY model.week"
        )
        assert len(rows) == 10
        assert all(0.992 < share <= 1 for (share,) in rows)

    def test_the_cost_of_a_task_by_hand(self, select: Select) -> None:
        # 30 requests of 8,000 … 32,000 tokens and 600 out; nine tenths of a replay are cached.
        (row,) = select(
            "SELECT catalogue.prompt_price, cache_read_price, catalogue.completion_price, "
            "cost_per_task_usd FROM marts.routing_candidate AS candidate "
            "INNER JOIN staging.catalogue AS catalogue "
            "ON candidate.week = catalogue.week AND candidate.model_id = catalogue.model_id "
            "WHERE candidate.week = '2026-07-13' AND workload = 'agent_tool_loop' "
            "AND candidate.model_id = 'deepseek/deepseek-v4-flash' AND cache_write_price IS NULL"
        )
        prompts = [8_000 + step * 24_000 / 29 for step in range(30)]
        cached = [0.0, *(0.9 * prompt for prompt in prompts[:-1])]
        cost = (
            sum(
                (prompt - hit) * row[0] + hit * row[1] + 600 * row[2]
                for prompt, hit in zip(prompts, cached, strict=True)
            )
            / 1e6
        )
        assert row[3] == pytest.approx(cost, rel=1e-9)

    def test_internal_data_is_blocked(self, select: Select) -> None:
        assert select(
            "SELECT DISTINCT workload.data_class, blocked_because "
            "FROM marts.routing_table AS route "
            "INNER JOIN staging.workload ON route.workload = workload.workload ORDER BY 1"
        ) == [("internal", "no_signed_agreement"), ("public", None)]

    def test_no_free_no_stealth_no_alias(self, select: Select) -> None:
        assert select(
            "SELECT count(*) FROM marts.routing_table WHERE model_id LIKE '%:%' "
            "OR model_id LIKE 'openrouter/%' OR model_id LIKE '~%' OR cost_per_task_usd <= 0"
        ) == [(0,)]

    def test_every_rejection_has_a_reason_and_every_rule_rejects(self, select: Select) -> None:
        reasons = select(
            "SELECT rejected_because, count(*) FROM marts.routing_candidate GROUP BY ALL"
        )
        assert {reason for reason, _ in reasons} == {
            None,
            "price_unknown_or_zero",
            "context_too_short",
            "takes_no_images",
            "calls_no_tools",
            "origin_not_allowed",
            "listed_too_recently",
            "retires_too_soon",
            "no_quality_evidence",
            "not_adopted",
            "no_longer_listed",
        }


@pytest.mark.accept
def test_shuffled_rows_change_no_model(database: Path) -> None:
    """Build the marts from the same staging and reference rows in another order."""
    shuffled = duckdb.connect(config={"threads": 1})
    with closing(shuffled) as connection:
        connection.sql("SET TimeZone = 'UTC'")
        connection.sql(f"ATTACH '{database}' AS published (READ_ONLY)")
        for schema in (*definition.SCHEMAS, "home", "reference"):
            connection.sql(f"CREATE SCHEMA {schema}")
        connection.sql("CREATE TABLE home.accepted (name VARCHAR, size DOUBLE)")
        connection.sql("CREATE TABLE home.published_week (week DATE, days_seen BIGINT)")
        nothing = decisions.read(database.parent / "nowhere")
        connection.register("incoming", nothing)
        connection.sql("CREATE TABLE home.route_decision AS FROM incoming")
        for table, rows in load_all().items():
            connection.register("incoming", rows)
            connection.sql(
                f"CREATE TABLE reference.{table} AS FROM incoming "
                "ORDER BY hash(COLUMNS(*)::VARCHAR)"
            )
        for model in definition.load():
            if any(name.startswith("lake.") for name in model.inputs) and model.schema == "private":
                columns = ", ".join(f"{one.name} {one.type}" for one in model.columns)
                connection.sql(f"CREATE TABLE {model.name} ({columns})")
            elif model.schema == "private":
                creation.create(connection, model)
            elif model.schema in ("usage", "staging"):
                connection.sql(
                    f"CREATE TABLE {model.name} AS FROM published.{model.name} "
                    "ORDER BY hash(COLUMNS(*)::VARCHAR)"
                )
            else:
                creation.create(connection, model)
                for left, right in (("", "published."), ("published.", "")):
                    different = connection.sql(
                        f"FROM {left}{model.name} EXCEPT FROM {right}{model.name}"
                    )
                    assert different.fetchall() == [], model.name


def test_the_sample_cites_its_source() -> None:
    assert "CC BY 4.0" in (SAMPLE / "README.md").read_text()
