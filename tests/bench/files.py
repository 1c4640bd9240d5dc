"""What a lake of 55,000 files costs: `python -m tests.bench.files` (ten minutes).

In life a lake gains about 105 files a week. Here each response of a history of ten years is in 53
parts, a file for each, against the same rows in one file: both homes publish the same.
"""

import os
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

from pipelines.lake import log
from tests.bench import history, tables
from tests.bench.floor import sampled
from tests.bench.pairs import TURNS_OF_A_SECOND, Side, alone, in_turns, program, say

WEEKS = 520
PARTS = (1, 53)

TURNS_OF_A_RUN = 4
"""Runs of the same home differ by more than what is looked for: the least of several says it."""

STATUS = """
import os
os.environ["TOKENHOUSE_HOME"], sys.argv = sys.argv[1], ["tokenhouse", "status"]
from pipelines.cli import main
main()
"""


def published(sample: Path, home: Path, weeks: int, parts: int) -> Side:
    """Make a home whose newest week waits to be run; return what building the others cost."""
    newest = history.filled(sample, home, weeks, parts)
    build, _ = program(history.RUN, home, "build")
    log.append_all(home / "lake", newest)
    return build


def run(home: Path) -> Side:
    """Run the newest week in a copy of a home, which stays."""
    shutil.rmtree(ran(home), ignore_errors=True)
    shutil.copytree(home, ran(home))
    os.sync()  # or the disk would still write the copy while its run is measured
    return program(history.RUN, ran(home), "run")[0]


def status(home: Path) -> Side:
    """Ask for the status of the copy."""
    return program(STATUS, ran(home))[0]


def ran(home: Path) -> Path:
    """Return where the copy of a home is."""
    return home.with_name(f"{home.name}-run")


def measured(folder: Path, weeks: int) -> list[str]:
    """Measure a history in few files and in many; return the lines of the table."""
    homes = [folder / f"{weeks * parts * 2}" for parts in PARTS]
    builds = []
    for home, parts in zip(homes, PARTS, strict=True):
        builds.append(published(folder / "lake", home, weeks, parts))
        say(f"a build over {home.name} files: {builds[-1].seconds:.1f} s")
    found = {"a build that draws all": builds}
    for what, turns in ((run, TURNS_OF_A_RUN), (status, TURNS_OF_A_SECOND)):
        sides = {home.name: partial(what, home) for home in homes}
        found[f"`{what.__name__}`"] = in_turns(sides, turns)
        say(f"{what.__name__}: {found[f'`{what.__name__}`']}")
    return [
        f"| {what} | {few.seconds:.2f} s | {many.seconds:.2f} s "
        f"| {many.seconds - few.seconds:+.2f} s | {few.memory:.0f} MB | {many.memory:.0f} MB |"
        for what, (few, many) in found.items()
    ]


def main(weeks: int = WEEKS) -> None:
    """Measure both, and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        alone(sampled, folder)
        lines = measured(Path(folder), weeks)
    few, many = (weeks * parts * 2 for parts in PARTS)
    text = "\n".join(
        [
            f"One run of `python -m tests.bench.files`: {tables.machine()}. Processor seconds.",
            "",
            f"| {weeks} weeks | {few:,} files | {many:,} files | more | memory | memory |",
            "|---|--:|--:|--:|--:|--:|",
            *lines,
        ]
    )
    tables.write(text, "python -m tests.bench.files")
    print(text)  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
