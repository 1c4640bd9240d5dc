"""Write the weekly report."""

from pipelines.cli import console
from pipelines.cli.app import Json, Week, app
from pipelines.settings import settings


@app.command()
def report(week: Week = None, json: Json = False) -> None:
    """Write the weekly report, one page per language; by default of the newest week."""
    from pipelines.report import page

    written = page.write(settings().tokenhouse_home, week)
    if json:
        console.as_json({"written": [f"{path}" for path in written]})
    else:
        for path in written:
            console.line(f"written: {path}")
