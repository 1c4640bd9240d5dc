"""Check a gateway's configuration against the warehouse."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.settings import DATA_CLASSES, settings

if TYPE_CHECKING:
    from pipelines.gateways.lint import Checked


@app.command("lint-config")
def lint_config(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Of OpenClaw, LiteLLM or opencode; never changed."),
    ],
    data_class: Annotated[
        str, typer.Option(metavar="CLASS", help=f"What the models see: {', '.join(DATA_CLASSES)}.")
    ] = "public",
    context_share: Annotated[
        float, typer.Option(min=0, max=1, help="Context of a fallback below which it is weaker.")
    ] = 0.9,
    price_share: Annotated[
        float, typer.Option(min=0, max=1, help="Price at which a better model is worth a finding.")
    ] = 0.5,
    json: Json = False,
) -> None:
    """Check the configurations of gateways that you have; exit with 1 on errors."""
    from pipelines.gateways import lint
    from pipelines.queries.published import reading
    from pipelines.runbook import deployment
    from pipelines.words import gateways as words
    from pipelines.words.language import english

    if data_class not in DATA_CLASSES:
        raise typer.BadParameter(f"--data-class is one of {', '.join(DATA_CLASSES)}")
    place = deployment.of(settings(), datetime.now(UTC))
    with reading(settings().database) as connection:
        as_of, checked = lint.check(
            connection,
            files,
            data_class,
            lint.Thresholds(context_share, price_share),
            sleeps=place is not None and place.checks["never_sleeps"] is False,
        )
    if json:
        found = [_as_json(one) for one in checked]
        rows = [finding for one in found for finding in one["findings"]]
        console.as_json({"as_of": as_of, "files": found}, rows)
    else:
        for one in checked:
            for finding in one.findings:
                console.line(words.line(english(), finding, as_of))
            console.line("; ".join(words.summary(english(), one)))
        console.line(english().say("gateways.as_of", day=f"{as_of:%Y-%m-%d}"))
    if any(finding.severity == "error" for one in checked for finding in one.findings):
        raise typer.Exit(1)


def _as_json(checked: "Checked") -> dict[str, Any]:
    """Return what was found in one configuration; places are a file and a line."""
    findings = [
        {**asdict(one), "file": one.place.file, "line": one.place.line} for one in checked.findings
    ]
    for one in findings:
        del one["place"]
    return {**asdict(checked), "findings": findings}
