"""Prices of the day: real weeks with a promotion or a gap, and changes worked out by the minute."""

import shutil
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import pytest

from pipelines.lake.vintages import list_vintages, write_vintage
from pipelines.sources.snapshot import Snapshot
from tests.home.sql.test_rules_on_rows import MONDAY, Home, noon, standard, week
from tests.support import ingesting

GLM = "z-ai/glm-5.2-20260616"
REVENUE = (
    "SELECT week, model_permaslug, revenue_usd_min, revenue_usd_mid, revenue_usd_max, "
    "unpriced_because FROM core.model_value"
)
LATE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def sample(tmp_path: Path, sample_lake: Path) -> Home:
    shutil.copytree(sample_lake, tmp_path / "lake")
    return Home(tmp_path)


def reprice(home: Home, day: date, slug: str, factor: float) -> None:
    """Change a model's prices in the catalogue of a day, and nothing else."""
    lake = home.folder / "lake"
    (vintage,) = (one for one in list_vintages(lake, "models") if one.as_of.date() == day)
    table = pq.ParquetFile(vintage.path).read()
    rows = table.to_pylist()
    for row in rows:
        if row["canonical_slug"] == slug:
            for price in ("prompt_price", "completion_price", "cache_read_price"):
                row[price] = row[price] and f"{float(row[price]) * factor:.12f}"
    ingesting.retract(lake, vintage)
    changed = table.from_pylist(rows, schema=table.schema)
    write_vintage(lake, "models", Snapshot(vintage.as_of, True, changed))


def revenue_of(home: Home) -> dict[tuple[date, str], tuple[float, float, float]]:
    return {
        (monday, slug): (low, mid, high) for monday, slug, low, mid, high, _ in home.select(REVENUE)
    }


@pytest.mark.accept
def test_a_promotion_of_94_percent_is_between_the_prices_and_not_the_price_of_the_week(
    sample: Home,
) -> None:
    newest, before = date(2026, 7, 13), date(2026, 7, 6)
    plain = revenue_of(sample)
    reprice(sample, date(2026, 7, 20), GLM, 0.06)
    promoted = revenue_of(sample)
    low, mid, high = promoted[newest, GLM]
    assert low < 0.11 * high
    assert 0.4 < (mid - low) / (high - low) < 0.6
    assert high == pytest.approx(plain[newest, GLM][2], rel=0.15)
    assert promoted[before, GLM] == plain[before, GLM]  # the Monday after may not reach back
    others = {key for key in plain if key[1] != GLM}
    assert {promoted[key] == plain[key] for key in others} == {True}


@pytest.mark.parametrize(
    ("kept", "no_catalogue"),
    [
        ({"2026-07-20"}, {"2026-05-11", "2026-05-18", "2026-05-25", "2026-06-01", "2026-06-08",
                          "2026-06-15", "2026-06-22", "2026-06-29"}),
        ({"2026-05-18", "2026-06-29"}, {"2026-06-08", "2026-07-20"}),
        ({"2026-06-01"}, {"2026-05-11", "2026-06-22", "2026-06-29", "2026-07-06", "2026-07-13"}),
    ],
)  # fmt: skip
def test_a_week_without_a_catalogue_within_14_days_has_no_revenue(
    sample: Home, kept: set[str], no_catalogue: set[str]
) -> None:
    for vintage in list_vintages(sample.folder / "lake", "models"):
        if f"{vintage.as_of.date()}" not in kept:
            ingesting.retract(sample.folder / "lake", vintage)
    rows = sample.select(
        "SELECT DISTINCT week, unpriced_because = 'no_catalogue' FROM core.model_value "
        "WHERE week > '2026-01-01' AND unpriced_because IS NOT DISTINCT FROM "
        "CASE WHEN unpriced_because = 'no_catalogue' THEN 'no_catalogue' END"
    )
    dark = {f"{monday}" for monday, is_dark in rows if is_dark}
    assert dark == {monday for monday in no_catalogue if monday <= "2026-07-13"}
    reach = {f"{monday}" for monday, is_dark in rows if not is_dark}
    days = [date.fromisoformat(day) for day in kept]
    for monday in map(date.fromisoformat, dark | reach):
        near = [day for day in days if -14 <= (day - monday).days <= 20]
        assert (f"{monday}" in reach) == bool(near)


PRICES = ("0.000001", "0.000003", "0.000002", "0.00001")


def fetched(rng: np.random.Generator) -> list[float]:
    """Return the instants of some catalogues around a week, in days since its Monday."""
    days = rng.choice(np.arange(-13.5, 8.9, 0.35), rng.integers(1, 9), replace=False)
    return sorted(float(day) for day in days)


@pytest.mark.accept
@pytest.mark.parametrize("seed", range(6))
def test_changing_prices_by_the_minute(tmp_path: Path, seed: int) -> None:
    """Twelve models, each listed in some catalogues at random prices; tokens differ by day."""
    rng = np.random.default_rng(seed)
    home, catalogues = Home(tmp_path), fetched(rng)
    slugs = [f"deepseek/m{number}" for number in range(12)]
    tokens = {slug: rng.integers(10**6, 10**9, 7) for slug in slugs}
    home.add(
        {
            (MONDAY + timedelta(days=day), slug): int(tokens[slug][day])
            for slug in slugs
            for day in range(7)
        },
        LATE,
    )
    listed: dict[str, dict[float, str]] = {slug: {} for slug in slugs}
    for at in catalogues:
        for slug in slugs:
            if rng.random() < 0.8:
                listed[slug][at] = str(rng.choice(PRICES))
        offered = [standard(slug, seen[at]) for slug, seen in listed.items() if at in seen]
        home.offer(instant(at), standard("openai/always", "0.000001"), *offered)
    found = {slug: row for _, slug, *row in home.select(REVENUE)}
    for slug in slugs:
        expected = by_the_minute(reachable(catalogues, listed[slug]), tokens[slug])
        if expected is None:
            assert found[slug][3] == "unlisted"
        else:
            assert found[slug][3] is None
            assert found[slug][:3] == pytest.approx(expected, rel=2e-3)


def instant(days: float) -> datetime:
    midnight = datetime(MONDAY.year, MONDAY.month, MONDAY.day, tzinfo=UTC)
    return midnight + timedelta(seconds=round(days * 86400))


def reachable(catalogues: list[float], seen: dict[float, str]) -> list[tuple[float, float]]:
    """Return a model's listings, instant and price, in the catalogues that price the week."""
    before = [at for at in catalogues if at < 0]
    used = [at for at in catalogues if at >= 0] + before[-1:]
    return sorted((at, float(seen[at])) for at in used if at in seen)


def by_the_minute(
    listings: list[tuple[float, float]], tokens: npt.NDArray[np.int64]
) -> tuple[float, float, float] | None:
    """Return least, middle and most revenue in USD, minute by minute."""
    if not listings:
        return None
    minutes = (np.arange(7 * 1440) + 0.5) / 1440
    per_minute = np.repeat(tokens / 1440, 1440)
    low, mid, high = (np.full(len(minutes), listings[0][1]) for _ in range(3))
    for (after, old), (before, new) in pairwise(listings):
        between = (after < minutes) & (minutes < before)
        low[between], high[between] = min(old, new), max(old, new)
        mid[between] = np.where(minutes[between] < (after + before) / 2, old, new)
        for prices in (low, mid, high):
            prices[minutes > before] = new
    # Prompt and completion cost the same here, so only the discount in the middle is left.
    least, middle, most = (float(per_minute @ prices) * 0.965 for prices in (low, mid, high))
    return least, middle, most


class TestWhatCataloguesDoNotSay:
    def test_a_model_first_listed_inside_the_week_has_its_first_price_before(
        self, tmp_path: Path
    ) -> None:
        home = Home(tmp_path)
        home.add(week(MONDAY, deepseek__a=10**9), LATE)
        home.offer(noon(MONDAY), standard("openai/x", "0.000001"))
        home.offer(noon(MONDAY + timedelta(days=3)), standard("deepseek/a", "0.000002"))
        ((low, mid, high),) = home.select(
            "SELECT revenue_usd_min, revenue_usd_mid, revenue_usd_max FROM core.model_value"
        )
        assert low == mid == high == pytest.approx(7e9 * 2e-6 * 0.965)

    def test_what_is_no_price_is_no_change_either(self, tmp_path: Path) -> None:
        """Below zero, without a canonical slug, listed and gone, free, stealth, never listed."""
        home = Home(tmp_path)
        home.add(
            week(
                MONDAY,
                deepseek__a=10**9,
                nobody__null=10**9,
                openai__gone=10**9,
                stealth__x=10**9,
                openai__none=10**9,
                **{"deepseek/a:free": 10**9},
                other=10**9,
            ),
            LATE,
        )
        names = ("nobody/null", "deepseek/a:free", "stealth/x")
        extra = [standard(names[0], "0.000003", canonical_slug=None)]
        extra += [standard(names[1], "0.000004", canonical_slug="deepseek/a"), standard(names[2])]
        home.offer(noon(MONDAY), standard("deepseek/a", "0.000002"), *extra)
        home.offer(noon(MONDAY + timedelta(days=1)), standard("deepseek/a", "-1"), *extra)
        home.offer(instant(2.5), standard("openai/gone", "0.000005"), *extra)
        home.offer(instant(2.7), standard("deepseek/a", "0.000002"), *extra)
        found = home.select(
            "SELECT model_permaslug, unpriced_because, prices, prompt_price, revenue_usd_mid "
            "FROM core.model_value ORDER BY ALL"
        )
        earned = 7e3 * 0.965
        assert found == [
            ("deepseek/a", None, 1, 2.0, pytest.approx(2 * earned)),
            ("deepseek/a:free", "free", 1, 4.0, 0),
            ("nobody/null", None, 1, 3.0, pytest.approx(3 * earned)),
            ("openai/gone", None, 1, 5.0, pytest.approx(5 * earned)),
            ("openai/none", "unlisted", 0, None, None),
            ("stealth/x", "stealth", 1, 1.0, 0),
        ]
        ((total, shares, coverage),) = home.select(
            "SELECT sum(token_share), sum(revenue_share_mid), sum(coverage * tokens) "
            "FROM marts.dual_metric WHERE grain = 'vendor'"
        )
        assert (total, shares) == pytest.approx((1, 1))
        assert coverage == pytest.approx(21e9)

    def test_catalogues_of_one_instant_that_disagree_are_named_and_neither_counts(
        self, tmp_path: Path
    ) -> None:
        home = Home(tmp_path)
        home.add(week(MONDAY, deepseek__a=10**9), LATE)
        home.offer(noon(MONDAY), standard("deepseek/a", "0.000002"))
        disputed = noon(MONDAY + timedelta(days=2))
        home.offer(disputed, standard("deepseek/a", "0.000009"))
        home.offer(disputed, standard("deepseek/a", "0.000001"))
        assert home.select("SELECT prompt_price, prices FROM core.model_value") == [(2.0, 1)]
        assert home.select(
            "SELECT subject, rows FROM marts.alerts WHERE kind = 'disputed_price'"
        ) == [("deepseek/a", 1)]

    @pytest.mark.accept
    @pytest.mark.parametrize(("hours", "named"), [((0, 9, 11, 13, 14), [4]), ((0, 9, 11, 33), [])])
    def test_a_price_is_unsettled_by_what_happens_in_24_hours_and_not_by_the_date(
        self, tmp_path: Path, hours: tuple[int, ...], named: list[int]
    ) -> None:
        """Alert and route agree: four changes from 21:00 to 02:00, or three in 25 hours."""
        home = Home(tmp_path)
        home.add(week(MONDAY, deepseek__a=10**9), LATE)
        for place, hour in enumerate(hours):
            at = noon(MONDAY + timedelta(days=2)) + timedelta(hours=hour)
            home.offer(at, standard("deepseek/a", "0.000002" if place % 2 else "0.000001"))
        assert home.select("SELECT rows FROM marts.alerts WHERE kind = 'unsettled_price'") == [
            (rows,) for rows in named
        ]
        assert home.select(
            "SELECT DISTINCT rejected_because = 'price_unsettled' FROM marts.routing_candidate"
        ) == [(bool(named),)]

    @pytest.mark.accept
    @pytest.mark.parametrize(
        ("prices", "named"),
        [
            # A promotion for two days, and one that ended a little dearer or cheaper.
            ({0: "2", 3: "0.12", 5: "2"}, [(MONDAY + timedelta(days=3), -0.94, 2.0, 0.12)]),
            ({0: "2", 3: "0.12", 5: "1.9"}, [(MONDAY + timedelta(days=3), -0.94, 2.0, 0.12)]),
            # One change that stays until Sunday, or on Tuesday, or is small.
            ({0: "2", 3: "0.12", 9: "2"}, []),
            ({1: "2", 2: "0.12"}, []),
            ({0: "2", 3: "1.9", 5: "2"}, []),
        ],
    )
    def test_a_price_that_passed_within_the_week_is_named_with_its_day(
        self, tmp_path: Path, prices: dict[int, str], named: list[tuple[date, float, float, float]]
    ) -> None:
        home = Home(tmp_path)
        home.add(week(MONDAY, deepseek__a=10**9), LATE)
        for day, price in prices.items():
            at = noon(MONDAY + timedelta(days=day))
            home.offer(at, standard("deepseek/a", f"{float(price) / 1e6:.9f}"))
        assert (
            home.select(
                "SELECT since, round(size, 6), previous_usd, current_usd FROM marts.alerts "
                "WHERE kind = 'passing_price'"
            )
            == named
        )

    def test_five_prices_in_a_day_are_all_priced_and_named(self, tmp_path: Path) -> None:
        home = Home(tmp_path)
        home.add(week(MONDAY, deepseek__a=10**9), LATE)
        for hour in range(6):
            at = noon(MONDAY) + timedelta(hours=hour)
            home.offer(at, standard("deepseek/a", "0.000002" if hour % 2 else "0.000001"))
        assert home.select("SELECT prices, count(*) OVER () FROM core.model_value") == [(6, 1)]
        assert home.select(
            "SELECT kind, rows FROM marts.alerts WHERE kind = 'unsettled_price'"
        ) == [("unsettled_price", 5)]
        ((low, mid, high),) = home.select(
            "SELECT revenue_usd_min, revenue_usd_mid, revenue_usd_max FROM core.model_value"
        )
        assert low < mid < high < 1.03 * low
