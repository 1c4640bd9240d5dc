"""The command line: one module for each command, under the command's name."""

import sys

# Each module adds its command to the application, in this order.
from pipelines.cli import (  # noqa: F401
    accept,
    audit,
    backfill,
    backtest,
    backup,
    calibrate,
    canary,
    check_reference,
    drill,
    evaluate,
    explain,
    export,
    fetch,
    forecast,
    init,
    lint_config,
    mcp,
    model,
    plan,
    prices,
    probe,
    query,
    replay,
    report,
    reprice,
    restore,
    retract,
    routes,
    run,
    runbook,
    service,
    share,
    status,
    top,
    ui,
    unaccept,
    usage,
    usage_add,
    usage_focus,
    usage_forget,
    verify,
)
from pipelines.cli.app import app
from pipelines.errors import RefusalError
from pipelines.text import escaped

INTERRUPTED = 130

EXTRAS = {
    "drill": ("litellm",),
    "mcp": ("mcp",),
    "server": ("dagster_postgres", "psycopg2"),
    "report": ("altair", "apprise", "jinja2", "polars", "vl_convert"),
    "pipeline": ("dagster", "httpx", "numpy", "pyarrow", "sqlalchemy", "sqlglot", "stamina"),
}
"""What the commands that do more than read need, by the extra that installs it."""

LONGEST_LINE = 300
"""Characters of an unexpected error's message; its file has all of it."""


def main() -> None:
    """Run the command; a refusal is one line on stderr and exit code 1."""
    try:
        app()
    except RefusalError as error:
        sys.stderr.write(escaped(f"tokenhouse: {error}\n"))
        sys.exit(1)
    except (KeyboardInterrupt, SystemExit) as end:  # Typer makes the second of the first
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:
            raise
        sys.stderr.write(
            "\ntokenhouse: interrupted; what was fetched is stored: run the command again\n"
        )
        sys.exit(INTERRUPTED)
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
        sys.stderr.write(escaped(f"tokenhouse: {_unexpected(error)}\n"))
        sys.exit(1)


def _extra(error: ModuleNotFoundError) -> str | None:
    """Return the extra that installs a missing module; None if none does."""
    name = f"{error.name}".partition(".")[0]
    return next((extra for extra, modules in EXTRAS.items() if name in modules), None)


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
