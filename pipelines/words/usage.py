"""What people read of own usage, in any language."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.words.language import UNKNOWN, Language

if TYPE_CHECKING:
    from pipelines.queries.focus import Charges
    from pipelines.usage.importing import Imported

Facts = Mapping[str, Any]

UNRESOLVED = ("unresolved", "router", "preset")
"""Ways in which a name was resolved to no model."""


def fetched(language: Language, first: date, last: date, rows: int, weeks: int) -> str:
    """Return what a fetch of OpenRouter's totals changed."""
    key = "fetched" if weeks else "unchanged"
    written = language.count(rows)
    return language.say(f"own_usage.{key}", first=first, last=last, rows=written, count=weeks)


def controls(language: Language, rows: Sequence[Facts]) -> Iterator[str]:
    """Yield, for each scope, how much of OpenRouter's totals the ledger has."""
    for row in rows:
        said = language.say(
            "own_usage.control",
            count=row["days"],
            scope=row["scope"],
            reported=language.tokens(row["reported_tokens"]),
            reported_usd=language.number(row["reported_usd"]),
            share=_share(language, row["ledger_tokens"], row["reported_tokens"]),
            usd_share=_share(language, row["ledger_usd"], row["reported_usd"]),
        )
        days = row["days_that_differ"]
        differing = language.say("own_usage.differing", count=days) if days else ""
        yield f"{said}; {differing}" if differing else said


def sums(language: Language, total: Facts) -> str:
    """Return the sums of a period: how many tokens have a bill, an estimate, or neither."""
    tokens = total["tokens"]
    said = language.say(
        "own_usage.sums",
        count=total["requests"],
        requests=language.count(total["requests"]),
        tokens=language.tokens(tokens, 2),
    )
    parts = {
        "billed": (total["billed_tokens"], total["billed_usd"]),
        "estimated": (total["estimated_tokens"], total["estimated_usd"]),
        "unknown": (tokens - total["billed_tokens"] - total["estimated_tokens"], None),
    }
    costs = [
        language.say(
            f"own_usage.cost.{kind}",
            share=_share(language, part, tokens),
            usd=language.amount(usd),
        )
        for kind, (part, usd) in parts.items()
        if part
    ]
    if not costs:
        return said
    return language.say("own_usage.sums_with_cost", sums=said, costs=", ".join(costs))


def caption(language: Language, rows: Sequence[Facts], has_market: bool) -> str:
    """Return what the columns of a period mean; of the market only where the period has one."""
    keys = ["cost", "unit"]
    if any(row["market_share"] is not None for row in rows):
        keys.append("market")
    elif has_market:
        keys.append("no_market")
    return "; ".join(language.say(f"own_usage.caption.{key}") for key in keys)


def resolved_by(language: Language, row: Facts) -> str:
    """Return what a name is if it is none of a model; empty for a model."""
    kind = row["resolved_by"]
    return language.say(f"own_usage.resolved_by.{kind}") if kind in UNRESOLVED else ""


def distance(language: Language, total: Facts) -> str:
    """Return how far the mix is from the market's, over the weeks of a period."""
    low, high = f"{total['distance_low']:.2f}", f"{total['distance_high']:.2f}"
    return language.say(f"own_usage.distance{'' if low == high else 's'}", low=low, high=high)


def unresolved(language: Language, row: Facts) -> str:
    """Return a name that means nothing to the catalogue, with the models that look alike."""
    said = language.say(
        "own_usage.name",
        name=row["model_raw"],
        kind=row["resolved_by"],
        tokens=language.tokens(row["tokens"], 2),
    )
    if not row["suggestions"]:
        return said
    models = language.say("own_usage.or").join(row["suggestions"])
    return language.say("own_usage.alike", name=said, models=models)


def imported(language: Language, done: "Imported", unrecognised: int) -> Iterator[str]:
    """Yield what an import added, corrected and left out."""
    yield language.say(
        f"own_usage.imported{'_corrected' if done.corrected else ''}",
        new=language.count(done.new),
        requests=language.count(done.requests),
        corrected=language.count(done.corrected),
    )
    if done.forgotten:
        rows = language.count(done.forgotten)
        yield language.say("own_usage.forgotten", count=done.forgotten, rows=rows)
    for path in done.torn:
        yield language.say("own_usage.torn", path=path)
    if unrecognised:
        files = language.count(unrecognised)
        yield language.say("own_usage.unrecognised", count=unrecognised, files=files)
    if done.weeks:
        weeks = ", ".join(f"{week}" for week in done.weeks)
        yield language.say("own_usage.unpublished", weeks=weeks)


def charges(language: Language, charges: "Charges", path: Path) -> Iterator[str]:
    """Yield what a file for finance contains, and what it lacks."""
    count = len(charges.rows)
    yield language.say(
        "own_usage.charges", count=count, path=path, usd=language.amount(charges.usd)
    )
    if charges.without_list_price:
        yield language.say("own_usage.unlisted_charges", count=charges.without_list_price)
    if charges.tokens_left_out:
        tokens = language.tokens(charges.tokens_left_out, 2)
        yield language.say("own_usage.other_bills", tokens=tokens)


def basis(language: Language, row: Facts) -> str:
    """Return the prices of a line of repriced usage."""
    return language.say(
        f"repriced.basis.{row['basis']}", week=row["price_week"], workload=row["workload"]
    )


def repriced_usd(language: Language, row: Facts) -> str:
    """Return the cost of a line of repriced usage, from the cache as it was to a cold one."""
    if row["usd"] is None:
        return language.say("repriced.unknown")
    low, high = language.amount(row["usd"]), language.amount(row["usd_high"])
    return low if low == high else language.say("repriced.range", low=low, high=high)


def repriced_remark(language: Language, row: Facts) -> str:
    """Return what a line rests on: a route's model, or long prompts whose price is not known."""
    remarks = []
    if row["basis"] == "table":
        remarks.append(language.say("repriced.cache", model=row["route_model"]))
    if row["unrouted_tokens"]:
        share = _share(language, row["unrouted_tokens"], row["tokens"])
        remarks.append(language.say("repriced.unrouted", share=share))
    if row["long_prompts"]:
        models = ", ".join(row["long_prompts"])
        remarks.append(language.say("repriced.long_prompts", models=models))
    return "; ".join(remarks)


def repriced_caption(language: Language, lines: Sequence[Facts]) -> str:
    """Return what the lines of repriced usage have in common."""
    some_unpriced = any(row["unpriced_tokens"] for row in lines)
    return language.say(f"repriced.caption{'_unpriced' if some_unpriced else ''}")


def without_bill(language: Language, rows: Sequence[Facts]) -> str:
    """Return what has no bill, and so is in no line; empty if everything has one."""
    of = {row["basis"]: row for row in rows}
    if "as_billed" not in of:
        return ""
    tokens, listed = language.tokens(of["as_billed"]["tokens"], 2), of.get("own_week")
    if listed is None or listed["usd"] is None:
        return language.say("repriced.unlisted", tokens=tokens)
    return language.say(
        "repriced.without_bill",
        tokens=tokens,
        usd=f"{listed['usd']:,.2f}",
        unpriced=language.tokens(listed["unpriced_tokens"], 2),
    )


def _share(language: Language, part: float, whole: float) -> str:
    return language.percent(part / whole) if whole else UNKNOWN
