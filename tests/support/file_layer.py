"""A layer below a real process: its n-th call on a file of a folder fails, or kills it."""

import errno
import json
import os
import shutil
import subprocess
import sys
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
        self._forking: subprocess.Popen[str] | None = None

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
            env={**environment, **self._preloaded, **self._fault(root, at, error)},
            input=answers,
            capture_output=True,
            text=True,
            check=False,
        )

    def run_small(
        self, root: Path, environment: Mapping[str, str], at: int = NEVER, error: int = errno.EIO
    ) -> subprocess.CompletedProcess[str]:
        """Do the same with a small run, forked from a process that has imported what it needs."""
        if self._forking is None:
            self._forking = subprocess.Popen(
                [sys.executable, "-m", "tests.support.forked"],
                env={**os.environ, **self._preloaded},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._forking.stdin is not None
        assert self._forking.stdout is not None
        said = self._counted.with_name("said")
        given = {**environment, **self._fault(root, at, error)}
        asked = json.dumps({"environment": given, "said": f"{said}"})
        self._forking.stdin.write(f"{asked}\n")
        self._forking.stdin.flush()
        code = int(self._forking.stdout.readline())
        return subprocess.CompletedProcess("small run", code, "", said.read_text())

    def close(self) -> None:
        """End the process that small runs are forked from, if there is one."""
        if self._forking is not None:
            self._forking.communicate()
            self._forking = None

    @property
    def _preloaded(self) -> dict[str, str]:
        return {"LD_PRELOAD": f"{self._library}"}

    def _fault(self, root: Path, at: int, error: int) -> dict[str, str]:
        return {
            "FAULT_ROOT": f"{root}",
            "FAULT_AT": f"{at}",
            "FAULT_ERRNO": f"{error}",
            "FAULT_CALLS": f"{self._counted}",
        }
