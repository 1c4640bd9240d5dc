"""The weekly report and the notification as assets, after everything they report is published."""

import dagster as dg

from pipelines.orchestration.export_assets import MANIFEST_KEY, MARTS
from pipelines.report import notification, page
from pipelines.settings import settings


@dg.asset(key=["report", "page"], deps=MARTS, group_name="report", kinds={"html"})
def report() -> dg.MaterializeResult[None]:
    """The week in one page per language: self-contained, without script and without network."""
    home = settings().tokenhouse_home
    written = page.write(home)
    listed = "\n".join(f"- `{path.relative_to(home)}`" for path in written)
    size = max(path.stat().st_size for path in written)
    return dg.MaterializeResult(
        metadata={"files": dg.MetadataValue.md(listed), "largest_bytes": size}
    )


@dg.asset(
    key=["report", "notification"],
    deps=[report, MANIFEST_KEY],
    group_name="report",
    kinds={"apprise"},
)
def notify(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Notifies NOTIFY_URLS when routes change or an alert fires; the log shows whether it did."""
    try:
        done = notification.notify(settings().tokenhouse_home, settings().notify_urls)
    except Exception as error:  # what is published stays published; the type repeats no address
        done = f"not sent: {type(error).__name__}"
    context.log.info(f"notification {done}")
    return dg.MaterializeResult(metadata={"notification": done})
