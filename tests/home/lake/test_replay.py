"""The lake's Parquet rebuilt from the raw responses alone."""

import shutil
from pathlib import Path

import pytest

from pipelines.errors import RefusalError
from pipelines.home import refusals
from pipelines.lake import raw
from pipelines.lake.replay import replay
from pipelines.settings import Settings
from pipelines.sources.datasets import DATASETS
from tests.conftest import tokenhouse
from tests.support import wire
from tests.support.ingesting import chosen, ingest_tables, parquet


def refused(home: Path) -> str:
    """Return the last line of a replay that makes nothing."""
    done = tokenhouse(home, "replay")
    assert done.returncode == 1
    return f"{done.stdout}{done.stderr.splitlines()[-1]}"


class TestReplay:
    def test_parquet_comes_back_bit_for_bit(
        self, all_sources: tuple[Path, wire.Wire], tmp_path: Path
    ) -> None:
        home = Path(shutil.copytree(all_sources[0], tmp_path / "home"))
        before = parquet(home)
        for table in DATASETS:
            shutil.rmtree(home / "lake" / table)
        settings = Settings(tokenhouse_home=home)
        done = replay(settings)
        assert (done.responses, done.refused, done.orphans) == (len(all_sources[1].asked), [], [])
        assert parquet(home) == before

    @pytest.mark.parametrize("number", [0, 1])  # one for each process
    def test_a_damaged_raw_file_is_named(
        self, all_sources: tuple[Path, wire.Wire], tmp_path: Path, number: int
    ) -> None:
        home = Path(shutil.copytree(all_sources[0], tmp_path / "home"))
        path = list(raw.files(home / "lake"))[number]
        path.write_bytes(path.read_bytes()[:-20])
        with pytest.raises(RefusalError, match=path.name):
            replay(Settings(tokenhouse_home=home))

    def test_a_vintage_without_a_raw_response_is_named(
        self, all_sources: tuple[Path, wire.Wire], tmp_path: Path
    ) -> None:
        home = Path(shutil.copytree(all_sources[0], tmp_path / "home"))
        gone = next(path for path in raw.files(home / "lake") if "providers" in str(path))
        gone.unlink()
        done = replay(Settings(tokenhouse_home=home))
        assert [one.table for one in done.orphans] == ["providers"]

    def test_nothing_to_replay_is_a_refusal_that_hides_no_better_one(
        self, tmp_path: Path, server: wire.Wire
    ) -> None:
        assert "raw makes no Parquet: it is empty" in refused(tmp_path)
        body = wire.rankings("2026-05-18", "2026-06-21", server.as_of)
        server.replies.append(wire.as_reply({**body, "meta": {**body["meta"], "version": "v2"}}))
        with pytest.raises(RefusalError, match="only v1 is supported"):
            ingest_tables(chosen(tmp_path, server), "rankings_daily")
        said = refused(tmp_path)
        assert said.startswith("1 response replayed\nrefused: ")
        assert "only v1 is supported" in said
        assert said.endswith("raw makes no Parquet: every response in it is refused")
        (one,) = refusals.read_all(tmp_path)
        assert (one["cause"], one["reason"]) == ("rankings_daily", "unknown_schema")
