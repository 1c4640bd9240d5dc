"""Rules that the sample never needs, on rows written by hand (synthetic)."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.arrow import arrow_schema
from pipelines.lake.vintages import write_vintage
from pipelines.models import build, publish
from pipelines.sources.contracts.catalogue import Models
from pipelines.sources.contracts.rankings import RankingsDaily
from pipelines.sources.snapshot import Snapshot
from tests.support.building import create, models_of, over

MONDAY = date(2026, 9, 7)


class Home:
    """A lake filled by hand, and what the models make of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[tuple[Path, int]] = []

    def add(self, rows: dict[tuple[date, str], int], as_of: datetime, answer: str = "one") -> None:
        days = [day for day, _ in rows]
        rankings = [
            {
                "date": day,
                "model_permaslug": slug,
                "total_tokens": tokens,
                "asked_from": min(days),
                "asked_to": max(days),
                "answer": answer,
                "as_of": as_of,
                "as_of_is_exact": True,
            }
            for (day, slug), tokens in sorted(rows.items())
        ]
        table = pa.Table.from_pylist(rankings, schema=arrow_schema(RankingsDaily))
        write_vintage(self.folder / "lake", "rankings_daily", Snapshot(as_of, True, table))

    def offer(self, fetched_at: datetime, *models: dict[str, object]) -> None:
        names = arrow_schema(Models).names
        rows = [
            {**dict.fromkeys(names), "fetched_at": fetched_at, "name": "x", **one} for one in models
        ]
        table = pa.Table.from_pylist(rows, schema=arrow_schema(Models))
        write_vintage(self.folder / "lake", "models", Snapshot(fetched_at, True, table))

    def select(self, question: str) -> list[tuple[Any, ...]]:
        """Build what the query needs, and run it."""
        return self.read(question)[1]

    def read(self, question: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Build what the query needs and was not built since a file was written.

        Return the names of its columns, and its rows.
        """
        files = [(one, one.stat().st_mtime_ns) for one in sorted(self.folder.rglob("*"))]
        if files != self.files:
            self.files, self.connection = files, over(self.folder / "lake")
        create(self.connection, question)
        found = self.connection.execute(question)
        return [column[0] for column in found.description or []], found.fetchall()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def week(first: date, days: int = 7, **models: int) -> dict[tuple[date, str], int]:
    return {
        (first + timedelta(days=day), slug.replace("__", "/")): tokens
        for day in range(days)
        for slug, tokens in models.items()
    }


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


LATE = noon(date(2026, 11, 2))


def test_the_newest_vintage_of_a_day_wins_and_the_others_stay(home: Home) -> None:
    home.add(week(MONDAY, deepseek__a=10), LATE)
    home.add(week(MONDAY, deepseek__a=11), LATE + timedelta(days=1), "two")
    assert home.select(
        "SELECT total_tokens FROM marts.weekly_total WHERE source = 'daily_rows'"
    ) == [(77,)]
    assert home.select("SELECT count(*), sum(difference) FROM marts.restatements") == [(7, 7)]


STOPPED = (
    "SELECT reason, round(size, 4) FROM marts.publication_findings "
    "WHERE reason = 'restatement' ORDER BY name"
)


RESTATED = "SELECT tokens, rows FROM marts.alerts WHERE kind = 'restatement'"


def test_a_day_that_vanished_stops_publication_and_returning_as_it_was_does_not(home: Home) -> None:
    rows = week(MONDAY, openai__a=10, deepseek__b=5)
    tuesday = MONDAY + timedelta(days=1)
    without = {key: tokens for key, tokens in rows.items() if key[0] != tuesday}
    home.add(rows, LATE)
    home.add(without, LATE + timedelta(days=1))
    assert home.select(STOPPED) == [("restatement", round(15 / 105, 4))]
    home.add(without, LATE + timedelta(days=2))
    home.add(rows, LATE + timedelta(days=3))
    assert home.select(STOPPED) == home.select(RESTATED) == []
    assert home.select(
        "SELECT change, has_returned, sum(difference) FROM marts.restatements GROUP BY ALL"
    ) == [("vanished_day", True, -15)]


def test_a_day_that_returns_with_other_values_is_a_restatement_by_the_difference(
    home: Home,
) -> None:
    rows = week(MONDAY, openai__a=10, deepseek__b=5)
    tuesday = MONDAY + timedelta(days=1)
    home.add(rows, LATE)
    home.add({k: v for k, v in rows.items() if k[0] != tuesday}, LATE + timedelta(days=1))
    home.add({**rows, (tuesday, "openai/a"): 13}, LATE + timedelta(days=2))
    assert home.select(
        "SELECT change, model_permaslug, earlier_tokens, later_tokens, difference "
        "FROM marts.restatements WHERE change <> 'vanished_day'"
    ) == [("returned_day", "openai/a", 10, 13, 3)]
    assert home.select(STOPPED) == [("restatement", round(3 / 108, 4))]
    assert home.select(RESTATED) == [(3, 1)]


CONFLICTS = "SELECT name, round(size, 4) FROM marts.publication_findings"
CHOSEN = "SELECT model_permaslug, tokens FROM staging.rankings_daily WHERE date = '2026-09-08'"


@pytest.mark.accept
def test_of_responses_of_one_instant_one_gives_the_whole_day_and_a_later_one_settles_it(
    home: Home,
) -> None:
    """Accepted or not, the tables stay unique: a conflict is a finding and no failed check."""
    rankings, tuesday = week(MONDAY, openai__a=10, openai__b=5), MONDAY + timedelta(days=1)
    other = {**rankings, (tuesday, "openai/a"): 11, (tuesday, "openai/c"): 1}
    home.add(rankings, LATE, "one")
    home.add(other, LATE, "two")
    (finding,) = home.select(CONFLICTS)
    assert finding == (
        "conflicting_keys-2026-09-07-20261102T120000Z",
        round(2 / 15, 4),
    )
    assert home.select(f"{CHOSEN} ORDER BY 1") == [
        ("openai/a", 11),
        ("openai/b", 5),
        ("openai/c", 1),
    ]
    assert home.select(
        "SELECT model_permaslug, lowest_tokens, highest_tokens, responses_with_row, responses "
        "FROM staging.rankings_conflict ORDER BY 1"
    ) == [("openai/a", 10, 11, 2, 2), ("openai/c", 1, 1, 1, 2)]
    tables = "marts.weekly_model, marts.weekly_origin, marts.restatements"
    aside, results = build.build(home.folder, models_of(f"{CONFLICTS}, {tables}"))
    publish.discard(aside)
    assert {one.table for one in results if one.failures} == {"marts.publication_findings"}
    home.add(other, LATE + timedelta(days=1), "three")
    assert home.select(CONFLICTS) == []


def test_two_responses_of_one_instant_that_agree_are_no_conflict(home: Home) -> None:
    home.add(week(MONDAY, openai__a=10), LATE, "one")
    home.add(week(MONDAY, 3, openai__a=10), LATE, "two")
    assert home.select(CONFLICTS) == home.select("FROM staging.rankings_conflict") == []


def test_a_day_without_the_row_other_has_no_other_tokens(home: Home) -> None:
    home.add(week(MONDAY, deepseek__a=10), LATE)
    assert home.select(
        "SELECT named_tokens, other_tokens FROM marts.weekly_total WHERE source = 'daily_rows'"
    ) == [(70, 0)]


def test_an_open_week_has_no_growth_and_no_lead_streak(home: Home) -> None:
    home.add(week(MONDAY, openai__a=10) | week(MONDAY + timedelta(days=7), 3, openai__a=50), LATE)
    assert home.select(
        "SELECT days_seen, is_complete, wow FROM marts.weekly_total "
        "WHERE source = 'daily_rows' ORDER BY week DESC LIMIT 1"
    ) == [(3, False, None)]
    assert home.select(
        "SELECT lead_streak FROM marts.weekly_origin "
        "WHERE scope = 'named' AND bloc = 'US' ORDER BY week"
    ) == [(1,), (None,)]


def test_an_incomplete_week_ends_streaks_and_a_later_one_is_no_lower_bound(home: Home) -> None:
    rows: dict[tuple[date, str], int] = {}
    for number in range(5):
        days = 6 if number == 2 else 7
        rows |= week(MONDAY + timedelta(days=7 * number), days, openai__a=100 * 2**number)
    home.add(rows, LATE)
    assert home.select(
        "SELECT lead_streak, lead_streak_is_lower_bound FROM marts.weekly_origin "
        "WHERE scope = 'named' AND bloc = 'US' ORDER BY week"
    ) == [(1, True), (2, True), (None, None), (1, False), (2, False)]
    assert home.select(
        "SELECT rising_streak, streak_is_lower_bound FROM marts.weekly_total "
        "WHERE source = 'daily_rows' ORDER BY week"
    ) == [(None, None), (1, True), (None, None), (None, None), (1, False)]


def test_an_unknown_author_is_on_no_side_and_known_by_name(home: Home) -> None:
    home.add(week(MONDAY, nobody__a=60, deepseek__a=40), LATE)
    assert home.select(
        "SELECT bloc, tokens FROM marts.weekly_origin "
        "WHERE scope = 'named' AND tokens > 0 ORDER BY bloc"
    ) == [("CN", 280), ("UNATTRIBUTED", 420)]
    assert home.select("SELECT vendor_name FROM marts.weekly_vendor WHERE vendor = 'nobody'") == [
        (None,)
    ]


def test_author_slugs_of_one_company_are_one_vendor(home: Home) -> None:
    home.add(week(MONDAY, qwen__a=60, alibaba__b=30, deepseek__c=10), LATE)
    assert home.select(
        "SELECT vendor, tokens, models FROM marts.weekly_vendor ORDER BY vendor"
    ) == [
        ("deepseek", 70, 1),
        ("qwen", 630, 2),
    ]
    assert home.select(
        "SELECT key, tokens FROM marts.dual_metric WHERE grain = 'vendor' AND tokens > 0 "
        "ORDER BY key"
    ) == [("deepseek", 70), ("qwen", 630)]


def test_a_lead_that_unattributed_tokens_could_turn_is_not_identified(home: Home) -> None:
    home.add(week(MONDAY, deepseek__a=60, openai__a=50, stealth__x=20), LATE)
    assert home.select(
        "SELECT leads, lead_identified FROM marts.weekly_origin "
        "WHERE scope = 'named' AND bloc = 'CN'"
    ) == [(True, False)]


def test_a_lead_in_a_scope_is_not_identified_by_the_lead_of_the_other_in_all(home: Home) -> None:
    large = {f"{author}__{one}": 100 for author in ("openai", "z-ai") for one in "abcd"}
    small = {f"qwen__{number}": 50 for number in range(12)}
    home.add(week(MONDAY, openai__e=100, **large, **small), LATE)
    assert home.select(
        "SELECT scope, cn_over_us > 1, is_identified FROM marts.origin_ratio ORDER BY scope"
    ) == [
        ("named", True, True),
        ("top10", False, False),
        ("top20", True, True),
        ("top9", False, False),
    ]


def test_everything_after_the_first_colon_is_the_variant(home: Home) -> None:
    home.add(
        {(MONDAY, slug): 1 for slug in ("a/b", "a/b:free", "a/b:free:batch", "stealth/x:free")},
        LATE,
    )
    assert home.select(
        "SELECT model_permaslug, variant, is_stealth FROM core.model ORDER BY model_permaslug"
    ) == [
        ("a/b", "standard", False),
        ("a/b:free", "free", False),
        ("a/b:free:batch", "free:batch", False),
        ("stealth/x:free", "free", True),
    ]


def standard(model_id: str, price: str = "0.000001", **more: object) -> dict[str, object]:
    return {
        "model_id": model_id,
        "canonical_slug": model_id,
        "context_length": 1_000_000,
        "created_at": noon(MONDAY - timedelta(days=60)),
        "input_modalities": ["image", "text"],
        "output_modalities": ["text"],
        "supported_parameters": ["tools"],
        "prompt_price": price,
        "completion_price": price,
        **more,
    }


def test_of_two_ids_under_one_name_the_one_seen_last_has_the_price(home: Home) -> None:
    """A renamed id is in the week's catalogues under both names."""
    home.add(week(MONDAY, deepseek__a=9), LATE)
    home.offer(noon(MONDAY), standard("deepseek/b", "0.000001", canonical_slug="deepseek/a"))
    home.offer(
        noon(MONDAY + timedelta(days=1)),
        standard("deepseek/a", "0.000002"),
        standard("deepseek/z", "0.000003", canonical_slug="deepseek/a"),
    )
    assert home.select("SELECT DISTINCT prompt_price FROM core.list_price") == [(2.0,)]
    # The price changed between the two noons, at midnight if in the middle.
    assert home.select("SELECT tokens, prompt_price FROM core.model_value") == [(63, 13 / 7)]


class TestCandidates:
    def reasons(self, home: Home) -> dict[str, str | None]:
        rows = home.select(
            "SELECT model_id, rejected_because FROM marts.routing_candidate "
            "WHERE workload = 'agent_tool_loop'"
        )
        return dict(rows)

    def test_what_is_unknown_is_not_called_missing(self, home: Home) -> None:
        slugs = ("deepseek/a", "deepseek/b", "deepseek/c", "deepseek/d", "deepseek/e")
        home.add({(MONDAY + timedelta(days=n), slug): 9 for n in range(7) for slug in slugs}, LATE)
        home.offer(
            noon(MONDAY),
            standard("deepseek/a"),
            standard("deepseek/b", context_length=None),
            standard("deepseek/c", supported_parameters=None),
            standard("deepseek/d", output_modalities=None),
            standard("deepseek/e", price_overrides='[{"prompt": "0.1", "hour": 3}]'),
            standard("deepseek/f", price="-1"),
        )
        assert self.reasons(home) == {
            "deepseek/a": "no_quality_evidence",
            "deepseek/b": "context_unknown",
            "deepseek/c": "tools_unknown",
            "deepseek/d": "modality_unknown",
            "deepseek/e": "price_is_conditional",
            "deepseek/f": "price_unknown_or_zero",
        }

    def test_a_model_that_has_left_the_catalogue_is_out(self, home: Home) -> None:
        home.add(week(MONDAY, deepseek__gone=9, deepseek__here=9), LATE)
        home.offer(noon(MONDAY), standard("deepseek/gone"), standard("deepseek/here"))
        home.offer(noon(MONDAY + timedelta(days=8)), standard("deepseek/here"))
        assert self.reasons(home) == {
            "deepseek/gone": "no_longer_listed",
            "deepseek/here": "no_quality_evidence",
        }

    def test_a_model_that_is_listed_and_gone_within_a_day_is_out(self, home: Home) -> None:
        home.add(week(MONDAY, deepseek__gone=9, deepseek__here=9), LATE)
        for hours, models in ((0, ("here",)), (3, ("gone", "here")), (9, ("here",))):
            home.offer(
                noon(MONDAY) + timedelta(hours=hours),
                *(standard(f"deepseek/{model}") for model in models),
            )
        assert self.reasons(home) == {
            "deepseek/gone": "no_longer_listed",
            "deepseek/here": "no_quality_evidence",
        }

    def test_of_two_catalogues_of_one_instant_that_disagree_neither_is_believed(
        self, home: Home
    ) -> None:
        home.add(week(MONDAY, deepseek__a=9, deepseek__b=9), LATE)
        for price in ("0.000001", "0.000003"):
            home.offer(noon(MONDAY), standard("deepseek/a", price), standard("deepseek/b"))
        assert self.reasons(home) == {
            "deepseek/a": "prices_disagree",
            "deepseek/b": "no_quality_evidence",
        }
        assert home.select(
            "SELECT DISTINCT model_id, prompt_price FROM staging.catalogue ORDER BY model_id"
        ) == [("deepseek/a", None), ("deepseek/b", 1.0)]

    def test_a_price_that_changes_five_times_a_day_is_unsettled(self, home: Home) -> None:
        home.add(week(MONDAY, deepseek__a=9, deepseek__b=9), LATE)
        for change in range(6):
            home.offer(
                noon(MONDAY) + timedelta(hours=change),
                standard("deepseek/a", f"0.00000{1 + change}"),
                standard("deepseek/b", f"0.00000{1 + change // 3}"),
            )
        assert self.reasons(home) == {
            "deepseek/a": "price_unsettled",
            "deepseek/b": "no_quality_evidence",
        }

    def test_two_ids_of_one_slug_count_its_usage_once(self, home: Home) -> None:
        home.add(week(MONDAY, deepseek__a=9), LATE)
        home.offer(
            noon(MONDAY),
            standard("deepseek/a"),
            standard("deepseek/a-fast", "0.000009", canonical_slug="deepseek/a"),
        )
        assert home.select(
            "SELECT model_id, weeks_adopted FROM core.route_offer ORDER BY model_id"
        ) == [("deepseek/a", 1), ("deepseek/a-fast", 0)]

    def test_an_alias_is_no_model(self, home: Home) -> None:
        home.add(week(MONDAY, deepseek__a=9), LATE)
        home.offer(noon(MONDAY), standard("deepseek/a"), standard("~deepseek/a-latest"))
        assert set(self.reasons(home)) == {"deepseek/a"}

    def test_a_later_catalogue_serves_and_says_so(self, home: Home) -> None:
        slug = "deepseek/deepseek-v4-pro"
        home.add({(MONDAY + timedelta(days=day), slug): 9 for day in range(7)}, LATE)
        home.offer(LATE, standard(slug))
        assert home.select(
            "SELECT DISTINCT prices_of_week, prices_as_of > week + INTERVAL 8 DAY "
            "FROM marts.routing_table WHERE model_id IS NOT NULL"
        ) == [(False, True)]

    def test_an_earlier_catalogue_does_not(self, home: Home) -> None:
        home.add(week(MONDAY, deepseek__a=9), LATE)
        home.offer(noon(MONDAY - timedelta(days=30)), standard("deepseek/a"))
        assert home.select("SELECT count(*) FROM marts.routing_table") == [(0,)]
