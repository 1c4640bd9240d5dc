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
    FROM core.route_choice
    WHERE is_feasible
),

final AS (
    SELECT
        choice.week,
        choice.workload,
        choice.model_id,
        choice.escalation_model_id,
        choice.cost_per_task_usd,
        choice.output_cost_usd,
        choice.cache_gain_usd,
        choice.escalation_cost_usd AS second_cost_per_task_usd,
        choice.escalation_output_cost_usd AS second_output_cost_usd,
        choice.escalation_cache_gain_usd AS second_cache_gain_usd,
        CASE
            WHEN workload.quality_floor IS NULL THEN choice.capability ELSE choice.primary_success
        END AS quality,
        CASE
            WHEN workload.quality_floor IS NULL THEN choice.capability_low ELSE choice.primary_success_low
        END AS quality_low,
        choice.escalation_success AS second_quality,
        choice.escalation_success_low AS second_quality_low,
        coalesce(workload.quality_floor, workload.index_floor) AS quality_floor,
        parameter.*
    FROM cheapest_step AS choice
    INNER JOIN staging.workload ON choice.workload = workload.workload
    CROSS JOIN core.parameter AS parameter
    WHERE choice.cost_bucket = choice.own_bucket
    ORDER BY choice.week, choice.workload, choice.model_id, choice.escalation_model_id
)

SELECT * FROM final
