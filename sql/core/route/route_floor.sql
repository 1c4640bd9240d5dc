/*
---
description: >-
  The reserve of each workload (column B), the candidate with the best quality at its lower bound, and
  the floor that a route must reach: absolute, or a share of what the reserve reaches.
grain: week × workload
unique: [week, workload]
columns:
  week:
  workload:
  reserve_model_id:
  reserve_cost_per_million_usd: DOUBLE NOT NULL | USD per million tokens | Over all tokens of a task
  reserve_cost_per_task_usd: DOUBLE NOT NULL | USD | List price of one task
  reserve_success_low: DOUBLE | fraction | Predicted success at the lower bound; NULL without benchmarks
  quality_floor:
---
*/
WITH ranked AS (
    SELECT
        verdict.*,
        cost.cost_per_task_usd,
        cost.cost_per_million_usd,
        row_number() OVER (
            PARTITION BY verdict.week, verdict.workload
            ORDER BY
                coalesce(verdict.success_low, verdict.capability_low) DESC NULLS LAST,
                cost.cost_per_task_usd,
                verdict.tokens DESC NULLS LAST,
                verdict.model_id
        ) AS quality_rank
    FROM core.route_verdict AS verdict
    INNER JOIN core.route_cost AS cost
        ON
            verdict.week = cost.week
            AND verdict.workload = cost.workload
            AND verdict.model_id = cost.model_id
    WHERE verdict.rejected_because IS NULL
)

SELECT
    ranked.week,
    ranked.workload,
    ranked.model_id AS reserve_model_id,
    ranked.cost_per_million_usd AS reserve_cost_per_million_usd,
    ranked.cost_per_task_usd AS reserve_cost_per_task_usd,
    ranked.success_low AS reserve_success_low,
    coalesce(
        workload.quality_floor, workload.quality_floor_of_reserve * ranked.success_low, workload.index_floor
    ) AS quality_floor
FROM ranked
INNER JOIN staging.workload ON ranked.workload = workload.workload
WHERE ranked.quality_rank = 1
