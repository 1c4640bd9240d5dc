/*
---
description: >-
  How likely a model is to succeed at a workload: predicted from its place on the capabilities index
  and the workload's benchmarks, replaced by one's own evaluations as they grow. Predicted, not executed.
grain: week × workload × model_id
unique: [week, workload, model_id]
columns:
  week:
  workload:
  model_id:
  evidence: VARCHAR NOT NULL
  capability:
  capability_low:
  capability_sd: DOUBLE | points | Its standard deviation, with other effort and age
  success:
  success_low:
accepted:
  evidence: [index, index and own evaluation, own evaluation]
checks:
  success lies above its bound: coalesce(success_low <= success, TRUE)
  capability lies above its bound: coalesce(capability_low <= capability, TRUE)
  success is a fraction: coalesce(success_low >= 0 AND success <= 1, TRUE)
---
*/
WITH routed_week AS (
    SELECT DISTINCT
        week,
        decided_on
    FROM core.route_offer
),

-- σ² = interval² + other effort² + age²: Epoch's interval says nothing of either.
indexed AS (
    SELECT
        routed_week.week,
        model_index.model_id,
        model_index.capability,
        sqrt(
            model_index.capability_sd * model_index.capability_sd
            + CASE WHEN model_index.is_other_effort THEN power(parameter.other_effort_sd, 2) ELSE 0 END
            + CASE
                WHEN
                    routed_week.decided_on
                    > cast(
                        model_index.evaluated_on
                        + INTERVAL 1 DAY * cast(parameter.old_score_days AS INTEGER) AS DATE
                    )
                    THEN power(parameter.old_score_sd, 2)
                ELSE 0
            END
        ) AS capability_sd,
        parameter.lower_bound_z
    FROM routed_week
    INNER JOIN staging.model_index ON model_index.released_on < routed_week.decided_on
    CROSS JOIN core.parameter AS parameter
),

bounded AS (
    SELECT
        *,
        capability - lower_bound_z * capability_sd AS capability_low
    FROM indexed
),

-- Decimals add up to the same in any order of rows; floating-point numbers do not.
-- q = mean over benchmarks of 1 / (1 + exp(-slope · (index - difficulty)))
predicted AS (
    SELECT
        indexed.week,
        workload.workload,
        indexed.model_id,
        indexed.capability,
        indexed.capability_low,
        indexed.capability_sd,
        cast(
            sum(
                cast(
                    1
                    / (1 + exp(-benchmark.slope * (indexed.capability - benchmark.difficulty))) AS DECIMAL(
                        20, 18
                    )
                )
            )
            AS DOUBLE
        ) / nullif(count(benchmark.benchmark), 0) AS success,
        cast(
            sum(
                cast(
                    1
                    / (
                        1 + exp(-benchmark.slope * (indexed.capability_low - benchmark.difficulty))
                    ) AS DECIMAL(20, 18)
                )
            )
            AS DOUBLE
        ) / nullif(count(benchmark.benchmark), 0) AS success_low
    FROM bounded AS indexed
    CROSS JOIN staging.workload
    LEFT JOIN staging.workload_benchmark AS benchmark ON workload.workload = benchmark.workload
    GROUP BY
        indexed.week, workload.workload, indexed.model_id, indexed.capability, indexed.capability_low,
        indexed.capability_sd
),

evaluated AS (
    SELECT
        routed_week.week,
        own.workload,
        own.model_id,
        cast(sum(own.tasks) AS BIGINT) AS tasks,
        cast(sum(cast(own.passed AS DECIMAL(18, 6))) AS DOUBLE) AS passed
    FROM routed_week
    INNER JOIN reference.own_evaluation AS own ON own.recorded_on <= routed_week.decided_on
    INNER JOIN staging.workload ON own.workload = workload.workload AND workload.has_benchmarks
    GROUP BY routed_week.week, own.workload, own.model_id
),

-- Beta posterior: the index weighs as much as own_evaluation_weight tasks; without it, Jeffreys' prior.
posterior AS (
    SELECT
        coalesce(predicted.week, evaluated.week) AS week,
        coalesce(predicted.workload, evaluated.workload) AS workload,
        coalesce(predicted.model_id, evaluated.model_id) AS model_id,
        CASE
            WHEN evaluated.model_id IS NULL THEN 'index'
            WHEN predicted.model_id IS NULL THEN 'own evaluation'
            ELSE 'index and own evaluation'
        END AS evidence,
        predicted.capability,
        predicted.capability_low,
        predicted.capability_sd,
        predicted.success,
        predicted.success_low,
        evaluated.tasks,
        evaluated.passed
        + CASE
            WHEN predicted.success IS NULL THEN 0.5
            ELSE predicted.success * parameter.own_evaluation_weight
        END AS successes,
        evaluated.tasks
        + CASE WHEN predicted.success IS NULL THEN 1 ELSE parameter.own_evaluation_weight END AS weight,
        parameter.lower_bound_z
    FROM predicted
    FULL OUTER JOIN evaluated
        ON
            predicted.week = evaluated.week
            AND predicted.workload = evaluated.workload
            AND predicted.model_id = evaluated.model_id
    CROSS JOIN core.parameter AS parameter
),

final AS (
    SELECT
        week,
        workload,
        model_id,
        evidence,
        capability,
        capability_low,
        capability_sd,
        CASE WHEN tasks IS NULL THEN success ELSE successes / nullif(weight, 0) END AS success,
        CASE
            WHEN tasks IS NULL THEN success_low
            ELSE greatest(
                0,
                successes / nullif(weight, 0)
                - lower_bound_z
                * sqrt(successes * (weight - successes) / nullif(weight * weight * (weight + 1), 0))
            )
        END AS success_low
    FROM posterior
)

SELECT * FROM final
