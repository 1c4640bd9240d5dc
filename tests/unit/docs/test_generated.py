"""What is generated from the code is current, and every command and option is documented."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools import asset_graph, cli_page


@pytest.mark.parametrize(
    ("path", "content"),
    [(cli_page.PAGE, cli_page.page), (asset_graph.PAGE, asset_graph.page)],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_the_generated_file_is_current(path: Path, content: Callable[[], str]) -> None:
    assert path.read_text() == content(), "run `make docs`, and look at what has changed"


def test_every_command_and_option_has_a_help_text() -> None:
    described = [
        f"{name} {parameter.name}"
        for name, command in cli_page.commands()
        for parameter in command.params
        if not getattr(parameter, "help", "")
    ]
    assert described == []
    assert all(command.help for _, command in cli_page.commands())
    assert len(list(cli_page.commands())) > 15
