"""Third-party scores of a catalogue, in files of their own that only the home's user can read."""

from datetime import datetime
from pathlib import Path

from pipelines.arrow import arrow_schema
from pipelines.home.files import write_atomically
from pipelines.lake.vintages import PLAIN, Vintage, parquet_bytes
from pipelines.sources.contracts.scores import ModelScores, read_scores
from pipelines.sources.response import Response

TABLE = "model_scores"

SCHEMA = arrow_schema(ModelScores)


def store(lake: Path, response: Response) -> None:
    """Write the scores of a catalogue's response next to its vintage, if it has any."""
    scores = read_scores(response) if response.request.table == "models" else None
    if scores is None:
        return
    path = lake / TABLE / _name(scores.as_of)
    content = parquet_bytes(scores.rows, scores.as_of, scores.is_exact, PLAIN)
    write_atomically(path, content, private=True)


def vintages(lake: Path, catalogues: list[Vintage]) -> list[Vintage]:
    """Return the files with the scores of these catalogues; one that was retracted has none."""
    instants = sorted({one.as_of for one in catalogues})
    found = (Vintage(lake, f"{TABLE}/{_name(one)}") for one in instants)
    return [one for one in found if one.path.exists()]


def _name(instant: datetime) -> str:
    return f"{instant:%Y%m%dT%H%M%SZ}.parquet"
