"""What is generated from the code is current, and every command and option is documented."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tools import asset_graph, cli_page, estimate_page


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (cli_page.PAGE, cli_page.page),
        (asset_graph.PAGE, asset_graph.page),
        pytest.param(estimate_page.PAGE, estimate_page.page, marks=pytest.mark.accept),
    ],
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


@pytest.mark.accept
def test_bands_of_token_mixes_are_not_too_narrow() -> None:
    """By no single week's tokens either; those of 2025 hold too few of the authors."""
    for tokens in estimate_page.tokens_by_week().values():
        found = list(estimate_page.trials(tokens))
        for method in estimate_page.METHODS:
            held = [one.is_held for one in found if one.method == method]
            assert len(held) >= estimate_page.FEW
            assert estimate_page.verdict(sum(held), len(held)) != "too narrow"
            is_guess = method in ("author_prior", "unclassified")
            assert not is_guess or 0.75 <= sum(held) / len(held) <= 0.95
    assert estimate_page.verdict(38, 54) == "too narrow"
    assert estimate_page.verdict(10, 19) == "too few"
    assert estimate_page.interval(8, 10) == pytest.approx((0.541, 0.931), abs=0.001)
