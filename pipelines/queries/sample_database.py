"""The published sample that a wheel contains, for people who want to look before they run anything.

A wheel has each table as a Parquet file, which is the same for the same input; a database file is
not. The first command that reads makes the database from them, in the user's folder for caches.
"""

import hashlib
import os
from contextlib import closing, suppress
from pathlib import Path

from pipelines.errors import RefusalError, warn
from pipelines.home.files import make_folder, replace, unwritable
from pipelines.settings import IS_CHECKOUT, PACKAGE, SQL, Settings

FOLDER = PACKAGE / "data" / "published"
"""A file for each table, under the table's name with its schema; only a wheel has them."""

COMMENTS = """
SELECT 'COMMENT ON TABLE ' || table_name, description || ' Made from: ' || source || '.'
FROM meta.data_dictionary WHERE kind = 'table'
UNION ALL
SELECT
    'COMMENT ON COLUMN ' || table_name || '."' || column_name || '"',
    description || CASE WHEN unit = '-' THEN '' ELSE ' [' || unit || ']' END
FROM meta.data_dictionary WHERE kind = 'column'
"""


def readable(settings: Settings) -> Path:
    """Return the home's database; where there is no home, that of the sample, with a warning."""
    if not _has_only_sample(settings):
        return settings.database
    from platformdirs import user_cache_path  # as below

    warn(
        f"there is no home in {settings.tokenhouse_home} yet: these are figures of the recorded "
        "sample; `tokenhouse run` makes a home"
    )
    return database(FOLDER, user_cache_path("tokenhouse"))


def whole(settings: Settings) -> Path:
    """Return the home's database, for what computes on more than the marts.

    Raises RefusalError where there is only the sample, which has what is published alone.
    """
    if _has_only_sample(settings):
        raise RefusalError(
            f"there is no home in {settings.tokenhouse_home} yet, and the recorded sample has only "
            "what is published, too little to compute on: `tokenhouse run` makes a home"
        )
    return settings.database


def _has_only_sample(settings: Settings) -> bool:
    """Whether there is no home, and the sample of the wheel instead."""
    has_home = settings.database.exists() or settings.lake.exists()
    return not (has_home or IS_CHECKOUT) and FOLDER.exists()


def database(folder: Path, cache: Path) -> Path:
    """Return the database with these tables, which is made where the cache does not have it.

    Raises RefusalError if the cache cannot be written.
    """
    import duckdb  # not where there is a home: importing it takes longer than some commands do

    from pipelines.home.database import first_line

    files = sorted(folder.glob("*.parquet"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    path = cache / f"sample-{digest}.duckdb"
    if not path.exists():
        aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            make_folder(cache)
            _fill(aside, files)
            for old in cache.glob("sample-*.duckdb"):
                old.unlink()
            replace(aside, path)
        except OSError as error:
            raise unwritable(path, error) from None
        except duckdb.Error as error:
            raise RefusalError(f"{path} cannot be written: {first_line(error)}") from None
        finally:
            with suppress(OSError):
                aside.unlink()
    return path


def _fill(path: Path, files: list[Path]) -> None:
    import duckdb

    from pipelines.home.database import SESSION, literal

    with closing(duckdb.connect(path)) as connection:
        connection.execute(f"{SESSION}; BEGIN")
        for file in files:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {file.stem.partition('.')[0]}")
            connection.execute(f"CREATE TABLE {file.stem} AS FROM read_parquet({literal(file)})")
        connection.execute((SQL / "macros.sql").read_text(encoding="utf-8"))
        for subject, text in connection.execute(COMMENTS).fetchall():
            connection.execute(f"{subject} IS {literal(text)}")
        connection.execute("COMMIT")
