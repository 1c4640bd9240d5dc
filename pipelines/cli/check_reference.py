"""Check the hand-kept tables, and list what in the data they lack."""

from datetime import date
from typing import TYPE_CHECKING

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.queries.published import Row, Rows, UnknownAuthor

NEWEST = "SELECT marts.latest_week() AS week"
OFFERED = "SELECT DISTINCT model_id FROM marts.catalogue()"


@app.command()
def check_reference(json: Json = False) -> None:
    """Check the hand-kept tables, and list the authors and families that are missing from them.

    Tokens are those of the newest complete week.
    """
    from pipelines.models.rerun import rerun
    from pipelines.queries.published import (
        doubtful_rules,
        models_without_evidence,
        query,
        reading,
        unclassified_models,
        unknown_authors,
        unlisted_families,
    )
    from pipelines.reference.consistency import models_named
    from pipelines.reference.files import unread
    from pipelines.reference.loader import load_all

    own = settings().reference
    tables = load_all(own)
    counts = {table: len(rows) for table, rows in tables.items()}
    newest = None
    unknown, unlisted, rules, unclassified, unseen, unscored = [], [], [], [], [], []
    if settings().database.exists():
        with reading(settings().database) as connection:
            newest = query(connection, NEWEST)[0]["week"]
            unknown = unknown_authors(connection)
            unclassified = unclassified_models(connection)
            unscored = models_without_evidence(connection)
            offered = {row["model_id"] for row in query(connection, OFFERED)}
            named = models_named(tables)
            unseen = [one for one in named if one["model_id"] not in offered]
        series = {"reference.series": tables["series"]}
        wanted = {"marts.unlisted_family", "marts.series_rule", "marts.latest_week"}
        with rerun(settings().database, series, wanted) as connection:
            unlisted = unlisted_families(connection)
            rules = doubtful_rules(connection)
    unread_files = unread(own)
    answer = {
        "tables": counts,
        "newest_week": newest,
        "unread_files": unread_files,
        "unknown_authors": unknown,
        "unlisted_families": unlisted,
        "series_rules": rules,
        "unclassified_models": unclassified,
        "unseen_models": unseen,
        "models_without_evidence": unscored,
    }
    if json:
        console.as_json(answer)
        return
    _show_reference(counts, unknown, unseen, newest)
    _show_series(unlisted, rules, newest)
    _show_unclassified(unclassified)
    _show_without_evidence(unscored)
    console.unread_files(unread_files)


def _show_reference(
    counts: dict[str, int], unknown: "list[UnknownAuthor]", unseen: "Rows", newest: date | None
) -> None:
    """Print how many rows each hand-kept table has, and what in the data is missing from them."""
    console.table(
        "Hand-kept tables", ["table", ">rows"], [[name, f"{rows}"] for name, rows in counts.items()]
    )
    console.table(
        "Authors in the data without a country",
        ["author", "row", "=last listed", f">tokens, week of {newest}"],
        [
            [
                row["author"],
                "listed, country unknown" if row["is_listed"] else "not listed",
                f"{row['newest_week']}",
                console.tokens(row["tokens"]),
            ]
            for row in unknown
        ],
    )
    for row in unseen:
        console.line(
            f"{row['file']}: no catalogue lists {row['model_id']}: a row for it does nothing",
        )


def _show_unclassified(models: "Rows") -> None:
    """Print the models whose revenue rests on the class of their author, or of nobody."""
    console.table(
        "Models of the newest week without a token mix or a class of their own",
        ["model", "class meanwhile", "because", ">tokens", ">of the revenue"],
        [
            [
                row["base_permaslug"],
                row["workload_class"],
                "its author's largest"
                if row["revenue_method"] == "author_prior"
                else "no listed model of its author has one",
                console.tokens(row["tokens"]),
                "unknown"
                if row["revenue_share"] is None
                else console.percent(row["revenue_share"]),
            ]
            for row in models
        ],
    )


def _show_without_evidence(models: "Rows") -> None:
    """Print the ranked models that no route can name, those worth most first."""
    console.table(
        "Ranked models of the newest week without evidence of quality",
        ["model", ">rank", ">tokens", ">saves $/month if it reached the floors"],
        [
            [
                row["model_permaslug"],
                f"{row['rank']}",
                console.tokens(row["tokens"]),
                f"{row['saving_usd']:,.2f}",
            ]
            for row in models
        ],
        "`tokenhouse evaluate WORKLOAD` lists the evaluations that would admit them",
    )


def _show_series(unlisted: "Rows", rules: "Rows", newest: date | None) -> None:
    """Print the families that leave series open, and the rules that need a look."""
    console.table(
        "Families that leave series incomplete",
        ["family", "rules", "series", "=last listed", f">tokens, week of {newest}"],
        [
            [
                row["family"],
                "none fits" if row["membership"] == "no_rule" else "several fit",
                row["series"],
                f"{row['newest_week']}",
                console.tokens(row["tokens"]),
            ]
            for row in unlisted
        ],
    )
    console.table(
        "Rules of series that need a look",
        ["series", "author", "pattern", "finding"],
        [[row["series"], row["author"], row["pattern"], _finding(row)] for row in rules],
    )


def _finding(rule: "Row") -> str:
    """Return what is wrong with a rule of a series."""
    if not rule["families"]:
        return "no family fits it"
    other = "no series" if rule["other_series"] == "none" else rule["other_series"]
    return f"{rule['shared_family']} fits a rule for {other} too"
