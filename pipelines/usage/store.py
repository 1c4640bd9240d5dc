"""The folder or bucket in which several machines share a ledger: TOKENHOUSE_LEDGER.

Its files have the names that they have in the lake. Next to those of a week are `00000001` and so
on, each with the name of the file that was the week's whole content since. Such a number is only
ever created: of two machines that write a week at once the second is refused, and nothing of the
week changes.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import RefusalError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

NUMBER = re.compile(r"\d{8}")

STATUS = re.compile(r"status code: (\d{3})")
"""All that is repeated of a server's answer."""

CLIENT: "ClientConfig" = {"allow_http": True, "connect_timeout": "5s", "timeout": "300s"}
"""Settings refuse plain HTTP to another machine."""

RETRIES: "RetryConfig" = {"max_retries": 2, "retry_timeout": timedelta(seconds=30)}


@contextmanager
def opened(settings: Settings) -> Iterator["ObjectStore"]:
    """Yield the shared ledger; RefusalError if it cannot be reached, read or written."""
    try:
        from obstore import exceptions
        from obstore.store import LocalStore, S3Store
    except ModuleNotFoundError:
        raise RefusalError(
            "TOKENHOUSE_LEDGER needs a package: pip install 'tokenhouse[ledger]'"
        ) from None
    url = settings.tokenhouse_ledger
    try:
        if url.startswith("s3://"):
            yield S3Store.from_url(url, client_options=CLIENT, retry_config=RETRIES)
        else:
            yield LocalStore(url, mkdir=True)
    except (exceptions.BaseError, OSError) as error:
        status = STATUS.search(f"{error}")
        reason = f"status {status[1]}" if status else type(error).__name__
        raise RefusalError(
            f"TOKENHOUSE_LEDGER: {url} cannot be used ({reason}): check the address, the key and "
            "what the key may do"
        ) from None


def names(
    store: "ObjectStore", prefix: str | None = None, before: datetime | None = None
) -> set[str]:
    """Return the names of the files, or of those in a folder, or written before an instant."""
    return {
        one["path"]
        for batch in store.list(prefix)
        for one in batch
        if before is None or one["last_modified"] < before
    }


def newest(store: "ObjectStore", folder: str, listed: Collection[str]) -> tuple[int, str | None]:
    """Return the last number of a week and the file it names; 0 and None for an unwritten week."""
    numbers = _numbers(folder, listed)
    return (int(numbers[-1][-8:]), _named(store, numbers[-1])) if numbers else (0, None)


def named(store: "ObjectStore", folder: str, listed: Collection[str]) -> set[str]:
    """Return the files that are or were a week's content, also those that were deleted since."""
    return {f"{folder}/{_named(store, number)}" for number in _numbers(folder, listed)}


def _numbers(folder: str, listed: Collection[str]) -> list[str]:
    return sorted(one for one in listed if NUMBER.fullmatch(one.removeprefix(f"{folder}/")))


def _named(store: "ObjectStore", number: str) -> str:
    return bytes(store.get(number).bytes()).decode()


def commit(settings: Settings, written: Path, file: str, before: str | None) -> None:
    """Make a written file the content of its week, if that still is `before`.

    `file` is the name below the lake. Raises RefusalError if another machine wrote the week
    meanwhile; nothing of the week is then changed.
    """
    folder, _, name = file.rpartition("/")
    with opened(settings) as store:
        number, file_now = newest(store, folder, names(store, folder))
        if file_now == before:
            store.put(file, written)
            if _is_first(store, f"{folder}/{number + 1:08}", name):
                return
            store.delete(file)
    raise RefusalError(
        f"{folder}: another machine wrote it meanwhile: nothing of it was changed, run the same "
        "command again"
    )


def _is_first(store: "ObjectStore", number: str, name: str) -> bool:
    """Create the number that names a file; return whether it names that file now."""
    from obstore.exceptions import AlreadyExistsError

    try:
        store.put(number, name.encode(), mode="create")
    except AlreadyExistsError:  # the same rows of the same second have the same name
        return _named(store, number) == name
    return True


def download(store: "ObjectStore", file: str, path: Path) -> None:
    """Write a file of the store; `path` is new, and only its owner can read it."""
    path.touch(mode=0o600)
    with path.open("wb") as target:
        for chunk in store.get(file).stream():
            target.write(chunk)
