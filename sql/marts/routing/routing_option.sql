/*
---
description: >-
  Every choice that a workload admits: each candidate alone and, where the caller escalates, each pair whose
  escalation raises success. What it costs, whether it reaches the floor, and its place in the order.
grain: week × workload × model_id × escalation_model_id
unique: [week, workload, model_id, escalation_model_id]
columns:
  week:
  workload:
  model_id: VARCHAR NOT NULL | - | The primary
  escalation_model_id:
  vendor: VARCHAR NOT NULL | - | The primary's vendor
  bloc: VARCHAR NOT NULL | - | Where the primary's developer has its headquarters
  cost_per_task_usd:
  escalation_cost_usd:
  escalation_probability:
  expected_cost_usd:
  compared_cost_usd:
  cost_bucket:
  success: DOUBLE | fraction | Predicted success, the escalation included; NULL without benchmarks
  success_low:
  capability_low:
  quality_low:
  is_feasible:
  preference: BIGINT | place | 1 is the best choice; NULL where a cheaper choice has the same primary
  primary_preference: BIGINT
  floor_probability:
  cost_p10: DOUBLE
  cost_p90: DOUBLE
  best_share: DOUBLE
  weeks_adopted:
  momentum: DOUBLE | fraction | Growth of the primary's tokens; NULL is unknown
checks:
  what is preferred is feasible: preference IS NULL OR is_feasible
---
*/
SELECT
    choice.week,
    choice.workload,
    choice.model_id,
    choice.escalation_model_id,
    choice.vendor,
    choice.bloc,
    choice.cost_per_task_usd,
    choice.escalation_cost_usd,
    choice.escalation_probability,
    choice.expected_cost_usd,
    choice.compared_cost_usd,
    choice.cost_bucket,
    choice.success,
    choice.success_low,
    choice.capability_low,
    choice.quality_low,
    choice.is_feasible,
    option.preference,
    option.primary_preference,
    option.floor_probability,
    option.cost_p10,
    option.cost_p90,
    option.best_share,
    choice.weeks_adopted,
    choice.momentum
FROM core.route_choice AS choice
LEFT JOIN core.route_option AS option
    ON
        choice.week = option.week
        AND choice.workload = option.workload
        AND choice.model_id = option.model_id
        AND choice.escalation_model_id = option.escalation_model_id
WHERE choice.is_open AND choice.raises_success
