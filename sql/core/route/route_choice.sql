/*
---
description: >-
  Every pair of a primary and an escalation that candidates of a workload can form: what a task costs
  on average, and how likely the two together succeed. A workload without benchmarks has no
  prediction of success and so no escalation: its choices have a primary only.
grain: week × workload × model_id × escalation_model_id
unique: [week, workload, model_id, escalation_model_id]
columns:
  week:
  workload:
  model_id: VARCHAR NOT NULL | - | The primary
  escalation_model_id:
  vendor: VARCHAR NOT NULL | - | The primary's vendor
  bloc: VARCHAR NOT NULL | - | Where the primary's developer has its headquarters
  weeks_adopted:
  momentum: DOUBLE | fraction | Growth of the primary's tokens; NULL is unknown
  cost_per_task_usd:
  output_cost_usd:
  cache_gain_usd:
  primary_success: DOUBLE | fraction | Predicted success of the primary alone; NULL without benchmarks
  primary_success_low: DOUBLE | fraction | The same at the lower bound
  capability: DOUBLE | points | The primary's place on the capabilities index; NULL without
  capability_low:
  escalation_cost_usd:
  escalation_output_cost_usd: DOUBLE NOT NULL | USD | Part of it that the completions cost
  escalation_cache_gain_usd: DOUBLE NOT NULL | USD | The same of the escalation; 0 without
  escalation_success: DOUBLE | fraction | Predicted success of the escalation alone; NULL without
  escalation_success_low: DOUBLE | fraction | The same at the lower bound
  escalation_probability:
  expected_cost_usd:
  cost_bucket:
  success: DOUBLE | fraction | Predicted success of the two together; NULL without benchmarks
  success_low: DOUBLE | fraction | The same with both at their lower bound
  is_feasible:
checks:
  nobody escalates to itself: model_id <> escalation_model_id
  a pair costs at least its primary: expected_cost_usd >= cost_per_task_usd
---
*/
WITH candidate AS (
    SELECT
        verdict.*,
        cost.cost_per_task_usd,
        cost.output_cost_usd,
        cost.cache_gain_usd,
        workload.quality_floor,
        workload.index_floor,
        workload.quality_floor IS NOT NULL AS has_escalation
    FROM core.route_verdict AS verdict
    INNER JOIN core.route_cost AS cost
        ON
            verdict.week = cost.week
            AND verdict.workload = cost.workload
            AND verdict.model_id = cost.model_id
    INNER JOIN staging.workload ON verdict.workload = workload.workload
    WHERE verdict.rejected_because IS NULL
),

pair AS (
    SELECT
        first.*,
        second.model_id AS escalation_model_id,
        second.cost_per_task_usd AS escalation_cost_usd,
        second.output_cost_usd AS escalation_output_cost_usd,
        second.cache_gain_usd AS escalation_cache_gain_usd,
        second.success AS escalation_success,
        second.success_low AS escalation_success_low
    FROM candidate AS first
    LEFT JOIN candidate AS second
        ON
            first.week = second.week
            AND first.workload = second.workload
            AND first.model_id <> second.model_id
            AND first.has_escalation
    WHERE second.model_id IS NOT NULL OR NOT first.has_escalation
),

-- p_esc = (1 - q1)·d + q1·f; both succeed with probability q11, at a correlation of success_correlation.
chance AS (
    SELECT
        pair.*,
        parameter.detection,
        parameter.false_alarm,
        coalesce((1 - success) * detection + success * false_alarm, 0) AS escalation_probability,
        least(
            success,
            escalation_success,
            success * escalation_success
            + success_correlation
            * sqrt(success * (1 - success) * escalation_success * (1 - escalation_success))
        ) AS both_succeed,
        least(
            success_low,
            escalation_success_low,
            success_low * escalation_success_low
            + success_correlation
            * sqrt(
                success_low * (1 - success_low) * escalation_success_low * (1 - escalation_success_low)
            )
        ) AS both_succeed_low
    FROM pair
    CROSS JOIN core.parameter AS parameter
),

-- Q = q1·(1 - f) + d·(q2 - q11) + f·q11: a success that is kept, a failure that is noticed and mended,
-- a false alarm that the second answers as well. pipelines/models/python/route_draws.py has the same.
outcome AS (
    SELECT
        *,
        cost_per_task_usd + escalation_probability * coalesce(escalation_cost_usd, 0) AS expected_cost_usd,
        success * (1 - false_alarm)
        + detection * (escalation_success - both_succeed)
        + false_alarm * both_succeed AS pair_success,
        success_low * (1 - false_alarm)
        + detection * (escalation_success_low - both_succeed_low)
        + false_alarm * both_succeed_low AS pair_success_low
    FROM chance
),

final AS (
    SELECT
        week,
        workload,
        model_id,
        coalesce(escalation_model_id, '') AS escalation_model_id,
        vendor,
        bloc,
        weeks_adopted,
        momentum,
        cost_per_task_usd,
        output_cost_usd,
        cache_gain_usd,
        success AS primary_success,
        success_low AS primary_success_low,
        capability,
        capability_low,
        coalesce(escalation_cost_usd, 0) AS escalation_cost_usd,
        coalesce(escalation_output_cost_usd, 0) AS escalation_output_cost_usd,
        coalesce(escalation_cache_gain_usd, 0) AS escalation_cache_gain_usd,
        escalation_success,
        escalation_success_low,
        escalation_probability,
        expected_cost_usd,
        -- Steps of a tenth, the same whichever other candidates there are; a sandbox may be free.
        cast(
            floor(
                ln(CASE WHEN expected_cost_usd > 0 THEN expected_cost_usd ELSE 1e-12 END)
                / nullif(ln(1.1), 0)
            ) AS BIGINT
        ) AS cost_bucket,
        pair_success AS success,
        pair_success_low AS success_low,
        coalesce(pair_success_low >= quality_floor, TRUE)
        AND coalesce(capability_low >= index_floor, index_floor IS NULL) AS is_feasible
    FROM outcome
)

SELECT * FROM final
