"""The command line: one module for each command, under the command's name."""

import sys

# Each module adds its command to the application, in this order.
from pipelines.cli import (  # noqa: F401
    accept,
    audit,
    backfill,
    backtest,
    check_reference,
    explain,
    export,
    forecast,
    plan,
    query,
    replay,
    report,
    routes,
    run,
    status,
    top,
    ui,
)
from pipelines.cli.app import app
from pipelines.errors import RefusalError

INTERRUPTED = 130


def main() -> None:
    """Run the command; a refusal is one line on stderr and exit code 1."""
    try:
        app()
    except RefusalError as error:
        sys.stderr.write(f"tokenhouse: {error}\n")
        sys.exit(1)
    except (KeyboardInterrupt, SystemExit) as end:  # Typer makes the second of the first
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        sys.stderr.write("\ntokenhouse: interrupted; what was taken is kept: run it again\n")
        sys.exit(INTERRUPTED)
    except Exception as error:  # a full disk under Dagster's record, say: one line, not its stack
        if sys.flags.dev_mode:
            raise
        line = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        sys.stderr.write(f"tokenhouse: {line} (python -X dev shows where)\n")
        sys.exit(1)
