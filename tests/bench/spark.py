"""Folds and models of own usage on Apache Spark with two workers and on Sail: `make spark`.

Every row must be the one that DuckDB computes. Prints what each engine spent, of one run on one
machine over loopback: this shows that the SQL and the wiring are right, not what machines add.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import duckdb

from tests.bench.pairs import program
from tests.bench.usage import FOLDED, write_ledger
from tests.support.clusters import cpu_of, sail, spark

WEEKS = 4
MILLIONS = 2


def folds_of(home: Path) -> dict[str, Path]:
    """Return the folds of a home by their names below the lake."""
    folds = home / "lake" / "usage_fold"
    return {f"{one.relative_to(folds)}": one for one in sorted(folds.rglob("*.parquet"))}


def different_rows(ours: dict[str, Path], theirs: dict[str, Path]) -> int:
    """Return how many rows of folds differ; RuntimeError if others were made, or other columns."""
    if ours.keys() != theirs.keys():
        raise RuntimeError("not the same folds")
    different = 0
    with closing(duckdb.connect()) as connection:
        for name, path in ours.items():
            one, other = (
                f"FROM read_parquet('{file}', hive_partitioning = false)"
                for file in (path, theirs[name])
            )
            if connection.sql(one).dtypes != connection.sql(other).dtypes:
                raise RuntimeError(f"{name}: not the same columns")
            for left, right in ((one, other), (other, one)):
                (count,) = connection.sql(
                    f"SELECT count(*) FROM ({left} EXCEPT ALL {right})"
                ).fetchall()[0]
                different += count
    return different


def compare(name: str, url: str, sessions: list[int], home: Path, ours: dict[str, Path]) -> bool:
    """Fold on a cluster and compare every row; then the models; return whether all are the same."""
    start, before = time.perf_counter(), cpu_of(sessions)
    chosen = {"TOKENHOUSE_ENGINE": "connect", "TOKENHOUSE_CONNECT_URL": url}
    client, _ = program(FOLDED, home, WEEKS, **chosen)
    cpu, wall = cpu_of(sessions) - before, time.perf_counter() - start
    found = folds_of(home)
    different = different_rows(ours, found)
    print(  # noqa: T201
        f"{name}: {cpu:.1f} CPU s of the cluster, {client.seconds:.1f} of the client, "
        f"{wall:.1f} s; {different} rows differ"
    )
    parity = "tests/home/models/test_parity_of_usage.py"
    models = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-q", "-m", "", parity],
        env={**os.environ, "TEST_CONNECT_URL": url},
        check=False,
    )
    return different == 0 and models.returncode == 0


def main(spark_home: Path) -> int:
    """Compare both clusters with DuckDB; return 1 if any row differs."""
    with tempfile.TemporaryDirectory() as name:
        folder, duck = Path(name), Path(name, "duckdb")
        write_ledger(duck, MILLIONS, WEEKS)
        for one in ("spark", "sail"):
            shutil.copytree(duck, folder / one)
        ours, _ = program(FOLDED, duck, WEEKS)
        folds = folds_of(duck)
        print(f"{MILLIONS} million requests, {WEEKS} weeks, {len(folds)} folds")  # noqa: T201
        print(f"DuckDB: {ours.seconds:.1f} CPU s, {ours.memory:.0f} MB")  # noqa: T201
        same = []
        with sail(folder) as (url, sessions):
            same.append(compare("Sail", url, sessions, folder / "sail", folds))
        with spark(spark_home, folder) as (url, sessions):
            same.append(compare("Apache Spark", url, sessions, folder / "spark", folds))
    return int(not all(same))


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
