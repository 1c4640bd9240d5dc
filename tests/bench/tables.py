"""What a bench measured as tables in docs/performance.md, and which limits are broken."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipelines.home.files import write_atomically
from pipelines.settings import ROOT
from tests.bench.archive import MEMORY_LIMIT
from tests.bench.history import BUILD_MEMORY_LIMIT, GROWTH_LIMIT, MEMORY_LIMITS, Growth, exponent
from tests.bench.pairs import Pair

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- written by {} -->", "<!-- until here -->"

REPORT_LIMIT = 3.0
"""Processor seconds."""


def write(text: str, by: str = "make bench") -> None:
    """Put the tables in the place on the page that is kept for this target."""
    begin = BEGIN.format(by)
    before, _, rest = PAGE.read_text().partition(begin)
    after = rest.partition(END)[2]
    write_atomically(PAGE, f"{before}{begin}\n\n{text}\n\n{END}{after}".encode())


def machine() -> str:
    """Return this machine in a few words."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    name = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{name or platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
    )


def written(pairs: Sequence[Pair], grown: Sequence[Growth], report: float) -> str:
    """Return what was measured, as two tables in Markdown."""
    return "\n".join(
        [
            f"One run of `make bench`: {machine()}.",
            "",
            "| what | against | processor seconds | theirs | ratio | limit | on the clock |",
            "|---|---|--:|--:|--:|--:|--:|",
            *map(_line, pairs),
            "",
            f"The weekly report in all languages takes {report:.2f} processor seconds "
            f"(limit {REPORT_LIMIT}).",
            "",
            "| weeks | a build that draws all | memory | the weekly run | memory | written | "
            "record | files of the home |",
            "|--:|--:|--:|--:|--:|--:|--:|--:|",
            *(
                f"| {one.weeks} | {one.build.seconds:.1f} s | {one.build.memory:.0f} MB "
                f"| {one.run.seconds:.1f} s | {one.run.memory:.0f} MB | {one.run.written:.0f} MB "
                f"| {one.record:.1f} MB | {one.files} |"
                for one in grown
            ),
            "",
            "The weekly run grows with the number of weeks to the power of "
            f"{exponent(grown):.2f}: over {grown[-1].weeks} weeks it costs {_growth(grown):.2f} "
            f"times what it costs over {grown[0].weeks} (limit {GROWTH_LIMIT}). Limits of memory: "
            f"{BUILD_MEMORY_LIMIT} MB for a build, "
            + " and ".join(f"{most} over {weeks} weeks" for weeks, most in MEMORY_LIMITS.items())
            + " for a run.",
        ]
    )


def _line(pair: Pair) -> str:
    ours, theirs = pair.ours, pair.theirs
    return (
        f"| {pair.what} | {pair.against} | {ours.seconds:.2f} | {theirs.seconds:.2f} "
        f"| {pair.ratio:.2f} | {pair.limit} | {ours.clock:.1f} s, {theirs.clock:.1f} s |"
    )


def _growth(grown: Sequence[Growth]) -> float:
    return grown[-1].run.seconds / grown[0].run.seconds


def broken(pairs: Sequence[Pair], grown: Sequence[Growth], report: float) -> list[str]:
    """Return the limits that are not met."""
    found = [
        f"{one.what}: {one.ratio:.2f} times {one.against}" for one in pairs if one.ratio > one.limit
    ]
    if any(f"(over {MEMORY_LIMIT})" in one.what for one in pairs):
        found.append("memory of the replay")
    if report > REPORT_LIMIT:
        found.append("seconds of the report")
    if _growth(grown) > GROWTH_LIMIT:
        found.append("growth of the weekly run")
    for one in grown:
        if one.run.memory > MEMORY_LIMITS.get(one.weeks, one.run.memory):
            found.append(f"memory of a run over {one.weeks} weeks")
        if one.build.memory > BUILD_MEMORY_LIMIT:
            found.append(f"memory of a build over {one.weeks} weeks")
    return found
