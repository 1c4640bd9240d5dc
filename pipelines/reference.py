"""The hand-kept tables of `warehouse/reference/`: judgements, each row checked on loading."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa
import yaml
from pydantic import BaseModel, BeforeValidator, Field, PositiveInt, model_validator
from pydantic import ValidationError as ContractError

from pipelines.columns import Day, arrow_schema
from pipelines.errors import RefusalError
from pipelines.settings import REFERENCE
from pipelines.weeks import parse_week

Text = Annotated[str | None, BeforeValidator(lambda value: value or None)]
OptionalDay = Annotated[date | None, BeforeValidator(lambda value: value or None)]
Week = Annotated[date, BeforeValidator(parse_week)]


class Vendor(BaseModel, extra="forbid"):
    """An author slug and the country of its developer's headquarters, never of a host."""

    author: str
    vendor: str
    organisation: str
    country_iso2: Annotated[
        str | None, Field(pattern="^[A-Z]{2}$"), BeforeValidator(lambda value: value or None)
    ]
    headquarters: Text
    author_type: str
    confidence: Literal["high", "medium", "low", "none"]
    source: str = Field(min_length=1)
    notes: Text
    recorded_on: date
    valid_from: OptionalDay
    valid_to: OptionalDay


class WeeklyTotal(BaseModel, extra="forbid"):
    """The platform's total of a week for which the lake may hold no rows."""

    week: Week
    total_tokens: PositiveInt
    missing_days: Text


class KnownHole(BaseModel, extra="forbid"):
    """A day that the source once told and tells no longer."""

    date: Day
    effect: str = Field(min_length=1)
    source: str = Field(min_length=1)
    recorded_on: Day


class Stratum(BaseModel, extra="forbid"):
    """A workload: the shape of its tasks and what a model must bring."""

    stratum: str = Field(pattern="^[a-z][a-z0-9_]*$")
    description: str
    round_trips: PositiveInt
    context_start_tokens: PositiveInt
    context_end_tokens: PositiveInt
    output_tokens: PositiveInt
    needs_image: bool
    needs_tools: bool
    data_class: Literal["public", "internal"]

    @model_validator(mode="after")
    def _context_grows(self) -> "Stratum":
        if self.context_end_tokens < self.context_start_tokens:
            raise ValueError("context_end_tokens must not be below context_start_tokens")
        if self.round_trips == 1 and self.context_end_tokens != self.context_start_tokens:
            raise ValueError("one round trip has one context: start and end must be equal")
        return self


TABLES: dict[str, tuple[str, type[BaseModel], tuple[str, ...]]] = {
    "vendors": ("vendors.csv", Vendor, ("author", "valid_from")),
    "weekly_total_history": ("weekly_total_history.csv", WeeklyTotal, ("week",)),
    "known_holes": ("known_holes.csv", KnownHole, ("date",)),
    "strata": ("strata.yaml", Stratum, ("stratum",)),
}
"""Each table's file, contract and key."""


def load(table: str, folder: Path = REFERENCE) -> pa.Table:
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
    return pa.Table.from_pylist(rows, schema=arrow_schema(contract))


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
