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
    WHERE place = (SELECT max(place) FROM marts.routing_rejection) AND models_left <> (
        SELECT count(*) FROM marts.routing_candidate AS candidate WHERE candidate.week = rejection.week
        AND candidate.workload = rejection.workload AND candidate.rejected_because IS NULL)
---
*/
-- The one list of the rules: core.route_verdict applies them in this order.
WITH rule AS (
    SELECT
        cast(place AS BIGINT) AS place,
        rule
    FROM (
        VALUES
        (1, 'no_longer_listed'),
        (2, 'prices_disagree'),
        (3, 'price_unknown_or_zero'),
        (4, 'stealth_model'),
        (5, 'price_is_conditional'),
        (6, 'price_unsettled'),
        (7, 'context_unknown'),
        (8, 'context_too_short'),
        (9, 'modality_unknown'),
        (10, 'returns_no_text'),
        (11, 'takes_no_images'),
        (12, 'tools_unknown'),
        (13, 'calls_no_tools'),
        (14, 'structured_output_unknown'),
        (15, 'returns_no_structured_output'),
        (16, 'data_policy_forbids'),
        (17, 'origin_not_allowed'),
        (18, 'vendor_not_allowed'),
        (19, 'model_not_allowed'),
        (20, 'region_unknown'),
        (21, 'region_not_allowed'),
        (22, 'age_unknown'),
        (23, 'listed_too_recently'),
        (24, 'retires_too_soon'),
        (25, 'no_quality_evidence'),
        (26, 'too_slow'),
        (27, 'too_often_down'),
        (28, 'not_adopted')
    ) AS rules (place, rule)
),

offered AS (
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
    CROSS JOIN rule
    LEFT JOIN removed
        ON
            offered.week = removed.week
            AND offered.workload = removed.workload
            AND rule.rule = removed.rejected_because
)

SELECT * FROM final
