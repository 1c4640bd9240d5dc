"""A query that a person wrote: one statement, in a process of its own, within limits.

DuckDB does not stop within one expression, such as a text of two billion characters, and does not
count all the memory that it takes. A process is bounded by the kernel and can be killed: when its
time is up, on Ctrl-C, or when the process that asked is gone.
"""

import json
import os
import pickle
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pipelines.errors import RefusalError
from pipelines.limits import QUERY_BYTES, QUERY_PROCESS_MEMORY, QUERY_ROWS, QUERY_SECONDS

if TYPE_CHECKING:  # the process that asks does without DuckDB
    from pipelines.queries.published import Connection

PIECE = 100
"""Rows of a result that are passed on at once."""

A_VALUE = 32
"""Bytes that any value of a result counts, next to what it needs to be passed on."""


def query_once(
    database: Path,
    statement: str,
    seconds: float = QUERY_SECONDS,
    most_rows: int = QUERY_ROWS,
    most_bytes: int = QUERY_BYTES,
    memory: int = QUERY_PROCESS_MEMORY,
) -> list[dict[str, Any]]:
    """Run one statement on a published database; return its rows as dictionaries.

    Ctrl-C ends it at once. Raises RefusalError with DuckDB's message and its hints, or naming the
    limit that was reached.
    """
    asked = json.dumps([f"{database}", statement, most_rows, most_bytes, memory]).encode()
    end = time.monotonic() + seconds
    program = [sys.executable, "-P", "-m", __name__]
    # In a session of its own: Ctrl-C reaches only the process that asks.
    with subprocess.Popen(  # noqa: S603
        program,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        alarm = threading.Timer(seconds, process.kill)
        alarm.start()
        try:
            return _received(process, asked)
        except (EOFError, OSError, pickle.UnpicklingError):  # it ended before it was done
            if time.monotonic() >= end:
                raise RefusalError(
                    f"the query was stopped after {seconds:g} seconds: read fewer weeks or columns"
                ) from None
            raise RefusalError(f"the query broke down: {_too_large(memory)}") from None
        finally:
            alarm.cancel()
            process.kill()


def _received(process: subprocess.Popen[bytes], asked: bytes) -> list[dict[str, Any]]:
    """Return the rows that a process answers; EOFError if it ends before it is done."""
    assert process.stdin is not None  # noqa: S101 both are pipes
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(asked + b"\n")
    process.stdin.flush()
    names = _next(process.stdout)
    rows: list[dict[str, Any]] = []
    while piece := _next(process.stdout):
        rows += (dict(zip(names, row, strict=True)) for row in piece)
    return rows


def _next(answers: IO[bytes]) -> list[Any]:
    answer = pickle.load(answers)  # noqa: S301 of our own process
    if isinstance(answer, str):
        raise RefusalError(answer)
    return list(answer)


def _too_large(memory: int) -> str:
    return f"a query may use {memory / 10**9:g} GB of memory: read fewer rows, or shorter texts"


def main() -> None:
    """Answer the query on stdin: the names of its columns, its rows piece by piece, an empty one.

    A refusal is a text instead of any of these.
    """
    *asked, memory = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_the_asking, daemon=True).start()
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    bound = memory if most == resource.RLIM_INFINITY else min(most, memory)
    resource.setrlimit(resource.RLIMIT_DATA, (bound, most))
    try:
        for answer in _answers(*asked):
            sys.stdout.buffer.write(answer)
    except MemoryError:
        sys.stdout.buffer.write(pickle.dumps(_too_large(memory)))
    except RefusalError as refusal:
        sys.stdout.buffer.write(pickle.dumps(f"{refusal}"))
    sys.stdout.buffer.flush()


def _end_with_the_asking() -> None:
    """Wait until the process that asked closes our stdin, which its death does too; then end."""
    os.read(0, 1)
    os._exit(1)


def _answers(database: str, statement: str, most_rows: int, most_bytes: int) -> Iterator[bytes]:
    """Yield what is answered, each part pickled. RefusalError as `query_once` says."""
    import duckdb

    from pipelines.queries.published import reading

    with reading(Path(database)) as connection:
        try:
            yield from _pieces(connection, statement, most_rows, most_bytes)
        except duckdb.OutOfMemoryException:
            raise MemoryError from None
        except (duckdb.Error, UnicodeError) as error:
            raise RefusalError(f"{error}".strip()) from None


def _pieces(
    connection: "Connection", statement: str, most_rows: int, most_bytes: int
) -> Iterator[bytes]:
    from pipelines.home.database import column_names

    count = len(connection.extract_statements(statement))
    if count != 1:
        hint = "not several" if count else "as in `FROM marts.weekly_total`"
        raise RefusalError(f"write one statement, {hint}")
    result = connection.execute(statement)
    names = column_names(column[0] for column in result.description or [])
    yield pickle.dumps(names)
    rows = size = 0
    while some := result.fetchmany(PIECE):
        rows += len(some)
        if rows > most_rows:
            raise RefusalError(f"the query has more than {most_rows:,} rows: add a LIMIT")
        piece = pickle.dumps(some)
        size += len(piece) + len(some) * len(names) * A_VALUE
        if size > most_bytes:
            raise RefusalError(
                f"the result is larger than {most_bytes / 10**6:,.0f} MB: read fewer rows"
            )
        yield piece
    yield pickle.dumps([])


if __name__ == "__main__":
    main()
