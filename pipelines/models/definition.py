"""A SQL model: its front matter, its statement, and the tables it reads.

The front matter is a YAML comment on top of the file:

    /*
    ---
    description: One sentence.
    grain: week
    empty: Empty until two weeks are complete.
    unique: [week]
    columns:
      week:
      tokens: BIGINT
      reason: VARCHAR | - | Why it left the list
    accepted:
      bloc: [CN, US]
    checks:
      named and other add up: total_tokens = named_tokens + other_tokens
      shares sum to one: SELECT week FROM marts.x GROUP BY week HAVING abs(sum(share) - 1) > 1e-9
    ---
    */

A column line states type, unit and meaning. A column that means the same in several models is
described once, in `sql/columns.yaml`: a model then writes its name alone, or the type where that
differs. A check is an expression that must be true in
every row, or a SELECT that must return no row. `empty` says why the table may have no row. Where
SQL does not reach, `function: name` sends the statement's rows through a function of
`models/python/registry.py`, and its result is the table.
Rows that leave the home in no export are those for which `private` is true: all, or a condition.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import RefusalError
from pipelines.home import kept
from pipelines.models import syntax
from pipelines.models.syntax import StatementError
from pipelines.settings import SQL

PRIVATE = "private"
"""The schema of what third-party scores imply: in a file of its own that never leaves the home."""

SCHEMAS = ("usage", "staging", PRIVATE, "core", "marts")
"""The layers of `sql/` in dependency order; a model reads its own layer or an earlier one.

Only `core` and `private` itself read `private`, and `private` reads `core`.
"""

SOURCES = ("lake", "reference", "home")
"""What models read besides models: responses, reference tables, and what was done in this home."""

FRONT_MATTER = re.compile(r"\A/\*\n---\n(?P<yaml>.*?)\n---\n\*/\n(?P<sql>.*)\Z", re.DOTALL)
COLUMN = re.compile(
    r"(?P<type>[A-Z0-9_(), ]+?)(?P<required> NOT NULL)?( \| (?P<unit>.+?) \| (?P<text>.+))?"
)


@dataclass(frozen=True)
class Column:
    """A documented column; `unit` is `-` where there is none."""

    name: str
    type: str
    required: bool
    unit: str
    description: str

    @property
    def comment(self) -> str:
        """What the column means, with its unit."""
        return self.description if self.unit == "-" else f"{self.description} [{self.unit}]"


@dataclass(frozen=True)
class FrontMatter:
    """What a model's author writes on top of the file, as `front_matter` has checked it."""

    description: str
    grain: str
    empty: str
    unique: list[str]
    function: str | None
    private: bool | str
    columns: dict[str, str | None]
    accepted: dict[str, list[str]]
    checks: dict[str, str]


@dataclass(frozen=True)
class Model:
    """One file of `sql/`."""

    path: Path
    sql: str
    front: FrontMatter
    written: str = ""
    """The front matter as it is written."""

    @property
    def schema(self) -> str:
        """The layer: the folder of that name above the file; folders below it are subjects."""
        return next(part for part in reversed(self.path.parts[:-1]) if part in SCHEMAS)

    @property
    def name(self) -> str:
        """The table's full name, such as `marts.weekly_total`."""
        return f"{self.schema}.{self.path.stem}"

    @cached_property
    def columns(self) -> list[Column]:
        """The documented columns in their order."""
        return [_column(self.path, name, line) for name, line in self.front.columns.items()]

    @cached_property
    def inputs(self) -> frozenset[str]:
        """The full names of the tables that the statement reads.

        Raises RefusalError with the line of a syntax error, or for a table without a schema.
        """
        try:
            tables = syntax.tables(self.sql)
        except StatementError as error:
            text = self.path.read_text(encoding="utf-8")
            line = text[: text.index(self.sql)].count("\n") + error.line + 1
            raise RefusalError(f"{self.path}, line {line}: {error}") from None
        for schema, name in tables:
            if not schema:
                raise RefusalError(
                    f"{self.path}: {name} is neither a CTE nor a table: write schema.table"
                )
        return frozenset(f"{schema}.{name}" for schema, name in tables)

    @cached_property
    def checks(self) -> dict[str, str]:
        """Every check as a name and a query that returns the rows which break it."""
        key = ", ".join(self.front.unique)
        queries = {
            f"unique {key}": f"SELECT {key}, count(*) AS rows FROM {self.name} "
            f"GROUP BY {key} HAVING count(*) > 1"
        }
        missing = " OR ".join(f"{c.name} IS NULL" for c in self.columns if c.required)
        if missing:
            queries["required columns are filled"] = f"SELECT * FROM {self.name} WHERE {missing}"
        for name, values in self.front.accepted.items():
            listed = ", ".join(f"'{value}'" for value in values)
            queries[f"accepted {name}"] = (
                f"SELECT DISTINCT {name} FROM {self.name} WHERE {name} NOT IN ({listed})"
            )
        for name, check in self.front.checks.items():
            queries[name] = (
                check
                if check.lstrip().upper().startswith("SELECT")
                else f"SELECT * FROM {self.name} WHERE ({check}) IS NOT TRUE"
            )
        return queries


@cache
def shared_columns() -> dict[str, Column]:
    """Return the columns that `sql/columns.yaml` describes, by name."""
    return read_columns(SQL / "columns.yaml")


def read_columns(path: Path) -> dict[str, Column]:
    """Read described columns by name; RefusalError naming file and column where one is wrong."""
    try:
        lines = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise RefusalError(f"{path} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise RefusalError(f"{path}: {' '.join(str(error).split())}") from None
    if not isinstance(lines, dict):
        raise RefusalError(f"{path}: must have a line `name: TYPE | unit | description` per column")
    return {name: _described(path, name, line) for name, line in lines.items()}


def _column(path: Path, name: str, line: str | None) -> Column:
    """Return a column as its model describes it, completed from the shared description."""
    if line and " | " in line:
        return _described(path, name, line)
    if name not in shared_columns():
        raise RefusalError(
            f"{path}: column {name}: write `TYPE [NOT NULL] | unit | description`,"
            " or describe it in sql/columns.yaml"
        )
    shared = shared_columns()[name]
    if not line:
        return shared
    match = _match(path, name, line)
    return replace(shared, type=match["type"], required=bool(match["required"]))


def _described(path: Path, name: str, line: object) -> Column:
    match = _match(path, name, f"{line}")
    if match["unit"] is None:
        raise RefusalError(f"{path}: column {name}: write `TYPE [NOT NULL] | unit | description`")
    return Column(name, match["type"], bool(match["required"]), match["unit"], match["text"])


def _match(path: Path, name: str, line: str) -> re.Match[str]:
    match = COLUMN.fullmatch(line)
    if not match:
        raise RefusalError(f"{path}: column {name}: write `TYPE [NOT NULL] | unit | description`")
    return match


def read(path: Path) -> Model:
    """Read one model; RefusalError naming file and field when the front matter is wrong."""
    try:
        match = FRONT_MATTER.match(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RefusalError(f"{path} cannot be read: {error}") from None
    if not match:
        raise RefusalError(f"{path}: must begin with a front matter, /* --- … --- */")
    try:
        front = FrontMatter(**kept.made(match["yaml"], _fields))
    except ValueError as error:
        raise RefusalError(f"{path}: {error}") from None
    return Model(path, match["sql"].strip(), front, match["yaml"])


def _fields(text: str) -> dict[str, Any]:
    from pipelines.models import front_matter  # which imports pydantic

    return front_matter.fields(text)


@cache
def load(folder: Path = SQL) -> tuple[Model, ...]:
    """Return all models of a folder in the order in which they can be built.

    Raises RefusalError for a table that no model makes, a read from a later layer, or a cycle.
    """
    models = {
        model.name: model
        for schema in SCHEMAS
        for model in map(read, sorted(folder.joinpath(schema).rglob("*.sql")))
    }
    for model in models.values():
        for name in sorted(model.inputs):
            schema = name.partition(".")[0]
            if schema not in SOURCES and name not in models:
                raise RefusalError(f"{model.path}: reads {name}, which no model makes")
            if schema in SCHEMAS and not _may_read(model.schema, schema):
                raise RefusalError(f"{model.path}: {model.schema} must not read {name}")
    kept.remember(text for model in models.values() for text in (model.sql, model.written))
    order = TopologicalSorter(
        {name: sorted(models.keys() & model.inputs) for name, model in sorted(models.items())}
    )
    try:
        return tuple(models[name] for name in order.static_order())
    except CycleError as error:
        cycle = " → ".join(error.args[1])
        raise RefusalError(f"{folder}: models read each other in a circle: {cycle}") from None


def _may_read(reader: str, schema: str) -> bool:
    """Whether a model of a layer may read a table of another one."""
    if PRIVATE in (reader, schema):
        return schema in ("staging", "core") or reader in ("core", PRIVATE)
    return SCHEMAS.index(schema) <= SCHEMAS.index(reader)


def upstream(models: Sequence[Model], wanted: Iterable[str]) -> tuple[Model, ...]:
    """Return the models that make the wanted tables, in the order of the build."""
    needed, found = set(wanted), list[Model]()
    for model in reversed(models):
        if model.name in needed:
            needed |= model.inputs
            found.append(model)
    return tuple(reversed(found))
