"""The command line: one module for each command, under the command's name."""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from pipelines.cli.app import app
from pipelines.cli.overview import GROUPS
from pipelines.errors import RefusalError
from pipelines.text import escaped

COMMANDS = [name for entries in GROUPS.values() for name in entries]

MODULES = (
    *(name.replace("-", "_") for name in COMMANDS),
    "usage_add",
    "usage_focus",
    "usage_forget",
)
"""Each adds its command to the application when it is imported."""

INTERRUPTED = 130

QUERY_INTERRUPTED = "Query interrupted"
"""All that DuckDB says of Ctrl-C during a statement, as a RuntimeError."""

FETCHING = ("run", "fetch", "backfill")
"""Commands that store each response of the source before they ask for the next."""

COMPLETING = "_TOKENHOUSE_COMPLETE"
"""Set where a shell asks how a line may go on: the line is in the environment too."""

EXTRAS = {
    "drill": ("litellm",),
    "mcp": ("mcp",),
    "server": ("dagster_postgres", "psycopg2"),
    "report": ("apprise", "jinja2", "polars", "vl_convert"),
    "pipeline": (
        *("dagster", "httpx", "numpy", "polars", "pyarrow", "pydantic"),
        *("sqlalchemy", "sqlglot", "stamina"),
    ),
}
"""What the commands that do more than read need, by the extra that installs it."""

BLAS_THREADS = "OPENBLAS_NUM_THREADS"
"""NumPy starts threads when it is imported, which takes half as long as a query: one is enough, and
adds floating-point numbers in the same order on every machine."""

OBJECTS_BETWEEN_SEARCHES = 100_000
"""What imports make stays: searching it for garbage after every 700 objects, as Python does, is a
twentieth of a short command."""

LONGEST_LINE = 300
"""Characters of an unexpected error's message; its file has all of it."""


def main() -> None:
    """Run the command; a refusal is one line on stderr and exit code 1."""
    os.environ.setdefault(BLAS_THREADS, "1")
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES)
    try:
        load(COMMANDS if COMPLETING in os.environ else sys.argv[1:2])
        app()
    except RefusalError as error:
        sys.stderr.write(escaped(f"tokenhouse: {error}\n"))
        sys.exit(1)
    except (KeyboardInterrupt, SystemExit) as end:  # Typer makes the second of the first
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        _end_interrupted()
    except ModuleNotFoundError as error:
        extra = _extra(error)
        if extra is None:
            raise
        sys.stderr.write(
            f"tokenhouse: this command needs more than reading does: install tokenhouse[{extra}]\n"
        )
        sys.exit(1)
    except Exception as error:  # a full disk under Dagster's record, say
        if sys.flags.dev_mode:
            raise
        if f"{error}" == QUERY_INTERRUPTED:
            _end_interrupted()
        sys.stderr.write(escaped(f"tokenhouse: {_unexpected(error)}\n"))
        sys.exit(1)


def _end_interrupted() -> NoReturn:
    stored = "; what was fetched is stored: run the command again"
    sys.stderr.write(
        f"\ntokenhouse: interrupted{stored if {*sys.argv[1:2]} & {*FETCHING} else ''}\n"
    )
    sys.exit(INTERRUPTED)


def load(words: Sequence[str] = COMMANDS) -> None:
    """Import the modules of the commands that these words may name: all of them for another word.

    Importing takes longer than some commands do; the help of all commands needs none of them.
    """
    named = [word for word in words if not word.startswith("-")]
    wanted = named if {*named} <= {*COMMANDS} else COMMANDS
    for module in MODULES:
        if module.replace("_", "-") in wanted or module.partition("_")[0] in wanted:
            import_module(f"pipelines.cli.{module}")


def _extra(error: ModuleNotFoundError) -> str | None:
    """Return the extra that installs a missing module; None if none does.

    The report needs some of what only the whole pipeline brings to the other commands.
    """
    name = f"{error.name}".partition(".")[0]
    found = [extra for extra, modules in EXTRAS.items() if name in modules]
    if len(found) > 1 and "report" in sys.argv[1:2]:
        return "report"
    return found[-1] if found else None


def _unexpected(error: Exception) -> str:
    """Return an unexpected error in one line that names the file with its stack; no key is in it.

    Without settings nobody knows the keys or the home, and where the home cannot be written there
    is no file: then only the kind of the error, or its line, is printed.
    """
    import traceback

    from pipelines.home import error_log
    from pipelines.settings import settings
    from pipelines.sources import redaction

    try:
        home, secret = settings().tokenhouse_home, redaction.pattern(settings().secrets)
    except RefusalError:
        return f"{type(error).__name__} (python -X dev shows where)"
    message = redaction.masked(" ".join(f"{type(error).__name__}: {error}".split()), secret)
    line = message[:LONGEST_LINE]
    try:
        stack = redaction.masked("".join(traceback.format_exception(error)), secret)
        return f"{line} (details in {error_log.write(home, escaped(stack))})"
    except RefusalError:
        return f"{line} (python -X dev shows where)"
