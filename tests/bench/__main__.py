"""Compare what must be fast with the simplest thing a user would write: `make bench`.

Both sides run in turns on the same inputs, and their processor seconds are compared: machines are
noisy, and seconds on the clock more than the rest. Writes the table of docs/performance.md.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from pipelines.models import build, definition, publish
from pipelines.report import page
from tests.bench import history, tables
from tests.bench.archive import compare_replay
from tests.bench.floor import sampled, typed
from tests.bench.pairs import Pair, Side, in_turns, median
from tests.bench.routing import time_routing
from tests.bench.usage import compare_usage


def compare_build(home: Path) -> Pair:
    """Build the sample with the runner and with plain SQL."""
    models = definition.load()

    def runner() -> None:
        publish.discard(build.build(home, models)[0])

    runner()  # draws once, for both
    ours, theirs = in_turns({"runner": runner, "typed": lambda: typed(home, models)})
    return Pair("SQL build of the sample", "the statements typed", ours, theirs, 1.3)


def compare_run(home: Path) -> Pair:
    """Run everything but requests on the sample, and the least that this needs."""
    sides: dict[str, list[Side]] = {"run": [], "floor": []}
    floor = "import sys\nfrom tests.bench.floor import main\nmain()"
    for _ in range(2):
        for name, program, words in (
            ("run", history.RUN, [f"{home}", "run"]),
            ("floor", floor, [f"{home}"]),
        ):
            start = time.perf_counter()
            cost = history.measured(program, *words)
            sides[name].append(Side(cost.seconds, time.perf_counter() - start))
    ours, theirs = map(median, sides.values())
    return Pair("a whole run", "its SQL, Parquet and page alone", ours, theirs, 2.5)


def time_report(home: Path) -> float:
    """Return the processor seconds of the weekly report in all languages, the best of 3."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        page.write(home)
        seconds.append(time.process_time() - start)
    return min(seconds)


def main() -> int:
    """Measure everything and write it down; return 1 if any limit is broken."""
    home = Path(tempfile.mkdtemp())
    sampled(home)
    pairs = [compare_build(home), compare_run(home), *compare_replay()]
    report = time_report(home)
    is_routed = time_routing(home / "warehouse.duckdb")
    is_usage_fast = compare_usage()
    grown = history.grow(home / "lake", home)
    shutil.rmtree(home)
    text = tables.written(pairs, grown, report)
    tables.write(text)
    print(text)  # noqa: T201
    found = tables.broken(pairs, grown, report) + ([] if is_routed else ["seconds of the routing"])
    found += [] if is_usage_fast else ["seconds or memory of own usage"]
    for one in found:
        print(f"over its limit: {one}")  # noqa: T201
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
