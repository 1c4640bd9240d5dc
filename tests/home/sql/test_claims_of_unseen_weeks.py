"""Claims about a made-up market of which everything is known, also what the audit cannot see.

The lists end after some models, stealth models have an author that nobody knows, weeks are missing,
incomplete or only a total. No verdict may contradict the truth, and an undecided one says what is
missing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import chain, takewhile
from math import isnan, nan
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import polars as pl
import pytest

from pipelines.home.database import connect
from pipelines.models.rerun import rerun
from pipelines.reference.loader import read

HEADER = "claim_id,metric,subject,period,since,operator,value,unit,printed_as"
FIRST = date(2026, 2, 2)
BEFORE_DATA = 3
"""Weeks that passed before the first one held."""

KINDS = ("days", "days", "total", "days", "days", "hole", "days", "none", "days", "days", "days")
"""What is known of each week held: all days, some days, only the total, or nothing."""

LISTED = 8
"""How many models a day's list has."""


class Model(NamedTuple):
    """A model and, if its author is unknown, who it truly belongs to."""

    slug: str
    author: str
    is_free: bool
    series: str | None = None


MODELS = (
    Model("anthropic/claude-opus-9-20260115", "anthropic", False, "claude-opus"),
    Model("anthropic/claude-4.6-sonnet-20260217", "anthropic", False, "claude-sonnet"),
    Model("openai/gpt-9", "openai", False),
    Model("openai/gpt-9-mini", "openai", False),
    Model("deepseek/deepseek-v9", "deepseek", False),
    Model("deepseek/deepseek-v9:free", "deepseek", True),
    Model("qwen/qwen9", "qwen", False),
    Model("qwen/qwen9-small", "qwen", True),
    Model("mistralai/mistral-9", "mistralai", False),
    Model("stealth/horizon", "openai", True),
    Model("nobody/thing", "qwen", False),
    Model("z-ai/glm-9", "z-ai", False),
)
BLOCS = {"anthropic": "US", "openai": "US", "mistralai": "OTHER"}
"""Where authors are; all others are in China."""

MAGNUM = Model("anthropic/claude-magnum-20260301", "anthropic", False, "claude-opus")
"""No rule fits it, and it truly belongs to Opus."""


def bloc(model: Model) -> str:
    return BLOCS.get(model.author, "CN")


Days = list[dict[Model, int]]


@dataclass
class World:
    """The tokens of every model on every day, of weeks before and since the first one held."""

    weeks: list[Days]
    sums: list[dict[Model, int]] = field(init=False)
    listed: list[dict[Model, int]] = field(init=False)

    def __post_init__(self) -> None:
        self.sums = [total(days) for days in self.weeks]
        self.listed = [total([first_models(day) for day in days]) for days in self.weeks]

    def kind(self, number: int) -> str:
        return "none" if number < BEFORE_DATA else KINDS[number - BEFORE_DATA]


def total(days: Days) -> dict[Model, int]:
    models = {model for day in days for model in day}
    return {model: sum(day.get(model, 0) for day in days) for model in models}


def first_models(day: dict[Model, int]) -> dict[Model, int]:
    return dict(sorted(day.items(), key=lambda one: -one[1])[:LISTED])


def monday(number: int) -> date:
    return FIRST + timedelta(days=7 * (number - BEFORE_DATA))


def made(seed: int) -> World:
    """Return a market in which models move, come and go; its last two totals are equal."""
    random = Random(seed)  # noqa: S311 a market, no secret
    level = {model: random.randint(400, 4000) for model in (*MODELS, MAGNUM)}
    weeks: list[Days] = []
    for number in range(BEFORE_DATA + len(KINDS)):
        for model in level:
            level[model] = max(90, int(level[model] * random.uniform(0.7, 1.45)))
        known = [model for model in level if model != MAGNUM or number >= BEFORE_DATA + 8]
        gone = {random.choice(MODELS[1:])} if random.random() < 0.6 else set()
        weeks.append(
            [
                {
                    model: int(level[model] * random.uniform(0.8, 1.2)) * 13 + place
                    for place, model in enumerate(known)
                    if model not in gone
                }
                for _ in range(7)
            ]
        )
    last, before = (sum(total(days).values()) for days in (weeks[-1], weeks[-2]))
    smaller = weeks[-1] if last < before else weeks[-2]
    smaller[0][MODELS[0]] += abs(last - before)
    return World(weeks)


def visible(world: World) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the daily rows and the published totals that the audit has of a market."""
    rows: list[dict[str, Any]] = []
    totals: list[dict[str, Any]] = []
    for number, days in enumerate(world.weeks):
        kind = world.kind(number)
        if kind == "total":
            tokens = sum(world.sums[number].values())
            totals.append({"week": monday(number), "total_tokens": tokens, "missing_days": None})
        for place, day in enumerate(days):
            if kind not in ("days", "hole") or (kind == "hole" and place in (2, 3)):
                continue
            listed = first_models(day)
            tokens_of = {model.slug: tokens for model, tokens in listed.items()}
            tokens_of["other"] = sum(day.values()) - sum(listed.values())
            rows += [
                {
                    "date": monday(number) + timedelta(days=place),
                    "week": monday(number),
                    "model_permaslug": slug,
                    "is_other": slug == "other",
                    "tokens": tokens,
                    "as_of": datetime(2026, 6, 1, tzinfo=UTC),
                    "as_of_is_exact": True,
                }
                for slug, tokens in tokens_of.items()
            ]
    schema = {"week": pl.Date, "total_tokens": pl.Int64, "missing_days": pl.String}
    return pl.DataFrame(rows), pl.DataFrame(totals, schema=schema)


Measure = Callable[[World, int], float]
"""A number of a week, of which everything is known."""

Holds = Callable[[World, int], bool]
"""Whether something is so in a week."""

ALL = (*MODELS, MAGNUM)


def tokens_of(models: Iterable[Model]) -> Measure:
    return lambda world, number: sum(world.sums[number].get(model, 0) for model in models)


def listed_of(models: Iterable[Model]) -> Measure:
    return lambda world, number: sum(world.listed[number].get(model, 0) for model in models)


def share(tokens: Measure) -> Measure:
    return lambda world, number: 100 * tokens(world, number) / sum(world.sums[number].values())


def ratio(first: Measure, second: Measure) -> Measure:
    return lambda world, number: first(world, number) / second(world, number)


def rank(model: Model) -> Measure:
    return lambda world, number: (
        1 + sum(tokens > world.sums[number].get(model, 0) for tokens in world.sums[number].values())
    )


def members(models: Iterable[Model], length: int) -> Measure:
    return lambda world, number: sum(
        model in world.sums[number] and is_in(model, length)(world, number) for model in models
    )


def growth(tokens: Measure) -> Measure:
    def of(world: World, number: int) -> float:
        before = tokens(world, number - 1)
        return 100 * (tokens(world, number) / before - 1) if before else nan

    return of


def streak(holds: Holds) -> Measure:
    return lambda world, number: len(
        [*takewhile(lambda past: holds(world, past), range(number, 0, -1))]
    )


def first_time(holds: Holds) -> Measure:
    return lambda world, number: (
        holds(world, number) and not any(holds(world, past) for past in range(BEFORE_DATA, number))
    )


def at_least(measure: Measure, level: float) -> Holds:
    return lambda world, number: measure(world, number) >= level


def is_in(model: Model, length: int) -> Holds:
    return lambda world, number: rank(model)(world, number) <= length


def rises(tokens: Measure) -> Holds:
    return lambda world, number: tokens(world, number) > tokens(world, number - 1)


def leads(first: Measure, second: Measure) -> Holds:
    return lambda world, number: first(world, number) > second(world, number)


def is_record(tokens: Measure) -> Measure:
    return lambda world, number: all(
        tokens(world, past) < tokens(world, number) for past in range(BEFORE_DATA, number)
    )


def entered(model: Model, length: int) -> Measure:
    return lambda world, number: (
        is_in(model, length)(world, number)
        and not any(is_in(model, length)(world, number - back) for back in range(1, 5))
    )


def unattributed(world: World, number: int) -> float:
    listed = world.listed[number]
    nobody = sum(tokens for model, tokens in listed.items() if model.slug.startswith("nobody/"))
    return sum(world.sums[number].values()) - sum(listed.values()) + nobody


Statement = tuple[str, str, str, Measure]
"""Metric, subject and unit, and what is true of it."""


def of_the_market() -> Iterator[Statement]:
    market = tokens_of(ALL)
    yield "tokens", "all", "tokens", market
    yield "growth", "all", "percent", growth(market)
    yield "rising_streak", "all", "weeks", streak(rises(market))
    yield "record", "all", "bool", is_record(market)
    yield "first_time_above", "all:1.2M", "bool", first_time(at_least(market, 1_200_000))
    yield "above_streak", "all:2.5M", "weeks", streak(at_least(market, 2_500_000))
    yield "tokens", "origin:UNATTRIBUTED", "tokens", unattributed
    yield "token_share", "origin:UNATTRIBUTED", "percent", share(unattributed)
    free = tokens_of([model for model in ALL if model.is_free])
    yield "token_share", "price:free", "percent", share(free)


def of_blocs() -> Iterator[Statement]:
    models = {name: [one for one in ALL if bloc(one) == name] for name in ("CN", "US", "OTHER")}
    for name, own in models.items():
        subject = f"origin:{name}"
        yield "tokens", subject, "tokens", tokens_of(own)
        yield "token_share", subject, "percent", share(tokens_of(own))
        yield "above_streak", f"{subject}:30%", "weeks", streak(at_least(share(tokens_of(own)), 30))
        for length in (5, 9, 10, 11):
            yield "models_in_top", f"{subject}:{length}", "models", members(own, length)
    first, second = tokens_of(models["CN"]), tokens_of(models["US"])
    yield "ratio", "origin:CN;origin:US", "x", ratio(first, second)
    yield "lead_streak", "origin:CN>US", "weeks", streak(leads(first, second))
    yield "first_time_lead", "origin:US>CN", "bool", first_time(leads(second, first))


def of_vendors_and_series() -> Iterator[Statement]:
    """Tokens of a vendor are those listed; of its share, others may be its own."""
    for name in ("anthropic", "deepseek"):
        named = listed_of([model for model in ALL if model.slug.startswith(f"{name}/")])
        own = tokens_of([model for model in ALL if model.author == name])
        yield "tokens", name, "tokens", named
        yield "growth", name, "percent", growth(named)
        yield "rising_streak", name, "weeks", streak(rises(named))
        yield "token_share", name, "percent", share(own)
    opus = [model for model in ALL if model.series == "claude-opus"]
    yield "tokens", "series:claude-opus", "tokens", listed_of(opus)
    yield "growth", "series:claude-opus", "percent", growth(listed_of(opus))
    yield "models_in_top", "series:claude-opus:5", "models", members(opus, 5)


def of_models() -> Iterator[Statement]:
    for model in MODELS[:8]:
        own, is_high = tokens_of([model]), is_in(model, 4)
        yield "tokens", model.slug, "tokens", own
        yield "growth", model.slug, "percent", growth(own)
        yield "rank", model.slug, "rank", rank(model)
        yield "token_share", model.slug, "percent", share(own)
        yield "top_streak", f"{model.slug}:4", "weeks", streak(is_high)
        yield "first_time_top", f"{model.slug}:4", "bool", first_time(is_high)
        yield "entered_top", f"{model.slug}:4", "bool", entered(model, 4)
        yield "rising_streak", model.slug, "weeks", streak(rises(own))


class Claim(NamedTuple):
    """A claim, and the true value in its unit."""

    metric: str
    subject: str
    number: int
    operator: str
    value: float
    unit: str
    truth: float

    def is_true(self) -> bool:
        return {
            "lt": self.truth < self.value,
            "gt": self.truth > self.value,
            "eq": abs(self.truth - self.value) <= max(0.1, 0.002 * abs(self.value)),
        }[self.operator]

    def line(self) -> str:
        return (
            f"{self.metric},{self.subject},{monday(self.number)},,{self.operator},{self.value:.10g}"
        )


def claims_about(world: World) -> Iterator[Claim]:
    """Yield true and false claims about every week held, known or not."""
    for metric, subject, unit, measure in chain(
        of_the_market(), of_blocs(), of_vendors_and_series(), of_models()
    ):
        for number in range(BEFORE_DATA, len(world.weeks)):
            truth = float(measure(world, number))
            if isnan(truth):
                continue
            if unit == "bool":
                values = [("eq", truth), ("eq", 1 - truth)]
            elif unit in ("weeks", "models", "rank"):
                values = [("eq", truth), ("eq", truth + 1), ("gt", truth), ("lt", truth + 1)]
                values += [("gt", truth - 1), ("lt", truth)]
            else:
                step = max(abs(truth) * 0.1, 1.0 if unit == "percent" else 0.01)
                around = [round(truth + part * step, 2) for part in (-3, -1, 1, 3)]
                values = [("eq", round(truth, 2)), ("eq", round(truth + 3 * step, 2))]
                values += [(operator, value) for operator in ("lt", "gt") for value in around]
            for operator, value in values:
                yield Claim(metric, subject, number, operator, float(f"{value:.10g}"), unit, truth)


MISSING = {
    "none": {"no_data"},
    "hole": {"missing_days"},
    "total": {"only_total", "no_base", "base_only_total", "first_week"},
}
"""Why nothing can be computed of a week, unless it is a total of all tokens."""


def is_decided(world: World, claim: Claim) -> bool:
    """Return whether tokens or growth are known exactly: every day of the weeks lists the model."""
    needed = [claim.number] if claim.metric == "tokens" else [claim.number, claim.number - 1]
    if claim.metric not in ("tokens", "growth") or {world.kind(one) for one in needed} != {"days"}:
        return False
    if claim.subject in ("all", "origin:UNATTRIBUTED"):
        return True
    lists = [first_models(day) for number in needed for day in world.weeks[number]]
    return all(claim.subject in {model.slug for model in one} for one in lists)


@pytest.mark.accept
def test_no_verdict_contradicts_what_is_true(database: Path, tmp_path: Path) -> None:
    world = made(1)
    rows, totals = visible(world)
    claims = [*claims_about(world)]
    path = tmp_path / "claims.csv"
    lines = [f"c{place},{claim.line()},{claim.unit},x" for place, claim in enumerate(claims)]
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    with connect(database) as connection:
        bands = connection.sql("FROM core.revenue_band LIMIT 0").pl()
    replaced = {
        "staging.rankings_daily": rows,
        "reference.weekly_total_history": totals,
        "core.revenue_band": bands,  # nothing here is about revenue
        "reference.claims": read("claims", [path]),
    }
    with rerun(database, replaced, {"marts.claims_audit"}) as connection:
        judged = connection.sql("SELECT * FROM marts.claims_audit ORDER BY line").pl().to_dicts()
    assert len(judged) == len(claims) > 3000
    wrong = []
    for claim, one in zip(claims, judged, strict=True):
        says_yes = one["reason"] == "holds"
        says_no = one["verdict"] == "CONTRADICTED"
        kind = world.kind(claim.number)
        is_missing = not claim.subject.startswith("all") and kind != "days"
        if (
            one["verdict"] == "REFUSED"
            or (says_yes and not claim.is_true())
            or (says_no and claim.is_true())
            or (one["verdict"] == "UNVERIFIABLE" and is_decided(world, claim))
            or (is_missing and one["reason"] not in MISSING[kind] | {"unresolved_model"})
        ):
            wrong.append((claim, kind, one["verdict"], one["reason"], one["explanation"]))
    assert wrong[:10] == [], len(wrong)
    assert {one["verdict"] for one in judged} >= {"CONFIRMED", "CONTRADICTED", "UNVERIFIABLE"}
    assert sum(is_decided(world, claim) for claim in claims) > 500
