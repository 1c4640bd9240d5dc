"""What a bench measured as tables in docs/performance.md, and which limits are broken."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipelines.home.files import write_atomically
from pipelines.settings import ROOT
from tests.bench.history import BUILD_MEMORY_LIMIT, GROWTH_LIMIT, MEMORY_LIMITS, Growth, exponent
from tests.bench.pairs import Pair

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- written by {} -->", "<!-- until here -->"


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


def of_pairs(pairs: Sequence[Pair]) -> str:
    """Return pairs as a table."""
    head = "| what | against | processor seconds | theirs | ratio | limit | memory | on the clock |"
    return "\n".join([head, "|---|---|--:|--:|--:|--:|--:|--:|", *map(line, pairs)])


def line(pair: Pair) -> str:
    """Return a pair as a line of the table."""
    ours, theirs = pair.ours, pair.theirs
    memory = f"{ours.memory:.0f} MB (limit {pair.memory_limit})" if pair.memory_limit else ""
    return (
        f"| {pair.what} | {pair.against} | {ours.seconds:.2f} | {theirs.seconds:.2f} "
        f"| {pair.ratio:.2f} | {pair.limit} | {memory} "
        f"| {ours.clock:.1f} s, {theirs.clock:.1f} s |"
    )


def of_growth(grown: Sequence[Growth]) -> str:
    """Return what histories cost as a table, and how the weekly run grows."""
    rows = (
        f"| {one.weeks} | {one.build.seconds:.1f} s | {one.build.memory:.0f} MB "
        f"| {one.run.seconds:.1f} s | {one.run.memory:.0f} MB | {one.written:.0f} MB "
        f"| {one.record:.1f} MB | {one.files} |"
        for one in grown
    )
    limits = " and ".join(f"{most} over {weeks} weeks" for weeks, most in MEMORY_LIMITS.items())
    return "\n".join(
        [
            "| weeks | a build that draws all | memory | the weekly run | memory | written | "
            "record | files of the home |",
            "|--:|--:|--:|--:|--:|--:|--:|--:|",
            *rows,
            "",
            f"The weekly run grows with the number of weeks to the power of {exponent(grown):.2f}: "
            f"over {grown[-1].weeks} weeks it costs {_growth(grown):.2f} times what it costs over "
            f"{grown[0].weeks} (limit {GROWTH_LIMIT}). Limits of memory: {BUILD_MEMORY_LIMIT} MB "
            f"for a build, {limits} for a run; what draws the page's charts is a process of "
            "its own, which is not in them.",
        ]
    )


def written(
    pairs: Sequence[Pair], grown: Sequence[Growth], failed: Sequence[str], minutes: float
) -> str:
    """Return what was measured, as two tables in Markdown, and what could not be."""
    parts = [
        f"One run of `make bench`, {minutes:.1f} minutes: {machine()}.",
        of_pairs(pairs),
        of_growth(grown) if len(grown) > 1 else "",
        f"Failed: {', '.join(failed)}." if failed else "",
    ]
    return "\n\n".join(filter(None, parts))


def _growth(grown: Sequence[Growth]) -> float:
    return grown[-1].run.seconds / grown[0].run.seconds


def broken(pairs: Sequence[Pair], grown: Sequence[Growth]) -> list[str]:
    """Return the limits that are not met."""
    found = [limit for pair in pairs for limit in pair.broken]
    if grown and _growth(grown) > GROWTH_LIMIT:
        found.append("growth of the weekly run")
    for one in grown:
        if one.run.memory > MEMORY_LIMITS.get(one.weeks, one.run.memory):
            found.append(f"memory of a run over {one.weeks} weeks")
        if one.build.memory > BUILD_MEMORY_LIMIT:
            found.append(f"memory of a build over {one.weeks} weeks")
    return found
