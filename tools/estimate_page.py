"""Write docs/estimates.md: how often the bands of token mixes contained what was observed.

Every observed mix is predicted without itself, by each method that could have been used for its
model, with the spread that the age of the evidence gives. `make docs` writes the page.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from math import log, sqrt
from textwrap import fill
from typing import Any, NamedTuple

from pipelines.reference.loader import load
from pipelines.settings import ROOT, SAMPLE
from pipelines.weeks import monday

PAGE = ROOT / "docs" / "estimates.md"
RANKINGS = SAMPLE / "rankings-daily"
P90, Z90 = 1.2815515655446004, 1.6448536269514722
FEW = 20
"""Below so many shares nothing is concluded."""

METHODS = {
    "observed_mix": "the newest earlier observation of the same model",
    "class_prior": "the class of the model",
    "author_prior": "the class with most tokens of its author's other models",
    "unclassified": "general chat, as if no model of its author had a class",
}

INTRODUCTION = """\
Revenue rests on the share of prompts in a model's tokens and on the cached share of its
prompts. Each band, P10 to P90, should contain four of five true shares. Every observed mix
(`warehouse/reference/observed_mix.csv`) is predicted here without itself, with the spread that
the age of the evidence gives. Prompt and cached shares are counted together.
"""

REMARKS = """\
Below {few} shares nothing is concluded. Bands that are too wide are stated and not narrowed. A
class that is not recorded for the model itself may be the wrong one. Its P50 stays that of the
class, and each side of its band is the root mean square, over the classes that the author's tokens
carry, of how far the class reaches by itself and how far it is from that P50. For an author
without a class it is the same over the tokens of all authors. The rule has no parameter of its own
and is in `core.class_band`. The tokens are those of eight weeks from {first}. With those of single
weeks up to {last} the bands of `author_prior` contain {author_prior} of the shares, and those of
`unclassified` {unclassified}. With the spread of the class alone they would contain
{author_prior_alone} and {unclassified_alone}. General chat is tested on the
largest models, most of which do other work. The classes were fitted to public figures that include
these, so `class_prior` is not an independent test. The shares of one model in several weeks
resemble each other, so the intervals are narrower than they should be. By age, for information
only:
"""

Row = dict[str, Any]


class Trial(NamedTuple):
    """A share that was observed, and whether the band made without it contained it."""

    method: str
    share: str
    weeks: float
    is_held: bool


def trials(tokens: Counter[str], is_alone: bool = False) -> Iterator[Trial]:
    """Predict every observed share by every method; tokens of models weigh their classes.

    `is_alone` leaves a guessed class the spread that it would have if it were recorded.
    """
    parameters = {row["parameter"]: row["value"] for row in load("parameter").to_pylist()}
    observed = load("observed_mix").to_pylist()
    for row in observed:
        yield from _by_observation(row, observed, parameters)
        for method, (chosen, carried) in _guesses(row, tokens).items():
            if chosen:
                ageing_weeks = parameters["class_prior_ageing_weeks"]
                possible = Counter({chosen: 1}) if is_alone else carried
                yield from _by_class(method, row, chosen, possible, ageing_weeks)


def _by_observation(row: Row, observed: list[Row], parameters: dict[str, float]) -> Iterator[Trial]:
    """Predict a row's shares by the newest earlier observation of the same model, if any."""
    earlier = [
        one for one in observed if _base(one) == _base(row) and one["week_end"] < row["week_end"]
    ]
    if not earlier:
        return
    newest = max(earlier, key=lambda one: one["week_end"])
    weeks = (row["week_end"] - newest["week_end"]).days / 7
    ageing = sqrt(1 + weeks / parameters["observed_mix_ageing_weeks"])
    for share in ("prompt", "cached"):
        away = abs(_logit(row[f"{share}_share"]) - _logit(newest[f"{share}_share"]))
        reach = P90 * parameters["observed_logit_sd"] * ageing
        yield Trial("observed_mix", share, weeks, away <= reach)


def _guesses(row: Row, tokens: Counter[str]) -> dict[str, tuple[str | None, Counter[str]]]:
    """Return by method the class for a row's model, and all classes that tokens carry."""
    classes = {
        one["base_permaslug"]: one["workload_class"] for one in load("model_class").to_pylist()
    }
    base = _base(row)
    author = base.split("/")[0]
    own, others = Counter[str](), Counter[str]()
    for slug, kind in classes.items():
        if slug.split("/")[0] != author:
            others[kind] += tokens[slug]
        elif slug != base:
            own[kind] += tokens[slug]
    known = classes.get(base)
    largest = own.most_common(1)[0][0] if own.total() else None
    return {
        "class_prior": (known, Counter({known: 1} if known else {})),
        "author_prior": (largest, own),
        "unclassified": ("general_chat", others),
    }


def _by_class(
    method: str, row: Row, chosen: str, carried: Counter[str], ageing_weeks: float
) -> Iterator[Trial]:
    """Predict a row's shares by a class, with the spread of all classes that tokens carry."""
    priors = {one["workload_class"]: one for one in load("class_prior").to_pylist()}
    weeks = abs((row["week_end"] - priors[chosen]["fitted_on"]).days) / 7
    for share in ("prompt", "cached"):
        truth, middle = _logit(row[f"{share}_share"]), _logit(priors[chosen][f"{share}_share_mid"])
        squares = 0.0
        for kind, tokens in carried.items():
            low, mid, high = (
                _logit(priors[kind][f"{share}_share_{end}"]) for end in ("low", "mid", "high")
            )
            below = truth < middle
            reach, away = (mid - low, middle - mid) if below else (high - mid, mid - middle)
            square = reach**2 * (1 + weeks / ageing_weeks) + (P90 * max(away, 0)) ** 2
            squares += square * tokens / carried.total()
        yield Trial(method, share, weeks, abs(truth - middle) <= sqrt(squares))


def tokens_by_week() -> dict[date, Counter[str]]:
    """Return the tokens of each model in the sample's weeks after the observations."""
    found: dict[date, Counter[str]] = {}
    for path in sorted(RANKINGS.glob("2026-*.json")):
        for row in json.loads(path.read_bytes())["data"]:
            week = monday(date.fromisoformat(row["date"]))
            found.setdefault(week, Counter())[_base(row)] += int(row["total_tokens"])
    return found


def _eight_weeks(tokens: dict[date, Counter[str]]) -> Counter[str]:
    """Return the tokens of each model in the first eight weeks."""
    return sum((tokens[week] for week in sorted(tokens)[:8]), Counter())


def _base(row: Row) -> str:
    return str(row["model_permaslug"]).partition(":")[0]


def _logit(share: float) -> float:
    inside = min(max(share, 0.005), 0.995)
    return log(inside / (1 - inside))


def interval(held: int, count: int) -> tuple[float, float]:
    """Return Wilson's 90% interval of a share of trials."""
    part, spread = held / count, Z90**2 / count
    middle = (part + spread / 2) / (1 + spread)
    reach = Z90 * sqrt(part * (1 - part) / count + spread / (4 * count)) / (1 + spread)
    return middle - reach, middle + reach


def verdict(held: int, count: int) -> str:
    """Return whether bands are as wide as they say, as far as so many trials can show."""
    low, high = interval(held, count)
    if count < FEW:
        return "too few"
    if high < 0.8:
        return "too narrow"
    return "wider than 80%" if low > 0.8 else "as stated"


def _line(name: str, found: Iterable[Trial]) -> str:
    rows = list(found)
    held = sum(one.is_held for one in rows)
    low, high = interval(held, len(rows))
    return (
        f"| {name} | {len(rows)} | {held / len(rows):.0%} | {low:.0%} to {high:.0%} "
        f"| {verdict(held, len(rows))} |"
    )


def _held(found: Iterable[Trial], method: str) -> float:
    """Return the part of the shares that the bands of a method held."""
    held = [one.is_held for one in found if one.method == method]
    return sum(held) / len(held)


def _remarks(tokens: dict[date, Counter[str]]) -> str:
    by_week = [list(trials(of_week)) for of_week in tokens.values()]
    alone = list(trials(_eight_weeks(tokens), is_alone=True))
    values: dict[str, object] = {"few": FEW, "first": min(tokens), "last": max(tokens)}
    for method in ("author_prior", "unclassified"):
        parts = [_held(week, method) for week in by_week]
        values[method] = f"{min(parts):.0%} to {max(parts):.0%}"
        values[f"{method}_alone"] = f"{_held(alone, method):.0%}"
    return REMARKS.format_map(values)


def page() -> str:
    """Return the page."""
    tokens = tokens_by_week()
    found = list(trials(_eight_weeks(tokens)))
    remarks = _remarks(tokens)
    head = "| {} | shares | in the band | 90% interval | |\n|---|---|---|---|---|"
    pooled = [
        _line(f"`{method}`: {meaning}", (one for one in found if one.method == method))
        for method, meaning in METHODS.items()
    ]
    ages = sorted({(one.method, one.weeks) for one in found})
    by_age = [
        _line(
            f"`{method}`, {weeks:.0f} weeks",
            (one for one in found if (one.method, one.weeks) == (method, weeks)),
        )
        for method, weeks in ages
    ]
    return "\n".join(
        [
            "# How good the token mixes are",
            "",
            "<!-- Written by tools/estimate_page.py. -->",
            "",
            fill(INTRODUCTION, 100),
            "",
            head.format("method"),
            *pooled,
            "",
            fill(remarks, 100),
            "",
            head.format("method and age"),
            *by_age,
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page())
