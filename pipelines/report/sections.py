"""The sections of the page: what each chart and table of a week shows, in a language."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from markupsafe import Markup

from pipelines.queries.published import Row, Rows
from pipelines.reference.origins import BLOCS
from pipelines.report import chains, charts, digest, facts, table_cells
from pipelines.report.chains import RouteChange
from pipelines.report.week_rows import WeekRows
from pipelines.words import claims as claim_words
from pipelines.words.language import UNKNOWN, Language

Columns = Mapping[str, tuple[str, Callable[[Any], object]]]
"""By style class: the title, and what a row shows there; escaped unless it is Markup."""

LONGEST_DUMBBELL = 12
"""Vendors in the chart; the table under it has all of them."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, what a row shows there, and its style classes."""

    title: str
    cell: Callable[[Any], object]
    css: str


@dataclass(frozen=True)
class Table:
    """What the page draws as `table-<name>`."""

    name: str
    label: str
    columns: list[Column]
    rows: Sequence[Row | RouteChange]


def of(language: Language, week: WeekRows) -> dict[str, Any]:
    """Return every section of the page by its name."""
    routes = chains.routes_by_workload(week["routes"], week["week"])
    return {
        "tiles": tiles(language, week),
        "use": use(language, week),
        "top": top(language, week),
        "split": split(language, week),
        "ratio": ratio(language, week),
        "lens": lens(language, week),
        "dual": {grain: dual(language, grain, week["dual"]) for grain in ("bloc", "vendor")},
        "index": index(language, week),
        "growth": growth(language, week["growth"]),
        "moves": moves(language, week["moves"]),
        "routes": routes,
        "routes_table": routes_table(language, routes),
        "verdicts": Counter(row["verdict"] for row in week["claims"]),
        "claims": claims(language, week["claims"]),
    }


def tiles(language: Language, week: WeekRows) -> list[dict[str, str]]:
    """Return the four tiles: title, number, what it is of, how it moved, its bounds in words.

    A number that is not in the data is left empty; `of` then says so.
    """
    say, (total,) = language.say, week["total"]
    year = total["year_ago_multiple"]
    everything = {
        "title": say("tiles.all"),
        "number": language.tokens(total["total_tokens"]),
        "of": say("tiles.all_before", multiple=language.ratio(year)) if year else "",
        "move": table_cells.week_on_week(language, total["wow"]),
        "bounds": say("tiles.all_bounds"),
    }
    blocs = {row["bloc"]: row for row in week["origin"] if row["scope"] == "named"}
    sides = [
        {
            "title": say(f"tiles.{bloc.lower()}"),
            "number": language.tokens(blocs[bloc]["tokens"]),
            "of": say("tiles.share", share=language.percent(blocs[bloc]["share_of_total"])),
            "move": table_cells.week_on_week(language, blocs[bloc]["wow"]),
            "bounds": say(
                "tiles.between",
                low=language.percent(blocs[bloc]["share_min"]),
                high=language.percent(blocs[bloc]["share_max"]),
            ),
        }
        for bloc in ("CN", "US")
    ]
    programming = {
        "title": say("tiles.programming"),
        "number": "",
        "of": say("tiles.programming_missing"),
        "move": "",
        "bounds": say("tiles.programming_missing_text"),
    }
    for row in week["programming"]:
        programming |= {
            "number": language.percent(row["share"]),
            "of": say("tiles.programming_share"),
            "move": table_cells.week_on_week(language, row["wow"]),
            "bounds": say("tiles.programming_bounds"),
        }
    return [everything, *sides, programming]


def use(language: Language, week: WeekRows) -> list[str]:
    """Return how the use of the market shifted: a sentence for each that two snapshots allow."""
    shifts = [
        language.say(
            "use.programming",
            share=language.percent(row["share"]),
            points=language.points(100 * row["share_change"]),
        )
        for row in week["programming"]
        if row["share_change"] is not None
    ]
    classes = [
        language.say(
            "use.task_class",
            name=digest.isolated(row["label"] or row["category"]),
            share=language.percent(row["token_share"]),
            points=language.points(100 * row["token_share_change"]),
            day=f"{row['previous_as_of']:%Y-%m-%d}",
        )
        for row in week["classes"]
    ]
    calls = "; ".join(
        language.say(
            "use.of_model",
            model=digest.isolated(row["model_permaslug"]),
            share=language.percent(row["share_of_model"]),
            points=language.points(100 * row["share_change"]),
        )
        for row in week["tool_calls"]
    )
    return [*shifts, *classes, *([language.say("use.tool_calls", models=calls)] if calls else [])]


def top(language: Language, week: WeekRows) -> Table | None:
    """Return the ten most used models with their weeks and their profile."""
    tokens = {(row["model_permaslug"], row["week"]): row["tokens"] for row in week["trend"]}
    columns: Columns = {
        "rank": (language.say("top.rank"), lambda row: row["rank"]),
        "move": (language.say("top.move"), partial(table_cells.move, language, week["moves"])),
        "model": (language.say("top.model"), lambda row: table_cells.model(language, row)),
        "tokens": (language.say("top.tokens"), lambda row: language.tokens(row["tokens"])),
        "share": (language.say("top.share"), lambda row: language.percent(row["share"])),
        "growth": (language.say("top.growth"), lambda row: table_cells.interval(language, row)),
        "trend": (
            language.say("top.trend"),
            lambda row: table_cells.spark(
                language,
                row,
                [tokens.get((row["model_permaslug"], one)) for one in week["weeks"]],
            ),
        ),
        "price": (language.say("top.price"), lambda row: table_cells.price(language, row)),
        "context": (
            language.say("top.context"),
            lambda row: language.tokens(row["context_length"], digits=0),
        ),
    }
    return _table(language, "top", week["top"], columns, ("model",))


def split(language: Language, week: WeekRows) -> tuple[Markup, Table | None]:
    """Return the blocs' shares over time, as a chart and as a table."""
    tokens = {(row["week"], row["bloc"]): row["tokens"] for row in week["split"]}
    rows = [
        {"week": one, **{bloc: tokens.get((one, bloc), 0) for bloc in BLOCS}}
        for one in reversed(week["weeks"])
    ]
    columns: Columns = {
        "week": (language.say("split.week"), lambda row: row["week"]),
        **{
            bloc: (language.name("bloc", bloc), partial(table_cells.bloc_share, language, bloc))
            for bloc in BLOCS
        },
    }
    drawn = charts.split(language, week["weeks"], week["split"])
    return drawn, _table(language, "split", rows, columns, ("week",))


def ratio(language: Language, week: WeekRows) -> tuple[Markup | None, Table | None]:
    """Return Chinese over American tokens under two scopes, as a chart and as a table."""
    say = language.say
    columns: Columns = {
        "week": (say("split.week"), lambda row: row["week"]),
        "scope": (say("ratio.scope"), lambda row: language.name("scope", row["scope"])),
        "ratio": (say("ratio.ratio"), lambda row: language.ratio(row["cn_over_us"])),
        "bounds": (say("ratio.bounds"), lambda row: table_cells.ratio_bounds(language, row)),
    }
    known = [row for row in week["ratio"] if row["cn_over_us"] is not None]
    drawn = charts.ratio(language, week["weeks"], known) if known else None
    return drawn, _table(language, "ratio", week["ratio"][::-1], columns, ("week", "scope"))


def lens(language: Language, week: WeekRows) -> Table | None:
    """Return China and the US of the week under every scope, side by side."""
    say = language.say
    columns: Columns = {
        "scope": (say("ratio.scope"), lambda row: language.name("scope", row["scope"])),
        "china": (say("ratio.china"), lambda row: language.percent(row["china_share"])),
        "america": (say("ratio.america"), lambda row: language.percent(row["america_share"])),
        "ratio": (say("ratio.ratio"), lambda row: language.ratio(row["cn_over_us"])),
        "bounds": (say("ratio.bounds"), lambda row: table_cells.ratio_bounds(language, row)),
        "who": (say("ratio.who"), lambda row: table_cells.who(language, row)),
    }
    return _table(language, "lens", week["lens"], columns, ("scope", "who"))


def dual(language: Language, grain: str, rows: Rows) -> tuple[Markup | None, Table | None]:
    """Return token share against revenue share of a grain, as a chart and as a table."""
    say = language.say
    shown = [
        {**row, "name": _group(language, grain, row["key"])}
        for row in rows
        if row["grain"] == grain
    ]
    columns: Columns = {
        "key": (say("dual.key"), lambda row: table_cells.name(row["name"])),
        "tokens": (say("dual.tokens"), lambda row: language.percent(row["token_share"])),
        "low": (say("dual.low"), lambda row: language.percent(row["revenue_share_p10"])),
        "revenue": (say("dual.revenue"), lambda row: language.percent(row["revenue_share_p50"])),
        "high": (say("dual.high"), lambda row: language.percent(row["revenue_share_p90"])),
        "coverage": (say("dual.coverage"), lambda row: language.percent(row["coverage"])),
        "basis": (say("dual.basis"), lambda row: language.name("mix", row["revenue_method"])),
        "gap": (say("dual.gap"), lambda row: language.name("unpriced", row["unpriced_because"])),
    }
    drawn = charts.dumbbell(language, grain, shown[:LONGEST_DUMBBELL]) if shown else None
    return drawn, _table(language, f"dual-{grain}", shown, columns, ("key", "basis", "gap"))


def index(language: Language, week: WeekRows) -> dict[str, Any]:
    """Return how the index goes with use, pay and price: sentences, a chart, a table.

    `picks` are numbered as in the chart, `elsewhere` are those that the index has not scored,
    each with its evidence.
    """
    say, rows = language.say, week["capability"]
    models = {row["base_permaslug"]: row["model_id"] for row in week["picks"]}
    evidence = {row["base_permaslug"]: row["evidence"] for row in week["picks"]}
    drawn = [row["base_permaslug"] for row in rows if row["base_permaslug"] in models]
    columns: Columns = {
        "key": (say("top.model"), lambda row: table_cells.name(row["base_permaslug"])),
        "capability": (say("index.capability"), lambda row: language.number(row["capability"], 1)),
        "price": (say("index.price"), lambda row: language.price(row["prompt_price"])),
        "share": (say("top.share"), lambda row: language.percent(row["share"])),
        "front": (say("index.front"), lambda row: say("index.on_it") if row["is_on_front"] else ""),
        "pick": (
            say("index.pick"),
            lambda row: say("index.on_it") if row["base_permaslug"] in models else "",
        ),
    }
    return {
        "text": _correlations(language, week["correlation"]),
        "chart": charts.frontier(language, rows, drawn) if rows else None,
        "table": _table(language, "index", rows, columns, ("key", "front", "pick")),
        "picks": [models[one] for one in drawn],
        "elsewhere": [
            (model, language.name("evidence", evidence[one]))
            for one, model in models.items()
            if one not in drawn
        ],
    }


def _correlations(language: Language, rows: Rows) -> str:
    """Return what the rank correlations say; that they are not published where models are few."""
    found = facts.benchmark(rows)
    if found is None:
        return language.say("index.too_few")
    values = {
        measure: language.say(
            "index.interval",
            rho=language.points(row["rho"]),
            low=language.points(row["rho_p05"]),
            high=language.points(row["rho_p95"]),
        )
        for measure, row in (
            ("tokens", found.tokens),
            ("revenue", found.revenue),
            ("price", found.price),
        )
    }
    said = language.say("index.correlations", count=found.tokens["models"], **values)
    judged = (f"used_{found.used}", f"paid_{found.paid}", "limit")
    return " ".join((said, *(language.say(f"index.{key}") for key in judged)))


def growth(language: Language, rows: Rows) -> tuple[Markup | None, Table | None]:
    """Return where the growth came from, as a chart and as a table."""
    say = language.say
    columns: Columns = {
        "term": (say("growth.term"), lambda row: language.name("term", row["term"])),
        "points": (say("growth.points"), lambda row: language.points(row["percentage_points"])),
        "tokens": (say("growth.tokens"), lambda row: language.tokens(row["tokens"])),
        "models": (say("growth.models"), lambda row: language.count(row["models"])),
    }
    drawn = charts.waterfall(language, rows) if rows else None
    return drawn, _table(language, "growth", rows, columns, ("term",))


def moves(language: Language, rows: Rows) -> Table | None:
    """Return the models that came into the first ten, twenty or fifty, and those that left."""
    say = language.say
    columns: Columns = {
        "list": (say("moves.list"), lambda row: say("moves.first", count=row["top_n"])),
        "move": (say("moves.move"), lambda row: table_cells.moved(language, row)),
        "model": (say("moves.model"), lambda row: table_cells.name(row["model_permaslug"])),
        "rank": (
            say("moves.rank"),
            lambda row: f"{row['previous_rank'] or UNKNOWN} → {row['rank'] or UNKNOWN}",
        ),
        "tokens": (say("moves.tokens"), lambda row: language.tokens(row["tokens"])),
    }
    return _table(language, "moves", rows, columns, ("list", "move", "model"))


def routes_table(language: Language, routes: list[RouteChange]) -> Table | None:
    """Return the chains of all workloads, with columns A and B and what has changed."""
    say = language.say

    def first(row: RouteChange, column: str) -> Any:
        return row["chain"][0][column] if row["chain"] else None

    columns: Columns = {
        "workload": (say("routes.workload"), lambda row: table_cells.workload(language, row)),
        "state": (say("routes.state"), lambda row: table_cells.state(language, row)),
        "a": (say("routes.a"), lambda row: table_cells.name(first(row, "model_id"))),
        "task": (say("routes.a_task"), lambda row: language.price(first(row, "route_cost_usd"))),
        "million": (
            say("routes.a_million"),
            lambda row: language.price(first(row, "cost_per_million_usd")),
        ),
        "next": (say("routes.next"), lambda row: table_cells.names(language, row["chain"][1:])),
        "b": (say("routes.b"), lambda row: table_cells.name(first(row, "reserve_model_id"))),
        "reserve": (
            say("routes.b_task"),
            lambda row: language.price(first(row, "reserve_cost_per_task_usd")),
        ),
    }
    return _table(language, "routes", routes, columns, ("workload", "state", "a", "next", "b"))


def claims(language: Language, rows: Rows) -> Table | None:
    """Return every printed claim with what the warehouse computes, and the verdict."""
    say = language.say
    columns: Columns = {
        "verdict": (say("audit.verdict"), lambda row: language.name("judged", row["verdict"])),
        "claim": (
            say("audit.claim"),
            lambda row: table_cells.name(row["claim_id"]),
        ),
        "week": (say("audit.period"), lambda row: row["period"]),
        "printed": (say("audit.printed"), partial(claim_words.printed, language)),
        "computed": (say("audit.computed"), partial(claim_words.computed, language)),
        "explanation": (
            say("audit.explanation"),
            lambda row: table_cells.name(claim_words.explanation(language, row)),
        ),
    }
    return _table(language, "audit", rows, columns, ("verdict", "claim", "week", "explanation"))


def _table(
    language: Language,
    name: str,
    rows: Sequence[Row | RouteChange],
    columns: Columns,
    texts: tuple[str, ...],
) -> Table | None:
    """Return a table under its section's title, with `texts` aligned left; None without rows."""
    if not rows:
        return None
    label = language.say(name.replace("-", ".title_") if "-" in name else f"{name}.title")
    listed = [
        Column(title, cell, f"{key} text" if key in texts else key)
        for key, (title, cell) in columns.items()
    ]
    return Table(name, label, listed, rows)


def _group(language: Language, grain: str, key: str) -> str:
    """Return the word for a bloc and for what is outside the top 50; a vendor has its own name."""
    return language.name("bloc", key) if grain == "bloc" or key == "other" else key
