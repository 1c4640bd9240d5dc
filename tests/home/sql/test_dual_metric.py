"""Token share against revenue share, on real rows and with rows removed."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.models import build
from pipelines.settings import SAMPLE
from tests.support.building import models_of

Select = Callable[..., list[tuple[Any, ...]]]


class TestTheWeekOfTheArticle:
    def test_anthropic(self, select: Select) -> None:
        (row,) = select(
            "SELECT token_share, revenue_share_p10, revenue_share_p50, revenue_share_p90 "
            "FROM marts.dual_metric "
            "WHERE week = '2026-05-18' AND grain = 'vendor' AND key = 'anthropic'"
        )
        assert row == pytest.approx((0.161, 0.515, 0.562, 0.605), abs=0.003)

    def test_opus(self, select: Select) -> None:
        (row,) = select(
            "SELECT token_share, revenue_share_p10, revenue_share_p50, revenue_share_p90 "
            "FROM marts.weekly_series WHERE week = '2026-05-18' AND series = 'claude-opus'"
        )
        assert row == pytest.approx((0.084, 0.306, 0.349, 0.393), abs=0.003)

    def test_the_market(self, select: Select) -> None:
        (row,) = select(
            "SELECT revenue_usd_p10 / 1e6, revenue_usd_p50 / 1e6, revenue_usd_p90 / 1e6, "
            "naive_half_usd / 1e6, naive_three_to_one_usd / 1e6 "
            "FROM marts.weekly_revenue WHERE week = '2026-05-18'"
        )
        assert row == pytest.approx((12.1, 14.6, 17.6, 83.1, 55.2), rel=0.01)


def test_token_shares_of_every_grain_add_up_to_one(select: Select) -> None:
    rows = select("SELECT sum(token_share) FROM marts.dual_metric GROUP BY week, grain")
    assert len(rows) == 13 * 5
    assert [total for (total,) in rows] == pytest.approx([1.0] * len(rows))


def test_mid_shares_of_every_grain_add_up_to_one(select: Select) -> None:
    rows = select("SELECT sum(revenue_share_mid) FROM marts.dual_metric GROUP BY week, grain")
    assert [total for (total,) in rows] == pytest.approx([1.0] * len(rows))


def test_free_and_stealth_earn_nothing_and_other_is_unknown(select: Select) -> None:
    rows = select(
        "SELECT key, revenue_usd_p50, coverage, unpriced_because FROM marts.dual_metric "
        "WHERE week = '2026-05-18' AND grain = 'tier' AND revenue_method IS NULL ORDER BY key"
    )
    assert rows == [
        ("free", 0.0, 0.0, "free"),
        ("other", None, 0.0, "other"),
        ("stealth", 0.0, 0.0, "stealth"),
        ("unpriced", None, 0.0, "unlisted"),
    ]


def test_what_has_other_prices_for_long_prompts_is_a_part_of_the_tokens_or_unknown(
    select: Select,
) -> None:
    """Only the newest catalogue prints such prices; 43 of its models have one."""
    newest = max((SAMPLE / "models").iterdir())
    slugs = {
        offer["canonical_slug"]
        for offer in json.loads(gzip.decompress(newest.read_bytes()))["data"]
        if offer["pricing"].get("overrides")
    }
    tokens: dict[str, int] = dict(
        select(
            "SELECT model_permaslug, tokens FROM core.model_value "
            "WHERE week = '2026-07-13' AND unpriced_because IS NULL"
        )
    )
    (named,) = select("SELECT sum(tokens) FROM core.model_value WHERE week = '2026-07-13'")
    conditional = sum(count for slug, count in tokens.items() if slug in slugs)
    assert conditional > 0
    assert select(
        "SELECT week::VARCHAR, conditional_coverage FROM marts.weekly_revenue "
        "WHERE conditional_coverage IS NOT NULL"
    ) == [("2026-07-13", pytest.approx(conditional / named[0]))]


def test_the_mid_is_near_the_median_while_evidence_is_young(select: Select) -> None:
    """Old evidence draws completions up further than down, and they are what costs most."""
    rows = select(
        "SELECT abs(mid_over_p50) FROM marts.weekly_revenue WHERE week > '2026-01-01' ORDER BY week"
    )
    distances = [distance for (distance,) in rows]
    assert distances == sorted(distances)
    assert 0 < distances[0] < distances[3] < 0.05 < distances[-1] < 0.12


@pytest.mark.accept
def test_a_week_without_a_catalogue_has_tokens_and_no_revenue(
    sample_lake: Path, tmp_path: Path
) -> None:
    shutil.copytree(sample_lake / "rankings_daily", tmp_path / "lake" / "rankings_daily")
    aside, results = build.build(tmp_path, models_of("marts.dual_metric marts.weekly_revenue"))
    assert [f"{result}" for result in results if result.failures] == []
    with duckdb.connect(aside, read_only=True) as connection:
        reasons = connection.sql(
            "SELECT DISTINCT unpriced_because FROM marts.dual_metric WHERE key <> 'other'"
        ).fetchall()
        known = connection.sql(
            "SELECT count(*), count(revenue_usd_p50), count(revenue_usd_mid) FROM marts.dual_metric"
        ).fetchall()
        market = connection.sql("SELECT revenue_usd_p50 FROM marts.weekly_revenue").fetchall()
    assert reasons == [("no_catalogue",)]
    assert known[0][0] > 1900
    assert known[0][1:] == (0, 0)
    assert set(market) == {(None,)}
