/*
---
description: >-
  What was done with each workload's route, week by week: started, kept, switched or left empty, and
  why. The week before is as it was published then, where the lake has recorded it.
grain: week × workload
unique: [week, workload]
columns:
  week:
  workload:
  action:
  cause: VARCHAR | - | Code of the reason; NULL where the workload is empty
  broken_rule: VARCHAR | - | Rule that the primary of the week before has broken, or below_floor; NULL is none
  model_id: VARCHAR | - | The primary from then on; NULL if no model can carry the work
  previous_model_id:
  best_model_id:
  saving:
  weeks_beaten:
  weeks_held:
  is_emergency: BOOLEAN NOT NULL | - | Whether it was switched at once, for a price rise, or retired or gone
accepted:
  action: [start, keep, switch, empty]
  cause: [first_week, still_best, no_clear_saving, dwell, broken_rule, emergency_price_rise, clear_saving]
checks:
  only a switch names another model: action = 'switch' OR coalesce(previous_model_id = model_id, TRUE)
  a broken rule is named: (cause = 'broken_rule') = (broken_rule IS NOT NULL) OR cause IS NULL
---
*/
WITH routed AS (
    SELECT DISTINCT
        week,
        workload
    FROM core.route_verdict
),

decided AS (
    SELECT
        decision.*,
        CASE
            WHEN decision.cause <> 'broken_rule' THEN NULL
            WHEN previous.model_id IS NULL THEN 'no_longer_listed'
            ELSE coalesce(previous.rejected_because, 'below_floor')
        END AS broken_rule
    FROM core.route_decision AS decision
    LEFT JOIN core.route_verdict AS previous
        ON
            decision.week = previous.week
            AND decision.workload = previous.workload
            AND decision.previous_model_id = previous.model_id
),

final AS (
    SELECT
        routed.week,
        routed.workload,
        coalesce(decided.action, 'empty') AS action,
        decided.cause,
        decided.broken_rule,
        decided.model_id,
        decided.previous_model_id,
        decided.best_model_id,
        decided.saving,
        decided.weeks_beaten,
        decided.weeks_held,
        coalesce(
            decided.cause = 'emergency_price_rise'
            OR decided.broken_rule IN ('no_longer_listed', 'retires_too_soon'),
            FALSE
        ) AS is_emergency
    FROM routed
    LEFT JOIN decided ON routed.week = decided.week AND routed.workload = decided.workload
)

SELECT * FROM final
