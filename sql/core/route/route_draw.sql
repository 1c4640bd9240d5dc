/*
---
description: >-
  What chance makes of the pairs that may be chosen: of each primary, those in its cheapest step that
  reach the floor. The parameters of a route and the quality of its models are drawn many times.
grain: week × workload × model_id × escalation_model_id
unique: [week, workload, model_id, escalation_model_id]
function: route_draws
columns:
  week:
  workload:
  model_id: VARCHAR NOT NULL | - | The primary
  escalation_model_id:
  floor_probability:
  cost_p10:
  cost_p50: DOUBLE NOT NULL | USD | Median draw
  cost_p90:
  best_share:
checks:
  the costs are in order: cost_p10 <= cost_p50 AND cost_p50 <= cost_p90
  somebody is cheapest in every draw: >-
    SELECT week, workload FROM core.route_draw GROUP BY week, workload
    HAVING abs(sum(best_share) - 1) > 1e-9
---
*/
WITH cheapest_step AS (
    SELECT
        *,
        min(cost_bucket) OVER (PARTITION BY week, workload, model_id) AS own_bucket
    FROM core.route_pair
    WHERE is_feasible
),

final AS (
    SELECT
        pair.week,
        pair.workload,
        pair.model_id,
        pair.escalation_model_id,
        first.cost_per_task_usd,
        first.output_cost_usd,
        first.cache_gain_usd,
        second.cost_per_task_usd AS second_cost_per_task_usd,
        second.output_cost_usd AS second_output_cost_usd,
        second.cache_gain_usd AS second_cache_gain_usd,
        CASE WHEN workload.quality_floor IS NULL THEN first.capability ELSE first.success END AS quality,
        CASE
            WHEN workload.quality_floor IS NULL THEN first.capability_low ELSE first.success_low
        END AS quality_low,
        second.success AS second_quality,
        second.success_low AS second_quality_low,
        coalesce(workload.quality_floor, workload.index_floor) AS quality_floor,
        parameter.*
    FROM cheapest_step AS pair
    INNER JOIN staging.workload ON pair.workload = workload.workload
    INNER JOIN core.route_candidate AS first
        ON
            pair.week = first.week
            AND pair.workload = first.workload
            AND pair.model_id = first.model_id
    LEFT JOIN core.route_candidate AS second
        ON
            pair.week = second.week
            AND pair.workload = second.workload
            AND pair.escalation_model_id = second.model_id
    CROSS JOIN core.parameter AS parameter
    WHERE pair.cost_bucket = pair.own_bucket
    ORDER BY pair.week, pair.workload, pair.model_id, pair.escalation_model_id
)

SELECT * FROM final
