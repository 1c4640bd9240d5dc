/*
---
description: >-
  Which model carries which workload: the primary, fallbacks of other vendors for when it cannot be
  reached, and the escalation for when it fails; a workload that no model can carry has one row without a
  model. Column A is what each costs; column B is the reserve, the candidate with the best quality at
  its lower bound. Success is predicted, not executed.
grain: week × workload × position
unique: [week, workload, position]
columns:
  week:
  workload:
  position: BIGINT NOT NULL | place | 0 is the primary, then the fallbacks in their order, last the escalation
  role:
  decision: VARCHAR NOT NULL | - | cheapest, kept by hysteresis, blocked from use, or empty
  blocked_because: VARCHAR | - | Code of why the route must not be deployed; NULL if it may
  why: VARCHAR NOT NULL | - | Code of the reason for the model, or of what keeps the workload empty
  is_degraded: BOOLEAN NOT NULL | - | Whether a fallback misses the floor alone because no model reaches it
  model_id: VARCHAR | - | Identifier to send to the API; NULL if no model can carry the work
  model_permaslug: VARCHAR
  author: VARCHAR
  vendor: VARCHAR | - | Company that develops it; primary and fallbacks have one each
  bloc: VARCHAR | - | Where the developer has its headquarters
  permission: VARCHAR
  context_length:
  served_context_length:
  accepts_image:
  supports_tools:
  prompt_price:
  completion_price:
  is_listed: BOOLEAN | - | Whether the newest catalogue known lists it
  retires_on: DATE | UTC day | Day of retirement that the newest catalogue known announces
  cost_per_million_usd: DOUBLE | USD per million tokens | Column A, over all tokens of a task
  cost_per_task_usd: DOUBLE | USD | Column A, list price of one task by this model alone
  is_promotion: BOOLEAN | - | Whether that price has just fallen by half or more
  compared_cost_usd: DOUBLE
  evidence:
  success: DOUBLE | fraction | Predicted success of this model alone; NULL without benchmarks
  success_low:
  capability_low:
  quality_floor:
  route_cost_usd: DOUBLE | USD | Expected list price of one task, the escalation included
  route_success_low: DOUBLE | fraction | Success of the route at the lower bound, the escalation included
  best_model_id:
  weeks_adopted: BIGINT
  weeks_known: BIGINT
  latency_p99_seconds:
  reserve_model_id: VARCHAR
  reserve_cost_per_million_usd: DOUBLE | USD per million tokens | Column B, over all tokens of a task
  reserve_cost_per_task_usd: DOUBLE | USD | Column B, list price of one task
  reserve_success_low: DOUBLE | fraction | Column B, predicted success at the lower bound; NULL without
  prices_as_of: TIMESTAMP WITH TIME ZONE
  prices_of_week: BOOLEAN
accepted:
  role: [primary, fallback, escalation]
  decision: [cheapest, kept, blocked, empty]
  blocked_because: [no_signed_agreement, no_provider_in_region, one_vendor]
checks:
  a fallback reaches the floor or is called degraded: >-
    coalesce(role <> 'fallback' OR is_degraded OR success_low IS NULL OR success_low >= quality_floor, TRUE)
  the primary is position zero: (role = 'primary') = (position = 0)
  only an empty route has no model: (decision = 'empty') = (model_id IS NULL)
  a blocked route says why: (decision = 'blocked') = (blocked_because IS NOT NULL)
  every position has another vendor: >-
    SELECT week, workload, vendor FROM marts.routing_table WHERE role <> 'escalation'
    GROUP BY week, workload, vendor HAVING count(*) > 1
  every route has a primary: >-
    SELECT week, workload FROM marts.routing_table GROUP BY week, workload HAVING min(position) <> 0
---
*/
WITH newest_catalogue AS (
    SELECT
        model_id,
        is_still_listed,
        expiration_date,
        served_context_length
    FROM staging.catalogue
    WHERE week = (SELECT max(newest.week) FROM staging.catalogue AS newest)
),

-- What a route must have before a gateway may use it: its data may be seen, and it has two vendors.
chain AS (
    SELECT
        seat.week,
        seat.workload,
        bool_and(model.permission = 'allowed') AS may_see_data,
        count(DISTINCT model.vendor) FILTER (WHERE seat.role <> 'escalation') AS vendors
    FROM core.route_chain AS seat
    INNER JOIN marts.routing_candidate AS model
        ON
            seat.week = model.week
            AND seat.workload = model.workload
            AND seat.model_id = model.model_id
    GROUP BY seat.week, seat.workload
),

served AS (
    SELECT
        week,
        workload,
        bool_or(permission = 'allowed') AS by_anybody,
        bool_or(is_allowed) AS in_region
    FROM marts.routing_provider
    GROUP BY week, workload
),

blocked AS (
    SELECT
        chain.week,
        chain.workload,
        CASE
            WHEN NOT (chain.may_see_data AND served.by_anybody) THEN 'no_signed_agreement'
            WHEN NOT served.in_region THEN 'no_provider_in_region'
            WHEN chain.vendors < 2 THEN 'one_vendor'
        END AS blocked_because
    FROM chain
    INNER JOIN served ON chain.week = served.week AND chain.workload = served.workload
),

-- One row for every route of every week, also for the empty ones.
route AS (
    SELECT
        certificate.week,
        certificate.workload,
        certificate.binding_constraint,
        certificate.quality_floor,
        certificate.expected_cost_usd,
        certificate.route_success_low,
        history.best_model_id,
        blocked.blocked_because
    FROM marts.routing_certificate AS certificate
    INNER JOIN marts.routing_history AS history
        ON certificate.week = history.week AND certificate.workload = history.workload
    LEFT JOIN blocked ON certificate.week = blocked.week AND certificate.workload = blocked.workload
),

final AS (
    SELECT
        route.week,
        route.workload,
        coalesce(seat.position, 0) AS position,
        coalesce(seat.role, 'primary') AS role,
        CASE
            WHEN seat.model_id IS NULL THEN 'empty'
            WHEN route.blocked_because IS NOT NULL THEN 'blocked'
            WHEN decided.why = 'kept' THEN 'kept'
            ELSE 'cheapest'
        END AS decision,
        route.blocked_because,
        coalesce(seat.why, route.binding_constraint) AS why,
        coalesce(seat.is_degraded, FALSE) AS is_degraded,
        seat.model_id,
        model.model_permaslug,
        model.author,
        model.vendor,
        model.bloc,
        model.permission,
        model.context_length,
        newest_catalogue.served_context_length,
        model.accepts_image,
        model.supports_tools,
        model.prompt_price,
        model.completion_price,
        CASE
            WHEN seat.model_id IS NOT NULL THEN coalesce(newest_catalogue.is_still_listed, FALSE)
        END AS is_listed,
        newest_catalogue.expiration_date AS retires_on,
        model.cost_per_million_usd,
        model.cost_per_task_usd,
        model.is_promotion,
        model.compared_cost_usd,
        model.evidence,
        model.success,
        model.success_low,
        model.capability_low,
        route.quality_floor,
        route.expected_cost_usd AS route_cost_usd,
        route.route_success_low,
        route.best_model_id,
        model.weeks_adopted,
        model.weeks_known,
        model.latency_p99_seconds,
        reserve.reserve_model_id,
        reserve.reserve_cost_per_million_usd,
        reserve.reserve_cost_per_task_usd,
        reserve.reserve_success_low,
        model.prices_as_of,
        model.prices_of_week
    FROM route
    LEFT JOIN core.route_chain AS seat ON route.week = seat.week AND route.workload = seat.workload
    LEFT JOIN core.route_chain AS decided
        ON
            route.week = decided.week
            AND route.workload = decided.workload
            AND decided.role = 'primary'
    LEFT JOIN marts.routing_candidate AS model
        ON
            seat.week = model.week
            AND seat.workload = model.workload
            AND seat.model_id = model.model_id
    LEFT JOIN newest_catalogue ON seat.model_id = newest_catalogue.model_id
    LEFT JOIN core.route_floor AS reserve
        ON seat.week = reserve.week AND seat.workload = reserve.workload
)

SELECT * FROM final
