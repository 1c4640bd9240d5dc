"""Clusters of Spark Connect on this machine: Apache Spark's standalone one, and Sail's.

Each has two workers. Everything that they start is in sessions of its own and ends with them.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.ports import free_port

CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
DEPLOY = "org.apache.spark.deploy"
WORKERS = 2
READY_SECONDS = 120


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
def sail(folder: Path, **environment: str) -> Iterator[tuple[str, list[int]]]:
    """Run Sail's local cluster with two workers; yield its address and its session."""
    port = free_port()
    program = f"{Path(sys.executable).with_name('sail')}"
    workers = {
        "SAIL_MODE": "local-cluster",
        "SAIL_CLUSTER__WORKER_INITIAL_COUNT": f"{WORKERS}",
    }
    command = (program, "spark", "server", "--port", f"{port}")
    with running(folder / "sail.log", port, *command, **workers, **environment) as session:
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
