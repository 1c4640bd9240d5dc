"""What people read of own evaluations, in any language."""

from collections.abc import Iterator
from datetime import date

from pipelines.queries.evaluation import Change
from pipelines.queries.published import Row, Rows
from pipelines.words import routing
from pipelines.words.language import Language


def changes(language: Language, found: list[Change], week: date) -> Iterator[str]:
    """Yield what evaluations change in the routes of a week, and in the verdict on each model."""
    for change in found:
        before, after = _route(language, change.before), _route(language, change.after)
        yield language.say(
            f"evaluation.{'unchanged' if before == after else 'changed'}",
            workload=change.workload,
            week=week,
            route=after,
            before=before,
        )
        for model in change.models:
            is_now, was = (_verdict(language, model[when]) for when in ("after", "before"))
            yield language.say(
                f"evaluation.{'model' if is_now != was else 'model_unchanged'}",
                model=model["model_id"],
                now=is_now,
                before=was,
            )
        if any(_has_no_evidence(model["after"]) for model in change.models):
            yield language.say("evaluation.too_few", workload=change.workload)
    if found:
        yield language.say("evaluation.counts_from")


def _has_no_evidence(model: Row) -> bool:
    return bool(model["rejected_because"] == "no_quality_evidence")


def _route(language: Language, seats: Rows) -> str:
    """Return a route in a line: its models in the order of their places."""
    models = [
        language.say("evaluation.seat", model=one["model_id"], role=one["role"])
        for one in seats
        if one["model_id"]
    ]
    return " → ".join(models) or language.say("evaluation.no_route")


def _verdict(language: Language, model: Row | None) -> str:
    """Return a model's evidence and lower bound, or the rule that keeps it out."""
    if model is None:
        return language.say("evaluation.not_on_offer")
    if model["rejected_because"]:
        return routing.rule(language, model["rejected_because"])
    evidence = language.name("evidence", model["evidence"])
    if model["success_low"] is None:
        return language.say("evaluation.without_numbers", evidence=evidence)
    success = language.percent(model["success_low"])
    return language.say("evaluation.success", success=success, evidence=evidence)
