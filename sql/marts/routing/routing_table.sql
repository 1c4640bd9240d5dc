/*
---
description: >-
  Which model carries which workload: the primary, fallbacks of other vendors for when it cannot be
  reached, and the escalation for when it fails. Column A is what each costs; column B is the reserve,
  the candidate with the best quality at its lower bound. Success is predicted, not executed.
grain: week × workload × position
unique: [week, workload, position]
columns:
  week:
  workload:
  position: BIGINT NOT NULL | place | 0 is the primary, then the fallbacks in their order, last the escalation
  role: VARCHAR NOT NULL | - | primary, fallback or escalation
  model_id:
  model_permaslug:
  author:
  vendor: VARCHAR NOT NULL | - | Company that develops it; primary and fallbacks have one each
  bloc:
  context_length: BIGINT NOT NULL
  cost_per_million_usd: DOUBLE NOT NULL | USD per million tokens | Column A, over all tokens of a task
  cost_per_task_usd: DOUBLE NOT NULL | USD | Column A, list price of one task by this model alone
  success: DOUBLE | fraction | Predicted success of this model alone; NULL without benchmarks
  success_low:
  capability_low:
  reserve_model_id: VARCHAR NOT NULL | - | Column B, the candidate with the best quality
  reserve_cost_per_million_usd: DOUBLE NOT NULL | USD per million tokens | Column B, over all tokens of a task
  reserve_cost_per_task_usd: DOUBLE NOT NULL | USD | Column B, list price of one task
  reserve_success_low: DOUBLE | fraction | Column B, predicted success at the lower bound; NULL without
  blocked_because: VARCHAR | - | Why the route must not be deployed; NULL if it may
  prices_as_of:
  prices_of_week:
  why: VARCHAR NOT NULL | - | The choice in words, with what is not known
accepted:
  role: [primary, fallback, escalation]
checks:
  the primary is position zero: (role = 'primary') = (position = 0)
  every position has another vendor: >-
    SELECT week, workload, vendor FROM marts.routing_table WHERE role <> 'escalation'
    GROUP BY week, workload, vendor HAVING count(*) > 1
  every route has a primary: >-
    SELECT week, workload FROM marts.routing_table GROUP BY week, workload HAVING min(position) <> 0
---
*/
WITH decided AS (
    SELECT
        decision.week,
        decision.workload,
        decision.cause,
        decision.best_model_id,
        option.model_id,
        option.escalation_model_id,
        option.vendor,
        option.bloc,
        option.preference,
        option.expected_cost_usd,
        option.success_low
    FROM core.route_decision AS decision
    INNER JOIN core.route_option AS option
        ON
            decision.week = option.week
            AND decision.workload = option.workload
            AND decision.model_id = option.model_id
            AND option.primary_preference = 1
),

other_vendor AS (
    SELECT
        option.week,
        option.workload,
        option.model_id,
        option.bloc = decided.bloc AS is_same_origin,
        option.preference,
        row_number() OVER (
            PARTITION BY option.week, option.workload, option.vendor ORDER BY option.preference
        ) AS vendor_rank
    FROM core.route_option AS option
    INNER JOIN decided
        ON
            option.week = decided.week
            AND option.workload = decided.workload
            AND option.vendor <> decided.vendor
),

next_vendor AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY week, workload ORDER BY preference) AS place
    FROM other_vendor
    WHERE vendor_rank = 1
),

-- One fallback has another origin: if the first has not, the second is the first that has, if any.
second_vendor AS (
    SELECT
        following.week,
        following.workload,
        following.model_id,
        row_number() OVER (
            PARTITION BY following.week, following.workload
            ORDER BY following.is_same_origin AND first.is_same_origin, following.preference
        ) AS choice
    FROM next_vendor AS following
    INNER JOIN next_vendor AS first
        ON
            following.week = first.week
            AND following.workload = first.workload
            AND first.place = 1
            AND following.place > 1
),

seat AS (
    SELECT
        week,
        workload,
        0 AS seat,
        'primary' AS role,
        model_id
    FROM decided
    UNION ALL
    SELECT
        week,
        workload,
        1 AS seat,
        'fallback' AS role,
        model_id
    FROM next_vendor
    WHERE place = 1
    UNION ALL
    SELECT
        week,
        workload,
        2 AS seat,
        'fallback' AS role,
        model_id
    FROM second_vendor
    WHERE choice = 1
    UNION ALL
    SELECT
        week,
        workload,
        3 AS seat,
        'escalation' AS role,
        escalation_model_id AS model_id
    FROM decided
    WHERE escalation_model_id <> ''
),

reserve AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY week, workload
            ORDER BY
                coalesce(success_low, capability_low) DESC NULLS LAST,
                cost_per_task_usd,
                tokens DESC NULLS LAST,
                model_id
        ) AS quality_rank
    FROM core.route_candidate
    WHERE rejected_because IS NULL
),

signed AS (
    SELECT
        data_class,
        bool_or(is_allowed) AS by_a_provider
    FROM staging.compliance
    WHERE kind = 'provider'
    GROUP BY data_class
),

final AS (
    SELECT
        seat.week,
        seat.workload,
        row_number() OVER (PARTITION BY seat.week, seat.workload ORDER BY seat.seat) - 1 AS position,
        seat.role,
        seat.model_id,
        model.model_permaslug,
        model.author,
        model.vendor,
        model.bloc,
        model.context_length,
        model.cost_per_million_usd,
        model.cost_per_task_usd,
        model.success,
        model.success_low,
        model.capability_low,
        reserve.model_id AS reserve_model_id,
        reserve.cost_per_million_usd AS reserve_cost_per_million_usd,
        reserve.cost_per_task_usd AS reserve_cost_per_task_usd,
        reserve.success_low AS reserve_success_low,
        CASE
            WHEN NOT (model.is_data_allowed AND coalesce(signed.by_a_provider, FALSE))
                THEN 'no signed agreement'
        END AS blocked_because,
        model.prices_as_of,
        model.prices_of_week,
        CASE
            WHEN seat.role = 'escalation'
                THEN 'Mends what the primary fails at and is noticed, at the least cost'
            WHEN seat.role = 'fallback'
                THEN
                    'The next vendor''s cheapest choice'
                    || coalesce(
                        ', which reaches the floor with an escalation to '
                        || nullif(own.escalation_model_id, ''),
                        ' that reaches the floor'
                    )
            WHEN decided.preference = 1
                THEN 'Least expected cost of a task among all pairs that reach the floor'
            ELSE
                'Kept from the week before, ' || decided.best_model_id
                || ' is not clearly cheaper for long enough: reaches the floor'
        END
        || CASE
            WHEN seat.role = 'primary' AND decided.success_low IS NOT NULL
                THEN
                    ' of ' || cast(cast(workload.quality_floor AS DECIMAL(9, 2)) AS VARCHAR)
                    || ' with ' || cast(cast(decided.success_low AS DECIMAL(9, 3)) AS VARCHAR)
                    || ' at the lower bound, escalation included'
            ELSE ''
        END
        || coalesce(
            '; alone ' || cast(cast(model.success_low AS DECIMAL(9, 3)) AS VARCHAR)
            || ' at the lower bound', ''
        )
        || '; in the top 50 in ' || cast(model.weeks_adopted AS VARCHAR)
        || ' of ' || cast(model.weeks_known AS VARCHAR) || ' known weeks; list prices as of '
        || cast(cast(model.prices_as_of AS DATE) AS VARCHAR)
        || CASE WHEN model.prices_of_week THEN '' ELSE ', after the week, whose own are not known' END
        || CASE WHEN model.latency_p99_seconds IS NULL THEN '; latency unknown' ELSE '' END
        || '; success is predicted, not executed.' AS why
    FROM seat
    INNER JOIN decided ON seat.week = decided.week AND seat.workload = decided.workload
    INNER JOIN core.route_candidate AS model
        ON
            seat.week = model.week
            AND seat.workload = model.workload
            AND seat.model_id = model.model_id
    LEFT JOIN core.route_option AS own
        ON
            seat.week = own.week
            AND seat.workload = own.workload
            AND seat.model_id = own.model_id
            AND own.primary_preference = 1
    INNER JOIN reserve
        ON
            seat.week = reserve.week
            AND seat.workload = reserve.workload
            AND reserve.quality_rank = 1
    INNER JOIN staging.workload ON seat.workload = workload.workload
    LEFT JOIN signed ON workload.data_class = signed.data_class
)

SELECT * FROM final
