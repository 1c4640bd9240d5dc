/*
---
description: >-
  What would change the choice of a workload: rises of the primary's prices, cached parts of the replay, and
  floors. Each is found by making the choice again, without hysteresis.
grain: week × workload
unique: [week, workload]
function: route_breakevens
columns:
  week:
  workload:
  price_rise: DOUBLE | fraction | Rise of the primary's prices at which the choice changes; NULL is none
  cache_hit: DOUBLE | fraction | Nearest cached part of the replay at which it changes; NULL is none
  floor_up: DOUBLE | fraction or points | Highest floor with the same choice; NULL without a floor
  floor_down: DOUBLE | fraction or points | Highest lower floor with another choice; NULL is none
checks:
  a cached part is a fraction: coalesce(cache_hit BETWEEN 0 AND 1, TRUE)
  prices rise: coalesce(price_rise >= 0, TRUE)
---
*/
SELECT
    choice.*,
    choice.model_id = decision.model_id
    AND choice.escalation_model_id = decision.escalation_model_id AS is_pick,
    CASE WHEN choice.is_inferred THEN choice.quality_floor ELSE choice.quality_low END AS choice_quality_low,
    risk.rise_share,
    risk.rise_log,
    risk.fall_share,
    risk.fall_log,
    parameter.*
FROM core.route_decision AS decision
INNER JOIN core.route_choice AS choice
    ON decision.week = choice.week AND decision.workload = choice.workload
INNER JOIN staging.workload ON decision.workload = workload.workload
INNER JOIN core.route_price_risk AS risk ON decision.week = risk.week
CROSS JOIN core.parameter AS parameter
WHERE
    choice.is_open
    AND choice.raises_success
    AND (
        choice.reaches_floor
        OR (
            NOT choice.is_inferred
            AND (
                NOT workload.has_benchmarks
                OR coalesce(choice.capability_low >= workload.index_floor, workload.index_floor IS NULL)
            )
        )
    )
ORDER BY choice.week, choice.workload, choice.model_id, choice.escalation_model_id
