"""What changed in a week, in five lines: market, China and the US, models, revenue, routes."""

import re
from collections.abc import Mapping
from pathlib import Path

from pipelines.queries.published import Row, reading
from pipelines.report import chains, facts, story, week_rows
from pipelines.report.chains import RouteChange
from pipelines.report.page_files import file_name
from pipelines.report.week_rows import DigestRows
from pipelines.words import routing
from pipelines.words import story as story_words
from pipelines.words.language import Language, english, isolated


def lines(language: Language, week: DigestRows) -> dict[str, str]:
    """Return the five lines as plain text by their topic; what is unknown is named as unknown."""
    return {
        language.say("digest.topic.market"): _market(language, week),
        language.say("digest.topic.origin"): origin(language, week),
        language.say("digest.topic.models"): models(language, week),
        language.say("digest.topic.revenue"): _revenue(language, week),
        language.say("digest.topic.routes"): routes(language, week),
    }


def headline(language: Language, week: DigestRows) -> str:
    """Return the week's largest fact; without one, how many tokens it had and how they grew."""
    for fact in story.of(week):
        return story_words.headline(language, fact, week["names"])
    (total,) = week["total"]
    tokens = language.tokens(total["total_tokens"])
    if total["wow"] is None:
        return language.say("page.title", tokens=tokens)
    return language.say("page.title_growth", tokens=tokens, growth=language.growth(total["wow"]))


def story_lines(language: Language, week: DigestRows) -> list[str]:
    """Return the largest facts as sentences; without one, the market's line."""
    found = story.of(week)[: story.LINES]
    said = [story_words.line(language, fact, week["names"]) for fact in found]
    return said or [_market(language, week)]


def render(database: Path) -> dict[str, bytes]:
    """Return the newest week's `digest.md`, without own usage."""
    with reading(database) as connection:
        (week,) = week_rows.digests(connection, [week_rows.newest_week(connection)])
    return {"digest.md": markdown(week, lines(english(), week))}


def story_text(week: DigestRows, site: str) -> tuple[str, str]:
    """Return a week's title and its story as plain text, for mail and chats.

    `site` is the address of the archive, to whose page it leads, or empty.
    """
    title = f"{english().say('page.kicker')}, {week['week']}: {headline(english(), week)}"
    file = file_name(f"{week['week']}", english())
    link = [f"{site}{file}"] if site else []
    return title, "\n".join([*story_lines(english(), week), *link, "", week["citation"]])


def markdown(week: DigestRows, topics: Mapping[str, str]) -> bytes:
    """Return a week's story and its lines by topic as Markdown, with run and citation."""
    text = [
        f"# {english().say('digest.title')}, week {week['week']}",
        "",
        f"**{_markdown(headline(english(), week))}**",
        "",
        *(f"- {_markdown(line)}" for line in story_lines(english(), week)),
        "",
        *(f"- **{topic}**: {_markdown(line)}" for topic, line in topics.items()),
        "",
        f"Run {week['run_id']}. {week['citation']}",
        "",
    ]
    return "\n".join(text).encode()


def streak(language: Language, total: Row) -> str:
    """Return how long the market has been rising; empty where it has not.

    Small falls that the carried streak lets pass are never counted as rises.
    """
    weeks, up = total["streak_weeks"] or 0, total["streak_weeks_up"] or 0
    if weeks < 2 or not up:
        return ""
    if up < weeks:
        return " " + language.say("streak.mostly", count=weeks, up=up)
    kind = "at_least" if total["strict_streak_is_lower_bound"] else "exact"
    return " " + language.say(f"streak.{kind}", count=total["strict_rising_streak"])


def verdict(language: Language, lens: Row) -> str:
    """Return who leads, and whether that holds however the unattributed tokens are assigned."""
    if lens["cn_over_us"] == 1:
        return language.say("verdict.level")
    leader = "cn" if lens["cn_over_us"] > 1 else "us"
    return language.say(f"verdict.{leader}" + ("_identified" if lens["is_identified"] else ""))


def coverage(language: Language, week: DigestRows) -> str:
    """Return what part of the listed tokens earns nothing, or has no known price.

    What is estimated with an accepted factor is not at list prices alone, and is said too.
    """
    found = facts.coverage(week["priced"])
    if found is None:
        return ""
    known = {(False, False): "all", (True, False): "free", (False, True): "unpriced"}
    priced = language.say(
        f"digest.coverage.{known.get((found.free > 0, found.unpriced > 0), 'both')}",
        free=language.part(found.free),
        unpriced=language.part(found.unpriced),
    )
    # A database of an older version has no such column.
    calibrated = week["revenue"][0].get("calibrated_coverage") if week["revenue"] else None
    if not calibrated:
        return priced
    return f"{priced} {language.say('digest.calibrated', share=language.part(calibrated))}"


def no_revenue(language: Language, week: DigestRows) -> str:
    """Return why revenue is not known."""
    reasons = {row["unpriced_because"] for row in week["priced"]}
    return language.say(f"digest.revenue_{'none' if reasons <= {'no_catalogue'} else 'unpriced'}")


def no_growth(language: Language, week: DigestRows) -> str:
    """Return why growth on the week before is not known; empty if it is known."""
    reason = facts.no_growth_because(week["is_complete"], week["before"])
    return language.say(f"digest.no_growth.{reason}") if reason else ""


def _market(language: Language, week: DigestRows) -> str:
    (total,) = week["total"]
    tokens = language.tokens(total["total_tokens"])
    if total["wow"] is None:
        reason = no_growth(language, week)
        return language.say("digest.market_alone", tokens=tokens, reason=reason).strip()
    grown = language.say("digest.market", tokens=tokens, growth=language.growth(total["wow"]))
    return grown + streak(language, total)


def origin(language: Language, week: DigestRows) -> str:
    """Return China and the US among all listed models, and among the nine largest."""
    scopes = {row["scope"]: row for row in week["lens"]}
    named, top9 = scopes["named"], scopes["top9"]
    tokens = {
        "china": language.tokens(named["china_tokens"]),
        "america": language.tokens(named["america_tokens"]),
    }
    if named["cn_over_us"] is None:
        return language.say("digest.origin_alone", **tokens)
    largest = "top9_alone" if top9["cn_over_us"] is None else "top9"
    return language.say(
        "digest.origin",
        **tokens,
        ratio=_odds(language, named["cn_over_us"]),
        top9=language.say(f"digest.{largest}", ratio=_odds(language, top9["cn_over_us"])),
        verdict=verdict(language, named),
    )


def _odds(language: Language, ratio: float | None) -> str:
    """Return a ratio to one, or one to its inverse, so that the larger side is a number."""
    if not ratio or ratio >= 1:
        return language.say("digest.to_one", number=language.number(ratio))
    return language.say("digest.one_to", number=language.number(1 / ratio))


def models(language: Language, week: DigestRows) -> str:
    """Return the largest move beyond chance, and who came into the top ten."""
    if not facts.are_models_comparable(week["is_complete"], week["before"]):
        return language.say("digest.moves_unknown")
    return f"{_mover(language, week)} {_entered(language, week)}"


def _mover(language: Language, week: DigestRows) -> str:
    for row in week["mover"]:
        return language.say(
            "digest.mover",
            model=_called(week, row["model_permaslug"]),
            growth=language.growth(row["wow"]),
            low=language.growth(row["wow_low"]),
            high=language.growth(row["wow_high"]),
            rank=row["rank"],
        )
    count = sum(row["models"] for row in week["tested"])
    return language.say("digest.mover_none" if count else "digest.mover_unknown", count=count)


def _entered(language: Language, week: DigestRows) -> str:
    found = facts.entries(week["moves"])
    new = "entered" if found.weeks_known >= 4 else "entered_lately"
    groups = {
        new: found.new,
        "variant": found.variants,
        "re_entered": found.back,
        "succeeded": found.successors,
    }
    sentences = [
        language.say(
            f"digest.{key}",
            models=", ".join(_called(week, model) for model in models),
            count=found.weeks_known,
        )
        for key, models in groups.items()
        if models
    ]
    return " ".join(sentences) or language.say("digest.entered_none")


def _revenue(language: Language, week: DigestRows) -> str:
    vendors = [
        row
        for row in week["dual"]
        if row["grain"] == "vendor" and row["revenue_share_p50"] is not None
    ]
    if not vendors or week["revenue"][0]["revenue_usd_p50"] is None:
        return no_revenue(language, week)
    (revenue,) = week["revenue"]
    first = max(vendors, key=lambda row: (row["revenue_share_p50"], row["key"]))
    return language.say(
        "digest.revenue",
        low=language.dollars(revenue["revenue_usd_p10"]),
        high=language.dollars(revenue["revenue_usd_p90"]),
        coverage=coverage(language, week),
        vendor=_called(week, first["key"]),
        share_low=language.percent(first["revenue_share_p10"]),
        share_high=language.percent(first["revenue_share_p90"]),
        token_share=language.percent(first["token_share"]),
    ).strip()


def routes(language: Language, week: DigestRows) -> str:
    """Return the workloads whose routes changed, with the roles that other models have now."""
    found = chains.routes_by_workload(week["routes"], week["week"])
    changed = [route for route in found if route["is_changed"]]
    if not any(route["chain"] for route in found):
        return language.say("digest.routes_none")
    if changed:
        names = ", ".join(_change(language, route) for route in changed)
        return language.say("digest.routes", count=len(changed), names=names)
    is_first = all(route["before"] is None for route in found)
    return language.say("digest.routes_first" if is_first else "digest.routes_same")


def _change(language: Language, route: RouteChange) -> str:
    """Return a workload with the roles that other models have now."""
    changes = [_role_change(language, role, route) for role in route["changed_roles"]]
    return language.say(
        "digest.route_changed",
        workload=isolated(routing.workload(route["workload"])),
        changes="; ".join(changes),
    )


def _role_change(language: Language, role: str, route: RouteChange) -> str:
    before, now = (
        ", ".join(map(isolated, chains.models_of(role, chain))) or language.say("digest.nobody")
        for chain in (route["before"] or [], route["now"])
    )
    return language.say(f"digest.role_changed.{role}", before=before, now=now)


def _called(week: DigestRows, slug: str) -> str:
    """Return what people call a model or a vendor, safe within a sentence."""
    return isolated(week["names"].get(slug, slug))


def _markdown(line: str) -> str:
    """Return a line in which nothing can be read as Markdown or HTML."""
    return re.sub(r"([\\`*_\[\]<>#|!&~])", r"\\\1", line)
