"""Queries that a person wrote: one statement at a time, in a process of their own, within limits.

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
from contextlib import closing, suppress
from pathlib import Path
from queue import SimpleQueue
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
    """Run one statement on a published database, as `QueryProcess.query` does.

    Ctrl-C ends it at once.
    """
    with closing(QueryProcess(database, memory)) as process:
        return process.query(statement, seconds, most_rows, most_bytes)


class QueryProcess:
    """A process that opens a published database and runs statements on it, one after the other."""

    def __init__(self, database: Path, memory: int = QUERY_PROCESS_MEMORY) -> None:
        self._memory = memory
        # In a session of its own: Ctrl-C reaches only the process that asks.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", __name__, f"{database}", f"{memory}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def is_running(self) -> bool:
        """Whether it can be asked; it has ended where a statement reached a limit."""
        return self._process.poll() is None

    def query(
        self,
        statement: str,
        seconds: float = QUERY_SECONDS,
        most_rows: int = QUERY_ROWS,
        most_bytes: int = QUERY_BYTES,
    ) -> list[dict[str, Any]]:
        """Run one statement; return its rows as dictionaries.

        Raises RefusalError with DuckDB's message and its hints, or naming the limit that was
        reached.
        """
        asked = json.dumps([statement, most_rows, most_bytes]).encode()
        end = time.monotonic() + seconds
        alarm = threading.Timer(seconds, self._process.kill)
        alarm.start()
        try:
            return self._received(asked)
        except (EOFError, OSError, pickle.UnpicklingError):  # it ended before it was done
            self.close()
            if time.monotonic() >= end:
                raise RefusalError(
                    f"the query was stopped after {seconds:g} seconds: read fewer weeks or columns"
                ) from None
            raise RefusalError(
                f"the query broke down: a query may use {self._memory / 10**9:g} GB of memory: "
                "read fewer rows, or shorter texts"
            ) from None
        finally:
            alarm.cancel()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        with suppress(BrokenPipeError), self._process:  # its pipes are closed
            pass

    def _received(self, asked: bytes) -> list[dict[str, Any]]:
        """Return the rows that the process answers; EOFError if it ends before it is done."""
        assert self._process.stdin is not None  # noqa: S101 both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(asked + b"\n")
        self._process.stdin.flush()
        names = _next(self._process.stdout)
        rows: list[dict[str, Any]] = []
        while piece := _next(self._process.stdout):
            rows += (dict(zip(names, row, strict=True)) for row in piece)
        return rows


def _next(answers: IO[bytes]) -> list[Any]:
    answer = pickle.load(answers)  # noqa: S301 of our own process
    if isinstance(answer, str):
        raise RefusalError(answer)
    return list(answer)


def main(database: str, memory: int) -> None:
    """Answer the statements on stdin, until the process that asks closes it or is gone.

    An answer is the names of the columns, the rows piece by piece, and an empty piece; or, instead
    of any of these, a text that says what is refused.
    """
    from pipelines.queries.published import reading

    asked = SimpleQueue[list[Any]]()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    bound = memory if most == resource.RLIM_INFINITY else min(most, memory)
    resource.setrlimit(resource.RLIMIT_DATA, (bound, most))
    try:
        with reading(Path(database)) as connection:
            while True:
                for answer in _answers(connection, *asked.get()):
                    sys.stdout.buffer.write(answer)
                sys.stdout.buffer.flush()
    except RefusalError as refusal:  # it could not be opened
        sys.stdout.buffer.write(pickle.dumps(f"{refusal}"))
        sys.stdout.buffer.flush()


def _listen(asked: "SimpleQueue[list[Any]]") -> None:
    """Pass on what is asked; end at once, whatever runs, when nobody can ask any more."""
    for line in sys.stdin.buffer:
        asked.put(json.loads(line))
    os._exit(1)


def _answers(
    connection: "Connection", statement: str, most_rows: int, most_bytes: int
) -> Iterator[bytes]:
    """Yield an answer in parts, each pickled.

    Errors after which DuckDB may not go on are raised, and end the process.
    """
    import duckdb

    try:
        yield from _pieces(connection, statement, most_rows, most_bytes)
    except (duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.InternalException):
        raise
    except (RefusalError, duckdb.Error, UnicodeError) as error:
        yield pickle.dumps(f"{error}".strip())


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
    main(sys.argv[1], int(sys.argv[2]))
