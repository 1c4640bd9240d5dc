/*
---
description: >-
  How likely a model is to succeed at a workload, from all its evidence: in the mean, and at the lower
  bound that a floor is compared with. A model without index, inferred capability or own evaluation has
  no row.
grain: week × workload × model_id
unique: [week, workload, model_id]
columns:
  week:
  workload:
  model_id:
  evidence: VARCHAR NOT NULL
  capability:
  capability_low:
  capability_sd:
  success:
  success_low:
  success_sd:
  own_tasks: DOUBLE | tasks | Own tasks among the evidence; NULL is none
accepted:
  evidence: [index, inferred, own evaluation, index and own evaluation, inferred and own evaluation]
checks:
  success lies above its bound: coalesce(success_low <= success, TRUE)
  capability lies above its bound: coalesce(capability_low <= capability, TRUE)
  success is a fraction: coalesce(success_low >= 0 AND success <= 1, TRUE)
---
*/
WITH prior AS (
    SELECT *
    FROM private.evidence
    WHERE is_used AND kind <> 'own evaluation'
),

own AS (
    SELECT
        week,
        workload,
        model_id,
        cast(sum(cast(weight AS DECIMAL(18, 6))) AS DOUBLE) AS tasks,
        cast(sum(cast(success * weight AS DECIMAL(18, 6))) AS DOUBLE) AS passed
    FROM private.evidence
    WHERE kind = 'own evaluation'
    GROUP BY week, workload, model_id
),

-- Without price, release date or a better prior: Jeffreys' prior, which weighs as much as one task.
joined AS (
    SELECT
        coalesce(prior.week, own.week) AS week,
        coalesce(prior.workload, own.workload) AS workload,
        coalesce(prior.model_id, own.model_id) AS model_id,
        CASE WHEN prior.kind <> 'price' THEN prior.kind END AS kind,
        CASE WHEN prior.kind <> 'price' THEN prior.capability END AS capability,
        sqrt(CASE WHEN prior.kind <> 'price' THEN prior.capability_variance END) AS capability_sd,
        prior.success,
        prior.variance,
        own.tasks,
        coalesce(prior.weight, 1) + own.tasks AS weight,
        (coalesce(prior.success, 0.5) * coalesce(prior.weight, 1) + own.passed)
        / nullif(coalesce(prior.weight, 1) + own.tasks, 0) AS posterior
    FROM prior
    FULL OUTER JOIN own
        ON
            prior.week = own.week
            AND prior.workload = own.workload
            AND prior.model_id = own.model_id
),

-- The variance of a Beta distribution that has seen `weight` tasks is q · (1 - q) / (weight + 1), so the
-- first own task moves the bound by no more than a task.
merged AS (
    SELECT
        joined.week,
        joined.workload,
        joined.model_id,
        CASE
            WHEN joined.tasks IS NULL THEN joined.kind
            WHEN joined.kind IS NULL THEN 'own evaluation'
            ELSE joined.kind || ' and own evaluation'
        END AS evidence,
        joined.capability,
        joined.capability_sd,
        joined.tasks AS own_tasks,
        CASE WHEN joined.tasks IS NULL THEN joined.success ELSE joined.posterior END AS success,
        sqrt(
            CASE
                WHEN joined.tasks IS NULL THEN joined.variance
                ELSE joined.posterior * (1 - joined.posterior) / nullif(joined.weight + 1, 0)
            END
        ) AS success_sd,
        CASE
            WHEN joined.kind = 'index' OR joined.tasks >= parameter.sure_own_tasks
                THEN parameter.lower_bound_z
            ELSE parameter.unsure_bound_z
        END AS bound_z
    FROM joined
    CROSS JOIN core.parameter AS parameter
    WHERE joined.kind IS NOT NULL OR joined.tasks IS NOT NULL
),

final AS (
    SELECT
        week,
        workload,
        model_id,
        evidence,
        capability,
        capability - bound_z * capability_sd AS capability_low,
        capability_sd,
        success,
        CASE WHEN success IS NOT NULL THEN greatest(0, success - bound_z * success_sd) END AS success_low,
        success_sd,
        own_tasks
    FROM merged
)

SELECT * FROM final
