"""The one place where a chart is drawn: by a process of its own.

The library keeps 100 MB until its process ends, and aborts the whole process on some texts.
"""

import atexit
import json
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from typing import Any

from pipelines.text import NOT_XML, is_printable

LIBRARY = "vl_convert"

if find_spec(LIBRARY) is None:  # said now, and not by the first chart of a run
    raise ModuleNotFoundError(f"No module named {LIBRARY!r}", name=LIBRARY)


def to_svg(specification: dict[str, Any]) -> str:
    """Return a Vega-Lite chart as SVG; ValueError if it cannot be drawn.

    A text that no SVG may contain is refused here, because the library would end its process. That
    process draws all charts until `close` ends it.
    """
    if not is_printable(specification, NOT_XML):
        raise ValueError("a text has unprintable characters")
    try:
        answer = _answer(json.dumps(specification).encode())
    except OSError:
        answer = b""
    except BaseException:
        close()  # its answer would be read as that of the next chart
        raise
    try:
        drawn, error = json.loads(answer)
    except ValueError:  # nothing, a part of an answer, or what else was printed
        close()
        problem = "the process that draws charts could not start, or ended on this one"
        raise ValueError(problem) from None
    if error:
        raise ValueError(error)
    return f"{drawn}"


def _answer(chart: bytes) -> bytes:
    """Return the line that the process answers, empty if it ends instead."""
    process = _process()
    assert process.stdin is not None  # noqa: S101 both are pipes
    assert process.stdout is not None  # noqa: S101
    process.stdin.write(chart + b"\n")
    process.stdin.flush()
    return process.stdout.readline()


@cache
def _process() -> subprocess.Popen[bytes]:
    # In a session of its own: Ctrl-C reaches only the process that asks.
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@atexit.register
def close() -> None:
    """End the process that draws, if there is one, for its memory; another chart starts another."""
    if _process.cache_info().currsize:
        with suppress(BrokenPipeError), _process():  # its pipes are closed, which ends it
            pass
        _process.cache_clear()


def main() -> None:
    """Answer each chart on stdin with its SVG, or with why it cannot be drawn."""
    import vl_convert

    for line in sys.stdin.buffer:
        try:
            answer = [vl_convert.vegalite_to_svg(json.loads(line)), None]
        except ValueError as error:
            answer = [None, f"{error}"]
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
