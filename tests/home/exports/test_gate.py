from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipelines.errors import RefusalError
from pipelines.exports import gate
from pipelines.exports.routing_document import RoutingDocument


def changed(
    document: RoutingDocument, workload: str, place: int | str, **update: Any
) -> RoutingDocument:
    """Return the document with one hop of a workload changed, or its escalation."""
    routes = []
    for route in document.routes:
        if route.workload == workload and place == "escalation":
            assert route.escalation
            hop = route.escalation.model_copy(update=update)
            routes.append(route.model_copy(update={"escalation": hop}))
        elif route.workload == workload:
            hops = tuple(
                hop.model_copy(update=update) if place in (number, "all") else hop
                for number, hop in enumerate(route.hops)
            )
            routes.append(route.model_copy(update={"hops": hops}))
        else:
            routes.append(route)
    return document.model_copy(update={"routes": tuple(routes)})


def test_the_sample_passes_with_and_without_agreements(
    routes: RoutingDocument, signed: RoutingDocument
) -> None:
    assert gate.passed(routes) is routes
    assert gate.reasons(signed) == []
    assert {route.data_class for route in signed.open_routes} == {"public", "internal"}


@pytest.mark.parametrize(
    ("place", "role"), [(0, "primary"), (1, "fallback"), ("escalation", "escalation")]
)
@pytest.mark.parametrize("workload", ["pr_review", "batch_refactor"])
@pytest.mark.parametrize(
    ("update", "rule"),
    [
        ({"author_policy": "refused"}, "breaks the compliance matrix: "),
        ({"author_policy": "unknown"}, " is unknown for "),
        ({"is_listed": False}, "is gone from the catalogue"),
        ({"model_id": "deepseek/deepseek-v4-flash:free"}, "is free or stealth"),
        ({"model_id": "openrouter/owl-alpha"}, "is free or stealth"),
        ({"model_permaslug": "stealth/owl"}, "is free or stealth"),
        ({"prompt_price": 0.0}, "is free or stealth"),
        ({"completion_price": None}, "is free or stealth"),
    ],
)
def test_one_bad_hop_refuses_the_export_by_workload_hop_and_rule(
    signed: RoutingDocument,
    workload: str,
    place: int | str,
    role: str,
    update: dict[str, Any],
    rule: str,
) -> None:
    bad = changed(signed, workload, place, **update)
    (reason,) = gate.reasons(bad)
    assert reason.startswith(f"{workload}: ")
    assert f"({role})" in reason
    assert rule in reason
    with pytest.raises(RefusalError, match="nothing was exported"):
        gate.passed(bad)


@pytest.mark.parametrize(("days", "refused"), [(30, True), (31, False)])
def test_a_model_that_retires_within_thirty_days_is_refused(
    routes: RoutingDocument, days: int, refused: bool
) -> None:
    assert routes.catalogue_as_of
    day = routes.catalogue_as_of.date() + timedelta(days=days)
    bad = changed(routes, "batch_refactor", 1, retires_on=day)
    assert [f"retire on {day}" in reason for reason in gate.reasons(bad)] == [True] * refused


def test_an_incomplete_week_is_refused(routes: RoutingDocument) -> None:
    assert gate.reasons(routes.model_copy(update={"week_is_complete": False})) == [
        f"the week {routes.week} is not complete"
    ]


def test_what_gateways_never_see_is_not_judged(routes: RoutingDocument) -> None:
    blocked = next(route.workload for route in routes.routes if route.blocked_because)
    assert gate.reasons(changed(routes, blocked, 0, is_listed=False)) == []


def test_a_sandbox_may_reach_free_and_stealth_models(routes: RoutingDocument) -> None:
    free = changed(routes, "inline_completion", 1, prompt_price=0.0)
    sandbox = tuple(
        route.model_copy(update={"is_sandbox": route.workload == "inline_completion"})
        for route in free.routes
    )
    assert gate.reasons(free) != []
    assert gate.reasons(free.model_copy(update={"routes": sandbox})) == []


@pytest.mark.parametrize(("age", "refused"), [(14, False), (15, True)])
def test_old_data_is_refused_where_a_setting_says_so(
    routes: RoutingDocument, age: int, refused: bool
) -> None:
    """The older of rankings and catalogue counts: prices and listings age, too."""
    assert routes.catalogue_as_of
    week_end = datetime.combine(routes.week + timedelta(days=7), datetime.min.time(), UTC)
    now = min(week_end, routes.catalogue_as_of) + timedelta(days=age)
    assert gate.passed(routes, None, now) is routes
    if not refused:
        assert gate.passed(routes, 14, now) is routes
        return
    with pytest.raises(RefusalError, match=f"is {age} days old"):
        gate.passed(routes, 14, now)
    newer = routes.model_copy(update={"week": routes.week + timedelta(days=7)})
    older = routes.model_copy(update={"catalogue_as_of": now - timedelta(days=age)})
    assert (
        gate.age_days(newer, now)
        == (now - min(routes.catalogue_as_of, week_end + timedelta(days=7))).days
    )
    assert gate.age_days(older, now) == age
