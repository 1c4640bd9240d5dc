"""Import: read files, check every row, and write the weeks that they change.

All or nothing: a row that breaks the contract refuses the import before anything is written. The
same records give the same ledger, however they are split, ordered or repeated. Where copies of a
request differ, the one imported last counts, and within one import the fullest; of sources that log
a request again while it grows, the fullest counts always.
"""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.home.database import SESSION, literal
from pipelines.home.lock import writing
from pipelines.lake import log
from pipelines.lake.vintages import Vintage
from pipelines.usage import contract, ledger, lines, shared, sql
from pipelines.usage.readers import READERS, files_in, reader_of

BATCH_BYTES = 256 * 2**20
"""Files that are read in one statement together have at most so many bytes, or are one file."""

SCOPE = re.compile(r"[A-Za-z0-9][\w.-]{0,59}")

FULLEST = (
    ("source = 'claude_code' AND workload = 'sidechain'", "ASC"),
    ("prompt_tokens + completion_tokens", "DESC"),
    ("cost_usd", "DESC"),
    ("started_at", "ASC"),
    *((name, "ASC") for name in contract.COLUMNS if name not in {*contract.KEY, "week"}),
)
"""The order of a request's copies, the one that counts first; equal ones are the same row."""

_ORDERED = ", ".join(f"{what}, '{direction} NULLS LAST'" for what, direction in FULLEST)
PLACE = f"create_sort_key({_ORDERED})"
"""The SQL of a copy's place in this order."""

OnStep = Callable[[str], None]


@dataclass
class Imported:
    """What an import did: requests read, those new and those corrected, and what was left out."""

    requests: int = 0
    new: int = 0
    corrected: int = 0
    forgotten: int = 0
    weeks: list[date] = field(default_factory=list)
    torn: list[Path] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Batch:
    """Files of one reader that are read by one statement."""

    reader: str
    files: tuple[Path, ...]


def plan(paths_named: Sequence[Path], reader: str | None) -> tuple[list[Batch], int]:
    """Return the batches to read, and how many files in folders no reader recognises.

    Raises RefusalError naming a file that was named itself and that no reader recognises.
    """
    if reader is not None and reader not in READERS:
        raise RefusalError(f"no reader is named {reader}: there are {', '.join(READERS)}")
    named, found = files_in(paths_named)
    by_reader: dict[str, list[Path]] = {}
    unrecognised = 0
    for path in [*named, *found]:
        name = reader or reader_of(path)
        if name is not None:
            by_reader.setdefault(name, []).append(path)
        elif path in named:
            raise RefusalError(
                f"{path} is no export that is known: `tokenhouse usage add` without a path lists "
                "those that are, and --as names the reader of a file with another name"
            )
        else:
            unrecognised += 1
    return [batch for name in by_reader for batch in _batches(name, by_reader[name])], unrecognised


def add(home: Path, batches: Sequence[Batch], scope: str, on_step: OnStep) -> Imported:
    """Import batches of files into the ledger of a home, under the name of an account or gateway.

    Raises RefusalError naming file and line, or file and request, for what cannot be imported, and
    naming two sources that would count the same requests twice.
    """
    check_scope(scope)
    done = Imported()
    lake = paths.lake(home)
    with writing(home), _working(home) as connection:
        shared.pull(home)
        contract.create(connection, "copy", "file VARCHAR", "is_stored BOOLEAN DEFAULT FALSE")
        for batch in batches:
            on_step(f"{batch.files[0].name}")
            done.torn += _read(connection, batch, scope)
        # The same rows are the same bytes, and more threads take twice the time for the rest.
        connection.execute("SET threads = 1; SET preserve_insertion_order = true")
        read = connection.execute("SELECT DISTINCT source FROM copy").fetchall()
        done.sources = {source for (source,) in read}
        done.forgotten = _leave_out(connection, log.read(lake).forgotten)
        fault = contract.fault(connection, "copy")
        if fault:
            file, request, what = fault
            raise RefusalError(f"{file}: request {request} {what}: nothing of it was imported")
        stored = _compete(connection, lake)
        _refuse_twice_counted(connection, home)
        done.requests, done.new, done.corrected = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE is_corrected) "
            "FROM winner"
        ).fetchall()[0]
        done.weeks = _write(connection, lake, stored)
    return done


def check_scope(scope: str) -> None:
    """Raise RefusalError for a name that no account or gateway may have."""
    if not SCOPE.fullmatch(scope):
        raise RefusalError(f"--scope: {scope!r} must be of letters, digits, dots and hyphens")


@contextmanager
def _working(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection that spills what the memory cannot contain to a folder of the home."""
    folder = home / ".usage"
    shutil.rmtree(folder, ignore_errors=True)  # of an import that was killed
    folder.mkdir(mode=0o700)
    try:
        with closing(duckdb.connect(config={"temp_directory": f"{folder}"})) as connection:
            connection.execute(f"{SESSION}; SET preserve_insertion_order = false")
            yield connection
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _batches(reader: str, files: Sequence[Path]) -> Iterator[Batch]:
    some: list[Path] = []
    size = 0
    for path in files:
        bytes_of_path = path.stat().st_size
        if some and (not READERS[reader].at_once or size + bytes_of_path > BATCH_BYTES):
            yield Batch(reader, tuple(some))
            some, size = [], 0
        some.append(path)
        size += bytes_of_path
    if some:
        yield Batch(reader, tuple(some))


def _read(connection: duckdb.DuckDBPyConnection, batch: Batch, scope: str) -> list[Path]:
    """Add the rows of a batch to `copy`; return the files whose last line is torn."""
    reader = READERS[batch.reader]
    try:
        rows = reader.rows(connection, batch.files)
        named = f", {literal(reader.source)} AS source, {literal(scope)} AS scope"
        named = named if reader.source else ""
        connection.execute(
            f"INSERT INTO copy BY NAME SELECT * REPLACE ({_known_cost()}){named}, "
            f"cast(date_trunc('week', cast(started_at AS DATE)) AS DATE) AS week FROM ({rows})"
        )
    except OSError as error:
        raise RefusalError(f"{batch.files[0]} cannot be read: {error.strerror}") from None
    except duckdb.Error as error:  # its message quotes what was read
        for path in batch.files:
            if path.suffix == ".jsonl":
                list(lines.read_carefully(path))  # refuses the line that is no JSON
        raise sql.fault(batch.files[0], error) from None
    return [path for path in batch.files if path.suffix == ".jsonl" and lines.is_torn(path)]


def _known_cost() -> str:
    """Return the SQL of a cost that is known: 0 for tokens is an unknown price, unless free."""
    is_unpriced = (
        "cost_usd = 0 AND prompt_tokens + completion_tokens <> 0 AND model_raw NOT LIKE '%:free'"
    )
    return (
        f"CASE WHEN {is_unpriced} THEN NULL ELSE cost_usd END AS cost_usd, "
        f"CASE WHEN cost_usd IS NULL OR {is_unpriced} THEN 'none' ELSE cost_kind END AS cost_kind"
    )


def _leave_out(connection: duckdb.DuckDBPyConnection, forgotten: Mapping[str, date]) -> int:
    """Leave out what was forgotten of each scope, and return how many rows that were."""
    left_out = 0
    for scope, before in forgotten.items():
        condition = f"scope = {literal(scope)} AND started_at < TIMESTAMPTZ '{before} 00:00Z'"
        (row,) = connection.execute(f"SELECT count(*) FROM copy WHERE {condition}").fetchall()
        connection.execute(f"DELETE FROM copy WHERE {condition}")
        left_out += int(row[0])
    return left_out


def _compete(connection: duckdb.DuckDBPyConnection, lake: Path) -> dict[date, Vintage]:
    """Create `winner`, the copy of each request read that counts; return the weeks compared.

    The copies stored of these requests are added to `copy`. Where the time of a request is part of
    its record, an earlier copy is in the same week.
    """
    stored = ledger.current(lake)
    weeks = {row[0] for row in connection.execute("SELECT DISTINCT week FROM copy").fetchall()}
    sources = {row[0] for row in connection.execute("SELECT DISTINCT source FROM copy").fetchall()}
    growing = {one.source for one in READERS.values() if one.source and one.copies_differ}
    compared = {week: one for week, one in stored.items() if week in weeks or sources & growing}
    for vintage in compared.values():
        ledger.verify(vintage)
    key = ", ".join(contract.KEY)
    connection.execute(f"CREATE VIEW stored AS {ledger.scan([*compared.values()])}")
    connection.execute(
        "INSERT INTO copy BY NAME "
        f"SELECT *, TRUE AS is_stored FROM stored SEMI JOIN copy USING ({key})"
    )
    competes = f"NOT is_stored OR source IN ({', '.join(map(literal, sorted(growing)))})"
    # An aggregate of the places takes a third of the time of a window over the rows.
    connection.execute(
        f"""
        CREATE TABLE winner AS
        WITH placed AS (
            SELECT rowid AS number, {key}, is_stored, {competes} AS competes, {PLACE} AS place
            FROM copy
        ),

        best AS (
            SELECT
                arg_min(number, place) FILTER (WHERE competes) AS number,
                min(place) FILTER (WHERE is_stored) AS stored_place
            FROM placed
            GROUP BY {key}
        )

        SELECT
            copy.* EXCLUDE (file, is_stored),
            best.stored_place IS NULL AS is_new,
            coalesce(best.stored_place <> {PLACE}, FALSE) AS is_corrected
        FROM copy
        INNER JOIN best ON copy.rowid = best.number
        """
    )
    return compared


def _refuse_twice_counted(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Refuse an import whose requests another counting source already has in the same week."""
    found = connection.execute(
        """
        SELECT stored.source, stored.scope, winner.source, winner.scope, stored.week,
               count(DISTINCT winner.request_id)
        FROM winner
        INNER JOIN stored
            ON winner.generation_id = stored.generation_id AND winner.week = stored.week
        WHERE winner.source <> stored.source OR winner.scope <> stored.scope
        GROUP BY ALL
        ORDER BY ALL
        """
    ).fetchall()
    witnesses = _witnesses(home) if found else set()
    for there, its_scope, here, scope, week, count in found:
        if witnesses & {(there, its_scope), (here, scope)}:
            continue
        raise RefusalError(
            f"{count} requests of {here} in scope {scope} are already counted by {there} in scope "
            f"{its_scope}, week {week}: name one of the two a witness, with a line "
            f"{here},{scope},witness,<why>,<date> in reference/usage_scope.csv of the home"
        )


def _witnesses(home: Path) -> set[tuple[str, str]]:
    """Return the sources and scopes whose requests others count."""
    from pipelines.reference.loader import load  # takes longer than to import a day

    roles = load("usage_scope", paths.reference(home)).to_pylist()
    return {(one["source"], one["scope"]) for one in roles if one["role"] == "witness"}


def _write(
    connection: duckdb.DuckDBPyConnection, lake: Path, stored: Mapping[date, Vintage]
) -> list[date]:
    """Write every week that changes; return them.

    A week that only loses a request to another is written last: a killed import repeats a request
    at worst until it is run again, and never loses one.
    """
    changed = connection.execute(
        f"""
        WITH moved AS (
            SELECT week, TRUE AS gains FROM winner WHERE is_new OR is_corrected
            UNION ALL
            SELECT copy.week, FALSE AS gains
            FROM copy
            INNER JOIN winner USING ({", ".join(contract.KEY)})
            WHERE copy.is_stored AND copy.week <> winner.week
        )

        SELECT week FROM moved GROUP BY week ORDER BY max(gains) DESC, week
        """
    ).fetchall()
    key = " AND ".join(f"kept.{name} = winner.{name}" for name in contract.KEY)
    for (week,) in changed:
        kept = ledger.scan([stored[week]] if week in stored else [])
        ledger.write(
            connection,
            lake,
            week,
            f"SELECT * FROM ({kept}) AS kept ANTI JOIN winner ON {key} UNION ALL BY NAME "
            f"SELECT {', '.join(contract.COLUMNS)} FROM winner WHERE week = DATE '{week}'",
        )
    return sorted(week for (week,) in changed)
