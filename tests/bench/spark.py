"""Folds and models of own usage on Apache Spark with two workers and on Sail: `make spark`.

Every row must be the one that DuckDB computes. Prints what each engine spent, of one run on one
machine over loopback: this shows that the SQL and the wiring are right, not what machines add.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import duckdb

from tests.bench.usage import FOLDED, WEEKS, spend, write_ledger

CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
DEPLOY = "org.apache.spark.deploy"
WORKERS = 2
MILLIONS = 2
READY_SECONDS = 120


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


@contextmanager
def running(log: Path, port: int, *command: str, **environment: str) -> Iterator[int]:
    """Run a server and what it starts in a session of their own; yield it once it listens."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as server,
    ):
        try:
            _wait_for(port, server, log)
            yield server.pid
        finally:
            os.killpg(server.pid, signal.SIGKILL)


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"does not listen: {log.read_text()[-2000:]}")


@contextmanager
def spark(home: Path, folder: Path) -> Iterator[tuple[str, list[int]]]:
    """Run a standalone cluster with two workers; yield its address and its sessions."""
    ports = [free_port() for _ in range(WORKERS + 2)]
    master, connect = ports[:2]
    usual = {"SPARK_HOME": f"{home}", "SPARK_LOCAL_IP": "127.0.0.1"}
    start = f"{home}/bin/spark-class"
    address = f"spark://127.0.0.1:{master}"
    with ExitStack() as stack:
        sessions = [
            stack.enter_context(
                running(
                    folder / "master.log",
                    master,
                    *(start, f"{DEPLOY}.master.Master", "--host", "127.0.0.1"),
                    *("--port", f"{master}", "--webui-port", "0"),
                    **usual,
                )
            )
        ]
        for number, port in enumerate(ports[2:]):
            worker = running(
                folder / f"worker-{number}.log",
                port,
                *(start, f"{DEPLOY}.worker.Worker", "--host", "127.0.0.1", "--port", f"{port}"),
                *("--cores", "1", "--memory", "1g", "--work-dir", f"{folder / f'work-{number}'}"),
                *("--webui-port", "0", address),
                **usual,
            )
            sessions.append(stack.enter_context(worker))
        server = running(
            folder / "connect.log",
            connect,
            *(f"{home}/bin/spark-submit", "--class", CONNECT, "--master", address),
            *("--driver-memory", "1g", "--executor-memory", "1g", "--total-executor-cores", "2"),
            *("--conf", f"spark.connect.grpc.binding.port={connect}"),
            *("--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=4"),
            **usual,
        )
        sessions.append(stack.enter_context(server))
        registered = folder.joinpath("master.log").read_text().count("Registering worker")
        if registered != WORKERS:
            raise RuntimeError(f"{registered} workers registered, not {WORKERS}")
        yield f"sc://127.0.0.1:{connect}", sessions


@contextmanager
def sail(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """Run Sail's local cluster with two workers; yield its address and its session."""
    port = free_port()
    program = f"{Path(sys.executable).with_name('sail')}"
    workers = {
        "SAIL_MODE": "local-cluster",
        "SAIL_CLUSTER__WORKER_INITIAL_COUNT": f"{WORKERS}",
    }
    command = (program, "spark", "server", "--port", f"{port}")
    with running(folder / "sail.log", port, *command, **workers) as session:
        yield f"sc://127.0.0.1:{port}", [session]


def cpu_of(sessions: list[int]) -> float:
    """Return the CPU seconds of all processes of these sessions."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[3]) in sessions:
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


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
    client = spend(sys.executable, "-c", FOLDED, f"{home}", f"{WEEKS}", **chosen)
    cpu, wall = cpu_of(sessions) - before, time.perf_counter() - start
    found = folds_of(home)
    different = different_rows(ours, found)
    print(  # noqa: T201
        f"{name}: {cpu:.1f} CPU s of the cluster, {client.cpu:.1f} of the client, {wall:.1f} s; "
        f"{different} rows differ"
    )
    parity = "tests/home/models/test_parity.py::test_own_usage_is_the_same_on_a_cluster"
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
        write_ledger(duck, MILLIONS)
        for one in ("spark", "sail"):
            shutil.copytree(duck, folder / one)
        ours = spend(sys.executable, "-c", FOLDED, f"{duck}", f"{WEEKS}")
        folds = folds_of(duck)
        print(f"{MILLIONS} million requests, {WEEKS} weeks, {len(folds)} folds")  # noqa: T201
        print(f"DuckDB: {ours.cpu:.1f} CPU s, {ours.memory} MB")  # noqa: T201
        same = []
        with sail(folder) as (url, sessions):
            same.append(compare("Sail", url, sessions, folder / "sail", folds))
        with spark(spark_home, folder) as (url, sessions):
            same.append(compare("Apache Spark", url, sessions, folder / "spark", folds))
    return int(not all(same))


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
