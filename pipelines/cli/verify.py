"""Ask the gateway on this machine whether it has loaded what was exported."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import ExportFolder, Json, app, export_folder
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.probes.program import Verified

GATEWAYS = ("openclaw",)


@app.command()
def verify(
    gateway: Annotated[
        str, typer.Argument(metavar="GATEWAY", help=f"One of {', '.join(GATEWAYS)}.")
    ],
    to: ExportFolder = None,
    json: Json = False,
) -> None:
    """Ask your own gateway, agent by agent, whether it resolves to what was exported.

    Runs `openclaw models status` for each agent and changes nothing. Exits with 1 unless chain,
    allow-list and secrets of every agent are known to be right.
    """
    from pipelines.exports import delivered
    from pipelines.probes import names, program
    from pipelines.queries.published import reading

    if gateway not in GATEWAYS:
        raise typer.BadParameter(f"GATEWAY is one of {', '.join(GATEWAYS)}")
    folder = export_folder(to)
    document = delivered.document(folder)
    with console.progress("verify", len(document.targets)) as on_step:
        found = []
        for one in program.verify(document):
            found.append(one)
            on_step(one.comparison.workload)
    if json:
        console.as_json(
            {
                "folder": folder,
                "run_id": document.run_id,
                "agents": [{**asdict(one), "is_passed": one.is_passed} for one in found],
            }
        )
    else:
        with reading(settings().database) as connection:
            _show(found, names.known(connection))
    if not all(one.is_passed for one in found):
        raise typer.Exit(1)


def _show(found: "list[Verified]", known: dict[str, str]) -> None:
    from pipelines.words import probes as words
    from pipelines.words.language import english

    language = english()
    console.table(
        "What openclaw has resolved",
        ["agent", "chain", "allow-list", "secrets"],
        [
            [
                one.comparison.workload,
                language.say(f"probe.unasked.{one.unasked}")
                if one.unasked
                else words.comparison(language, one.comparison, known),
                words.result(language, one.allowed),
                words.result(language, one.secrets),
            ]
            for one in found
        ],
        language.say("probe.not_asked"),
    )
