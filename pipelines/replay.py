"""Make the lake's Parquet again from the raw answers alone, offline and bit for bit."""

from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from pipelines import lake, raw
from pipelines.errors import RefusalError
from pipelines.lock import writing
from pipelines.settings import Settings
from pipelines.sources.tables import TABLES


def replay(settings: Settings) -> tuple[int, list[lake.Vintage]]:
    """Write the vintage of every raw answer.

    Returns how many answers were read, and the vintages that none of them makes.
    """
    paths = list(raw.paths(settings.lake))
    with writing(settings.tokenhouse_home):
        made = _write_in_two_processes(settings.lake, paths)
    held = [one for table in TABLES for one in lake.vintages(settings.lake, table)]
    return len(paths), [one for one in held if one.path not in made]


def _write_in_two_processes(lake_folder: Path, paths: list[Path]) -> set[Path]:
    """Write the vintages, half of them in a fork: threads would wait for each other's parsing.

    A fork shares what is loaded, so that the second process costs a third of the first's memory.
    """
    fork = get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=_write_and_tell, args=(lake_folder, paths[1::2], receiver, sender))
    child.start()
    sender.close()
    try:
        made = _write(lake_folder, paths[::2])
        told = receiver.recv()
    except EOFError:
        raise RefusalError("half of the replay was killed: run `tokenhouse replay` again") from None
    finally:
        child.terminate()
        child.join()
        receiver.close()
    if isinstance(told, RefusalError):
        raise told
    return {*made, *told}


def _write_and_tell(
    lake_folder: Path, paths: list[Path], receiver: Connection, sender: Connection
) -> None:
    receiver.close()  # a send must fail, not wait, once the other process is dead
    told: list[Path] | RefusalError
    try:
        told = _write(lake_folder, paths)
    except RefusalError as error:
        told = error
    with suppress(BrokenPipeError):
        sender.send(told)


def _write(lake_folder: Path, paths: list[Path]) -> list[Path]:
    """Write the vintages of some answers; not durably: what a crash takes can be replayed again."""
    made = []
    for path in paths:
        answer = raw.read(path)
        table = answer.request.table
        snapshot = TABLES[table].read(answer)
        made.append(lake.write(lake_folder, table, snapshot, durable=False).path)
    return made
