import errno
import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.arrow import arrow_schema
from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.lake import present, raw
from pipelines.lake.vintages import Vintage, days_of, list_vintages, read_verified, write_vintage
from pipelines.sources.contracts.rankings import RankingsDaily
from pipelines.sources.datasets import DATASETS
from pipelines.sources.response import Request, Response
from pipelines.sources.snapshot import Snapshot

AS_OF = datetime(2026, 5, 26, 8, 0, 0, tzinfo=UTC)


def response(rows: list[tuple[date, str, int]], as_of: datetime = AS_OF) -> Snapshot:
    asked = {"asked_from": date(2026, 5, 11), "asked_to": date(2026, 6, 7), "answer": "one"}
    read = [
        {
            **asked,
            "date": day,
            "model_permaslug": slug,
            "total_tokens": tokens,
            "as_of": as_of,
            "as_of_is_exact": True,
        }
        for day, slug, tokens in sorted(rows)
    ]
    return Snapshot(as_of, True, pa.Table.from_pylist(read, schema=arrow_schema(RankingsDaily)))


def write(home: Path, snapshot: Snapshot) -> Vintage:
    return write_vintage(home, "rankings_daily", snapshot)


def test_a_vintage_carries_source_licence_and_as_of(sample_lake: Path) -> None:
    vintage = list_vintages(sample_lake, "rankings_daily")[0]
    footer = pq.read_schema(vintage.path).metadata
    assert footer[b"source"] == (
        b"Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-22T23:59:59Z at the latest."
    )
    assert footer[b"licence"] == b"CC BY 4.0"
    assert footer[b"as_of"] == b"2026-08-22T23:59:59Z"


def test_the_same_response_twice_is_one_file(tmp_path: Path) -> None:
    rows = [(date(2026, 5, 18), "a/b", 1), (date(2026, 5, 25), "a/b", 2)]
    first = write(tmp_path, response(rows))
    assert write(tmp_path, response(rows)) == first
    assert list_vintages(tmp_path, "rankings_daily") == [first]
    assert days_of(first)[0] == {date(2026, 5, 18), date(2026, 5, 25)}


def test_a_restatement_is_another_vintage(tmp_path: Path) -> None:
    write(tmp_path, response([(date(2026, 5, 18), "a/b", 1)]))
    later = AS_OF.replace(day=27)
    write(tmp_path, response([(date(2026, 5, 18), "a/b", 2)], later))
    assert [one.as_of for one in list_vintages(tmp_path, "rankings_daily")] == [AS_OF, later]


def test_files_without_a_vintages_name_are_ignored(tmp_path: Path) -> None:
    vintage = write(tmp_path, response([(date(2026, 5, 18), "a/b", 1)]))
    for name in (f".{vintage.path.name}.1.tmp", "tmp_x.parquet", "notes.txt"):
        vintage.path.with_name(name).write_bytes(b"torn")
    for folder in ("week=soon", "week=2026-05-18"):
        (tmp_path / "rankings_daily" / folder).mkdir()
        shutil.copy(vintage.path, tmp_path / "rankings_daily" / folder)
    assert list_vintages(tmp_path, "rankings_daily") == [vintage]


@pytest.mark.parametrize("instant", ["20260526T240000Z", "20260526T086000Z", "20260231T080000Z"])
def test_a_file_that_is_named_by_no_instant_is_no_vintage(tmp_path: Path, instant: str) -> None:
    vintage = write(tmp_path, response([(date(2026, 5, 18), "a/b", 1)]))
    shutil.copy(vintage.path, vintage.path.with_name(f"{instant}-{vintage.digest}.parquet"))
    assert present.vintages(tmp_path) == [vintage.file]


@pytest.mark.parametrize("folder", ["raw/.damaged", "raw/rankings_daily", "rankings_daily"])
def test_what_is_hidden_is_neither_response_nor_vintage(tmp_path: Path, folder: str) -> None:
    ending = "json.gz" if folder.startswith("raw") else "parquet"
    name = f"week=2026-05-25/20260526T080000Z-{'0' * 12}.{ending}"
    hidden = tmp_path / folder / (name if "." in folder else f".{name}")
    hidden.parent.mkdir(parents=True)
    hidden.write_bytes(b"")
    assert present.responses(tmp_path) == present.vintages(tmp_path) == []


def test_a_folder_that_cannot_be_read_is_not_called_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, response([(date(2026, 5, 18), "a/b", 1)]))

    def broken(folder: Path) -> list[str]:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "listdir", broken)
    with pytest.raises(RefusalError, match="rankings_daily cannot be read: Input/output error"):
        present.vintages(tmp_path)


def test_a_damaged_vintage_is_refused_by_name(tmp_path: Path) -> None:
    vintage = write(tmp_path, response([(date(2026, 5, 18), "a/b", 1)]))
    vintage.path.write_bytes(vintage.path.read_bytes() + b" ")
    with pytest.raises(RefusalError, match=vintage.path.name):
        read_verified(vintage)


def test_a_lake_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rankings_daily").write_text("a file where a folder belongs")
    with pytest.raises(RefusalError, match="cannot be written"):
        write(tmp_path, response([(date(2026, 5, 18), "a/b", 1)]))


def test_modalities_of_2025_are_read_from_the_arrow(tmp_path: Path) -> None:
    model = {
        "id": "a/b",
        "name": "B",
        "pricing": {"prompt": "0.0000001"},
        "architecture": {"modality": "text+image->text"},
    }
    request = Request("models", "models")
    given = Response(request, 200, {}, AS_OF, json.dumps({"data": [model]}).encode())
    vintage = write_vintage(tmp_path, "models", DATASETS["models"].read(given))
    (row,) = pq.ParquetFile(vintage.path).read().to_pylist()
    assert row["input_modalities"] == ["image", "text"]
    assert row["prompt_price"] == "0.0000001"
    assert row["completion_price"] is None


DAYS = st.dates(date(2026, 5, 11), date(2026, 6, 7))
PAYLOAD = st.dictionaries(
    st.tuples(DAYS, st.sampled_from(["a/a", "b/b", "other"])),
    st.integers(0, 2**63 - 1),
    min_size=1,
)
"""Tokens by day and slug: the content of one response."""


def payload(rows: list[tuple[tuple[date, str], int]], as_of: datetime) -> Response:
    """Return the response with these rows in this order, as its bytes come from the wire."""
    window = {"start_date": "2026-05-11", "end_date": "2026-06-07"}
    reported = {
        "data": [
            {"date": f"{day}", "model_permaslug": slug, "total_tokens": f"{tokens}"}
            for (day, slug), tokens in rows
        ],
        "meta": {"as_of": as_of.isoformat(), "version": "v1", **window},
    }
    request = Request("rankings_daily", "datasets/rankings-daily", tuple(window.items()))
    return Response(request, 200, {}, as_of, json.dumps(reported).encode())


def ingest_one(home: Path, response: Response) -> Vintage:
    raw.store(home, response)
    return write(home, DATASETS["rankings_daily"].read(response))


def content(home: Path) -> dict[str, bytes]:
    files = (path for path in home.rglob("*") if path.is_file() and path != paths.log(home))
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files}


@settings(max_examples=40)  # each writes and syncs a dozen files
@given(st.data(), st.lists(PAYLOAD, min_size=1, max_size=4))
def test_the_lake_depends_only_on_the_set_of_responses(
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    reported: list[dict[tuple[date, str], int]],
) -> None:
    """Whatever the order, repetition and mix of vintages: the same files, raw and Parquet."""
    responses = [
        payload([*rows.items()], AS_OF.replace(hour=data.draw(st.integers(0, 3))))
        for rows in reported
    ]
    shuffled = [*data.draw(st.permutations(responses)), data.draw(st.sampled_from(responses))]
    homes = [tmp_path_factory.mktemp("lake") for _ in range(2)]
    for home, order in zip(homes, (responses, shuffled), strict=True):
        for one in order:
            ingest_one(home, one)
    assert content(homes[0]) == content(homes[1])


@settings(max_examples=40)
@given(st.data(), PAYLOAD)
def test_order_and_repetition_of_rows_make_no_difference(
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    reported: dict[tuple[date, str], int],
) -> None:
    rows = [*reported.items()]
    mixed = data.draw(st.permutations([*rows, data.draw(st.sampled_from(rows))]))
    home = tmp_path_factory.mktemp("lake")
    tables = [
        pq.read_table(ingest_one(home, payload(order, AS_OF)).path) for order in (rows, mixed)
    ]
    columns = ["date", "model_permaslug", "total_tokens", "asked_from", "asked_to", "as_of"]
    assert tables[0].select(columns) == tables[1].select(columns)
    assert tables[0]["total_tokens"].to_pylist() == [reported[key] for key in sorted(reported)]
