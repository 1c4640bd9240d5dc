"""Compare what must be fast with the simplest thing a user would write: `make bench`.

Both sides run in turns on the same inputs, each in a process of its own, and their processor
seconds are compared: machines are noisy, and seconds on the clock more than the rest. Shows what is
measured as it comes, and writes the tables of docs/performance.md. A part that fails costs no other
one its numbers.
"""

import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench import history, tables
from tests.bench.archive import compare_replay
from tests.bench.floor import compare_build, compare_report, compare_run, sampled
from tests.bench.history import Growth
from tests.bench.pairs import Pair, Side, alone, say
from tests.bench.routing import compare_routing
from tests.bench.starting import compare_starts
from tests.bench.usage import compare_usage

PARTS: tuple[Callable[[Path], Iterator[Pair]], ...] = (
    compare_build,
    compare_run,
    compare_replay,
    compare_report,
    compare_routing,
    compare_starts,
    compare_usage,
)


class Bench:
    """What was measured so far on a home with the published sample, and which parts failed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.pairs: list[Pair] = []
        self.built: dict[int, Side] = {}
        self.grown: list[Growth] = []
        self.failed: list[str] = []

    def compare(self, part: Callable[[Path], Iterator[Pair]]) -> None:
        """Measure the pairs of a part."""
        start = time.perf_counter()
        try:
            for pair in part(self.home):
                say(tables.line(pair))
                self.pairs.append(pair)
        except Exception:
            self._fail(part.__name__)
        say(f"({part.__name__}: {time.perf_counter() - start:.0f} s)")

    def build(self, weeks: int) -> None:
        """Build a history of so many weeks."""
        try:
            self.built[weeks] = history.built(self.home / "lake", self.home / f"{weeks}", weeks)
        except Exception:
            self._fail(f"a build of {weeks} weeks")

    def grow(self, weeks: int, build: Side) -> None:
        """Run the newest week of a history that was built."""
        try:
            self.grown.append(history.growth(self.home / f"{weeks}", weeks, build))
        except Exception:
            self._fail(f"a run over {weeks} weeks")

    def _fail(self, part: str) -> None:
        traceback.print_exc()
        self.failed.append(part)


def main() -> int:
    """Measure everything and write it down; return 1 if a limit is broken or a part failed."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        alone(sampled, folder)
        # The turns of a pair are both beside a build; runs are compared with each other, and alone.
        with ThreadPoolExecutor(1) as pool:
            pool.map(bench.build, history.WEEKS)
            for part in PARTS:
                bench.compare(part)
        for weeks, build in sorted(bench.built.items()):
            bench.grow(weeks, build)
    minutes = (time.perf_counter() - start) / 60
    text = tables.written(bench.pairs, sorted(bench.grown), bench.failed, minutes)
    tables.write(text)
    print(text)  # noqa: T201
    found = tables.broken(bench.pairs, sorted(bench.grown))
    for one in found:
        print(f"over its limit: {one}")  # noqa: T201
    return int(bool(found or bench.failed))


if __name__ == "__main__":
    sys.exit(main())
