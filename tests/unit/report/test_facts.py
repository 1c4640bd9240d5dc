"""Facts of generated weeks against the same facts found another way: from the lists themselves."""

from contextlib import closing
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.models import creation, definition
from pipelines.report import facts, week_rows

MONDAY = date(2026, 9, 7)
MOVES = next(model for model in definition.load() if model.name == "marts.rank_moves")
NAMES = [f"a/m{number}" for number in range(12)] + ["a/m0:free", "a/m1:free"]

Weeks = list[tuple[str, list[str]]]
"""Seven weeks, each missing, open or complete, with its models in their order."""

WEEKS: st.SearchStrategy[Weeks] = st.lists(
    st.tuples(
        st.sampled_from(["complete", "complete", "complete", "open", "missing"]),
        st.permutations(NAMES),
    ),
    min_size=7,
    max_size=7,
)


def monday(number: int) -> date:
    return MONDAY + timedelta(days=7 * number)


def moves_of(weeks: Weeks, week: date) -> list[dict[str, Any]]:
    """Build the mart of moves over these weeks and read it as the report does."""
    with closing(duckdb.connect(config={"threads": 1})) as connection:
        for schema in (*definition.SCHEMAS, "reference"):
            connection.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        connection.sql(
            "CREATE TABLE core.week (week DATE, previous_week DATE, is_complete BOOLEAN, "
            "source VARCHAR); CREATE TABLE core.model_week (week DATE, model_permaslug VARCHAR, "
            "author VARCHAR, bloc VARCHAR, rank BIGINT, tokens BIGINT); "
            "CREATE TABLE core.list_price (week DATE, model_permaslug VARCHAR); "
            "CREATE TABLE reference.lineage (model_permaslug VARCHAR, successor_permaslug VARCHAR)"
        )
        for number, (state, models) in enumerate(weeks):
            if state == "missing":
                continue
            first = monday(number)
            connection.sql(
                "INSERT INTO core.week VALUES ($1, $2, $3, 'daily_rows')",
                params=[first, first - timedelta(days=7), state == "complete"],
            )
            connection.sql(
                "INSERT INTO core.model_week SELECT $1, name, 'a', 'CN', place, 100 - place "
                "FROM (SELECT unnest($2::VARCHAR[]) AS name, "
                "generate_subscripts($2::VARCHAR[], 1) AS place)",
                params=[first, models],
            )
        connection.sql("CREATE VIEW marts.weekly_model AS FROM core.model_week")
        creation.create(connection, MOVES)
        return week_rows.rows_by_week(connection, "moves", {week: [week]})[week]


def base(name: str) -> str:
    return name.removesuffix(":free")


@pytest.mark.accept
@settings(max_examples=40)
@given(weeks=WEEKS)
def test_entries_are_what_the_lists_say(weeks: Weeks) -> None:
    found = facts.entries(moves_of(weeks, monday(6)))
    tops = [set(models[:10]) if state != "missing" else set() for state, models in weeks]
    complete = [state == "complete" for state, _ in weeks]
    if not (complete[6] and complete[5]):
        assert found == facts.Entries([], [], [], [], 4)
        return
    memory = [tops[number] for number in range(2, 6) if complete[number]]
    listed = {name for number in range(2, 6) for name in tops[number]}
    came = tops[6] - tops[5]
    back = {name for name in came if any(name in top for top in memory)}
    others = came - back
    variants = {name for name in others if {base(one) for one in listed - {name}} & {base(name)}}
    assert set(found.back) == back
    assert set(found.variants) == variants
    assert set(found.new) == others - variants
    assert found.successors == []
    assert not came or found.weeks_known == len(memory)


@given(
    tokens=st.dictionaries(
        st.sampled_from([None, "free", "stealth", "unlisted", "no_catalogue"]),
        st.integers(0, 10**15),
    )
)
def test_free_is_not_unknown_and_the_parts_fit(tokens: dict[str | None, int]) -> None:
    rows = [{"unpriced_because": reason, "tokens": count} for reason, count in tokens.items()]
    found = facts.coverage(rows)
    total = sum(tokens.values())
    if not total:
        assert found is None
        return
    assert found is not None
    assert (found.free > 0) == any(tokens.get(reason) for reason in ("free", "stealth"))
    assert (found.unpriced > 0) == any(
        tokens.get(reason) for reason in ("unlisted", "no_catalogue")
    )
    assert abs(found.free + found.unpriced + tokens.get(None, 0) / total - 1) < 1e-9


@given(
    is_complete=st.booleans(),
    before=st.lists(
        st.fixed_dictionaries(
            {"is_complete": st.booleans(), "source": st.sampled_from(["daily_rows", "published"])}
        ),
        max_size=1,
    ),
)
def test_models_are_compared_only_between_two_complete_weeks_with_rows(
    is_complete: bool, before: list[dict[str, Any]]
) -> None:
    both = is_complete and [row for row in before if row["is_complete"]]
    assert (facts.no_growth_because(is_complete, before) is None) == bool(both)
    has_rows = bool(both) and before[0]["source"] == "daily_rows"
    assert facts.are_models_comparable(is_complete, before) == has_rows


def quality(**shares: float) -> list[dict[str, object]]:
    ratio = shares.pop("ratio", 1.5)
    rows: list[dict[str, object]] = [
        {"revenue_method": method, "revenue_share": share, "revenue_usd_mid": share}
        for method, share in shares.items()
    ]
    return [*rows, {"revenue_method": "all", "revenue_usd_mid": 1.0, "band_ratio": ratio}]


class TestWhatAnEstimateRestsOn:
    def test_both_kinds_of_guess_are_one_share(self) -> None:
        found = facts.estimate(quality(observed_mix=0.5, author_prior=0.3, unclassified=0.2))
        assert found == facts.Estimate(0.5, 0.0, 0.5, 1.5)

    @pytest.mark.parametrize("rows", [[], [{"revenue_method": "all", "revenue_usd_mid": 0.0}]])
    def test_without_revenue_there_is_no_estimate(self, rows: list[dict[str, object]]) -> None:
        assert facts.estimate(rows) is None

    @pytest.mark.parametrize(
        ("guessed", "ratio", "is_worse"),
        [(0.10, 1.5, False), (0.109, 1.57, False), (0.111, 1.5, True), (0.10, 1.58, True)],
    )
    def test_it_is_worse_from_a_limit_on(
        self, guessed: float, ratio: float, is_worse: bool
    ) -> None:
        before = facts.estimate(quality(class_prior=0.9, author_prior=0.1))
        now = facts.estimate(quality(class_prior=1 - guessed, author_prior=guessed, ratio=ratio))
        assert facts.is_worse(now, before) is is_worse
        assert not facts.is_worse(None, before)
        assert not facts.is_worse(now, None)


class TestBenchmark:
    @staticmethod
    def correlations(tokens: tuple[float, float], revenue: tuple[float, float]) -> list[Any]:
        ends = {"tokens": tokens, "revenue": revenue, "price": (0.7, 0.9)}
        return [
            {"measure": name, "rho": sum(both) / 2, "rho_p05": both[0], "rho_p95": both[1]}
            for name, both in ends.items()
        ]

    @pytest.mark.parametrize(
        ("tokens", "revenue", "said"),
        [
            ((0.19, 0.54), (0.65, 0.85), ("more", "far_more")),
            ((0.19, 0.70), (0.65, 0.85), ("more", "more")),
            ((-0.1, 0.3), (0.65, 0.85), ("unknown", "far_more")),
            ((-0.5, -0.1), (-0.2, 0.3), ("less", "unknown")),
            ((-0.5, -0.1), (-0.9, -0.3), ("less", "less")),
        ],
    )
    def test_more_is_said_where_the_whole_interval_says_so(
        self, tokens: tuple[float, float], revenue: tuple[float, float], said: tuple[str, str]
    ) -> None:
        found = facts.benchmark(self.correlations(tokens, revenue))
        assert found and (found.used, found.paid) == said

    def test_without_enough_models_nothing_is_said(self) -> None:
        assert facts.benchmark(self.correlations((0, 1), (0, 1))[:2]) is None
