"""What the lake must contain by its log, and how the files there are differ from it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.lake import adoption, log, present

NAMED = 3
"""Files that a message names; the others are counted."""


GIVE_UP = 'give a file up with `tokenhouse retract NAME --why "…"`'


@dataclass(frozen=True)
class Differences:
    """Files below the lake: in the log and not there, and vintages there and not in the log."""

    missing: list[str]
    foreign: list[str]

    def __str__(self) -> str:
        parts = []
        own = [file for file in self.missing if file.startswith(present.OWN_USAGE)]
        others = [file for file in self.missing if file not in own]
        if others:
            parts.append(
                f"missing from the lake: {_named(others)}: restore from a backup, rebuild Parquet "
                f"with `tokenhouse replay`, or {GIVE_UP}"
            )
        if own:
            parts.append(
                f"missing from own usage: {_named(own)}: restore from a backup, or import the "
                f"records again with `tokenhouse usage add` and {GIVE_UP}"
            )
        if self.foreign:
            parts.append(
                f"in the lake and not in its log: {_named(self.foreign)}: move it away, or restore "
                "the log from a backup"
            )
        return "; ".join(parts)


def differences(home: Path) -> Differences:
    """Return which files of the log are not there, and which vintages the log does not name.

    A response that it does not name is no fault: the next run finishes it. A vintage that the
    published database was made from belongs to the lake even if the log does not name it, as after
    a log was restored from an old backup.
    """
    return _differences(paths.lake(home), published_only(home))


def _differences(lake: Path, published: list[str]) -> Differences:
    known = log.read(lake)
    responses, vintages = set(present.responses(lake)), set(present.vintages(lake))
    named = {*known.responses, *known.vintages, *published}
    missing = named - responses - vintages - known.given_up() - known.replaced
    unfinished = responses - known.responses.keys()
    foreign = set[str]() if unfinished else vintages - named - known.replaced
    foreign -= {*_unlogged_usage(lake)}  # an import that a crash kept out of the log
    return Differences(sorted(missing), sorted(foreign))


def complete(home: Path) -> None:
    """Log what a crash kept out of the log, and what was published and is not in it.

    No response brings own usage again, so each file of it that is there belongs to the lake.
    """
    from pipelines.lake import replay

    lake = paths.lake(home)
    replay.finish(lake)
    found = [*_unlogged_usage(lake), *published_only(home)]
    log.append_all(lake, ({"do": "add", "vintage": one} for one in found))


def settle(home: Path) -> None:
    """Complete the log; then raise RefusalError if the lake differs from it."""
    complete(home)
    found = f"{_differences(paths.lake(home), [])}"  # what was published is in the log now
    if found:
        raise RefusalError(found, "lake_differs")


def _unlogged_usage(lake: Path) -> list[str]:
    known = log.read(lake)
    named = known.vintages | known.replaced
    return [one for one in present.own_usage(lake) if one not in named]


def published_only(home: Path) -> list[str]:
    """Return the vintages that the published database was made from and the log does not name.

    None where the database cannot be read: the log says what was published.
    """
    if not (paths.log(paths.lake(home)).exists() and paths.database(home).exists()):
        return []
    try:
        published = adoption.made_from(paths.database(home))
    except RefusalError:
        return []
    known = log.read(paths.lake(home))
    return sorted(published - known.vintages - known.replaced)


def log_published(lake: Path, built: Path) -> None:
    """Log the days of each week in a database and the tables in force, before it is published."""
    from pipelines.lake import reference_history

    days = adoption.days_published(built)
    reference, known = reference_history.keep(lake), log.read(lake)
    before = {f"{week}": count for week, count in known.published.items()}
    if (days, reference) != (before, known.reference_at(datetime.now(UTC))):
        log.append(lake, {"do": "publish", "days": days, "reference": reference})


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
