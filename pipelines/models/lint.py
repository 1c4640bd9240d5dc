"""The house rules of SQL: what every model keeps to, so that it runs on Spark as it does on DuckDB.

sqlglot translates most of DuckDB's dialect, but some idioms it translates wrongly without a word.
Those are listed here and refused; `make lint` runs this file.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator

import sqlglot
from sqlglot import exp

from pipelines.errors import RefusalError
from pipelines.models import consumers
from pipelines.models.definition import Model, load, shared_columns

FORBIDDEN: dict[type[exp.Expression], str] = {
    exp.Qualify: "QUALIFY: number the rows in a subquery and filter there",
    exp.Pivot: "PIVOT: use an aggregate with FILTER",
    exp.List: "a list literal: use long rows",
    exp.Array: "a list literal: use long rows",
    exp.ArrayAgg: "list(): use long rows",
    exp.PercentileCont: "quantile_cont: its translation interpolates otherwise",
    exp.Quantile: "quantile: its translation interpolates otherwise",
    exp.DateDiff: "datediff: units are counted differently",
    exp.DayOfWeek: "a weekday function: the week begins on another day",
    exp.RegexpReplace: "regexp_replace: one engine replaces once, the other always",
}


LINES = 300
BYTES = 20_000
"""sqruff passes over a larger file without a word."""


def violations(model: Model) -> Iterator[str]:
    """Yield what a model does that the house rules forbid, each with what to do instead."""
    text = model.path.read_bytes()
    if len(text) > BYTES or text.count(b"\n") > LINES:
        yield f"longer than {LINES} lines or {BYTES} bytes: one model, one idea, so split it"
    tree = parsed(model)
    for kind, advice in FORBIDDEN.items():
        if tree.find(kind):
            yield advice
    yield from _joins_and_unions(tree)
    yield from _arithmetic(tree)
    yield from _sums_without_type(model)
    try:
        sqlglot.transpile(
            model.sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
        )
    except sqlglot.errors.SqlglotError as error:
        yield f"no Spark translation: {error}"


def parsed(model: Model) -> exp.Expr:
    """Return a model's statement as sqlglot reads it."""
    return sqlglot.parse_one(model.sql, dialect="duckdb")


def _joins_and_unions(tree: exp.Expr) -> Iterator[str]:
    for join in tree.find_all(exp.Join):
        if join.args.get("using"):
            yield "JOIN … USING: write ON, both columns stay visible"
        if join.method == "ASOF":
            yield "ASOF JOIN: other engines have none"
    for union in tree.find_all(exp.SetOperation):
        if union.args.get("by_name"):
            yield "UNION BY NAME: list the columns in one order"


def _arithmetic(tree: exp.Expr) -> Iterator[str]:
    for division in tree.find_all(exp.Div):
        if not isinstance(division.expression, exp.Literal | exp.Paren | exp.Nullif):
            yield f"division by {division.expression.sql()}: put nullif(…, 0) under it"
    for subtraction in tree.find_all(exp.Sub):
        if _is_date(subtraction.this) and _is_date(subtraction.expression):
            yield "date - date: add an interval to one of them and compare"


def _is_date(node: exp.Expression) -> bool:
    return isinstance(node, exp.Cast) and node.is_type(exp.DataType.Type.DATE)


def _sums_without_type(model: Model) -> Iterator[str]:
    """A sum of BIGINT is HUGEINT in DuckDB and a Decimal in polars: no table may contain one.

    Sums inside CTEs are free; a documented HUGEINT is where one has come through.
    """
    for column in model.columns:
        if column.type == "HUGEINT":
            yield f"column {column.name} is HUGEINT: cast the sum to BIGINT"


def repeated_columns(models: Iterable[Model]) -> Iterator[str]:
    """Yield columns described twice: in a model and `sql/columns.yaml`, or in two models alike."""
    shared = shared_columns()
    described = Counter[tuple[str, str, str]]()
    for model in models:
        for column in model.columns:
            line = model.front.columns[column.name] or ""
            if column.name not in shared:
                described[column.name, column.unit, column.description] += 1
            elif line.endswith(f"| {shared[column.name].description}"):
                yield f"{model.path}: column {column.name} is in sql/columns.yaml: no description"
    for (name, unit, text), count in described.items():
        if count > 1:
            yield f"sql/columns.yaml: add {name}, which {count} models describe as {unit} | {text}"


def main() -> int:
    """Print every violation with its file; return the number of them, at most 1."""
    try:
        models = load()
    except RefusalError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    found = [f"{model.path}: {advice}" for model in models for advice in violations(model)]
    found += [*repeated_columns(models), *consumers.violations()]
    sys.stderr.writelines(f"{line}\n" for line in found)
    return min(1, len(found))


if __name__ == "__main__":
    sys.exit(main())
