"""Own usage as the commands show it: a period next to the market, names, speed, and repricing."""

import re
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from pipelines.errors import RefusalError
from pipelines.queries.published import Connection, Row, Rows, query


class Period(NamedTuple):
    """A week by its Monday or a month by its first day, as the column of that name contains it."""

    column: str
    start: date

    def __str__(self) -> str:
        """Return it as people write it."""
        is_week = self.column == "week"
        return f"week {self.start}" if is_week else f"{self.start:%B %Y}"


GROUPS = {
    "model": "model",
    "vendor": "coalesce(vendor, 'not resolved')",
    "workload": "coalesce(workload, label, 'without a label')",
}
"""What the rows of a period may be grouped by, besides the hour of the day."""

MARKET = {"model": "model_permaslug", "vendor": "vendor"}
"""The groups that the market has too, and their column in `marts.weekly_model`."""

SUMS = """
    sum(requests)::BIGINT AS requests,
    sum(tokens)::BIGINT AS tokens,
    sum(cost_usd) FILTER (WHERE is_billed)::DOUBLE AS billed_usd,
    coalesce(sum(tokens) FILTER (WHERE is_billed), 0)::BIGINT
        AS billed_tokens,
    sum(cost_usd) FILTER (WHERE cost_kind = 'source_estimate')::DOUBLE AS estimated_usd,
    coalesce(sum(tokens) FILTER (WHERE cost_kind = 'source_estimate'), 0)::BIGINT
        AS estimated_tokens,
    sum(cache_read_tokens)::BIGINT AS cache_read_tokens,
    sum(cache_known_tokens)::BIGINT AS cache_known_tokens,
"""


def period(connection: Connection, week: date | None, month: str | None) -> Period:
    """Return the period named, or the newest week with own usage.

    Raises RefusalError if there is no own usage in it, naming what there is.
    """
    column = "month" if month else "week"
    known = query(connection, f"SELECT DISTINCT {column} FROM marts.own_usage() ORDER BY ALL")
    starts = [row[column] for row in known]
    if not starts:
        raise RefusalError(
            "no own usage is published: `tokenhouse usage add` imports it, then `tokenhouse run`"
        )
    start = first_day(month) if month else week or starts[-1]
    if start not in starts:
        listed = ", ".join(f"{one:%Y-%m}" if month else f"{one}" for one in starts)
        raise RefusalError(f"no own usage in {Period(column, start)}: there is some in {listed}")
    return Period(column, start)


def first_day(month: str) -> date:
    """Return the first day of a month written as 2026-06; RefusalError for anything else."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
    if not found:
        raise RefusalError(f"--month: {month!r} is no month: write it as 2026-06")
    return date(int(found[1]), int(found[2]), 1)


def total(connection: Connection, period: Period) -> Row:
    """Return the sums of a period, its scopes, and its weeks' distances from the market."""
    (row,) = query(
        connection,
        f"SELECT {SUMS} list(DISTINCT scope ORDER BY scope) AS scopes FROM marts.own_usage() "
        f"WHERE {period.column} = $start",
        start=period.start,
    )
    (distance,) = query(
        connection,
        "SELECT min(distance) AS low, max(distance) AS high FROM marts.usage_against_market "
        "INNER JOIN marts.weekly_total AS total ON usage_against_market.week = total.week "
        "WHERE grain = 'model' AND is_complete AND usage_against_market.week IN "
        f"(SELECT week FROM marts.own_usage() WHERE {period.column} = $start)",
        start=period.start,
    )
    return {**row, "distance_low": distance["low"], "distance_high": distance["high"]}


def controls(connection: Connection, period: Period) -> Rows:
    """Return, by scope, the ledger next to what OpenRouter reports for days of a period."""
    return query(
        connection,
        "SELECT scope, count(*) AS days, min(date) AS first_day, max(date) AS last_day, "
        "sum(ledger_tokens)::BIGINT AS ledger_tokens, "
        "sum(reported_tokens)::BIGINT AS reported_tokens, "
        "sum(ledger_usd) AS ledger_usd, sum(reported_usd) AS reported_usd, "
        "count(*) FILTER (WHERE ledger_tokens <> reported_tokens) AS days_that_differ "
        f"FROM marts.usage_control WHERE {period.column} = $start GROUP BY scope ORDER BY scope",
        start=period.start,
    )


def by(connection: Connection, period: Period, group: str) -> Rows:
    """Return the rows of a period by model, vendor or workload, the most tokens first.

    `market_share` is over the weeks of the period, NULL for what the market does not have.
    """
    return query(
        connection,
        f"""
        WITH own AS (
            SELECT {GROUPS[group]} AS key, {SUMS} min(resolved_by) AS resolved_by
            FROM marts.own_usage()
            WHERE {period.column} = $start
            GROUP BY ALL
        ),

        weeks AS (
            SELECT DISTINCT week FROM marts.own_usage() WHERE {period.column} = $start
        ),

        market AS (
            SELECT {MARKET.get(group, "NULL")}::VARCHAR AS key, sum(tokens) AS tokens
            FROM marts.weekly_model
            WHERE week IN (FROM weeks)
            GROUP BY ALL
        )

        SELECT
            own.*,
            own.tokens / nullif(sum(own.tokens) OVER (), 0) AS share,
            market.tokens::DOUBLE / nullif((
                SELECT sum(total_tokens) FROM marts.weekly_total WHERE week IN (FROM weeks)
            ), 0) AS market_share,
            1e6 * billed_usd / nullif(billed_tokens, 0) AS usd_per_million,
            1e6 * estimated_usd / nullif(estimated_tokens, 0) AS estimated_per_million,
            cache_read_tokens / nullif(cache_known_tokens, 0) AS cache_hit_share
        FROM own
        LEFT JOIN market ON own.key = market.key
        ORDER BY own.tokens DESC, own.key
        """,
        start=period.start,
    )


def by_hour(connection: Connection, period: Period) -> Rows:
    """Return requests and tokens of a period by the hour of the day, UTC."""
    inside = (
        "week = $start" if period.column == "week" else "date_trunc('month', hour)::DATE = $start"
    )
    return query(
        connection,
        "SELECT hour(hour) AS hour, sum(requests)::BIGINT AS requests, "
        f"sum(tokens)::BIGINT AS tokens FROM marts.own_hours() WHERE {inside} "
        "GROUP BY ALL ORDER BY ALL",
        start=period.start,
    )


def speed(connection: Connection, period: Period) -> tuple[Rows, Rows]:
    """Return latency and refusals by week and model, and tokens per hour by week."""
    weeks = f"week IN (SELECT week FROM marts.own_usage() WHERE {period.column} = $start)"
    models = query(
        connection,
        "SELECT week, scope, model, requests, rate_limited_share, p50_ms, p95_ms, p99_ms "
        f"FROM marts.weekly_usage WHERE {weeks} ORDER BY week, scope, tokens DESC, model",
        start=period.start,
    )
    hours = query(
        connection,
        f"FROM marts.usage_tph WHERE {weeks} ORDER BY week, scope",
        start=period.start,
    )
    return models, hours


def unresolved(connection: Connection) -> Rows:
    """Return the names that mean nothing to the catalogue, each with ids that look alike.

    A suggestion has the same parts in another order or without the author; none is ever applied.
    """
    found = query(connection, "FROM marts.own_names() WHERE model_permaslug IS NULL")
    offers = query(
        connection, "SELECT DISTINCT model_id, model_permaslug FROM marts.catalogue() ORDER BY ALL"
    )
    like: dict[frozenset[str], list[str]] = {}
    for offer in offers:
        author, _, name = offer["model_id"].partition("/")
        for parts in (_parts(name), _parts(name) | _parts(author)):
            like.setdefault(parts, []).append(offer["model_permaslug"])
    return [
        {**row, "suggestions": sorted(set(like.get(_parts(row["model_raw"]), [])))} for row in found
    ]


def _parts(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+|\d+", name.lower()))


def repriced(
    connection: Connection, month: date, at: date | None, table: date | None
) -> tuple[Rows, Rows]:
    """Return the bases of a month's billed tokens, each with its cost; and what has no bill.

    `at` is the week of list prices and `table` that of a routing table, by default the newest.
    Raises RefusalError naming what there is.
    """
    bases = query(
        connection,
        """
        SELECT
            basis,
            price_week,
            CASE WHEN basis = 'table' THEN workload END AS workload,
            max(model) FILTER (WHERE basis = 'table') AS route_model,
            sum(tokens)::BIGINT AS tokens,
            coalesce(sum(tokens) FILTER (WHERE basis = 'routed' AND workload IS NULL), 0)::BIGINT
                AS unrouted_tokens,
            sum(usd) AS usd,
            sum(usd_high) AS usd_high,
            sum(unpriced_tokens)::BIGINT AS unpriced_tokens,
            list(model ORDER BY model) FILTER (WHERE NOT conditional_price_known) AS long_prompts
        FROM marts.usage_repriced
        WHERE month = $month AND is_billed
        GROUP BY ALL
        HAVING unrouted_tokens < tokens
        ORDER BY price_week, workload
        """,
        month=month,
    )
    if not bases:
        known = query(connection, "SELECT DISTINCT month FROM marts.usage_repriced WHERE is_billed")
        listed = ", ".join(f"{row['month']:%Y-%m}" for row in known) or "no month"
        raise RefusalError(f"nothing of {month:%Y-%m} has a bill: there are bills in {listed}")
    weeks = {
        "week": _chosen(bases, "week", at, "no catalogue"),
        "table": _chosen(bases, "table", table, "no routing table"),
    }
    weeks["routed"] = weeks["table"]
    shown = [row for row in bases if row["price_week"] == weeks.get(row["basis"])]
    order = ["as_billed", "own_week", "week", "routed", "table"]
    without_bill = query(
        connection,
        "SELECT basis, sum(tokens)::BIGINT AS tokens, sum(usd) AS usd, "
        "sum(unpriced_tokens)::BIGINT AS unpriced_tokens FROM marts.usage_repriced "
        "WHERE month = $month AND NOT is_billed AND basis IN ('own_week', 'as_billed') "
        "GROUP BY ALL",
        month=month,
    )
    return sorted(
        shown, key=lambda row: (order.index(row["basis"]), row["workload"] or "")
    ), without_bill


def _chosen(rows: Rows, basis: str, week: date | None, without: str) -> date | None:
    """Return the week of a basis, by default the newest; RefusalError naming those there are."""
    weeks: Collection[date] = {row["price_week"] for row in rows if row["basis"] == basis}
    if week is None:
        return max(weeks, default=None)
    if week not in weeks:
        listed = ", ".join(f"{one}" for one in sorted(weeks))
        raise RefusalError(f"{without} of the week {week}: there are those of {listed}")
    return week
