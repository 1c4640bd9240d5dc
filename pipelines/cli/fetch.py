"""Fetch what dates price changes and restatements."""

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError
from pipelines.settings import settings


@app.command()
def fetch(json: Json = False) -> None:
    """Fetch the catalogue and the last seven closed days, for the next run to publish."""
    from pipelines.lake import ingest

    chosen = settings()
    if not chosen.is_live():
        raise RefusalError("OPENROUTER_API_KEY is not set: the recorded sample has no newer days")
    with ingest.open_client(chosen, live=True) as client:
        vintages = ingest.ingest_last_days(chosen, client)
    answer = [{"table": one.table, "as_of": one.as_of, "file": one.path} for one in vintages]
    if json:
        console.as_json(answer)
        return
    for one in answer:
        console.line(f"{one['table']} as of {console.plain(one['as_of'])}: {one['file']}")
    console.line("`tokenhouse run` publishes them")
