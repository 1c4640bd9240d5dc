/*
---
description: >-
  The choice that carries a workload in a week, with hysteresis: a route is kept until a hard rule breaks
  it, its cost rises by as much as emergency_price_rise within a week, or, once it was held for
  dwell_weeks, it was clearly beaten in two closed weeks in a row.
grain: week × workload
unique: [week, workload]
function: route_decisions
columns:
  week:
  workload:
  model_id: VARCHAR NOT NULL | - | The primary
  escalation_model_id:
  previous_model_id:
  best_model_id: VARCHAR NOT NULL
  saving: DOUBLE NOT NULL
  weeks_beaten: BIGINT NOT NULL
  weeks_held: BIGINT NOT NULL
  action:
  cause: VARCHAR NOT NULL | - | Why
accepted:
  action: [start, keep, switch]
  cause: [first_week, still_best, no_clear_saving, dwell, broken_rule, emergency_price_rise, clear_saving]
checks:
  a switch changes the primary: (action = 'switch') = coalesce(previous_model_id <> model_id, FALSE)
---
*/
-- A file per published week records what a route was then, whatever is known now. What it cost then is
-- computed again where it can be: a workload that was edited since is no rise of a price.
-- pipelines/models/python/hysteresis.py decides.
SELECT
    option.week,
    option.workload,
    option.preference,
    option.model_id,
    option.escalation_model_id,
    option.primary_compared_usd,
    option.compared_cost_usd,
    recorded.model_id AS recorded_model_id,
    coalesce(before.compared_cost_usd, recorded.cost_per_task_usd) AS recorded_cost_usd,
    recorded.weeks_held AS recorded_weeks_held,
    recorded.weeks_beaten AS recorded_weeks_beaten,
    parameter.switch_saving,
    parameter.emergency_price_rise,
    parameter.dwell_weeks
FROM core.route_option AS option
LEFT JOIN home.route_decision AS recorded
    ON
        recorded.week = cast(option.week - INTERVAL 7 DAY AS DATE)
        AND option.workload = recorded.workload
LEFT JOIN core.route_cost AS before
    ON
        recorded.week = before.week
        AND recorded.workload = before.workload
        AND recorded.model_id = before.model_id
CROSS JOIN core.parameter AS parameter
ORDER BY option.workload, option.week, option.preference
