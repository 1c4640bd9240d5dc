"""One model under all of its names: its weeks, its prices, what it is evidence for, its routes."""

from datetime import date
from typing import TypedDict

from pipelines.errors import RefusalError
from pipelines.queries.published import Connection, Rows, query

NAMES = """
SELECT DISTINCT model_id, model_permaslug FROM (
    SELECT NULL AS model_id, model_permaslug FROM marts.weekly_model
    WHERE model_permaslug NOT IN (
        SELECT model_permaslug FROM marts.catalogue() WHERE model_permaslug IS NOT NULL
    )
    UNION ALL SELECT model_id, model_permaslug FROM marts.catalogue()
)
"""

EXACT = f"SELECT * FROM ({NAMES}) WHERE $name IN (lower(model_id), lower(model_permaslug))"

SHORT = f"""
SELECT * FROM ({NAMES})
WHERE $name IN (
    split_part(split_part(lower(model_id), ':', 1), '/', 2),
    split_part(split_part(lower(model_permaslug), ':', 1), '/', 2)
)
"""

PART = f"""
SELECT * FROM ({NAMES})
WHERE contains(lower(coalesce(model_id, model_permaslug)), $name)
    OR contains(lower(coalesce(model_permaslug, '')), $name)
"""

NEAREST = f"""
SELECT coalesce(model_id, model_permaslug) AS name FROM ({NAMES})
ORDER BY greatest(
    jaro_winkler_similarity(lower(coalesce(model_id, model_permaslug)), $name),
    jaro_winkler_similarity(split_part(lower(coalesce(model_id, model_permaslug)), '/', 2), $name)
) DESC, name LIMIT 1
"""

WEEKS = """
SELECT week, model_permaslug, rank, tokens, share, wow, wow_low, wow_high FROM marts.weekly_model
WHERE model_permaslug IN (SELECT unnest($slugs)) AND week <= $week
ORDER BY week DESC, model_permaslug
"""

PRICES = """
SELECT model_id, fetched_at, prompt_price, completion_price, cache_read_price
FROM marts.catalogue() WHERE model_id IN (SELECT unnest($ids)) AND week <= $week
QUALIFY row_number() OVER (PARTITION BY model_id ORDER BY fetched_at DESC) = 1
ORDER BY model_id
"""

CHANGES = """
SELECT model_id, price, last_seen_before, seen_at, previous_usd, current_usd, change
FROM marts.dated_price_changes
WHERE ($ids IS NULL OR model_id IN (SELECT unnest($ids))) AND seen_at >= $since
ORDER BY seen_at DESC, model_id, price
"""

CANDIDATES = """
SELECT workload, model_id, rejected_because, evidence, success_low, cost_per_task_usd
FROM marts.routing_candidate WHERE week = $week AND model_id IN (SELECT unnest($ids))
ORDER BY workload, model_id
"""

ROUTES = """
SELECT workload, role, position, model_id FROM marts.routing_table
WHERE week = $week AND model_id IN (SELECT unnest($ids)) ORDER BY workload, position
"""

SUGGESTED = 8
"""Names that an ambiguous one is answered with."""


class ModelAnswer(TypedDict):
    """What is published about a model; prices are USD per million tokens.

    `weeks_known` is how many rows `weeks` would have without a limit.
    """

    names: Rows
    weeks: Rows
    weeks_known: int
    prices: Rows
    price_changes: Rows
    candidates: Rows
    routes: Rows


def find(connection: Connection, name: str) -> Rows:
    """Return the ids and slugs of the one model that a name fits.

    A name is an id, a slug, either of them without its author, or a part of one. Free and other
    variants of an id are models of their own, unless `name` fits the id without one.
    Raises RefusalError naming the models that a part fits, or the nearest if none does.
    """
    wanted = "-".join(name.lower().split())
    answers = (
        query(connection, f"{statement} ORDER BY model_id, model_permaslug", name=wanted)
        for statement in (EXACT, SHORT, PART)
    )
    found = next(filter(None, answers), [])
    bases = sorted({_base(row["model_id"] or row["model_permaslug"]) for row in found})
    if len(bases) > 1:
        more = f" and {len(bases) - SUGGESTED} more" if len(bases) > SUGGESTED else ""
        listed = ", ".join(bases[:SUGGESTED])
        raise RefusalError(f"{name!r} fits several models: {listed}{more}: write more of the name")
    if not found:
        nearest = query(connection, NEAREST, name=wanted)
        hint = f": did you mean {nearest[0]['name']}?" if nearest else ""
        raise RefusalError(f"no model is called {name!r}{hint}")
    return found


def _base(name: str) -> str:
    """Return a name without its variant, as in `:free`."""
    return name.partition(":")[0]


def describe(connection: Connection, name: str, week: date, most: int) -> ModelAnswer:
    """Return what is published about a model up to a week: the last `most` rows of its weeks."""
    names = find(connection, name)
    ids = sorted({row["model_id"] for row in names if row["model_id"]})
    slugs = sorted({row["model_permaslug"] for row in names if row["model_permaslug"]})
    weeks = query(connection, WEEKS, slugs=slugs, week=week)
    return {
        "names": names,
        "weeks": weeks[:most],
        "weeks_known": len(weeks),
        "prices": query(connection, PRICES, ids=ids, week=week),
        "price_changes": price_changes(connection, date.min, ids),
        "candidates": query(connection, CANDIDATES, week=week, ids=ids),
        "routes": query(connection, ROUTES, week=week, ids=ids),
    }


def price_changes(connection: Connection, since: date, ids: list[str] | None = None) -> Rows:
    """Return the changes of list prices that were seen since a day, the newest first."""
    return query(connection, CHANGES, ids=ids, since=since)
