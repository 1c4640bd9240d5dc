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
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from pipelines.errors import RefusalError
from pipelines.limits import (
    QUERY_BYTES,
    QUERY_MEMORY,
    QUERY_PROCESS_MEMORY,
    QUERY_ROWS,
    QUERY_SECONDS,
)

if TYPE_CHECKING:  # the process that asks does without DuckDB
    from pipelines.queries.published import Connection

PIECE = 100
"""Rows of a result that are passed on at once."""

A_VALUE = 32
"""Bytes that any value of a result counts, next to what it needs to be passed on."""

LESS = "read fewer rows, or shorter texts"


class Result(NamedTuple):
    """What a statement returns: the names of its columns, also where it has no rows, and these."""

    names: list[str]
    rows: list[dict[str, Any]]


def query_once(
    database: Path,
    statement: str,
    seconds: float = QUERY_SECONDS,
    most_rows: int = QUERY_ROWS,
    most_bytes: int = QUERY_BYTES,
    memory: int = QUERY_PROCESS_MEMORY,
) -> Result:
    """Run one statement on a published database, as `QueryProcess.query` does.

    Ctrl-C ends it at once.
    """
    with closing(QueryProcess(database, memory)) as process:
        return process.query(statement, seconds, most_rows, most_bytes)


class QueryProcess:
    """A process that opens a published database and runs statements on it, one after the other."""

    def __init__(self, database: Path, memory: int = QUERY_PROCESS_MEMORY) -> None:
        self._memory = memory
        self._bound: int | None = None  # bytes; not known until the process is ready
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
    ) -> Result:
        """Run one statement; return its columns, and its rows as dictionaries.

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
            raise RefusalError(self._broken()) from None
        finally:
            alarm.cancel()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        with suppress(BrokenPipeError), self._process:  # its pipes are closed
            pass

    def _broken(self) -> str:
        """Return what is known of a process that ended without a word."""
        if self._bound is None:
            return (
                "the query could not begin: its process ended before it was ready: "
                "see that `ulimit -d` and this machine leave it memory, and run it again"
            )
        return (
            "the query broke down without a message, most often for lack of memory: "
            f"{_allowed(self._bound, self._memory)}: {LESS}"
        )

    def _received(self, asked: bytes) -> Result:
        """Return what the process answers; EOFError if it ends before it is done."""
        assert self._process.stdin is not None  # noqa: S101 both are pipes
        assert self._process.stdout is not None  # noqa: S101
        if self._bound is None:
            (self._bound,) = self._next(self._process.stdout)
        self._process.stdin.write(asked + b"\n")
        self._process.stdin.flush()
        names = self._next(self._process.stdout)
        rows: list[dict[str, Any]] = []
        while piece := self._next(self._process.stdout):
            rows += (dict(zip(names, row, strict=True)) for row in piece)
        return Result(names, rows)

    def _next(self, answers: IO[bytes]) -> list[Any]:
        answer = pickle.load(answers)  # noqa: S301 of our own process
        if isinstance(answer, tuple):
            said, goes_on = answer
            if not goes_on:
                self.close()
            raise RefusalError(said)
        return list(answer)


def _allowed(bound: int, memory: int) -> str:
    """Return how much memory the process may use, and what bounds it to less than is ours."""
    by = " here (`ulimit -d`)" if bound < memory else ""
    return f"a query may use {bound / 10**9:.3g} GB of memory{by}"


def main(database: str, memory: int) -> None:
    """Answer the statements on stdin, until the process that asks closes it or is gone.

    First it says that it is ready, and how many bytes it may use. An answer is the names of the
    columns, the rows piece by piece, and an empty piece; or, instead of any of these, a text that
    says what is refused, and whether the process goes on.
    """
    from pipelines.queries.published import reading

    asked = SimpleQueue[list[Any]]()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    bound = memory if most == resource.RLIM_INFINITY else min(most, memory)
    resource.setrlimit(resource.RLIMIT_DATA, (bound, most))
    try:
        with reading(Path(database)) as connection:
            sys.stdout.buffer.write(pickle.dumps([bound]))
            sys.stdout.buffer.flush()
            while True:
                for answer in _answers(connection, _allowed(bound, memory), *asked.get()):
                    sys.stdout.buffer.write(answer)
                sys.stdout.buffer.flush()
    except RefusalError as refusal:  # it could not be opened
        sys.stdout.buffer.write(_refused(refusal, goes_on=False))
        sys.stdout.buffer.flush()


def _listen(asked: "SimpleQueue[list[Any]]") -> None:
    """Pass on what is asked; end at once, whatever runs, when nobody can ask any more."""
    for line in sys.stdin.buffer:
        asked.put(json.loads(line))
    os._exit(1)


def _answers(
    connection: "Connection", allowed: str, statement: str, most_rows: int, most_bytes: int
) -> Iterator[bytes]:
    """Yield an answer in parts, each pickled; `allowed` says how much memory there is."""
    import duckdb

    from pipelines.home.database import first_line

    try:
        yield from _pieces(connection, statement, most_rows, most_bytes)
    except duckdb.OutOfMemoryException as error:
        is_own = " used)" in first_line(error)  # else the kernel refused, within DuckDB's limit
        limit = f"DuckDB may use {QUERY_MEMORY} of memory for a query" if is_own else allowed
        yield _refused(f"{limit}: {LESS} ({first_line(error)})", goes_on=is_own)
    except MemoryError:
        yield _refused(f"{allowed}: {LESS}", goes_on=False)
    except (duckdb.FatalException, duckdb.InternalException) as error:
        said = f"the query met a fault of DuckDB: write it another way ({first_line(error)})"
        yield _refused(said, goes_on=False)
    except (RefusalError, duckdb.Error, UnicodeError) as error:
        yield _refused(error, goes_on=True)


def _refused(why: str | Exception, *, goes_on: bool) -> bytes:
    return pickle.dumps((f"{why}".strip(), goes_on))


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
