/*
---
description: >-
  Who carries a workload: the primary, two fallbacks and, where the caller retries failures, the
  escalation. Fallbacks answer when the primary cannot be reached. They are of other vendors, their own
  success is compared with the floor, and one is of another origin if any that reaches the floor is. Where
  no other model reaches the floor, the best of them is the fallback and is marked as degraded.
grain: week × workload × position
unique: [week, workload, position]
columns:
  week:
  workload:
  position: BIGINT NOT NULL | place | 0 is the primary, then the fallbacks in their order, last the escalation
  role:
  model_id:
  why: VARCHAR NOT NULL | - | Code of the reason for the model
  is_degraded: BOOLEAN NOT NULL | - | Whether a fallback misses the floor alone
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

-- Alone: a fallback that leans on an escalation would be down with it. An unknown origin is not another one.
alone AS (
    SELECT
        choice.week,
        choice.workload,
        choice.model_id,
        choice.vendor,
        choice.reaches_floor,
        choice.bloc <> decided.bloc
        AND choice.bloc IN ('CN', 'US', 'OTHER')
        AND decided.bloc IN ('CN', 'US', 'OTHER') AS is_other_origin,
        row_number() OVER (
            PARTITION BY choice.week, choice.workload
            ORDER BY
                choice.reaches_floor DESC,
                option.preference,
                choice.quality_low DESC NULLS LAST,
                choice.compared_cost_usd,
                choice.model_id
        ) AS place
    FROM decided
    INNER JOIN core.route_choice AS choice
        ON
            decided.week = choice.week
            AND decided.workload = choice.workload
            AND decided.vendor <> choice.vendor
            AND choice.escalation_model_id = ''
    LEFT JOIN core.route_option AS option
        ON
            choice.week = option.week
            AND choice.workload = option.workload
            AND choice.model_id = option.model_id
            AND option.escalation_model_id = ''
),

best_of_vendor AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY week, workload, vendor ORDER BY place) AS vendor_rank
    FROM alone
),

next_vendor AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY week, workload ORDER BY place) AS turn
    FROM best_of_vendor
    WHERE vendor_rank = 1
),

-- Unless the first is of another origin than the primary, the second is the first that is.
second_vendor AS (
    SELECT
        following.*,
        NOT first.is_other_origin AND following.is_other_origin AS is_needed_origin,
        row_number() OVER (
            PARTITION BY following.week, following.workload
            ORDER BY
                following.reaches_floor DESC,
                following.is_other_origin OR first.is_other_origin DESC,
                following.place
        ) AS choice
    FROM next_vendor AS following
    INNER JOIN next_vendor AS first
        ON
            following.week = first.week
            AND following.workload = first.workload
            AND first.turn = 1
            AND following.turn > 1
),

seat AS (
    SELECT
        week,
        workload,
        0 AS seat,
        'primary' AS role,
        model_id,
        CASE WHEN is_cheapest THEN 'least_cost' ELSE 'kept' END AS why,
        FALSE AS is_degraded
    FROM decided
    UNION ALL
    SELECT
        week,
        workload,
        1 AS seat,
        'fallback' AS role,
        model_id,
        'next_vendor' AS why,
        NOT reaches_floor AS is_degraded
    FROM next_vendor
    WHERE turn = 1
    UNION ALL
    SELECT
        week,
        workload,
        2 AS seat,
        'fallback' AS role,
        model_id,
        CASE WHEN is_needed_origin THEN 'other_origin' ELSE 'next_vendor' END AS why,
        NOT reaches_floor AS is_degraded
    FROM second_vendor
    WHERE choice = 1
    UNION ALL
    SELECT
        week,
        workload,
        3 AS seat,
        'escalation' AS role,
        escalation_model_id AS model_id,
        'mends_failures' AS why,
        FALSE AS is_degraded
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
        why,
        is_degraded
    FROM seat
)

SELECT * FROM final
