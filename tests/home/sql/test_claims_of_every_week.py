"""Claims made from the computed marts, for every week and every metric: each verdict is known.

A number is printed at several roundings as it is at the full scope, as it is at another
one, and moved by a tenth.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import chain, islice, product, takewhile
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pipelines.queries.audit import audit
from tests.home.sql.conftest import Select

DIGITS = (2, 3, 4)
UNITS = {"tokens": ("T", 1e12), "fraction": ("percent", 0.01), "multiple": ("x", 1.0)}

SUBJECT = """
    CASE lens.grain
        WHEN 'market' THEN 'all'
        WHEN 'bloc' THEN 'origin:' || lens.key
        WHEN 'series' THEN 'series:' || lens.key
        WHEN 'model' THEN offer.model_id
        ELSE lens.key
    END AS subject
"""
LENS = """
    FROM marts.scope_lens AS lens
    JOIN marts.weekly_total AS total ON lens.week = total.week AND total.is_complete
    LEFT JOIN staging.catalogue AS offer
        ON lens.grain = 'model' AND lens.week = offer.week
        AND lens.key = offer.canonical_slug
        || CASE WHEN offer.variant = 'standard' THEN '' ELSE ':' || offer.variant END
    LEFT JOIN marts.weekly_model AS listed
        ON lens.grain = 'model' AND lens.week = listed.week AND lens.key = listed.model_permaslug
    WHERE lens.grain <> 'family' AND (lens.grain <> 'model' OR listed.days_seen = 7)
        AND lens.share_of_total > 0.01
"""

Claim = dict[str, Any]


def printed(value: float, digits: int) -> str:
    """Print a number with so many significant digits, but no whole number shorter than it is."""
    number = Decimal(value)
    return f"{number.quantize(Decimal(1).scaleb(min(number.adjusted() - digits + 1, 0))):f}"


def rank_bounds(bounds: list[tuple[int, int]], tokens: int) -> tuple[int, int]:
    """Return the best and the worst rank of a model listed every day among models with bounds."""
    return (
        1 + sum(low > tokens for low, _ in bounds),
        1 + sum(high > tokens for low, high in bounds if (low, high) != (tokens, tokens)),
    )


UNKNOWN = "origin:UNATTRIBUTED"


class Unattributed(NamedTuple):
    """Tokens of a week that may belong to any bloc, and those of the row other among them."""

    all: int
    other: int


def unattributed(select: Select) -> dict[Any, Unattributed]:
    """Return the tokens of each week that no country is known for."""
    rows = select(
        "SELECT total.week, "
        "any_value(total.total_tokens) - sum(split.tokens), any_value(total.other_tokens) "
        "FROM marts.weekly_origin AS split JOIN marts.weekly_total AS total "
        "ON split.week = total.week WHERE split.scope = 'named' "
        "AND split.bloc IN ('CN', 'US', 'OTHER') GROUP BY total.week"
    )
    return {week: Unattributed(int(tokens), other) for week, tokens, other in rows}


def full_bounds(subject: str, tokens: int, total: int, nobodys: Unattributed) -> tuple[int, int]:
    """Return the tokens of a subject at the full scope, and how many it may have at most."""
    if subject == "all":
        return total, total
    if subject == UNKNOWN:
        return tokens + nobodys.other, tokens + nobodys.other
    if subject == "origin:STEALTH":
        return tokens, nobodys.all
    return tokens, tokens + (nobodys.all if subject.startswith("origin:") else 0)


def of_volumes(select: Select) -> Iterator[Claim]:
    """Tokens, shares and growth of every subject, at the full scope, at the top nine, and moved."""
    rows = select(
        f"SELECT lens.week, lens.scope, lens.grain, {SUBJECT}, lens.tokens, lens.share, "
        f"lens.share_of_total, listed.rank, total.total_tokens {LENS} ORDER BY ALL"
    )
    nobodys = unattributed(select)
    bounds = defaultdict(list)
    for week, low, high in select("SELECT week, tokens_low, tokens_high FROM marts.weekly_model"):
        bounds[week].append((low, high))
    scopes: dict[Any, dict[str, Any]] = defaultdict(dict)
    for week, scope, grain, subject, *values in rows:
        if subject:
            scopes[week, grain, subject][scope] = values
    for (week, grain, subject), at in scopes.items():
        tokens, share, share_of_total, rank, total = at["named"]
        full, most = full_bounds(subject, tokens, total, nobodys[week])
        claim: Claim = {"week": week, "subject": subject, "quantity": "tokens"}
        yield {**claim, "metric": "weekly_tokens", "value": full, "verdict": "CONFIRMED"}
        if not full * 1.09 < most < full * 1.11:
            verdict = "UNVERIFIABLE" if full * 1.1 < most else "CONTRADICTED"
            more = {"metric": "weekly_tokens", "value": full * 1.1, "digits": (3, 4)}
            yield {**claim, **more, "verdict": verdict}
        nine = at.get("top9", at["named"])[0]
        if nine < full * 0.9 and grain != "model":
            yield {**claim, "metric": "weekly_tokens", "value": nine, "verdict": "SCOPE_ONLY"}
        if rank:
            ranked = {**claim, "metric": "rank_tokens", "value": tokens}
            best, worst = rank_bounds(bounds[week], tokens)
            alone = "CONFIRMED" if best == worst else "UNVERIFIABLE"
            beyond = "CONTRADICTED" if worst <= rank else "UNVERIFIABLE"
            yield {**ranked, "rank": rank, "verdict": alone}
            yield {**ranked, "rank": rank + 1, "verdict": beyond}
        if grain != "market":
            part: Claim = {**claim, "metric": "token_share", "quantity": "fraction"}
            yield {**part, "value": full / total, "verdict": "CONFIRMED"}
            yield {**part, "value": 1.2 * max(one[1] for one in at.values()) + 0.5}
            if share_of_total > 0.1:
                yield {**part, "value": share, "digits": (3, 4), "verdict": "SCOPE_ONLY"}


def of_growth(select: Select) -> Iterator[Claim]:
    """Growth on the week before and on the year before."""
    rows = select(
        f"SELECT lens.week, {SUBJECT}, lens.wow {LENS} AND lens.scope = 'named' "
        "AND (lens.grain <> 'model' OR lens.wow IS NOT NULL)"
    )
    rows = [row for row in rows if row[1] and row[1] not in ("all", UNKNOWN)]
    rows += select("SELECT week, 'all', wow FROM marts.weekly_total WHERE source = 'daily_rows'")
    for week, subject, wow in rows:
        claim: Claim = {"week": week, "subject": subject, "metric": "wow", "quantity": "fraction"}
        if wow is None:
            yield {**claim, "value": 0.123, "verdict": "UNVERIFIABLE"}
        elif abs(wow) > 0.001:
            yield {**claim, "value": wow, "verdict": "CONFIRMED"}
            yield {**claim, "value": 9 + abs(wow), "verdict": "CONTRADICTED"}
    for week, times in select(
        "SELECT week, year_ago_multiple FROM marts.weekly_total WHERE year_ago_multiple > 0"
    ):
        claim = {"week": week, "subject": "all", "metric": "multiple", "quantity": "multiple"}
        yield {**claim, "value": times, "verdict": "CONFIRMED"}
        yield {**claim, "value": 1.1 * times, "verdict": "CONTRADICTED"}


def of_revenue(select: Select) -> Iterator[Claim]:
    """The estimate of every vendor: inside the band, which may be too wide, or outside."""
    for week, vendor, low, middle, high in select(
        "SELECT week, key, revenue_share_p10, revenue_share_p50, revenue_share_p90 "
        "FROM marts.dual_metric WHERE grain = 'vendor' AND revenue_share_p10 > 0.01 "
        "AND week IN (SELECT week FROM marts.weekly_total WHERE is_complete)"
    ):
        claim: Claim = {"week": week, "subject": vendor, "metric": "revenue_share"}
        claim |= {"quantity": "fraction", "digits": (4,)}
        inside = "CONFIRMED" if high <= 2 * low else "UNVERIFIABLE"
        yield {**claim, "value": middle, "verdict": inside}
        yield {**claim, "value": 1.1 * high, "verdict": "CONTRADICTED"}
        yield {**claim, "value": 0.9 * low, "verdict": "CONTRADICTED"}


def of_counts(select: Select) -> Iterator[Claim]:
    """Whole numbers and truths: moves, places, streaks, offers; one more is wrong."""
    counts = select(
        """
        SELECT total.week, 'rising_streak', 'all', total.strict_rising_streak, 'weeks'
        FROM marts.weekly_total AS total JOIN marts.weekly_total AS ending
            ON ending.week = total.week - 7 * total.strict_rising_streak::INT
        WHERE ending.wow <= 0
        UNION ALL
        SELECT week, 'skus_in_top', author || ':10', count(*), 'models' FROM marts.weekly_model
        WHERE rank <= 10 GROUP BY week, author
        UNION ALL
        SELECT week, 'members', string_agg(model_permaslug, ';' ORDER BY rank) || ';ranks:1-10', 6,
            'models'
        FROM marts.weekly_model WHERE rank BETWEEN 5 AND 15 GROUP BY week
        UNION ALL
        SELECT week, 'catalogue_models', 'all', count(*) FILTER (WHERE variant = 'standard'),
            'models'
        FROM staging.catalogue WHERE week IN (SELECT week FROM marts.weekly_model) GROUP BY week
        """
    )
    for week, metric, subject, value, unit in counts:
        claim: Claim = {"week": week, "metric": metric, "subject": subject, "unit": unit}
        yield {**claim, "text": f"{value}", "verdict": "CONFIRMED"}
        yield {**claim, "text": f"{value + 97}", "verdict": "CONTRADICTED"}
    for week, move, subject, weeks_known in select(
        "SELECT week, move, model_permaslug || ':' || top_n, weeks_known FROM marts.rank_moves "
        "WHERE top_n IN (10, 20)"
    ):
        metric = "left_top" if move == "left" else "entered_top"
        claim = {"week": week, "metric": metric, "subject": subject, "unit": "bool"}
        is_open = move in ("entered", "succeeded") and weeks_known < 4
        holds, fails = ("0", "1") if move == "re_entered" else ("1", "0")
        yield {**claim, "text": holds, "verdict": "UNVERIFIABLE" if is_open else "CONFIRMED"}
        yield {**claim, "text": fails, "verdict": "UNVERIFIABLE" if is_open else "CONTRADICTED"}
    for week, lows, highs in select(
        "SELECT week, list(tokens_low ORDER BY tokens_low DESC), "
        "list(tokens_high ORDER BY tokens_high DESC) FROM marts.weekly_model GROUP BY week"
    ):
        for metric, place in (("rank_range_low", 10), ("rank_range_high", 6)):
            claim = {"week": week, "metric": metric, "subject": "ranks:6-10", "quantity": "tokens"}
            low, high = lows[place - 1], highs[place - 1]
            if low == high:
                yield {**claim, "value": low, "verdict": "CONFIRMED"}
            yield {**claim, "value": 1.1 * high, "digits": (3, 4), "verdict": "CONTRADICTED"}
            yield {**claim, "value": 0.9 * low, "digits": (3, 4), "verdict": "CONTRADICTED"}


def of_leads(select: Select) -> Iterator[Claim]:
    """Weeks in a row in which one of the two blocs leads, at every scope.

    A week without rows may have been anything.
    """
    nobodys = unattributed(select)
    tokens: dict[Any, dict[str, int]] = defaultdict(dict)
    for week, scope, bloc, number in select(
        "SELECT week, scope, bloc, tokens FROM marts.weekly_origin WHERE bloc IN ('CN', 'US')"
    ):
        tokens[week, scope][bloc] = number
    weeks = sorted({week for week, _ in tokens})
    for last, (first, second) in product(weeks, (("CN", "US"), ("US", "CN"))):
        back = [
            last - timedelta(days=7 * number) for number in range((last - weeks[0]).days // 7 + 1)
        ]
        bounds = {}
        for scope in ("all", "named", "top20", "top10", "top9"):
            sure, possible = [], []
            for week in back:
                own = tokens.get((week, "named" if scope == "all" else scope))
                hidden = nobodys[week].all if own and scope == "all" else 0
                sure.append(own is not None and own[first] > own[second] + hidden)
                possible.append(own is None or own[first] + hidden > own[second])
            least = len([*takewhile(bool, sure)])
            bounds[scope] = least, inf if all(possible) else len([*takewhile(bool, possible)])
        claim = {"week": last, "metric": "lead_streak", "unit": "weeks"}
        claim["subject"] = f"origin:{first}>{second}"
        for value in {least for least, _ in bounds.values()} | {97}:
            exact = {scope for scope, ends in bounds.items() if ends == (value, value)}
            may_be = any(least <= value <= most for least, most in bounds.values())
            yield {
                **claim,
                "text": f"{value}",
                "verdict": "CONFIRMED"
                if "all" in exact
                else "SCOPE_ONLY"
                if exact
                else "UNVERIFIABLE"
                if may_be
                else "CONTRADICTED",
            }


def of_prices(select: Select) -> Iterator[Claim]:
    """The 3:1 blend of the dearest model on offer over that of the cheapest."""
    for week, dear, cheap, ratio in select(
        """
        SELECT week, max_by(model_id, usd), min_by(model_id, usd), max(usd) / min(usd)
        FROM (
            SELECT week, model_id, 0.75 * prompt_price + 0.25 * completion_price AS usd
            FROM staging.catalogue WHERE prompt_price > 0 AND variant = 'standard'
        ) WHERE week IN (SELECT week FROM marts.weekly_model) GROUP BY week
        """
    ):
        claim: Claim = {"week": week, "metric": "price_ratio", "subject": f"{dear};{cheap}"}
        claim |= {"quantity": "multiple", "digits": (3,)}
        changes = select(
            "SELECT model_id FROM staging.catalogue WHERE model_id IN (?, ?) AND week IN (?, ?) "
            "GROUP BY model_id HAVING count(DISTINCT (prompt_price, completion_price)) > 1",
            *(dear, cheap, week, week - timedelta(days=7)),
        )
        yield {**claim, "value": ratio, "verdict": "UNVERIFIABLE" if changes else "CONFIRMED"}


def write(claims: Iterator[Claim], path: Path) -> dict[str, Claim]:
    """Write each claim at each of its roundings; return them by the name they have in the file."""
    named: dict[str, Claim] = {}
    with path.open("w", newline="") as file:
        sheet = csv.writer(file)
        header = "claim_id,section,metric,subject,week,operator,value,unit,rank,printed_as"
        sheet.writerow(header.split(","))
        for claim in claims:
            unit, size = UNITS.get(claim.get("quantity", ""), (claim.get("unit"), 1.0))
            texts = [claim["text"]] if "text" in claim else []
            texts += [
                printed(claim["value"] / size, digits)
                for digits in claim.get("digits", DIGITS)
                if "value" in claim
            ]
            for text in texts:
                name = f"c{len(named)}"
                row = (claim["metric"], claim["subject"], claim["week"], "eq", text, unit)
                sheet.writerow((name, "", *row, claim.get("rank", ""), "made from the marts"))
                named[name] = {**claim, "text": text}
    return named


MAKERS = (of_volumes, of_growth, of_revenue, of_counts, of_leads, of_prices)


@pytest.mark.parametrize(
    ("makers", "every"),
    [
        pytest.param(MAKERS, 24, id="a sample"),
        *(pytest.param((one,), 1, id=one.__name__, marks=pytest.mark.accept) for one in MAKERS),
    ],
)
def test_what_the_marts_say_is_judged_so(
    makers: tuple[Any, ...], every: int, select: Select, database: Path, tmp_path: Path
) -> None:
    """Every claim, or every so many."""
    made = chain.from_iterable(make(select) for make in makers)
    claims = write(islice(made, 0, None, every), tmp_path / "claims.csv")
    judged = audit(database, tmp_path / "claims.csv", None)["claims"]
    assert len(judged) == len(claims)
    weeks = {claim["week"] for claim in judged}
    assert len(weeks) >= 10
    wrong = [
        (claims[name], claim["verdict"], claim["explanation"])
        for claim in judged
        if (name := f"{claim['claim_id']}")
        and claim["verdict"] != claims[name].get("verdict", "CONTRADICTED")
    ]
    assert wrong[:5] == [], len(wrong)
