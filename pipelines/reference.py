"""The hand-kept tables of `warehouse/reference/`: judgements, each row checked on loading."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from pydantic import BaseModel
from pydantic import ValidationError as ContractError

from pipelines import contracts
from pipelines.errors import RefusalError
from pipelines.settings import REFERENCE

TABLES: dict[str, tuple[str, type[BaseModel], tuple[str, ...]]] = {
    "vendors": ("vendors.csv", contracts.Vendor, ("author", "valid_from")),
    "series": ("series.csv", contracts.Series, ("series", "family")),
    "lineage": ("lineage.csv", contracts.Lineage, ("model_permaslug",)),
    "weekly_total_history": ("weekly_total_history.csv", contracts.WeeklyTotal, ("week",)),
    "weekday_factor": ("weekday_factor.csv", contracts.WeekdayFactor, ("weekday",)),
    "observed_mix": ("observed_mix.csv", contracts.ObservedMix, ("week_end", "model_permaslug")),
    "model_class": ("model_class.csv", contracts.ModelClass, ("base_permaslug",)),
    "class_prior": ("class_prior.csv", contracts.ClassPrior, ("workload_class",)),
    "parameter": ("parameter.csv", contracts.Parameter, ("parameter",)),
    "cache_write": ("cache_write.csv", contracts.CacheWrite, ("slug_prefix",)),
    "price_tier": ("price_tier.csv", contracts.PriceTier, ("tier",)),
    "strata": ("strata.yaml", contracts.Stratum, ("stratum",)),
}
"""Each table's file, contract and key."""


def load(table: str, folder: Path = REFERENCE) -> pl.DataFrame:
    """Return a reference table in the order of its file.

    Raises RefusalError naming file, line (or entry) and field of the first row that is wrong.
    """
    name, contract, key = TABLES[table]
    path = folder / name
    rows: list[dict[str, Any]] = []
    known: set[tuple[object, ...]] = set()
    for place, entry in _entries(path):
        try:
            row = contract.model_validate(entry).model_dump()
        except ContractError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "entry"
            reason = str(first["msg"]).removeprefix("Value error, ")
            raise RefusalError(f"{path}, {place}: field {field}: {reason}") from None
        except RefusalError as error:
            raise RefusalError(f"{path}, {place}: {error}") from None
        identity = tuple(row[column] for column in key)
        if identity in known:
            raise RefusalError(f"{path}, {place}: {', '.join(key)} stands here a second time")
        known.add(identity)
        rows.append(row)
    if not rows:
        raise RefusalError(f"{path} holds no rows: restore it with git checkout")
    return pl.DataFrame(rows, schema=_schema(contract), orient="row")


class _StrictLoader(yaml.SafeLoader):
    """Refuse a key that stands twice in an entry; YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.YAMLError(f"{', '.join(sorted(twice))} stands twice{node.start_mark}")
        return super().construct_mapping(node, deep)


def _entries(path: Path) -> Iterator[tuple[str, object]]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".yaml":
            entries = yaml.load(text, _StrictLoader)  # noqa: S506 a SafeLoader, only stricter
            if not isinstance(entries, list):
                raise RefusalError(f"{path} must be a YAML list of entries")
            yield from ((f"entry {number}", entry) for number, entry in enumerate(entries, 1))
        else:
            reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
            yield from ((f"line {reader.line_num}", row) for row in reader)
    except OSError as error:
        raise RefusalError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError, csv.Error) as error:
        raise RefusalError(f"{path} cannot be read: {' '.join(str(error).split())}") from None


def _schema(contract: type[BaseModel]) -> dict[str, pl.DataType]:
    """Return the column types that follow from the contract's annotations."""
    types: dict[object, pl.DataType] = {
        int: pl.Int64(),
        float: pl.Float64(),
        bool: pl.Boolean(),
        date: pl.Date(),
        str: pl.String(),
    }
    schema = {}
    for name, field in contract.model_fields.items():
        options = getattr(field.annotation, "__args__", (field.annotation,))
        schema[name] = next(types.get(option, pl.String()) for option in options)
    return schema
