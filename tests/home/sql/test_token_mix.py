"""Which token mix a model gets, and how its evidence ages: real weeks, worked out another way."""

import json
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pipelines.errors import RefusalError
from pipelines.models import checks
from pipelines.reference.loader import load, load_all
from pipelines.settings import REFERENCE
from tests.conftest import tokenhouse
from tests.home.sql import test_rules_on_rows as rows_by_hand
from tests.home.sql.conftest import Select
from tests.home.sql.test_rules_on_rows import MONDAY, Home, noon
from tests.support.building import create, models_of, over
from tests.support.pages import Changed

MIX = (
    "SELECT week, base_permaslug, revenue_method, workload_class, evidence_weeks, "
    "prompt_share_low, prompt_share_mid, prompt_share_high, "
    "cached_share_low, cached_share_mid, cached_share_high FROM core.model_mix"
)
LATE = noon(date(2027, 1, 31))
CLASSES = {row["base_permaslug"]: row for row in load("model_class").to_pylist()}


def without(own: Path, table: str, *slugs: str) -> None:
    """Disable in a home the shipped rows of a table that name one of these slugs."""
    own.mkdir(parents=True, exist_ok=True)
    first, *rows = (REFERENCE / f"{table}.csv").read_text().splitlines()
    removed = [f"{row},true" for row in rows if any(slug in row for slug in slugs)]
    assert removed
    (own / f"{table}.csv").write_text("\n".join([f"{first},disabled", *removed]))


def ask_of(home: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(over(home / "lake")) as connection:
        create(connection, question)
        results = [one for model in models_of(question) for one in checks.run(connection, model)]
        assert [f"{result}" for result in results if result.failures] == []
        return connection.sql(question).fetchall()


def tokens_of(select: Select) -> pl.DataFrame:
    return pl.DataFrame(
        select("SELECT week, model_permaslug, tokens FROM core.model_week WHERE tokens > 0"),
        schema=["week", "model_permaslug", "tokens"],
        orient="row",
    )


def classes_of(tokens: pl.DataFrame, author: str | None, week: date) -> Counter[str]:
    """Return the tokens by class in eight weeks, of an author or of all, summed row by row.

    An author that was silent for so long has the classes of the newest week before.
    """
    seen: dict[date, Counter[str]] = {}
    for row in tokens.iter_rows(named=True):
        base = row["model_permaslug"].partition(":")[0]
        is_asked = author is None or base.startswith(f"{author}/")
        if row["week"] <= week and is_asked and base in CLASSES:
            of_week = seen.setdefault(row["week"], Counter())
            of_week[CLASSES[base]["workload_class"]] += row["tokens"]
    recent = [one for one in seen if one > week - timedelta(days=56)]
    return sum((seen[one] for one in recent or sorted(seen)[-1:]), Counter())


def largest(classes: Counter[str]) -> str | None:
    return classes.most_common(1)[0][0] if classes else None


def test_every_share_is_the_evidence_aged(select: Select) -> None:
    """P10 and P90 of all models in all weeks, from the files, with numpy instead of SQL."""
    priors = {row["workload_class"]: row for row in load("class_prior").to_pylist()}
    observed = {
        row["model_permaslug"].partition(":")[0]: row for row in load("observed_mix").to_pylist()
    }
    methods = Counter[str]()
    for week, base, method, chosen, weeks, *shares in select(MIX):
        methods[method] += 1
        seen = observed.get(base)
        since = seen["week_end"] if seen else date(2026, 5, 4)
        assert weeks == pytest.approx(abs((week - since).days) / 7)
        ageing = np.sqrt(1 + weeks / (1 if seen else 2.5))
        for name, (low, mid, high) in zip(
            ("prompt", "cached"), (shares[:3], shares[3:]), strict=True
        ):
            if seen:
                middle = logit(float(seen[f"{name}_share"]))
                down = up = 1.2815515655446004 * 0.25
            else:
                ends = (
                    logit(float(priors[chosen][f"{name}_share_{end}"]))
                    for end in ("low", "mid", "high")
                )
                bottom, middle, top = ends
                down, up = middle - bottom, top - middle
            assert logit([low, mid, high]) == pytest.approx(
                [middle - down * ageing, middle, middle + up * ageing], abs=1e-6
            )
    assert set(methods) == {"observed_mix", "class_prior"}
    assert methods.total() > 600


def logit(share: Any) -> Any:
    clipped = np.clip(share, 1e-300, 1)
    if np.isscalar(share):
        clipped = np.clip(clipped, 0.005, 0.995)
    return np.log(clipped / (1 - clipped))


class TestModelsThatNoFileKnows:
    """Real weeks in which a new model, and all models of an author, are taken from the files."""

    NEW, GONE = "anthropic/claude-4.8-opus-20260528", "z-ai/"

    @pytest.fixture
    def home(self, home: Path) -> Path:
        without(home / "reference", "model_class", self.NEW, self.GONE)
        return home

    def test_a_new_model_has_the_class_of_most_of_its_authors_tokens(
        self, home: Path, select: Select
    ) -> None:
        tokens = tokens_of(select)
        found = ask_of(
            home,
            "SELECT week, base_permaslug, author, revenue_method, workload_class, tokens, share, "
            "revenue_usd_mid, revenue_share FROM marts.unclassified_model ORDER BY ALL",
        )
        methods = {(base, method, chosen) for _, base, _, method, chosen, *_ in found}
        assert (self.NEW, "author_prior", "agentic_premium") in methods
        assert {method for base, method, _ in methods if base.startswith("z-ai/")} == {
            "unclassified"
        }
        for week, base, author, method, chosen, seen, share, dollars, revenue_share in found:
            expected = largest(classes_of(tokens, author, week)) if author == "anthropic" else None
            assert (method, chosen) == (
                ("author_prior", expected) if expected else ("unclassified", "general_chat")
            )
            of_week = tokens.filter(pl.col("week") == week)
            own = of_week.filter(pl.col("model_permaslug").str.split(":").list.first() == base)
            assert own["tokens"].sum() == seen
            assert 0 < share < 1
            assert dollars >= 0
            assert 0 <= revenue_share < 1

    def test_their_spread_is_the_root_mean_square_over_what_their_class_may_be(
        self, home: Path, select: Select
    ) -> None:
        priors = {row["workload_class"]: row for row in load("class_prior").to_pylist()}
        tokens = tokens_of(select).filter(
            ~pl.col("model_permaslug").str.contains(f"^({self.NEW}|{self.GONE})")
        )
        methods = Counter[str]()
        for week, base, method, chosen, weeks, *shares in ask_of(home, MIX):
            if method not in ("author_prior", "unclassified"):
                continue
            methods[method] += 1
            author = base.split("/")[0] if method == "author_prior" else None
            carried = classes_of(tokens, author, week)
            ageing = np.sqrt(1 + weeks / 2.5)
            for name, (low, mid, high) in zip(
                ("prompt", "cached"), (shares[:3], shares[3:]), strict=True
            ):
                middle = logit(float(priors[chosen][f"{name}_share_mid"]))
                ends = [
                    [
                        logit(float(priors[one][f"{name}_share_{end}"]))
                        for end in ("low", "mid", "high")
                    ]
                    for one in carried
                ]
                bottom, centre, top = np.array(ends).T
                down = (ageing * (centre - bottom)) ** 2 + (
                    1.2815515655446004 * np.maximum(middle - centre, 0)
                ) ** 2
                up = (ageing * (top - centre)) ** 2 + (
                    1.2815515655446004 * np.maximum(centre - middle, 0)
                ) ** 2
                weights = np.array(list(carried.values())) / carried.total()
                assert logit([low, mid, high]) == pytest.approx(
                    [middle - np.sqrt(weights @ down), middle, middle + np.sqrt(weights @ up)],
                    abs=1e-6,
                )
        assert min(methods["author_prior"], methods["unclassified"]) >= 7

    @pytest.mark.accept
    def test_they_are_named_in_alerts_and_in_the_coverage(self, home: Path) -> None:
        (row,) = ask_of(
            home,
            "SELECT alerts.size, alerts.tokens, model.revenue_share, model.tokens, "
            "revenue.author_coverage, revenue.unclassified_coverage, revenue.class_coverage "
            "FROM marts.alerts INNER JOIN marts.weekly_revenue AS revenue "
            "ON alerts.week = revenue.week INNER JOIN marts.unclassified_model AS model "
            "ON alerts.week = model.week AND alerts.subject = model.base_permaslug "
            f"WHERE kind = 'author_prior' AND subject = '{self.NEW}' "
            "AND alerts.week = '2026-07-13'",
        )
        size, tokens, revenue_share, of_model, *coverage = row
        assert (size, tokens) == (revenue_share, of_model)
        assert size > 0.1
        assert 0 < coverage[0] < 0.1
        assert 0 < coverage[1] < coverage[2]

    @pytest.mark.accept
    def test_the_quality_of_the_estimate_shows_them(self, home: Path) -> None:
        rows = ask_of(
            home,
            "SELECT week, revenue_method, models, tokens, token_share, revenue_share, "
            "evidence_weeks FROM marts.estimate_quality WHERE week = '2026-07-13'",
        )
        values = ask_of(
            home,
            "SELECT revenue_method, base_permaslug, tokens, revenue_usd_mid, evidence_weeks "
            "FROM core.model_value WHERE week = '2026-07-13' AND unpriced_because IS NULL",
        )
        frame = pl.DataFrame(
            values, schema=["method", "base", "tokens", "usd", "weeks"], orient="row"
        )
        assert {method for _, method, *_ in rows} == {*frame["method"], "all"}
        for _, method, models, tokens, token_share, revenue_share, weeks in rows:
            part = frame if method == "all" else frame.filter(pl.col("method") == method)
            assert (models, tokens) == (part["base"].n_unique(), part["tokens"].sum())
            assert token_share == pytest.approx(tokens / frame["tokens"].sum())
            assert revenue_share == pytest.approx(
                part["usd"].to_numpy().sum() / frame["usd"].to_numpy().sum()
            )
            assert weeks == pytest.approx(float((part["weeks"] * part["tokens"]).sum()) / tokens)

    def test_check_reference_names_them(self, published: Path, tmp_path: Path) -> None:
        answer = json.loads(tokenhouse(published, "check-reference", "--json").stdout)
        assert answer["unclassified_models"] == []


def test_the_largest_class_of_every_author_in_eight_weeks_or_when_last_listed(
    select: Select,
) -> None:
    found = {
        (week, author): chosen
        for week, author, chosen in select(
            "SELECT week, author, workload_class FROM core.author_class WHERE is_largest"
        )
    }
    rows = tokens_of(select)
    weeks, authors = set(rows["week"]), {slug.split("/")[0] for slug in rows["model_permaslug"]}
    expected = {
        (week, author): largest(classes_of(rows, author, week))
        for week in weeks
        for author in authors
    }
    assert found == {key: chosen for key, chosen in expected.items() if chosen}
    assert len(set(found.values())) == 5


@pytest.mark.accept
def test_status_says_when_the_estimate_is_worse_than_a_week_before(
    changed: Changed,
) -> None:
    said = "the revenue estimate is less certain than a week before"
    assert said not in tokenhouse(changed(), "status").stdout
    home = changed(
        "UPDATE marts.estimate_quality SET band_ratio = 4.321 "
        "WHERE week = '2026-07-13' AND revenue_method = 'all'"
    )
    shown = tokenhouse(home, "status").stdout
    assert f"{said}: 0.0% of it rests on a guessed class (before: 0.0%), and P90 is 4.32× P10" in (
        shown
    )
    worse = json.loads(tokenhouse(home, "status", "--json").stdout)["worse_estimate"]
    assert worse["now"]["band_ratio"] == 4.321


def test_an_author_that_was_silent_for_months_is_not_new(tmp_path: Path) -> None:
    """Its class is the one it had; an author that never had one gets general chat."""
    home, later = Home(tmp_path), MONDAY + timedelta(days=7 * 12)
    home.add(
        rows_by_hand.week(MONDAY, **{"deepseek__deepseek-v4-pro-20260423": 10}, nobody__a=10)
        | rows_by_hand.week(later, deepseek__v9=10, nobody__b=10),
        LATE,
    )
    assert home.select(
        "SELECT base_permaslug, revenue_method, workload_class FROM core.model_mix "
        f"WHERE week = '{later}' ORDER BY ALL"
    ) == [
        ("deepseek/v9", "author_prior", "agentic_value"),
        ("nobody/b", "unclassified", "general_chat"),
    ]


def test_where_no_class_has_tokens_a_guess_has_the_spread_of_general_chat(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.add(rows_by_hand.week(MONDAY, nobody__a=10), LATE)
    assert home.select(
        "SELECT count(DISTINCT down), count(DISTINCT up), count(*) FROM core.class_band "
        "WHERE workload_class = 'general_chat' AND part = 'prompt'"
    ) == [(1, 1, 2)]


def test_a_class_without_a_prior_is_refused(tmp_path: Path) -> None:
    text = (REFERENCE / "model_class.csv").read_text()
    (tmp_path / "model_class.csv").write_text(text.replace(",general_chat,", ",small_talk,", 1))
    with pytest.raises(RefusalError, match=r"model_class.csv, \S+: class 'small_talk' is not in"):
        load_all(tmp_path)


def test_priors_without_the_class_of_new_authors_are_refused(tmp_path: Path) -> None:
    without(tmp_path, "class_prior", "general_chat")
    without(tmp_path, "model_class", "general_chat")
    with pytest.raises(RefusalError, match="class 'general_chat', that of new authors, is missing"):
        load_all(tmp_path)


def test_files_of_0_1_0_are_read_with_the_parameters_they_lack(tmp_path: Path) -> None:
    rows = (REFERENCE / "parameter.csv").read_text().splitlines(keepends=True)
    kept = [row for row in rows if "_ageing_weeks" not in row]
    (tmp_path / "parameter.csv").write_text("".join(kept))
    text = (REFERENCE / "class_prior.csv").read_text()
    older = text.replace("fitted_on,", "").replace(",2026-05-04,", ",")
    (tmp_path / "class_prior.csv").write_text(older)
    tables = load_all(tmp_path)
    assert set(tables["parameter"]["parameter"].to_pylist()) == set(
        load("parameter")["parameter"].to_pylist()
    )
    assert tables["class_prior"]["fitted_on"].null_count == len(tables["class_prior"])
