"""Rebuild the lake from the raw responses."""

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.settings import settings


@app.command()
def replay(json: Json = False) -> None:
    """Rebuild the lake's Parquet from the raw responses, offline, then the database."""
    from pipelines.lake import replay

    done = replay.replay(settings())
    orphans = [f"{one.path}" for one in done.orphans]
    if json:
        console.as_json(
            {
                "responses": done.responses,
                "refused": done.refused,
                "without_raw_response": orphans,
            }
        )
    else:
        lines = [
            f"{console.counted(done.responses, 'response')} replayed",
            *(f"refused: {line}" for line in done.refused),
            *(f"no raw response makes {path}" for path in orphans),
        ]
        for line in lines:
            console.line(line)
    if len(done.refused) == done.responses:
        what = (
            "every response in it is refused"
            if done.responses
            else "it is empty: run `tokenhouse run`"
        )
        raise RefusalError(f"{paths.raw(settings().lake)} makes no Parquet: {what}")
    from pipelines.cli import jobs

    jobs.rebuild(settings().tokenhouse_home)
