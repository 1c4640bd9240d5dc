"""A terminal of a given width, and what a command prints in it.

`python -m tests.support.terminals` writes anew what a run shows in a home that it has published.
"""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

BAR = "━"
"""Progress is drawn with it, and has times in it."""

WIDTHS = (80, 120)


def written(command: Sequence[str | Path], width: int, environment: Mapping[str, str]) -> str:
    """Return what a command writes to a terminal; CalledProcessError if it fails."""
    near, far = pty.openpty()
    fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    running = subprocess.Popen(
        [*command],
        stdin=far,
        stdout=far,
        stderr=far,
        env={**inherited, "TERM": "xterm", **environment},
    )
    os.close(far)
    output = b"".join(_chunks(near))
    os.close(near)
    if running.wait():
        raise subprocess.CalledProcessError(running.returncode, [*command], output)
    return output.decode().replace("\r\n", "\n")


def printed(command: Sequence[str | Path], width: int, environment: Mapping[str, str]) -> str:
    """Return the lines that a terminal shows in the end, without progress and colours."""
    output = written(command, width, {"NO_COLOR": "1", **environment})
    lines = CONTROL.sub("", output).split("\n")
    return "\n".join(line for line in (one.split("\r")[-1] for one in lines) if BAR not in line)


def _chunks(terminal: int) -> Iterator[bytes]:
    """Yield what is written to a terminal until the last program has closed it."""
    while True:
        try:
            yield os.read(terminal, 65536)
        except OSError:
            return


def run_shown(width: int) -> Path:
    """Return the file with what `tokenhouse run` shows in a terminal of this width."""
    return Path(__file__).with_name(f"run-{width}.txt")


def run_in(home: Path, width: int) -> str:
    """Run it in a home, and return what it shows; the home's name is HOME."""
    command: list[str | Path] = [Path(sys.executable).with_name("tokenhouse"), "run"]
    environment = {"TOKENHOUSE_HOME": f"{home}", "OPENROUTER_API_KEY": ""}
    return printed(command, width, environment).replace(f"{home}", "HOME")


if __name__ == "__main__":
    for columns in WIDTHS:
        run_shown(columns).write_text(run_in(Path(os.environ["TOKENHOUSE_HOME"]), columns))
