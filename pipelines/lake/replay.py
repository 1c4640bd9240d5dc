"""Rebuild the lake's Parquet from the raw responses alone, offline and bit for bit."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.errors import RefusalError
from pipelines.home.lock import writing
from pipelines.lake import log, present, raw, scores
from pipelines.lake.vintages import Vintage, list_all_vintages, log_responses, write_file
from pipelines.settings import Settings
from pipelines.sources.datasets import DATASETS

Made = tuple[dict[Path, Vintage | None], list[str]]
"""The vintage made from each of some responses, and why others made none."""


@dataclass(frozen=True)
class Replay:
    """How many responses were read, which were refused, and which vintages no response makes."""

    responses: int
    refused: list[str]
    orphans: list[Vintage]


def replay(settings: Settings) -> Replay:
    """Write the vintage of every raw response.

    A response that its contract refuses makes none, as when it arrived. Raises RefusalError for a
    damaged one.
    """
    lake = settings.lake
    paths = list(raw.files(lake))
    with writing(settings.tokenhouse_home):
        known = set(list_all_vintages(lake))
        made, refused = _write_in_two_processes(lake, paths)
        vintages = {one for one in made.values() if one}
        log_responses(lake, made)
        others = [one for one in list_all_vintages(lake) if one not in vintages]
        replaced = [one for one in others if _is_replaced(one, vintages - known)]
        log.append_all(lake, ({"do": "replace", "vintage": one.file} for one in replaced))
    orphans = [one for one in others if one not in replaced]
    return Replay(len(paths), sorted(refused), orphans)


def finish(lake: Path) -> None:
    """Write and log the vintage of every stored response that a crash kept out of the log."""
    logged = log.read(lake).responses
    missing = [lake / one for one in present.responses(lake) if one not in logged]
    if missing:
        made, _ = _write(lake, missing, durable=True)
        log_responses(lake, made)


def _is_replaced(vintage: Vintage, new: set[Vintage]) -> bool:
    """Whether a vintage lacks a column that was added since, and its response now makes another.

    One that is not there is replaced by any new one of its table and instant.
    """
    again = any((one.table, one.as_of) == (vintage.table, vintage.as_of) for one in new)
    return again and (
        not vintage.path.exists() or pq.read_schema(vintage.path) != DATASETS[vintage.table].schema
    )


def _write_in_two_processes(lake_folder: Path, paths: list[Path]) -> Made:
    """Write the vintages, half of them in a fork: threads would wait for each other's parsing.

    A fork shares the loaded modules, so the second process costs a third of the first's memory.
    """
    fork = get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=_write_and_send, args=(lake_folder, paths[1::2], receiver, sender))
    child.start()
    sender.close()
    try:
        made, refused = _write(lake_folder, paths[::2])
        received = receiver.recv()
    except EOFError:
        raise RefusalError("half of the replay was killed: run `tokenhouse replay` again") from None
    finally:
        child.terminate()
        child.join()
        receiver.close()
    if isinstance(received, RefusalError):
        raise received
    return made | received[0], refused + received[1]


def _write_and_send(
    lake_folder: Path, paths: list[Path], receiver: Connection, sender: Connection
) -> None:
    receiver.close()  # a send must fail, not wait, once the other process is dead
    other = os.getppid()
    result: Made | RefusalError
    try:
        # The home stays locked while a fork of the writer lives: it must not outlive the writer.
        result = _write(lake_folder, takewhile(lambda _: os.getppid() == other, paths))
    except RefusalError as error:
        result = error
    except Exception as error:  # the other process raises it as its own, in one line
        result = RefusalError(f"{type(error).__name__}: {error}")
    with suppress(BrokenPipeError):
        sender.send(result)


def _write(lake_folder: Path, paths: Iterable[Path], durable: bool = False) -> Made:
    """Write the vintages of some responses; without `durable` a crash may lose them."""
    made, refused = dict[Path, Vintage | None](), list[str]()
    for path in paths:
        response = raw.read(path)
        table = response.request.table
        try:
            if table not in DATASETS:
                raise RefusalError(f"this version knows no table {table}")
            snapshot = DATASETS[table].read(response)
        except RefusalError as error:
            refused.append(f"{path.name}: {error}")
            made[path] = None
            continue
        made[path] = write_file(lake_folder, table, snapshot, durable)
        scores.store(lake_folder, response)
    return made, refused
