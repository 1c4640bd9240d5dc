"""A PostgreSQL server on this machine, for one test."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.ports import free_port

PROGRAMS = ("initdb", "pg_ctl", "psql")


@contextmanager
def postgresql() -> Iterator[str]:
    """Yield the address of a new server; skip the test, naming the program, where there is none."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        pytest.skip(f"PostgreSQL is not on PATH: {missing[0]} is missing")
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        if user:
            shutil.chown(folder, user)

        def do(*command: str) -> None:
            subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True)

        do("initdb", "-D", "data", "-U", "tokenhouse", "--auth=trust", "--no-sync")
        do("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", f"-p {port} -k {folder}", "start")
        try:
            yield f"postgresql://tokenhouse@127.0.0.1:{port}/postgres"
        finally:
            do("pg_ctl", "-D", "data", "-m", "immediate", "stop")
