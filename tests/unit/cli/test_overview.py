"""The help: every command is in one group, with a short line and an example that it accepts."""

import shlex
from typing import Any

import pytest
import typer.main
from typer.core import TyperGroup

from pipelines import cli
from pipelines.cli.app import app
from pipelines.cli.overview import GROUPS
from tools.cli_page import commands

cli.load()

ENTRIES = [(name, one) for entries in GROUPS.values() for name, one in entries.items()]


def test_every_command_is_in_one_group() -> None:
    listed = [name for name, _ in ENTRIES]
    assert len(listed) == len(set(listed))
    assert {name for name, _ in commands() if " " not in name} == set(listed)


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=[name for name, _ in ENTRIES])
def test_lines_are_short_and_examples_are_accepted(name: str, entry: Any) -> None:
    assert len(entry.line) <= 45
    first, *arguments = shlex.split(entry.example)
    assert first == name
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    command: Any = group.get_command(group.make_context("tokenhouse", [name]), name)
    command.make_context(name, arguments)
    assert command.epilog == f"Example: tokenhouse {entry.example}"
