"""What `tokenhouse --help` lists: the commands in groups, a line and an example for each."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from typer.core import TyperGroup

from pipelines.cli import formats


class Entry(NamedTuple):
    """A line of at most 45 characters, and the arguments of an example."""

    line: str
    example: str


GROUPS = {
    "Explore": {
        "top": Entry("the most used models or vendors of a week", "top --by vendor"),
        "model": Entry("one model: weeks, prices, routes", "model deepseek-v4-flash"),
        "prices": Entry("changes of list prices", "prices --since 2026-07-01"),
        "query": Entry("one SQL statement, read-only", 'query "FROM marts.weekly_total"'),
        "mcp": Entry("the same for agents, read-only", "mcp --port 8765"),
        "audit": Entry("printed claims against the data", "audit claims.csv"),
        "usage": Entry("own usage next to the market", "usage add activity.csv"),
        "reprice": Entry("last month's tokens at other prices", "reprice --month 2026-07"),
    },
    "Route": {
        "routes": Entry("which model carries which workload", "routes"),
        "explain": Entry("why this route, why not that model", "explain batch_refactor"),
        "forecast": Entry("a week's bill of a workload", "forecast batch_refactor"),
        "evaluate": Entry("models worth evaluating; import of logs", "evaluate batch_refactor"),
        "backtest": Entry("what each choice would have cost", "backtest"),
        "calibrate": Entry("estimated against billed dollars", "calibrate"),
    },
    "Run": {
        "run": Entry("fetch, build, check, publish, export", "run --sample"),
        "plan": Entry("the requests of a live run, unsent", "plan"),
        "fetch": Entry("today's prices and the last closed days", "fetch"),
        "backfill": Entry("past weeks that the lake lacks", "backfill --from 2026-09-07"),
        "service": Entry("let this machine run it every week", "service install --print"),
        "ui": Entry("Dagster with its schedules", "ui"),
    },
    "Publish": {
        "share": Entry("marts and database for a web server", "share /srv/www/tokenhouse"),
        "report": Entry("the weekly page in each language", "report --week 2026-07-13"),
        "export": Entry("routes for the gateways", "export --check"),
        "lint-config": Entry("check a gateway's configuration", "lint-config config.yaml"),
        "drill": Entry("let exported models fail in LiteLLM", "drill batch_refactor"),
        "verify": Entry("ask OpenClaw what it has loaded", "verify openclaw"),
        "probe": Entry("what a gateway reports about itself", "probe openclaw.json"),
        "canary": Entry("one workload first, judged by its usage", "canary batch_refactor"),
        "runbook": Entry("the operator's page of the week", "runbook"),
    },
    "Check": {
        "status": Entry("what is published, and what is stale", "status --verify"),
        "doctor": Entry("what this home and machine lack", "doctor"),
        "check-reference": Entry("your tables, and what they lack", "check-reference"),
        "init": Entry("templates of the tables that you edit", "init"),
        "accept": Entry("findings that block publication", 'accept NAME --why "…"'),
        "unaccept": Entry("take an acceptance back", 'unaccept NAME --why "…"'),
        "retract": Entry("take a vintage back", 'retract FILE --why "…"'),
        "replay": Entry("rebuild everything from raw responses", "replay"),
        "backup": Entry("the home in one file", "backup tokenhouse.tar"),
        "restore": Entry("a home from a backup", "restore tokenhouse.tar"),
    },
}


def _commands(group: TyperGroup) -> Iterator[Any]:
    """Yield all commands of a group, those of its own groups too."""
    for command in group.commands.values():
        yield command
        if isinstance(command, TyperGroup):
            yield from _commands(command)


class Overview(TyperGroup):
    """The application's group: its help lists commands by what people want to do."""

    def __init__(self, **options: Any) -> None:
        """Add `--format` to every command that has `--json`."""
        super().__init__(**options)
        for command in _commands(self):
            named = {name for option in command.params for name in option.opts}
            if "--json" in named and "--format" not in named:
                command.params.append(formats.option())

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each group of commands with its lines."""
        for title, entries in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name, one.line) for name, one in entries.items()])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, with its example at the end of its help."""
        command = super().get_command(ctx, cmd_name)
        for entries in GROUPS.values():
            if command and cmd_name in entries:
                command.epilog = f"Example: tokenhouse {entries[cmd_name].example}"
        return command
