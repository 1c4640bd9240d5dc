/*
---
description: >-
  What chance makes of the choices that may be made: every model alone, and of the pairs with a primary
  those in its cheapest step. The parameters of a route, the quality of its models and their next prices
  are drawn many times.
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
  a primary is the cheapest in every draw: >-
    SELECT draw.week FROM (SELECT DISTINCT week, workload, model_id, best_share FROM core.route_draw) AS draw
    GROUP BY draw.week, draw.workload HAVING sum(draw.best_share) < 1 - 1e-9
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
        choice.*,
        risk.rise_share,
        risk.rise_log,
        risk.fall_share,
        risk.fall_log,
        parameter.*
    FROM cheapest_step AS choice
    INNER JOIN core.route_price_risk AS risk ON choice.week = risk.week
    CROSS JOIN core.parameter AS parameter
    WHERE choice.cost_bucket = choice.own_bucket OR choice.escalation_model_id = ''
    ORDER BY choice.week, choice.workload, choice.model_id, choice.escalation_model_id
)

SELECT * FROM final
