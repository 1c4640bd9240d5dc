"""The weekly report and the notification as assets, after everything they report is published."""

from contextlib import closing

import dagster as dg

from pipelines.gateways import watch
from pipelines.home import sharing
from pipelines.orchestration.export_assets import MANIFEST_KEY, MARTS
from pipelines.orchestration.refused import in_one_line
from pipelines.report import notification, vega
from pipelines.runbook import contents as runbook_contents
from pipelines.runbook import page as runbook_page
from pipelines.settings import settings


@dg.asset(key=["report", "page"], deps=MARTS, group_name="report", kinds={"html"})
@in_one_line
def report() -> dg.MaterializeResult[None]:
    """The week in one page per language: self-contained, without script and without network."""
    from pipelines.report import page  # what makes pages is no part of the memory of a build

    home = settings().tokenhouse_home
    with closing(vega):  # nothing more is drawn: the memory is free for the exports
        written = page.write(home)
    sharing.share(home, settings().shared)
    listed = "\n".join(f"- `{path.relative_to(home)}`" for path in written)
    size = max(path.stat().st_size for path in written)
    return dg.MaterializeResult(
        metadata={"files": dg.MetadataValue.md(listed), "largest_bytes": size}
    )


@dg.asset(key=["report", "configurations"], deps=MARTS, group_name="report", kinds={"python"})
@in_one_line
def configurations() -> dg.MaterializeResult[None]:
    """Checks the gateways' configurations named in TOKENHOUSE_LINT_FILES; there may be none."""
    found = watch.found(settings().database, settings().lint_files)
    listed = "\n".join(f"- {line}" for line in found.values())
    return dg.MaterializeResult(
        metadata={"files": len(settings().lint_files), "findings": dg.MetadataValue.md(listed)}
    )


@dg.asset(
    key=["report", "runbook"],
    deps=[*MARTS, MANIFEST_KEY],
    group_name="report",
    kinds={"markdown"},
)
@in_one_line
def runbook() -> dg.MaterializeResult[None]:
    """The operator's week: what moved, what is ready, where the gateway runs, commands to run."""
    home = settings().tokenhouse_home
    written = runbook_page.write(home, runbook_contents.read(settings()))
    listed = "\n".join(f"- `{path.relative_to(home)}`" for path in written)
    return dg.MaterializeResult(metadata={"files": dg.MetadataValue.md(listed)})


@dg.asset(
    key=["report", "notification"],
    deps=[report, configurations, MANIFEST_KEY],
    group_name="report",
    kinds={"apprise"},
)
def notify(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Notifies NOTIFY_URLS of changed routes, new alerts and new findings in configurations.

    The log shows whether it did.
    """
    try:
        found = watch.found(settings().database, settings().lint_files)
        done = notification.notify(settings().tokenhouse_home, settings().notify_urls, found)
    except Exception as error:  # what is published stays published; the type repeats no address
        done = f"not sent: {type(error).__name__}"
    context.log.info(f"notification {done}")
    return dg.MaterializeResult(metadata={"notification": done})
