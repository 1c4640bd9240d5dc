"""Where each file and folder of a home is. `home` is the folder that TOKENHOUSE_HOME names."""

from pathlib import Path


def lake(home: Path) -> Path:
    """The truth: append-only raw responses and Parquet vintages, and what people accepted."""
    return home / "lake"


def reference(home: Path) -> Path:
    """The rows of this home, which apply over those of the shipped tables."""
    return home / "reference"


def database(home: Path) -> Path:
    """The build product: delete it and the next run makes one with the same content."""
    return home / "warehouse.duckdb"


def unpublished_database(home: Path, process: int) -> Path:
    """The database that a process builds before it replaces the published one."""
    return home / f"warehouse.{process}.tmp.duckdb"


def private(database: Path) -> Path:
    """What third-party scores imply, next to a database: readable by the home's user only."""
    return database.with_name(f"private{database.name.removeprefix('warehouse')}")


def draws(home: Path) -> Path:
    """The draws of past weeks: delete it and the next build draws the same."""
    return home / "draws"


def gathered(home: Path) -> Path:
    """The vintages in few files: delete it and the next build gathers them again."""
    return home / "gathered"


def exports(home: Path) -> Path:
    """What gateways and spreadsheets read."""
    return home / "exports"


def report(home: Path) -> Path:
    """What people read: one page per language."""
    return home / "report"


def notified(home: Path) -> Path:
    """The routes and alerts of the last notification."""
    return report(home) / "notified.json"


def notified_by_0_1(home: Path) -> Path:
    """The same, where version 0.1.0 wrote it."""
    return report(home) / "told.json"


def dagster(home: Path) -> Path:
    """Dagster's record of runs."""
    return home / "dagster"


def home_format(home: Path) -> Path:
    """The version of the home's layout."""
    return home / "format"


def writer_lock(home: Path) -> Path:
    """The file that the one writer locks."""
    return home / "writer.lock"


def request_times(home: Path) -> Path:
    """When the last minute's requests were sent."""
    return home / "request-times.txt"


def source_health(home: Path) -> Path:
    """A file per source: its last success, and its last failure since."""
    return home / "attempts"


def errors(home: Path) -> Path:
    """A file for each of the last unexpected errors, with its stack."""
    return home / "errors"


def refusal(home: Path, cause: str | None) -> Path:
    """Why the database is not published; with a cause, why something else is stale."""
    return home / (f"refused-{cause}.json" if cause else "refused.json")


def refusals(home: Path) -> list[Path]:
    """Every such file there is."""
    return sorted(home.glob("refused*.json"))


def probes(home: Path) -> Path:
    """What gateways reported of themselves."""
    return home / "probes.jsonl"


def drill_card(home: Path, run_id: str) -> Path:
    """What a drill of a run's routes showed."""
    return home / "drills" / f"{run_id}.json"


def raw(lake: Path) -> Path:
    """The responses as they came."""
    return lake / "raw"


def log(lake: Path) -> Path:
    """What the lake must contain, what was published, and what people accepted or took back."""
    return lake / "log.jsonl"


def reference_history(lake: Path) -> Path:
    """The reference tables in force at each publication, a file per table and content."""
    return lake / "reference"


def accepted(lake: Path) -> Path:
    """A file per finding that a person accepted, of version 0.1.0; today the log contains them."""
    return lake / "accepted"


def decisions(lake: Path) -> Path:
    """A file per published week: the route of each workload."""
    return lake / "decisions"
