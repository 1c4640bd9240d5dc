"""Write docs/estimates.md: how often the bands of token mixes held what was observed.

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

PAGE = ROOT / "docs" / "estimates.md"
FIRST_SAMPLE = SAMPLE / "rankings-daily" / "2026-05-11_2026-05-24.json"
P90, Z90 = 1.2815515655446004, 1.6448536269514722
FEW = 20
"""Below so many shares nothing is concluded."""

METHODS = {
    "observed_mix": "the newest earlier observation of the same model",
    "class_prior": "the class of the model",
    "author_prior": "the class with most tokens of its author's other models",
    "unclassified": "general chat, as if its author were new",
}

INTRODUCTION = """\
Revenue rests on the share of prompts in a model's tokens and on the cached share of its
prompts. Each band, P10 to P90, should contain four of five true shares. Every observed mix
(`warehouse/reference/observed_mix.csv`) is predicted here without itself, with the spread that
the age of the evidence gives. Prompt and cached shares are counted together.
"""

REMARKS = f"""\
Below {FEW} shares nothing is concluded. Bands that are too wide are stated and not narrowed. A
class that is not recorded for the model itself has twice the spread (`guessed_class_spread`):
without it the bands of `author_prior` held 70 % of 54 shares. General chat is tested on the
largest models, most of which do other work. The classes were fitted to public figures that
include these, so `class_prior` is not an independent test. The shares of one model in several
weeks resemble each other, so the intervals are narrower than they should be. By age, for
information only:
"""

Row = dict[str, Any]


class Trial(NamedTuple):
    """A share that was observed, and whether the band made without it contained it."""

    method: str
    share: str
    weeks: float
    is_held: bool


def trials() -> Iterator[Trial]:
    """Predict every observed share by every method that could have been used."""
    parameters = {row["parameter"]: row["value"] for row in load("parameter").to_pylist()}
    priors = {row["workload_class"]: row for row in load("class_prior").to_pylist()}
    classes = {
        row["base_permaslug"]: row["workload_class"] for row in load("model_class").to_pylist()
    }
    observed = load("observed_mix").to_pylist()
    tokens = _tokens()
    for row in observed:
        base = _base(row["model_permaslug"])
        earlier = [
            one
            for one in observed
            if _base(one["model_permaslug"]) == base and one["week_end"] < row["week_end"]
        ]
        if earlier:
            newest = max(earlier, key=lambda one: one["week_end"])
            weeks = (row["week_end"] - newest["week_end"]).days / 7
            ageing = sqrt(1 + weeks / parameters["observed_mix_ageing_weeks"])
            distance = P90 * parameters["observed_logit_sd"] * ageing
            for share in ("prompt", "cached"):
                middle = _logit(newest[f"{share}_share"])
                truth = _logit(row[f"{share}_share"])
                held = abs(truth - middle) <= distance
                yield Trial("observed_mix", share, weeks, held)
        others = {slug: kind for slug, kind in classes.items() if slug != base}
        chosen = {
            "class_prior": classes.get(base),
            "author_prior": _largest_class(base.split("/")[0], others, tokens),
            "unclassified": "general_chat",
        }
        for method, kind in chosen.items():
            if kind is not None:
                spread = 1 if method == "class_prior" else parameters["guessed_class_spread"]
                ageing_weeks = parameters["class_prior_ageing_weeks"]
                yield from _by_class(method, row, priors[kind], ageing_weeks, spread)


def _by_class(
    method: str, row: Row, prior: Row, ageing_weeks: float, spread: float
) -> Iterator[Trial]:
    fitted: date = prior["fitted_on"]
    weeks = abs((row["week_end"] - fitted).days) / 7
    ageing = spread * sqrt(1 + weeks / ageing_weeks)
    for share in ("prompt", "cached"):
        low, middle, high = (
            _logit(prior[f"{share}_share_{end}"]) for end in ("low", "mid", "high")
        )
        truth = _logit(row[f"{share}_share"])
        reach = (middle - low if truth < middle else high - middle) * ageing
        yield Trial(method, share, weeks, abs(truth - middle) <= reach)


def _tokens() -> Counter[str]:
    """Return the tokens of each model in the first weeks of the sample after the observations."""
    found: Counter[str] = Counter()
    for row in json.loads(FIRST_SAMPLE.read_bytes())["data"]:
        found[_base(row["model_permaslug"])] += int(row["total_tokens"])
    return found


def _largest_class(author: str, classes: dict[str, str], tokens: Counter[str]) -> str | None:
    seen: Counter[str] = Counter()
    for slug, kind in classes.items():
        if slug.startswith(f"{author}/") and tokens[slug]:
            seen[kind] += tokens[slug]
    return seen.most_common(1)[0][0] if seen else None


def _base(slug: str) -> str:
    return slug.partition(":")[0]


def _logit(share: float) -> float:
    inside = min(max(share, 0.005), 0.995)
    return log(inside / (1 - inside))


def interval(held: int, count: int) -> tuple[float, float]:
    """Return Wilson's 90 % interval of a share of trials."""
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
    return "wider than 80 %" if low > 0.8 else "as stated"


def _line(name: str, found: Iterable[Trial]) -> str:
    rows = list(found)
    held = sum(one.is_held for one in rows)
    low, high = interval(held, len(rows))
    return (
        f"| {name} | {len(rows)} | {held / len(rows):.0%} | {low:.0%} to {high:.0%} "
        f"| {verdict(held, len(rows))} |"
    )


def page() -> str:
    """Return the page."""
    found = list(trials())
    head = "| {} | shares | in the band | 90 % interval | |\n|---|---|---|---|---|"
    pooled = [
        _line(f"`{method}`: {meaning}", (one for one in found if one.method == method))
        for method, meaning in METHODS.items()
    ]
    ages = sorted({(one.method, one.weeks) for one in found if one.method != "unclassified"})
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
            fill(REMARKS, 100),
            "",
            head.format("method and age"),
            *by_age,
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page())
