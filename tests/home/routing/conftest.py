"""A home with third-party scores."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from pipelines.home import paths
from tests.conftest import made_once, tokenhouse
from tests.support import scores


@pytest.fixture(scope="session", params=[pytest.param("", marks=pytest.mark.accept)])
def scored(database: Path, sample_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that a run published from a catalogue with scores; tests must not change it."""

    def make(folder: Path) -> None:
        scores.plant(database, sample_lake, folder)
        done = tokenhouse(folder, "run")
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "scored", make)


@pytest.fixture(scope="session")
def known(
    scored: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """What the home's user knows: the published tables and the private ones.

    Read from another path, because readers of the home lock the settings of an open database.
    """
    link = tmp_path_factory.mktemp("known") / "warehouse.duckdb"
    os.link(paths.database(scored), link)
    os.link(paths.private(paths.database(scored)), paths.private(link))
    with closing(scores.reading_private(link)) as connection:
        yield connection
