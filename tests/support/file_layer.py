"""A layer below a real process: its n-th call on a file of a folder fails, or kills it."""

import errno
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

SOURCE = Path(__file__).with_name("file_errors.c")

IS_POSSIBLE = shutil.which("cc") is not None
"""Whether the layer can be compiled here."""

KILLED = 0
"""Instead of the number of an error: the process is killed before the call."""

NEVER = 0
"""Instead of the number of a call: the calls are only counted."""


class FileLayer:
    """The compiled layer; `calls` is how many calls the last process made that was not killed."""

    def __init__(self, scratch: Path) -> None:
        """Compile the layer in a folder of its own."""
        scratch.mkdir(parents=True, exist_ok=True)
        self._library, self._counted = scratch / "file_errors.so", scratch / "calls"
        options = ["-O1", "-shared", "-fPIC", "-o", f"{self._library}"]
        subprocess.run(["cc", *options, f"{SOURCE}", "-ldl"], check=True)

    @property
    def calls(self) -> int:
        return int(self._counted.read_text())

    def run(
        self,
        root: Path,
        program: Sequence[str],
        environment: Mapping[str, str],
        at: int = NEVER,
        error: int = errno.EIO,
        answers: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of which one call on a file below `root` fails; `answers` is its input."""
        return subprocess.run(
            program,
            env={
                **environment,
                "LD_PRELOAD": f"{self._library}",
                "FAULT_ROOT": f"{root}",
                "FAULT_AT": f"{at}",
                "FAULT_ERRNO": f"{error}",
                "FAULT_CALLS": f"{self._counted}",
            },
            input=answers,
            capture_output=True,
            text=True,
            check=False,
        )
