"""Write the operator's page for the week."""

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.settings import settings


@app.command()
def runbook(json: Json = False) -> None:
    """Write the week's page for the gateway's operator, with what a program has seen ticked."""
    from dataclasses import asdict

    from pipelines.runbook import contents, page
    from pipelines.words import runbook as words
    from pipelines.words.language import english

    found = contents.read(settings())
    written = page.write(settings().tokenhouse_home, found)
    if json:
        console.as_json({**asdict(found), "files": written})
    else:
        console.line(words.page(english(), found))
