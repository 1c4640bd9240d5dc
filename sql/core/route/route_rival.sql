/*
---
description: >-
  The route of a workload against every other primary that could carry it: how far it is ahead, and
  how much its price or the cached part of its prompts would have to move for the other to be cheaper.
grain: week × workload × rival_model_id × rival_escalation_model_id
unique: [week, workload, rival_model_id, rival_escalation_model_id]
columns:
  week:
  workload:
  rival_model_id: VARCHAR NOT NULL | - | Primary of the other pair
  rival_escalation_model_id: VARCHAR NOT NULL | - | Its escalation; empty without benchmarks
  distance: DOUBLE NOT NULL | fraction | By how much the other pair costs more; below zero it costs less
  price_rise: DOUBLE | fraction | Rise of the primary's prices at which both cost the same; NULL is none
  cache_hit: DOUBLE | fraction | Cached part of the replay at which both cost the same; NULL is none
checks:
  a cached part is a fraction: coalesce(cache_hit BETWEEN 0 AND 1, TRUE)
---
*/
WITH option AS (
    SELECT
        *,
        cache_gain_usd + escalation_probability * escalation_cache_gain_usd AS expected_cache_gain_usd
    FROM core.route_choice
    WHERE is_feasible
),

compared AS (
    SELECT
        rival.week,
        rival.workload,
        rival.model_id AS rival_model_id,
        rival.escalation_model_id AS rival_escalation_model_id,
        rival.expected_cost_usd - own.expected_cost_usd AS ahead_usd,
        own.expected_cost_usd,
        -- Where the rival escalates to our primary, its own cost rises with our primary's prices too.
        own.cost_per_task_usd
        - CASE
            WHEN rival.escalation_model_id = own.model_id
                THEN rival.escalation_probability * rival.escalation_cost_usd
            ELSE 0
        END AS rise_usd,
        rival.expected_cache_gain_usd - own.expected_cache_gain_usd AS gain_usd
    FROM core.route_decision AS decision
    INNER JOIN option AS own
        ON
            decision.week = own.week
            AND decision.workload = own.workload
            AND decision.model_id = own.model_id
            AND decision.escalation_model_id = own.escalation_model_id
    INNER JOIN option AS rival
        ON
            own.week = rival.week
            AND own.workload = rival.workload
            AND own.model_id <> rival.model_id
),

solved AS (
    SELECT
        compared.*,
        CASE WHEN rise_usd > 0 THEN ahead_usd / nullif(rise_usd, 0) END AS price_rise,
        parameter.cache_hit + ahead_usd / nullif(gain_usd, 0) AS cache_hit
    FROM compared
    CROSS JOIN core.parameter AS parameter
),

final AS (
    SELECT
        week,
        workload,
        rival_model_id,
        rival_escalation_model_id,
        coalesce(ahead_usd / nullif(expected_cost_usd, 0), 0) AS distance,
        price_rise,
        CASE WHEN cache_hit BETWEEN 0 AND 1 THEN cache_hit END AS cache_hit
    FROM solved
)

SELECT * FROM final
