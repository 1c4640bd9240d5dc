/*
---
description: >-
  Everything that is known of how likely a model is to succeed at a workload, a row for each source:
  what it says, how sure it is, and how many tasks it weighs as much as. Predicted, not executed, but
  for own evaluations.
grain: week × workload × model_id × source
unique: [week, workload, model_id, source]
columns:
  week:
  workload:
  model_id:
  source:
  kind:
  as_of: DATE NOT NULL
  capability:
  capability_variance: DOUBLE | points² | Its variance; NULL for own evaluations
  success: DOUBLE | fraction | Success that this source alone predicts; NULL without benchmarks
  variance: DOUBLE | fraction² | Its variance; NULL without benchmarks
  weight: DOUBLE | tasks | Tasks that it weighs as much as; NULL without benchmarks
  benchmarks_run: BIGINT | benchmarks | Of the workload's, run by Epoch itself on this very model
  is_used: BOOLEAN NOT NULL | - | Whether it counts; of the sources of capability the best one does
accepted:
  kind: [index, inferred, price, own evaluation]
checks:
  success is a fraction: coalesce(success BETWEEN 0 AND 1, TRUE)
  weight is known with success: (weight IS NULL) = (success IS NULL)
  a source of capability weighs at least a task: kind = 'own evaluation' OR coalesce(weight >= 1, TRUE)
---
*/
-- Of each benchmark the newest difficulty that was known.
WITH benchmark AS (
    SELECT
        evidence_week.week,
        benchmark.workload,
        benchmark.benchmark,
        benchmark.difficulty,
        benchmark.slope,
        row_number() OVER (
            PARTITION BY evidence_week.week, benchmark.workload, benchmark.benchmark
            ORDER BY benchmark.measured_on DESC
        ) AS age
    FROM core.evidence_week
    INNER JOIN staging.workload_benchmark AS benchmark
        ON evidence_week.known_on >= benchmark.measured_on
),

-- A run at another effort or of another version is not one of this very model.
run AS (
    SELECT
        evidence_week.week,
        run.evaluated_model,
        run.benchmark,
        run.score,
        row_number() OVER (
            PARTITION BY evidence_week.week, run.evaluated_model, run.benchmark ORDER BY run.recorded_on DESC
        ) AS age
    FROM core.evidence_week
    INNER JOIN reference.benchmark_run AS run
        ON evidence_week.known_on >= run.recorded_on AND run.match = 'exact'
),

-- The mean of capability, and one standard deviation to either side.
point AS (
    SELECT
        capability.week,
        benchmark.workload,
        capability.model_id,
        capability.source,
        benchmark.difficulty,
        benchmark.slope,
        run.score,
        capability.capability,
        capability.capability - sqrt(capability.variance) AS capability_low,
        capability.capability + sqrt(capability.variance) AS capability_high
    FROM private.capability
    INNER JOIN benchmark ON capability.week = benchmark.week AND benchmark.age = 1
    LEFT JOIN run
        ON
            capability.week = run.week
            AND capability.evaluated_model = run.evaluated_model
            AND benchmark.benchmark = run.benchmark
            AND run.age = 1
),

-- q = mean over benchmarks of 1 / (1 + exp(-slope · (capability - difficulty))), or the score of the run.
-- Decimals add up to the same in any order of rows; floating-point numbers do not.
reached AS (
    SELECT
        week,
        workload,
        model_id,
        source,
        cast(
            sum(
                cast(
                    coalesce(score, 1 / (1 + exp(-slope * (capability - difficulty)))) AS DECIMAL(20, 18)
                )
            ) AS DOUBLE
        ) / nullif(count(*), 0) AS success,
        cast(
            sum(
                cast(
                    coalesce(score, 1 / (1 + exp(-slope * (capability_low - difficulty)))) AS DECIMAL(20, 18)
                )
            ) AS DOUBLE
        ) / nullif(count(*), 0) AS success_low,
        cast(
            sum(
                cast(
                    coalesce(score, 1 / (1 + exp(-slope * (capability_high - difficulty)))) AS DECIMAL(20, 18)
                )
            ) AS DOUBLE
        ) / nullif(count(*), 0) AS success_high,
        count(*) AS benchmarks,
        count(score) AS benchmarks_run
    FROM point
    GROUP BY week, workload, model_id, source
),

-- v = ((q(c + sd) - q(c - sd)) / 2)² + noise² / benchmarks: a benchmark is about the index's curve.
predicted AS (
    SELECT
        reached.week,
        reached.workload,
        reached.model_id,
        reached.source,
        reached.success,
        power((reached.success_high - reached.success_low) / 2, 2)
        + power(parameter.benchmark_noise, 2) / nullif(reached.benchmarks, 0) AS variance,
        reached.benchmarks_run
    FROM reached
    CROSS JOIN core.parameter AS parameter
),

-- n = q · (1 - q) / v - 1: a Beta distribution with this mean and variance has seen that many tasks.
rated AS (
    SELECT
        capability.week,
        workload.workload,
        capability.model_id,
        capability.source,
        capability.kind,
        capability.as_of,
        capability.capability,
        capability.variance AS capability_variance,
        predicted.success,
        predicted.variance,
        CASE
            WHEN predicted.success IS NOT NULL
                THEN greatest(
                    1, predicted.success * (1 - predicted.success) / nullif(predicted.variance, 0) - 1
                )
        END AS weight,
        predicted.benchmarks_run,
        capability.is_used
    FROM private.capability
    CROSS JOIN staging.workload
    LEFT JOIN predicted
        ON
            capability.week = predicted.week
            AND workload.workload = predicted.workload
            AND capability.model_id = predicted.model_id
            AND capability.source = predicted.source
),

-- Decimals again: a task may be passed in part.
tried AS (
    SELECT
        evidence_week.week,
        own.workload,
        own.model_id,
        trim('own evaluation ' || own.test) AS source,
        max(own.recorded_on) AS as_of,
        cast(sum(own.tasks) AS DOUBLE) AS tasks,
        cast(sum(cast(own.passed AS DECIMAL(18, 6))) AS DOUBLE) AS passed
    FROM core.evidence_week
    INNER JOIN reference.own_evaluation AS own ON evidence_week.decided_on >= own.recorded_on
    INNER JOIN staging.workload ON own.workload = workload.workload AND workload.has_benchmarks
    GROUP BY evidence_week.week, own.workload, own.model_id, own.test
),

final AS (
    SELECT * FROM rated
    UNION ALL
    SELECT
        week,
        workload,
        model_id,
        source,
        'own evaluation' AS kind,
        as_of,
        cast(NULL AS DOUBLE) AS capability,
        cast(NULL AS DOUBLE) AS capability_variance,
        passed / nullif(tasks, 0) AS success,
        passed * (tasks - passed) / nullif(power(tasks, 3), 0) AS variance,
        tasks AS weight,
        cast(NULL AS BIGINT) AS benchmarks_run,
        TRUE AS is_used
    FROM tried
)

SELECT * FROM final
