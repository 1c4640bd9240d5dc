"""What the routing marts say, in words: the one place for commands, report and exports.

A code has its word in routing.yaml (`rule`, `blocked`, `decision`, `strategy`); sentences are made
here from rows of the marts, in any language. Nothing is decided here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pipelines.queries.explanation import Explanation, ModelVerdict
from pipelines.words.language import Language

Row = Mapping[str, Any]


def rule(language: Language, code: str | None) -> str:
    """Return the words for the rule that keeps a model out."""
    return language.name("rule", code)


def blocked_because(language: Language, code: str | None) -> str:
    """Return why a route must not be used; empty if it may be."""
    return "" if code is None else language.name("blocked", code)


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


def certificate(language: Language, explanation: Explanation) -> str:
    """Return why a route is what it is, with all that would change it, as one paragraph."""
    sentences = [
        *_considered(language, explanation),
        *(_picked(language, explanation) if explanation.certificate["model_id"] else ()),
        *_other_ways(language, explanation),
        *_excluded(language, explanation),
        history(language, explanation.history),
        language.say(
            "routing.certificate.latency_unknown"
            if explanation.certificate["latency_is_unknown"]
            else "routing.certificate.unknown"
        ),
        language.say("routing.predicted"),
    ]
    return " ".join(sentences)


def _considered(language: Language, explanation: Explanation) -> Iterator[str]:
    data, say = explanation.certificate, language.say
    yield say(
        "routing.certificate.offered",
        offered=data["models_offered"],
        candidates=data["candidates"],
    )
    most = sorted(explanation.removed, key=lambda row: -row["models"])[:3]
    if most:
        rules = ", ".join(f"{rule(language, row['rule'])} ({row['models']})" for row in most)
        yield say("routing.certificate.removed", rules=rules)
    if data["model_id"] is None:
        reason = empty(language, {**data, "why": data["binding_constraint"]})
        yield say("routing.certificate.empty", reason=reason)


def _picked(language: Language, explanation: Explanation) -> Iterator[str]:
    data, say = explanation.certificate, language.say
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
        yield say(
            "routing.certificate.reaches",
            quality=language.quality(data["quality_low"]),
            floor=language.quality(data["quality_floor"]),
        )
    yield say("routing.certificate.cheapest_share", share=language.percent(data["best_share"]))
    yield _runner_up(language, explanation)
    yield from _breakevens(language, data)
    yield say("routing.certificate.adopted", weeks=data["weeks_adopted"])
    if data["momentum"] is not None:
        yield say("routing.certificate.momentum", growth=language.growth(data["momentum"]))


def _runner_up(language: Language, explanation: Explanation) -> str:
    data = explanation.certificate
    if data["runner_up_model_id"] is None:
        return language.say("routing.certificate.no_rival")
    distance, history = data["runner_up_distance"] or 0.0, explanation.history
    is_best = history["model_id"] == history["best_model_id"]
    cheaper = "runner_up_same_step" if is_best else "runner_up_cheaper"
    return language.say(
        f"routing.certificate.{'runner_up_dearer' if distance >= 0 else cheaper}",
        model=data["runner_up_model_id"],
        distance=language.percent(abs(distance)),
    )


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


def _other_ways(language: Language, explanation: Explanation) -> Iterator[str]:
    """Yield what promotions would change, and what a caller that escalates would save."""
    data = explanation.certificate
    for model in explanation.promoted:
        yield promotion(language, model)
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


def _excluded(language: Language, explanation: Explanation) -> Iterator[str]:
    """Yield which top-ten models lack evidence, and which evaluation is likeliest to pay."""
    models = ", ".join(_ranked(language, row) for row in explanation.excluded)
    if models:
        yield language.say("routing.certificate.excluded", models=models)
    data = explanation.certificate
    if data["evaluation_model_id"] is not None:
        saving = data["evaluation_saving_usd"]
        yield language.say(
            f"routing.certificate.evaluation{'_fills' if saving is None else ''}",
            model=data["evaluation_model_id"],
            count=data["evaluation_tasks"],
            price=language.price(data["evaluation_usd"]),
            saving=language.price(saving),
        )


def _ranked(language: Language, model: Row) -> str:
    """Return an excluded model with its rank and, where there is a number, what would admit it."""
    key = "ranked" if model["admitting_tasks"] is None else "admitted_by"
    return language.say(
        f"routing.certificate.{key}",
        model=model["model_permaslug"],
        rank=model["rank"],
        count=model["admitting_tasks"],
    )


def verdict(language: Language, model: ModelVerdict, explanation: Explanation) -> str:
    """Return why a model carries a workload or not, in a sentence."""
    say, pick = language.say, explanation.certificate
    name, best = model.candidate["model_id"], model.best
    if name == pick["model_id"]:
        return f"{say('routing.model.pick', model=name)} {certificate(language, explanation)}"
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
    return _costs(language, best, pick)


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
