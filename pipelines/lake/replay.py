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
from pipelines.lake import raw
from pipelines.lake.vintages import Vintage, list_all_vintages, write_vintage
from pipelines.settings import Settings
from pipelines.sources.datasets import DATASETS

Made = tuple[set[Path], list[str]]
"""The vintages made from some responses, and why others made none."""


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
    paths = list(raw.files(settings.lake))
    with writing(settings.tokenhouse_home):
        made, refused = _write_in_two_processes(settings.lake, paths)
    orphans = [
        one
        for one in list_all_vintages(settings.lake)
        if one.path not in made and not _was_made_again(one, made)
    ]
    return Replay(len(paths), sorted(refused), orphans)


def _was_made_again(vintage: Vintage, made: set[Path]) -> bool:
    """Whether a vintage lacks a column that was added since, and its response now makes another."""
    again = any(
        path.parent == vintage.path.parent and path.name[:16] == vintage.path.name[:16]
        for path in made
    )
    return again and pq.read_schema(vintage.path) != DATASETS[vintage.table].schema


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


def _write(lake_folder: Path, paths: Iterable[Path]) -> Made:
    """Write the vintages of some responses; a crash may lose them, and a replay restores them."""
    made, refused = set[Path](), list[str]()
    for path in paths:
        response = raw.read(path)
        table = response.request.table
        try:
            if table not in DATASETS:
                raise RefusalError(f"this version knows no table {table}")
            snapshot = DATASETS[table].read(response)
        except RefusalError as error:
            refused.append(f"{path.name}: {error}")
            continue
        made.add(write_vintage(lake_folder, table, snapshot, durable=False).path)
    return made, refused
