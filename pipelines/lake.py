"""The lake: every answer ever accepted, as Parquet vintages partitioned by week.

A vintage is a file that is written once and never changed. Its name holds the instant at which the
answer was made and the first digits of its content's SHA-256, so the lake is a set: the same
answer written twice is one file, and a damaged file is found by its name.
"""

import hashlib
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.citation import LICENCE, citation
from pipelines.errors import RefusalError
from pipelines.files import write_atomically
from pipelines.sources.openrouter import Catalogue, CatalogueModel, Rankings
from pipelines.weeks import monday

INSTANT = pa.timestamp("us", tz="UTC")

SCHEMAS = {
    "rankings_daily": pa.schema(
        {
            "date": pa.date32(),
            "model_permaslug": pa.string(),
            "total_tokens": pa.int64(),
            "as_of": INSTANT,
            "as_of_is_exact": pa.bool_(),
        }
    ),
    "models": pa.schema(
        {
            "fetched_at": INSTANT,
            "model_id": pa.string(),
            "canonical_slug": pa.string(),
            "name": pa.string(),
            "created_at": INSTANT,
            "context_length": pa.int64(),
            "max_completion_tokens": pa.int64(),
            "input_modalities": pa.list_(pa.string()),
            "output_modalities": pa.list_(pa.string()),
            "supported_parameters": pa.list_(pa.string()),
            "prompt_price": pa.string(),
            "completion_price": pa.string(),
            "cache_read_price": pa.string(),
            "cache_write_price": pa.string(),
            "price_overrides": pa.string(),
            "override_from_prompt_tokens": pa.int64(),
            "expiration_date": pa.date32(),
            "hugging_face_id": pa.string(),
        }
    ),
}
"""The tables of the lake. Prices are USD per token as printed; a decimal string is not a float."""

FILE_NAME = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{12})\.parquet")
WEEK_FOLDER = re.compile(r"week=(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, order=True)
class Vintage:
    """One file of the lake: what one answer says of one week."""

    table: str
    week: date
    as_of: datetime
    digest: str
    path: Path


def vintages(lake: Path, table: str) -> list[Vintage]:
    """Return the vintages of a table by week, as-of and digest; other files are ignored."""
    found = []
    for folder in lake.joinpath(table).glob("week=*"):
        week = WEEK_FOLDER.fullmatch(folder.name)
        for path in folder.iterdir() if week else ():
            name = FILE_NAME.fullmatch(path.name)
            if week and name:
                as_of = datetime.strptime(name[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
                found.append(Vintage(table, date.fromisoformat(week[1]), as_of, name[2], path))
    return sorted(found)


def verify(vintage: Vintage) -> None:
    """Raise RefusalError unless the file's bytes are those its name promises."""
    try:
        content = vintage.path.read_bytes()
    except OSError as error:
        raise RefusalError(f"{vintage.path} cannot be read: {error.strerror}") from None
    if _digest(content) != vintage.digest:
        raise RefusalError(
            f"{vintage.path} is damaged (its checksum differs from its name): "
            "move it away and run again to fetch it anew"
        )


def write_rankings(lake: Path, answer: Rankings) -> list[Vintage]:
    """Write a rankings answer, one vintage a week; return them, new or already there."""
    meta, by_week = answer.meta, dict[date, list[dict[str, object]]]()
    for row in answer.data:
        by_week.setdefault(monday(row.date), []).append(
            {**row.model_dump(), "as_of": meta.as_of, "as_of_is_exact": meta.as_of_is_exact}
        )
    return [
        _write(lake, "rankings_daily", week, meta.as_of, rows, meta.as_of_is_exact)
        for week, rows in by_week.items()
    ]


def write_catalogue(lake: Path, answer: Catalogue) -> Vintage:
    """Write a catalogue as a vintage of the week in which it was fetched."""
    instant = answer.fetched_at
    rows = [_catalogue_row(model, instant) for model in answer.data]
    rows.sort(key=lambda row: str(row["model_id"]))
    return _write(lake, "models", monday(instant.date()), instant, rows)


def _catalogue_row(model: CatalogueModel, fetched_at: datetime) -> dict[str, object]:
    """Flatten a catalogue entry; what the answer does not say stays NULL."""
    pricing, architecture = model.pricing, model.architecture
    inputs, outputs = architecture.input_modalities, architecture.output_modalities
    if inputs is None and outputs is None and architecture.modality:
        left, _, right = architecture.modality.partition("->")
        inputs, outputs = left.split("+"), right.split("+")
    overrides = [override.model_dump(exclude_none=True) for override in pricing.overrides]
    return {
        "fetched_at": fetched_at,
        "model_id": model.id,
        "canonical_slug": model.canonical_slug,
        "name": model.name,
        "created_at": model.created and datetime.fromtimestamp(model.created, UTC),
        "context_length": model.context_length,
        "max_completion_tokens": model.top_provider.max_completion_tokens,
        "input_modalities": inputs and sorted(inputs),
        "output_modalities": outputs and sorted(outputs),
        "supported_parameters": model.supported_parameters and sorted(model.supported_parameters),
        "prompt_price": pricing.prompt,
        "completion_price": pricing.completion,
        "cache_read_price": pricing.input_cache_read,
        "cache_write_price": pricing.input_cache_write,
        "price_overrides": json.dumps(overrides, sort_keys=True) if overrides else None,
        "override_from_prompt_tokens": min(
            (override.min_prompt_tokens or 0 for override in pricing.overrides), default=None
        ),
        "expiration_date": model.expiration_date,
        "hugging_face_id": model.hugging_face_id or None,
    }


def _write(
    lake: Path,
    table: str,
    week: date,
    as_of: datetime,
    rows: Iterable[dict[str, object]],
    is_exact: bool = True,
) -> Vintage:
    stamp = as_of.astimezone(UTC)
    filled = pa.Table.from_pylist(list(rows), schema=SCHEMAS[table])
    content = parquet_bytes(filled, stamp, is_exact)
    digest = _digest(content)
    path = lake / table / f"week={week}" / f"{stamp:%Y%m%dT%H%M%SZ}-{digest}.parquet"
    write_atomically(path, content)
    return Vintage(table, week, stamp.replace(microsecond=0), digest, path)


def parquet_bytes(table: pa.Table, as_of: datetime, is_exact: bool = True) -> bytes:
    """Return a table as Parquet with source, licence and as-of in the footer; no clock inside."""
    instant = f"{as_of:%Y-%m-%dT%H:%M:%SZ}"
    footer = {"source": citation(as_of, is_exact), "licence": LICENCE, "as_of": instant}
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(footer), sink, compression="zstd")
    return sink.getvalue()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
