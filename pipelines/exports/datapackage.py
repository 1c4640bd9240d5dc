"""`datapackage.json`: the Parquet marts described in the Data Package standard (datapackage.org).

It describes every file for tools that know the standard: fields with type, unit and meaning, keys,
checksums, licence and sources.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipelines.citation import citation
from pipelines.exports.mart_files import is_exported
from pipelines.home.database import connected
from pipelines.models.definition import Column, Model

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

LICENCES = [
    {
        "name": "CC-BY-4.0",
        "title": "Creative Commons Attribution 4.0 International",
        "path": "https://creativecommons.org/licenses/by/4.0/",
    }
]
SOURCES = [{"title": "OpenRouter rankings", "path": "https://openrouter.ai/rankings"}]

TYPES = {
    "BIGINT": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "number",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "VARCHAR": "string",
}
"""The standard's name for each type of column in the marts."""


def describe(models: Iterable[Model], database: Path, contents: Mapping[str, bytes]) -> bytes:
    """Return the descriptor of these files, whose names are like `marts/apps.parquet`."""
    with connected(database) as connection:
        ((run_id, as_of, is_exact),) = connection.execute(
            "SELECT run_id, as_of, as_of_is_exact FROM meta.build"
        ).fetchall()
    marts = [model for model in models if is_exported(model)]
    package = {
        "$schema": PROFILE,
        "name": "tokenhouse-marts",
        "title": "Tokenhouse: usage and estimated revenue of OpenRouter's models by week",
        "description": f"{citation(as_of, is_exact)} Weeks are ISO weeks in UTC, by their Monday. "
        "Next to each file is the same as CSV.",
        "licenses": LICENCES,
        "sources": SOURCES,
        "as_of": f"{as_of:%Y-%m-%dT%H:%M:%SZ}",
        "as_of_is_exact": is_exact,
        "run_id": run_id,
        "resources": [_resource(model, contents) for model in marts],
    }
    return (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()


def _resource(model: Model, contents: Mapping[str, bytes]) -> dict[str, Any]:
    name = f"marts/{model.path.stem}.parquet"
    content = contents[name]
    required = {column.name for column in model.columns if column.required}
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in model.columns],
        "missingValues": [],  # Parquet has its own NULL; an empty text is a value
    }
    if required.issuperset(model.front.unique):  # the standard allows no NULL in a primary key
        schema["primaryKey"] = model.front.unique
    return {
        "name": model.path.stem,
        "title": f"A row is: {model.front.grain}",
        "description": model.front.description,
        "path": name,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": schema,
    }


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": TYPES[column.type],
        "description": column.description,
    }
    if column.unit != "-":
        field["unit"] = column.unit
    if column.required:
        field["constraints"] = {"required": True}
    return field
