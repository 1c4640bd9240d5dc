"""Two sides that do the same in turns, by processor seconds: a busy clock says less.

What counts is the least of some turns: noise only adds to them.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

TURNS = 2
TURNS_OF_A_SECOND = 6
"""What takes a second or less is repeated more often."""

ENVIRONMENT = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
"""Python keeps what it compiles, as it does wherever nobody forbids it."""

WITHOUT_PANDAS = """
import sys
class Absent:
    def find_spec(self, name, *_):
        if name == "pandas":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
"""
"""The runtime has no pandas. Development tools bring it, and pyarrow imports what it finds."""

ALONE = """
import importlib, time
do = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])(*sys.argv[3:])
begun, start = time.process_time(), time.perf_counter()
do()
print(time.process_time() - begun, time.perf_counter() - start)
"""


class Side(NamedTuple):
    """What one side of a pair took, in processor seconds and on the clock.

    `memory` is the most megabytes that its process held; a part of this process has none.
    """

    seconds: float
    clock: float
    memory: float = 0


class Pair(NamedTuple):
    """Two sides that ran in turns, and the most that ours may cost of theirs, and hold."""

    what: str
    against: str
    ours: Side
    theirs: Side
    limit: float
    memory_limit: float | None = None

    @property
    def ratio(self) -> float:
        """Ours over theirs, in processor seconds."""
        return self.ours.seconds / self.theirs.seconds

    @property
    def broken(self) -> list[str]:
        """The limits that are not met."""
        found = []
        if self.ratio > self.limit:
            found.append(f"{self.what}: {self.ratio:.2f} times {self.against}")
        if self.memory_limit and self.ours.memory > self.memory_limit:
            found.append(f"{self.what}: {self.ours.memory:.0f} MB")
        return found


def in_turns(sides: Mapping[str, Callable[[], Side]], turns: int = TURNS) -> list[Side]:
    """Run the sides in turns; return the least of each."""
    taken: dict[str, list[Side]] = {name: [] for name in sides}
    for _ in range(turns):
        for name, work in sides.items():
            taken[name].append(work())
            say(f"  {name}: {taken[name][-1].seconds:.2f} s")
    return [least(one) for one in taken.values()]


def least(taken: Iterable[Side]) -> Side:
    """Return the least seconds of several turns, and the most memory."""
    seconds, clock, memory = zip(*taken, strict=True)
    return Side(min(seconds), min(clock), max(memory))


def spend(*command: str, **environment: str) -> tuple[Side, str]:
    """Run a command; return what it took with the processes it waited for, and what it printed.

    Raises RuntimeError if it fails.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**ENVIRONMENT, **environment}
    ) as run:
        printed = run.stdout.read() if run.stdout else ""
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise RuntimeError(f"{Path(command[0]).name} failed, of {command[-1][-80:]}")
    clock = time.perf_counter() - start
    return Side(used.ru_utime + used.ru_stime, clock, used.ru_maxrss / 1024), printed


def program(text: str, *arguments: object, **environment: str) -> tuple[Side, str]:
    """Run a Python program as `spend` does, without pandas, which the runtime does not have."""
    command = (sys.executable, "-c", WITHOUT_PANDAS + text, *map(str, arguments))
    return spend(*command, **environment)


def work(text: str, *arguments: object, **environment: str) -> Side:
    """Run a program that prints its seconds, those of the processor first: its start is no part."""
    side, printed = program(text, *arguments, **environment)
    seconds, clock = map(float, printed.split())
    return Side(seconds, clock, side.memory)


def alone(prepare: Callable[..., Callable[[], object]], *arguments: object) -> Side:
    """Do what a function of texts returns, in a process of its own: preparing does not count.

    This process stays small so: its memory would count as that of those it starts.
    """
    return work(ALONE, prepare.__module__, prepare.__name__, *arguments)


def say(text: str) -> None:
    """Show how far the bench is."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201
