"""Write `docs/cli.md`: every command and option, from the help texts of the command line."""

from collections.abc import Iterator

import typer.main
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from pipelines import cli
from pipelines.cli.app import app
from pipelines.home.files import write_atomically
from pipelines.settings import ROOT

PAGE = ROOT / "docs" / "cli.md"

INTRODUCTION = """\
# Commands

Every command and option of `tokenhouse`, written by `make docs` from the help texts in
`pipelines/cli/`: change them there. `tokenhouse COMMAND --help` prints the same text.

Every command with `--json` has `--format table|csv|md|json`. CSV and Markdown contain the rows of
the first table of the answer, with the numbers and dates of the database; JSON contains all of it.
A JSON object has a `schema_version`, now 1: a version may get more fields, and none is renamed or
goes. Colours are left out in pipes and where `NO_COLOR` is set, and off a terminal lines are as
long as `COLUMNS` says, else 80. `tokenhouse --install-completion` completes commands in your shell.

Exit codes: 0 done, 1 refused or failed (one line on stderr says why), 2 wrong usage.
"""


def page() -> str:
    """Return the page; it depends on the command line alone."""
    lines = [line for name, command in commands() for line in _section(name, command)]
    return "\n".join([INTRODUCTION, *lines])


def commands() -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    """Yield the name and the command of each, by name; a group of commands before its own."""
    cli.load()
    group = typer.main.get_command(app)
    if isinstance(group, TyperGroup):
        yield from _commands_of(group)


def _commands_of(
    group: TyperGroup, prefix: str = ""
) -> Iterator[tuple[str, TyperCommand | TyperGroup]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, TyperCommand | TyperGroup):
            yield f"{prefix}{name}", command
        if isinstance(command, TyperGroup):
            yield from _commands_of(command, f"{prefix}{name} ")


def _section(name: str, command: TyperCommand | TyperGroup) -> Iterator[str]:
    shown = [one for one in command.params if isinstance(one, TyperArgument | TyperOption)]
    usage = " ".join(filter(None, (_usage(one) for one in shown)))
    yield f"## {name}\n"
    yield f"{command.help}\n"
    yield f"```\ntokenhouse {f'{name} {usage}'.strip()}\n```\n"
    if shown:
        yield "| argument or option | meaning | default |"
        yield "|---|---|---|"
        for one in shown:
            meaning = (one.help or "").replace("|", "/")
            yield f"| `{_names(one)}` | {meaning} | {_default(one)} |"
        yield ""


def _usage(parameter: TyperArgument | TyperOption) -> str:
    text = _names(parameter)
    return text if parameter.required else f"[{text}]"


def _names(parameter: TyperArgument | TyperOption) -> str:
    if isinstance(parameter, TyperArgument):
        return parameter.metavar or f"{parameter.name}".upper()
    names = ", ".join([*parameter.opts, *parameter.secondary_opts])
    return names if parameter.is_flag else f"{names} {parameter.metavar or _kind(parameter)}"


def _kind(option: TyperOption) -> str:
    is_number = option.type_descriptor.annotation in (int, float)
    return "NUMBER" if is_number else "TEXT"


def _default(parameter: TyperArgument | TyperOption) -> str:
    if parameter.required:
        return "required"
    is_unset = parameter.default is None or isinstance(parameter.default, bool)
    return "" if is_unset else f"{parameter.default}"


if __name__ == "__main__":
    write_atomically(PAGE, page().encode())
