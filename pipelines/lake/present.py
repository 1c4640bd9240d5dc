"""Which files of a lake are responses and vintages: their names contain instant and checksum."""

import re
from datetime import UTC, datetime
from glob import glob
from pathlib import Path

from pipelines.sources.tables import TABLES
from pipelines.weeks import monday

RAW = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{12})\.json\.gz")
VINTAGE = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{12})\.parquet")

OWN_USAGE = "usage_"
"""How names of tables of own usage begin: a folder is the week of its rows, and has no response."""


def responses(lake: Path) -> list[str]:
    """Return the raw responses there are, below the lake, by table, week, instant and checksum."""
    return _named(lake, "raw/*/week=*/*.json.gz", RAW)


def vintages(lake: Path) -> list[str]:
    """Return the vintages there are, below the lake, by table, week, instant and checksum."""
    found = _named(lake, "*/week=*/*.parquet", VINTAGE)
    return [file for file in found if file.partition("/")[0] in TABLES] + own_usage(lake)


def own_usage(lake: Path) -> list[str]:
    """Return the vintages of own usage there are, below the lake."""
    found = _below(lake, f"{OWN_USAGE}*/week=*/*.parquet")
    return [file for file in found if VINTAGE.fullmatch(file.rpartition("/")[2])]


def instant(text: str) -> datetime:
    """Read the instant in a file's name; ValueError if there is no such instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _named(lake: Path, pattern: str, name: re.Pattern[str]) -> list[str]:
    """Return the files of a kind whose folder is the week of the instant in their name."""
    return [file for file in _below(lake, pattern) if _is_in_its_week(file, name)]


def _below(lake: Path, pattern: str) -> list[str]:
    """Return the files below the lake that fit a pattern; ten years are 55,000 of them."""
    return sorted(glob(pattern, root_dir=lake))  # noqa: PTH207 `Path.glob` takes five times as long


def _is_in_its_week(file: str, name: re.Pattern[str]) -> bool:
    folder, _, last = file.rpartition("/")
    named = name.fullmatch(last)
    try:
        week = named and monday(instant(named[1]).date())
    except ValueError:
        return False
    return folder.endswith(f"/week={week}")
