"""The sections of the page: what each chart and table of a week shows, in a language."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import StringIO
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from pipelines.queries.published import Row, Rows
from pipelines.reference.origins import BLOCS
from pipelines.report import chains, charts, digest, facts, table_cells
from pipelines.report.chains import RouteChange
from pipelines.report.week_rows import WeekRows
from pipelines.words.language import UNKNOWN, Language, isolated

Columns = Mapping[str, tuple[str, Callable[[Any], object]]]
"""By style class: the title, and what a row shows there; escaped unless it is Markup."""

LONGEST_DUMBBELL = 12
"""Vendors in the chart; the table under it has all of them."""


CARDS = ("top", "prices", "routes", "bill", "ours", "audit")
"""The tables too wide for a phone: there each row is a card, with the titles in it."""


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

    @property
    def is_cards(self) -> bool:
        """Whether a phone shows each row as a card."""
        return self.name.startswith(CARDS)

    def csv(self) -> str:
        """Return the rows behind the table, as they are in the marts, as an address of data."""
        text = StringIO()
        writer = csv.DictWriter(
            text, list(self.rows[0]), extrasaction="ignore", lineterminator="\n"
        )
        writer.writeheader()
        writer.writerows(self.rows)
        return f"data:text/csv,{quote(text.getvalue(), safe='/,:')}"


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
        "dual": {grain: dual(language, grain, week) for grain in ("bloc", "vendor")},
        "index": index(language, week),
        "moves": moves(language, week),
        "routes": routes,
        "routes_table": routes_table(language, week, routes),
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
        "of": " ".join(
            (
                say("tiles.all_before", multiple=language.ratio(year)) if year else "",
                digest.streak(language, total),
            )
        ).strip(),
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
    return [everything, *sides, _cost(language, week)]


def _cost(language: Language, week: WeekRows) -> dict[str, str]:
    """Return the tile of dollars per million tokens, with how much of all tokens is paid for."""
    say = language.say
    newest = week["money"][-1] if week["money"] else None
    if newest is None or newest["week"] != week["week"] or newest["p50"] is None:
        return {
            "title": say("tiles.cost"),
            "number": "",
            "of": say("tiles.cost_missing"),
            "move": "",
            "bounds": digest.no_revenue(language, week),
        }
    before = [row["p50"] for row in week["money"][-2:-1] if row["p50"] is not None]
    growth = newest["p50"] / before[0] - 1 if before else None
    return {
        "title": say("tiles.cost"),
        "number": language.price(newest["p50"]),
        "of": say(
            "tiles.paid",
            share=language.percent(newest["paid"]),
            free=language.percent(newest["free"]),
        ),
        "move": table_cells.week_on_week(language, growth),
        "bounds": say(
            "tiles.cost_bounds",
            low=language.price(newest["p10"]),
            high=language.price(newest["p90"]),
        ),
    }


def use(language: Language, week: WeekRows) -> list[str]:
    """Return sentences on what the market is used for; all but one need two snapshots."""
    shifts = [
        language.say(
            "use.programming" if row["share_change"] is not None else "use.programming_alone",
            share=language.percent(row["share"]),
            points=language.points(100 * (row["share_change"] or 0)),
        )
        for row in week["programming"]
    ]
    classes = [
        language.say(
            "use.task_class",
            name=isolated(f"{row['label'] or row['category']}"),
            share=language.percent(row["token_share"]),
            points=language.points(100 * row["token_share_change"]),
            day=f"{row['previous_as_of']:%Y-%m-%d}",
        )
        for row in week["classes"]
    ]
    calls = "; ".join(
        language.say(
            "use.of_model",
            model=isolated(_called(week, row["model_permaslug"])),
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
        "model": (
            language.say("top.model"),
            lambda row: table_cells.model(language, week["names"], row),
        ),
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
    return table(language, "top", week["top"], columns, ("model",))


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
    return drawn, table(language, "split", rows, columns, ("week",))


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
    return drawn, table(language, "ratio", week["ratio"][::-1], columns, ("week", "scope"))


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
    return table(language, "lens", week["lens"], columns, ("scope", "who"))


def dual(language: Language, grain: str, week: WeekRows) -> tuple[Markup | None, Table | None]:
    """Return shares of tokens and revenue, the largest revenue first, as a chart and a table."""
    say = language.say
    shown = sorted(
        (
            {**row, "name": _group(language, grain, row["key"], week["names"])}
            for row in week["dual"]
            if row["grain"] == grain
        ),
        key=lambda row: (-(row["revenue_share_p50"] or 0), -row["token_share"]),
    )
    columns: Columns = {
        "key": (
            say("dual.key"),
            lambda row: table_cells.name(row["key"], {row["key"]: row["name"]}),
        ),
        "tokens": (say("dual.tokens"), lambda row: language.percent(row["token_share"])),
        "low": (say("dual.low"), lambda row: language.percent(row["revenue_share_p10"])),
        "revenue": (say("dual.revenue"), lambda row: language.percent(row["revenue_share_p50"])),
        "high": (say("dual.high"), lambda row: language.percent(row["revenue_share_p90"])),
        "coverage": (say("dual.coverage"), lambda row: language.percent(row["coverage"])),
        "basis": (say("dual.basis"), lambda row: language.name("mix", row["revenue_method"])),
        "gap": (say("dual.gap"), lambda row: language.name("unpriced", row["unpriced_because"])),
    }
    drawn = charts.dumbbell(language, grain, shown[:LONGEST_DUMBBELL]) if shown else None
    return drawn, table(language, f"dual-{grain}", shown, columns, ("key", "basis", "gap"))


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
        "key": (
            say("top.model"),
            lambda row: table_cells.name(row["base_permaslug"], week["names"]),
        ),
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
        "chart": charts.frontier(language, rows, drawn, week["names"]) if rows else None,
        "table": table(language, "index", rows, columns, ("key", "front", "pick")),
        "picks": [table_cells.name(models[one], week["names"]) for one in drawn],
        "elsewhere": [
            (table_cells.name(model, week["names"]), language.name("evidence", evidence[one]))
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


def moves(language: Language, week: WeekRows) -> Table | None:
    """Return the models that came into the first ten, twenty or fifty, and those that left."""
    say = language.say
    columns: Columns = {
        "list": (say("moves.list"), lambda row: say("moves.first", count=row["top_n"])),
        "move": (say("moves.move"), lambda row: table_cells.moved(language, row)),
        "model": (
            say("moves.model"),
            lambda row: table_cells.name(row["model_permaslug"], week["names"]),
        ),
        "rank": (
            say("moves.rank"),
            lambda row: f"{row['previous_rank'] or UNKNOWN} → {row['rank'] or UNKNOWN}",
        ),
        "tokens": (say("moves.tokens"), lambda row: language.tokens(row["tokens"])),
    }
    return table(language, "moves", week["moves"], columns, ("list", "move", "model"))


def routes_table(language: Language, week: WeekRows, routes: list[RouteChange]) -> Table | None:
    """Return a row for each workload: its chain, its cost, what has changed by role, and why.

    None where no workload has a chain, or a reason for having none.
    """
    if not any(route["chain"] or route["decided"] for route in routes):
        return None
    say, names = language.say, week["names"]

    def first(row: RouteChange, column: str) -> Any:
        return row["chain"][0][column] if row["chain"] else None

    columns: Columns = {
        "workload": (say("routes.workload"), lambda row: table_cells.workload(language, row)),
        "a": (say("routes.chain"), lambda row: table_cells.chain(language, names, row["chain"])),
        "task": (
            say("routes.thousand"),
            lambda row: table_cells.thousand(language, first(row, "route_cost_usd")),
        ),
        "state": (say("routes.state"), lambda row: table_cells.state(language, names, row)),
        "why": (say("routes.why"), lambda row: table_cells.because(language, row)),
        "b": (
            say("routes.b"),
            lambda row: table_cells.reserve(
                language,
                names,
                first(row, "reserve_model_id"),
                first(row, "reserve_cost_per_task_usd"),
            ),
        ),
    }
    return table(language, "routes", routes, columns, ("workload", "a", "state", "why", "b"))


def table(
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


def _group(language: Language, grain: str, key: str, names: Mapping[str, str]) -> str:
    """Return the word for a bloc and for what is outside the top 50, or a vendor's name."""
    return language.name("bloc", key) if grain == "bloc" or key == "other" else names.get(key, key)


def _called(week: WeekRows, slug: str) -> str:
    """Return what people call a model."""
    return week["names"].get(slug, slug)
