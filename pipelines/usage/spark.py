"""One fold on a cluster: `python -m pipelines.usage.spark`, with the job on stdin.

The only output is, on a failure, its kind: a message of the cluster may quote what it read.
"""

import json
import sys
from pathlib import Path

RETRIES = 4
"""Four seconds; by default a client tries for ten minutes to reach an engine that has died."""


def main() -> int:
    """Run the job; return 1 and print the kind of failure if it fails."""
    job = json.load(sys.stdin)
    try:
        from pyspark.sql import SparkSession
        from pyspark.sql.connect.client.retries import DefaultPolicy

        session = SparkSession.builder.remote(job["url"]).getOrCreate()
        session.client.set_retry_policies([DefaultPolicy(max_retries=RETRIES)])
        session.conf.set("spark.sql.session.timeZone", "UTC")
        session.read.parquet(job["file"]).createOrReplaceTempView(job["view"])
        # Refused where the folder exists: what is there is never overwritten.
        rows = session.sql(job["sql"])
        rows.write.parquet(job["folder"])
        # An engine may write no file where there are no rows; a bucket is the same for both.
        is_seen = (
            "://" in job["folder"] or any(Path(job["folder"]).glob("*.parquet")) or rows.isEmpty()
        )
        session.stop()
    except ModuleNotFoundError:
        sys.stdout.write("pyspark-client is not installed\n")
        return 1
    except Exception as error:
        sys.stdout.write(f"{type(error).__name__}\n")
        return 1
    if not is_seen:
        sys.stdout.write("its files are not seen here: both need the same disk\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
