"""What a run does with one week, small enough to be disturbed a hundred times: `python -m` this.

It ingests a week of the sample, builds, checks and publishes the gate with all that it reads, and
exports marts. What is left of a run is Dagster, routes and the report.
"""

import sys
from unittest.mock import patch

from pipelines.errors import RefusalError
from pipelines.exports import delivery, mart_files
from pipelines.home.database import connected
from pipelines.home.lock import writing
from pipelines.lake import decisions, ingest
from pipelines.models.release import release
from pipelines.settings import settings
from pipelines.weeks import parse_week
from tests.support.building import models_of

WEEK = parse_week("2026-07-13")
BUILT = "marts.publication_findings marts.weekly_total"


def main() -> None:
    """Run on the home that the settings name; RefusalError as any of the steps."""
    chosen, models = settings(), models_of(BUILT)
    with writing(chosen.tokenhouse_home), patch.object(decisions, "write"):
        with ingest.open_client(chosen, live=False) as client:
            for table in ingest.SAMPLED_TABLES:
                ingest.ingest_table(chosen, client, table, False, WEEK, WEEK)
        _, refusal = release(chosen.tokenhouse_home, models)
        if refusal:
            raise refusal
        with connected(chosen.database) as connection:
            ((run_id,),) = connection.sql("SELECT run_id FROM meta.build").fetchall()
        files = mart_files.render(models, chosen.database)
        delivery.deliver(chosen.exports, files, run_id, over_edits=True)


def run() -> None:
    """Do the same as a program: a refusal is one line on stderr and exit code 1."""
    try:
        main()
    except RefusalError as error:
        sys.exit(f"tokenhouse: {error}")


if __name__ == "__main__":
    run()
