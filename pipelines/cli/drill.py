"""Let the exported models fail, one at a time, in the real LiteLLM Router."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError
from pipelines.settings import settings

if TYPE_CHECKING:
    from pipelines.drill.losses import Losses
    from pipelines.drill.router import Outcome


@app.command()
def drill(
    workload: Annotated[
        str | None, typer.Argument(metavar="[WORKLOAD]", help="Default: every exported one.")
    ] = None,
    json: Json = False,
) -> None:
    """Let the exported models fail in the real LiteLLM Router, on this machine alone.

    Exits with 1 if a failure that LiteLLM can notice leaves a workload without an answer.
    """
    from pipelines.drill import losses, router
    from pipelines.exports import gate, routing_reader

    document = gate.passed(routing_reader.read(settings().database))
    routes = [one for one in document.open_routes if workload in (None, one.workload)]
    if not routes:
        known = ", ".join(one.workload for one in document.open_routes) or "none"
        raise RefusalError(f"{workload or 'no workload'} is not exported; exported: {known}")
    outcomes = router.run(document, routes)
    lost = [losses.of(route) for route in routes]
    if json:
        console.as_json({"run_id": document.run_id, "outcomes": outcomes, "losses": lost})
    else:
        _show(outcomes, lost)
    if any(one["verdict"] == "fail" for one in outcomes):
        raise typer.Exit(1)


def _show(outcomes: "list[Outcome]", lost: "list[Losses]") -> None:
    from pipelines.words.language import english

    console.table(
        "What LiteLLM does when the primary fails",
        ["workload", "failure", "verdict", ">seconds", "answered by"],
        [
            [
                one["workload"],
                english().name("fault", one["fault"]),
                one["verdict"],
                f"{one['seconds']:.2f}",
                one["answered_by"] or "–",
            ]
            for one in outcomes
        ],
    )
    console.table(
        "What the chain loses",
        ["workload", "one vendor", "one bloc", "one provider", "longest prompt", ">cost"],
        [
            [
                one["workload"],
                *(
                    {True: "survives", False: "does not survive", None: "not known"}[is_kept]
                    for is_kept in (
                        one["survives_vendor"],
                        one["survives_bloc"],
                        one["survives_provider"],
                    )
                ),
                {True: "fits", False: "does not fit", None: "–"}[one["holds_longest_prompt"]],
                console.plain(one["cost_ratio"] and f"{one['cost_ratio']:.2f}×"),
            ]
            for one in lost
        ],
        "longest prompt, cost: of the first fallback, the cost compared with the primary's",
    )
