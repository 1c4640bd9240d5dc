"""The published database as the server keeps it: open until another one is published."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pipelines.home.database import naming_another_version
from pipelines.queries.published import Connection, Rows, reading
from pipelines.queries.sample_database import readable, whole
from pipelines.queries.written import QueryProcess
from pipelines.settings import settings

Version = tuple[Path, int, int]


class Database:
    """Answers one call at a time; opening costs more than most calls."""

    def __init__(self) -> None:
        self._version: Version | None = None
        self._connection: Connection | None = None
        self._process: QueryProcess | None = None
        self._open = ExitStack()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection to what is published now; nothing can be changed through it."""
        path = readable(settings())
        version = _version(path)
        if self._connection is None or version != self._version:
            self.close()
            self._connection = self._open.enter_context(reading(path))
            self._version = version
        with naming_another_version(path):
            yield self._connection

    def rows(self, statement: str, seconds: float, most_rows: int) -> Rows:
        """Run a statement that somebody wrote, as `QueryProcess.query` does, while it is read."""
        if self._process is None or not self._process.is_running:
            self._process = QueryProcess(readable(settings()))
        return self._process.query(statement, seconds, most_rows).rows

    def for_computing(self) -> Path:
        """Return where the home's database is, for what opens it otherwise; here it is closed.

        DuckDB would share the settings of this connection, which are locked.
        Raises RefusalError where there is only the sample.
        """
        self.close()
        return whole(settings())

    def close(self) -> None:
        """Close what is open; the next call opens it again."""
        self._open.close()
        if self._process is not None:
            self._process.close()
        self._connection = self._process = None


def _version(path: Path) -> Version | None:
    """Return what differs as soon as another database is published; None if there is none."""
    if not path.exists():
        return None
    found = path.stat()
    return path, found.st_ino, found.st_mtime_ns
