/*
---
description: >-
  Every choice that the candidates of a workload form: each model alone, and where success can be
  predicted each pair of a primary and an escalation. What a task costs, how likely it succeeds, and
  whether the choice may be made: pairs only where the caller escalates, and only if the escalation
  raises the success it is added to.
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
  escalation_cost_usd:
  escalation_probability:
  expected_cost_usd:
  compared_cost_usd:
  primary_compared_usd:
  primary_output_usd: DOUBLE NOT NULL | USD | Part of that for completions
  primary_cache_gain_usd: DOUBLE NOT NULL | USD | What it would be less if all of the replay were cached
  escalation_compared_usd: DOUBLE NOT NULL | USD | Price of a task by the escalation alone; 0 without
  escalation_output_usd: DOUBLE NOT NULL | USD | Part of that for completions
  escalation_cache_gain_usd: DOUBLE NOT NULL | USD | What it would be less if all of the replay were cached
  cost_bucket:
  is_inferred: BOOLEAN NOT NULL | - | Whether third-party scores are part of the evidence of one of them
  primary_quality: DOUBLE | fraction or points | Success or capability of the primary; NULL is unknown
  primary_quality_low: DOUBLE | fraction or points | The same at the lower bound
  primary_quality_sd: DOUBLE | fraction or points | Its standard deviation
  escalation_quality: DOUBLE | fraction | Success of the escalation alone; NULL without
  escalation_quality_low: DOUBLE | fraction | The same at the lower bound
  escalation_quality_sd: DOUBLE | fraction | Its standard deviation
  success: DOUBLE | fraction | Predicted success of the choice; NULL without benchmarks
  success_low: DOUBLE | fraction | The same with every model at its lower bound
  capability_low:
  quality_low:
  quality_floor:
  raises_success: BOOLEAN NOT NULL | - | Whether the escalation raises mean and bound; true without one
  reaches_floor: BOOLEAN NOT NULL | - | Whether the floor is reached at the lower bound
  is_open: BOOLEAN NOT NULL | - | Whether the workload admits such a choice
  is_feasible: BOOLEAN NOT NULL | - | Whether the choice may be made
checks:
  no model escalates to itself: model_id <> escalation_model_id
  a choice costs at least its primary: expected_cost_usd >= cost_per_task_usd
  a published escalation raises success: NOT is_feasible OR raises_success
---
*/
-- What is inferred is decided here with the numbers of the private file and passed on without them.
WITH known AS (
    SELECT
        verdict.week,
        verdict.workload,
        verdict.model_id,
        verdict.vendor,
        verdict.bloc,
        verdict.weeks_adopted,
        verdict.momentum,
        coalesce(verdict.is_inferred, FALSE) AS is_inferred,
        coalesce(verdict.success, inferred.success) AS success,
        coalesce(verdict.success_low, inferred.success_low) AS success_low,
        coalesce(verdict.success_sd, inferred.success_sd) AS success_sd,
        coalesce(verdict.capability, inferred.capability) AS capability,
        coalesce(verdict.capability_low, inferred.capability_low) AS capability_low,
        coalesce(verdict.capability_sd, inferred.capability_sd) AS capability_sd
    FROM core.route_verdict AS verdict
    LEFT JOIN private.quality AS inferred
        ON
            verdict.week = inferred.week
            AND verdict.workload = inferred.workload
            AND verdict.model_id = inferred.model_id
            AND verdict.is_inferred
    WHERE verdict.rejected_because IS NULL
),

candidate AS (
    SELECT
        verdict.*,
        cost.cost_per_task_usd,
        cost.compared_cost_usd,
        cost.output_cost_usd,
        cost.cache_gain_usd,
        workload.has_benchmarks,
        workload.escalation,
        workload.index_floor,
        CASE WHEN workload.has_benchmarks THEN verdict.success ELSE verdict.capability END AS quality,
        CASE
            WHEN workload.has_benchmarks THEN verdict.success_low ELSE verdict.capability_low
        END AS quality_low,
        CASE WHEN workload.has_benchmarks THEN verdict.success_sd ELSE verdict.capability_sd END AS quality_sd
    FROM known AS verdict
    INNER JOIN core.route_cost AS cost
        ON
            verdict.week = cost.week
            AND verdict.workload = cost.workload
            AND verdict.model_id = cost.model_id
    INNER JOIN staging.workload ON verdict.workload = workload.workload
),

-- Every candidate that pairs can be formed with, and none: a choice of one model escalates to nobody.
escalation AS (
    SELECT
        week,
        workload,
        model_id,
        cost_per_task_usd,
        compared_cost_usd,
        output_cost_usd,
        cache_gain_usd,
        success,
        success_low,
        success_sd,
        is_inferred
    FROM candidate
    WHERE has_benchmarks AND success IS NOT NULL
    UNION ALL
    SELECT DISTINCT
        week,
        workload,
        '' AS model_id,
        cast(0 AS DOUBLE) AS cost_per_task_usd,
        cast(0 AS DOUBLE) AS compared_cost_usd,
        cast(0 AS DOUBLE) AS output_cost_usd,
        cast(0 AS DOUBLE) AS cache_gain_usd,
        cast(NULL AS DOUBLE) AS success,
        cast(NULL AS DOUBLE) AS success_low,
        cast(NULL AS DOUBLE) AS success_sd,
        FALSE AS is_inferred
    FROM candidate
),

-- p_esc = (1 - q1)·d + q1·f; both succeed with probability q11, at a correlation of success_correlation.
chance AS (
    SELECT
        first.*,
        second.model_id AS escalation_model_id,
        second.cost_per_task_usd AS escalation_cost_usd,
        second.compared_cost_usd AS escalation_compared_usd,
        second.output_cost_usd AS escalation_output_usd,
        second.cache_gain_usd AS escalation_cache_gain_usd,
        second.success AS escalation_success,
        second.success_low AS escalation_success_low,
        second.success_sd AS escalation_success_sd,
        second.is_inferred AS is_escalation_inferred,
        parameter.detection,
        parameter.false_alarm,
        -- From the cost of a pair its primary's success could be computed: what is inferred counts as 0.
        CASE
            WHEN second.model_id = '' THEN cast(0 AS DOUBLE)
            WHEN first.is_inferred THEN parameter.detection
            ELSE (1 - first.success) * parameter.detection + first.success * parameter.false_alarm
        END AS escalation_probability,
        least(
            first.success,
            second.success,
            first.success * second.success
            + parameter.success_correlation
            * sqrt(first.success * (1 - first.success) * second.success * (1 - second.success))
        ) AS both_succeed,
        least(
            first.success_low,
            second.success_low,
            first.success_low * second.success_low
            + parameter.success_correlation
            * sqrt(
                first.success_low
                * (1 - first.success_low)
                * second.success_low
                * (1 - second.success_low)
            )
        ) AS both_succeed_low
    FROM candidate AS first
    CROSS JOIN core.parameter AS parameter
    INNER JOIN escalation AS second
        ON
            first.week = second.week
            AND first.workload = second.workload
            AND first.model_id <> second.model_id
    WHERE second.model_id = '' OR (first.has_benchmarks AND first.success IS NOT NULL)
),

-- Q = q1·(1 - f) + d·(q2 - q11) + f·q11: a success that is kept, a failure that is noticed and mended,
-- a false alarm that the second answers as well. pipelines/models/python/route_draws.py has the same.
predicted AS (
    SELECT
        *,
        CASE
            WHEN NOT has_benchmarks THEN NULL
            WHEN escalation_model_id = '' THEN success
            ELSE
                success * (1 - false_alarm)
                + detection * (escalation_success - both_succeed)
                + false_alarm * both_succeed
        END AS choice_success,
        CASE
            WHEN NOT has_benchmarks THEN NULL
            WHEN escalation_model_id = '' THEN success_low
            ELSE
                success_low * (1 - false_alarm)
                + detection * (escalation_success_low - both_succeed_low)
                + false_alarm * both_succeed_low
        END AS choice_success_low
    FROM chance
),

judged AS (
    SELECT
        predicted.*,
        predicted.cost_per_task_usd
        + predicted.escalation_probability * predicted.escalation_cost_usd AS expected_cost_usd,
        predicted.compared_cost_usd
        + predicted.escalation_probability * predicted.escalation_compared_usd AS choice_compared_usd,
        predicted.is_inferred OR predicted.is_escalation_inferred AS is_choice_inferred,
        CASE
            WHEN predicted.has_benchmarks THEN predicted.choice_success_low ELSE predicted.capability_low
        END AS choice_quality_low,
        predicted.escalation_model_id = ''
        OR (
            predicted.choice_success > predicted.quality
            AND predicted.choice_success_low > predicted.quality_low
        ) AS raises_success,
        predicted.escalation_model_id = '' OR predicted.escalation = 'caller' AS is_open,
        floor.quality_floor
    FROM predicted
    INNER JOIN core.route_floor AS floor
        ON predicted.week = floor.week AND predicted.workload = floor.workload
),

final AS (
    SELECT
        week,
        workload,
        model_id,
        escalation_model_id,
        vendor,
        bloc,
        weeks_adopted,
        momentum,
        cost_per_task_usd,
        escalation_cost_usd,
        escalation_probability,
        expected_cost_usd,
        choice_compared_usd AS compared_cost_usd,
        compared_cost_usd AS primary_compared_usd,
        output_cost_usd AS primary_output_usd,
        cache_gain_usd AS primary_cache_gain_usd,
        escalation_compared_usd,
        escalation_output_usd,
        escalation_cache_gain_usd,
        -- Steps of a tenth, the same whichever other candidates there are; a sandbox may be free.
        -- pipelines/models/python/route_breakevens.py has the same.
        cast(
            floor(
                ln(CASE WHEN choice_compared_usd > 0 THEN choice_compared_usd ELSE 1e-12 END)
                / nullif(ln(1.1), 0)
            ) AS BIGINT
        ) AS cost_bucket,
        is_choice_inferred AS is_inferred,
        CASE WHEN NOT is_inferred THEN quality END AS primary_quality,
        CASE WHEN NOT is_inferred THEN quality_low END AS primary_quality_low,
        CASE WHEN NOT is_inferred THEN quality_sd END AS primary_quality_sd,
        CASE WHEN NOT is_escalation_inferred THEN escalation_success END AS escalation_quality,
        CASE WHEN NOT is_escalation_inferred THEN escalation_success_low END AS escalation_quality_low,
        CASE WHEN NOT is_escalation_inferred THEN escalation_success_sd END AS escalation_quality_sd,
        CASE WHEN NOT is_choice_inferred THEN choice_success END AS success,
        CASE WHEN NOT is_choice_inferred THEN choice_success_low END AS success_low,
        CASE WHEN NOT is_inferred THEN capability_low END AS capability_low,
        CASE WHEN NOT is_choice_inferred THEN choice_quality_low END AS quality_low,
        quality_floor,
        raises_success,
        coalesce(choice_quality_low >= quality_floor, NOT (is_choice_inferred AND has_benchmarks))
        AND coalesce(capability_low >= index_floor, index_floor IS NULL) AS reaches_floor,
        is_open
    FROM judged
)

SELECT
    *,
    is_open AND raises_success AND reaches_floor AS is_feasible
FROM final
