"""Which files of a lake are responses and vintages: their names contain instant and checksum."""

import os
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.sources.tables import TABLES
from pipelines.weeks import monday

NAME = r"([0-9]{8}T(?:[01][0-9]|2[0-3])(?:[0-5][0-9]){2}Z)-([0-9a-f]{12})"
RAW = re.compile(rf"{NAME}\.json\.gz")
VINTAGE = re.compile(rf"{NAME}\.parquet")

OWN_USAGE = "usage_"
"""How names of tables of own usage begin: a folder is the week of its rows, and has no response."""


def responses(lake: Path) -> list[str]:
    """Return the raw responses there are, below the lake, by table, week, instant and checksum."""
    tables = (f"raw/{table}" for table in _names(lake / "raw"))
    return [file for file in _files(lake, tables) if _is_in_its_week(file, RAW)]


def vintages(lake: Path) -> list[str]:
    """Return the vintages there are, below the lake, by table, week, instant and checksum."""
    found = _files(lake, TABLES)
    return [file for file in found if _is_in_its_week(file, VINTAGE)] + own_usage(lake)


def own_usage(lake: Path) -> list[str]:
    """Return the vintages of own usage there are, below the lake."""
    found = _files(lake, (table for table in _names(lake) if table.startswith(OWN_USAGE)))
    return [file for file in found if VINTAGE.fullmatch(file.rpartition("/")[2])]


def instant(text: str) -> datetime:
    """Read the instant in a file's name; ValueError if there is no such instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _files(lake: Path, tables: Iterable[str]) -> list[str]:
    """Return the files in the folders of tables' weeks, below the lake."""
    weeks = (
        f"{table}/{week}"
        for table in tables
        for week in _names(lake / table)
        if week.startswith("week=")
    )
    return sorted(f"{week}/{name}" for week in weeks for name in _names(lake / week))


def _names(folder: Path) -> list[str]:
    """Return the names in a folder, if there is one, without hidden ones, which are not ours.

    Raises RefusalError where it cannot be read: what is not known must not be called missing.
    """
    try:
        names = os.listdir(folder)  # noqa: PTH208 a path of each of 55,000 takes ten times as long
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise RefusalError(f"{folder} cannot be read: {error.strerror}") from None
    return [name for name in names if not name.startswith(".")]


def _is_in_its_week(file: str, name: re.Pattern[str]) -> bool:
    _, folder, last = file.rsplit("/", 2)
    return bool(name.fullmatch(last)) and folder == _folder_of(last[:8])


@cache
def _folder_of(day: str) -> str | None:
    """Return the name of the folder of a day's files; None if there is no such day."""
    try:
        return f"week={monday(date.fromisoformat(day))}"
    except ValueError:
        return None
