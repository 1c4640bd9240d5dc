/*
---
description: How many models each rule keeps out of a workload, in the order in which the rules are applied.
grain: week × workload × place
unique: [week, workload, place]
columns:
  week:
  workload:
  place:
  rule: VARCHAR NOT NULL | - | The first rule that a model breaks
  models: BIGINT NOT NULL | models | Models that it keeps out
  models_left: BIGINT NOT NULL | models | Models that pass this rule and those before it
checks:
  the rules leave the candidates: >-
    SELECT rejection.week FROM marts.routing_rejection AS rejection
    WHERE place = (SELECT max(place) FROM core.route_rule) AND models_left <> (
        SELECT count(*) FROM marts.routing_candidate AS candidate WHERE candidate.week = rejection.week
        AND candidate.workload = rejection.workload AND candidate.rejected_because IS NULL)
---
*/
WITH offered AS (
    SELECT
        week,
        workload,
        count(*) AS offers
    FROM marts.routing_candidate
    GROUP BY week, workload
),

removed AS (
    SELECT
        week,
        workload,
        rejected_because,
        count(*) AS models
    FROM marts.routing_candidate
    WHERE rejected_because IS NOT NULL
    GROUP BY week, workload, rejected_because
),

final AS (
    SELECT
        offered.week,
        offered.workload,
        rule.place,
        rule.rule,
        coalesce(removed.models, 0) AS models,
        cast(
            offered.offers - sum(coalesce(removed.models, 0)) OVER (
                PARTITION BY offered.week, offered.workload ORDER BY rule.place
            ) AS BIGINT
        ) AS models_left
    FROM offered
    CROSS JOIN core.route_rule AS rule
    LEFT JOIN removed
        ON
            offered.week = removed.week
            AND offered.workload = removed.workload
            AND rule.rule = removed.rejected_because
)

SELECT * FROM final
