"""Start small runs by forking a process that has imported everything: most of their time is that.

A line of JSON on stdin has the environment of a run; its exit code is the answer, a line too.
"""

import json
import os
import sys
from pathlib import Path

from tests.support import small_run


def main() -> None:
    """Run, one after the other, what is asked for; end with the one that asks."""
    for line in sys.stdin:
        asked = json.loads(line)
        process = os.fork()
        if not process:
            os.environ.update(asked["environment"])
            sys.stdin.close()
            said = Path(asked["said"]).open("w")  # noqa: SIM115 until the process ends
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            small_run.run()
            return
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
