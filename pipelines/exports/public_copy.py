"""A copy of the published database for others: no own usage, no activity, no private numbers.

Next to it are the marts as Parquet and CSV with their description, so that any web server or object
storage can serve the folder.
"""

import os
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import duckdb

from pipelines.exports import datapackage, mart_files
from pipelines.exports.delivery import Files
from pipelines.home.database import SESSION, connect, literal, naming_another_version
from pipelines.home.files import replace, unwritable
from pipelines.models import definition, dictionary
from pipelines.models.build import COMPATIBLE, FEWER_COMPRESSIONS
from pipelines.models.definition import PRIVATE, SCHEMAS, Model
from pipelines.sources.tables import OWN
from pipelines.usage import ledger

LEFT_OUT = "Own usage is left out of a copy for others."
"""Why a mart of own usage has no row in it."""

OWN_SOURCES = frozenset(f"lake.{name}" for name in (*OWN, *(one.name for one in ledger.TABLES)))
"""What a table must not be made from, directly or not, to be copied whole."""

CHOSEN = "usage_shape"
"""The model of own tokens of a task, for workloads that name it: as public as those they write."""


def files(models: tuple[Model, ...], database: Path) -> Files:
    """Return the files for others: marts, their description, and the copy of the database."""
    marts = mart_files.render(models, database)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / database.name
        write(models, database, copy)
        content = copy.read_bytes()
    description = datapackage.describe(models, database, marts)
    return {**marts, "datapackage.json": description, database.name: content}


def write(models: Sequence[Model], database: Path, target: Path) -> None:
    """Write the marts, and what their macros read, to `target`; it appears whole or not at all.

    Tables of own usage are there and have no row, so that every command finds what it reads.
    Raises RefusalError if there is no published database, or `target` cannot be written.
    """
    connect(database).close()  # refuses a missing or damaged file in one line
    aside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with (
            naming_another_version(database),
            closing(duckdb.connect(aside, config=COMPATIBLE)) as copy,
        ):
            copy.execute(f"{SESSION}; SET threads = 1; {FEWER_COMPRESSIONS}")
            copy.execute(f"ATTACH {literal(database)} AS published (READ_ONLY)")
            _fill(copy, models)
            copy.execute("DETACH published; CHECKPOINT")
        replace(aside, target)
    except OSError as error:
        raise unwritable(target, error) from None
    finally:
        aside.unlink(missing_ok=True)


def _fill(copy: duckdb.DuckDBPyConnection, models: Sequence[Model]) -> None:
    read_by_macros = set(dictionary.TABLE.findall("".join(dictionary.macros().values())))
    copied = [one for one in models if one.schema == "marts" or one.name in read_by_macros]
    copy.execute("BEGIN")
    for schema in SCHEMAS:
        if schema != PRIVATE:
            copy.execute(f"CREATE SCHEMA {schema}")
    for model in copied:
        copy.execute(
            f"CREATE TABLE {model.name} AS FROM published.{model.name} "
            f"WHERE {_public(model, models)} ORDER BY {', '.join(model.front.unique)}"
        )
    dictionary.create(copy, copied)
    reasons = {one.name: one.front.empty for one in copied if one.schema == "marts"}
    own_marts = dict.fromkeys((one.name for one in copied if one.front.private is True), LEFT_OUT)
    dictionary.record_empty(copy, reasons | own_marts)
    own = ", ".join(literal(name) for name in sorted(OWN))
    copy.execute(
        f"INSERT INTO meta.snapshots FROM published.meta.snapshots WHERE table_name NOT IN ({own})"
    )
    copy.execute("INSERT INTO meta.build FROM published.meta.build")
    copy.execute("COMMIT")


def _public(model: Model, models: Sequence[Model]) -> str:
    """Return the condition of the rows that others may see."""
    if model.schema == "marts":
        return "FALSE" if model.front.private is True else mart_files.public(model)
    others = [one for one in models if one.path.stem != CHOSEN]
    made_from = {name for one in definition.upstream(others, {model.name}) for name in one.inputs}
    return f"{made_from.isdisjoint(OWN_SOURCES)}".upper()
