import json
from pathlib import Path
from typing import Any

import frictionless
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.exports import datapackage, mart_files
from pipelines.models import definition


@pytest.fixture
def package(published: Path) -> dict[str, Any]:
    descriptor: dict[str, Any] = json.loads(
        (published / "exports" / "datapackage.json").read_bytes()
    )
    return descriptor


def test_frictionless_accepts_the_package(package: dict[str, Any]) -> None:
    report = frictionless.Package.validate_descriptor(package)
    assert report.valid, report.flatten(["message"])


@pytest.mark.accept
def test_frictionless_finds_every_row_as_described(
    package: dict[str, Any], published: Path
) -> None:
    """Types, required fields and primary keys, over all rows of all marts."""
    for resource in package["resources"]:
        rows = pl.read_parquet(published / "exports" / resource["path"])
        described = frictionless.Resource(
            data=[rows.columns, *map(list, rows.iter_rows())],
            schema=frictionless.Schema.from_descriptor(resource["schema"]),
        )
        report = described.validate()
        assert report.valid, (resource["name"], report.flatten(["message"]))


@pytest.mark.parametrize(
    "most_rows", [3_000, pytest.param(10**9, marks=pytest.mark.accept)], ids=["small", "all"]
)
def test_every_mart_is_the_same_in_csv(
    package: dict[str, Any], published: Path, most_rows: int
) -> None:
    for resource in package["resources"]:
        path = published / "exports" / resource["path"]
        rows = pl.read_parquet(path)
        if len(rows) > most_rows:
            continue
        written = pl.read_csv(
            path.with_suffix(".csv"), try_parse_dates=True, infer_schema_length=None
        )
        assert_frame_equal(written.cast(rows.schema), rows, check_exact=True)
        for column in rows.iter_columns():  # a text may look like a date
            if column.null_count() < len(rows) and column.dtype != pl.String:
                assert written[column.name].dtype == column.dtype, column.name


def test_rows_are_in_the_order_of_the_key(published: Path) -> None:
    for model in filter(mart_files.is_exported, definition.load()):
        rows = pl.read_parquet(published / "exports" / "marts" / f"{model.path.stem}.parquet")
        assert_frame_equal(rows, rows.sort(model.front.unique, nulls_last=True))


def test_it_lists_every_mart_with_licence_source_and_as_of(package: dict[str, Any]) -> None:
    marts = [model.path.stem for model in definition.load() if mart_files.is_exported(model)]
    assert [resource["name"] for resource in package["resources"]] == marts
    assert [licence["name"] for licence in package["licenses"]] == ["CC-BY-4.0"]
    assert package["as_of"] in package["description"]
    fields = {
        field["name"]: field
        for resource in package["resources"]
        if resource["name"] == "weekly_model"
        for field in resource["schema"]["fields"]
    }
    assert fields["share"]["unit"] == "fraction of all tokens"
    assert fields["week"]["constraints"] == {"required": True}


def test_the_checksum_is_that_of_the_file(published: Path, package: dict[str, Any]) -> None:
    """Another file under the same name is recognised by its checksum."""
    exports = published / "exports"
    contents = {
        one["path"]: exports.joinpath(one["path"]).read_bytes() for one in package["resources"]
    }
    contents["marts/weekly_model.parquet"] = contents["marts/apps.parquet"]
    changed = json.loads(
        datapackage.describe(definition.load(), published / "warehouse.duckdb", contents)
    )
    pairs = zip(package["resources"], changed["resources"], strict=True)
    assert [one["name"] for one, other in pairs if one != other] == ["weekly_model"]
