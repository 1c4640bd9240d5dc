"""Groups of models in a week, and the weeks of single ones, for `tokenhouse top`."""

from datetime import date, timedelta

from pipelines.queries.published import Connection, Rows, query

SHOWN = 8
"""Weeks of the small lines, the week named among them."""

GROUPS = {
    "vendor": "SELECT week, vendor AS name, tokens, share, wow FROM marts.weekly_vendor",
    "bloc": (
        "SELECT week, bloc AS name, tokens, share_of_total AS share, wow FROM marts.weekly_origin "
        "WHERE scope = 'named'"
    ),
    "series": (
        "SELECT week, series AS name, tokens, token_share AS share, wow FROM marts.weekly_series"
    ),
    "family": (
        "SELECT now.week, now.family AS name, sum(now.tokens)::BIGINT AS tokens, "
        "sum(now.share) AS share, NULL::DOUBLE AS wow FROM marts.weekly_model AS now "
        "GROUP BY now.week, now.family"
    ),
    "model": ("SELECT week, model_permaslug AS name, tokens, share, wow FROM marts.weekly_model"),
}
"""Rows of week, name, tokens, share of all tokens and growth (of listed tokens), by what is asked.

A family's growth is not shown: its variants may be unlisted in one of the weeks.
"""


def top(connection: Connection, by: str, week: date, length: int) -> Rows:
    """Return the largest groups of a week with their rank, tokens, share and growth."""
    return query(
        connection,
        f"SELECT row_number() OVER (ORDER BY tokens DESC, name) AS rank, name, tokens, share, wow "
        f"FROM ({GROUPS[by]}) WHERE week = ? AND tokens IS NOT NULL ORDER BY rank LIMIT ?",
        week,
        length,
    )


def weeks_of(connection: Connection, by: str, week: date) -> dict[str, list[int | None]]:
    """Return the tokens of every group in the last weeks up to one; None where it is not listed."""
    first = week - timedelta(days=7 * (SHOWN - 1))
    rows = query(
        connection,
        f"SELECT week, name, tokens FROM ({GROUPS[by]}) WHERE week BETWEEN ? AND ?",
        first,
        week,
    )
    tokens = {(row["name"], row["week"]): row["tokens"] for row in rows}
    every = [first + timedelta(days=7 * number) for number in range(SHOWN)]
    return {row["name"]: [tokens.get((row["name"], one)) for one in every] for row in rows}


def shares(connection: Connection, by: str, week: date) -> dict[str, float]:
    """Return every group's share of all tokens in a week."""
    rows = query(connection, f"SELECT name, share FROM ({GROUPS[by]}) WHERE week = ?", week)
    return {row["name"]: row["share"] for row in rows}
