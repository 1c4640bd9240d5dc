"""Accept findings that block publication."""

from typing import Annotated

import typer

from pipelines.cli import console
from pipelines.cli.app import Json, app, reason
from pipelines.errors import RefusalError
from pipelines.settings import settings


@app.command()
def accept(
    names: Annotated[
        list[str], typer.Argument(metavar="NAME …", help="Findings that `tokenhouse status` lists.")
    ],
    why: Annotated[str, typer.Option(help="Why it is right to publish in spite of them.")],
    json: Json = False,
) -> None:
    """Accept findings that block publication; once none is left, publish without any request."""
    from pipelines.home.lock import writing
    from pipelines.lake import acceptances

    given = reason(why)
    home, chosen = settings().tokenhouse_home, dict.fromkeys(names)
    with writing(home):
        found = {one["name"]: one for one in acceptances.findings(home)}
        unknown = [name for name in chosen if name not in found]
        if unknown:
            listed = ", ".join(found) or "none until `tokenhouse run` finds one"
            raise RefusalError(f"no such finding: {', '.join(unknown)}; there are: {listed}")
        for name in chosen:
            acceptances.accept(settings().lake, name, found[name]["size"], given)
        left = [one["name"] for one in acceptances.findings(home) if not one["is_accepted"]]
        if not left:
            from pipelines.cli import jobs

            with console.progress("publish", jobs.step_count(0)) as on_step:
                jobs.rebuild(home, on_step)
    if json:
        console.as_json({"accepted": list(chosen), "left": left, "published": not left})
    else:
        then = f"still blocking publication: {', '.join(left)}" if left else "published"
        console.line(f"accepted {', '.join(chosen)}; {then}")
