"""What single cells and tiles say: a value of the warehouse in a language, escaped for HTML."""

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from pipelines.queries.published import Row
from pipelines.reference.origins import BLOCS
from pipelines.report import facts, svg
from pipelines.report.chains import RouteChange
from pipelines.words import routing
from pipelines.words.language import UNKNOWN, Language

Names = Mapping[str, str]
"""What people call a slug, an id or a vendor; what is not in it is called by itself."""


def name(value: str | None, names: Names | None = None) -> Markup | str:
    """Return a name from outside, prevented from turning the direction of the text around it.

    Where people call it otherwise, the title is the slug.
    """
    if value is None:
        return UNKNOWN
    called = (names or {}).get(value, value)
    if called == value:
        return Markup("<bdi>{}</bdi>").format(value)
    return Markup('<bdi title="{}">{}</bdi>').format(value, called)


def code(sentence: str) -> Markup:
    """Return a sentence in which what stands between backticks is a command."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", f"{escape(sentence)}"))  # noqa: S704 escaped


def link(file: str, text: str) -> Markup:
    """Return a link to another page of the folder."""
    return Markup('<a href="{}">{}</a>').format(file, text)


def model(language: Language, names: Names, row: Row) -> Markup:
    """Return a model's name with its bloc."""
    return Markup('<span class="bloc {}">{}</span> {}').format(
        row["bloc"], language.name("bloc", row["bloc"]), name(row["model_permaslug"], names)
    )


def week_on_week(language: Language, growth: float | None) -> str:
    """Return growth in words, or why there is none."""
    if growth is None:
        return language.say("tiles.no_growth")
    return language.say("tiles.week_on_week", growth=arrow(growth) + language.growth(growth))


def arrow(growth: float) -> str:
    """Return the direction, so that colour never has to say it; none where 0.0% is printed."""
    printed = round(growth, 3)
    return "▲ " if printed > 0 else "▼ " if printed < 0 else ""


def interval(language: Language, row: Row) -> Markup | str:
    """Return growth with its interval; only the interval where the daily top 50 hides days."""
    if row["wow_low"] is None:
        return UNKNOWN
    high = "∞" if row["wow_high"] is None else language.growth(row["wow_high"])
    mark = language.say("top.censored") if row["wow_interval_kind"] == "censoring" else ""
    grown = "" if row["wow"] is None else arrow(row["wow"]) + language.growth(row["wow"])
    return Markup("{} <small>{} … {}{}</small>").format(
        grown, language.growth(row["wow_low"]), high, mark
    )


def move(language: Language, moves: Sequence[Row], row: Row) -> Markup | str:
    """Return how many places a model moved since the week before, or how it came in.

    Unknown where the week before cannot be compared: then there are no moves.
    """
    if row["previous_rank"] is None:
        return language.name("move", facts.move_into_the_list(moves, row["model_permaslug"]))
    places = row["previous_rank"] - row["rank"]
    if not places:
        return Markup('<span aria-label="{0}" role="img">=</span>').format(language.say("top.same"))
    said = language.say("top.up" if places > 0 else "top.down", count=abs(places))
    return Markup('<span aria-label="{}" role="img">{}{}</span>').format(
        said, "▲" if places > 0 else "▼", abs(places)
    )


def spark(language: Language, row: Row, values: Sequence[int | None]) -> Markup:
    """Return a model's weeks as a small line, with the numbers in words."""
    known = [value for value in values if value is not None]
    said = language.say(
        "top.spark",
        model=row["model_permaslug"],
        first=language.tokens(known[0]),
        last=language.tokens(known[-1]),
        count=len(known),
    )
    return svg.sparkline(said, values)


def price(language: Language, row: Row) -> str:
    """Return the list prices of prompt and completion; a price of zero is free."""
    prompt, completion = row["prompt_price"], row["completion_price"]
    if prompt is None or completion is None:
        return language.say("top.no_price")
    if not prompt and not completion:
        return language.say("top.free")
    return f"{language.price(prompt)} / {language.price(completion)}"


def ratio_bounds(language: Language, row: Row) -> str:
    """Return the bounds of the ratio; only the scope of all listed models has them."""
    if row["scope"] != "named" or row["cn_over_us_min"] is None:
        return UNKNOWN
    high = row["cn_over_us_max"]
    return f"{language.ratio(row['cn_over_us_min'])} … {language.ratio(high) if high else '∞'}"


def who(language: Language, row: Row) -> str:
    """Return who leads within a scope, and that it is not identified where it is not."""
    ratio = row["cn_over_us"]
    if ratio is None:
        return UNKNOWN
    leader = language.say("lens." + ("china" if ratio > 1 else "us" if ratio < 1 else "level"))
    return leader if row["is_identified"] else language.say("lens.unidentified", who=leader)


def moved(language: Language, row: Row) -> str:
    """Return whether a model came or left, and why it left."""
    said = language.name("move", row["move"])
    return f"{said}: {language.name('reason', row['reason'])}" if row["reason"] else said


def workload_name(workload: str) -> Markup:
    """Return a workload's name, which a person may have written, safe within a table."""
    return Markup("<bdi>{}</bdi>").format(routing.workload(workload))


def workload(language: Language, route: RouteChange) -> Markup:
    """Return a workload's name, and why its route must not be deployed."""
    title = Markup("<b>{}</b>").format(workload_name(route["workload"]))
    if not route["chain"] or route["chain"][0]["blocked_because"] is None:
        return title
    primary, *_ = route["chain"]
    return title + Markup('<br><span class="blocked">{}: {}</span>').format(
        language.name("decision", primary["decision"]),
        routing.blocked_because(language, primary["blocked_because"]),
    )


def state(language: Language, names: Names, route: RouteChange) -> Markup | str:
    """Return what became of a route since the week before: what each changed role had."""
    if not route["chain"]:
        return Markup("<em>{}</em>").format(language.say("state.empty"))
    if route["before"] is None:
        return language.say("state.new")
    if not route["is_changed"]:
        return language.say("state.same")
    before = ", ".join(
        f"{language.name('role', role)} {names.get(model_id, model_id)}"
        for role, model_id in route["gone"]
    ) or language.say("digest.nobody")
    return Markup("<strong>{}</strong><br><small>{}</small>").format(
        language.say("state.changed"), language.say("routes.was", before=before)
    )


def because(language: Language, route: RouteChange) -> str:
    """Return in one clause why the primary is what it is, or why there is none."""
    decided = route["decided"]
    if decided is not None:
        empty = decided["decision"] == "empty"
        return routing.empty(language, decided) if empty else routing.history(language, decided)
    if not route["chain"]:
        return ""
    primary = route["chain"][0]
    return routing.reason(language, primary["why"], primary["best_model_id"])


def chain(language: Language, names: Names, models: Sequence[Row]) -> Markup:
    """Return a chain in its order; an escalation and a degraded fallback say so."""
    return Markup(" → ").join(
        Markup("{}{}").format(name(choice["model_id"], names), _kind(language, choice))
        for choice in models
    )


def thousand(language: Language, usd: float | None) -> str:
    """Return what a thousand tasks cost."""
    return UNKNOWN if usd is None else language.price(1000 * usd)


def reserve(language: Language, names: Names, model_id: str | None, usd: float | None) -> Markup:
    """Return the quality reserve and what a thousand tasks cost on it."""
    return Markup("{}<br><small>{}</small>").format(name(model_id, names), thousand(language, usd))


def _kind(language: Language, choice: Row) -> Markup | str:
    role = language.name("role", choice["role"])
    if choice["is_degraded"]:
        role = language.say("routing.degraded", place=role)
    elif choice["role"] != "escalation":
        return ""
    return Markup(" <small>{}</small>").format(role)


def bloc_share(language: Language, bloc: str, row: Row) -> str:
    """Return a bloc's share of all tokens, from a row of the tokens of every bloc."""
    return language.percent(row[bloc] / (sum(row[one] for one in BLOCS) or 1))
