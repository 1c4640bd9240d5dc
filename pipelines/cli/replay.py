"""Make the lake again from the raw responses."""

from pipelines.cli import console
from pipelines.cli.app import Json, app
from pipelines.errors import RefusalError
from pipelines.home import paths
from pipelines.settings import settings


@app.command()
def replay(json: Json = False) -> None:
    """Make the lake's Parquet again from the raw answers, offline, and rebuild."""
    from pipelines.lake import replay

    done = replay.replay(settings())
    orphans = [f"{one.path}" for one in done.orphans]
    if json:
        console.as_json(
            {"answers": done.answers, "refused": done.refused, "without_raw_answer": orphans}
        )
    else:
        lines = [
            f"{console.counted(done.answers, 'answer')} replayed",
            *(f"refused: {line}" for line in done.refused),
            *(f"no raw answer makes {path}" for path in orphans),
        ]
        for line in lines:
            console.line(line)
    if len(done.refused) == done.answers:
        what = (
            "every answer in it is refused" if done.answers else "it is empty: run `tokenhouse run`"
        )
        raise RefusalError(f"{paths.raw(settings().lake)} makes no Parquet: {what}")
    from pipelines import run as runner

    runner.rebuild(settings().tokenhouse_home)
