/*
---
description: >-
  Who carries a workload: the primary, two fallbacks of other vendors for when it cannot be reached, one of
  them of another origin if there is any, and the escalation for when it fails.
grain: week × workload × position
unique: [week, workload, position]
columns:
  week:
  workload:
  position: BIGINT NOT NULL | place | 0 is the primary, then the fallbacks in their order, last the escalation
  role:
  model_id:
  why: VARCHAR NOT NULL | - | Code of the reason for the model
accepted:
  role: [primary, fallback, escalation]
  why: [least_cost, kept, next_vendor, other_origin, mends_failures]
---
*/
WITH decided AS (
    SELECT
        decision.week,
        decision.workload,
        option.model_id,
        option.escalation_model_id,
        option.vendor,
        option.bloc,
        option.preference = 1 AS is_cheapest
    FROM core.route_decision AS decision
    INNER JOIN core.route_option AS option
        ON
            decision.week = option.week
            AND decision.workload = option.workload
            AND decision.model_id = option.model_id
            AND option.primary_preference = 1
),

best_of_vendor AS (
    SELECT
        option.week,
        option.workload,
        option.model_id,
        option.bloc = decided.bloc AS is_same_origin,
        option.preference,
        row_number() OVER (
            PARTITION BY option.week, option.workload, option.vendor ORDER BY option.preference
        ) AS vendor_rank
    FROM core.route_option AS option
    INNER JOIN decided
        ON
            option.week = decided.week
            AND option.workload = decided.workload
            AND option.vendor <> decided.vendor
),

next_vendor AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY week, workload ORDER BY preference) AS place
    FROM best_of_vendor
    WHERE vendor_rank = 1
),

-- One fallback has another origin: if the first has not, the second is the first that has, if any.
second_vendor AS (
    SELECT
        following.week,
        following.workload,
        following.model_id,
        first.is_same_origin AND NOT following.is_same_origin AS is_needed_origin,
        row_number() OVER (
            PARTITION BY following.week, following.workload
            ORDER BY following.is_same_origin AND first.is_same_origin, following.preference
        ) AS choice
    FROM next_vendor AS following
    INNER JOIN next_vendor AS first
        ON
            following.week = first.week
            AND following.workload = first.workload
            AND first.place = 1
            AND following.place > 1
),

seat AS (
    SELECT
        week,
        workload,
        0 AS seat,
        'primary' AS role,
        model_id,
        CASE WHEN is_cheapest THEN 'least_cost' ELSE 'kept' END AS why
    FROM decided
    UNION ALL
    SELECT
        week,
        workload,
        1 AS seat,
        'fallback' AS role,
        model_id,
        'next_vendor' AS why
    FROM next_vendor
    WHERE place = 1
    UNION ALL
    SELECT
        week,
        workload,
        2 AS seat,
        'fallback' AS role,
        model_id,
        CASE WHEN is_needed_origin THEN 'other_origin' ELSE 'next_vendor' END AS why
    FROM second_vendor
    WHERE choice = 1
    UNION ALL
    SELECT
        week,
        workload,
        3 AS seat,
        'escalation' AS role,
        escalation_model_id AS model_id,
        'mends_failures' AS why
    FROM decided
    WHERE escalation_model_id <> ''
),

final AS (
    SELECT
        week,
        workload,
        row_number() OVER (PARTITION BY week, workload ORDER BY seat) - 1 AS position,
        role,
        model_id,
        why
    FROM seat
)

SELECT * FROM final
