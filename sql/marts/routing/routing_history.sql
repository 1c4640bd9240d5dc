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
  model_id: VARCHAR | - | The primary from then on; NULL if no model can carry the work
  previous_model_id:
  best_model_id:
  saving:
  weeks_beaten:
  weeks_held:
  is_emergency: BOOLEAN NOT NULL | - | Whether it was switched at once, for a price jump, or retired or gone
  reason: VARCHAR NOT NULL | - | The same in words
accepted:
  action: [start, keep, switch, empty]
checks:
  only a switch names another model: action = 'switch' OR coalesce(previous_model_id = model_id, TRUE)
---
*/
WITH routed AS (
    SELECT DISTINCT
        week,
        workload
    FROM core.route_candidate
),

final AS (
    SELECT
        routed.week,
        routed.workload,
        coalesce(decision.action, 'empty') AS action,
        decision.model_id,
        decision.previous_model_id,
        decision.best_model_id,
        decision.saving,
        decision.weeks_beaten,
        decision.weeks_held,
        coalesce(
            decision.action = 'switch'
            AND (
                decision.cause = 'price jump'
                OR previous.model_id IS NULL
                OR previous.rejected_because IN ('no longer listed', 'retires too soon')
            ), FALSE
        ) AS is_emergency,
        CASE
            WHEN decision.action IS NULL THEN 'no model passes every rule and reaches the floor'
            WHEN decision.cause = 'broken rule' AND previous.model_id IS NULL
                THEN decision.previous_model_id || ' is gone from the catalogue'
            WHEN decision.cause = 'broken rule'
                THEN
                    decision.previous_model_id || ': '
                    || coalesce(previous.rejected_because, 'no pair with it reaches the floor')
            WHEN decision.cause = 'price jump'
                THEN decision.previous_model_id || ' costs a task too much more than the week before'
            WHEN decision.cause = 'clear saving'
                THEN
                    'a pair was cheaper than that of ' || decision.previous_model_id || ' by '
                    || cast(cast(100 * decision.saving AS DECIMAL(9, 1)) AS VARCHAR)
                    || ' % this week, and clearly so the week before'
            WHEN decision.cause = 'still best' THEN 'still the best pair'
            WHEN decision.cause = 'first week' THEN 'the week before has no route'
            ELSE
                'kept: ' || decision.best_model_id || ' would be preferred, but '
                || CASE
                    WHEN decision.cause = 'dwell' THEN 'the route has just been switched'
                    ELSE
                        'the cheapest other pair saves '
                        || cast(cast(100 * decision.saving AS DECIMAL(9, 1)) AS VARCHAR)
                        || ' %, clearly so for ' || cast(decision.weeks_beaten AS VARCHAR) || ' week(s)'
                END
        END AS reason
    FROM routed
    LEFT JOIN core.route_decision AS decision
        ON routed.week = decision.week AND routed.workload = decision.workload
    LEFT JOIN core.route_candidate AS previous
        ON
            decision.week = previous.week
            AND decision.workload = previous.workload
            AND decision.previous_model_id = previous.model_id
)

SELECT * FROM final
