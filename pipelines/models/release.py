"""One release: build the models, check them, and replace the published database if all is well."""

from collections.abc import Sequence
from pathlib import Path

from pipelines.errors import RefusalError
from pipelines.home import paths, refusals
from pipelines.lake import decisions, inventory, scrub
from pipelines.models import build, publish
from pipelines.models.checks import CheckResult
from pipelines.models.definition import Model
from pipelines.usage import shared


def release(
    home: Path, models: Sequence[Model], only_checks: bool = False
) -> tuple[list[CheckResult], RefusalError | None]:
    """Build, check and publish; return the results of all checks, and why it was not published.

    With `only_checks` nothing is replaced. Raises RefusalError if nothing could be built. Whatever
    prevents the publication is recorded for `status`.
    """
    with refusals.recording(home):
        shared.pull(home)
        inventory.settle(home)
        scrub.check(paths.lake(home))
        built, results = build.build(home, models)
        findings = publish.open_findings(built)
        refusal = publish.decide(results, findings)
        if refusal:
            publish.discard(built)
            refusals.record(home, refusal, findings=findings)
        elif only_checks:
            publish.discard(built)
        else:
            inventory.log_published(paths.lake(home), built)
            publish.publish(built, paths.database(home))
            decisions.write(paths.lake(home), paths.database(home))
            refusals.clear(home)
    return results, refusal
