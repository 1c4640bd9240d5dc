"""The home's copy of a shared ledger: what others wrote is copied, what they forgot is deleted.

Everything else reads and writes the copy in the lake, as without a shared ledger; `ledger.write`
writes to both or to none.
"""

import os
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import RefusalError
from pipelines.home import files, paths
from pipelines.home.lock import writing
from pipelines.lake import log
from pipelines.lake.vintages import Vintage
from pipelines.settings import settings
from pipelines.usage import fold, ledger, store

if TYPE_CHECKING:
    from obstore.store import ObjectStore

FORGOTTEN = "forgotten/"
"""The folder of the store with a file `<scope>/<first day that is kept>` for each forgetting."""


def pull(home: Path, every_file: bool = False) -> None:
    """Copy the newest file of each week, or every file, and share weeks that only this home has.

    Without a shared ledger nothing is done. Raises RefusalError if it cannot be reached, and naming
    a week that was written here and there without one knowing of the other.
    """
    if not settings().tokenhouse_ledger:
        return
    lake = paths.lake(home)
    with writing(home), store.opened(settings()) as shared:
        listed = store.names(shared)
        _forget_as_others_did(lake, shared, listed)
        here = {one.file.rpartition("/")[0]: one for one in _all_here(lake)}
        for folder in sorted({one.rpartition("/")[0] for one in listed if "/week=" in one}):
            _, newest = store.newest(shared, folder, listed)
            ours = here.pop(folder, None) if newest else None
            if ours and ours.file not in listed:
                raise RefusalError(
                    f"{ours.path.parent} and the shared ledger were written without each other: "
                    "move the folder away, run the command again, and import its requests again"
                )
            wanted = {f"{folder}/{newest}"} if newest else set()
            if every_file:
                wanted |= store.named(shared, folder, listed) & listed
                _delete_unfinished(shared, folder, listed - wanted)
            for file in sorted(wanted):
                if not (lake / file).exists():
                    _copy(shared, lake, file)
        for ours in here.values():
            store.commit(settings(), ours.path, ours.file, None)


def forget(scope: str, before: date) -> None:
    """Let every copy of the shared ledger forget a scope's requests before a day."""
    if settings().tokenhouse_ledger:
        with store.opened(settings()) as shared:
            shared.put(f"{FORGOTTEN}{scope}/{before}", b"")


def drop(lake: Path, doomed: Collection[Vintage]) -> None:
    """Delete files of the ledger, there and here, and the sums that were made of them."""
    names = {one.file for one in doomed}
    if names and settings().tokenhouse_ledger:
        with store.opened(settings()) as shared:
            shared.delete(sorted(names & store.names(shared)))
    for week in {one.week for one in doomed}:
        fold.drop(lake, week)
    log.append_all(lake, ({"do": "replace", "vintage": name} for name in sorted(names)))
    for one in doomed:
        one.path.unlink()


def _all_here(lake: Path) -> list[Vintage]:
    """Return the files of the copy, the newest of a week last."""
    return [one for table in ledger.TABLES for one in ledger.history(lake, table=table)]


def _delete_unfinished(shared: "ObjectStore", folder: str, unnamed: Collection[str]) -> None:
    """Delete the files of a week that writers which were killed left, once they are a day old."""
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y%m%dT%H%M%SZ}"
    shared.delete(
        sorted(
            one
            for one in unnamed
            if one.startswith(f"{folder}/")
            and one.endswith(".parquet")
            and one.removeprefix(f"{folder}/") < yesterday
        )
    )


def _copy(shared: "ObjectStore", lake: Path, file: str) -> None:
    """Copy a file; RefusalError if its checksum is not the one in its name."""
    vintage = Vintage(lake, file)
    files.make_folder(vintage.path.parent, mode=0o700)
    aside = vintage.path.with_name(f".usage.{os.getpid()}.tmp")
    try:
        store.download(shared, file, aside)
        ledger.verify(vintage, aside)
        files.replace(aside, vintage.path)
    finally:
        aside.unlink(missing_ok=True)
    log.append(lake, {"do": "add", "vintage": file})


def _forget_as_others_did(lake: Path, shared: "ObjectStore", listed: Collection[str]) -> None:
    """Note what other machines forgot, and delete the files that they deleted there.

    Only forgetting deletes a file that was once a week's content. It may be seen before the files
    are deleted, and a file that was never there belongs to this machine alone.
    """
    for name in sorted(one for one in listed if one.startswith(FORGOTTEN)):
        scope, _, day = name.removeprefix(FORGOTTEN).partition("/")
        if log.read(lake).forgotten.get(scope, date.min) < date.fromisoformat(day):
            log.append(lake, {"do": "forget", "scope": scope, "before": day})
    names = {one.file: one for one in _all_here(lake)}
    doomed = []
    for folder in {name.rpartition("/")[0] for name in names.keys() - {*listed}}:
        doomed += sorted(store.named(shared, folder, listed) & names.keys() - {*listed})
    drop(lake, [names[name] for name in doomed])
