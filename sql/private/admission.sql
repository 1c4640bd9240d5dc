/*
---
description: >-
  What an evaluation on one's own tasks would have to show for a model that only lacks evidence, or whose
  evidence misses the floor: the fewest tasks, all passed, that admit it, what they cost, and what it
  would then save. For the top ten and for all models cheaper than the pick.
grain: week × workload × model_id
unique: [week, workload, model_id]
columns:
  week:
  workload:
  model_id:
  rank:
  is_inferred: BOOLEAN NOT NULL | - | Whether third-party scores speak of it
  chance: DOUBLE | fraction | That the model truly reaches the floor, by what is known of it
  tasks: BIGINT | tasks | Own tasks, all passed, that admit it; NULL above 200
  evaluation_usd:
  saving_usd:
  changes_route:
  admission_place:
checks:
  what changes a route can be evaluated: NOT changes_route OR tasks IS NOT NULL
---
*/
-- A month has 30 days.
WITH pick AS (
    SELECT
        decision.week,
        decision.workload,
        option.compared_cost_usd
    FROM core.route_decision AS decision
    INNER JOIN core.route_option AS option
        ON
            decision.week = option.week
            AND decision.workload = option.workload
            AND decision.model_id = option.model_id
            AND decision.escalation_model_id = option.escalation_model_id
),

-- What is known now: the posterior where there is evidence, else the prior from price and release date.
lacking AS (
    SELECT
        verdict.week,
        verdict.workload,
        verdict.model_id,
        verdict.rank,
        workload.tasks_per_day,
        coalesce(floor.quality_floor, workload.quality_floor) AS quality_floor,
        cost.cost_per_task_usd,
        cost.compared_cost_usd,
        pick.compared_cost_usd AS pick_cost_usd,
        prior.kind = 'index' AS is_indexed,
        prior.kind = 'inferred' AS is_inferred,
        prior.kind = 'price' AS is_priced_only,
        coalesce(posterior.own_tasks, 0) AS tasks,
        coalesce(posterior.success, prior.success) AS success,
        coalesce(posterior.success_sd, sqrt(prior.variance)) AS success_sd,
        prior.weight + coalesce(posterior.own_tasks, 0) AS weight
    FROM core.route_verdict AS verdict
    INNER JOIN staging.workload ON verdict.workload = workload.workload AND workload.has_benchmarks
    INNER JOIN core.route_cost AS cost
        ON
            verdict.week = cost.week
            AND verdict.workload = cost.workload
            AND verdict.model_id = cost.model_id
    INNER JOIN private.evidence AS prior
        ON
            verdict.week = prior.week
            AND verdict.workload = prior.workload
            AND verdict.model_id = prior.model_id
            AND prior.is_used
            AND prior.kind <> 'own evaluation'
    LEFT JOIN private.quality AS posterior
        ON
            verdict.week = posterior.week
            AND verdict.workload = posterior.workload
            AND verdict.model_id = posterior.model_id
    LEFT JOIN core.route_floor AS floor ON verdict.week = floor.week AND verdict.workload = floor.workload
    LEFT JOIN pick ON verdict.week = pick.week AND verdict.workload = pick.workload
    WHERE
        (verdict.rank <= 10 OR coalesce(cost.compared_cost_usd < pick.compared_cost_usd, TRUE))
        AND (
            verdict.lacks_only_evidence
            OR (
                verdict.rejected_because IS NULL
                AND coalesce(posterior.success_low, 0)
                < coalesce(floor.quality_floor, workload.quality_floor)
            )
        )
),

-- The bound of sql/private/quality.sql after so many more tasks, all passed.
supposed AS (
    SELECT
        lacking.week,
        lacking.workload,
        lacking.model_id,
        lacking.quality_floor,
        number.number AS tasks,
        lacking.weight + number.number + 1 AS total,
        NOT lacking.is_priced_only
        OR lacking.tasks + number.number >= parameter.least_own_tasks AS is_enough,
        (lacking.success * lacking.weight + number.number)
        / nullif(lacking.weight + number.number, 0) AS success,
        CASE
            WHEN lacking.is_indexed OR lacking.tasks + number.number >= parameter.sure_own_tasks
                THEN parameter.lower_bound_z
            ELSE parameter.unsure_bound_z
        END AS bound_z
    FROM lacking
    CROSS JOIN core.parameter AS parameter
    INNER JOIN staging.number ON number.number <= 200
),

needed AS (
    SELECT
        week,
        workload,
        model_id,
        min(tasks) AS tasks
    FROM supposed
    WHERE
        is_enough
        AND success - bound_z * sqrt(success * (1 - success) / nullif(total, 0)) >= quality_floor
    GROUP BY week, workload, model_id
),

-- The normal distribution's share above the floor, by its logistic approximation.
judged AS (
    SELECT
        lacking.week,
        lacking.workload,
        lacking.model_id,
        lacking.rank,
        lacking.is_inferred,
        1 / (1 + exp(1.702 * (lacking.quality_floor - lacking.success) / nullif(lacking.success_sd, 0)))
            AS chance,
        needed.tasks,
        needed.tasks * lacking.cost_per_task_usd AS evaluation_usd,
        30 * lacking.tasks_per_day * (lacking.pick_cost_usd - lacking.compared_cost_usd) AS saving_usd,
        needed.tasks IS NOT NULL
        AND coalesce(
            lacking.compared_cost_usd <= (1 - parameter.switch_saving) * lacking.pick_cost_usd, TRUE
        ) AS changes_route
    FROM lacking
    CROSS JOIN core.parameter AS parameter
    LEFT JOIN needed
        ON
            lacking.week = needed.week
            AND lacking.workload = needed.workload
            AND lacking.model_id = needed.model_id
)

SELECT
    week,
    workload,
    model_id,
    rank,
    is_inferred,
    chance,
    tasks,
    evaluation_usd,
    saving_usd,
    changes_route,
    CASE
        WHEN changes_route
            THEN row_number() OVER (
                PARTITION BY week, workload, changes_route
                ORDER BY chance * coalesce(saving_usd, 1) DESC, model_id
            )
    END AS admission_place
FROM judged
