"""What the routing marts say, in words: the one place for commands, report and exports.

A code has its word in routing.yaml (`rule`, `blocked`, `decision`, `strategy`); sentences are made
here from rows of the marts, in any language. Nothing is decided here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.queries.explanation import Explanation, ModelVerdict
from pipelines.words.language import Language

Row = Mapping[str, Any]

LEAST = 0.001
"""A smaller difference between costs is not printed as a number: it would be 0.0%."""


NOT_ON_OFFER = "no_longer_listed"
"""The rule whose models are not counted as on offer."""


def workload(key: str) -> str:
    """Return a workload's key as a sentence has it, with blanks."""
    return key.replace("_", " ")


def rule(language: Language, code: str | None) -> str:
    """Return the words for the rule that keeps a model out."""
    return language.name("rule", code)


def blocked_because(language: Language, code: str | None) -> str:
    """Return why a route must not be used; empty if it may be."""
    return "" if code is None else language.name("blocked", code)


def blocked(language: Language, code: str) -> str:
    """Return that a route must not be used, and what follows for its pick."""
    return language.say("routing.certificate.blocked", reason=blocked_because(language, code))


def empty(language: Language, route: Row) -> str:
    """Return what keeps a workload without a model.

    `route` contains `why`; `quality_floor`, `last_rule`, `best_achievable` where they are known.
    """
    reason = _of_code(
        language,
        "empty",
        route["why"],
        floor=language.quality(route.get("quality_floor")),
        rule=rule(language, route.get("last_rule")),
    )
    best = route.get("best_achievable")
    if best is None:
        return reason
    return language.say("routing.empty.at_best", reason=reason, best=language.quality(best))


def why(language: Language, seat: Row) -> str:
    """Return why a model has its place: `seat` is a row of `marts.routing_table` with a model."""
    return " ".join(_why(language, seat))


def reason(language: Language, code: str, best_model_id: str | None) -> str:
    """Return the reason for a model without its figures: the first sentence of `why`."""
    return _of_code(language, "why", code, best=best_model_id)


def _why(language: Language, seat: Row) -> Iterator[str]:
    say = language.say
    yield reason(language, seat["why"], seat["best_model_id"])
    yield from _quality(language, seat)
    if seat["is_promotion"]:
        yield promotion(language, seat)
    yield say("routing.why.adopted", weeks=seat["weeks_adopted"], known=seat["weeks_known"])
    prices = "prices" if seat["prices_of_week"] else "prices_after"
    yield say(f"routing.why.{prices}", day=f"{seat['prices_as_of']:%Y-%m-%d}")
    if seat["latency_p99_seconds"] is None:
        yield say("routing.why.latency_unknown")
    yield say("routing.predicted")


def _quality(language: Language, seat: Row) -> Iterator[str]:
    """Yield what a model reaches alone, and a primary's route with its escalation."""
    say, floor = language.say, language.quality(seat["quality_floor"])
    alone = seat["success_low"] if seat["success_low"] is not None else seat["capability_low"]
    route = seat["route_success_low"]
    if seat["role"] == "primary" and route is not None and route != seat["success_low"]:
        yield say("routing.why.route_reaches", success=language.quality(route), floor=floor)
    if (seat.get("evidence") or "").startswith("inferred"):
        yield say("routing.why.inferred")
    if alone is None:
        return
    if seat["quality_floor"] is None or seat["role"] == "escalation":
        yield say("routing.why.alone", success=language.quality(alone))
    else:
        key = "degraded" if seat["is_degraded"] else "alone_of_floor"
        yield say(f"routing.why.{key}", success=language.quality(alone), floor=floor)


def promotion(language: Language, model: Row) -> str:
    """Return that a model's price has just fallen, and at which price it is compared."""
    return language.say(
        "routing.promotion",
        model=model["model_id"],
        cost=language.price(model["cost_per_task_usd"]),
        compared=language.price(model["compared_cost_usd"]),
    )


def history(language: Language, row: Row) -> str:
    """Return what was done with a route in a week: `row` is one of `marts.routing_history`."""
    cause = row["cause"] or "empty"
    if cause == "no_clear_saving" and row["weeks_beaten"]:
        cause = "no_clear_saving_yet"
    elif cause == "no_clear_saving" and not row["saving"]:
        cause = "no_saving"
    return _of_code(
        language,
        "history",
        cause,
        best=row["best_model_id"],
        previous=row["previous_model_id"],
        saving=language.percent(row["saving"]),
        rule=rule(language, row["broken_rule"]),
    )


def certificate(language: Language, explanation: Explanation) -> dict[str, str]:
    """Return why a route is what it is, in five lines by the code of each: `routing.line`.

    They are the pick, the runner-up, what would change the route, what was excluded, and what is
    unknown.
    """
    has_pick = explanation.certificate["model_id"] is not None
    sentences = {
        "pick": _picked(language, explanation) if has_pick else _empty(language, explanation),
        "runner_up": _runner_up(language, explanation),
        "change": _changes(language, explanation),
        "excluded": _excluded(language, explanation),
        "unknown": _unknown(language, explanation.certificate),
    }
    return {code: " ".join(found) for code, found in sentences.items()}


def _empty(language: Language, explanation: Explanation) -> Iterator[str]:
    """Yield why no model has the work."""
    data = explanation.certificate
    reason = empty(language, {**data, "why": data["binding_constraint"]})
    yield language.say("routing.certificate.empty", reason=reason)
    yield history(language, explanation.history)


def _picked(language: Language, explanation: Explanation) -> Iterator[str]:
    """Yield what the pick costs and reaches, by which evidence, and how it was chosen."""
    data, say = explanation.certificate, language.say
    if data["blocked_because"]:
        yield blocked(language, data["blocked_because"])
    yield say(
        "routing.certificate.cost_escalated"
        if data["escalation_model_id"]
        else "routing.certificate.cost",
        model=data["model_id"],
        escalation=data["escalation_model_id"],
        cost=language.price(data["expected_cost_usd"]),
        alone=language.price(data["cost_per_task_usd"]),
        low=language.price(data["cost_p10"]),
        high=language.price(data["cost_p90"]),
    )
    if data["quality_floor"] is not None:
        key = "reaches_privately" if data["quality_low"] is None else "reaches"
        yield say(
            f"routing.certificate.{key}",
            quality=language.quality(data["quality_low"]),
            floor=language.quality(data["quality_floor"]),
        )
    yield _evidence(language, data["evidence"])
    yield say("routing.certificate.cheapest_share", share=language.percent(data["best_share"]))
    yield say("routing.certificate.adopted", weeks=data["weeks_adopted"])
    if data["momentum"] is not None:
        yield say("routing.certificate.momentum", growth=language.growth(data["momentum"]))
    yield history(language, explanation.history)


def _evidence(language: Language, evidence: str | None) -> str:
    return language.say(
        "routing.certificate.evidence", evidence=language.name("evidence", evidence)
    )


def _runner_up(language: Language, explanation: Explanation) -> Iterator[str]:
    """Yield the next primary, its distance and its evidence."""
    data, history = explanation.certificate, explanation.history
    if data["model_id"] is None:
        yield language.say("routing.certificate.no_pick")
    elif data["runner_up_model_id"] is None:
        yield language.say("routing.certificate.no_rival")
    else:
        distance = data["runner_up_distance"] or 0.0
        is_best = history["model_id"] == history["best_model_id"]
        cheaper = "runner_up_same_step" if is_best else "runner_up_cheaper"
        form = "runner_up_dearer" if distance > 0 else cheaper
        yield language.say(
            f"routing.certificate.{'runner_up_level' if abs(distance) < LEAST else form}",
            model=data["runner_up_model_id"],
            distance=language.percent(abs(distance)),
            least=language.percent(LEAST),
        )
        yield _evidence(language, data["runner_up_evidence"])


def _changes(language: Language, explanation: Explanation) -> Iterator[str]:
    """Yield what would change the route: prices, floors, a caller that escalates, an evaluation."""
    data = explanation.certificate
    found = [
        *(_breakevens(language, data) if data["model_id"] is not None else ()),
        *(
            promotion(language, model)
            for model in explanation.promoted
            if model["is_pick"] or model["is_cheaper"]
        ),
        *_escalation(language, data),
        *_evaluation(language, data),
    ]
    yield from found or [language.say("routing.certificate.nothing_fills")]


def _breakevens(language: Language, data: Row) -> Iterator[str]:
    say, rise = language.say, data["breakeven_price_rise"]
    key = "price_rise_none" if rise is None else "price_rise" if rise else "kept"
    yield say(f"routing.certificate.{key}", rise=language.percent(rise))
    floors = ("floor_kept" if key == "kept" else "floor_up", "floor_down")
    for key, column in zip(floors, ("floor_up", "floor_down"), strict=True):
        floor = data[f"breakeven_{column}"]
        if floor is not None:
            yield say(f"routing.certificate.{key}", floor=language.quality(floor))
    if data["breakeven_cache_hit"] is not None:
        part = language.percent(data["breakeven_cache_hit"])
        yield say("routing.certificate.cache_hit", part=part)


def _escalation(language: Language, data: Row) -> Iterator[str]:
    """Yield what a caller that escalates would save."""
    if data["caller_model_id"] is None:
        return
    own = data["expected_cost_usd"]
    yield language.say(
        f"routing.certificate.{'caller' if own else 'caller_fills'}",
        model=data["caller_model_id"],
        escalation=data["caller_escalation_model_id"],
        cost=language.price(data["caller_cost_usd"]),
        saving=language.percent(1 - data["caller_cost_usd"] / own if own else None),
    )


def _evaluation(language: Language, data: Row) -> Iterator[str]:
    """Yield the evaluation likeliest to pay; its tasks and price are not shown to everybody."""
    if data["evaluation_model_id"] is None:
        return
    saving, tasks = data["evaluation_saving_usd"], data["evaluation_tasks"]
    yield language.say(
        f"routing.certificate.evaluation{'_fills' if saving is None else ''}"
        f"{'_privately' if tasks is None else ''}",
        model=data["evaluation_model_id"],
        workload=data["workload"],
        count=tasks,
        price=language.price(data["evaluation_usd"]),
        saving=language.price(saving),
    )


def _excluded(language: Language, explanation: Explanation) -> Iterator[str]:
    """Yield how many models each rule removed, and which of the top ten are out, and why."""
    data, say = explanation.certificate, language.say
    yield say(
        "routing.certificate.offered",
        offered=data["models_offered"],
        candidates=data["candidates"],
    )
    on_offer = [row for row in explanation.removed if row["rule"] != NOT_ON_OFFER]
    most = sorted(on_offer, key=lambda row: -row["models"])[:3]
    if most:
        rules = ", ".join(f"{rule(language, row['rule'])} ({row['models']})" for row in most)
        yield say("routing.certificate.removed", rules=rules)
    models = "; ".join(_ranked(language, row) for row in explanation.excluded)
    key = "excluded" if models else "none_excluded"
    yield say(f"routing.certificate.{key}", models=models)


def _ranked(language: Language, model: Row) -> str:
    """Return an excluded model with rank, rule and evidence, and what would admit it."""
    key = "ranked" if model["admitting_tasks"] is None else "admitted_by"
    return language.say(
        f"routing.certificate.{key}",
        model=model["model_permaslug"],
        rank=model["rank"],
        rule=rule(language, model["rule"]),
        evidence=language.name("evidence", model["evidence"] or "none"),
        count=model["admitting_tasks"],
    )


def _unknown(language: Language, data: Row) -> Iterator[str]:
    """Yield what nothing is known of, and how far the evidence reaches."""
    say = language.say
    key = "latency_unknown" if data["latency_is_unknown"] else "unknown"
    yield say(f"routing.certificate.{key}")
    if data["unknown_token_share"]:
        share = language.part(data["unknown_token_share"])
        yield say("routing.certificate.without_evidence", share=share)
    if data["inferred_candidates"]:
        yield say(
            "routing.certificate.inferred",
            models=data["inferred_candidates"],
            candidates=data["candidates"],
            share=language.part(data["inferred_token_share"] or 0),
        )
    age = data["index_age_days"]
    yield say(
        f"routing.certificate.index_{'ahead' if age < 0 else 'age'}",
        day=f"{data['index_on']:%Y-%m-%d}",
        count=abs(age),
    )
    yield say("routing.predicted")


def verdict(language: Language, model: ModelVerdict, explanation: Explanation) -> str:
    """Return why a model carries a workload or not, in a sentence or several."""
    say, pick = language.say, explanation.certificate
    name, best = model.candidate["model_id"], model.best
    if name == pick["model_id"]:
        return say("routing.model.pick", model=name)
    if model.candidate["rejected_because"]:
        reason = rule(language, model.candidate["rejected_because"])
        return say("routing.model.rejected", model=name, rule=reason)
    if best is None or not best["is_feasible"]:
        reached = None if best is None else best["quality_low"]
        return say(
            f"routing.model.below_floor{'' if reached is not None else '_unknown'}",
            model=name,
            floor=language.quality(pick["quality_floor"]),
            reached=language.quality(reached),
        )
    return " ".join(_against_pick(language, best, explanation))


def _against_pick(language: Language, best: Row, explanation: Explanation) -> Iterator[str]:
    """Yield what a model would cost, which prices are promotions, and what saves the pick."""
    pick = explanation.certificate["model_id"]
    yield _costs(language, best, explanation.certificate)
    for model in explanation.promoted:
        if model["is_pick"] or model["model_id"] in (best["model_id"], best["escalation_model_id"]):
            yield promotion(language, model)
    for own in explanation.options:
        if own["model_id"] == pick and best["cost_bucket"] < own["cost_bucket"]:
            yield history(language, explanation.history)
        elif own["model_id"] == pick and best["cost_bucket"] == own["cost_bucket"]:
            yield language.say("routing.model.same_step")


def _costs(language: Language, best: Row, pick: Row) -> str:
    """Return what a model would cost, compared with the pick."""
    own = pick["expected_cost_usd"]
    key = "costs_escalated" if best["escalation_model_id"] else "costs"
    return language.say(
        f"routing.model.{key if own else 'costs_without_pick'}",
        model=best["model_id"],
        escalation=best["escalation_model_id"],
        cost=language.price(best["expected_cost_usd"]),
        difference=language.growth(best["expected_cost_usd"] / own - 1 if own else None),
        pick=pick["model_id"],
    )


def _of_code(language: Language, group: str, code: str, **values: object) -> str:
    """Return the sentence of a code, or the code itself where the catalogues have none."""
    known = code in language.words["routing"][group]
    return language.say(f"routing.{group}.{code}", **values) if known else code


def left_out(language: Language, workload: str, reason: str) -> str:
    """Return the line that says why a route is not in a gateway's file."""
    return language.say("routing.left_out", workload=workload, reason=reason)


def local_left_out(language: Language, workload: str, why: str) -> str:
    """Return the line that says why a workload's local model is not in a gateway's file."""
    return left_out(language, workload, language.say(f"routing.local_left_out.{why}"))
