"""Let the exported models fail, one at a time, in the real LiteLLM Router."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.drill.card import Card


@app.command()
def drill(
    workload: Annotated[
        str | None, typer.Argument(metavar="[WORKLOAD]", help="Default: every exported one.")
    ] = None,
    local: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Instead: try every model of a server of your own."),
    ] = None,
    json: Json = False,
) -> None:
    """Let the exported models fail in the real LiteLLM Router, on this machine alone.

    A drill of every workload is stored as the card of the published run. Exits with 1 if a failure
    that LiteLLM can notice leaves a workload without an answer.
    """
    if local:
        _smoke(local, json)
        return
    from pipelines.drill import card
    from pipelines.exports import gate, routing_reader

    document = gate.passed(routing_reader.read(settings().database))
    routes = [one for one in document.open_routes if workload in (None, one.workload)]
    if not routes:
        known = ", ".join(one.workload for one in document.open_routes) or "none"
        raise RefusalError(f"{workload or 'no workload'} is not exported; exported: {known}")
    made = card.make(document, routes)
    if workload is None:
        card.store(settings().tokenhouse_home, made)
    if json:
        console.as_json(made)
    else:
        _show(made)
    if card.failures(made):
        raise typer.Exit(1)


def _smoke(url: str, json: bool) -> None:
    """Try the models of a server; exit with 1 if one does not answer."""
    from dataclasses import asdict

    from pipelines.drill.local import smoke

    tried = smoke(url)
    if json:
        console.as_json({"url": url, "models": [asdict(one) for one in tried]})
    else:
        console.table(
            f"Models at {url}",
            ["model", "answers", "calls a tool", ">seconds"],
            [
                [
                    one.model,
                    "yes" if one.answered else "no",
                    "yes" if one.called_tool else "no",
                    f"{one.seconds:.2f}",
                ]
                for one in tried
            ],
        )
    if not all(one.answered for one in tried):
        raise typer.Exit(1)


def _show(made: "Card") -> None:
    from pipelines.words import drill as words
    from pipelines.words.language import english

    known = {(one["workload"], one["fault"]): one for one in made["openclaw"]}
    console.table(
        "What gateways do when the primary fails",
        ["workload", "failure", "LiteLLM", ">seconds", "answered by", "OpenClaw"],
        [
            [
                one["workload"],
                english().name("fault", one["fault"]),
                english().name("drilled", one["verdict"]),
                f"{one['seconds']:.2f}",
                one["answered_by"] or "–",
                words.handling(english(), known[one["workload"], one["fault"]]),
            ]
            for one in made["outcomes"]
        ],
        "LiteLLM was drilled. Of OpenClaw it is what was measured with 2026.9.6, "
        "and where OpenRouter moves on, what its documentation says.",
    )
    console.table(
        "What the chain loses",
        ["workload", "one vendor", "one bloc", "one provider", "longest prompt", ">cost"],
        [[one["workload"], *words.losses(english(), one)] for one in made["losses"]],
        "longest prompt, cost: of the first fallback, the cost compared with the primary's",
    )
