"""Claims placed around the bounds that the marts publish: no verdict says more than they allow.

The oracle knows only the rule of docs/claims.md: what holds at both ends, at one, or at none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.home.database import connect
from pipelines.models.rerun import rerun
from pipelines.reference.loader import read

HEADER = "claim_id,metric,subject,period,operator,value,unit,printed_as"
HOLDS = {
    "lt": lambda computed, printed: computed < printed,
    "le": lambda computed, printed: computed <= printed,
    "gt": lambda computed, printed: computed > printed,
    "ge": lambda computed, printed: computed >= printed,
}
MARTS = {
    "marts.claims_audit",
    "marts.weekly_origin",
    "marts.weekly_model",
    "marts.origin_ratio",
    "marts.scope_lens",
    "marts.dual_metric",
}


@dataclass(frozen=True)
class Bounded:
    """A published value between bounds, and the bounds at narrower scopes, in the claim's unit."""

    metric: str
    subject: str
    week: Any
    unit: str
    low: float
    high: float | None
    attributed: float | None = None
    narrower: list[tuple[float, float]] = field(default_factory=list)
    is_estimate: bool = False


def expected(bounded: Bounded, operator: str, printed: float, last_digit: float) -> str:
    """Return the verdict that follows from the bounds alone."""
    low, high = bounded.low, float("inf") if bounded.high is None else bounded.high
    if operator != "eq":
        ends = [HOLDS[operator](end, printed) for end in (low, high)]
        if all(ends) and (high <= 2 * low or not bounded.is_estimate):
            return "CONFIRMED"
        if any(all(HOLDS[operator](end, printed) for end in ends) for ends in bounded.narrower):
            return "SCOPE_ONLY"
        everywhere = [end for ends in bounded.narrower for end in ends]
        may_hold = any(ends) or any(HOLDS[operator](end, printed) for end in everywhere)
        return "UNVERIFIABLE" if may_hold else "CONTRADICTED"
    if bounded.is_estimate:
        inside = low <= printed <= high
        return "CONTRADICTED" if not inside else "CONFIRMED" if high <= 2 * low else "UNVERIFIABLE"
    level = 0.1 if bounded.unit == "percent" else 0.002 * abs(printed)
    allowed = max(last_digit / 2, level) * (1 + 1e-9)
    if bounded.attributed is not None and abs(bounded.attributed - printed) <= allowed:
        return "CONFIRMED"
    if all(abs(end - printed) <= allowed for end in (low, high)):
        return "CONFIRMED"
    if any(all(abs(end - printed) <= allowed for end in ends) for ends in bounded.narrower):
        return "SCOPE_ONLY"
    possible = [(low, high), *bounded.narrower]
    may_be = any(first - allowed <= printed <= last + allowed for first, last in possible)
    return "UNVERIFIABLE" if may_be else "CONTRADICTED"


def places(bounded: Bounded) -> Iterator[str]:
    """Yield numbers below, at, between and above the bounds, with six digits."""
    high = bounded.high if bounded.high is not None else bounded.low + abs(bounded.low) + 1
    width = high - bounded.low
    for part in (-0.5, -0.01, 0.0, 0.25, 0.5, 0.75, 1.0, 1.01, 1.5):
        yield f"{bounded.low + part * width:.6g}"


def shares(connection: duckdb.DuckDBPyConnection) -> Iterator[Bounded]:
    """Shares of all tokens, of the blocs and of the largest vendors and series."""
    rows = connection.sql(
        """
        SELECT lens.week, lens.grain, lens.key, named.share_min, named.share_max, named.open_tokens,
            list((100 * lens.tokens / market.tokens,
                100 * (lens.tokens + lens.open_tokens) / market.tokens)),
            100 * any_value(origin.share_of_cn_us)
        FROM marts.scope_lens AS lens
        JOIN marts.scope_lens AS named
            ON lens.week = named.week AND lens.grain = named.grain AND lens.key = named.key
            AND named.scope = 'named'
        JOIN marts.scope_lens AS market
            ON lens.week = market.week AND lens.scope = market.scope AND market.grain = 'market'
        LEFT JOIN marts.weekly_origin AS origin
            ON lens.grain = 'bloc' AND origin.scope = 'named'
            AND lens.week = origin.week AND lens.key = origin.bloc
        WHERE lens.grain IN ('bloc', 'vendor', 'series') AND named.share_min > 0.05
        GROUP BY ALL ORDER BY ALL
        """
    ).fetchall()
    prefix = {"bloc": "origin:", "series": "series:", "vendor": ""}
    for week, grain, key, low, high, still_open, narrower, of_two in rows:
        values = [*narrower, (of_two, of_two)] if of_two else narrower
        attributed = None if still_open else 100 * low
        subject = prefix[grain] + key
        yield Bounded(
            "token_share", subject, week, "percent", 100 * low, 100 * high, attributed, values
        )


def ratios(connection: duckdb.DuckDBPyConnection) -> Iterator[Bounded]:
    """The ratio of the two blocs."""
    rows = connection.sql(
        "SELECT week, max(cn_over_us) FILTER (WHERE scope = 'named'), any_value(cn_over_us_min), "
        "any_value(cn_over_us_max), list(cn_over_us) FROM marts.origin_ratio GROUP BY week"
    ).fetchall()
    for week, value, low, high, narrower in rows:
        known = [(one, one) for one in narrower if one is not None]
        yield Bounded("ratio", "origin:CN;origin:US", week, "x", low, high, value, known)


def models(connection: duckdb.DuckDBPyConnection) -> Iterator[Bounded]:
    """Tokens and growth of models that were not listed on all days."""
    rows = connection.sql(
        "SELECT week, model_permaslug, tokens_low, tokens_high, wow_low, wow_high, "
        "wow_interval_kind FROM marts.weekly_model WHERE status <> 'every_day' "
        "AND tokens_low > 0 ORDER BY week, model_permaslug"
    ).fetchall()
    for week, model, low, high, growth_low, growth_high, kind in rows:
        yield Bounded("tokens", model, week, "B", low / 1e9, high / 1e9)
        if kind == "censoring":
            top = None if growth_high is None else 100 * growth_high
            yield Bounded("growth", model, week, "percent", 100 * growth_low, top)


def estimates(connection: duckdb.DuckDBPyConnection) -> Iterator[Bounded]:
    """Revenue shares of the vendors."""
    rows = connection.sql(
        "SELECT week, key, revenue_share_p10, revenue_share_p90 FROM marts.dual_metric "
        "WHERE grain = 'vendor' AND revenue_share_p10 > 0.002 ORDER BY ALL"
    ).fetchall()
    for week, vendor, low, high in rows:
        yield Bounded(
            "revenue_share", vendor, week, "percent", 100 * low, 100 * high, is_estimate=True
        )


def with_holes(database: Path) -> Any:
    """Return the daily rows without every third model on two days of each week.

    A family of Anthropic that fits no rule of a series is among them, with the tokens of a Sonnet.
    """
    with connect(database) as connection:
        return connection.sql(
            """
            SELECT * FROM staging.rankings_daily
            WHERE NOT (
                dayofweek(date) IN (2, 4) AND NOT is_other
                AND hash(model_permaslug) % 3 = 0
            )
            UNION ALL
            SELECT * REPLACE ('anthropic/claude-magnum' AS model_permaslug)
            FROM staging.rankings_daily
            WHERE model_permaslug = 'anthropic/claude-4.6-sonnet-20260217'
            """
        ).pl()


@pytest.mark.parametrize(
    ("are_constructed", "every"),
    [
        pytest.param(False, 20, id="real weeks, a sample"),
        pytest.param(False, 1, id="real weeks", marks=pytest.mark.accept),
        pytest.param(True, 1, id="weeks with holes", marks=pytest.mark.accept),
    ],
)
def test_no_verdict_says_more_than_the_bounds_allow(
    database: Path, tmp_path: Path, are_constructed: bool, every: int
) -> None:
    """Of every bounded value, or of every so many of each kind."""
    rows = {"staging.rankings_daily": with_holes(database)} if are_constructed else {}
    with rerun(database, rows, MARTS) as connection:
        bounded = [
            one
            for published in (shares, ratios, models, estimates)
            for one in islice(published(connection), 0, None, every)
        ]
    claims = [
        (one, operator, text)
        for one in bounded
        for operator in ("eq", *HOLDS)
        for text in places(one)
    ]
    path = tmp_path / "claims.csv"
    lines = [
        f"c{number},{one.metric},{one.subject},{one.week},{operator},{text},{one.unit},said so"
        for number, (one, operator, text) in enumerate(claims)
    ]
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    with rerun(database, rows | {"reference.claims": read("claims", [path])}, MARTS) as connection:
        verdicts = connection.sql(
            "SELECT verdict, explanation FROM marts.claims_audit ORDER BY line"
        ).fetchall()
    assert len(verdicts) == len(claims) > 2000 / every
    wrong = []
    for (one, operator, text), (verdict, explanation) in zip(claims, verdicts, strict=True):
        digits = len(text.partition(".")[2]) if "e" not in text else 0
        wanted = expected(one, operator, float(text), 10.0**-digits)
        if verdict != wanted:
            wrong.append((one, operator, text, wanted, verdict, explanation))
    assert wrong[:5] == [], len(wrong)
    assert len({verdict for verdict, _ in verdicts}) == 4
