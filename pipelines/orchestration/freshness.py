"""Dagster's check that the newest closed week is published; `tokenhouse status` has its own.

Dagster's own freshness policies look at when an asset was last made, not at which partition: an old
week that is ingested today would turn them green.
"""

from datetime import UTC, datetime

import dagster as dg

from pipelines.home import refusals
from pipelines.queries.published import published_week, reading
from pipelines.report.notification import send
from pipelines.settings import settings
from pipelines.weeks import last_closed_week, weeks_behind


def freshness(now: datetime) -> dg.AssetCheckResult:
    """Return whether the newest published week is the newest that is closed at `now`."""
    with reading(settings().database) as connection:
        newest = published_week(connection, None)["week"]
    closed = last_closed_week(now)
    behind = weeks_behind(newest, closed)
    refused = [
        one
        for one in refusals.read_all(settings().tokenhouse_home)
        if one["cause"] != refusals.EXPORTS
    ]
    description = f"The newest published week is {newest}, the newest closed one {closed}"
    if behind:
        description += f": {behind} {'week' if behind == 1 else 'weeks'} behind"
    for one in refused:
        description += f"; publication is refused since {one['since']}: {one['message']}"
    return dg.AssetCheckResult(
        passed=not behind and not refused,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{description}.",
        metadata={"weeks_behind": behind, "newest_week": f"{newest}", "closed_week": f"{closed}"},
    )


@dg.asset_check(asset=["marts", "weekly_total"])
def newest_closed_week_is_published() -> dg.AssetCheckResult:
    """The newest week that may be closed, by the clock, is in the published database.

    Where it is not, NOTIFY_URLS are notified.
    """
    result = freshness(datetime.now(UTC))
    addresses = settings().notify_urls
    if result.passed or not addresses:
        return result
    done = "sent" if send(addresses, "Tokenhouse", f"{result.description}") else "not sent"
    return result._replace(
        metadata={**result.metadata, "notification": dg.MetadataValue.text(done)}
    )
